//! Looks up every name of every expression.

use std::collections::HashMap;

use super::table::{Named, Names};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::item::ItemId;
use crate::model::kinds;
use crate::model::modules::ModuleId;
use crate::syntax::ast::{
    Argument, Claim, ClaimKind, ClaimLoop, ClaimStatement, DomainExpr, DomainKind, Expr, ExprKind, IndexExpr,
    ItemKind, Name, SetExpr, SetKind, Statement, Text, TextPart,
};
use crate::syntax::elsewhere::{Place, instead};

/// A use of an item, and where.
pub(in crate::model) type Use = (ItemId, Span);

/// Looks up every name of a file, of claims only if asked. Returns what every item uses.
pub(in crate::model) fn check_module(
    names: &Names<'_>,
    module: ModuleId,
    claims: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(ItemId, Vec<Use>)> {
    let mut all = Vec::new();
    for (position, item) in names.modules[module].syntax.items.iter().enumerate() {
        let mut walk = Walk::new(names, module, diagnostics);
        match &item.kind {
            ItemKind::Let { value, .. } => walk.expression(value),
            ItemKind::Weights { path, .. } => walk.text(path),
            ItemKind::Fn { params, body, .. } => {
                walk.parameters(params, "parameter");
                walk.expression(body);
            }
            ItemKind::Model { inputs, body, .. } => {
                // Shapes are constants, so they do not see the inputs.
                walk.help = Some(SHAPE);
                inputs.iter().flat_map(|input| &input.shape.axes).for_each(|axis| walk.expression(axis));
                walk.help = None;
                walk.parameters(inputs.iter().map(|input| &input.name), "input");
                walk.expression(body);
            }
            ItemKind::Import { .. } => {}
            ItemKind::Claim(claim) if claims => walk.claim(claim),
            ItemKind::Claims(repeated) if claims => walk.claims(repeated),
            ItemKind::Claim(_) | ItemKind::Claims(_) => {}
        }
        all.push((ItemId { module, position }, walk.uses));
    }
    all
}

/// Looks up every name of a domain that stands on its own.
pub(in crate::model) fn check_domain(
    names: &Names<'_>,
    module: ModuleId,
    domain: &DomainExpr,
    diagnostics: &mut Vec<Diagnostic>,
) {
    Walk::new(names, module, diagnostics).domain(Some(domain));
}

/// Help for an unknown name in the shape of an input,
const SHAPE: &str = "a shape is a number or a list of numbers, as in `x: 4` and `x: [2, 3]`";
/// in the brackets behind a weight file,
const QUOTED: &str = "the name of a tensor stands in quotes, as in `W[\"fc.weight\"]`";
/// and among what a claim applies a model to.
const APPLIED: &str = "in a claim, a model stands for its output: write `a == b`, not `a(x) == b(x)`";

/// A walk over one item.
struct Walk<'w, 'a> {
    names: &'w Names<'a>,
    module: ModuleId,
    diagnostics: &'w mut Vec<Diagnostic>,
    /// The number of definitions in scope of every name.
    locals: HashMap<&'w str, usize>,
    /// The local definitions, innermost last.
    order: Vec<&'w str>,
    uses: Vec<Use>,
    /// Help for names that are unknown here and like nothing else.
    help: Option<&'static str>,
    claims: bool,
}

impl<'w, 'a: 'w> Walk<'w, 'a> {
    fn new(names: &'w Names<'a>, module: ModuleId, diagnostics: &'w mut Vec<Diagnostic>) -> Walk<'w, 'a> {
        Walk {
            names,
            module,
            diagnostics,
            locals: HashMap::new(),
            order: Vec::new(),
            uses: Vec::new(),
            help: None,
            claims: false,
        }
    }

    fn parameters(&mut self, params: impl IntoIterator<Item = &'w Name>, noun: &str) {
        let mut first: HashMap<&str, Span> = HashMap::new();
        for name in params {
            match first.get(name.text.as_str()) {
                Some(&span) => self.diagnostics.push(
                    Diagnostic::new(
                        kinds::DUPLICATE_NAME,
                        name.span,
                        format!("two {noun}s are called `{}`", name.text),
                    )
                    .also(span, "the first is here"),
                ),
                None => {
                    first.insert(&name.text, name.span);
                }
            }
            self.define(&name.text);
        }
    }

    fn define(&mut self, name: &'w str) {
        *self.locals.entry(name).or_insert(0) += 1;
        self.order.push(name);
    }

    /// Ends the scope that began at `mark`.
    fn leave(&mut self, mark: usize) {
        for name in self.order.drain(mark..) {
            if let Some(count) = self.locals.get_mut(name) {
                *count -= 1;
            }
        }
    }

    fn is_local(&self, name: &str) -> bool {
        self.locals.get(name).is_some_and(|&count| count > 0)
    }

    fn name(&mut self, path: &[Name], name: &Name, span: Span, called: bool) {
        if path.is_empty() && self.is_local(&name.text) {
            return;
        }
        let locals = self.order.iter().rev().copied();
        match self.names.find(self.module, path, name, called, locals) {
            Ok(Named::Item(id)) => self.uses.push((id, span)),
            Ok(Named::Builtin(_)) => {}
            Err(Some(mut diagnostic)) => {
                let likely = diagnostic.help.first().is_some_and(|help| help.starts_with("did you mean"));
                if let Some(help) = self.help.filter(|_| !likely) {
                    diagnostic.help = vec![help.to_string()];
                } else if self.claims && called && diagnostic.help.is_empty() && self.names.suggests() {
                    diagnostic.help.extend(instead(Place::Claim, &name.text));
                } else if self.claims && path.is_empty() && diagnostic.help.is_empty() {
                    diagnostic.help.extend(self.names.models(self.module));
                }
                self.diagnostics.push(*diagnostic);
            }
            Err(None) => {}
        }
    }

    fn text(&mut self, text: &'w Text) {
        for part in &text.parts {
            if let TextPart::Interpolated(expr) = part {
                self.expression(expr);
            }
        }
    }

    fn arguments(&mut self, arguments: &'w [Argument]) {
        arguments.iter().for_each(|argument| self.expression(&argument.value));
    }

    /// Operators, indices and pipes nest to the left without bound, so a loop walks down that side.
    fn expression(&mut self, expr: &'w Expr) {
        let mut here = expr;
        let mut called = false;
        loop {
            let is_callee = std::mem::take(&mut called);
            match &here.kind {
                ExprKind::Number { .. } => return,
                ExprKind::Text(text) => return self.text(text),
                ExprKind::Name { path, name } => return self.name(path, name, here.span, is_callee),
                ExprKind::Stack(entries) => {
                    return entries.iter().for_each(|entry| self.expression(entry));
                }
                ExprKind::Call { callee, arguments } => {
                    let before = self.help;
                    if self.claims && matches!(self.item(callee), Some(ItemKind::Model { .. })) {
                        self.help = Some(APPLIED);
                    }
                    self.arguments(arguments);
                    self.help = before;
                    called = true;
                    here = callee;
                }
                ExprKind::Index { base, indices } => {
                    let before = self.help;
                    if matches!(self.item(base), Some(ItemKind::Weights { .. })) {
                        self.help = Some(QUOTED);
                    }
                    indices.iter().for_each(|index| self.index(index));
                    self.help = before;
                    here = base;
                }
                ExprKind::Negate(inner) | ExprKind::Parenthesised(inner) => here = inner,
                ExprKind::Binary { left, right, .. } => {
                    self.expression(right);
                    here = left;
                }
                ExprKind::Pipe { left, right } => {
                    match &right.kind {
                        ExprKind::Name { path, name } => self.name(path, name, right.span, true),
                        _ => self.expression(right),
                    }
                    here = left;
                }
                ExprKind::Block { statements, value } => {
                    let mark = self.order.len();
                    self.statements(statements);
                    self.expression(value);
                    return self.leave(mark);
                }
            }
        }
    }

    /// The item that is named here, if it is no more than a name.
    fn item(&self, expr: &Expr) -> Option<&'a ItemKind> {
        let ExprKind::Name { path, name } = &expr.kind else { return None };
        match self.names.find(self.module, path, name, true, []) {
            Ok(Named::Item(id)) => Some(self.names.kind(id)),
            _ => None,
        }
    }

    fn index(&mut self, index: &'w IndexExpr) {
        match index {
            IndexExpr::At(expr) => self.expression(expr),
            IndexExpr::Range { start, end, .. } => {
                start.iter().chain(end).for_each(|expr| self.expression(expr));
            }
        }
    }

    fn statements(&mut self, statements: &'w [Statement]) {
        for statement in statements {
            match statement {
                Statement::Let { name, value } => {
                    self.expression(value);
                    self.define(&name.text);
                }
                Statement::For { name, start, end, body, .. } => {
                    self.expression(start);
                    self.expression(end);
                    let mark = self.order.len();
                    self.define(&name.text);
                    self.statements(body);
                    self.leave(mark);
                }
            }
        }
    }

    fn claims(&mut self, repeated: &'w ClaimLoop) {
        self.expression(&repeated.start);
        self.expression(&repeated.end);
        let mark = self.order.len();
        self.define(&repeated.name.text);
        for statement in &repeated.body {
            match statement {
                ClaimStatement::Let { name, value } => {
                    self.expression(value);
                    self.define(&name.text);
                }
                ClaimStatement::Claim(claim) => self.claim(claim),
                ClaimStatement::For(inner) => self.claims(inner),
            }
        }
        self.leave(mark);
    }

    fn claim(&mut self, claim: &'w Claim) {
        claim.label.iter().for_each(|label| self.text(label));
        let (expressions, domain): (&[&Expr], _) = match &claim.kind {
            ClaimKind::Equality { left, right, domain, .. } => (&[left, right], domain.as_ref()),
            ClaimKind::Metric { left, right, bound, domain, .. } => (&[left, right, bound], domain.as_ref()),
            ClaimKind::Degree { model, bound, .. } => (&[model, bound], None),
        };
        self.claims = true;
        expressions.iter().for_each(|expression| self.expression(expression));
        self.claims = false;
        self.domain(domain);
    }

    fn domain(&mut self, domain: Option<&'w DomainExpr>) {
        match domain.map(|domain| &domain.kind) {
            Some(DomainKind::Every(set)) => self.set(set),
            Some(DomainKind::PerInput(sets)) => sets.iter().for_each(|(_, set)| self.set(set)),
            None => {}
        }
    }

    fn set(&mut self, set: &'w SetExpr) {
        match &set.kind {
            SetKind::Finite(values) => values.iter().for_each(|value| self.expression(value)),
            SetKind::Points(points) => self.expression(points),
            SetKind::OneHot => {}
        }
    }
}
