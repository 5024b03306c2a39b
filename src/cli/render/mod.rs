//! Answers and diagnostics as text and JSON. Nothing here decides anything.

pub mod check;
pub mod classes;
pub mod diagnostics;
pub mod dot;
pub mod estimate;
pub mod excerpt;
pub mod explanation;
pub mod json;
pub mod number;
pub mod replay;
pub mod rewrite;
pub mod show;
pub mod similarity;
pub mod verdict;
