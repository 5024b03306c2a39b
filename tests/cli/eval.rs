//! `samenet eval`

use super::samenet;

fn eval(arguments: &[&str]) -> super::Run {
    samenet(&[&["eval"], arguments].concat())
}

/// 1/3 (1/2)^2 - (-1) = 13/12.
#[test]
fn exactly() {
    insta::assert_snapshot!(
        [
            eval(&["models.same::polynomial", "--at", "[0.5, -1]"]).all(),
            eval(&["models.same::polynomial", "--at", "[\"1/2\", -1]", "--json"]).all(),
        ]
        .join("\n")
    );
}

#[test]
fn in_floats() {
    insta::assert_snapshot!(
        [
            eval(&["models.same::polynomial", "--at", "[0.5, -1]", "--float"]).all(),
            eval(&["models.same::polynomial", "--at", "[0.5, -1]", "--float", "--json"]).all(),
        ]
        .join("\n")
    );
}

/// x y at x = (1/3, 1/2), y = -2.
#[test]
fn points_from_files() {
    let run = eval(&["models.same::two_inputs", "--at", "point.json"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "[-2/3, -1]\n"));
    // w1.npy is [[1, 2], [3, 4]], the wrong shape.
    assert_eq!(eval(&["lone.same", "--at", "w1.npy"]).code, 2);
}

#[test]
fn points_that_do_not_fit() {
    insta::assert_snapshot!(
        [
            eval(&["models.same::polynomial", "--at", "[1]"]).all(),
            eval(&["models.same::polynomial", "--at", "[1, x]"]).all(),
            eval(&["models.same::two_inputs", "--at", "[1, 2]"]).all(),
            eval(&["models.same::two_inputs", "--at", "{\"x\": [1, 2], \"z\": 1}"]).all(),
            eval(&["models.same::polynomial", "--at", "no_such_file.json"]).all(),
            eval(&["models.same::two_inputs", "--at", "{\"x\": [1, 2]}"]).all(),
            eval(&["models.same::two_inputs", "--at", "{\"x\": [1, 2], \"y\": 1e2000}"]).all(),
            eval(&["models.same::two_inputs", "--at", "{\"x\": [1, true], \"y\": 1}"]).all(),
        ]
        .join("\n")
    );
}

/// (10^6 + 1)^20000 has 120,001 digits: exact, but no f64. It is about e^0.02 10^120000 = 1.0202.. 10^120000.
/// (10^100 + 1)^(10^9) is too long for anything.
#[test]
fn large_values() {
    let exact = eval(&["models.same::huge", "--at", "[1000000, 0]"]);
    assert_eq!(exact.code, 0);
    let (decimal, digits) = exact.stdout.trim().split_once(" = ").unwrap();
    assert!(decimal.starts_with("1.0202") && decimal.ends_with("..e120000"), "{decimal}");
    assert_eq!(digits.len(), 120_001);
    let float = eval(&["models.same::huge", "--at", "[1000000, 0]", "--float"]);
    assert_eq!(float.code, 2);
    let never = eval(&["models.same::never", "--at", "[1e100]"]);
    assert_eq!(never.code, 2);
    let late = eval(&["models.same::huge", "--at", "[1000000, 0]", "--time", "0"]);
    assert_eq!(late.code, 2);
    insta::assert_snapshot!([float.all(), never.all(), late.all()].join("\n"));
}
