//! A class of networks that are one function, and why each of them is in it.

use std::sync::Arc;

use num_bigint::BigUint;
use num_traits::One;

use super::super::{Method, Proof};
use super::shared;
use crate::shortage::Undecided;

/// Networks that are one function.
#[derive(Clone, Debug)]
pub struct Class {
    /// The first of them, with which others are compared.
    pub representative: usize,
    /// The others, and why each is in the class.
    pub merges: Vec<Merge>,
    /// When it is not known whether this is a class of its own or a part of another one: why.
    pub undecided: Option<Undecided>,
    pub(super) values: Option<Arc<shared::Values>>,
}

/// Why a network is in a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// The network.
    pub network: usize,
    /// The network of the class that it is related to.
    pub with: usize,
    /// Why it is. A factor is the one in `network = factor * with`.
    pub proof: Proof,
}

impl Class {
    /// Whether it is certain that all its networks are one function.
    pub fn certain(&self) -> bool {
        self.error_log2().is_none()
    }

    /// A bound on the probability that some merge is wrong: at most `2^-k`, the sum of the merges' bounds;
    /// `None` when all are proved.
    pub fn error_log2(&self) -> Option<u32> {
        error_log2(&self.merges)
    }

    /// All networks, the representative first.
    pub fn networks(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.representative).chain(self.merges.iter().map(|merge| merge.network))
    }
}

/// `k` such that the sum of the merges' bounds on the error is at most `2^-k`, if there are any.
pub(super) fn error_log2<'a>(merges: impl IntoIterator<Item = &'a Merge>) -> Option<u32> {
    let errors = merges.into_iter().filter_map(|merge| match merge.proof.method {
        Method::RandomEvaluation { error_log2, .. } => Some(error_log2),
        _ => None,
    });
    let errors: Vec<u32> = errors.collect();
    let most = *errors.iter().max()?;
    // In units of 2^-most.
    let sum: BigUint = errors.iter().map(|&k| BigUint::one() << (most - k)).sum();
    // sum <= 2^(bits of (sum - 1))
    let bits = (sum - 1u8).bits();
    Some(most.saturating_sub(u32::try_from(bits).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge(error_log2: Option<u32>) -> Merge {
        let method = match error_log2 {
            None => Method::Identical,
            Some(error_log2) => Method::RandomEvaluation { rounds: 3, error_log2, degree: 1, height: 1 },
        };
        Merge { network: 1, with: 0, proof: Proof { method, scale: None } }
    }

    /// 2^-128 three times is 3/4 of 2^-126; 2^-128 + 2^-130 is below 2^-127; twice 2^-128 is 2^-127.
    #[test]
    fn errors_add_up() {
        let sum = |errors: &[Option<u32>]| {
            let merges: Vec<Merge> = errors.iter().map(|&error| merge(error)).collect();
            error_log2(&merges)
        };
        assert_eq!(sum(&[]), None);
        assert_eq!(sum(&[None, None]), None);
        assert_eq!(sum(&[Some(128), None]), Some(128));
        assert_eq!(sum(&[Some(128), Some(128)]), Some(127));
        assert_eq!(sum(&[Some(128), Some(128), Some(128)]), Some(126));
        assert_eq!(sum(&[Some(128), Some(130)]), Some(127));
        assert_eq!(sum(&[Some(1); 8]), Some(0));
    }
}
