//! The entries of constants, in the two forms that numbers come in.

use num_rational::BigRational;

use super::outcome::{Refusal, unreadable};
use crate::network::{Constant, Data, decompose};

/// An entry.
pub(super) enum Entry<'a> {
    /// `mantissa * 2^exponent`, from a float: the mantissa is odd, or both are zero.
    Dyadic(i64, i32),
    /// Any other number.
    Rational(&'a BigRational),
}

/// How many entries are read at a time.
const BLOCK: usize = 1 << 16;

/// Visits all entries in row-major order. Entries may be read from a weight file, which may have changed.
pub(super) fn for_each_entry(
    constant: &Constant,
    mut visit: impl FnMut(Entry<'_>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let size = constant.shape().size();
    for start in (0..size).step_by(BLOCK) {
        let block = constant
            .block(start..size.min(start + BLOCK))
            .map_err(|error| unreadable("weights", error.to_string()))?;
        let mut float = |x: f64| {
            let (mantissa, exponent) = decompose(x);
            visit(Entry::Dyadic(mantissa, exponent))
        };
        match &*block {
            Data::F64(v) => v.iter().try_for_each(|&x| float(x))?,
            Data::F32(v) => v.iter().try_for_each(|&x| float(f64::from(x)))?,
            Data::F16(v) => v.iter().try_for_each(|&x| float(f64::from(x)))?,
            Data::BF16(v) => v.iter().try_for_each(|&x| float(f64::from(x)))?,
            data => (0..data.len()).try_for_each(|i| visit(Entry::Rational(&data.rational(i))))?,
        }
    }
    Ok(())
}
