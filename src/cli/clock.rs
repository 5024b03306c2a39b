//! The clock behind the budgets of time and memory, with a spinner on stderr once something takes long.

use std::io::{IsTerminal, stderr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use samenet::equality::Clock;

use super::{interrupt, memory};

/// How long something may take before the reader is told what is going on.
const PATIENCE: Duration = Duration::from_secs(2);
/// The least and the most that work may be late.
const GRACE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// The budgets of one task. Time starts when they are made, memory is that of the whole process. While they live
/// they may show a spinner on stderr; dropping them (the last clone of their `Arc`) clears it.
pub struct Deadline {
    start: Instant,
    budget: Duration,
    /// What is being done.
    doing: Mutex<String>,
    /// Whether memory was short since that began.
    short: AtomicBool,
    /// Whether nobody waits for the result any more.
    given_up: AtomicBool,
    spinner: Mutex<Option<Spinner>>,
}

impl Deadline {
    /// A time budget that started then; `what` is shown, and the method that is at work.
    pub fn new(start: Instant, budget: Duration, what: &str) -> Deadline {
        Deadline {
            start,
            budget,
            doing: Mutex::new(what.to_string()),
            short: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            spinner: Mutex::new(Spinner::start(what)),
        }
    }

    /// Seconds since the clock was started.
    pub fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    /// What is being done.
    pub fn doing(&self) -> String {
        self.doing.lock().map(|doing| doing.clone()).unwrap_or_default()
    }

    /// How long work that should have stopped may go on: a moment longer than the budget.
    pub fn grace_left(&self) -> Duration {
        let grace = (self.budget / 20).clamp(GRACE.0, GRACE.1);
        self.budget.saturating_add(grace).saturating_sub(self.start.elapsed())
    }

    /// Nobody waits for the result any more: work stops as soon as it looks up, and nothing is shown.
    pub fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
        if let Ok(mut spinner) = self.spinner.lock() {
            spinner.take();
        }
    }
}

impl Clock for Deadline {
    fn expired(&self) -> bool {
        if memory::short() {
            self.short.store(true, Ordering::Relaxed);
            return true;
        }
        self.given_up.load(Ordering::Relaxed) || self.start.elapsed() >= self.budget
    }

    fn seconds_left(&self) -> f64 {
        self.budget.saturating_sub(self.start.elapsed()).as_secs_f64()
    }

    fn memory_short(&self) -> bool {
        self.short.load(Ordering::Relaxed)
    }

    fn budget_for(&self, bytes: f64) -> f64 {
        // Saturates.
        memory::budget_for(bytes as u64) as f64
    }

    fn time_for(&self, seconds: f64) -> f64 {
        self.seconds() + seconds
    }

    fn begin(&self, what: &str) {
        self.short.store(false, Ordering::Relaxed);
        if let Ok(mut doing) = self.doing.lock() {
            *doing = what.to_string();
        }
        if let Ok(Some(spinner)) = self.spinner.lock().as_deref() {
            spinner.bar.set_message(format!("{}: {what}", spinner.what));
        }
    }
}

/// A clock that expires when a tenth of another's budget is left.
pub struct Early {
    deadline: Arc<Deadline>,
    reserve: f64,
}

impl Early {
    /// A clock that leaves some time for what comes after.
    pub fn new(deadline: &Arc<Deadline>) -> Early {
        Early { deadline: deadline.clone(), reserve: deadline.budget.as_secs_f64() / 10.0 }
    }
}

impl Clock for Early {
    fn expired(&self) -> bool {
        self.deadline.expired() || self.seconds_left() <= 0.0
    }

    fn seconds_left(&self) -> f64 {
        self.deadline.seconds_left() - self.reserve
    }

    fn memory_short(&self) -> bool {
        self.deadline.memory_short()
    }

    fn budget_for(&self, bytes: f64) -> f64 {
        self.deadline.budget_for(bytes)
    }

    fn time_for(&self, seconds: f64) -> f64 {
        self.deadline.time_for(seconds)
    }
}

/// A clock for an explanation: a share of the time that is left, and not much more than its verdict took.
pub struct Share {
    deadline: Arc<Deadline>,
    /// What is left to the deadline when it expires, in seconds.
    reserve: f64,
}

impl Share {
    /// The part of the time left that may be spent.
    const PART: f64 = 0.1;
    /// Seconds that are always worth spending.
    const MOMENT: f64 = 2.0;

    /// A tenth of the time left, at most two seconds or as long as the verdict took.
    pub fn new(deadline: &Arc<Deadline>, verdict_seconds: f64) -> Share {
        let left = deadline.seconds_left();
        let allowed = (left * Self::PART).min(verdict_seconds.max(Self::MOMENT));
        Share { deadline: deadline.clone(), reserve: left - allowed }
    }
}

impl Clock for Share {
    fn expired(&self) -> bool {
        self.deadline.expired() || self.seconds_left() <= 0.0
    }

    fn seconds_left(&self) -> f64 {
        (self.deadline.seconds_left() - self.reserve).max(0.0)
    }

    fn memory_short(&self) -> bool {
        self.deadline.memory_short()
    }

    fn begin(&self, what: &str) {
        self.deadline.begin(what);
    }
}

/// A spinner that appears after [`PATIENCE`], if stderr is a terminal.
struct Spinner {
    bar: ProgressBar,
    /// What is going on, as a whole.
    what: String,
    /// Dropped to tell the waiting thread that nothing needs to be shown any more.
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
    fn time_runs_from_the_start_given_and_work_may_be_a_little_late() {
        let now = Instant::now();
        let nothing = Deadline::new(now, Duration::ZERO, "");
        assert!(nothing.expired());
        assert_eq!(nothing.seconds_left(), 0.0);
        assert!(nothing.grace_left() <= GRACE.0);
        let hour = Duration::from_secs(3600);
        let much = Deadline::new(now, hour, "");
        assert!(!much.expired());
        assert!(much.seconds_left() > 3500.0);
        // A twentieth of an hour is more than the longest grace.
        assert!(much.grace_left() <= hour + GRACE.1);
        if let Some(earlier) = now.checked_sub(hour) {
            assert!(Deadline::new(earlier, hour, "").expired());
        }
    }

    /// Of an hour an explanation has six minutes, but no more than the verdict took; of a second a tenth.
    #[test]
    fn explanations_have_a_share() {
        let share = |seconds, verdict| {
            let deadline = Arc::new(Deadline::new(Instant::now(), Duration::from_secs(seconds), ""));
            Share::new(&deadline, verdict).seconds_left()
        };
        let close = |value: f64, expected: f64| expected * 0.9 < value && value <= expected;
        assert!(close(share(3600, 1e9), 360.0));
        assert!(close(share(3600, 7.0), 7.0));
        assert!(close(share(3600, 0.0), 2.0));
        assert!(close(share(1, 7.0), 0.1));
        assert_eq!(share(0, 7.0), 0.0);
    }

    #[test]
    fn work_that_was_given_up_should_stop() {
        let deadline = Deadline::new(Instant::now(), Duration::from_secs(3600), "");
        deadline.begin("the method");
        assert_eq!(deadline.doing(), "the method");
        deadline.give_up();
        assert!(deadline.expired());
    }
}
