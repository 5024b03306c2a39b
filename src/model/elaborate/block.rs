//! Blocks and loops.

use std::ops::Range;

use num_rational::BigRational;

use super::{Elaborator, Locals};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::graph::Frame;
use crate::model::kinds;
use crate::model::value::{Eval, Reported, Value};
use crate::syntax::ast::{Expr, Name, Statement};

impl<'a> Elaborator<'a> {
    /// `{ statements value }`: names that it defines are not seen outside.
    pub(super) fn block(
        &mut self,
        locals: &mut Locals<'a>,
        statements: &'a [Statement],
        value: &'a Expr,
    ) -> Eval<Value> {
        let mark = locals.mark();
        self.statements(locals, statements, mark);
        let value = self.eval(locals, value);
        locals.leave(mark);
        value
    }

    /// Statements of the scope that began at `mark`. A name whose value has an error is poisoned, and the
    /// statements after it go on.
    fn statements(&mut self, locals: &mut Locals<'a>, statements: &'a [Statement], mark: usize) {
        for statement in statements {
            match statement {
                Statement::Let { name, value } => {
                    let value = self.eval(locals, value);
                    locals.assign(mark, &name.text, value);
                }
                Statement::For { name, start, end, body, span } => match self.range(locals, start, end) {
                    Ok(range) => {
                        let size = body.len();
                        let place = (*span, mark);
                        let finished =
                            self.rounds(locals, name, (range, size), place, |this, locals, mark| {
                                this.statements(locals, body, mark);
                            });
                        if finished.is_err() {
                            self.poison_rebound(locals, body, mark);
                        }
                    }
                    Err(Reported) => self.poison_rebound(locals, body, mark),
                },
            }
        }
    }

    /// The values of a counter.
    pub(super) fn range(
        &mut self,
        locals: &mut Locals<'a>,
        start: &'a Expr,
        end: &'a Expr,
    ) -> Eval<Range<usize>> {
        let first = self.eval(locals, start);
        let first = first.and_then(|value| self.natural(&value, start.span, "the start of a loop"));
        let last = self.eval(locals, end);
        let last = last.and_then(|value| self.natural(&value, end.span, "the end of a loop"));
        Ok(first?..last?)
    }

    /// Runs a loop of so many statements, in the scope that began at `outer`. When a `let` in the body gives
    /// an outer name a new value, the next round and everything after the loop see that value; a new name
    /// lasts for one round. Fails, before the first round, if there are too many.
    pub(super) fn rounds(
        &mut self,
        locals: &mut Locals<'a>,
        counter: &'a Name,
        (range, statements): (Range<usize>, usize),
        (span, outer): (Span, usize),
        mut body: impl FnMut(&mut Self, &mut Locals<'a>, usize),
    ) -> Eval<()> {
        if self.graph.is_exhausted() {
            return Ok(());
        }
        let each = 1 + statements as u64;
        if !self.graph.affords((range.len() as u64).saturating_mul(each)) {
            let message = format!("this loop would run {} times", range.len());
            let diagnostic = Diagnostic::new(kinds::TOO_LARGE, counter.span.to(span), message);
            let help = "loops are unrolled; the limit is a few million steps in all";
            return Err(self.graph.report(diagnostic.help(help)));
        }
        for value in range {
            if self.graph.spend(1, span).is_err() {
                return Ok(());
            }
            let mark = locals.mark();
            let number = BigRational::from_integer(value.into());
            locals.define(&counter.text, Ok(Value::Number(number)));
            self.graph.frames.push(Frame::Round { counter: &counter.text, value, span: counter.span });
            // The counter is outside the scope of the round, so that a `let` of the same name lasts only for
            // the round.
            let inside = locals.mark();
            body(self, locals, inside);
            self.graph.frames.pop();
            let rebound = locals.leave(inside);
            locals.leave(mark);
            for (name, value) in rebound.into_iter().rev() {
                let visible = locals.get(name).is_some() || self.names.item(locals.module, name).is_some();
                if name != counter.text && visible {
                    locals.assign(outer, name, value);
                }
            }
        }
        Ok(())
    }

    /// Poisons the names that a loop would have given new values, after an error in its range.
    fn poison_rebound(&mut self, locals: &mut Locals<'a>, body: &'a [Statement], outer: usize) {
        for statement in body {
            match statement {
                Statement::Let { name, .. } => {
                    if locals.get(&name.text).is_some() {
                        locals.assign(outer, &name.text, Err(Reported));
                    }
                }
                Statement::For { body, .. } => self.poison_rebound(locals, body, outer),
            }
        }
    }
}
