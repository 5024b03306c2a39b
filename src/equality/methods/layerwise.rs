//! A layerwise distance of zero: a proof of equality that takes a number of operations linear in depth and
//! cubic in width.
//!
//! The squared norm of the difference `f - g` in the layerwise recursion (`similarity/moments`) is one
//! rational number. It is computed exactly, modulo primes whose product exceeds a proven bound on it. If it
//! is zero, the two are the same function on all inputs, and so on every domain. If it is not, nothing is
//! known: `(x0 x1)(x2 x3)` and `(x0 x2)(x1 x3)` are one function, of layerwise similarity 0.
//!
//! # The recursion as a quadratic form
//!
//! An *atom* is an entry of an input, or of a product node: a contraction of at least two operands that
//! depend on an input. Every entry of every node is an affine combination of atoms, because all other
//! operations are affine. Inputs have level 0; the level of a product node is above the levels of the atoms
//! that its operands are made of. The recursion gives every atom `a` a mean `m(a)`, and every two a
//! covariance `S(a, b) = S(b, a)`, and extends the mean linearly (constants are their own mean) and the
//! covariance bilinearly (constants have none) to affine combinations:
//!
//! * inputs have mean 0 and covariance 1 with themselves, 0 with others;
//! * a product node's atom is `P(y)`, for a polynomial `P` with constant coefficients and the operands'
//!   entries `y`. In `m(P(y))` the `y` are taken to be jointly Gaussian with the means and covariances that
//!   they have; so in `S(P(y), Q(z))` the `y` and `z` of two atoms of one level, and in `S(P(y), b)` the `y`
//!   and the atom `b` of a lower level.
//!
//! The squared norm of an affine combination `w` is `|w|^2 = m(w)^2 + S(w, w)`, and that of a network the sum
//! over its outputs.
//!
//! **Theorem.** `|w|^2 >= 0`, and if it is zero, then `w` is zero as a function of the inputs.
//!
//! *Proof.* By induction over the level: let it hold for combinations of atoms of levels below `l` (this is
//! nothing to show for `l = 0`), and let `w` be one of atoms of levels up to `l`. If `l = 0`, then
//! `w = c + sum_i k_i x_i` and `|w|^2 = c^2 + sum_i k_i^2`. Otherwise let `v` be the vector of all atoms of
//! levels below `l`, and `m`, `S` its means and covariances. For every vector `k`, `k . (v - m)` has mean
//! zero and squared norm `k^T S k`, which is not negative; so there is a Gaussian vector `G` with mean `m`
//! and covariance `S`. The operands of every atom of level `l` are affine in `v`, and moments of affine
//! combinations are those of the same affine combinations of `G`. So every atom of level `l` is a polynomial
//! in `v`; so is `w = p(v)`; and by definition `m(w) = E[p(G)]` and `S(w, w) = Var[p(G)]`: whether a pair of
//! atoms is both of level `l` or only one is, their covariance is that of the polynomials of `G`. Together
//! `|w|^2 = E[p(G)^2] >= 0`.
//!
//! If that is zero, `p(G)` is zero almost surely. The distribution of `G` has a positive density on the
//! affine space `A = m + S R^n`, so the polynomial `p` vanishes on `A`. Now `A` is the set of all `u` with
//! `k . (u - m) = 0` for every `k` with `S k = 0`. For such a `k`, `k . (v - m)` has the squared norm
//! `k^T S k = 0`, and by induction it is zero as a function of the inputs. So `v` is in `A` whatever the
//! inputs are, and `w = p(v)` is zero. ∎
//!
//! The proof asks for no more of the levels than that they grow from operands to products, and of the pairs
//! of atoms that each is expanded as its levels say; which nodes two networks share plays no role. A
//! contraction with any number of operands is one atom's polynomial, and its moments are sums over all
//! partitions of the operands into pairs and singletons (Isserlis). Covariances may be degenerate: they are
//! as soon as one hidden unit is a combination of others.

use super::{Approach, Class, Outcome, Plan, Procedure};
use crate::arithmetic::{BitBudget, Exact, Height, exact_seconds, exactly_zero};
use crate::budget::Budget;
use crate::calibration::FASTEST_MULTIPLICATION;
use crate::equality::Method;
use crate::equality::modular::in_some_field;
use crate::equality::problem::Problem;
use crate::network::{EvaluateError, Network, cost, evaluate_until};
use crate::shortage::Why;
use crate::similarity::{self, Failure};

/// A network is not compiled into more blocks of moments, or more contractions of them, than this; and than
/// that where only a proof will do.
const MOST: usize = 10_000;
const MOST_IF_CERTAIN: usize = 100_000;

/// The layerwise distance is preferred to random evaluation when it is expected to take less than this.
const PATIENCE: f64 = 2.0;

/// The layerwise distance.
pub(crate) struct Layerwise;

impl Procedure for Layerwise {
    fn approach(&self) -> Approach {
        Approach::Layerwise
    }

    fn name(&self, _: &Problem<'_>) -> &'static str {
        "layerwise distance"
    }

    fn plans_late(&self) -> bool {
        true
    }

    fn class(&self, seconds: f64, _: &Budget) -> Class {
        if seconds < PATIENCE { Class::Distance } else { Class::Complete }
    }

    fn plan<'p>(&self, problem: &'p Problem<'_>, budget: &Budget) -> Result<Plan<'p>, Why> {
        let most = if budget.certain_only { MOST_IF_CERTAIN } else { MOST };
        let network = similarity::squared_norm(&problem.difference, most, budget)
            .map_err(|failure| refusal(failure, most, budget))?;
        let cost = cost(&network);
        let bytes = (cost.live_once + cost.live_per_point) * size_of::<Height>() as f64;
        if bytes.is_nan() || bytes > budget.memory as f64 {
            return Err(Why::Memory { what: "the layerwise distance".into(), bytes });
        }
        let least = (cost.once + cost.per_point) * FASTEST_MULTIPLICATION;
        let seconds = if least > PATIENCE { least } else { exact_seconds(&network, &[]).max(least) };
        let what = format!("{} moments and steps between them", network.nodes().len());
        Ok(Plan { seconds, what, run: Box::new(move |budget| run(problem, &network, budget)) })
    }
}

fn refusal(failure: Failure, most: usize, budget: &Budget) -> Why {
    match failure {
        Failure::Memory(bytes) => Why::Memory { what: "the layerwise distance".into(), bytes: bytes as f64 },
        Failure::Stopped => Why::stopped("it", budget),
        Failure::TooManyTerms => format!("more than {most} moments would be computed").into(),
        failure => failure.to_string().into(),
    }
}

/// Whether the squared distance, which a network computes, is zero.
fn run(problem: &Problem<'_>, distance: &Network, budget: &Budget) -> Result<Outcome, EvaluateError> {
    let positive =
        || Ok(Outcome::Undecided("the layerwise distance is not zero, which proves nothing".into()));
    // Modulo one prime first: most distances that are not zero are not zero there.
    let vanishes = in_some_field(3, |field| {
        let value = evaluate_until(&budget.stop(), &field, distance, &[])?;
        Ok(value.data().iter().all(|residue| field.is_zero(residue)))
    })?;
    if vanishes == Some(false) {
        return positive();
    }
    let bits = BitBudget::new(1 << 31, budget.memory.saturating_mul(8)).stopped_by(budget.stop());
    let (is_zero, bound_log2) = exactly_zero(distance, &bits)?;
    if !is_zero {
        return positive();
    }
    Ok(Outcome::Equal(Method::Layerwise { levels: similarity::layers(&problem.difference), bound_log2 }))
}
