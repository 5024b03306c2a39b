//! How long elementary steps take, in seconds: what predictions of time are made of.
//!
//! Predictions order the methods and refuse beforehand what would take far more time than there is. They
//! never decide an answer, and a refusal allows for an error by [`TRUST`], so it is ratios that matter here.
//!
//! The steps were timed in the release profile, on one of two cores of an AMD EPYC server with AVX-512, each
//! as the slope of the time of a benchmark over its number of steps. To redo it on another machine, run
//! the benchmarks that stand above a group, with `RAYON_NUM_THREADS=1`, compare their times with what
//! `samenet show` predicts for the methods, and correct the steps that are off by more than a factor of two.

/// Predictions may be off by this factor before something is refused for lack of time.
pub(crate) const TRUST: f64 = 4.0;

// Evaluations: `cargo bench --bench evaluation`.

/// One multiplication modulo a prime, its share of everything around it included.
pub(crate) const MODULAR_MULTIPLICATION: f64 = 1.5e-9;
/// One in a product of large matrices of weights.
pub(crate) const MODULAR_PRODUCT: f64 = 4e-10;
/// One evaluation of a network, besides its multiplications.
pub(crate) const EVALUATION: f64 = 5e-6;
/// One multiplication in the fastest arithmetic: nothing is faster than one evaluation at this pace.
pub(crate) const FASTEST_MULTIPLICATION: f64 = 2e-11;
/// A step of an exhaustive evaluation at one point,
pub(crate) const LANE: f64 = 3e-10;
/// and one that need not be taken, at a block of points.
pub(crate) const LANES_STEP: f64 = 1e-9;
/// Writing down one step of a straight-line program.
pub(crate) const WRITTEN_STEP: f64 = 5e-7;
/// One multiplication in f64,
pub(crate) const FLOAT_MULTIPLICATION: f64 = 2e-10;
/// and a contraction besides.
pub(crate) const FLOAT_CONTRACTION: f64 = 1e-5;

// Exact values: `cargo bench --bench exact`, `cargo bench --bench layerwise`.

/// One multiplication in a matrix product modulo a small prime, on floats,
pub(crate) const SMALL_PRODUCT: f64 = 8e-11;
/// and one anywhere else.
pub(crate) const SMALL_MULTIPLICATION: f64 = 4e-10;
/// One multiplication modulo a large prime.
pub(crate) const LARGE_MULTIPLICATION: f64 = 1.3e-9;
/// One multiplication of bounds.
pub(crate) const BOUND_MULTIPLICATION: f64 = 6e-9;
/// Converting or moving one entry.
pub(crate) const MOVED_ENTRY: f64 = 1e-9;
/// A node, besides its operations.
pub(crate) const NODE: f64 = 5e-7;
/// A product of two small matrices in a covariance of heads, besides its multiplications.
pub(crate) const BLOCK: f64 = 2e-7;
/// A stage, besides its operations.
pub(crate) const STAGE: f64 = 2e-5;
/// One multiplication of an extension to further primes.
pub(crate) const EXTENSION_MULTIPLICATION: f64 = 2e-10;
/// Moving one entry of long integers.
pub(crate) const INTEGER_ENTRY: f64 = 4e-8;
/// One multiplication of long integers: so much, and so much for every bit to the power [`INTEGER_GROWTH`].
const INTEGER_MULTIPLICATION: f64 = 7e-8;
const INTEGER_BIT: f64 = 2e-11;
const INTEGER_GROWTH: f64 = 1.25;

/// One multiplication of integers of this many bits.
pub(crate) fn integer_multiplication(bits: f64) -> f64 {
    INTEGER_MULTIPLICATION + INTEGER_BIT * bits.max(0.0).powf(INTEGER_GROWTH)
}

/// One operation on the degree and the height of an entry,
pub(crate) const HEIGHT_OPERATION: f64 = 1e-7;
/// one in a product of large matrices,
pub(crate) const HEIGHT_PRODUCT: f64 = 3e-10;
/// and one with an entry of a large constant, which is read block by block.
pub(crate) const STREAMED_HEIGHT_OPERATION: f64 = 5e-9;

// Polynomials: `cargo bench --bench deep`, `cargo bench --bench similarity`.

/// One product of two terms.
pub(crate) const TERM_PRODUCT: f64 = 3e-7;
/// Expanding a network into polynomials, besides.
pub(crate) const EXPANSION: f64 = 5e-5;
/// One term of an expansion written in orthogonal polynomials,
pub(crate) const ORTHOGONAL_TERM: f64 = 1e-5;
/// and such an expansion besides.
pub(crate) const ORTHOGONAL_EXPANSION: f64 = 1e-4;
/// One multiplication of an evaluation at many points modulo a small prime,
pub(crate) const DENSE_MULTIPLICATION: f64 = 1.5e-10;
/// a node of it at a block of points, besides,
pub(crate) const DENSE_EVALUATION: f64 = 1e-6;
/// one step of a transform of values, or of coefficients,
pub(crate) const DENSE_STEP: f64 = 7e-10;
/// the sums of products of coefficients, for each,
pub(crate) const DENSE_ENTRY: f64 = 5e-9;
/// and a prime besides.
pub(crate) const DENSE_PRIME: f64 = 3e-5;
/// A point of a domain, besides the evaluations.
pub(crate) const DOMAIN_POINT: f64 = 2e-5;
/// One operation on short rationals when a covariance is factored,
const RATIONAL_OPERATION: f64 = 1e-6;
/// and how much longer it takes with every variable, because the rationals get longer.
const RATIONAL_GROWTH: f64 = 0.05;

/// Factoring a covariance of this many variables.
pub(crate) fn factorisation(variables: usize) -> f64 {
    let operations = (variables * variables * variables) as f64 / 3.0;
    operations * RATIONAL_OPERATION * (1.0 + RATIONAL_GROWTH * variables as f64)
}

// Rewriting: `cargo bench --bench checkpoints`, `cargo bench --bench certificates`.

/// One operation on a coefficient,
pub(crate) const COEFFICIENT_OPERATION: f64 = 2e-8;
/// and one in a product of large matrices of weights.
pub(crate) const COEFFICIENT_PRODUCT: f64 = 5e-9;
