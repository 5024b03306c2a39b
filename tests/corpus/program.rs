//! What the library offers beyond the files of the corpus: one model of a file, weight files and their
//! digests, domains given on a command line.

use std::path::{Path, PathBuf};

use num_rational::BigRational;
use samenet::diagnostic::Sources;
use samenet::equality::{Domain, InputSet};
use samenet::model::{Bindings, Program, kinds, read_domain};
use samenet::network::{Input, Shape, Tensor};
use sha2::{Digest, Sha256};

const PARTS: &str = "tests/corpus/parts";

/// A file in a directory of its own.
fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("main.same");
    std::fs::write(&path, text).unwrap();
    (directory, path)
}

fn weights(name: &str) -> PathBuf {
    std::fs::canonicalize(Path::new(PARTS).join(name)).unwrap()
}

fn digest(path: &Path) -> [u8; 32] {
    Sha256::digest(std::fs::read(path).unwrap()).into()
}

/// A weight file that no model uses is not read; one that is used under two names is listed once.
#[test]
fn weight_files_are_listed_with_their_digests() {
    let (tiny, other) = (weights("tiny.safetensors"), weights("other.safetensors"));
    let text = format!(
        "weights A = {0:?}\nweights B = {1:?}\nweights C = {0:?}\nweights UNUSED = {1:?}\n\
         model net(x: 2) = A[\"embed.weight\"] @ (C[\"embed.weight\"] @ x)\n",
        tiny.display(),
        other.display()
    );
    let (_directory, path) = file(&text);
    let program = Program::load(&path, &Bindings::default(), &mut Sources::default()).unwrap();
    let read: Vec<_> =
        program.weight_files.iter().map(|file| (file.path().to_path_buf(), file.sha256().unwrap())).collect();
    assert_eq!(read, [(tiny.clone(), digest(&tiny))]);

    // The binding that comes last holds.
    let set = |name: &str, path: &Path| (name.to_string(), path.to_path_buf());
    let bindings = Bindings(vec![set("A", Path::new("nowhere")), set("A", &other)]);
    let program = Program::load(&path, &bindings, &mut Sources::default()).unwrap();
    let read: Vec<_> =
        program.weight_files.iter().map(|file| (file.path().to_path_buf(), file.sha256().unwrap())).collect();
    assert_eq!(read, [(other.clone(), digest(&other)), (tiny.clone(), digest(&tiny))]);
}

/// Errors in claims and in other models do not matter to the model that is asked for.
#[test]
fn one_model_of_a_file() {
    let text = "weights W = \"nowhere.npz\"\nmodel good(x: n) = x[0]\nlet n = 2\nmodel bad(x: 2) = x[9]\n\
                model weighed(x: 2) = W[\"a\"] @ x\nclaim good == nothing\n";
    let (_directory, path) = file(text);
    let load = |name: Option<&str>| {
        let result = Program::load_model(&path, name, &Bindings::default(), &mut Sources::default());
        let kinds = |errors: Vec<samenet::diagnostic::Diagnostic>| -> Vec<_> {
            errors.iter().map(|error| error.kind).collect()
        };
        result.map(|(model, files)| (model.name, files.len())).map_err(kinds)
    };
    assert_eq!(load(Some("good")), Ok(("good".to_string(), 0)));
    assert_eq!(load(Some("bad")), Err(vec![kinds::OUT_OF_BOUNDS]));
    assert_eq!(load(Some("weighed")), Err(vec![kinds::WEIGHT_FILE]));
    assert_eq!(load(Some("gone")), Err(vec![kinds::AMBIGUOUS_MODEL]));
    assert_eq!(load(None), Err(vec![kinds::AMBIGUOUS_MODEL]));
    let all = Program::load(&path, &Bindings::default(), &mut Sources::default()).unwrap_err();
    let all: Vec<_> = all.iter().map(|error| error.kind).collect();
    assert_eq!(all, [kinds::WEIGHT_FILE, kinds::OUT_OF_BOUNDS, kinds::UNKNOWN_NAME]);

    let (_directory, path) = file("fn f(x) = x\nmodel only(x: 2) = f(x)\n");
    let (model, _) = Program::load_model(&path, None, &Bindings::default(), &mut Sources::default()).unwrap();
    assert_eq!(model.name, "only");
    assert_eq!(model.network.inputs()[0].shape.axes(), [2]);
}

fn inputs() -> Vec<Input> {
    let input =
        |name: &str, axes: &[usize]| Input { name: name.to_string(), shape: Shape::new(axes).unwrap() };
    vec![input("x", &[2]), input("y", &[2])]
}

fn domain(text: &str) -> Domain {
    read_domain("on", text, &[&inputs()], &mut Sources::default())
        .unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

fn q(n: i64, d: i64) -> BigRational {
    BigRational::new(n.into(), d.into())
}

#[test]
fn domains_of_a_command_line() {
    use InputSet::{Everything, Finite, OneHot, Points};
    assert_eq!(domain("{1, 0, 1/2, 2 - 1}"), Domain(vec![Finite(vec![q(0, 1), q(1, 2), q(1, 1)]); 2]));
    assert_eq!(domain("onehot"), Domain(vec![OneHot; 2]));
    assert_eq!(domain(" y in onehot "), Domain(vec![Everything, OneHot]));
    assert_eq!(domain("y in {-1}, x in onehot"), Domain(vec![OneHot, Finite(vec![q(-1, 1)])]));
    // Points are distinct and in order.
    let point = |a: i64, b: i64| Tensor::new(Shape::new([2]).unwrap(), vec![q(a, 1), q(b, 1)]).unwrap();
    let points = Points(vec![point(0, 3), point(1, 2)]);
    assert_eq!(domain("points [[1, 2], [0, 3], [1, 2]]"), Domain(vec![points; 2]));
    assert_eq!(
        domain("x in points eye(2)"),
        Domain(vec![Points(vec![point(0, 1), point(1, 0)]), Everything])
    );
}

/// Errors point into the text that was given.
#[test]
fn wrong_domains_of_a_command_line() {
    for (text, kind, at) in [
        ("{0, 1", "unclosed-bracket", 0..1),
        ("z in {0}", kinds::UNKNOWN_NAME, 0..1),
        ("x in {0}, x in {1}", kinds::DUPLICATE_NAME, 10..11),
        ("{a}", kinds::UNKNOWN_NAME, 1..2),
        ("{[1]}", kinds::SHAPE_MISMATCH, 1..4),
        ("points [1, 2, 3]", kinds::SHAPE_MISMATCH, 7..16),
        ("points zeros(0, 2)", kinds::INVALID_DOMAIN, 7..18),
        ("{1 / 0}", kinds::DIVISION_BY_ZERO, 5..6),
    ] {
        let mut sources = Sources::default();
        let errors = read_domain("on", text, &[&inputs()], &mut sources).unwrap_err();
        let label = errors[0].primary.as_ref().unwrap();
        assert_eq!((errors[0].kind, label.span.range()), (kind, at), "{text}");
        let source = sources.get(label.span.file);
        assert_eq!((source.path.as_path(), &*source.text), (Path::new("on"), text));
    }
}

/// Inputs are paired by position. A name of either model will do, unless it is at two positions.
#[test]
fn domains_of_two_models() {
    let two = inputs();
    let renamed: Vec<Input> = [("x", 0), ("z", 1)]
        .map(|(name, i)| Input { name: name.to_string(), shape: two[i].shape.clone() })
        .to_vec();
    let exchanged: Vec<Input> = two.iter().rev().cloned().collect();
    let read = |text: &str, other: &[Input]| read_domain("on", text, &[&two, other], &mut Sources::default());
    assert_eq!(read("z in onehot", &renamed).unwrap(), read("y in onehot", &renamed).unwrap());
    assert_eq!(read("y in onehot, z in onehot", &renamed).unwrap_err()[0].kind, kinds::DUPLICATE_NAME);
    assert_eq!(read("x in onehot", &exchanged).unwrap_err()[0].kind, kinds::INVALID_DOMAIN);
    assert_eq!(read("onehot", &exchanged).unwrap(), domain("onehot"));
}

/// An input that the output ignores is still an input.
#[test]
fn inputs_stay() {
    let (_directory, path) = file("model net(x: 2, y: 3) = 1\nmodel cancelled(x: 2, y: 3) = sum(x - x)\n");
    let program = Program::load(&path, &Bindings::default(), &mut Sources::default()).unwrap();
    for model in &program.models {
        assert_eq!(model.network.inputs().len(), 2);
        assert_eq!(model.network.variables(), 5);
        assert_eq!(model.network.output_shape().rank(), 0);
    }
}
