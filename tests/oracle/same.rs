//! The set `same/`: pairs that are the same function, near misses, proportional pairs.

use std::path::{Path, PathBuf};

use num_traits::{Signed, Zero};
use samenet::Budget;
use samenet::certificate::{Binding, Evidence, ModelSource, Source};
use samenet::check::verify;
use samenet::claim::{Answer, Asked, certify};
use samenet::equality::{Domain, Evaluation, Method, Question, Relation, Values, Verdict, Witness, decide};

use super::reference::{Weights, mlp};
use super::*;

/// A pair both of whose files are there.
struct Pair {
    name: String,
    same: bool,
    /// One is a positive multiple of the other, as far as the oracle says.
    proportional: bool,
    files: [PathBuf; 2],
    layers: usize,
    inputs: usize,
    json: Value,
}

fn read_pairs(folder: &Path) -> Vec<Pair> {
    let folder = folder.join("same");
    let pairs: Vec<Pair> = expected(&folder)["pairs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|json| Pair {
            name: text(json, "name").to_string(),
            same: json["same"].as_bool().unwrap(),
            proportional: json["change"]["proportional_to_a"].as_bool() == Some(true)
                || text(json, "name") == "i1_doubled",
            files: [folder.join(text(json, "a")), folder.join(text(json, "b"))],
            layers: natural(&json["a_shape"], "n_layers"),
            inputs: natural(&json["a_shape"], "d_input"),
            json: json.clone(),
        })
        .filter(|pair| pair.files.iter().all(|file| file.is_file()))
        .collect();
    assert!(pairs.iter().any(|pair| pair.same) && pairs.iter().any(|pair| !pair.same));
    pairs
}

/// The two models, in our language.
fn source(pair: &Pair, [a, b]: [&str; 2]) -> String {
    let (inputs, layers) = (pair.inputs, pair.layers);
    format!(
        "fn net(x, W) = {{
           let h = W[\"embed.weight\"] @ x;
           for i in 0..{layers} {{
             let h = bilinear(h, W[\"body.{{i}}.l.weight\"], W[\"body.{{i}}.r.weight\"],
               W[\"body.{{i}}.d.weight\"]);
           }}
           W[\"head.weight\"] @ h
         }}
         model a(x: {inputs}) = {a}
         model b(x: {inputs}) = {b}"
    )
}

/// The two networks.
fn networks(pair: &Pair, sides: [&str; 2]) -> [Network; 2] {
    let networks = models(&source(pair, sides), &[("A", &pair.files[0]), ("B", &pair.files[1])]);
    networks.try_into().unwrap()
}

fn verdict([a, b]: &[Network; 2], relation: Relation, deterministic: bool) -> Verdict {
    let question = Question { a, b, relation, domain: &Domain::everywhere(1) };
    let mut options = Budget::default().memory(1 << 30);
    options.certain_only = deterministic;
    decide(&question, &options).unwrap()
}

/// Evaluates a witness again, independently: the values of both sides, exactly or modulo a prime.
fn check_evaluation(pair: &Pair, evaluation: &Evaluation) -> (BigRational, BigRational) {
    let point = evaluation.input[0].data();
    let [output] = evaluation.output[..] else { panic!("{}: {evaluation:?}", pair.name) };
    let [a, b] = [0, 1].map(|side| {
        mlp(&Weights::read(&pair.files[side]), pair.layers, &1.into_rational(), point)[output].clone()
    });
    match &evaluation.values {
        Values::Exact { a: stated_a, b: stated_b } => {
            assert_eq!((stated_a, stated_b), (&a, &b), "{}: {evaluation:?}", pair.name);
        }
        Values::Residues { .. } => panic!("{}: these values are short", pair.name),
    }
    (a, b)
}

trait IntoRational {
    fn into_rational(self) -> BigRational;
}

impl IntoRational for i64 {
    fn into_rational(self) -> BigRational {
        BigRational::from_integer(self.into())
    }
}

fn nonzero(point: &[BigRational]) -> usize {
    point.iter().filter(|entry| !entry.is_zero()).count()
}

/// A list of integers or of strings, as rationals.
fn rationals(list: &Value) -> Vec<BigRational> {
    let one = |value: &Value| match value.as_str() {
        Some(text) => text.parse().unwrap(),
        None => value.as_i64().unwrap().into_rational(),
    };
    list.as_array().unwrap().iter().map(one).collect()
}

/// `==`, in both modes. Before that, both evaluators are held against the outputs that the oracle states.
pub fn pairs(folder: &Path) -> String {
    let pairs = read_pairs(folder);
    for pair in &pairs {
        let networks = networks(pair, ["net(x, A)", "net(x, B)"]);
        let (point, outputs) = if pair.same {
            (&pair.json["example_input"], ["example_output", "example_output"])
        } else {
            (&pair.json["witness_input"], ["a_output", "b_output"])
        };
        let point = rationals(point);
        for side in 0..2 {
            let stated = rationals(&pair.json[outputs[side]]);
            let weights = Weights::read(&pair.files[side]);
            assert_eq!(mlp(&weights, pair.layers, &1.into_rational(), &point), stated, "{}", pair.name);
            assert_eq!(output(&networks[side], &point), stated, "{}", pair.name);
        }
        for deterministic in [false, true] {
            match verdict(&networks, Relation::Equal, deterministic) {
                Verdict::Equal(proof) => {
                    assert!(pair.same, "{}: {proof:?}", pair.name);
                    assert!(proof.method.certain() || !deterministic, "{}: {proof:?}", pair.name);
                    // Permutations, swaps, rescalings, splits and changes of basis are explained.
                    let folded = match &proof.method {
                        Method::Rewrite(rewrite) => Some(rewrite.folded),
                        _ => None,
                    };
                    match pair.name.as_bytes()[0] {
                        b'a'..=b'd' => assert_eq!(folded, Some(false), "{}", pair.name),
                        b'e' => assert_eq!(folded, Some(true), "{}", pair.name),
                        _ => {}
                    }
                }
                Verdict::Different(Witness { evaluations }) => {
                    assert!(!pair.same, "{}: {evaluations:?}", pair.name);
                    let [evaluation] = evaluations.as_slice() else { panic!("{}", pair.name) };
                    let (a, b) = check_evaluation(pair, evaluation);
                    assert_ne!(a, b, "{}", pair.name);
                    assert!(nonzero(evaluation.input[0].data()) <= nonzero(&point), "{}", pair.name);
                }
                other => panic!("{}: {other:?}", pair.name),
            }
        }
    }
    let same = pairs.iter().filter(|pair| pair.same).count();
    format!("{same} pairs the same, {} different", pairs.len() - same)
}

/// `up to scale`.
pub fn pairs_up_to_scale(folder: &Path) -> String {
    let pairs = read_pairs(folder);
    for pair in &pairs {
        let networks = networks(pair, ["net(x, A)", "net(x, B)"]);
        for deterministic in [false, true] {
            match verdict(&networks, Relation::UpToScale, deterministic) {
                Verdict::Equal(proof) => {
                    assert!(pair.same || pair.proportional, "{}: {proof:?}", pair.name);
                    let scale = proof.scale.unwrap_or_else(|| panic!("{} has no scale", pair.name));
                    assert!(scale.is_positive(), "{}", pair.name);
                    assert_eq!(scale == 1.into_rational(), pair.same, "{}: {scale}", pair.name);
                    if pair.name == "i1_doubled" {
                        // B = 2 A, so A = 1/2 B.
                        assert_eq!(scale, BigRational::new(1.into(), 2.into()));
                    }
                }
                Verdict::Different(Witness { evaluations }) => {
                    assert!(!pair.same && !pair.proportional, "{}", pair.name);
                    let values: Vec<_> = evaluations.iter().map(|e| check_evaluation(pair, e)).collect();
                    assert!(!some_factor(&values), "{}: {evaluations:?}", pair.name);
                }
                other => panic!("{}: {other:?}", pair.name),
            }
        }
    }
    format!("{} pairs", pairs.len())
}

/// Whether there is a `c > 0` with `a = c b` for all of these.
fn some_factor(values: &[(BigRational, BigRational)]) -> bool {
    let mut factor: Option<BigRational> = None;
    for (a, b) in values {
        if a.is_zero() && b.is_zero() {
            continue;
        }
        if a.is_zero() || b.is_zero() || a.is_positive() != b.is_positive() {
            return false;
        }
        if *factor.get_or_insert_with(|| a / b) != a / b {
            return false;
        }
    }
    true
}

/// A and -A are neither equal nor equal up to scale, A and 3/7 A are equal up to scale by 7/3.
pub fn negated(folder: &Path) -> String {
    let pairs = read_pairs(folder);
    let pairs: Vec<&Pair> = pairs.iter().filter(|pair| pair.same).collect();
    for pair in &pairs {
        let negative = networks(pair, ["net(x, A)", "-net(x, B)"]);
        for relation in [Relation::Equal, Relation::UpToScale] {
            let Verdict::Different(Witness { evaluations }) = verdict(&negative, relation, true) else {
                panic!("{}: {relation:?}", pair.name)
            };
            for evaluation in &evaluations {
                let Values::Exact { a, b } = &evaluation.values else { panic!("{}", pair.name) };
                assert!(!a.is_zero() && *a == -b, "{}: {evaluation:?}", pair.name);
                let point = evaluation.input[0].data();
                let weights = Weights::read(&pair.files[0]);
                let value = &mlp(&weights, pair.layers, &1.into_rational(), point)[evaluation.output[0]];
                assert_eq!(a, value, "{}", pair.name);
            }
        }
        let scaled = networks(pair, ["net(x, A)", "3/7*net(x, B)"]);
        let Verdict::Equal(proof) = verdict(&scaled, Relation::UpToScale, true) else {
            panic!("{}", pair.name)
        };
        assert_eq!(proof.scale, Some(BigRational::new(7.into(), 3.into())), "{}", pair.name);
        assert!(matches!(verdict(&scaled, Relation::Equal, true), Verdict::Different(_)), "{}", pair.name);
    }
    format!("{} pairs", pairs.len())
}

/// Certificates of every pair, each way of deciding and both relations: the checker accepts every one of
/// them, and what is proved by rewriting is certified by it. With `deterministic` nothing is left to chance.
pub fn certificates(folder: &Path) -> String {
    let pairs = read_pairs(folder);
    let directory = tempfile::tempdir().unwrap();
    let mut counts = std::collections::BTreeMap::new();
    for pair in &pairs {
        let networks = networks(pair, ["net(x, A)", "net(x, B)"]);
        let path = directory.path().join("pair.same");
        let text = source(pair, ["net(x, A)", "net(x, B)"]);
        std::fs::write(&path, format!("weights A = \"a\"\nweights B = \"b\"\n{text}")).unwrap();
        let model = |name: &str| ModelSource {
            file: path.to_str().unwrap().to_string(),
            model: name.to_string(),
            set: ["A", "B"]
                .into_iter()
                .zip(&pair.files)
                .map(|(name, file)| Binding {
                    name: name.to_string(),
                    file: file.to_str().unwrap().to_string(),
                })
                .collect(),
        };
        for (relation, deterministic) in
            [(Relation::Equal, false), (Relation::Equal, true), (Relation::UpToScale, true)]
        {
            let verdict = verdict(&networks, relation, deterministic);
            let source = Source::Models { a: model("a"), b: model("b"), relation, on: None };
            let answer = match verdict.clone() {
                Verdict::Equal(proof) => Answer::equal(proof, Asked::default()),
                Verdict::Different(witness) => Answer::different(witness, Asked::default()),
                Verdict::Undecided(why) => Answer::undecided(why),
            };
            let certificate =
                certify(source, &answer).unwrap_or_else(|error| panic!("{}: {error}", pair.name));
            let text = certificate.to_json();
            assert_eq!(verify(&text).as_ref(), Ok(&certificate), "{}", pair.name);
            let kind = match &certificate.evidence {
                Evidence::Witness { .. } => "witness",
                Evidence::Identical {} => "identical",
                Evidence::Rewrite(_) => "rewrite",
                Evidence::Grid(_) => "grid",
                Evidence::NormalForm(_) => "normal form",
                Evidence::RandomEvaluation(_) => "random evaluation",
                other => panic!("{}: {other:?}", pair.name),
            };
            *counts.entry(kind).or_insert(0) += 1;
            if let Verdict::Equal(proof) = &verdict {
                let rewritten = matches!(proof.method, Method::Rewrite(_));
                assert_eq!(rewritten, kind == "rewrite", "{}: {:?}", pair.name, proof.method);
                assert!(!deterministic || kind != "random evaluation", "{}", pair.name);
            } else {
                assert_eq!(kind, "witness", "{}", pair.name);
            }
        }
    }
    let counts: Vec<String> = counts.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    format!("{} pairs: {}", pairs.len(), counts.join(", "))
}
