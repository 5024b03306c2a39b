//! `linear` and `bilinear`, on vectors and on sequences.

use num_traits::Zero;

use crate::{Q, agrees, q};

/// A 2x3 matrix and two 2x2 ones, as text and as numbers.
const W: [[i64; 3]; 2] = [[1, -2, 3], [0, 4, -1]];
const R: [[i64; 3]; 2] = [[2, 1, 0], [-3, 1, 1]];
const D: [[i64; 2]; 3] = [[1, 2], [0, -1], [5, 1]];
const MATRICES: &str = "
    let W = [[1, -2, 3], [0, 4, -1]]
    let R = [[2, 1, 0], [-3, 1, 1]]
    let D = [[1, 2], [0, -1], [5, 1]]
";

pub fn apply<const N: usize>(matrix: &[[i64; N]], x: &[Q]) -> Vec<Q> {
    matrix.iter().map(|row| row.iter().zip(x).fold(Q::zero(), |s, (&w, x)| s + q(w, 1) * x)).collect()
}

fn bilinear(x: &[Q], bias: &[Q]) -> Vec<Q> {
    let hidden: Vec<Q> = apply(&W, x).iter().zip(apply(&R, x)).map(|(l, r)| l * r).collect();
    apply(&D, &hidden).into_iter().zip(bias).map(|(y, b)| y + b).collect()
}

#[test]
fn linear_with_and_without_bias() {
    agrees(&format!("{MATRICES} model m(x: 3) = linear(x, W)"), &[2], |i| apply(&W, &i[0]));
    agrees(&format!("{MATRICES} model m(x: 3) = x |> linear(W, bias: [1, 1/2])"), &[2], |i| {
        apply(&W, &i[0]).into_iter().zip([q(1, 1), q(1, 2)]).map(|(y, b)| y + b).collect()
    });
}

#[test]
fn linear_acts_on_the_last_axis_of_a_sequence() {
    agrees(&format!("{MATRICES} model m(x: [2, 3]) = linear(x, W, bias: [7, 0])"), &[2, 2], |i| {
        let row = |x: &[Q]| {
            apply(&W, x).into_iter().zip([q(7, 1), q(0, 1)]).map(|(y, b)| y + b).collect::<Vec<_>>()
        };
        [row(&i[0][..3]), row(&i[0][3..])].concat()
    });
}

#[test]
fn bilinear_is_down_of_left_times_right() {
    let zero = vec![Q::zero(); 3];
    agrees(&format!("{MATRICES} model m(x: 3) = bilinear(x, left: W, right: R, down: D)"), &[3], |i| {
        bilinear(&i[0], &zero)
    });
    agrees(&format!("{MATRICES} model m(x: 3) = bilinear(x, W, R, D, bias: [1, 2, 3])"), &[3], |i| {
        bilinear(&i[0], &[q(1, 1), q(2, 1), q(3, 1)])
    });
    agrees(&format!("{MATRICES} model m(x: [2, 3]) = x + bilinear(x, W, R, D)"), &[2, 3], |i| {
        let row = |x: &[Q]| x.iter().zip(bilinear(x, &zero)).map(|(x, y)| x + y).collect::<Vec<_>>();
        [row(&i[0][..3]), row(&i[0][3..])].concat()
    });
}
