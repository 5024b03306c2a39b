//! Certificates of every kind: how long deciding, writing (with its self-check) and verifying take, and how
//! large they are.
//!
//! `cargo bench --bench certificates` prints a table. Deciding leaves out reading the models; writing and
//! verifying include it, because a verifier has to read them. The large rewrite is a stack of 12 bilinear
//! layers of width 512 and hidden width 1024 in float32 (75 MB) against a copy whose hidden units are
//! permuted, rescaled by powers of two and some of them swapped.

// A benchmark may stop at the first thing that is wrong.
#![allow(clippy::expect_used, clippy::panic)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::path::Path;
use std::time::Instant;

use common::random::Random;
use safetensors::tensor::{Dtype, TensorView};
use samenet::Budget;
use samenet::certificate::{Certificate, Evidence, ModelSource, Source};
use samenet::check::verify;
use samenet::claim::{Answer, certify};
use samenet::diagnostic::Sources;
use samenet::equality::{Approach, Domain, Relation};
use samenet::model::{Bindings, Claim, ClaimKind, Model, Program, read_domain};

/// A pair of models, what decides it, and on which domain.
struct Case {
    name: &'static str,
    models: String,
    approach: Option<Approach>,
    on: Option<&'static str>,
}

/// A matrix of small integers as text.
fn random_matrix(random: &mut Random, rows: usize, columns: usize) -> String {
    let mut row = || {
        let entries: Vec<String> = (0..columns).map(|_| random.integer(4).to_string()).collect();
        format!("[{}]", entries.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(|_| row()).collect();
    format!("[{}]", rows.join(", "))
}

/// Two models that are the same function but share no units: `(h + h')^2` in two ways over bilinear layers.
fn polarised(width: usize, layers: usize, input: &str) -> String {
    let mut random = Random(7);
    let layer = |random: &mut Random| {
        let [l, r, d] = [(); 3].map(|()| random_matrix(random, width, width));
        format!(" |> bilinear(left: {l}, right: {r}, down: {d})")
    };
    let body: String = (0..layers).map(|_| layer(&mut random)).collect();
    let shape = format!("x: {input}");
    let net = format!("fn net(x) = x{body}\n");
    let dot = |a: &str| format!("{{ let h = net(x); {a} }}");
    net + &format!(
        "model a({shape}) = {}\nmodel b({shape}) = {}\n",
        dot("sum(h)^2 - sum(h^2)"),
        dot("sum(einsum(\"i,j->ij\", h, h)) - dot(h, h)")
    )
}

/// Bilinear layers, and the same with the basis changed between every two by `M`, which has ones on and above
/// its diagonal; its inverse has alternating signs above the diagonal.
fn turned(width: usize, layers: usize) -> String {
    let mut random = Random(9);
    let by = |entry: &dyn Fn(usize, usize) -> i64| {
        let row = |i| {
            let entries: Vec<String> = (0..width).map(|j| entry(i, j).to_string()).collect();
            format!("[{}]", entries.join(", "))
        };
        format!("[{}]", (0..width).map(row).collect::<Vec<_>>().join(", "))
    };
    let matrix = by(&|i, j| i64::from(i == j || i + 1 == j));
    let inverse = by(&|i, j| if i > j { 0 } else { 1 - 2 * ((j - i) as i64 % 2) });
    let (mut text, mut one, mut two) =
        (format!("let M = {matrix}\nlet N = {inverse}\n"), String::new(), String::new());
    for layer in 0..layers {
        let [l, r, d] = [(); 3].map(|()| random_matrix(&mut random, width, width));
        text.push_str(&format!("let L{layer} = {l}\nlet R{layer} = {r}\nlet D{layer} = {d}\n"));
        let (before, after) =
            (if layer > 0 { " @ N" } else { "" }, if layer + 1 < layers { "M @ " } else { "" });
        one.push_str(&format!(" |> bilinear(L{layer}, R{layer}, D{layer})"));
        two.push_str(&format!(" |> bilinear(L{layer}{before}, R{layer}{before}, {after}D{layer})"));
    }
    format!("{text}model a(x: {width}) = x{one}\nmodel b(x: {width}) = x{two}\n")
}

/// Two models of one bilinear layer behind a linear map.
fn wide() -> String {
    let mut random = Random(11);
    let mut text = String::new();
    for name in ["a", "b"] {
        let [e, l, r, d] = [(128, 784), (256, 128), (256, 128), (10, 256)]
            .map(|(rows, columns)| random_matrix(&mut random, rows, columns));
        text.push_str(&format!(
            "model {name}(x: 784) = {e} @ x |> bilinear(left: {l}, right: {r}, down: {d})\n"
        ));
    }
    text
}

fn cases() -> Vec<Case> {
    let square = "model a(x: 8) = (sum(x))^6\n\
    model b(x: 8) = (sum(x)^2 * sum(x)) * sum(einsum(\"i,j,k->ijk\", x, x, x))\n";
    let case = |name, models: String, approach, on| Case { name, models, approach, on };
    let mut all = vec![
        case("identical", "model a(x: 8) = sum(x)^6\nmodel b(x: 8) = sum(x)^6\n".into(), None, None),
        case("witness", polarised(16, 2, "16").replace("- dot(h, h)", "- dot(h, h) + x[3]/1000"), None, None),
        case("grid, 6 inputs", polarised(6, 1, "6"), Some(Approach::Grid), None),
        case("grid, 12 inputs", polarised(12, 1, "12"), Some(Approach::Grid), None),
        case("enumeration", polarised(12, 1, "12"), Some(Approach::Grid), Some("{-1, 1}")),
        case("normal form, 6 inputs", polarised(6, 1, "6"), Some(Approach::NormalForm), None),
        case("normal form, 12 inputs", polarised(12, 1, "12"), Some(Approach::NormalForm), None),
        case("random evaluation", polarised(16, 2, "16"), Some(Approach::RandomEvaluation), None),
        case("random, width 128", polarised(128, 3, "128"), Some(Approach::RandomEvaluation), None),
    ];
    all.push(case("layerwise, 6 layers of 32", turned(32, 6), Some(Approach::Layerwise), None));
    if std::env::args().any(|argument| argument == "small") {
        return all;
    }
    all.push(case("random, degree 6", square.to_string(), Some(Approach::RandomEvaluation), None));
    all
}

/// A stack of bilinear layers with residual connections, and the same with its hidden units rearranged, as
/// files.
fn stack(folder: &Path, layers: usize, width: usize, hidden: usize) -> String {
    let mut random = Random(3);
    let mut weight = move || random.weight() / 16.0;
    let mut order = Random(5);
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for layer in 0..layers {
        let mut matrix = |count: usize| -> Vec<f32> { (0..count).map(|_| weight()).collect() };
        let (l, r, d) = (matrix(hidden * width), matrix(hidden * width), matrix(width * hidden));
        let permutation = order.permutation(hidden);
        let power = |unit: usize, k: usize| [0.25f32, 0.5, 1.0, 2.0, 4.0][(unit * 7 + k) % 5];
        let rows = |matrix: &[f32], k: usize| -> Vec<Vec<f32>> {
            let row = |&unit: &usize| {
                matrix[unit * width..(unit + 1) * width].iter().map(|w| w * power(unit, k)).collect()
            };
            permutation.iter().map(row).collect()
        };
        let (mut l2, mut r2) = (rows(&l, 0), rows(&r, 3));
        (0..hidden).step_by(2).for_each(|unit| std::mem::swap(&mut l2[unit], &mut r2[unit]));
        let d2: Vec<f32> = (0..width)
            .flat_map(|row| permutation.iter().map(move |&unit| (row, unit)))
            .map(|(row, unit)| d[row * hidden + unit] / (power(unit, 0) * power(unit, 3)))
            .collect();
        one.extend([(format!("{layer}.l"), l), (format!("{layer}.r"), r), (format!("{layer}.d"), d)]);
        two.extend([
            (format!("{layer}.l"), l2.concat()),
            (format!("{layer}.r"), r2.concat()),
            (format!("{layer}.d"), d2),
        ]);
    }
    for (name, tensors) in [("one", one), ("two", two)] {
        let bytes: Vec<(String, Vec<u8>)> = tensors
            .into_iter()
            .map(|(name, data)| (name, data.iter().flat_map(|w| w.to_le_bytes()).collect()))
            .collect();
        let views = bytes.iter().map(|(name, bytes)| {
            let shape = if name.ends_with('d') { vec![width, hidden] } else { vec![hidden, width] };
            (name.as_str(), TensorView::new(Dtype::F32, shape, bytes).expect("a tensor"))
        });
        safetensors::serialize_to_file(views, None, &folder.join(format!("{name}.safetensors")))
            .expect("a weight file");
    }
    format!(
        "weights ONE = \"one.safetensors\"\nweights TWO = \"two.safetensors\"\n\
         fn net(x, W) = {{ let h = x; for i in 0..{layers} {{ let h = h + bilinear(h, left: W[\"{{i}}.l\"], \
         right: W[\"{{i}}.r\"], down: W[\"{{i}}.d\"]); }} h }}\n\
         model a(x: {width}) = net(x, ONE)\nmodel b(x: {width}) = net(x, TWO)\n"
    )
}

fn model(file: &Path, name: &str) -> Model {
    let read = Program::load_model(file, Some(name), &Bindings::default(), &mut Sources::default());
    read.unwrap_or_else(|diagnostics| panic!("{diagnostics:?}")).0
}

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("models.same");
    println!(
        "{:<28} {:>18} {:>10} {:>10} {:>10} {:>8} {:>10}",
        "", "evidence", "deciding", "writing", "verifying", "ratio", "bytes"
    );
    let mut all = cases();
    if !std::env::args().any(|argument| argument == "small") {
        let folded = stack(folder.path(), 12, 512, 1024);
        all.push(Case { name: "rewrite, 12 layers of 512", models: folded, approach: None, on: None });
    }
    for case in &all {
        std::fs::write(&file, &case.models).expect("a file");
        let (a, b) = (model(&file, "a").network, model(&file, "b").network);
        let domain = match case.on {
            None => Domain::everywhere(a.inputs().len()),
            Some(on) => {
                read_domain("on", on, &[a.inputs(), b.inputs()], &mut Sources::default()).expect("a domain")
            }
        };
        let (negated, relation) = (false, Relation::Equal);
        let claim = Claim::new(ClaimKind::Equality { a, b, negated, relation, domain });
        let began = Instant::now();
        let answer = claim.decide_by(case.approach, &Budget::default()).expect("a question");
        let deciding = began.elapsed().as_secs_f64();
        let path = file.to_str().expect("a path").to_string();
        let side = |name: &str| ModelSource { file: path.clone(), model: name.to_string(), set: Vec::new() };
        let on = case.on.map(str::to_string);
        let source = Source::Models { a: side("a"), b: side("b"), relation: Relation::Equal, on };
        report(case.name, deciding, source, &answer);
    }
    let claims = [
        ("degree 8 of 16 inputs", polarised(16, 2, "16"), "degree(a) == 8"),
        ("gaussian, 6 inputs", polarised(6, 1, "6"), "similarity(a, b) == 1"),
        ("layerwise metric, 2 of 16", polarised(16, 2, "16"), "similarity(a, b) == 1 under layerwise"),
        ("one layer, 784-128-256-10", wide(), "similarity(a, b) < 1"),
    ];
    for (name, models, claim) in claims {
        std::fs::write(&file, format!("{models}claim {claim}\n")).expect("a file");
        let program = Program::load(&file, &Bindings::default(), &mut Sources::default()).expect("a program");
        let (path, text) = (file.to_str().expect("a path").to_string(), program.claims[0].text.clone());
        let source = Source::Claim { file: path, set: Vec::new(), number: 1, text };
        let began = Instant::now();
        let answer = program.claims[0].decide(&Budget::default()).expect("a question");
        report(name, began.elapsed().as_secs_f64(), source, &answer);
    }
}

/// Writes and verifies a certificate, and prints a row of the table.
fn report(name: &str, deciding: f64, source: Source, answer: &Answer) {
    let began = Instant::now();
    let certificate = match certify(source, answer) {
        Ok(certificate) => certificate,
        Err(error) => return println!("{name:<28} {error}"),
    };
    let text = certificate.to_json();
    let writing = began.elapsed().as_secs_f64();
    let began = Instant::now();
    verify(&text).expect("a valid certificate");
    let verifying = began.elapsed().as_secs_f64();
    println!(
        "{name:<28} {:>18} {deciding:>9.4}s {writing:>9.4}s {verifying:>9.4}s {:>8.2} {:>10}",
        kind(&certificate),
        verifying / deciding,
        text.len()
    );
}

fn kind(certificate: &Certificate) -> &'static str {
    match &certificate.evidence {
        Evidence::Witness { .. } => "witness",
        Evidence::Identical {} => "identical",
        Evidence::Rewrite(_) => "rewrite",
        Evidence::Layerwise(_) => "layerwise",
        Evidence::Grid(_) => "grid",
        Evidence::Enumeration(_) => "enumeration",
        Evidence::NormalForm(_) => "normal form",
        Evidence::RandomEvaluation(_) => "random evaluation",
        Evidence::Degree(_) => "degree",
        Evidence::InnerProduct(_) => "inner_product",
    }
}
