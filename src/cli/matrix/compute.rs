//! Reads the models and computes the numbers, pair by pair, on all threads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::arguments::Matrix as Arguments;
use super::pairs::pairs;
use super::record::{Line, Record};
use super::table::{Listed, Table};
use crate::arithmetic::Halt;
use crate::cli::clock::Deadline;
use crate::cli::failure::Failure;
use crate::cli::load::{self, Signature};
use crate::cli::models::{KEPT, Models, bytes};
use crate::cli::options::{OPTIONS, more_time};
use crate::domain::{Domain, Metric};
use crate::network::{EvaluateError, Network};
use crate::parallel;
use crate::plural::plural;
use crate::shortage::duration;
use crate::similarity::matrix::{Matrix, Own};
use crate::similarity::{Failure as NoNumber, Pair};

/// More pairs are not begun at a time.
const AT_A_TIME: usize = 1024;
/// Networks that take more than this part of the memory are compared one pair after the other.
const LARGE: u64 = 16;
/// How often progress is shown.
const TICK: Duration = Duration::from_millis(200);
/// A forecast is made after so many seconds.
const EARLY: f64 = 2.0;

/// What is done so far; it can be looked at while work goes on.
#[derive(Default)]
pub struct Progress(Mutex<Done>);

#[derive(Default)]
struct Done {
    table: Option<Table>,
    record: Option<Record>,
    /// Why the first pair that could not be finished was not, and what would be needed.
    unfinished: Option<(String, String)>,
    /// Whether something is wrong with a pair.
    wrong: bool,
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
    fn done(&self) -> MutexGuard<'_, Done> {
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
    fn keep(&self, line: Line) -> Result<(), Failure> {
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
    fn leave_out(&self, model: usize, why: &str, clock: &Deadline) {
        let mut done = self.done();
        if let Some(table) = &mut done.table {
            table.leave_out(model, why.to_string());
            let name = table.head.models.get(model).map_or("", |model| &model.name);
            clock.says(&format!("`{name}` is left out: {why}"));
        }
    }

    /// Notes that there is no number.
    fn miss(&self, failure: &NoNumber, what: &str, clock: &Deadline) {
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

/// The models that were read.
struct Read {
    listed: Vec<Listed>,
    /// The first two that could be read.
    first: Option<(usize, usize)>,
    domain: Option<Domain>,
    /// The last failure: what is wrong with the file of all models is said once.
    last: String,
}

impl Read {
    /// Leaves a model out, and says why.
    fn leave_out(&mut self, name: String, failure: &Failure, clock: &Deadline) {
        let text = failure.text();
        if text != self.last {
            clock.reports(failure);
        }
        self.last = text;
        clock.says(&format!("`{name}` is left out"));
        self.listed.push(Listed { name, digest: None, left_out: Some(failure.summary()) });
    }
}

/// Computes what is missing.
pub fn compute(
    arguments: &Arguments,
    models: &Models,
    progress: &Progress,
    clock: &Deadline,
) -> Result<(), Failure> {
    let Some(read) = read(arguments, models, progress, clock)? else { return Ok(()) };
    let Some((first, second)) = read.first else {
        return Err(Failure::message("none of the models can be compared"));
    };
    let networks = [models.load(first, clock)?, models.load(second, clock)?];
    let metric = arguments.metric.unwrap_or(Metric::Gaussian);
    let pair = Pair { a: &networks[0], b: &networks[1], metric, domain: read.domain.as_ref() };
    let matrix = match Matrix::new(&pair, read.listed.len(), arguments.float, &clock.budget()) {
        Ok(matrix) => matrix,
        Err(failure) => {
            if failure.undecided(&clock.budget()).is_none() {
                return Err(Failure::message(failure.to_string()));
            }
            let mut done = progress.done();
            done.table = Some(Table::new(arguments.head(read.listed, "unknown")));
            drop(done);
            progress.miss(&failure, "the models", clock);
            return Ok(());
        }
    };
    let head = arguments.head(read.listed, matrix.way());
    let against = arguments.against.as_ref().map(|which| head.chosen(which)).transpose()?;
    let count = head.models.len();
    let (record, table) = match &arguments.record {
        Some(path) => {
            let (record, table, bad) = Record::open(path, &head)?;
            if bad > 0 {
                clock.says(&format!(
                    "{} of `{}` cannot be read; what they said is computed again",
                    plural(bad, "line", "lines"),
                    path.display()
                ));
            }
            (Some(record), table)
        }
        None => (None, Table::new(head)),
    };
    let mut wanted = pairs(count, against.filter(|_| !arguments.whole()), arguments.shard);
    let alone = wanted.is_empty() && arguments.shard.is_none_or(|shard| shard.part == 1);
    let mut needed = vec![alone; count];
    wanted.iter().for_each(|&(a, b)| (needed[a], needed[b]) = (true, true));
    for (model, needed) in needed.iter_mut().enumerate() {
        *needed &= table.left_out(model).is_none();
    }
    wanted.retain(|&(a, b)| needed[a] && needed[b] && table.inner(a, b).is_none());
    let mut open = vec![false; count];
    wanted.iter().for_each(|&(a, b)| (open[a], open[b]) = (true, true));
    // What earlier runs found.
    for (model, listed) in table.head.models.iter().enumerate() {
        if let (Some(why), true) = (table.left_out(model), listed.digest.is_some()) {
            clock.says(&format!("`{}` is left out: {why}", listed.name));
        }
    }
    let known: Vec<bool> = (0..count).map(|model| table.norm(model).is_some()).collect();
    {
        let mut done = progress.done();
        (done.record, done.table) = (record, Some(table));
    }
    let work = Work { models, matrix, progress, clock };
    let mut own: Vec<Option<Own>> = vec![None; count];
    let of_models: Vec<usize> =
        (0..count).filter(|&model| needed[model] && (open[model] || !known[model])).collect();
    work.norms(&of_models, &mut own)?;
    wanted.retain(|&(a, b)| own[a].is_some() && own[b].is_some());
    work.pairs(&wanted, &own)?;
    let mut done = progress.done();
    // Others may go on with the record now.
    done.record = None;
    Ok(())
}

/// Reads every model once: those that cannot be read, or do not fit the others, are left out. `None` if the
/// budget does not suffice.
fn read(
    arguments: &Arguments,
    models: &Models,
    progress: &Progress,
    clock: &Deadline,
) -> Result<Option<Read>, Failure> {
    let mut read = Read { listed: Vec::new(), first: None, domain: None, last: String::new() };
    let mut signature: Option<Signature> = None;
    for model in 0..models.count() {
        if clock.expired() {
            progress.miss(&NoNumber::Stopped, "", clock);
            return Ok(None);
        }
        let name = models.name(model).to_string();
        clock.shows(&format!("reading model {} of {}, {name}", model + 1, models.count()));
        let network = match models.load(model, clock) {
            Ok(network) => network,
            Err(failure) => {
                read.leave_out(name, &failure, clock);
                continue;
            }
        };
        let own = Signature::of(&name, &network);
        match &signature {
            Some(first) => {
                if let Err(failure) = first.fits(&own) {
                    read.leave_out(name, &failure, clock);
                    continue;
                }
            }
            None => {
                if let Some(text) = &arguments.on {
                    read.domain = Some(load::named_domain(text, &[&own.inputs])?);
                }
                signature = Some(own);
            }
        }
        let digest = models.digest(model);
        read.listed.push(Listed { name, digest, left_out: None });
        read.first = match read.first {
            None => Some((model, model)),
            Some((first, second)) if first == second => Some((first, model)),
            both => both,
        };
    }
    Ok(Some(read))
}

/// What numbers are computed from.
struct Work<'a> {
    models: &'a Models,
    matrix: Matrix<'a>,
    progress: &'a Progress,
    clock: &'a Deadline,
}

/// Progress of one kind of number.
struct Meter {
    start: Instant,
    shown: Mutex<(usize, Instant)>,
    count: usize,
    what: &'static str,
}

impl Meter {
    fn new(count: usize, what: &'static str) -> Meter {
        let now = Instant::now();
        Meter { start: now, shown: Mutex::new((0, now)), count, what }
    }

    /// One more is done.
    fn tick(&self, clock: &Deadline) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.0 += 1;
        if shown.1.elapsed() >= TICK {
            shown.1 = Instant::now();
            let left = self.seconds_left(shown.0);
            clock.shows(&format!("{} of {} {}, {} left", shown.0, self.count, self.what, duration(left)));
        }
    }

    /// How many are done.
    fn done(&self) -> usize {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn seconds_left(&self, done: usize) -> f64 {
        self.start.elapsed().as_secs_f64() / done.max(1) as f64 * self.count.saturating_sub(done) as f64
    }
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
    fn norms(&self, of: &[usize], own: &mut [Option<Own>]) -> Result<(), Failure> {
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
    fn pairs(&self, wanted: &[(usize, usize)], own: &[Option<Own>]) -> Result<(), Failure> {
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
