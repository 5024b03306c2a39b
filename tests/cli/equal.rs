//! `samenet equal`

use serde_json::Value;

use super::samenet;

fn equal(arguments: &[&str]) -> super::Run {
    samenet(&[&["equal"], arguments].concat())
}

const POLYNOMIAL: &str = "models.same::polynomial";
const ONE_HIDDEN: &str = "models.same::one_hidden";
const SWAPPED: &str = "models.same::swapped";
const TRIPLED: &str = "models.same::tripled";
const DEEP: &str = "models.same::deep";

#[test]
fn equal_models() {
    insta::assert_snapshot!(
        [
            equal(&[ONE_HIDDEN, SWAPPED]).all(),
            equal(&[ONE_HIDDEN, SWAPPED, "--deterministic", "--json"]).all(),
            equal(&["lone.same", "some/a.same", "--json"]).all(),
        ]
        .join("\n")
    );
}

/// x0^2 + .. against itself times 3: the smallest witness has one entry, a 1.
#[test]
fn different_models() {
    insta::assert_snapshot!(
        [equal(&[ONE_HIDDEN, TRIPLED]).all(), equal(&[ONE_HIDDEN, TRIPLED, "--json"]).all()].join("\n")
    );
}

/// Outputs 0 and 2 are the same polynomials, of degrees 64 and 3; output 1 is doubled, of degree 64. No proof
/// that output 0 agrees finishes in time, so with --deterministic the answer does not mention it.
#[test]
fn agreement_is_proved_or_has_an_error() {
    let models = ["explained.same::paired", "explained.same::regrouped"];
    let run = equal(&models);
    assert_eq!(run.code, 1);
    let lines: Vec<&str> = run.stdout.lines().map(str::trim).collect();
    let bound = |line: &str, before: &str, after: &str| -> u32 {
        let line = lines.iter().find(|text| text.starts_with(line)).unwrap();
        line.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).unwrap().parse().unwrap()
    };
    let outputs = bound("outputs", "outputs: [0] and [2] agree (error at most 2^-", "), [1] differs");
    let degrees = bound("degrees", "degrees: 3 agrees (error at most 2^-", "), 64 differs");
    assert!(outputs >= 120 && degrees >= 120, "{}", run.stdout);
    let json = equal(&[&models[..], &["--json"]].concat()).json();
    let split = &json["explanation"]["outputs"];
    assert_eq!((&split["certain"], &split["error_log2"]), (&false.into(), &(-i64::from(outputs)).into()));
    let proved = equal(&[&models[..], &["--deterministic", "--time", "20"]].concat());
    assert_eq!(proved.code, 1);
    assert!(
        proved.stdout.contains("\n  outputs: [1] differs, of [0] and [2] it is not known\n"),
        "{}",
        proved.stdout
    );
    assert!(proved.stdout.contains("\n  degrees: 64 differs, of 3 it is not known\n"), "{}", proved.stdout);
    assert!(!proved.stdout.contains("error"), "{}", proved.stdout);
}

/// A program is written when the models differ, whatever is printed; the exit code is that of the verdict.
#[test]
fn replay_writes_a_program() {
    let file = std::env::temp_dir().join(format!("samenet-cli-{}.py", std::process::id()));
    let path = file.to_str().unwrap();
    assert_eq!(equal(&[ONE_HIDDEN, SWAPPED, "--replay", path]).code, 0);
    assert!(!file.exists());
    let run = equal(&["weights.same", "weights.same", "--set-b", "W=w2.npy", "--replay", path]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.ends_with(&format!("\n  replay: python3 {path}\n")), "{}", run.stdout);
    let program = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let expected = "# samenet equal weights.same weights.same
# Run it where samenet was run. It computes with fractions, exactly.
import numpy as np
from fractions import Fraction as F
Q = np.vectorize(F, otypes=\"O\")
x = Q([0, 1])
w1 = Q(np.load(\"w1.npy\"))
A = w1@x
w2 = Q(np.load(\"w2.npy\"))
B = w2@x
print(A[1], B[1])
";
    assert_eq!(program, expected);
    assert_eq!(equal(&[ONE_HIDDEN, TRIPLED, "--replay", "no/such/folder.py"]).code, 2);
}

/// 5,000 weights that are in no file and that NumPy cannot generate.
#[test]
fn what_cannot_be_replayed_is_different_all_the_same() {
    let folder = std::env::temp_dir().join(format!("samenet-cli-long-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let entries: Vec<String> = (1..=5000u64).map(|i| (i * i % 101 + 1).to_string()).collect();
    let list = entries.join(", ");
    let text = format!("model one(x: 5000) = [{list}] * x\nmodel two(x: 5000) = one(x) + x\n");
    let path = folder.join("long.same");
    std::fs::write(&path, text).unwrap();
    let (one, two) = (format!("{}::one", path.display()), format!("{}::two", path.display()));
    let program = folder.join("long.py");
    let run = equal(&[&one, &two, "--replay", program.to_str().unwrap()]);
    assert_eq!(run.code, 1, "{}", run.all());
    let why = "a tensor of shape [5000] does not come from a weight file and is too large to write out";
    assert!(run.stdout.contains(&format!("no replay in NumPy: {why}")), "{}", run.stdout);
    assert!(run.stderr.contains(&format!("long.py` is not written: {why}")), "{}", run.stderr);
    assert!(!program.exists());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn relations() {
    insta::assert_snapshot!(
        [
            equal(&[ONE_HIDDEN, TRIPLED, "--up-to", "scale"]).all(),
            equal(&[ONE_HIDDEN, TRIPLED, "--up-to", "scale", "--json"]).all(),
            equal(&["models.same::logits", "models.same::centred", "--up-to", "shift"]).all(),
            equal(&["models.same::logits", "models.same::logits_stretched", "--up-to", "scale"]).all(),
            equal(&["models.same::logits", "models.same::logits_stretched", "--up-to", "shift", "--json"])
                .all(),
        ]
        .join("\n")
    );
}

/// x^2 is x on {0, 1}, and is not on {-1, 1}: (-1)^2 = 1.
#[test]
fn domains() {
    let (x, squared) = ("models.same::identity", "models.same::squared");
    assert_eq!(equal(&[x, squared]).code, 1);
    assert_eq!(equal(&[x, squared, "--on", "{0,1}"]).code, 0);
    assert_eq!(equal(&[x, squared, "--on", "x in onehot"]).code, 0);
    assert_eq!(equal(&[x, squared, "--on", "points [[0, 1, 1]]"]).code, 0);
    insta::assert_snapshot!(
        [
            equal(&[x, squared, "--on", "{0,1}", "--json"]).all(),
            equal(&[x, squared, "--on", "{-1,1}", "--json"]).all(),
            equal(&[x, squared, "--on", "{}"]).all(),
            equal(&[x, squared, "--on", "z in {0,1}"]).all(),
        ]
        .join("\n")
    );
}

#[test]
fn what_cannot_be_compared() {
    insta::assert_snapshot!(
        [
            equal(&["models.same", "lone.same"]).all(),
            equal(&["models.same::no_such_model", "lone.same"]).all(),
            equal(&["claims.same::careless", POLYNOMIAL]).all(),
            equal(&["lone.same", ONE_HIDDEN]).all(),
            equal(&["models.same::identity", "models.same::two_inputs"]).all(),
            equal(&[ONE_HIDDEN, SWAPPED, "--up-to", "shift"]).all(),
            equal(&["no_such_file.same", ONE_HIDDEN]).all(),
            equal(&["some", ONE_HIDDEN]).all(),
        ]
        .join("\n")
    );
}

/// 4.0000005 is 4 + 2^-21 in float32.
#[test]
fn weights_can_be_set_on_one_side() {
    let file = "weights.same";
    assert_eq!(equal(&[file, file, "--set", "W=w2.npy"]).code, 0);
    assert_eq!(
        equal(&[file, file, "--set", "W=w2.npy", "--set-a", "W=w1.npy", "--set-b", "W=w1.npy"]).code,
        0
    );
    // An option that is given twice for a name is an error: neither is dropped silently.
    for option in ["--set", "--set-a", "--set-b"] {
        let twice = equal(&[file, file, option, "W=w1.npy", option, "W=w2.npy"]);
        assert_eq!(twice.code, 2);
        assert!(twice.stderr.contains("`W` are set to two files"), "{}", twice.stderr);
    }
    let run = equal(&[file, file, "--set-b", "W=w2.npy"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.all());
}

/// Both have degree 64 in two variables, so a grid decides at once; with no time nothing does.
#[test]
fn undecided_says_why() {
    assert_eq!(equal(&[DEEP, "models.same::deep_swapped"]).code, 0);
    let run = equal(&[DEEP, "models.same::deep_swapped", "--time", "0"]);
    assert_eq!(run.code, 3);
    let small = equal(&[DEEP, "models.same::deep_swapped", "--memory", "1K"]);
    assert_eq!(small.code, 3);
    assert!(small.stdout.contains("stopped by the memory budget of 1.0 KiB"), "{}", small.stdout);
    assert!(small.stdout.contains("; try more memory, such as --memory 16M"), "{}", small.stdout);
    assert_eq!(equal(&[DEEP, "models.same::deep_swapped", "--memory", "16M"]).code, 0);
    let json = equal(&[DEEP, "models.same::deep_swapped", "--time", "0", "--json"]);
    let json = json.json();
    assert_eq!((&json["verdict"], &json["witness"]), (&"undecided".into(), &Value::Null));
    // Which part of the work came too late depends on the machine.
    let needed = "more time, such as --time 10";
    assert_eq!(json["evidence"]["needed"], needed);
    assert!(run.stdout.starts_with("undecided: ") && run.stdout.contains(needed), "{}", run.stdout);
}

/// `(x0 x1)(x2 x3)` and `(x0 x2)(x1 x3)` by each method. Rewriting collects factors; the layerwise distance
/// of the two is not zero.
#[test]
fn one_method_alone() {
    let outputs = ["rewrite", "layerwise", "grid", "normal-form", "random-evaluation"].map(|method| {
        samenet(&["equal", "layers.same::one_way", "layers.same::another_way", "--method", method]).all()
    });
    insta::assert_snapshot!(outputs.join("\n"));
    let run = samenet(&[
        "equal",
        "layers.same::two_units",
        "layers.same::two_squares",
        "--method",
        "layerwise",
        "--json",
    ]);
    assert_eq!((run.code, &run.json()["evidence"]["kind"]), (0, &"layerwise".into()));
}

/// x0/3^20 + x1/7^20 and the same with 1e-30 x0: the first values that differ are at x = [1, 0], where both
/// are 1/3^20 = 2.86797199079244..e-10, and one is 1e-30 more.
#[test]
fn long_numbers_are_decimals_with_their_difference() {
    let run = equal(&["close.same::long", "close.same::longer"]);
    assert!(run.stdout.contains("= -1e-30\n"), "{}", run.stdout);
    assert!(run.stdout.contains("2.86797199079244"), "{}", run.stdout);
    insta::assert_snapshot!(run.all());
}

/// In the second file, the down matrix [[1, 2, 3], [4, 5, 6]] has a column of zeros and 4.25 for 4, so three
/// entries differ: by 2, 5 and 1/4. Of 6 + 6 + 6 entries of three matrices.
#[test]
fn weights_that_differ_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, down: [f32; 6]| {
        let matrices: [(&str, [usize; 2], &[f32]); 3] = [
            ("body.l", [3, 2], &[1.0, 0.0, 0.0, 1.0, 1.0, 1.0]),
            ("body.r", [3, 2], &[1.0, 2.0, 3.0, 1.0, 0.5, 1.0]),
            ("body.d", [2, 3], &down),
        ];
        std::fs::write(folder.path().join(name), safetensors(&matrices)).unwrap();
    };
    write("one.safetensors", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    write("two.safetensors", [1.0, 0.0, 3.0, 4.25, 0.0, 6.0]);
    let text = "weights W = \"one.safetensors\"\n\
                model net(x: 2) = bilinear(x, W[\"body.l\"], W[\"body.r\"], W[\"body.d\"])\n";
    std::fs::write(folder.path().join("net.same"), text).unwrap();
    let run = |more: &[&str]| {
        let set = ["equal", "net.same", "net.same", "--set-b", "W=two.safetensors"];
        super::finish(super::command(&[&set[..], more].concat()).current_dir(folder.path()))
    };
    for relation in [&[][..], &["--up-to", "scale"], &["--up-to", "shift"]] {
        let text = run(relation).stdout;
        assert!(
            text.contains("\n  3 of 18 weights differ, the largest by 5 at [1, 1], in `body.d`\n"),
            "{text}"
        );
        assert!(text.contains("\n  hidden unit 1 is not read in B, by `body.d`\n"), "{text}");
    }
    let json = run(&["--json"]).json();
    let weights = &json["explanation"]["weights"];
    assert_eq!((&weights["differing"], &weights["entries"]), (&3.into(), &18.into()));
    let tensor = &weights["tensors"][0];
    assert_eq!(tensor["names"], serde_json::json!(["body.d", "body.d"]));
    assert_eq!((&tensor["a"], &tensor["b"], &tensor["difference"]), (&"5".into(), &"0".into(), &"5".into()));
    assert_eq!(tensor["unread_b"], serde_json::json!([1]));
}

/// A safetensors file of matrices.
fn safetensors(matrices: &[(&str, [usize; 2], &[f32])]) -> Vec<u8> {
    let (mut entries, mut data) = (Vec::new(), Vec::new());
    for (name, shape, values) in matrices {
        let start = data.len();
        values.iter().for_each(|value| data.extend_from_slice(&value.to_le_bytes()));
        let end = data.len();
        entries.push(format!(
            "{name:?}:{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":[{start},{end}]}}"
        ));
    }
    let header = format!("{{{}}}", entries.join(","));
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data].concat()
}

/// Four heads of one entry and two key-value heads, which heads 0 and 1, and 2 and 3 read in one model, but
/// heads 0 and 2, and 1 and 3 in the other: with `attention`, and with slices of what the weights give.
/// Products of entries without weights have no heads.
#[test]
fn heads_that_read_other_heads_are_named() {
    const MODELS: &str = r#"
weights W = "heads.safetensors"
fn twice(M) = concat(M[0..1], M[0..1], M[1..2], M[1..2])
fn tiled(M) = concat(M[0..1], M[1..2], M[0..1], M[1..2])
fn with(x, q, k, v) = attention(x, q, k, q, k, v, eye(4), heads: 4)
model built_a(x: [2, 2]) = with(x, W["q"], twice(W["k"]), twice(W["v"]))
model built_b(x: [2, 2]) = with(x, W["q"], tiled(W["k"]), tiled(W["v"]))
fn head(q, k, v) = q * k * v
fn heads(q, k, v, i, j) = concat(
  head(q[0..1], k[0..1], v[0..1]), head(q[1..2], k[i..i + 1], v[i..i + 1]),
  head(q[2..3], k[j..j + 1], v[j..j + 1]), head(q[3..4], k[1..2], v[1..2]))
fn of_values(x, i, j) = heads(W["q"] @ x, W["pair"] @ x, W["pair"] @ x, i, j)
model hand_a(x: 2) = of_values(x, 0, 1)
model hand_b(x: 2) = of_values(x, 1, 0)
model plain_a(x: 4) = [x[0]*x[1], x[2]*x[3]]
model plain_b(x: 4) = [x[0]*x[2], x[2]*x[3]]
"#;
    let folder = tempfile::tempdir().unwrap();
    let matrices: [(&str, [usize; 2], &[f32]); 4] = [
        ("q", [4, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]),
        ("k", [2, 2], &[1.0, -1.0, 2.0, 1.0]),
        ("v", [2, 2], &[0.5, 1.0, 3.0, -2.0]),
        ("pair", [2, 2], &[0.5, 1.0, 3.0, -2.0]),
    ];
    std::fs::write(folder.path().join("heads.safetensors"), safetensors(&matrices)).unwrap();
    std::fs::write(folder.path().join("heads.same"), MODELS).unwrap();
    let run = |a: &str, b: &str, more: &[&str]| {
        let [a, b] = [a, b].map(|model| format!("heads.same::{model}"));
        super::finish(super::command(&[&["equal", &a, &b], more].concat()).current_dir(folder.path()))
    };
    let built = run("built_a", "built_b", &[]).stdout;
    let expected =
        "\n  head 1 reads key-value head 0 in A, 1 in B\n  head 2 reads key-value head 1 in A, 0 in B\n";
    assert!(built.contains(expected) && !built.contains("hidden"), "{built}");
    let hand = run("hand_a", "hand_b", &[]).stdout;
    assert!(hand.contains(" 1 reads ") && hand.contains(" 2 reads "), "{hand}");
    let json = run("built_a", "built_b", &["--json"]).json();
    let first = &json["explanation"]["wiring"][0];
    assert_eq!((&first["head"], &first["a"], &first["b"]), (&1.into(), &0.into(), &1.into()));
    let plain = run("plain_a", "plain_b", &[]).stdout;
    assert!(!plain.contains("reads"), "{plain}");
}
