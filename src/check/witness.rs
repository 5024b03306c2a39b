//! `witness`: both models at one input, or two, where their values refute the relation.

use num_bigint::BigUint;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::agreement::check_prime;
use super::bounds::odd_denominator;
use super::evaluate::{Ring, evaluate};
use super::exact::Exact;
use super::outcome::{Refusal, Work, invalid, require};
use super::pair::Pair;
use super::residues::{Residues, multiply};
use crate::certificate::{Evaluation, Nested, Number, RelationName, Values};
use crate::domain::InputSet;
use crate::network::{Network, Shape, Tensor};

/// Checks the evaluations, and that they refute the relation.
pub(super) fn check(pair: &Pair, evaluations: &[Evaluation], work: &Work) -> Result<(), Refusal> {
    const FIELD: &str = "evidence.witness.evaluations";
    for (position, evaluation) in evaluations.iter().enumerate() {
        check_evaluation(pair, evaluation, &format!("{FIELD}.{position}"), work)?;
    }
    match (pair.relation, evaluations) {
        (RelationName::Equal, [one]) => match &one.values {
            Values::Exact { a, b } => require(a != b, FIELD, || "the values are equal".to_string()),
            Values::Residues { a, b, .. } => require(a != b, FIELD, || "the residues are equal".to_string()),
        },
        (RelationName::Scale, [one]) => match &one.values {
            // f = c g for a positive c would have the same sign.
            Values::Exact { a: Number(a), b: Number(b) } => {
                require(a.signum() != b.signum(), FIELD, || "a positive factor fits".to_string())
            }
            Values::Residues { .. } => {
                Err(invalid(FIELD, "residues at one input show nothing about a factor"))
            }
        },
        (RelationName::Scale, [one, two]) => {
            let different = match (&one.values, &two.values) {
                (Values::Exact { a, b }, Values::Exact { a: c, b: d }) => &a.0 * &d.0 != &c.0 * &b.0,
                (Values::Residues { prime, a, b }, Values::Residues { prime: other, a: c, b: d }) => {
                    require(prime == other, FIELD, || {
                        "residues modulo two primes cannot be compared".to_string()
                    })?;
                    multiply(a.0, d.0, prime.0) != multiply(c.0, b.0, prime.0)
                }
                _ => return Err(invalid(FIELD, "an exact value and a residue cannot be compared")),
            };
            require(different, FIELD, || "one factor fits both".to_string())
        }
        (RelationName::Shift, [one, two]) => {
            require(one.input == two.input, FIELD, || "a shift is compared at one input".to_string())?;
            let row = |evaluation: &Evaluation| {
                evaluation.output[..evaluation.output.len().saturating_sub(1)].to_vec()
            };
            require(row(one) == row(two), FIELD, || "the outputs are not in one row".to_string())?;
            let different = match (&one.values, &two.values) {
                (Values::Exact { a, b }, Values::Exact { a: c, b: d }) => &a.0 - &b.0 != &c.0 - &d.0,
                (Values::Residues { prime, a, b }, Values::Residues { prime: other, a: c, b: d }) => {
                    require(prime == other, FIELD, || {
                        "residues modulo two primes cannot be compared".to_string()
                    })?;
                    let sum = |x: u64, y: u64| (x + y) % prime.0;
                    sum(a.0, d.0) != sum(c.0, b.0)
                }
                _ => return Err(invalid(FIELD, "an exact value and a residue cannot be compared")),
            };
            require(different, FIELD, || "the shifts are equal".to_string())
        }
        (relation, all) => {
            let count = all.len();
            Err(invalid(FIELD, format!("{count} evaluations show nothing about the relation {relation:?}")))
        }
    }?;
    let ascending = |two: &[Evaluation]| (&two[0].output, &two[0].input) < (&two[1].output, &two[1].input);
    require(evaluations.windows(2).all(ascending), FIELD, || {
        "two evaluations ascend by output, then by input".to_string()
    })
}

/// Checks that an input is on the domain and that the values are those of the models.
fn check_evaluation(pair: &Pair, evaluation: &Evaluation, field: &str, work: &Work) -> Result<(), Refusal> {
    let inputs = pair.a.inputs();
    let shaped = |input: &Nested<Number>, shape: &Shape| input.tensor(shape, |number| number.0.clone());
    let point: Option<Vec<Tensor<BigRational>>> =
        inputs.iter().zip(&evaluation.input).map(|(input, given)| shaped(given, &input.shape)).collect();
    let point = point.filter(|_| evaluation.input.len() == inputs.len()).ok_or_else(|| {
        invalid(format!("{field}.input"), "these are not tensors of the shapes of the models' inputs")
    })?;
    for (position, (tensor, set)) in point.iter().zip(&pair.domain.0).enumerate() {
        require(contains(set, tensor), format!("{field}.input.{position}"), || {
            "this is not on the domain of the statement".to_string()
        })?;
    }
    let position = flat(pair.a.output_shape(), &evaluation.output)
        .ok_or_else(|| invalid(format!("{field}.output"), "the models have no such output"))?;
    let odd = odd_denominator(&[&pair.a, &pair.b], point.iter().flat_map(|tensor| tensor.data()));
    for (name, network) in [("a", &pair.a), ("b", &pair.b)] {
        let (claimed, value) = match &evaluation.values {
            Values::Exact { a, b } => {
                let value = exact_value(network, &point, position, &odd, work)?;
                (if name == "a" { a } else { b }.to_string(), value.to_string())
            }
            Values::Residues { prime, a, b } => {
                let field = format!("{field}.values.residues.prime");
                check_prime(prime.0, &odd, &field)?;
                let ring = Residues::<1>::new(prime.0, &field, work);
                let [value] = value_at(&ring, network, &point, position)?;
                (if name == "a" { a } else { b }.to_string(), value.to_string())
            }
        };
        require(claimed == value, format!("{field}.values.{name}"), || {
            let short = |text: &str| text.chars().take(60).collect::<String>();
            format!("the value is {}, and {} is claimed", short(&value), short(&claimed))
        })?;
    }
    Ok(())
}

fn exact_value(
    network: &Network,
    point: &[Tensor<BigRational>],
    position: usize,
    odd: &BigUint,
    work: &Work,
) -> Result<BigRational, Refusal> {
    let ring = Exact { odd: odd.clone(), work };
    Ok(ring.rational(&value_at(&ring, network, point, position)?))
}

fn value_at<R: Ring>(
    ring: &R,
    network: &Network,
    point: &[Tensor<BigRational>],
    position: usize,
) -> Result<R::Element, Refusal> {
    let inputs: Result<Vec<Vec<R::Element>>, Refusal> =
        point.iter().map(|tensor| tensor.data().iter().map(|value| ring.number(value)).collect()).collect();
    let mut outputs = evaluate(ring, network, &inputs?)?;
    Ok(outputs.swap_remove(position))
}

/// The row-major position of a multi-index.
pub(super) fn flat(shape: &Shape, index: &[usize]) -> Option<usize> {
    if index.len() != shape.rank() {
        return None;
    }
    let axes = shape.axes().iter().zip(index);
    axes.into_iter().try_fold(0, |flat, (&axis, &i)| (i < axis).then_some(flat * axis + i))
}

/// Whether a tensor is in a set.
fn contains(set: &InputSet, tensor: &Tensor<BigRational>) -> bool {
    match set {
        InputSet::Everything => true,
        InputSet::Finite(values) => tensor.data().iter().all(|value| values.contains(value)),
        InputSet::OneHot => {
            let classes = tensor.shape().axes().last().copied().unwrap_or(0).max(1);
            tensor.data().chunks(classes).all(|vector| {
                let ones = vector.iter().filter(|value| value.is_one()).count();
                ones == 1 && vector.iter().filter(|value| value.is_zero()).count() + 1 == vector.len()
            })
        }
        InputSet::Points(points) => points.contains(tensor),
    }
}
