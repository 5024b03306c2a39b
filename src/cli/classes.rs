//! `samenet classes`: which of many models are the same function?

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;

use super::certificate::{self, Writer};
use super::command::{Outcome, Output, Task};
use super::failure::Failure;
use super::load::{self, Signature};
use super::models::{Models, each};
use super::options::{Budget, Set, up_to};
use super::render::classes::{self as render, Report, Written};
use crate::certificate::Source;
use crate::claim::{Answer, Asked};
use crate::equality::{Evaluation, Partition, Place, Placement, Relation, Separation, Values, Witness};

const CLASSES_EXAMPLES: &str = "\
Examples:
  samenet classes circuits.same::xor circuits.same::xor_gated circuits.same::xor_table
  samenet classes net.same --each 'W=runs/step_*.safetensors'
  samenet classes net.same --each 'W=runs/*.npz' --up-to scale --json > classes.json
  samenet classes net.same --each 'W=runs/*.npz' --certificates certificates/
  samenet classes net.same --each 'W=runs/seed=[[]1]/*.npz'   (a folder called seed=[1])

Exit code: 0 every pair of models is known to be the same or to differ, 3 some are undecided, 2 an error.
A model with an error does not keep the others from being sorted.";

/// Sort models into classes of equal functions
///
/// Models that are the same function are one class. N models in k classes take about N + k comparisons:
/// models that differ at a few shared random points are never compared, and equality carries over from one to
/// the next. For every model it says why it is in its class, and for every two classes where they differ. A
/// model that can be neither merged into a class nor told apart from it is listed as undecided.
#[derive(Debug, Args)]
#[command(after_long_help = CLASSES_EXAMPLES)]
pub struct Classes {
    /// Models: file.same if it has one model, else file.same::model. All must have the same shapes
    #[arg(required = true, value_name = "MODEL")]
    pub models: Vec<String>,

    /// Take every MODEL once for every file that matches GLOB (in quotes), and read the weights that it calls
    /// NAME from that file. Files are taken in the order of their names, in which numbers count: step_9
    /// before step_10. May be repeated, with the same NAME. In GLOB `*` stands for any part of a name, `**`
    /// for any directories, `?` for one character, `[ab]` for a or b, and `[*]`, `[?]` and `[[]` for these
    /// characters themselves
    #[arg(long, value_name = "NAME=GLOB", value_parser = each)]
    pub each: Vec<(String, String)>,

    /// Compare only on these inputs, as `equal` does. Inputs are named as in the first model
    #[arg(long, value_name = "DOMAIN")]
    pub on: Option<String>,

    /// Count models as the same if they differ by a positive factor (scale), or by a shift that is the same
    /// for all entries along the last axis, as before a softmax (shift)
    #[arg(long, value_name = "RELATION", value_parser = up_to())]
    pub up_to: Option<Relation>,

    /// Write certificates into DIR (see `samenet verify`): one for every model that was merged into a class,
    /// and one for every two classes
    #[arg(long, value_name = "DIR")]
    pub certificates: Option<PathBuf>,

    #[command(flatten)]
    pub bindings: Set,

    #[command(flatten)]
    pub budget: Budget,

    /// Print one JSON object instead of text (its schema is in grammar/json.md)
    #[arg(long)]
    pub json: bool,
}

impl Classes {
    /// Runs the command and prints the answer. Its time started at `start`.
    pub fn run(self, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
        let arguments = self;
        if let Some(directory) = &arguments.certificates {
            certificate::directory(directory)?;
        }
        let models = Arc::new(Models::of(
            &arguments.models,
            &arguments.each,
            &arguments.bindings,
            arguments.budget.limits.memory,
        )?);
        let mut sorting = Sorting {
            arguments: Arc::new(arguments),
            models,
            sorted: None,
            unread: 0,
            stopped: BTreeMap::new(),
            failed: BTreeSet::new(),
            failures: Vec::new(),
            exhausted: false,
        };
        let mut begun = start;
        for model in 0..sorting.models.count() {
            sorting.place(model, begun)?;
            begun = Instant::now();
        }
        let separations = sorting.separate()?;
        let (written, unwritten) = sorting.certify(&separations)?;
        unwritten.into_iter().for_each(|failure| sorting.fail(None, failure));
        let Sorting { arguments, models, sorted, stopped, failed, failures, .. } = sorting;
        let names: Vec<&str> = (0..models.count()).map(|model| models.name(model)).collect();
        let report = Report {
            names: &names,
            inputs: sorted.as_ref().map_or(&[], |sorted| &sorted.signature.inputs),
            relation: arguments.up_to.unwrap_or(Relation::Equal),
            partition: sorted.as_ref().map(|sorted| &*sorted.partition),
            stopped: &stopped,
            failed: &failed,
            failures: &failures,
            separations: &separations,
            written: &written,
            seconds: start.elapsed().as_secs_f64(),
        };
        match arguments.json {
            true => output.json(&render::json(&report))?,
            false => output.line(&render::text(&report))?,
        }
        let outcome = if report.decided() { Outcome::Holds } else { Outcome::Undecided };
        Ok(if failures.is_empty() { outcome } else { outcome.and(Outcome::Error) })
    }
}

/// What has been done so far.
struct Sorting {
    arguments: Arc<Classes>,
    models: Arc<Models>,
    /// `None` until a model could be read.
    sorted: Option<Sorted>,
    /// How many models before it could not be read within the budget.
    unread: usize,
    /// Why models were not placed within the budget, and what would be needed.
    stopped: BTreeMap<usize, (String, String)>,
    /// The models with which something is wrong.
    failed: BTreeSet<usize>,
    /// What is wrong, and with which of them, if it is one. It is reported already.
    failures: Vec<(Option<usize>, Failure)>,
    /// Whether abandoned work holds the memory: nothing more is tried.
    exhausted: bool,
}

/// The partition, and the shapes that all models must have.
#[derive(Clone)]
struct Sorted {
    signature: Arc<Signature>,
    partition: Arc<Partition>,
}

impl Sorting {
    /// Puts a model into its class.
    fn place(&mut self, model: usize, start: Instant) -> Result<(), Failure> {
        if self.exhausted {
            let reason = "not tried: an earlier model used up the memory budget";
            self.stop(model, (reason.to_string(), "fewer models at a time".to_string()));
            return Ok(());
        }
        let limits = self.arguments.budget.limits;
        let what = format!("model {} of {}, {}", model + 1, self.models.count(), self.models.name(model));
        let placed = Task::new(limits, start, &what).run({
            let (arguments, models) = (self.arguments.clone(), self.models.clone());
            let sorted = self.sorted.clone();
            move |clock| -> Result<Result<(Sorted, Placement), Failure>, Failure> {
                let network = match models.load(model, clock) {
                    Ok(network) => network,
                    Err(failure) => return Ok(Err(failure)),
                };
                let signature = Signature::of(models.name(model), &network);
                let sorted = match sorted {
                    Some(sorted) => {
                        if let Err(failure) = sorted.signature.fits(&signature) {
                            return Ok(Err(failure));
                        }
                        sorted
                    }
                    None => {
                        let domain = load::domain(arguments.on.as_deref(), &[&signature.inputs])?;
                        let relation = arguments.up_to.unwrap_or(Relation::Equal);
                        let partition = Arc::new(Partition::new(&network, relation, domain)?);
                        Sorted { signature: Arc::new(signature), partition }
                    }
                };
                let budget = arguments.budget.left(clock);
                let mut load = |model| models.load(model, clock);
                let placement = sorted.partition.place(&network, &mut load, &budget);
                Ok(placement.map(|placement| (sorted, placement)))
            }
        })?;
        match placed {
            Ok(placed) => match placed? {
                Ok((sorted, placement)) => {
                    self.sorted = Some(sorted);
                    self.admit(placement);
                }
                // One bad model does not keep the others from being sorted.
                Err(failure) => {
                    self.failed.insert(model);
                    self.fail(Some(model), failure);
                    self.admit(Placement::unseen());
                }
            },
            Err(stopped) => {
                self.exhausted |= stopped.memory;
                self.stop(model, (stopped.reason, stopped.needed));
            }
        }
        Ok(())
    }

    /// Reports what is wrong, with a model or otherwise.
    fn fail(&mut self, model: Option<usize>, failure: Failure) {
        // What is wrong with the file of all models is said once.
        if self.failures.last().is_none_or(|(_, last)| last.text() != failure.text()) {
            failure.report();
        }
        self.failures.push((model, failure));
    }

    /// Notes why a model is not placed.
    fn stop(&mut self, model: usize, why: (String, String)) {
        self.stopped.insert(model, why);
        self.admit(Placement::unseen());
    }

    fn admit(&mut self, placement: Placement) {
        match &mut self.sorted {
            Some(sorted) => {
                let partition = Arc::make_mut(&mut sorted.partition);
                // First the models before it, which could not be read.
                for _ in 0..std::mem::take(&mut self.unread) {
                    partition.admit(Placement::unseen());
                }
                partition.admit(placement);
            }
            None => self.unread += 1,
        }
    }

    /// Tells all classes apart.
    fn separate(&mut self) -> Result<Vec<Separation>, Failure> {
        let mut separations = Vec::new();
        let mut tasks = self.sorted.as_ref().map(|sorted| sorted.partition.tasks()).unwrap_or_default();
        while let (Some(task), Some(sorted)) = (tasks.pop(), self.sorted.clone()) {
            let limits = self.arguments.budget.limits;
            let telling = Task::new(limits, Instant::now(), "telling classes apart");
            let step = if self.exhausted || task.is_known() {
                let mut load = |_| Err(Failure::message("internal error: a known separation reads no model"));
                let budget = self.arguments.budget.left(telling.clock());
                sorted.partition.separate(&task.known(), &mut load, &budget)?
            } else {
                let step = telling.run({
                    let (arguments, models) = (self.arguments.clone(), self.models.clone());
                    let (partition, task) = (sorted.partition.clone(), task.clone());
                    move |clock| {
                        let budget = arguments.budget.left(clock);
                        partition.separate(&task, &mut |model| models.load(model, clock), &budget)
                    }
                })?;
                match step {
                    Ok(Ok(step)) => step,
                    Ok(Err(failure)) => {
                        self.fail(None, failure);
                        tasks.push(task.known());
                        continue;
                    }
                    Err(stopped) => {
                        self.exhausted |= stopped.memory;
                        tasks.push(task.known());
                        continue;
                    }
                }
            };
            drop(sorted);
            if let Some(sorted) = &mut self.sorted {
                separations.extend(Arc::make_mut(&mut sorted.partition).separated(step, &mut tasks));
            }
        }
        Ok(separations)
    }

    /// Writes the certificates that were asked for; also returns why others could not be written.
    fn certify(&self, separations: &[Separation]) -> Result<(Vec<Written>, Vec<Failure>), Failure> {
        let (mut written, mut unwritten) = (Vec::new(), Vec::new());
        let (Some(directory), Some(sorted)) = (&self.arguments.certificates, &self.sorted) else {
            return Ok((written, unwritten));
        };
        if self.exhausted {
            unwritten.push(Failure::message("certificates are not written: the memory budget is used up"));
            return Ok((written, unwritten));
        }
        let mut writer = Writer::new(self.arguments.budget.limits);
        let mut write = |models: (usize, usize), what: &str, answer: Answer| -> Result<(), Failure> {
            let source = Source::Models {
                a: self.models.source(models.0)?,
                b: self.models.source(models.1)?,
                relation: self.arguments.up_to.unwrap_or(Relation::Equal),
                on: self.arguments.on.clone(),
            };
            let path = directory.join(format!("{what}.{}.{}.json", models.0 + 1, models.1 + 1));
            match writer.write(&path, source, answer) {
                Ok(_) => written.push(Written { models, path }),
                Err(failure) => unwritten.push(failure),
            }
            Ok(())
        };
        for class in sorted.partition.classes() {
            for merge in &class.merges {
                let answer = Answer::equal(merge.proof.clone(), Asked::default());
                write((merge.network, merge.with), "equal", answer)?;
            }
        }
        let classes = render::decided(&sorted.partition);
        for (at, b) in classes.iter().enumerate() {
            for a in &classes[..at] {
                let pair = (a.representative, b.representative);
                if let Some(witness) = separations.iter().find_map(|one| witness(one, pair)) {
                    write(pair, "different", Answer::different(witness, Asked::default()))?;
                }
            }
        }
        Ok((written, unwritten))
    }
}

/// What a separation says about two models, if it tells them apart.
fn witness(separation: &Separation, (a, b): (usize, usize)) -> Option<Witness> {
    let row = |model| separation.values.iter().position(|(listed, _)| *listed == model);
    let (a, b) = (row(a)?, row(b)?);
    if separation.groups[a] == separation.groups[b] {
        return None;
    }
    let rows = separation.values[a].1.iter().zip(&separation.values[b].1);
    let evaluation = |(place, (a, b)): (&Place, (&_, &_))| -> Option<Evaluation> {
        let values = match separation.prime {
            None => Values::Exact { a: Clone::clone(a), b: Clone::clone(b) },
            Some(prime) => {
                let residue = |value: &num_rational::BigRational| u64::try_from(value.numer()).ok();
                Values::Residues { prime, a: residue(a)?, b: residue(b)? }
            }
        };
        Some(Evaluation { input: place.input.clone(), output: place.output.clone(), values })
    };
    let evaluations: Option<Vec<Evaluation>> = separation.places.iter().zip(rows).map(evaluation).collect();
    Some(Witness { evaluations: evaluations? })
}
