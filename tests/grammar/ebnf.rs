//! Reads `grammar/same.ebnf`.

use std::collections::{BTreeMap, BTreeSet};

/// A grammar: rules by name, and their parts. The conventions about SPACE and words have been made explicit.
pub struct Grammar {
    /// Every part of every rule. Parts refer to parts by position.
    pub parts: Vec<Part>,
    /// The part that is each rule's right side.
    pub rules: BTreeMap<String, usize>,
}

/// A part of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// The text itself.
    Terminal(String),
    /// What a rule describes.
    Rule(String),
    /// One after the other.
    Sequence(Vec<usize>),
    /// Any one of them.
    Choice(Vec<usize>),
    /// Nothing, or this.
    Optional(usize),
    /// Any number of these.
    Repeat(usize),
    /// The first, unless the same text is also the second.
    Except(usize, usize),
    /// A character of a range.
    Characters(char, char),
    /// Nothing, where no text that the rule describes follows.
    NotBefore(String),
}

impl Grammar {
    /// Reads a grammar, whose notation must be right.
    pub fn read(text: &str) -> Grammar {
        let mut reader = Reader {
            rest: text,
            grammar: Grammar { parts: Vec::new(), rules: BTreeMap::new() },
            capitals: false,
        };
        while !reader.next_is("") {
            let name = reader.identifier();
            reader.capitals = is_capitals(&name);
            reader.expect("=");
            let body = reader.choice();
            reader.expect(";");
            assert!(reader.grammar.rules.insert(name.clone(), body).is_none(), "two rules {name}");
        }
        for part in &reader.grammar.parts {
            if let Part::Rule(name) | Part::NotBefore(name) = part {
                assert!(reader.grammar.rules.contains_key(name), "no rule {name}");
            }
        }
        reader.grammar
    }

    /// The parts that sentences of a rule are derived from: not those that only say what may not stand or
    /// follow somewhere.
    pub fn derivable(&self, rule: &str) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut new = vec![self.rules[rule]];
        while let Some(part) = new.pop() {
            if !found.insert(part) {
                continue;
            }
            match &self.parts[part] {
                Part::Terminal(_) | Part::Characters(..) | Part::NotBefore(_) => {}
                Part::Rule(name) => new.push(self.rules[name]),
                Part::Sequence(parts) | Part::Choice(parts) => new.extend(parts),
                Part::Optional(part) | Part::Repeat(part) | Part::Except(part, _) => new.push(*part),
            }
        }
        found
    }

    /// Every terminal, in alphabetical order.
    pub fn terminals(&self) -> Vec<String> {
        let terminals = self.parts.iter().filter_map(|part| match part {
            Part::Terminal(text) => Some(text.clone()),
            _ => None,
        });
        let mut terminals: Vec<String> = terminals.collect();
        terminals.sort();
        terminals.dedup();
        terminals
    }
}

fn is_capitals(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
}

struct Reader<'a> {
    rest: &'a str,
    grammar: Grammar,
    /// Whether the rule is in capitals, so that SPACE is not added.
    capitals: bool,
}

impl Reader<'_> {
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let Some(comment) = self.rest.strip_prefix("(*") else { return };
            self.rest = comment.split_once("*)").expect("a comment ends").1;
        }
    }

    /// Whether a symbol follows; the empty symbol is the end.
    fn next_is(&mut self, symbol: &str) -> bool {
        self.skip();
        if symbol.is_empty() { self.rest.is_empty() } else { self.rest.starts_with(symbol) }
    }

    fn accept(&mut self, symbol: &str) -> bool {
        let found = self.next_is(symbol);
        if found {
            self.rest = &self.rest[symbol.len()..];
        }
        found
    }

    fn expect(&mut self, symbol: &str) {
        let found = self.accept(symbol);
        assert!(found, "expected {symbol} before {}", &self.rest[..self.rest.len().min(40)]);
    }

    fn identifier(&mut self) -> String {
        self.skip();
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        assert!(end > 0, "expected a rule before {}", &self.rest[..self.rest.len().min(40)]);
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        name.to_string()
    }

    fn add(&mut self, part: Part) -> usize {
        self.grammar.parts.push(part);
        self.grammar.parts.len() - 1
    }

    fn choice(&mut self) -> usize {
        let mut alternatives = vec![self.sequence()];
        while self.accept("|") {
            alternatives.push(self.sequence());
        }
        if alternatives.len() == 1 { alternatives[0] } else { self.add(Part::Choice(alternatives)) }
    }

    fn sequence(&mut self) -> usize {
        let mut members = vec![self.factor()];
        while self.accept(",") {
            members.push(self.factor());
        }
        if members.len() == 1 { members[0] } else { self.add(Part::Sequence(members)) }
    }

    fn factor(&mut self) -> usize {
        let included = self.primary();
        if !self.accept("-") {
            return included;
        }
        let excluded = self.primary();
        self.add(Part::Except(included, excluded))
    }

    fn primary(&mut self) -> usize {
        for (opening, closing) in [("(", ")"), ("[", "]"), ("{", "}")] {
            if self.accept(opening) {
                let inner = self.choice();
                self.expect(closing);
                return match opening {
                    "[" => self.add(Part::Optional(inner)),
                    "{" => self.add(Part::Repeat(inner)),
                    _ => inner,
                };
            }
        }
        for quote in ["\"", "'"] {
            if self.accept(quote) {
                let (text, rest) = self.rest.split_once(quote).expect("a terminal ends");
                self.rest = rest;
                return self.terminal(text.to_string());
            }
        }
        if self.accept("?") {
            let (special, rest) = self.rest.split_once('?').expect("a special sequence ends");
            self.rest = rest;
            let part = special_sequence(special.trim());
            return self.add(part);
        }
        let name = self.identifier();
        let spaced = is_capitals(&name) && !self.capitals;
        let rule = self.add(Part::Rule(name));
        if spaced { self.after_space(vec![rule]) } else { rule }
    }

    fn terminal(&mut self, text: String) -> usize {
        let word = text.starts_with(|c: char| c.is_ascii_alphabetic());
        let terminal = self.add(Part::Terminal(text));
        if self.capitals {
            return terminal;
        }
        let mut members = vec![terminal];
        if word {
            members.push(self.add(Part::NotBefore("WORD_CHARACTER".to_string())));
        }
        self.after_space(members)
    }

    fn after_space(&mut self, members: Vec<usize>) -> usize {
        let mut all = vec![self.add(Part::Rule("SPACE".to_string()))];
        all.extend(members);
        self.add(Part::Sequence(all))
    }
}

fn special_sequence(text: &str) -> Part {
    let character = |code: &str| {
        let code = code.trim().strip_prefix("U+").expect("a character");
        char::from_u32(u32::from_str_radix(code, 16).expect("a number")).expect("a character")
    };
    if text == "any character" {
        Part::Characters('\0', char::MAX)
    } else if let Some(rule) = text.strip_prefix("not before ") {
        Part::NotBefore(rule.to_string())
    } else {
        let (first, last) = text.split_once(" to ").unwrap_or((text, text));
        Part::Characters(character(first), character(last))
    }
}
