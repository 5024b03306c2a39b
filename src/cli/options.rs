//! The options that several commands have: the parsers of their values, and which values messages recommend.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::clock::Deadline;
use super::failure::Failure;
use super::memory;
use crate::claim::words::Remedies;
use crate::domain::Relation;
use crate::model::Bindings;

const MIB: f64 = (1u64 << 20) as f64;
const GIB: f64 = (1u64 << 30) as f64;

/// The option `--set`.
#[derive(Debug, Args)]
pub struct Set {
    /// Read the weights that the file calls NAME from FILE instead (may be repeated)
    #[arg(long, value_name = "NAME=FILE", value_parser = binding)]
    pub set: Vec<(String, PathBuf)>,
}

impl Set {
    /// The bindings of `--set`, overridden by those of a more specific option. No option may bind a name
    /// twice.
    pub fn with(&self, specific: &[(String, PathBuf)]) -> Result<Bindings, Failure> {
        if let Some(name) = Bindings::repeated(&self.set).or(Bindings::repeated(specific)) {
            return Err(Failure::message(format!("the weights `{name}` are set to two files"))
                .help("`equal` takes --set-a and --set-b to set them differently in the two models"));
        }
        let mut all: Vec<(String, PathBuf)> = Vec::new();
        for (name, path) in self.set.iter().chain(specific) {
            all.retain(|(known, _)| known != name);
            all.push((name.clone(), path.clone()));
        }
        Ok(Bindings(all))
    }
}

/// The options that bind weights in two models.
#[derive(Debug, Args)]
pub struct SetEach {
    #[command(flatten)]
    both: Set,

    /// Read the weights that the file calls NAME from FILE in the first model only
    #[arg(long, value_name = "NAME=FILE", value_parser = binding)]
    set_a: Vec<(String, PathBuf)>,

    /// Read the weights that the file calls NAME from FILE in the second model only
    #[arg(long, value_name = "NAME=FILE", value_parser = binding)]
    set_b: Vec<(String, PathBuf)>,
}

impl SetEach {
    /// The bindings of the first and of the second model.
    pub fn bindings(&self) -> Result<[Bindings; 2], Failure> {
        Ok([self.both.with(&self.set_a)?, self.both.with(&self.set_b)?])
    }
}

/// What deciding may take, and what counts as decided.
#[derive(Clone, Copy, Debug, Args)]
pub struct Budget {
    #[command(flatten)]
    pub limits: Limits,

    /// Only accept proofs: never answer `equal, error at most 2^-k`
    #[arg(long)]
    pub deterministic: bool,
}

impl Budget {
    /// What may be used from now on, and what counts as an answer.
    pub fn left(&self, clock: &Deadline) -> crate::Budget {
        let budget = clock.budget();
        if self.deterministic { budget.certain_only() } else { budget }
    }
}

/// Time and memory.
#[derive(Clone, Copy, Debug, Args)]
pub struct Limits {
    /// Seconds that the command may take, reading files included. For `check`: for each claim (the first
    /// claim of a file includes reading it). For `classes`: for each model, and then for each search for a
    /// witness. For `matrix`: for all pairs
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub time: Duration,

    /// Memory that the process may occupy, such as 512M or 4G
    #[arg(long, value_name = "SIZE", default_value = "2G", value_parser = bytes)]
    pub memory: u64,
}

/// A value of an option with one line of help; spaces of its name may be written as hyphens.
pub fn possible(name: &'static str, meaning: &'static str) -> PossibleValue {
    // clap wants names that live as long as the process.
    let hyphenated: &'static str = name.replace(' ', "-").leak();
    PossibleValue::new(hyphenated).alias(name).help(meaning)
}

/// The values of `--up-to`.
pub fn up_to() -> impl TypedValueParser<Value = Relation> {
    let values = Relation::UP_TO.map(|relation| possible(relation.name(), relation.meaning()));
    PossibleValuesParser::new(values).try_map(|name| name.parse::<Relation>())
}

/// `NAME=FILE`
pub fn binding(text: &str) -> Result<(String, PathBuf), &'static str> {
    let (name, file) = named(text).ok_or("expected NAME=FILE, as in W=runs/step_9000.safetensors")?;
    Ok((name.to_string(), PathBuf::from(file)))
}

/// A name and what follows it after `=`, neither of them empty.
pub fn named(text: &str) -> Option<(&str, &str)> {
    text.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty())
}

/// A number of seconds, such as `60` or `0.5`.
fn seconds(text: &str) -> Result<Duration, String> {
    text.parse::<f64>()
        .ok()
        .and_then(|value| Duration::try_from_secs_f64(value).ok())
        .ok_or_else(|| "expected a number of seconds, such as 60 or 0.5".to_string())
}

/// A size in bytes: a number with an optional K, M, G or T (powers of 1024), as in `512M`, `1.5G`, `2GiB`.
fn bytes(text: &str) -> Result<u64, String> {
    let error = || "expected a size such as 512M, 1.5G or 2GiB".to_string();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let power = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        _ => return Err(error()),
    };
    let number: f64 = number.parse().map_err(|_| error())?;
    let size = number * 1024f64.powi(power);
    // Just below 2^63 bytes: larger budgets make no sense.
    if (1.0..9.2e18).contains(&size) { Ok(size as u64) } else { Err(error()) }
}

/// `more time, such as --time 40`, for something that is expected to take this many seconds in all: twice
/// that, in a round number.
pub fn more_time(seconds: f64) -> String {
    let seconds = (2.0 * seconds).max(10.0);
    let unit = 10f64.powf(seconds.log10().floor());
    format!("more time, such as --time {:.0}", (seconds / unit).ceil() * unit)
}

/// `more memory, such as --memory 3G`, for a process that occupies this many bytes.
pub fn more_memory(bytes: f64) -> String {
    let (unit, letter, step) = if bytes > GIB { (GIB, "G", 1.0) } else { (MIB, "M", 16.0) };
    format!("more memory, such as --memory {:.0}{letter}", (bytes / (unit * step)).ceil() * step)
}

/// What would be needed for an answer, in these words.
pub const OPTIONS: Remedies = Remedies {
    time: more_time,
    // Saturates.
    memory: |bytes| more_memory(memory::budget_for(bytes as u64) as f64),
    uncertain: "without --deterministic, random evaluation may decide it",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_1024() {
        assert_eq!(bytes("512"), Ok(512));
        assert_eq!(bytes("4k"), Ok(4096));
        assert_eq!(bytes("1.5G"), Ok(3 << 29));
        assert_eq!(bytes("2GiB"), Ok(2 << 30));
        for wrong in ["", "G", "-1", "0", "1..2", "1X", "nan", "inf", "1e3", "99999999T"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn seconds_are_finite_and_not_negative() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["", "-1", "nan", "inf", "1e300", "soon"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn specific_bindings_win() {
        let pair = |name: &str, file: &str| (name.to_string(), PathBuf::from(file));
        let set = Set { set: vec![pair("W", "both"), pair("V", "v")] };
        assert_eq!(set.with(&[pair("W", "only")]).unwrap().0, vec![pair("V", "v"), pair("W", "only")]);
        assert!(set.with(&[pair("W", "only"), pair("W", "too")]).is_err());
        assert!(Set { set: vec![pair("W", "both"), pair("W", "both")] }.with(&[]).is_err());
        assert!(binding("W").is_err() && binding("=file").is_err() && binding("W=").is_err());
    }

    #[test]
    fn round_numbers_that_are_enough() {
        assert_eq!(more_time(0.1), "more time, such as --time 10");
        assert_eq!(more_time(21.0), "more time, such as --time 50");
        assert_eq!(more_time(3_000.0), "more time, such as --time 6000");
        assert_eq!(more_memory(1.0), "more memory, such as --memory 16M");
        assert_eq!(more_memory(65.0 * MIB), "more memory, such as --memory 80M");
        assert_eq!(more_memory(2.1 * GIB), "more memory, such as --memory 3G");
    }
}
