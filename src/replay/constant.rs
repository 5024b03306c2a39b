//! Constants as NumPy expressions: tensors of the weight files, what was computed from them, and literals.

use std::sync::Arc;

use crate::arithmetic::{Arithmetic, PrimeField};
use crate::network::{Constant, FilePlace, FileTensor, OperandSource, Origin, Shape};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

use super::Numbers;
use super::code::{Code, Writer};

/// Literals are written out up to this many entries.
const WRITTEN: usize = 4096;
/// Larger tensors are named, smaller ones stand where they are used.
const INLINE: usize = 8;
/// Tensors with so many entries are written by their nonzero entries, if these are few.
const MANY: usize = 32;
/// Entries of files that Python makes fractions of in a second or so.
const CONVERTED: f64 = 1e6;
/// Denominators that are a larger power of two belong to floats.
const FLOATLIKE: u64 = 1 << 10;

/// A number where NumPy expects one.
pub(super) fn scalar(value: &BigRational, numbers: Numbers) -> Result<String, String> {
    match numbers {
        Numbers::Floats => float(value),
        Numbers::Residues(prime) => {
            let field = PrimeField::new(prime).ok_or("the modulus is no prime")?;
            let residue = field.from_rational(value).map_err(|halt| halt.to_string())?;
            Ok(field.value(residue).to_string())
        }
        Numbers::Fractions if value.denom().is_one() => Ok(value.numer().to_string()),
        Numbers::Fractions => Ok(match as_float(value) {
            Some(float) => format!("F({float})"),
            None => format!("F({}, {})", value.numer(), value.denom()),
        }),
    }
}

/// The nearest float64.
fn float(value: &BigRational) -> Result<String, String> {
    match value.to_f64().filter(|float| float.is_finite()) {
        Some(float) => Ok(format!("{float:?}")),
        None => Err("a number is too large for float64".to_string()),
    }
}

/// A float64 that is exactly this, as its shortest decimal, where that is how it would have been written.
fn as_float(value: &BigRational) -> Option<String> {
    let denominator = value.denom();
    let power = denominator.bits() == denominator.trailing_zeros()? + 1;
    if !power || *denominator <= BigInt::from(FLOATLIKE) {
        return None;
    }
    let float = value.to_f64().filter(|float| float.is_finite())?;
    (BigRational::from_float(float).as_ref() == Some(value)).then(|| format!("{float:?}"))
}

/// A shape as a tuple.
pub(super) fn tuple(shape: &Shape) -> String {
    let axes: Vec<String> = shape.axes().iter().map(usize::to_string).collect();
    if axes.len() == 1 { format!("({},)", axes[0]) } else { format!("({})", axes.join(", ")) }
}

/// A text in double quotes.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

impl Writer<'_> {
    /// A constant, by its origin if that is known.
    pub(super) fn constant(&mut self, constant: &Arc<Constant>) -> Result<Code, String> {
        match constant.origin() {
            Some(origin) => self.origin(origin, constant.shape()),
            None => self.without_origin(constant),
        }
    }

    fn without_origin(&mut self, constant: &Constant) -> Result<Code, String> {
        let shape = constant.shape();
        let long = || format!("a tensor of shape {shape} is in no weight file, and too long to write down");
        let data = constant.in_memory().filter(|data| data.len() <= 1 << 20).ok_or_else(long)?;
        let entries: Vec<BigRational> = (0..data.len()).map(|position| data.rational(position)).collect();
        self.literal(&entries, shape, "k")
    }

    /// Entries that are written down. Large tensors get a name, one like that given.
    pub(super) fn literal(
        &mut self,
        entries: &[BigRational],
        shape: &Shape,
        name: &str,
    ) -> Result<Code, String> {
        let exact = self.numbers != Numbers::Floats;
        if let (0, [entry]) = (shape.rank(), entries) {
            return Ok(Code::atom(scalar(entry, self.numbers)?));
        }
        let wrapped = |text: String| if exact { format!("Q({text})") } else { text };
        let nonzero: Vec<usize> = (0..entries.len()).filter(|&at| !entries[at].is_zero()).collect();
        let uniform = entries.first().is_none_or(|first| entries.iter().all(|entry| entry == first));
        if nonzero.len() > WRITTEN && !uniform {
            return Err(format!(
                "a tensor of shape {shape} is in no weight file, and too long to write down"
            ));
        }
        let text = match entries.first() {
            Some(first) if uniform && entries.len() > INLINE => {
                wrapped(format!("np.full({}, {})", tuple(shape), self.entry(first)?))
            }
            _ if entries.len() > MANY && 4 * nonzero.len() < entries.len() => {
                let name = self.name(name);
                let zeros = format!("np.zeros({}{})", tuple(shape), self.objects());
                let code = self.assign(&name, &Code::atom(zeros));
                for at in nonzero {
                    let index: Vec<String> = shape.unravel(at).iter().map(usize::to_string).collect();
                    let value = scalar(&entries[at], self.numbers)?;
                    self.statements.push(format!("{name}[{}] = {value}", index.join(",")));
                }
                return Ok(code);
            }
            _ => {
                let mut text = String::new();
                self.nested(shape.axes(), entries, &mut text)?;
                if exact { wrapped(text) } else { format!("np.array({text})") }
            }
        };
        if entries.len() <= INLINE {
            return Ok(Code::atom(text));
        }
        let name = self.name(name);
        Ok(self.assign(&name, &Code::atom(text)))
    }

    /// An entry of a list that is converted as a whole.
    fn entry(&self, value: &BigRational) -> Result<String, String> {
        if self.numbers == Numbers::Floats {
            return float(value);
        }
        Ok(match as_float(value) {
            _ if value.denom().is_one() => value.numer().to_string(),
            Some(float) => float,
            None => format!("\"{value}\""),
        })
    }

    fn nested(&self, axes: &[usize], entries: &[BigRational], text: &mut String) -> Result<(), String> {
        let Some((&length, inner)) = axes.split_first() else {
            if let Some(entry) = entries.first() {
                text.push_str(&self.entry(entry)?);
            }
            return Ok(());
        };
        text.push('[');
        let size = entries.len().checked_div(length).unwrap_or(0);
        for position in 0..length {
            if position > 0 {
                text.push_str(", ");
            }
            self.nested(inner, &entries[position * size..(position + 1) * size], text)?;
        }
        text.push(']');
        Ok(())
    }

    /// A constant that comes from somewhere. Origins are short, so recursion is.
    fn origin(&mut self, origin: &Origin, shape: &Shape) -> Result<Code, String> {
        let computed = match origin {
            Origin::File(tensor) => return self.tensor(tensor, shape),
            Origin::Computed(computed) => computed,
        };
        let mut operands = Vec::with_capacity(computed.operands.len());
        for operand in &computed.operands {
            let code = match &operand.source {
                OperandSource::Origin(origin) => self.origin(origin, &operand.shape)?,
                OperandSource::Literal(constant) => self.without_origin(constant)?,
            };
            operands.push((code, &operand.shape));
        }
        self.operation(&computed.operation, shape, &operands)
    }

    /// A tensor of a file, which is read once.
    fn tensor(&mut self, tensor: &FileTensor, shape: &Shape) -> Result<Code, String> {
        if let Some((_, name)) = self.tensors.iter().find(|(known, _)| known == tensor) {
            return Ok(Code::atom(name.clone()));
        }
        self.entries += shape.size() as f64;
        if self.numbers != Numbers::Floats && self.entries > CONVERTED {
            return Err("the weights are too many for Python's own numbers".to_string());
        }
        let unnamed = || format!("the path `{}` is not UTF-8", tensor.path.display());
        let path = quoted(tensor.path.to_str().ok_or_else(unnamed)?);
        let stem = tensor.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("W");
        let name = tensor.name.as_deref().unwrap_or(stem);
        let read = match tensor.place {
            FilePlace::Npy => format!("np.load({path})"),
            FilePlace::Npz => format!("np.load({path})[{}]", quoted(name)),
            FilePlace::Raw { start, element } => {
                let count = shape.size();
                let entries = match element {
                    // The upper half of a float32.
                    "bf16" => format!(
                        "(np.fromfile({path}, \"<u2\", {count}, offset={start}).astype(\"u4\") << 16).view(\"f4\")"
                    ),
                    _ => format!("np.fromfile({path}, \"{element}\", {count}, offset={start})"),
                };
                if shape.rank() == 1 { entries } else { format!("{entries}.reshape({})", tuple(shape)) }
            }
        };
        let code = if self.numbers == Numbers::Floats {
            format!("{read}.astype(float)")
        } else {
            format!("Q({read})")
        };
        let name = self.name(name);
        let code = self.assign(&name, &Code::atom(code));
        self.tensors.push((tensor.clone(), code.text.clone()));
        Ok(code)
    }
}
