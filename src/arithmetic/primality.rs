//! Deterministic primality of 64-bit numbers.

/// Whether a number is prime: Miller and Rabin's test with the first twelve primes as bases, which is proved
/// to be right for all numbers below 3.3 * 10^24 (J. Sorenson and J. Webster, *Strong pseudoprimes to twelve
/// prime bases*, 2017).
pub fn is_prime(n: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if n < 2 {
        return false;
    }
    for base in BASES {
        if n.is_multiple_of(base) {
            return n == base;
        }
    }
    let shift = (n - 1).trailing_zeros();
    let odd = (n - 1) >> shift;
    'bases: for base in BASES {
        let mut power = power_mod(base, odd, n);
        if power == 1 || power == n - 1 {
            continue;
        }
        for _ in 1..shift {
            power = multiply_mod(power, power, n);
            if power == n - 1 {
                continue 'bases;
            }
        }
        return false;
    }
    true
}

/// The largest prime below `n`, or `None` when there is none.
pub fn previous_prime(n: u64) -> Option<u64> {
    (2..n).rev().find(|&candidate| is_prime(candidate))
}

fn multiply_mod(a: u64, b: u64, n: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(n)) as u64
}

fn power_mod(base: u64, mut exponent: u64, n: u64) -> u64 {
    let (mut result, mut square) = (1, base % n);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = multiply_mod(result, square, n);
        }
        square = multiply_mod(square, square, n);
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against trial division, and against numbers known to fool weaker tests.
    #[test]
    fn agrees_with_trial_division() {
        for n in 0u64..20_000 {
            let divides = (2..n).take_while(|d| d * d <= n).any(|d| n % d == 0);
            assert_eq!(is_prime(n), n >= 2 && !divides, "{n}");
        }
        // Strong pseudoprimes to bases 2..7, 2..11, 2..23 and 2..37 without 41 would fail (the last is too
        // long for 64 bits); Carmichael numbers; the largest prime below 2^64 and its neighbours.
        for composite in [3_215_031_751, 2_152_302_898_747, 3_825_123_056_546_413_051, 561, 1729, u64::MAX] {
            assert!(!is_prime(composite), "{composite}");
        }
        assert!(is_prime(u64::MAX - 58));
        assert_eq!(previous_prime(u64::MAX), Some(u64::MAX - 58));
        assert_eq!((previous_prime(3), previous_prime(2)), (Some(2), None));
    }
}
