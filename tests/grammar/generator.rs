//! Random sentences of the grammar, and random changes to them.

use super::ebnf::{Grammar, Part};
use super::recogniser::Recogniser;
use crate::common::random::Random;

/// Characters that mean something somewhere, and some that mean nothing.
const CHARACTERS: &str =
    "\"\"\\{}{}##\n\n\r\t  ..==<>!|:;,+-*/@^()[]()[]__aelnstz0159AZ$&'%éλ−😀\u{a0}\u{feff}";

/// Makes sentences.
pub struct Generator<'a> {
    grammar: &'a Grammar,
    /// The least depth of the derivations of each part.
    depths: Vec<usize>,
    /// Every terminal of the grammar.
    terminals: Vec<String>,
    /// [`CHARACTERS`], one by one.
    characters: Vec<char>,
    /// Words that have a meaning in some places and may be names everywhere.
    contextual: Vec<String>,
    /// How often each part has been used.
    pub used: Vec<usize>,
    pub random: Random,
    text: String,
    /// Positions (in characters) where a rule must not describe what follows.
    conditions: Vec<(usize, &'a str)>,
}

impl<'a> Generator<'a> {
    /// A generator for a grammar.
    pub fn new(grammar: &'a Grammar, seed: u64) -> Generator<'a> {
        let contextual = grammar
            .terminals()
            .into_iter()
            .filter(|word| Recogniser::new(grammar, word).accepts("NAME"))
            .collect();
        Generator {
            grammar,
            depths: least_depths(grammar),
            terminals: grammar.terminals(),
            characters: CHARACTERS.chars().collect(),
            contextual,
            used: vec![0; grammar.parts.len()],
            random: Random(seed),
            text: String::new(),
            conditions: Vec::new(),
        }
    }

    /// A random sentence.
    pub fn sentence(&mut self, rule: &str) -> String {
        loop {
            self.text.clear();
            self.conditions.clear();
            let limit = 20 + self.random.below(50);
            self.derive(self.grammar.rules[rule], 0, limit);
            let mut recogniser = Recogniser::new(self.grammar, &self.text);
            if self.conditions.iter().all(|(position, rule)| !recogniser.begins(rule, *position)) {
                return self.text.clone();
            }
        }
    }

    /// Appends a text that a part describes. Beyond the limit, derivations get no deeper than they must.
    fn derive(&mut self, part: usize, depth: usize, limit: usize) {
        self.used[part] += 1;
        let grammar = self.grammar;
        match &grammar.parts[part] {
            Part::Terminal(terminal) => self.text.push_str(terminal),
            Part::Characters('\0', char::MAX) => {
                self.text.push(*self.random.pick(&self.characters));
            }
            Part::Characters(first, last) => {
                let code = u32::from(*first) as usize
                    + self.random.below((u32::from(*last) - u32::from(*first)) as usize + 1);
                self.text.push(char::from_u32(code as u32).expect("a range of characters"));
            }
            Part::Rule(name) if name == "SPACE" => self.space(depth, limit),
            Part::Rule(name) if name == "NAME" && self.random.chance(1, 3) => {
                let word = self.random.pick(&self.contextual).clone();
                self.text.push_str(&word);
                self.conditions.push((self.text.chars().count(), "WORD_CHARACTER"));
            }
            Part::Rule(name) => self.derive(grammar.rules[name], depth + 1, limit),
            Part::Sequence(members) => {
                for member in members {
                    self.derive(*member, depth + 1, limit);
                }
            }
            Part::Choice(alternatives) => {
                let shallowest = |part: &&usize| self.depths[**part];
                let least = alternatives.iter().min_by_key(shallowest).copied().expect("an alternative");
                let chosen = *self.random.pick(alternatives);
                let fits = depth + self.depths[chosen] < limit;
                self.derive(if fits { chosen } else { least }, depth + 1, limit);
            }
            Part::Optional(inner) => {
                if depth + self.depths[*inner] < limit && self.random.chance(1, 2) {
                    self.derive(*inner, depth + 1, limit);
                }
            }
            Part::Repeat(inner) => {
                while depth + self.depths[*inner] < limit && self.random.chance(1, 2) {
                    self.derive(*inner, depth + 1, limit);
                }
            }
            Part::Except(included, excluded) => loop {
                let (length, conditions) = (self.text.len(), self.conditions.len());
                self.derive(*included, depth + 1, limit);
                if !Recogniser::new(grammar, &self.text[length..]).accepts_part(*excluded) {
                    break;
                }
                self.text.truncate(length);
                self.conditions.truncate(conditions);
            },
            Part::NotBefore(rule) => self.conditions.push((self.text.chars().count(), rule)),
        }
    }

    /// White space, most often a blank, which also separates words. A comment is followed by the line break
    /// that ends it.
    fn space(&mut self, depth: usize, limit: usize) {
        match self.random.below(40) {
            0..6 => {}
            6 => {
                self.derive(self.grammar.rules["COMMENT"], depth, limit);
                // Derived like any rule; the condition that nothing of the comment follows holds now.
                self.text.push('\n');
            }
            7..11 => self.derive(self.grammar.rules["SPACE"], depth + 1, limit),
            _ => self.text.push(' '),
        }
    }

    /// A sentence with one or two changes.
    pub fn mutated(&mut self, sentence: &str) -> String {
        let mut pieces = pieces(sentence);
        let changes = 1 + self.random.below(2);
        for _ in 0..changes {
            if self.random.chance(1, 3) {
                pieces = pieces.concat().chars().map(String::from).collect();
            }
            self.change(&mut pieces);
        }
        pieces.concat()
    }

    fn change(&mut self, pieces: &mut Vec<String>) {
        let fresh = self.fresh();
        if pieces.is_empty() {
            return pieces.push(fresh);
        }
        let at = self.random.below(pieces.len());
        match self.random.below(6) {
            0 => {
                pieces.remove(at);
            }
            1 => pieces.insert(at, pieces[at].clone()),
            2 => {
                let other = self.random.below(pieces.len());
                pieces.swap(at, other);
            }
            3 => pieces[at] = pieces[self.random.below(pieces.len())].clone(),
            4 => pieces[at] = fresh,
            _ => pieces.insert(at, fresh),
        }
    }

    /// Up to so many random characters.
    pub fn noise(&mut self, most: usize) -> String {
        let length = self.random.below(most + 1);
        (0..length).map(|_| *self.random.pick(&self.characters)).collect()
    }

    /// A terminal of the grammar, or a character.
    fn fresh(&mut self) -> String {
        if self.random.chance(1, 3) {
            return self.random.pick(&self.characters).to_string();
        }
        let terminal = self.random.pick(&self.terminals).clone();
        if self.random.chance(1, 2) { format!(" {terminal} ") } else { terminal }
    }
}

/// The words, numbers and other characters of a text.
pub fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let word = |c: char| c.is_alphanumeric() || c == '_';
    for c in text.chars() {
        match pieces.last_mut() {
            Some(last) if word(c) && last.ends_with(word) => last.push(c),
            Some(last) if ["=", "!", "<", ">", ":", "."].contains(&last.as_str()) && "=:.".contains(c) => {
                last.push(c);
            }
            _ => pieces.push(c.to_string()),
        }
    }
    pieces
}

/// The least depth of a derivation of every part.
fn least_depths(grammar: &Grammar) -> Vec<usize> {
    const UNKNOWN: usize = 1_000_000;
    let mut depths = vec![UNKNOWN; grammar.parts.len()];
    loop {
        let mut changed = false;
        for (position, part) in grammar.parts.iter().enumerate() {
            let depth = match part {
                Part::Rule(name) => depths[grammar.rules[name]],
                Part::Sequence(members) => members.iter().map(|part| depths[*part]).max().unwrap_or(0),
                Part::Choice(parts) => parts.iter().map(|part| depths[*part]).min().unwrap_or(0),
                Part::Except(included, _) => depths[*included],
                _ => 0,
            };
            let depth = (depth + 1).min(UNKNOWN);
            if depth < depths[position] {
                depths[position] = depth;
                changed = true;
            }
        }
        if !changed {
            return depths;
        }
    }
}
