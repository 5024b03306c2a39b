//! Trees without spans, to compare what was written and not where.

use super::ast::{
    Claim, ClaimKind, ClaimLoop, ClaimStatement, DomainExpr, DomainKind, Expr, ExprKind, File, IndexExpr,
    ItemKind, Name, SetExpr, SetKind, ShapeExpr, Statement, Text, TextPart,
};
use crate::diagnostic::{FileId, Span};

impl File {
    /// This file with every span empty.
    pub fn without_spans(mut self) -> File {
        for item in &mut self.items {
            erase(&mut item.span);
            match &mut item.kind {
                ItemKind::Let { name: defined, value } => {
                    name(defined);
                    expr(value);
                }
                ItemKind::Weights { name: defined, path } | ItemKind::Import { path, alias: defined } => {
                    name(defined);
                    text(path);
                }
                ItemKind::Fn { name: defined, params, body } => {
                    name(defined);
                    params.iter_mut().for_each(name);
                    expr(body);
                }
                ItemKind::Model { name: defined, inputs, body } => {
                    name(defined);
                    for input in inputs {
                        name(&mut input.name);
                        shape(&mut input.shape);
                    }
                    expr(body);
                }
                ItemKind::Claim(made) => claim(made),
                ItemKind::Claims(repeated) => claims(repeated),
            }
        }
        self
    }
}

impl Expr {
    /// This expression with every span empty.
    pub fn without_spans(mut self) -> Expr {
        expr(&mut self);
        self
    }
}

impl DomainExpr {
    /// This domain with every span empty.
    pub fn without_spans(mut self) -> DomainExpr {
        domain(&mut self);
        self
    }
}

fn erase(span: &mut Span) {
    *span = Span { file: FileId(0), start: 0, end: 0 };
}

fn name(name: &mut Name) {
    erase(&mut name.span);
}

fn text(text: &mut Text) {
    erase(&mut text.span);
    for part in &mut text.parts {
        if let TextPart::Interpolated(inner) = part {
            expr(inner);
        }
    }
}

fn shape(shape: &mut ShapeExpr) {
    erase(&mut shape.span);
    shape.axes.iter_mut().for_each(expr);
}

fn expr(node: &mut Expr) {
    erase(&mut node.span);
    match &mut node.kind {
        ExprKind::Number { .. } => {}
        ExprKind::Text(inner) => text(inner),
        ExprKind::Name { path, name: last } => {
            path.iter_mut().for_each(name);
            name(last);
        }
        ExprKind::Stack(entries) => entries.iter_mut().for_each(expr),
        ExprKind::Call { callee, arguments } => {
            expr(callee);
            for argument in arguments {
                argument.name.iter_mut().for_each(name);
                expr(&mut argument.value);
            }
        }
        ExprKind::Index { base, indices } => {
            expr(base);
            indices.iter_mut().for_each(index);
        }
        ExprKind::Negate(inner) | ExprKind::Parenthesised(inner) => expr(inner),
        ExprKind::Binary { left, right, .. } | ExprKind::Pipe { left, right } => {
            expr(left);
            expr(right);
        }
        ExprKind::Block { statements, value } => {
            statements.iter_mut().for_each(statement);
            expr(value);
        }
    }
}

fn index(index: &mut IndexExpr) {
    match index {
        IndexExpr::At(entry) => expr(entry),
        IndexExpr::Range { start, end, span } => {
            erase(span);
            start.iter_mut().chain(end).for_each(expr);
        }
    }
}

fn statement(node: &mut Statement) {
    match node {
        Statement::Let { name: bound, value } => {
            name(bound);
            expr(value);
        }
        Statement::For { name: counter, start, end, body, span } => {
            erase(span);
            name(counter);
            expr(start);
            expr(end);
            body.iter_mut().for_each(statement);
        }
    }
}

fn claims(repeated: &mut ClaimLoop) {
    erase(&mut repeated.span);
    name(&mut repeated.name);
    expr(&mut repeated.start);
    expr(&mut repeated.end);
    for statement in &mut repeated.body {
        match statement {
            ClaimStatement::Let { name: bound, value } => {
                name(bound);
                expr(value);
            }
            ClaimStatement::Claim(made) => claim(made),
            ClaimStatement::For(inner) => claims(inner),
        }
    }
}

fn claim(claim: &mut Claim) {
    erase(&mut claim.span);
    claim.label.iter_mut().for_each(text);
    match &mut claim.kind {
        ClaimKind::Equality { left, right, relation, domain: on, .. } => {
            expr(left);
            expr(right);
            relation.iter_mut().for_each(|(_, span)| erase(span));
            on.iter_mut().for_each(domain);
        }
        ClaimKind::Metric { left, right, bound, metric, domain: on, .. } => {
            expr(left);
            expr(right);
            expr(bound);
            metric.iter_mut().for_each(|(_, span)| erase(span));
            on.iter_mut().for_each(domain);
        }
        ClaimKind::Degree { model, bound, .. } => {
            expr(model);
            expr(bound);
        }
    }
}

fn domain(domain: &mut DomainExpr) {
    erase(&mut domain.span);
    match &mut domain.kind {
        DomainKind::Every(every) => set(every),
        DomainKind::PerInput(inputs) => {
            for (input, range) in inputs {
                name(input);
                set(range);
            }
        }
    }
}

fn set(node: &mut SetExpr) {
    erase(&mut node.span);
    match &mut node.kind {
        SetKind::Finite(values) => values.iter_mut().for_each(expr),
        SetKind::OneHot => {}
        SetKind::Points(points) => expr(points),
    }
}
