//! Which way to an inner product, by what each is expected to take.

use super::basis::Measure;
use super::expanded::{self, Product};
use super::moments::{self, Part, Reach, Variant};
use super::orders::{Orders, exactly, in_floats};
use super::{Expected, Failure, Limits, Metric, Pair};
use crate::arithmetic::degree_range;
use crate::domain::{Domain, InputSet};
use crate::network::Network;

/// An expansion that is expected to take less than this, in seconds, needs no other way.
const MOMENT: f64 = 0.05;

/// How the inner products of a pair can be computed. The layerwise metrics are what their recursion gives; all others
/// are true values, whichever way they are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// Products are multiplied out until their operands are affine in the input, and every way to pair the operands is
    /// one contraction: gaussian and symmetric.
    Moments,
    /// Both functions are written in orthogonal polynomials: every metric, and domains that are products of sets.
    Expansion,
    /// Both are evaluated at every point of a domain.
    Points,
}

/// A way, prepared.
pub(super) enum Plan<'a> {
    /// The recursion, compiled.
    Layerwise(Network),
    /// True moments.
    Orders(Orders),
    Expansion(Product),
    Points(&'a Domain),
}

/// Whether values are wanted exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Values {
    Exact,
    Floats,
}

/// Prepares the quickest way, or the one that is asked for, if the limits allow it.
pub(super) fn plan<'a>(
    pair: &Pair<'a>,
    way: Option<Way>,
    values: Values,
    limits: &Limits,
) -> Result<Plan<'a>, Failure> {
    super::check_shapes(pair)?;
    let wanted = |this: Way| way.is_none_or(|way| way == this);
    if let Some(domain) = pair.domain {
        if let Some(measures) = measures(domain).filter(|_| wanted(Way::Expansion)) {
            let product = Product::Measures(measures);
            limits.allow(expanded::expected(pair.a, pair.b, &product, limits)?)?;
            return Ok(Plan::Expansion(product));
        }
        return if wanted(Way::Points) { Ok(Plan::Points(domain)) } else { Err(elsewhere()) };
    }
    let of_inputs = |measure: Measure| Product::Measures(vec![measure; pair.a.inputs().len()]);
    match pair.metric {
        Metric::Layerwise if way.is_none() => layerwise(pair, Variant::Gaussian, values, limits),
        Metric::LayerwiseSymmetric if way.is_none() => {
            super::check_homogeneous(pair)?;
            layerwise(pair, Variant::Symmetric, values, limits)
        }
        Metric::Uniform if wanted(Way::Expansion) => {
            let product = of_inputs(Measure::Interval);
            limits.allow(expanded::expected(pair.a, pair.b, &product, limits)?)?;
            Ok(Plan::Expansion(product))
        }
        Metric::Gaussian => {
            let product = of_inputs(Measure::Normal);
            either(pair, (Variant::Gaussian, product), way, values, limits)
        }
        Metric::Symmetric => either(pair, (Variant::Symmetric, Product::Symmetric), way, values, limits),
        Metric::Layerwise | Metric::LayerwiseSymmetric | Metric::Uniform => Err(elsewhere()),
    }
}

fn elsewhere() -> Failure {
    Failure::Meaningless("this way does not lead to this metric".to_string())
}

/// Moments, or an expansion.
fn either<'a>(
    pair: &Pair<'_>,
    (variant, product): (Variant, Product),
    way: Option<Way>,
    values: Values,
    limits: &Limits,
) -> Result<Plan<'a>, Failure> {
    let compile = || -> Result<(Orders, Expected), Failure> {
        let highest = [pair.a, pair.b].map(|network| degree_range(network).map(|range| range.highest()));
        let [a, b] = highest;
        // Products whose degree is not even known have too many operands.
        let highest = a?.zip(b?).map(|(a, b)| a.max(b)).ok_or(Failure::TooManyTerms)?;
        let orders = Orders::compile(pair, variant, highest, limits)?;
        let expected = match values {
            Values::Exact => orders.expected(),
            Values::Floats => orders.expected_in_floats(),
        };
        Ok((orders, expected))
    };
    let expansion = || expanded::expected(pair.a, pair.b, &product, limits);
    let shallow = moments::layers(pair.a).max(moments::layers(pair.b)) <= 1;
    let (orders, expansion) = match way {
        Some(Way::Moments) => (compile(), Err(elsewhere())),
        Some(Way::Expansion) => (Err(elsewhere()), expansion()),
        Some(Way::Points) => return Err(elsewhere()),
        // One layer of products has few terms, and then the number of inputs matters for an expansion only.
        None if shallow => match compile() {
            Ok(compiled) => (Ok(compiled), Err(elsewhere())),
            Err(failure) => (Err(failure), expansion()),
        },
        None => match expansion() {
            Ok(quick) if quick.seconds < MOMENT => (Err(elsewhere()), Ok(quick)),
            other => (compile(), other),
        },
    };
    match (orders, expansion) {
        (Ok((orders, expected)), expansion) => {
            let quicker = |other: &Expected| {
                limits.allow(*other).is_ok()
                    && (other.seconds < expected.seconds || limits.allow(expected).is_err())
            };
            if expansion.is_ok_and(|expansion| quicker(&expansion)) {
                return Ok(Plan::Expansion(product));
            }
            limits.allow(expected)?;
            Ok(Plan::Orders(orders))
        }
        (Err(Failure::Stopped), _) => Err(Failure::Stopped),
        (Err(_), Ok(expected)) => {
            limits.allow(expected)?;
            Ok(Plan::Expansion(product))
        }
        (Err(failure), Err(_)) => Err(failure),
    }
}

/// The recursion layer by layer.
fn layerwise<'a>(
    pair: &Pair<'_>,
    variant: Variant,
    values: Values,
    limits: &Limits,
) -> Result<Plan<'a>, Failure> {
    let network = moments::compile(pair.a, pair.b, (variant, Reach::Layer), Part::Whole, limits)?;
    limits.allow(match values {
        Values::Exact => exactly([&network].into_iter()),
        Values::Floats => in_floats([&network].into_iter()),
    })?;
    Ok(Plan::Layerwise(network))
}

/// One measure for every input, if each is a set of numbers for every entry.
fn measures(domain: &Domain) -> Option<Vec<Measure>> {
    let measure = |set: &InputSet| -> Option<Measure> {
        match set {
            InputSet::Finite(values) => Some(Measure::Set(values.clone())),
            InputSet::Everything | InputSet::OneHot | InputSet::Points(_) => None,
        }
    };
    domain.0.iter().map(measure).collect()
}
