//! stdout: colours where wanted, one flush per answer, and no panic when it is closed.

use std::io::{Stdout, Write};

use anstream::AutoStream;
use serde_json::Value;

use super::failure::Failure;

/// The stream that results go to.
pub struct Output {
    stream: AutoStream<Stdout>,
}

impl Output {
    /// The process's stdout; ANSI colours pass only to a terminal, and not when `NO_COLOR` is set.
    pub fn new() -> Output {
        Output { stream: anstream::stdout() }
    }

    /// Writes text, a line break and flushes: someone may watch answers come in through a pipe.
    pub fn line(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.stream, "{text}")
            .and_then(|()| self.stream.flush())
            .map_err(|error| Failure::writing(&error))
    }

    /// Writes one JSON object.
    pub fn json(&mut self, value: &Value) -> Result<(), Failure> {
        self.line(&format!("{value:#}"))
    }
}
