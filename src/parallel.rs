//! Work on all threads of the pool, with results in order.
//!
//! Everything that runs in parallel and is generic goes through here, so that the machinery of the pool is
//! compiled once and not for every type of result.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

/// Calls `work` with every number below `count`.
fn for_each(count: usize, work: &(dyn Fn(usize) + Sync)) {
    (0..count).into_par_iter().for_each(work);
}

/// `[f(0), .., f(count - 1)]`.
pub(crate) fn map<T: Send>(count: usize, f: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let mut results = Vec::new();
    results.resize_with(count, || Mutex::new(None));
    for_each(count, &|index| {
        let result = f(index);
        // Nobody else wants this place, and what it holds is whole.
        *results[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    });
    let mut values = Vec::with_capacity(count);
    for result in results {
        if let Some(value) = result.into_inner().unwrap_or_else(PoisonError::into_inner) {
            values.push(value);
        }
    }
    values
}

/// `[f(0)?, .., f(count - 1)?]`. After a failure, work that has not begun is left out.
pub(crate) fn try_map<T: Send, E: Send>(
    count: usize,
    f: impl Fn(usize) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let failed = AtomicBool::new(false);
    let results = map(count, |index| {
        if failed.load(Ordering::Relaxed) {
            return None;
        }
        let result = f(index);
        if result.is_err() {
            failed.store(true, Ordering::Relaxed);
        }
        Some(result)
    });
    let mut values = Vec::with_capacity(count);
    for result in results {
        // What was left out is never missed: then a failure is among the results, and ends this.
        let Some(result) = result else { continue };
        values.push(result?);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order() {
        assert_eq!(map(1000, |index| index * index), (0..1000).map(|i| i * i).collect::<Vec<_>>());
        assert_eq!(try_map(1000, Ok::<usize, ()>).unwrap(), (0..1000).collect::<Vec<_>>());
        assert!(map(0, |index| index).is_empty());
    }

    #[test]
    fn one_failure_is_enough() {
        let odd = |index: usize| if index == 500 { Err("500") } else { Ok(index) };
        assert_eq!(try_map(1000, odd), Err("500"));
    }
}
