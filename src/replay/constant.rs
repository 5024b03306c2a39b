//! Constants as NumPy expressions: tensors of the weight files, what was computed from them, and literals.

use std::sync::Arc;

use num_rational::BigRational;
use num_traits::Zero;

use super::literal::{Code, NumberStyle, entry, quoted, scalar, tuple};
use super::writer::Writer;
use crate::network::{Constant, FilePlace, FileTensor, Operand, Origin, Shape};

/// Tensors with more entries are not even looked at: they are too large to write out, unless they come from a
/// file.
const READ: usize = 1 << 20;
/// Literals are written out up to this many entries.
const WRITTEN: usize = 4096;
/// Larger tensors are named, smaller ones stand where they are used.
const INLINE: usize = 8;
/// Tensors with so many entries are written by their nonzero entries, if these are few.
const MANY: usize = 32;
/// How many entries of files Python turns into fractions in about a second.
const CONVERTED: f64 = 1e6;

fn too_long(shape: &Shape) -> String {
    format!("a tensor of shape {shape} does not come from a weight file and is too large to write out")
}

impl Writer<'_> {
    /// A constant, by its origin if that is known.
    pub(super) fn constant(&mut self, constant: &Arc<Constant>) -> Result<Code, String> {
        let shape = constant.shape();
        if let Some(origin) = constant.origin() {
            return self.origin(origin, shape);
        }
        let data = constant.in_memory().filter(|data| data.len() <= READ).ok_or_else(|| too_long(shape))?;
        self.literal(&data.rationals(), shape, "k")
    }

    /// Entries that are written down. Large tensors get a name, one like that given.
    pub(super) fn literal(
        &mut self,
        entries: &[BigRational],
        shape: &Shape,
        name: &str,
    ) -> Result<Code, String> {
        let exact = self.style != NumberStyle::Floats;
        if let (0, [entry]) = (shape.rank(), entries) {
            return Ok(Code::atom(scalar(entry, self.style)?));
        }
        let wrapped = |text: String| if exact { format!("Q({text})") } else { text };
        let nonzero: Vec<usize> = (0..entries.len()).filter(|&at| !entries[at].is_zero()).collect();
        let uniform = entries.first().is_none_or(|first| entries.iter().all(|entry| entry == first));
        if nonzero.len() > WRITTEN && !uniform {
            return Err(too_long(shape));
        }
        let text = match entries.first() {
            Some(first) if uniform && entries.len() > INLINE => {
                wrapped(format!("np.full({}, {})", tuple(shape), entry(first, self.style)?))
            }
            _ if entries.len() > MANY && 4 * nonzero.len() < entries.len() => {
                let name = self.name(name);
                let zeros = format!("np.zeros({}{})", tuple(shape), self.objects());
                let code = self.assign(&name, &Code::atom(zeros));
                for at in nonzero {
                    let index: Vec<String> = shape.unravel(at).iter().map(usize::to_string).collect();
                    let value = scalar(&entries[at], self.style)?;
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

    fn nested(&self, axes: &[usize], entries: &[BigRational], text: &mut String) -> Result<(), String> {
        let Some((&length, inner)) = axes.split_first() else {
            if let Some(number) = entries.first() {
                text.push_str(&entry(number, self.style)?);
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
        match origin {
            Origin::File(tensor) => self.tensor(tensor, shape),
            Origin::Literal(data) => self.literal(&data.rationals(), shape, "k"),
            Origin::Computed { computation, operands } => {
                let mut codes = Vec::with_capacity(operands.len());
                for Operand { shape, origin } in operands {
                    codes.push((self.origin(origin, shape)?, shape));
                }
                self.computation(computation, shape, &codes)
            }
        }
    }

    /// A tensor of a file, which is read once.
    fn tensor(&mut self, tensor: &FileTensor, shape: &Shape) -> Result<Code, String> {
        if let Some((_, name)) = self.tensors.iter().find(|(known, _)| known == tensor) {
            return Ok(Code::atom(name.clone()));
        }
        self.entries += shape.size() as f64;
        if self.style != NumberStyle::Floats && self.entries > CONVERTED {
            return Err("there are too many weights for exact arithmetic in Python".to_string());
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
                let bytes = || format!("np.fromfile({path}, \"u1\", {count}, offset={start})");
                // Floats of eight bits: the number of bits of the fraction, and the bias of the exponent.
                let float8 = |fraction: u32, bias: u32| {
                    let (top, low, all) = (1 << fraction, (1 << fraction) - 1, bias + fraction);
                    format!(
                        "(lambda u: np.ldexp(np.where(u & 127 > {low}, {top}, 0) + (u & {low}), \
                         np.maximum((u & 127) >> {fraction}, 1) - {all}) * (1 - 2*(u >> 7)))({}.astype(int))",
                        bytes()
                    )
                };
                let entries = match element {
                    "f8_e4m3" => float8(3, 7),
                    "f8_e4m3fnuz" => float8(3, 8),
                    "f8_e5m2" => float8(2, 15),
                    "f8_e5m2fnuz" => float8(2, 16),
                    "f8_e8m0" => format!("np.ldexp(1.0, {}.astype(int) - 127)", bytes()),
                    // The upper half of a float32.
                    "bf16" => {
                        let words = format!("np.fromfile({path}, \"<u2\", {count}, offset={start})");
                        format!("({words}.astype(\"u4\") << 16).view(\"f4\")")
                    }
                    _ => format!("np.fromfile({path}, \"{element}\", {count}, offset={start})"),
                };
                if shape.rank() == 1 { entries } else { format!("{entries}.reshape({})", tuple(shape)) }
            }
        };
        let code = if self.style == NumberStyle::Floats {
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
