//! Indices and slices of tensors.

use super::Graph;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::kinds;
use crate::model::value::{Eval, Numeric, Reported};
use crate::network::NodeId;

/// What an index selects along one axis, and where it is written.
pub(in crate::model) enum Selection {
    One(usize, Span),
    Part(Option<(usize, Span)>, Option<(usize, Span)>, Span),
}

impl Graph<'_> {
    /// The selected part of a tensor.
    pub fn select(&mut self, id: NodeId, selections: &[Selection], base: Span, span: Span) -> Eval<Numeric> {
        let shape = self.shape(id);
        let what = self.quote(base, "this");
        if selections.len() > shape.rank() {
            let message = match (shape.rank(), selections.len()) {
                (0, _) => format!("{what} is a scalar, which cannot be indexed"),
                (1, n) => format!("{what} has 1 axis, but {n} indices are given"),
                (rank, n) => format!("{what} has {rank} axes, but {n} indices are given"),
            };
            return Err(self.error(kinds::OUT_OF_BOUNDS, span, message));
        }
        let mut node = id;
        // The next axis of the result; axes with an index are dropped.
        let mut axis = 0;
        let mut failed = None;
        for (position, (selection, &length)) in selections.iter().zip(shape.axes()).enumerate() {
            let place = if shape.rank() == 1 { what.clone() } else { format!("axis {position} of {what}") };
            let result = match selection {
                Selection::One(index, at) if *index >= length => {
                    Err(self.out_of_bounds(format!("there is no entry {index}"), &place, length, (*at, base)))
                }
                Selection::One(index, at) => self.build(*at, |builder| builder.select(node, axis, *index)),
                Selection::Part(start, end, at) => {
                    let (first, last) = (start.map_or(0, |(n, _)| n), end.map_or(length, |(n, _)| n));
                    if last > length || first > length {
                        let (index, at) = match (start, end) {
                            (_, Some((n, at))) if *n > length => (*n, *at),
                            (Some((n, at)), _) => (*n, *at),
                            _ => (last, *at),
                        };
                        let message = format!("slice bound {index} is out of bounds");
                        Err(self.out_of_bounds(message, &place, length, (at, base)))
                    } else if first > last {
                        let message = format!("the slice ends at {last} before it starts at {first}");
                        Err(self.error(kinds::OUT_OF_BOUNDS, *at, message))
                    } else {
                        axis += 1;
                        self.build(*at, |builder| builder.slice(node, axis - 1, first, last - first))
                    }
                }
            };
            match result {
                Ok(id) => node = id,
                Err(reported) => {
                    // Each axis is checked on its own, to find the errors of all.
                    failed = Some(reported);
                    node = id;
                    axis = position + 1;
                }
            }
        }
        if let Some(reported) = failed {
            return Err(reported);
        }
        if selections.len() == shape.rank()
            && let Some(constant) = self.builder.as_constant(id)
        {
            let flat = selections.iter().zip(shape.axes()).try_fold(0, |flat, (selection, &length)| {
                let Selection::One(index, _) = selection else { return None };
                Some(flat * length + index)
            });
            if let Some(flat) = flat {
                let value = constant.rational(flat);
                return value.map(Numeric::Number).map_err(|error| self.unreadable(&error, span));
            }
        }
        Ok(Numeric::Node(node))
    }

    fn out_of_bounds(
        &mut self,
        message: String,
        place: &str,
        length: usize,
        (at, base): (Span, Span),
    ) -> Reported {
        let has = match length {
            0 => "has no entries".to_string(),
            1 => "has only entry 0".to_string(),
            n => format!("has entries 0 to {}", n - 1),
        };
        let diagnostic = Diagnostic::new(kinds::OUT_OF_BOUNDS, at, format!("{message}: {place} {has}"));
        self.report(diagnostic.also(base, has))
    }
}
