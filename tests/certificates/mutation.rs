//! Certificates changed at every place: none that says something else is accepted, and nothing panics.

use samenet::certificate::Certificate;
use samenet::check::{RefusalKind, verify};
use serde_json::{Value, json};

use super::every_kind;
use crate::common::size::cases;

/// The characters that replace each character, one of each class.
const CLASSES: [char; 9] = ['0', '7', 'e', 'Z', '-', '"', '}', ' ', '\u{e9}'];

/// Counts attempts, and fails if the checker accepts a certificate that says something else.
#[derive(Default)]
struct Trials {
    changed: usize,
    same: usize,
}

impl Trials {
    fn attempt(&mut self, name: &str, original: &Certificate, text: &str) {
        if Certificate::from_json(text).as_ref() == Ok(original) {
            self.same += 1;
            return;
        }
        self.changed += 1;
        match verify(text) {
            Ok(_) => panic!("a changed certificate ({name}) is valid:\n{text}"),
            Err(refusal) => assert_ne!(refusal.kind, RefusalKind::Incomplete, "{name}: {refusal}\n{text}"),
        }
    }
}

/// A large run changes every character; a usual run one in ten, at different places for every kind.
#[test]
fn every_character_of_every_kind() {
    let all = 15_000;
    let expected = cases(all / 10, all);
    let step = all / expected;
    let mut trials = Trials::default();
    for (kind, (name, certificate)) in every_kind().into_iter().enumerate() {
        let text = serde_json::to_string(&certificate).unwrap();
        for (at, old) in text.char_indices().skip(kind % step).step_by(step) {
            let (before, after) = (&text[..at], &text[at + old.len_utf8()..]);
            // The character left out, and doubled. (A path with a doubled slash is the same path.)
            trials.attempt(name, &certificate, &format!("{before}{after}"));
            if old != '/' {
                trials.attempt(name, &certificate, &format!("{before}{old}{old}{after}"));
            }
            for (i, new) in CLASSES.into_iter().enumerate() {
                // Letters of field names say little, so one class is enough for them; elsewhere every third.
                let turn = if old.is_alphabetic() { CLASSES.len() } else { 3 };
                if new != old && i % turn == at % turn {
                    trials.attempt(name, &certificate, &format!("{before}{new}{after}"));
                }
            }
        }
    }
    // Together with the next test at least 20,000 in a large run.
    assert!(trials.changed >= expected, "only {} changes", trials.changed);
    // Changed white space changes nothing, but there is little of it.
    assert!(trials.same < trials.changed / 20, "{} changes changed nothing", trials.same);
}

/// Other values for a value of a certificate.
fn others(value: &Value) -> Vec<Value> {
    let mut others =
        vec![Value::Null, json!({}), json!([]), json!(""), json!(0), json!(true), json!(-1), json!(0.5)];
    match value {
        Value::Bool(value) => others.push(json!(!value)),
        Value::Number(number) => {
            if let Some(number) = number.as_u64() {
                let near = [
                    number.wrapping_add(1),
                    number.wrapping_sub(1),
                    number.wrapping_mul(2),
                    u64::MAX,
                    1 << 40,
                ];
                others.extend(near.map(|near| json!(near)));
            }
        }
        Value::String(text) => {
            others.push(json!(format!("{text}0")));
            others.push(json!(format!("-{text}")));
            others.push(json!(format!("{text}/7")));
            others.push(json!(text.to_uppercase()));
            others.push(json!(text.chars().rev().collect::<String>()));
            if let Ok(number) = text.parse::<u64>() {
                others.push(json!(number.wrapping_add(1).to_string()));
                others.push(json!(number.wrapping_sub(1).to_string()));
            }
        }
        Value::Array(items) => {
            for i in 0..items.len() {
                let mut fewer = items.clone();
                fewer.remove(i);
                others.push(json!(fewer));
                let mut more = items.clone();
                more.insert(i, items[i].clone());
                others.push(json!(more));
                let mut swapped = items.clone();
                swapped.swap(i, 0);
                others.push(json!(swapped));
            }
            others.push(json!([value]));
        }
        Value::Object(fields) => {
            for name in fields.keys() {
                let mut fewer = fields.clone();
                fewer.remove(name);
                others.push(Value::Object(fewer));
            }
            let mut more = fields.clone();
            more.insert("more".to_string(), Value::Null);
            others.push(Value::Object(more));
        }
        Value::Null => others.push(json!("1")),
    }
    others.retain(|other| other != value);
    others
}

/// The pointers to all values of a tree.
fn pointers(value: &Value, here: String, into: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| pointers(item, format!("{here}/{i}"), into));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| pointers(field, format!("{here}/{name}"), into));
        }
        _ => {}
    }
    into.push(here);
}

/// A large run tries every other value of every field; a usual run one in five, different ones for every
/// kind.
#[test]
fn every_field_of_every_kind() {
    let all = 8_000;
    let expected = cases(all / 5, all);
    let step = all / expected;
    let mut trials = Trials::default();
    for (kind, (name, certificate)) in every_kind().into_iter().enumerate() {
        let tree: Value = serde_json::from_str(&certificate.to_json()).unwrap();
        let mut all = Vec::new();
        pointers(&tree, String::new(), &mut all);
        let changes = all.iter().flat_map(|pointer| {
            others(tree.pointer(pointer).unwrap()).into_iter().map(move |other| (pointer, other))
        });
        for (pointer, other) in changes.skip(kind % step).step_by(step) {
            let mut changed = tree.clone();
            *changed.pointer_mut(pointer).unwrap() = other;
            trials.attempt(name, &certificate, &changed.to_string());
        }
        // Every third pair of fields, with their values swapped.
        for (i, one) in all.iter().enumerate() {
            for two in all[i + 1..].iter().skip((i + kind) % (3 * step)).step_by(3 * step) {
                let (Some(x), Some(y)) = (tree.pointer(one), tree.pointer(two)) else { continue };
                let (x, y) = (x.clone(), y.clone());
                if one.starts_with(two.as_str()) || two.starts_with(one.as_str()) || x == y {
                    continue;
                }
                let mut changed = tree.clone();
                *changed.pointer_mut(one).unwrap() = y;
                *changed.pointer_mut(two).unwrap() = x;
                trials.attempt(name, &certificate, &changed.to_string());
            }
        }
    }
    assert!(trials.changed >= expected, "only {} changes", trials.changed);
}
