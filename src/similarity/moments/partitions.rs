//! Partitions of operands into pairs and singletons: the terms of Isserlis' theorem for operands with means.

/// A partition: pairs of positions, the smaller first, and positions on their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Partition {
    pub pairs: Vec<(usize, usize)>,
    pub singles: Vec<usize>,
}

/// All partitions of `0..count` whose pairs and singletons may be. `None` if there are more than `most`.
pub(super) fn partitions(
    count: usize,
    pair: &dyn Fn(usize, usize) -> bool,
    single: &dyn Fn(usize) -> bool,
    most: usize,
) -> Option<Vec<Partition>> {
    let mut found = Vec::new();
    let mut free = vec![true; count];
    let mut current = Partition { pairs: Vec::new(), singles: Vec::new() };
    extend(&mut found, &mut free, &mut current, (pair, single, most)).then_some(found)
}

type Rules<'a> = (&'a dyn Fn(usize, usize) -> bool, &'a dyn Fn(usize) -> bool, usize);

/// Puts the first free position somewhere, in all ways. `false` when there are too many. The depth is the number of
/// operands of two product nodes.
fn extend(found: &mut Vec<Partition>, free: &mut [bool], current: &mut Partition, rules: Rules<'_>) -> bool {
    let (pair, single, most) = rules;
    let Some(first) = free.iter().position(|&free| free) else {
        found.push(current.clone());
        return found.len() <= most;
    };
    free[first] = false;
    let mut within = true;
    if single(first) {
        current.singles.push(first);
        within = extend(found, free, current, rules);
        current.singles.pop();
    }
    for second in first + 1..free.len() {
        if within && free[second] && pair(first, second) {
            free[second] = false;
            current.pairs.push((first, second));
            within = extend(found, free, current, rules);
            current.pairs.pop();
            free[second] = true;
        }
    }
    free[first] = true;
    within
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 4 positions: 3 perfect matchings, and 10 partitions into pairs and singletons (1 + 6 + 3). 10 positions have
    /// 945 matchings.
    #[test]
    fn counts() {
        let count =
            |n: usize, single: bool| partitions(n, &|_, _| true, &|_| single, 10_000).map(|p| p.len());
        assert_eq!(count(4, false), Some(3));
        assert_eq!(count(4, true), Some(10));
        assert_eq!(count(10, false), Some(945));
        assert_eq!(count(3, false), Some(0));
        assert_eq!(count(0, false), Some(1));
        assert_eq!(partitions(10, &|_, _| true, &|_| false, 944), None);
    }

    /// Pairs across 0, 1 | 2, 3 only: two.
    #[test]
    fn rules_are_kept() {
        let found = partitions(4, &|i, j| i < 2 && j >= 2, &|_| false, 10).unwrap();
        let pairs: Vec<_> = found.iter().map(|partition| partition.pairs.clone()).collect();
        assert_eq!(pairs, [vec![(0, 2), (1, 3)], vec![(0, 3), (1, 2)]]);
    }
}
