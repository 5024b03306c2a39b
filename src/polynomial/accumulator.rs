//! Sums of many terms, collected in a hash table.

use crate::arithmetic::Exact;

/// A sum of terms under construction. Terms with equal monomials are added as they come; the order of terms
/// is made at the end, so it does not depend on hashing.
pub(super) struct Accumulator<E> {
    words: usize,
    keys: Vec<u64>,
    coefficients: Vec<E>,
    /// Open addressing with linear probing: one more than the position of a term, or 0.
    table: Vec<u32>,
    shift: u32,
}

impl<E: Clone + Send + Sync> Accumulator<E> {
    /// An empty sum of monomials of this many words, with room for some terms.
    pub(super) fn new(words: usize, terms: usize) -> Accumulator<E> {
        let slots = (2 * terms.clamp(8, 1 << 20)).next_power_of_two();
        Accumulator {
            words,
            keys: Vec::new(),
            coefficients: Vec::new(),
            table: vec![0; slots],
            shift: 64 - slots.trailing_zeros(),
        }
    }

    /// The number of terms, those that have cancelled included.
    pub(super) fn len(&self) -> usize {
        self.coefficients.len()
    }

    fn hash(key: &[u64]) -> u64 {
        // Multiplication by an odd constant moves every bit upwards only, so the upper half is folded back
        // in.
        key.iter()
            .fold(0, |hash: u64, word| {
                let mixed = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                mixed ^ (mixed >> 32)
            })
            .wrapping_mul(0xd6e8_feb8_6659_fd93)
    }

    /// Adds a term.
    pub(super) fn add<C: Exact<Element = E>>(&mut self, coefficients: &C, key: &[u64], coefficient: E) {
        let mask = self.table.len() - 1;
        let mut slot = (Self::hash(key) >> self.shift) as usize;
        loop {
            match self.table[slot] {
                0 => break,
                entry => {
                    let position = entry as usize - 1;
                    if self.keys[position * self.words..(position + 1) * self.words] == *key {
                        let sum = coefficients.add(&self.coefficients[position], &coefficient);
                        self.coefficients[position] = sum;
                        return;
                    }
                }
            }
            slot = (slot + 1) & mask;
        }
        self.keys.extend_from_slice(key);
        self.coefficients.push(coefficient);
        // The budget keeps sums far below 2^32 terms.
        self.table[slot] = self.coefficients.len() as u32;
        if 2 * self.coefficients.len() > self.table.len() {
            self.grow();
        }
    }

    fn grow(&mut self) {
        let slots = 2 * self.table.len();
        self.table = vec![0; slots];
        self.shift -= 1;
        for (position, key) in self.keys.chunks_exact(self.words).enumerate() {
            let mut slot = (Self::hash(key) >> self.shift) as usize;
            while self.table[slot] != 0 {
                slot = (slot + 1) & (slots - 1);
            }
            self.table[slot] = position as u32 + 1;
        }
    }

    /// The terms that have not cancelled, largest monomial first.
    pub(super) fn finish<C: Exact<Element = E>>(self, arithmetic: &C) -> (Vec<u64>, Vec<E>) {
        let words = self.words;
        let key = |position: u32| &self.keys[position as usize * words..(position as usize + 1) * words];
        let mut order: Vec<u32> = (0..self.coefficients.len() as u32)
            .filter(|&i| !arithmetic.is_zero(&self.coefficients[i as usize]))
            .collect();
        if words == 1 {
            order.sort_unstable_by_key(|&position| std::cmp::Reverse(self.keys[position as usize]));
        } else {
            order.sort_unstable_by(|&a, &b| key(b).cmp(key(a)));
        }
        let mut keys = Vec::with_capacity(order.len() * words);
        for &position in &order {
            keys.extend_from_slice(key(position));
        }
        let mut coefficients: Vec<Option<E>> = self.coefficients.into_iter().map(Some).collect();
        let coefficients =
            order.iter().filter_map(|&position| coefficients[position as usize].take()).collect();
        (keys, coefficients)
    }
}
