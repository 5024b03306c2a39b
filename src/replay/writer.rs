//! Operations of networks as NumPy expressions.
//!
//! A node that is used once becomes part of the expression that uses it as long as that stays short, any
//! other gets a name. Entries are Python objects (fractions, integers) or float64; where NumPy would make
//! arrays of machine integers out of Python's, which overflow, it is told to keep objects.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use num_rational::BigRational;
use num_traits::{One, Signed};

use super::literal::{Code, Level, NumberStyle, scalar, tuple};
use super::view::{Row, View, uses, view};
use crate::network::{
    Arrangement, Builder, Computation, Einsum, FileTensor, Label, NodeId, Operation, Shape, Tensor,
};

/// Longer expressions get a name of their own.
const INLINE: usize = 60;
/// So do entries of tensors whose expression is longer.
const ENTRY: usize = 12;

/// Names that Python or the program itself uses already.
const TAKEN: [&str; 44] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", "np", "F",
    "Q", "p", "print", "pow", "float", "v", "sys",
];

/// Writes a program statement by statement.
pub(super) struct Writer<'a> {
    builder: &'a Builder,
    pub(super) style: NumberStyle,
    uses: Vec<usize>,
    outputs: Vec<NodeId>,
    known: HashMap<NodeId, Code>,
    /// Inputs by their position.
    inputs: BTreeMap<usize, Code>,
    taken: BTreeSet<String>,
    pub(super) statements: Vec<String>,
    /// The tensors of files that have been read, by path and name.
    pub(super) tensors: Vec<(FileTensor, String)>,
    /// Entries of them.
    pub(super) entries: f64,
    /// Whether the program prints numbers that Python refuses to print unless it is told to.
    pub(super) prints_long: bool,
    temporary: usize,
}

impl<'a> Writer<'a> {
    /// A program that is to compute these nodes.
    pub fn new(builder: &'a Builder, style: NumberStyle, outputs: &[NodeId]) -> Writer<'a> {
        Writer {
            builder,
            style,
            uses: uses(builder, outputs.iter().copied()),
            outputs: outputs.to_vec(),
            known: HashMap::new(),
            inputs: BTreeMap::new(),
            taken: TAKEN.iter().map(ToString::to_string).collect(),
            statements: Vec::new(),
            tensors: Vec::new(),
            entries: 0.0,
            prints_long: false,
            temporary: 0,
        }
    }

    /// A name that nothing else has.
    pub fn name(&mut self, wanted: &str) -> String {
        let mut name: String =
            wanted.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(40).collect();
        if name.chars().next().is_none_or(|first| first.is_ascii_digit()) {
            name.insert(0, '_');
        }
        let plain = name.clone();
        for copy in 2.. {
            if self.taken.insert(name.clone()) {
                break;
            }
            name = format!("{plain}_{copy}");
        }
        name
    }

    /// Gives an expression a name.
    pub fn assign(&mut self, name: &str, code: &Code) -> Code {
        self.statements.push(format!("{name} = {}", code.text));
        Code::atom(name)
    }

    /// An input, at its position in the graph.
    pub fn input(&mut self, position: usize, name: &str, tensor: &Tensor<BigRational>) -> Result<(), String> {
        if self.inputs.contains_key(&position) {
            return Ok(());
        }
        let code = self.literal(tensor.data(), tensor.shape(), name)?;
        // An input always has its name.
        let code = if self.taken.contains(&code.text) {
            code
        } else {
            let name = self.name(name);
            self.assign(&name, &code)
        };
        self.inputs.insert(position, code);
        Ok(())
    }

    /// All nodes that are needed, operands first.
    pub fn nodes(&mut self) -> Result<(), String> {
        for position in 0..self.builder.len() {
            let (id, uses) = (NodeId(position), self.uses[position]);
            if uses == 0 {
                continue;
            }
            let code = self.node(id)?;
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let name = code.level == Level::Atom && code.text.chars().all(word);
            // An entry is as good as a name, if it is not long.
            let entry = code.text.len() <= ENTRY && code.text.chars().all(|c| word(c) || "[:,]".contains(c));
            let short = entry || (uses == 1 && code.text.len() <= INLINE);
            let code = if name || (short && !self.outputs.contains(&id)) {
                code
            } else {
                let wanted = match self.outputs.iter().position(|&output| output == id) {
                    Some(position) if position % 2 == 0 => "A".to_string(),
                    Some(_) => "B".to_string(),
                    None => {
                        self.temporary += 1;
                        format!("t{}", self.temporary)
                    }
                };
                let name = self.name(&wanted);
                self.assign(&name, &code)
            };
            self.known.insert(id, code);
        }
        Ok(())
    }

    /// Prints one entry of two nodes.
    pub fn print(&mut self, a: NodeId, b: NodeId, output: &[usize]) {
        let entry = |id: NodeId| {
            let name = self.known.get(&id).map_or(String::new(), Code::bracketed);
            let index: Vec<String> = output.iter().map(usize::to_string).collect();
            if index.is_empty() { name } else { format!("{name}[{}]", index.join(",")) }
        };
        let statement = format!("print({}, {})", entry(a), entry(b));
        if !self.statements.contains(&statement) {
            self.statements.push(statement);
        }
    }

    /// The whole program.
    pub fn finish(self) -> Vec<String> {
        let mut program = vec!["import numpy as np".to_string()];
        if self.prints_long {
            // Older versions have neither the limit nor the function.
            let lifted = "getattr(sys, \"set_int_max_str_digits\", int)(0)";
            program.extend(["import sys".to_string(), lifted.to_string()]);
        }
        match self.style {
            NumberStyle::Floats => {}
            NumberStyle::Fractions => {
                program.push("from fractions import Fraction as F".to_string());
                program.push("Q = np.vectorize(F, otypes=\"O\")".to_string());
            }
            NumberStyle::Residues(prime) => {
                program.push("from fractions import Fraction as F".to_string());
                program.push(format!("p = {prime}"));
                let residue = "F(v).numerator*pow(F(v).denominator, -1, p)%p";
                program.push(format!("Q = np.vectorize(lambda v: {residue}, otypes=\"O\")"));
            }
        }
        program.extend(self.statements);
        program
    }

    fn node(&mut self, id: NodeId) -> Result<Code, String> {
        let builder = self.builder;
        let code = |this: &Self, id: NodeId| this.known.get(&id).cloned().unwrap_or(Code::atom("None"));
        match view(builder, id) {
            View::Select { operand, axis, index } => {
                let text = format!("{}[{}{index}]", code(self, operand).bracketed(), ":,".repeat(axis));
                Ok(Code::atom(text))
            }
            View::Stack(rows) => {
                let part = |row: &Row| match (code(self, row.node), row.index) {
                    (code, None) => code.text,
                    (code, Some(index)) => format!("{}[{index}]", code.bracketed()),
                };
                let parts: Vec<String> = rows.iter().map(part).collect();
                Ok(Code::atom(format!("np.array([{}]{})", parts.join(", "), self.objects())))
            }
            View::Plain(Operation::Input(position)) => {
                self.inputs.get(position).cloned().ok_or_else(|| "an input is missing".to_string())
            }
            View::Plain(Operation::Constant(constant)) => self.constant(constant),
            View::Plain(operation) => {
                let operands: Vec<(Code, &Shape)> = builder
                    .node(id)
                    .operands()
                    .into_iter()
                    .map(|id| (code(self, id), builder.shape(id)))
                    .collect();
                let computation = operation.computation().ok_or("an operand is missing")?;
                self.computation(&computation, builder.shape(id), &operands)
            }
        }
    }

    /// A computation with operands of these shapes.
    pub fn computation(
        &self,
        computation: &Computation,
        shape: &Shape,
        operands: &[(Code, &Shape)],
    ) -> Result<Code, String> {
        let code = match computation {
            Computation::Contract(spec) => contraction(spec, operands, self.style)?,
            Computation::Combine(coefficients) => self.combination(coefficients, operands)?,
            Computation::Arrange(arrangement) => return Ok(self.arranged(arrangement, shape, operands)),
            Computation::HeadCovariance(_) => return Err("a covariance is not part of a model".to_string()),
        };
        Ok(match self.style {
            NumberStyle::Residues(_) => Code::product(format!("{}%p", code.bracketed())),
            NumberStyle::Fractions | NumberStyle::Floats => code,
        })
    }

    fn combination(&self, coefficients: &[BigRational], operands: &[(Code, &Shape)]) -> Result<Code, String> {
        let mut text = String::new();
        for (coefficient, (code, _)) in coefficients.iter().zip(operands) {
            text.push_str(match (text.is_empty(), coefficient.is_negative()) {
                (true, false) => "",
                (true, true) => "-",
                (false, false) => " + ",
                (false, true) => " - ",
            });
            if !coefficient.abs().is_one() {
                text.push_str(&format!("{}*", scalar(&coefficient.abs(), self.style)?));
            }
            // A product holds together after a sign.
            let whole = coefficient.abs().is_one() && code.level == Level::Product;
            text.push_str(&if whole { code.text.clone() } else { code.bracketed() });
        }
        let single = matches!(coefficients, [only] if !only.is_negative());
        Ok(Code { text, level: if single { Level::Product } else { Level::Sum } })
    }

    fn arranged(&self, arrangement: &Arrangement, shape: &Shape, operands: &[(Code, &Shape)]) -> Code {
        let joined = |codes: &[(Code, &Shape)]| {
            codes.iter().map(|(code, _)| code.text.clone()).collect::<Vec<_>>().join(", ")
        };
        let Some((first, from)) = operands.first() else { return Code::atom("None") };
        Code::atom(match arrangement {
            Arrangement::Reshape if from.rank() > 0 => {
                format!("{}.reshape({})", first.bracketed(), tuple(shape))
            }
            // NumPy makes a machine integer of a Python integer, so a scalar is not reshaped.
            Arrangement::Reshape | Arrangement::Broadcast => {
                format!("np.full({}, {}{})", tuple(shape), first.text, self.objects())
            }
            Arrangement::Slice { axis, start } => {
                let length = shape.axes().get(*axis).copied().unwrap_or(0);
                let end = start + length;
                format!("{}[{}{start}:{end}]", first.bracketed(), ":,".repeat(*axis))
            }
            Arrangement::Concat { axis: 0 } => format!("np.concatenate([{}])", joined(operands)),
            Arrangement::Concat { axis } => format!("np.concatenate([{}], {axis})", joined(operands)),
        })
    }

    /// The argument that makes NumPy keep Python's numbers.
    pub(super) fn objects(&self) -> &'static str {
        if self.style == NumberStyle::Floats { "" } else { ", \"O\"" }
    }
}

/// A contraction: `@`, `*`, `.T` or a sum where it is one, `einsum` otherwise.
fn contraction(spec: &Einsum, operands: &[(Code, &Shape)], style: NumberStyle) -> Result<Code, String> {
    let codes: Vec<&Code> = operands.iter().map(|(code, _)| code).collect();
    let labels: Vec<&[Label]> = spec.operands.iter().map(Vec::as_slice).collect();
    if labels.iter().all(|labels| labels.is_empty()) {
        // NumPy would make machine integers of Python's.
        let factors: Vec<String> = codes.iter().map(|code| code.bracketed()).collect();
        return Ok(Code::product(factors.join("*")));
    }
    let distinct = |labels: &[Label]| labels.iter().collect::<BTreeSet<_>>().len() == labels.len();
    if let ([x, y], [of_x, of_y]) = (codes.as_slice(), labels.as_slice())
        && distinct(of_x)
        && distinct(of_y)
    {
        let (x, y) = (x.bracketed(), y.bracketed());
        let out = spec.output.as_slice();
        let whole = |labels: &[Label]| labels == out;
        if (of_x.is_empty() || whole(of_x)) && (of_y.is_empty() || whole(of_y)) {
            return Ok(Code::product(format!("{x}*{y}")));
        }
        let product = |left: &[Label], right: &[Label]| {
            left.last() == right.first()
                && left.len() <= 2
                && right.len() <= 2
                && !left.is_empty()
                && [&left[..left.len() - 1], &right[1..]].concat() == out
        };
        if product(of_x, of_y) {
            return Ok(Code::product(format!("{x}@{y}")));
        }
        if product(of_y, of_x) {
            return Ok(Code::product(format!("{y}@{x}")));
        }
        let turned = |labels: &[Label]| -> Vec<Label> { labels.iter().rev().copied().collect() };
        if of_y.len() == 2 && product(of_x, &turned(of_y)) {
            return Ok(Code::product(format!("{x}@{y}.T")));
        }
        if of_x.len() == 2 && product(of_y, &turned(of_x)) {
            return Ok(Code::product(format!("{y}@{x}.T")));
        }
    }
    if let ([x], [of_x]) = (codes.as_slice(), labels.as_slice())
        && distinct(of_x)
    {
        if spec.output.is_empty() {
            return Ok(Code::atom(format!("{}.sum()", x.bracketed())));
        }
        if of_x.len() == 2 && spec.output.iter().rev().eq(of_x.iter()) {
            return Ok(Code::atom(format!("{}.T", x.bracketed())));
        }
    }
    let letters = |labels: &[Label]| -> Result<String, String> {
        let letter = |&label: &Label| {
            let alphabet = (b'a'..=b'z').chain(b'A'..=b'Z');
            alphabet
                .map(char::from)
                .nth(label as usize)
                .ok_or_else(|| "an einsum has too many axes".to_string())
        };
        labels.iter().map(letter).collect()
    };
    let specs: Result<Vec<String>, String> = labels.iter().map(|labels| letters(labels)).collect();
    let texts: Vec<&str> = codes.iter().map(|code| code.text.as_str()).collect();
    // One after the other is faster, but NumPy cannot do so with Python's numbers.
    let optimize = if codes.len() > 2 && style == NumberStyle::Floats { ", optimize=True" } else { "" };
    Ok(Code::atom(format!(
        "np.einsum(\"{}->{}\", {}{optimize})",
        specs?.join(","),
        letters(&spec.output)?,
        texts.join(", ")
    )))
}
