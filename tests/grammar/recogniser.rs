//! Whether a text is a sentence of a grammar, for any grammar without left recursion.
//!
//! For a part and a position, all positions are computed where a text that the part describes can end. There
//! is no order among alternatives and no commitment, so that nothing of how the parser works is repeated
//! here.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

use super::ebnf::{Grammar, Part};

/// Where texts can end, in ascending order.
type Ends = Rc<Vec<usize>>;

/// Mixes one small number, which is all that is hashed here; the standard hash takes most of the time.
#[derive(Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte));
        }
    }

    fn write_usize(&mut self, value: usize) {
        self.0 = (self.0 ^ value as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }
}

/// A text with what is known about it.
pub struct Recogniser<'a> {
    grammar: &'a Grammar,
    text: Vec<char>,
    /// The ends of a part (by its position among the parts) from a position of the text; `None` while they
    /// are being looked for.
    known: HashMap<usize, Option<Ends>, BuildHasherDefault<Mixer>>,
}

impl<'a> Recogniser<'a> {
    /// Begins with a text.
    pub fn new(grammar: &'a Grammar, text: &str) -> Recogniser<'a> {
        Recogniser { grammar, text: text.chars().collect(), known: HashMap::default() }
    }

    /// Whether a rule describes the whole text.
    pub fn accepts(&mut self, rule: &str) -> bool {
        let end = self.text.len();
        self.ends(self.grammar.rules[rule], 0).contains(&end)
    }

    /// Whether a rule describes a text that begins at a position.
    pub fn begins(&mut self, rule: &str, at: usize) -> bool {
        !self.ends(self.grammar.rules[rule], at).is_empty()
    }

    /// Whether a part describes the whole text.
    pub fn accepts_part(&mut self, part: usize) -> bool {
        let end = self.text.len();
        self.ends(part, 0).contains(&end)
    }

    fn ends(&mut self, part: usize, start: usize) -> Ends {
        let entry = start * self.grammar.parts.len() + part;
        match self.known.get(&entry) {
            None => self.known.insert(entry, None),
            Some(None) => panic!("the grammar has left recursion"),
            Some(Some(ends)) => return ends.clone(),
        };
        let grammar = self.grammar;
        let ends = match &grammar.parts[part] {
            Part::Rule(name) => self.ends(grammar.rules[name], start),
            _ => Rc::new(self.compute(part, start)),
        };
        self.known.insert(entry, Some(ends.clone()));
        ends
    }

    fn compute(&mut self, part: usize, start: usize) -> Vec<usize> {
        let grammar = self.grammar;
        match &grammar.parts[part] {
            Part::Terminal(terminal) => {
                let mut end = start;
                for c in terminal.chars() {
                    if self.text.get(end) != Some(&c) {
                        return Vec::new();
                    }
                    end += 1;
                }
                vec![end]
            }
            Part::Characters(first, last) => match self.text.get(start) {
                Some(c) if (first..=last).contains(&c) => vec![start + 1],
                _ => Vec::new(),
            },
            Part::Rule(_) => unreachable!("a rule ends where its right side does"),
            Part::Sequence(members) => {
                let mut ends = vec![start];
                for member in members {
                    ends = self.union(ends.into_iter().map(|end| (*member, end)));
                }
                ends
            }
            Part::Choice(alternatives) => self.union(alternatives.iter().map(|part| (*part, start))),
            Part::Optional(inner) => {
                sorted(self.ends(*inner, start).iter().copied().chain([start]).collect())
            }
            Part::Repeat(inner) => {
                let mut ends = vec![start];
                let mut new = vec![start];
                while let Some(from) = new.pop() {
                    for end in self.ends(*inner, from).iter() {
                        if !ends.contains(end) {
                            ends.push(*end);
                            new.push(*end);
                        }
                    }
                }
                sorted(ends)
            }
            Part::Except(included, excluded) => {
                let (included, excluded) = (self.ends(*included, start), self.ends(*excluded, start));
                included.iter().copied().filter(|end| !excluded.contains(end)).collect()
            }
            Part::NotBefore(rule) => {
                if self.begins(rule, start) {
                    Vec::new()
                } else {
                    vec![start]
                }
            }
        }
    }

    /// All ends of some parts from some positions.
    fn union(&mut self, parts: impl Iterator<Item = (usize, usize)>) -> Vec<usize> {
        let mut ends = Vec::new();
        for (part, start) in parts {
            ends.extend(self.ends(part, start).iter());
        }
        sorted(ends)
    }
}

fn sorted(mut ends: Vec<usize>) -> Vec<usize> {
    ends.sort_unstable();
    ends.dedup();
    ends
}
