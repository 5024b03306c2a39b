//! One run: which models, which numbers, and what is written.

use std::fs;

use super::{Runs, pair, read_npy};
use crate::cli::samenet;

/// Exactly, every metric: the numbers are those of `similarity`, and a model is compared with itself.
#[test]
fn numbers_are_those_of_similarity() {
    let runs = Runs::new(&[0, 5, 10]);
    for metric in [
        &[][..],
        &["--metric", "symmetric"],
        &["--metric", "uniform"],
        &["--metric", "layerwise"],
        &["--metric", "layerwise-symmetric"],
        &["--on", "{-1,1}"],
        &["--on", "points [[1,2,0,0],[0,1,1,3]]"],
    ] {
        let run = runs.matrix(&[metric, &["--json", "--npy", "m.npy"]].concat());
        assert_eq!(run.code, 0, "{}", run.all());
        let (matrix, floats) = (run.json(), read_npy(&runs.path("m.npy")));
        assert_eq!((&matrix["exact"], &matrix["missing"]), (&true.into(), &0.into()));
        for (b, of_b) in [0, 5, 10].into_iter().enumerate() {
            assert_eq!(floats[b][b], 1.0);
            for (a, of_a) in [0, 5, 10].into_iter().enumerate().take(b) {
                let set = [format!("W=step_{of_a}.npy"), format!("W=step_{of_b}.npy")];
                let both = ["similarity", "net.same", "net.same", "--set-a", &set[0], "--set-b", &set[1]];
                let single = runs.samenet(&[&both, metric, &["--json"]].concat()).json();
                assert_eq!(matrix["metric"], single["metric"]);
                let found = pair(&matrix, a, b);
                assert_eq!(found["inner"], single["inner"]["ab"]);
                for name in ["sign", "squared", "decimal", "near", "float"] {
                    assert_eq!(found["similarity"][name], single["similarity"][name], "{metric:?} {a} {b}");
                }
                assert_eq!(matrix["models"][a]["norm"], single["inner"]["aa"]);
                assert_eq!(matrix["models"][b]["norm"], single["inner"]["bb"]);
                let float = found["similarity"]["float"].as_f64().unwrap();
                assert_eq!((floats[a][b], floats[b][a]), (float, float));
            }
        }
    }
}

/// In f64: the exact number is between the bounds, and digits are those of both.
#[test]
fn floats_are_near() {
    let runs = Runs::new(&[0, 1, 2, 3]);
    for metric in ["gaussian", "symmetric", "layerwise", "uniform"] {
        let exact = runs.matrix(&["--metric", metric, "--json"]).json();
        let floats = runs.matrix(&["--metric", metric, "--json", "--float", "--csv", "m.csv"]).json();
        let lines = runs.lines("m.csv");
        for b in 0..4 {
            for a in 0..b {
                let [exact, float] = [&exact, &floats].map(|matrix| &pair(matrix, a, b)["similarity"]);
                let number = exact["float"].as_f64().unwrap();
                let [low, high] = ["at_least", "at_most"].map(|name| float[name].as_f64().unwrap());
                assert!(low <= number && number <= high && high - low < 1e-10, "{float}");
                let text = lines[a + 1].split(',').nth(b + 1).unwrap();
                let digits = text.len() - text.find('.').unwrap() - 1;
                let off = (text.parse::<f64>().unwrap() - number).abs();
                assert!(digits >= 9 && off < 0.51 * 0.1f64.powi(digits as i32) + 1e-15, "{text} {number}");
            }
        }
    }
}

/// Numbers in names are counted, and are the labels.
#[test]
fn files_are_in_the_order_of_their_numbers() {
    let runs = Runs::new(&[10, 9, 0, 100]);
    let run = runs.matrix(&["--csv", "m.csv", "--against", "last", "--curve-csv", "curve.csv"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(runs.lines("m.csv")[0], "step,0,9,10,100");
    let curve = runs.lines("curve.csv");
    assert_eq!(curve[0], "step,name,similarity");
    let firsts: Vec<&str> = curve[1..].iter().map(|line| line.rsplit_once(',').unwrap().0).collect();
    assert_eq!(firsts, ["0,step_0.npy", "9,step_9.npy", "10,step_10.npy", "100,step_100.npy"]);
    assert_eq!(curve[4], "100,step_100.npy,1");
    // The curve is a row of the matrix.
    let last: Vec<&str> =
        runs.lines("m.csv")[4].split(',').skip(1).map(|x| x.to_string().leak() as &str).collect();
    let column: Vec<&str> = curve[1..].iter().map(|line| line.rsplit_once(',').unwrap().1).collect();
    assert_eq!(last, column);
    for which in ["first", "0", "step_0.npy"] {
        assert_eq!(runs.matrix(&["--against", which]).stdout.lines().nth(2), Some("    step 0: 1"));
    }
    let classes = runs.samenet(&["classes", "net.same", "--each", "W=step_*.npy", "--json"]).json();
    assert_eq!(classes["classes"][1]["models"][0], "step_9.npy");
}

/// x y, (x + y)^2 and 0: `<x y, (x + y)^2> = 2`, norms 1 and 12 (see `similarity`), so 1/sqrt(3).
#[test]
fn several_models() {
    let folder = tempfile::tempdir().unwrap();
    let text = "model product(x: 2) = x[0] * x[1]\nmodel square(x: 2) = (x[0] + x[1])^2\n\
                model zero(x: 2) = 0 * x[0]\nmodel other(x: 3) = x[0]\n";
    let file = folder.path().join("m.same");
    fs::write(&file, text).unwrap();
    let name = |model: &str| format!("{}::{model}", file.display());
    let names = ["product", "square", "zero", "other", "missing"].map(name);
    let both = [&["matrix", &names[0], &names[1]][..]].concat();
    insta::assert_snapshot!(samenet(&both).all());
    // The others are left out, and said to be.
    let all = ["matrix", &names[0], &names[2], &names[1], &names[3], &names[4], "--json"];
    let run = samenet(&all);
    assert_eq!(run.code, 2);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(pair(&json, 0, 2)["similarity"]["squared"], "1/3");
    let why = |model: usize| json["models"][model]["left_out"].as_str().unwrap_or("none").to_string();
    assert_eq!((why(0), why(2)), ("none".to_string(), "none".to_string()));
    assert!(why(1).contains("zero function") && why(3).contains("x: [3]") && why(4).contains("missing"));
    for word in ["zero` is left out", "other` is left out", "missing` is left out"] {
        assert!(run.stderr.contains(word), "{}", run.stderr);
    }
    let none = samenet(&["matrix", &names[4], &names[4]]);
    assert_eq!((none.code, none.stdout.as_str()), (2, ""));
}

/// `1e200 x` has the norm `1e400`, which is no double: in f64 it is left out, exactly it is a multiple of
/// `x`.
#[test]
fn numbers_that_are_too_large_for_f64() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.same");
    fs::write(&file, "model a(x: 1) = x\nmodel b(x: 1) = 3 * x\nmodel big(x: 1) = 1e200 * x\n").unwrap();
    let names = ["a", "b", "big"].map(|model| format!("{}::{model}", file.display()));
    let all = ["matrix", &names[0], &names[1], &names[2], "--json"];
    let exact = samenet(&all);
    assert_eq!(exact.code, 0);
    assert_eq!(pair(&exact.json(), 1, 2)["similarity"]["decimal"], "1");
    let run = samenet(&[&all[..], &["--float"]].concat());
    assert_eq!(run.code, 2, "{}", run.all());
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(run.stderr.contains("::big` is left out") && json["models"][2]["left_out"].is_string());
    assert_eq!(pair(&json, 0, 1)["similarity"]["decimal"], 1.0);
}

/// A checkpoint with a NaN, and one that is torn: the others are compared.
#[test]
fn bad_checkpoints_are_left_out() {
    let runs = Runs::new(&[0, 1, 2, 3]);
    let whole = runs.matrix(&["--json"]).json();
    runs.write(1, &[f32::NAN; 36]);
    fs::write(runs.path("step_4.npy"), &runs.bytes("step_0.npy")[..100]).unwrap();
    let files = ["--csv", "m.csv", "--npy", "m.npy", "--svg", "m.svg", "--json"];
    let run = runs.matrix(&files);
    assert_eq!(run.code, 2);
    for name in ["step_1.npy", "step_4.npy"] {
        assert!(run.stderr.contains(&format!("note: `{name}` is left out")), "{}", run.stderr);
    }
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["pairs"].as_array().unwrap().len(), 3);
    assert_eq!(pair(&json, 0, 3), pair(&whole, 0, 3));
    assert_eq!(json["missing"], 0);
    let lines = runs.lines("m.csv");
    assert_eq!((lines[2].as_str(), lines[5].as_str()), ("1,,,,,", "4,,,,,"));
    let floats = read_npy(&runs.path("m.npy"));
    assert!(floats[1].iter().all(|x| x.is_nan()) && floats[0][4].is_nan() && floats[0][3].is_finite());
    assert!(String::from_utf8(runs.bytes("m.svg")).unwrap().contains("white: no number"));
    let run = runs.matrix(&["--against", "step_1.npy"]);
    assert!(run.code == 2 && run.stderr.contains("`step_1.npy` is left out"), "{}", run.all());
    // The last that is not left out.
    assert!(runs.matrix(&["--against", "last"]).stdout.contains("similarity to step 3"));
}

/// What takes longer than there is time for is not computed, and said to be missing.
#[test]
fn beyond_the_budget() {
    let runs = Runs::new(&[0, 1, 2]);
    let run = runs.matrix(&["--time", "0"]);
    assert!(run.code == 3 && run.stdout.starts_with("undecided"), "{}", run.all());
    let run = runs.matrix(&["--time", "0", "--json"]);
    assert!(run.code == 3 && run.json()["undecided"]["needed"].is_string());
    // 2^60 points.
    let text = "model a(x: 60) = x[0]^2 * x[1]\nmodel b(x: 60) = x[1]\n";
    fs::write(runs.path("wide.same"), text).unwrap();
    let deep = "model c(x: 40) = sum(x)^40\nmodel d(x: 40) = sum(x)^39 * x[0]\n";
    fs::write(runs.path("deep.same"), deep).unwrap();
    let run = runs.samenet(&["matrix", "wide.same::a", "wide.same::b", "--on", "{-1,1}"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let run = runs.samenet(&["matrix", "deep.same::c", "deep.same::d", "--metric", "uniform", "--json"]);
    assert_eq!(run.code, 3, "{}", run.all());
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["missing"], 1);
    assert!(json["undecided"]["reason"].is_string() && json["pairs"].as_array().unwrap().is_empty());
}

/// An SVG says what it shows: a title, axes and labels, and the scale.
#[test]
fn drawings() {
    let steps: Vec<usize> = (0..12).map(|step| 50 * step).collect();
    let runs = Runs::new(&steps);
    let run = runs.matrix(&["--svg", "m.svg", "--against", "first", "--curve-svg", "c.svg"]);
    assert_eq!(run.code, 0, "{}", run.all());
    insta::assert_snapshot!(run.all());
    let texts = |name: &str| -> Vec<String> {
        let text = String::from_utf8(runs.bytes(name)).unwrap();
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"));
        let parts =
            text.split("<text").skip(1).filter_map(|part| part.split('\n').nth(1).map(str::to_string));
        parts.collect()
    };
    let heatmap = texts("m.svg");
    assert_eq!(heatmap[0], "similarity (gaussian, exact)");
    assert_eq!(heatmap.iter().filter(|text| *text == "step").count(), 2);
    for step in &steps {
        assert_eq!(heatmap.iter().filter(|text| **text == step.to_string()).count(), 2);
    }
    let curve = texts("c.svg");
    assert_eq!(curve[0], "similarity to step 0 (gaussian, exact)");
    assert!(
        ["step", "similarity", "0", "100", "500"].iter().all(|word| curve.iter().any(|text| text == word))
    );
    // 144 cells, of which neighbours of one colour are one.
    let cells = String::from_utf8(runs.bytes("m.svg")).unwrap().matches("<rect").count();
    assert!((100..320).contains(&cells), "{cells}");
}

#[test]
fn mistakes() {
    let runs = Runs::new(&[0, 1]);
    fs::create_dir(runs.path("folder")).unwrap();
    let outputs = [
        runs.matrix(&["--csv", "no/m.csv"]),
        runs.matrix(&["--svg", "folder"]),
        runs.matrix(&["--csv", "m", "--npy", "m"]),
        runs.matrix(&["--against", "7"]),
        runs.matrix(&["--on", "{0,1"]),
        runs.matrix(&["--on", "everything"]),
        runs.samenet(&["matrix", "net.same", "--each", "W=none_*.npy"]),
    ];
    assert!(outputs.iter().all(|run| run.code == 2 && run.stdout.is_empty()));
    insta::assert_snapshot!(outputs.map(|run| run.all()).join("\n"));
    for arguments in [
        &["--metric", "cka"][..],
        &["--metric", "gaussian", "--on", "{0,1}"],
        &["--curve-svg", "c.svg"],
        &["--shard", "1/2"],
        &["--shard", "3/2", "--record", "r"],
        &["--shard", "1/2", "--record", "r", "--csv", "m.csv"],
        &["--merge", "r"],
    ] {
        let run = runs.matrix(arguments);
        assert!(run.code == 2 && run.stdout.is_empty(), "{arguments:?}: {}", run.all());
    }
    assert_eq!(samenet(&["matrix"]).code, 2);
    assert!(!runs.path("r").exists() && !runs.path("m").exists());
}
