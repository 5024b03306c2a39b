use super::*;

#[test]
fn files_that_are_something_else() {
    assert_eq!(refusal(b""), WeightFault::Empty);
    assert_eq!(refusal(b"\x80\x02}q\x00."), WeightFault::Pickle);
    let cases: [(&[u8], &str); 5] = [
        (b"model f(x: 2) = x\n", "is text"),
        (b"{\"a\": 1}", "is text"),
        (b"\x89HDF\r\n\x1a\n", "is an HDF5 file"),
        (b"<html><body>404", "is a file of tags, such as a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
    ];
    for (bytes, expected) in cases {
        let fault = refusal(bytes);
        assert!(fault.to_string().contains(expected), "{fault}");
    }
}

/// The content decides, whatever the file is called.
#[test]
fn wrong_extension() {
    let fixture = Fixture::new("w.safetensors", &npy_file(&dictionary("|u1", false, "(2,)"), &[1, 2]));
    assert_eq!(values(&fixture.open().unwrap().single().unwrap().unwrap()), "1 2");
    let fixture = Fixture::new("w.npz", &safetensors_file("{}", &[]));
    assert!(fixture.open().unwrap().names().is_empty());
}

#[test]
fn no_file() {
    let directory = tempfile::tempdir().unwrap();
    let error = open(directory.path()).unwrap_err();
    assert_eq!(error.fault, WeightFault::NotAFile);
    let absent = directory.path().join("absent.safetensors");
    let error = open(&absent).unwrap_err();
    assert_eq!(error.to_string(), format!("`{}` cannot be read: there is no such file", absent.display()));
}

#[cfg(unix)]
#[test]
fn device() {
    assert_eq!(open(std::path::Path::new("/dev/zero")).unwrap_err().fault, WeightFault::NotAFile);
}

/// SHA-256 of the ten bytes, as `sha256sum` prints it.
#[test]
fn digest() {
    let store = opened(b"\x02\0\0\0\0\0\0\0{}").unwrap();
    let hex: String = store.files()[0].sha256().unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "411a485216e432ece6b9af94fa32154cf79a2a56d4f81266baa50063f45092bd");
}
