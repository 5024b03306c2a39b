//! Points from files: `--on 'points X.npy'`, and `eval` at many of them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Run, command, finish};

/// The bytes `numpy.save` writes for an array of bytes of this shape.
fn npy(shape: &str, data: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&(text.len() as u16).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

/// A safetensors file of arrays of bytes.
fn safetensors(arrays: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let (mut entries, mut data) = (Vec::new(), Vec::new());
    for (name, shape, values) in arrays {
        let (start, end) = (data.len(), data.len() + values.len());
        entries.push(format!(
            "{}:{{\"dtype\":\"U8\",\"shape\":{shape},\"data_offsets\":[{start},{end}]}}",
            serde_json::to_string(name).unwrap()
        ));
        data.extend_from_slice(values);
    }
    let header = format!("{{{}}}", entries.join(","));
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data].concat()
}

/// `a` and `b` agree where x[0] is 0 or 1. `bits.npy` has such points, `digits.npy` has [2, 7] as well.
const MODELS: &str = "model a(x: 2) = x[0]^2 + x[1]
model b(x: 2) = x[0] + x[1]
model square(x: [2, 2]) = sum(x)
model two(x: 2, y: []) = sum(x) * y
model double(x: 2, y: []) = y * (x[0] + x[1]) + y*(y - 1)
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("m.same", MODELS.as_bytes());
    write("user.same", b"import \"m.same\" as nets\nmodel own(x: 2) = nets::a(x)\nfn f(x) = x\n");
    write("alone.same", b"import \"m.same\" as nets\n");
    write("bits.npy", &npy("(3, 2)", &[0, 5, 1, 6, 1, 9]));
    write("digits.npy", &npy("(3, 2)", &[0, 5, 2, 7, 1, 9]));
    write("an odd, {name}'s [é].npy", &npy("(1, 2)", &[1, 1]));
    write("x:y.npy", &npy("(1, 2)", &[2, 1]));
    write("wide.npy", &npy("(1, 3)", &[0, 0, 0]));
    write("images.npy", &npy("(2, 1, 2)", &[0, 3, 1, 4]));
    let arrays: [(&str, &str, &[u8]); 3] =
        [("train", "[2,2]", &[0, 5, 1, 6]), ("test set", "[1,2]", &[3, 0]), ("ones", "[2]", &[1, 1])];
    write("d.safetensors", &safetensors(&arrays));
    write("xy.safetensors", &safetensors(&[("x", "[2,2]", &[1, 2, 3, 4]), ("y", "[2]", &[5, 6])]));
    write("uneven.safetensors", &safetensors(&[("x", "[2,2]", &[1, 2, 3, 4]), ("y", "[1]", &[5])]));
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Run {
    finish(command(arguments).current_dir(folder))
}

/// `a` and `b` differ where x[0] is not 0 or 1: at [2, 7], which comes after two rows that are the same.
#[test]
fn a_witness_names_its_row() {
    let folder = folder();
    fs::write(folder.path().join("rows.npy"), npy("(5, 2)", &[9, 9, 1, 5, 1, 5, 2, 7, 0, 0])).unwrap();
    // [9, 9] differs too, by more.
    let only = fs::write(folder.path().join("one.npy"), npy("(4, 2)", &[1, 5, 1, 5, 2, 7, 0, 0]));
    only.unwrap();
    let on = |more: &[&str]| run(folder.path(), &[&["equal", "m.same::a", "m.same::b"], more].concat());
    let text = on(&["--on", "points one.npy"]);
    assert!(text.stdout.contains("  at x = [2, 7] (row 2 of the points)\n"), "{}", text.stdout);
    let json = on(&["--on", "points one.npy", "--json"]).json();
    assert_eq!(json["witness"]["rows"], serde_json::json!({"x": 2}));
    let text = on(&["--on", "points rows.npy"]).stdout;
    let known = ["at x = [9, 9] (row 0 of the points)", "at x = [2, 7] (row 3 of the points)"];
    assert!(known.iter().any(|row| text.contains(row)), "{text}");
    let everywhere = on(&[]);
    assert!(!everywhere.stdout.contains("row"), "{}", everywhere.stdout);
}

#[test]
fn points_of_files() {
    let folder = folder();
    let on = |on: &str| run(folder.path(), &["equal", "m.same::a", "m.same::b", "--on", on]);
    for (domain, code) in [
        ("points bits.npy", 0),
        ("points digits.npy", 1),
        ("points \"bits.npy\"", 0),
        ("x in points bits.npy", 0),
        ("points an odd, {name}'s [é].npy", 0),
        ("points x:y.npy", 1),
        ("points d.safetensors:train", 0),
        ("points d.safetensors:test set", 1),
        ("points images.npy", 0),
        ("points [[0, 1]]", 0),
    ] {
        assert_eq!(on(domain).code, code, "{domain}: {}", on(domain).all());
    }
    let absolute = format!("points {}", folder.path().join("bits.npy").display());
    assert_eq!(on(&absolute).code, 0);
    let several = "x in points d.safetensors:train, y in points d.safetensors:ones";
    let run = run(folder.path(), &["equal", "m.same::two", "m.same::double", "--on", several]);
    assert_eq!(run.code, 0, "{}", run.all());
}

#[test]
fn points_of_files_that_do_not_fit() {
    let folder = folder();
    let on = |on: &str| run(folder.path(), &["equal", "m.same::a", "m.same::b", "--on", on]).all();
    let domains = [
        "points none.npy",
        "points none.npz:images",
        "points wide.npy",
        "points d.safetensors",
        "points d.safetensors:trian",
        "points bits.npy:x",
        "points d.safetensors:ones",
        "points m.same",
    ];
    insta::assert_snapshot!(domains.map(on).join("\n"));
}

/// A certificate records the points themselves: if the file changes, it is refused.
#[test]
fn certificates_of_points_in_a_file() {
    let folder = folder();
    let at = folder.path();
    let equal = ["equal", "m.same::a", "m.same::b", "--on", "points bits.npy", "--certificate", "c.json"];
    assert_eq!(run(at, &equal).code, 0);
    assert_eq!(run(at, &["verify", "c.json"]).code, 0);
    fs::write(at.join("bits.npy"), npy("(2, 2)", &[0, 5, 1, 6])).unwrap();
    assert_eq!(run(at, &["verify", "c.json"]).code, 1);
    fs::remove_file(at.join("bits.npy")).unwrap();
    assert_eq!(run(at, &["verify", "c.json"]).code, 2);
}

/// a = x[0]^2 + x[1] at the rows of the files.
#[test]
fn many_points_at_once() {
    let folder = folder();
    let eval = |model: &str, at: &str, more: &[&str]| {
        run(folder.path(), &[&["eval", model, "--at", at], more].concat())
    };
    assert_eq!(eval("m.same::a", "digits.npy", &[]).stdout, "5\n11\n10\n");
    assert_eq!(eval("m.same::a", "digits.npy", &["--float"]).stdout, "5\n11\n10\n");
    assert_eq!(eval("m.same::a", "images.npy", &[]).stdout, "3\n5\n");
    assert_eq!(eval("m.same::a", "[[0, 5], [\"1/2\", 7]]", &[]).stdout, "5\n29/4\n");
    assert_eq!(eval("m.same::two", "xy.safetensors", &[]).stdout, "15\n42\n");
    assert_eq!(eval("m.same::two", "{\"y\": [5, 6], \"x\": [[1, 2], [3, 4]]}", &[]).stdout, "15\n42\n");
    // One point, whose shape is that of a list of points of another model.
    assert_eq!(eval("m.same::square", "[[0, 5], [1, 7]]", &[]).stdout, "13\n");
    let json: Value = eval("m.same::a", "digits.npy", &["--json"]).json();
    assert_eq!(json["points"], 3);
    assert_eq!(json["outputs"], serde_json::json!([eval_one(5), eval_one(11), eval_one(10)]));
    assert!(json.get("output").is_none());
    let refused = [
        eval("m.same::a", "wide.npy", &[]),
        eval("m.same::two", "uneven.safetensors", &[]),
        eval("m.same::two", "{\"x\": [[1, 2]], \"y\": [1, 2]}", &[]),
        eval("m.same::a", "[[0, 5], [1]]", &[]),
        eval("m.same::a", "[[[0, 5], [1, 2]]]", &[]),
        eval("m.same::a", "[[0, 5], [1, null]]", &[]),
    ];
    insta::assert_snapshot!(refused.map(|run| run.all()).join("\n"));
}

/// An integer as JSON has it.
fn eval_one(value: i64) -> Value {
    Value::String(value.to_string())
}

#[test]
fn models_of_imports() {
    let folder = folder();
    let at = folder.path();
    assert_eq!(run(at, &["eval", "user.same::nets::a", "--at", "[3, 1]"]).stdout, "10\n");
    assert_eq!(run(at, &["eval", "user.same::own", "--at", "[3, 1]"]).stdout, "10\n");
    let certified = ["equal", "user.same::nets::a", "user.same::own", "--certificate", "c.json"];
    assert_eq!(run(at, &certified).code, 0);
    assert_eq!(run(at, &["verify", "c.json"]).code, 0);
    let certificate: Value = serde_json::from_slice(&fs::read(at.join("c.json")).unwrap()).unwrap();
    assert_eq!(certificate["source"]["models"]["a"]["model"], "nets::a");
    let models = ["user.same::nets::a", "user.same::own", "m.same::a", "alone.same::nets::b"];
    let classes = run(at, &[&["classes"], models.as_slice(), &["--certificates", "out"]].concat());
    assert!(classes.stdout.starts_with("class 1: 3 models"), "{}", classes.all());
    for file in fs::read_dir(at.join("out")).unwrap() {
        assert_eq!(run(at, &["verify", file.unwrap().path().to_str().unwrap()]).code, 0);
    }
    assert_eq!(run(at, &["show", "user.same::nets::two"]).code, 0);
    let refused = [
        "user.same::nets::c",
        "user.same::nests::a",
        "user.same::nets",
        "user.same::f",
        "alone.same",
        "user.same::own::a",
        "none.same::nets::a",
        "user.same::nets::",
        "user.same",
    ];
    insta::assert_snapshot!(
        refused.map(|model| run(at, &["eval", model, "--at", "[1, 1]"]).all()).join("\n")
    );
}
