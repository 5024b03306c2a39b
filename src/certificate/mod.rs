//! Certificates: verdicts that anyone can check again, as JSON files.
//!
//! This is the vocabulary, owned by neither the search nor the checker: what a certificate says, field by
//! field, and how it is written. `grammar/certificate.md` specifies it for readers who do not have this code.
//! The search writes certificates from what it found; a checker of its own verifies them.
//!
//! Every value has one spelling: unknown fields, repeated fields, fractions that are not in lowest terms and
//! missing fields are errors. So whatever is changed in a certificate changes what it says.

mod number;
mod rewrite;
mod tensor;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use number::{Hash, Natural, Number};
pub use rewrite::{Layer, Rewrite, Units};
pub use tensor::Nested;

use crate::domain::{Comparison, Domain, InputSet, Metric, Quantity, Relation};

/// The version of the format that this crate reads and writes.
pub const VERSION: u64 = 1;

/// A certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The version of the format: [`VERSION`].
    pub samenet_certificate: u64,
    /// Where the models and the claim come from.
    pub source: Source,
    /// What is claimed of the models.
    pub statement: Statement,
    /// The digest of the canonical form of every model: one for a degree, else two.
    pub models: Vec<Hash>,
    /// Every weight file that is read, in ascending order of paths.
    pub weights: Vec<WeightFile>,
    /// Whether the statement holds.
    pub verdict: Verdict,
    /// Why.
    pub evidence: Evidence,
}

/// Where models and claims come from. Paths are relative to the directory that the checker runs in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// A claim of a `.same` file.
    Claim {
        /// The file.
        file: String,
        /// Weight files bound with `--set`, in order.
        set: Vec<Binding>,
        /// The number of the claim among the claims of the file, from 1.
        number: usize,
        /// The claim as it stands in the file, white space collapsed.
        text: String,
    },
    /// Two models, as `samenet equal` takes them.
    Models {
        /// The first model.
        a: ModelSource,
        /// The second model.
        b: ModelSource,
        /// The relation that is asked about.
        relation: Relation,
        /// The domain, as `--on` takes it; `null` for all inputs.
        on: Option<String>,
    },
}

/// A model of a `.same` file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSource {
    /// The file.
    pub file: String,
    /// The name of the model.
    pub model: String,
    /// Weight files bound with `--set`, `--set-a` or `--set-b`, in order.
    pub set: Vec<Binding>,
}

/// A weight handle bound to a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// The handle, such as `W` or `other::W`.
    pub name: String,
    /// The file.
    pub file: String,
}

/// A weight file that the models read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightFile {
    /// The path it is opened under.
    pub file: String,
    /// SHA-256 of its bytes.
    pub sha256: Hash,
}

/// What is claimed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Statement {
    /// Two models are, or are not, related on a domain.
    Equality {
        /// The relation.
        relation: Relation,
        /// `true` for `!=`.
        negated: bool,
        /// A set for every input.
        domain: Vec<Set>,
    },
    /// The total degree of a model compares with a number.
    Degree {
        /// The comparison.
        comparison: Comparison,
        /// The number.
        bound: Number,
    },
    /// The similarity or the distance of two models compares with a number.
    Metric {
        /// Which of the two.
        quantity: Quantity,
        /// By which inner product; `None`, written `domain`, for the mean over the points of the domain.
        #[serde(with = "metric_or_domain")]
        metric: Option<Metric>,
        /// A set for every input: all inputs, unless the inner product is the mean over a domain.
        domain: Vec<Set>,
        /// The comparison.
        comparison: Comparison,
        /// The number.
        bound: Number,
    },
}

/// The set that an input ranges over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Set {
    /// Every tensor of the input's shape.
    Everything,
    /// Every entry is one of these, which are distinct and ascending.
    Finite(Vec<Number>),
    /// Every vector along the last axis has a single 1 and is 0 elsewhere.
    Onehot,
    /// One of these tensors, each of the input's shape, distinct, in ascending order.
    Points(Vec<Nested<Number>>),
}

/// The inner product of a statement as one word: a metric, or `domain` for `None`, the mean over a finite
/// domain.
mod metric_or_domain {
    use serde::de::IntoDeserializer;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::domain::Metric;

    const DOMAIN: &str = "domain";

    pub fn serialize<S: Serializer>(metric: &Option<Metric>, serializer: S) -> Result<S::Ok, S::Error> {
        match metric {
            Some(metric) => metric.serialize(serializer),
            None => serializer.serialize_str(DOMAIN),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Metric>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == DOMAIN { Ok(None) } else { Metric::deserialize(text.into_deserializer()).map(Some) }
    }
}

/// Whether the statement holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It does.
    Holds,
    /// It does not.
    Fails,
}

/// Why a statement holds, or why not. Proofs, bounds on the probability of an error, and counterexamples.
///
/// Let `h` be what must vanish for the models to be related: `f - g`; `f - c g` with the `scale` c; or, up to
/// shift, `f - g` less its first entry along the last axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Evidence {
    /// The models are not related: one evaluation, or two for a relation.
    Witness {
        /// The evaluations.
        evaluations: Vec<Evaluation>,
    },
    /// Both models are one network, node for node.
    Identical {},
    /// `h` is zero because both models name the same values, unit for unit.
    Rewrite(Rewrite),
    /// `h` is zero because its layerwise norm is.
    Layerwise(Layerwise),
    /// `h` vanishes at points that determine it; some input can be anything.
    Grid(Agreement),
    /// `h` vanishes at all points of a finite domain, or at points that determine it there.
    Enumeration(Agreement),
    /// `h`, or a model whose degree is asked for, as polynomials.
    NormalForm(NormalForm),
    /// `h` vanishes at random points modulo random primes.
    RandomEvaluation(RandomEvaluation),
    /// A bound on the degree of a model, and whether it is reached.
    Degree(DegreeEvidence),
    /// The inner products of two models with themselves and with each other.
    InnerProduct(InnerProduct),
}

/// Both models at one input, read at one output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// A tensor for every input, on the domain.
    pub input: Vec<Nested<Number>>,
    /// The multi-index of the output.
    pub output: Vec<usize>,
    /// The two values.
    pub values: Values,
}

/// The values of both models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Values {
    /// Exactly.
    Exact {
        /// Of the first model.
        a: Number,
        /// Of the second model.
        b: Number,
    },
    /// Modulo a prime below 2^62 that divides no denominator, for values that are too long to write.
    Residues {
        /// The prime.
        prime: Natural,
        /// Of the first model.
        a: Natural,
        /// Of the second model.
        b: Natural,
    },
}

/// Agreement at points that determine `h`, modulo primes whose product exceeds a bound on the values there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// Up to scale, the factor `c`; else `null`.
    pub scale: Option<Number>,
    /// The points are those of weight at most this: a bound on the degree of `h`, or the largest weight there
    /// is.
    pub degree: u64,
    /// How many points that is.
    pub points: u64,
    /// `D h` is an integer of magnitude at most `2^bound_log2` at all the points, for a common denominator
    /// `D`.
    pub bound_log2: u64,
    /// Primes whose product exceeds `2^bound_log2`.
    pub primes: Vec<Natural>,
}

/// Reduced polynomials.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NormalForm {
    /// Up to scale, the factor `c`; else `null`.
    pub scale: Option<Number>,
    /// The polynomials of all outputs of the first model.
    pub forms: Vec<Vec<Term>>,
}

/// A term of a polynomial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The coefficient, not zero.
    pub coefficient: Number,
    /// `[variable, exponent]`: variables ascending (input entries, counted through all inputs), exponents
    /// positive.
    pub powers: Vec<(usize, u64)>,
}

/// Agreement at random points modulo random primes, both drawn from a hash of the models and the statement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomEvaluation {
    /// Up to scale, the factor `c`; else `null`.
    pub scale: Option<Number>,
    /// Whether equality is shown on all inputs although the statement has a domain.
    pub everywhere: bool,
    /// A bound on the degree of `h`.
    pub degree: u64,
    /// Coefficients of `D h` have a magnitude of at most `2^height`, for a common denominator `D`.
    pub height: u64,
    /// Points of the finite part of the domain that are walked through in every round.
    pub points: u64,
    /// The prime of every round.
    pub primes: Vec<Natural>,
    /// The probability of an error is at most `2^-error_log2`.
    pub error_log2: u32,
}

/// The degree of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DegreeEvidence {
    /// No monomial has a higher degree, from the structure of the network; `null` when there is no monomial.
    pub bound: Option<u64>,
    /// That some monomial has this degree; `null` when the bound alone decides the statement.
    pub reached: Option<Reached>,
}

/// A coefficient of highest degree that is not zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reached {
    /// A random prime.
    pub prime: Natural,
    /// The multi-index of the first output whose difference of this order along a random line is not zero.
    pub output: Vec<usize>,
    /// That difference: not zero.
    pub difference: Natural,
}

/// The inner products of two models f and g.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InnerProduct {
    /// `<f, f>`
    pub aa: Number,
    /// `<f, g>`
    pub ab: Number,
    /// `<g, g>`
    pub bb: Number,
}

/// A difference whose norm by the layerwise recursion is zero.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layerwise {
    /// Up to scale, the factor `c`; else `null`.
    pub scale: Option<Number>,
    /// The largest level of a product in the models.
    pub levels: u64,
}

/// Why a text is not a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FormatError(String);

/// Longer certificates are written without indentation.
const LONGEST_PRETTY: usize = 1 << 16;

fn pretty(certificate: &Certificate) -> String {
    serde_json::to_string_pretty(certificate).unwrap_or_default()
}

impl Certificate {
    /// Reads a certificate.
    ///
    /// # Errors
    /// When the text is not a certificate of this version.
    pub fn from_json(text: &str) -> Result<Certificate, FormatError> {
        #[derive(Deserialize)]
        struct Version {
            samenet_certificate: u64,
        }
        let fail = |error: serde_json::Error| FormatError(format!("this is not a certificate: {error}"));
        let version: Version = serde_json::from_str(text).map_err(fail)?;
        if version.samenet_certificate != VERSION {
            return Err(FormatError(format!(
                "this is a certificate of version {}, and only version {VERSION} is known",
                version.samenet_certificate
            )));
        }
        let certificate: Certificate = serde_json::from_str(text).map_err(fail)?;
        // The parser lets fields go that are `null`, and takes arrays for objects; the format has one
        // spelling.
        let (read, own) = (serde_json::from_str(text), serde_json::to_value(&certificate));
        match misspelt(&read.map_err(fail)?, &own.map_err(fail)?, "the certificate") {
            None => Ok(certificate),
            Some(place) => Err(FormatError(format!(
                "this is not a certificate: {place} is not written as the format has it (every field is \
                 there, also those that are null, and objects are objects)"
            ))),
        }
    }

    /// The certificate as JSON, with a line break at the end; large ones without other white space.
    pub fn to_json(&self) -> String {
        // Maps with keys that are not strings are all that cannot be written, and there are none.
        let text = serde_json::to_string(self).unwrap_or_default();
        let pretty = if text.len() > LONGEST_PRETTY { text } else { pretty(self) };
        pretty + "\n"
    }
}

/// The first place at which a value is not the one that its certificate is written as.
fn misspelt(read: &Value, own: &Value, place: &str) -> Option<String> {
    match (read, own) {
        (Value::Object(read), Value::Object(own)) if read.keys().eq(own.keys()) => read
            .iter()
            .zip(own.values())
            .find_map(|((name, read), own)| misspelt(read, own, &format!("`{name}`"))),
        (Value::Array(read), Value::Array(own)) if read.len() == own.len() => {
            read.iter().zip(own).find_map(|(read, own)| misspelt(read, own, place))
        }
        _ => (read != own).then(|| place.to_string()),
    }
}

impl Statement {
    /// The statement as JSON without white space, its fields in the order of the specification: what
    /// randomness is derived from.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A domain in the words of certificates.
pub fn sets(domain: &Domain) -> Vec<Set> {
    let set = |set: &InputSet| match set {
        InputSet::Everything => Set::Everything,
        InputSet::Finite(values) => Set::Finite(values.iter().cloned().map(Number).collect()),
        InputSet::OneHot => Set::Onehot,
        InputSet::Points(points) => Set::Points(
            points
                .iter()
                .map(|point| Nested::new(point.shape(), point.data(), |value| Number(value.clone())))
                .collect(),
        ),
    };
    domain.0.iter().map(set).collect()
}
