//! The signature of a builtin: its parameters, and the function behind it.

use std::fmt;

use super::arguments::{Arguments, Parameter};
use crate::model::graph::Graph;
use crate::model::value::{Eval, Numeric};
use crate::network::NodeId;

/// The function behind a builtin.
pub(super) type Implementation = fn(&mut Graph<'_>, &Arguments) -> Eval<NodeId>;

/// The signature of a builtin.
pub struct Signature {
    /// Its name.
    pub name: &'static str,
    /// The parameters that are given once.
    pub parameters: &'static [Parameter],
    /// How many of them, from the first, can be given by position.
    pub positional: usize,
    /// A parameter that takes all further positional arguments; at least one must be given.
    pub rest: Option<Parameter>,
    pub(super) implementation: Implementation,
}

impl Signature {
    /// Calls the builtin. A scalar of known value becomes a number, which can count and index.
    pub(in crate::model) fn apply(&self, graph: &mut Graph<'_>, arguments: &Arguments) -> Eval<Numeric> {
        let id = (self.implementation)(graph, arguments)?;
        let id = graph.checked_rank(id, arguments.span)?;
        match graph.builder.as_constant(id) {
            Some(constant) if constant.shape().rank() == 0 => {
                let number = constant.rational(0);
                number.map(Numeric::Number).map_err(|error| graph.unreadable(&error, arguments.span))
            }
            _ => Ok(Numeric::Node(id)),
        }
    }
}

impl fmt::Display for Signature {
    /// As in Python: parameters after `*` are given by name only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |parameter: &Parameter| match parameter.default {
            Some(default) => format!("{}: {} = {default}", parameter.name, parameter.takes),
            None => format!("{}: {}", parameter.name, parameter.takes),
        };
        let mut parts: Vec<String> = self.parameters[..self.positional].iter().map(one).collect();
        if let Some(rest) = &self.rest {
            parts.push(format!("{}: {}, ..", rest.name, rest.takes));
        }
        if self.positional < self.parameters.len() {
            if self.rest.is_none() {
                parts.push("*".to_string());
            }
            parts.extend(self.parameters[self.positional..].iter().map(one));
        }
        write!(f, "{}({})", self.name, parts.join(", "))
    }
}
