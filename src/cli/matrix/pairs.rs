//! Which pairs of models are compared, and in which order.

use std::fmt;

/// A part of the pairs: the `part`-th of `of`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shard {
    /// Which.
    pub part: usize,
    /// Of how many.
    pub of: usize,
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

/// `2/8`
pub fn shard(text: &str) -> Result<Shard, String> {
    let parsed = text.split_once('/').and_then(|(part, of)| {
        let (part, of) = (part.trim().parse().ok()?, of.trim().parse().ok()?);
        Some(Shard { part, of })
    });
    match parsed {
        Some(shard) if shard.part == 0 => Err("parts are counted from 1: the first of 8 is 1/8".to_string()),
        Some(shard) if shard.part > shard.of => Err(format!("there is no part {shard}")),
        Some(shard) => Ok(shard),
        None => Err("expected a part and the number of parts, as in 2/8".to_string()),
    }
}

/// The pairs `a < b` of so many models, or only those with one of them, in the order in which they are
/// compared; of these the shard.
///
/// They follow each other along a curve (Morton's) that fills a square before it goes on to the next, of any
/// size that is a power of two. So whatever number of models fits into the memory, each is read few times;
/// and shards are the same on every machine.
pub fn pairs(count: usize, only: Option<usize>, shard: Option<Shard>) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = match only {
        Some(one) => {
            (0..count).filter(|&other| other != one).map(|other| (one.min(other), one.max(other))).collect()
        }
        None => (0..count).flat_map(|b| (0..b).map(move |a| (a, b))).collect(),
    };
    pairs.sort_by_cached_key(|&(a, b)| interleaved(a) << 1 | interleaved(b));
    let Some(Shard { part, of }) = shard else { return pairs };
    let cut = |part: usize| (pairs.len() as u128 * part as u128 / of as u128) as usize;
    let range = cut(part.saturating_sub(1))..cut(part);
    pairs.get(range).map(<[_]>::to_vec).unwrap_or_default()
}

/// The lower 32 bits with a zero before each.
fn interleaved(index: usize) -> u64 {
    (0..32).map(|bit| (index as u64 >> bit & 1) << (2 * bit)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_parts() {
        assert_eq!(shard("2/8"), Ok(Shard { part: 2, of: 8 }));
        for wrong in ["", "2", "0/8", "9/8", "-1/8", "1/0", "1/2/3", "a/b"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
        for count in [0, 1, 2, 7, 33] {
            let all = pairs(count, None, None);
            assert_eq!(all.len(), count * count.saturating_sub(1) / 2);
            for of in [1, 2, 3, 50] {
                let parts = (1..=of).flat_map(|part| pairs(count, None, Some(Shard { part, of })));
                assert_eq!(parts.collect::<Vec<_>>(), all);
            }
        }
    }

    /// All pairs of 0 to 3 come before one with 4, and all of 0 to 7 before one with 8.
    #[test]
    fn squares_are_filled() {
        let all = pairs(16, None, None);
        let first = |models: usize| all.iter().position(|&(_, b)| b >= models).unwrap();
        assert_eq!((first(4), first(8)), (6, 28));
        assert_eq!(pairs(4, Some(2), None), [(0, 2), (1, 2), (2, 3)]);
    }
}
