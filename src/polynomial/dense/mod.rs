//! Dense polynomials modulo small primes, from the values of a network at points that determine them.
//!
//! A polynomial of bounded degree is a combination of products of Newton polynomials, one variable each,
//! whose indices make up a lower set ([`LowerSet`]): with an index it has all that are smaller in every
//! coordinate. Let `s_0, s_1, ..` be the nodes of a variable and `N_k = (x - s_0) .. (x - s_(k-1))`. The
//! points are those whose coordinates are the nodes with the levels of an index, one point for every index.
//!
//! **Lemma.** Let `f` be a combination of `N_a = prod_i N_(a_i)(x_i)` with `a` in a lower set. Divided
//! differences along one coordinate after the other take the values of `f` at the points of the set to the
//! coefficients of `f`; and a change to another basis of polynomials of the same degrees, one coordinate
//! after the other, takes these to the coefficients in products of that basis, on the same set.
//!
//! *Proof.* On all indices of a box around the set both are tensor products of matrices, one for every
//! coordinate, which may be applied one after the other: `c_a = sum_(b <= a) T_ab f(s_b)` with
//! `T_ab = prod_i t_(a_i b_i)` and lower triangular `t`. For `a` in the set all `b <= a` are in it, and so is
//! everything on the way from `b` to `a`. The change of basis has upper triangular matrices: an index of the
//! set gives to smaller ones only, and no index outside of the set has anything to give. ∎
//!
//! Nodes that are classes of a one-hot vector or whole points work the same way (`equality/lower_set.rs` has
//! the basis that one-hot vectors have instead of Newton polynomials). Modulo a prime all of it holds if the
//! nodes are distinct modulo the prime, and nothing is divided by it.

mod degrees;
mod lower_set;
mod monomials;
mod newton;
mod transform;
mod values;

pub(crate) use degrees::degrees_in;
pub(crate) use lower_set::{LowerSet, count};
pub(crate) use monomials::Monomials;
pub(crate) use newton::{divided_differences, inverse, newton_basis};
pub(crate) use transform::Transform;
pub(crate) use values::{Grid, Written};
