//! Inputs made to break budgets: short files that describe an enormous amount of work, one for each way in
//! which a method could fail. They are generated here, so that their sizes can be read off.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::common::random::Random;

/// A file and a command that works on it.
pub struct Input {
    /// The idea of the input, and the name of its file.
    pub name: &'static str,
    /// The text of the file.
    text: String,
    /// A weight file beside it, as an array of f32: its name and its shape.
    pub weights: Option<(&'static str, Vec<usize>)>,
    /// The arguments of the commands; `FILE` stands for the path of the file.
    pub commands: Vec<Vec<String>>,
}

impl Input {
    fn new(name: &'static str, text: impl Into<String>) -> Input {
        Input { name, text: text.into(), weights: None, commands: Vec::new() }
    }

    fn weights(mut self, file: &'static str, shape: &[usize]) -> Input {
        self.weights = Some((file, shape.to_vec()));
        self
    }

    /// Adds a command, its arguments separated by blanks.
    fn run(mut self, command: &str) -> Input {
        self.commands.push(command.split(' ').map(str::to_string).collect());
        self
    }

    /// `equal` of the models `a` and `b`, with any method and with proofs only, and `show` of the first.
    fn compare(self) -> Input {
        self.run("equal FILE::a FILE::b").run("equal FILE::a FILE::b --deterministic").run("show FILE::a")
    }

    /// Writes the file, and its weights, to a directory.
    pub fn write(&self, directory: &Path) -> std::io::Result<()> {
        fs::write(directory.join(format!("{}.same", self.name)), &self.text)?;
        if let Some((file, shape)) = &self.weights {
            fs::write(directory.join(file), npy(shape))?;
        }
        Ok(())
    }

    /// The arguments of a command, for a file in the working directory.
    pub fn arguments(&self, command: &[String]) -> Vec<String> {
        let path = format!("{}.same", self.name);
        command.iter().map(|argument| argument.replace("FILE", &path)).collect()
    }
}

/// An array of random f32, in NumPy's format.
fn npy(shape: &[usize]) -> Vec<u8> {
    let axes: Vec<String> = shape.iter().map(|axis| format!("{axis},")).collect();
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", axes.join(" "));
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    let mut random = Random(1);
    for _ in 0..shape.iter().product() {
        bytes.extend(random.weight().to_le_bytes());
    }
    bytes
}

/// An odd decimal number of this many digits, different for every seed.
fn long(digits: usize, seed: u64) -> String {
    let mut random = Random(seed);
    let mut text = String::from("7");
    while text.len() < digits {
        text.push(char::from(b'0' + random.below(10) as u8));
    }
    text.push('1');
    text
}

/// A fraction of two such numbers.
fn fraction(seed: u64) -> String {
    format!("{}/{}", long(400, 2 * seed), long(400, 2 * seed + 1))
}

/// `[f(0), f(1), ..]`
fn list(count: usize, entry: impl Fn(usize) -> String) -> String {
    let entries: Vec<String> = (0..count).map(entry).collect();
    format!("[{}]", entries.join(", "))
}

/// All inputs.
pub fn all() -> Vec<Input> {
    [degrees(), expansions(), similarities(), chains(), wide(), domains(), numbers(), differences(), files()]
        .into_iter()
        .flatten()
        .collect()
}

/// Powers whose degrees or values are too large to write down.
fn degrees() -> Vec<Input> {
    let tower = |name, squarings: u32, step: &str| {
        format!(
            "model {name}(x: 2) = {{ let y = x; for i in 0..{squarings} {{ let y = {step}; }} sum(y) }}\n"
        )
    };
    vec![
        Input::new(
            "power",
            "model a(x: 1) = x[0]^1152921504606846976\nmodel b(x: 1) = (x[0]^2)^576460752303423488 + x[0]\n",
        )
        .compare()
        .run("eval FILE::a --at [3]")
        .run("eval FILE::a --at [3] --float"),
        Input::new("tower", tower("a", 60, "y * y + 1/3") + &tower("b", 60, "1/3 + y * y * 2 / 2 + y - y"))
            .compare()
            .run("eval FILE::a --at [3,5]"),
        Input::new("tower_24", tower("a", 24, "y * y + 1/3") + &tower("b", 24, "(y * y * 3 + 1) / 3"))
            .compare()
            .run("eval FILE::a --at [3,5]"),
        Input::new(
            "degree_claims",
            "model f(x: 3) = (x[0] + x[1])^60000 - (x[0] - x[2])^60000\n\
             claim degree(f) <= 59999\nclaim degree(f) >= 60000\n",
        )
        .run("check FILE --filter <=")
        .run("check FILE --filter >="),
        Input::new(
            "degree_cancels",
            "model f(x: 8) = { let y = sum(x)^40; let z = (2*x[0] + 2*sum(x[1..8]))^40; \
             y * 2^40 - z + x[0]^39 }\n\
             claim degree(f) == 39\nclaim degree(f) <= 39\n",
        )
        .run("check FILE --filter ==")
        .run("check FILE --filter == --deterministic"),
    ]
}

/// Functions that are determined by many values, of many bits, in many outputs.
fn similarities() -> Vec<Input> {
    let net = |name: &str, variables: usize, squarings: u32, last: &str| {
        format!(
            "model {name}(x: {variables}) = {{ let y = x; \
             for i in 0..{squarings} {{ let y = y * y + y / 3 + sum(y) / 7; }} {last} }}\n"
        )
    };
    let pair = |name, variables, squarings, last: &str, question: &str| {
        let text =
            net("a", variables, squarings, last) + &net("b", variables, squarings, &format!("{last} * 2"));
        Input::new(name, text).run(&format!("similarity FILE::a FILE::b {question}"))
    };
    vec![
        pair("narrow_and_deep", 5, 6, "sum(y)", "--metric uniform"),
        pair("one_variable", 1, 9, "y", "--metric gaussian"),
        pair("two_variables", 2, 8, "y", "--metric symmetric"),
        pair("many_outputs", 6, 3, "outer(outer(y, y), outer(y, y))", "--metric uniform"),
        pair("three_values", 9, 5, "sum(y)", "--on {-1/3,0,5/7}"),
        pair("tokens_and_values", 40, 4, "sum(y)", "--on onehot"),
    ]
}

/// Polynomials with more terms than fit in memory.
fn expansions() -> Vec<Input> {
    vec![
        Input::new(
            "binomial",
            "model a(x: 50) = sum(x)^40\nmodel b(x: 50) = (sum(2 * x)^20 * sum(x)^20) / 2^20\n",
        )
        .compare(),
        Input::new(
            "near_binomial",
            "model a(x: 9) = sum(x)^24\nmodel b(x: 9) = (sum(2 * x)^12 * sum(x)^12) / 2^12\n",
        )
        .compare(),
        Input::new(
            "univariate",
            "model a(x: []) = (1 + x/3)^6000\n\
             model b(x: []) = (9 + 6*x + x^2)^3000 / 3^6000\n",
        )
        .compare(),
        Input::new(
            "linear_forms",
            format!(
                "let W = {}\nmodel a(x: 24) = {{ let y = W @ x; let p = 1; \
                 for i in 0..24 {{ let p = p * y[i]; }} p }}\n\
                 model b(x: 24) = {{ let y = (2 * W) @ x; let p = 1 / 2^24; \
                 for i in 0..24 {{ let p = p * y[23 - i]; }} p }}\n",
                list(24, |i| list(24, |j| format!("{}", (i * 7 + j * j * 3 + i * j) % 11)))
            ),
        )
        .compare(),
        Input::new(
            "quartic",
            "model a(x: 60) = { let q = sum(x * x * [1/3, 1/7] [0]); q * q * (q + 1) }\n"
                .replace(" [0])", "[0])")
                + "model b(x: 60) = { let q = sum(x * x) / 3; q * q + q * q * q - q * q + q ^ 2 }\n",
        )
        .compare(),
        Input::new(
            "attention",
            "weights W = \"attention.npy\"\n\
             model a(x: [24, 64]) = attention(x, W[0], W[1], W[2], W[3], W[4], W[5], heads: 4, \
             mask: \"causal\")\n\
             model b(x: [24, 64]) = attention(x, W[2], W[3], W[0], W[1], 2 * W[4], W[5] / 2, heads: 4, \
             mask: \"causal\")\n",
        )
        .weights("attention.npy", &[6, 64, 64])
        .compare(),
    ]
}

/// Long chains of contractions.
fn chains() -> Vec<Input> {
    vec![
        Input::new(
            "chain",
            "weights W = \"chain.npy\"\n\
             model a(x: [300, 300]) = { let y = x; for i in 0..200 { let y = W[i] @ y; } y }\n\
             model b(x: [300, 300]) = { let y = eye(300); \
             for i in 0..200 { let y = y @ W[199 - i]; } y @ x }\n",
        )
        .weights("chain.npy", &[200, 300, 300])
        .compare()
        .run("eval FILE::a --at x.json")
        .run("eval FILE::b --at x.json --float"),
        Input::new(
            "constant_chain",
            "weights W = \"constant_chain.npy\"\n\
             model a() = { let y = W[0]; for i in 1..100 { let y = W[i] @ y @ y; } y }\n\
             model b() = { let y = W[0]; for i in 1..100 { let y = W[i] @ (y @ y); } y }\n",
        )
        .weights("constant_chain.npy", &[100, 200, 200])
        .compare()
        .run("eval FILE::a --at {}")
        .run("eval FILE::a --at {} --float"),
        Input::new(
            "tensor_train",
            "weights G = \"tensor_train.npy\"\n\
             model a(x: [60, 8]) = { let v = ones(48); \
             for i in 0..60 { let v = einsum(\"a,i,iab->b\", v, x[i], G[i]); } sum(v) }\n\
             model b(x: [60, 8]) = { let v = ones(48); \
             for i in 0..60 { let v = einsum(\"iab,b,i->a\", G[59 - i], v, x[59 - i]); } sum(v) }\n",
        )
        .weights("tensor_train.npy", &[60, 8, 48, 48])
        .compare(),
        Input::new(
            "bilinear_stack",
            "weights W = \"bilinear_stack.npy\"\n\
             fn net(x, s) = { let h = x; \
             for i in 0..16 { let h = h + W[i, 2] @ ((s * W[i, 0] @ h) * (W[i, 1] @ h / s)); } h }\n\
             model a(x: 256) = net(x, 1)\nmodel b(x: 256) = net(x, 2)\n",
        )
        .weights("bilinear_stack.npy", &[16, 3, 256, 256])
        .compare()
        .run("eval FILE::a --at x256.json"),
    ]
}

/// Many variables, and large intermediate tensors.
fn wide() -> Vec<Input> {
    vec![
        Input::new(
            "many_variables",
            "model a(x: 100000) = sum(x * x)\nmodel b(x: 100000) = dot(2 * x, x / 2)\n",
        )
        .compare(),
        Input::new(
            "ten_million_variables",
            "model a(x: 10000000) = sum(3 * x)\nmodel b(x: 10000000) = 3 * sum(x)\n",
        )
        .compare(),
        Input::new(
            "outer",
            "model a(x: 900) = einsum(\"a,b,c->abc\", x, x, x)\n\
             model b(x: 900) = einsum(\"a,bc->abc\", x, outer(2 * x, x / 2))\n",
        )
        .compare()
        .run("eval FILE::a --at ones900.json"),
        Input::new("outer_small", "model a(x: 200) = einsum(\"a,b,c->abc\", x, x, x)[0]\n")
            .run("eval FILE::a --at ones200.json"),
        Input::new(
            "einsum",
            "model a(x: [150, 150]) = einsum(\"ab,cd,ef,ac,ce,bf->\", x, x, x, x, x, x)\n\
             model b(x: [150, 150]) = einsum(\"ab,cd,ef,ac,ce,bf->\", x, 2 * x, x, x, x, x) / 2\n",
        )
        .compare(),
        Input::new("wide_shift", "model a(x: 200000) = x * x\nmodel b(x: 200000) = x * x + 7\n")
            .run("equal FILE::a FILE::b --up-to shift")
            .run("equal FILE::a FILE::b --up-to scale")
            .run("show FILE::a"),
    ]
}

/// Domains that are large, or whose descriptions are.
fn domains() -> Vec<Input> {
    let needle = |last: &str| {
        format!(
            "fn all(x) = {{ let p = 1; for i in 0..40 {{ let p = p * x[i]; }} p }}\n\
             model a(x: 40) = sum(x)\nmodel b(x: 40) = sum(x) + {last}\n"
        )
    };
    vec![
        Input::new(
            "finite",
            "model a(x: 10) = sum(x)^12\n\
             model b(x: 10) = sum(x)^6 * sum(x)^6 + x[0] - x[0] * 1\n",
        )
        .run("check FILE")
        .run("equal FILE::a FILE::b --deterministic --on {0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}"),
        Input::new(
            "many_values",
            format!(
                "model a(x: 3) = sum(x^4001)\nmodel b(x: 3) = sum(x * x^4000)\nclaim a == b on {{{}}}\n",
                (0..3000).map(|i| format!("{i}/7")).collect::<Vec<_>>().join(", ")
            ),
        )
        .run("check FILE --deterministic")
        .run("check FILE"),
        Input::new(
            "onehot",
            "model a(x: [30, 30]) = { let p = 1; \
             for i in 0..30 { let p = p * (1 + dot(x[i], x[29 - i])); } p }\n\
             model b(x: [30, 30]) = { let p = 1; \
             for i in 0..30 { let p = (1 + 2 * dot(x[i], x[29 - i] / 2)) * p; } p }\n\
             claim a == b on onehot\n",
        )
        .run("check FILE --deterministic")
        .run("check FILE"),
        Input::new(
            "long_points",
            format!(
                "model a(x: 20) = sum(x)^30\nmodel b(x: 20) = sum(x)^15 * sum(x)^15\n\
                 claim a == b on points {}\n",
                list(300, |i| list(20, |j| fraction((20 * i + j) as u64)))
            ),
        )
        .run("check FILE --deterministic")
        .run("check FILE"),
        Input::new("needle", needle("all(x)") + "claim a == b on {0,1}\nclaim a == b on {-1,1}\n")
            .run("check FILE --filter {0,1}")
            .run("check FILE --filter {-1,1}"),
        Input::new("needle_near_zero", needle("all(x) * all(x - 1)") + "claim a == b on {0,1,2}\n")
            .run("check FILE")
            .run("check FILE --deterministic"),
    ]
}

/// Long numbers.
fn numbers() -> Vec<Input> {
    vec![
        Input::new(
            "coprime",
            format!(
                "let c = {}\nmodel a(x: 600) = sum(c * x)^20\n\
                 model b(x: 600) = (sum(c * x)^10)^2 + x[0] - sum(x[0..1])\n",
                list(600, |i| format!("1/{}", long(500, i as u64)))
            ),
        )
        .compare()
        .run("eval FILE::a --at ones600.json"),
        Input::new(
            "long_values",
            format!(
                "model a(x: 2) = ({} * x[0] + x[1])^4000\nmodel b(x: 2) = ({} * x[0] + x[1])^4000 + 1\n",
                long(3000, 1),
                long(3000, 1)
            ),
        )
        .compare()
        .run("eval FILE::a --at [3,5]")
        .run("equal FILE::a FILE::b --up-to scale"),
        Input::new(
            "hundred_million_bits",
            "model a(x: []) = x^33554432\nmodel b(x: []) = x^33554431 * x + 0 * x\n",
        )
        .compare()
        .run("eval FILE::a --at 1000000007"),
        Input::new(
            "scale_factor",
            format!(
                "weights W = \"scale_factor.npy\"\n\
                 fn net(x) = {{ let h = W[0] @ x; for i in 1..12 {{ let h = h * (W[i] @ h); }} h }}\n\
                 model a(x: 64) = net(x)\nmodel b(x: 64) = net(x) * {}\n",
                long(2000, 9)
            ),
        )
        .weights("scale_factor.npy", &[12, 64, 64])
        .run("equal FILE::a FILE::b --up-to scale")
        .run("equal FILE::a FILE::b --up-to scale --deterministic")
        .run("equal FILE::a FILE::b"),
    ]
}

/// Differences that are hard to find, or hard to simplify.
fn differences() -> Vec<Input> {
    vec![
        Input::new(
            "hidden",
            "fn every(x, n) = { let p = 1; \
             for i in 0..n { let p = p * x[i] * (x[i] - 1) * (x[i] - 2); } p }\n\
             model a(x: 400) = sum(x)\nmodel b(x: 400) = sum(x) + every(x, 40)\n",
        )
        .compare(),
        Input::new(
            "pairs",
            "model a(x: 3000) = sum(x)\nmodel b(x: 3000) = sum(x) + x[100] * x[900] * x[1700] * x[2900]\n",
        )
        .compare(),
        Input::new(
            "multiples",
            "fn roots(x) = { let p = 1; for i in 0..300 { let p = p * (x[0] - i) * (x[0] + i + 1); } p }\n\
             model a(x: 2) = x[1]\nmodel b(x: 2) = x[1] + roots(x)\n",
        )
        .compare(),
    ]
}

/// Files that take long to read.
fn files() -> Vec<Input> {
    let mut claims = String::from("model a(x: 6) = sum(x)^8\nmodel b(x: 6) = sum(x)^4 * sum(x)^4\n");
    for i in 0..3000 {
        let _ = writeln!(claims, "claim a * {i} == b * {i}");
    }
    let mut doubling = String::from("fn f0(x) = x + x * x\n");
    for i in 1..40 {
        let _ = writeln!(doubling, "fn f{i}(x) = f{}(f{}(x))", i - 1, i - 1);
    }
    doubling += "model a(x: 2) = sum(f39(x))\nclaim a == a\n";
    let nested = |name: &str, depth: usize| {
        format!("model {name}(x: []) = {}x{}\n", "(1 + x * ".repeat(depth), ")".repeat(depth))
    };
    vec![
        Input::new("many_claims", claims).run("check FILE --filter 29"),
        Input::new("doubling", doubling).run("check FILE").run("show FILE::a"),
        Input::new(
            "loops",
            "model a(x: 2) = { let y = x; \
             for i in 0..1000 { for j in 0..1000 { for k in 0..1000 { let y = y * x + i; } } } sum(y) }\n\
             claim a == a\n",
        )
        .run("check FILE")
        .run("show FILE::a"),
        Input::new(
            "long_graph",
            "model a(x: 4) = { let y = x; for i in 0..60000 { let y = y * x + x; } sum(y) }\n\
             model b(x: 4) = { let y = x; for i in 0..60000 { let y = x + x * y; } dot(y, ones(4)) }\n",
        )
        .compare()
        .run("eval FILE::a --at [1,2,3,4]")
        .run("show FILE::a --dot"),
        Input::new("nested", nested("a", 60) + &nested("b", 60).replace("1 + x *", "x * 1 *")).compare(),
        Input::new(
            "constants",
            "let big = reshape(ones(2000000), 1000, 2000)\nmodel a(x: 2000) = big @ x\n\
             model b(x: 2000) = (2 * big) @ (x / 2)\n",
        )
        .compare(),
        Input::new(
            "large_weights",
            "weights W = \"large_weights.npy\"\nmodel a(x: 4096) = W @ x\n\
             model b(x: 4096) = (2 * W) @ (x / 2)\n",
        )
        .weights("large_weights.npy", &[8192, 4096])
        .compare()
        .run("eval FILE::a --at ones4096.json --float")
        .run("eval FILE::a --at ones4096.json"),
    ]
}

/// Writes the points that some commands evaluate at.
pub fn write_points(directory: &Path) -> std::io::Result<()> {
    let vector = |length: usize| format!("[{}]", vec!["3"; length].join(","));
    fs::write(directory.join("x.json"), format!("[{}]", vec![vector(300); 300].join(",")))?;
    fs::write(directory.join("x256.json"), vector(256))?;
    fs::write(directory.join("ones200.json"), vector(200))?;
    fs::write(directory.join("ones600.json"), vector(600))?;
    fs::write(directory.join("ones900.json"), vector(900))?;
    fs::write(directory.join("ones4096.json"), vector(4096))
}
