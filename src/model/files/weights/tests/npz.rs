use zip::CompressionMethod::{Deflated, Stored};

use super::*;

/// `a` is 1 2 3, `b` is 1.5 of shape [1, 1].
fn members() -> [(&'static str, Vec<u8>); 2] {
    [
        ("a.npy", npy_file(&dictionary("|i1", false, "(3,)"), &[1, 2, 3])),
        ("b.npy", npy_file(&dictionary("<f4", false, "(1, 1)"), &1.5f32.to_le_bytes())),
    ]
}

fn archive(method: zip::CompressionMethod) -> Vec<u8> {
    let members = members();
    let members: Vec<(&str, &[u8])> = members.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    zip_file(&members, method)
}

#[test]
fn stored_and_deflated() {
    for method in [Stored, Deflated] {
        let store = opened(&archive(method)).unwrap();
        assert_eq!(store.names(), ["a", "b"]);
        assert_eq!(values(&get(&store, "a").unwrap()), "1 2 3");
        assert_eq!(values(&get(&store, "b").unwrap()), "3/2");
        assert_eq!(get(&store, "b").unwrap().shape().to_string(), "[1, 1]");
        assert!(store.get("c").unwrap().is_none());
        assert!(store.single().unwrap().is_none());
    }
}

/// Members that are no arrays are passed over; names may have folders.
#[test]
fn other_members() {
    let array = npy_file(&dictionary("|i1", false, "()"), &[7]);
    let store = opened(&zip_file(&[("readme.txt", b"hello"), ("layer/w.npy", &array)], Deflated)).unwrap();
    assert_eq!(store.names(), ["layer/w"]);
    assert_eq!(values(&get(&store, "layer/w").unwrap()), "7");
}

#[test]
fn archives_of_something_else() {
    assert_eq!(malformed(&zip_file(&[("readme.txt", b"hello")], Stored)), "it holds no .npy files");
    assert_eq!(malformed(&zip_file(&[], Stored)), "it holds no .npy files");
    assert_eq!(refusal(&zip_file(&[("model/data.pkl", b"\x80\x02.")], Stored)), WeightFault::Pickle);
}

/// A checksum that does not fit, because a byte of the data was changed.
#[test]
fn checksum() {
    let mut bytes = archive(Stored);
    let at = bytes.windows(3).position(|w| w == [1, 2, 3]).unwrap();
    bytes[at] = 9;
    let store = opened(&bytes).unwrap();
    let error = get(&store, "a").unwrap_err();
    assert!(matches!(&error.fault, WeightFault::Damaged(message) if message.contains("checksum")), "{error}");
    assert_eq!(error.tensor.as_deref(), Some("a"));
    assert_eq!(values(&get(&store, "b").unwrap()), "3/2");
}

/// What is wrong with the array inside is told with its name.
#[test]
fn arrays_that_lie() {
    let read = |member: &[u8]| {
        let store = opened(&zip_file(&[("w.npy", member)], Deflated)).unwrap();
        get(&store, "w").unwrap_err()
    };
    let u1 = |shape: &str| dictionary("|u1", false, shape);
    let damaged = |member: &[u8]| match read(member) {
        WeightError { tensor: Some(name), fault: WeightFault::Damaged(message), .. } if name == "w" => {
            message
        }
        other => panic!("{other}"),
    };
    assert!(damaged(&npy_file(&u1("(5,)"), &[0; 4])).starts_with("an array of shape [5] takes"));
    assert!(damaged(&npy_file(&u1("(3,)"), &[0; 4])).starts_with("an array of shape [3] takes"));
    assert!(damaged(&npy_file("{", &[])).contains("not closed"));
    assert!(damaged(b"").contains("ends too early"));
    assert!(damaged(b"hello, this is no array").contains("magic"));
    assert!(matches!(
        read(&npy_file(&dictionary("|O", false, "(1,)"), b"\x80\x02.")).fault,
        WeightFault::Unsupported { .. }
    ));
    assert_eq!(
        read(&npy_file(&dictionary("<f4", false, "(1,)"), &f32::NAN.to_le_bytes())).fault,
        WeightFault::NotFinite { index: vec![0], value: "NaN" }
    );
}

/// 2^28 zeros in a quarter of a megabyte, which as 64-bit integers would take 2 GiB: all sizes are
/// consistent, the array is simply not worth having. The archive is written without holding the array.
#[test]
fn bomb_that_tells_the_truth() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bomb.npz");
    let entries: u64 = 1 << 28;
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default().compression_method(Deflated);
    writer.start_file("w.npy", options).unwrap();
    writer.write_all(&npy_file(&dictionary("|u1", false, &format!("({entries},)")), &[])).unwrap();
    let zeros = vec![0; 1 << 16];
    for _ in 0..entries >> 16 {
        writer.write_all(&zeros).unwrap();
    }
    writer.finish().unwrap();
    let error = get(&open(&path).unwrap(), "w").unwrap_err();
    assert_eq!(error.fault, WeightFault::Inflation { bytes: 8 << 28, limit: 1 << 30 });
    assert!(error.help().unwrap().contains("without compression"));
}

/// Where `needle` begins.
fn find(bytes: &[u8], needle: &[u8]) -> usize {
    bytes.windows(needle.len()).position(|window| window == needle).unwrap()
}

/// The directory says a member has fewer or more bytes than it inflates to. The size is at offset 24 of a
/// directory entry, which begins with PK 1 2.
#[test]
fn directory_that_lies_about_sizes() {
    let mut member = npy_file(&dictionary("|u1", false, "(1000,)"), &[]);
    let header = member.len();
    member.resize(header + 1_000_000, 0);
    let whole = zip_file(&[("w.npy", &member)], Deflated);
    let entry = find(&whole, b"PK\x01\x02");
    // The array has 1000 bytes, and so says the directory, but a million follow.
    let mut bytes = whole.clone();
    bytes[entry + 24..entry + 28].copy_from_slice(&(header as u32 + 1000).to_le_bytes());
    let store = opened(&bytes).unwrap();
    assert!(matches!(get(&store, "w").unwrap_err().fault, WeightFault::Damaged(_)));
    // The array claims 2^30 bytes, and so does the directory, but a million follow.
    let mut member = npy_file(&dictionary("|u1", false, "(100000000,)"), &[]);
    let header = member.len();
    member.resize(header + 1_000_000, 0);
    let mut bytes = zip_file(&[("w.npy", &member)], Deflated);
    let entry = find(&bytes, b"PK\x01\x02");
    bytes[entry + 24..entry + 28].copy_from_slice(&(header as u32 + 100_000_000).to_le_bytes());
    let error = get(&opened(&bytes).unwrap(), "w").unwrap_err();
    assert!(matches!(error.fault, WeightFault::Damaged(_)), "{error}");
}

/// Two directory entries for one piece of data.
#[test]
fn overlapping_members() {
    let array = npy_file(&dictionary("|u1", false, "(1,)"), &[1]);
    let whole = zip_file(&[("a.npy", &array), ("b.npy", &array)], Stored);
    let first = find(&whole, b"PK\x01\x02");
    let second = first + 4 + find(&whole[first + 4..], b"PK\x01\x02");
    // Offset 42 of a directory entry is the place of its data.
    let mut bytes = whole.clone();
    let place: [u8; 4] = whole[first + 42..first + 46].try_into().unwrap();
    bytes[second + 42..second + 46].copy_from_slice(&place);
    assert_eq!(malformed(&bytes), "its members overlap");
}

#[test]
fn duplicate_names() {
    let array = npy_file(&dictionary("|u1", false, "(1,)"), &[1]);
    let mut bytes = zip_file(&[("a.npy", &array), ("b.npy", &array)], Stored);
    for at in 0..bytes.len() - 5 {
        if &bytes[at..at + 5] == b"b.npy" {
            bytes[at] = b'a';
        }
    }
    assert_eq!(malformed(&bytes), "two members have the same name");
}

/// The name in the member's own header is not the one in the directory.
#[test]
fn two_names_for_a_member() {
    let mut bytes = archive(Stored);
    let at = find(&bytes, b"b.npy");
    bytes[at] = b'c';
    assert_eq!(malformed(&bytes), "a member and the directory disagree about its name");
}

/// The directory names a method that is not deflate, or a flag says that the member is encrypted. In its
/// entry the flags are at offset 8, the method at 10.
#[test]
fn members_that_cannot_be_read() {
    let whole = archive(Deflated);
    let entry = find(&whole, b"PK\x01\x02");
    for (offset, value, message) in [(10, 12, "method 12"), (8, 1, "encrypted")] {
        let mut bytes = whole.clone();
        bytes[entry + offset] = value;
        let error = get(&opened(&bytes).unwrap(), "a").unwrap_err();
        assert!(matches!(&error.fault, WeightFault::Damaged(m) if m.contains(message)), "{error}");
    }
}

/// A directory of fewer members than it says.
#[test]
fn directory_that_miscounts() {
    let mut bytes = archive(Stored);
    let end = find(&bytes, b"PK\x05\x06");
    for at in [8, 10] {
        bytes[end + at] = 3;
    }
    assert_eq!(malformed(&bytes), "its directory ends too early");
}

#[test]
fn truncated() {
    let whole = archive(Deflated);
    for length in 0..whole.len() {
        assert!(opened(&whole[..length]).is_err(), "{length}");
    }
}
