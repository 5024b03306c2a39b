//! Which definition a name stands for, in all files, before anything is computed.
//!
//! Every name in every definition is looked up here once, so that mistakes are reported even in functions
//! that nobody calls, and definitions that use themselves are found before they could run forever.

mod cycles;
mod table;
mod walk;

pub(super) use cycles::find_recursion;
pub(super) use table::{Named, Names};
pub(super) use walk::{check_domain, check_module};
