//! Common denominators of a whole network.

use std::collections::BTreeSet;

use num_bigint::BigUint;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::One;

use crate::network::{Data, Network, Operation};

/// An odd number such that every denominator that occurs divides a power of two times a power of it. Values
/// of the network at integers are then of the form `n / (2^two * base^odd)`, and no fraction ever needs to be
/// reduced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    base: BigUint,
    /// `log2 base <= scaled_log2 / 64`
    scaled_log2: u64,
}

/// A denominator `2^two * base^odd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Denominator {
    /// The power of two.
    pub two: u64,
    /// The power of the base.
    pub odd: u64,
}

impl Denominator {
    /// The denominator of a product. Saturates.
    pub fn times(self, other: Denominator) -> Denominator {
        Denominator { two: self.two.saturating_add(other.two), odd: self.odd.saturating_add(other.odd) }
    }

    /// The least common multiple: the denominator of a sum.
    pub fn join(self, other: Denominator) -> Denominator {
        Denominator { two: self.two.max(other.two), odd: self.odd.max(other.odd) }
    }

    /// Whether the exponents are too large to be told.
    pub fn is_saturated(self) -> bool {
        self.two == u64::MAX || self.odd == u64::MAX
    }
}

impl Base {
    /// The base for all constants and coefficients of some networks, and some other numbers such as inputs.
    pub fn new<'a>(
        networks: impl IntoIterator<Item = &'a Network>,
        others: impl IntoIterator<Item = &'a BigRational>,
    ) -> Base {
        let mut odd_parts: BTreeSet<BigUint> = BTreeSet::new();
        let mut add = |value: &BigRational| {
            if !value.denom().is_one() {
                let denominator = value.denom().magnitude();
                odd_parts.insert(denominator >> denominator.trailing_zeros().unwrap_or(0));
            }
        };
        others.into_iter().for_each(&mut add);
        for network in networks {
            for node in network.nodes() {
                match &node.operation {
                    // Floats and integers have no odd denominators.
                    Operation::Constant(constant) => {
                        if let Some(Data::Rational(values)) = constant.in_memory() {
                            values.iter().for_each(&mut add);
                        }
                    }
                    Operation::Combine { terms } => terms.iter().for_each(|(value, _)| add(value)),
                    _ => {}
                }
            }
        }
        Base::from_odd(root(lcm(odd_parts.into_iter().collect())))
    }

    fn from_odd(base: BigUint) -> Base {
        let scaled_log2 = if base.is_one() {
            0
        } else if base.bits() <= 1 << 12 {
            // base^64 < 2^bits
            base.pow(64).bits()
        } else {
            base.bits().saturating_mul(64)
        };
        Base { base, scaled_log2 }
    }

    /// The odd number itself; 1 when all denominators are powers of two.
    pub fn odd(&self) -> &BigUint {
        &self.base
    }

    /// The smallest denominator of this form that a number divides, or `None` when it has a factor that the
    /// base lacks.
    pub fn denominator(&self, number: &BigUint) -> Option<Denominator> {
        let two = number.trailing_zeros().unwrap_or(0);
        let mut rest = number >> two;
        let mut odd = 0;
        while !rest.is_one() {
            // Every step takes from each prime as much as the base has of it, so the steps are fewest.
            // The remainder first: the base may be far longer, and shortening it by subtraction takes long.
            let common = rest.gcd(&(&self.base % &rest));
            if common.is_one() {
                return None;
            }
            rest /= common;
            odd += 1;
        }
        Some(Denominator { two, odd })
    }

    /// An upper bound for the base-2 logarithm of a denominator; `u64::MAX` when it is at least that.
    pub fn log2(&self, denominator: Denominator) -> u64 {
        let odd = (u128::from(denominator.odd) * u128::from(self.scaled_log2)).div_ceil(64);
        u64::try_from(u128::from(denominator.two) + odd).unwrap_or(u64::MAX)
    }

    /// The denominator as a number. Its length is [`Base::log2`]: look at that first.
    pub fn value(&self, denominator: Denominator) -> BigUint {
        let odd = if self.base.is_one() {
            BigUint::one()
        } else {
            num_traits::pow::Pow::pow(&self.base, denominator.odd)
        };
        odd << denominator.two
    }
}

/// Numbers longer than this (in bits) are multiplied without looking for common factors, which takes a time
/// quadratic in their length.
const COMMON: u64 = 1 << 14;

/// The least common multiple, or a common multiple where that would take long, in pairs of about equal
/// length.
fn lcm(mut numbers: Vec<BigUint>) -> BigUint {
    while numbers.len() > 1 {
        numbers = numbers
            .chunks(2)
            .map(|pair| match pair {
                [a, b] if a.bits().min(b.bits()) > COMMON => a * b,
                [a, b] => lcm_of_two(a, b),
                _ => pair[0].clone(),
            })
            .collect();
    }
    numbers.pop().unwrap_or_else(BigUint::one)
}

/// The least common multiple of two numbers.
fn lcm_of_two(a: &BigUint, b: &BigUint) -> BigUint {
    let (short, long) = if a.bits() < b.bits() { (a, b) } else { (b, a) };
    let common = short.gcd(&(long % short));
    long * (short / common)
}

/// A root of a perfect power: 1/10, 1/100 and 1/1000 have denominators that are powers of 5 (and 2), and with
/// the base 5 each gets its own. The root is of degree 64 at most, so that exponents stay small.
fn root(mut number: BigUint) -> BigUint {
    if number.is_one() || number.bits() > 1 << 12 {
        return number;
    }
    let mut taken = 1u32;
    for degree in [2u32, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61] {
        while taken * degree <= 64 {
            let candidate = number.nth_root(degree);
            if candidate.is_one() || candidate.pow(degree) != number {
                break;
            }
            number = candidate;
            taken *= degree;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rationals(values: &[(i64, i64)]) -> Vec<BigRational> {
        values.iter().map(|&(n, d)| BigRational::new(n.into(), d.into())).collect()
    }

    /// 0.1, 0.01 and 0.125 have the odd denominators 5, 25, 1: lcm 25 = 5^2. Then 1/100 = 1/(2^2 5^2).
    #[test]
    fn decimals_get_base_five() {
        let base = Base::new([], &rationals(&[(1, 10), (1, 100), (1, 8)]));
        assert_eq!(base.odd(), &BigUint::from(5u8));
        assert_eq!(base.denominator(&100u8.into()), Some(Denominator { two: 2, odd: 2 }));
        assert_eq!(base.denominator(&3u8.into()), None);
        assert_eq!(base.value(Denominator { two: 2, odd: 2 }), 100u8.into());
        // log2 5 = 2.3219..: 5^64 has 149 bits, and 149/64 = 2.328.
        assert_eq!(base.log2(Denominator { two: 2, odd: 2 }), 7);
    }

    /// lcm(3, 25) = 75 is no perfect power; 9 needs 75^2.
    #[test]
    fn mixed_denominators_share_their_lcm() {
        let base = Base::new([], &rationals(&[(1, 3), (1, 25)]));
        assert_eq!(base.odd(), &BigUint::from(75u8));
        assert_eq!(base.denominator(&9u8.into()), Some(Denominator { two: 0, odd: 2 }));
        assert_eq!(base.denominator(&30u8.into()), Some(Denominator { two: 1, odd: 1 }));
    }

    #[test]
    fn integers_have_base_one() {
        let base = Base::new([], &rationals(&[(3, 1), (5, 8)]));
        assert_eq!(base.odd(), &BigUint::one());
        assert_eq!(base.log2(Denominator { two: 3, odd: 0 }), 3);
    }
}
