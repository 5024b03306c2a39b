//! Facts about a model: its size, bounds on its degree and coefficients, and the cost of deciding.

use super::clock::Deadline;
use crate::arithmetic::{
    Base, BitBudget, DegreeRange, Height, HeightBound, Rationals, height_bound_until, output_degrees_until,
};
use crate::budget::Stop;
use crate::claim::words::number;
use crate::equality::{Domain, Estimate, estimates, obstacle};
use crate::model::Model;
use crate::network::{self, Network, Operation, evaluate};
use crate::polynomial::{PolynomialBudget, Relations, SparsePolynomials, format_polynomial, variable_names};

/// Facts about a model.
pub struct Facts<'a> {
    pub model: &'a Model,
    /// Entries of all constants.
    pub parameters: usize,
    /// How often each operation occurs, in the order of the design.
    pub operations: [(&'static str, usize); 5],
    /// A bound for the total degree.
    pub degree: Option<u64>,
    pub height: Option<HeightBound>,
    pub cost: Vec<Estimate>,
    /// Why there are no bounds and no costs: finding them would take too long, or too much memory.
    pub obstacle: Option<String>,
    pub expansion: Option<Expansion>,
}

impl<'a> Facts<'a> {
    /// The facts that are found in time.
    pub fn of(model: &'a Model, clock: &Deadline) -> Facts<'a> {
        let network = &model.network;
        let mut operations = [("input", 0), ("constant", 0), ("contract", 0), ("combine", 0), ("arrange", 0)];
        let mut parameters = 0usize;
        for node in network.nodes() {
            let kind = match &node.operation {
                Operation::Input(_) => 0,
                Operation::Constant(constant) => {
                    parameters = parameters.saturating_add(constant.shape().size());
                    1
                }
                Operation::Contract { .. } | Operation::HeadCovariance { .. } => 2,
                Operation::Combine { .. } => 3,
                Operation::Arrange { .. } => 4,
            };
            operations[kind].1 += 1;
        }
        // Facts that take long are left out, so that the others are printed in time.
        let early = clock.budget().keeping(0.1);
        let mut facts = Facts {
            model,
            parameters,
            operations,
            degree: None,
            height: None,
            cost: Vec::new(),
            obstacle: None,
            expansion: None,
        };
        if let Some(undecided) = obstacle(network, &early) {
            facts.obstacle = Some(undecided.to_string());
            return facts;
        }
        let base = Base::new([network], []);
        let inputs = network.inputs().len();
        let stop = early.stop();
        let degrees = output_degrees_until(&stop, network, &vec![1; inputs]).ok();
        facts.degree = degrees.and_then(|degrees| {
            degrees.data().iter().copied().fold(DegreeRange::Zero, DegreeRange::join).highest()
        });
        facts.height = height_bound_until(&stop, network, &base, &vec![Height::ONE; inputs]);
        if early.expired() {
            facts.obstacle = Some("finding them takes too long".to_string());
            return facts;
        }
        // Asked about one network, the question always has a meaning.
        let domain = Domain::everywhere(network.inputs().len());
        facts.cost = estimates(network, &domain, &early).unwrap_or_default();
        facts.expansion = Expansion::of(network, stop);
        facts
    }
}

/// A model written out.
pub struct Expansion {
    /// One polynomial for every output.
    pub outputs: Vec<String>,
    /// The total degree, which the zero polynomial does not have.
    pub degree: Option<u64>,
}

impl Expansion {
    /// Limits on what is worth writing out: outputs, terms, products of terms, and characters.
    const OUTPUTS: usize = 16;
    const TERMS: u64 = 1 << 14;
    const WORK: u64 = 1 << 18;
    const CHARACTERS: usize = 2000;

    /// Writes the model out, if the result is short and quickly found.
    fn of(network: &Network, stop: Stop) -> Option<Expansion> {
        let cost = network::cost(network);
        let entries = cost.live_per_point + cost.live_once;
        let work = cost.per_point + cost.once;
        if network.output_shape().size() > Self::OUTPUTS || entries.max(work) > Self::TERMS as f64 {
            return None;
        }
        let numbers = Rationals::with_budget(BitBudget::new(1 << 13, 1 << 26).stopped_by(stop.clone()));
        let budget = PolynomialBudget::new(Self::TERMS, Self::WORK).stopped_by(stop);
        let ring = SparsePolynomials::for_networks(numbers, &[network], &Relations::none(), budget).ok()?;
        let outputs = evaluate(&ring, network, &ring.inputs(network)).ok()?;
        let degree = outputs.data().iter().filter_map(|output| ring.degree(output)).max();
        let names = variable_names(network);
        let mut texts = Vec::with_capacity(outputs.data().len());
        let mut characters = 0usize;
        for (position, output) in outputs.data().iter().enumerate() {
            // Every term takes a character at least.
            if output.term_count() > Self::CHARACTERS {
                return None;
            }
            let index = number::index(&outputs.shape().unravel(position));
            let text = format!("output{index} = {}", format_polynomial(&ring, output, &names));
            characters += text.len();
            texts.push(text);
        }
        (characters <= Self::CHARACTERS).then_some(Expansion { outputs: texts, degree })
    }
}
