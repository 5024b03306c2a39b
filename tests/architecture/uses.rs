//! Which file uses which: a file uses another when it names something that the other defines, wherever that
//! is re-exported. Code for tests does not count, nor do re-exports themselves.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, is_test, tokens};

/// A path of the language: `["crate", "network", "Shape"]`.
type Name<'a> = Vec<&'a str>;

/// The files of a crate, and which of them uses which.
pub struct Files<'a> {
    pub paths: Vec<&'a str>,
    /// For every file those that it uses, each with the names that tie them.
    pub uses: Vec<BTreeMap<usize, BTreeSet<&'a str>>>,
    /// For every file those whose types get methods from it (`impl`).
    pub extends: Vec<BTreeSet<usize>>,
}

impl<'a> Files<'a> {
    /// `main.rs` is left out: only the command line hangs on it.
    pub fn new(sources: &'a [Source]) -> Files<'a> {
        let sources = sources.iter().filter(|source| !is_test(&source.path) && source.path != "src/main.rs");
        let parsed = Parsed::new(sources);
        let uses = (0..parsed.files.len()).map(|file| parsed.uses(file)).collect();
        let extends = (0..parsed.files.len()).map(|file| parsed.extends(file)).collect();
        Files { paths: parsed.files.iter().map(|file| file.path).collect(), uses, extends }
    }

    /// Whether a file is the front of a folder, and the other one is in that folder.
    pub fn is_front(&self, front: usize, other: usize) -> bool {
        let path = self.paths[front];
        path.strip_suffix("mod.rs")
            .or(path.strip_suffix("lib.rs"))
            .is_some_and(|folder| self.paths[other].starts_with(folder))
    }
}

/// What counts of a file.
#[derive(Default)]
struct File<'a> {
    path: &'a str,
    module: Name<'a>,
    defines: BTreeSet<&'a str>,
    imports: Vec<Import<'a>>,
    /// Paths of two names or more in its code.
    paths: Vec<Name<'a>>,
    /// The types that have an `impl` here.
    implemented: Vec<Name<'a>>,
}

struct Import<'a> {
    path: Name<'a>,
    alias: &'a str,
    public: bool,
    /// `a::{self}`: the module, whose names the code then uses by its name, and nothing beside it that has
    /// its name.
    itself: bool,
}

impl<'a> File<'a> {
    fn new(source: &'a Source) -> File<'a> {
        let path = source.path.as_str();
        let mut module: Name = path.trim_start_matches("src/").trim_end_matches(".rs").split('/').collect();
        module.pop_if(|last| matches!(*last, "mod" | "lib"));
        let mut file = File { path, module, ..File::default() };
        let tokens = tokens(&source.text);
        let (mut at, mut depth) = (0, 0);
        while at < tokens.len() {
            let before = at.checked_sub(1).map_or("", |before| tokens[before]);
            let after = tokens.get(at + 1).copied().unwrap_or("");
            match tokens[at] {
                "{" => depth += 1,
                "}" => depth -= 1,
                // Deeper there are methods and the like, which no path of modules leads to.
                "struct" | "enum" | "union" | "trait" | "type" | "fn" | "const" | "static" if depth == 0 => {
                    file.defines.insert(if after == "mut" { tokens[at + 2] } else { after });
                }
                "macro_rules" => {
                    file.defines.insert(tokens[at + 2]);
                }
                "use" => {
                    // `pub use`, `pub(super) use`
                    let public = before == "pub" || before == ")";
                    let end = at + tokens[at..].iter().position(|token| *token == ";").unwrap();
                    let tree = imported(&tokens[at + 1..end]);
                    file.imports.extend(tree.into_iter().map(|(path, alias, itself)| Import {
                        path,
                        alias,
                        public,
                        itself,
                    }));
                    at = end;
                }
                "impl" => file.implemented.extend(implemented(&tokens[at + 1..])),
                // A visibility names a module: `pub(in crate::a)`.
                "in" if before == "(" => {
                    at += tokens[at..].iter().position(|token| *token == ")").unwrap();
                }
                word if is_name(word) && after == "::" && before != "::" && before != "." => {
                    let mut path = vec![word];
                    while tokens.get(at + 1) == Some(&"::") && is_name(tokens[at + 2]) {
                        path.push(tokens[at + 2]);
                        at += 2;
                    }
                    if path.len() > 1 {
                        file.paths.push(path);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        file
    }
}

/// The type of an `impl` of which this is the rest: what comes after `for`, or after the parameters.
fn implemented<'a>(tokens: &[&'a str]) -> Option<Name<'a>> {
    let end = tokens.iter().position(|token| matches!(*token, "{" | ";" | "where"))?;
    let (mut depth, mut start) = (0, 0);
    for (at, token) in tokens[..end].iter().enumerate() {
        match *token {
            "<" => depth += 1,
            ">" if tokens[at - 1] != "-" => depth -= 1,
            "for" if depth == 0 => start = at + 1,
            _ => {}
        }
        if depth == 0 && start == 0 && *token == ">" && tokens[0] == "<" {
            start = at + 1;
        }
    }
    let rest = tokens[start..end].iter().copied().skip_while(|token| !is_name(token));
    let path: Name =
        rest.take_while(|token| *token == "::" || is_name(token)).filter(|t| *t != "::").collect();
    (!path.is_empty()).then_some(path)
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// What `a::{self, b, c as d, e::*}` imports, each with the name that it gets, and whether it is written
/// `self`.
fn imported<'a>(tokens: &[&'a str]) -> Vec<(Name<'a>, &'a str, bool)> {
    let Some(brace) = tokens.iter().position(|token| *token == "{") else {
        let end = tokens.iter().position(|token| *token == "as");
        let path: Name =
            tokens[..end.unwrap_or(tokens.len())].iter().copied().filter(|t| *t != "::").collect();
        let alias = tokens.last().copied().unwrap();
        return vec![(path, alias, false)];
    };
    let prefix: Name = tokens[..brace].iter().copied().filter(|token| *token != "::").collect();
    let mut all = Vec::new();
    let (mut depth, mut start) = (0, brace + 1);
    for at in brace + 1..tokens.len() {
        match tokens[at] {
            "{" => depth += 1,
            "}" if depth > 0 => depth -= 1,
            "," | "}" if depth == 0 => {
                if start < at {
                    all.extend(imported(&tokens[start..at]));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    let join = |(rest, alias, itself): (Name<'a>, &'a str, bool)| {
        let mut path = prefix.clone();
        if rest == ["self"] {
            let alias = if alias == "self" { prefix[prefix.len() - 1] } else { alias };
            return (path, alias, true);
        }
        path.extend(rest);
        (path, alias, itself)
    };
    all.into_iter().map(join).collect()
}

/// All files, by module.
struct Parsed<'a> {
    files: Vec<File<'a>>,
    modules: BTreeMap<Name<'a>, usize>,
}

impl<'a> Parsed<'a> {
    fn new(sources: impl Iterator<Item = &'a Source>) -> Parsed<'a> {
        let files: Vec<File> = sources.map(File::new).collect();
        let modules = files.iter().enumerate().map(|(at, file)| (file.module.clone(), at)).collect();
        Parsed { files, modules }
    }

    /// The other files that define a type which has an `impl` in a file.
    fn extends(&self, file: usize) -> BTreeSet<usize> {
        let File { module, implemented, .. } = &self.files[file];
        let aliases = self.aliases(file);
        let paths = implemented.iter().filter_map(|path| self.absolute(path, module, &aliases));
        paths.filter_map(|path| self.definer(&path, &mut Vec::new())).filter(|other| *other != file).collect()
    }

    /// What a file imports, by the name that it has there.
    fn aliases(&self, file: usize) -> BTreeMap<&'a str, Name<'a>> {
        let mut aliases = BTreeMap::new();
        for Import { path, alias, .. } in &self.files[file].imports {
            if let Some(path) = self.absolute(path, &self.files[file].module, &aliases) {
                aliases.insert(*alias, path);
            }
        }
        aliases
    }

    /// The files that a file uses, with the names that it uses of them.
    fn uses(&self, file: usize) -> BTreeMap<usize, BTreeSet<&'a str>> {
        let File { module, imports, paths, .. } = &self.files[file];
        let aliases = self.aliases(file);
        let mut uses: BTreeMap<usize, BTreeSet<&'a str>> = BTreeMap::new();
        let mut named = |path: &[&'a str]| {
            if let Some(other) = self.definer(path, &mut Vec::new()).filter(|other| *other != file) {
                let known = self.longest(path).0.min(path.len() - 1);
                uses.entry(other).or_default().insert(path[known]);
            }
        };
        let imports =
            imports.iter().filter(|import| !import.public && !import.itself).map(|import| &import.path);
        for path in imports.chain(paths) {
            if let Some(path) = self.absolute(path, module, &aliases) {
                named(&path);
            }
        }
        uses
    }

    /// A path as a module writes it, from the root of the crate; none if it is another crate's.
    fn absolute(
        &self,
        path: &[&'a str],
        module: &Name<'a>,
        aliases: &BTreeMap<&str, Name<'a>>,
    ) -> Option<Name<'a>> {
        let (first, rest) = path.split_first()?;
        let supers = path.iter().take_while(|name| **name == "super").count();
        match *first {
            "crate" | "samenet" => Some(rest.to_vec()),
            "self" => Some([module, rest].concat()),
            "super" => Some([&module[..module.len().checked_sub(supers)?], &path[supers..]].concat()),
            _ => {
                let below = [module, path].concat();
                if self.modules.contains_key(&below[..=module.len()]) {
                    return Some(below);
                }
                aliases.get(first).map(|alias| [alias, rest].concat())
            }
        }
    }

    /// How many names of a path lead to the last module on it, and that module's file.
    fn longest(&self, path: &[&'a str]) -> (usize, Option<usize>) {
        let lengths = (0..=path.len()).rev();
        let found = lengths.filter_map(|length| Some((length, *self.modules.get(&path[..length])?))).next();
        found.map_or((0, None), |(length, file)| (length, Some(file)))
    }

    /// The file that defines what a path from the root names; none if that is a module, or unknown.
    fn definer(&self, path: &[&'a str], seen: &mut Vec<Name<'a>>) -> Option<usize> {
        let (mut length, mut file) = self.longest(path);
        if length == path.len() {
            // A module, and perhaps a function of the same name beside it.
            length = length.checked_sub(1)?;
            file = self.modules.get(&path[..length]).copied();
        }
        let (at, name) = (file?, path.get(length)?);
        if seen.iter().any(|earlier| earlier == path) {
            return None;
        }
        seen.push(path.to_vec());
        let file = &self.files[at];
        let mut follow = |import: &Import<'a>, rest: &[&'a str]| {
            let target = self.absolute(&import.path, &file.module, &BTreeMap::new())?;
            let target: Name = if import.alias == "*" { target[..target.len() - 1].to_vec() } else { target };
            self.definer(&[&target, rest].concat(), seen)
        };
        let rest = &path[length..];
        let by_name = |import: &&Import| import.alias == *name;
        if let Some(found) = file
            .imports
            .iter()
            .filter(|import| import.public)
            .filter(by_name)
            .find_map(|i| follow(i, &rest[1..]))
        {
            return Some(found);
        }
        if *name == "*" || file.defines.contains(name) {
            return Some(at);
        }
        // A glob, and what a module imports for itself and its children.
        let glob = file.imports.iter().filter(|import| import.public && import.alias == "*");
        glob.clone().find_map(|import| follow(import, rest)).or_else(|| {
            file.imports
                .iter()
                .filter(|i| !i.public)
                .filter(by_name)
                .find_map(|import| follow(import, &rest[1..]))
        })
    }
}

/// Files that exist only here.
#[cfg(test)]
pub fn invented(files: &[(&str, &str)]) -> Vec<Source> {
    files.iter().map(|(path, text)| Source { path: path.to_string(), text: text.to_string() }).collect()
}

#[test]
fn names_are_followed_to_where_they_are_defined() {
    let sources = invented(&[
        ("src/a/mod.rs", "mod one;\npub mod two;\npub use one::{One, other as Other};\npub struct Front;"),
        ("src/a/one.rs", "use super::Front;\npub struct One;\npub fn other() { two::Two::new() }"),
        ("src/a/two.rs", "use super::{One as First};\npub struct Two;\nimpl Two { fn new() {} }"),
        ("src/b.rs", "use crate::a::{self, two::{Two}, Other};\nfn f() -> a::One { std::mem::take(Two) }"),
        ("src/c.rs", "// crate::a::One\nconst C: &str = \"crate::a::One\";"),
        ("src/d.rs", "#[cfg(test)]\nmod tests { use crate::a::One; }\npub use crate::a::Front;"),
        ("src/e.rs", "use crate::d::Front;"),
        ("src/lib.rs", "pub mod a;\npub use a::*;"),
        ("src/g/mod.rs", "mod same;\npub use same::same;"),
        ("src/g/same.rs", "pub fn same() {}"),
        ("src/h.rs", "use crate::g::same;"),
        ("src/i/mod.rs", "mod part;\npub struct I;\nimpl I { fn part() {} }"),
        ("src/i/part.rs", "pub fn part() {}\npub(in crate::g::same) fn g() {}"),
        ("src/i/other.rs", "use super::part;\nfn f() { part::part() }"),
        ("src/j.rs", "use crate::g::same::{self};"),
        ("src/f.rs", "use crate::One;\nfn g() -> crate::Front {}"),
    ]);
    let files = Files::new(&sources);
    let shown: Vec<String> = (0..files.paths.len())
        .flat_map(|from| files.uses[from].iter().map(move |(to, names)| (from, to, names)))
        .map(|(from, to, names)| {
            let names: Vec<&str> = names.iter().copied().collect();
            format!("{} -> {}: {}", files.paths[from], files.paths[*to], names.join(", "))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "src/a/one.rs -> src/a/mod.rs: Front",
            "src/a/two.rs -> src/a/one.rs: One",
            "src/b.rs -> src/a/one.rs: One, Other",
            "src/b.rs -> src/a/two.rs: Two",
            "src/e.rs -> src/a/mod.rs: Front",
            "src/h.rs -> src/g/same.rs: same",
            "src/i/other.rs -> src/i/part.rs: part",
            "src/f.rs -> src/a/mod.rs: Front",
            "src/f.rs -> src/a/one.rs: One",
        ]
    );
}
