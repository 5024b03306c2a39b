//! `samenet verify`, `equal --certificate` and `check --certificates` as a user runs them.

use std::process::Command;

use serde_json::Value;

fn samenet(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_samenet")).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Every claim of every example gets a certificate, and all are valid. With `--deterministic`, none relies on
/// chance.
#[test]
fn every_example_is_certified() {
    for deterministic in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("certificates");
        let directory = directory.to_str().unwrap();
        let mut arguments = vec!["check", "examples/", "--certificates", directory, "--json"];
        arguments.extend(deterministic.then_some("--deterministic"));
        let (code, stdout, stderr) = samenet(&arguments);
        assert_eq!((code, stderr.as_str()), (0, ""));
        let report: Value = serde_json::from_str(&stdout).unwrap();
        let claims = report["claims"].as_array().unwrap().len();
        let mut files: Vec<String> = std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().path().to_str().unwrap().to_string())
            .collect();
        files.sort();
        assert_eq!(files.len(), claims);
        assert!(files.iter().any(|file| file.ends_with("examples_xor.1.json")));
        let mut arguments = vec!["verify", "--json"];
        arguments.extend(files.iter().map(String::as_str));
        let (code, stdout, stderr) = samenet(&arguments);
        assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
        let report: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(report["schema"], 1);
        let outcomes = report["certificates"].as_array().unwrap();
        assert!(outcomes.iter().all(|one| one["outcome"] == "valid" && one["verdict"] == "holds"));
        assert_eq!(outcomes.len(), claims);
        for file in files.iter().filter(|_| deterministic) {
            assert!(!std::fs::read_to_string(file).unwrap().contains("random_evaluation"), "{file}");
        }
    }
}

/// The hash of a model does not depend on what else is in its file, or in which order.
#[test]
fn models_are_named_by_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_string()
    };
    let models = "model a(x: 2) = (L @ x) * (R @ x)\nmodel b(x: 2) = (R @ x) * (L @ x)\nclaim a == b\n";
    let (l, r) = ("let L = [[1, 2], [3, 4]]\n", "let R = [[0, 1], [5, 1]]\n");
    let other = "model other(y: 2) = (R @ y) * y[1] + y\n";
    let files = [
        write("one.same", &[l, r, models].concat()),
        write("two.same", &[r, l, models].concat()),
        write("three.same", &[other, r, models, l].concat()),
    ];
    let mut hashes = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let directory = folder.path().join(format!("certificates{number}"));
        let directory = directory.to_str().unwrap();
        assert_eq!(samenet(&["check", file, "--certificates", directory]).0, 0);
        let certificate = std::fs::read_dir(directory).unwrap().next().unwrap().unwrap().path();
        let claim: Value = serde_json::from_str(&std::fs::read_to_string(certificate).unwrap()).unwrap();
        let path = format!("{directory}/models.json");
        let (a, b) = (format!("{file}::a"), format!("{file}::b"));
        assert_eq!(samenet(&["equal", &a, &b, "--certificate", &path]).0, 0);
        let models: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        hashes.extend([claim["models"].clone(), models["models"].clone()]);
    }
    assert_eq!(hashes.len(), 6);
    assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{hashes:?}");
}

/// Exit codes: 0 valid, 1 invalid, 2 an error, and their precedence.
#[test]
fn outcomes_and_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let (good, bad, broken) = (path("good.json"), path("bad.json"), path("broken.json"));
    let models = ["examples/xor.same::xor", "examples/xor.same::xor_gated"];
    let (code, stdout, _) =
        samenet(&["equal", models[0], models[1], "--on", "{0,1}", "--certificate", &good]);
    assert_eq!(code, 0);
    assert!(stdout.contains(&format!("certificate: {good}\n")), "{stdout}");
    let text = std::fs::read_to_string(&good).unwrap();
    std::fs::write(&bad, text.replace("\"points\": 4", "\"points\": 3")).unwrap();
    std::fs::write(&broken, &text[1..]).unwrap();
    let (code, stdout, stderr) = samenet(&["verify", &good]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(stdout, format!("valid       {good}  the statement holds\n"));
    let (code, stdout, _) = samenet(&["verify", &good, &bad]);
    assert_eq!(code, 1);
    let reason = "evidence.enumeration.points: it is 4, and 3 is claimed";
    assert!(stdout.ends_with(&format!("invalid     {bad}  {reason}\n")), "{stdout}");
    for wrong in [&broken, &path("none.json"), &folder.path().to_str().unwrap().to_string()] {
        let (code, stdout, stderr) = samenet(&["verify", &bad, wrong, "--json"]);
        let report: Value = serde_json::from_str(&stdout).unwrap();
        let outcomes: Vec<&str> = report["certificates"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["outcome"].as_str().unwrap())
            .collect();
        assert_eq!((code, &outcomes[..]), (2, &["invalid", "error"][..]));
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
    // A difference is certified too; the exit code of `equal` still says that the models differ.
    let (code, _, _) = samenet(&["equal", models[0], models[1], "--certificate", &good, "--json"]);
    assert_eq!(code, 1);
    let (code, stdout, _) = samenet(&["verify", &good]);
    assert_eq!((code, stdout), (0, format!("valid       {good}  the statement fails\n")));
    // A certificate that cannot be written is an error.
    let (code, _, stderr) =
        samenet(&["equal", models[0], models[0], "--certificate", &path("no/such/folder")]);
    assert_eq!(code, 2);
    assert!(stderr.contains("cannot write"), "{stderr}");
}

/// A certificate with too many points to check is incomplete at once, and not after an hour.
#[test]
fn beyond_the_limits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.same");
    std::fs::write(&path, "model a(x: 60) = sum(x)^12\nmodel b(x: 60) = sum(2*x)^12 / 2^12\n").unwrap();
    let target = |name: &str| format!("{}::{name}", path.display());
    let certificate = folder.path().join("large.json");
    let file = certificate.to_str().unwrap();
    let (code, _, _) = samenet(&["equal", &target("a"), &target("b"), "--certificate", file, "--time", "0"]);
    // Nothing is decided in no time, and nothing is written.
    assert_eq!(code, 3);
    assert!(!certificate.exists());
    let (code, ..) = samenet(&["equal", &target("a"), &target("b"), "--certificate", file]);
    assert_eq!(code, 0);
    // C(72, 12) points.
    let mut tree: Value = serde_json::from_str(&std::fs::read_to_string(&certificate).unwrap()).unwrap();
    tree["evidence"] = serde_json::json!({
        "grid": {
            "scale": null, "degree": 12, "points": 15_363_284_301_456u64, "bound_log2": 200, "primes": ["3"]
        }
    });
    std::fs::write(&certificate, tree.to_string()).unwrap();
    let (code, stdout, _) = samenet(&["verify", file]);
    assert_eq!(code, 3, "{stdout}");
    assert!(stdout.starts_with("incomplete"), "{stdout}");
}

/// The canonical form that `show` prints is the one that certificates name.
#[test]
fn the_canonical_form_is_shown() {
    use sha2::{Digest, Sha256};
    let (code, stdout, _) = samenet(&["show", "examples/xor.same::xor", "--canonical"]);
    assert_eq!(code, 0);
    let end = stdout.find("\noutput ").unwrap();
    let end = end + 1 + stdout[end + 1..].find('\n').unwrap() + 1;
    let digest: String = Sha256::digest(&stdout[..end]).iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("xor.json");
    let path = path.to_str().unwrap();
    samenet(&["equal", "examples/xor.same::xor", "examples/xor.same::xor", "--certificate", path]);
    let certificate: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(certificate["models"], serde_json::json!([digest, digest]));
}
