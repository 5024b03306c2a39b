//! The order in which a contraction of several operands is carried out, two at a time.

use std::collections::{BTreeMap, BTreeSet};

use super::Label;

/// The distinct labels of a tensor.
type Labels = BTreeSet<Label>;

/// Up to this many operands the order is the best there is; beyond, it is chosen greedily.
const EXACT: usize = 8;
/// How many of the tensors that are left the greedy choice looks at.
const WINDOW: usize = 16;

/// The pairs to contract, in order. The tensors are numbered: the operands first, then the result of every
/// pair. Labels that only one operand has and the output lacks must have been summed before; `operands` holds
/// the distinct labels of each. The cost of a pair is its number of multiplications.
pub(super) fn contraction_order(
    operands: &[Labels],
    output: &Labels,
    length: &dyn Fn(Label) -> f64,
) -> Vec<(usize, usize)> {
    match operands.len() {
        0 | 1 => Vec::new(),
        2 => vec![(0, 1)],
        count if count <= EXACT => best_order(operands, output, length),
        _ => greedy_order(operands, output, length),
    }
}

/// How often each label occurs.
pub(super) fn uses<'a>(labels: impl Iterator<Item = &'a Label>) -> BTreeMap<Label, usize> {
    let mut uses = BTreeMap::new();
    for &label in labels {
        *uses.entry(label).or_insert(0) += 1;
    }
    uses
}

/// Dynamic programming over the sets of operands. Labels that occur in the same operands are treated as one.
fn best_order(operands: &[Labels], output: &Labels, length: &dyn Fn(Label) -> f64) -> Vec<(usize, usize)> {
    let count = operands.len();
    // For every set of operands that share labels with each other: the product of the labels' lengths, and
    // whether the output has them (bit `count`).
    let mut groups: BTreeMap<usize, f64> = BTreeMap::new();
    for &label in operands.iter().flatten().collect::<BTreeSet<_>>() {
        let all = operands.iter().chain([output]).enumerate();
        let members = all.map(|(i, labels)| usize::from(labels.contains(&label)) << i).sum();
        *groups.entry(members).or_insert(1.0) *= length(label);
    }
    let groups: Vec<(usize, f64)> = groups.into_iter().collect();
    // Which groups the product of a set of operands still has: those it meets that are needed elsewhere.
    let open = |set: usize| -> Vec<bool> {
        groups.iter().map(|&(members, _)| members & set != 0 && members & !set != 0).collect()
    };
    let full = (1usize << count) - 1;
    let opened: Vec<Vec<bool>> = (0..=full).map(open).collect();
    let size = |labels: &dyn Fn(usize) -> bool| -> f64 {
        groups.iter().enumerate().filter(|&(i, _)| labels(i)).map(|(_, &(_, length))| length).product()
    };
    let mut best = vec![(0.0f64, 0usize); full + 1];
    for set in (1..=full).filter(|set| set.count_ones() > 1) {
        let stored = size(&|i| opened[set][i]);
        let mut choice = (f64::INFINITY, 0);
        // Every split into two parts once: the part with the lowest operand is `set ^ part`.
        let rest = set & (set - 1);
        let mut part = rest;
        while part > 0 {
            let other = set ^ part;
            let multiplications = size(&|i| opened[part][i] || opened[other][i]);
            // Storing a result counts a little, so that among equally cheap orders the one with small
            // intermediate tensors wins.
            let cost = best[part].0 + best[other].0 + multiplications + stored / 4.0;
            if cost < choice.0 || choice.1 == 0 {
                choice = (cost, part);
            }
            part = (part - 1) & rest;
        }
        best[set] = choice;
    }
    let mut pairs = Vec::with_capacity(count - 1);
    emit(full, &best, count, &mut pairs);
    pairs
}

/// The pairs of the best order for a set; returns the number of its result.
fn emit(set: usize, best: &[(f64, usize)], count: usize, pairs: &mut Vec<(usize, usize)>) -> usize {
    if set.count_ones() == 1 {
        return set.trailing_zeros() as usize;
    }
    let part = best[set].1;
    let left = emit(set ^ part, best, count, pairs);
    let right = emit(part, best, count, pairs);
    pairs.push((left, right));
    count + pairs.len() - 1
}

/// Repeatedly the pair whose result is smallest compared with its operands, among the first few tensors.
fn greedy_order(operands: &[Labels], output: &Labels, length: &dyn Fn(Label) -> f64) -> Vec<(usize, usize)> {
    let mut uses = uses(operands.iter().flatten().chain(output));
    let size = |labels: &Labels| -> f64 { labels.iter().map(|&label| length(label)).product() };
    let mut terms: Vec<(usize, Labels)> = operands.iter().cloned().enumerate().collect();
    let mut pairs = Vec::with_capacity(operands.len() - 1);
    while terms.len() > 1 {
        let looked_at = terms.len().min(WINDOW);
        let mut choice = (f64::INFINITY, 0, 1, BTreeSet::new());
        for i in 0..looked_at {
            for j in i + 1..looked_at {
                let (a, b) = (&terms[i].1, &terms[j].1);
                let ends = |label: &Label| {
                    uses[label] == usize::from(a.contains(label)) + usize::from(b.contains(label))
                };
                let result: Labels = a.union(b).copied().filter(|label| !ends(label)).collect();
                let gain = size(&result) - size(a) - size(b);
                if gain < choice.0 || choice.0.is_infinite() {
                    choice = (gain, i, j, result);
                }
            }
        }
        let (_, i, j, result) = choice;
        let (right, b) = terms.remove(j);
        let (left, a) = terms.remove(i);
        for label in a.iter().chain(&b) {
            uses.entry(*label).and_modify(|count| *count -= 1);
        }
        for &label in &result {
            uses.entry(label).and_modify(|count| *count += 1);
        }
        terms.insert(0, (operands.len() + pairs.len(), result));
        pairs.push((left, right));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(operands: &[&[Label]], output: &[Label], lengths: &[f64]) -> Vec<(usize, usize)> {
        let sets: Vec<Labels> = operands.iter().map(|labels| labels.iter().copied().collect()).collect();
        contraction_order(&sets, &output.iter().copied().collect(), &|label| lengths[label as usize])
    }

    /// A chain `(i x j)(j x k)(k x l)` with lengths 10, 1000, 2, 1000: left first costs 10*1000*2 + 10*2*1000
    /// = 40,000, right first 1000*2*1000 + 10*1000*1000 = 12,000,000.
    #[test]
    fn a_chain_is_contracted_from_its_narrow_end() {
        let pairs = order(&[&[0, 1], &[1, 2], &[2, 3]], &[0, 3], &[10.0, 1000.0, 2.0, 1000.0]);
        assert_eq!(pairs, [(0, 1), (3, 2)]);
        // Mirrored: now the last two first.
        let pairs = order(&[&[3, 2], &[2, 1], &[1, 0]], &[3, 0], &[10.0, 1000.0, 2.0, 1000.0]);
        assert_eq!(pairs, [(1, 2), (0, 3)]);
    }

    /// A score matrix of width d, and a value: `q[s,d] k[t,d] v[t,e]`. With s = t = 4, d = 50, e = 50 the
    /// score first costs 4*4*50 + 4*4*50; `k v` first would cost 4*50*50 and more.
    #[test]
    fn attention_makes_its_scores_first() {
        let pairs = order(&[&[0, 2], &[1, 2], &[1, 3]], &[0, 3], &[4.0, 4.0, 50.0, 50.0]);
        assert_eq!(pairs[0], (0, 1));
    }

    #[test]
    fn many_operands_are_each_used_once() {
        for count in [9usize, 40] {
            let operands: Vec<Vec<Label>> = (0..count as Label).map(|i| vec![i, i + 1]).collect();
            let views: Vec<&[Label]> = operands.iter().map(Vec::as_slice).collect();
            let pairs = order(&views, &[0, count as Label], &vec![3.0; count + 1]);
            let mut used: Vec<usize> = pairs.iter().flat_map(|&(a, b)| [a, b]).collect();
            used.sort_unstable();
            assert_eq!(used, (0..2 * count - 2).collect::<Vec<_>>());
        }
    }
}
