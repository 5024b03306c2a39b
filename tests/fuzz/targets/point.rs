//! Points in JSON: what is read has the shapes of the inputs, is read again from its exact values, and
//! decimals mean what they mean in the language.

use num_rational::BigRational;
use samenet::diagnostic::FileId;
use samenet::model::point::from_json;
use samenet::network::{Input, Shape, Tensor};
use samenet::syntax::ast::{Expr, ExprKind};
use samenet::syntax::parse_expression;
use serde_json::Value;

fn input(name: &str, axes: &[usize]) -> Input {
    Input { name: name.to_string(), shape: Shape::new(axes).unwrap() }
}

/// Reads a text as a point of several models.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let models = [
        vec![],
        vec![input("x", &[])],
        vec![input("x", &[3])],
        vec![input("x", &[2, 2])],
        vec![input("x", &[0]), input("y", &[1])],
        vec![input("x", &[3]), input("y", &[2]), input("z", &[])],
    ];
    for inputs in models {
        match from_json(text, &inputs) {
            Ok(point) => accepted(text, &inputs, &point),
            Err(error) => {
                let message = error.to_string();
                // What it quotes is short or comes from the model.
                assert!(message.chars().count() < 1000 + text.len(), "{message}");
                let _ = error.help();
            }
        }
    }
}

fn accepted(text: &str, inputs: &[Input], point: &[Tensor<BigRational>]) {
    assert_eq!(point.len(), inputs.len());
    let mut object = serde_json::Map::new();
    for (input, tensor) in inputs.iter().zip(point) {
        assert_eq!(tensor.shape(), &input.shape);
        object.insert(input.name.clone(), nested(tensor.shape().axes(), tensor.data()));
    }
    let again = from_json(&Value::Object(object).to_string(), inputs).unwrap();
    assert_eq!(again, point);
    let written: Value = serde_json::from_str(text).unwrap();
    let values: Vec<&BigRational> = point.iter().flat_map(Tensor::data).collect();
    let mut numbers = Vec::new();
    match (&written, inputs) {
        (Value::Object(map), _) => inputs.iter().for_each(|input| collect(&map[&input.name], &mut numbers)),
        (array, _) => collect(array, &mut numbers),
    }
    assert_eq!(numbers.len(), values.len());
    for (written, value) in numbers.into_iter().zip(values) {
        if let Some(meant) = in_the_language(&written) {
            assert_eq!(&meant, value, "{written}");
        }
    }
}

/// The entries as an array of strings `"p/q"`.
fn nested(axes: &[usize], data: &[BigRational]) -> Value {
    match axes {
        [] => Value::String(data[0].to_string()),
        [length, inner @ ..] => {
            let size = data.len() / length.max(&1);
            (0..*length).map(|i| nested(inner, &data[i * size..(i + 1) * size])).collect()
        }
    }
}

fn collect(value: &Value, numbers: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, numbers)),
        Value::String(text) => numbers.push(text.clone()),
        number => numbers.push(number.to_string()),
    }
}

/// The value of a number, or of a quotient of integers, as an expression of the language.
fn in_the_language(text: &str) -> Option<BigRational> {
    fn value(expr: &Expr) -> Option<BigRational> {
        Some(match &expr.kind {
            ExprKind::Number { value, .. } => value.clone(),
            ExprKind::Negate(inner) => -value(inner)?,
            ExprKind::Binary { left, right, .. } => value(left)? / value(right)?,
            _ => return None,
        })
    }
    // Denominators may be negative here and need parentheses there.
    let text = text.replace("/-", "/(-").to_string() + if text.contains("/-") { ")" } else { "" };
    value(&parse_expression(FileId(0), &text).ok()?)
}
