//! Everything that is read from disk: `.same` text, weight files, points, rows of samples.
//!
//! Files are not trusted: whatever is in one, reading it gives the right values or an error, in time and
//! memory in proportion to its length.

pub(super) mod format;
pub mod listing;
pub mod point;
pub mod rows;
pub(super) mod source;
mod unique_map;
pub mod weights;
