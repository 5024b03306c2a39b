//! Answers and diagnostics as text and JSON. Nothing here decides anything.

pub mod check;
pub mod classes;
pub mod diagnostics;
pub mod dot;
pub mod estimate;
pub mod excerpt;
pub mod json;
pub mod matrix;
pub mod replay;
pub mod show;
pub mod similarity;
