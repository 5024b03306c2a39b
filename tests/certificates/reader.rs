//! Many certificates of one file: it is read once, and every one of them is as if it were read alone.

use std::fs;

use samenet::check::{Reader, Subject};

use super::*;

const MODELS: &str = "model a(x: 2) = x[0]*x[1]\nmodel b(x: 2) = x[1]*x[0]\nmodel c(x: 2) = sum(x)\n\
                      claim a == b\nclaim a != c\nfor i in 1..3 { claim a == i*b }\n";

fn claim(file: &str, number: usize, text: &str) -> Source {
    Source::Claim { file: file.to_string(), set: Vec::new(), number, text: text.to_string() }
}

fn pair(file: &str, a: &str, b: &str) -> Source {
    let model = |name: &str| ModelSource { file: file.to_string(), model: name.to_string(), set: Vec::new() };
    Source::Models { a: model(a), b: model(b), relation: Relation::Equal, on: None }
}

/// After the file is gone, a reader that has read it reads what else is in it, and a new reader does not.
#[test]
fn a_reader_reads_a_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("models.same");
    let file = path.to_str().unwrap();
    fs::write(&path, MODELS).unwrap();
    let sources = [
        claim(file, 1, "a == b"),
        claim(file, 2, "a != c"),
        claim(file, 4, "for i = 2: a == i*b"),
        pair(file, "a", "b"),
        pair(file, "c", "b"),
    ];
    let alone = sources.clone().map(|source| Subject::read(&source).unwrap());
    let mut reader = Reader::default();
    reader.read(&sources[1]).unwrap();
    reader.read(&sources[4]).unwrap();
    fs::remove_file(&path).unwrap();
    for (source, alone) in sources.iter().zip(&alone) {
        let read = reader.read(source).unwrap();
        assert_eq!(
            (&read.statement, &read.models, &read.weights),
            (&alone.statement, &alone.models, &alone.weights)
        );
        assert!(Subject::read(source).is_err());
    }
    // What is wrong is wrong for a reader that knows the file, too.
    for (source, field) in [
        (claim(file, 3, "for i = 2: a == i*b"), "source.claim.text"),
        (claim(file, 5, "a == b"), "source.claim.number"),
        (claim(file, 0, "a == b"), "source.claim.number"),
        (pair(file, "a", "d"), "source.models.b"),
    ] {
        assert_eq!(reader.read(&source).unwrap_err().field, field);
    }
    // Weights bound to another file, and another file, are not what was read.
    let set = vec![Binding { name: "W".to_string(), file: "w.npy".to_string() }];
    let bound = Source::Claim { file: file.to_string(), set, number: 1, text: "a == b".to_string() };
    assert!(reader.read(&bound).is_err());
    assert!(reader.read(&claim(&format!("{file}2"), 1, "a == b")).is_err());
}
