//! The models that `classes` sorts and `matrix` compares. Their networks are read when they are needed.
//!
//! Not all of them are in memory at once: those used last are kept as far as there is room. A model that is
//! read again must not have changed. A file that several of them are in is read once.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use glob::MatchOptions;
use num_bigint::BigInt;

use super::clock::Deadline;
use super::failure::Failure;
use super::options::{Set, named};
use super::{certificate, load, natural};
use crate::certificate::ModelSource;
use crate::model::{Bindings, Library};
use crate::network::{Data, Network, Operation, fingerprint};

/// How many networks are kept at most: each may hold a file open.
pub const KEPT: usize = 64;
/// How many files are kept at most, and how much text: what is kept of it takes many times as much.
const LIBRARIES: usize = 16;
const LONGEST: usize = 16 << 20;

/// `NAME=GLOB`
pub fn each(text: &str) -> Result<(String, String), &'static str> {
    let (name, pattern) = named(text).ok_or("expected NAME=GLOB, as in 'W=runs/*.safetensors'")?;
    Ok((name.to_string(), pattern.to_string()))
}

/// The models, by their numbers.
pub struct Models {
    list: Vec<Named>,
    kept: Mutex<Kept>,
    /// How many bytes may be kept.
    room: u64,
}

/// One model.
struct Named {
    name: String,
    target: String,
    /// The file that the target names.
    file: String,
    bindings: Bindings,
}

#[derive(Default)]
struct Kept {
    /// Files with several models, by their paths: the one read last is the last.
    libraries: VecDeque<(String, Arc<Library>)>,
    /// The most recently used is the last.
    networks: VecDeque<(usize, Arc<Network>, u64)>,
    /// The name in its file, and the fingerprint, of every model that was read.
    seen: Vec<Option<(String, [u8; 32])>>,
}

impl Models {
    /// The models that `targets` name, each once for every file that the patterns of `each` match. The
    /// networks that are kept take at most a quarter of `memory`.
    pub fn of(
        targets: &[String],
        each: &[(String, String)],
        set: &Set,
        memory: u64,
    ) -> Result<Models, Failure> {
        let mut list = Vec::new();
        let files = match each.split_first() {
            None => None,
            Some(((name, _), _)) => {
                if let Some((other, _)) = each.iter().find(|(other, _)| other != name) {
                    return Err(Failure::message(format!(
                        "--each is given for two names, `{name}` and `{other}`"
                    ))
                    .help("every model is read once for every file, so only one name can vary"));
                }
                let mut files = Vec::new();
                for (_, pattern) in each {
                    files.extend(matches(pattern)?);
                }
                Some((name, files))
            }
        };
        let bindings = set.with(&[])?;
        for target in targets {
            let Some((name, files)) = &files else {
                let file = load::file(target).to_string();
                list.push(Named {
                    name: target.clone(),
                    target: target.clone(),
                    file,
                    bindings: bindings.clone(),
                });
                continue;
            };
            for file in files {
                let bindings = set.with(&[((*name).clone(), file.clone())])?;
                let shown = match targets.len() {
                    1 => file.display().to_string(),
                    _ => format!("{target} with {}", file.display()),
                };
                let own = load::file(target).to_string();
                list.push(Named { name: shown, target: target.clone(), file: own, bindings });
            }
        }
        let kept = Mutex::new(Kept { seen: vec![None; list.len()], ..Kept::default() });
        Ok(Models { list, kept, room: memory / 4 })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// How many bytes networks may take.
    pub fn room(&self) -> u64 {
        self.room
    }

    /// What a model is called in messages and answers.
    pub fn name(&self, model: usize) -> &str {
        self.list.get(model).map_or("", |named| &named.name)
    }

    /// The network of a model, from memory or from its files.
    pub fn load(&self, model: usize, clock: &Deadline) -> Result<Arc<Network>, Failure> {
        let Some(named) = self.list.get(model) else {
            return Err(Failure::message(format!("there is no model {model}")));
        };
        if let Some(network) = self.kept(|kept| kept.take(model)) {
            return Ok(network);
        }
        // Hold no lock while reading: this thread may be abandoned.
        let read = load::model_of(&self.library(&named.file, clock), &named.target, &named.bindings)?;
        let now = fingerprint(&read.network);
        let network = Arc::new(read.network);
        let bytes = bytes(&network);
        self.kept(|kept| match kept.seen.get_mut(model) {
            Some(Some((_, before))) if *before != now => {
                Err(Failure::message(format!("`{}` changed while it was compared", named.name)))
            }
            Some(seen) => {
                *seen = Some((read.name, now));
                kept.keep(model, network.clone(), bytes, self.room);
                Ok(network)
            }
            None => Ok(network),
        })
    }

    /// The digest of a model that was read, in hexadecimal digits.
    pub fn digest(&self, model: usize) -> Option<String> {
        let digest = self.kept(|kept| kept.seen.get(model).cloned().flatten())?.1;
        Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The file of a model. It is kept if other models are in it.
    fn library(&self, path: &str, clock: &Deadline) -> Arc<Library> {
        let known = |kept: &mut Kept| {
            kept.libraries.iter().find(|(known, _)| known == path).map(|(_, library)| library.clone())
        };
        if let Some(library) = self.kept(known) {
            return library;
        }
        let library = Arc::new(load::library(path, clock));
        let text: usize = library.sources().iter().map(|(_, source)| source.text.len()).sum();
        if text <= LONGEST && self.list.iter().filter(|other| other.file == path).count() > 1 {
            self.kept(|kept| {
                kept.libraries.push_back((path.to_string(), library.clone()));
                let surplus = kept.libraries.len().saturating_sub(LIBRARIES);
                kept.libraries.drain(..surplus);
            });
        }
        library
    }

    /// Where a model that was read comes from, as a certificate says it.
    pub fn source(&self, model: usize) -> Result<ModelSource, Failure> {
        let name = self.kept(|kept| kept.seen.get(model).cloned().flatten());
        match (self.list.get(model), name) {
            (Some(named), Some((name, _))) => certificate::model(&named.target, name, &named.bindings),
            _ => Err(Failure::message(format!("`{}` was not read", self.name(model)))),
        }
    }

    fn kept<T>(&self, with: impl FnOnce(&mut Kept) -> T) -> T {
        with(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    /// Takes note that a kept network is used, and returns it.
    fn take(&mut self, model: usize) -> Option<Arc<Network>> {
        let at = self.networks.iter().position(|(kept, ..)| *kept == model)?;
        let used = self.networks.remove(at)?;
        let network = used.1.clone();
        self.networks.push_back(used);
        Some(network)
    }

    fn keep(&mut self, model: usize, network: Arc<Network>, bytes: u64, room: u64) {
        self.networks.retain(|(kept, ..)| *kept != model);
        self.networks.push_back((model, network, bytes));
        let full = |networks: &VecDeque<(usize, Arc<Network>, u64)>| {
            networks.len() > KEPT || networks.iter().map(|(_, _, bytes)| bytes).sum::<u64>() > room
        };
        while full(&self.networks) {
            self.networks.pop_front();
        }
    }
}

/// What the constants of a network take in memory, in bytes.
pub fn bytes(network: &Network) -> u64 {
    let each = |data: &Data| match data {
        Data::Rational(values) => {
            let digits = |value: &num_rational::BigRational| {
                (value.numer().bits() + value.denom().bits()) / 8 + 2 * size_of::<BigInt>() as u64
            };
            values.iter().map(digits).sum()
        }
        Data::Integer(_) | Data::Unsigned(_) | Data::F64(_) => 8 * data.len() as u64,
        Data::F32(_) => 4 * data.len() as u64,
        Data::F16(_) | Data::BF16(_) => 2 * data.len() as u64,
    };
    let constants = network.nodes().iter().filter_map(|node| match &node.operation {
        Operation::Constant(constant) => constant.in_memory(),
        _ => None,
    });
    network.nodes().len() as u64 * 64 + constants.map(each).sum::<u64>()
}

/// The files that a pattern matches, in their order. A file with exactly this name is always meant.
fn matches(pattern: &str) -> Result<Vec<PathBuf>, Failure> {
    if Path::new(pattern).is_file() {
        return Ok(vec![PathBuf::from(pattern)]);
    }
    let (what, failure) = match matched(pattern) {
        Ok(files) if !files.is_empty() => return Ok(files),
        Ok(_) => {
            let help = "`*` stands for any part of a name, `**` for any directories, `?` for one character, \
                        `[ab]` for a or b";
            ("matches no file", Failure::message(format!("no file matches `{pattern}`")).help(help))
        }
        Err(failure) => ("is not a pattern", failure),
    };
    let names = |meant: &String| matched(meant).is_ok_and(|files| !files.is_empty());
    match with_brackets(pattern).into_iter().find(names) {
        Some(meant) => {
            let why = "brackets enclose the characters of which one is meant";
            Err(Failure::message(format!("`{pattern}` {what}: {why}"))
                .help(format!("for a bracket in a name write `[[]`, as in '{meant}'")))
        }
        None => Err(failure),
    }
}

/// The files that match a pattern, sorted.
fn matched(pattern: &str) -> Result<Vec<PathBuf>, Failure> {
    let options = MatchOptions {
        require_literal_separator: true,
        require_literal_leading_dot: true,
        ..MatchOptions::new()
    };
    let paths = glob::glob_with(pattern, options)
        .map_err(|error| Failure::message(format!("`{pattern}` is not a pattern: {error}")))?;
    let mut files: Vec<PathBuf> = paths.collect::<Result<_, _>>().map_err(|error| {
        Failure::message(format!("cannot read `{}`: {}", error.path().display(), error.error()))
    })?;
    files.sort_by(|a, b| natural::compare(a, b));
    Ok(files)
}

/// The patterns in which some opening brackets are characters of names: first all of them, then fewer. (A
/// closing bracket without an opening one is a character.)
fn with_brackets(pattern: &str) -> Vec<String> {
    /// Of more brackets, only all are tried.
    const MOST: usize = 6;
    let parts: Vec<&str> = pattern.split('[').collect();
    let brackets = parts.len() - 1;
    let choices = if brackets <= MOST { (1u32 << brackets) - 1 } else { 1 };
    let meant = |kept: u32| {
        let mut meant = parts[0].to_string();
        for (place, part) in parts[1..].iter().enumerate() {
            let bracket = if place < MOST && kept >> place & 1 == 1 { "[" } else { "[[]" };
            meant.push_str(bracket);
            meant.push_str(part);
        }
        meant
    };
    (0..choices).map(meant).collect()
}
