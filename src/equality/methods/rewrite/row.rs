//! Linear combinations up to a factor: a list of distinct classes with primitive integer coefficients.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::coefficient::{Coefficient, make_primitive};

/// The number of a class of entries, in a table.
pub(crate) type ClassId = u32;

/// A linear combination of two classes or more, up to a factor: ascending classes, and coefficients that are
/// integers without a common divisor, the first positive. Equality is exact; the hash only finds candidates.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    hash: u64,
    classes: Arc<[ClassId]>,
    coefficients: Packed,
}

/// Coefficients in as few bytes as they allow. There is one way to pack a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Packed {
    /// `mantissa * 2^exponent`, each.
    Short(Box<[i32]>, Box<[i16]>),
    Any(Box<[Coefficient]>),
}

impl PartialEq for Row {
    fn eq(&self, other: &Row) -> bool {
        self.hash == other.hash
            && (Arc::ptr_eq(&self.classes, &other.classes) || self.classes == other.classes)
            && self.coefficients == other.coefficients
    }
}

impl Eq for Row {}

impl Hash for Row {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Row {
    /// A linear combination as a factor and a row. The classes are ascending and distinct, the coefficients
    /// are not zero. `None` when a number gets too long.
    pub fn new(classes: Arc<[ClassId]>, mut coefficients: Vec<Coefficient>) -> Option<(Coefficient, Row)> {
        let content = make_primitive(&mut coefficients)?;
        let coefficients = pack(coefficients);
        let mut hasher = DefaultHasher::new();
        classes.hash(&mut hasher);
        coefficients.hash(&mut hasher);
        Some((content, Row { hash: hasher.finish(), classes, coefficients }))
    }

    /// The number of terms.
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// The classes, ascending.
    pub fn classes(&self) -> &[ClassId] {
        &self.classes
    }

    /// The terms.
    pub fn terms(&self) -> impl Iterator<Item = (ClassId, Coefficient)> + '_ {
        self.classes.iter().enumerate().map(|(position, &class)| {
            let coefficient = match &self.coefficients {
                Packed::Short(mantissas, exponents) => Coefficient::Short {
                    mantissa: i64::from(mantissas[position]),
                    exponent: i32::from(exponents[position]),
                },
                Packed::Any(coefficients) => coefficients[position].clone(),
            };
            (class, coefficient)
        })
    }

    /// The memory it takes, its classes not included: these may be shared.
    pub fn bytes(&self) -> u64 {
        let each = match &self.coefficients {
            Packed::Short(..) => 6,
            Packed::Any(_) => 64,
        };
        64 + each * self.len() as u64
    }
}

fn pack(coefficients: Vec<Coefficient>) -> Packed {
    let mut mantissas = Vec::with_capacity(coefficients.len());
    let mut exponents = Vec::with_capacity(coefficients.len());
    for coefficient in &coefficients {
        let Coefficient::Short { mantissa, exponent } = coefficient else { break };
        let (Ok(mantissa), Ok(exponent)) = (i32::try_from(*mantissa), i16::try_from(*exponent)) else {
            break;
        };
        mantissas.push(mantissa);
        exponents.push(exponent);
    }
    if mantissas.len() == coefficients.len() {
        Packed::Short(mantissas.into(), exponents.into())
    } else {
        Packed::Any(coefficients.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(classes: &[ClassId], values: &[(i64, i32)]) -> (Coefficient, Row) {
        let values = values.iter().map(|&(m, e)| Coefficient::dyadic(m, e).unwrap()).collect();
        Row::new(classes.into(), values).unwrap()
    }

    /// 6 a - 4 b = 2 (3 a - 2 b), and -3/2 a + b = -1/2 (3 a - 2 b); 3 a - 2 c and 3 a + 2 b are others.
    #[test]
    fn proportional_rows_are_one() {
        let (content, one) = row(&[1, 2], &[(6, 0), (-4, 0)]);
        assert_eq!(content, Coefficient::dyadic(2, 0).unwrap());
        let (content, other) = row(&[1, 2], &[(-3, -1), (1, 0)]);
        assert_eq!(content, Coefficient::dyadic(-1, -1).unwrap());
        assert_eq!(one, other);
        assert_ne!(one, row(&[1, 3], &[(6, 0), (-4, 0)]).1);
        assert_ne!(one, row(&[1, 2], &[(6, 0), (4, 0)]).1);
        let terms: Vec<_> = one.terms().collect();
        assert_eq!(
            terms,
            [(1, Coefficient::dyadic(3, 0).unwrap()), (2, Coefficient::dyadic(-2, 0).unwrap())]
        );
    }

    /// Long coefficients are compared as exactly as short ones: 2^40 + 1 and 2^40 + 3 next to 1.
    #[test]
    fn long_coefficients() {
        let (_, one) = row(&[1, 2], &[((1 << 40) + 1, 0), (1, 0)]);
        let (_, same) = row(&[1, 2], &[((1 << 40) + 1, -50), (1, -50)]);
        let (_, other) = row(&[1, 2], &[((1 << 40) + 3, 0), (1, 0)]);
        assert_eq!(one, same);
        assert_ne!(one, other);
    }
}
