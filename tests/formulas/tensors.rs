//! Operators, indexing and the builtins that build or move tensors.

use num_traits::{One, Zero};

use crate::{Q, agrees, q};

#[test]
fn scalar_arithmetic() {
    agrees("model m(x: 3) = x[0] + 2*x[1]*x[2] - x[2]/4 + 0.125", &[], |i| {
        let x = &i[0];
        vec![&x[0] + q(2, 1) * &x[1] * &x[2] - &x[2] / q(4, 1) + q(1, 8)]
    });
}

/// `-x^2` is `-(x^2)`, and `x^0` is 1 also at 0.
#[test]
fn powers_and_signs() {
    agrees("model m(x: 2) = [-x[0]^2, x[1]^5, x[0]^0, (-x[0])^3, 2 - -x[1]]", &[5], |i| {
        let x = &i[0];
        let cube = -&x[0] * -&x[0] * -&x[0];
        let fifth = &x[1] * &x[1] * &x[1] * &x[1] * &x[1];
        vec![-(&x[0] * &x[0]), fifth, Q::one(), cube, q(2, 1) + &x[1]]
    });
}

#[test]
fn division_is_by_constants_of_any_form() {
    agrees("let c = 3/2 model m(x: 2) = [x[0] / c / 2, x[1] / (1 - c)]", &[2], |i| {
        vec![&i[0][0] / q(3, 1), &i[0][1] / q(-1, 2)]
    });
}

#[test]
fn decimal_numbers_are_exact() {
    agrees("model m(x: []) = 0.1*x + 1e-3 + 2.5e2*x^2", &[], |i| {
        let x = &i[0][0];
        vec![x / q(10, 1) + q(1, 1000) + q(250, 1) * x * x]
    });
}

#[test]
fn matmul_of_every_rank() {
    agrees("model m(x: 3) = [[1, 2, 3], [4, 5, 6]] @ x", &[2], |i| {
        let x = &i[0];
        vec![&x[0] + q(2, 1) * &x[1] + q(3, 1) * &x[2], q(4, 1) * &x[0] + q(5, 1) * &x[1] + q(6, 1) * &x[2]]
    });
    agrees("model m(x: 2) = x @ [[1, 2, 3], [4, 5, 6]]", &[3], |i| {
        let x = &i[0];
        (1..=3).map(|c| q(c, 1) * &x[0] + q(c + 3, 1) * &x[1]).collect()
    });
    agrees("model m(x: 2, y: 2) = x @ y", &[], |i| vec![&i[0][0] * &i[1][0] + &i[0][1] * &i[1][1]]);
    agrees("model m(x: [2, 3], y: [3, 2]) = x @ y", &[2, 2], |i| {
        let (x, y) = (&i[0], &i[1]);
        let entry = |r: usize, c: usize| (0..3).fold(Q::zero(), |s, k| s + &x[r * 3 + k] * &y[k * 2 + c]);
        vec![entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)]
    });
    // NumPy: a stack of matrices times one matrix.
    agrees("model m(x: [2, 1, 2], y: [2, 2]) = x @ y", &[2, 1, 2], |i| {
        let (x, y) = (&i[0], &i[1]);
        let entry = |b: usize, c: usize| (0..2).fold(Q::zero(), |s, k| s + &x[b * 2 + k] * &y[k * 2 + c]);
        vec![entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)]
    });
}

#[test]
fn indexing_and_slicing() {
    agrees("model m(x: [3, 4]) = x[1]", &[4], |i| i[0][4..8].to_vec());
    agrees("model m(x: [3, 4]) = x[1..3, 2]", &[2], |i| vec![i[0][6].clone(), i[0][10].clone()]);
    agrees("model m(x: [3, 4]) = x[.., 0]", &[3], |i| {
        vec![i[0][0].clone(), i[0][4].clone(), i[0][8].clone()]
    });
    agrees("model m(x: [3, 4]) = x[2][1..3]", &[2], |i| i[0][9..11].to_vec());
}

#[test]
fn stacking_joining_and_reshaping() {
    agrees("model m(x: 2) = [x, 2*x]", &[2, 2], |i| {
        let x = &i[0];
        vec![x[0].clone(), x[1].clone(), q(2, 1) * &x[0], q(2, 1) * &x[1]]
    });
    agrees("model m(x: 2, y: 2) = stack(x, y)", &[2, 2], |i| [i[0].as_slice(), i[1].as_slice()].concat());
    agrees("model m(x: 2, y: 3) = concat(x, y)", &[5], |i| [i[0].as_slice(), i[1].as_slice()].concat());
    agrees("model m(x: [2, 1], y: [2, 2]) = concat(x, y, axis: 1)", &[2, 3], |i| {
        let (x, y) = (&i[0], &i[1]);
        [&x[0], &y[0], &y[1], &x[1], &y[2], &y[3]].map(Q::clone).to_vec()
    });
    agrees("model m(x: [2, 3]) = reshape(x, [3, 2])", &[3, 2], |i| i[0].clone());
    agrees("model m(x: [2, 3]) = transpose(x)", &[3, 2], |i| {
        let x = &i[0];
        [0, 3, 1, 4, 2, 5].map(|k: usize| x[k].clone()).to_vec()
    });
    agrees("model m(x: [2, 2, 3]) = transpose(x, [1, 0, 2])", &[2, 2, 3], |i| {
        let x = &i[0];
        [0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11].map(|k: usize| x[k].clone()).to_vec()
    });
}

#[test]
fn constants_of_a_shape() {
    agrees("model m(x: 2) = zeros(2) + ones(2) * x[0]", &[2], |i| vec![i[0][0].clone(), i[0][0].clone()]);
    agrees("model m(x: 3) = eye(3) @ x", &[3], |i| i[0].clone());
    agrees("model m(x: 3) = onehot(1, 3) * x", &[3], |i| vec![Q::zero(), i[0][1].clone(), Q::zero()]);
    agrees("model m(x: 2) = diag(x)", &[2, 2], |i| {
        vec![i[0][0].clone(), Q::zero(), Q::zero(), i[0][1].clone()]
    });
    agrees("model m(x: [2, 2]) = diag(x)", &[2], |i| vec![i[0][0].clone(), i[0][3].clone()]);
}

#[test]
fn sums_and_products_of_vectors() {
    agrees("model m(x: [2, 2]) = sum(x)", &[], |i| vec![i[0].iter().fold(Q::zero(), |s, x| s + x)]);
    agrees("model m(x: [2, 2]) = sum(x, axis: 0)", &[2], |i| vec![&i[0][0] + &i[0][2], &i[0][1] + &i[0][3]]);
    agrees("model m(x: [2, 2]) = sum(x, axis: 1)", &[2], |i| vec![&i[0][0] + &i[0][1], &i[0][2] + &i[0][3]]);
    agrees("model m(x: 2, y: 2) = dot(x, y)", &[], |i| vec![&i[0][0] * &i[1][0] + &i[0][1] * &i[1][1]]);
    agrees("model m(x: 2, y: 3) = outer(x, y)", &[2, 3], |i| {
        i[0].iter().flat_map(|a| i[1].iter().map(move |b| a * b)).collect()
    });
}

#[test]
fn einsum_with_shared_repeated_and_summed_labels() {
    agrees("model m(x: [2, 3], y: 3) = einsum(\"ij,j->i\", x, y)", &[2], |i| {
        (0..2).map(|r| (0..3).fold(Q::zero(), |s, k| s + &i[0][r * 3 + k] * &i[1][k])).collect()
    });
    agrees("model m(x: [3, 3]) = einsum(\"ii->\", x)", &[], |i| vec![&i[0][0] + &i[0][4] + &i[0][8]]);
    agrees("model m(x: [2, 2], y: 2, z: 2) = einsum(\"ab,a,b->ba\", x, y, z)", &[2, 2], |i| {
        let entry = |b: usize, a: usize| &i[0][a * 2 + b] * &i[1][a] * &i[2][b];
        vec![entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)]
    });
    // One label on four operands, and one that only one operand has.
    agrees("model m(x: 2, y: [2, 3]) = einsum(\"a,a,a,ab->a\", x, x, x, y)", &[2], |i| {
        let cube = |a: usize| &i[0][a] * &i[0][a] * &i[0][a];
        (0..2).map(|a| cube(a) * (0..3).fold(Q::zero(), |s, b| s + &i[1][a * 3 + b])).collect()
    });
}

#[test]
fn functions_blocks_loops_and_pipes() {
    // x -> x^2 + 1, three times: the let in the body carries over.
    let source = "
        fn step(x, c) = x*x + c
        model m(x: []) = { let h = x; for i in 0..3 { let h = step(h, i); } h }
    ";
    agrees(source, &[], |i| {
        let mut h = i[0][0].clone();
        for k in 0..3 {
            h = &h * &h + q(k, 1);
        }
        vec![h]
    });
    agrees("fn f(a, b) = a - 2*b model m(x: []) = x |> f(3) |> f(b: x)", &[], |i| {
        let x = &i[0][0];
        vec![x - q(6, 1) - q(2, 1) * x]
    });
    agrees("model g(y: 2) = y[0]*y[1] model m(x: 2) = g(2*x) + g([x[1], 1])", &[], |i| {
        vec![q(4, 1) * &i[0][0] * &i[0][1] + &i[0][1]]
    });
}
