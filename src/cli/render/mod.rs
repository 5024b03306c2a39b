//! Answers and diagnostics as text and JSON. Nothing here decides anything.

pub mod classes;
pub mod diagnostics;
pub mod excerpt;
pub mod explanation;
pub mod json;
pub mod number;
pub mod replay;
pub mod rewrite;
pub mod verdict;
