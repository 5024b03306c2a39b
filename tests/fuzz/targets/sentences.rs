//! Bytes as choices in writing a file: most of what comes out is well formed and well shaped, so that the
//! fuzzer gets behind the parser. What is checked of the files is in `program`.

use super::networks::Bytes;
use super::program::check;

type Shape = Vec<usize>;

/// Writes a file and checks it.
pub fn run(bytes: &[u8]) {
    let text = sentence(bytes);
    if std::env::var_os("SHOW").is_some() {
        eprintln!("{text}");
    }
    check(&text);
}

/// The file that some bytes stand for.
pub fn sentence(bytes: &[u8]) -> String {
    let mut writer = Writer { bytes: Bytes(bytes), ..Writer::default() };
    writer.items();
    writer.text
}

/// How much is written before only short expressions follow.
const LONG: usize = 4_000;

#[derive(Default)]
struct Writer<'a> {
    bytes: Bytes<'a>,
    text: String,
    /// Tensors that can be named, and their shapes.
    names: Vec<(String, Shape)>,
    /// Functions and models of one argument.
    functions: Vec<(String, Shape, Shape)>,
    /// Characters of expressions so far.
    written: usize,
    fresh: usize,
}

impl Writer<'_> {
    fn below(&mut self, bound: usize) -> usize {
        self.bytes.below(bound)
    }

    fn one_of<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words[self.below(words.len())]
    }

    fn name(&mut self, prefix: &str) -> String {
        self.fresh += 1;
        format!("{prefix}{}", self.fresh)
    }

    fn length(&mut self) -> usize {
        [2, 2, 1, 3, 2, 1, 0, 4][self.below(8)]
    }

    fn shape(&mut self) -> Shape {
        let rank = [1, 1, 2, 0, 1, 2, 3, 1][self.below(8)];
        (0..rank).map(|_| self.length()).collect()
    }

    fn items(&mut self) {
        if self.below(4) == 0 {
            self.text.push_str("import \"circuits.same\" as other\nweights W = \"tiny.safetensors\"\n");
            self.names.push(("W[\"embed.weight\"]".to_string(), vec![2, 2]));
            self.functions.push(("other::squares".to_string(), vec![2], vec![2]));
            self.functions.push(("other::double".to_string(), vec![2], vec![2]));
        }
        for _ in 0..self.below(3) {
            let (name, shape) = (self.name("c"), self.shape());
            let value = self.expression(&shape, 3);
            self.text.push_str(&format!("let {name} = {value}\n"));
            self.names.push((name, shape));
        }
        for _ in 0..self.below(3) {
            let (input, output) = (self.shape(), self.shape());
            let body = self.body("v", &input, &output);
            let name = self.name("f");
            self.text.push_str(&format!("fn {name}(v) = {body}\n"));
            self.functions.push((name, input, output));
        }
        let (input, output) = (self.shape(), self.shape());
        let mut models = Vec::new();
        for _ in 0..1 + self.below(3) {
            let body = self.body("x", &input, &output);
            let name = self.name("m");
            let shape = axes(&input);
            self.text.push_str(&format!("model {name}(x: {shape}) = {body}\n"));
            self.functions.push((name.clone(), input.clone(), output.clone()));
            models.push(name);
        }
        for _ in 0..1 + self.below(3) {
            self.claim(&models, &input);
        }
    }

    /// An expression in which one more name is known.
    fn body(&mut self, name: &str, input: &Shape, output: &Shape) -> String {
        self.names.push((name.to_string(), input.clone()));
        let body = self.expression(output, 4);
        self.names.pop();
        body
    }

    fn claim(&mut self, models: &[String], input: &Shape) {
        let a = self.side(models);
        let b = if self.below(3) == 0 { format!("{a} + 0 * {}", models[0]) } else { self.side(models) };
        let claim = match self.below(8) {
            0 => format!("degree({a}) {} {}", self.one_of(&["<", "<=", ">", ">=", "=="]), self.below(7)),
            1 => {
                let metric = self.one_of(&["gaussian", "symmetric", "uniform", "layerwise"]);
                format!("similarity({a}, {b}) >= 0.5 under {metric}")
            }
            kind => {
                let operator = self.one_of(&["==", "!="]);
                let relation = match kind {
                    2 => " up to scale",
                    3 => " up to shift",
                    _ => "",
                };
                let domain = self.domain(input);
                format!("{a} {operator} {b}{relation}{domain}")
            }
        };
        let label = self.one_of(&["", "\"label\": ", "\"{{\\n\": "]);
        self.text.push_str(&format!("claim {label}{claim}\n"));
    }

    fn side(&mut self, models: &[String]) -> String {
        let model = &models[self.below(models.len())];
        let other = &models[self.below(models.len())];
        match self.below(8) {
            0..=3 => model.clone(),
            4 => format!("{} * {model}", self.number()),
            5 => format!("({model} + {other} / {})", self.number()),
            6 => format!("{model} * {other}"),
            _ => format!("{model}[{}]", self.below(2)),
        }
    }

    fn domain(&mut self, input: &Shape) -> String {
        let set = match self.below(10) {
            0..=3 => return String::new(),
            4 => "{0, 1}".to_string(),
            5 => "{-1, 1}".to_string(),
            6 => format!("{{{}, {}, {}}}", self.number(), self.number(), self.number()),
            7 => format!("points [{}, {}]", self.literal(input), self.literal(input)),
            _ => "onehot".to_string(),
        };
        if self.below(3) == 0 { format!(" on x in {set}") } else { format!(" on {set}") }
    }

    fn number(&mut self) -> &'static str {
        let numbers =
            ["1", "2", "0", "3", "(-1)", "0.5", "(1/3)", "1e-3", "10", "(2/7)", "1e40", "(-0.1)", "7", "100"];
        numbers[self.below(numbers.len())]
    }

    /// Numbers in brackets; zeros where brackets cannot say the shape.
    fn literal(&mut self, shape: &[usize]) -> String {
        match shape {
            [] => self.number().to_string(),
            _ if shape.contains(&0) || shape.iter().product::<usize>() > 16 => {
                let kind = self.one_of(&["zeros", "ones"]);
                format!("{kind}({})", axes(shape))
            }
            [length, inner @ ..] => {
                let entries: Vec<String> = (0..*length).map(|_| self.literal(inner)).collect();
                format!("[{}]", entries.join(", "))
            }
        }
    }

    /// A name of this shape, or else numbers.
    fn leaf(&mut self, shape: &Shape) -> String {
        let fitting: Vec<&String> =
            self.names.iter().filter(|(_, known)| known == shape).map(|(name, _)| name).collect();
        let choice = self.bytes.below(fitting.len() + 2);
        match fitting.get(choice) {
            Some(name) => name.to_string(),
            None if fitting.is_empty() && choice == 0 => self.named_value(shape),
            None => self.literal(shape),
        }
    }

    /// Some name, brought to a shape by a matrix of ones.
    fn named_value(&mut self, shape: &Shape) -> String {
        let Some((name, from)) = self.names.last().cloned() else { return self.literal(shape) };
        let (size, to) = (from.iter().product::<usize>(), shape.iter().product::<usize>());
        format!("reshape(ones([{to}, {size}]) @ reshape({name}, {size}), {})", axes(shape))
    }

    fn expression(&mut self, shape: &Shape, depth: usize) -> String {
        let written = if depth == 0 || self.written > LONG || self.bytes.0.is_empty() {
            self.leaf(shape)
        } else {
            self.compound(shape, depth - 1)
        };
        self.written += written.len();
        written
    }

    fn compound(&mut self, shape: &Shape, depth: usize) -> String {
        let rank = shape.len();
        match self.below(32) {
            0 => self.leaf(shape),
            1 | 2 => format!("{} + {}", self.expression(shape, depth), self.expression(shape, depth)),
            3 => format!("{} - ({})", self.expression(shape, depth), self.expression(shape, depth)),
            4 | 5 => format!("({}) * ({})", self.expression(shape, depth), self.expression(shape, depth)),
            6 => format!("({}) * ({})", self.expression(&vec![], depth), self.expression(shape, depth)),
            7 => format!("({}) / {}", self.expression(shape, depth), self.number()),
            8 => format!("-({})", self.expression(shape, depth)),
            9 => format!("({})^{}", self.expression(shape, depth), self.below(4)),
            10 | 11 => self.matrix_product(shape, depth),
            12 => {
                let (at, length) = (self.below(rank + 1), self.length());
                let from = [&shape[..at], &[length], &shape[at..]].concat();
                format!("sum({}, axis: {at})", self.expression(&from, depth))
            }
            13 => {
                let length = self.length().max(1);
                let from = [&[length], shape.as_slice()].concat();
                format!("({})[{}]", self.expression(&from, depth), self.below(length))
            }
            14 if rank > 0 => {
                let (before, after) = (self.below(2), self.below(2));
                let from = [&[shape[0] + before + after], &shape[1..]].concat();
                let base = self.expression(&from, depth);
                format!("({base})[{before}..{}]", before + shape[0])
            }
            15 => {
                let size: usize = shape.iter().product();
                let from = if size.is_multiple_of(2) { vec![2, size / 2] } else { vec![size] };
                format!("reshape({}, {})", self.expression(&from, depth), axes(shape))
            }
            16 => {
                let from: Shape = shape.iter().rev().copied().collect();
                format!("transpose({})", self.expression(&from, depth))
            }
            17 if rank > 0 => {
                let at = self.below(rank);
                let first = self.below(shape[at] + 1);
                let (mut left, mut right) = (shape.clone(), shape.clone());
                (left[at], right[at]) = (first, shape[at] - first);
                let (left, right) = (self.expression(&left, depth), self.expression(&right, depth));
                format!("concat({left}, {right}, axis: {at})")
            }
            18 if rank > 0 && shape[0] > 0 => {
                let inner = shape[1..].to_vec();
                let entries: Vec<String> = (0..shape[0]).map(|_| self.expression(&inner, depth)).collect();
                format!("[{}]", entries.join(", "))
            }
            19 => self.block(shape, depth),
            20 => self.loop_over(shape, depth),
            21 | 22 if rank > 0 => self.layer(shape, depth),
            23 | 24 if rank > 1 => self.attention(shape, depth),
            25 | 26 => self.einsum(shape, depth),
            27 | 28 => self.call(shape, depth),
            29 => self.made(shape),
            30 if self.below(8) == 0 => {
                let wrong = self.shape();
                self.expression(&wrong, depth)
            }
            _ => format!("({})", self.expression(shape, depth)),
        }
    }

    fn matrix_product(&mut self, shape: &Shape, depth: usize) -> String {
        let n = self.length();
        let (left, right) = match shape.as_slice() {
            [] => (vec![n], vec![n]),
            [m] if self.below(2) == 0 => (vec![*m, n], vec![n]),
            [m] => (vec![n], vec![n, *m]),
            [batch @ .., rows, columns] => {
                let left = [batch, &[*rows, n]].concat();
                let right =
                    if self.below(2) == 0 { vec![n, *columns] } else { [batch, &[n, *columns]].concat() };
                (left, right)
            }
        };
        format!("({}) @ ({})", self.expression(&left, depth), self.expression(&right, depth))
    }

    fn block(&mut self, shape: &Shape, depth: usize) -> String {
        let (name, inner) = (self.name("t"), self.shape());
        let value = self.expression(&inner, depth);
        self.names.push((name.clone(), inner));
        let result = self.expression(shape, depth);
        self.names.pop();
        format!("{{ let {name} = {value}; {result} }}")
    }

    fn loop_over(&mut self, shape: &Shape, depth: usize) -> String {
        let (name, counter) = (self.name("h"), self.name("i"));
        let start = self.expression(shape, depth);
        self.names.push((name.clone(), shape.clone()));
        self.names.push((counter.clone(), vec![]));
        let next = self.expression(shape, depth);
        self.names.truncate(self.names.len() - 2);
        let times = self.below(4);
        format!("{{ let {name} = {start}; for {counter} in 0..{times} {{ let {name} = {next}; }} {name} }}")
    }

    fn layer(&mut self, shape: &Shape, depth: usize) -> String {
        let (out, before) = (shape[shape.len() - 1], &shape[..shape.len() - 1]);
        let n = self.length();
        let x = self.expression(&[before, &[n]].concat(), depth);
        let bias =
            if self.below(3) == 0 { format!(", bias: {}", self.leaf(&vec![out])) } else { String::new() };
        if self.below(2) == 0 {
            return format!("{x} |> linear({}{bias})", self.leaf(&vec![out, n]));
        }
        let hidden = self.length();
        let (left, right) = (self.leaf(&vec![hidden, n]), self.leaf(&vec![hidden, n]));
        format!("bilinear({x}, {left}, right: {right}, down: {}{bias})", self.leaf(&vec![out, hidden]))
    }

    fn attention(&mut self, shape: &Shape, depth: usize) -> String {
        let (out, before) = (shape[shape.len() - 1], &shape[..shape.len() - 1]);
        let (width, heads, size) = (self.length(), 1 + self.below(2), [2, 1, 2, 3][self.below(4)]);
        let x = self.expression(&[before, &[width]].concat(), depth);
        let inner = vec![heads * size, width];
        let matrices: Vec<String> = (0..5).map(|_| self.leaf(&inner)).collect();
        let o = self.leaf(&vec![out, heads * size]);
        let mut options = String::new();
        if self.below(2) == 0 {
            options.push_str(&format!(", mask: \"{}\"", self.one_of(&["causal", "none", "diag"])));
        }
        if self.below(4) == 0 {
            options.push_str(&format!(", rotary: {}", self.one_of(&["10000", "2", "0.5", "1e9", "1"])));
        }
        if self.below(4) == 0 {
            options.push_str(&format!(", score_scale: {}", self.number()));
        }
        if self.below(4) == 0 {
            options.push_str(&format!(", k1_bias: {}", self.leaf(&vec![heads * size])));
        }
        format!("attention({x}, {}, {o}, heads: {heads}{options})", matrices.join(", "))
    }

    /// A letter for every axis of the output, further ones summed over, spread over one to three operands.
    fn einsum(&mut self, shape: &Shape, depth: usize) -> String {
        let mut lengths = shape.clone();
        (0..self.below(3)).for_each(|_| lengths.push(self.length()));
        let count = 1 + self.below(3);
        let mut operands: Vec<Vec<usize>> = vec![Vec::new(); count];
        for letter in 0..lengths.len() {
            let home = self.below(count);
            operands[home].push(letter);
            if self.below(3) == 0 {
                let other = self.below(count);
                operands[other].push(letter);
            }
        }
        let letters = |list: &[usize]| list.iter().map(|&l| char::from(b'a' + l as u8)).collect::<String>();
        let inputs: Vec<String> = operands.iter().map(|operand| letters(operand)).collect();
        let output = letters(&(0..shape.len()).collect::<Vec<_>>());
        let values: Vec<String> = operands
            .iter()
            .map(|operand| {
                let shape = operand.iter().map(|&letter| lengths[letter]).collect();
                self.expression(&shape, depth.min(1))
            })
            .collect();
        format!("einsum(\"{}->{output}\", {})", inputs.join(","), values.join(", "))
    }

    fn call(&mut self, shape: &Shape, depth: usize) -> String {
        let fitting: Vec<(String, Shape)> = self
            .functions
            .iter()
            .filter(|(_, _, result)| result == shape)
            .map(|(name, argument, _)| (name.clone(), argument.clone()))
            .collect();
        if fitting.is_empty() {
            return self.leaf(shape);
        }
        let (name, argument) = fitting[self.below(fitting.len())].clone();
        let argument = self.expression(&argument, depth);
        if self.below(2) == 0 { format!("{name}({argument})") } else { format!("(({argument}) |> {name})") }
    }

    /// A builtin that makes this shape from less.
    fn made(&mut self, shape: &Shape) -> String {
        match shape.as_slice() {
            [] => {
                let n = self.length();
                format!("dot({}, {})", self.leaf(&vec![n]), self.leaf(&vec![n]))
            }
            [n] if *n > 0 => format!("onehot({}, {n})", self.below(*n)),
            [n, m] if n == m && self.below(2) == 0 => format!("eye({n})"),
            [n, m] if n == m => format!("diag({})", self.leaf(&vec![*n])),
            [n, m] => format!("outer({}, {})", self.leaf(&vec![*n]), self.leaf(&vec![*m])),
            [first, inner @ ..] if *first == 2 => {
                let inner = inner.to_vec();
                format!("stack({}, {})", self.leaf(&inner), self.leaf(&inner))
            }
            _ => format!("ones({})", axes(shape)),
        }
    }
}

/// `[2, 3]`
fn axes(shape: &[usize]) -> String {
    let axes: Vec<String> = shape.iter().map(usize::to_string).collect();
    format!("[{}]", axes.join(", "))
}
