//! The language's front: text to syntax tree, and back.
//!
//! * [`ast`]: the tree.
//! * [`kinds`]: the kinds of errors.
//! * [`parse`]: text to tree, with every error that recovery can find.
//! * [`print()`]: tree to text; `parse(print(tree))` is the same tree.

pub mod ast;
mod decimal;
pub(crate) mod elsewhere;
pub mod kinds;
mod parser;
mod printer;

pub(crate) use decimal::{Decimal, MAX_DIGITS, MAX_EXPONENT, TooLong};
pub use parser::{
    MAX_ERRORS, MAX_HEIGHT, MAX_NESTING, MAX_SOURCE_BYTES, parse, parse_domain, parse_expression, too_large,
};
pub use printer::{print, print_domain, print_expression};

#[cfg(test)]
mod tests;
