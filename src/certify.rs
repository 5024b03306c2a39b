//! From an answer to a certificate: what the search found, in the words of `grammar/certificate.md`.
//!
//! [`certify`] reads the models again, as whoever verifies the certificate will, has the checker compute what
//! follows from them, and has it check the result. What the search knows enters as a hint: which method decided, the
//! factor of a relation, the inputs of a witness.

use std::cmp::Ordering;

use num_rational::BigRational;
use thiserror::Error;

use crate::certificate::{
    Certificate, Evaluation, Evidence, FormatError, Leading, Natural, Nested, Number, Rewrite, Source,
    VERSION, Values, Verdict,
};
use crate::check::{Pair, Planner, Refusal, RefusalKind, Subject, recheck};
use crate::equality::{self, Method};
use crate::network::{Network, Tensor};

/// What is to be certified.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// The verdict on an equality; not an undecided one.
    Equality(&'a equality::Verdict),
    /// Whether a statement about a degree holds.
    Degree(bool),
}

/// A certificate, self-checked.
#[derive(Clone, Debug)]
pub struct Certified {
    /// The certificate.
    pub certificate: Certificate,
    /// Why the checker could not check all of it within its limits, if it could not.
    pub incomplete: Option<String>,
}

/// Why there is no certificate.
#[derive(Clone, Debug, Error)]
pub enum CertifyError {
    /// The answer is that there is none.
    #[error("an undecided claim has no certificate")]
    Undecided,
    /// The checker accepts no evidence for it.
    #[error("no evidence for this is accepted by the checker: {0}")]
    Refused(Refusal),
    /// The certificate could not be read back.
    #[error(transparent)]
    Format(#[from] FormatError),
}

impl From<Refusal> for CertifyError {
    fn from(refusal: Refusal) -> CertifyError {
        CertifyError::Refused(refusal)
    }
}

/// The certificate of an answer.
///
/// # Errors
/// When the models cannot be read again, or the checker accepts nothing that would prove the answer.
pub fn certify(source: Source, answer: Answer<'_>) -> Result<Certified, CertifyError> {
    let subject = Subject::read(&source)?;
    let mut certificate = Certificate {
        samenet_certificate: VERSION,
        statement: subject.statement.clone(),
        source,
        models: subject.models.clone(),
        weights: subject.weights.clone(),
        verdict: Verdict::Holds,
        evidence: Evidence::Identical {},
    };
    let kinds = match answer {
        Answer::Equality(equality::Verdict::Undecided { .. }) => return Err(CertifyError::Undecided),
        Answer::Equality(verdict) => {
            let related = matches!(verdict, equality::Verdict::Equal(_));
            let negated =
                matches!(&subject.statement, crate::certificate::Statement::Equality { negated: true, .. });
            certificate.verdict = if related != negated { Verdict::Holds } else { Verdict::Fails };
            match verdict {
                equality::Verdict::Equal(proof) => kinds(&proof.method),
                _ => &[Kind::Witness],
            }
        }
        Answer::Degree(holds) => {
            certificate.verdict = if holds { Verdict::Holds } else { Verdict::Fails };
            &[Kind::DegreeBound, Kind::Leading, Kind::Expansion]
        }
    };
    let (mut incomplete, mut refused) = (None, None);
    for kind in kinds {
        let evidence = match evidence(*kind, &subject, answer) {
            Ok(evidence) => evidence,
            Err(refusal) => {
                refused.get_or_insert(refusal);
                continue;
            }
        };
        certificate.evidence = evidence;
        // What is written is what is read again.
        let written = Certificate::from_json(&certificate.to_json())?;
        match recheck(&written, &subject) {
            Ok(()) => return Ok(Certified { certificate: written, incomplete: None }),
            Err(refusal) if refusal.kind == RefusalKind::Incomplete => {
                incomplete
                    .get_or_insert(Certified { certificate: written, incomplete: Some(refusal.reason) });
            }
            Err(refusal) => {
                refused.get_or_insert(refusal);
            }
        }
    }
    let refused = || refused.unwrap_or_else(|| crate::check::nothing("there is no kind of evidence for it"));
    incomplete.ok_or_else(|| CertifyError::Refused(refused()))
}

/// A kind of evidence to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Witness,
    Identical,
    Rewrite { folded: bool },
    Agreement,
    NormalForm,
    Random { everywhere: bool },
    DegreeBound,
    Leading,
    Expansion,
}

/// The kinds of evidence to try for a method, its own first. A proof never becomes a mere bound on an error.
fn kinds(method: &Method) -> &'static [Kind] {
    use Kind::{Agreement, Identical, NormalForm, Random};
    const PLAIN: Kind = Kind::Rewrite { folded: false };
    const FOLDED: Kind = Kind::Rewrite { folded: true };
    match method {
        Method::RandomEvaluation { .. } => &[Random { everywhere: false }, Random { everywhere: true }],
        Method::Grid { .. } | Method::Enumeration { .. } => &[Agreement, NormalForm, PLAIN],
        Method::NormalForm { .. } => &[NormalForm, Agreement, PLAIN],
        // What is recognised: node for node, or unit for unit.
        _ => &[Identical, PLAIN, FOLDED, Agreement, NormalForm],
    }
}

/// Evidence of a kind, not checked yet.
fn evidence(kind: Kind, subject: &Subject, answer: Answer<'_>) -> Result<Evidence, Refusal> {
    let scale = match answer {
        Answer::Equality(equality::Verdict::Equal(proof)) => proof.scale.as_ref(),
        _ => None,
    };
    let other = || crate::check::nothing("this kind of evidence is for other statements");
    let pair = || subject.pair(scale).ok_or_else(other);
    let network = || subject.network().ok_or_else(other);
    let planner = Planner::new();
    Ok(match kind {
        Kind::Witness => match answer {
            Answer::Equality(equality::Verdict::Different(witness)) => {
                let mut evaluations: Vec<Evaluation> = witness.evaluations.iter().map(evaluation).collect();
                let key = |evaluation: &Evaluation| (evaluation.output.clone(), evaluation.input.clone());
                evaluations.sort_by(|x, y| key(x).partial_cmp(&key(y)).unwrap_or(Ordering::Equal));
                Evidence::Witness { evaluations }
            }
            _ => return Err(other()),
        },
        Kind::Identical => Evidence::Identical {},
        Kind::Rewrite { folded } => {
            Evidence::Rewrite(Rewrite { scale: scale.cloned().map(Number), folded, units: Vec::new() })
        }
        Kind::Agreement => agreement(&planner, &pair()?)?,
        Kind::NormalForm => Evidence::NormalForm(planner.normal_form(&pair()?)?),
        Kind::Random { everywhere } => Evidence::RandomEvaluation(planner.random(&pair()?, everywhere)?),
        Kind::DegreeBound => Evidence::DegreeBound { degree: planner.degree_bound(network()?)? },
        Kind::Leading => leading(&planner, network()?)?,
        Kind::Expansion => Evidence::NormalForm(planner.expansion(network()?)?),
    })
}

fn agreement(planner: &Planner, pair: &Pair) -> Result<Evidence, Refusal> {
    let agreement = planner.agreement(pair)?;
    Ok(if planner.has_free_inputs(pair) {
        Evidence::Grid(agreement)
    } else {
        Evidence::Enumeration(agreement)
    })
}

/// How many directions are tried.
const DIRECTIONS: u64 = 8;

/// A direction in which the coefficient of highest degree is not zero.
fn leading(planner: &Planner, network: &Network) -> Result<Evidence, Refusal> {
    let degree = planner.degree_bound(network)?;
    let prime = planner.largest_prime(network);
    for power in 1..=DIRECTIONS as u32 {
        let entries = 1..=network.variables() as u64;
        // Small and different numbers; another power for every try.
        let direction: Vec<u64> = entries.map(|i| i.wrapping_pow(power) % prime).collect();
        let tops = planner.tops(network, prime, &direction)?;
        let reached = tops.iter().position(|top| top.is_some_and(|(d, c)| Some(d) == degree && c != 0));
        if let Some(position) = reached
            && let Some((degree, coefficient)) = tops[position]
        {
            return Ok(Evidence::Leading(Leading {
                degree,
                prime: Natural(prime),
                direction: direction.into_iter().map(Natural).collect(),
                output: network.output_shape().unravel(position),
                coefficient: Natural(coefficient),
            }));
        }
    }
    Err(crate::check::nothing("the bound on the degree is not reached in the directions tried"))
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
