//! Claims: their models as networks on common inputs.
//!
//! In a claim the name of a model stands for its output. All models of a claim are applied to the same
//! inputs, paired by position, so `net - base` is one network. So it is in functions that the claim calls.

use num_rational::BigRational;

use super::{Elaborator, Locals, ModelValue};
use crate::diagnostic::{Diagnostic, Span};
use crate::domain::{Domain, InputSet, Metric, Relation};
use crate::model::item::ItemId;
use crate::model::value::Eval;
use crate::model::words::{first_of, is_shape};
use crate::model::{Claim, ClaimKind, kinds};
use crate::network::{Input, Network, NodeId};
use crate::syntax::ast::{self, DomainExpr, Expr};
use std::rc::Rc;

/// One of the model expressions of a claim.
struct Side {
    output: NodeId,
    span: Span,
    /// The models that it names, and where.
    models: Vec<(ItemId, Span)>,
}

/// Two networks with common inputs, and all models that they are made of, each with its own input names.
struct Pair {
    a: Network,
    b: Network,
    models: Vec<Rc<ModelValue>>,
}

impl Pair {
    fn inputs(&self) -> Vec<&[Input]> {
        self.models.iter().map(|model| model.inputs.as_slice()).collect()
    }
}

impl<'a> Elaborator<'a> {
    /// Resolves a claim of a file, with these names in scope.
    pub(super) fn claim(&mut self, locals: &mut Locals<'a>, claim: &'a ast::Claim) -> Eval<Claim> {
        // Its text is copied for every round of its loops.
        self.graph.spend(claim.span.range().len() as u64 / 64, claim.span)?;
        let label = claim.label.as_ref().map(|label| self.text(locals, label)).transpose();
        let kind = self.claim_kind(locals, claim);
        let (label, kind) = (label?, kind?);
        let text = self.graph.sources.get(claim.span.file).text.get(claim.span.range()).unwrap_or("");
        let text = one_line(text);
        let round = self.graph.round();
        Ok(Claim {
            label: label.map(|label| label.to_string()),
            text: if round.is_empty() { text } else { format!("for {round}: {text}") },
            span: claim.span,
            round: (!round.is_empty()).then_some(round),
            kind,
        })
    }

    fn claim_kind(&mut self, locals: &mut Locals<'a>, claim: &'a ast::Claim) -> Eval<ClaimKind> {
        match &claim.kind {
            ast::ClaimKind::Equality { left, right, negated, relation, domain } => {
                let pair = self.pair(locals, left, right);
                let pair = self.or_domain_values(locals, pair, domain.as_ref())?;
                let relation = self.relation(*relation, &pair, left.span);
                let domain = self.claim_domain(locals, domain.as_ref(), &pair.inputs());
                let (relation, domain) = (relation?, domain?);
                Ok(ClaimKind::Equality { a: pair.a, b: pair.b, negated: *negated, relation, domain })
            }
            ast::ClaimKind::Metric { quantity, left, right, comparison, bound, metric, domain } => {
                let pair = self.pair(locals, left, right);
                let bound = self.bound(locals, bound);
                let pair = self.or_domain_values(locals, pair, domain.as_ref())?;
                let resolved = self.claim_domain(locals, domain.as_ref(), &pair.inputs())?;
                // By the grammar, a claim has a metric or a domain, never both.
                if let Some(domain) = domain {
                    self.finite(&resolved, &pair, domain.span)?;
                }
                Ok(ClaimKind::Metric {
                    quantity: *quantity,
                    a: pair.a,
                    b: pair.b,
                    comparison: *comparison,
                    bound: bound?,
                    metric: metric.map_or(Metric::Gaussian, |(metric, _)| metric),
                    domain: domain.is_some().then_some(resolved),
                })
            }
            ast::ClaimKind::Degree { model, comparison, bound } => {
                let side = self.side(locals, model);
                let bound = self.bound(locals, bound);
                let side = side?;
                let models = self.common_inputs(&side.models, side.span)?;
                let inputs = models.first().map(|model| model.inputs.clone()).unwrap_or_default();
                let network = self.graph.extract(inputs, side.output, side.span)?;
                Ok(ClaimKind::Degree { network, comparison: *comparison, bound: bound? })
            }
        }
    }

    /// The pair, if there is one; if not, at least errors in the domain are reported.
    fn or_domain_values(
        &mut self,
        locals: &mut Locals<'a>,
        pair: Eval<Pair>,
        domain: Option<&'a DomainExpr>,
    ) -> Eval<Pair> {
        if let (Err(_), Some(domain)) = (&pair, domain) {
            self.domain_values(locals, domain);
        }
        pair
    }

    fn bound(&mut self, locals: &mut Locals<'a>, bound: &'a Expr) -> Eval<BigRational> {
        let value = self.eval(locals, bound)?;
        self.number(&value, bound.span, "the bound")
    }

    /// Evaluates a model expression, in which a model stands for its output.
    fn side(&mut self, locals: &mut Locals<'a>, expr: &'a Expr) -> Eval<Side> {
        self.claim = Some(Vec::new());
        let value = self.eval(locals, expr);
        let output = value.and_then(|value| self.node(&value, expr.span));
        let models = self.claim.take().unwrap_or_default();
        Ok(Side { output: output?, span: expr.span, models })
    }

    fn pair(&mut self, locals: &mut Locals<'a>, left: &'a Expr, right: &'a Expr) -> Eval<Pair> {
        let (a, b) = (self.side(locals, left), self.side(locals, right));
        let (a, b) = (a?, b?);
        let named: Vec<(ItemId, Span)> = a.models.iter().chain(&b.models).copied().collect();
        let models = self.common_inputs(&named, a.span.to(b.span))?;
        let (shape, other) = (self.graph.shape(a.output), self.graph.shape(b.output));
        if shape != other {
            let message = format!(
                "the outputs have different shapes: {} {} but {} {}",
                self.graph.quote(a.span, "the left side"),
                is_shape(&shape),
                self.graph.quote(b.span, "the right side"),
                is_shape(&other)
            );
            let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, a.span.to(b.span), message);
            let scalar = shape.rank() == 0 || other.rank() == 0;
            let help = scalar.then_some("to compare one entry of an output, write `a[0] == b`");
            return Err(self.graph.report(
                diagnostic.also(a.span, is_shape(&shape)).also(b.span, is_shape(&other)).help_if_any(help),
            ));
        }
        // Witnesses show each side with the input names of its own first model.
        let own = |this: &mut Self, side: &Side| -> Eval<Vec<Input>> {
            match side.models.first() {
                Some(&(id, _)) => this.model(id).map(|model| model.inputs.clone()),
                None => Ok(models.first().map(|model| model.inputs.clone()).unwrap_or_default()),
            }
        };
        let (a_inputs, b_inputs) = (own(self, &a)?, own(self, &b)?);
        let a = self.graph.extract(a_inputs, a.output, a.span)?;
        let b = self.graph.extract(b_inputs, b.output, b.span)?;
        Ok(Pair { a, b, models })
    }

    /// The models of a claim, which must have the same input shapes.
    fn common_inputs(&mut self, named: &[(ItemId, Span)], span: Span) -> Eval<Vec<Rc<ModelValue>>> {
        let Some(&(first_id, first_span)) = named.first() else {
            let message = "this claim compares only constants";
            let diagnostic = Diagnostic::new(kinds::CLAIM_WITHOUT_MODEL, span, message);
            return Err(self
                .graph
                .report(diagnostic.help("a claim names at least one model, as in `net == other`")));
        };
        let first = self.model(first_id)?;
        let mut models = vec![first.clone()];
        let shapes =
            |model: &ModelValue| -> Vec<_> { model.inputs.iter().map(|input| input.shape.clone()).collect() };
        let first_shapes = shapes(&first);
        let mut failed = None;
        for &(id, span) in &named[1..] {
            self.graph.spend(first.inputs.len() as u64, span)?;
            let model = self.model(id)?;
            if shapes(&model) != first_shapes {
                let (name, other) = (self.names.name(first_id), self.names.name(id));
                let message = format!(
                    "models of one claim must have the same input shapes: `{name}` takes {} but `{other}` \
                     takes {}",
                    input_words(&first.inputs),
                    input_words(&model.inputs)
                );
                let mut diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, span, message)
                    .label(format!("takes {}", input_words(&model.inputs)));
                diagnostic = diagnostic
                    .help("a model can be applied to a part of an input: `model part(x: 3) = net(x[0..2])`");
                if first_span != span {
                    diagnostic = diagnostic.also(first_span, format!("takes {}", input_words(&first.inputs)));
                }
                failed = Some(self.graph.report(diagnostic));
            }
            models.push(model);
        }
        failed.map_or(Ok(models), Err)
    }

    fn relation(&mut self, relation: Option<(Relation, Span)>, pair: &Pair, left: Span) -> Eval<Relation> {
        let Some((relation, span)) = relation else { return Ok(Relation::Equal) };
        let shape = pair.a.output_shape();
        if relation == Relation::UpToShift && shape.axes().last().is_none_or(|&last| last < 2) {
            let message = format!(
                "`up to shift` compares entries along the last axis, but the output {}",
                is_shape(shape)
            );
            let diagnostic = Diagnostic::new(kinds::INVALID_CLAIM, span, message);
            return Err(self.graph.report(diagnostic.also(left, is_shape(shape))));
        }
        Ok(relation)
    }

    fn claim_domain(
        &mut self,
        locals: &mut Locals<'a>,
        domain: Option<&'a DomainExpr>,
        models: &[&[Input]],
    ) -> Eval<Domain> {
        match domain {
            Some(domain) => self.domain(locals, domain, models),
            None => Ok(Domain::everywhere(models.first().map_or(0, |inputs| inputs.len()))),
        }
    }

    /// A sum over a domain needs a finite set for every input.
    fn finite(&mut self, domain: &Domain, pair: &Pair, span: Span) -> Eval<()> {
        let free = domain.0.iter().zip(pair.a.inputs()).find(|(set, _)| **set == InputSet::Everything);
        match free {
            Some((_, input)) => {
                let message = format!(
                    "similarity on a domain is a sum over its points, but input `{}` is not limited to a \
                     finite set",
                    input.name
                );
                let diagnostic = Diagnostic::new(kinds::INVALID_DOMAIN, span, message);
                Err(self.graph.report(diagnostic.help(format!("add `, {} in {{..}}`", input.name))))
            }
            None => Ok(()),
        }
    }
}

/// The inputs of a model, as messages list them.
fn input_words(inputs: &[Input]) -> String {
    if inputs.is_empty() {
        return "nothing".to_string();
    }
    first_of(inputs.iter().map(|input| format!("{}: {}", input.name, input.shape)), 8)
}

/// Source text on one line: without comments, white space collapsed, strings unchanged.
fn one_line(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut characters = text.chars();
    let mut blank = false;
    let mut quoted = false;
    while let Some(c) = characters.next() {
        if !quoted && c == '#' {
            characters.by_ref().find(|&c| c == '\n');
            blank = true;
            continue;
        }
        if !quoted && c.is_whitespace() {
            blank = true;
            continue;
        }
        if blank && !result.is_empty() {
            result.push(' ');
        }
        blank = false;
        result.push(c);
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => result.extend(characters.next()),
            _ => {}
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn claims_are_shown_on_one_line() {
        assert_eq!(one_line("a\n  == b # why\n on {0,\t1}"), "a == b on {0, 1}");
        assert_eq!(one_line(r##"W["a  # \" b"]  == c"##), r##"W["a  # \" b"] == c"##);
    }
}
