//! Random networks: every method that decides agrees with every other and with the truth by brute force, and
//! witnesses are as simple as any.

use proptest::prelude::*;

use super::*;
use crate::arithmetic::Rationals;
use crate::equality::methods::{Outcome, Procedure};
use crate::equality::problem::Problem;
use crate::equality::witness::outputs::Outputs;
use crate::network::evaluate;

/// Terms of a polynomial: coefficients and variables.
type Terms = Vec<(i64, Vec<usize>)>;

fn terms(variables: usize) -> impl Strategy<Value = Terms> {
    let term = (-2..=2i64, prop::collection::vec(0..variables, 0..=3));
    prop::collection::vec(term, 1..5)
}

fn build(variables: usize, terms: &Terms) -> Network {
    let terms: Vec<(i64, &[usize])> = terms.iter().map(|(c, factors)| (*c, factors.as_slice())).collect();
    polynomial(variables, &terms)
}

/// The polynomial in Horner-like nesting of another order of terms and factors, so that the graph differs.
fn rebuilt(variables: usize, terms: &Terms) -> Network {
    network(&[&[variables]], |builder, inputs| {
        let mut sum = builder.scalar(rational(0, 1));
        for (coefficient, factors) in terms.iter().rev() {
            let mut product = builder.scalar(rational(*coefficient, 1));
            for &factor in factors.iter().rev() {
                let factor = builder.select(inputs[0], 0, factor).unwrap();
                product = builder.multiply(factor, product).unwrap();
            }
            sum = builder.combine(vec![(rational(1, 1), product), (rational(1, 1), sum)]).unwrap();
        }
        sum
    })
}

fn value(network: &Network, point: &[BigRational]) -> BigRational {
    let input = Tensor::new(Shape::new([point.len()]).unwrap(), point.to_vec()).unwrap();
    evaluate(&Rationals::new(), network, &[input]).unwrap().data()[0].clone()
}

/// All vectors of some values.
fn product(values: &[BigRational], length: usize) -> Vec<Vec<BigRational>> {
    (0..length).fold(vec![vec![]], |vectors, _| {
        vectors
            .iter()
            .flat_map(|vector| {
                values.iter().map(|value| [vector.as_slice(), std::slice::from_ref(value)].concat())
            })
            .collect()
    })
}

fn nonzero(point: &[BigRational]) -> usize {
    point.iter().filter(|v| **v != rational(0, 1)).count()
}

fn largest(point: &[BigRational]) -> BigRational {
    point.iter().map(num_traits::Signed::abs).max().unwrap_or_else(|| rational(0, 1))
}

/// Each complete method on its own, and random evaluation where it applies: whether it found equality.
fn verdicts(problem: &Problem<'_>) -> Vec<(&'static str, bool)> {
    let options = unlimited();
    let mut verdicts = Vec::new();
    let mut add = |method, outcome| match outcome {
        Outcome::Equal(_) => verdicts.push((method, true)),
        Outcome::Differs(_) => verdicts.push((method, false)),
        outcome => panic!("{method}: {outcome:?}"),
    };
    add("grid", grid::Grid.plan(problem, &options).unwrap().run(&options).unwrap());
    let plan = normal_form::plan(problem, &options).unwrap();
    add("normal form", normal_form::run(problem, &plan, &options).unwrap());
    if !problem.free().is_empty() {
        let plan = random::plan(problem, &options).unwrap();
        add("random evaluation", random::run(problem, &plan, &options).unwrap());
    }
    verdicts
}

fn agree(f: &Network, g: &Network, domain: &Domain, truth: bool) {
    let problem = Problem::new(f, g, Relation::Equal, domain, &unlimited()).unwrap();
    for (method, equal) in verdicts(&problem) {
        assert_eq!(equal, truth, "{method}");
    }
    for options in [unlimited(), certain()] {
        let question = Question { a: f, b: g, relation: Relation::Equal, domain };
        match decide(&question, &options).unwrap() {
            Verdict::Equal(proof) => assert!(truth && (proof.method.certain() || !options.certain_only)),
            Verdict::Different(_) => assert!(!truth),
            undecided => panic!("{undecided:?}"),
        }
    }
    for approach in Approach::ALL {
        let question = Question { a: f, b: g, relation: Relation::Equal, domain };
        match decide_by(&question, &unlimited(), approach).unwrap() {
            Verdict::Equal(_) => assert!(truth, "{approach:?}"),
            Verdict::Different(_) => assert!(!truth, "{approach:?}"),
            // Some methods do not prove everything and refute nothing; off the domain nothing is refuted.
            Verdict::Undecided(_) => assert!(
                approach.is_partial() || approach == Approach::RandomEvaluation && !domain.is_everywhere()
            ),
        }
    }
}

/// No point of a list is a simpler witness than the one found; the values stated are the values there.
fn is_simplest(f: &Network, g: &Network, domain: &Domain, candidates: &[Vec<BigRational>]) {
    let differing: Vec<&Vec<BigRational>> =
        candidates.iter().filter(|point| value(f, point) != value(g, point)).collect();
    let (input, _, a, b) = witness(&ask(f, g, Relation::Equal, domain));
    assert_eq!((value(f, &input[0]), value(g, &input[0])), (a.clone(), b.clone()));
    assert_ne!(a, b);
    let best = differing.iter().map(|point| (nonzero(point), largest(point))).min();
    assert!(best.is_none_or(|best| (nonzero(&input[0]), largest(&input[0])) <= best), "{input:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// On all inputs: a rewritten copy is equal, a copy with one coefficient moved is not.
    #[test]
    fn copies_and_near_misses(terms in terms(3), place in any::<prop::sample::Index>(), by in 1..3i64) {
        let f = build(3, &terms);
        let everywhere = Domain::everywhere(1);
        agree(&f, &rebuilt(3, &terms), &everywhere, true);
        let mut changed = terms.clone();
        let place = place.index(changed.len());
        changed[place].0 += by;
        let g = rebuilt(3, &changed);
        agree(&f, &g, &everywhere, false);
        let digits: Vec<i64> = (-3..=3).collect();
        is_simplest(&f, &g, &everywhere, &product(&integers(&digits), 3));
    }

    /// On finite sets: the truth is what brute force says.
    #[test]
    fn finite_domains(
        f in terms(3),
        g in terms(3),
        values in prop::sample::subsequence(vec![-2i64, -1, 0, 1, 3], 1..4),
    ) {
        let values = integers(&values);
        let domain = Domain(vec![InputSet::Finite(values.clone())]);
        let points = product(&values, 3);
        // Add a multiple of what vanishes on the set to one of two copies, so that many pairs are equal.
        for (f, g) in [(build(3, &f), build(3, &g)), vanishing(&f, &values)] {
            let truth = points.iter().all(|point| value(&f, point) == value(&g, point));
            agree(&f, &g, &domain, truth);
            if !truth {
                is_simplest(&f, &g, &domain, &points);
            }
        }
    }

    /// On one-hot vectors and lists of points.
    #[test]
    fn one_hot_and_points(f in terms(3), g in terms(3), a in terms(1), b in terms(1)) {
        let unit = |i: usize| integers(&[i64::from(i == 0), i64::from(i == 1), i64::from(i == 2)]);
        let units: Vec<Vec<BigRational>> = (0..3).map(unit).collect();
        let (f, g) = (build(3, &f), build(3, &g));
        let truth = units.iter().all(|point| value(&f, point) == value(&g, point));
        agree(&f, &g, &Domain(vec![InputSet::OneHot]), truth);
        if !truth {
            is_simplest(&f, &g, &Domain(vec![InputSet::OneHot]), &units);
        }
        let third = vec![rational(1, 3), rational(0, 1), rational(0, 1)];
        let points = [integers(&[1, 2, 0]), third, integers(&[0, 2, 1])];
        let tensors = points.iter().map(|p| Tensor::new(Shape::new([3]).unwrap(), p.clone()).unwrap());
        let domain = Domain(vec![InputSet::Points(tensors.collect())]);
        let truth = points.iter().all(|point| value(&f, point) == value(&g, point));
        agree(&f, &g, &domain, truth);
        if !truth {
            let (input, ..) = witness(&ask(&f, &g, Relation::Equal, &domain));
            let differs = |point: &&Vec<BigRational>| value(&f, point) != value(&g, point);
            let fewest = points.iter().filter(differs).map(|point| nonzero(point)).min();
            prop_assert_eq!(Some(nonzero(&input[0])), fewest);
        }

        // Mixed: a bit x and a free y, f = a(x) y + b(y) against the same with a reduced on bits.
        let mixed = |reduced: bool| {
            network(&[&[1], &[1]], |builder, inputs| {
                let once = |factors: &Vec<usize>| vec![0; factors.len().min(1)];
                let reduce = |factors| if reduced { once(factors) } else { factors.clone() };
                let a: Terms = a.iter().map(|(c, factors)| (*c, reduce(factors))).collect();
                let a: Vec<(i64, &[usize])> = a.iter().map(|(c, f)| (*c, f.as_slice())).collect();
                let b: Vec<(i64, &[usize])> = b.iter().map(|(c, f)| (*c, f.as_slice())).collect();
                let a = polynomial_node(builder, inputs[0], &a);
                let b = polynomial_node(builder, inputs[1], &b);
                let y = builder.select(inputs[1], 0, 0).unwrap();
                let product = builder.multiply(a, y).unwrap();
                builder.combine(vec![(rational(1, 1), product), (rational(1, 1), b)]).unwrap()
            })
        };
        let domain = Domain(vec![InputSet::Finite(integers(&[0, 1])), InputSet::Everything]);
        agree(&mixed(false), &mixed(true), &domain, true);
    }

    /// Three inputs, of which one is free, one a bit vector and one one-hot, against brute force on the
    /// finite part and enough values of the free one.
    #[test]
    fn mixed_domains(f in terms(4), g in terms(4)) {
        let build = |terms: &Terms| {
            let terms: Vec<(i64, &[usize])> = terms.iter().map(|(c, f)| (*c, f.as_slice())).collect();
            network(&[&[1], &[1], &[2]], |builder, inputs| {
                let all = builder.concat(inputs.to_vec(), 0).unwrap();
                polynomial_node(builder, all, &terms)
            })
        };
        let (f, g) = (build(&f), build(&g));
        let domain = Domain(vec![
            InputSet::Everything,
            InputSet::Finite(integers(&[-1, 1])),
            InputSet::OneHot,
        ]);
        let at = |network: &Network, free: i64, bit: i64, class: i64| {
            let inputs = [vector(&[free]), vector(&[bit]), vector(&[1 - class, class])];
            evaluate(&Rationals::new(), network, &inputs).unwrap().data()[0].clone()
        };
        // Degree 3 at most in the free input: four values decide.
        let mut points = (0..4).flat_map(|x| [-1, 1].map(|y| [0, 1].map(|z| (x, y, z)))).flatten();
        let truth = points.all(|(x, y, z)| at(&f, x, y, z) == at(&g, x, y, z));
        agree(&f, &g, &domain, truth);
        // The same polynomials on all inputs: C(4 + 3, 3) = 35 coefficients at most.
        let problem = Problem::new(&f, &g, Relation::Equal, &domain, &unlimited()).unwrap();
        let everywhere = Domain::everywhere(3);
        let free = Problem::new(&f, &g, Relation::Equal, &everywhere, &unlimited()).unwrap();
        let verdicts = verdicts(&free);
        prop_assert!(verdicts.iter().all(|verdict| verdict.1 == verdicts[0].1));
        prop_assert!(truth || !verdicts[0].1);
        prop_assert!(problem.free().len() + problem.finite().len() <= 3);
    }

    /// f = c g exactly when the terms are scaled.
    #[test]
    fn scales(terms in terms(2), n in 1..4i64, d in 1..4i64, by in 1..3i64) {
        let times = |factor: i64| -> Terms { terms.iter().map(|(c, f)| (c * factor, f.clone())).collect() };
        let (f, g) = (build(2, &times(n)), rebuilt(2, &times(d)));
        let domain = Domain::everywhere(1);
        let zero = matches!(everywhere(&f, &polynomial(2, &[])), Verdict::Equal(_));
        let expected = if zero { rational(1, 1) } else { rational(n, d) };
        let verdict = ask(&f, &g, Relation::UpToScale, &domain);
        prop_assert_eq!(proof(&verdict).scale.clone(), Some(expected));
        let mut changed = times(d);
        changed.push((by, vec![0, 1, 1, 0]));
        let h = rebuilt(2, &changed);
        if !zero {
            let Verdict::Different(Witness { evaluations }) = ask(&f, &h, Relation::UpToScale, &domain) else {
                panic!("related")
            };
            refutes_every_factor(&evaluations);
        }
        let negative = ask(&build(2, &times(-n)), &h, Relation::UpToScale, &domain);
        let Verdict::Different(Witness { evaluations }) = negative else {
            panic!("related")
        };
        refutes_every_factor(&evaluations);
    }
}

fn refutes_every_factor(evaluations: &[Evaluation]) {
    match evaluations {
        [one] => {
            let (.., a, b) = parts(one);
            let outputs = Outputs::Exact { a: vec![a], b: vec![b] };
            assert!(outputs.refute_scale(0));
        }
        [u, v] => {
            let ((.., fu, gu), (.., fv, gv)) = (parts(u), parts(v));
            assert_ne!(fu * gv, fv * gu);
        }
        _ => panic!("{} evaluations", evaluations.len()),
    }
}

/// A polynomial and the same plus `x0 (x0 - v) (x0 - w) ..` over the values of a set.
fn vanishing(terms: &Terms, values: &[BigRational]) -> (Network, Network) {
    let f = build(3, terms);
    let g = network(&[&[3]], |builder, inputs| {
        let owned: Vec<(i64, &[usize])> = terms.iter().map(|(c, f)| (*c, f.as_slice())).collect();
        let f = polynomial_node(builder, inputs[0], &owned);
        let x = builder.select(inputs[0], 0, 0).unwrap();
        let mut product = x;
        for value in values {
            let root = builder.scalar(value.clone());
            let factor = builder.combine(vec![(rational(1, 1), x), (rational(-1, 1), root)]).unwrap();
            product = builder.multiply(product, factor).unwrap();
        }
        builder.combine(vec![(rational(1, 1), f), (rational(1, 1), product)]).unwrap()
    });
    (f, g)
}
