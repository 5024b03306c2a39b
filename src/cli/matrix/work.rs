//! Computes the numbers of a matrix, group by group, on all threads.

use std::sync::Arc;

use super::progress::{Meter, Progress};
use super::record::Line;
use crate::arithmetic::Halt;
use crate::cli::clock::Deadline;
use crate::cli::failure::Failure;
use crate::cli::models::{KEPT, Models, bytes};
use crate::cli::options::more_time;
use crate::network::{EvaluateError, Network};
use crate::parallel;
use crate::plural::plural;
use crate::shortage::duration;
use crate::similarity::Failure as NoNumber;
use crate::similarity::matrix::{Matrix, Own};

/// More pairs are not begun at a time.
const AT_A_TIME: usize = 1024;
/// Networks that take more than this part of the memory are compared one pair after the other.
const LARGE: u64 = 16;
/// A forecast is made after so many seconds.
const EARLY: f64 = 2.0;

/// What numbers are computed from.
pub struct Work<'a> {
    pub models: &'a Models,
    pub matrix: Matrix<'a>,
    pub progress: &'a Progress,
    pub clock: &'a Deadline,
}

/// Why there is no number: it cannot be computed, or not be written down.
enum Problem {
    Missing(NoNumber),
    Failed(Failure),
}

impl From<NoNumber> for Problem {
    fn from(failure: NoNumber) -> Problem {
        Problem::Missing(failure)
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        Problem::Failed(failure)
    }
}

impl Work<'_> {
    /// What belongs to each of some models.
    pub fn norms(&self, of: &[usize], own: &mut [Option<Own>]) -> Result<(), Failure> {
        let meter = Meter::new(of.len(), "norms");
        let alone: Vec<(usize, usize)> = of.iter().map(|&model| (model, model)).collect();
        self.in_groups(&alone, &mut |group, large| {
            let found = self.each(group.len(), large, &|at| {
                let Some((model, _, [network, _])) = group.get(at) else { return Ok(None) };
                let found = self.matrix.own(network, &self.clock.budget())?;
                self.progress.keep(Line::Norm(*model, found.norm.clone()))?;
                meter.tick(self.clock);
                Ok(Some(found))
            });
            for ((model, ..), found) in group.iter().zip(found) {
                match found {
                    Ok(Some(found)) if found.norm.may_be_zero() => {
                        let why = self.progress.done().table.as_ref().and_then(|table| table.zero(*model));
                        self.progress.leave_out(*model, why.unwrap_or_default(), self.clock);
                    }
                    Ok(found) => own[*model] = found,
                    Err(Problem::Failed(failure)) => return Err(failure),
                    Err(Problem::Missing(NoNumber::Evaluate(EvaluateError::Halt(Halt::Range(why))))) => {
                        self.progress.leave_out(*model, &why, self.clock);
                    }
                    Err(Problem::Missing(failure)) if failure.undecided(&self.clock.budget()).is_none() => {
                        self.progress.leave_out(*model, &failure.to_string(), self.clock);
                    }
                    Err(Problem::Missing(failure)) => self.progress.miss(&failure, "", self.clock),
                }
            }
            Ok(())
        })
    }

    /// The inner products of some pairs.
    pub fn pairs(&self, wanted: &[(usize, usize)], own: &[Option<Own>]) -> Result<(), Failure> {
        let meter = Meter::new(wanted.len(), "pairs");
        let (mut begun, mut forecast) = (0, false);
        self.in_groups(wanted, &mut |group, large| {
            let found = self.each(group.len(), large, &|at| {
                let Some((a, b, [of_a, of_b])) = group.get(at) else { return Ok(None) };
                let (Some(own_a), Some(own_b)) = (&own[*a], &own[*b]) else { return Ok(None) };
                let number = self.matrix.cross((of_a, own_a), (of_b, own_b), &self.clock.budget())?;
                self.progress.keep(Line::Inner(*a, *b, number))?;
                meter.tick(self.clock);
                Ok(None)
            });
            for ((a, b, _), found) in group.iter().zip(found) {
                match found {
                    Ok(_) => {}
                    Err(Problem::Failed(failure)) => return Err(failure),
                    Err(Problem::Missing(failure)) => {
                        let what = format!("`{}` and `{}`", self.models.name(*a), self.models.name(*b));
                        self.progress.miss(&failure, &what, self.clock);
                    }
                }
            }
            begun += group.len();
            let (left, allowed) = (meter.seconds_left(begun), self.clock.budget().seconds_left());
            if !forecast && meter.start.elapsed().as_secs_f64() > EARLY && left > 1.5 * allowed {
                forecast = true;
                self.clock.says(&format!(
                    "all pairs would take {} more, but the time budget has {}",
                    duration(left),
                    duration(allowed)
                ));
            }
            Ok(())
        })?;
        let left = wanted.len().saturating_sub(meter.done());
        if left > 0 && self.clock.budget().seconds_left() == 0.0 {
            let reason = format!("the time is up, and {} left", plural(left, "pair is", "pairs are"));
            let needed = more_time(self.clock.seconds() + meter.seconds_left(meter.done()));
            self.progress.done().unfinished = Some((reason, needed));
        }
        Ok(())
    }

    /// Does so many things on all threads, or of large networks one after the other; what memory is too
    /// short for is tried again alone.
    fn each(
        &self,
        count: usize,
        large: bool,
        work: &(dyn Fn(usize) -> Result<Option<Own>, Problem> + Sync),
    ) -> Vec<Result<Option<Own>, Problem>> {
        let one = |at: usize| match self.clock.expired() {
            true => Err(NoNumber::Stopped.into()),
            false => work(at),
        };
        if large {
            return (0..count).map(one).collect();
        }
        let mut found = parallel::map(count, one);
        let short = self.clock.memory_short();
        for (at, found) in found.iter_mut().enumerate() {
            let retry = match found {
                Err(Problem::Missing(failure)) => short || matches!(failure, NoNumber::Memory(_)),
                _ => false,
            };
            if retry {
                self.clock.begin("computing one inner product alone");
                *found = one(at);
            }
        }
        found
    }

    /// Takes pairs group by group, with their networks, as many as fit into the memory; says of a group
    /// whether its networks are large.
    #[allow(clippy::type_complexity)]
    fn in_groups(
        &self,
        pairs: &[(usize, usize)],
        work: &mut dyn FnMut(&[(usize, usize, [Arc<Network>; 2])], bool) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut held: Vec<(usize, Arc<Network>)> = Vec::new();
        let mut rest = pairs;
        while !rest.is_empty() {
            self.clock.begin("computing inner products");
            if self.clock.expired() {
                self.progress.miss(&NoNumber::Stopped, "", self.clock);
                return Ok(());
            }
            let (mut group, mut used, mut large) = (Vec::new(), Vec::new(), false);
            let (mut size, memory) = (0, self.models.room());
            for &(a, b) in rest.iter().take(AT_A_TIME) {
                let mut both = Vec::with_capacity(2);
                for model in [a, b] {
                    let network = match held.iter().find(|(known, _)| *known == model) {
                        Some((_, network)) => network.clone(),
                        None => {
                            let network = self.models.load(model, self.clock)?;
                            held.push((model, network.clone()));
                            network
                        }
                    };
                    if !used.contains(&model) {
                        used.push(model);
                        size += bytes(&network);
                    }
                    large |= bytes(&network) > memory / LARGE;
                    both.push(network);
                }
                if !group.is_empty() && (size > memory || used.len() > KEPT) {
                    break;
                }
                if let [of_a, of_b] = &both[..] {
                    group.push((a, b, [of_a.clone(), of_b.clone()]));
                }
            }
            held.retain(|(model, _)| used.contains(model));
            work(&group, large)?;
            rest = rest.get(group.len()..).unwrap_or_default();
        }
        Ok(())
    }
}
