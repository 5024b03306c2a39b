//! Inputs where two networks differ: a cheap first look, and the way from a difference modulo a prime to a
//! simple rational witness.
//!
//! [`screen`] looks at a few points; a method that refutes leaves a [`Lead`]. [`simplify`] makes it simple:
//! as few coordinates as it can (`supports`), and those as small as it can (`integers`). `outputs` are the
//! values of both networks there.

mod integers;
pub(crate) mod outputs;
mod search;
mod supports;

pub(crate) use outputs::{Counterexample, Lead};
pub(crate) use search::{screen, simplify};
