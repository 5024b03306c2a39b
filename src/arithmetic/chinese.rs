//! Integers from their residues modulo many primes.

use num_bigint::{BigInt, BigUint};
use num_traits::{One, Zero};

use super::Arithmetic;
use super::prime::PrimeField;
use crate::parallel;

/// A set of odd primes below `2^62`, prepared to combine residues modulo each into one integer.
///
/// With `P` the product of the primes, `x = sum_i y_i P / p_i (mod P)` where `y_i = x (P / p_i)^-1 mod p_i`.
/// The sum is made in a tree: two neighbours with moduli `A`, `B` and partial sums `a`, `b` give `a B + b A`.
/// So with fast multiplication of long integers thousands of primes take much less than quadratic time for
/// every integer (J. von zur Gathen and J. Gerhard, *Modern Computer Algebra*, 2013, section 10.3).
#[derive(Clone, Debug)]
pub struct ChineseRemainders {
    primes: Vec<u64>,
    /// `(P / p)^-1 mod p` for every prime.
    inverses: Vec<u64>,
    /// Neighbouring primes whose product is below `2^62` are one leaf of the tree.
    leaves: Vec<Leaf>,
    /// The products of the nodes of the tree, level by level from the leaves to the root; a last node without
    /// a neighbour is its own parent.
    tree: Vec<Vec<BigUint>>,
}

#[derive(Clone, Debug)]
struct Leaf {
    primes: std::ops::Range<usize>,
    product: u64,
}

impl ChineseRemainders {
    /// Prepares some primes. `None` when two of them are equal, or one is not an odd prime below `2^62`.
    pub fn new(primes: Vec<u64>) -> Option<ChineseRemainders> {
        let mut leaves: Vec<Leaf> = Vec::new();
        for (i, &prime) in primes.iter().enumerate() {
            let joined =
                leaves.last().and_then(|leaf| leaf.product.checked_mul(prime)).filter(|p| p >> 62 == 0);
            match (leaves.last_mut(), joined) {
                (Some(leaf), Some(product)) => *leaf = Leaf { primes: leaf.primes.start..i + 1, product },
                _ => leaves.push(Leaf { primes: i..i + 1, product: prime }),
            }
        }
        let inverse = |index: usize| inverse_of_others(&primes, &leaves, primes[index]);
        let inverses: Option<Vec<u64>> = parallel::map(primes.len(), inverse).into_iter().collect();
        let mut tree: Vec<Vec<BigUint>> =
            vec![leaves.iter().map(|leaf| BigUint::from(leaf.product)).collect()];
        while let Some(level) = tree.last().filter(|level| level.len() > 1) {
            let pair = |index: usize| level[2 * index..level.len().min(2 * index + 2)].iter().product();
            let above = parallel::map(level.len().div_ceil(2), pair);
            tree.push(above);
        }
        Some(ChineseRemainders { inverses: inverses?, primes, leaves, tree })
    }

    /// The product of the primes.
    pub fn product(&self) -> BigUint {
        self.tree.last().and_then(|level| level.first()).cloned().unwrap_or_else(BigUint::one)
    }

    /// The integer `x` with these residues and `|x| < P/2`, where `P` is the product of the primes. There
    /// must be one residue for every prime, below it.
    pub fn combine(&self, residues: &[u64]) -> BigInt {
        let weighted = |i: usize| {
            let product = u128::from(residues[i]) * u128::from(self.inverses[i]);
            (product % u128::from(self.primes[i])) as u64
        };
        let mut sums: Vec<BigUint> = self
            .leaves
            .iter()
            .map(|leaf| {
                // Fewer than 62 / log2 3 summands below 2^62 each.
                let terms = leaf
                    .primes
                    .clone()
                    .map(|i| u128::from(weighted(i)) * u128::from(leaf.product / self.primes[i]));
                BigUint::from(terms.sum::<u128>())
            })
            .collect();
        for products in &self.tree {
            if sums.len() <= 1 {
                break;
            }
            sums = sums
                .chunks(2)
                .zip(products.chunks(2))
                .map(|(sums, products)| match (sums, products) {
                    ([a, b], [product_a, product_b]) => a * product_b + b * product_a,
                    (rest, _) => rest[0].clone(),
                })
                .collect();
        }
        let Some(sum) = sums.pop() else { return BigInt::zero() };
        let product = self.product();
        // The sum is below P times the number of primes.
        let x = sum % &product;
        if (&x << 1u8) > product { BigInt::from(x) - BigInt::from(product) } else { BigInt::from(x) }
    }
}

/// The inverse modulo a prime of the product of the others.
fn inverse_of_others(primes: &[u64], leaves: &[Leaf], prime: u64) -> Option<u64> {
    let field = PrimeField::new(prime)?;
    let mut product = field.one();
    let mut found = false;
    for leaf in leaves {
        let own = &primes[leaf.primes.clone()];
        let mut others = leaf.product;
        if !found && own.contains(&prime) {
            // Only once: a second occurrence makes the product zero.
            found = true;
            others /= prime;
        }
        product = field.multiply(&product, &field.element(others));
    }
    field.invert(product).map(|inverse| field.value(inverse))
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_integer::Integer;
    use num_traits::ToPrimitive;

    fn residues(x: &BigInt, primes: &[u64]) -> Vec<u64> {
        primes.iter().map(|&p| x.mod_floor(&BigInt::from(p)).to_u64().unwrap()).collect()
    }

    /// Modulo 3, 5 and 7 the range is -52 ..= 52; every number in it comes back, and the next ones do not.
    #[test]
    fn small_primes_cover_their_range() {
        let primes = vec![3, 5, 7];
        let remainders = ChineseRemainders::new(primes.clone()).unwrap();
        for x in -52i64..=52 {
            assert_eq!(remainders.combine(&residues(&x.into(), &primes)), BigInt::from(x));
        }
        assert_eq!(remainders.combine(&residues(&53.into(), &primes)), BigInt::from(53 - 105));
        for bad in [vec![3, 5, 3], vec![3, 2], vec![3, 9], vec![5, (1 << 61) - 1, 7, (1 << 61) - 1]] {
            assert!(ChineseRemainders::new(bad.clone()).is_none(), "{bad:?}");
        }
    }

    /// The product of no primes is 1, and the only integer in its range is 0.
    #[test]
    fn no_primes() {
        let remainders = ChineseRemainders::new(Vec::new()).unwrap();
        assert_eq!(remainders.combine(&[]), BigInt::zero());
    }

    /// Primes of all lengths, in numbers around the powers of two that shape the tree. The extremes of the
    /// range come back: (P-1)/2 and its negative.
    #[test]
    fn many_primes_give_long_numbers() {
        for (count, top) in
            [(1, 1u64 << 62), (2, 1 << 22), (5, 1 << 22), (27, 1 << 22), (33, 1 << 62), (64, 1 << 31)]
        {
            let below = |&p: &u64| crate::arithmetic::previous_prime(p);
            let primes: Vec<u64> = std::iter::successors(below(&top), below).take(count).collect();
            let remainders = ChineseRemainders::new(primes.clone()).unwrap();
            let product: BigInt = primes.iter().map(|&p| BigInt::from(p)).product();
            assert_eq!(BigInt::from(remainders.product()), product);
            let largest: BigInt = (&product - 1) / 2;
            let third: BigInt = &product / 3;
            for x in [largest.clone(), -largest, BigInt::zero(), BigInt::from(-1), third.clone(), -third] {
                assert_eq!(remainders.combine(&residues(&x, &primes)), x);
            }
        }
    }
}
