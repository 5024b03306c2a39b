//! Every sentence about answers, for people.
//!
//! [`Answer::headline`](crate::Answer::headline) is the line that says how a claim was decided;
//! [`refutation`](crate::Answer::refutation) and [`explanation`](crate::Answer::explanation) are the lines
//! below it. Every kind of finding has a file. Nothing here knows how a budget is given: [`Remedies`] say
//! that.

mod answer;
pub mod degree;
pub mod explanation;
pub mod metric;
pub mod number;
mod relation;
pub mod rewrite;
mod sides;
pub mod undecided;
pub mod verdict;

pub use sides::Sides;
pub use undecided::Remedies;
