//! Classes of models as text and as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use num_rational::BigRational;
use serde_json::{Value, json};

use super::diagnostics::clean;
use super::json::{self as to_json, evidence};
use crate::claim::words::number::{self, Space};
use crate::claim::words::relation;
use crate::claim::words::undecided::reason_and_needed;
use crate::claim::words::verdict;
use crate::cli::failure::Failure;
use crate::cli::options::OPTIONS;
use crate::equality::{Class, Merge, Partition, Place, Proof, Relation, Separation};
use crate::network::Input;
use crate::plural::plural;

/// How many evaluations, and values of each, are listed; `--json` has all.
const MOST: usize = 16;

/// A certificate that was written, and the two models that it is about.
pub struct Written {
    pub models: (usize, usize),
    pub path: PathBuf,
}

/// Everything that is printed.
pub struct Report<'a> {
    /// What the models are called.
    pub names: &'a [&'a str],
    /// The inputs of the first model, for their names.
    pub inputs: &'a [Input],
    pub relation: Relation,
    /// `None` when no model could be read within the budget.
    pub partition: Option<&'a Partition>,
    /// Why models were not placed within the budget, and what would be needed.
    pub stopped: &'a BTreeMap<usize, (String, String)>,
    /// The models with which something is wrong.
    pub failed: &'a BTreeSet<usize>,
    /// What is wrong, and with which of them, if it is one.
    pub failures: &'a [(Option<usize>, Failure)],
    pub separations: &'a [Separation],
    pub written: &'a [Written],
    pub seconds: f64,
}

/// The classes that are known to differ from each other.
pub fn decided(partition: &Partition) -> Vec<&Class> {
    partition.classes().iter().filter(|class| class.undecided.is_none()).collect()
}

/// Models that could not be placed.
struct Open {
    models: Vec<usize>,
    merges: Vec<Merge>,
    candidates: Vec<usize>,
    reason: String,
    needed: String,
}

impl Report<'_> {
    /// Whether every two models are known to be related or not.
    pub fn decided(&self) -> bool {
        self.open().is_empty()
    }

    fn open(&self) -> Vec<Open> {
        let Some(partition) = self.partition else {
            let model = |(&model, (reason, needed)): (&usize, &(String, String))| Open {
                models: vec![model],
                merges: Vec::new(),
                candidates: self.readable((0..self.names.len()).filter(|&other| other != model)),
                reason: reason.clone(),
                needed: needed.clone(),
            };
            return self.stopped.iter().map(model).collect();
        };
        let open = |class: &Class| {
            let undecided = class.undecided.as_ref()?;
            if self.failed.contains(&class.representative) {
                return None;
            }
            let (reason, needed) = match self.stopped.get(&class.representative) {
                Some(stopped) => stopped.clone(),
                None => (undecided.to_string(), OPTIONS.needed(&undecided.shortage)),
            };
            Some(Open {
                models: class.networks().collect(),
                merges: class.merges.clone(),
                candidates: self.readable(partition.candidates(class).into_iter()),
                reason,
                needed,
            })
        };
        partition.classes().iter().filter_map(open).collect()
    }

    /// Those of some models with which nothing is wrong.
    fn readable(&self, models: impl Iterator<Item = usize>) -> Vec<usize> {
        models.filter(|model| !self.failed.contains(model)).collect()
    }

    fn name(&self, model: usize) -> String {
        clean(self.names.get(model).unwrap_or(&""))
    }

    /// The number of a class, from 1, by its representative.
    fn class(&self, representative: usize) -> Option<usize> {
        let classes = decided(self.partition?);
        classes.iter().position(|class| class.representative == representative).map(|at| at + 1)
    }

    /// A class by its number, or a model that is in none by its name.
    fn class_name(&self, model: usize) -> String {
        self.class(model).map_or_else(|| self.name(model), |class| format!("class {class}"))
    }

    fn certificate(&self, models: (usize, usize)) -> Value {
        let written = self.written.iter().find(|written| written.models == models);
        written.map_or(Value::Null, |written| Value::from(written.path.display().to_string()))
    }
}

/// The answer for people.
pub fn text(report: &Report<'_>) -> String {
    let bold = Style::new().bold();
    let [yellow, red] = [AnsiColor::Yellow, AnsiColor::Red].map(|colour| colour.on_default().bold());
    let mut lines = Vec::new();
    let classes = report.partition.map(decided).unwrap_or_default();
    for (at, class) in classes.iter().enumerate() {
        let models = plural(class.networks().count(), "model", "models");
        let sure = match class.error_log2() {
            Some(k) => format!(", {}", verdict::error_at_most(k)),
            None if class.merges.is_empty() => String::new(),
            None => ", proved".to_string(),
        };
        lines.push(format!("{bold}class {}{bold:#}: {models}{sure}", at + 1));
        lines.push(format!("  {}", report.name(class.representative)));
        lines.extend(class.merges.iter().map(|merge| merge_line(report, class.representative, merge)));
    }
    for open in report.open() {
        let candidates: Vec<String> = open.candidates.iter().map(|&model| report.class_name(model)).collect();
        let why = reason_and_needed(&open.reason, &open.needed);
        let may = if candidates.is_empty() {
            String::new()
        } else {
            format!("  may be the same as {}", shortened(&candidates).join(", "))
        };
        lines.push(format!("{yellow}undecided{yellow:#}: {why}"));
        let first = open.models.first().copied().unwrap_or(0);
        lines.push(format!("  {}{may}", report.name(first)));
        lines.extend(open.merges.iter().map(|merge| merge_line(report, first, merge)));
    }
    for (model, failure) in report.failures {
        if let Some(model) = model {
            lines.push(format!("{red}error{red:#}: {}", clean(&failure.summary())));
            lines.push(format!("  {}", report.name(*model)));
        }
    }
    for separation in report.separations.iter().take(MOST) {
        lines.extend(separation_lines(report, separation));
    }
    if report.separations.len() > MOST {
        lines
            .push(format!("and {} more such evaluations (--json has them)", report.separations.len() - MOST));
    }
    lines.push(summary(report, classes.len()));
    lines.join("\n")
}

fn merge_line(report: &Report<'_>, representative: usize, merge: &Merge) -> String {
    let with =
        if merge.with == representative { String::new() } else { format!(" to {}", report.name(merge.with)) };
    format!("  {}  {}", report.name(merge.network), how(&merge.proof, report.relation, &with))
}

/// Why a model is in a class.
fn how(proof: &Proof, relation: Relation, with: &str) -> String {
    let relation = match (&proof.scale, relation) {
        (Some(scale), _) => {
            format!("equal{with} up to scale, times {}", number::rational(scale, Space::Short))
        }
        (None, relation) => format!("equal{with}{}", relation::suffix(relation)),
    };
    format!("{relation}, {}: {}", verdict::sure(&proof.method), verdict::method(&proof.method))
}

fn separation_lines(report: &Report<'_>, separation: &Separation) -> Vec<String> {
    let mut lines = Vec::new();
    for place in &separation.places {
        let mut at = verdict::inputs(report.inputs, &place.input, Space::Short);
        let output = number::index(&place.output);
        if !output.is_empty() || at.is_empty() {
            at.push(format!("output {output}").trim_end().to_string());
        }
        let word = if lines.is_empty() { "at" } else { "and at" };
        lines.push(format!("{word} {}", at.join(", ")));
    }
    if let (Some(prime), Some(last)) = (separation.prime, lines.last_mut()) {
        last.push_str(&format!(", modulo the prime {prime}"));
    }
    // Classes of one group together.
    let mut groups: Vec<(usize, Vec<String>, &[BigRational])> = Vec::new();
    for ((model, values), &group) in separation.values.iter().zip(&separation.groups) {
        let class = report.class_name(*model);
        match groups.iter_mut().find(|(known, ..)| *known == group) {
            Some((_, classes, _)) => classes.push(class),
            None => groups.push((group, vec![class], values)),
        }
    }
    let texts = number::distinct(&groups.iter().map(|(_, _, values)| *values).collect::<Vec<_>>());
    let more = groups.len().saturating_sub(MOST);
    for ((_, classes, _), values) in groups.into_iter().zip(texts).take(MOST) {
        lines.push(format!("  {} = {values}", shortened(&classes).join(", ")));
    }
    if more > 0 {
        lines.push(format!("  and {more} more values (--json has them)"));
    }
    lines
}

fn shortened(names: &[String]) -> Vec<String> {
    let mut shown: Vec<String> = names.iter().take(MOST).cloned().collect();
    if names.len() > MOST {
        shown.push(format!("and {} more", names.len() - MOST));
    }
    shown
}

fn summary(report: &Report<'_>, classes: usize) -> String {
    let mut parts = vec![plural(report.names.len(), "model", "models"), plural(classes, "class", "classes")];
    let open: usize = report.open().iter().map(|open| open.models.len()).sum();
    if open > 0 {
        parts.push(format!("{open} undecided"));
    }
    if !report.failed.is_empty() {
        parts.push(format!("{} with errors", report.failed.len()));
    }
    let comparisons = report.partition.map_or(0, Partition::comparisons);
    parts.push(plural(comparisons, "comparison", "comparisons"));
    if !report.written.is_empty() {
        let written = report.written.len() as u64;
        parts.push(plural(written, "certificate written", "certificates written"));
    }
    format!("{}  [{:.3} s]", parts.join(", "), report.seconds)
}

/// The answer for programs, in the schema of `grammar/json.md`.
pub fn json(report: &Report<'_>) -> Value {
    let classes = report.partition.map(decided).unwrap_or_default();
    let listed: Vec<Value> = classes
        .iter()
        .enumerate()
        .map(|(at, class)| {
            json!({
                "class": at + 1,
                "models": class.networks().map(|model| report.names[model]).collect::<Vec<&str>>(),
                "certain": class.certain(),
                "error_log2": evidence::error_log2(class.error_log2()),
                "merges": class.merges.iter().map(|merge| merge_json(report, merge)).collect::<Vec<Value>>(),
            })
        })
        .collect();
    let undecided: Vec<Value> = report
        .open()
        .iter()
        .map(|open| {
            json!({
                "models": open.models.iter().map(|&model| report.names[model]).collect::<Vec<&str>>(),
                "merges": open.merges.iter().map(|merge| merge_json(report, merge)).collect::<Vec<Value>>(),
                "candidates": open.candidates.iter().map(|&model| report.names[model]).collect::<Vec<&str>>(),
                "reason": open.reason,
                "needed": open.needed,
            })
        })
        .collect();
    let separations: Vec<Value> = report.separations.iter().map(|one| separation_json(report, one)).collect();
    let apart: Vec<Value> = report
        .written
        .iter()
        .filter_map(|written| {
            let classes = (report.class(written.models.0)?, report.class(written.models.1)?);
            Some(
                json!({"classes": [classes.0, classes.1], "certificate": written.path.display().to_string()}),
            )
        })
        .collect();
    let error = |(model, failure): &(Option<usize>, Failure)| {
        let model = model.map(|model| report.names[model]);
        json!({"model": model, "message": failure.summary(), "text": failure.plain()})
    };
    let errors: Vec<Value> = report.failures.iter().map(error).collect();
    json!({
        "schema": 1,
        "models": report.names,
        "classes": listed,
        "undecided": undecided,
        "separations": separations,
        "separation_certificates": apart,
        "error_log2": evidence::error_log2(report.partition.and_then(Partition::error_log2)),
        "comparisons": report.partition.map_or(0, Partition::comparisons),
        "errors": errors,
        "seconds": to_json::seconds(report.seconds),
    })
}

fn merge_json(report: &Report<'_>, merge: &Merge) -> Value {
    json!({
        "model": report.names[merge.network],
        "with": report.names[merge.with],
        "certain": merge.proof.method.certain(),
        "error_log2": evidence::error_log2(merge.proof.method.error_log2()),
        "evidence": evidence::proof(&merge.proof),
        "certificate": report.certificate((merge.network, merge.with)),
    })
}

fn separation_json(report: &Report<'_>, separation: &Separation) -> Value {
    let place = |place: &Place| {
        let input = evidence::point(report.inputs, &place.input);
        let floats = evidence::point_in_floats(report.inputs, &place.input);
        json!({"input": input, "input_float": floats, "output": place.output})
    };
    let row = |((model, values), group): (&(usize, Vec<BigRational>), &usize)| {
        let [exact, floats] = [to_json::rational, to_json::nearest]
            .map(|number| values.iter().map(number).collect::<Vec<Value>>());
        json!({"class": report.class(*model), "group": group, "values": exact, "values_float": floats})
    };
    json!({
        "evaluations": separation.places.iter().map(place).collect::<Vec<Value>>(),
        "prime": separation.prime.map(|prime| prime.to_string()),
        "values": separation.values.iter().zip(&separation.groups).map(row).collect::<Vec<Value>>(),
    })
}
