//! The clock behind the budgets of time and memory, with a spinner on stderr once something takes long.

use std::io::{IsTerminal, stderr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::failure::{Failure, note};
use super::{interrupt, memory};
use crate::budget::{Budget, Observer, Stop};

/// How long work goes on before the spinner appears.
const PATIENCE: Duration = Duration::from_secs(2);
/// Shortest and longest grace period after the deadline.
const GRACE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// The budgets of one task. Time starts when they are made, memory is that of the whole process. While they
/// live they may show a spinner on stderr; dropping them (and every [`Budget`] made of them) clears it.
pub struct Deadline {
    start: Instant,
    time: Duration,
    budget: Budget,
    progress: Arc<Progress>,
    /// Whether the result is no longer wanted.
    given_up: Arc<AtomicBool>,
}

impl Deadline {
    /// A time budget that started at `start`. The spinner shows `what`, and the current step.
    pub fn new(start: Instant, time: Duration, what: &str) -> Deadline {
        let progress = Arc::new(Progress {
            doing: Mutex::new(what.to_string()),
            spinner: Mutex::new(Spinner::start(what)),
        });
        let given_up = Arc::new(AtomicBool::new(false));
        let stop = Stop::new({
            let given_up = given_up.clone();
            move || given_up.load(Ordering::Relaxed)
        });
        let budget = Budget::default()
            .time_from(start, time)
            .stopped_by(stop)
            .memory_watched_by(Stop::new(memory::short))
            .observed_by(progress.clone());
        Deadline { start, time, budget, progress, given_up }
    }

    /// What may be used from now on: methods may use the memory that is left.
    pub fn budget(&self) -> Budget {
        self.budget.clone().memory(memory::left())
    }

    /// Whether to stop.
    pub fn expired(&self) -> bool {
        self.budget.expired()
    }

    /// Whether memory ran short since the last step began.
    pub fn memory_short(&self) -> bool {
        self.budget.memory_short()
    }

    /// A step begins.
    pub fn begin(&self, what: &str) {
        self.budget.begins(what);
    }

    /// Shows how far a step is.
    pub fn shows(&self, what: &str) {
        self.progress.begins(what);
    }

    /// Says something on stderr while work goes on.
    pub fn says(&self, text: &str) {
        self.progress.aside(&|| note(text));
    }

    /// Reports something that is wrong while work goes on.
    pub fn reports(&self, failure: &Failure) {
        self.progress.aside(&|| failure.report());
    }

    /// Seconds since the clock was started.
    pub fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    /// What is being done.
    pub fn doing(&self) -> String {
        self.progress.doing.lock().map(|doing| doing.clone()).unwrap_or_default()
    }

    /// How long work may still go on before it is abandoned: the time left and a grace period.
    pub fn grace_left(&self) -> Duration {
        let grace = (self.time / 20).clamp(GRACE.0, GRACE.1);
        self.time.saturating_add(grace).saturating_sub(self.start.elapsed())
    }

    /// The result is no longer wanted: work stops at its next poll of the budget, and nothing is shown.
    pub fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
        if let Ok(mut spinner) = self.progress.spinner.lock() {
            spinner.take();
        }
    }
}

/// What is being done, and where that is shown.
struct Progress {
    doing: Mutex<String>,
    spinner: Mutex<Option<Spinner>>,
}

impl Progress {
    /// Writes to stderr beside the spinner.
    fn aside(&self, write: &dyn Fn()) {
        match self.spinner.lock() {
            Ok(spinner) => match spinner.as_ref() {
                Some(spinner) => spinner.bar.suspend(write),
                None => write(),
            },
            Err(_) => write(),
        }
    }
}

impl Observer for Progress {
    fn begins(&self, what: &str) {
        if let Ok(mut doing) = self.doing.lock() {
            *doing = what.to_string();
        }
        if let Ok(Some(spinner)) = self.spinner.lock().as_deref() {
            spinner.bar.set_message(format!("{}: {what}", spinner.what));
        }
    }
}

/// A spinner that appears after [`PATIENCE`], if stderr is a terminal.
struct Spinner {
    bar: ProgressBar,
    /// The whole task.
    what: String,
    /// Dropped to tell the waiting thread that the task is over.
    stop: Option<Sender<()>>,
    waiting: Option<JoinHandle<()>>,
}

impl Spinner {
    fn start(what: &str) -> Option<Spinner> {
        if !stderr().is_terminal() {
            return None;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} [{elapsed}]") {
            bar.set_style(style);
        }
        let what = annotate_snippets::normalize_untrusted_str(what);
        bar.set_message(what.clone());
        interrupt::clears(Some(bar.clone()));
        let (stop, stopped) = channel::<()>();
        let shown = bar.clone();
        let waiting = thread::Builder::new()
            .spawn(move || {
                if stopped.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                    shown.set_draw_target(ProgressDrawTarget::stderr());
                    shown.enable_steady_tick(Duration::from_millis(120));
                }
            })
            .ok()?;
        Some(Spinner { bar, what, stop: Some(stop), waiting: Some(waiting) })
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        // The thread must be gone before the bar is cleared, or it could draw afterwards.
        self.stop.take();
        if let Some(waiting) = self.waiting.take() {
            // It cannot panic, and there would be nothing to do about it here.
            let _ = waiting.join();
        }
        self.bar.finish_and_clear();
        interrupt::clears(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_may_be_a_little_late() {
        let now = Instant::now();
        assert!(Deadline::new(now, Duration::ZERO, "").grace_left() <= GRACE.0);
        // A twentieth of an hour is more than the longest grace.
        let hour = Duration::from_secs(3600);
        assert!(Deadline::new(now, hour, "").grace_left() <= hour + GRACE.1);
    }

    #[test]
    fn work_that_was_given_up_should_stop() {
        let deadline = Deadline::new(Instant::now(), Duration::from_secs(3600), "");
        deadline.begin("the method");
        assert_eq!(deadline.doing(), "the method");
        assert!(!deadline.budget().expired());
        deadline.give_up();
        assert!(deadline.expired() && deadline.budget().expired());
    }
}
