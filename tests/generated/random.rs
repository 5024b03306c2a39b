//! A seeded source of small random numbers (SplitMix64), so that a failing case can be named by its seed.

use num_rational::BigRational;

pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bf0_3635)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn chance(&mut self, numerator: usize, denominator: usize) -> bool {
        self.below(denominator) < numerator
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub fn integer(&mut self, bound: i64) -> i64 {
        self.below(2 * bound as usize + 1) as i64 - bound
    }

    /// Mostly small integers, sometimes a dyadic fraction, sometimes thirds and the like.
    pub fn rational(&mut self) -> BigRational {
        let numerator = self.integer(3);
        match self.below(8) {
            0 => ratio(numerator, 4),
            1 => ratio(numerator, 3),
            _ => ratio(numerator, 1),
        }
    }

    pub fn nonzero(&mut self) -> BigRational {
        let choices =
            [ratio(1, 1), ratio(-1, 1), ratio(2, 1), ratio(-1, 2), ratio(3, 1), ratio(5, 3), ratio(-7, 4)];
        self.pick(&choices).clone()
    }

    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, self.below(i + 1));
        }
        order
    }
}

pub fn ratio(numerator: i64, denominator: i64) -> BigRational {
    BigRational::new(numerator.into(), denominator.into())
}
