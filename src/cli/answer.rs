//! Deciding a claim within a task: first the answer, then what explains it, as far as time allows.

use std::sync::Arc;

use super::command::Task;
use super::failure::Failure;
use super::options::Budget;
use super::supervisor::Stopped;
use crate::claim::{Answer, Finding};
use crate::equality::{Approach, QuestionError};
use crate::model::{Claim, ClaimKind};
use crate::replay::{Replay, Unreplayable, replay};

/// An answer to a claim, with its replay and its time.
#[derive(Clone)]
pub struct Told {
    pub answer: Answer,
    /// A program that replays the witness, or why there is none, once the answer was explained.
    pub replay: Option<Result<Replay, Unreplayable>>,
    /// How long deciding took, without explaining.
    pub seconds: f64,
}

/// Why there is no answer.
pub enum Untold {
    /// A limit stopped the work.
    Stopped(Stopped),
    /// The claim has no meaning.
    Meaningless(QuestionError),
}

/// Decides a claim (by one method only, if one is given) and shows the answer; then explains the answer and
/// shows it again. Returns the explained answer, or the plain one if a limit stopped the explanation.
pub fn tell<T: Send + 'static>(
    task: &Task,
    claim: &Arc<Claim>,
    only: Option<Approach>,
    budget: Budget,
    show: impl Fn(&Told) -> T + Clone + Send + 'static,
) -> Result<Result<(Told, T), Untold>, Failure> {
    let decided = task.run({
        let (claim, show) = (claim.clone(), show.clone());
        move |clock| {
            let began = clock.seconds();
            let answer = claim.decide_by(only, &budget.left(clock))?;
            let told = Told { answer, replay: None, seconds: clock.seconds() - began };
            clock.begin("writing the answer");
            let shown = show(&told);
            Ok((told, shown))
        }
    })?;
    let plain = match decided {
        Ok(Ok(plain)) => plain,
        Ok(Err(meaningless)) => return Ok(Err(Untold::Meaningless(meaningless))),
        Err(stopped) => return Ok(Err(Untold::Stopped(stopped))),
    };
    if !plain.0.answer.can_be_explained() {
        return Ok(Ok(plain));
    }
    let explained = task.run({
        let (claim, mut told) = (claim.clone(), plain.0.clone());
        move |clock| {
            claim.explain(&mut told.answer, &budget.left(clock).for_explaining(told.seconds));
            clock.begin("writing a program that replays the witness");
            told.replay = program(&claim, &told.answer);
            clock.begin("writing the answer");
            let shown = show(&told);
            (told, shown)
        }
    });
    // The verdict stands without its explanation.
    Ok(Ok(explained.ok().and_then(Result::ok).unwrap_or(plain)))
}

/// The program that replays the witness of an answer.
fn program(claim: &Claim, answer: &Answer) -> Option<Result<Replay, Unreplayable>> {
    match (&claim.kind, &answer.finding) {
        (ClaimKind::Equality { a, b, .. }, Finding::Different { witness, .. }) => Some(replay(a, b, witness)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::{Duration, Instant};

    use crate::Program;

    use super::*;
    use crate::cli::options::Limits;

    /// Showing the explained answer outlasts the time: the verdict is returned as it was.
    #[test]
    fn a_verdict_outlives_its_explanation() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("claims.same");
        std::fs::write(&path, "model a(x: 1) = x\nmodel b(x: 1) = x + x\nclaim a == b\n").unwrap();
        let claim = Arc::new(Program::open(&path).unwrap().claims.remove(0));
        let limits = Limits { time: Duration::from_secs(2), memory: 1 << 30 };
        let task = Task::new(limits, Instant::now(), "");
        let budget = Budget { limits, deterministic: false };
        let explained = |told: &Told| !told.answer.can_be_explained();
        let show = move |told: &Told| {
            if explained(told) {
                thread::sleep(Duration::from_secs(10));
            }
            explained(told)
        };
        let (told, shown) = tell(&task, &claim, None, budget, show).unwrap().ok().unwrap();
        assert!(!shown && !explained(&told));
        assert!(matches!(told.answer.finding, Finding::Different { .. }));
        assert!(task.clock().expired());
    }
}
