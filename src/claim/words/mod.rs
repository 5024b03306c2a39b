//! Every sentence about answers, for people.
//!
//! [`Answer::headline`](crate::Answer::headline) is the line that says how a claim was decided;
//! [`refutation`](crate::Answer::refutation) and [`explanation`](crate::Answer::explanation) are the lines
//! below it. Nothing here knows how a budget is given: [`Remedies`] say that.

mod answer;
pub mod decimal;
pub mod explanation;
pub mod number;
pub mod relation;
pub mod rewrite;
pub mod undecided;
pub mod verdict;

pub use undecided::Remedies;
pub use verdict::Sides;
