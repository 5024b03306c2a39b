//! The methods that decide problems: a file each, and the table of them all.
//!
//! A new method is a file with a [`Procedure`], a line in `METHODS`, and an [`Approach`] by which it is asked
//! for alone.

pub(crate) mod grid;
pub(crate) mod layerwise;
pub(crate) mod normal_form;
pub(crate) mod procedure;
pub(crate) mod random;
pub(crate) mod rewrite;

use self::procedure::Procedure;

/// All methods. Those of one class that are expected to take equally long are tried in this order.
pub(crate) static METHODS: [&dyn Procedure; 6] = [
    &rewrite::Rewriting,
    &layerwise::Layerwise,
    &grid::Grid,
    &normal_form::NormalForm,
    &random::RandomEvaluation,
    &random::RandomEverywhere,
];

/// A method that [`decide_by`](super::decide_by) uses alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Approach {
    /// Hidden units of one network recognised in the other. It refutes nothing, and most equalities have no
    /// such proof.
    Rewrite,
    /// The layerwise distance. It refutes nothing either, and not every equality has such a proof.
    Layerwise,
    /// Points that determine the difference, modulo primes: grid and enumeration.
    Grid,
    /// Expansion into polynomials.
    NormalForm,
    /// Random points modulo random primes.
    RandomEvaluation,
}

impl Approach {
    /// All of them.
    pub const ALL: [Approach; 5] = [
        Approach::Rewrite,
        Approach::Layerwise,
        Approach::Grid,
        Approach::NormalForm,
        Approach::RandomEvaluation,
    ];

    /// The name by which it is asked for.
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// What it is, in a few words.
    pub fn summary(self) -> &'static str {
        self.words().1
    }

    /// The method of that name.
    pub fn named(name: &str) -> Option<Approach> {
        Approach::ALL.into_iter().find(|approach| approach.name() == name)
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Approach::Rewrite => {
                ("rewrite", "Hidden units of one model recognised in the other: it refutes nothing")
            }
            Approach::Layerwise => ("layerwise", "An exact layerwise distance of zero: it refutes nothing"),
            Approach::Grid => ("grid", "Points that determine the difference, modulo primes"),
            Approach::NormalForm => ("normal-form", "Expansion into polynomials"),
            Approach::RandomEvaluation => (
                "random-evaluation",
                "Random points modulo random primes: not a proof, but a bound on the error",
            ),
        }
    }

    /// Whether it can prove equalities only, and not all of them.
    pub fn is_partial(self) -> bool {
        METHODS.iter().any(|method| method.approach() == self && method.is_partial())
    }
}
