//! Definitions that use themselves, directly or through others.

use std::collections::{BTreeSet, HashMap};

use super::table::Names;
use super::walk::Use;
use crate::diagnostic::Diagnostic;
use crate::model::item::{ItemId, item_noun};
use crate::model::kinds;

/// Reports every cycle of definitions. Returns all items that are part of one or depend on one: they have no
/// value.
pub(in crate::model) fn find_recursion(
    names: &Names<'_>,
    uses: &HashMap<ItemId, Vec<Use>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeSet<ItemId> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        Open,
        Done,
    }
    let mut states: HashMap<ItemId, State> = HashMap::new();
    let mut without_value: BTreeSet<ItemId> = BTreeSet::new();
    let nothing: Vec<Use> = Vec::new();
    let mut starts: Vec<ItemId> = uses.keys().copied().collect();
    starts.sort();
    // A stack instead of recursion, because chains of definitions may be long. Each open item comes with the
    // position of the use to follow next.
    let mut path: Vec<(ItemId, usize)> = Vec::new();
    for start in starts {
        if states.contains_key(&start) {
            continue;
        }
        states.insert(start, State::Open);
        path.push((start, 0));
        while let Some((id, next)) = path.last_mut() {
            let id = *id;
            let Some(&(target, _)) = uses.get(&id).unwrap_or(&nothing).get(*next) else {
                states.insert(id, State::Done);
                path.pop();
                if let Some(&(user, _)) = path.last()
                    && without_value.contains(&id)
                {
                    without_value.insert(user);
                }
                continue;
            };
            *next += 1;
            match states.get(&target) {
                None => {
                    states.insert(target, State::Open);
                    path.push((target, 0));
                }
                Some(State::Done) => {
                    if without_value.contains(&target) {
                        without_value.insert(id);
                    }
                }
                Some(State::Open) => {
                    let from = path.iter().position(|&(open, _)| open == target).unwrap_or(0);
                    let cycle: Vec<Use> = path[from..]
                        .iter()
                        .filter_map(|&(open, next)| Some((open, uses.get(&open)?.get(next - 1)?.1)))
                        .collect();
                    without_value.extend(cycle.iter().map(|&(open, _)| open));
                    diagnostics.extend(report(names, &cycle));
                }
            }
        }
    }
    without_value
}

/// The diagnostic of a cycle, given as items, each with the place where it uses the next.
fn report(names: &Names<'_>, cycle: &[Use]) -> Option<Diagnostic> {
    let text = |&(id, _): &Use| names.name(id);
    let first = cycle.first()?;
    let noun = item_noun(names.kind(first.0));
    let message = if cycle.len() == 1 {
        format!("the {noun} `{}` uses itself", text(first))
    } else {
        let mut chain: Vec<String> = cycle.iter().take(8).map(|link| format!("`{}`", text(link))).collect();
        if cycle.len() > chain.len() {
            chain.push("..".to_string());
        }
        format!("the {noun} `{}` uses itself: {} -> `{}`", text(first), chain.join(" -> "), text(first))
    };
    let mut diagnostic = Diagnostic::new(kinds::RECURSION, first.1, message);
    if cycle.len() > 1 {
        diagnostic = diagnostic.label(format!("`{}` uses `{}`", text(first), text(&cycle[1])));
    }
    for (i, link) in cycle.iter().enumerate().take(8).skip(1) {
        let next = &cycle[(i + 1) % cycle.len()];
        diagnostic = diagnostic.also(link.1, format!("`{}` uses `{}`", text(link), text(next)));
    }
    let help = "a model is a fixed polynomial, so definitions cannot be recursive; `for` repeats a fixed \
                number of times";
    Some(diagnostic.help(help))
}
