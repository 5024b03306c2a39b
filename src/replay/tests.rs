//! Programs written by hand. `tests/replay` runs programs, where there is a Python to run them.

use std::sync::Arc;

use num_rational::BigRational;

use super::*;
use crate::equality::Evaluation;
use crate::network::{
    Builder, Constant, Data, Einsum, FilePlace, FileTensor, Input, NodeId, Origin, Shape, Tensor,
};

fn rational(n: i64, d: i64) -> BigRational {
    BigRational::new(n.into(), d.into())
}

fn shape(axes: &[usize]) -> Shape {
    Shape::new(axes).unwrap()
}

/// A network of one input `x`.
fn network(axes: &[usize], build: impl FnOnce(&mut Builder, NodeId) -> NodeId) -> Network {
    let mut builder = Builder::new();
    let x = builder.input(0, shape(axes));
    let output = build(&mut builder, x);
    builder.network(vec![Input { name: "x".to_string(), shape: shape(axes) }], output)
}

fn evaluation(axes: &[usize], entries: &[i64], output: &[usize]) -> Evaluation {
    let data = entries.iter().map(|&entry| rational(entry, 1)).collect();
    let input = vec![Tensor::new(shape(axes), data).unwrap()];
    // Which values there are only says what to compute with.
    let values = Values::Exact { a: rational(0, 1), b: rational(0, 1) };
    Evaluation { input, output: output.to_vec(), values }
}

fn witness(axes: &[usize], entries: &[i64], output: &[usize]) -> Witness {
    Witness { evaluations: vec![evaluation(axes, entries, output)] }
}

/// The statements after those that every program of fractions begins with.
fn body(replay: &Replay) -> Vec<&str> {
    let program: Vec<&str> = replay.statements.iter().map(String::as_str).collect();
    let (head, body) = program.split_at(3);
    let expected =
        ["import numpy as np", "from fractions import Fraction as F", "Q = np.vectorize(F, otypes=\"O\")"];
    assert_eq!(head, expected);
    body.to_vec()
}

fn integers(builder: &mut Builder, axes: &[usize], entries: Vec<i64>) -> NodeId {
    builder.constant(Arc::new(Constant::new(shape(axes), Data::Integer(entries)).unwrap()))
}

/// A tensor of a weight file, 2 x 3.
fn from_file(builder: &mut Builder, path: &str, name: Option<&str>, place: FilePlace) -> NodeId {
    let constant = Constant::new(shape(&[2, 3]), Data::F32(vec![0.5, 1.0, 1.5, 2.0, 2.5, 3.0])).unwrap();
    let origin = FileTensor { path: path.into(), name: name.map(str::to_string), place };
    builder.constant(Arc::new(constant.with_origin(Origin::File(origin))))
}

fn apply(builder: &mut Builder, matrix: NodeId, vector: NodeId) -> NodeId {
    let spec = Einsum { operands: vec![vec![0, 1], vec![1]], output: vec![0] };
    builder.contract(vec![matrix, vector], spec).unwrap()
}

/// x0 + x1/3 - 2 x0 x1 against (x1, x0)[0], at (1, -2).
#[test]
fn operations_are_written_as_a_reader_would() {
    let a = network(&[2], |builder, x| {
        let (x0, x1) = (builder.select(x, 0, 0).unwrap(), builder.select(x, 0, 1).unwrap());
        let product = builder.multiply(x0, x1).unwrap();
        let terms = vec![(rational(1, 1), x0), (rational(1, 3), x1), (rational(-2, 1), product)];
        builder.combine(terms).unwrap()
    });
    let b = network(&[2], |builder, x| {
        let (x0, x1) = (builder.select(x, 0, 0).unwrap(), builder.select(x, 0, 1).unwrap());
        let turned = builder.stack(vec![x1, x0]).unwrap();
        let square = builder.multiply(turned, turned).unwrap();
        builder.select(square, 0, 0).unwrap()
    });
    let replay = replay(&a, &b, &witness(&[2], &[1, -2], &[])).unwrap();
    insta::assert_snapshot!(body(&replay).join("\n"), @r#"
    x = Q([1, -2])
    A = x[0] + F(1, 3)*x[1] - 2*(x[0]*x[1])
    t1 = np.array([x[1], x[0]], "O")
    B = (t1*t1)[0]
    print(A, B)
    "#);
    assert_eq!(replay.how(), "with fractions, exactly");
}

/// What is read from files is named by file and tensor, also when it was folded: here a transpose plus a
/// literal.
#[test]
fn tensors_of_files_are_read_where_they_are() {
    let a = network(&[3], |builder, x| {
        let whole = from_file(builder, "runs/w.npz", Some("head.weight"), FilePlace::Npz);
        apply(builder, whole, x)
    });
    let b = network(&[3], |builder, x| {
        let place = FilePlace::Raw { start: 120, element: "<f4" };
        let whole = from_file(builder, "it's.safetensors", Some("lambda"), place);
        let transposed = builder.transpose(whole, &[1, 0]).unwrap();
        let literal = integers(builder, &[3, 2], vec![1, 0, 0, 0, 0, 0]);
        let sum = builder.combine(vec![(rational(1, 1), transposed), (rational(-1, 2), literal)]).unwrap();
        assert!(builder.as_constant(sum).is_some());
        let back = builder.transpose(sum, &[1, 0]).unwrap();
        apply(builder, back, x)
    });
    let replay = replay(&a, &b, &witness(&[3], &[1, 0, 0], &[1])).unwrap();
    insta::assert_snapshot!(body(&replay).join("\n"), @r#"
    x = Q([1, 0, 0])
    head_weight = Q(np.load("runs/w.npz")["head.weight"])
    A = head_weight@x
    lambda_2 = Q(np.fromfile("it's.safetensors", "<f4", 6, offset=120).reshape((2, 3)))
    B = (lambda_2.T - F(1, 2)*Q([[1, 0], [0, 0], [0, 0]])).T@x
    print(A[1], B[1])
    "#);
    // A quote ends what is quoted for the shell, and begins it again.
    let line = replay.line().unwrap();
    assert!(line.starts_with("python3 -c 'import numpy as np; "), "{line}");
    assert!(line.contains(r#"np.fromfile("it'\''s.safetensors", "#), "{line}");
}

/// Modulo a prime every result is reduced, and no number becomes a machine integer.
#[test]
fn residues_are_reduced() {
    let a = network(&[2], |builder, x| {
        let weights = integers(builder, &[2], vec![3, 4]);
        let spec = Einsum { operands: vec![vec![0], vec![0]], output: vec![] };
        let dot = builder.contract(vec![weights, x], spec).unwrap();
        builder.broadcast(dot, shape(&[2])).unwrap()
    });
    let b = network(&[2], |builder, x| builder.combine(vec![(rational(1, 2), x)]).unwrap());
    let replay = replay_with(&a, &b, &witness(&[2], &[1, 2], &[0]), NumberStyle::Residues(101)).unwrap();
    // 1/2 is 51 modulo 101.
    insta::assert_snapshot!(replay.program(), @r#"
    import numpy as np
    from fractions import Fraction as F
    p = 101
    Q = np.vectorize(lambda v: F(v).numerator*pow(F(v).denominator, -1, p)%p, otypes="O")
    x = Q([1, 2])
    A = np.full((2,), (Q([3, 4])@x)%p, "O")
    B = (51*x)%p
    print(A[0], B[0])
    "#);
}

/// Two evaluations: networks are written for each input, weights once. One input with two outputs: once.
#[test]
fn several_evaluations() {
    let a = network(&[2], |_, x| x);
    let b = network(&[2], |builder, x| {
        let matrix = integers(builder, &[2, 2], vec![1, 2, 3, 4]);
        apply(builder, matrix, x)
    });
    let two = |second: &[i64]| Witness {
        evaluations: vec![evaluation(&[2], &[1, 0], &[0]), evaluation(&[2], second, &[1])],
    };
    let different = replay(&a, &b, &two(&[0, 1])).unwrap();
    insta::assert_snapshot!(body(&different).join("\n"), @r"
    x = Q([1, 0])
    x_2 = Q([0, 1])
    t1 = Q([[1, 2], [3, 4]])
    B = t1@x
    B_2 = t1@x_2
    print(x[0], B[0])
    print(x_2[1], B_2[1])
    ");
    let same = replay(&a, &b, &two(&[1, 0])).unwrap();
    insta::assert_snapshot!(body(&same).join("\n"), @r"
    x = Q([1, 0])
    B = Q([[1, 2], [3, 4]])@x
    print(x[0], B[0])
    print(x[1], B[1])
    ");
}

/// Inputs with few nonzero entries, constants that are the same everywhere, floats.
#[test]
fn long_tensors_are_written_short() {
    let a = network(&[40], |_, x| x);
    let b = network(&[40], |builder, x| {
        let data = Data::F64(vec![0.1; 40]);
        let tenth = builder.constant(Arc::new(Constant::new(shape(&[40]), data).unwrap()));
        builder.multiply(tenth, x).unwrap()
    });
    let mut entries = vec![0; 40];
    entries[7] = -3;
    let witness = witness(&[40], &entries, &[7]);
    insta::assert_snapshot!(body(&replay(&a, &b, &witness).unwrap()).join("\n"), @r#"
    x = np.zeros((40,), "O")
    x[7] = -3
    k = Q(np.full((40,), 0.1))
    B = k*x
    print(x[7], B[7])
    "#);
    let floats = replay_with(&a, &b, &witness, NumberStyle::Floats).unwrap();
    insta::assert_snapshot!(floats.program(), @r"
    import numpy as np
    x = np.zeros((40,))
    x[7] = -3.0
    k = np.full((40,), 0.1)
    B = k*x
    print(x[7], B[7])
    ");
}

/// 5000 different numbers are not written down, and 10^9 multiplications are not made with fractions.
#[test]
fn what_is_long_is_refused_or_rounded() {
    let a = network(&[5000], |_, x| x);
    let b = network(&[5000], |builder, x| {
        let numbers = integers(builder, &[5000], (1..=5000).collect());
        builder.multiply(numbers, x).unwrap()
    });
    let mut entries = vec![0; 5000];
    entries[0] = 1;
    let error = replay(&a, &b, &witness(&[5000], &entries, &[0])).unwrap_err();
    let expected = "a tensor of shape [5000] does not come from a weight file and is too large to write out";
    assert_eq!(error.to_string(), expected);
    let cube = network(&[1000], |builder, x| {
        let spec = Einsum { operands: vec![vec![0], vec![1], vec![2]], output: vec![] };
        builder.contract(vec![x, x, x], spec).unwrap()
    });
    let rounded = replay(&cube, &cube, &witness(&[1000], &vec![1; 1000], &[])).unwrap();
    assert_eq!(rounded.how(), "in float64, which rounds");
    insta::assert_snapshot!(rounded.program(), @r#"
    import numpy as np
    x = np.full((1000,), 1.0)
    A = np.einsum("a,b,c->", x, x, x, optimize=True)
    print(A, A)
    "#);
}

/// Seven squares have degree 128: of 100,000 entries that is too much for fractions, and too high for
/// float64.
#[test]
fn high_degrees_are_not_rounded() {
    let power = |squares| {
        network(&[100_000], |builder, x| {
            (0..squares).fold(x, |node, _| builder.multiply(node, node).unwrap())
        })
    };
    let witness = witness(&[100_000], &vec![1; 100_000], &[0]);
    let (low, high) = (power(6), power(7));
    assert_eq!(replay(&low, &low, &witness).unwrap().style(), NumberStyle::Floats);
    let why = replay(&low, &high, &witness).unwrap_err().to_string();
    assert!(why.ends_with("values of degree 128 leave the range of float64"), "{why}");
}

/// 300 squares of sums do not fit one line; the file says what it is, on one line of comment.
#[test]
fn long_programs_have_no_line() {
    let a = network(&[2], |builder, x| {
        (0..300).fold(x, |node, _| {
            let sum = builder.combine(vec![(rational(1, 1), node), (rational(2, 1), x)]).unwrap();
            builder.multiply(sum, x).unwrap()
        })
    });
    let replay = replay(&a, &a, &witness(&[2], &[1, 0], &[0])).unwrap();
    assert_eq!(replay.line(), None);
    let file = replay.file("samenet equal a\nb");
    let first =
        "# samenet equal a b\n# Run it where samenet was run. It computes with fractions, exactly.\nimport ";
    assert!(file.starts_with(first), "{file}");
}

/// 7^6000 has 5,071 digits, more than Python reads or prints by itself: x times it, and half of it, at x =
/// [7^6000, 1/7^6000]. Shorter numbers stay decimal.
#[test]
fn long_numbers_are_hexadecimal() {
    let long = BigRational::from_integer(num_traits::pow(7.into(), 6000));
    let a = network(&[2], |builder, x| builder.combine(vec![(long.clone(), x)]).unwrap());
    let b = network(&[2], |builder, x| builder.combine(vec![(&long / rational(2, 1), x)]).unwrap());
    let input = vec![Tensor::new(shape(&[2]), vec![long.clone(), long.recip()]).unwrap()];
    let values = Values::Exact { a: &long * &long, b: &long * &long / rational(2, 1) };
    let witness = Witness { evaluations: vec![Evaluation { input, output: vec![0], values }] };
    let program = replay(&a, &b, &witness).unwrap().program();
    let digits = |c: char| c.is_ascii_digit();
    // What follows `0x` is not decimal.
    let words = program.split(|c: char| !c.is_ascii_alphanumeric());
    assert!(words.clone().all(|word| word.len() < 4000 || word.starts_with("0x")));
    assert!(words.filter(|word| word.starts_with("0x")).count() >= 3);
    assert!(program.contains("set_int_max_str_digits"));
    let short = replay(&a, &b, &self::witness(&[2], &[1, 2], &[0])).unwrap().program();
    assert!(!short.contains("set_int_max_str_digits") && short.chars().any(digits));
}
