//! The language's front: text to syntax tree, and back.
//!
//! * [`ast`]: the tree.
//! * [`parse`]: text to tree, with every error that recovery can find.
//! * [`print`]: tree to text; `parse(print(tree))` is the same tree.

pub mod ast;
mod parser;
mod printer;

pub use parser::{parse, parse_domain, parse_expression};
pub use printer::print;
