//! Estimates of how similar two networks are, as others compute them: to compare with, not to prove anything
//! by.
//!
//! They are computed in f64, some of them from samples, and none is a [`Metric`](crate::domain::Metric):
//! claims and certificates cannot name them.
//!
//! * [`parameters`]: the cosine of the weights of networks of one architecture. It is not a property of
//!   the functions.
//! * [`sampled`]: the cosine of the functions as a mean over samples of the inputs, with its standard error.
//! * [`alignment`]: linear centred kernel alignment (CKA) of the outputs on samples of the inputs.
//!
//! [`Samples`] says what the samples are: drawn by a generator that gives the same numbers everywhere, or
//! rows of data.

mod alignment;
mod architecture;
mod floats;
mod generator;
mod parameters;
mod sampled;
mod samples;

pub use alignment::{Alignment, alignment};
pub(crate) use architecture::{Place, places};
pub use parameters::{Parameters, parameters};
pub use sampled::{Estimated, Sampled, sampled};
pub use samples::{MOST_SAMPLES, Samples};
