//! Checkpoints from 1 MB to 1 GB against a renamed copy and against near misses: time and memory of whole
//! processes, and how often SHA-256 would read the same two files in that time.
//!
//! `cargo bench --bench checkpoints` writes float32 files of several architectures to a temporary folder
//! (three times the largest size are needed there), and runs `samenet equal` on them. The copy has the same
//! tensors under other names and in the opposite order; a near miss has one weight, in the middle of an
//! early, a middle or a late tensor, changed in its last bit. Sizes in MB may be given:
//! `cargo bench --bench checkpoints -- 1 100`.

// A benchmark may stop at the first thing that is wrong.
#![allow(clippy::expect_used)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::random::Random;
use sha2::{Digest, Sha256};

/// Sizes that are run when none are given, in MB.
const SIZES: [usize; 4] = [1, 10, 100, 1024];

/// A model and its tensors.
struct Architecture {
    name: &'static str,
    tensors: Vec<(String, [usize; 2])>,
    /// The model as text; `<name>` stands for a tensor.
    model: String,
}

/// Architectures with about so many weights.
fn architectures(weights: usize) -> Vec<Architecture> {
    let root = |count: usize| ((count as f64).sqrt() as usize).max(16);
    let mut all = Vec::new();

    let width = root(weights / 36);
    let layer = |i: usize| ["l", "r", "d"].map(|part| (format!("{part}{i}"), [width, width]));
    all.push(Architecture {
        name: "12 bilinear layers",
        tensors: (0..12).flat_map(layer).collect(),
        model: format!(
            "model net(x: {width}) = {{ let h = x; for i in 0..12 \
             {{ let h = bilinear(h, left: <l{{i}}>, right: <r{{i}}>, down: <d{{i}}>); }} h }}"
        ),
    });

    let width = root(weights);
    for (name, model) in [("one matrix", "<w> @ x"), ("one, transposed", "transpose(<w>) @ x")] {
        all.push(Architecture {
            name,
            tensors: vec![("w".to_string(), [width, width])],
            model: format!("model net(x: {width}) = {model}"),
        });
    }

    let width = root(weights / 64);
    let words = (weights - 12 * width * width) / (2 * width);
    let mut tensors = vec![("embed".to_string(), [width, words])];
    tensors.extend((0..4).flat_map(|i| ["l", "r", "d"].map(|part| (format!("{part}{i}"), [width, width]))));
    tensors.push(("head".to_string(), [words, width]));
    all.push(Architecture {
        name: "embedding and head",
        tensors,
        model: format!(
            "model net(x: {words}) = {{ let h = <embed> @ x; for i in 0..4 \
             {{ let h = h + bilinear(h, left: <l{{i}}>, right: <r{{i}}>, down: <d{{i}}>); }} <head> @ h }}"
        ),
    });

    let width = root(weights / 24) / 8 * 8;
    let part = |i: usize| format!("<a{{i}}>[{}..{}]", i * width, (i + 1) * width);
    let parts: Vec<String> = (0..5).map(part).collect();
    all.push(Architecture {
        name: "attention, 8 heads",
        tensors: (0..4)
            .flat_map(|i| [(format!("a{i}"), [5 * width, width]), (format!("o{i}"), [width, width])])
            .collect(),
        model: format!(
            "model net(x: [4, {width}]) = {{ let h = x; for i in 0..4 \
             {{ let h = h + attention(h, {}, <o{{i}}>, heads: 8, mask: \"causal\"); }} h }}",
            parts.join(", ")
        ),
    });
    all
}

impl Architecture {
    /// Writes a file with these tensors in this order, and a model that reads it. Values depend on the tensor
    /// alone.
    fn write(&self, folder: &Path, file: &str, prefix: &str, order: &[usize]) -> PathBuf {
        let mut header = String::from("{");
        let mut offset = 0;
        for (i, &tensor) in order.iter().enumerate() {
            let (name, [rows, columns]) = &self.tensors[tensor];
            let end = offset + 4 * rows * columns;
            let comma = if i == 0 { "" } else { "," };
            header.push_str(&format!(
                "{comma}\"{prefix}{name}\":{{\"dtype\":\"F32\",\"shape\":[{rows},{columns}],\
                 \"data_offsets\":[{offset},{end}]}}"
            ));
            offset = end;
        }
        header.push('}');
        let path = folder.join(format!("{file}.safetensors"));
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&path).expect("a file can be written"));
        out.write_all(&(header.len() as u64).to_le_bytes()).expect("it is written");
        out.write_all(header.as_bytes()).expect("it is written");
        for &tensor in order {
            let (_, [rows, columns]) = self.tensors[tensor];
            let mut random = Random(tensor as u64 + 1);
            for _ in 0..rows * columns {
                out.write_all(&(random.weight() * 0.05).to_le_bytes()).expect("it is written");
            }
        }
        out.flush().expect("it is written");
        let model = self.model.replace('<', &format!("N[\"{prefix}")).replace('>', "\"]");
        let text = format!("weights N = \"{file}.safetensors\"\n{model}\n");
        std::fs::write(folder.join(format!("{file}.same")), text).expect("a file can be written");
        path
    }

    /// Where the entry in the middle of a tensor is, in a file with all tensors in order.
    fn middle(&self, path: &Path, tensor: usize) -> u64 {
        let mut length = [0; 8];
        File::open(path).and_then(|mut file| file.read_exact(&mut length)).expect("the file is there");
        let size = |&(_, [rows, columns]): &(String, [usize; 2])| rows * columns;
        let before: usize = self.tensors[..tensor].iter().map(size).sum();
        8 + u64::from_le_bytes(length) + 4 * (before + size(&self.tensors[tensor]) / 2) as u64
    }
}

/// Changes the last bit of the weight at a place.
fn flip(path: &Path, place: u64) {
    let mut file = File::options().read(true).write(true).open(path).expect("the file is there");
    let mut byte = [0];
    file.seek(SeekFrom::Start(place)).expect("it is long enough");
    file.read_exact(&mut byte).expect("it is long enough");
    file.seek(SeekFrom::Start(place)).expect("it is long enough");
    file.write_all(&[byte[0] ^ 1]).expect("it is written");
}

/// Seconds and the most memory in MB of a process, its exit code, and its first line.
fn run(folder: &Path, other: &str) -> (f64, f64, i32, String) {
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_samenet"))
        .args(["equal", "a.same", &format!("{other}.same")])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("samenet starts");
    let status = format!("/proc/{}/status", child.id());
    let mut said = child.stdout.take().expect("it was asked for");
    let reader = thread::spawn(move || {
        let mut text = String::new();
        let _ = said.read_to_string(&mut text);
        text
    });
    // The system keeps the highest value; it has to be asked for before the process ends.
    let mut most = 0.0f64;
    let code = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status.code().unwrap_or(-1);
        }
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let kilobytes = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes =
            kilobytes.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok());
        most = most.max(kilobytes.unwrap_or(0.0) / 1024.0);
        thread::sleep(Duration::from_millis(2));
    };
    let seconds = start.elapsed().as_secs_f64();
    let text = reader.join().expect("it reads");
    (seconds, most, code, text.lines().next().unwrap_or_default().to_string())
}

/// Seconds that this program's own SHA-256 takes over two files, one after the other.
fn own_sha256(paths: [&Path; 2]) -> f64 {
    let start = Instant::now();
    let mut buffer = vec![0; 1 << 18];
    for path in paths {
        let mut file = File::open(path).expect("the file is there");
        let mut hasher = Sha256::new();
        loop {
            let count = file.read(&mut buffer).expect("it can be read");
            if count == 0 {
                break;
            }
            hasher.update(&buffer[..count]);
        }
        assert_ne!(hasher.finalize()[..], [0; 32]);
    }
    start.elapsed().as_secs_f64()
}

/// Seconds that a command takes over two files, if there is such a command.
fn command_sha256(command: &[&str], paths: [&Path; 2]) -> Option<f64> {
    let start = Instant::now();
    let output = Command::new(command[0]).args(&command[1..]).args(paths).output().ok()?;
    output.status.success().then(|| start.elapsed().as_secs_f64())
}

fn main() {
    let given: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if given.is_empty() { SIZES.to_vec() } else { given };
    println!(
        "{:>5}  {:<20} {:<12} {:>8} {:>8}  {:>7} {:>9} {:>7}  {:>6}  verdict",
        "MB", "model", "against", "seconds", "MB used", "sha2", "sha256sum", "openssl", "ratio"
    );
    for size in sizes {
        for architecture in architectures(size << 18) {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let order: Vec<usize> = (0..architecture.tensors.len()).collect();
            let reversed: Vec<usize> = order.iter().rev().copied().collect();
            let a = architecture.write(folder.path(), "a", "", &order);
            let b = architecture.write(folder.path(), "b", "renamed.", &reversed);
            let c = architecture.write(folder.path(), "c", "", &order);
            let last = order.len() - 1;
            let mut pairs = vec![("copy", "b", &b, None), ("early bit", "c", &c, Some(0))];
            if last > 0 {
                pairs.push(("middle bit", "c", &c, Some(last / 2)));
                pairs.push(("late bit", "c", &c, Some(last)));
            }
            for (against, other, path, tensor) in pairs {
                let place = tensor.map(|tensor| architecture.middle(&c, tensor));
                if let Some(place) = place {
                    flip(&c, place);
                }
                let own = own_sha256([&a, path]);
                let sha256sum = command_sha256(&["sha256sum"], [&a, path]);
                let openssl = command_sha256(&["openssl", "dgst", "-sha256"], [&a, path]);
                let (seconds, memory, code, said) = run(folder.path(), other);
                assert_eq!(code, i32::from(tensor.is_some()), "{said}");
                let fastest =
                    [Some(own), sha256sum, openssl].into_iter().flatten().fold(f64::INFINITY, f64::min);
                let show = |seconds: Option<f64>| seconds.map_or("-".to_string(), |s| format!("{s:.3}"));
                println!(
                    "{size:>5}  {:<20} {against:<12} {seconds:>8.3} {memory:>8.0}  {own:>7.3} {:>9} {:>7}  \
                     {:>6.2}  {said}",
                    architecture.name,
                    show(sha256sum),
                    show(openssl),
                    seconds / fastest
                );
                if let Some(place) = place {
                    flip(&c, place);
                }
            }
        }
    }
}
