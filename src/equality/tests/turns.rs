//! Turns, with invented methods whose predictions are wrong on purpose. They sleep instead of computing, so
//! that many cases run at once and the load of the machine matters little.

use std::thread;

use super::*;
use crate::equality::methods::rewrite::Rewriting;
use crate::equality::methods::{Approach, Class, Outcome, Plan, Procedure};
use crate::equality::problem::Problem;
use crate::equality::refusals::Refusals;
use crate::equality::turns::{Found, Turns};
use crate::network::EvaluateError;
use crate::shortage::Why;

/// The time that a case has, in seconds.
const BUDGET: f64 = 1.0;

/// A method that says one thing and does another.
#[derive(Clone, Copy, Debug)]
struct Invented {
    /// The seconds that it predicts,
    predicted: f64,
    /// and those that it takes.
    takes: f64,
    /// Whether it knows how long it takes, once it is at work.
    counts: bool,
    /// Whether it refuses to go on when it finds out.
    refuses: bool,
    /// Whether it goes first.
    explains: bool,
    certain: bool,
}

impl Procedure for Invented {
    fn approach(&self) -> Approach {
        Approach::NormalForm
    }

    fn name(&self, _: &Problem<'_>) -> &'static str {
        "invented"
    }

    fn certain(&self) -> bool {
        self.certain
    }

    fn counts_points(&self) -> bool {
        self.counts
    }

    fn class(&self, seconds: f64, _: &Budget) -> Class {
        match self.certain {
            true if self.explains => Class::Explanation,
            true => Class::of_certain(seconds),
            false => Class::Bounded,
        }
    }

    fn plan<'p>(&self, _: &'p Problem<'p>, _: &Budget) -> Result<Plan<'p>, Why> {
        let Invented { takes, counts, refuses, .. } = *self;
        let run = move |budget: &Budget| -> Result<Outcome, EvaluateError> {
            if refuses && takes > budget.seconds_left() {
                return Ok(Outcome::Undecided(Why::Time { what: "the rest".into(), seconds: takes }));
            }
            let work = Budget::default().within(takes);
            while !work.expired() {
                if budget.expired() {
                    return Ok(Outcome::Late(if counts { takes } else { 0.0 }));
                }
                thread::sleep(Duration::from_millis(1));
            }
            // The number tells the test which method it was.
            Ok(Outcome::Equal(Method::NormalForm { terms: (takes * 1e6) as u64 }))
        };
        Ok(Plan { seconds: self.predicted, what: "invented work".into(), run: Box::new(run) })
    }
}

/// The seconds that the method takes which decided, or why none did; and the seconds that were left.
fn decided_by(methods: &[Invented], budget: Budget) -> (Result<f64, Undecided>, f64) {
    let zero = polynomial(1, &[]);
    let domain = Domain::everywhere(1);
    let budget = budget.within(BUDGET);
    let problem = Problem::new(&zero, &zero, Relation::Equal, &domain, &budget).unwrap();
    let methods = methods.iter().map(|&method| -> &'static dyn Procedure { Box::leak(Box::new(method)) });
    let mut refusals = Refusals::default();
    let found = Turns::new(&problem, &budget, false, methods).run(&mut refusals);
    let left = budget.seconds_left();
    match found {
        Some(Found::Equal(Method::NormalForm { terms })) => (Ok(terms as f64 / 1e6), left),
        Some(_) => panic!("not what an invented method says"),
        None => (Err(refusals.undecided(&budget)), left),
    }
}

const fn method(predicted: f64, takes: f64) -> Invented {
    Invented { predicted, takes, counts: false, refuses: false, explains: false, certain: true }
}

/// A method that decides in a third of the time, less what a loaded machine may take, decides: though another
/// was predicted to take next to nothing and takes for ever, or itself to take far longer than there is.
#[test]
fn a_wrong_prediction_keeps_no_method_from_deciding() {
    let third = 0.28;
    let others = [method(1e-3, 100.0), method(0.05, 100.0), method(0.5, 100.0), method(10.0, 100.0)];
    let counting = |one: Invented| Invented { counts: true, ..one };
    let mut cases: Vec<Vec<Invented>> = Vec::new();
    for predicted in [1e-3, third / 20.0, third, third * 20.0, 1e9] {
        for other in others {
            let refusing = Invented { refuses: true, ..method(predicted, third) };
            for one in [method(predicted, third), counting(method(predicted, third)), refusing] {
                cases.push(vec![other, one]);
                cases.push(vec![one, counting(other)]);
            }
        }
        // Two that take for ever, and two more that are found out to: they count their points.
        cases.push(vec![others[0], others[3], method(predicted, 0.2)]);
        let found_out = [counting(others[1]), counting(others[3])];
        cases.push([&found_out[..], &[others[0], method(predicted, 0.2)]].concat());
    }
    thread::scope(|scope| {
        for case in &cases {
            scope.spawn(move || {
                let (decided, left) = decided_by(case, unlimited());
                let takes = case.iter().map(|method| method.takes).fold(f64::INFINITY, f64::min);
                assert_eq!(decided.ok(), Some(takes), "{case:?}, {left} seconds left");
            });
        }
    });
}

/// Nothing is lost where predictions are right: the quickest decides, and nearly at once; a method that takes
/// most of the time still has it, if no other is any better.
#[test]
fn right_predictions_cost_nothing() {
    let cases = [
        (vec![method(0.3, 0.3), method(0.02, 0.02), method(50.0, 50.0)], 0.02, 0.9),
        (vec![method(0.3, 0.3), method(0.1, 0.1)], 0.1, 0.8),
        (vec![method(0.7, 0.7), method(50.0, 50.0)], 0.7, 0.1),
        (vec![method(0.7, 0.7), method(0.9, 0.9)], 0.7, 0.1),
        (vec![method(0.9, 0.9)], 0.9, 0.0),
        // What counts its points is known not to fit before it takes the time of the other.
        (vec![Invented { counts: true, ..method(0.2, 2.0) }, method(3.0, 0.5)], 0.5, 0.0),
    ];
    thread::scope(|scope| {
        for (case, takes, least) in &cases {
            scope.spawn(move || {
                let (decided, left) = decided_by(case, unlimited());
                assert_eq!(decided.ok(), Some(*takes), "{case:?}");
                assert!(left > *least * 0.9, "{case:?}: {left} seconds left");
            });
        }
    });
}

/// A method that goes first and is stopped then waits for those that are expected to take less: 0.13 seconds
/// in vain and 0.2 for the other, instead of a third of the time besides.
#[test]
fn what_was_stopped_goes_first_no_more() {
    let explains = Invented { explains: true, ..method(0.1, 100.0) };
    let (decided, left) = decided_by(&[explains, method(0.1, 0.2)], unlimited());
    assert_eq!(decided.ok(), Some(0.2));
    assert!(left > 0.5, "{left} seconds left");
}

/// `(W V) x` for matrices of 768 rows and columns: to multiply them takes 0.45e9 multiplications, a second
/// or two in any arithmetic. So five seconds are no obstacle, and rewriting is predicted to take no longer.
#[test]
fn large_products_of_weights() {
    let n = 768;
    let both = |together: bool| {
        network(&[&[n]], |builder, inputs| {
            let [w, v] = [1, 3].map(|value| matrix(builder, n, n, vec![value; n * n]));
            if !together {
                let inner = apply(builder, v, inputs[0]);
                return apply(builder, w, inner);
            }
            let spec = Einsum { operands: vec![vec![0, 1], vec![1, 2]], output: vec![0, 2] };
            let product = builder.contract(vec![w, v], spec).unwrap();
            apply(builder, product, inputs[0])
        })
    };
    let (apart, together) = (both(false), both(true));
    let budget = unlimited().within(5.0);
    assert!(obstacle(&together, &budget).is_none() && obstacle(&together, &budget.within(0.1)).is_some());
    let domain = Domain::everywhere(1);
    let problem = Problem::new(&apart, &together, Relation::Equal, &domain, &budget).unwrap();
    let seconds = Rewriting.plan(&problem, &budget).unwrap().seconds;
    assert!((0.1..5.0).contains(&seconds), "{seconds}");
}

/// Where only proofs count, no turn is given to another method, however much time is left; and why nothing
/// was decided is said of every method once. A year is not begun without a limit on time.
#[test]
fn what_is_refused_says_why() {
    let uncertain = Invented { certain: false, ..method(0.01, 0.01) };
    let (decided, _) = decided_by(&[uncertain, method(0.01, 100.0), method(1e9, 100.0)], certain());
    let undecided = decided.unwrap_err();
    assert_eq!(
        undecided.to_string(),
        "invented: it is not certain, and only proofs count; invented: it did not finish in time; invented: \
         invented work would take about 32 years"
    );
    assert!(undecided.shortage.certainty && undecided.shortage.seconds.is_some());

    let zero = polynomial(1, &[]);
    let domain = Domain::everywhere(1);
    let budget = unlimited();
    let problem = Problem::new(&zero, &zero, Relation::Equal, &domain, &budget).unwrap();
    let year: &'static dyn Procedure = Box::leak(Box::new(method(3.2e7, 100.0)));
    let mut refusals = Refusals::default();
    assert!(Turns::new(&problem, &budget, false, [year].into_iter()).run(&mut refusals).is_none());
    assert_eq!(refusals.undecided(&budget).obstacles.len(), 1);
}
