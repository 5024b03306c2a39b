//! The record of a matrix: a file to which every finished number is appended, so that a run that was
//! interrupted goes on, and parts that were computed elsewhere can be joined. `grammar/matrix.md` has the
//! format.
//!
//! Every line begins with a checksum: of the head's own text, or of the head and the line. So a line that
//! was torn, changed, or copied from another record is none.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use num_rational::BigRational;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::table::{Head, Listed, Table};
use crate::cli::failure::Failure;
use crate::plural::plural;
use crate::similarity::matrix::Number;

/// What the head says first.
const KIND: &str = "samenet matrix record";
/// Hexadecimal digits of a checksum.
const CHECKSUM: usize = 16;

/// Something that was computed.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// The squared norm of a model.
    Norm(usize, Number),
    /// The inner product of two models, the earlier one first.
    Inner(usize, usize, Number),
}

/// A record that is written to.
pub struct Record {
    file: File,
    path: PathBuf,
    /// The checksum of the head.
    head: String,
}

/// A record that was read.
pub struct Past {
    /// What it has.
    pub table: Table,
    /// The head as it stands in the file.
    pub head: String,
    /// How many lines were no good, the torn last one included.
    pub bad: usize,
    /// How long the file is up to the end of its last whole line.
    end: u64,
}

impl Record {
    /// A record at this path, which is made, or which goes on if it is of the same models and options; and
    /// what it has, with how many lines of it were no good.
    ///
    /// # Errors
    /// When the file cannot be read or written, is another file, is of other models or options, or is being
    /// written to.
    pub fn open(path: &Path, head: &Head) -> Result<(Record, Table, usize), Failure> {
        let failed = |what: &str, error: std::io::Error| {
            Failure::message(format!("cannot {what} the record `{}`: {error}", path.display()))
        };
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|error| failed("open", error))?;
        if !file.metadata().is_ok_and(|found| found.is_file()) {
            return Err(Failure::message(format!("the record `{}` is no file", path.display())));
        }
        // Where files cannot be locked, nobody else is kept away.
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(Failure::message(format!("the record `{}` is being written", path.display()))
                .help("another run has it open; give this one a record of its own"));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| failed("read", error))?;
        let wanted = head_line(head);
        // A run that was interrupted while it wrote the head has nothing else.
        if wanted.as_bytes().starts_with(&bytes) && bytes.len() < wanted.len() {
            file.seek(SeekFrom::Start(0)).map_err(|error| failed("write", error))?;
            file.write_all(wanted.as_bytes()).map_err(|error| failed("write", error))?;
            bytes = wanted.clone().into_bytes();
        }
        let past = read(path, &bytes)?;
        if past.head != wanted {
            return Err(foreign(path, head, &past.table.head)
                .help("repeat the command that began it, or begin another record"));
        }
        file.set_len(past.end).map_err(|error| failed("write", error))?;
        file.seek(SeekFrom::End(0)).map_err(|error| failed("write", error))?;
        let head = wanted.get(..CHECKSUM).unwrap_or_default().to_string();
        Ok((Record { file, path: path.to_path_buf(), head }, past.table, past.bad))
    }

    /// Appends a line, in one piece.
    pub fn append(&mut self, line: &Line) -> Result<(), Failure> {
        let text = written(&self.head, &line_json(line).to_string());
        self.file.write_all(text.as_bytes()).map_err(|error| {
            Failure::message(format!("cannot write the record `{}`: {error}", self.path.display()))
        })
    }
}

/// Reads a record.
///
/// # Errors
/// When it cannot be read or is no record.
pub fn load(path: &Path) -> Result<Past, Failure> {
    let bytes = std::fs::read(path).map_err(|error| {
        let failure = Failure::message(format!("cannot read the record `{}`: {error}", path.display()));
        match error.kind() {
            ErrorKind::NotFound => failure.help("`--record FILE` writes one"),
            _ => failure,
        }
    })?;
    read(path, &bytes)
}

fn read(path: &Path, bytes: &[u8]) -> Result<Past, Failure> {
    let no_record = |why: &str| Failure::message(format!("`{}` {why}", path.display()));
    let end = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let mut lines = bytes[..end].split_inclusive(|&byte| byte == b'\n');
    let first = lines.next().and_then(|line| std::str::from_utf8(line).ok()).unwrap_or_default();
    let Some(head) = checked("", first).and_then(|text| parsed_head(&text)) else {
        return Err(no_record("is no record of a matrix, or its first line is damaged"));
    };
    let mut table = Table::new(head);
    let mut bad = usize::from(end < bytes.len());
    let sum = first.get(..CHECKSUM).unwrap_or_default();
    for line in lines {
        let line = std::str::from_utf8(line).ok().and_then(|line| checked(sum, line));
        let kept = match line.and_then(|text| parsed_line(&text)) {
            Some(Line::Norm(model, number)) => table.set_norm(model, number),
            Some(Line::Inner(a, b, number)) => table.set_inner(a, b, number),
            None => false,
        };
        bad += usize::from(!kept);
    }
    Ok(Past { table, head: first.to_string(), bad, end: end as u64 })
}

/// The failure that a record has another head than it should.
pub fn foreign(path: &Path, ours: &Head, theirs: &Head) -> Failure {
    let why = difference(ours, theirs);
    Failure::message(format!("the record `{}` is of another matrix: {why}", path.display()))
}

/// What makes two heads differ.
fn difference(ours: &Head, theirs: &Head) -> String {
    let options = [
        ("--on", ours.on.clone().unwrap_or_default(), theirs.on.clone().unwrap_or_default()),
        ("--metric", ours.metric.clone(), theirs.metric.clone()),
        ("--float", ours.float.to_string(), theirs.float.to_string()),
    ];
    if let Some((name, _, theirs)) = options.iter().find(|(_, ours, theirs)| ours != theirs) {
        return match (*name, theirs.as_str()) {
            ("--float", "true") => "it was made with --float".to_string(),
            ("--float", _) => "it was made without --float".to_string(),
            ("--on", "") => "it was made without --on".to_string(),
            (name, theirs) => format!("it was made with `{name} {theirs}`"),
        };
    }
    let (here, there) = (ours.models.len(), theirs.models.len());
    if here != there {
        return format!("it has {}, and here are {here}", plural(there, "model", "models"));
    }
    match ours.models.iter().zip(&theirs.models).find(|(ours, theirs)| ours != theirs) {
        Some((ours, theirs)) if ours.name != theirs.name => {
            format!("it has `{}` in place of `{}`", theirs.name, ours.name)
        }
        Some((ours, _)) => format!("`{}` is no longer what it was", ours.name),
        None => "it was made in another way, or by another version of samenet".to_string(),
    }
}

fn checksum(of: &[&str]) -> String {
    let mut hasher = Sha256::new();
    of.iter().for_each(|text| hasher.update(text.as_bytes()));
    hasher.finalize().iter().take(CHECKSUM / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// A line with its checksum.
fn written(head: &str, text: &str) -> String {
    format!("{} {text}\n", checksum(&[head, text]))
}

/// The text of a line whose checksum is right.
fn checked(head: &str, line: &str) -> Option<String> {
    let (sum, text) = line.strip_suffix('\n')?.split_once(' ')?;
    (sum == checksum(&[head, text])).then(|| text.to_string())
}

fn head_line(head: &Head) -> String {
    let models: Vec<Value> = head
        .models
        .iter()
        .map(|model| match (&model.digest, &model.left_out) {
            (Some(digest), _) => json!({ "name": model.name, "digest": digest }),
            (None, why) => json!({ "name": model.name, "left_out": why }),
        })
        .collect();
    let value = json!({
        "kind": KIND, "schema": 1, "version": env!("CARGO_PKG_VERSION"),
        "metric": head.metric, "on": head.on, "float": head.float, "way": head.way, "models": models,
    });
    written("", &value.to_string())
}

fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_string)
}

fn parsed_head(line: &str) -> Option<Head> {
    let value: Value = serde_json::from_str(line).ok()?;
    let object = value.as_object()?;
    if text(object, "kind")? != KIND || object.get("schema")?.as_u64()? != 1 {
        return None;
    }
    let model = |value: &Value| {
        let object = value.as_object()?;
        let (digest, left_out) = (text(object, "digest"), text(object, "left_out"));
        Some(Listed { name: text(object, "name")?, digest, left_out })
    };
    Some(Head {
        metric: text(object, "metric")?,
        on: text(object, "on"),
        float: object.get("float")?.as_bool()?,
        way: text(object, "way")?,
        models: object.get("models")?.as_array()?.iter().map(model).collect::<Option<Vec<Listed>>>()?,
    })
}

fn line_json(line: &Line) -> Value {
    let (mut object, number) = match line {
        Line::Norm(model, number) => (json!({ "norm": model }), number),
        Line::Inner(a, b, number) => (json!({ "inner": [a, b] }), number),
    };
    match number {
        Number::Exact(value) => object["exact"] = json!(value.to_string()),
        // No error: not even a bound is known.
        Number::Rounded(value, error) => {
            object["value"] = json!(value);
            object["error"] = json!(error.is_finite().then_some(error));
        }
    }
    object
}

fn parsed_line(line: &str) -> Option<Line> {
    let value: Value = serde_json::from_str(line).ok()?;
    let object = value.as_object()?;
    let number = match object.get("exact") {
        Some(exact) => Number::Exact(exact.as_str()?.parse::<BigRational>().ok()?),
        None => {
            let error = object.get("error")?;
            let error = if error.is_null() { f64::INFINITY } else { error.as_f64()? };
            Number::Rounded(object.get("value")?.as_f64()?, error)
        }
    };
    let index = |value: &Value| usize::try_from(value.as_u64()?).ok();
    if let Some(model) = object.get("norm") {
        return Some(Line::Norm(index(model)?, number));
    }
    match object.get("inner")?.as_array()?.as_slice() {
        [a, b] => Some(Line::Inner(index(a)?, index(b)?, number)),
        _ => None,
    }
}
