//! What may have been meant where networks differ: that they agree on a usual domain, or up to rounding.

use num_rational::BigRational;

use super::super::problem::Problem;
use super::super::{Question, Relation, Verdict, decide};
use super::outputs::first_look;
use crate::budget::Budget;
use crate::domain::{Domain, InputSet, Metric};
use crate::network::Network;
use crate::similarity::{Pair, Root, inner_products};

/// The seconds that one domain is worth,
const SECONDS: f64 = 0.25;
/// and the distance.
const DISTANCE_SECONDS: f64 = 0.5;
/// The memory that either is worth, in bytes.
const MEMORY: u64 = 256 << 20;

/// Networks of no more entries, in all their tensors, are looked at. Whatever is done to read, bound and
/// evaluate these is fast.
const ENTRIES: usize = 1 << 20;

/// Whether two networks are small enough that a look takes no time to speak of.
pub(super) fn small(question: &Question<'_>) -> bool {
    let entries = |network: &Network| -> usize {
        network.nodes().iter().fold(0, |sum, node| node.shape.size().saturating_add(sum))
    };
    entries(question.a).saturating_add(entries(question.b)) <= ENTRIES
}

/// The first of the usual domains on which two networks are related that are not so everywhere: {0, 1},
/// {-1, 1}, or one-hot vectors. A domain on which they seem to agree is decided, and only a proof counts.
pub(super) fn agree_on(question: &Question<'_>, budget: &Budget) -> Option<InputSet> {
    let Question { a, b, relation, domain } = *question;
    if !domain.is_everywhere() || domain.0.is_empty() {
        return None;
    }
    let set = |values: [i64; 2]| {
        InputSet::Finite(values.map(|value| BigRational::from_integer(value.into())).to_vec())
    };
    let vectors = a.inputs().iter().all(|input| input.shape.axes().last().is_some_and(|&last| last > 1));
    let onehot = vectors.then_some(InputSet::OneHot);
    let sets = [Some(set([0, 1])), Some(set([-1, 1])), onehot];
    sets.into_iter().flatten().find(|set| {
        let budget = budget.within(SECONDS).memory(budget.memory.min(MEMORY)).certain_only();
        let domain = Domain(vec![set.clone(); domain.0.len()]);
        let looks_equal = || {
            if relation != Relation::Equal {
                return Some(true);
            }
            let problem = Problem::new(a, b, relation, &domain, &budget).ok()?;
            Some(first_look(&problem, &budget)?.iter().all(|differs| !differs))
        };
        if budget.expired() || looks_equal() != Some(true) {
            return false;
        }
        let verdict = decide(&Question { a, b, relation, domain: &domain }, &budget);
        matches!(verdict, Ok(Verdict::Equal(proof)) if proof.method.certain())
    })
}

/// The Gaussian distance of two networks, if it is below a millionth.
pub(super) fn small_distance(a: &Network, b: &Network, budget: &Budget) -> Option<Root> {
    let budget = budget.within(DISTANCE_SECONDS).memory(budget.memory.min(MEMORY));
    let pair = Pair { a, b, metric: Metric::Gaussian, domain: None };
    let distance = inner_products(&pair, &budget).ok()?.total().distance()?;
    let millionth = BigRational::new(1.into(), 1_000_000.into());
    distance.compare(&millionth).is_lt().then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{network, polynomial, rational, unlimited};
    use super::super::explain;
    use super::*;

    fn everywhere(a: &Network, b: &Network, relation: Relation, domain: Domain) -> Option<InputSet> {
        explain(&Question { a, b, relation, domain: &domain }, &unlimited()).agree_on
    }

    /// All differences c0 + c1 x0 + c2 x0^2 + c3 x0 x1 with coefficients -1, 0 and 1 but zero, against all
    /// points of the domains, in the order in which these are tried.
    #[test]
    fn the_first_domain_on_which_a_difference_vanishes() {
        const DOMAINS: [&[[i64; 2]]; 3] =
            [&[[0, 0], [0, 1], [1, 0], [1, 1]], &[[-1, -1], [-1, 1], [1, -1], [1, 1]], &[[1, 0], [0, 1]]];
        let mut found = [0; 4];
        for number in 1..81_i64 {
            let c: Vec<i64> = (0..4).map(|digit| number / 3_i64.pow(digit) % 3 - 1).collect();
            let value = |[x, y]: [i64; 2]| c[0] + c[1] * x + c[2] * x * x + c[3] * x * y;
            if c.iter().all(|&c| c == 0) {
                continue;
            }
            let expected = DOMAINS.iter().position(|points| points.iter().all(|&point| value(point) == 0));
            let a = polynomial(2, &[(5, &[1, 1])]);
            let b =
                polynomial(2, &[(5, &[1, 1]), (c[0], &[]), (c[1], &[0]), (c[2], &[0, 0]), (c[3], &[0, 1])]);
            let integers =
                |values: [i64; 2]| InputSet::Finite(values.map(|value| rational(value, 1)).to_vec());
            let sets = [integers([0, 1]), integers([-1, 1]), InputSet::OneHot];
            let expected_set = expected.map(|position| sets[position].clone());
            assert_eq!(everywhere(&a, &b, Relation::Equal, Domain::everywhere(1)), expected_set, "{c:?}");
            found[expected.unwrap_or(3)] += 1;
        }
        assert!(found.iter().all(|&count| count > 0), "{found:?}");
    }

    /// x^2 and x agree on {0, 1}: asked about another domain, that is not said. x^2 and 2x do so up to scale,
    /// x^2 and -x do not. Scalars have no one-hot inputs.
    #[test]
    fn only_questions_about_everything_may_have_been_meant_otherwise() {
        let (a, b) = (polynomial(1, &[(1, &[0, 0])]), polynomial(1, &[(1, &[0])]));
        let two = Domain(vec![InputSet::Finite(vec![rational(2, 1)])]);
        assert_eq!(everywhere(&a, &b, Relation::Equal, two), None);
        let bits = Some(InputSet::Finite(vec![rational(0, 1), rational(1, 1)]));
        let double = polynomial(1, &[(2, &[0])]);
        assert_eq!(everywhere(&a, &double, Relation::UpToScale, Domain::everywhere(1)), bits);
        let negated = polynomial(1, &[(-1, &[0])]);
        assert_eq!(everywhere(&a, &negated, Relation::UpToScale, Domain::everywhere(1)), None);
        let scalar = |value: i64| {
            network(&[&[]], |builder, x| {
                let constant = builder.scalar(rational(value, 1));
                builder.combine(vec![(rational(1, 1), x[0]), (rational(1, 1), constant)]).unwrap()
            })
        };
        assert_eq!(everywhere(&scalar(1), &scalar(2), Relation::Equal, Domain::everywhere(1)), None);
    }

    /// |x0 - (x0 + c x1)| / |x0| = |c|, which has to be below 10^-6.
    #[test]
    fn small_distances() {
        let plus = |c: BigRational| {
            network(&[&[2]], |builder, x| {
                let entries = [0, 1].map(|entry| builder.select(x[0], 0, entry).unwrap());
                builder.combine(vec![(rational(1, 1), entries[0]), (c, entries[1])]).unwrap()
            })
        };
        let distance = |c: BigRational| {
            let (a, b) = (polynomial(2, &[(1, &[0])]), plus(c));
            let domain = Domain::everywhere(1);
            explain(&Question { a: &a, b: &b, relation: Relation::Equal, domain: &domain }, &unlimited())
                .distance
        };
        assert_eq!(distance(rational(-1, 1 << 30)).unwrap().squared(), &rational(1, 1 << 60));
        assert_eq!(distance(rational(999_999, 1_000_000_000_000)).unwrap().decimal(3), "0.00000100");
        assert_eq!(distance(rational(1, 1_000_000)), None);
        assert_eq!(distance(rational(1, 1 << 19)), None);
    }
}
