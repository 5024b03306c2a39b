//! Words that mean something in PyTorch, in Python or in mathematics and nothing here: what to write instead.
//!
//! The table is `elsewhere.txt`. It is looked up only where a word is wrong already, so that every one of the
//! words may also be a name.

/// The words and their help.
const TABLE: &str = include_str!("elsewhere.txt");

/// Where a word stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// Where a value is expected.
    Value,
    /// Where a value is expected that is called. All words for values can stand there too.
    Called,
    /// In a claim, where no value is expected.
    Claim,
    /// Where a metric is expected.
    Metric,
    /// Where a set of inputs is expected.
    Set,
    /// Where an item begins.
    Item,
}

impl Place {
    /// Its heading in the table.
    fn heading(self) -> &'static str {
        match self {
            Place::Value => "[value]\n",
            Place::Called => "[called]\n",
            Place::Claim => "[claim]\n",
            Place::Metric => "[metric]\n",
            Place::Set => "[set]\n",
            Place::Item => "[item]\n",
        }
    }
}

/// What to write instead of a word, if the word is known from elsewhere.
pub(crate) fn instead(place: Place, word: &str) -> Option<String> {
    let mut plain: String = word.chars().filter(|&c| c != '_').collect();
    plain.make_ascii_lowercase();
    let is_digit = |c: char| c.is_ascii_digit();
    // `relu6` and `conv2d`
    let numbered = plain.trim_end_matches(is_digit);
    let dimensional = plain.strip_suffix('d').map_or(numbered, |start| start.trim_end_matches(is_digit));
    let places = [place, Place::Value];
    let places = if matches!(place, Place::Called) { &places[..] } else { &places[..1] };
    let words = [plain.as_str(), numbered, dimensional];
    let help = places.iter().find_map(|place| words.iter().find_map(|word| help(*place, word)))?;
    Some(help.replace("{}", word))
}

/// The help for a word that is listed exactly so.
fn help(place: Place, word: &str) -> Option<String> {
    let (_, section) = TABLE.split_once(place.heading())?;
    let mut found = false;
    let mut help: Vec<&str> = Vec::new();
    for line in section.lines().take_while(|line| !line.starts_with('[')) {
        match line.strip_prefix("  ") {
            Some(part) if found => help.push(part),
            Some(_) => {}
            None if !help.is_empty() => break,
            None => found |= line.split(' ').any(|listed| listed == word),
        }
    }
    (!help.is_empty()).then(|| help.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: [Place; 6] =
        [Place::Value, Place::Called, Place::Claim, Place::Metric, Place::Set, Place::Item];

    /// The words that are listed for a place.
    fn words(place: Place) -> Vec<&'static str> {
        let (_, section) = TABLE.split_once(place.heading()).unwrap();
        let lines = section.lines().take_while(|line| !line.starts_with('['));
        lines.filter(|line| !line.starts_with(' ')).flat_map(|line| line.split_whitespace()).collect()
    }

    #[test]
    fn every_word_has_help_and_is_listed_once() {
        for place in PLACES {
            let words = words(place);
            assert!(words.len() > 10, "{place:?}");
            for (at, word) in words.iter().enumerate() {
                let help = instead(place, word).unwrap();
                assert!(
                    !help.contains("{}") && help.matches('`').count().is_multiple_of(2),
                    "{word}: {help}"
                );
                assert!(!words[..at].contains(word), "{word} is listed twice for {place:?}");
                assert!(word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{word}");
            }
        }
    }

    #[test]
    fn words_are_known_in_all_their_spellings() {
        for word in ["layernorm", "LayerNorm", "layer_norm", "relu6", "ReLU", "Conv2d", "conv1d", "F_max"] {
            assert_eq!(instead(Place::Called, word).is_some(), word != "F_max", "{word}");
        }
        assert!(instead(Place::Value, "inner").is_none());
        assert!(instead(Place::Called, "Conv2d").unwrap().contains("linear(x, W)"));
        assert!(instead(Place::Value, "gelu_new").unwrap().starts_with("`gelu_new` is no polynomial"));
    }
}
