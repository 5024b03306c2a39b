//! Every sentence about answers, for people.
//!
//! An [`Answer`](crate::Answer) says its line with [`headline`](crate::Answer::headline); what refutes a claim, and what
//! explains that, come in lines of their own. There is a file for each kind of finding.

mod answer;
pub mod degree;
pub mod explanation;
pub mod metric;
pub mod number;
pub mod rewrite;
mod sides;
pub mod undecided;
pub mod verdict;

pub use sides::Sides;
pub use undecided::Remedies;
