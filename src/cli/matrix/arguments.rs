//! The arguments of `samenet matrix`.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::pairs::{self, Shard};
use super::table::{Head, Listed};
use crate::cli::failure::Failure;
use crate::cli::files;
use crate::cli::models::each;
use crate::cli::options::{Limits, Set, possible};
use crate::domain::Metric;

const MATRIX_EXAMPLES: &str = "\
Examples:
  samenet matrix net.same --each 'W=runs/step_*.safetensors'
  samenet matrix net.same --each 'W=runs/*.npz' --float --svg heatmap.svg --npy matrix.npy
  samenet matrix net.same --each 'W=runs/*.npz' --record run.record --time 36000
  samenet matrix net.same --each 'W=runs/*.npz' --against last --curve-svg curve.svg
  samenet matrix net.same --each 'W=runs/*.npz' --shard 2/8 --record part_2.record
  samenet matrix --merge part_*.record --csv matrix.csv --svg heatmap.svg
  samenet matrix a.same b.same c.same --on '{0,1}' --json

Exit code: 0 every pair is computed, 3 some are not within the budget, 2 an error. A model that
cannot be read, has a NaN, or is zero is an error, too, but the others are compared all the same.";

/// Compute how similar all pairs of many models are
///
/// The models are files of weights of one model (--each), or several models. Numbers are those of
/// `samenet similarity`, but what belongs to one model is computed once for all pairs. Without files to
/// write, the matrix is printed if it is small, else a summary.
///
/// With --record every finished pair is kept in a file, and the same command goes on where it was
/// interrupted, however it ended. Parts can be computed on several machines (--shard) and joined (--merge).
#[derive(Debug, Args)]
#[command(after_long_help = MATRIX_EXAMPLES)]
pub struct Matrix {
    /// Models: file.same if it has one model, else file.same::model. All must have the same shapes
    #[arg(required_unless_present = "merge", value_name = "MODEL")]
    pub models: Vec<String>,

    /// Take every MODEL once for every file that matches GLOB (in quotes), and read the weights that it calls
    /// NAME from that file: step_9 before step_10. May be repeated, with the same NAME
    #[arg(long, value_name = "NAME=GLOB", value_parser = each)]
    pub each: Vec<(String, String)>,

    /// Which inner product of functions; gaussian if neither this nor --on is given
    #[arg(long, value_name = "METRIC", value_parser = metric(), conflicts_with = "on")]
    pub metric: Option<Metric>,

    /// The mean over the points of a finite domain instead, as in `similarity`
    #[arg(long, value_name = "DOMAIN")]
    pub on: Option<String>,

    /// Compute in f64 where that can be done without expanding, with only the digits that are certain, else
    /// round exact numbers
    #[arg(long)]
    pub float: bool,

    /// Significant digits of decimals, correctly rounded
    #[arg(long, value_name = "N", default_value = "16")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub digits: u32,

    /// Also show how similar every model is to this one: first, last, or a name or number as it is printed.
    /// Without --csv, --npy, --svg, --json and --record, only these pairs are computed
    #[arg(long, value_name = "MODEL")]
    pub against: Option<String>,

    /// Write the matrix as CSV, with a row and a column for every model
    #[arg(long, value_name = "FILE", conflicts_with = "shard")]
    pub csv: Option<PathBuf>,

    /// Write the matrix for NumPy: float64, with NaN where there is no number
    #[arg(long, value_name = "FILE", conflicts_with = "shard")]
    pub npy: Option<PathBuf>,

    /// Draw the matrix as a heatmap
    #[arg(long, value_name = "FILE", conflicts_with = "shard")]
    pub svg: Option<PathBuf>,

    /// Write the similarities to one model as CSV
    #[arg(long, value_name = "FILE", requires = "against", conflicts_with = "shard")]
    pub curve_csv: Option<PathBuf>,

    /// Draw the similarities to one model as a curve
    #[arg(long, value_name = "FILE", requires = "against", conflicts_with = "shard")]
    pub curve_svg: Option<PathBuf>,

    /// Keep every finished pair in FILE, and go on from what it has. A record of other models or options is
    /// refused
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Compute only the I-th of N parts of the pairs, for a record
    #[arg(long, value_name = "I/N", value_parser = pairs::shard, requires = "record")]
    pub shard: Option<Shard>,

    /// Read no models, but the records of parts
    #[arg(long, value_name = "FILE", num_args = 1..)]
    #[arg(conflicts_with_all = ["models", "each", "metric", "on", "float", "record", "shard", "set"])]
    pub merge: Vec<PathBuf>,

    #[command(flatten)]
    pub bindings: Set,

    #[command(flatten)]
    pub limits: Limits,

    /// Print one JSON object instead of text (its schema is in grammar/json.md)
    #[arg(long, conflicts_with = "shard")]
    pub json: bool,
}

/// The values of `--metric`.
fn metric() -> impl TypedValueParser<Value = Metric> {
    let metrics = Metric::ALL.map(|metric| possible(metric.name(), metric.meaning()));
    PossibleValuesParser::new(metrics).try_map(|name| name.replace('-', " ").parse::<Metric>())
}

impl Matrix {
    /// Whether all pairs are wanted, and not only those with one model.
    pub fn whole(&self) -> bool {
        let matrix = [&self.csv, &self.npy, &self.svg, &self.record];
        self.against.is_none() || self.json || matrix.into_iter().any(Option::is_some)
    }

    /// What a record of this command says first.
    pub fn head(&self, models: Vec<Listed>, way: &str) -> Head {
        let metric = self.metric.unwrap_or(Metric::Gaussian);
        Head {
            metric: if self.on.is_some() { "domain" } else { metric.name() }.to_string(),
            on: self.on.clone(),
            float: self.float,
            way: way.to_string(),
            models,
        }
    }

    /// An error if a file could not be written, or two are one.
    pub fn check_files(&self) -> Result<(), Failure> {
        let all = [&self.csv, &self.npy, &self.svg, &self.curve_csv, &self.curve_svg, &self.record];
        let mut known: Vec<&Path> = self.merge.iter().map(PathBuf::as_path).collect();
        for path in all.into_iter().flatten() {
            files::check(path)?;
            if known.contains(&path.as_path()) {
                return Err(Failure::message(format!("`{}` is given twice", path.display())));
            }
            known.push(path);
        }
        Ok(())
    }
}
