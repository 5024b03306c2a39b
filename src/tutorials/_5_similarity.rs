//! Similarity: how alike two functions are, and what `layerwise` does not say.
//!
//! # The cosine of two functions
//!
//! Two networks that differ may differ a little or a lot. To say how much, take functions as vectors. The
//! `gaussian` inner product of `f` and `g` is the mean of `f(x) . g(x)` over standard normal inputs `x`. The
//! *similarity* is the cosine `<f, g> / sqrt(<f, f> <g, g>)`, the *distance* is `|f - g| / |f|`. samenet
//! computes both from the weights, without samples, and exactly:
//!
//! ```
//! use samenet::{Program, similarity};
//!
//! let program = Program::open("examples/xor.same")?;
//! let cosine = similarity(&program.models[0], &program.models[1])?;
//! assert_eq!(cosine.squared().to_string(), "2/9");
//! assert_eq!(cosine.decimal(16), "0.4714045207910317");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This is a property of the two *functions*: however the weights are arranged, it stays the same, and a
//! distance of 0 means that both are one function. The cosine of the *weights*, for comparison, changes when
//! hidden units change places. `samenet similarity A B --metric parameters` computes that, as an estimate to
//! compare with.
//!
//! # Claims about it
//!
//! ```text
//! claim similarity(xor, xor_gated) >= 0.47
//! claim distance(xor, xor_gated) == 0 on {0, 1}
//! claim similarity(neighbours, alternating) == 0 under layerwise
//! ```
//!
//! No rounding takes part in the decision: the square of the similarity is a fraction, and so is that of the
//! bound. `on` takes the mean over the points of a finite domain; `under` names another inner product, a
//! [`Metric`](crate::domain::Metric).
//!
//! # What `layerwise` computes
//!
//! The exact similarity of deep networks is expensive. The recursion `layerwise` is cheap at any depth: it
//! carries means and covariances from layer to layer, and takes the operands of every product to be jointly
//! Gaussian. For one layer of products that is exact. From the second layer on it is not, because a product
//! of Gaussians is not Gaussian. Two pairs of models show what follows.
//!
//! **The same function, layerwise similarity 0.** In `examples/regrouped.same`, one model computes
//! `(x0 x1)(x2 x3)`, the other `(x0 x2)(x1 x3)`:
//!
//! ```text
//! claim "one function": neighbours == alternating
//! claim "exactly alike": similarity(neighbours, alternating) == 1
//! claim "not layer by layer": similarity(neighbours, alternating) == 0 under layerwise
//! ```
//!
//! ```
//! # use samenet::{Budget, Program, Status};
//! let program = Program::open("examples/regrouped.same")?;
//! for label in ["one function", "exactly alike", "not layer by layer"] {
//!     let claim = program.claims.iter().find(|claim| claim.label.as_deref() == Some(label)).expect(label);
//!     assert_eq!(claim.decide(&Budget::default())?.status, Status::Holds);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The recursion sees `x0 x1` and `x0 x2`, which are uncorrelated, and takes uncorrelated Gaussians to be
//! independent. So it does not see that the products of these are the same.
//!
//! **The same function, layerwise similarity 1/sqrt(27).** In `examples/same_features.same`, both models
//! compute the features `y = (x1^2, x1 x2, x2^2)`. One reads `y1 y3`, the other `y2^2`, and both of these are
//! `x1^2 x2^2`. If the features were Gaussian, they could take values with `y1 y3` other than `y2^2`. The
//! true features never do, but the recursion knows only their means and covariances.
//!
//! ```
//! use samenet::domain::Metric;
//! use samenet::similarity::{Pair, inner_products};
//! use samenet::{Budget, Program};
//!
//! let program = Program::open("examples/same_features.same")?;
//! let (a, b) = (&program.models[0].network, &program.models[1].network);
//! let cosine = |metric| {
//!     let pair = Pair { a, b, metric, domain: None };
//!     let inner = inner_products(&pair, &Budget::default())?.total();
//!     Ok::<_, samenet::similarity::Failure>(inner.similarity().expect("neither is zero"))
//! };
//! assert_eq!(cosine(Metric::Gaussian)?.squared().to_string(), "1");
//! assert_eq!(cosine(Metric::Layerwise)?.squared().to_string(), "1/27");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! So a layerwise similarity below 1, even 0, does **not** say that two functions differ. Nor is it a bound
//! on the exact similarity. For `x^4 - 3 x^2` against `x^2`, even the sign is another: the exact similarity
//! is `sqrt(2/7)`, the layerwise one is `-sqrt(2/15)`.
//!
//! # What `layerwise` does say
//!
//! In one direction it is a proof: **if the layerwise distance is exactly 0, the two models are the same
//! function**, at any depth. The distance of 0 covers every change of basis between layers, and all permuted,
//! rescaled, split or merged hidden units. Therefore [`equal`](crate::equal) tries it
//! (`grammar/certificate.md` has the proof). `samenet` never puts a layerwise number in place of an exact
//! one: you get it only under its own name.
//!
//! # When the exact number is too expensive
//!
//! samenet predicts the cost of a similarity before it begins, and refuses if the [`Budget`](crate::Budget)
//! does not suffice. Then you can
//!
//! * give it more time or memory; the refusal says how much;
//! * compute in floating point (`--float`), which is many times faster, but rounds;
//! * ask for `layerwise` by its name, and read it as above;
//! * ask whether the two are *equal*, which is easy at any depth.
