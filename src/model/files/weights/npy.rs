//! The `.npy` format of one NumPy array: a magic string, a header that is a Python dictionary, the data.
//!
//! The parser of the dictionary knows only the few literals that NumPy writes, and limits their nesting: a
//! parser of all Python literals would recurse as deep as the file tells it to.

use std::io::Read;

use super::element::{ByteOrder, Element, Layout, Storage};
use super::error::{Quoted, WeightFault};

/// The first bytes of every `.npy` file.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// The longest header that is read, of the 4 GB that versions 2 and 3 allow. What NumPy writes for an array
/// of numbers has some 100 bytes, but a header may be padded.
const LONGEST_HEADER: u64 = 1 << 20;

/// What a header says.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// The bytes up to the data.
    pub(super) length: u64,
    /// How to read the array, or why that cannot be done.
    pub(super) storage: Result<Storage, WeightFault>,
}

/// Reads a header; the data follow.
pub(super) fn read_header(source: &mut dyn Read) -> Result<Header, WeightFault> {
    let mut start = [0; 8];
    read(source, &mut start)?;
    if !start.starts_with(MAGIC) {
        return Err(malformed("it does not begin with the magic string of a NumPy array"));
    }
    let (length, before) = match (start[6], start[7]) {
        (1, 0) => {
            let mut bytes = [0; 2];
            read(source, &mut bytes)?;
            (u64::from(u16::from_le_bytes(bytes)), 10)
        }
        (2 | 3, 0) => {
            let mut bytes = [0; 4];
            read(source, &mut bytes)?;
            (u64::from(u32::from_le_bytes(bytes)), 12)
        }
        (major, minor) => return Err(malformed(format!("its format version {major}.{minor} is unknown"))),
    };
    if length > LONGEST_HEADER {
        return Err(malformed(format!(
            "the header length field says {length} bytes; the limit is {LONGEST_HEADER}"
        )));
    }
    let mut text = Vec::new();
    source.take(length).read_to_end(&mut text).map_err(|e| malformed(e.to_string()))?;
    if text.len() as u64 != length {
        return Err(malformed("the header ends too early"));
    }
    // Versions 1 and 2 are Latin-1, version 3 is UTF-8; everything this parser accepts is ASCII.
    let storage = describe(&String::from_utf8_lossy(&text))?;
    Ok(Header { length: before + length, storage })
}

fn read(source: &mut dyn Read, bytes: &mut [u8]) -> Result<(), WeightFault> {
    source.read_exact(bytes).map_err(|_| malformed("the header ends too early"))
}

fn malformed(message: impl Into<String>) -> WeightFault {
    WeightFault::Malformed { format: "npy", message: message.into() }
}

/// The outer error makes the whole file invalid, the inner one says why its array cannot be used.
fn describe(text: &str) -> Result<Result<Storage, WeightFault>, WeightFault> {
    let mut parser = Parser { rest: text };
    let Literal::Dictionary(entries) = parser.literal(0)? else {
        return Err(malformed("the header is not a dictionary"));
    };
    if !parser.rest.trim_matches([' ', '\n', '\0']).is_empty() {
        return Err(malformed("something follows the header's dictionary"));
    }
    let mut found: [Option<Literal>; 3] = [None, None, None];
    for (key, value) in entries {
        let slot = match key.as_str() {
            "descr" => &mut found[0],
            "fortran_order" => &mut found[1],
            "shape" => &mut found[2],
            _ => return Err(malformed(format!("the header has an unknown key {}", Quoted(&key)))),
        };
        if slot.replace(value).is_some() {
            return Err(malformed(format!("the header gives {} twice", Quoted(&key))));
        }
    }
    let [Some(descr), Some(order), Some(Literal::Sequence(axes))] = found else {
        return Err(malformed("the header lacks one of 'descr', 'fortran_order' and 'shape'"));
    };
    let layout = match order {
        Literal::Bool(false) => Layout::C,
        Literal::Bool(true) => Layout::Fortran,
        _ => return Err(malformed("'fortran_order' is neither True nor False")),
    };
    let axes = axes
        .into_iter()
        .map(|axis| match axis {
            Literal::Natural(n) => Ok(n),
            _ => Err(malformed("'shape' has an entry that is not a natural number")),
        })
        .collect::<Result<Vec<u64>, _>>()?;
    let (element, byte_order) = match &descr {
        Literal::Text(descr) => match element(descr) {
            Some(pair) => pair,
            None => {
                return Ok(Err(WeightFault::Unsupported {
                    dtype: format!("{}{}", Quoted(descr), note(descr)),
                }));
            }
        },
        Literal::Sequence(_) => {
            return Ok(Err(WeightFault::Unsupported {
                dtype: "with named fields (a structured array)".into(),
            }));
        }
        _ => return Err(malformed("'descr' is not an element type")),
    };
    Ok(Storage::shape(&axes).map(|shape| Storage { element, byte_order, layout, shape }))
}

/// The element type and byte order that a type string such as `<f4` or `|b1` stands for. Where an entry has
/// several bytes their order must be given.
fn element(descr: &str) -> Option<(Element, ByteOrder)> {
    let (order, kind) = descr.split_at_checked(1)?;
    let element = match kind {
        "b1" => Element::Bool,
        "i1" => Element::I8,
        "i2" => Element::I16,
        "i4" => Element::I32,
        "i8" => Element::I64,
        "u1" => Element::U8,
        "u2" => Element::U16,
        "u4" => Element::U32,
        "u8" => Element::U64,
        "f2" => Element::F16,
        "f4" => Element::F32,
        "f8" => Element::F64,
        _ => return None,
    };
    match order {
        "<" => Some((element, ByteOrder::Little)),
        ">" => Some((element, ByteOrder::Big)),
        "|" if element.width() == 1 => Some((element, ByteOrder::Little)),
        _ => None,
    }
}

/// What an unsupported type is, in words.
fn note(descr: &str) -> &'static str {
    match descr.get(1..2) {
        Some("O") => " (pickled Python objects)",
        Some("c") => " (complex numbers)",
        Some("U" | "S" | "a") => " (strings)",
        Some("m" | "M") => " (times)",
        Some("V") if descr.ends_with("V2") => {
            " (raw bytes; NumPy writes bfloat16 like this, which safetensors can hold)"
        }
        Some("V") => " (raw bytes)",
        Some("f") => " (extended precision, which differs between machines)",
        _ => "",
    }
}

/// The literals that NumPy writes into a header.
#[derive(Debug)]
enum Literal {
    Text(String),
    Bool(bool),
    Natural(u64),
    Sequence(Vec<Literal>),
    Dictionary(Vec<(String, Literal)>),
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    /// Deeper nesting means a structured array, which is not supported; two levels would do.
    const DEEPEST: usize = 16;

    fn literal(&mut self, depth: usize) -> Result<Literal, WeightFault> {
        if depth > Self::DEEPEST {
            return Err(malformed("the header's literals are nested too deeply"));
        }
        self.skip_space();
        match self.rest.chars().next() {
            Some('{') => {
                self.advance(1);
                let mut entries = Vec::new();
                while !self.eat('}') {
                    let Literal::Text(key) = self.literal(depth + 1)? else {
                        return Err(malformed("a key of the header is not a string"));
                    };
                    if !self.eat(':') {
                        return Err(self.unexpected());
                    }
                    entries.push((key, self.literal(depth + 1)?));
                    self.separator('}')?;
                }
                Ok(Literal::Dictionary(entries))
            }
            Some(open @ ('(' | '[')) => {
                self.advance(1);
                let close = if open == '(' { ')' } else { ']' };
                let mut items = Vec::new();
                while !self.eat(close) {
                    items.push(self.literal(depth + 1)?);
                    self.separator(close)?;
                }
                Ok(Literal::Sequence(items))
            }
            Some(quote @ ('\'' | '"')) => {
                self.advance(1);
                let end = self.rest.find([quote, '\\']).ok_or_else(|| self.unexpected())?;
                let text = self.rest[..end].to_string();
                // Only names of fields can have escapes, and arrays with fields are not supported.
                if self.rest[end..].starts_with('\\') {
                    return Err(malformed("the header has a string with a backslash"));
                }
                self.advance(end + 1);
                Ok(Literal::Text(text))
            }
            Some('0'..='9') => {
                let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
                let value = self.rest[..end]
                    .parse()
                    .map_err(|_| malformed("the header has a number that is too large"))?;
                self.advance(end);
                // Python 2 wrote long integers with a suffix.
                self.rest = self.rest.strip_prefix('L').unwrap_or(self.rest);
                Ok(Literal::Natural(value))
            }
            _ => {
                for (word, value) in [("True", true), ("False", false)] {
                    if let Some(rest) = self.rest.strip_prefix(word) {
                        self.rest = rest;
                        return Ok(Literal::Bool(value));
                    }
                }
                Err(self.unexpected())
            }
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\n', '\t']);
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// A comma, or the closing bracket still to come.
    fn separator(&mut self, close: char) -> Result<(), WeightFault> {
        if self.eat(',') || self.rest.starts_with(close) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> WeightFault {
        match self.rest.chars().next() {
            Some(c) => malformed(format!("unexpected {c:?} in the header")),
            None => malformed("the header's dictionary is not closed"),
        }
    }
}
