//! From an answer to a certificate: what the search found, in the words of `grammar/certificate.md`.
//!
//! [`certify`] reads the models again, as the checker will, and lets the checker work out the evidence and
//! check it. The search only gives hints: which method decided, the factor of a relation, the inputs of a
//! witness.

use std::cmp::Ordering;

use num_rational::BigRational;
use thiserror::Error;

use super::answer::{Answer, Finding, Status};
use crate::certificate::{
    Agreement, Certificate, DegreeEvidence, Evaluation, Evidence, InnerProduct, Layerwise, Natural, Nested,
    NormalForm, Number, RandomEvaluation, Rewrite, Source, Statement, VERSION, Values, Verdict,
};
use crate::check::{Reader, Refusal, RefusalKind, Subject, Work, invalid, replay, with_residues};
use crate::domain::Relation;
use crate::equality::{self, Method};
use crate::network::Tensor;
use crate::similarity::Inner;

/// Why there is no certificate.
#[derive(Clone, Debug, Error)]
pub enum CertifyError {
    /// The claim is undecided.
    #[error("an undecided claim has no certificate")]
    Undecided,
    /// The checker accepts no evidence.
    #[error("no evidence for this is accepted by the checker: {0}")]
    Refused(Refusal),
    /// The text of the certificate reads back as something else.
    #[error("the certificate cannot be read back: a number is longer than the format allows")]
    Written,
}

/// The certificate of an answer.
///
/// # Errors
/// When the models cannot be read again, or the checker accepts nothing that would prove the answer.
pub fn certify(source: Source, answer: &Answer) -> Result<Certificate, CertifyError> {
    certify_with(&mut Reader::default(), source, answer)
}

/// The certificate of an answer, as [`certify`] makes it, with a reader that may have read its files already.
///
/// # Errors
/// As [`certify`].
pub fn certify_with(
    reader: &mut Reader,
    source: Source,
    answer: &Answer,
) -> Result<Certificate, CertifyError> {
    let subject = reader.read(&source).map_err(CertifyError::Refused)?;
    let verdict = match answer.status {
        Status::Holds => Verdict::Holds,
        Status::Fails => Verdict::Fails,
        Status::Undecided => return Err(CertifyError::Undecided),
    };
    let mut certificate = Certificate {
        samenet_certificate: VERSION,
        statement: subject.statement.clone(),
        source,
        models: subject.models.clone(),
        weights: subject.weights.clone(),
        verdict,
        evidence: Evidence::Identical {},
    };
    let kinds = match &answer.finding {
        Finding::Equal { proof, .. } => kinds(&proof.method),
        Finding::Different { .. } => &[Kind::Witness],
        Finding::Degree(_) => &[Kind::Degree, Kind::NormalForm],
        Finding::Number(_) => &[Kind::InnerProduct],
        Finding::Undecided(_) => return Err(CertifyError::Undecided),
    };
    let mut first: Option<Refusal> = None;
    for kind in kinds {
        // The checker accepts what it works out itself, so this checks the certificate too.
        let refusal = match hint(*kind, &answer.finding, &subject)
            .and_then(|hint| replay(&hint, &subject, &Work::new()))
        {
            Ok((evidence, verdict)) if verdict == certificate.verdict => {
                certificate.evidence = evidence;
                let read = Certificate::from_json(&certificate.to_json());
                let same = read.as_ref() == Ok(&certificate);
                return if same { Ok(certificate) } else { Err(CertifyError::Written) };
            }
            Ok(_) => invalid("verdict", "the evidence shows the opposite"),
            Err(refusal) => refusal,
        };
        // A kind of evidence that does not fit the statement says less than one that fails.
        let unfit = |first: &Refusal| first.kind == RefusalKind::Invalid && first.field == "evidence";
        first = first.filter(|first| !unfit(first)).or(Some(refusal));
    }
    let nothing = || invalid("evidence", "there is no kind of evidence for it");
    Err(CertifyError::Refused(first.unwrap_or_else(nothing)))
}

/// A kind of evidence to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Witness,
    Identical,
    Rewrite { folded: bool },
    Layerwise,
    Grid,
    Enumeration,
    NormalForm,
    Random { everywhere: bool },
    Degree,
    InnerProduct,
}

/// The kinds of evidence to try for a method, its own first. A proof never becomes a mere bound on an error.
fn kinds(method: &Method) -> &'static [Kind] {
    use Kind::{Enumeration, Grid, Identical, Layerwise, NormalForm, Random};
    const PLAIN: Kind = Kind::Rewrite { folded: false };
    const FOLDED: Kind = Kind::Rewrite { folded: true };
    match method {
        Method::RandomEvaluation { .. } => &[Random { everywhere: false }, Random { everywhere: true }],
        Method::Grid { .. } | Method::Enumeration { .. } => {
            &[Grid, Enumeration, NormalForm, PLAIN, Layerwise]
        }
        Method::NormalForm { .. } => &[NormalForm, Grid, Enumeration, PLAIN, Layerwise],
        Method::Rewrite(_) => &[PLAIN, FOLDED, Layerwise, Grid, Enumeration, NormalForm],
        Method::Layerwise { .. } => &[Layerwise, PLAIN, FOLDED, Grid, Enumeration, NormalForm],
        _ => &[Identical, PLAIN, FOLDED, Layerwise, Grid, Enumeration, NormalForm],
    }
}

/// Witnesses are exact up to this product of the digits of their values and the numbers of both models.
const EXACT: u64 = 1 << 30;

fn digits(evaluation: &Evaluation) -> u64 {
    let length = |number: &Number| number.0.numer().bits().max(number.0.denom().bits()) / 3;
    match &evaluation.values {
        Values::Exact { a, b } => length(a).max(length(b)),
        Values::Residues { .. } => 0,
    }
}

/// The part of the evidence that the search knows; the checker works out the rest.
fn hint(kind: Kind, finding: &Finding, subject: &Subject) -> Result<Evidence, Refusal> {
    let scale = match finding {
        Finding::Equal { proof, .. } => proof.scale.clone().map(Number),
        _ => None,
    };
    Ok(match (kind, finding) {
        (Kind::Witness, Finding::Different { witness, .. }) => {
            let mut evaluations: Vec<Evaluation> = witness.evaluations.iter().map(evaluation).collect();
            let key = |evaluation: &Evaluation| (evaluation.output.clone(), evaluation.input.clone());
            evaluations.sort_by(|x, y| key(x).partial_cmp(&key(y)).unwrap_or(Ordering::Equal));
            // Exact values are checked modulo as many primes as they are long.
            let long = evaluations.iter().map(digits).max().unwrap_or(0).saturating_mul(subject.parameters());
            // One evaluation says something up to scale by the signs of its values.
            let by_sign = evaluations.len() == 1
                && matches!(subject.statement, Statement::Equality { relation: Relation::UpToScale, .. });
            if long > EXACT && !by_sign {
                let residues = |evaluation| with_residues(subject, evaluation, &Work::new());
                evaluations = evaluations.iter().map(residues).collect::<Result<_, _>>()?;
            }
            Evidence::Witness { evaluations }
        }
        (Kind::Witness, _) => return Err(invalid("evidence", "a witness is for models that differ")),
        (Kind::Identical, _) => Evidence::Identical {},
        (Kind::Rewrite { folded }, _) => Evidence::Rewrite(Rewrite { scale, folded, layers: Vec::new() }),
        (Kind::Layerwise, _) => Evidence::Layerwise(Layerwise { scale, ..Layerwise::default() }),
        (Kind::Grid, _) => Evidence::Grid(Agreement { scale, ..Agreement::default() }),
        (Kind::Enumeration, _) => Evidence::Enumeration(Agreement { scale, ..Agreement::default() }),
        (Kind::NormalForm, _) => Evidence::NormalForm(NormalForm { scale, forms: Vec::new() }),
        (Kind::Random { everywhere }, _) => {
            Evidence::RandomEvaluation(RandomEvaluation { scale, everywhere, ..RandomEvaluation::default() })
        }
        (Kind::Degree, _) => Evidence::Degree(DegreeEvidence::default()),
        (Kind::InnerProduct, Finding::Number(measured)) => {
            let Inner { aa, ab, bb } = &measured.inner;
            let [aa, ab, bb] = [aa, ab, bb].map(|product| Number(product.clone()));
            Evidence::InnerProduct(InnerProduct { aa, ab, bb })
        }
        (Kind::InnerProduct, _) => return Err(invalid("evidence", "expected inner products")),
    })
}

fn evaluation(evaluation: &equality::Evaluation) -> Evaluation {
    let number = |value: &BigRational| Number(value.clone());
    let nested = |tensor: &Tensor<BigRational>| Nested::new(tensor.shape(), tensor.data(), number);
    Evaluation {
        input: evaluation.input.iter().map(nested).collect(),
        output: evaluation.output.clone(),
        values: match &evaluation.values {
            equality::Values::Exact { a, b } => Values::Exact { a: number(a), b: number(b) },
            equality::Values::Residues { prime, a, b } => {
                Values::Residues { prime: Natural(*prime), a: Natural(*a), b: Natural(*b) }
            }
        },
    }
}
