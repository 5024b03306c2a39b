//! Reproducible randomness: SHA-256 in counter mode of a transcript of what is being decided.
//!
//! Nobody chooses the points of a random evaluation: they are a hash of both networks and of the claim (Fiat
//! and Shamir), so a run can be repeated and its points recomputed by a checker. Block `i` of a stream is
//! `SHA-256(seed, i)` with `i` as 8 little-endian bytes, and is read as four little-endian 64-bit words.

use num_rational::BigRational;
use sha2::{Digest, Sha256};

use super::{Domain, InputSet, Relation};
use crate::arithmetic::is_prime;
use crate::network::{Network, fingerprint};

/// A stream of random words.
#[derive(Clone, Debug)]
pub(crate) struct Transcript {
    seed: [u8; 32],
    counter: u64,
    words: [u64; 4],
    used: usize,
}

impl Transcript {
    /// The stream that belongs to a claim. `purpose` separates streams: no two uses share randomness.
    pub fn new(purpose: &str, a: &Network, b: &Network, relation: Relation, domain: &Domain) -> Transcript {
        let mut hasher = Sha256::new();
        hasher.update(b"samenet transcript 1\0");
        text(&mut hasher, purpose);
        hasher.update(fingerprint(a));
        hasher.update(fingerprint(b));
        // Words of relations must not change: certificates know the points.
        let relation = match relation {
            Relation::Equal => "equal".to_string(),
            other => format!("up to {other}"),
        };
        text(&mut hasher, &relation);
        number(&mut hasher, domain.0.len());
        for set in &domain.0 {
            write_set(&mut hasher, set);
        }
        Transcript { seed: hasher.finalize().into(), counter: 0, words: [0; 4], used: 4 }
    }

    /// 64 uniform bits.
    pub fn word(&mut self) -> u64 {
        if self.used == self.words.len() {
            let mut hasher = Sha256::new();
            hasher.update(self.seed);
            hasher.update(self.counter.to_le_bytes());
            let block: [u8; 32] = hasher.finalize().into();
            for (word, bytes) in self.words.iter_mut().zip(block.chunks_exact(8)) {
                *word = bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
            }
            self.counter += 1;
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// Uniform in `0..bound`, without bias: the smallest mask that covers the bound, and rejection. The bound
    /// is at least 1.
    pub fn below(&mut self, bound: u64) -> u64 {
        let mask = u64::MAX >> bound.saturating_sub(1).leading_zeros().min(63);
        loop {
            let word = self.word() & mask;
            if word < bound {
                return word;
            }
        }
    }

    /// A prime, uniform among the primes of `[2^61, 2^62)`: uniform integers of the interval until one is
    /// prime.
    pub fn prime(&mut self) -> u64 {
        loop {
            let candidate = (1 << 61) | (self.word() >> 3);
            if is_prime(candidate) {
                return candidate;
            }
        }
    }
}

fn number(hasher: &mut Sha256, value: usize) {
    hasher.update((value as u64).to_le_bytes());
}

fn text(hasher: &mut Sha256, value: &str) {
    number(hasher, value.len());
    hasher.update(value.as_bytes());
}

fn rationals(hasher: &mut Sha256, values: &[BigRational]) {
    number(hasher, values.len());
    values.iter().for_each(|value| text(hasher, &value.to_string()));
}

fn write_set(hasher: &mut Sha256, set: &InputSet) {
    match set {
        InputSet::Everything => text(hasher, "everything"),
        InputSet::Finite(values) => {
            text(hasher, "finite");
            rationals(hasher, values);
        }
        InputSet::OneHot => text(hasher, "onehot"),
        InputSet::Points(points) => {
            text(hasher, "points");
            number(hasher, points.len());
            points.iter().for_each(|point| rationals(hasher, point.data()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> Transcript {
        Transcript { seed: [7; 32], counter: 0, words: [0; 4], used: 4 }
    }

    /// 40,000 draws below 6: each value within 5 standard deviations (about 373) of 6,667. Biased reduction
    /// of three bits modulo 6 would give 10,000 for the first two.
    #[test]
    fn below_is_unbiased_and_reproducible() {
        let mut counts = [0; 6];
        let (mut one, mut two) = (stream(), stream());
        for _ in 0..40_000 {
            let value = one.below(6);
            assert_eq!(value, two.below(6));
            counts[value as usize] += 1;
        }
        assert!(counts.iter().all(|&count| (6_290..7_040).contains(&count)), "{counts:?}");
        assert_eq!(one.below(1), 0);
    }

    #[test]
    fn primes_are_primes_of_the_interval() {
        let mut stream = stream();
        let drawn: Vec<u64> = (0..20).map(|_| stream.prime()).collect();
        assert!(drawn.iter().all(|&p| p >> 61 == 1 && is_prime(p)));
        assert!(drawn.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
