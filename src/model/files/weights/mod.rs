//! Weight files: `.safetensors` (also several under an index), `.npz` and `.npy`, as constants in the type
//! they are stored in.
//!
//! [`open`] reads a file's directory and checks that it is sound. Tensors are read when they are asked for;
//! large ones stay in their file and are read again, a block at a time, whenever they are used. The content
//! of a file says what its format is, not its name.

mod contents;
mod element;
mod error;
mod float8;
mod index;
mod npy;
mod npz;
mod raw;
mod safetensors;
mod store;
mod stored;
#[cfg(test)]
mod tests;

pub use error::{WeightError, WeightFault};
pub use store::{WeightFile, WeightStore, open};
