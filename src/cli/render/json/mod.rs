//! Answers as JSON, in the schema of `grammar/json.md`.

pub mod evidence;
pub mod explanation;
pub mod number;
pub mod rewrite;

use serde_json::{Value, json};

/// A time in seconds, to the microsecond.
pub fn seconds(value: f64) -> Value {
    json!((value * 1e6).round() / 1e6)
}

/// An object with one more field.
pub fn entry(name: &str, value: Value, mut object: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.insert(name.to_string(), value);
    }
    object
}
