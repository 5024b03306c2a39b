//! Arguments that do not exist: what was most likely meant.

use std::path::Path;

use clap::Error;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// What is typed instead of a command, and the command.
const COMMANDS: [(&[&str], &str); 7] = [
    (&["compare", "diff", "eq", "equals", "same", "cmp", "equivalent"], "equal"),
    (&["test", "prove", "claims", "claim", "assert", "run"], "check"),
    (&["sim", "cos", "cosine", "distance", "cka"], "similarity"),
    (&["evaluate", "predict", "forward", "infer", "call"], "eval"),
    (&["info", "summary", "print", "describe", "inspect", "list"], "show"),
    (&["sort", "cluster", "group", "partition", "class"], "classes"),
    (&["heatmap", "pairwise", "pairs", "gram", "curve", "all-pairs"], "matrix"),
];

/// What is typed instead of an option, and help.
const OPTIONS: [(&[&str], &str); 7] = [
    (&["up-to-scale", "scale"], "write --up-to scale"),
    (&["up-to-shift", "shift"], "write --up-to shift"),
    (&["tol", "tolerance", "atol", "rtol", "eps", "epsilon", "delta", "approx", "rounding", "float"], NEARLY),
    (
        &["domain", "inputs", "over", "where", "range", "points"],
        "a domain is given with --on, as in --on '{0,1}' or --on onehot",
    ),
    (
        &["weights", "checkpoint", "w", "state-dict", "load", "bind"],
        "weights are given with --set W=FILE, where W is their name in the .same file",
    ),
    (&["timeout", "limit", "seconds"], "the time is limited with --time SECONDS"),
    (&["exact", "proof", "certain", "no-random"], "answers that are proofs only: --deterministic"),
];

/// How files of weights end.
const ENDS: [&str; 4] = [".safetensors", ".npz", ".npy", ".json"];

/// What to type instead of a tolerance.
const NEARLY: &str = "equality is exact; `samenet similarity A B` says how far two models are apart, and a \
                      claim `distance(a, b) <= 1e-6` allows for rounding";

/// What to type instead of braces that the shell took apart.
const QUOTES: &str = "put the domain into quotes, because a shell takes braces apart: --on '{0,1}'";

/// The error with a tip that replaces clap's, if one is known.
pub fn with_tip(mut error: Error) -> Error {
    if let Some(tip) = tip(&error) {
        error.remove(ContextKind::Suggested);
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::SuggestedSubcommand);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    }
    error
}

fn tip(error: &Error) -> Option<String> {
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let argument = text(ContextKind::InvalidArg).unwrap_or_default();
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let typed = text(ContextKind::InvalidSubcommand)?;
            if Path::new(typed.split("::").next().unwrap_or_default()).exists() {
                return Some(format!("did you mean `samenet check {typed}`, or `equal`, `show` or `eval`?"));
            }
            let meant = COMMANDS.iter().find(|(words, _)| words.contains(&typed))?;
            Some(format!("did you mean `samenet {}`?", meant.1))
        }
        ErrorKind::UnknownArgument if argument == "-o" => {
            Some("long options have two dashes: --on".to_string())
        }
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            let name = argument.trim_start_matches('-').split('=').next().unwrap_or_default();
            OPTIONS.iter().find(|(words, _)| words.contains(&name)).map(|(_, tip)| tip.to_string())
        }
        ErrorKind::UnknownArgument if std::env::args().any(|typed| typed == "--on") => {
            Some(QUOTES.to_string())
        }
        ErrorKind::UnknownArgument if argument.starts_with(['[', '{']) => {
            Some(format!("a point is given with --at: --at '{argument}'"))
        }
        ErrorKind::UnknownArgument if ENDS.iter().any(|end| argument.ends_with(end)) => {
            Some(format!("a name and its file are one word: --set W={argument}"))
        }
        ErrorKind::UnknownArgument if std::env::args().any(|typed| Path::new(&typed).is_file()) => Some(
            "a model is one word with its file: `net.same::a`; `classes` takes more than two".to_string(),
        ),
        ErrorKind::UnknownArgument
            if Path::new(argument.split("::").next().unwrap_or_default()).is_file() =>
        {
            Some("`samenet classes` compares more than two models".to_string())
        }
        ErrorKind::ArgumentConflict if argument.starts_with("--on ") => Some(QUOTES.to_string()),
        ErrorKind::InvalidValue if argument.starts_with("--up-to ") => {
            let value = text(ContextKind::InvalidValue)?;
            ["rounding", "tolerance", "eps", "1e"]
                .iter()
                .any(|word| value.starts_with(word))
                .then(|| NEARLY.to_string())
        }
        ErrorKind::InvalidValue if argument.starts_with("--metric ") => {
            let cosine = text(ContextKind::InvalidValue)?.starts_with("cos");
            cosine.then(|| {
                "every similarity is a cosine: leave --metric out, or choose the inner product".to_string()
            })
        }
        _ => None,
    }
}
