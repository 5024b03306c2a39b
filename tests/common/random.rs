//! The one source of random numbers in tests and benchmarks: a seed names the same case on every run and
//! every machine.

use num_rational::BigRational;

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// True `numerator` times in `denominator`.
    pub fn chance(&mut self, numerator: usize, denominator: usize) -> bool {
        self.below(denominator) < numerator
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// An integer from `-bound` to `bound`.
    pub fn integer(&mut self, bound: i64) -> i64 {
        self.below(2 * bound as usize + 1) as i64 - bound
    }

    pub fn sign(&mut self) -> i64 {
        if self.next() & 1 == 0 { 1 } else { -1 }
    }

    /// A number in `0..1`, with all the bits of an f64.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number between -1 and 1, with all the bits of an f32.
    pub fn weight(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    /// Mostly small integers, sometimes a dyadic fraction, sometimes thirds.
    pub fn rational(&mut self) -> BigRational {
        let numerator = self.integer(3);
        match self.below(8) {
            0 => ratio(numerator, 4),
            1 => ratio(numerator, 3),
            _ => ratio(numerator, 1),
        }
    }

    pub fn nonzero(&mut self) -> BigRational {
        let (numerator, denominator) =
            *self.pick(&[(1, 1), (-1, 1), (2, 1), (-1, 2), (3, 1), (5, 3), (-7, 4)]);
        ratio(numerator, denominator)
    }

    pub fn permutation(&mut self, length: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..length).collect();
        for i in (1..length).rev() {
            order.swap(i, self.below(i + 1));
        }
        order
    }
}

pub fn ratio(numerator: i64, denominator: i64) -> BigRational {
    BigRational::new(numerator.into(), denominator.into())
}
