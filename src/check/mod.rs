//! The checker: verifies a certificate without trusting whoever wrote it.
//!
//! [`verify`] reads the models again, recomputes every field of the certificate itself, and replays the evidence.
//! It never searches. It shares with the rest of samenet how files become networks, the graph of a network, and the
//! vocabulary of certificates, but no arithmetic and no method: it has its own [evaluator](evaluate), bounds and
//! primality test, written to be read. `grammar/certificate.md` says what it does in words.
//!
//! * `subject` reads the models, `canonical` digests them, `pair` is the difference of two of them;
//! * `evaluate` is the evaluator, over `residues` modulo a prime, `exact` integers over a common scale, `bounds` of
//!   degree and size, `polynomial`s, and names (`rewrite`);
//! * `witness`, `agreement` (grid, enumeration, random evaluation), `normal_form`, `rewrite` and `degree` check one
//!   family of evidence each; `points` are the points of a domain.

mod agreement;
mod bounds;
mod canonical;
mod coefficient;
mod constant;
mod degree;
mod evaluate;
mod exact;
mod normal_form;
mod outcome;
mod pair;
mod plan;
mod points;
mod polynomial;
mod residues;
mod rewrite;
mod subject;
mod witness;

use num_rational::BigRational;
use num_traits::Signed;

pub use canonical::{canonical, constants, digest};
pub use outcome::{Refusal, RefusalKind};
pub(crate) use pair::Pair;
pub(crate) use plan::{Planner, nothing};
pub use subject::Subject;

use crate::certificate::{Certificate, Evidence, RelationName, Statement, Verdict};
use outcome::{Work, incomplete, invalid, require, unreadable};
use subject::Networks;

/// Verifies a certificate, given as text. Paths in it are relative to the working directory.
///
/// # Errors
/// Why it is not valid: something is wrong, or beyond the checker's limits, or cannot be read.
pub fn verify(text: &str) -> Result<Certificate, Refusal> {
    let certificate =
        Certificate::from_json(text).map_err(|error| unreadable("certificate", error.to_string()))?;
    let subject = Subject::read(&certificate.source)?;
    recheck(&certificate, &subject)?;
    Ok(certificate)
}

/// Inputs of more entries are not looked at.
const MOST_VARIABLES: usize = 1 << 24;

/// Checks a certificate against its subject, which has been read from its source.
pub(crate) fn recheck(certificate: &Certificate, subject: &Subject) -> Result<(), Refusal> {
    require(certificate.statement == subject.statement, "statement", || {
        format!("the source says {}", subject.statement.to_line())
    })?;
    for (position, (claimed, found)) in certificate.weights.iter().zip(&subject.weights).enumerate() {
        require(claimed == found, format!("weights.{position}"), || {
            format!("`{}` has the SHA-256 {}", found.file, found.sha256)
        })?;
    }
    require(certificate.weights.len() == subject.weights.len(), "weights", || {
        format!("{} weight files are read", subject.weights.len())
    })?;
    for (position, (claimed, found)) in certificate.models.iter().zip(&subject.models).enumerate() {
        require(claimed == found, format!("models.{position}"), || {
            format!("the canonical form of the model has the SHA-256 {found}")
        })?;
    }
    require(certificate.models.len() == subject.models.len(), "models", || {
        format!("the statement is about {} models", subject.models.len())
    })?;
    let variables = subject.networks.variables();
    if variables > MOST_VARIABLES {
        return Err(incomplete(format!("the inputs have {variables} entries, more than {MOST_VARIABLES}")));
    }
    let work = Work::new();
    let holds = match (&subject.statement, &subject.networks) {
        (Statement::Degree { comparison, bound }, Networks::One(network)) => {
            let known = degree::check(network, &certificate.evidence, &work)?;
            degree::truth(known, *comparison, &bound.0)
                .ok_or_else(|| invalid("evidence", "what it shows does not decide the statement"))?
        }
        (Statement::Equality { negated, .. }, _) => {
            let related = check_equality(&certificate.evidence, subject, &work)?;
            related != *negated
        }
        _ => return Err(invalid("statement", "the statement does not fit the models")),
    };
    work.status()?;
    let verdict = if holds { Verdict::Holds } else { Verdict::Fails };
    require(certificate.verdict == verdict, "verdict", || "the evidence shows the opposite".to_string())
}

/// Whether two models are related, which the evidence shows.
fn check_equality(evidence: &Evidence, subject: &Subject, work: &Work) -> Result<bool, Refusal> {
    let relation = match &subject.statement {
        Statement::Equality { relation, .. } => *relation,
        Statement::Degree { .. } => RelationName::Equal,
    };
    // The factor, which must be positive, where there is one.
    let pair = |scale: Option<&BigRational>, name: &str| {
        let field = || format!("evidence.{name}.scale");
        require((relation == RelationName::Scale) == scale.is_some(), field(), || {
            "a factor belongs to statements up to scale, and to no others".to_string()
        })?;
        require(scale.is_none_or(Signed::is_positive), field(), || "the factor is not positive".to_string())?;
        subject.pair(scale).ok_or_else(|| invalid("statement", "this is not about two models"))
    };
    let without = || subject.pair(None).ok_or_else(|| invalid("statement", "this is not about two models"));
    match evidence {
        Evidence::Witness { evaluations } => {
            return witness::check(&without()?, evaluations, work).map(|()| false);
        }
        Evidence::Identical {} => {
            let pair = without()?;
            require(canonical::identical(&pair.a, &pair.b)?, "evidence.identical", || {
                "the models are not one network".to_string()
            })?;
        }
        Evidence::Rewrite(claimed) => {
            rewrite::check(&pair(claimed.scale.as_ref().map(|c| &c.0), "rewrite")?, claimed, work)?;
        }
        Evidence::Grid(claimed) => {
            let pair = pair(claimed.scale.as_ref().map(|c| &c.0), "grid")?;
            agreement::check_agreement(&pair, claimed, "grid", work)?;
        }
        Evidence::Enumeration(claimed) => {
            let pair = pair(claimed.scale.as_ref().map(|c| &c.0), "enumeration")?;
            agreement::check_agreement(&pair, claimed, "enumeration", work)?;
        }
        Evidence::NormalForm(claimed) => {
            let pair = pair(claimed.scale.as_ref().map(|c| &c.0), "normal_form")?;
            normal_form::check(claimed, &normal_form::expand_pair(&pair, work)?)?;
        }
        Evidence::RandomEvaluation(claimed) => {
            let pair = pair(claimed.scale.as_ref().map(|c| &c.0), "random_evaluation")?;
            agreement::check_random(&pair, claimed, work)?;
        }
        Evidence::DegreeBound { .. } | Evidence::Leading(_) => {
            return Err(invalid("evidence", "this kind of evidence says nothing about two models"));
        }
    }
    Ok(true)
}
