//! "Did you mean": the known name that is closest to an unknown one.

/// Names longer than this, and candidates beyond this many, are not compared: a suggestion is a courtesy and
/// must not cost more than the rest.
const LONGEST: usize = 48;
const MOST: usize = 2_000;

/// The candidate with the smallest edit distance, if it is close enough to be a likely slip. Ties go to the
/// first.
pub(super) fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name: Vec<char> = name.chars().collect();
    if name.len() > LONGEST {
        return None;
    }
    // None for a name of one or two letters: it is close to too many others.
    let allowed = name.len() / 3;
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.into_iter().filter(|candidate| candidate.len() <= LONGEST).take(MOST) {
        let distance = distance(&name, &candidate.chars().collect::<Vec<_>>());
        if distance > 0 && distance <= allowed && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The help line for an unknown name.
pub(super) fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    closest(name, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// The number of characters to insert, delete, replace or swap with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = above[j] + usize::from(x != y);
            let mut least = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_by_hand() {
        let of = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(of("bilinear", "bilinaer"), 1);
        assert_eq!(of("left", "lefft"), 1);
        assert_eq!(of("kitten", "sitting"), 3);
        assert_eq!(of("", "abc"), 3);
    }

    #[test]
    fn only_likely_slips_are_suggested() {
        assert_eq!(closest("bilnear", ["linear", "bilinear"]), Some("bilinear"));
        assert_eq!(closest("x", ["y", "z"]), None);
        assert_eq!(closest("weights", ["sum", "dot"]), None);
    }
}
