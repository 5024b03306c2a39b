//! One exact inner product of the one-layer recursion, 784-128-256-10, from float32 weights.
//!
//! `cargo bench --bench exact` writes the weights of two networks `x -> D ((L E x) * (R E x))` to safetensors
//! files and their Gaussian inner product as a model without inputs to a `.same` file: with
//! `S_uv = u E E'^T v'^T`, `<f, g> = sum_o D (S_ll' S_rr' + S_lr' S_rl' + diag(S_lr) diag(S_l'r')^T) D'^T`.
//! It is evaluated in doubles and exactly; python-flint, if Python has it, does the same matrix products on
//! the same integers (`exact.py`); and the plain rational evaluator does a part of them. They take turns, so
//! that the machine's speed cancels in the ratios. With one thread, processor time is measured, which other
//! programs do not affect.

// A benchmark may stop at the first thing that is wrong.
#![allow(clippy::expect_used)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use common::random::Random;
use cpu_time::ProcessTime;
use num_rational::BigRational;
use num_traits::ToPrimitive;
use safetensors::tensor::{Dtype, TensorView};
use samenet::arithmetic::{BitBudget, Floats, Rationals, Route, exact_values, exact_values_by};
use samenet::network::{Builder, Constant, Data, Einsum, Shape};
use samenet::{Bindings, Network, Program, Sources, evaluate};

const INPUT: usize = 784;
const EMBED: usize = 128;
const HIDDEN: usize = 256;
const OUTPUT: usize = 10;
/// Repetitions in turn, of which the median counts.
const RUNS: usize = 11;

/// Normal with variance one over the number of columns.
fn weights(random: &mut Random, rows: usize, columns: usize) -> Vec<f32> {
    let normal = |u: f64, v: f64| (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos();
    let scale = (columns as f64).sqrt().recip();
    (0..rows * columns).map(|_| (normal(random.uniform(), random.uniform()) * scale) as f32).collect()
}

const SHAPES: [(&str, usize, usize); 4] =
    [("embed", EMBED, INPUT), ("left", HIDDEN, EMBED), ("right", HIDDEN, EMBED), ("down", OUTPUT, HIDDEN)];

const MODEL: &str = r#"
weights A = "a.safetensors"
weights B = "b.safetensors"

fn gaussian(A, B) = {
  let s = einsum("ij,kj->ik", A["embed"], B["embed"]);
  let l = A["left"] @ s;
  let r = A["right"] @ s;
  let ll = einsum("ij,kj->ik", l, B["left"]);
  let rr = einsum("ij,kj->ik", r, B["right"]);
  let lr = einsum("ij,kj->ik", l, B["right"]);
  let rl = einsum("ij,kj->ik", r, B["left"]);
  let own_a = einsum("ij,ij->i", A["left"] @ einsum("ij,kj->ik", A["embed"], A["embed"]), A["right"]);
  let own_b = einsum("ij,ij->i", B["left"] @ einsum("ij,kj->ik", B["embed"], B["embed"]), B["right"]);
  einsum("oi,ij,oj->", A["down"], ll * rr + lr * rl, B["down"]) + dot(A["down"] @ own_a, B["down"] @ own_b)
}
model inner() = gaussian(A, B)
"#;

/// The multiplications of the matrix products, by the kind of their factors: two matrices of weights; a
/// matrix of weights and a product of two; a product of four and a matrix of weights.
const MULTIPLICATIONS: [usize; 3] =
    [3 * EMBED * INPUT * EMBED, 4 * HIDDEN * EMBED * EMBED, 4 * HIDDEN * EMBED * HIDDEN];

/// python-flint in a process of its own.
struct Flint {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Flint {
    /// `None` when Python cannot import it.
    fn start(a: &Path, b: &Path) -> Option<Flint> {
        let installed = Command::new("python3").args(["-c", "import flint, numpy"]).output().ok()?;
        if !installed.status.success() {
            return None;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/exact.py");
        let mut process = Command::new("python3")
            .arg(script)
            .args([a, b])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let (to, from) = (process.stdin.take()?, BufReader::new(process.stdout.take()?));
        Some(Flint { process, to, from })
    }

    fn ask(&mut self, what: &str) -> String {
        writeln!(self.to, "{what}").expect("the process listens");
        let mut line = String::new();
        self.from.read_line(&mut line).expect("the process answers");
        line.trim().to_string()
    }
}

/// Seconds on the wall, and of processor time.
fn seconds<T>(work: impl FnOnce() -> T) -> ([f64; 2], T) {
    let (start, busy) = (Instant::now(), ProcessTime::now());
    let result = work();
    ([start.elapsed().as_secs_f64(), busy.elapsed().as_secs_f64()], result)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// `rows x k` times `k x columns`, or several such products of the same sizes, over the plain rationals:
/// seconds for one multiplication.
fn rational_seconds(k: usize, left: Vec<BigRational>, right: Vec<BigRational>) -> f64 {
    let mut builder = Builder::new();
    let (m, n) = (left.len() / k, right.len() / k);
    let mut constant = |rows: usize, values: Vec<BigRational>| {
        let shape = Shape::new([rows, k]).expect("the shape is small");
        builder.constant(Arc::new(Constant::new(shape, Data::Rational(values)).expect("the entries fit")))
    };
    let operands = vec![constant(m, left), constant(n, right)];
    let spec = Einsum { operands: vec![vec![0, 2], vec![1, 2]], output: vec![0, 1] };
    let product = builder.contract(operands, spec).expect("the shapes fit");
    let network = builder.network(Vec::new(), product);
    let (time, _) = seconds(|| evaluate(&Rationals::new(), &network, &[]).expect("it can be evaluated"));
    time[1] / (m * k * n) as f64
}

/// What the plain rational evaluator would take for the matrix products, from blocks of 8 x 8 entries of each
/// kind.
fn extrapolated(a: &[Vec<f32>], b: &[Vec<f32>]) -> f64 {
    let exactly = |values: &[f32]| -> Vec<BigRational> {
        values.iter().map(|&x| BigRational::from_float(x).expect("weights are finite")).collect()
    };
    let dot = |x: &[BigRational], y: &[BigRational]| x.iter().zip(y).map(|(x, y)| x * y).sum::<BigRational>();
    let (embed_a, embed_b) = (exactly(&a[0]), exactly(&b[0][..8 * INPUT]));
    let weights = rational_seconds(INPUT, embed_a[..8 * INPUT].to_vec(), embed_b.clone());
    // Eight columns of E E'^T, transposed, and eight rows of L E E'^T (whose other entries are as long).
    let columns: Vec<BigRational> = embed_b
        .chunks(INPUT)
        .flat_map(|y| embed_a.chunks(INPUT).map(|x| dot(x, y)).collect::<Vec<_>>())
        .collect();
    let left: Vec<BigRational> = exactly(&a[1][..8 * EMBED]);
    let second = rational_seconds(EMBED, left.clone(), columns.clone());
    let entry = |i: usize| dot(&left[(i % 8) * EMBED..(i % 8 + 1) * EMBED], &columns[..EMBED]);
    let eight: Vec<BigRational> = (0..8).map(entry).collect();
    let rows: Vec<BigRational> = (0..8 * EMBED).map(|i| eight[i % 8].clone()).collect();
    let third = rational_seconds(EMBED, rows, exactly(&b[1][..8 * EMBED]));
    [weights, second, third].iter().zip(MULTIPLICATIONS).map(|(each, count)| each * count as f64).sum()
}

fn compare(network: &Network, mut flint: Option<&mut Flint>, rational: f64) {
    let threads = rayon::current_num_threads();
    // Wall time would include other programs on the machine.
    let clock = usize::from(threads == 1);
    let mut times = [const { Vec::new() }; 5];
    let budget = BitBudget::default();
    let mut values = None;
    for _ in 0..RUNS {
        let (time, float) = seconds(|| evaluate(&Floats::VALUES, network, &[]).expect("it can be evaluated"));
        times[0].push(time[clock]);
        let (time, exact) = seconds(|| exact_values(network, &[], &budget).expect("it can be evaluated"));
        times[1].push(time[clock]);
        for (place, route) in [(2, Route::SmallPrimes), (4, Route::LargePrimes)] {
            if times[place].len() < 5 {
                let by_route = || exact_values_by(route, network, &[], &budget).expect("it can be evaluated");
                let (time, same) = seconds(by_route);
                times[place].push(time[clock]);
                assert_eq!(same, exact);
            }
        }
        if let Some(flint) = &mut flint {
            let said = flint.ask(&format!("run {threads}"));
            let time = said.split(' ').nth(clock).expect("two numbers");
            times[3].push(time.parse().expect("a number of seconds"));
        }
        values = Some((float.data()[0], exact.data()[0].clone()));
    }
    let (float, exact) = values.expect("there is at least one run");
    let nearest = exact.to_f64().expect("the value is of ordinary size");
    assert!((float - nearest).abs() <= 1e-9 * nearest.abs(), "{float} {nearest}");
    let [float, ours, small, theirs, large] =
        times.map(|times| if times.is_empty() { f64::NAN } else { median(times) });
    let kind = ["", " of processor time"][clock];
    println!("{threads} thread(s), medians of {RUNS} runs in turn, milliseconds{kind}:");
    println!("  doubles                         {:10.2}", float * 1e3);
    println!("  exact                           {:10.2}   {:.1} times the doubles", ours * 1e3, ours / float);
    println!("  exact, not in stages            {:10.2}", small * 1e3);
    println!("  exact, primes of 62 bits alone  {:10.2}", large * 1e3);
    println!(
        "  plain rationals (extrapolated)  {:10.0}   {:.0} times the exact",
        rational * 1e3,
        rational / ours
    );
    match flint {
        Some(flint) => {
            println!(
                "  python-flint, matrix products   {:10.2}   {:.1} times the exact",
                theirs * 1e3,
                theirs / ours
            );
            assert_eq!(flint.ask("value"), exact.to_string(), "FLINT finds the same number");
        }
        None => println!("  python3 with python-flint and NumPy: not installed"),
    }
}

fn main() {
    let mut random = Random(2);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut networks = Vec::new();
    for name in ["a.safetensors", "b.safetensors"] {
        let tensors: Vec<Vec<f32>> =
            SHAPES.iter().map(|&(_, rows, columns)| weights(&mut random, rows, columns)).collect();
        let bytes: Vec<Vec<u8>> =
            tensors.iter().map(|values| values.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
        let views = SHAPES.iter().zip(&bytes).map(|(&(name, rows, columns), bytes)| {
            (name, TensorView::new(Dtype::F32, vec![rows, columns], bytes).expect("the shape fits"))
        });
        safetensors::serialize_to_file(views, None, &folder.path().join(name))
            .expect("a file can be written");
        networks.push(tensors);
    }
    let path = folder.path().join("inner.same");
    std::fs::write(&path, MODEL).expect("a file can be written");
    let program =
        Program::load(&path, &Bindings::default(), &mut Sources::default()).expect("the file is right");
    let network = &program.models[0].network;

    println!(
        "one inner product of the one-layer recursion, {INPUT}-{EMBED}-{HIDDEN}-{OUTPUT}, float32 weights"
    );
    let rational = extrapolated(&networks[0], &networks[1]);
    let mut flint = Flint::start(&folder.path().join("a.safetensors"), &folder.path().join("b.safetensors"));
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started");
    one.install(|| compare(network, flint.as_mut(), rational));
    compare(network, flint.as_mut(), rational);

    let (time, output) = seconds(|| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samenet"));
        command.arg("eval").arg(&path).args(["--at", "{}"]).output().expect("the command starts")
    });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    println!("samenet eval inner.same --at '{{}}', the whole process: {:.0} ms", time[0] * 1e3);
    if let Some(mut flint) = flint {
        drop(flint.to);
        flint.process.wait().expect("the process ends");
    }
}
