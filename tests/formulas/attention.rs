//! Bilinear attention: masks, heads, rotary embeddings, score scale.

use num_rational::BigRational;
use num_traits::{One, Zero};

use crate::{Q, agrees, q};

const SEQUENCE: usize = 3;
const WIDTH: usize = 4;

/// A matrix with small entries that differ from `seed` to `seed`.
fn weights(seed: usize, rows: usize, columns: usize) -> Vec<Vec<Q>> {
    let entry =
        |i: usize, j: usize| q(((i * 5 + j * 3 + seed * 7) % 9) as i64 - 4, 1 + ((i + j + seed) % 2) as i64);
    (0..rows).map(|i| (0..columns).map(|j| entry(i, j)).collect()).collect()
}

fn literal(matrix: &[Vec<Q>]) -> String {
    let rows: Vec<String> = matrix
        .iter()
        .map(|row| format!("[{}]", row.iter().map(Q::to_string).collect::<Vec<_>>().join(", ")))
        .collect();
    format!("[{}]", rows.join(", "))
}

struct Head<'a> {
    heads: usize,
    mask: &'a dyn Fn(usize, usize) -> Q,
    scale: Q,
    /// cos and sin at `[position][pair]`, or nothing.
    rotary: Option<(Vec<Vec<Q>>, Vec<Vec<Q>>)>,
}

fn apply(matrix: &[Vec<Q>], x: &[Q]) -> Vec<Q> {
    matrix.iter().map(|row| row.iter().zip(x).fold(Q::zero(), |s, (w, x)| s + w * x)).collect()
}

/// The definition, with five nested loops.
fn attention(x: &[Q], projections: &[Vec<Vec<Q>>; 6], head: &Head<'_>) -> Vec<Q> {
    let [q1, k1, q2, k2, v, o] = projections;
    let d = q1.len() / head.heads;
    let rows: Vec<&[Q]> = x.chunks(WIDTH).collect();
    let rotated = |matrix: &[Vec<Q>], s: usize, h: usize| -> Vec<Q> {
        let y = apply(matrix, rows[s])[h * d..(h + 1) * d].to_vec();
        let Some((cos, sin)) = &head.rotary else { return y };
        let half = d / 2;
        (0..d)
            .map(|j| {
                if j < half {
                    &y[j] * &cos[s][j] - &y[j + half] * &sin[s][j]
                } else {
                    &y[j] * &cos[s][j - half] + &y[j - half] * &sin[s][j - half]
                }
            })
            .collect()
    };
    let dot = |a: &[Q], b: &[Q]| a.iter().zip(b).fold(Q::zero(), |s, (a, b)| s + a * b);
    let mut output = Vec::new();
    for s in 0..rows.len() {
        let mut z = Vec::new();
        for h in 0..head.heads {
            let mut sum = vec![Q::zero(); v.len() / head.heads];
            for t in 0..rows.len() {
                let first = dot(&rotated(q1, s, h), &rotated(k1, t, h));
                let second = dot(&rotated(q2, s, h), &rotated(k2, t, h));
                let weight = (head.mask)(s, t) * first * second * &head.scale * &head.scale;
                let width = sum.len();
                let value = &apply(v, rows[t])[h * width..(h + 1) * width];
                sum.iter_mut().zip(value).for_each(|(sum, v)| *sum += &weight * v);
            }
            z.extend(sum);
        }
        output.extend(apply(o, &z));
    }
    output
}

fn check(options: &str, definitions: &str, head: &Head<'_>) {
    let projections = [0, 1, 2, 3, 4, 5].map(|seed| weights(seed, WIDTH, WIDTH));
    let mut source = definitions.to_string();
    for (name, matrix) in ["q1", "k1", "q2", "k2", "v", "o"].iter().zip(&projections) {
        source += &format!("let {name} = {}\n", literal(matrix));
    }
    source += &format!("model m(x: [{SEQUENCE}, {WIDTH}]) = attention(x, q1, k1, q2, k2, v, o{options})");
    agrees(&source, &[SEQUENCE, WIDTH], |i| attention(&i[0], &projections, head));
}

fn causal(s: usize, t: usize) -> Q {
    if t <= s { Q::one() } else { Q::zero() }
}

#[test]
fn masks() {
    let scale = q(1, 4);
    check(
        ", heads: 1, mask: \"none\"",
        "",
        &Head { heads: 1, mask: &|_, _| Q::one(), scale: scale.clone(), rotary: None },
    );
    check(
        ", heads: 1, mask: \"causal\"",
        "",
        &Head { heads: 1, mask: &causal, scale: scale.clone(), rotary: None },
    );
    let diagonal = |s: usize, t: usize| if s == t { Q::one() } else { Q::zero() };
    check(
        ", heads: 1, mask: \"diag\"",
        "",
        &Head { heads: 1, mask: &diagonal, scale: scale.clone(), rotary: None },
    );
    let own = |s: usize, t: usize| q((s * 3 + t) as i64 - 4, 1 + t as i64);
    let table: Vec<Vec<Q>> = (0..SEQUENCE).map(|s| (0..SEQUENCE).map(|t| own(s, t)).collect()).collect();
    let definitions = format!("let M = {}\n", literal(&table));
    check(", heads: 1, mask: M", &definitions, &Head { heads: 1, mask: &own, scale, rotary: None });
}

/// Two heads of two: rows are head-major, and the default score scale is one over the head's width.
#[test]
fn heads_and_score_scale() {
    check(
        ", heads: 2, mask: \"causal\"",
        "",
        &Head { heads: 2, mask: &causal, scale: q(1, 2), rotary: None },
    );
    check(
        ", heads: 4, mask: \"causal\"",
        "",
        &Head { heads: 4, mask: &causal, scale: q(1, 1), rotary: None },
    );
    let options = ", heads: 2, mask: \"none\", score_scale: 3/5";
    check(options, "", &Head { heads: 2, mask: &|_, _| Q::one(), scale: q(3, 5), rotary: None });
}

/// Angles 0, 1, 2 for the first pair and 0, 0.01, 0.02 for the second: base 10000, heads of four. The decimals
/// are the shortest that read back as the correctly rounded float64.
#[test]
fn rotary_tables_are_correctly_rounded() {
    let cos =
        [[1.0, 1.0], [0.5403023058681398, 0.9999500004166653], [-0.4161468365471424, 0.9998000066665778]];
    let sin =
        [[0.0, 0.0], [0.8414709848078965, 0.009999833334166664], [0.9092974268256817, 0.01999866669333308]];
    let exact = |table: &[[f64; 2]; 3]| -> Vec<Vec<Q>> {
        table.iter().map(|row| row.iter().map(|&x| BigRational::from_float(x).unwrap()).collect()).collect()
    };
    let rotary = Some((exact(&cos), exact(&sin)));
    check(
        ", heads: 1, mask: \"causal\", rotary: 10000",
        "",
        &Head { heads: 1, mask: &causal, scale: q(1, 4), rotary },
    );
}

/// Tables given by hand, rational but not on the unit circle.
#[test]
fn rotary_tables_can_be_given() {
    let table = |seed: usize| weights(seed, SEQUENCE, 1);
    let definitions = format!("let c = {}\nlet s = {}\n", literal(&table(1)), literal(&table(2)));
    let head = Head { heads: 2, mask: &causal, scale: q(1, 2), rotary: Some((table(1), table(2))) };
    check(", heads: 2, mask: \"causal\", rotary_cos: c, rotary_sin: s", &definitions, &head);
}
