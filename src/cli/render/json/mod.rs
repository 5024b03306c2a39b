//! Answers as JSON, in the schema of `grammar/json.md`.

pub mod evidence;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use serde_json::{Value, json};

use crate::network::{Shape, Tensor};

/// A time in seconds, to the microsecond.
pub fn seconds(value: f64) -> Value {
    json!((value * 1e6).round() / 1e6)
}

/// An object with one more field.
pub fn entry(name: &str, value: Value, mut object: Value) -> Value {
    object[name] = value;
    object
}

/// Nested arrays of JSON values.
pub fn tensor<E>(tensor: &Tensor<E>, entry: impl Fn(&E) -> Value) -> Value {
    fn build<E>(axes: &[usize], data: &[E], entry: &impl Fn(&E) -> Value) -> Value {
        let Some((&length, inner)) = axes.split_first() else {
            return data.first().map_or(Value::Null, entry);
        };
        let size = data.len().checked_div(length).unwrap_or(0);
        Value::Array((0..length).map(|at| build(inner, &data[at * size..(at + 1) * size], entry)).collect())
    }
    build(tensor.shape().axes(), tensor.data(), &entry)
}

/// A rational as JSON: the string `"p"` or `"p/q"`.
pub fn rational(value: &BigRational) -> Value {
    Value::String(value.to_string())
}

/// The nearest double of a rational; `null` where there is none that has anything of it.
pub fn nearest(value: &BigRational) -> Value {
    let float = value.to_f64().filter(|x| x.is_finite() && (*x != 0.0 || value.is_zero()));
    float.map_or(Value::Null, Value::from)
}

/// A shape as JSON.
pub fn shape(shape: &Shape) -> Value {
    Value::from(shape.axes().to_vec())
}
