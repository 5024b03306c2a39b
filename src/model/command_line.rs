//! Domains as they are typed into a shell: `points X.npy` without quotes around the path.

use std::path::Path;

/// The ends of names of files that hold points.
const ENDS: [&str; 3] = [".npy", ".npz", ".safetensors"];

/// The text of a domain with the paths in it as strings. What does not name a file of points stays as it is.
pub(super) fn with_paths_quoted(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + 2);
    let mut rest = text;
    while let Some((before, path, after)) = unquoted_path(rest) {
        result.push_str(before);
        result.push('"');
        for c in path.chars() {
            match c {
                '"' | '\\' => result.extend(['\\', c]),
                '{' | '}' => result.extend([c, c]),
                '\n' => result.push_str("\\n"),
                '\r' => result.push_str("\\r"),
                '\t' => result.push_str("\\t"),
                c => result.push(c),
            }
        }
        result.push('"');
        rest = after;
    }
    result + rest
}

/// The first path after `points`: what is before it, the path, and the rest.
fn unquoted_path(text: &str) -> Option<(&str, &str, &str)> {
    for (at, word) in text.match_indices("points") {
        let after = &text[at + word.len()..];
        let begins = text[..at].is_empty() || text[..at].ends_with(char::is_whitespace);
        let start = after.trim_start();
        if !begins || start.len() == after.len() || start.starts_with('"') {
            continue;
        }
        let path = start[..next_input(start)].trim_end();
        let is_set = path.starts_with("in ") && at == 0;
        let file = |end: &&str| path.ends_with(*end) || path.contains(&format!("{end}:"));
        if !is_set && (ENDS.iter().any(file) || Path::new(path).is_file()) {
            let begin = text.len() - start.len();
            return Some((&text[..begin], path, &text[begin + path.len()..]));
        }
    }
    None
}

/// Where `, y in` begins, or the end.
fn next_input(text: &str) -> usize {
    let begins = |&(at, _): &(usize, &str)| {
        let mut words = text[at + 1..].split_whitespace();
        let name = words.next().unwrap_or_default();
        let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_name && !name.is_empty() && words.next() == Some("in")
    };
    text.match_indices(',').find(begins).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::with_paths_quoted;

    #[test]
    fn only_paths_are_quoted() {
        for same in
            ["{0, 1}", "onehot", "points [[0, 1]]", "points \"a.npy\"", "points in {0, 1}", "points x"]
        {
            assert_eq!(with_paths_quoted(same), same);
        }
        let quoted = [
            ("points X.npy", "points \"X.npy\""),
            ("  points  X.npy ", "  points  \"X.npy\" "),
            ("points D.npz:images", "points \"D.npz:images\""),
            ("points a, b {1}.npy", "points \"a, b {{1}}.npy\""),
            ("points it's \"q\" \\.npy", "points \"it's \\\"q\\\" \\\\.npy\""),
            ("points [a].npy", "points \"[a].npy\""),
            ("x in points [[0, 1]], y in points b.npy", "x in points [[0, 1]], y in points \"b.npy\""),
            ("points points.npy", "points \"points.npy\""),
            ("x in points a.npy, y in {0}", "x in points \"a.npy\", y in {0}"),
            ("x in points a.npy, y in points b.npz:é", "x in points \"a.npy\", y in points \"b.npz:é\""),
            ("points in points a.npy", "points in points \"a.npy\""),
        ];
        for (typed, expected) in quoted {
            assert_eq!(with_paths_quoted(typed), expected);
        }
    }
}
