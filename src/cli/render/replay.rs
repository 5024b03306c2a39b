//! Programs that replay a witness, as a line of text and as JSON.

use serde_json::{Value, json};

use crate::replay::{NumberStyle, Replay, Unreplayable};

/// The line that says how to replay a witness. If the program does not fit a line for a shell, it names
/// `--replay`, if that is `available`.
pub fn text(replay: &Result<Replay, Unreplayable>, available: bool) -> Option<String> {
    let replay = match replay {
        Err(why) => return Some(format!("no replay in NumPy: {why}")),
        Ok(replay) => replay,
    };
    let how = match replay.style() {
        NumberStyle::Floats => format!(" ({})", replay.how()),
        NumberStyle::Fractions | NumberStyle::Residues(_) => String::new(),
    };
    match replay.line() {
        Some(line) => Some(format!("replay{how}: {line}")),
        None if available => Some("replay: --replay FILE writes a program for NumPy".to_string()),
        None => None,
    }
}

/// The program for `--json`; `null` if there is none, or it is long.
pub fn json(replay: Option<&Result<Replay, Unreplayable>>) -> Value {
    let program = replay.and_then(|replay| replay.as_ref().ok()).filter(|replay| replay.line().is_some());
    program.map_or(Value::Null, |replay| {
        let numbers = match replay.style() {
            NumberStyle::Fractions => "fractions",
            NumberStyle::Residues(_) => "residues",
            NumberStyle::Floats => "float64",
        };
        json!({"numbers": numbers, "program": replay.program()})
    })
}
