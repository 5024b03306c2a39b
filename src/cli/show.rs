//! `samenet show`: what a model is made of, and what deciding about it would take.

use std::sync::Arc;
use std::time::Instant;

use samenet::arithmetic::{
    Base, BitBudget, DegreeRange, Degrees, Height, HeightBound, Heights, Rationals, Watched, height_bound_by,
    output_degrees_by,
};
use samenet::budget::Stop;
use samenet::check;
use samenet::equality::{Domain, Estimate, estimates, obstacle};
use samenet::model::Model;
use samenet::network::{self, Network, Operation, evaluate};
use samenet::polynomial::{
    PolynomialBudget, Relations, SparsePolynomials, format_polynomial, variable_names,
};
use serde_json::{Map, Value, json};

use super::Outcome;
use super::arguments::Show;
use super::clock::Deadline;
use super::failure::Failure;
use super::output::Output;
use super::render::{json as json_output, number};
use super::supervisor::supervise;
use super::{dot, load, memory};

/// Describes the model.
pub fn run(arguments: Show, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
    let limits = arguments.limits;
    memory::limit(limits.memory);
    let clock = Arc::new(Deadline::new(start, limits.time, "describing"));
    let text = supervise(&clock, {
        let clock = clock.clone();
        move || description(&arguments, &clock)
    });
    let text = text.map_err(|stopped| stopped.failure(&limits))??;
    drop(clock);
    output.line(&text)?;
    Ok(Outcome::Holds)
}

fn description(arguments: &Show, clock: &Arc<Deadline>) -> Result<String, Failure> {
    let model = load::model(&arguments.model, &arguments.bindings.with(&[])?, clock)?;
    clock.begin("the description");
    if arguments.dot {
        return Ok(dot::graph(&model.name, &model.network).trim_end().to_string());
    }
    if arguments.canonical {
        return canonical(&model.network);
    }
    let facts = Facts::of(&model, clock);
    Ok(if arguments.json { format!("{:#}", facts.json()) } else { facts.text() })
}

/// Operations on bounds that take a tenth of a second or so.
const UNASKED: usize = 1 << 22;

/// The canonical form, and the entries of all constants by their digests.
fn canonical(network: &Network) -> Result<String, Failure> {
    let failed = |refusal: check::Refusal| Failure::message(refusal.to_string());
    let mut text = check::canonical(network).map_err(failed)?;
    for (digest, constant) in check::constants(network).map_err(failed)? {
        text.push_str(&format!("{digest} {}", constant.shape()));
        for position in 0..constant.shape().size() {
            let value = constant.rational(position).map_err(|error| Failure::message(error.to_string()))?;
            text.push_str(&format!(" {value}"));
        }
        text.push('\n');
    }
    Ok(text.trim_end().to_string())
}

/// What there is to say about a model.
struct Facts<'a> {
    model: &'a Model,
    /// Entries of all constants.
    parameters: usize,
    /// How often each operation occurs, in the order of the design.
    operations: [(&'static str, usize); 5],
    /// A bound for the total degree.
    degree: Option<u64>,
    height: Option<HeightBound>,
    cost: Vec<Estimate>,
    /// Why there are no bounds and no costs: finding them would take too long, or too much memory.
    obstacle: Option<String>,
    expansion: Option<Expansion>,
}

impl<'a> Facts<'a> {
    fn of(model: &'a Model, clock: &Deadline) -> Facts<'a> {
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
                Operation::Contract { .. } => 2,
                Operation::Combine { .. } => 3,
                Operation::Arrange { .. } => 4,
            };
            operations[kind].1 += 1;
        }
        // What takes long is left out, so that the rest can be told in time.
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
        let degrees = Watched::new(Degrees, UNASKED, stop.clone());
        let degrees = output_degrees_by(&degrees, network, &vec![1; inputs]).ok();
        facts.degree = degrees.and_then(|degrees| {
            degrees.data().iter().copied().fold(DegreeRange::Zero, DegreeRange::join).highest()
        });
        let heights = Watched::new(Heights::new(base.clone()), UNASKED, stop.clone());
        facts.height = height_bound_by(&heights, network, &base, &vec![Height::ONE; inputs]);
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

    fn nodes(&self) -> usize {
        self.model.network.nodes().len()
    }

    fn text(&self) -> String {
        let network = &self.model.network;
        let mut lines = vec![format!("model {}", self.model.name)];
        for input in network.inputs() {
            lines.push(format!("  input       {} {}", input.name, input.shape));
        }
        lines.push(format!("  output      {}", network.output_shape()));
        lines.push(format!("  parameters  {}", self.parameters));
        let operations: Vec<String> = self
            .operations
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        lines.push(format!("  nodes       {} ({})", self.nodes(), operations.join(", ")));
        if let Some(obstacle) = &self.obstacle {
            lines.push(format!("  degree, height and costs are not known: {obstacle}"));
            return lines.join("\n");
        }
        lines.push(match (&self.expansion, self.degree) {
            (Some(Expansion { degree: Some(degree), .. }), _) => format!("  degree      {degree}"),
            (Some(Expansion { degree: None, .. }), _) => {
                "  degree      none, this is the zero polynomial".to_string()
            }
            (None, Some(bound)) => format!("  degree      at most {bound}"),
            (None, None) => "  degree      no bound below 2^64".to_string(),
        });
        lines.push(match &self.height {
            // For instance 1/3 and -1: sizes sum to at most 2^1, and 3 is at most 2^2.
            Some(HeightBound { denominator_log2: 0, norm_log2, .. }) => {
                format!("  height      integer coefficients, of sum at most 2^{norm_log2}")
            }
            Some(HeightBound { denominator_log2, norm_log2, .. }) => format!(
                "  height      coefficients of sum at most 2^{norm_log2} over a common denominator of at most 2^{denominator_log2}"
            ),
            None => "  height      too large to tell".to_string(),
        });
        lines.push("  deciding whether it equals another model of its kind".to_string());
        for Estimate { method, what, seconds, certain } in &self.cost {
            let time = match seconds {
                Some(seconds) => format!("{}{}", duration(*seconds), if *certain { ", a proof" } else { "" }),
                None => "not possible".to_string(),
            };
            lines.push(format!("    {method}: {time} ({what})"));
        }
        if let Some(expansion) = self.expansion.as_ref().filter(|expansion| !expansion.outputs.is_empty()) {
            lines.push("  polynomial".to_string());
            lines.extend(expansion.outputs.iter().map(|line| format!("    {line}")));
        }
        lines.join("\n")
    }

    fn json(&self) -> Value {
        let network = &self.model.network;
        let inputs: Vec<Value> = network
            .inputs()
            .iter()
            .map(|input| json!({"name": input.name, "shape": number::json_shape(&input.shape)}))
            .collect();
        let operations: Map<String, Value> =
            self.operations.iter().map(|&(kind, count)| (kind.to_string(), json!(count))).collect();
        json!({
            "schema": 1,
            "model": self.model.name,
            "inputs": inputs,
            "output_shape": number::json_shape(network.output_shape()),
            "variables": network.variables(),
            "outputs": network.output_shape().size(),
            "parameters": self.parameters,
            "nodes": operations,
            "degree": {"bound": self.degree, "exact": self.expansion.as_ref().and_then(|expansion| expansion.degree)},
            "height": self.height.as_ref().map(|height| {
                json!({"norm_log2": height.norm_log2, "denominator_log2": height.denominator_log2})
            }),
            "cost": self.cost.iter().map(estimate).collect::<Vec<Value>>(),
            "polynomial": self.expansion.as_ref().map(|expansion| &expansion.outputs),
        })
    }
}

/// A model written out.
struct Expansion {
    /// One polynomial for every output.
    outputs: Vec<String>,
    /// The total degree, which the zero polynomial does not have.
    degree: Option<u64>,
}

impl Expansion {
    /// The most outputs, terms, term products, and characters of one that is worth writing out.
    const OUTPUTS: usize = 16;
    const TERMS: u64 = 1 << 14;
    const WORK: u64 = 1 << 18;
    const CHARACTERS: usize = 2000;

    /// The model written out, if that is short and quickly done.
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

fn estimate(estimate: &Estimate) -> Value {
    json!({
        "method": estimate.method,
        "what": estimate.what,
        "seconds": estimate.seconds.map(json_output::seconds),
        "proof": estimate.certain,
    })
}

/// A predicted time. Predictions are rough, so they are not given to the millisecond.
fn duration(seconds: f64) -> String {
    const UNITS: [(f64, &str); 5] = [
        (31_557_600.0, "years"),
        (86_400.0, "days"),
        (3_600.0, "hours"),
        (60.0, "minutes"),
        (1.0, "seconds"),
    ];
    match UNITS.iter().find(|(unit, _)| seconds >= 2.0 * unit) {
        _ if !seconds.is_finite() || seconds > 1e15 => "longer than anyone can wait".to_string(),
        Some((unit, name)) => format!("about {:.0} {name}", seconds / unit),
        None if seconds >= 0.1 => format!("about {seconds:.1} seconds"),
        None => "less than 0.1 seconds".to_string(),
    }
}
