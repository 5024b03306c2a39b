//! Tutorials, in five short parts: read them in order. `cargo test --doc` runs every snippet.
//!
//! 1. [A first circuit](_1_a_first_circuit): write two models down, compare them, and read the answer.
//! 2. [Claims as regression tests](_2_claims_as_regression_tests): state what a circuit does, and let
//!    `cargo test` or CI check it.
//! 3. [A trained checkpoint](_3_a_trained_checkpoint): read weights from a file, and see that one weight is
//!    off.
//! 4. [Reading a certificate](_4_reading_a_certificate): write an answer down so that others can check it.
//! 5. [Similarity](_5_similarity): how alike two functions are, and what `layerwise` does not say.
//!
//! The snippets read files of the folder `examples/`. Each page also gives the commands that do the same.

pub mod _1_a_first_circuit;
pub mod _2_claims_as_regression_tests;
pub mod _3_a_trained_checkpoint;
pub mod _4_reading_a_certificate;
pub mod _5_similarity;
