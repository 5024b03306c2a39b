//! The checker: verifies a certificate without trust in the program that wrote it.
//!
//! [`verify`] reads the models again, works out for itself every field that a certificate of this kind must
//! have, and compares. It never searches: the certificate says which proof to carry out.
//! `grammar/certificate.md` describes in words what the checker does, for readers who want to write another
//! one.
//!
//! The checker shares with the search how files become networks (which includes constant folding, and for
//! that the evaluator of networks over rational numbers), the graph of a network, and the words of
//! certificates and domains. It shares no method, no other arithmetic, and nothing that decides: it
//! evaluates, bounds and tests primes with code of its own, which is written to be read. A mistake in the
//! shared part would mislead both. To rule that out for one model, compare the network that
//! `samenet show MODEL --canonical` prints with what you mean.
//!
//! A certificate that is not valid comes back as a [`Refusal`]: the field that is wrong, and why; or that
//! checking it goes beyond the limits of the checker, which says nothing about the certificate; or that there
//! is nothing to check.
//!
//! * `subject` reads the models, `canonical` digests them;
//! * `evaluate` is the evaluator, over `residues` modulo a prime, `bounds` of degree and size, and sums of
//!   `terms`, which are polynomials or are made of names; `number` are their coefficients;
//! * `witness`, `agreement` (grid, enumeration), `random`, `normal_form`, `rewrite`, `layerwise`, `degree`
//!   and `inner_product` have one kind of evidence each; `points` are the points of a domain;
//! * `moments` are those of the layerwise recursion, of the nodes of two networks (`joint`), by contractions
//!   of many `factors`; `expansion` has inner products of polynomials.

mod agreement;
mod bounds;
mod canonical;
mod degree;
mod evaluate;
mod expansion;
mod factors;
mod inner_product;
mod joint;
mod layerwise;
mod moments;
mod normal_form;
mod number;
mod outcome;
mod points;
mod random;
mod residues;
mod rewrite;
mod subject;
mod terms;
mod witness;

use serde::Serialize;
use serde_json::Value;

pub use canonical::{canonical, constants, digest};
pub use outcome::{Refusal, RefusalKind};
pub(crate) use outcome::{Work, invalid};
pub use subject::{Reader, Subject};
pub(crate) use witness::with_residues;

use crate::certificate::{Certificate, Evidence, Statement, Verdict};
use outcome::{incomplete, require, unreadable};

/// Verifies a certificate, given as text. Paths in it are relative to the working directory.
///
/// # Errors
/// Why it is not valid: something is wrong, or beyond the checker's limits, or cannot be read.
pub fn verify(text: &str) -> Result<Certificate, Refusal> {
    verify_with(&mut Reader::default(), text)
}

/// Verifies a certificate, as [`verify`] does, with a reader that may have read its files already.
///
/// # Errors
/// As [`verify`].
pub fn verify_with(reader: &mut Reader, text: &str) -> Result<Certificate, Refusal> {
    let certificate =
        Certificate::from_json(text).map_err(|error| unreadable("certificate", error.to_string()))?;
    recheck(&certificate, &reader.read(&certificate.source)?)?;
    Ok(certificate)
}

/// Checks a certificate against its subject, which has been read from its source.
fn recheck(certificate: &Certificate, subject: &Subject) -> Result<(), Refusal> {
    compare("statement", &certificate.statement, &subject.statement)?;
    compare("weights", &certificate.weights, &subject.weights)?;
    compare("models", &certificate.models, &subject.models)?;
    compare("verdict", &certificate.verdict, &shows(&certificate.evidence, subject)?)
}

/// What evidence shows about the statement of a subject.
///
/// # Errors
/// Why it shows nothing: something in it is wrong, or checking it goes beyond the checker's limits.
pub fn shows(evidence: &Evidence, subject: &Subject) -> Result<Verdict, Refusal> {
    let work = Work::new();
    let (found, verdict) = replay(evidence, subject, &work)?;
    compare("evidence", evidence, &found)?;
    work.spend(0)?;
    Ok(verdict)
}

/// Inputs of more entries are not looked at.
const MOST_VARIABLES: usize = 1 << 24;

/// What evidence of a kind says about a subject, and the verdict that it shows. Of the evidence that is
/// given, only what cannot be worked out is used: the factor of a relation up to scale, whether a rewrite is
/// folded, whether randomness ignores the domain, and all of a witness and of inner products.
pub(crate) fn replay(
    given: &Evidence,
    subject: &Subject,
    work: &Work,
) -> Result<(Evidence, Verdict), Refusal> {
    let variables = subject.networks.first().map_or(0, |network| network.variables());
    if variables > MOST_VARIABLES {
        return Err(incomplete(format!("the inputs have {variables} entries, more than {MOST_VARIABLES}")));
    }
    let verdict = |holds| if holds { Verdict::Holds } else { Verdict::Fails };
    let (evidence, related) = match given {
        Evidence::Degree(_) => {
            let (evidence, holds) = degree::degree(subject, work)?;
            return Ok((evidence, verdict(holds)));
        }
        Evidence::InnerProduct(products) => {
            let holds = inner_product::inner_product(subject, products, work)?;
            return Ok((given.clone(), verdict(holds)));
        }
        Evidence::NormalForm(form) => match (&subject.statement, subject.networks.as_slice()) {
            (Statement::Degree { comparison, bound }, [network]) => {
                let (form, degree) = normal_form::of_model(network, work)?;
                let holds = degree::compare(degree, *comparison, &bound.0);
                return Ok((Evidence::NormalForm(form), verdict(holds)));
            }
            _ => (Evidence::NormalForm(normal_form::of_pair(subject, form.scale.as_ref(), work)?), true),
        },
        Evidence::Witness { evaluations } => {
            witness::check(subject, evaluations, work)?;
            (given.clone(), false)
        }
        Evidence::Identical {} => {
            let scale = subject.one();
            let pair = subject.pair(scale.as_ref(), "identical")?;
            let reason = "the models are not one network";
            require(canonical::identical(pair.a, pair.b)?, "evidence.identical", reason)?;
            (Evidence::Identical {}, true)
        }
        Evidence::Rewrite(given) => {
            let scale = given.scale.as_ref();
            (Evidence::Rewrite(rewrite::rewrite(subject, scale, given.folded, work)?), true)
        }
        Evidence::Layerwise(given) => {
            (Evidence::Layerwise(layerwise::layerwise(subject, given.scale.as_ref(), work)?), true)
        }
        Evidence::Grid(given) => {
            let agreement = agreement::agreement(subject, given.scale.as_ref(), "grid", work)?;
            (Evidence::Grid(agreement), true)
        }
        Evidence::Enumeration(given) => {
            let agreement = agreement::agreement(subject, given.scale.as_ref(), "enumeration", work)?;
            (Evidence::Enumeration(agreement), true)
        }
        Evidence::RandomEvaluation(given) => {
            let scale = given.scale.as_ref();
            let random = random::random_evaluation(subject, scale, given.everywhere, work)?;
            (Evidence::RandomEvaluation(random), true)
        }
    };
    let negated = matches!(subject.statement, Statement::Equality { negated: true, .. });
    Ok((evidence, verdict(related != negated)))
}

/// Compares what is claimed with what is, and names the first field that differs.
fn compare<T: Serialize>(field: &str, claimed: &T, found: &T) -> Result<(), Refusal> {
    let tree = |value: &T| serde_json::to_value(value).map_err(|error| unreadable(field, error.to_string()));
    compare_trees(field, &tree(claimed)?, &tree(found)?)
}

fn compare_trees(field: &str, claimed: &Value, found: &Value) -> Result<(), Refusal> {
    match (claimed, found) {
        (Value::Object(claimed), Value::Object(found)) if claimed.keys().eq(found.keys()) => {
            let mut fields = claimed.iter().zip(found.values());
            fields.try_for_each(|((name, one), two)| compare_trees(&format!("{field}.{name}"), one, two))
        }
        (Value::Array(claimed), Value::Array(found)) => {
            for (position, (one, two)) in claimed.iter().zip(found).enumerate() {
                compare_trees(&format!("{field}.{position}"), one, two)?;
            }
            let (one, two) = (claimed.len(), found.len());
            require(one == two, field, &format!("there are {two}, and {one} are claimed"))
        }
        _ => {
            let short = |value: &Value| value.to_string().chars().take(80).collect::<String>();
            let reason = format!("it is {}, and {} is claimed", short(found), short(claimed));
            require(claimed == found, field, &reason)
        }
    }
}
