//! Deep bilinear networks, proved equal by the layerwise distance.

use std::fmt::Write;
use std::process::Command;

use samenet::equality::{Approach, decide, decide_by};
use samenet::{Budget, Domain, Method, Network, Question, Relation, Verdict};
use serde_json::Value;

use crate::common::layers::{Layers, Matrix};
use crate::common::random::Random;

fn options(deterministic: bool) -> Budget {
    let budget = Budget::default().memory(1 << 30);
    if deterministic { budget.certain_only() } else { budget }
}

/// The verdict of the layerwise distance alone: how many levels it went through, if it is zero.
fn alone(a: &Network, b: &Network) -> Option<u32> {
    let domain = Domain::everywhere(1);
    let question = Question { a, b, relation: Relation::Equal, domain: &domain };
    match decide_by(&question, &options(true), Approach::Layerwise).unwrap() {
        Verdict::Equal(proof) => match proof.method {
            Method::Layerwise { levels, .. } => Some(levels),
            other => panic!("{other:?}"),
        },
        Verdict::Undecided(why) => {
            assert!(why.to_string().contains("is not zero, which proves nothing"), "{why}");
            None
        }
        different @ Verdict::Different(_) => panic!("{different:?}"),
    }
}

fn by_any(a: &Network, b: &Network) -> Verdict {
    let domain = Domain::everywhere(1);
    decide(&Question { a, b, relation: Relation::Equal, domain: &domain }, &options(false)).unwrap()
}

/// The layers as a model's text.
fn text(name: &str, layers: &Layers) -> String {
    let matrix = |matrix: &Matrix| format!("{matrix:?}");
    let mut text = format!("model {name}(x: {}) = x", layers.0[0].left[0].len());
    for layer in &layers.0 {
        let (left, right, down) = (matrix(&layer.left), matrix(&layer.right), matrix(&layer.down));
        let _ = write!(text, "\n  |> bilinear(left: {left}, right: {right}, down: {down})");
    }
    text + "\n"
}

/// Six bilinear layers of width 32 (degree 64), with random unimodular changes of basis, permutations and
/// splits between every two layers, and near misses: one weight, anywhere, changed by one.
#[test]
fn six_layers_of_width_32() {
    let mut random = Random(32);
    let layers = Layers::random(6, 32, &mut random);
    let other = layers.disguised(&mut random);
    let (a, b) = (layers.network(), other.network());
    assert_eq!(alone(&a, &b), Some(6));
    let Verdict::Equal(proof) = by_any(&a, &b) else { panic!("different") };
    assert!(proof.method.certain(), "{proof:?}");
    for _ in 0..4 {
        let near = other.near_miss(&mut random).network();
        assert_eq!(alone(&a, &near), None);
        assert!(matches!(by_any(&a, &near), Verdict::Different(_)));
    }

    // The command on models as text.
    let directory = tempfile::tempdir().unwrap();
    let models = [
        ("a.same", text("net", &layers)),
        ("b.same", text("net", &other)),
        ("c.same", text("net", &other.near_miss(&mut random))),
    ];
    for (name, text) in &models {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let equal = |with: &str| -> Value {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samenet"));
        let output = command.current_dir(directory.path()).args(["equal", "a.same", with, "--json"]).output();
        serde_json::from_slice(&output.unwrap().stdout).unwrap()
    };
    let same = equal("b.same");
    assert_eq!((&same["verdict"], &same["certain"]), (&"equal".into(), &true.into()));
    assert_eq!(equal("c.same")["verdict"], "different");
}

/// Networks of all small sizes. A near miss may be the same function by coincidence, but then other methods
/// find that too.
#[test]
fn small_networks() {
    let mut different = 0;
    for seed in 0..60 {
        let mut random = Random(seed);
        let (depth, width) = (1 + random.below(4), 1 + random.below(5));
        let layers = Layers::random(depth, width, &mut random);
        let other = layers.disguised(&mut random);
        let (a, b) = (layers.network(), other.network());
        // Where weights make everything zero, fewer levels are left.
        assert!(alone(&a, &b).is_some_and(|levels| levels <= depth as u32), "seed {seed}");
        let near = other.near_miss(&mut random).network();
        match by_any(&a, &near) {
            Verdict::Different(_) => {
                different += 1;
                assert_eq!(alone(&a, &near), None, "seed {seed}");
            }
            Verdict::Equal(proof) => assert!(proof.method.certain(), "seed {seed}: {proof:?}"),
            undecided => panic!("seed {seed}: {undecided:?}"),
        }
    }
    assert!(different >= 30, "{different}");
}
