//! A trained checkpoint: is the network now the circuit that it was meant to learn?
//!
//! # Weights from a file
//!
//! `weights` gives a file a name, and `NAME["tensor"]` is a tensor of it. This is the core of
//! `examples/checkpoint.same`, a residual network of two bilinear layers:
//!
//! ```text
//! weights NET = "checkpoint/step_1000.safetensors"
//!
//! fn net(x, W, layers) = {
//!   let h = W["embed.weight"] @ x;
//!   for i in 0..layers {
//!     let h = h + bilinear(h,
//!       left: W["body.{i}.l.weight"], right: W["body.{i}.r.weight"], down: W["body.{i}.d.weight"]);
//!   }
//!   sum(W["head.weight"] @ h)
//! }
//!
//! model trained(x: 4) = net(x, NET, 2)
//! model circuit(x: 4) = x[0]*x[1]*x[2]*x[3]
//! claim "it has learned AND, on all inputs": trained == circuit
//! ```
//!
//! Files may be `.safetensors`, `.npz`, `.npy`, or the index of a checkpoint in several files. A float is
//! read as the fraction that it denotes, so nothing is rounded, and "equal" means equal.
//!
//! ```
//! use samenet::{Budget, Program, Status};
//!
//! let program = Program::open("examples/checkpoint.same")?;
//! let learned = &program.claims[0];
//! assert_eq!(learned.decide(&Budget::default())?.status, Status::Holds);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The hidden units of the checkpoint are permuted, rescaled and split, and its residual stream has another
//! basis than the formula has. None of that matters: the question is about the function, not about the
//! weights.
//!
//! # Another checkpoint
//!
//! [`Bindings`](crate::Bindings) read other weights under the same name, as `--set` does on the command line.
//! [`Program::load`](crate::Program::load) takes them; it also leaves the texts that it read in
//! [`Sources`](crate::Sources), to show the places that its errors point at. At step 500 one weight is still
//! 2^-12 off:
//!
//! ```
//! # use samenet::{Budget, Status};
//! use std::path::Path;
//!
//! use samenet::{Bindings, Program, Sources};
//!
//! let file = Path::new("examples/checkpoint.same");
//! let step_500 = Bindings(vec![("NET".to_string(), "examples/checkpoint/step_500.safetensors".into())]);
//! let program = Program::load(file, &step_500, &mut Sources::default()).expect("no mistakes");
//! let answer = program.claims[0].decide(&Budget::default())?;
//! assert_eq!(answer.status, Status::Fails);
//! println!("{answer}"); // fails: different, at x = [0, 1, 1, -1]
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A difference of 2^-12 in one weight is a difference. If you want to know *how much* it matters, ask for
//! the distance instead ([part 5](super::_5_similarity)): the file claims that the similarity of the two is
//! above 0.9999999. If you want to know *where* it is, `samenet equal` says it: on which outputs, in which
//! degrees, by which coefficients, and in which hidden unit of which layer.
//!
//! ```text
//! samenet check examples/checkpoint.same --set NET=examples/checkpoint/step_500.safetensors
//! samenet equal examples/checkpoint.same::trained examples/checkpoint.same::trained \
//!     --set-a NET=examples/checkpoint/step_500.safetensors
//! ```
//!
//! # Many checkpoints
//!
//! `samenet classes` sorts one model with many files of weights into classes of equal functions, with about
//! as many comparisons as there are files:
//!
//! ```text
//! samenet classes examples/checkpoint.same::trained --each 'NET=examples/checkpoint/*.safetensors'
//! ```
//!
//! # How large may it be?
//!
//! Files may have gigabytes: large tensors stay on disk, and samenet reads them block by block. What a
//! question takes depends on the method more than on the size. `samenet show MODEL` predicts it for every
//! method, and the README has measured tables.
//!
//! Next: [an answer that others can check](super::_4_reading_a_certificate).
