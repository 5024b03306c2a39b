//! Whether two networks are the same function: the answers of `samenet::equality` for random networks.

mod classes;
mod finite;
mod rewrite;
mod turns;
