//! Programs that `samenet` prints for models in files, whose weights are in files of every format.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::Python;

/// `samenet` run in a folder: the exit code and what it prints.
fn samenet(arguments: &[&str], folder: &Path) -> (i32, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_samenet")).current_dir(folder).args(arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

/// The lines that a replay of the witness of `equal --json` should print.
fn expected(answer: &Value) -> String {
    let witness = &answer["witness"];
    let evaluations = match &witness["evaluations"] {
        Value::Array(list) => list.clone(),
        _ => vec![witness.clone()],
    };
    let text = |value: &Value| value.as_str().unwrap().to_string();
    let line = |evaluation: &Value| match &evaluation["residues"] {
        Value::Null => format!("{} {}\n", text(&evaluation["a"]), text(&evaluation["b"])),
        residues => format!("{} {}\n", text(&residues["a"]), text(&residues["b"])),
    };
    evaluations.iter().map(line).collect()
}

/// Compares two models, and replays what `--json` has, the line of the text, and the file of `--replay`.
fn replayed(python: &Python, arguments: &[&str], folder: &Path) -> bool {
    let (code, json) = samenet(&[&["equal", "--json"], arguments].concat(), folder);
    assert_ne!(code, 2, "{arguments:?}");
    let answer: Value = serde_json::from_str(&json).unwrap();
    let Some(program) = answer["replay"]["program"].as_str() else { return false };
    assert_ne!(answer["replay"]["numbers"], "float64");
    let expected = expected(&answer);
    assert_eq!(python.run(program, folder), expected, "{arguments:?}\n{program}");

    let file = std::env::temp_dir().join(format!("samenet-replay-{}.py", std::process::id()));
    let text = samenet(&[&["equal", "--replay", file.to_str().unwrap()], arguments].concat(), folder).1;
    assert_eq!(python.run(&fs::read_to_string(&file).unwrap(), folder), expected);
    fs::remove_file(file).unwrap();
    let line = text.lines().find_map(|line| line.trim().strip_prefix("replay: ")).unwrap();
    if cfg!(unix) {
        let line = line.replacen("python3", &python.0, 1);
        let output = Command::new("sh").args(["-c", &line]).current_dir(folder).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{line}");
    }
    true
}

/// Weights of every type in `.npy`, `.npz` and `.safetensors` files, with names that need quoting.
const WRITE: &str = r#"
import json, os, struct, sys
import numpy as np
def safetensors(path, tensors):
    header, data = {}, b""
    for name, (kind, array) in tensors.items():
        raw = np.ascontiguousarray(array).tobytes()
        offsets = [len(data), len(data) + len(raw)]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": offsets}
        data += raw
    text = json.dumps(header).encode()
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + data)
r, f8 = np.random.default_rng(1), np.random.default_rng(2)
kinds = {"BOOL": "?", "I8": "i1", "I16": "<i2", "I32": "<i4", "I64": "<i8",
         "U8": "u1", "U16": "<u2", "U32": "<u4", "U64": "<u8",
         "F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": "<u2"}
kinds |= {f"F8_{kind}": "u1" for kind in ["E4M3", "E5M2", "E4M3FNUZ", "E5M2FNUZ", "E8M0"]}
def some(kind):
    if kind == "BOOL":
        return np.array([[1, 0, 1], [0, 1, 1]], "?")
    if kind.startswith("F8"):
        signs = 0 if kind == "F8_E8M0" else 128 * f8.integers(0, 2, (2, 3))
        return (f8.integers(1, 124, (2, 3)) + signs).astype("u1")
    if kind.startswith("F"):
        return r.standard_normal((2, 3)).astype(kinds[kind])
    if kind == "BF16":
        return (r.standard_normal((2, 3)).astype("<f4").view("<u4") >> 16).astype("<u2")
    return r.integers(0 if kind[0] == "U" else -100, 100, (2, 3)).astype(kinds[kind])
os.makedirs("it's \"here\"", exist_ok=True)
safetensors("it's \"here\"/w.safetensors", {f"{kind} tensor": (kind, some(kind)) for kind in kinds})
plain = {kind: some(kind) for kind in kinds if kind != "BF16" and not kind.startswith("F8")}
np.savez("w.npz", **plain)
np.savez_compressed("z.npz", **plain)
np.save("w.npy", r.standard_normal((2, 3)))
np.save("f.npy", np.asfortranarray(r.standard_normal((2, 3))))
np.save("b.npy", r.standard_normal((2, 3)).astype(">f4"))
with open("all.same", "w") as text:
    text.write('''weights S = "it's \\"here\\"/w.safetensors"
weights N = "w.npz"
weights Z = "z.npz"
weights W = "w.npy"
weights V = "f.npy"
weights B = "b.npy"
''')
    tensors = [f'S["{kind} tensor"]' for kind in kinds]
    tensors += [f'N["{kind}"]' for kind in plain] + [f'Z["{kind}"]' for kind in plain]
    tensors += ["W", "V", "B"]
    for i, tensor in enumerate(tensors):
        text.write(f"model plain_{i}(x: 3) = {tensor} @ x\n")
        # Folded: a transpose, a slice, a sum with a literal, an entry.
        matrix = f"(transpose({tensor})[1..3] + [[1, 2], [1/3, 0.5]])"
        text.write(f"model folded_{i}(x: 3) = {matrix} @ x[0..2] * {tensor}[1, 2]\n")
print(len(tensors))
"#;

/// Models that read each of the tensors, against zero.
pub fn formats(python: &Python) -> String {
    let folder = std::env::temp_dir().join(format!("samenet-replay-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let count: usize = python.run(WRITE, &folder).trim().parse().unwrap();
    fs::write(folder.join("zero.same"), "model zero(x: 3) = [0*x[0], 0]\n").unwrap();
    for i in 0..count {
        for kind in ["plain", "folded"] {
            let model = format!("all.same::{kind}_{i}");
            assert!(replayed(python, &[&model, "zero.same"], &folder), "{model}");
        }
    }
    fs::remove_dir_all(&folder).unwrap();
    format!("{} programs", 2 * count)
}

/// Models of the tests and the examples against each other.
pub fn models(python: &Python) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for (folder, pairs) in [("tests/cli/files", &MODELS[..]), (".", &EXAMPLES[..])] {
        for (a, b, more) in pairs {
            let arguments: Vec<&str> = [a, b].into_iter().chain(more.iter()).copied().collect();
            assert!(replayed(python, &arguments, &root.join(folder)), "{arguments:?}");
            count += 1;
        }
    }
    format!("{count} pairs")
}

/// Numbers of more than 4,300 digits, which Python 3.11 and later neither read nor print by themselves: as
/// coefficients, in a tensor, and as values. (7^6000 has 5,071 digits.)
pub fn long_numbers(python: &Python) -> String {
    const TEXT: &str = "
model a(x: 1) = 7^6000*x[0]
model b(x: 1) = -(2/3)*7^6000*x[0]
model c(x: 2) = [[7^6000, 1/7^6000], [1/2, 1 + 1/7^6000]] @ x
model d(x: 2) = [[-7^6000, 0.5], [1/3, 1]] @ x
";
    let folder = std::env::temp_dir().join(format!("samenet-long-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("long.same"), TEXT).unwrap();
    for pair in [["long.same::a", "long.same::b"], ["long.same::c", "long.same::d"]] {
        let answer = samenet(&[&["equal", "--json", "--replay", "replay.py"], &pair[..]].concat(), &folder).1;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let program = fs::read_to_string(folder.join("replay.py")).unwrap();
        let printed = python.run(&program, &folder);
        assert!(printed.len() > 4300 && printed == expected(&answer), "{program}");
        fs::remove_file(folder.join("replay.py")).unwrap();
    }
    fs::remove_dir_all(&folder).unwrap();
    "2 pairs".to_string()
}

type Pair = (&'static str, &'static str, &'static [&'static str]);

const MODELS: [Pair; 7] = [
    ("models.same::one_hidden", "models.same::tripled", &[]),
    ("models.same::logits", "models.same::logits_stretched", &["--up-to", "scale"]),
    ("models.same::logits", "models.same::logits_stretched", &["--up-to", "shift"]),
    ("models.same::identity", "models.same::squared", &["--on", "{-1,1}"]),
    ("models.same::deep", "models.same::polynomial", &[]),
    ("explained.same::paired", "explained.same::regrouped", &[]),
    ("weights.same", "weights.same", &["--set-b", "W=w2.npy"]),
];

const EXAMPLES: [Pair; 4] = [
    ("examples/xor.same::xor", "examples/xor.same::xor_gated", &[]),
    ("examples/hidden_units.same::original", "examples/hidden_units.same::split_unevenly", &[]),
    (
        "examples/up_to_scale.same::net",
        "examples/up_to_scale.same::one_output_doubled",
        &["--up-to", "scale"],
    ),
    ("examples/hidden_units.same::original", "examples/hidden_units.same::permuted_inside_only", &[]),
];
