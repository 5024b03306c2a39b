//! Deciding whether two networks are the same function.
//!
//! [`decide`] answers a [`Question`]: are two networks equal, perhaps up to a factor or a shift, on all
//! inputs or on a domain? First it reduces every relation to one problem: is a polynomial map zero on a
//! domain (`relation`, `problem`)? Then `portfolio` asks every method what it would take, and lets the
//! methods take turns (`turns`), roughly the cheapest first, until one decides; `refusals` collects why the
//! others did not. The methods have a file each in `methods`:
//!
//! | method | how it decides | its "equal" is |
//! | --- | --- | --- |
//! | `rewrite` | it recognises the hidden units of one network in the other | a proof |
//! | `layerwise` | the distance of the layerwise recursion is zero, as for one function only | a proof |
//! | `grid` | it evaluates at points that determine the difference, modulo primes | a proof |
//! | `normal_form` | it expands both into sparse polynomials | a proof |
//! | `random` | it evaluates at random points modulo random primes | wrong with probability at most 2^-128 |
//!
//! `rewrite` and `layerwise` recognise many equal networks, but not all. The other methods decide every
//! problem to which they apply, if the budget suffices. The points of `grid` (`coordinates`, `lower_set`) are
//! a simplex, all points of a finite domain, or a ball around one of them; those of `random` come from a hash
//! of the question (`transcript`). Where residues would take long, `exhaustive` evaluates all points of a
//! finite domain in doubles that are seen to be exact.
//!
//! Before any method, `witness` looks at a few random points, where most unequal networks already disagree.
//! It makes every difference that is found, there or by a method, a simple one: a [`Witness`].
//!
//! [`explain`] says how two networks differ, [`estimates`] predicts what each method would take, [`degree`]
//! finds exact degrees, and [`classes`](fn@classes) sorts many networks into classes of equal functions with
//! few comparisons.

mod classes;
mod coordinates;
mod decide;
mod degree;
mod exhaustive;
mod explanation;
mod fit;
mod lower_set;
mod methods;
mod modular;
mod portfolio;
mod problem;
mod refusals;
mod relation;
#[cfg(test)]
mod tests;
mod transcript;
mod turns;
mod witness;

use num_bigint::BigUint;
use num_rational::BigRational;

use crate::network::{Network, Tensor};
use crate::shortage::Undecided;

pub use crate::domain::{Domain, InputSet, Relation};
pub use classes::{Class, Merge, Partition, Place, Placement, Separation, Task, classes};
pub use decide::{decide, decide_by};
pub use degree::{Degree, degree};
pub use explanation::{
    Agreement, Coefficient, Coefficients, Explanation, Split, TensorWeights, Weights, Wiring, explain,
};
pub use fit::obstacle;
pub use methods::rewrite::{Correspondence, LayerMap, Parting, Rewrite, Sides, parting};
pub use methods::{Approach, Estimate};
pub use portfolio::estimates;

/// What to decide. Both networks have the same input shapes and the same output shape.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The first network.
    pub a: &'a Network,
    /// The second network.
    pub b: &'a Network,
    /// What counts as the same.
    pub relation: Relation,
    /// On which inputs.
    pub domain: &'a Domain,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The same, and why.
    Equal(Proof),
    /// Not the same, and where.
    Different(Witness),
    /// Not decided within the budget.
    Undecided(Undecided),
}

/// Why two networks are the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The method that decided.
    pub method: Method,
    /// For [`Relation::UpToScale`], the factor `c` in `f = c g`.
    pub scale: Option<BigRational>,
}

/// The method that decided, with the numbers a reader needs to judge it.
#[derive(Clone, Debug, PartialEq)]
pub enum Method {
    /// The two networks are one network, node for node.
    Identical,
    /// The hidden units of one network are those of the other, permuted, rescaled, split and the like.
    Rewrite(Rewrite),
    /// The distance in the layerwise recursion, computed exactly, is zero.
    Layerwise {
        /// Levels of products that the recursion went through.
        levels: u32,
        /// log2 of the bound on the numerator of the squared distance.
        bound_log2: u64,
    },
    /// Agreement on a unisolvent set of points, modulo primes whose product exceeds a proven bound.
    Grid {
        /// The degree the set is unisolvent for.
        degree: u64,
        /// How many points.
        points: u64,
        /// The primes.
        primes: Vec<u64>,
        /// log2 of the bound that the product of the primes exceeds.
        bound_log2: u64,
    },
    /// Both expand to the same polynomials.
    NormalForm {
        /// Monomials of the common form, over all outputs.
        terms: u64,
    },
    /// Agreement at every point of a finite domain (or of a part that determines the rest).
    Enumeration {
        /// Points evaluated.
        points: u64,
        /// Points of the domain.
        domain_points: BigUint,
    },
    /// Agreement at random points modulo random primes.
    RandomEvaluation {
        /// Independent rounds.
        rounds: u32,
        /// The probability of an error is at most `2^-error_log2`.
        error_log2: u32,
        /// The degree bound used.
        degree: u64,
        /// The height bound used, in bits.
        height: u64,
    },
}

impl Method {
    /// Whether there is no probability of an error.
    pub fn certain(&self) -> bool {
        self.error_log2().is_none()
    }

    /// The bound on the probability of an error, at most `2^-k`; `None` when there is no such probability.
    pub fn error_log2(&self) -> Option<u32> {
        match self {
            Method::RandomEvaluation { error_log2, .. } => Some(*error_log2),
            Method::Identical
            | Method::Rewrite(_)
            | Method::Layerwise { .. }
            | Method::Grid { .. }
            | Method::NormalForm { .. }
            | Method::Enumeration { .. } => None,
        }
    }
}

/// Why two networks are not the same: one evaluation, or two for a relation.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// The evaluations that together refute the relation.
    pub evaluations: Vec<Evaluation>,
}

/// Both networks evaluated at one input, read at one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// One tensor per input, on the domain.
    pub input: Vec<Tensor<BigRational>>,
    /// The multi-index of the output.
    pub output: Vec<usize>,
    /// The two values.
    pub values: Values,
}

/// The values of two networks at one output.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Exactly.
    Exact {
        /// The first network's value.
        a: BigRational,
        /// The second network's value.
        b: BigRational,
    },
    /// Modulo a prime that divides no denominator, when the exact values are too long to write.
    Residues {
        /// The prime.
        prime: u64,
        /// The first network's residue.
        a: u64,
        /// The second network's residue.
        b: u64,
    },
}

/// A question that has no meaning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    /// The networks' shapes do not fit together.
    #[error("{0}")]
    Shapes(String),
    /// A number that these networks do not have.
    #[error("{0}")]
    Meaningless(String),
    /// `up to shift` along an axis of one entry, or of a scalar.
    #[error("`up to shift` compares entries along the last axis, and the output has shape {0}")]
    Shift(String),
}
