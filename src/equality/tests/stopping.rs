//! Clocks that expire in the middle: every method stops soon, and says so. Nothing here measures time: a
//! clock counts how often it is asked.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::budget::Stop;
use crate::shortage::{Limit, Obstacle, Why};

/// A clock that expires when it has been asked so many times.
struct Countdown {
    left: AtomicU64,
    /// How often it was asked after that.
    late: AtomicU64,
    memory: bool,
}

impl Countdown {
    fn new(questions: u64) -> Arc<Countdown> {
        Arc::new(Countdown { left: AtomicU64::new(questions), late: AtomicU64::new(0), memory: false })
    }

    fn budget(self: &Arc<Countdown>, certain_only: bool) -> Budget {
        let countdown = self.clone();
        let stop = Stop::new(move || countdown.expires());
        let mut budget = unlimited();
        budget.certain_only = certain_only;
        if self.memory { budget.memory_watched_by(stop) } else { budget.stopped_by(stop) }
    }

    fn expires(&self) -> bool {
        let before = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if before.is_err() {
            self.late.fetch_add(1, Ordering::Relaxed);
        }
        before.is_err()
    }
}

/// `(sum x)^12` of 6 variables, written in two ways; the second times a constant, plus another.
fn powers(factor: i64, offset: i64) -> (Network, Network) {
    let build = |squares: bool, factor: i64, offset: i64| {
        network(&[&[6]], |builder, inputs| {
            let ones = matrix(builder, 1, 6, vec![1; 6]);
            let sum = apply(builder, ones, inputs[0]);
            let sum = builder.select(sum, 0, 0).unwrap();
            let mut power = sum;
            for _ in 1..if squares { 6 } else { 12 } {
                power = builder.multiply(power, sum).unwrap();
            }
            if squares {
                power = builder.multiply(power, power).unwrap();
            }
            let one = builder.scalar(rational(1, 1));
            builder.combine(vec![(rational(factor, 1), power), (rational(offset, 1), one)]).unwrap()
        })
    };
    (build(false, 1, 0), build(true, factor, offset))
}

/// Whether a method was stopped, or not begun for lack of time.
fn is_stopped(obstacle: &Obstacle) -> bool {
    matches!(obstacle.why, Why::Stopped { by: Limit::Caller, .. } | Why::Time { .. })
}

/// However often the clock is asked before it expires, a method decides or says that it ran out of time; and
/// it asks only a few times more. It was asked thousands of times in between.
#[test]
fn every_method_stops_when_the_clock_expires() {
    let (f, g) = powers(1, 0);
    let domain = Domain::everywhere(1);
    let bits = bits(1);
    for (approach, domain, most) in [
        (Approach::Grid, &domain, 3),
        (Approach::NormalForm, &domain, 3),
        (Approach::RandomEvaluation, &domain, 3),
        (Approach::Grid, &bits, 3),
        (Approach::NormalForm, &bits, 3),
    ] {
        let question = Question { a: &f, b: &g, relation: Relation::Equal, domain };
        let mut undecided = 0;
        for questions in (0..40).chain([50, 70, 100, 150, 200, 300, 500, 1_000, 10_000, 1_000_000]) {
            let clock = Countdown::new(questions);
            match decide_by(&question, &clock.budget(false), approach).unwrap() {
                Verdict::Equal(_) => assert_eq!(clock.late.load(Ordering::Relaxed), 0),
                Verdict::Undecided(Undecided { obstacles, shortage, .. }) => {
                    undecided += 1;
                    assert!(obstacles.iter().all(is_stopped), "{obstacles:?}");
                    assert!(shortage.seconds.is_some(), "{shortage:?}");
                }
                Verdict::Different(_) => panic!("{approach:?}"),
            }
            assert!(clock.late.load(Ordering::Relaxed) <= 20, "{approach:?} {questions} {clock:?}");
        }
        assert!(undecided >= most, "{approach:?} {undecided}");
    }
}

/// The same for the layerwise distance, from building the network of moments on.
#[test]
fn the_layerwise_distance_stops_when_the_clock_expires() {
    let (f, g) = (super::layerwise::deep(false, |_, x| x), super::layerwise::deep(true, |_, x| x));
    let domain = Domain::everywhere(1);
    let question = Question { a: &f, b: &g, relation: Relation::Equal, domain: &domain };
    let (mut undecided, mut equal) = (0, 0);
    for questions in (0..400).step_by(7).chain([500, 700, 1_000, 2_000, 4_000, 10_000, 1_000_000]) {
        let clock = Countdown::new(questions);
        match decide_by(&question, &clock.budget(false), Approach::Layerwise).unwrap() {
            Verdict::Equal(_) => {
                equal += 1;
                assert_eq!(clock.late.load(Ordering::Relaxed), 0);
            }
            Verdict::Undecided(Undecided { obstacles, shortage, .. }) => {
                undecided += 1;
                assert!(obstacles.iter().all(is_stopped), "{obstacles:?}");
                assert!(shortage.seconds.is_some(), "{shortage:?}");
            }
            Verdict::Different(_) => panic!("it refutes nothing"),
        }
        assert!(clock.late.load(Ordering::Relaxed) <= 20, "{questions} {clock:?}");
    }
    assert!(undecided >= 40 && equal >= 1, "{undecided} {equal}");
}

impl std::fmt::Debug for Countdown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "asked {} times too often", self.late.load(Ordering::Relaxed))
    }
}

/// The portfolio as a whole, for all relations: equal pairs are never called different, nor the other way
/// around, whenever time runs out.
#[test]
fn running_out_of_time_never_changes_an_answer() {
    for (factor, offset, relation, equal) in [
        (1, 0, Relation::Equal, true),
        (1, 1, Relation::Equal, false),
        (3, 0, Relation::UpToScale, true),
        (-3, 0, Relation::UpToScale, false),
        (1, 5, Relation::UpToScale, false),
    ] {
        let (f, g) = powers(factor, offset);
        let domain = Domain::everywhere(1);
        let question = Question { a: &f, b: &g, relation, domain: &domain };
        for deterministic in [false, true] {
            let mut decided = false;
            for questions in (0..30).chain([40, 60, 100, 200, 400, 1_000, 10_000, 10_000_000]) {
                let clock = Countdown::new(questions);
                match decide(&question, &clock.budget(deterministic)).unwrap() {
                    Verdict::Equal(_) => assert!(equal),
                    Verdict::Different(_) => assert!(!equal),
                    Verdict::Undecided(Undecided { shortage, .. }) => {
                        assert!(shortage.seconds.is_some(), "{shortage:?}");
                        continue;
                    }
                }
                decided = true;
            }
            assert!(decided, "{relation:?}");
        }
    }
}

/// The degree of (sum x)^12 - (sum x)^12 + 5 is 0, found by interpolation: bounds are true whenever time runs
/// out.
#[test]
fn bounds_on_degrees_are_true_when_time_runs_out() {
    let (f, g) = powers(1, 5);
    let difference = crate::equality::problem::difference(&f, &g).unwrap();
    for questions in (0..60).chain([100, 200, 400, 1_000, 100_000]) {
        let clock = Countdown::new(questions);
        match degree(&difference, &clock.budget(false)).unwrap() {
            Degree::Exactly { degree, .. } => assert_eq!(degree, Some(0)),
            Degree::Between { lowest, highest, undecided } => {
                assert!(
                    lowest.is_none_or(|lowest| lowest == 0) && highest.is_none_or(|highest| highest == 12)
                );
                assert!(undecided.shortage.seconds.is_some(), "{undecided:?}");
            }
        }
        assert!(clock.late.load(Ordering::Relaxed) <= 20, "{questions} {clock:?}");
    }
}

/// Half a minute of a budget is used up after a third of the points: it takes one and a half minutes.
#[test]
fn progress_tells_how_long_it_takes() {
    let mut progress = methods::Progress::new(3_000.0, &unlimited().time(Duration::from_secs(60)));
    assert_eq!(progress.expected(30.0), 0.0);
    progress.advance(1_000);
    assert_eq!(progress.expected(30.0), 90.0);
}

/// When it is memory that runs out, more memory is asked for: twice what there was.
#[test]
fn more_memory_is_asked_for() {
    let (f, g) = powers(1, 0);
    let domain = Domain::everywhere(1);
    let question = Question { a: &f, b: &g, relation: Relation::Equal, domain: &domain };
    let countdown =
        |questions| Countdown { left: AtomicU64::new(questions), late: AtomicU64::new(0), memory: true };
    let mut undecided = 0;
    for questions in 0..40 {
        let clock = Arc::new(countdown(questions));
        if let Verdict::Undecided(found) = decide(&question, &clock.budget(true)).unwrap() {
            undecided += 1;
            let by_memory = |obstacle: &Obstacle| {
                matches!(obstacle.why, Why::Stopped { by: Limit::Memory, .. } | Why::Time { .. })
            };
            assert!(found.obstacles.iter().any(by_memory), "{found}");
            assert_eq!(found.shortage.bytes, Some(2.0 * f64::from(1 << 30)), "{found:?}");
        }
    }
    assert!(undecided >= 3);
}
