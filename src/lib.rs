//! samenet decides whether two polynomial networks are the same function.

pub mod arithmetic;
pub mod diagnostic;
pub mod equality;
pub mod model;
pub mod network;
pub mod polynomial;
pub mod syntax;
