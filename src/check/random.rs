//! `random_evaluation`: agreement at random points modulo random primes, and the randomness that nobody
//! chooses.

use num_bigint::BigUint;
use sha2::{Digest, Sha256};

use super::agreement::Difference;
use super::outcome::{Refusal, Work, incomplete, require};
use super::residues::{LARGEST, is_good};
use super::subject::Subject;
use crate::certificate::{Natural, Number as Written, RandomEvaluation};
use crate::domain::Domain;

/// The probability of an error is at most `2^-ERROR`.
const ERROR: u32 = 128;

/// The largest `t` such that one round errs with probability at most `2^-t`.
fn bits_per_round(height: u64, degree: u64, divisors: u64) -> Option<u32> {
    // The primes from P = 2^61 to 2P are at least 3P / (5 ln P) (Rosser and Schoenfeld), and ln P < 42.282.
    let primes =
        ((3u128 << 61) * 1_000 / (5 * 42_282)).checked_sub(u128::from(divisors)).filter(|&n| n > 0)?;
    // In units of 2^-64, rounded up: primes that divide a coefficient, and roots.
    let error = (u128::from(height / 61) << 64).div_ceil(primes) + (u128::from(degree) << 3);
    let ceil_log2 = u128::BITS - (error.max(1) - 1).leading_zeros();
    64u32.checked_sub(ceil_log2).filter(|&bits| bits > 0)
}

/// The random evaluation of two models, which agree there.
pub(super) fn random_evaluation(
    subject: &Subject,
    scale: Option<&Written>,
    everywhere: bool,
    work: &Work,
) -> Result<RandomEvaluation, Refusal> {
    let mut pair = subject.pair(scale, "random_evaluation")?;
    if everywhere {
        let field = "evidence.random_evaluation.everywhere";
        require(!pair.domain.is_everywhere(), field, "the statement is about all inputs already")?;
        pair.domain = Domain::everywhere(pair.domain.0.len());
    }
    let difference = Difference::new(&pair, work, "evidence.random_evaluation")?;
    let (degree, height) = difference.bounds(1)?;
    let bits = bits_per_round(height, degree, difference.denominator.bits() / 61)
        .ok_or_else(|| incomplete("the bounds are too large for random evaluation"))?;
    let finite = difference.positions(|coordinate| !coordinate.is_free());
    let free = difference.coordinates.len() - finite.len();
    let points = difference.count(&finite, degree)?;
    let mut stream = Stream::new(subject, &pair.scale.to_string());
    let mut primes = Vec::new();
    for _ in 0..ERROR.div_ceil(bits) {
        let (prime, residues) = stream.draw(&difference.denominator, free);
        difference.vanishes(prime, (&finite, degree), &residues)?;
        primes.push(Natural(prime));
    }
    let error_log2 = primes.len() as u32 * bits;
    Ok(RandomEvaluation { scale: scale.cloned(), everywhere, degree, height, points, primes, error_log2 })
}

/// Random words: SHA-256 in counter mode of a text that names the models and the statement.
pub(super) struct Stream {
    seed: [u8; 32],
    block: u64,
    words: Vec<u64>,
}

impl Stream {
    pub(super) fn new(subject: &Subject, scale: &str) -> Stream {
        let models: String = subject.models.iter().map(|model| format!("{model}\n")).collect();
        let text = format!("samenet random evaluation 1\n{models}{}\n{scale}\n", subject.statement.to_line());
        Stream { seed: Sha256::digest(text.as_bytes()).into(), block: 0, words: Vec::new() }
    }

    /// 64 uniform bits: the four little-endian words of every block, in order.
    fn word(&mut self) -> u64 {
        if self.words.is_empty() {
            let block = Sha256::new().chain_update(self.seed).chain_update(self.block.to_le_bytes());
            let block: [u8; 32] = block.finalize().into();
            let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
            self.words = block.chunks_exact(8).rev().map(number).collect();
            self.block += 1;
        }
        self.words.pop().unwrap_or_default()
    }

    /// A prime from 2^61 on, and residues: each the lowest 62 bits of the first word that has them below the
    /// prime.
    pub(super) fn draw(&mut self, denominator: &BigUint, residues: usize) -> (u64, Vec<u64>) {
        let prime = loop {
            let candidate = (1 << 61) | (self.word() >> 3);
            if is_good(candidate, denominator) {
                break candidate;
            }
        };
        let mut below = || loop {
            let candidate = self.word() & (LARGEST - 1);
            if candidate < prime {
                break candidate;
            }
        };
        (prime, (0..residues).map(|_| below()).collect())
    }
}
