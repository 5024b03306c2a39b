//! Digests of constants: SHA-256 of the shape and the *values*, whatever type they came in.
//!
//! Entries are hashed in chunks, each in the narrowest of three forms that holds all of its values exactly:
//! binary32, binary64, or a general form for any rational. A form is a function of the values alone and can
//! be read back, so equal digests mean equal values (or a collision of SHA-256). The digest of a tensor is
//! that of its shape and the digests of its chunks, which are computed on all cores.

use std::borrow::Cow;
use std::ops::Range;

use num_rational::BigRational;
use num_traits::Zero;
use sha2::{Digest, Sha256};

use super::{Data, Shape, decompose};
use crate::parallel;

/// Entries of one chunk.
pub(super) const CHUNK: usize = 1 << 16;

/// Tags of the three forms.
const SINGLE: u8 = 0;
const DOUBLE: u8 = 1;
const GENERAL: u8 = 2;

/// Why entries have no digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit<E> {
    /// They cannot be read.
    Unreadable(E),
    /// The entry at this position is the first that is not a finite number.
    NotFinite(usize),
    /// Their number does not fit the shape.
    Shape,
}

/// The digest of a tensor whose entries `read` gives, a range at a time. Also finds the first entry that is
/// not finite; when there are several reasons, the one at the lowest position is given.
pub(super) fn digest<'a, E: Send>(
    shape: &Shape,
    read: impl Fn(Range<usize>) -> Result<Cow<'a, Data>, E> + Sync,
) -> Result<[u8; 32], Unfit<E>> {
    let size = shape.size();
    let chunk = |index: usize| -> Result<[u8; 32], Unfit<E>> {
        let range = index * CHUNK..size.min((index + 1) * CHUNK);
        let (start, length) = (range.start, range.len());
        let data = read(range).map_err(Unfit::Unreadable)?;
        if data.len() != length {
            return Err(Unfit::Shape);
        }
        match data.first_not_finite() {
            Some(position) => Err(Unfit::NotFinite(start + position)),
            None => Ok(chunk_digest(&data)),
        }
    };
    let chunks = size.div_ceil(CHUNK);
    // Collected without stopping early, so that the first failure is found whatever the order of work.
    let digests: Vec<Result<[u8; 32], Unfit<E>>> =
        if chunks < 4 { (0..chunks).map(chunk).collect() } else { parallel::map(chunks, chunk) };
    let mut hasher = begin(shape);
    for digest in digests {
        hasher.update(digest?);
    }
    Ok(hasher.finalize().into())
}

/// The digest of a scalar, whose one entry is given.
pub(super) fn scalar_digest(entry: &BigRational) -> [u8; 32] {
    let data = Data::Rational(vec![entry.clone()]);
    begin(&Shape::scalar()).chain_update(chunk_digest(&data)).finalize().into()
}

fn begin(shape: &Shape) -> Sha256 {
    let mut hasher = Sha256::new();
    hasher.update((shape.rank() as u64).to_le_bytes());
    for &axis in shape.axes() {
        hasher.update((axis as u64).to_le_bytes());
    }
    hasher
}

/// Finite entries in their narrowest form.
fn chunk_digest(data: &Data) -> [u8; 32] {
    match data {
        Data::F32(v) => singles(v.iter().copied()),
        Data::F16(v) => singles(v.iter().map(|&x| f32::from(x))),
        Data::BF16(v) => singles(v.iter().map(|&x| f32::from(x))),
        Data::F64(v) => floats(v),
        Data::Integer(_) | Data::Unsigned(_) | Data::Rational(_) => {
            let exact = |position| exact_double(&data.rational(position));
            match (0..data.len()).map(exact).collect::<Option<Vec<f64>>>() {
                Some(values) => floats(&values),
                None => general(data),
            }
        }
    }
}

fn floats(values: &[f64]) -> [u8; 32] {
    if values.iter().all(|&x| f64::from(x as f32) == x) {
        singles(values.iter().map(|&x| x as f32))
    } else {
        // The sum with zero turns -0 into 0 and leaves the rest.
        hash(DOUBLE, values.iter().map(|x| (x + 0.0).to_le_bytes()))
    }
}

fn singles(values: impl Iterator<Item = f32>) -> [u8; 32] {
    hash(SINGLE, values.map(|x| (x + 0.0).to_le_bytes()))
}

fn hash<const WIDTH: usize>(tag: u8, values: impl Iterator<Item = [u8; WIDTH]>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([tag]);
    let mut buffer = [[0u8; WIDTH]; 512];
    let mut values = values.fuse();
    loop {
        let mut count = 0;
        for (slot, value) in buffer.iter_mut().zip(&mut values) {
            *slot = value;
            count += 1;
        }
        hasher.update(buffer[..count].as_flattened());
        if count < buffer.len() {
            return hasher.finalize().into();
        }
    }
}

/// Every value as one of two forms that no value shares: 0, the odd mantissa as 8 bytes and the exponent of
/// two as 4; or 1 and the fraction in lowest terms, in decimal.
fn general(data: &Data) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([GENERAL]);
    for position in 0..data.len() {
        let value = data.rational(position);
        match exact_double(&value) {
            Some(x) => {
                let (mantissa, exponent) = decompose(x);
                hasher.update([0u8]);
                hasher.update(mantissa.to_le_bytes());
                hasher.update(exponent.to_le_bytes());
            }
            None => {
                let text = value.to_string();
                hasher.update([1u8]);
                hasher.update((text.len() as u64).to_le_bytes());
                hasher.update(text.as_bytes());
            }
        }
    }
    hasher.finalize().into()
}

/// The double that is exactly this rational, if there is one; never -0.
fn exact_double(value: &BigRational) -> Option<f64> {
    if value.is_zero() {
        return Some(0.0);
    }
    let down = value.denom().trailing_zeros().unwrap_or(0);
    if value.denom().bits() != down + 1 {
        return None;
    }
    let up = value.numer().trailing_zeros().unwrap_or(0);
    let mantissa = i64::try_from(value.numer() >> up).ok()?;
    // Odd, of at most 53 bits, its lowest bit not below 2^-1074 and its highest below 2^1024.
    let bits = i64::from(64 - mantissa.unsigned_abs().leading_zeros());
    let exponent = i64::try_from(up).ok()? - i64::try_from(down).ok()?;
    if bits > 53 || exponent < -1074 || exponent + bits > 1024 {
        return None;
    }
    // In two steps, each exact: a power of two below the smallest normal number is not one factor.
    let (near, far) = (exponent / 2, exponent - exponent / 2);
    let power = |exponent: i64| f64::from_bits(((exponent + 1023) as u64) << 52);
    Some(mantissa as f64 * power(near) * power(far))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Constant;

    fn rational(n: i64, d: i64) -> BigRational {
        BigRational::new(n.into(), d.into())
    }

    fn of(data: Data) -> [u8; 32] {
        *Constant::new(Shape::new([data.len()]).unwrap(), data).unwrap().digest()
    }

    /// 1/2, -3 and 0 written as rationals, singles, doubles, with -0 for 0: one digest. A different value:
    /// another.
    #[test]
    fn digest_is_by_value() {
        let one = of(Data::F32(vec![0.5, -3.0, 0.0]));
        assert_eq!(one, of(Data::Rational(vec![rational(1, 2), rational(-3, 1), rational(0, 1)])));
        assert_eq!(one, of(Data::F64(vec![0.5, -3.0, 0.0])));
        assert_eq!(one, of(Data::F64(vec![0.5, -3.0, -0.0])));
        assert_eq!(one, of(Data::F32(vec![0.5, -3.0, -0.0])));
        let half = |x: f32| half::f16::from_f32(x);
        assert_eq!(one, of(Data::F16(vec![half(0.5), half(-3.0), half(-0.0)])));
        let brain = |x: f32| half::bf16::from_f32(x);
        assert_eq!(one, of(Data::BF16(vec![brain(0.5), brain(-3.0), brain(0.0)])));
        assert_ne!(one, of(Data::F64(vec![0.5, 3.0, 0.0])));
        assert_ne!(one, of(Data::F32(vec![0.5, -3.0, f32::from_bits(1)])));
        assert_eq!(of(Data::Integer(vec![-7, 0])), of(Data::F64(vec![-7.0, -0.0])));
        assert_eq!(of(Data::Integer(vec![7, 1])), of(Data::Unsigned(vec![7, 1])));
    }

    /// 0.1 as an f64 is not representable as f32, so the whole chunk is hashed as doubles, also where the
    /// others are rationals: 0.1 = 3602879701896397 / 2^55. With 1/3 among them, the chunk is in the general
    /// form whatever its type was.
    #[test]
    fn wider_forms_are_by_value_too() {
        let tenth = rational(3602879701896397, 1 << 55);
        let doubles = of(Data::F64(vec![0.1, -0.0, 2.0]));
        assert_eq!(doubles, of(Data::Rational(vec![tenth.clone(), rational(0, 1), rational(2, 1)])));
        assert_ne!(doubles, of(Data::F64(vec![f64::from(0.1f32), 0.0, 2.0])));
        let third = of(Data::Rational(vec![tenth, rational(1, 3)]));
        assert_ne!(third, of(Data::Rational(vec![rational(1, 10), rational(1, 3)])));
        // 2^53 + 1 is no double, 2^53 is; u64::MAX is none and 2^63 is.
        let big = (1i64 << 53) + 1;
        assert_ne!(of(Data::Integer(vec![big])), of(Data::Integer(vec![big - 1])));
        assert_eq!(of(Data::Integer(vec![big])), of(Data::Rational(vec![rational(big, 1)])));
        assert_eq!(of(Data::Integer(vec![big - 1])), of(Data::F64(vec![9007199254740992.0])));
        assert_eq!(of(Data::Unsigned(vec![1 << 63])), of(Data::F32(vec![9223372036854775808.0])));
        assert_ne!(of(Data::Unsigned(vec![u64::MAX])), of(Data::F64(vec![18446744073709551616.0])));
    }

    /// The smallest and largest doubles and singles come back from their rationals, and their neighbours
    /// outside the range do not.
    #[test]
    fn exact_doubles_at_the_edges() {
        let cases =
            [f64::from_bits(1), f64::MIN_POSITIVE, f64::MAX, -f64::MAX, 3.0 * f64::from_bits(1), 0.1, -6.0];
        for x in cases {
            let value = Data::F64(vec![x]).rational(0);
            assert_eq!(exact_double(&value), Some(x));
            assert_eq!(of(Data::Rational(vec![value])), of(Data::F64(vec![x])));
        }
        let two = rational(2, 1);
        let tiny = Data::F64(vec![f64::from_bits(1)]).rational(0) / &two;
        let huge = Data::F64(vec![f64::MAX]).rational(0) * &two;
        let between = Data::F64(vec![f64::MAX]).rational(0) / (&two * &two + rational(1, 1));
        for value in [tiny, huge, between] {
            assert_eq!(exact_double(&value), None);
        }
        assert_eq!(exact_double(&rational(0, 1)).map(f64::to_bits), Some(0));
        let half = Constant::new(Shape::scalar(), Data::F32(vec![0.5])).unwrap();
        assert_eq!(half, Constant::scalar(rational(1, 2)));
        for x in [f32::from_bits(1), f32::MAX, f32::MIN_POSITIVE] {
            assert_eq!(of(Data::F32(vec![x])), of(Data::F64(vec![f64::from(x)])));
        }
    }

    /// A tensor of several chunks, of which only the last is not all singles; the shape counts, and so does
    /// every entry. What is not finite is found at its place, the first of two.
    #[test]
    fn long_tensors() {
        let mut values = vec![0.5; 5 * CHUNK + 3];
        let whole = of(Data::F64(values.clone()));
        assert_eq!(whole, of(Data::F32(vec![0.5; 5 * CHUNK + 3])));
        let shape = Shape::new([1, 5 * CHUNK + 3]).unwrap();
        assert_ne!(&whole, Constant::new(shape, Data::F64(values.clone())).unwrap().digest());
        for position in [0, CHUNK, 5 * CHUNK + 2] {
            values[position] = 0.1;
            assert_ne!(whole, of(Data::F64(values.clone())));
            values[position] = 0.5;
        }
        values[2 * CHUNK + 1] = f64::NAN;
        values[4 * CHUNK] = f64::INFINITY;
        let shape = Shape::new([values.len()]).unwrap();
        let data = Data::F64(values);
        let read = |range: Range<usize>| Ok::<_, ()>(Cow::Owned(data.slice(range)));
        assert_eq!(digest(&shape, read), Err(Unfit::NotFinite(2 * CHUNK + 1)));
    }
}
