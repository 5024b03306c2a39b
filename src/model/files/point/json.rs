//! Points written in JSON.

use num_rational::BigRational;
use num_traits::Zero;
use serde_json::Value;

use super::error::{PointError, check_names, missing, unnamed};
use crate::model::files::unique_map::{MapValue, UniqueMap};
use crate::network::{Input, Shape, Tensor};
use crate::syntax::{Decimal, MAX_DIGITS, MAX_EXPONENT, TooLong};

impl MapValue for Value {
    const OBJECT: &'static str = "an object with a value for every input";
}

/// Reads a point from JSON.
pub fn from_json(text: &str, inputs: &[Input]) -> Result<Vec<Tensor<BigRational>>, PointError> {
    let json = |error: serde_json::Error| PointError::Json(error.to_string());
    if !text.trim_start().starts_with('{') {
        let value: Value = serde_json::from_str(text).map_err(json)?;
        let [input] = inputs else { return Err(unnamed(inputs)) };
        return Ok(vec![from_value(&value, input)?]);
    }
    let values: UniqueMap<Value> = serde_json::from_str(text).map_err(json)?;
    let values = values.unique().map_err(|name| PointError::Twice { name })?;
    check_names(values.iter().map(|(name, _)| name.as_str()), inputs)?;
    inputs
        .iter()
        .map(|input| match values.iter().find(|(name, _)| *name == input.name) {
            Some((_, value)) => from_value(value, input),
            None => Err(missing(input, inputs)),
        })
        .collect()
}

/// Reads a batch from JSON; `None` if some value does not have one axis more than its input.
pub(super) fn batch(
    text: &str,
    inputs: &[Input],
) -> Result<Option<Vec<Vec<Tensor<BigRational>>>>, PointError> {
    let json = |error: serde_json::Error| PointError::Json(error.to_string());
    let values: Vec<Value> = if text.trim_start().starts_with('{') {
        let named: UniqueMap<Value> = serde_json::from_str(text).map_err(json)?;
        let mut named = named.unique().map_err(|name| PointError::Twice { name })?;
        let mut take = |input: &Input| {
            let at = named.iter().position(|(name, _)| *name == input.name);
            at.map(|at| named.swap_remove(at).1).ok_or_else(|| missing(input, inputs))
        };
        inputs.iter().map(&mut take).collect::<Result<_, _>>()?
    } else {
        vec![serde_json::from_str(text).map_err(json)?]
    };
    let mut points: Vec<Vec<Tensor<BigRational>>> = Vec::new();
    for (position, (input, value)) in inputs.iter().zip(&values).enumerate() {
        let Value::Array(items) = value else { return Ok(None) };
        if first_axes(value).len() != input.shape.rank() + 1 || items.is_empty() {
            return Ok(None);
        }
        if position == 0 {
            points = vec![Vec::with_capacity(inputs.len()); items.len()];
        } else if points.len() != items.len() {
            let (other, first, second) = (inputs[0].name.clone(), points.len(), items.len());
            return Err(PointError::Lengths { other, first, name: input.name.clone(), second });
        }
        for (at, (point, item)) in points.iter_mut().zip(items).enumerate() {
            point.push(from_value(item, input).map_err(|error| error.of_point(at))?);
        }
    }
    Ok(Some(points))
}

fn from_value(value: &Value, input: &Input) -> Result<Tensor<BigRational>, PointError> {
    let mut filler = Filler { input, index: Vec::new(), entries: Vec::new() };
    filler.fill(value, input.shape.axes())?;
    let wrong = || PointError::Shape { input: input.clone(), found: first_shape(value) };
    Tensor::new(input.shape.clone(), filler.entries).ok_or_else(wrong)
}

/// Collects the entries of a nested array that must have the shape of an input.
struct Filler<'a> {
    input: &'a Input,
    index: Vec<usize>,
    entries: Vec<BigRational>,
}

impl Filler<'_> {
    fn fill(&mut self, value: &Value, axes: &[usize]) -> Result<(), PointError> {
        match (value, axes) {
            (Value::Array(items), [axis, inner @ ..]) if items.len() == *axis => {
                for (position, item) in items.iter().enumerate() {
                    self.index.push(position);
                    self.fill(item, inner)?;
                    self.index.pop();
                }
                Ok(())
            }
            (Value::Number(_) | Value::String(_), []) => {
                let text = match value {
                    Value::String(text) => text.clone(),
                    number => number.to_string(),
                };
                self.entries.push(exact(&text).map_err(|message| self.entry(message))?);
                Ok(())
            }
            (Value::Array(_) | Value::Number(_) | Value::String(_), _) => Err(self.misshapen(value, axes)),
            (Value::Null, _) => Err(self.entry("is null, not a number".to_string())),
            (Value::Bool(_), _) => Err(self.entry("is true or false, not a number".to_string())),
            (Value::Object(_), _) => Err(self.entry("is an object, not a number".to_string())),
        }
    }

    /// At the top, or along the first entries, the whole shape is wrong; elsewhere the array is ragged.
    fn misshapen(&self, value: &Value, axes: &[usize]) -> PointError {
        if self.index.iter().all(|&i| i == 0) {
            let outer = &self.input.shape.axes()[..self.index.len()];
            let found = [outer, &first_axes(value)].concat();
            return PointError::Shape { input: self.input.clone(), found: show(&found) };
        }
        self.entry(format!("must have shape {} but has shape {}", show(axes), first_shape(value)))
    }

    fn entry(&self, message: String) -> PointError {
        PointError::Entry { input: self.input.name.clone(), index: self.index.clone(), message }
    }
}

/// The shape that a nested array has along its first entries.
fn first_axes(mut value: &Value) -> Vec<usize> {
    let mut axes = Vec::new();
    while let Value::Array(items) = value {
        axes.push(items.len());
        match items.first() {
            Some(first) => value = first,
            None => break,
        }
    }
    axes
}

fn first_shape(value: &Value) -> String {
    show(&first_axes(value))
}

fn show(axes: &[usize]) -> String {
    Shape::new(axes).map_or_else(|| format!("{axes:?}"), |shape| shape.to_string())
}

/// The value of a decimal or of a fraction `p/q`, or what is wrong with it. Numbers have the same bounds as
/// in `.same` files, so that `1e999999999` cannot fill the memory.
pub(super) fn exact(text: &str) -> Result<BigRational, String> {
    let not_a_number = || {
        let shown: String = text.chars().take(40).collect();
        format!("is {shown:?}, not a number or a fraction \"p/q\"")
    };
    let decimal = |text: &str| {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let value = Decimal::read(digits).ok_or_else(not_a_number)?.value().map_err(|bound| match bound {
            TooLong::Digits(_) => format!("has more than {MAX_DIGITS} digits"),
            TooLong::Exponent => format!("has an exponent beyond {MAX_EXPONENT}"),
        })?;
        Ok(if negative { -value } else { value })
    };
    let Some((numerator, denominator)) = text.split_once('/') else { return decimal(text) };
    let is_integer = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-'));
    if !is_integer(numerator) || !is_integer(denominator) {
        return Err(not_a_number());
    }
    let (numerator, denominator) = (decimal(numerator)?, decimal(denominator)?);
    if denominator.is_zero() {
        return Err("has a denominator of zero".to_string());
    }
    Ok(numerator / denominator)
}
