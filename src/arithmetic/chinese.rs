//! Integers from their residues modulo many primes.

use num_bigint::{BigInt, BigUint};
use num_traits::{One, Zero};

use super::Arithmetic;
use super::prime::{PrimeField, Residue};

/// A set of primes, prepared to combine residues modulo each into one integer (H. L. Garner, *The residue number
/// system*, 1959).
#[derive(Clone, Debug)]
pub struct ChineseRemainders {
    fields: Vec<PrimeField>,
    /// For every prime, the inverse modulo it of the product of the primes before it.
    inverses: Vec<Residue>,
    product: BigUint,
}

impl ChineseRemainders {
    /// Prepares some fields. `None` when two of the primes are equal.
    pub fn new(fields: Vec<PrimeField>) -> Option<ChineseRemainders> {
        let mut inverses = Vec::with_capacity(fields.len());
        for (i, field) in fields.iter().enumerate() {
            let before = fields[..i]
                .iter()
                .fold(field.one(), |product, other| field.multiply(&product, &field.element(other.prime())));
            inverses.push(field.invert(before)?);
        }
        let product = fields.iter().fold(BigUint::one(), |product, field| product * field.prime());
        Some(ChineseRemainders { fields, inverses, product })
    }

    /// The fields, in order.
    pub fn fields(&self) -> &[PrimeField] {
        &self.fields
    }

    /// The product of the primes.
    pub fn product(&self) -> &BigUint {
        &self.product
    }

    /// Whether every integer of absolute value at most `2^log2` is determined by its residues.
    pub fn determines(&self, log2: u64) -> bool {
        // The product P is odd, so the symmetric range is |x| <= (P-1)/2, and 2^(log2+1) < P suffices.
        log2.checked_add(1).is_some_and(|bits| self.product.bits() > bits && !self.product.is_one())
    }

    /// The integer `x` with these residues and `|x| < P/2`, where `P` is the product of the primes. There must be
    /// one residue for every prime, in the form of its field.
    pub fn combine(&self, residues: &[Residue]) -> BigInt {
        // x = digit[0] + p[0] (digit[1] + p[1] (digit[2] + ..)), with 0 <= digit[i] < p[i].
        let mut digits: Vec<u64> = Vec::with_capacity(self.fields.len());
        for ((field, inverse), &residue) in self.fields.iter().zip(&self.inverses).zip(residues) {
            let mut known = field.zero();
            for (&digit, other) in digits.iter().zip(&self.fields).rev() {
                known = field.multiply(&known, &field.element(other.prime()));
                known = field.add(&known, &field.element(digit));
            }
            let digit = field.multiply(&field.subtract(residue, known), inverse);
            digits.push(field.value(digit));
        }
        let mut x = BigUint::zero();
        for (&digit, field) in digits.iter().zip(&self.fields).rev() {
            x = x * field.prime() + digit;
        }
        if &x + &x > self.product {
            BigInt::from(x) - BigInt::from(self.product.clone())
        } else {
            BigInt::from(x)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Modulo 3, 5 and 7 the range is -52 ..= 52; every number in it comes back.
    #[test]
    fn small_primes_cover_their_range() {
        let fields: Vec<PrimeField> = [3, 5, 7].iter().map(|&p| PrimeField::new(p).unwrap()).collect();
        let remainders = ChineseRemainders::new(fields.clone()).unwrap();
        for x in -52i64..=52 {
            let residues: Vec<Residue> = fields.iter().map(|field| field.element_signed(x)).collect();
            assert_eq!(remainders.combine(&residues), BigInt::from(x));
        }
        // 2^5 = 32 <= 52 < 64 = 2^6.
        assert!(remainders.determines(5) && !remainders.determines(6));
        assert!(ChineseRemainders::new(vec![fields[0], fields[1], fields[0]]).is_none());
    }

    #[test]
    fn large_primes_give_long_numbers() {
        let mut p = 1u64 << 62;
        let mut fields = Vec::new();
        for _ in 0..20 {
            p = crate::arithmetic::previous_prime(p).unwrap();
            fields.push(PrimeField::new(p).unwrap());
        }
        let remainders = ChineseRemainders::new(fields.clone()).unwrap();
        let x: BigInt = -(BigInt::from(3).pow(700)) + 12345;
        assert!(remainders.determines(x.bits()));
        let residues: Vec<Residue> = fields.iter().map(|field| field.element_big(&x)).collect();
        assert_eq!(remainders.combine(&residues), x);
    }
}
