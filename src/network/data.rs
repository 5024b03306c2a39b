//! The entries of constants in the types that weight files and `.same` files give them.

use std::ops::Range;

use half::{bf16, f16};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

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

/// The same of the entries whatever their type. `Data` of that type can be made with the second name.
macro_rules! of_any_type {
    ($data:expr, ($entries:ident, $same:pat) => $body:expr) => {
        of_any_type!($data, $entries, $same, $body, [Rational, Integer, Unsigned, F64, F32, F16, BF16])
    };
    ($data:expr, $entries:ident, $same:pat, $body:expr, [$($kind:ident),*]) => {
        match $data {
            $(Data::$kind($entries) => {
                let $same = Data::$kind;
                $body
            })*
        }
    };
}

impl Data {
    /// The number of entries.
    pub fn len(&self) -> usize {
        of_any_type!(self, (v, _) => v.len())
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Entries in a range, in the same type. The range must be within the entries.
    pub fn slice(&self, range: Range<usize>) -> Data {
        of_any_type!(self, (v, same) => same(v[range].to_vec()))
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
            (_, more) => *self = Data::Rational([self.rationals(), more.rationals()].concat()),
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
        of_any_type!(self, (v, _) => v.iter().map(is_zero).collect())
    }

    /// The entries at all combinations of positions along `axes` (each a length and a stride), in the same
    /// type.
    pub(crate) fn pick(&self, offset: usize, axes: &[(usize, usize)]) -> Data {
        of_any_type!(self, (v, same) => same(pick(v, offset, axes)))
    }

    /// All entries as the exact rationals that they denote.
    pub fn rationals(&self) -> Vec<BigRational> {
        (0..self.len()).map(|position| self.rational(position)).collect()
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

fn is_zero<E: Default + PartialEq>(entry: &E) -> bool {
    *entry == E::default()
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
