//! The wall clock behind a time budget, with a spinner on stderr once something takes long.

use std::io::{IsTerminal, stderr};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use samenet::equality::Clock;

/// How long something may take before the reader is told what is going on.
const PATIENCE: Duration = Duration::from_secs(2);

/// A time budget that starts when it is made. While it lives it may show a spinner on stderr; dropping it (the
/// last clone of its `Arc`) clears the spinner.
pub struct Deadline {
    start: Instant,
    budget: Option<Duration>,
    spinner: Option<Spinner>,
}

impl Deadline {
    /// A clock with this budget; `what` is shown, and the method that is at work.
    pub fn new(budget: Option<Duration>, what: &str) -> Deadline {
        Deadline { start: Instant::now(), budget, spinner: Spinner::start(what) }
    }

    /// Seconds since the clock was made.
    pub fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }
}

impl Clock for Deadline {
    fn expired(&self) -> bool {
        self.budget.is_some_and(|budget| self.start.elapsed() >= budget)
    }

    fn seconds_left(&self) -> f64 {
        match self.budget {
            Some(budget) => budget.saturating_sub(self.start.elapsed()).as_secs_f64(),
            None => f64::INFINITY,
        }
    }

    fn begin(&self, what: &str) {
        if let Some(spinner) = &self.spinner {
            spinner.bar.set_message(format!("{}: {what}", spinner.what));
        }
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_of_nothing_is_used_up_and_none_never_is() {
        let nothing = Deadline::new(Some(Duration::ZERO), "");
        assert!(nothing.expired());
        assert_eq!(nothing.seconds_left(), 0.0);
        let unlimited = Deadline::new(None, "");
        assert!(!unlimited.expired());
        assert_eq!(unlimited.seconds_left(), f64::INFINITY);
    }
}
