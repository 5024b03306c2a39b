//! Sparse polynomials.
