//! From the arguments to the numbers of a matrix: which are wanted, which are known, and the rest.

use super::arguments::Matrix as Arguments;
use super::pairs::pairs;
use super::progress::Progress;
use super::reading::read;
use super::record::Record;
use super::table::Table;
use super::work::Work;
use crate::cli::clock::Deadline;
use crate::cli::failure::Failure;
use crate::cli::models::Models;
use crate::domain::Metric;
use crate::plural::plural;
use crate::similarity::Pair;
use crate::similarity::matrix::{Matrix, Own};

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
