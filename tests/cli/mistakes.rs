//! What new users type: each message says what is wrong, and what works instead.

use std::fs;
use std::path::Path;

use super::{command, finish};

/// The bytes of a `.npy` file with this element type, shape and data.
fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&(text.len() as u16).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

/// A safetensors file with one vector of bytes, and as many bytes as wanted.
fn safetensors(entries: usize) -> Vec<u8> {
    let header = format!(
        "{{\"fc.weight\":{{\"dtype\":\"U8\",\"shape\":[{entries}],\"data_offsets\":[0,{entries}]}}}}"
    );
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; entries]].concat()
}

/// A zip archive that is only begun, which is enough to be taken for what it is.
fn zip(member: &str) -> Vec<u8> {
    [
        b"PK\x03\x04".as_slice(),
        &[0; 22],
        &(member.len() as u16).to_le_bytes(),
        &[0; 2],
        member.as_bytes(),
        &[1; 40],
    ]
    .concat()
}

const NET: &str = "model a(x: 2) = x[0]^2 + x[1]\nmodel b(x: 2) = x[0] + x[1]\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("net.same", NET.as_bytes());
    write("one.same", b"model net(x: 2) = x[0]\n");
    write("a.safetensors", &safetensors(3));
    // Longer than any .same file may be.
    write("large.safetensors", &safetensors(5 << 20));
    write("a.npy", &npy("<f4", "(1,)", &[0; 4]));
    write("a.npz", &zip("w.npy"));
    write("a.pt", &zip("archive/data.pkl"));
    write("old.pth", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.");
    write("a.bin", &zip("archive/data.pkl"));
    write("a.onnx", b"\x08\x07\x12\x07pytorch\x1a\x052.1.0:\xff\xfe\xff\xfe");
    write("a.gguf", b"GGUF\x03\x00\x00\x00\xff\xff");
    write("a.h5", b"\x89HDF\r\n\x1a\n\xff");
    write(
        "net.py",
        b"import torch\n\nclass Net(torch.nn.Module):\n    def forward(self, x):\n        return x\n",
    );
    write(
        "pasted.same",
        b"import torch\n\nclass Net(torch.nn.Module):\n    def forward(self, x):\n        return x\n",
    );
    write(
        "remote.same",
        b"weights W = \"https://example.org/net.safetensors\"\nmodel m(x: 2) = W[\"w\"] * x\n",
    );
    let prefix = "weights W = \"a.safetensors\"\nmodel m(x: 3) = W[\"model.fc.weight\"] * x\n";
    write("prefix.same", prefix.as_bytes());
    let wide: Vec<u16> = format!("\u{feff}{NET}").encode_utf16().collect();
    write("utf16.same", &wide.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<u8>>());
    write("utf16be.same", &wide.iter().flat_map(|unit| unit.to_be_bytes()).collect::<Vec<u8>>());
    let unmarked = wide[1..].iter().flat_map(|unit| unit.to_le_bytes());
    write("utf16_without_mark.same", &unmarked.collect::<Vec<u8>>());
    write("latin1.same", b"# one\n# gr\xf6\xdfe\nmodel a(x: 2) = x\n");
    write("marked.same", format!("\u{feff}{NET}").as_bytes());
    write("objects.npy", &npy("|O", "(2,)", b"\x80\x04K\x01."));
    write("objects.same", b"weights W = \"objects.npy\"\nmodel m(x: 2) = W * x\n");
    write("complex.npy", &npy("<c8", "(1,)", &[0; 8]));
    write("complex.same", b"weights W = \"complex.npy\"\nmodel m(x: 1) = W * x\n");
    write("program.same", b"weights W = \"net.py\"\nmodel m(x: 2) = W[\"w\"] * x\n");
    write("other.same", b"weights W = \"net.same\"\nmodel m(x: 2) = W[\"w\"] * x\n");
    folder
}

/// What the commands print, one after the other.
fn printed(folder: &Path, commands: &[&[&str]]) -> String {
    let mut text = String::new();
    for arguments in commands {
        let run = finish(command(arguments).current_dir(folder));
        text.push_str(&format!("$ samenet {}\n{}\n", arguments.join(" "), run.all()));
    }
    text
}

#[test]
fn files_that_hold_no_models() {
    let folder = folder();
    let commands: Vec<[&str; 3]> = [
        "a.safetensors",
        "large.safetensors",
        "a.npy",
        "a.npz",
        "a.pt",
        "old.pth",
        "a.bin",
        "a.onnx",
        "a.gguf",
        "a.h5",
        "net.py",
    ]
    .map(|file| ["equal", file, file])
    .to_vec();
    let mut commands: Vec<&[&str]> = commands.iter().map(|command| command.as_slice()).collect();
    commands.extend::<[&[&str]; 3]>([
        &["check", "a.safetensors"],
        &["check", "net.py"],
        &["show", "a.pt::net"],
    ]);
    commands.push(&["check", "pasted.same"]);
    insta::assert_snapshot!(printed(folder.path(), &commands));
}

#[test]
fn text_that_is_not_utf8() {
    let folder = folder();
    insta::assert_snapshot!(printed(
        folder.path(),
        &[
            &["show", "utf16.same::a"],
            &["show", "utf16be.same::a"],
            &["show", "utf16_without_mark.same::a"],
            &["show", "latin1.same::a"],
            &["equal", "marked.same::a", "net.same::a"],
        ]
    ));
}

#[test]
fn models_that_are_named_in_other_ways() {
    let folder = folder();
    insta::assert_snapshot!(printed(
        folder.path(),
        &[
            &["equal", "net.same:a", "net.same::b"],
            &["equal", "net.same/a", "net.same::b"],
            &["equal", "net.same#a", "net.same::b"],
            &["equal", "net::a", "net.same::b"],
            &["equal", "nets.same::a", "net.same::b"],
            &["equal", "net.sane::a", "net.same::b"],
            &["show", "nowhere.same"],
            &["equal", "a", "b"],
            &["equal", "net.same", "one.same"],
            &["equal", "net.same::A", "one.same"],
            &["equal", "net.same::c", "one.same"],
            &["show", "."],
            &["check", "net.same::a"],
            &["check", "nets.same"],
            &["check", "nowhere/net.same"],
        ]
    ));
}

#[test]
fn arrays_that_are_not_numbers() {
    let folder = folder();
    insta::assert_snapshot!(printed(
        folder.path(),
        &[
            &["show", "objects.same"],
            &["show", "complex.same"],
            &["show", "program.same"],
            &["show", "other.same"],
            &["show", "remote.same"],
            &["show", "prefix.same"],
            &["eval", "one.same", "--at", "old.pth"],
            &["eval", "one.same", "--at", "objects.npy"],
            &["verify", "net.same"],
            &["verify", "a.npy"],
            &["verify", "nowhere.json"],
        ]
    ));
}

#[test]
fn arguments_that_do_not_exist() {
    let folder = folder();
    insta::assert_snapshot!(printed(
        folder.path(),
        &[
            &["compare", "net.same::a", "net.same::b"],
            &["frobnicate"],
            &["equal", "net.same::a", "net.same::b", "--tolerance", "1e-6"],
            &["equal", "net.same::a", "net.same::b", "--up-to", "rounding"],
            &["equal", "net.same::a", "net.same::b", "--up-to", "scal"],
            &["equal", "net.same::a", "net.same::b", "--domain", "onehot"],
            &["equal", "net.same::a", "net.same::b", "--weights=a.safetensors"],
            // A shell has made this of `--on {0,1}` and `--on={0,1}`.
            &["equal", "net.same::a", "net.same::b", "--on", "0", "1"],
            &["equal", "net.same::a", "net.same::b", "--on=0", "--on=1"],
            &["equal", "net.same::a", "net.same::b", "--on", "bits"],
            &["equal", "net.same::a", "net.same::b", "--on", "[0, 1]"],
            &["equal", "net.same::a", "net.same::b", "net.same::b"],
            &["equal", "net.same::a", "net.same::b", "--nonsense"],
        ]
    ));
}

/// x0^2 + x1 and x0 + x1 agree on bits; x0^2 and 1 on signs; x0 x1 and 0 on one-hot vectors. x0 and
/// x0 + 1e-8 x1 have the Gaussian distance 1e-8.
#[test]
fn what_else_may_have_been_meant() {
    let folder = folder();
    let claims = "model bits(x: 2) = x[0]^2 + x[1]
model bits2(x: 2) = x[0] + x[1]
model signs(x: 2) = x[0]^2
model one(x: 2) = 1
model onehot(x: 2) = x[0]*x[1]
model zero(x: 2) = 0
model first(x: 2) = x[0]
model near(x: 2) = x[0] + 1e-8*x[1]
claim bits == bits2
claim signs == one
claim onehot == zero
claim first == near
claim first == signs
claim bits == bits2 on {0, 2}
";
    fs::write(folder.path().join("claims.same"), claims).unwrap();
    let json =
        finish(command(&["equal", "net.same::a", "net.same::b", "--json"]).current_dir(folder.path())).json();
    assert_eq!(json["explanation"]["agree_on"], "{0, 1}");
    assert!(json["explanation"]["distance"].is_null());
    let json = finish(
        command(&["equal", "claims.same::first", "claims.same::near", "--json"]).current_dir(folder.path()),
    )
    .json();
    assert_eq!(json["explanation"]["distance"], "1e-8");
    assert!(json["explanation"]["agree_on"].is_null());
    insta::assert_snapshot!(printed(folder.path(), &[&["check", "claims.same"]]));
}
