//! Whether a text is a sentence of a grammar, for any grammar without left recursion.
//!
//! For a part and a position, all positions are computed where a text that the part describes can end. There
//! is no order among alternatives and no commitment, so that nothing of how the parser works is repeated here.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use crate::ebnf::{Grammar, Part};

/// Where texts can end, in ascending order.
type Ends = Rc<BTreeSet<usize>>;

/// A text with what is known about it.
pub struct Recogniser<'a> {
    grammar: &'a Grammar,
    text: Vec<char>,
    known: HashMap<(usize, usize), Option<Ends>>,
}

impl<'a> Recogniser<'a> {
    /// Begins with a text.
    pub fn new(grammar: &'a Grammar, text: &str) -> Recogniser<'a> {
        Recogniser { grammar, text: text.chars().collect(), known: HashMap::new() }
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
        if let Some(known) = self.known.get(&(part, start)) {
            return known.clone().expect("the grammar has no left recursion");
        }
        self.known.insert((part, start), None);
        let ends = Rc::new(self.compute(part, start));
        self.known.insert((part, start), Some(ends.clone()));
        ends
    }

    fn compute(&mut self, part: usize, start: usize) -> BTreeSet<usize> {
        let grammar = self.grammar;
        match &grammar.parts[part] {
            Part::Terminal(terminal) => {
                let mut end = start;
                for c in terminal.chars() {
                    if self.text.get(end) != Some(&c) {
                        return BTreeSet::new();
                    }
                    end += 1;
                }
                BTreeSet::from([end])
            }
            Part::Characters(first, last) => match self.text.get(start) {
                Some(c) if (first..=last).contains(&c) => BTreeSet::from([start + 1]),
                _ => BTreeSet::new(),
            },
            Part::Rule(name) => (*self.ends(grammar.rules[name], start)).clone(),
            Part::Sequence(members) => {
                let mut ends = BTreeSet::from([start]);
                for member in members {
                    ends = ends.iter().flat_map(|end| (*self.ends(*member, *end)).clone()).collect();
                }
                ends
            }
            Part::Choice(alternatives) => {
                alternatives.iter().flat_map(|part| (*self.ends(*part, start)).clone()).collect()
            }
            Part::Optional(inner) => {
                let mut ends = (*self.ends(*inner, start)).clone();
                ends.insert(start);
                ends
            }
            Part::Repeat(inner) => {
                let mut ends = BTreeSet::from([start]);
                let mut new = vec![start];
                while let Some(from) = new.pop() {
                    for end in self.ends(*inner, from).iter() {
                        if ends.insert(*end) {
                            new.push(*end);
                        }
                    }
                }
                ends
            }
            Part::Except(included, excluded) => {
                let (included, excluded) = (self.ends(*included, start), self.ends(*excluded, start));
                included.difference(&excluded).copied().collect()
            }
            Part::NotBefore(rule) => {
                if self.begins(rule, start) {
                    BTreeSet::new()
                } else {
                    BTreeSet::from([start])
                }
            }
        }
    }
}
