//! Every example holds, says what it shows, and has near misses; the commands that examples mention do what
//! their comments say.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

fn samenet(arguments: &[&str]) -> (i32, Value) {
    let output = Command::cargo_bin("samenet")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .arg("--json")
        .output()
        .unwrap();
    let json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), json)
}

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "same"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_claim_holds() {
    let (code, json) = samenet(&["check", "examples/"]);
    let claims = json["claims"].as_array().unwrap();
    let others: Vec<&Value> = claims.iter().filter(|claim| claim["status"] != "holds").collect();
    assert!(others.is_empty(), "{others:#?}");
    assert_eq!(code, 0);
    // No file was skipped.
    for path in examples() {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(claims.iter().any(|claim| claim["file"].as_str().unwrap().ends_with(name)), "{name}");
    }
}

#[test]
fn every_example_explains_itself_and_has_a_near_miss() {
    let examples = examples();
    assert!(examples.len() >= 14);
    for path in examples {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# "), "{}", path.display());
        let claims: Vec<&str> = text.lines().filter(|line| line.starts_with("claim")).collect();
        for operator in [" == ", " != "] {
            assert!(claims.iter().any(|claim| claim.contains(operator)), "{}: {operator}", path.display());
        }
    }
}

/// At step 500 one weight is 2^-12 off: the claim that the network is the circuit fails, the others hold.
#[test]
fn another_checkpoint() {
    let (code, json) = samenet(&[
        "check",
        "examples/checkpoint.same",
        "--set",
        "NET=examples/checkpoint/step_500.safetensors",
    ]);
    assert_eq!(code, 1);
    let status: Vec<&str> =
        json["claims"].as_array().unwrap().iter().map(|claim| claim["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["fails", "holds", "holds", "holds", "holds", "holds", "holds"]);
}

#[test]
fn two_checkpoints() {
    let model = "examples/checkpoint.same::trained";
    let set = "NET=examples/checkpoint/step_500.safetensors";
    let (code, json) = samenet(&["equal", model, model, "--set-a", set]);
    assert_eq!((code, json["verdict"].as_str().unwrap()), (1, "different"));
    let (code, json) = samenet(&["equal", model, model, "--set-a", set, "--set-b", set]);
    assert_eq!((code, json["verdict"].as_str().unwrap()), (0, "equal"));
}
