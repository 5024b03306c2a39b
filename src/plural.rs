//! Numbers with their nouns, in messages.

use std::fmt::Display;

/// `1 prime`, `3 primes`
pub fn plural<N: Display + PartialEq + From<u8>>(count: N, one: &str, many: &str) -> String {
    let noun = if count == N::from(1) { one } else { many };
    format!("{count} {noun}")
}
