//! What a certificate is about: its models, read again from their files.

use std::path::Path;

use num_rational::BigRational;
use num_traits::One;

use super::canonical::digest;
use super::outcome::{Refusal, invalid, unreadable};
use super::pair::Pair;
use crate::certificate::{
    Binding, ComparisonName, Hash, ModelSource, Number, RelationName, Source, Statement, WeightFile, sets,
};
use crate::diagnostic::{Diagnostic, Sources};
use crate::domain::Domain;
use crate::model::{Bindings, ClaimKind, Model, Program, read_domain};
use crate::network::Network;
use crate::syntax::ast::Comparison;

/// The models of a certificate and what is claimed of them.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What is claimed.
    pub statement: Statement,
    /// The digests of the models' canonical forms.
    pub models: Vec<Hash>,
    /// Every weight file that was read, in ascending order of paths.
    pub weights: Vec<WeightFile>,
    /// The models.
    pub(crate) networks: Networks,
}

/// The models of a statement.
#[derive(Clone, Debug)]
pub(crate) enum Networks {
    /// Of an equality, on a domain.
    Two(Network, Network, Domain),
    /// Of a degree.
    One(Network),
}

impl Networks {
    /// The number of input entries.
    pub(super) fn variables(&self) -> usize {
        let (Networks::Two(network, ..) | Networks::One(network)) = self;
        network.variables()
    }
}

impl Subject {
    /// Reads the models of a source, and everything that follows from it without evidence.
    ///
    /// # Errors
    /// When a file cannot be read, or the source does not fit what is in it.
    pub fn read(source: &Source) -> Result<Subject, Refusal> {
        let (statement, networks, files) = match source {
            Source::Claim { file, set, number, text } => claim(file, set, *number, text)?,
            Source::Models { a, b, relation, on } => models(a, b, *relation, on.as_deref())?,
        };
        let models = match &networks {
            Networks::Two(a, b, _) => vec![digest(a)?, digest(b)?],
            Networks::One(network) => vec![digest(network)?],
        };
        let mut weights = Vec::with_capacity(files.len());
        for file in files {
            let sha256 = file.sha256().map_err(|error| unreadable("weights", error.to_string()))?;
            weights.push(WeightFile { file: file.path().display().to_string(), sha256: Hash(sha256) });
        }
        weights.sort();
        weights.dedup();
        Ok(Subject { statement, models, weights, networks })
    }

    /// The two models of an equality with the factor of a relation up to scale; `None` for other statements.
    pub(crate) fn pair(&self, scale: Option<&BigRational>) -> Option<Pair> {
        let (Networks::Two(a, b, domain), Statement::Equality { relation, .. }) =
            (&self.networks, &self.statement)
        else {
            return None;
        };
        let digests = [*self.models.first()?, *self.models.get(1)?];
        Some(Pair {
            a: a.clone(),
            b: b.clone(),
            relation: *relation,
            scale: scale.cloned().unwrap_or_else(BigRational::one),
            domain: domain.clone(),
            digests,
            statement: self.statement.to_line(),
        })
    }
}

impl Subject {
    /// The model of a statement about one; `None` for other statements.
    pub(crate) fn network(&self) -> Option<&Network> {
        match &self.networks {
            Networks::One(network) => Some(network),
            Networks::Two(..) => None,
        }
    }
}

type Read = (Statement, Networks, Vec<crate::model::WeightFile>);

fn failed(field: &str, diagnostics: &[Diagnostic]) -> Refusal {
    let first = diagnostics.first().map_or("there is nothing to read", |diagnostic| &diagnostic.message);
    unreadable(field, first)
}

fn bindings(set: &[Binding]) -> Bindings {
    Bindings(set.iter().map(|binding| (binding.name.clone(), (&binding.file).into())).collect())
}

fn claim(file: &str, set: &[Binding], number: usize, text: &str) -> Result<Read, Refusal> {
    let mut sources = Sources::default();
    let program = Program::load(Path::new(file), &bindings(set), &mut sources)
        .map_err(|diagnostics| failed("source.claim.file", &diagnostics))?;
    let count = program.claims.len();
    let found = number.checked_sub(1).and_then(|position| program.claims.into_iter().nth(position));
    let claim = found.ok_or_else(|| {
        invalid("source.claim.number", format!("`{file}` has {count} claims, and this is claim {number}"))
    })?;
    if claim.text != text {
        let reason = format!("claim {number} of `{file}` is `{}`", claim.text);
        return Err(invalid("source.claim.text", reason));
    }
    let (statement, networks) = match claim.kind {
        ClaimKind::Equality { a, b, negated, relation, domain } => {
            let statement = Statement::Equality { relation: relation.into(), negated, domain: sets(&domain) };
            (statement, Networks::Two(a, b, domain))
        }
        ClaimKind::Degree { network, comparison, bound } => {
            let comparison = match comparison {
                Comparison::Less => ComparisonName::Less,
                Comparison::AtMost => ComparisonName::AtMost,
                Comparison::Greater => ComparisonName::Greater,
                Comparison::AtLeast => ComparisonName::AtLeast,
                Comparison::Equal => ComparisonName::Equal,
            };
            (Statement::Degree { comparison, bound: Number(bound) }, Networks::One(network))
        }
        ClaimKind::Metric { .. } => {
            let reason = "there are no certificates for similarity and distance";
            return Err(unreadable("source.claim.text", reason));
        }
    };
    Ok((statement, networks, program.weight_files))
}

fn models(
    a: &ModelSource,
    b: &ModelSource,
    relation: RelationName,
    on: Option<&str>,
) -> Result<Read, Refusal> {
    let mut files = Vec::new();
    let mut model = |source: &ModelSource, field: &str| -> Result<Model, Refusal> {
        let (path, name) = (Path::new(&source.file), Some(source.model.as_str()));
        let (model, read) = Program::load_model(path, name, &bindings(&source.set), &mut Sources::default())
            .map_err(|diagnostics| failed(field, &diagnostics))?;
        files.extend(read);
        Ok(model)
    };
    let (a, b) = (model(a, "source.models.a")?.network, model(b, "source.models.b")?.network);
    let shapes =
        |network: &Network| network.inputs().iter().map(|input| input.shape.clone()).collect::<Vec<_>>();
    if shapes(&a) != shapes(&b) || a.output_shape() != b.output_shape() {
        return Err(unreadable("source.models", "the models have different shapes"));
    }
    if relation == RelationName::Shift && a.output_shape().axes().last().is_none_or(|&last| last < 2) {
        return Err(unreadable(
            "source.models.relation",
            "up to shift needs a last axis of two entries or more",
        ));
    }
    let domain = match on {
        None => Domain::everywhere(a.inputs().len()),
        Some(text) => read_domain(text, &[a.inputs(), b.inputs()], &mut Sources::default())
            .map_err(|diagnostics| failed("source.models.on", &diagnostics))?,
    };
    let statement = Statement::Equality { relation, negated: false, domain: sets(&domain) };
    Ok((statement, Networks::Two(a, b, domain), files))
}
