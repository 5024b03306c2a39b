//! Chooses the way to an inner product that is expected to be quickest.

use super::basis::Measure;
use super::expanded::{self, Law, Method, Product, Subject};
use super::failure::{Expected, MOST_TERMS, allow};
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
    /// Both functions are expanded into monomials, and written in orthogonal polynomials: every metric, and
    /// domains unless all inputs are points.
    Expansion,
    /// Both are evaluated at points that determine them, modulo primes, and written in orthogonal polynomials
    /// from their values there: the same.
    Interpolation,
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
    /// By any method, or by a given one.
    Expansion(Product, Option<Method>),
    /// An expansion of two other networks.
    Bottleneck(Box<Narrow>, Product),
    Points(&'a Domain),
}

/// A way, and what it is expected to take.
type Found<'a> = Result<(Route<'a>, Expected), Failure>;

/// Prepares the quickest way, or the one that is asked for, if the budget allows it.
pub(super) fn route<'a>(
    pair: &Pair<'a>,
    way: Option<Way>,
    precision: Precision,
    budget: &Budget,
) -> Result<Route<'a>, Failure> {
    pair.check_shapes()?;
    let search = Search { pair, way, precision, budget };
    if let Some(domain) = pair.domain {
        return search.on_domain(domain);
    }
    let of_inputs = |measure: Measure| Product::Laws(vec![Law::Entries(measure); pair.a.inputs().len()]);
    let (route, expected) = match pair.metric {
        Metric::Layerwise if way.is_none() => {
            search.compiled(Compiled::layerwise(pair, Variant::Gaussian, budget)?)
        }
        Metric::LayerwiseSymmetric if way.is_none() => {
            pair.check_homogeneous()?;
            search.compiled(Compiled::layerwise(pair, Variant::Symmetric, budget)?)
        }
        Metric::Uniform if search.expands() => search.expanded(of_inputs(Measure::Interval))?,
        Metric::Gaussian => {
            search.either(Variant::Gaussian, of_inputs(Measure::Normal(BigRational::one())))?
        }
        Metric::Symmetric => search.either(Variant::Symmetric, Product::Symmetric(None))?,
        Metric::Layerwise | Metric::LayerwiseSymmetric | Metric::Uniform => return Err(elsewhere()),
    };
    allow(budget, expected)?;
    Ok(route)
}

fn elsewhere() -> Failure {
    Failure::Meaningless("this way does not compute this metric".to_string())
}

/// What is asked for.
struct Search<'a, 'b> {
    pair: &'b Pair<'a>,
    way: Option<Way>,
    precision: Precision,
    budget: &'b Budget,
}

impl<'a> Search<'a, '_> {
    fn wants(&self, this: Way) -> bool {
        self.way.is_none_or(|way| way == this)
    }

    /// Whether an expansion in the inputs is wanted.
    fn expands(&self) -> bool {
        self.wants(Way::Expansion) || self.wants(Way::Interpolation)
    }

    /// Moments.
    fn compiled(&self, compiled: Compiled) -> (Route<'a>, Expected) {
        let expected = compiled.expected(self.precision);
        (Route::Compiled(compiled), expected)
    }

    /// An expansion in the inputs.
    fn expanded(&self, product: Product) -> Found<'a> {
        let method = match self.way {
            Some(Way::Expansion) => Some(Method::Sparse),
            Some(Way::Interpolation) => Some(Method::Interpolated),
            _ => None,
        };
        let networks = [self.pair.a, self.pair.b];
        let subject = Subject { networks, product: &product, originals: networks };
        let expected = expanded::expected(&subject, method, self.budget)?;
        Ok((Route::Expansion(product, method), expected))
    }

    /// An expansion in the variables of a bottleneck.
    fn bottleneck(&self, variant: Variant) -> Found<'a> {
        let (Pair { a, b, .. }, budget) = (self.pair, self.budget);
        let wide = || Failure::Meaningless("there is no bottleneck".to_string());
        // Factoring long covariances takes time of its own, so an expansion that is too large is refused
        // before.
        let ([like_a, like_b], factoring) = narrow::sketch(a, b)?.ok_or_else(wide)?;
        let product = Product::Symmetric(None);
        let subject = Subject { networks: [&like_a, &like_b], product: &product, originals: [a, b] };
        let mut expected = expanded::expected(&subject, None, budget)?;
        expected.seconds += factoring;
        allow(budget, expected)?;
        let narrow = narrow::narrow(a, b, budget)?.ok_or_else(wide)?;
        let product = match variant {
            Variant::Gaussian => {
                let normal = |variance: &BigRational| Law::Entries(Measure::Normal(variance.clone()));
                Product::Laws(narrow.variances.iter().map(normal).collect())
            }
            Variant::Symmetric => Product::Symmetric(Some(narrow.variances.clone())),
        };
        Ok((Route::Bottleneck(Box::new(narrow), product), expected))
    }

    /// Moments, or an expansion.
    fn either(&self, variant: Variant, product: Product) -> Found<'a> {
        let (Pair { a, b, .. }, budget) = (self.pair, self.budget);
        let compile = |budget: &Budget| -> Found<'a> {
            let [of_a, of_b] = [a, b].map(|network| degree_range(network).map(|range| range.highest()));
            // Products whose degree is not even known have too many operands.
            let highest = of_a?.zip(of_b?).map(|(a, b)| a.max(b)).ok_or(Failure::TooManyTerms)?;
            Ok(self.compiled(Compiled::by_order(self.pair, variant, highest, budget)?))
        };
        let shallow = moments::layers(a).max(moments::layers(b)) <= 1;
        let found = match self.way {
            Some(Way::Moments) => (compile(budget), Err(elsewhere())),
            Some(Way::Expansion | Way::Interpolation) => (Err(elsewhere()), self.expanded(product)),
            Some(Way::Bottleneck) => (Err(elsewhere()), self.bottleneck(variant)),
            Some(Way::Points) => return Err(elsewhere()),
            // The recursion is exact for one layer of products, and quick for heads of attention.
            None if shallow && self.has_heads(variant)? => match self.quickest(variant, product) {
                Ok((route, quick)) if quick.seconds < MOMENT => return Ok((route, quick)),
                Err(Failure::Stopped) => return Err(Failure::Stopped),
                _ => return Ok(self.compiled(Compiled::layerwise(self.pair, variant, budget)?)),
            },
            // One layer of products has few terms, and then the number of inputs matters for an expansion
            // only.
            None if shallow => match compile(budget) {
                Ok(found) => return Ok(found),
                failed => (failed, self.quickest(variant, product)),
            },
            None => match self.quickest(variant, product) {
                Ok((route, quick)) if quick.seconds < MOMENT => return Ok((route, quick)),
                Ok((route, quick)) if allow(budget, quick).is_ok() && has_too_many_pairings(a, b)? => {
                    return Ok((route, quick));
                }
                Ok((route, quick)) => {
                    // Moments that take longer to write down than all of the expansion are not wanted.
                    let compiled = match compile(&budget.within(quick.seconds)) {
                        Err(Failure::Stopped) if !budget.expired() => Err(Failure::TooManyTerms),
                        compiled => compiled,
                    };
                    (compiled, Ok((route, quick)))
                }
                failed => (compile(budget), failed),
            },
        };
        match found {
            (Err(Failure::Stopped), _) | (_, Err(Failure::Stopped)) => Err(Failure::Stopped),
            (Ok(moments), Ok(expansion)) => {
                let fits = |expected: Expected| allow(budget, expected).is_ok();
                let quicker = expansion.1.seconds < moments.1.seconds || !fits(moments.1);
                Ok(if fits(expansion.1) && quicker { expansion } else { moments })
            }
            (Ok(found), Err(_)) | (Err(_), Ok(found)) => Ok(found),
            (Err(failure), Err(_)) => Err(failure),
        }
    }

    /// Whether there are heads of attention whose covariances the recursion finds exactly.
    fn has_heads(&self, variant: Variant) -> Result<bool, Failure> {
        let (Pair { a, b, .. }, budget) = (self.pair, self.budget);
        // Degree by degree only if every node has one.
        if variant == Variant::Symmetric && !(moments::homogeneous(a) && moments::homogeneous(b)) {
            return Ok(false);
        }
        Ok(moments::has_heads(a, budget)? || moments::has_heads(b, budget)?)
    }

    /// An expansion in the inputs or in the variables of a bottleneck.
    fn quickest(&self, variant: Variant, product: Product) -> Found<'a> {
        let plain = self.expanded(product);
        let quick = plain.as_ref().is_ok_and(|(_, expected)| expected.seconds < MOMENT);
        if quick || narrow::width(self.pair.a, self.pair.b) >= self.pair.a.variables() {
            return plain;
        }
        match (plain, self.bottleneck(variant)) {
            (Ok(plain), Ok(narrow)) => Ok(if narrow.1.seconds < plain.1.seconds { narrow } else { plain }),
            (plain, Err(Failure::Meaningless(_))) => plain,
            (plain, narrow) => narrow.or(plain),
        }
    }

    /// The mean over a domain: an expansion, or all points one by one.
    fn on_domain(&self, domain: &'a Domain) -> Result<Route<'a>, Failure> {
        let (Pair { a, b, .. }, way, budget) = (self.pair, self.way, self.budget);
        let visits = || points::expected(a, b, domain);
        if self.expands()
            && let Some(redundant) = laws(a, domain, false)
        {
            let expected = |laws: Vec<Law>| {
                let (route, expected) = self.expanded(Product::Laws(laws))?;
                allow(budget, expected).map(|()| (route, expected))
            };
            let mut expansion = expected(redundant);
            let others = laws(a, domain, true).filter(|_| domain.0.contains(&InputSet::OneHot));
            if let Some(others) = others {
                expansion = match (expansion, expected(others)) {
                    (Ok(one), Ok(other)) => Ok(if other.1.seconds < one.1.seconds { other } else { one }),
                    (Err(Failure::Stopped), _) | (_, Err(Failure::Stopped)) => Err(Failure::Stopped),
                    (one, other) => one.or(other),
                };
            }
            // Sets of numbers for every entry have few polynomials, and are only visited when there is no
            // other way.
            let quick = |seconds: f64| seconds < MOMENT || !has_whole_vectors(domain);
            match expansion {
                Err(Failure::Stopped) => return Err(Failure::Stopped),
                Ok((route, _)) if way.is_some() => return Ok(route),
                Ok((route, expected)) => {
                    let quicker = |visits: Expected| visits.seconds <= expected.seconds;
                    if quick(expected.seconds) || !visits().is_some_and(quicker) {
                        return Ok(route);
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
        if self.wants(Way::Points) { Ok(Route::Points(domain)) } else { Err(elsewhere()) }
    }
}

/// Whether moments of the highest order would have too many ways to pair operands: at least as many as there
/// are permutations of so many.
fn has_too_many_pairings(a: &Network, b: &Network) -> Result<bool, Failure> {
    let highest = degree_range(a)?.join(degree_range(b)?).highest();
    let permutations = |degree: u64| (1..=degree).try_fold(1u64, u64::checked_mul);
    Ok(highest.and_then(permutations).is_none_or(|ways| ways > MOST_TERMS as u64))
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
            InputSet::Points(points) => Some(Law::Points(points.to_vec())),
            InputSet::Everything => None,
        }
    };
    network.inputs().iter().zip(&domain.0).map(law).collect()
}
