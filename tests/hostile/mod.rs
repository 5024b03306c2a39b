//! Files made to hurt: short ones that describe an enormous amount of work, long ones, deep ones. Each must
//! be refused, or accepted, in a time and with a memory that its length explains. The tests measure no time:
//! a regression shows as a test that does not end.

use std::path::PathBuf;

use samenet::diagnostic::Sources;
use samenet::model::{Bindings, Program, kinds};
use samenet::syntax::kinds as syntax;

/// A directory with files in it.
struct Files(tempfile::TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Files {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        Files(directory)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn load(&self, name: &str) -> Result<Program, Vec<&'static str>> {
        let mut sources = Sources::default();
        let result = Program::load(&self.path(name), &Bindings::default(), &mut sources);
        result.map_err(|errors| errors.iter().map(|error| error.kind).collect())
    }
}

fn load(text: &str) -> Result<Program, Vec<&'static str>> {
    Files::new(&[("main.same", text)]).load("main.same")
}

/// The kinds of all errors of a text.
fn errors(text: &str) -> Vec<&'static str> {
    load(text).err().unwrap()
}

/// Whether a text is refused because it asks for too much, in one place or in several.
fn too_large(text: &str) -> bool {
    let errors = errors(text);
    let only = errors.iter().all(|kind| *kind == kinds::TOO_LARGE);
    if !only {
        eprintln!("{errors:?}");
    }
    only
}

/// Every kind of bracket, a hundred thousand deep, closed or not.
#[test]
fn nested_brackets() {
    const DEEP: usize = 100_000;
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{ ", " }"),
        ("sum(", ")"),
        ("x[", "]"),
        ("\"{", "}\""),
        ("-", ""),
        ("{ for i in 0..1 { ", " } x }"),
        ("x |> f(", ")"),
        ("2 ^ (", ")"),
    ] {
        for closing in [close.repeat(DEEP), String::new()] {
            let text = format!("model net(x: 2) = {}x{closing}\nclaim net == net\n", open.repeat(DEEP));
            assert!(!errors(&text).is_empty(), "{open}");
        }
    }
}

/// Long chains of operators nest to the left.
#[test]
fn long_chains() {
    const LONG: usize = 100_000;
    for link in [" + x", " * x", " @ x", " / 2", "[0]", " |> sum", "(x)", " ^ 2", "::x"] {
        let text = format!("model net(x: 2) = x{}\n", link.repeat(LONG));
        assert!(!errors(&text).is_empty(), "{link}");
    }
}

/// Loops over claims: many claims, long claims, long labels, and functions that double a string.
#[test]
fn unrolled_claims() {
    let model = "model a(x: 2) = x\nfn twice(s) = \"{s}{s}\"\n";
    let repeated = |body: &str| too_large(&format!("{model}for i in 0..9999 {{ {body} }}\n"));
    assert!(load(&format!("{model}for i in 0..9999 {{ claim a == a }}\n")).is_ok());
    assert!(repeated("for j in 0..9999 { claim a == a }"));
    assert!(repeated("for j in 0..9999 { for k in 0..9999 { for l in 0..9999 { } } }"));
    assert!(repeated(&format!("claim a == # {}\n a", "long ".repeat(200_000))));
    assert!(repeated(&format!("claim \"{{i}}{}\": a == a", "long ".repeat(12_000))));
    assert!(repeated(&format!("let s = {}\"long\"{}; claim s == a", "twice(".repeat(100), ")".repeat(100))));
    assert!(repeated(&format!("claim a[{}0] == a[0]", "0 + ".repeat(1_000))));
}

#[test]
fn long_files() {
    let long = "# nothing but a comment\n".repeat(50 << 20 >> 4);
    assert_eq!(errors(&long), [syntax::FILE_TOO_LARGE]);
    drop(long);
    let nonsense = "? ".repeat(1 << 20);
    assert!(errors(&nonsense).len() <= 101);
    // Two million numbers are read; a constant of so many, once as a row and once in a matrix, is too much.
    // Words of other languages, for each of which help is looked for, in as many items or in one.
    for (word, count) in [
        ("let a = x.relu\n", 1 << 17),
        ("x.softmax() ", 1 << 17),
        (". % ~= ≈ ", 1 << 17),
        ("claim torch.allclose(a, b)\n", 1 << 16),
        ("claim a == b for x in {0, 1}\n", 1 << 16),
        ("let a = relu(nn::relu(x))\n", 1 << 16),
        ("claim relu(x) == gelu\n", 1 << 16),
        ("claim a == b over a == b ", 1 << 16),
    ] {
        assert!(!errors(&word.repeat(count)).is_empty(), "{word}");
    }
    let numbers = format!("let a = [[{}1]]\n", "1,".repeat(2_000_000));
    assert!(too_large(&numbers));
}

#[test]
fn many_items() {
    use std::fmt::Write;
    let mut text = String::new();
    for i in 0..50_000 {
        writeln!(text, "let a{i} = b{i} + c{i}").unwrap();
    }
    assert_eq!(errors(&text).len(), 101);

    // A chain of definitions, the last first: each needs the next.
    let mut text = String::new();
    for i in 0..3_000 {
        writeln!(text, "let a{i} = a{} + 1", i + 1).unwrap();
    }
    text.push_str("let a3000 = 0\nmodel net(x: []) = a0 * x\n");
    assert!(load(&text).is_ok());
    let longer = text.replace("let a3000 = 0", "let a3000 = a0");
    assert_eq!(errors(&longer), [kinds::RECURSION]);
    let mut text = String::new();
    for i in 0..20_000 {
        writeln!(text, "let a{i} = a{} + 1", i + 1).unwrap();
    }
    text.push_str("let a20000 = 0\n");
    assert!(too_large(&text));
}

/// Calls that call the function before twice, with other arguments each time: 2^60 different calls.
#[test]
fn exponential_functions() {
    use std::fmt::Write;
    let mut text = "fn f0(x) = x\n".to_string();
    for i in 1..=60 {
        writeln!(text, "fn f{i}(x) = f{0}(2 * x) * f{0}(2 * x + 1)", i - 1).unwrap();
    }
    assert!(too_large(&format!("{text}model net(x: []) = f60(x)\n")));
    assert!(too_large(&format!("{text}let n = f60(1)\n")));
    // Deep rather than wide: every function calls the one before once.
    let mut text = "fn f0(x) = x\n".to_string();
    for i in 1..=10_000 {
        writeln!(text, "fn f{i}(x) = f{}(x) + 1", i - 1).unwrap();
    }
    assert!(too_large(&format!("{text}model net(x: []) = f10000(x)\n")));
    assert!(load(&format!("{text}model net(x: []) = f1000(x)\n")).is_ok());
}

/// Models on models: as many nodes in each as in all before it together.
#[test]
fn deep_models() {
    use std::fmt::Write;
    let mut text = "model m0(x: 2) = x * x\n".to_string();
    for i in 1..=1_000 {
        writeln!(text, "model m{i}(x: 2) = m{}(x) + x", i - 1).unwrap();
    }
    assert!(load(&text).is_ok());
    let reversed: String = text.lines().rev().map(|line| format!("{line}\n")).collect();
    assert!(load(&reversed).is_ok());
    let mut text = "model m0(x: 2) = x * x\n".to_string();
    for i in 1..=60 {
        writeln!(text, "model m{i}(x: 2) = m{0}(m{0}(x) + 1)", i - 1).unwrap();
    }
    assert!(too_large(&text));
}

#[test]
fn endless_loops() {
    for bounds in ["0..1000000000", "0..9223372036854775807", "0..99999999999999999999999999"] {
        let text = format!("model net(x: 2) = {{ let h = x; for i in {bounds} {{ let h = h + x; }} h }}\n");
        assert!(too_large(&text), "{bounds}");
    }
    // Without a body, and one in another.
    let text = "let a = { for i in 0..1000000000 { } 1 }\nmodel net(x: 2) = a * x\n";
    assert!(too_large(text));
    let text = "let a = { for i in 0..1000000 { for j in 0..1000000 { } } 1 }\n";
    assert!(too_large(text));
}

/// Powers of an input are taken by squaring; those of a number are refused when it would be too long.
#[test]
fn huge_powers() {
    assert!(load("model net(x: 2) = x ^ 1000000000\nclaim net == net\n").is_ok());
    assert!(load("model net(x: 2) = x ^ 9000000000000000000\nclaim net == net\n").is_ok());
    for number in ["2 ^ 1000000000", "(1 / 3) ^ 100000", "10 ^ 99999999999999999999"] {
        assert!(too_large(&format!("let a = {number}\n")), "{number}");
    }
    assert!(load("let a = 1 ^ 1000000000\nlet b = 0 ^ 1000000000\nlet c = (-1) ^ 1000000001\n").is_ok());
}

/// Numbers that double their length, in scalars, in tensors and as coefficients.
#[test]
fn growing_numbers() {
    for (start, step) in
        [("3", "a * a"), ("3", "a * a + 1 / a"), ("[3, 5]", "a * a"), ("[3, 5]", "a * a / 7")]
    {
        let text =
            format!("let n = {{ let a = {start}; for i in 0..60 {{ let a = {step}; }} a }}\nlet m = 1 / n\n");
        assert!(too_large(&text), "{start} {step}");
    }
    let text = "model net(x: []) = { let a = 1e1000; let h = x; for i in 0..1000 { let h = a * h; } h }\n";
    assert!(too_large(text));
    // One number of the largest length, in many entries and in many sums.
    let long = "let a = 7 ^ 20000\n";
    let sums = "let b = { let s = 0; for i in 0..100000 { let s = s + a / (a + i); } s }\n";
    assert!(too_large(&format!("{long}{sums}")));
    let entries = "let b = { let s = zeros(3); for i in 0..100000 { let s = s + [a + i, a - i, i]; } s }\n";
    assert!(too_large(&format!("{long}{entries}")));
}

#[test]
fn huge_shapes() {
    for text in [
        "model net(x: 4294967296) = x\n",
        "model net(x: [65536, 65536, 65536, 65536]) = x\n",
        "model net(x: [0, 99999999, 99999999]) = x\n",
        "model net(x: 60000) = outer(x, x)\n",
        "model net(x: 60000) = einsum(\"i,j,k->ijk\", x, x, x)\n",
        "model net(x: [60000, 1]) = x @ transpose(x)\n",
        "model net(x: 60000) = linear(ones(60000, 1), ones(60000, 1)) @ x\n",
        "model net(x: 2) = { let h = x; for i in 0..60 { let h = concat(h, h); } h }\n",
        "model net(x: 2) = { let h = x; for i in 0..60 { let h = [h, h]; } h }\n",
        "let a = zeros(99999, 99999)\n",
        "let a = eye(99999)\n",
        "let a = onehot(3, 4000000000)\n",
        "let a = diag(zeros(1000000))\n",
        "model net(x: 3) = x + sum(ones(40000, 40000) @ ones(40000, 40000)) |> \
         reshape(sum(ones(40000, 40000)))\n",
        "model net(x: [1000000, 2]) =\n  attention(x, eye(2), eye(2), eye(2), eye(2), eye(2), eye(2), \
         mask: \"causal\")\n",
        "model net(x: [9000000, 2]) =\n  attention(x, eye(2), eye(2), eye(2), eye(2), eye(2), eye(2), \
         rotary: 10000)\n",
    ] {
        assert!(too_large(text), "{text}");
    }
}

/// Constants that are cut, joined and copied until they would fill the memory.
#[test]
fn copied_constants() {
    let text = "let c = eye(1000)\nlet a = { let s = 0; for i in 0..400000 { let s = s + c[0..4]; } s }\n";
    assert!(too_large(text));
    let text = "let c = reshape(eye(1000), 1000000)\n\
                let a = { let s = zeros(4000); for i in 0..400000 { let s = s + c[i..i + 4000]; } s }\n";
    assert!(too_large(text));
    let text = "let c = { let c = [1, 2, 3]; for i in 0..40 { let c = concat(c, c); } c }\nlet n = 1 / c\n";
    assert!(too_large(text));
}

#[test]
fn many_parameters() {
    let names: Vec<String> = (0..50_000).map(|i| format!("p{i}")).collect();
    let given: Vec<String> = names.iter().map(|name| format!("{name}: x")).collect();
    let text = format!("fn f({}) = p0\nmodel net(x: 2) = f({})\n", names.join(", "), given.join(", "));
    assert!(too_large(&text));
    let text = format!("fn f({}) = p0\nmodel net(x: 2) = f(nothing: 1)\n", names.join(", "));
    assert_eq!(errors(&text), [kinds::UNKNOWN_ARGUMENT]);
    let inputs: Vec<String> = names.iter().map(|name| format!("{name}: 2")).collect();
    let sets: Vec<String> = names.iter().map(|name| format!("{name} in {{0, 1}}")).collect();
    let text = format!("model net({}) = p0\nclaim net == net on {}\n", inputs.join(", "), sets.join(", "));
    assert!(too_large(&text));
}

/// A large model and many claims about it: each takes a copy.
#[test]
fn many_claims() {
    let model = "model net(x: 2) = { let h = x; for i in 0..20000 { let h = h * x + i; } h }\n";
    let text = format!("{model}{}", "claim net == net\n".repeat(10_000));
    assert!(too_large(&text));
}

/// Imports in a long chain, in a ladder with 2^300 paths, and round in a ring.
#[test]
fn many_imports() {
    let files: Vec<(String, String)> = (0..300)
        .map(|i| {
            let next = format!("f{}.same", i + 1);
            let call =
                format!("fn g(x) = a::g(x) + b::g(x)\nimport \"{next}\" as a\nimport \"./{next}\" as b\n");
            (format!("f{i}.same"), call)
        })
        .collect();
    let mut all: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    all.push(("f300.same", "fn g(x) = x\n"));
    all.push(("main.same", "import \"f0.same\" as f\nmodel net(x: 2) = f::g(x)\nclaim net == net\n"));
    let ladder = Files::new(&all);
    assert!(ladder.load("main.same").is_ok());
    std::fs::write(ladder.path("f300.same"), "import \"f0.same\" as f\nfn g(x) = x\n").unwrap();
    assert_eq!(ladder.load("main.same").err().unwrap(), [kinds::IMPORT_CYCLE]);
}

#[test]
fn files_that_are_no_text() {
    let files = Files::new(&[("main.same", "import \"latin.same\" as l\n"), ("empty.same", "")]);
    std::fs::write(files.path("latin.same"), b"# caf\xe9\n").unwrap();
    assert_eq!(files.load("main.same").err().unwrap(), [kinds::UNREADABLE_FILE]);
    assert_eq!(files.load("latin.same").err().unwrap(), [kinds::UNREADABLE_FILE]);
    assert_eq!(files.load("none.same").err().unwrap(), [kinds::UNREADABLE_FILE]);
    assert_eq!(files.load(".").err().unwrap(), [kinds::UNREADABLE_FILE]);
    assert!(files.load("empty.same").is_ok());
    std::fs::write(files.path("long.same"), vec![b' '; 50 << 20]).unwrap();
    assert_eq!(files.load("long.same").err().unwrap(), [syntax::FILE_TOO_LARGE]);
}
