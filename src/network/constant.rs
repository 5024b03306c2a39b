//! Constant tensors, kept once and in the type they came in.

use std::hash::{Hash, Hasher};

use half::{bf16, f16};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};
use sha2::{Digest, Sha256};

use super::Shape;

/// The entries of a [`Constant`] in the type they were given in. Floats are finite: each denotes the dyadic
/// rational that it is.
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

    /// The entries at some positions, in the same type.
    pub fn pick(&self, positions: &[usize]) -> Data {
        fn at<T: Clone>(values: &[T], positions: &[usize]) -> Vec<T> {
            positions.iter().map(|&position| values[position].clone()).collect()
        }
        match self {
            Data::Rational(v) => Data::Rational(at(v, positions)),
            Data::Integer(v) => Data::Integer(at(v, positions)),
            Data::Unsigned(v) => Data::Unsigned(at(v, positions)),
            Data::F64(v) => Data::F64(at(v, positions)),
            Data::F32(v) => Data::F32(at(v, positions)),
            Data::F16(v) => Data::F16(at(v, positions)),
            Data::BF16(v) => Data::BF16(at(v, positions)),
        }
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

/// A constant tensor with a digest of its shape and *values*: 0.5 from a float32 file and `1/2` written in a
/// `.same` file have the same digest.
#[derive(Clone, Debug)]
pub struct Constant {
    shape: Shape,
    data: Data,
    digest: [u8; 32],
}

impl Constant {
    /// A constant, or `None` when the number of entries does not fit the shape or a float is not finite.
    pub fn new(shape: Shape, data: Data) -> Option<Constant> {
        if data.len() != shape.size() || data.first_not_finite().is_some() {
            return None;
        }
        let digest = digest(&shape, &data);
        Some(Constant { shape, data, digest })
    }

    /// The scalar constant of this value.
    pub fn scalar(value: BigRational) -> Constant {
        let (shape, data) = (Shape::scalar(), Data::Rational(vec![value]));
        let digest = digest(&shape, &data);
        Constant { shape, data, digest }
    }

    /// The shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The entries, in row-major order.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// SHA-256 of the shape and the exact values.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

impl PartialEq for Constant {
    fn eq(&self, other: &Constant) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Constant {}

impl Hash for Constant {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

/// SHA-256 over the rank, the axes, and each value in one of two forms that no value shares: tag 0, the odd
/// mantissa as 8 bytes and the exponent of two as 4; or tag 1 and the decimal fraction in lowest terms.
fn digest(shape: &Shape, data: &Data) -> [u8; 32] {
    fn dyadic(hasher: &mut Sha256, (mantissa, exponent): (i64, i32)) {
        let mut bytes = [0u8; 13];
        bytes[1..9].copy_from_slice(&mantissa.to_le_bytes());
        bytes[9..].copy_from_slice(&exponent.to_le_bytes());
        hasher.update(bytes);
    }

    let mut hasher = Sha256::new();
    hasher.update((shape.rank() as u64).to_le_bytes());
    for &axis in shape.axes() {
        hasher.update((axis as u64).to_le_bytes());
    }
    match data {
        Data::F64(v) => v.iter().map(|&x| decompose(x)).for_each(|pair| dyadic(&mut hasher, pair)),
        Data::F32(v) => v.iter().map(|&x| decompose(f64::from(x))).for_each(|pair| dyadic(&mut hasher, pair)),
        Data::F16(v) => v.iter().map(|&x| decompose(f64::from(x))).for_each(|pair| dyadic(&mut hasher, pair)),
        Data::BF16(v) => {
            v.iter().map(|&x| decompose(f64::from(x))).for_each(|pair| dyadic(&mut hasher, pair))
        }
        Data::Rational(_) | Data::Integer(_) | Data::Unsigned(_) => {
            for position in 0..data.len() {
                let value = data.rational(position);
                match as_dyadic(&value) {
                    Some(pair) => dyadic(&mut hasher, pair),
                    None => {
                        let text = value.to_string();
                        hasher.update([1u8]);
                        hasher.update((text.len() as u64).to_le_bytes());
                        hasher.update(text.as_bytes());
                    }
                }
            }
        }
    }
    hasher.finalize().into()
}

/// `(odd mantissa, exponent)` of a rational that is a dyadic with a mantissa of at most 53 bits (every value a
/// float can hold is one), and `None` otherwise.
fn as_dyadic(value: &BigRational) -> Option<(i64, i32)> {
    if value.is_zero() {
        return Some((0, 0));
    }
    let down = value.denom().trailing_zeros().unwrap_or(0);
    if value.denom().bits() != down + 1 {
        return None;
    }
    let up = value.numer().trailing_zeros().unwrap_or(0);
    let mantissa = i64::try_from(value.numer() >> up).ok()?;
    if mantissa.unsigned_abs() >> 53 != 0 {
        return None;
    }
    let exponent = i32::try_from(up as i64 - down as i64).ok()?;
    Some((mantissa, exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1/2, 3 and 0 written as rationals, integers and floats: one digest. A different value: another.
    #[test]
    fn digest_is_by_value() {
        let shape = Shape::new([2]).unwrap();
        let rational = |n: i64, d: i64| BigRational::new(n.into(), d.into());
        let one = Constant::new(shape.clone(), Data::F32(vec![0.5, -3.0])).unwrap();
        let two =
            Constant::new(shape.clone(), Data::Rational(vec![rational(1, 2), rational(-3, 1)])).unwrap();
        let three = Constant::new(shape.clone(), Data::F64(vec![0.5, -3.0])).unwrap();
        let other = Constant::new(shape, Data::F64(vec![0.5, 3.0])).unwrap();
        assert_eq!(one, two);
        assert_eq!(one, three);
        assert_ne!(one, other);
    }

    #[test]
    fn decompose_is_exact_at_the_edges() {
        assert_eq!(decompose(f64::MIN_POSITIVE / 2.0_f64.powi(52)), (1, -1074));
        assert_eq!(decompose(-6.0), (-3, 1));
        assert_eq!(decompose(0.0), (0, 0));
        assert_eq!(decompose(-0.0), (0, 0));
    }
}
