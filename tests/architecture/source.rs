//! The text of the project's Rust files, and its words and signs: what counts for who uses whom.

use std::fs;
use std::path::Path;

/// A file of the project.
pub struct Source {
    /// Its path in the repository, with `/` on every system.
    pub path: String,
    pub text: String,
}

/// Every Rust file under a folder of the repository, sorted by path.
pub fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let parts = path.strip_prefix(root).unwrap().components();
                let parts: Vec<_> = parts.map(|part| part.as_os_str().to_str().unwrap()).collect();
                files.push(Source { path: parts.join("/"), text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// The lines that run, with their numbers: comments and doc comments left out.
pub fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line.split("//").next().unwrap_or("")))
}

/// Whether a file is this one, or in this folder.
pub fn is_in(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a file of `src` is there for tests alone.
pub fn is_test(path: &str) -> bool {
    path.split('/').skip(1).any(|part| part.trim_end_matches(".rs") == "tests")
}

/// The words and signs of a file, without comments, lifetimes, what literals say, and items for tests. `::`
/// is one sign.
pub fn tokens(text: &str) -> Vec<&str> {
    without_tests(&words_and_signs(text))
}

fn words_and_signs(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = literal(rest) {
            tokens.push("\"\"");
            length
        } else if first == '\'' {
            // A lifetime: its name follows as if it were a word, so it is skipped here.
            1 + word(&rest[1..])
        } else if first.is_alphanumeric() || first == '_' {
            tokens.push(&rest[..word(rest)]);
            word(rest)
        } else if rest.starts_with("::") {
            tokens.push("::");
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(&rest[..first.len_utf8()]);
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

fn word(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// The length of a string or a character that begins here.
fn literal(text: &str) -> Option<usize> {
    if let Some(character) = text.strip_prefix('\'') {
        let mut characters = character.char_indices();
        let (_, first) = characters.next()?;
        let (end, next) = characters.next()?;
        return match (first, next) {
            // The backslash may escape a quote.
            ('\\', _) => Some(1 + end + 1 + character[end + next.len_utf8()..].find('\'')? + next.len_utf8()),
            (_, '\'') => Some(1 + end + 1),
            _ => None,
        };
    }
    let prefix = ["", "b", "r", "br", "c", "cr"].into_iter().find(|prefix| {
        let rest = text.strip_prefix(prefix).unwrap_or("-");
        rest.starts_with('"') || (prefix.ends_with('r') && rest.trim_start_matches('#').starts_with('"'))
    })?;
    let hashes = text[prefix.len()..].len() - text[prefix.len()..].trim_start_matches('#').len();
    let start = prefix.len() + hashes + 1;
    if prefix.ends_with('r') {
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(start + text[start..].find(&end)? + end.len());
    }
    let mut escaped = false;
    for (at, character) in text[start..].char_indices() {
        match character {
            '"' if !escaped => return Some(start + at + 1),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

/// Leaves out items after `#[cfg(test)]` and `#[cfg(all(test, ..))]`.
fn without_tests<'a>(tokens: &[&'a str]) -> Vec<&'a str> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let rest = &tokens[at..];
        if rest.starts_with(&["#", "[", "cfg", "(", "test", ")"])
            || rest.starts_with(&["#", "[", "cfg", "(", "all", "(", "test", ","])
        {
            at += item(rest);
        } else {
            kept.push(tokens[at]);
            at += 1;
        }
    }
    kept
}

/// How many tokens an item with its attributes has: up to a `;` or the end of a block.
fn item(tokens: &[&str]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 && (*token == ";" || *token == "}") {
            return at + 1;
        }
    }
    tokens.len()
}

#[test]
fn tokens_are_what_is_compiled() {
    let text = r##"
        use a::b; // use c::d;
        /* e */ fn f<'a>(x: &'a str) -> char { let s = "g::h \" i"; let r = r#"j " k"#; '\'' }
        #[cfg(test)]
        mod tests { fn l() {} }
        #[cfg(not(test))]
        const M: char = '"';
    "##;
    let expected = "use a :: b ; fn f < > ( x : & str ) - > char { let s = \"\" ; let r = \"\" ; \"\" } \
                    # [ cfg ( not ( test ) ) ] const M : char = \"\" ;";
    assert_eq!(tokens(text).join(" "), expected);
}
