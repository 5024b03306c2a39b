//! The cost of an exact layerwise distance of zero: a table by depth and width.
//!
//! `cargo bench --bench layerwise` takes random bilinear networks `x -> D ((L x) * (R x))`, one layer after
//! the other, with weights from -2 to 2, and the same functions with their hidden symmetries used up: in
//! every layer hidden units permuted, their signs changed, factors swapped, a quarter split, and between
//! every two layers the basis changed by a random unimodular matrix. Each pair is proved equal by the
//! layerwise distance alone. `bits` is the length of the proven bound on the squared distance, `primes` how
//! many primes below `2^23` exceed it, `max |w|` the largest weight of the second network, `peak` what the
//! process occupied at most (Linux).
//!
//! `cargo bench --bench layerwise -- 6 32` is the row for depth 6 and width 32.

// A benchmark may stop at the first thing that is wrong.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::Instant;

use common::layers::Layers;
use common::random::Random;
use samenet::equality::{Approach, decide_by};
use samenet::{Budget, Domain, Method, Question, Relation, Verdict};

const DEPTHS: std::ops::RangeInclusive<usize> = 1..=8;
const WIDTHS: [usize; 4] = [8, 16, 32, 64];
/// Memory for a row, in bytes.
const MEMORY: u64 = 6 << 30;

fn main() {
    let wanted: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    println!("| depth | width | max \\|w\\| | bits | primes | seconds | peak MB |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for depth in DEPTHS {
        for width in WIDTHS {
            if matches!(wanted.as_slice(), [d, w] if (*d, *w) != (depth, width)) {
                continue;
            }
            row(depth, width);
        }
    }
}

fn row(depth: usize, width: usize) {
    let mut random = Random((depth * 1000 + width) as u64);
    let layers = Layers::random(depth, width, &mut random);
    let other = layers.disguised(&mut random);
    let weights = other.0.iter().flat_map(|layer| [&layer.left, &layer.right, &layer.down]);
    let largest = weights.flatten().flatten().map(|weight| weight.abs()).max().unwrap_or(0);
    let (a, b) = (layers.network(), other.network());
    let options = Budget::default().memory(MEMORY).certain_only();
    let domain = Domain::everywhere(1);
    let question = Question { a: &a, b: &b, relation: Relation::Equal, domain: &domain };
    // Resets the peak.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let start = Instant::now();
    let verdict = decide_by(&question, &options, Approach::Layerwise).expect("the shapes fit");
    let seconds = start.elapsed().as_secs_f64();
    let Verdict::Equal(proof) = &verdict else { panic!("depth {depth}, width {width}: {verdict:?}") };
    let Method::Layerwise { levels, bound_log2 } = proof.method else { panic!("{proof:?}") };
    assert_eq!(levels as usize, depth);
    let primes = (bound_log2 + 1).div_ceil(23);
    let peak = peak().map_or("?".to_string(), |peak| peak.to_string());
    println!("| {depth} | {width} | {largest} | {bound_log2} | {primes} | {seconds:.2} | {peak} |");
}

/// The most memory that the process has occupied, in MB.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes >> 10)
}
