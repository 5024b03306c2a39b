//! The command line as data: every option with its help text, and the parsers of option values.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use samenet::domain::{Estimate, Metric, Relation};
use samenet::equality::Approach;
use samenet::model::Bindings;
use samenet::similarity::estimates::MOST_SAMPLES;

use super::failure::Failure;

/// Are two polynomial neural networks the same function?
///
/// samenet reads models from `.same` files (their weights may live in .safetensors, .npz or .npy files) and
/// decides exactly, never in floating point, whether two of them give the same output on every input. If they
/// do, it says how it knows; if they do not, it names an input on which they differ.
#[derive(Debug, Parser)]
#[command(
    name = "samenet",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(
    after_help = "Results go to stdout, messages and progress to stderr. Set NO_COLOR to switch colours off."
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands; each is described where its options are.
#[derive(Debug, Subcommand)]
pub enum Command {
    Check(Check),
    Equal(Equal),
    Classes(Classes),
    Similarity(Similarity),
    Eval(Eval),
    Show(Show),
    Verify(Verify),
}

const CHECK_EXAMPLES: &str = "\
Examples:
  samenet check circuits.same
  samenet check examples/ --filter bits
  samenet check runs.same --set LATE=runs/step_9000.safetensors --time 600
  samenet check examples/ --json > report.json
  samenet check claims/ --junit report.xml
  samenet check examples/ --certificates certificates/

Exit code: 0 every claim holds, 1 some claim fails, 3 some claim is undecided, 2 an error.
If several apply, the first of 2, 1, 3, 0 is returned.";

/// Decide every claim in .same files
///
/// Directories are searched for files that end in .same, subdirectories included, in sorted order. One line is
/// printed for every claim: whether it holds, where it stands, how it was decided, and how long that took. For
/// a claim that fails, the input that refutes it follows.
#[derive(Debug, Args)]
#[command(after_long_help = CHECK_EXAMPLES)]
pub struct Check {
    /// Files, or directories to search for .same files
    #[arg(required = true, value_name = "FILE or DIR")]
    pub paths: Vec<PathBuf>,

    /// Only decide claims whose label or text contains TEXT
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,

    /// Write a JUnit report to FILE, for continuous integration: a test suite for every file, a test case for
    /// every claim. What is undecided, and files with errors, are reported as errors
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Write a certificate for every claim that is decided into DIR (see `samenet verify`)
    #[arg(long, value_name = "DIR")]
    pub certificates: Option<PathBuf>,

    #[command(flatten)]
    pub bindings: Set,

    #[command(flatten)]
    pub budget: Budget,

    /// Print one JSON object instead of text (its schema is in grammar/json.md)
    #[arg(long)]
    pub json: bool,
}

const EQUAL_EXAMPLES: &str = "\
Examples:
  samenet equal xor.same xor_gated.same
  samenet equal circuits.same::xor circuits.same::xor_gated --on '{0,1}'
  samenet equal lookup.same circuit.same --on 'a in onehot, b in onehot'
  samenet equal net.same net.same --set-a W=step_1.safetensors --set-b W=step_2.safetensors
  samenet equal logits.same shifted.same --up-to shift --deterministic
  samenet equal trained.same circuit.same --certificate proof.json
  samenet equal net.same rotated.same --method layerwise

Exit code: 0 equal, 1 different, 3 undecided, 2 an error.";

/// Decide whether two models are the same function
///
/// Equal means: the same output on every input (or on every input of --on DOMAIN). The answer `equal, proved`
/// admits no doubt; `equal, error at most 2^-k` rests on random evaluation and says how unlikely an error is;
/// `different` comes with an input where the models differ, and with what agrees and what differs most.
#[derive(Debug, Args)]
#[command(after_long_help = EQUAL_EXAMPLES)]
pub struct Equal {
    /// The first model: file.same if it has one model, else file.same::model
    pub a: String,

    /// The second model, written the same way
    pub b: String,

    /// Compare only on these inputs: '{0,1}', '{-1,1}', onehot, 'points [[0,1],[1,0]]', or one set per input
    /// as in 'x in {0,1}, y in onehot'
    #[arg(long, value_name = "DOMAIN")]
    pub on: Option<String>,

    /// Count models as the same if they differ by a positive factor (scale), or by a shift that is the same
    /// for all entries along the last axis, as before a softmax (shift)
    #[arg(long, value_name = "RELATION", value_parser = up_to())]
    pub up_to: Option<Relation>,

    /// Use this method alone, whatever it is expected to take: to compare methods with each other
    #[arg(long, value_name = "METHOD")]
    pub method: Option<MethodName>,

    #[command(flatten)]
    pub bindings: Set,

    /// Rebind a weight handle in the first model only
    #[arg(long, value_name = "NAME=FILE", value_parser = binding)]
    pub set_a: Vec<(String, PathBuf)>,

    /// Rebind a weight handle in the second model only
    #[arg(long, value_name = "NAME=FILE", value_parser = binding)]
    pub set_b: Vec<(String, PathBuf)>,

    /// Write a certificate of the answer to FILE (see `samenet verify`)
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,

    /// Write a Python program that replays the witness in NumPy, when the models differ. A short one is also
    /// printed, as a line for a shell
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,

    #[command(flatten)]
    pub budget: Budget,

    /// Print one JSON object instead of text (its schema is in grammar/json.md)
    #[arg(long)]
    pub json: bool,
}

const CLASSES_EXAMPLES: &str = "\
Examples:
  samenet classes circuits.same::xor circuits.same::xor_gated circuits.same::xor_table
  samenet classes net.same --each 'W=runs/step_*.safetensors'
  samenet classes net.same --each 'W=runs/*.npz' --up-to scale --json > classes.json
  samenet classes net.same --each 'W=runs/*.npz' --certificates certificates/

Exit code: 0 every pair of models is known to be the same or to differ, 3 some are undecided, 2 an error.";

/// Sort models into classes of equal functions
///
/// Models that are the same function are one class. N models in k classes take about N + k comparisons: models
/// that differ at a few shared random points are never compared, and equality carries over from one to the
/// next. For every model it says why it is in its class, and for every two classes where they differ. A model
/// that can be neither merged into a class nor told apart from it is listed as undecided.
#[derive(Debug, Args)]
#[command(after_long_help = CLASSES_EXAMPLES)]
pub struct Classes {
    /// Models: file.same if it has one model, else file.same::model. All must have the same shapes
    #[arg(required = true, value_name = "MODEL")]
    pub models: Vec<String>,

    /// Take every MODEL once for every file that matches GLOB (in quotes), with the weights that it calls NAME
    /// read from there. Files come in sorted order. May be repeated, with the same NAME
    #[arg(long, value_name = "NAME=GLOB", value_parser = each)]
    pub each: Vec<(String, String)>,

    /// Compare only on these inputs, as `equal` does. Inputs have the names that they have in the first model
    #[arg(long, value_name = "DOMAIN")]
    pub on: Option<String>,

    /// Count models as the same if they differ by a positive factor (scale), or by a shift that is the same
    /// for all entries along the last axis, as before a softmax (shift)
    #[arg(long, value_name = "RELATION", value_parser = up_to())]
    pub up_to: Option<Relation>,

    /// Write certificates into DIR (see `samenet verify`): one for every model that was merged into a class,
    /// and one for every two classes
    #[arg(long, value_name = "DIR")]
    pub certificates: Option<PathBuf>,

    #[command(flatten)]
    pub bindings: Set,

    #[command(flatten)]
    pub budget: Budget,

    /// Print one JSON object instead of text (its schema is in grammar/json.md)
    #[arg(long)]
    pub json: bool,
}

const SIMILARITY_EXAMPLES: &str = "\
Examples:
  samenet similarity examples/xor.same::xor examples/xor.same::xor_gated
  samenet similarity net.same net.same --set-a W=step_1.safetensors --set-b W=step_2.safetensors
  samenet similarity a.same b.same --metric layerwise --float
  samenet similarity a.same b.same --on '{0,1}' --digits 40 --json
  samenet similarity a.same b.same --metric sampled --samples 100000 --seed 1
  samenet similarity a.same b.same --metric cka --rows images.npy

Exit code: 0, 3 if the budget does not suffice, or 2 on an error.";

/// Compute how similar two models are, exactly, from their weights alone
///
/// The similarity is the cosine <a,b> / sqrt(<a,a> <b,b>) of the two functions, the distance |a - b| / |a|. It is a
/// true value unless the metric is called layerwise, and exact unless --float is given. What follows says which
/// outputs and which degrees (for gaussian: Hermite orders) carry the difference.
///
/// The metrics parameters, sampled and cka are those that others use, to compare with. They are estimates in f64:
/// no claim can be about them.
#[derive(Debug, Args)]
#[command(after_long_help = SIMILARITY_EXAMPLES)]
pub struct Similarity {
    /// The first model: file.same if it has one model, else file.same::model
    pub a: String,

    /// The second model, written the same way
    pub b: String,

    /// Which inner product of functions, or which estimate; gaussian if neither this nor --on is given
    #[arg(long, value_name = "METRIC", value_parser = Asked::parser())]
    pub metric: Option<Asked>,

    /// The mean over the points of a finite domain instead: '{0,1}', '{-1,1}', onehot, 'points [[0,1],[1,0]]', or
    /// one set per input as in 'x in {0,1}, y in onehot'. With --metric sampled or cka, samples are drawn from it
    #[arg(long, value_name = "DOMAIN")]
    pub on: Option<String>,

    /// With --metric sampled or cka, how many inputs to draw, standard normal ones without --on [default: 10000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_SAMPLES as u64))]
    pub samples: Option<u64>,

    /// Which inputs to draw: a seed gives the same ones on every machine [default: 0]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,

    /// With --metric sampled or cka, take the inputs from FILE instead: .npy whose first axis is the sample, or
    /// .npz with such an array for every input, by name
    #[arg(long, value_name = "FILE", conflicts_with_all = ["samples", "seed", "on"])]
    pub rows: Option<PathBuf>,

    /// Numbers as f64: computed in f64 where that can be done without expanding, else rounded at the end
    #[arg(long)]
    pub float: bool,

    /// Significant digits of decimals, correctly rounded
    #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub digits: u32,

    #[command(flatten)]
    pub bindings: Set,

    /// Rebind a weight handle in the first model only
    #[arg(long, value_name = "NAME=FILE", value_parser = binding)]
    pub set_a: Vec<(String, PathBuf)>,

    /// Rebind a weight handle in the second model only
    #[arg(long, value_name = "NAME=FILE", value_parser = binding)]
    pub set_b: Vec<(String, PathBuf)>,

    #[command(flatten)]
    pub limits: Limits,

    /// Print one JSON object instead of text (its schema is in grammar/json.md)
    #[arg(long)]
    pub json: bool,
}

const EVAL_EXAMPLES: &str = "\
Examples:
  samenet eval xor.same::xor --at '[1, 1]'
  samenet eval xor.same::xor --at '[\"1/3\", 0.5]'
  samenet eval sum.same --at '{\"a\": [1, 0, 0], \"b\": [0, 1, 0]}'
  samenet eval net.same --at points.npz --float

Exit code: 0, or 2 on an error.";

/// Evaluate a model at a point, exactly or in f64
///
/// The output is exact: decimal numbers and floats are taken as the rational numbers that they denote.
#[derive(Debug, Args)]
#[command(after_long_help = EVAL_EXAMPLES)]
pub struct Eval {
    /// The model: file.same if it has one model, else file.same::model
    pub model: String,

    /// The point: JSON text, or a path to a .json, .npz or .npy file. For several inputs, a JSON object (or
    /// .npz) with one entry per input name. Fractions are written as strings, "1/3"
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    pub at: String,

    /// Evaluate in f64 instead of exactly
    #[arg(long)]
    pub float: bool,

    #[command(flatten)]
    pub bindings: Set,

    #[command(flatten)]
    pub limits: Limits,

    /// Print one JSON object instead of text (its schema is in grammar/json.md)
    #[arg(long)]
    pub json: bool,
}

const SHOW_EXAMPLES: &str = "\
Examples:
  samenet show xor.same::xor
  samenet show net.same --set W=runs/step_9000.safetensors
  samenet show xor.same::xor --dot | dot -Tsvg > xor.svg

Exit code: 0, or 2 on an error.";

/// Describe a model: shapes, size, degree, the cost of deciding, the polynomial when it is small
#[derive(Debug, Args)]
#[command(after_long_help = SHOW_EXAMPLES)]
pub struct Show {
    /// The model: file.same if it has one model, else file.same::model
    pub model: String,

    /// Print the network as a Graphviz graph
    #[arg(long, conflicts_with = "json")]
    pub dot: bool,

    /// Print the canonical form that certificates name, and every constant (see grammar/certificate.md)
    #[arg(long, conflicts_with_all = ["json", "dot"])]
    pub canonical: bool,

    #[command(flatten)]
    pub bindings: Set,

    #[command(flatten)]
    pub limits: Limits,

    /// Print one JSON object instead of text (its schema is in grammar/json.md)
    #[arg(long)]
    pub json: bool,
}

const VERIFY_EXAMPLES: &str = "\
Examples:
  samenet verify proof.json
  samenet verify certificates/*.json

Exit code: 0 all are valid, 1 some are invalid, 3 some could not be checked completely, 2 an error.
If several apply, the first of 2, 1, 3, 0 is returned.";

/// Verify certificates with an independent checker
///
/// The checker reads the models and weight files that a certificate names again (paths are relative to the
/// working directory), recomputes everything that the certificate says, and replays its evidence. It shares no
/// arithmetic and no method with the commands that write certificates. The format is in grammar/certificate.md.
#[derive(Debug, Args)]
#[command(after_long_help = VERIFY_EXAMPLES)]
pub struct Verify {
    /// Certificates, as `equal --certificate` and `check --certificates` write them
    #[arg(required = true, value_name = "CERTIFICATE")]
    pub certificates: Vec<PathBuf>,

    #[command(flatten)]
    pub limits: Limits,

    /// Print one JSON object instead of text (its schema is in grammar/json.md)
    #[arg(long)]
    pub json: bool,
}

/// `--set`, which every command has.
#[derive(Debug, Args)]
pub struct Set {
    /// Read the weights that the file calls NAME from FILE instead (may be repeated)
    #[arg(long, value_name = "NAME=FILE", value_parser = binding)]
    pub set: Vec<(String, PathBuf)>,
}

impl Set {
    /// The bindings of `--set`, then those of a more specific option, which win. One option may not bind a name
    /// twice.
    pub fn with(&self, specific: &[(String, PathBuf)]) -> Result<Bindings, Failure> {
        for (i, (name, _)) in self.set.iter().enumerate() {
            twice(name, &self.set[..i])?;
        }
        for (i, (name, _)) in specific.iter().enumerate() {
            twice(name, &specific[..i])?;
        }
        let mut all: Vec<(String, PathBuf)> = Vec::new();
        for (name, path) in self.set.iter().chain(specific) {
            all.retain(|(known, _)| known != name);
            all.push((name.clone(), path.clone()));
        }
        Ok(Bindings(all))
    }
}

fn twice(name: &str, earlier: &[(String, PathBuf)]) -> Result<(), Failure> {
    match earlier.iter().find(|(known, _)| known == name) {
        None => Ok(()),
        Some(_) => Err(Failure::message(format!("the weights `{name}` are set to two files"))
            .help("`equal` takes --set-a and --set-b to set them differently in the two models")),
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

/// Time and memory.
#[derive(Clone, Copy, Debug, Args)]
pub struct Limits {
    /// Seconds that the command may take, reading files included; for `check`, every claim (the first one of a
    /// file, together with reading it); for `classes`, every model, and then every search for a witness
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub time: Duration,

    /// Memory that the process may occupy, such as 512M or 4G
    #[arg(long, value_name = "SIZE", default_value = "2G", value_parser = bytes)]
    pub memory: u64,
}

/// What a metric's name stands for.
#[derive(Clone, Copy, Debug)]
pub enum Asked {
    /// An inner product of functions.
    Exact(Metric),
    /// Something to compare with.
    Estimate(Estimate),
}

/// A value of an option with one line of help; spaces of its name may be written as hyphens.
fn possible(name: &'static str, meaning: &'static str) -> PossibleValue {
    // clap wants names that live as long as the process.
    let hyphenated: &'static str = name.replace(' ', "-").leak();
    PossibleValue::new(hyphenated).alias(name).help(meaning)
}

impl Asked {
    /// The name on the command line.
    fn option(self) -> String {
        match self {
            Asked::Exact(metric) => metric.name().replace(' ', "-"),
            Asked::Estimate(estimate) => estimate.name().to_string(),
        }
    }

    /// The values of `--metric`.
    fn parser() -> impl TypedValueParser<Value = Asked> {
        let metrics = Metric::ALL.map(|metric| possible(metric.name(), metric.meaning()));
        let estimates = Estimate::ALL.map(|estimate| possible(estimate.name(), estimate.meaning()));
        PossibleValuesParser::new(metrics.into_iter().chain(estimates)).try_map(|name| {
            let metric = name.replace('-', " ").parse().map(Asked::Exact);
            metric.or_else(|_| name.parse().map(Asked::Estimate))
        })
    }
}

/// The values of `--up-to`.
fn up_to() -> impl TypedValueParser<Value = Relation> {
    let values = Relation::UP_TO.map(|relation| possible(relation.name(), relation.meaning()));
    PossibleValuesParser::new(values).try_map(|name| name.parse::<Relation>())
}

impl Similarity {
    /// What is asked for, unless options contradict each other.
    pub fn asked(&self) -> Result<Asked, Failure> {
        let asked = self.metric.unwrap_or(Asked::Exact(Metric::Gaussian));
        let samples = matches!(asked, Asked::Estimate(Estimate::Sampled | Estimate::Cka));
        if let (Some(metric), true, false) = (self.metric, self.on.is_some(), samples) {
            let message = format!("--metric {} cannot be used with --on", metric.option());
            return Err(Failure::message(message).help(
                "on a domain, the inner product is the mean over its points; `sampled` and `cka` can sample it",
            ));
        }
        let given = [
            (self.samples.is_some(), "--samples"),
            (self.seed.is_some(), "--seed"),
            (self.rows.is_some(), "--rows"),
        ];
        match given.iter().find(|(given, _)| *given) {
            Some((_, option)) if !samples => {
                Err(Failure::message(format!("{option} is about samples, and nothing is sampled"))
                    .help("add `--metric sampled` or `--metric cka`"))
            }
            _ => Ok(asked),
        }
    }
}

/// The methods of `--method`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum MethodName {
    /// Hidden units of one model recognised in the other: it refutes nothing
    Rewrite,
    /// An exact layerwise distance of zero: it refutes nothing
    Layerwise,
    /// Points that determine the difference, modulo primes
    Grid,
    /// Expansion into polynomials
    NormalForm,
    /// Random points modulo random primes: not a proof, but a bound on the error
    RandomEvaluation,
}

impl MethodName {
    /// The method that is meant.
    pub fn approach(self) -> Approach {
        match self {
            MethodName::Rewrite => Approach::Rewrite,
            MethodName::Layerwise => Approach::Layerwise,
            MethodName::Grid => Approach::Grid,
            MethodName::NormalForm => Approach::NormalForm,
            MethodName::RandomEvaluation => Approach::RandomEvaluation,
        }
    }
}

/// `NAME=FILE`
fn binding(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => {
            Ok((name.to_string(), PathBuf::from(file)))
        }
        _ => Err("expected NAME=FILE, as in W=runs/step_9000.safetensors".to_string()),
    }
}

/// `NAME=GLOB`
fn each(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, pattern)) if !name.is_empty() && !pattern.is_empty() => {
            Ok((name.to_string(), pattern.to_string()))
        }
        _ => Err("expected NAME=GLOB, as in 'W=runs/*.safetensors'".to_string()),
    }
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
    // 2^63 is a float, and beyond it no budget makes sense.
    if (1.0..9.2e18).contains(&size) { Ok(size as u64) } else { Err(error()) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn definitions_are_consistent() {
        Arguments::command().debug_assert();
    }

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
}
