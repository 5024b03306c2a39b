//! Monomials packed into words.
//!
//! A monomial is a list of fields of equal width: the total degree, then the exponent of every variable, from
//! the highest bits of the first word down. Compared as numbers, word by word, such keys are in graded
//! lexicographic order, and adding them word by word multiplies monomials as long as no total degree
//! overflows its field.

/// How the monomials of one computation are packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) variables: usize,
    bits: u32,
    fields_per_word: usize,
    /// The length of a key.
    pub(super) words: usize,
    /// The largest total degree that a key can have.
    pub(super) max_degree: u64,
}

impl Layout {
    /// A layout for monomials of total degree at most `max_degree`, or `None` when that does not fit 32 bits.
    pub(super) fn new(variables: usize, max_degree: u64) -> Option<Layout> {
        let bits = (64 - max_degree.leading_zeros()).max(1);
        if bits > 32 {
            return None;
        }
        let fields_per_word = (64 / bits) as usize;
        let words = variables.checked_add(1)?.div_ceil(fields_per_word);
        Some(Layout { variables, bits, fields_per_word, words, max_degree })
    }

    fn place(&self, field: usize) -> (usize, u32) {
        let (word, position) = (field / self.fields_per_word, field % self.fields_per_word);
        (word, 64 - self.bits * (position as u32 + 1))
    }

    /// The total degree.
    pub(super) fn degree(&self, key: &[u64]) -> u64 {
        key[0] >> (64 - self.bits)
    }

    /// Multiplies a monomial by a power of a variable. The total degree must stay within the maximum.
    pub(super) fn multiply_power(&self, key: &mut [u64], variable: usize, exponent: u64) {
        let (word, shift) = self.place(variable + 1);
        key[word] += exponent << shift;
        key[0] += exponent << (64 - self.bits);
    }

    /// Calls `f` with every variable that occurs, ascending, and its exponent.
    pub(super) fn for_each_power(&self, key: &[u64], mut f: impl FnMut(usize, u64)) {
        let mask = (1u64 << self.bits) - 1;
        for (word, &bits) in key.iter().enumerate() {
            let mut rest = if word == 0 { bits & (u64::MAX >> self.bits) } else { bits };
            while rest != 0 {
                let position = rest.leading_zeros() / self.bits;
                let shift = 64 - self.bits * (position + 1);
                let exponent = (rest >> shift) & mask;
                rest &= !(mask << shift);
                f(word * self.fields_per_word + position as usize - 1, exponent);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_come_back_in_order() {
        for max_degree in [1u64, 2, 5, 100, u64::from(u32::MAX)] {
            for variables in [1usize, 2, 7, 40, 200] {
                let layout = Layout::new(variables, max_degree).unwrap();
                let mut key = vec![0; layout.words];
                let (first, last) = (0, variables - 1);
                layout.multiply_power(&mut key, last, 1);
                layout.multiply_power(&mut key, first, max_degree - 1);
                let mut powers = Vec::new();
                layout.for_each_power(&key, |variable, exponent| powers.push((variable, exponent)));
                let expected = if max_degree == 1 {
                    vec![(last, 1)]
                } else if first == last {
                    vec![(0, max_degree)]
                } else {
                    vec![(first, max_degree - 1), (last, 1)]
                };
                assert_eq!(powers, expected);
                assert_eq!(layout.degree(&key), max_degree);
            }
        }
        assert_eq!(Layout::new(1, 1 << 32), None);
    }

    /// x0^2 > x0 x1 > x1^2 > x0 > x1 > 1.
    #[test]
    fn keys_are_in_graded_lexicographic_order() {
        let layout = Layout::new(2, 2).unwrap();
        let key = |a: u64, b: u64| {
            let mut key = vec![0; layout.words];
            layout.multiply_power(&mut key, 0, a);
            layout.multiply_power(&mut key, 1, b);
            key
        };
        let descending = [key(2, 0), key(1, 1), key(0, 2), key(1, 0), key(0, 1), key(0, 0)];
        assert!(descending.windows(2).all(|pair| pair[0] > pair[1]));
    }
}
