//! "Did you mean": the known word that is closest to an unknown one.

/// Longer words and further candidates are not compared: a suggestion is a courtesy and must not take long.
const LONGEST: usize = 48;
const MOST: usize = 2_000;

/// The candidate with the smallest edit distance, if it is close enough to be a likely slip. Ties go to the
/// first; one that differs only in capitals is always likely.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length > LONGEST {
        return None;
    }
    // Words of one or two letters get no suggestion, because too many others are close.
    let allowed = length / 3;
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.into_iter().filter(|candidate| candidate.len() <= LONGEST).take(MOST) {
        let distance = match word.eq_ignore_ascii_case(candidate) {
            true => 0,
            false => strsim::osa_distance(word, candidate),
        };
        if word != candidate && distance <= allowed && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The help line for an unknown word.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    closest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
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

    #[test]
    fn capitals_are_slips_in_words_of_any_length() {
        assert_eq!(closest("A", ["b", "a"]), Some("a"));
        assert_eq!(closest("Linear", ["linear"]), Some("linear"));
        assert_eq!(closest("a", ["a"]), None);
    }
}
