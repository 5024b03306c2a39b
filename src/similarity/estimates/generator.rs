//! The random numbers of estimates: specified to the bit, so that a seed gives the same samples on every
//! machine.
//!
//! * 64 random bits: SplitMix64 (Steele, Lea, Flood, *Fast splittable pseudorandom number generators*, OOPSLA
//!   2014), whose first state is the seed.
//! * Uniform in `[0, 1)`: the upper 53 bits, over `2^53`. One of n: the upper word of the 128-bit product
//!   with n.
//! * Standard normal: Marsaglia's polar variant of Box and Muller (Marsaglia, Bray, *A convenient method for
//!   generating normal variables*, SIAM Review 6, 1964). u and v are uniform on `[-1, 1)`, drawn until
//!   `0 < s = u^2 + v^2 < 1`; `u f` and then `v f` are independent, with `f = sqrt(-2 ln(s) / s)`.
//!
//! The logarithm is computed here, by operations that IEEE 754 rounds in one way; those of C libraries
//! differ.

use std::f64::consts::{LN_2, SQRT_2};

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(super) struct Generator {
    state: u64,
    /// The second of a pair of normal numbers.
    spare: Option<f64>,
}

impl Generator {
    /// The stream of a seed.
    pub(super) fn new(seed: u64) -> Generator {
        Generator { state: seed, spare: None }
    }

    /// 64 bits.
    fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in `[0, 1)`.
    fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in `0..bound`, for bounds far below `2^64`; 0 when the bound is 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.word()) * bound as u128) >> 64) as usize
    }

    /// Standard normal.
    pub(super) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (u, v) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                let factor = (-2.0 * ln(s) / s).sqrt();
                self.spare = Some(v * factor);
                return u * factor;
            }
        }
    }
}

/// The natural logarithm of a positive normal number, within two units in the last place: with `x = m 2^e`, m
/// between `sqrt(1/2)` and `sqrt(2)`, it is `e ln 2 + 2 artanh(t)` for `t = (m - 1)/(m + 1)`, and
/// `|t| < 0.172`.
fn ln(x: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff;
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) & EXPONENT) as i64 - 1023;
    let mut mantissa = f64::from_bits((bits & !(EXPONENT << 52)) | (1023 << 52));
    if mantissa > SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    // t^24 / 25 is below 2^-65.
    let series = (0..12).rev().fold(0.0, |series, k| series * (t * t) + 1.0 / f64::from(2 * k + 1));
    exponent as f64 * LN_2 + 2.0 * t * series
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of seed 1234567, as published with the reference implementation's tests.
    #[test]
    fn words_are_those_of_splitmix() {
        let mut generator = Generator::new(1_234_567);
        let words: Vec<u64> = (0..5).map(|_| generator.word()).collect();
        assert_eq!(
            words,
            [
                6457827717110365317,
                3203168211198807973,
                9817491932198370423,
                4593380528125082431,
                16408922859458223821
            ]
        );
    }

    #[test]
    fn logarithms_are_right() {
        let mut generator = Generator::new(1);
        for i in 0..20_000 {
            let x = generator.unit().max(1e-300) * 10f64.powi(i % 37 - 36);
            let expected = x.ln();
            assert!((ln(x) - expected).abs() <= 1e-15 * expected.abs().max(1e-3), "{x}");
        }
        assert_eq!(ln(1.0), 0.0);
    }

    /// Pinned: a change of these numbers would change every answer that names a seed. The same steps in
    /// Python, with the logarithm of its C library, give the same numbers but for the last bit of two.
    #[test]
    fn normal_numbers_are_the_same_everywhere() {
        let mut generator = Generator::new(0);
        let bits: Vec<u64> = (0..4).map(|_| generator.normal().to_bits()).collect();
        let expected = [
            4_607_043_058_621_490_887,
            13_818_876_415_947_502_553,
            13_827_960_978_151_866_073,
            13_822_670_356_603_663_243,
        ];
        assert_eq!(bits, expected);
    }

    /// The moments of 200,000 numbers are 0, 1, 0 and 3, within five standard errors (the variances of x,
    /// x^2, x^3 and x^4 are 1, 2, 15 and 96), neighbours are uncorrelated, and a share of 0.6827 is within 1.
    #[test]
    fn normal_numbers_have_their_moments() {
        const COUNT: usize = 200_000;
        let mut generator = Generator::new(7);
        let numbers: Vec<f64> = (0..COUNT).map(|_| generator.normal()).collect();
        let mean = |f: &dyn Fn(usize) -> f64| (0..COUNT - 1).map(f).sum::<f64>() / COUNT as f64;
        let within = |value: f64, expected: f64, variance: f64| {
            assert!((value - expected).abs() < 5.0 * (variance / COUNT as f64).sqrt(), "{value} {expected}");
        };
        within(mean(&|i| numbers[i]), 0.0, 1.0);
        within(mean(&|i| numbers[i].powi(2)), 1.0, 2.0);
        within(mean(&|i| numbers[i].powi(3)), 0.0, 15.0);
        within(mean(&|i| numbers[i].powi(4)), 3.0, 96.0);
        within(mean(&|i| numbers[i] * numbers[i + 1]), 0.0, 1.0);
        within(mean(&|i| f64::from(u8::from(numbers[i].abs() < 1.0))), 0.6827, 0.2166);
    }

    #[test]
    fn one_of_some() {
        let mut generator = Generator::new(3);
        let mut counts = [0; 3];
        (0..30_000).for_each(|_| counts[generator.below(3)] += 1);
        // A standard deviation is 82.
        assert!(counts.iter().all(|&count| (9_600..10_400).contains(&count)), "{counts:?}");
        assert_eq!((generator.below(1), generator.below(0)), (0, 0));
    }
}
