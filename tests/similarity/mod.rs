//! How similar two networks are: exactly, and as estimates.

mod estimates;
mod exact;
mod interpolation;
mod matrix;
mod rounding;
