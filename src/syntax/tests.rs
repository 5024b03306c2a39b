//! Trees written out for tests, so that how operators bind is seen.

#[path = "../../tests/common/trees.rs"]
pub(super) mod trees;

use super::ast::{Expr, ExprKind, IndexExpr, Statement, TextPart};

/// A tree without its parentheses, written so that nothing else is lost.
pub(super) fn bare(expression: &Expr) -> String {
    let all = |expressions: &[Expr]| expressions.iter().map(bare).collect::<Vec<_>>().join(" ");
    match &expression.kind {
        ExprKind::Parenthesised(inner) => bare(inner),
        ExprKind::Number { value, text } => format!("{value}:{text}"),
        ExprKind::Name { path, name } => {
            path.iter().chain([name]).map(|name| name.text.as_str()).collect::<Vec<_>>().join("::")
        }
        ExprKind::Text(text) => text
            .parts
            .iter()
            .map(|part| match part {
                TextPart::Literal(literal) => format!("{literal:?} "),
                TextPart::Interpolated(inner) => format!("<{}>", bare(inner)),
            })
            .collect(),
        ExprKind::Stack(entries) => format!("(stack {})", all(entries)),
        ExprKind::Call { callee, arguments } => {
            let arguments: String = arguments
                .iter()
                .map(|a| format!(" {:?}={}", a.name.as_ref().map(|name| &name.text), bare(&a.value)))
                .collect();
            format!("(call {}{arguments})", bare(callee))
        }
        ExprKind::Index { base, indices } => {
            let indices: String = indices
                .iter()
                .map(|index| match index {
                    IndexExpr::At(entry) => format!(" {}", bare(entry)),
                    IndexExpr::Range { start, end, .. } => {
                        format!(" {:?}..{:?}", start.as_ref().map(bare), end.as_ref().map(bare))
                    }
                })
                .collect();
            format!("(index {}{indices})", bare(base))
        }
        ExprKind::Negate(inner) => format!("(negate {})", bare(inner)),
        ExprKind::Binary { operator, left, right } => {
            format!("({operator:?} {} {})", bare(left), bare(right))
        }
        ExprKind::Pipe { left, right } => format!("(pipe {} {})", bare(left), bare(right)),
        ExprKind::Block { statements, value } => {
            let statements: String = statements.iter().map(bare_statement).collect();
            format!("(block {statements}{})", bare(value))
        }
    }
}

fn bare_statement(statement: &Statement) -> String {
    match statement {
        Statement::Let { name, value } => format!("(let {} {})", name.text, bare(value)),
        Statement::For { name, start, end, body, .. } => {
            let body: String = body.iter().map(bare_statement).collect();
            format!("(for {} {} {} {body})", name.text, bare(start), bare(end))
        }
    }
}
