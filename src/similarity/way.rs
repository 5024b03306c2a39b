//! Chooses the way to an inner product that is expected to be quickest.

use super::basis::Measure;
use super::expanded::{self, Law, Product};
use super::failure::{Expected, allow};
use super::moments::{self, Variant};
use super::narrow::{self, Narrow};
use super::orders::{Compiled, Precision};
use super::{Failure, Metric, Pair, points};
use crate::arithmetic::degree_range;
use crate::budget::Budget;
use crate::domain::{Domain, InputSet};
use crate::network::{Input, Network};
use num_rational::BigRational;
use num_traits::One;

/// An expansion that is expected to take less than this, in seconds, needs no other way.
const MOMENT: f64 = 0.05;

/// How the inner products of a pair can be computed. The layerwise metrics are what their recursion gives;
/// all others are true values, whichever way they are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// Products are multiplied out until their operands are affine in the input, and every way to pair the
    /// operands is one contraction: gaussian and symmetric.
    Moments,
    /// Both functions are written in orthogonal polynomials: every metric, and domains unless all inputs are
    /// points.
    Expansion,
    /// The same in the variables of a bottleneck, through which both see their inputs: gaussian and
    /// symmetric.
    Bottleneck,
    /// Both are evaluated at every point of a domain.
    Points,
}

/// A way with all that it needs.
pub(super) enum Route<'a> {
    /// Moments: those of the recursion, or true ones.
    Compiled(Compiled),
    Expansion(Product),
    /// An expansion of two other networks.
    Bottleneck(Box<Narrow>, Product),
    Points(&'a Domain),
}

/// Prepares the quickest way, or the one that is asked for, if the budget allows it.
pub(super) fn route<'a>(
    pair: &Pair<'a>,
    way: Option<Way>,
    precision: Precision,
    budget: &Budget,
) -> Result<Route<'a>, Failure> {
    pair.check_shapes()?;
    let wanted = |this: Way| way.is_none_or(|way| way == this);
    if let Some(domain) = pair.domain {
        return on_domain(pair, domain, way, budget);
    }
    let of_inputs = |measure: Measure| Product::Laws(vec![Law::Entries(measure); pair.a.inputs().len()]);
    match pair.metric {
        Metric::Layerwise if way.is_none() => layerwise(pair, Variant::Gaussian, precision, budget),
        Metric::LayerwiseSymmetric if way.is_none() => {
            pair.check_homogeneous()?;
            layerwise(pair, Variant::Symmetric, precision, budget)
        }
        Metric::Uniform if wanted(Way::Expansion) => {
            let product = of_inputs(Measure::Interval);
            allow(budget, expanded::expected(pair.a, pair.b, &product, budget)?)?;
            Ok(Route::Expansion(product))
        }
        Metric::Gaussian => {
            let product = of_inputs(Measure::Normal(BigRational::one()));
            either(pair, (Variant::Gaussian, product), way, precision, budget)
        }
        Metric::Symmetric => {
            either(pair, (Variant::Symmetric, Product::Symmetric(None)), way, precision, budget)
        }
        Metric::Layerwise | Metric::LayerwiseSymmetric | Metric::Uniform => Err(elsewhere()),
    }
}

fn elsewhere() -> Failure {
    Failure::Meaningless("this way does not compute this metric".to_string())
}

/// Moments, or an expansion.
fn either<'a>(
    pair: &Pair<'_>,
    (variant, product): (Variant, Product),
    way: Option<Way>,
    precision: Precision,
    budget: &Budget,
) -> Result<Route<'a>, Failure> {
    let compile = || -> Result<(Compiled, Expected), Failure> {
        let [a, b] = [pair.a, pair.b].map(|network| degree_range(network).map(|range| range.highest()));
        // Products whose degree is not even known have too many operands.
        let highest = a?.zip(b?).map(|(a, b)| a.max(b)).ok_or(Failure::TooManyTerms)?;
        let compiled = Compiled::by_order(pair, variant, highest, budget)?;
        let expected = compiled.expected(precision);
        Ok((compiled, expected))
    };
    let expansion = |way: Way| expand(pair, variant, product.clone(), way == Way::Bottleneck, budget);
    let shallow = moments::layers(pair.a).max(moments::layers(pair.b)) <= 1;
    let (compiled, expansion) = match way {
        Some(Way::Moments) => (compile(), Err(elsewhere())),
        Some(way @ (Way::Expansion | Way::Bottleneck)) => (Err(elsewhere()), expansion(way)),
        Some(Way::Points) => return Err(elsewhere()),
        // One layer of products has few terms, and then the number of inputs matters for an expansion only.
        None if shallow => match compile() {
            Ok(compiled) => (Ok(compiled), Err(elsewhere())),
            Err(failure) => (Err(failure), quickest(pair, &expansion)),
        },
        None => match quickest(pair, &expansion) {
            Ok((route, quick)) if quick.seconds < MOMENT => (Err(elsewhere()), Ok((route, quick))),
            other => (compile(), other),
        },
    };
    match (compiled, expansion) {
        (Err(Failure::Stopped), _) | (_, Err(Failure::Stopped)) => Err(Failure::Stopped),
        (Ok((compiled, expected)), expansion) => {
            let better = |other: &Expected| {
                allow(budget, *other).is_ok()
                    && (other.seconds < expected.seconds || allow(budget, expected).is_err())
            };
            if let Ok((route, other)) = expansion
                && better(&other)
            {
                return Ok(route);
            }
            allow(budget, expected)?;
            Ok(Route::Compiled(compiled))
        }
        (Err(_), Ok((route, expected))) => {
            allow(budget, expected)?;
            Ok(route)
        }
        (Err(failure), Err(_)) => Err(failure),
    }
}

/// An expansion in the inputs or in the variables of a bottleneck.
fn quickest<'a>(
    pair: &Pair<'_>,
    expansion: &dyn Fn(Way) -> Result<(Route<'a>, Expected), Failure>,
) -> Result<(Route<'a>, Expected), Failure> {
    let plain = expansion(Way::Expansion);
    let quick = plain.as_ref().is_ok_and(|(_, expected)| expected.seconds < MOMENT);
    if quick || narrow::width(pair.a, pair.b) >= pair.a.variables() {
        return plain;
    }
    match (plain, expansion(Way::Bottleneck)) {
        (Ok(plain), Ok(narrow)) => Ok(if narrow.1.seconds < plain.1.seconds { narrow } else { plain }),
        (plain, Err(Failure::Meaningless(_))) => plain,
        (plain, narrow) => narrow.or(plain),
    }
}

/// Prepares an expansion.
fn expand<'a>(
    pair: &Pair<'_>,
    variant: Variant,
    product: Product,
    bottleneck: bool,
    budget: &Budget,
) -> Result<(Route<'a>, Expected), Failure> {
    if !bottleneck {
        let expected = expanded::expected(pair.a, pair.b, &product, budget)?;
        return Ok((Route::Expansion(product), expected));
    }
    let wide = || Failure::Meaningless("there is no bottleneck".to_string());
    // Factoring long covariances takes time of its own, so an expansion that is too large is refused before.
    let sketch = narrow::sketch(pair.a, pair.b)?.ok_or_else(wide)?;
    let mut expected = expanded::expected(&sketch.a, &sketch.b, &Product::Symmetric(None), budget)?;
    expected.seconds += sketch.seconds;
    allow(budget, expected)?;
    let narrow = narrow::narrow(pair.a, pair.b, budget)?.ok_or_else(wide)?;
    let product = match variant {
        Variant::Gaussian => {
            let normal = |variance: &BigRational| Law::Entries(Measure::Normal(variance.clone()));
            Product::Laws(narrow.variances.iter().map(normal).collect())
        }
        Variant::Symmetric => Product::Symmetric(Some(narrow.variances.clone())),
    };
    Ok((Route::Bottleneck(Box::new(narrow), product), expected))
}

/// The recursion layer by layer.
fn layerwise<'a>(
    pair: &Pair<'_>,
    variant: Variant,
    precision: Precision,
    budget: &Budget,
) -> Result<Route<'a>, Failure> {
    let compiled = Compiled::layerwise(pair, variant, budget)?;
    allow(budget, compiled.expected(precision))?;
    Ok(Route::Compiled(compiled))
}

/// The mean over a domain: an expansion, or all points one by one.
fn on_domain<'a>(
    pair: &Pair<'a>,
    domain: &'a Domain,
    way: Option<Way>,
    budget: &Budget,
) -> Result<Route<'a>, Failure> {
    let wanted = |this: Way| way.is_none_or(|way| way == this);
    let visits = || points::expected(pair.a, pair.b, domain);
    if wanted(Way::Expansion)
        && let Some(redundant) = laws(pair.a, domain, false)
    {
        let expected = |laws: Vec<Law>| {
            let product = Product::Laws(laws);
            let expected = expanded::expected(pair.a, pair.b, &product, budget)?;
            allow(budget, expected).map(|()| (product, expected))
        };
        let mut expansion = expected(redundant);
        let others = laws(pair.a, domain, true).filter(|_| domain.0.contains(&InputSet::OneHot));
        if let Some(others) = others {
            expansion = match (expansion, expected(others)) {
                (Ok(one), Ok(other)) => Ok(if other.1.seconds < one.1.seconds { other } else { one }),
                (Err(Failure::Stopped), _) | (_, Err(Failure::Stopped)) => Err(Failure::Stopped),
                (one, other) => one.or(other),
            };
        }
        // Sets of numbers for every entry have few polynomials, and are only visited when there is no other
        // way.
        let quick = |seconds: f64| seconds < MOMENT || !has_whole_vectors(domain);
        match expansion {
            Err(Failure::Stopped) => return Err(Failure::Stopped),
            Ok((product, _)) if way.is_some() => return Ok(Route::Expansion(product)),
            Ok((product, expected)) => {
                let quicker = |visits: Expected| visits.seconds <= expected.seconds;
                if quick(expected.seconds) || !visits().is_some_and(quicker) {
                    return Ok(Route::Expansion(product));
                }
            }
            Err(failure) => match visits() {
                // Without a prediction it is tried.
                Some(visits) if way.is_none() && visits.seconds.is_infinite() => {}
                Some(visits) if way.is_none() => allow(budget, visits)?,
                _ => return Err(failure),
            },
        }
        return Ok(Route::Points(domain));
    }
    if wanted(Way::Points) { Ok(Route::Points(domain)) } else { Err(elsewhere()) }
}

/// Whether some input ranges over vectors, or tensors, as a whole.
fn has_whole_vectors(domain: &Domain) -> bool {
    domain.0.iter().any(|set| matches!(set, InputSet::OneHot | InputSet::Points(_)))
}

/// The law of every input, if a domain leaves none free and is not all points; an entry of one-hot vectors
/// may be eliminated.
fn laws(network: &Network, domain: &Domain, eliminates: bool) -> Option<Vec<Law>> {
    if domain.0.iter().all(|set| matches!(set, InputSet::Points(_))) {
        return None;
    }
    let law = |(input, set): (&Input, &InputSet)| -> Option<Law> {
        match set {
            InputSet::Finite(values) => Some(Law::Entries(Measure::Set(values.clone()))),
            InputSet::OneHot => {
                Some(Law::OneHot { length: input.shape.axes().last().copied().unwrap_or(1), eliminates })
            }
            InputSet::Points(points) => Some(Law::Points(points.clone())),
            InputSet::Everything => None,
        }
    };
    network.inputs().iter().zip(&domain.0).map(law).collect()
}
