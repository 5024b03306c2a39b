//! Networks and their values: builtins, the builder, and every way to evaluate or expand a network.

mod builtins;
mod chinese;
mod evaluation;
mod polynomials;
mod simplification;
