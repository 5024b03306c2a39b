//! `samenet matrix`: how similar are all pairs of many models?

mod arguments;
mod compute;
pub mod pairs;
mod progress;
mod reading;
mod record;
pub mod table;
mod work;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

pub use self::arguments::Matrix;
use self::compute::compute;
use self::progress::{Left, Progress};
use self::table::Table;
use super::command::{Outcome, Output, Task};
use super::failure::{Failure, note};
use super::files;
use super::models::Models;
use super::render::matrix::{View, curve, heatmap, json, tables, text};
use crate::claim::words::undecided;
use crate::plural::plural;

impl Matrix {
    /// Runs the command and prints the answer. Its time started at `start`.
    pub fn run(self, start: Instant, output: &mut Output) -> Result<Outcome, Failure> {
        self.check_files()?;
        let arguments = Arc::new(self);
        let Left { table, unfinished, wrong } = match arguments.merge.as_slice() {
            [] => arguments.computed(start)?,
            parts => merged(parts)?,
        };
        let Some(table) = table else {
            let (reason, needed) = unfinished.unwrap_or_default();
            let metric = arguments.head(Vec::new(), "").metric;
            match arguments.json {
                true => output.json(&json::undecided(&metric, &reason, &needed))?,
                false => output.line(&undecided::line(&reason, &needed))?,
            }
            return Ok(Outcome::Undecided);
        };
        let wrong = wrong || (0..table.count()).any(|model| table.left_out(model).is_some());
        let outcome = match (wrong, &unfinished) {
            (true, _) => Outcome::Error,
            (false, Some(_)) => Outcome::Undecided,
            (false, None) => Outcome::Holds,
        };
        let against = arguments.against.as_ref().map(|which| table.head.chosen(which)).transpose()?;
        let view = View::new(&table, against, arguments.digits as usize, unfinished.as_ref());
        if let Some(shard) = arguments.shard {
            output.line(&text::of_shard(&view, shard, arguments.record.as_deref()))?;
            return Ok(outcome);
        }
        for (path, bytes) in [
            (&arguments.csv, &tables::csv as &dyn Fn(&View<'_>) -> Result<Vec<u8>, Failure>),
            (&arguments.npy, &tables::npy),
            (&arguments.svg, &heatmap::svg),
            (&arguments.curve_csv, &tables::curve_csv),
            (&arguments.curve_svg, &curve::svg),
        ] {
            if let Some(path) = path {
                files::write(path, &bytes(&view)?)?;
            }
        }
        match arguments.json {
            true => output.json(&json::of(&view))?,
            false => output.line(&text::of(&view, arguments.whole()))?,
        }
        if let Some((reason, _)) = &unfinished {
            if arguments.json {
                note(&format!("some pairs are not computed: {reason}"));
            }
            if arguments.record.is_none() && arguments.merge.is_empty() {
                note("with `--record FILE`, the same command would go on from what is computed");
            }
        }
        Ok(outcome)
    }

    /// Computes what is missing.
    fn computed(self: &Arc<Self>, start: Instant) -> Result<Left, Failure> {
        let models = Models::of(&self.models, &self.each, &self.bindings, self.limits.memory)?;
        let bytes = Table::bytes(models.count());
        if bytes > self.limits.memory / 2 {
            return Err(Failure::message(format!("{} models are too many", models.count()))
                .help(format!("their matrix alone takes {} MB of memory", bytes >> 20)));
        }
        let task = Task::new(self.limits, start, "computing a matrix");
        let progress = Arc::new(Progress::default());
        let done = task.run({
            let (arguments, progress) = (self.clone(), progress.clone());
            move |clock| compute(&arguments, &models, &progress, clock)
        })?;
        drop(task);
        let stopped = match done {
            Ok(done) => {
                done?;
                None
            }
            Err(stopped) => Some(stopped),
        };
        let left = progress.left();
        Ok(match stopped {
            Some(stopped) => Left { unfinished: Some((stopped.reason, stopped.needed)), ..left },
            None => left,
        })
    }
}

/// The numbers of several records.
fn merged(parts: &[PathBuf]) -> Result<Left, Failure> {
    let mut all: Option<record::Past> = None;
    for path in parts {
        let past = record::load(path)?;
        if past.bad > 0 {
            let bad = plural(past.bad, "line", "lines");
            note(&format!("{bad} of `{}` cannot be read", path.display()));
        }
        match &mut all {
            None => all = Some(past),
            Some(all) if all.head != past.head => {
                return Err(record::foreign(path, &all.table.head, &past.table.head)
                    .help("records that are joined are of the same models and options"));
            }
            Some(all) => all.table.add(&past.table),
        }
    }
    let Some(record::Past { table, .. }) = all else { return Err(Failure::bug()) };
    let missing = table.missing();
    let unfinished = (missing > 0).then(|| {
        (
            format!("the records lack {}", plural(missing, "pair", "pairs")),
            "the command that made a record again: it goes on".to_string(),
        )
    });
    Ok(Left { table: Some(table), unfinished, wrong: false })
}
