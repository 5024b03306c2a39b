//! The entries of constants in the types that weight files and `.same` files give them.

use std::ops::Range;

use half::{bf16, f16};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::strided::pick;

/// The entries of a [`Constant`](super::Constant) in the type they were given in. Floats are finite: each
/// denotes the dyadic rational that it is.
#[derive(Clone, Debug)]
pub enum Data {
    /// Exact rationals, from numbers written in a `.same` file or computed from such.
    Rational(Vec<BigRational>),
    /// Signed integers of any width up to 64 bits.
    Integer(Vec<i64>),
    /// Unsigned 64-bit integers.
    Unsigned(Vec<u64>),
    /// IEEE binary64.
    F64(Vec<f64>),
    /// IEEE binary32.
    F32(Vec<f32>),
    /// IEEE binary16.
    F16(Vec<f16>),
    /// bfloat16.
    BF16(Vec<bf16>),
}

/// Entries made of the entries, in the same type.
macro_rules! kept {
    ($data:expr, $entries:ident => $body:expr) => {
        match $data {
            Data::Rational($entries) => Data::Rational($body),
            Data::Integer($entries) => Data::Integer($body),
            Data::Unsigned($entries) => Data::Unsigned($body),
            Data::F64($entries) => Data::F64($body),
            Data::F32($entries) => Data::F32($body),
            Data::F16($entries) => Data::F16($body),
            Data::BF16($entries) => Data::BF16($body),
        }
    };
}

impl Data {
    /// The number of entries.
    pub fn len(&self) -> usize {
        match self {
            Data::Rational(v) => v.len(),
            Data::Integer(v) => v.len(),
            Data::Unsigned(v) => v.len(),
            Data::F64(v) => v.len(),
            Data::F32(v) => v.len(),
            Data::F16(v) => v.len(),
            Data::BF16(v) => v.len(),
        }
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Entries in a range, in the same type. The range must be within the entries.
    pub fn slice(&self, range: Range<usize>) -> Data {
        kept!(self, v => v[range].to_vec())
    }

    /// Adds entries of the same type at the end; entries of another type become rationals together with
    /// these.
    pub fn append(&mut self, more: Data) {
        match (&mut *self, more) {
            (Data::Rational(v), Data::Rational(more)) => v.extend(more),
            (Data::Integer(v), Data::Integer(more)) => v.extend(more),
            (Data::Unsigned(v), Data::Unsigned(more)) => v.extend(more),
            (Data::F64(v), Data::F64(more)) => v.extend(more),
            (Data::F32(v), Data::F32(more)) => v.extend(more),
            (Data::F16(v), Data::F16(more)) => v.extend(more),
            (Data::BF16(v), Data::BF16(more)) => v.extend(more),
            (_, more) => {
                let rationals = |data: &Data| (0..data.len()).map(|i| data.rational(i)).collect::<Vec<_>>();
                let mut all = rationals(self);
                all.extend(rationals(&more));
                *self = Data::Rational(all);
            }
        }
    }

    /// The position of the first entry that is not a finite number.
    pub fn first_not_finite(&self) -> Option<usize> {
        match self {
            Data::Rational(_) | Data::Integer(_) | Data::Unsigned(_) => None,
            Data::F64(v) => v.iter().position(|x| !x.is_finite()),
            Data::F32(v) => v.iter().position(|x| !x.is_finite()),
            Data::F16(v) => v.iter().position(|x| !x.is_finite()),
            Data::BF16(v) => v.iter().position(|x| !x.is_finite()),
        }
    }

    /// For every entry, whether it is zero.
    pub fn zeros(&self) -> Vec<bool> {
        match self {
            Data::Rational(v) => v.iter().map(Zero::is_zero).collect(),
            Data::Integer(v) => v.iter().map(|&x| x == 0).collect(),
            Data::Unsigned(v) => v.iter().map(|&x| x == 0).collect(),
            Data::F64(v) => v.iter().map(|&x| x == 0.0).collect(),
            Data::F32(v) => v.iter().map(|&x| x == 0.0).collect(),
            Data::F16(v) => v.iter().map(|&x| f32::from(x) == 0.0).collect(),
            Data::BF16(v) => v.iter().map(|&x| f32::from(x) == 0.0).collect(),
        }
    }

    /// The entries at all combinations of positions along `axes` (each a length and a stride), in the same
    /// type.
    pub(crate) fn pick(&self, offset: usize, axes: &[(usize, usize)]) -> Data {
        kept!(self, v => pick(v, offset, axes))
    }

    /// The entry at a position as the exact rational it denotes.
    pub fn rational(&self, position: usize) -> BigRational {
        match self {
            Data::Rational(v) => v[position].clone(),
            Data::Integer(v) => BigRational::from_integer(BigInt::from(v[position])),
            Data::Unsigned(v) => BigRational::from_integer(BigInt::from(v[position])),
            Data::F64(v) => dyadic_rational(v[position]),
            Data::F32(v) => dyadic_rational(f64::from(v[position])),
            Data::F16(v) => dyadic_rational(f64::from(v[position])),
            Data::BF16(v) => dyadic_rational(f64::from(v[position])),
        }
    }
}

/// A finite float as `(mantissa, exponent)`: its value is `mantissa * 2^exponent`, the mantissa odd or zero.
pub fn decompose(x: f64) -> (i64, i32) {
    let bits = x.to_bits();
    let biased = ((bits >> 52) & 0x7ff) as i32;
    let fraction = (bits & ((1 << 52) - 1)) as i64;
    let (mantissa, exponent) =
        if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
    if mantissa == 0 {
        return (0, 0);
    }
    let shift = mantissa.trailing_zeros();
    let mantissa = mantissa >> shift;
    (if x < 0.0 { -mantissa } else { mantissa }, exponent + shift as i32)
}

fn dyadic_rational(x: f64) -> BigRational {
    let (mantissa, exponent) = decompose(x);
    if exponent >= 0 {
        BigRational::from_integer(BigInt::from(mantissa) << exponent)
    } else {
        // The mantissa is odd, so the fraction is already in lowest terms.
        BigRational::new_raw(BigInt::from(mantissa), BigInt::one() << -exponent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decompose_is_exact_at_the_edges() {
        assert_eq!(decompose(f64::MIN_POSITIVE / 2.0_f64.powi(52)), (1, -1074));
        assert_eq!(decompose(-6.0), (-3, 1));
        assert_eq!(decompose(0.0), (0, 0));
        assert_eq!(decompose(-0.0), (0, 0));
    }

    #[test]
    fn entries_are_appended_by_value() {
        let mut data = Data::F32(vec![0.5]);
        data.append(Data::F32(vec![1.5]));
        assert!(matches!(&data, Data::F32(v) if *v == [0.5, 1.5]));
        data.append(Data::Integer(vec![-2]));
        assert_eq!(data.len(), 3);
        assert_eq!(data.rational(0), BigRational::new(1.into(), 2.into()));
        assert_eq!(data.rational(2), BigRational::from_integer((-2).into()));
    }
}
