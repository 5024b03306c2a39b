//! Are two networks the same function? What `samenet::equality` answers about random ones.

mod classes;
mod rewrite;
