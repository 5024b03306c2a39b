//! `samenet classes`: which of many models are the same function?

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::Instant;

use samenet::certificate::Source;
use samenet::diagnostic::Sources;
use samenet::equality::{
    Domain, Evaluation, Partition, Place, Placement, Relation, Separation, Values, Verdict, Witness,
};
use samenet::model::read_domain;

use super::arguments::Classes;
use super::certificate::{self, Found, Wanted};
use super::clock::Deadline;
use super::failure::Failure;
use super::models::Models;
use super::output::Output;
use super::render::classes::{self as render, Report, Written};
use super::signature::Signature;
use super::supervisor::{Stopped, supervise};
use super::{Outcome, claim, memory};

/// Sorts the models, tells the classes apart, and prints the answer.
pub fn run(arguments: Classes, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
    memory::limit(arguments.budget.limits.memory);
    if let Some(directory) = &arguments.certificates {
        fs::create_dir_all(directory)
            .map_err(|error| Failure::message(format!("cannot create `{}`: {error}", directory.display())))?;
    }
    let models = Arc::new(Models::of(&arguments)?);
    let mut sorting = Sorting {
        arguments: Arc::new(arguments),
        models,
        sorted: None,
        unread: 0,
        stopped: BTreeMap::new(),
        exhausted: false,
    };
    let mut begun = start;
    for model in 0..sorting.models.count() {
        sorting.place(model, begun)?;
        begun = Instant::now();
    }
    let separations = sorting.separate()?;
    let (written, unwritten) = sorting.certify(&separations)?;
    let Sorting { arguments, models, sorted, stopped, .. } = sorting;
    let names: Vec<&str> = (0..models.count()).map(|model| models.name(model)).collect();
    let report = Report {
        names: &names,
        inputs: sorted.as_ref().map_or(&[], |sorted| &sorted.signature.inputs),
        relation: arguments.up_to.unwrap_or(Relation::Equal),
        partition: sorted.as_ref().map(|sorted| &*sorted.partition),
        stopped: &stopped,
        separations: &separations,
        written: &written,
        seconds: start.elapsed().as_secs_f64(),
    };
    unwritten.iter().for_each(Failure::report);
    // After an error there is no JSON; for people, the classes are what they are without certificates.
    match arguments.json {
        true if unwritten.is_empty() => output.json(&render::json(&report))?,
        true => {}
        false => output.line(&render::text(&report))?,
    }
    let outcome = if report.decided() { Outcome::Holds } else { Outcome::Undecided };
    Ok(if unwritten.is_empty() { outcome } else { outcome.and(Outcome::Error) })
}

/// What has been done so far.
struct Sorting {
    arguments: Arc<Classes>,
    models: Arc<Models>,
    /// From the first model on that could be read.
    sorted: Option<Sorted>,
    /// How many models before it could not be read within the budget.
    unread: usize,
    /// Why models were not placed within the budget, and what would be needed.
    stopped: BTreeMap<usize, (String, String)>,
    /// Whether memory is used up by something that could not be stopped in good order.
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
        let clock = Arc::new(Deadline::new(start, limits.time, &what));
        let placed = supervise(&clock, {
            let (arguments, models) = (self.arguments.clone(), self.models.clone());
            let (sorted, clock) = (self.sorted.clone(), clock.clone());
            move || -> Result<(Sorted, Placement), Failure> {
                let network = models.load(model, &clock)?;
                let signature = Signature::of(models.name(model), &network);
                let sorted = match sorted {
                    Some(sorted) => {
                        sorted.signature.fits(&signature)?;
                        sorted
                    }
                    None => {
                        let domain = domain(arguments.on.as_deref(), &signature)?;
                        let relation = arguments.up_to.unwrap_or(Relation::Equal);
                        let partition = Arc::new(Partition::new(&network, relation, domain)?);
                        Sorted { signature: Arc::new(signature), partition }
                    }
                };
                let budget = claim::budget(&arguments.budget, &clock);
                let mut load = |model| models.load(model, &clock);
                let placement = sorted.partition.place(&network, &mut load, &budget)?;
                Ok((sorted, placement))
            }
        });
        match placed {
            Ok(placed) => {
                let (sorted, placement) = placed?;
                self.sorted = Some(sorted);
                self.admit(placement);
            }
            Err(broken @ Stopped::Broken(_)) => return Err(broken.failure(&limits)),
            Err(stopped) => {
                self.exhausted |= matches!(stopped, Stopped::Memory(_));
                self.stop(model, stopped.explain(&limits));
            }
        }
        Ok(())
    }

    /// A model is not placed, and why.
    fn stop(&mut self, model: usize, why: (String, String)) {
        self.stopped.insert(model, why);
        self.admit(Placement::unseen());
    }

    fn admit(&mut self, placement: Placement) {
        match &mut self.sorted {
            Some(sorted) => {
                let partition = Arc::make_mut(&mut sorted.partition);
                // Those that came before the first one that could be read.
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
        let mut tasks = match &self.sorted {
            Some(sorted) => sorted.partition.tasks(),
            None => Vec::new(),
        };
        while let (Some(task), Some(sorted)) = (tasks.pop(), self.sorted.clone()) {
            let limits = self.arguments.budget.limits;
            let step = if self.exhausted || task.is_known() {
                let mut load = |_| Err(Failure::message("what is known takes no reading"));
                let clock = Arc::new(Deadline::new(Instant::now(), limits.time, "telling classes apart"));
                let budget = claim::budget(&self.arguments.budget, &clock);
                sorted.partition.separate(&task.known(), &mut load, &budget)?
            } else {
                let clock = Arc::new(Deadline::new(Instant::now(), limits.time, "telling classes apart"));
                let step = supervise(&clock, {
                    let (arguments, models) = (self.arguments.clone(), self.models.clone());
                    let (partition, task, clock) = (sorted.partition.clone(), task.clone(), clock.clone());
                    move || {
                        let budget = claim::budget(&arguments.budget, &clock);
                        partition.separate(&task, &mut |model| models.load(model, &clock), &budget)
                    }
                });
                match step {
                    Ok(step) => step?,
                    Err(broken @ Stopped::Broken(_)) => return Err(broken.failure(&limits)),
                    Err(stopped) => {
                        self.exhausted |= matches!(stopped, Stopped::Memory(_));
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

    /// Writes the certificates that were asked for. Those that could not be written are failures.
    fn certify(&self, separations: &[Separation]) -> Result<(Vec<Written>, Vec<Failure>), Failure> {
        let (mut written, mut unwritten) = (Vec::new(), Vec::new());
        let (Some(directory), Some(sorted)) = (&self.arguments.certificates, &self.sorted) else {
            return Ok((written, unwritten));
        };
        if self.exhausted {
            unwritten.push(Failure::message("certificates are not written: the memory budget is used up"));
            return Ok((written, unwritten));
        }
        let mut write = |models: (usize, usize), what: &str, verdict: Verdict| -> Result<(), Failure> {
            let source = Source::Models {
                a: self.models.source(models.0)?,
                b: self.models.source(models.1)?,
                relation: self.arguments.up_to.unwrap_or(Relation::Equal),
                on: self.arguments.on.clone(),
            };
            let path = directory.join(format!("{what}.{}.{}.json", models.0 + 1, models.1 + 1));
            let wanted = Wanted { source, found: Found::of(&verdict) };
            match certificate::write(&path, wanted, &self.arguments.budget.limits) {
                Ok(_) => written.push(Written { models, path }),
                Err(failure) => unwritten.push(failure),
            }
            Ok(())
        };
        for class in sorted.partition.classes() {
            for merge in &class.merges {
                write((merge.network, merge.with), "equal", Verdict::Equal(merge.proof.clone()))?;
            }
        }
        let classes = render::decided(&sorted.partition);
        for (at, b) in classes.iter().enumerate() {
            for a in &classes[..at] {
                let pair = (a.representative, b.representative);
                if let Some(witness) = separations.iter().find_map(|one| witness(one, pair)) {
                    write(pair, "different", Verdict::Different(witness))?;
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

/// The domain of `--on`.
fn domain(text: Option<&str>, signature: &Signature) -> Result<Domain, Failure> {
    let Some(text) = text else { return Ok(Domain::everywhere(signature.inputs.len())) };
    let mut sources = Sources::default();
    read_domain(text, &[&signature.inputs], &mut sources)
        .map_err(|diagnostics| Failure::Diagnostics(diagnostics, Box::new(sources)))
}
