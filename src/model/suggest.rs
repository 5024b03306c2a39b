//! "Did you mean": the known name that is closest to an unknown one.

use super::words::first_of;

/// Longer names and further candidates are not compared: a suggestion is a courtesy and must not take long.
const LONGEST: usize = 48;
const MOST: usize = 2_000;

/// The candidate with the smallest edit distance, if it is close enough to be a likely slip. Ties go to the
/// first.
pub(super) fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    if length > LONGEST {
        return None;
    }
    // Names of one or two letters get no suggestion, because too many others are close.
    let allowed = length / 3;
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.into_iter().filter(|candidate| candidate.len() <= LONGEST).take(MOST) {
        let distance = strsim::osa_distance(name, candidate);
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

/// The help line that lists the first names of a file.
pub(super) fn first_names(names: &[&str]) -> String {
    format!("it has {}", first_of(names.iter().map(|name| format!("{name:?}")), 12))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters to insert, delete, replace or swap with their neighbour.
    #[test]
    fn one_slip_is_suggested() {
        for slip in ["bilinaer", "bilineear", "bilnear", "bilinear1", "bilimear"] {
            assert_eq!(closest(slip, ["sum", "bilinear"]), Some("bilinear"), "{slip}");
        }
    }

    #[test]
    fn only_likely_slips_are_suggested() {
        assert_eq!(closest("bilnear", ["linear", "bilinear"]), Some("bilinear"));
        assert_eq!(closest("x", ["y", "z"]), None);
        assert_eq!(closest("weights", ["sum", "dot"]), None);
    }
}
