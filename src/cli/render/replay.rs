//! Programs that replay a witness, as a line of text and as JSON.

use samenet::replay::{Numbers, Replay, Unreplayable};
use serde_json::{Value, json};

/// The line that tells how to replay a witness. Without a line for a shell, `--replay` is named if it is `available`.
pub fn text(replay: &Result<Replay, Unreplayable>, available: bool) -> Option<String> {
    let replay = match replay {
        Err(why) => return Some(format!("no replay in NumPy: {why}")),
        Ok(replay) => replay,
    };
    let how = match replay.numbers() {
        Numbers::Floats => format!(" ({})", replay.how()),
        Numbers::Fractions | Numbers::Residues(_) => String::new(),
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
        let numbers = match replay.numbers() {
            Numbers::Fractions => "fractions",
            Numbers::Residues(_) => "residues",
            Numbers::Floats => "float64",
        };
        json!({"numbers": numbers, "program": replay.program()})
    })
}
