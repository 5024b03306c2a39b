//! Checkpoints in several files.

use super::*;

/// A folder with an index and some files.
fn checkpoint(index: &str, files: &[(&str, Vec<u8>)]) -> Fixture {
    let fixture = Fixture::new("model.safetensors.index.json", index.as_bytes());
    for (name, bytes) in files {
        let path = fixture.path.parent().unwrap().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    fixture
}

/// A file of one-byte tensors of these names and values.
fn shard(tensors: &[(&str, u8)]) -> Vec<u8> {
    let entries: Vec<String> = tensors
        .iter()
        .enumerate()
        .map(|(i, (name, _))| {
            format!(r#""{name}":{{"dtype":"U8","shape":[1],"data_offsets":[{i},{}]}}"#, i + 1)
        })
        .collect();
    let data: Vec<u8> = tensors.iter().map(|&(_, value)| value).collect();
    safetensors_file(&format!("{{{}}}", entries.join(",")), &data)
}

/// Names in the order of the index, tensors from their files, one of them in a folder below. What a file
/// holds besides (`d`, and the other `a`) is not part of the checkpoint.
#[test]
fn tensors_come_from_the_files_that_the_index_gives() {
    let fixture = checkpoint(
        r#"{"metadata": {"total_size": 3}, "weight_map": {"b": "2.safetensors", "a": "1.safetensors",
            "c": "more/3.safetensors"}, "else": [1, {}]}"#,
        &[
            ("1.safetensors", shard(&[("a", 1), ("d", 4)])),
            ("2.safetensors", shard(&[("a", 7), ("b", 2)])),
            ("more/3.safetensors", shard(&[("c", 3)])),
        ],
    );
    for placement in [Placement::Large, Placement::All] {
        let store = open_with(&fixture.path, placement).unwrap();
        assert_eq!(store.names(), ["b", "a", "c"]);
        for (name, value) in [("a", "1"), ("b", "2"), ("c", "3")] {
            assert_eq!(values(&get(&store, name).unwrap()), value);
        }
        assert!(store.get("d").unwrap().is_none() && store.single().unwrap().is_none());
        let folder = fixture.path.parent().unwrap();
        let files: Vec<_> =
            store.files().iter().map(|file| file.path().strip_prefix(folder).unwrap()).collect();
        let expected =
            ["model.safetensors.index.json", "2.safetensors", "1.safetensors", "more/3.safetensors"];
        assert_eq!(files, expected.map(Path::new));
    }
}

/// Without metadata, with white space first, and no tensors at all.
#[test]
fn an_index_may_be_bare() {
    assert!(checkpoint(" \n{\"weight_map\": {}}", &[]).open().unwrap().names().is_empty());
    // An index by another name is known by what it says.
    let fixture = Fixture::new("weights.json", br#"{"weight_map": {"a": "1.safetensors"}}"#);
    std::fs::write(fixture.path.with_file_name("1.safetensors"), shard(&[("a", 5)])).unwrap();
    assert_eq!(values(&get(&fixture.open().unwrap(), "a").unwrap()), "5");
}

#[test]
fn a_damaged_index() {
    let files =
        [("1.safetensors", shard(&[("a", 1)])), ("w.npy", npy_file(&dictionary("|u1", false, "(1,)"), &[1]))];
    let map = |entries: &str| format!("{{\"weight_map\": {{{entries}}}}}");
    let absolute = if cfg!(windows) { r"C:\\1.safetensors" } else { "/1.safetensors" };
    let cases = [
        (r#"{"weight_map": {"a": "1.safetensors""#.to_string(), "EOF while parsing"),
        ("not JSON".to_string(), "expected ident"),
        ("[]".to_string(), "invalid length 0"),
        ("{}".to_string(), "missing field `weight_map`"),
        (r#"{"metadata": {"total_size": 1}}"#.to_string(), "missing field `weight_map`"),
        (
            r#"{"weight_map": ["1.safetensors"]}"#.to_string(),
            "expected an object that gives the file of every tensor",
        ),
        (r#"{"weight_map": null}"#.to_string(), "expected an object that gives the file of every tensor"),
        (map(r#""a": 1"#), "invalid type: integer `1`, expected a string"),
        (map(r#""a": {}"#), "invalid type: map, expected a string"),
        (map(r#""a": "1.safetensors", "a": "1.safetensors""#), r#"tensor "a" is listed twice"#),
        (r#"{"weight_map": {}, "weight_map": {}}"#.to_string(), "duplicate field `weight_map`"),
        (map("") + "{}", "trailing characters"),
        (
            map(r#""b": "1.safetensors""#),
            r#"the index puts tensor "b" in "1.safetensors", which has no tensor of that name"#,
        ),
        (
            map(r#""a": """#),
            r#"the index puts tensor "a" in "", which is not a file in the folder of the index"#,
        ),
        (map(r#""a": "..""#), "not a file in the folder"),
        (map(r#""a": "../1.safetensors""#), "not a file in the folder"),
        (map(r#""a": "more/../1.safetensors""#), "not a file in the folder"),
        (map(r#""a": "..\\1.safetensors""#), "not a file in the folder"),
        (map(&format!(r#""a": "{absolute}""#)), "not a file in the folder"),
        (map("\"a\": \"1\\u0000.safetensors\""), "not a file in the folder"),
        (map(r#""a": ".""#), "not a file in the folder"),
    ];
    for (index, expected) in cases {
        match checkpoint(&index, &files).open().unwrap_err().fault {
            WeightFault::Malformed { format: "safetensors index", message } => {
                assert!(message.contains(expected), "{index}\n{message}\n{expected}");
            }
            other => panic!("{index}\n{other}"),
        }
    }
    let mut bytes = map(r#""?": "1.safetensors""#).into_bytes();
    bytes[17] = 0xff;
    let fixture = Fixture::new("model.safetensors.index.json", &bytes);
    assert!(fixture.open().unwrap_err().to_string().ends_with("it is not UTF-8"));
}

/// A file is missing, is something else, is damaged, or is a folder: the message names the index and the
/// file.
#[test]
fn a_damaged_file_of_a_checkpoint() {
    let index = r#"{"weight_map": {"a": "x/1.safetensors"}}"#;
    let whole = shard(&[("a", 1)]);
    let cases: [(&str, Vec<u8>, &str); 6] = [
        ("other", Vec::new(), "cannot be read: there is no such file"),
        ("x/1.safetensors", Vec::new(), "is empty"),
        ("x/1.safetensors", index.into(), "is not a valid safetensors file: the header length field says"),
        (
            "x/1.safetensors",
            whole[..whole.len() - 1].to_vec(),
            "tensor \"a\" ends at byte 1 of the data, which has only 0",
        ),
        (
            "x/1.safetensors",
            npy_file(&dictionary("|u1", false, "(1,)"), &[1]),
            "is not a valid safetensors file",
        ),
        ("x/1.safetensors/y", Vec::new(), "is not a file"),
    ];
    for (name, bytes, expected) in cases {
        let error = checkpoint(index, &[(name, bytes)]).open().unwrap_err();
        let text = error.to_string();
        assert!(text.contains("index.json` names the file \"x/1.safetensors\", which "), "{text}");
        assert!(text.contains(expected), "{text}");
        assert!(error.help().is_some());
    }
    // A tensor that cannot be read is blamed with its own file.
    let nan =
        safetensors_file(r#"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#, &f32::NAN.to_le_bytes());
    let error = get(&checkpoint(index, &[("x/1.safetensors", nan)]).open().unwrap(), "a").unwrap_err();
    assert!(error.path.ends_with("x/1.safetensors"));
    assert!(
        error.to_string().starts_with("tensor \"a\" of `") && error.to_string().ends_with("has NaN at []")
    );
}

#[test]
fn an_index_that_is_too_long() {
    let fixture = Fixture::new("model.safetensors.index.json", b"{\"weight_map\": {}}");
    std::fs::File::options().write(true).open(&fixture.path).unwrap().set_len(100_000_001).unwrap();
    let message = fixture.open().unwrap_err().to_string();
    assert!(message.contains("it has 100000001 bytes; the limit is 100000000"), "{message}");
}
