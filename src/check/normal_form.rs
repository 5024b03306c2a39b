//! `normal_form`: models expanded into polynomials that are reduced on the domain.

use std::rc::Rc;

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::evaluate::{Ring, evaluate};
use super::number::Number;
use super::outcome::{Refusal, Work, incomplete, require};
use super::subject::Subject;
use super::terms::{Naming, Product, Rule, Sum, Terms};
use crate::certificate::{NormalForm, Number as Written, Term};
use crate::domain::{Domain, InputSet};
use crate::network::{Input, Network};

/// More values than this are not reduced by.
pub(super) const MOST: usize = 256;

/// The rule of a variable with these values: `x^m` is what `x^m - (x - s_1) .. (x - s_m)` leaves.
fn finite(values: &[BigRational]) -> Rule {
    let (m, zero) = (values.len(), BigRational::zero);
    // The coefficients of the product, the highest left out.
    let mut product = vec![BigRational::one()];
    for value in values {
        let above = [&[zero()][..], &product].concat();
        let below = product.iter().map(|coefficient| coefficient * value).chain([zero()]);
        product = above.iter().zip(below).map(|(above, below)| above - below).collect();
    }
    product.truncate(m);
    let mut row: Vec<BigRational> = product.iter().map(|coefficient| -coefficient).collect();
    let mut rows = Vec::new();
    for _ in 0..m.saturating_sub(1).max(1) {
        rows.push(row.iter().map(Number::of).collect());
        // x times the row, its x^m replaced.
        let top = row.pop().unwrap_or_default();
        row = [vec![zero()], row].concat().iter().zip(&product).map(|(c, s)| c - &top * s).collect();
    }
    Rule::Finite(m as u64, Rc::new(rows))
}

/// The rules of all variables: the entries of all inputs, one input after the other.
fn rules(inputs: &[Input], domain: &Domain) -> Result<Vec<Rule>, Refusal> {
    let (mut rules, mut vectors) = (Vec::new(), 0);
    for (input, set) in inputs.iter().zip(&domain.0) {
        let size = input.shape.size();
        match set {
            InputSet::Everything => rules.extend(vec![Rule::Free; size]),
            InputSet::Finite(values) if (1..=MOST).contains(&values.len()) => {
                rules.extend(vec![finite(values); size]);
            }
            InputSet::OneHot => {
                let classes = input.shape.axes().last().copied().unwrap_or(1).max(1);
                rules.extend((0..size).map(|entry| Rule::OneHot(vectors + entry / classes)));
                vectors += size / classes;
            }
            _ => {
                return Err(incomplete("normal forms are not reduced on points, or on more than 256 values"));
            }
        }
    }
    Ok(rules)
}

/// The entries of all inputs as reduced polynomials.
fn variables(ring: &Terms<'_>, inputs: &[Input], domain: &Domain) -> Result<Vec<Vec<Sum>>, Refusal> {
    let (one, minus) = (ring.number(&Number::ONE)?, ring.number(&Number::of(&-BigRational::one()))?);
    let (mut all, mut first) = (Vec::new(), 0);
    for (input, set) in inputs.iter().zip(&domain.0) {
        let size = input.shape.size();
        let mut own: Vec<Sum> = (first..first + size).map(|variable| ring.variable(variable)).collect();
        first += size;
        if matches!(set, InputSet::OneHot) {
            // The first entry of a vector is one less the others.
            for vector in own.chunks_mut(input.shape.axes().last().copied().unwrap_or(1).max(1)) {
                let others = vector[1..].iter().map(|other| (&minus, other));
                vector[0] = ring.dot([(&one, &one)].into_iter().chain(others));
            }
        }
        all.push(own);
    }
    Ok(all)
}

/// Polynomials that are reduced on a domain.
pub(super) fn reducing<'w>(network: &Network, domain: &Domain, work: &'w Work) -> Result<Terms<'w>, Refusal> {
    Ok(Terms::new(Naming::Never, network.variables(), rules(network.inputs(), domain)?, work))
}

/// All outputs of a network as polynomials.
pub(super) fn expand(ring: &Terms<'_>, network: &Network, domain: &Domain) -> Result<Vec<Sum>, Refusal> {
    evaluate(ring, network, &variables(ring, network.inputs(), domain)?)
}

fn written(sums: &[Sum]) -> Vec<Vec<Term>> {
    let term = |(product, coefficient): &(Product, Number)| Term {
        coefficient: Written(coefficient.rational()),
        powers: product.iter().map(|&(variable, exponent)| (variable as usize, exponent)).collect(),
    };
    sums.iter().map(|sum| sum.iter().map(term).collect()).collect()
}

/// The common normal form of two models.
pub(super) fn of_pair(
    subject: &Subject,
    scale: Option<&Written>,
    work: &Work,
) -> Result<NormalForm, Refusal> {
    let pair = subject.pair(scale, "normal_form")?;
    let ring = reducing(pair.a, &pair.domain, work)?;
    let (a, b) = (expand(&ring, pair.a, &pair.domain)?, expand(&ring, pair.b, &pair.domain)?);
    let vanishes = pair.relate(&ring, &a, &b)?.iter().all(|sum| sum.is_empty());
    work.spend(0)?;
    require(vanishes, "evidence.normal_form", "the models have different normal forms")?;
    Ok(NormalForm { scale: scale.cloned(), forms: written(&a) })
}

/// The normal form of one model on all inputs, and its degree.
pub(super) fn of_model(network: &Network, work: &Work) -> Result<(NormalForm, Option<u64>), Refusal> {
    let domain = Domain::everywhere(network.inputs().len());
    let ring = Terms::new(Naming::Never, network.variables(), Vec::new(), work);
    let sums = expand(&ring, network, &domain)?;
    work.spend(0)?;
    let total = |(product, _): &(Product, Number)| {
        product.iter().try_fold(0u64, |sum, power| sum.checked_add(power.1))
    };
    let degrees = sums.iter().flat_map(|sum| sum.iter().map(total)).collect::<Option<Vec<u64>>>();
    let degree = degrees.ok_or_else(|| incomplete("the degree is 2^64 or more"))?.into_iter().max();
    Ok((NormalForm { scale: None, forms: written(&sums) }, degree))
}
