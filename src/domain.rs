//! The words of questions: relations between networks, quantities, comparisons, inner products, domains.
//!
//! Claims, the command line and certificates read and write these words by the names given here. This file
//! holds words and no computation, so the checker shares it with the search.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::str::FromStr;

use num_rational::BigRational;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::network::Tensor;

/// A word that is none of those expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown word `{0}`")]
pub struct UnknownWord(String);

/// Enumerations of words. They are read and written by their names: as text, and in certificates, where
/// spaces are underscores.
macro_rules! words {
    ($($(#[$about:meta])* pub enum $word:ident { $($(#[$says:meta])* $one:ident = $name:literal,)* })*) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $word {
            $($(#[$says])* $one,)*
        }

        impl $word {
            /// All of them.
            pub const ALL: [$word; [$($name),*].len()] = [$($word::$one),*];

            /// Its words in claims; certificates join them by `_`, the command line by `-`.
            pub fn name(self) -> &'static str {
                match self {
                    $($word::$one => $name,)*
                }
            }
        }

        impl fmt::Display for $word {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $word {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<$word, UnknownWord> {
                let known = $word::ALL.into_iter().find(|word| word.name() == text);
                known.ok_or_else(|| UnknownWord(text.to_string()))
            }
        }

        impl Serialize for $word {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.name().replace(' ', "_"))
            }
        }

        impl<'de> Deserialize<'de> for $word {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$word, D::Error> {
                let text = String::deserialize(deserializer)?;
                let known = $word::ALL.into_iter().find(|word| word.name().replace(' ', "_") == text);
                known.ok_or_else(|| D::Error::custom(UnknownWord(text)))
            }
        }
    )*};
}

words!(
    /// When two networks count as the same.
    pub enum Relation {
        /// `f = g`
        Equal = "equal",
        /// `f = c g` for a rational `c > 0`
        UpToScale = "scale",
        /// All entries of `f - g` along the last axis agree.
        UpToShift = "shift",
    }

    /// The numbers of two networks that claims bound.
    pub enum Quantity {
        /// `<f, g> / sqrt(<f, f> <g, g>)`
        Similarity = "similarity",
        /// `sqrt(<f - g, f - g> / <f, f>)`
        Distance = "distance",
    }

    /// How a number compares with the bound of a claim.
    pub enum Comparison {
        /// `<`
        Less = "<",
        /// `<=`
        AtMost = "<=",
        /// `>`
        Greater = ">",
        /// `>=`
        AtLeast = ">=",
        /// `==`
        Equal = "==",
    }

    /// An inner product of functions.
    pub enum Metric {
        /// `E[f(x) . g(x)]` for standard normal `x`.
        Gaussian = "gaussian",
        /// The Frobenius product of the symmetric coefficient tensors, degree by degree (Bombieri): for
        /// coefficients c and d of monomials a, `sum_a c_a d_a a!/|a|!`.
        Symmetric = "symmetric",
        /// `E[f(x) . g(x)]` for `x` with entries uniform on `[-1, 1]`.
        Uniform = "uniform",
        /// The layerwise recursion of the paper: what every layer of products reads is taken to be Gaussian.
        /// Exact for one layer of products, an approximation for more.
        Layerwise = "layerwise",
        /// The layerwise recursion for the symmetric inner product, of homogeneous networks.
        LayerwiseSymmetric = "layerwise symmetric",
    }

    /// A number that others report instead of an inner product of functions. No claim can be about it.
    pub enum Estimate {
        /// The cosine of the weights.
        Parameters = "parameters",
        /// The cosine of the outputs at samples.
        Sampled = "sampled",
        /// Linear centred kernel alignment of the outputs at samples.
        Cka = "cka",
    }
);

impl Relation {
    /// The relations that follow `up to`.
    pub const UP_TO: [Relation; 2] = [Relation::UpToScale, Relation::UpToShift];

    /// What it means, in one line for a list.
    pub fn meaning(self) -> &'static str {
        match self {
            Relation::Equal => "f = g",
            Relation::UpToScale => "f = c g for a number c > 0",
            Relation::UpToShift => "All entries of f - g along the last axis agree",
        }
    }
}

impl Metric {
    /// What it means, in one line for a list.
    pub fn meaning(self) -> &'static str {
        match self {
            Metric::Gaussian => "The mean over standard normal inputs",
            Metric::Symmetric => "The Frobenius product of symmetric coefficient tensors (Bombieri)",
            Metric::Uniform => "The mean over inputs uniform on [-1, 1]",
            Metric::Layerwise => {
                "The layerwise recursion: exact for one layer of products, an approximation for more"
            }
            Metric::LayerwiseSymmetric => "Its symmetric variant, for homogeneous models",
        }
    }
}

impl Estimate {
    /// What it means, in one line for a list.
    pub fn meaning(self) -> &'static str {
        match self {
            Estimate::Parameters => {
                "The cosine of the weights of models of one architecture; not a property of the functions"
            }
            Estimate::Sampled => "The mean over samples of the inputs, with its standard error; an estimate",
            Estimate::Cka => {
                "Linear CKA of the outputs on samples of the inputs; outputs may have different shapes; \
                 an estimate"
            }
        }
    }
}

/// The set of inputs on which networks are compared: a product of one set per input.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Domain(pub Vec<InputSet>);

/// The set that one input ranges over.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum InputSet {
    /// Every tensor of the input's shape.
    Everything,
    /// Every entry is one of these (distinct, ascending, at least one).
    Finite(Vec<BigRational>),
    /// Every vector along the last axis has a single 1 and is 0 elsewhere.
    OneHot,
    /// One of these tensors (distinct, at least one), each of the input's shape.
    Points(Points),
}

impl InputSet {
    /// The row of a list of points that a tensor is, as it was given.
    pub fn row(&self, tensor: &Tensor<BigRational>) -> Option<usize> {
        let InputSet::Points(points) = self else { return None };
        points.rows.get(points.iter().position(|point| point == tensor)?).copied()
    }
}

/// Tensors, and in which rows of a list they were given. Only the tensors count when they are compared.
#[derive(Clone, Debug)]
pub struct Points {
    tensors: Vec<Tensor<BigRational>>,
    rows: Vec<usize>,
}

impl Points {
    /// Distinct tensors with the first row that each was given in.
    pub fn of_rows(points: impl IntoIterator<Item = (Tensor<BigRational>, usize)>) -> Points {
        let (tensors, rows) = points.into_iter().unzip();
        Points { tensors, rows }
    }
}

impl FromIterator<Tensor<BigRational>> for Points {
    fn from_iter<I: IntoIterator<Item = Tensor<BigRational>>>(tensors: I) -> Points {
        Points::of_rows(tensors.into_iter().zip(0..))
    }
}

impl Deref for Points {
    type Target = [Tensor<BigRational>];

    fn deref(&self) -> &[Tensor<BigRational>] {
        &self.tensors
    }
}

impl PartialEq for Points {
    fn eq(&self, other: &Points) -> bool {
        self.tensors == other.tensors
    }
}

impl Eq for Points {}

impl Hash for Points {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.tensors.hash(state);
    }
}

impl Domain {
    /// All inputs, for a network with this many inputs.
    pub fn everywhere(inputs: usize) -> Domain {
        Domain(vec![InputSet::Everything; inputs])
    }

    /// Whether it leaves no input out.
    pub fn is_everywhere(&self) -> bool {
        self.0.iter().all(|set| matches!(set, InputSet::Everything))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for metric in Metric::ALL {
            assert_eq!(metric.to_string().parse(), Ok(metric));
            let json = serde_json::to_string(&metric).unwrap();
            assert_eq!(serde_json::from_str::<Metric>(&json).unwrap(), metric);
        }
        assert_eq!(serde_json::to_string(&Metric::LayerwiseSymmetric).unwrap(), "\"layerwise_symmetric\"");
        assert!(serde_json::from_str::<Metric>("\"layerwise symmetric\"").is_err());
        assert_eq!("layerwise symmetric".parse(), Ok(Metric::LayerwiseSymmetric));
        assert_eq!("taste".parse::<Relation>(), Err(UnknownWord("taste".to_string())));
        assert_eq!(
            serde_json::to_string(&(Relation::UpToScale, Comparison::AtMost)).unwrap(),
            "[\"scale\",\"<=\"]"
        );
    }
}
