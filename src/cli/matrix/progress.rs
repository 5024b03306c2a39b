//! What is done of a matrix, and how far its numbers are.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::record::{Line, Record};
use super::table::Table;
use crate::cli::clock::Deadline;
use crate::cli::failure::Failure;
use crate::cli::options::OPTIONS;
use crate::shortage::duration;
use crate::similarity::Failure as NoNumber;

/// How often progress is shown.
const TICK: Duration = Duration::from_millis(200);

/// What is done so far; it can be looked at while work goes on.
#[derive(Default)]
pub struct Progress(Mutex<Done>);

/// The same, held by one thread.
#[derive(Default)]
pub struct Done {
    /// The numbers.
    pub table: Option<Table>,
    /// Where they are written down.
    pub record: Option<Record>,
    /// Why the first pair that could not be finished was not, and what would be needed.
    pub unfinished: Option<(String, String)>,
    /// Whether something is wrong with a pair.
    pub wrong: bool,
}

/// What a run leaves.
pub struct Left {
    /// The numbers; `None` if not even all models were read.
    pub table: Option<Table>,
    /// Why some are missing, and what would be needed.
    pub unfinished: Option<(String, String)>,
    /// Whether something is wrong with a pair.
    pub wrong: bool,
}

impl Progress {
    /// What is done; nobody else can look at it meanwhile.
    pub fn done(&self) -> MutexGuard<'_, Done> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is now.
    pub fn left(&self) -> Left {
        // A thread that waits for memory while it writes down a number never lets go.
        let mut tries = 0;
        let mut done = loop {
            match self.0.try_lock() {
                Ok(done) => break done,
                Err(_) if tries < 100 => thread::sleep(Duration::from_millis(10)),
                Err(_) => return Left { table: None, unfinished: None, wrong: false },
            }
            tries += 1;
        };
        Left { table: done.table.take(), unfinished: done.unfinished.take(), wrong: done.wrong }
    }

    /// Writes a number down.
    pub fn keep(&self, line: Line) -> Result<(), Failure> {
        let mut done = self.done();
        let known = match &line {
            Line::Norm(model, _) => done.table.as_ref().is_some_and(|table| table.norm(*model).is_some()),
            Line::Inner(..) => false,
        };
        if let (Some(record), false) = (&mut done.record, known) {
            record.append(&line)?;
        }
        if let Some(table) = &mut done.table {
            match line {
                Line::Norm(model, number) => table.set_norm(model, number),
                Line::Inner(a, b, number) => table.set_inner(a, b, number),
            };
        }
        Ok(())
    }

    /// Leaves a model out, and says so.
    pub fn leave_out(&self, model: usize, why: &str, clock: &Deadline) {
        let mut done = self.done();
        if let Some(table) = &mut done.table {
            table.leave_out(model, why.to_string());
            let name = table.head.models.get(model).map_or("", |model| &model.name);
            clock.says(&format!("`{name}` is left out: {why}"));
        }
    }

    /// Notes that there is no number.
    pub fn miss(&self, failure: &NoNumber, what: &str, clock: &Deadline) {
        let mut done = self.done();
        match failure.undecided(&clock.budget()) {
            Some(why) => {
                let needed = OPTIONS.needed(&why.shortage);
                done.unfinished.get_or_insert_with(|| (why.to_string(), needed));
            }
            None => {
                done.wrong = true;
                clock.says(&format!("{what} cannot be compared: {failure}"));
            }
        }
    }
}

/// Progress of one kind of number.
pub struct Meter {
    /// When it began.
    pub start: Instant,
    shown: Mutex<(usize, Instant)>,
    count: usize,
    what: &'static str,
}

impl Meter {
    /// None of so many are done.
    pub fn new(count: usize, what: &'static str) -> Meter {
        let now = Instant::now();
        Meter { start: now, shown: Mutex::new((0, now)), count, what }
    }

    /// One more is done.
    pub fn tick(&self, clock: &Deadline) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.0 += 1;
        if shown.1.elapsed() >= TICK {
            shown.1 = Instant::now();
            let left = self.seconds_left(shown.0);
            clock.shows(&format!("{} of {} {}, {} left", shown.0, self.count, self.what, duration(left)));
        }
    }

    /// How many are done.
    pub fn done(&self) -> usize {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// The seconds that the others will take when so many are done.
    pub fn seconds_left(&self, done: usize) -> f64 {
        self.start.elapsed().as_secs_f64() / done.max(1) as f64 * self.count.saturating_sub(done) as f64
    }
}
