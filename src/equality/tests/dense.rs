//! Normal forms from values, against expansions into sparse polynomials.

use super::*;
use crate::equality::methods::Outcome;
use crate::equality::methods::dense_form::DenseForm;
use crate::equality::problem::Problem;

/// Numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// A polynomial with rational coefficients in two inputs, a vector of 3 and a scalar, with so many outputs:
/// products of sums of monomials, which may be homogeneous.
fn random(numbers: &mut Numbers, outputs: usize, homogeneous: bool) -> Network {
    network(&[&[3], &[]], |builder, inputs| {
        let variables: Vec<NodeId> = (0..3)
            .map(|i| builder.select(inputs[0], 0, i).unwrap())
            .chain(std::iter::once(inputs[1]))
            .collect();
        let one = builder.scalar(rational(1, 1));
        let mut all = Vec::new();
        for _ in 0..outputs {
            let mut product = builder.scalar(rational(1, 1));
            for _ in 0..1 + numbers.below(3) {
                let mut terms = Vec::new();
                for _ in 0..1 + numbers.below(3) {
                    let mut node = variables[numbers.below(4)];
                    if !homogeneous && numbers.below(3) == 0 {
                        let other = [one, variables[numbers.below(4)]][numbers.below(2)];
                        node = builder.multiply(node, other).unwrap();
                    }
                    let coefficient = rational(numbers.below(7) as i64 - 3, 1 + numbers.below(4) as i64);
                    terms.push((coefficient, node));
                }
                let sum = builder.combine(terms).unwrap();
                product = builder.multiply(product, sum).unwrap();
            }
            all.push(product);
        }
        builder.stack(all).unwrap()
    })
}

/// Both verdicts, and the numbers of monomials, agree; where networks differ the point shows it.
fn agree(a: &Network, b: &Network) -> bool {
    let domain = Domain::everywhere(2);
    let budget = unlimited();
    let problem = Problem::new(a, b, Relation::Equal, &domain, &budget).unwrap();
    let plan = normal_form::plan(&problem, &budget).unwrap();
    let sparse = normal_form::run(&problem, &plan, &budget).unwrap();
    let dense = DenseForm::plan(&problem, &budget).unwrap().run(&problem, &budget).unwrap();
    match (sparse, dense) {
        (
            Outcome::Equal(Method::NormalForm { terms: one }),
            Outcome::Equal(Method::NormalForm { terms: other }),
        ) => {
            assert_eq!(one, other);
            true
        }
        (Outcome::Differs(_), Outcome::Differs(lead)) => {
            let modular = problem.modulo(&lead.field, &budget).unwrap();
            assert_eq!(modular.nonzero(&[lead.point]).unwrap(), [true]);
            false
        }
        (sparse, dense) => panic!("{sparse:?} {dense:?}"),
    }
}

/// Networks and themselves written another way, and networks that differ in one coefficient: one more of a
/// monomial, or of a fraction of it that the largest small prime divides.
#[test]
fn agrees_with_expansions() {
    let mut equal = 0;
    for seed in 0..300 {
        let mut numbers = Numbers(seed);
        let outputs = 1 + numbers.below(3);
        let homogeneous = numbers.below(2) == 0;
        let a = random(&mut numbers, outputs, homogeneous);
        let rest = Numbers(numbers.0).below(4);
        let b = if rest == 0 { random(&mut numbers, outputs, homogeneous) } else { a.clone() };
        let changed = |by: BigRational| {
            network(&[&[3], &[]], |builder, inputs| {
                let output = builder.import(&b, inputs).unwrap();
                let square = builder.multiply(inputs[1], inputs[1]).unwrap();
                let many = builder.broadcast(square, b.output_shape().clone()).unwrap();
                let more = builder.combine(vec![(rational(1, 1), output), (by.clone(), many)]).unwrap();
                builder.combine(vec![(rational(1, 1), more), (rational(0, 1), many)]).unwrap()
            })
        };
        for by in [rational(0, 1), rational(1, 1), rational(1, 8_388_593), rational(8_388_593, 1)] {
            equal += usize::from(agree(&a, &changed(by)));
        }
    }
    assert!(equal > 150, "{equal}");
}

/// (x0 + y)^2 - x0^2 - 2 x0 y - y^2 has no monomials, and (x0 + y)^2 has three; homogeneous, one variable is
/// set to 1. One more is inhomogeneous, and makes four.
#[test]
fn monomials_that_cancel_are_not_counted() {
    let square = |more: i64, less: i64| {
        network(&[&[3], &[]], |builder, inputs| {
            let x = builder.select(inputs[0], 0, 0).unwrap();
            let one = || rational(1, 1);
            let sum = builder.combine(vec![(one(), x), (one(), inputs[1])]).unwrap();
            let product = builder.multiply(sum, sum).unwrap();
            let [xx, xy, yy] = [(x, x), (x, inputs[1]), (inputs[1], inputs[1])]
                .map(|(u, v)| builder.multiply(u, v).unwrap());
            let constant = builder.scalar(rational(more, 1));
            let mut terms = vec![(one(), product), (one(), constant)];
            terms.extend([(xx, 1), (xy, 2), (yy, 1)].map(|(node, by)| (rational(-less * by, 1), node)));
            builder.combine(terms).unwrap()
        })
    };
    let domain = Domain::everywhere(2);
    let budget = unlimited();
    for (more, less, expected) in [(0, 1, 0), (0, 0, 3), (1, 0, 4), (1, 1, 1)] {
        let (a, b) = (square(more, less), square(more, less));
        let problem = Problem::new(&a, &b, Relation::Equal, &domain, &budget).unwrap();
        let dense = DenseForm::plan(&problem, &budget).unwrap().run(&problem, &budget).unwrap();
        match dense {
            Outcome::Equal(Method::NormalForm { terms }) => assert_eq!(terms, expected),
            other => panic!("{other:?}"),
        }
    }
}

/// Without time it claims nothing.
#[test]
fn late_is_undecided() {
    let mut numbers = Numbers(5);
    let a = random(&mut numbers, 2, false);
    let domain = Domain::everywhere(2);
    let problem = Problem::new(&a, &a, Relation::Equal, &domain, &unlimited()).unwrap();
    let plan = DenseForm::plan(&problem, &unlimited()).unwrap();
    let late = unlimited().time(Duration::ZERO);
    assert!(!matches!(plan.run(&problem, &late), Ok(Outcome::Equal(_) | Outcome::Differs(_))));
    assert!(DenseForm::plan(&problem, &unlimited().memory(10)).is_none());
}
