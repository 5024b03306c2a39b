//! What a computation may take, and how it is told to stop: time, memory, and the wish of whoever started it.
//!
//! Everything that may take long is given a [`Budget`], or a [`Stop`] made of one, and polls it. Nothing is
//! interrupted from outside: work that finds its budget used up ends with what it knows. Apart from the
//! command line, this is the only file that reads a clock.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// A question that work asks often, from any thread: should it stop?
#[derive(Clone, Default)]
pub struct Stop(Option<Arc<dyn Fn() -> bool + Send + Sync>>);

impl Stop {
    /// Work goes on to its end.
    pub const fn never() -> Stop {
        Stop(None)
    }

    /// Work stops soon after `ask` first returns true.
    pub fn new(ask: impl Fn() -> bool + Send + Sync + 'static) -> Stop {
        Stop(Some(Arc::new(ask)))
    }

    /// Whether it can never be set, so that nobody need ask.
    pub(crate) fn is_never(&self) -> bool {
        self.0.is_none()
    }

    /// Whether to stop.
    pub fn is_set(&self) -> bool {
        self.0.as_ref().is_some_and(|ask| ask())
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Stop(..)" } else { "Stop(never)" })
    }
}

/// Is told what is being done, for instance to show it.
pub trait Observer: Send + Sync {
    /// A step begins, such as a method.
    fn begins(&self, what: &str);
}

/// What a computation may take. Without further settings: any amount of time, 2 GiB of memory for each
/// method, and answers with a bounded probability of error besides proofs.
///
/// Clones share the memory that was found short, and stop together.
#[derive(Clone)]
pub struct Budget {
    /// The memory that one method may use, in bytes.
    pub memory: u64,
    /// Whether only proofs count as answers.
    pub certain_only: bool,
    deadline: Option<Deadline>,
    stop: Stop,
    memory_watch: Stop,
    /// Whether memory ran short since the last step began.
    memory_short: Arc<AtomicBool>,
    observer: Option<Arc<dyn Observer>>,
}

#[derive(Clone, Copy, Debug)]
struct Deadline {
    start: Instant,
    end: Instant,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget {
            memory: 2 << 30,
            certain_only: false,
            deadline: None,
            stop: Stop::never(),
            memory_watch: Stop::never(),
            memory_short: Arc::default(),
            observer: None,
        }
    }
}

impl Budget {
    /// The part of the time left that an explanation may take,
    const EXPLANATION_PART: f64 = 0.1;
    /// and the seconds that it is always worth.
    const EXPLANATION_SECONDS: f64 = 2.0;

    /// With a limit on time, which starts now.
    pub fn time(self, amount: Duration) -> Budget {
        self.time_from(Instant::now(), amount)
    }

    /// With a limit on time that started at `start`.
    pub fn time_from(self, start: Instant, amount: Duration) -> Budget {
        // A time that no clock can show never comes.
        let deadline = start.checked_add(amount).map(|end| Deadline { start, end });
        Budget { deadline, ..self }
    }

    /// With this many bytes of memory for each method.
    pub fn memory(self, bytes: u64) -> Budget {
        Budget { memory: bytes, ..self }
    }

    /// Only proofs count as answers.
    pub fn certain_only(self) -> Budget {
        Budget { certain_only: true, ..self }
    }

    /// Work also stops soon after `stop` is set.
    pub fn stopped_by(self, stop: Stop) -> Budget {
        Budget { stop, ..self }
    }

    /// Work also stops soon after `watch` finds that the memory of the process is nearly used up.
    pub fn memory_watched_by(self, watch: Stop) -> Budget {
        Budget { memory_watch: watch, ..self }
    }

    /// Tells `observer` what is being done.
    pub fn observed_by(self, observer: Arc<dyn Observer>) -> Budget {
        Budget { observer: Some(observer), ..self }
    }

    /// Whether time or memory are used up, or the caller wants work to stop.
    pub fn expired(&self) -> bool {
        if self.memory_watch.is_set() {
            self.memory_short.store(true, Ordering::Relaxed);
            return true;
        }
        self.stop.is_set() || self.deadline.is_some_and(|deadline| Instant::now() >= deadline.end)
    }

    /// Whether it was memory that stopped something since the last step began.
    pub fn memory_short(&self) -> bool {
        self.memory_short.load(Ordering::Relaxed)
    }

    /// Seconds until the time is up, infinitely many when it is not limited.
    pub fn seconds_left(&self) -> f64 {
        let left = |deadline: Deadline| deadline.end.saturating_duration_since(Instant::now()).as_secs_f64();
        self.deadline.map_or(f64::INFINITY, left)
    }

    /// Seconds since the time started; 0 when it is not limited.
    pub fn seconds_spent(&self) -> f64 {
        self.deadline.map_or(0.0, |deadline| deadline.start.elapsed().as_secs_f64())
    }

    /// A step begins, such as a method.
    pub fn begins(&self, what: &str) {
        self.memory_short.store(false, Ordering::Relaxed);
        if let Some(observer) = &self.observer {
            observer.begins(what);
        }
    }

    /// The budget as something to ask whether to stop.
    pub fn stop(&self) -> Stop {
        let budget = self.clone();
        Stop::new(move || budget.expired())
    }

    /// This budget, but with no more than so many seconds from now.
    pub fn within(&self, seconds: f64) -> Budget {
        let now = Instant::now();
        let end = Duration::try_from_secs_f64(seconds.max(0.0)).ok().and_then(|left| now.checked_add(left));
        let deadline = match (self.deadline, end) {
            (deadline, None) => deadline,
            (None, Some(end)) => Some(Deadline { start: now, end }),
            (Some(deadline), Some(end)) => Some(Deadline { end: deadline.end.min(end), ..deadline }),
        };
        Budget { deadline, ..self.clone() }
    }

    /// This budget without the last part of its time, which is kept for what comes after.
    pub fn keeping(&self, part: f64) -> Budget {
        let Some(Deadline { start, end }) = self.deadline else { return self.clone() };
        self.within(self.seconds_left() - part * (end - start).as_secs_f64())
    }

    /// The part of this budget that an explanation of a verdict may take: a tenth of the time left, and at
    /// most as long as the verdict took or two seconds.
    pub fn for_explaining(&self, verdict_seconds: f64) -> Budget {
        let share = self.seconds_left() * Self::EXPLANATION_PART;
        self.within(share.min(verdict_seconds.max(Self::EXPLANATION_SECONDS)))
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("memory", &self.memory)
            .field("certain_only", &self.certain_only)
            .field("seconds_left", &self.seconds_left())
            .finish_non_exhaustive()
    }
}

/// Why metered work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended<R> {
    /// Its limit is used up.
    Spent,
    /// The caller wanted it to stop.
    Stopped,
    /// For a reason of its own.
    Because(R),
}

/// Counts work towards a limit, and remembers why it ended. Work that ended stays so, whatever the caller
/// says later, because parts of it may have been left out since.
#[derive(Debug)]
pub(crate) struct Meter<R> {
    limit: u64,
    /// The caller is asked once in `2^poll_log2` units of work.
    poll_log2: u32,
    stop: Stop,
    spent: AtomicU64,
    ended: OnceLock<Ended<R>>,
}

impl<R: Copy> Meter<R> {
    /// A meter of work up to a limit, which asks `stop` once in `2^poll_log2` units.
    pub fn new(limit: u64, poll_log2: u32, stop: Stop) -> Meter<R> {
        Meter { limit, poll_log2, stop, spent: AtomicU64::new(0), ended: OnceLock::new() }
    }

    /// Announces work; `false` when it must not be done.
    pub fn spend(&self, amount: u64) -> bool {
        self.spend_looking(amount, || None)
    }

    /// Announces work; whenever the caller is asked, `look` may find another reason to end.
    pub fn spend_looking(&self, amount: u64, look: impl FnOnce() -> Option<R>) -> bool {
        if self.has_ended() {
            return false;
        }
        let before = self.spent.fetch_add(amount, Ordering::Relaxed);
        let after = before.saturating_add(amount);
        if after > self.limit {
            self.end(Ended::Spent);
        } else if before >> self.poll_log2 != after >> self.poll_log2 {
            if self.stop.is_set() {
                self.end(Ended::Stopped);
            } else if let Some(reason) = look() {
                self.end(Ended::Because(reason));
            }
        }
        !self.has_ended()
    }

    /// Whether so much more work is within the limit; if not, the work ends.
    pub fn affords(&self, amount: u64) -> bool {
        let affords = self.spent().saturating_add(amount) <= self.limit;
        if !affords {
            self.end(Ended::Spent);
        }
        affords
    }

    /// Ends the work. The first reason stays.
    pub fn end(&self, why: Ended<R>) {
        // An error says that there is a reason already.
        let _ = self.ended.set(why);
    }

    /// Whether the work has ended. The caller is not asked.
    pub fn has_ended(&self) -> bool {
        self.ended.get().is_some()
    }

    /// Why the work has ended, if it has. The caller is asked.
    pub fn ended(&self) -> Option<Ended<R>> {
        if !self.has_ended() && self.stop.is_set() {
            self.end(Ended::Stopped);
        }
        self.ended.get().copied()
    }

    /// Work so far.
    pub fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_from_the_start_given() {
        let hour = Duration::from_secs(3600);
        assert!(!Budget::default().expired());
        assert_eq!(Budget::default().seconds_left(), f64::INFINITY);
        let nothing = Budget::default().time(Duration::ZERO);
        assert!(nothing.expired() && nothing.stop().is_set());
        assert_eq!(nothing.seconds_left(), 0.0);
        let much = Budget::default().time(hour);
        assert!(!much.expired() && much.seconds_left() > 3500.0);
        assert!(!Budget::default().time(Duration::MAX).expired());
        if let Some(earlier) = Instant::now().checked_sub(hour) {
            assert!(Budget::default().time_from(earlier, hour).expired());
        }
    }

    /// Of an hour an explanation has six minutes, but no more than the verdict took; of a second a tenth.
    #[test]
    fn parts_of_a_budget() {
        let seconds = |seconds| Budget::default().time(Duration::from_secs(seconds));
        let close = |budget: Budget, expected: f64| {
            let left = budget.seconds_left();
            assert!(expected * 0.9 < left && left <= expected, "{left} {expected}");
        };
        close(seconds(3600).for_explaining(1e9), 360.0);
        close(seconds(3600).for_explaining(7.0), 7.0);
        close(seconds(3600).for_explaining(0.0), 2.0);
        close(seconds(1).for_explaining(7.0), 0.1);
        close(Budget::default().for_explaining(7.0), 7.0);
        assert!(seconds(0).for_explaining(7.0).expired());
        close(seconds(3600).keeping(0.1), 3240.0);
        close(seconds(3600).within(1e6), 3600.0);
        assert!(seconds(3600).within(f64::NAN).expired());
        assert_eq!(Budget::default().within(f64::INFINITY).seconds_left(), f64::INFINITY);
    }

    /// What was found short stays known until the next step begins, in every clone.
    #[test]
    fn short_memory_is_remembered() {
        let short = Arc::new(AtomicBool::new(true));
        let seen = short.clone();
        let budget = Budget::default().memory_watched_by(Stop::new(move || seen.load(Ordering::Relaxed)));
        assert!(!budget.memory_short());
        assert!(budget.within(60.0).expired());
        short.store(false, Ordering::Relaxed);
        assert!(!budget.expired() && budget.memory_short());
        budget.begins("a method");
        assert!(!budget.memory_short());
    }

    #[test]
    fn the_first_reason_to_end_stays() {
        let meter = Meter::new(100, 4, Stop::never());
        assert!(meter.spend(60) && meter.affords(40) && meter.spend_looking(1, || Some("unseen")));
        assert!(!meter.spend_looking(40, || Some("a reason")));
        meter.end(Ended::Because("too late"));
        assert_eq!(meter.ended(), Some(Ended::Spent));
        let meter = Meter::new(100, 4, Stop::never());
        assert!(!meter.spend_looking(16, || Some("a reason")) && !meter.spend(0));
        assert_eq!(meter.ended(), Some(Ended::Because("a reason")));
        let meter: Meter<()> = Meter::new(100, 4, Stop::new(|| true));
        assert!(meter.spend(15) && !meter.spend(1));
        assert_eq!(meter.ended(), Some(Ended::Stopped));
    }
}
