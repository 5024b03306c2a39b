//! The rooms of the house, floor by floor. A room is a folder of `src`, or a file beside them.

use super::source::sources;
use super::uses::{Files, invented};

/// Rooms use rooms on lower floors only. On one floor none uses another, with one exception: a network's
/// constants are data that an arithmetic reads, and a network is evaluated over an arithmetic.
const FLOORS: &[&[&str]] = &[
    &["budget", "calibration", "parallel", "plural", "stack", "suggest"],
    &["arithmetic", "network"],
    &["diagnostic", "domain", "polynomial", "shortage"],
    &["certificate", "similarity", "syntax"],
    &["equality", "model"],
    &["check", "replay"],
    &["claim"],
    &["cli", "testing", "tutorials"],
    &["lib", "main"],
];
const TOGETHER: [&str; 2] = ["arithmetic", "network"];

/// The room that a file is in.
pub fn room(path: &str) -> &str {
    path.trim_start_matches("src/").split('/').next().unwrap().trim_end_matches(".rs")
}

/// Rooms that are on no floor, and uses of rooms that are not on a lower one.
fn faults(files: &Files, floors: &[&[&str]]) -> Vec<String> {
    let floor = |room: &str| floors.iter().position(|floor| floor.contains(&room));
    let mut faults = Vec::new();
    for (from, uses) in files.uses.iter().enumerate() {
        let path = files.paths[from];
        if floor(room(path)).is_none() {
            faults.push(format!("{path} is on no floor"));
        }
        for (to, names) in uses {
            let (user, used) = (room(path), room(files.paths[*to]));
            let together = TOGETHER.contains(&user) && TOGETHER.contains(&used);
            if user != used && floor(user) <= floor(used) && !together {
                faults.push(format!("{path} uses {names:?} of {}", files.paths[*to]));
            }
        }
    }
    faults
}

#[test]
fn rooms_use_lower_floors_only() {
    let sources = sources("src");
    let faults = faults(&Files::new(&sources), FLOORS);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn uses_of_higher_floors_are_found() {
    let sources = invented(&[
        ("src/low/mod.rs", "use crate::high::High;\npub struct Low;"),
        ("src/high.rs", "use crate::low::Low;\npub struct High;"),
        ("src/beside.rs", "use crate::high::High;"),
        ("src/new.rs", ""),
    ]);
    let expected = [
        "src/low/mod.rs uses {\"High\"} of src/high.rs",
        "src/beside.rs uses {\"High\"} of src/high.rs",
        "src/new.rs is on no floor",
    ];
    assert_eq!(faults(&Files::new(&sources), &[&["low"], &["high", "beside"]]), expected);
}
