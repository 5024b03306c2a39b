//! `witness`: both models at one input, or two, where their values refute the relation.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::bounds::{Bound, Bounds, size};
use super::evaluate::{Ring, evaluate};
use super::number::{Number, common_denominator};
use super::outcome::{Refusal, Work, incomplete, invalid, require};
use super::residues::{Residues, is_good, multiply, primes_above};
use super::subject::Subject;
use crate::certificate::{Evaluation, Natural, Values};
use crate::domain::InputSet;
use crate::domain::Relation;
use crate::network::{Network, Shape, Tensor};

const FIELD: &str = "evidence.witness.evaluations";

/// Checks the evaluations, and that they refute the relation.
pub(super) fn check(subject: &Subject, evaluations: &[Evaluation], work: &Work) -> Result<(), Refusal> {
    let relation = subject.relation();
    let pair = subject.pair(subject.one().as_ref(), "witness")?;
    for (position, evaluation) in evaluations.iter().enumerate() {
        check_evaluation(
            &[pair.a, pair.b],
            &pair.domain.0,
            evaluation,
            &format!("{FIELD}.{position}"),
            work,
        )?;
    }
    // Both pairs of values, modulo a prime or exactly, compared by a function that is zero if they fit the
    // relation.
    let fit = |one: &Evaluation, two: &Evaluation| match (&one.values, &two.values) {
        (Values::Exact { a, b }, Values::Exact { a: c, b: d }) => Ok(match relation {
            Relation::UpToScale => &a.0 * &d.0 == &c.0 * &b.0,
            _ => &a.0 - &b.0 == &c.0 - &d.0,
        }),
        (
            Values::Residues { prime: Natural(p), a, b },
            Values::Residues { prime: Natural(q), a: c, b: d },
        ) if p == q => Ok(match relation {
            Relation::UpToScale => multiply(a.0, d.0, *p) == multiply(c.0, b.0, *p),
            _ => (a.0 + d.0) % p == (c.0 + b.0) % p,
        }),
        _ => {
            Err(invalid(FIELD, "these values cannot be compared: exact ones with residues, or of two primes"))
        }
    };
    match (relation, evaluations) {
        (Relation::Equal, [one]) => {
            let different = match &one.values {
                Values::Exact { a, b } => a != b,
                Values::Residues { a, b, .. } => a != b,
            };
            require(different, FIELD, "the values are equal")?;
        }
        (Relation::UpToScale, [Evaluation { values: Values::Exact { a, b }, .. }]) => {
            // f = c g for a positive c would have the same sign.
            require(a.0.signum() != b.0.signum(), FIELD, "a positive factor fits")?;
        }
        (Relation::UpToScale, [one, two]) => require(!fit(one, two)?, FIELD, "one factor fits both")?,
        (Relation::UpToShift, [one, two]) => {
            require(one.input == two.input, FIELD, "a shift is compared at one input")?;
            let row = |evaluation: &Evaluation| evaluation.output.split_last().map(|(_, row)| row.to_vec());
            require(row(one) == row(two), FIELD, "the outputs are not in one row")?;
            require(!fit(one, two)?, FIELD, "the shifts are equal")?;
        }
        _ => {
            return Err(invalid(
                FIELD,
                "this many evaluations, or residues alone, show nothing about the relation",
            ));
        }
    }
    let ascending = |two: &[Evaluation]| (&two[0].output, &two[0].input) < (&two[1].output, &two[1].input);
    require(evaluations.windows(2).all(ascending), FIELD, "two evaluations ascend by output, then by input")
}

/// The same evaluation with residues modulo a prime in place of exact values: for whoever writes a witness
/// whose exact values would take long to check.
pub(crate) fn with_residues(
    subject: &Subject,
    evaluation: &Evaluation,
    work: &Work,
) -> Result<Evaluation, Refusal> {
    let pair = subject.pair(subject.one().as_ref(), "witness")?;
    let (point, output) = place(&[pair.a, pair.b], &pair.domain.0, evaluation, FIELD)?;
    let numbers = point.iter().flat_map(|tensor| tensor.data());
    let denominator = common_denominator(&[pair.a, pair.b], numbers)?;
    let prime = primes_above(0, &denominator).first().copied().unwrap_or_default();
    let residue = |network: &Network| {
        residue_at(&Residues::<1>::new(prime, work), network, &point, output).map(Natural)
    };
    let values = Values::Residues { prime: Natural(prime), a: residue(pair.a)?, b: residue(pair.b)? };
    Ok(Evaluation { values, ..evaluation.clone() })
}

/// Checks that an input is on the domain and that the values are those of the models.
fn check_evaluation(
    networks: &[&Network; 2],
    domain: &[InputSet],
    evaluation: &Evaluation,
    field: &str,
    work: &Work,
) -> Result<(), Refusal> {
    let (point, output) = place(networks, domain, evaluation, field)?;
    let numbers = || point.iter().flat_map(|tensor| tensor.data());
    match &evaluation.values {
        Values::Residues { prime, a, b } => {
            let denominator = common_denominator(networks, numbers())?;
            let reason = "this is not an odd prime below 2^62 that divides no denominator";
            require(is_good(prime.0, &denominator), format!("{field}.values.prime"), reason)?;
            for (network, claimed, name) in [(networks[0], a, "a"), (networks[1], b, "b")] {
                let residue = residue_at(&Residues::<1>::new(prime.0, work), network, &point, output)?;
                require(
                    residue == claimed.0,
                    format!("{field}.values.{name}"),
                    &format!("the value is {residue}"),
                )?;
            }
        }
        Values::Exact { a, b } => {
            for (network, claimed, name) in [(networks[0], a, "a"), (networks[1], b, "b")] {
                let is_value = has_value(network, &point, output, &claimed.0, work)?;
                require(is_value, format!("{field}.values.{name}"), "the value is another")?;
            }
        }
    }
    Ok(())
}

/// The input of an evaluation, which must be on the domain, and the row-major position of the output.
fn place(
    networks: &[&Network; 2],
    domain: &[InputSet],
    evaluation: &Evaluation,
    field: &str,
) -> Result<(Vec<Tensor<BigRational>>, usize), Refusal> {
    let inputs = networks[0].inputs();
    let shaped = inputs
        .iter()
        .zip(&evaluation.input)
        .map(|(input, given)| given.tensor(&input.shape, |n| n.0.clone()));
    let point: Option<Vec<Tensor<BigRational>>> = shaped.collect();
    let point = point.filter(|_| evaluation.input.len() == inputs.len()).ok_or_else(|| {
        invalid(format!("{field}.input"), "these are not tensors of the shapes of the models' inputs")
    })?;
    for (position, (tensor, set)) in point.iter().zip(domain).enumerate() {
        let reason = "this is not on the domain of the statement";
        require(contains(set, tensor), format!("{field}.input.{position}"), reason)?;
    }
    let output = flat(networks[0].output_shape(), &evaluation.output)
        .ok_or_else(|| invalid(format!("{field}.output"), "the models have no such output"))?;
    Ok((point, output))
}

/// Whether an output has an exact value: the difference is zero modulo primes whose product exceeds its
/// bound.
fn has_value(
    network: &Network,
    point: &[Tensor<BigRational>],
    output: usize,
    value: &BigRational,
    work: &Work,
) -> Result<bool, Refusal> {
    let numbers = point.iter().flat_map(|tensor| tensor.data()).chain([value]);
    let denominator = common_denominator(&[network], numbers)?;
    let bounds = Bounds(work);
    let (one, claimed) = (bounds.number(&Number::ONE)?, bounds.number(&Number::of(value))?);
    let found = value_at(&bounds, network, point, output)?;
    let bound: Option<Bound> = bounds.dot([(&one, &found), (&one, &claimed)].into_iter());
    let size = size(&[bound], &denominator)?;
    if size > 1 << 22 {
        return Err(incomplete("values may have more than 2^22 bits"));
    }
    for prime in primes_above(size, &denominator) {
        let ring = Residues::<1>::new(prime, work);
        if residue_at(&ring, network, point, output)? != ring.residue(value)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn residue_at(
    ring: &Residues<'_, 1>,
    network: &Network,
    point: &[Tensor<BigRational>],
    output: usize,
) -> Result<u64, Refusal> {
    Ok(value_at(ring, network, point, output)?[0])
}

fn value_at<R: Ring>(
    ring: &R,
    network: &Network,
    point: &[Tensor<BigRational>],
    output: usize,
) -> Result<R::Element, Refusal> {
    let entries = |tensor: &Tensor<BigRational>| {
        tensor.data().iter().map(|value| ring.number(&Number::of(value))).collect::<Result<Vec<_>, _>>()
    };
    let inputs = point.iter().map(entries).collect::<Result<Vec<_>, _>>()?;
    Ok(evaluate(ring, network, &inputs)?.swap_remove(output))
}

/// The row-major position of a multi-index.
fn flat(shape: &Shape, index: &[usize]) -> Option<usize> {
    let mut axes = shape.axes().iter().zip(index);
    let flat = axes.try_fold(0, |flat, (&axis, &i)| (i < axis).then_some(flat * axis + i));
    flat.filter(|_| index.len() == shape.rank())
}

/// Whether a tensor is in a set.
fn contains(set: &InputSet, tensor: &Tensor<BigRational>) -> bool {
    match set {
        InputSet::Everything => true,
        InputSet::Finite(values) => tensor.data().iter().all(|value| values.contains(value)),
        InputSet::OneHot => {
            let classes = tensor.shape().axes().last().copied().unwrap_or(0).max(1);
            tensor.data().chunks(classes).all(|vector| {
                let count =
                    |wanted: fn(&BigRational) -> bool| vector.iter().filter(|value| wanted(value)).count();
                count(BigRational::is_one) == 1 && count(BigRational::is_zero) + 1 == vector.len()
            })
        }
        InputSet::Points(points) => points.contains(tensor),
    }
}
