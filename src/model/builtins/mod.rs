//! The builtin functions. One `table` holds their signatures: it says which arguments a call must have, help
//! texts quote it, and `grammar/builtins.md` documents it. A file for each family of builtins holds the
//! functions themselves. They get the graph, and arguments that are already computed and checked against the
//! signature.

mod arguments;
mod attention;
mod einsum;
mod layers;
mod rotary;
mod signature;
mod table;
mod tensors;

pub(super) use arguments::{Arguments, Datum, Parameter, Takes};
pub(super) use signature::Signature;
pub(super) use table::{TABLE, find, names};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kinds;

    const MANUAL: &str = include_str!("../../../grammar/builtins.md");

    /// `(name, text)` of every section of the manual.
    fn sections() -> Vec<(&'static str, &'static str)> {
        let parts = MANUAL.split("\n## `").skip(1);
        parts.map(|part| part.split_once('`').unwrap()).collect()
    }

    #[test]
    fn the_manual_and_the_table_agree() {
        let documented: Vec<&str> = sections().into_iter().map(|(name, _)| name).collect();
        assert_eq!(documented, names().collect::<Vec<_>>());
        for (signature, (name, text)) in TABLE.iter().zip(sections()) {
            let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
            assert_eq!(lines[0], format!("    {signature}"));
            assert!(lines[1].starts_with("Result: "), "{name}");
            assert!(text.contains("\nErrors: "), "{name} says nothing of errors");
        }
    }

    #[test]
    fn the_manual_explains_every_parameter_of_a_layer() {
        for (signature, (name, text)) in TABLE.iter().zip(sections()) {
            for parameter in signature.parameters.iter().filter(|_| signature.parameters.len() > 2) {
                let quoted = format!("`{}`", parameter.name);
                let explained = text.lines().skip(3).any(|line| line.contains(&quoted));
                assert!(explained || parameter.name == "x", "{} of {name} is not explained", parameter.name);
            }
        }
    }

    #[test]
    fn the_manual_names_only_kinds_that_exist() {
        let words = MANUAL.split('`').skip(1).step_by(2);
        let kinds: Vec<&str> = words
            .filter(|word| word.contains('-') && word.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
            .collect();
        assert!(kinds.len() > 20);
        for kind in kinds {
            assert!(kind.starts_with('-') || kinds::KINDS.contains(&kind), "{kind}");
        }
    }

    #[test]
    fn the_table_is_sound() {
        for (place, signature) in TABLE.iter().enumerate() {
            assert_eq!(find(signature.name), Some(place), "two builtins are called {}", signature.name);
            assert!(signature.positional <= signature.parameters.len());
            // Every required parameter can be given by position.
            for parameter in &signature.parameters[signature.positional..] {
                assert!(parameter.default.is_some(), "{} of {}", parameter.name, signature.name);
            }
        }
    }
}
