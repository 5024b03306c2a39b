//! `samenet classes`

use std::fs;

use serde_json::Value;

use super::{Run, command, finish, samenet};

fn classes(arguments: &[&str]) -> Run {
    samenet(&[&["classes"], arguments].concat())
}

const ONE_HIDDEN: &str = "models.same::one_hidden";
const SWAPPED: &str = "models.same::swapped";
const TRIPLED: &str = "models.same::tripled";

/// The models of every class.
fn members(run: &Run) -> Vec<Vec<String>> {
    let names = |class: &Value| -> Vec<String> {
        class["models"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_string()).collect()
    };
    run.json()["classes"].as_array().unwrap().iter().map(names).collect()
}

/// `swapped` is `one_hidden` with its factors swapped, `tripled` three times it.
#[test]
fn models_that_are_named() {
    let four = [ONE_HIDDEN, TRIPLED, SWAPPED, ONE_HIDDEN];
    insta::assert_snapshot!(
        [
            classes(&four).all(),
            classes(&[&four[..], &["--json"]].concat()).all(),
            classes(&[&four[..], &["--up-to", "scale"]].concat()).all(),
            classes(&[ONE_HIDDEN]).all(),
        ]
        .join("\n")
    );
}

/// x + y up to a shift of the whole vector, and x y, which is no shift of it.
#[test]
fn relations_and_domains() {
    let logits = ["models.same::logits", "models.same::centred", "models.same::logits_stretched"];
    let squares = ["models.same::identity", "models.same::squared"];
    insta::assert_snapshot!(
        [
            classes(&[&logits[..], &["--up-to", "shift"]].concat()).all(),
            classes(&[&logits[..], &["--up-to", "scale"]].concat()).all(),
            classes(&squares).all(),
            classes(&[&squares[..], &["--on", "{0,1}"]].concat()).all(),
        ]
        .join("\n")
    );
}

/// w2.npy differs from w1.npy in the last bit of one entry.
#[test]
fn one_model_with_many_files() {
    let directory = tempfile::tempdir().unwrap();
    for (from, to) in [("w1", "a"), ("w2", "b"), ("w1", "c"), ("w2", ".hidden")] {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/files");
        fs::copy(format!("{root}/{from}.npy"), directory.path().join(format!("{to}.npy"))).unwrap();
    }
    let pattern = format!("W={}/*.npy", directory.path().display());
    let run = classes(&["weights.same", "--each", &pattern, "--json"]);
    let name = |file: &str| directory.path().join(file).display().to_string();
    assert_eq!(run.code, 0);
    assert_eq!(members(&run), [vec![name("a.npy"), name("c.npy")], vec![name("b.npy")]]);
    // Node for node the same takes no comparison; telling two classes apart takes one.
    assert_eq!(run.json()["comparisons"], 1);
    // A file by its name, and the same file again.
    let run = classes(&["weights.same", "--each", "W=w1.npy", "--each", "W=w?.npy", "--json"]);
    assert_eq!(members(&run), [vec!["w1.npy", "w1.npy"], vec!["w2.npy"]]);
    // Several models, each with every file.
    let run = classes(&["weights.same", "weights.same", "--each", "W=w?.npy", "--json"]);
    let with = |file: &str| format!("weights.same with {file}");
    assert_eq!(members(&run), [vec![with("w1.npy"), with("w1.npy")], vec![with("w2.npy"), with("w2.npy")]]);
}

#[test]
fn what_cannot_be_sorted() {
    insta::assert_snapshot!(
        [
            classes(&["models.same::identity", "models.same::squared", "models.same::two_inputs"]).all(),
            classes(&["models.same::identity", "models.same::logits"]).all(),
            classes(&[ONE_HIDDEN, "--up-to", "shift"]).all(),
            classes(&[ONE_HIDDEN, "--on", "z in {0,1}"]).all(),
            classes(&["weights.same", "--each", "W=no_such_*.npy"]).all(),
            classes(&["weights.same", "--each", "W=***"]).all(),
            classes(&["weights.same", "--each", "W=w1.npy", "--each", "V=w2.npy"]).all(),
            classes(&["weights.same", "--each", "V=w1.npy"]).all(),
            classes(&["weights.same", "--each", "W=*.json"]).all(),
        ]
        .join("\n")
    );
    assert_eq!(classes(&[ONE_HIDDEN, "--each", "W"]).code, 2);
    assert_eq!(classes(&[]).code, 2);
}

/// A file with a NaN, one with another shape, and one that is no weight file: each is reported, and the
/// others are sorted. `W` is w1.npy or w2.npy, which differ in the last bit of one entry.
#[test]
fn one_bad_file_does_not_keep_others_from_being_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/files");
    let good = fs::read(format!("{root}/w1.npy")).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("b.npy", &good);
    fs::copy(format!("{root}/w2.npy"), folder.path().join("d.npy")).unwrap();
    write("f.npy", &good);
    // The last entry is a NaN: all its bits are set.
    let size = if String::from_utf8_lossy(&good).contains("f8") { 8 } else { 4 };
    let mut nan = good.clone();
    let end = nan.len();
    nan[end - size..].fill(0xff);
    let model = fs::read_to_string(format!("{root}/weights.same")).unwrap();
    fs::write(folder.path().join("net.same"), model).unwrap();
    for order in [["a.npy", "c.npy"], ["g.npy", "e.npy"], ["e.npy", "a.npy"]] {
        write(order[0], &nan);
        write(order[1], b"no array");
        let classes = |more: &[&str]| {
            finish(command(&["classes", "net.same", "--each", "W=*.npy"]).args(more).current_dir(&folder))
        };
        let run = classes(&["--json"]);
        assert_eq!(run.code, 2, "{}", run.all());
        let json: Value = serde_json::from_str(&run.stdout).unwrap();
        let names: Vec<&Value> =
            json["classes"].as_array().unwrap().iter().map(|class| &class["models"]).collect();
        assert_eq!(names, [&serde_json::json!(["b.npy", "f.npy"]), &serde_json::json!(["d.npy"])]);
        assert_eq!(json["undecided"], serde_json::json!([]));
        let mut bad: Vec<&str> =
            json["errors"].as_array().unwrap().iter().map(|error| error["model"].as_str().unwrap()).collect();
        bad.sort_unstable();
        let mut expected = order;
        expected.sort_unstable();
        assert_eq!(bad, expected);
        for error in json["errors"].as_array().unwrap() {
            assert!(run.stderr.contains(error["text"].as_str().unwrap()), "{}", run.stderr);
        }
        let run = classes(&["--certificates", "certificates"]);
        assert_eq!(run.code, 2);
        let summary = "5 models, 2 classes, 2 with errors, 1 comparison, 2 certificates written";
        assert!(run.stdout.contains(summary), "{}", run.stdout);
        assert!(run.stdout.contains(&format!("\n  {}\n", order[0])), "{}", run.stdout);
        order.iter().for_each(|name| fs::remove_file(folder.path().join(name)).unwrap());
    }
    // If it is the file of all models, that is said once, and nothing is sorted.
    let run = finish(command(&["classes", "gone.same", "--each", "W=*.npy"]).current_dir(&folder));
    assert_eq!((run.code, run.stderr.matches("gone.same").count()), (2, 1), "{}", run.all());
}

/// Brackets in names of folders: what they mean in a pattern is said if the names are there, and how to write
/// them. The last pattern has brackets of both kinds.
#[test]
fn brackets_in_names() {
    let folder = tempfile::tempdir().unwrap();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/files");
    fs::copy(format!("{root}/weights.same"), folder.path().join("net.same")).unwrap();
    for name in ["seed=[1]", "lr=[", "run1,seed=[a][b]", "run2,seed=[a][b]"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::copy(format!("{root}/w1.npy"), folder.path().join(name).join("w.npy")).unwrap();
    }
    let each = |pattern: &str| {
        finish(
            command(&["classes", "net.same", "--each", &format!("W={pattern}"), "--json"])
                .current_dir(&folder),
        )
    };
    for (pattern, meant, count) in [
        ("seed=[1]/*", "seed=[[]1]/*", 1),
        ("lr=[/*.npy", "lr=[[]/*.npy", 1),
        ("run1,seed=[a][b]/*", "run1,seed=[[]a][[]b]/*", 1),
        ("run[12],seed=[a][b]/*", "run[12],seed=[[]a][[]b]/*", 2),
    ] {
        let run = each(pattern);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{pattern}");
        let help = format!("  = help: for a bracket in a name write `[[]`, as in '{meant}'\n");
        assert!(run.stderr.starts_with(&format!("error: `{pattern}` ")), "{}", run.stderr);
        assert!(run.stderr.ends_with(&help), "{}", run.stderr);
        let run = each(meant);
        assert_eq!((run.code, run.json()["models"].as_array().unwrap().len()), (0, count), "{meant}");
    }
    // Where no such names are there, brackets are what they are elsewhere.
    assert_eq!(each("run[12],*/w.npy").json()["models"].as_array().unwrap().len(), 2);
    let run = each("seed=[2]/*");
    assert!(run.stderr.starts_with("error: no file matches `seed=[2]/*`"), "{}", run.stderr);
}

/// Forty models of one file: it is read once, so they take little longer than one of them, for which the
/// whole file is read as well.
#[test]
fn a_file_of_many_models_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let count = 40;
    let mut text = String::new();
    for i in 0..count {
        let row = |j: usize| vec![format!("{}/7", i * j + 1); 50].join(", ");
        let rows: Vec<String> = (0..40).map(|j| format!("[{}]", row(j))).collect();
        text.push_str(&format!("model m{i}(x: 50) = [{}] @ x\n", rows.join(", ")));
    }
    fs::write(folder.path().join("many.same"), &text).unwrap();
    let time = |count: usize| {
        let models: Vec<String> = (0..count).map(|i| format!("many.same::m{i}")).collect();
        let start = std::time::Instant::now();
        let run = finish(command(&["classes", "--json"]).args(&models).current_dir(&folder));
        assert_eq!((run.code, members(&run).len()), (0, count), "{}", run.stderr);
        start.elapsed().as_secs_f64()
    };
    // If it were read for each of them, they would take forty times as long.
    let (one, all) = (time(1), time(count));
    assert!(all < 10.0 * one + 1.0, "{one} s and {all} s");
}

/// With no time or memory, nothing is decided or merged.
#[test]
fn undecided_models_are_not_merged() {
    let deep = ["models.same::deep", "models.same::deep_swapped"];
    assert_eq!(members(&classes(&[&deep[..], &["--json"]].concat())).len(), 1);
    for budget in [["--time", "0"], ["--memory", "1K"]] {
        let run = classes(&[&deep[..], &budget].concat());
        assert_eq!(run.code, 3, "{}", run.all());
        let run = classes(&[&deep[..], &budget, &["--json"]].concat());
        let json = run.json();
        let undecided = json["undecided"].as_array().unwrap();
        let listed = json["classes"].as_array().unwrap().len() + undecided.len();
        assert_eq!((run.code, listed), (3, 2));
        for one in undecided {
            assert!(!one["reason"].as_str().unwrap().is_empty());
            assert_eq!(one["candidates"].as_array().unwrap().len(), 1);
        }
    }
}

/// Every merge and every pair of classes has a certificate, which the checker accepts.
#[test]
fn certificates_of_merges_and_of_separations() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new/certificates");
    let relations: [&[&str]; 3] = [&[], &["--up-to", "scale"], &["--on", "{0,1}", "--deterministic"]];
    for relation in relations {
        let models = [ONE_HIDDEN, TRIPLED, SWAPPED, ONE_HIDDEN];
        let run = finish(
            command(&["classes", "--json"]).args(models).args(relation).arg("--certificates").arg(&path),
        );
        let json = run.json();
        let (classes, merges) = match relation.contains(&"scale") {
            true => (1, 3),
            false => (2, 2),
        };
        let all =
            json["classes"].as_array().unwrap().iter().flat_map(|class| class["merges"].as_array().unwrap());
        let mut files: Vec<&str> = all.map(|merge| merge["certificate"].as_str().unwrap()).collect();
        assert_eq!((json["classes"].as_array().unwrap().len(), files.len()), (classes, merges));
        let apart = json["separation_certificates"].as_array().unwrap();
        assert_eq!(apart.len(), classes * (classes - 1) / 2);
        files.extend(apart.iter().map(|one| one["certificate"].as_str().unwrap()));
        let verify = finish(command(&["verify"]).args(&files));
        assert_eq!(verify.code, 0, "{}", verify.all());
    }
}

/// A certificate that cannot be written is an error; the classes are still printed.
#[test]
fn certificates_that_cannot_be_written() {
    let directory = tempfile::tempdir().unwrap();
    // A directory has the name of the certificate.
    fs::create_dir(directory.path().join("equal.2.1.json")).unwrap();
    let path = directory.path().to_str().unwrap();
    let run = classes(&[ONE_HIDDEN, SWAPPED, TRIPLED, "--certificates", path]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("equal.2.1.json"), "{}", run.stderr);
    assert!(
        run.stdout.contains("3 models, 2 classes, 2 comparisons, 1 certificate written"),
        "{}",
        run.stdout
    );
    let run = classes(&[ONE_HIDDEN, SWAPPED, TRIPLED, "--certificates", path, "--json"]);
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, json["classes"].as_array().unwrap().len()), (2, 2));
    let message = json["errors"][0]["message"].as_str().unwrap();
    assert!(json["errors"][0]["model"].is_null() && message.contains("equal.2.1.json"), "{message}");
    let run = classes(&[ONE_HIDDEN, SWAPPED, "--certificates", "models.same"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("cannot create `models.same`"), "{}", run.stderr);
}

/// A model without inputs is a constant.
#[test]
fn models_without_inputs() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("constants.same");
    fs::write(&file, "model a() = [1, 2]\nmodel b() = [2 - 1, 2]\nmodel c() = [1, 3]\n").unwrap();
    let model = |name: &str| format!("{}::{name}", file.display());
    let run = classes(&[&model("a"), &model("b"), &model("c")]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(run.stdout.contains("\nat output [1]\n  class 1 = 2\n  class 2 = 3\n"), "{}", run.stdout);
}
