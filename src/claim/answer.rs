//! What an answer to a claim consists of.

use num_rational::BigRational;

use crate::domain::{Domain, Metric, Quantity, Relation};
use crate::equality::{Degree, Evaluation, Explanation, Proof, Question, Witness};
use crate::network::{Input, Shape};
use crate::shortage::{Shortage, Undecided};
use crate::similarity::{Inner, Root};

/// The answer to a claim. Displayed, it is a line that says whether the claim holds and why, and for a claim
/// that fails the lines that refute it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Whether the claim holds.
    pub status: Status,
    /// Whether there is no probability of an error: `false` for random evaluation, and when undecided.
    pub certain: bool,
    /// What was found out.
    pub finding: Finding,
}

/// Whether a claim holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It does.
    Holds,
    /// It does not.
    Fails,
    /// Not decided within the budget.
    Undecided,
}

impl Status {
    /// Of a claim that is decided.
    pub(super) fn of(holds: bool) -> Status {
        if holds { Status::Holds } else { Status::Fails }
    }

    /// Of the opposite claim.
    pub(super) fn negated(self) -> Status {
        match self {
            Status::Holds => Status::Fails,
            Status::Fails => Status::Holds,
            Status::Undecided => Status::Undecided,
        }
    }

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Status::Holds => "holds",
            Status::Fails => "fails",
            Status::Undecided => "undecided",
        }
    }
}

/// What was found out about a claim.
#[derive(Clone, Debug)]
pub enum Finding {
    /// Two networks are related, and why.
    Equal {
        /// Why.
        proof: Proof,
        /// What was asked.
        asked: Asked,
    },
    /// Two networks are not related.
    Different {
        /// Where that shows.
        witness: Witness,
        /// What was asked.
        asked: Asked,
        /// How they differ, once that was asked for.
        explanation: Option<Box<Explanation>>,
    },
    /// The degree of a network, or bounds on it.
    Degree(Degree),
    /// The similarity or the distance of two networks.
    Number(Box<Measured>),
    /// Nothing within the budget.
    Undecided(Undecided),
}

/// What was asked about two networks, as far as words need it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What counts as the same.
    pub relation: Relation,
    /// The inputs of the first network; their names are used.
    pub inputs: Vec<Input>,
    /// The shape of the outputs.
    pub output: Shape,
    /// For every evaluation of a witness, and every input, the row of the list of points that it is, if it is
    /// from such a list.
    pub rows: Vec<Vec<Option<usize>>>,
}

/// A number, and the inner products that it is made of.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Which number.
    pub quantity: Quantity,
    /// Under which inner product; `None` for the mean over a domain.
    pub metric: Option<Metric>,
    /// The inner products.
    pub inner: Inner,
    /// The number.
    pub value: Root,
    /// What the claim compares it with.
    pub bound: BigRational,
}

impl Asked {
    /// Of a question.
    pub fn of(question: &Question<'_>) -> Asked {
        Asked {
            relation: question.relation,
            inputs: question.a.inputs().to_vec(),
            output: question.a.output_shape().clone(),
            rows: Vec::new(),
        }
    }

    /// Notes in which rows of lists of points the inputs of a witness are.
    pub(super) fn with_rows(self, witness: &Witness, domain: &Domain) -> Asked {
        let row = |evaluation: &Evaluation| {
            evaluation.input.iter().zip(&domain.0).map(|(tensor, set)| set.row(tensor)).collect()
        };
        Asked { rows: witness.evaluations.iter().map(row).collect(), ..self }
    }
}

impl Default for Asked {
    /// Equality, of scalars without inputs.
    fn default() -> Asked {
        Asked { relation: Relation::Equal, inputs: Vec::new(), output: Shape::scalar(), rows: Vec::new() }
    }
}

impl Answer {
    /// The answer to `a == b` that the two are related.
    pub fn equal(proof: Proof, asked: Asked) -> Answer {
        let certain = proof.method.certain();
        Answer { status: Status::Holds, certain, finding: Finding::Equal { proof, asked } }
    }

    /// The answer to `a == b` that the two are not related.
    pub fn different(witness: Witness, asked: Asked) -> Answer {
        let finding = Finding::Different { witness, asked, explanation: None };
        Answer { status: Status::Fails, certain: true, finding }
    }

    /// No answer, and why.
    pub fn undecided(why: Undecided) -> Answer {
        Answer { status: Status::Undecided, certain: false, finding: Finding::Undecided(why) }
    }

    /// Why the claim is not decided, if it is not.
    pub fn why_undecided(&self) -> Option<&Undecided> {
        match &self.finding {
            Finding::Undecided(why) => Some(why),
            Finding::Degree(Degree::Between { undecided, .. }) if self.status == Status::Undecided => {
                Some(undecided)
            }
            _ => None,
        }
    }

    /// What would be needed to decide the claim, if it is not decided.
    pub fn shortage(&self) -> Option<&Shortage> {
        self.why_undecided().map(|why| &why.shortage)
    }

    /// Whether there is more to say about how the networks differ that the claim says to be equal.
    pub fn can_be_explained(&self) -> bool {
        matches!(&self.finding, Finding::Different { explanation: None, .. }) && self.status == Status::Fails
    }
}
