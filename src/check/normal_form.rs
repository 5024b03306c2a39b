//! `normal_form`: both models expanded into polynomials that are reduced on the domain.

use num_rational::BigRational;
use num_traits::Zero;

use super::evaluate::{Ring, evaluate};
use super::outcome::{Refusal, Work, incomplete, require};
use super::pair::Pair;
use super::polynomial::{Polynomial, Polynomials, Rule};
use crate::certificate::{NormalForm, Number, Term};
use crate::domain::{Domain, InputSet};
use crate::network::{Input, Network};

/// More combinations of whole points than this are not expanded.
const COMBINATIONS: usize = 1 << 12;

/// The rules of all variables: the entries of all inputs, one input after the other.
fn rules(inputs: &[Input], domain: &Domain) -> Result<Vec<Rule>, Refusal> {
    let mut rules = Vec::new();
    for (input, set) in inputs.iter().zip(&domain.0) {
        let size = input.shape.size();
        match set {
            // Whole points have become numbers.
            InputSet::Everything | InputSet::Points(_) => rules.extend(vec![Rule::Free; size]),
            InputSet::Finite(values) => rules.extend(vec![Rule::finite(values)?; size]),
            InputSet::OneHot => {
                let classes = input.shape.axes().last().copied().unwrap_or(1).max(1);
                let first = rules.len();
                let vector = |entry: usize| first + entry - entry % classes;
                rules.extend((0..size).map(|entry| Rule::OneHot { start: vector(entry), classes }));
            }
        }
    }
    Ok(rules)
}

/// The inputs as polynomials, for every combination of the points of inputs that range over points; the points of
/// the last such input change fastest.
fn inputs(
    ring: &Polynomials<'_>,
    inputs: &[Input],
    domain: &Domain,
) -> Result<Vec<Vec<Vec<Polynomial>>>, Refusal> {
    let mut combinations: Vec<Vec<Vec<Polynomial>>> = vec![Vec::new()];
    let mut first = 0;
    for (input, set) in inputs.iter().zip(&domain.0) {
        let size = input.shape.size();
        let choices: Vec<Vec<Polynomial>> = match set {
            InputSet::Points(points) => {
                let numbers = |data: &[BigRational]| data.iter().map(|value| ring.number(value)).collect();
                points.iter().map(|point| numbers(point.data())).collect::<Result<_, _>>()?
            }
            _ => vec![(first..first + size).map(|variable| ring.variable(variable)).collect()],
        };
        first += size;
        if combinations.len().saturating_mul(choices.len()) > COMBINATIONS {
            return Err(incomplete("there are more than 4096 combinations of points"));
        }
        let extended = |before: &Vec<Vec<Polynomial>>| {
            choices.iter().map(|choice| before.iter().chain([choice]).cloned().collect()).collect::<Vec<_>>()
        };
        combinations = combinations.iter().flat_map(extended).collect();
    }
    Ok(combinations)
}

fn terms(polynomial: &Polynomial) -> Vec<Term> {
    let term = |(powers, coefficient): (&Vec<(usize, u64)>, &BigRational)| Term {
        coefficient: Number(coefficient.clone()),
        powers: powers.clone(),
    };
    polynomial.iter().map(term).collect()
}

/// The common normal form of two models that are related; an error if they are not.
pub(crate) fn expand_pair(pair: &Pair, work: &Work) -> Result<NormalForm, Refusal> {
    let ring = Polynomials { rules: rules(pair.a.inputs(), &pair.domain)?, work };
    let mut forms = Vec::new();
    for inputs in inputs(&ring, pair.a.inputs(), &pair.domain)? {
        let a = evaluate(&ring, &pair.a, &inputs)?;
        let difference = pair.difference(&ring, &inputs)?;
        require(difference.iter().all(Polynomial::is_empty), "evidence.normal_form", || {
            "the models have different normal forms".to_string()
        })?;
        forms.push(a.iter().map(terms).collect());
    }
    ring.work().status()?;
    Ok(NormalForm { scale: pair.written_scale(), forms })
}

/// The normal form of one model on all inputs.
pub(crate) fn expand_one(network: &Network, work: &Work) -> Result<NormalForm, Refusal> {
    let rules = vec![Rule::Free; network.variables()];
    let ring = Polynomials { rules, work };
    let mut forms = Vec::new();
    for inputs in inputs(&ring, network.inputs(), &Domain::everywhere(network.inputs().len()))? {
        forms.push(evaluate(&ring, network, &inputs)?.iter().map(terms).collect());
    }
    ring.work().status()?;
    Ok(NormalForm { scale: None, forms })
}

/// Compares polynomials with those that are claimed.
pub(super) fn check(claimed: &NormalForm, proved: &NormalForm) -> Result<(), Refusal> {
    const FIELD: &str = "evidence.normal_form.forms";
    require(claimed.forms.len() == proved.forms.len(), FIELD, || {
        format!(
            "{} combinations of points are claimed, and there are {}",
            claimed.forms.len(),
            proved.forms.len()
        )
    })?;
    for (i, (claimed, proved)) in claimed.forms.iter().zip(&proved.forms).enumerate() {
        require(claimed.len() == proved.len(), format!("{FIELD}.{i}"), || {
            format!("{} outputs are claimed, and there are {}", claimed.len(), proved.len())
        })?;
        for (j, (claimed, proved)) in claimed.iter().zip(proved).enumerate() {
            require(claimed == proved, format!("{FIELD}.{i}.{j}"), || {
                "this is not the normal form of the output: terms in ascending order, none zero".to_string()
            })?;
        }
    }
    Ok(())
}

/// The degree of a normal form.
pub(super) fn degree(form: &NormalForm) -> Option<u64> {
    let terms = form.forms.iter().flatten().flatten().filter(|term| !term.coefficient.0.is_zero());
    terms.map(|term| term.powers.iter().map(|power| power.1).fold(0, u64::saturating_add)).max()
}
