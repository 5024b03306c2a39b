//! Runs the fuzzer's seeds, and everything that it has found, through the functions that it calls: so seeds
//! stay valid, and a bug that was fixed stays fixed. The fuzzer itself is another package, in this directory;
//! see `README.md`.

mod targets;

use std::fs;
use std::path::Path;

use crate::common::random::Random;

/// Runs a target on every file of its directories, and says how many there were.
fn replay(name: &str, target: fn(&[u8])) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let mut replayed = 0;
    for kind in ["seeds", "regressions"] {
        let Ok(entries) = fs::read_dir(root.join(kind).join(name)) else { continue };
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            // Shown when the target panics.
            println!("{}", path.display());
            target(&fs::read(&path).unwrap());
            replayed += 1;
        }
    }
    replayed
}

macro_rules! replayed {
    ($($name:ident: $target:path, $at_least:literal;)*) => {
        $(
            #[test]
            fn $name() {
                assert!(replay(stringify!($name), $target) >= $at_least);
            }
        )*

        /// The files of a directory that belongs to no target would never be run.
        #[test]
        fn every_directory_belongs_to_a_target() {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
            for kind in ["seeds", "regressions"] {
                for entry in fs::read_dir(root.join(kind)).into_iter().flatten() {
                    let name = entry.unwrap().file_name();
                    assert!([$(stringify!($name)),*].iter().any(|known| name == *known), "{name:?}");
                }
            }
        }
    };
}

replayed! {
    parse: targets::parse::run, 30;
    program: targets::program::run, 15;
    sentences: targets::sentences::run, 15;
    safetensors: targets::weights::safetensors, 6;
    npy: targets::weights::npy, 15;
    npz: targets::weights::npz, 10;
    index: targets::weights::index, 6;
    point: targets::point::run, 10;
    eval: targets::eval::run, 15;
    decide: targets::decide::run, 15;
}

/// Sentences are worth their time if most of them are programs.
#[test]
fn most_sentences_load() {
    let mut loaded = 0;
    for seed in 0..100 {
        let mut random = Random(seed);
        let bytes: Vec<u8> = (0..80).map(|_| random.next() as u8).collect();
        let path = targets::files::file("sentence.same", targets::sentences::sentence(&bytes).as_bytes());
        let mut sources = samenet::Sources::default();
        let program = samenet::Program::load(&path, &samenet::Bindings::default(), &mut sources);
        loaded += usize::from(program.is_ok());
    }
    assert!(loaded >= 50, "{loaded} of 100");
}
