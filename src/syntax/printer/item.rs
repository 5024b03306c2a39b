//! Files, items, claims and domains.

use super::{Layout, Printed, Printer};
use crate::domain::Comparison;
use crate::syntax::ast::{
    Claim, ClaimKind, ClaimLoop, ClaimStatement, DomainExpr, DomainKind, Expr, ExprKind, File, Item,
    ItemKind, ModelInput, Name, SetExpr, SetKind,
};

/// Items begin at the left margin.
const MARGIN: Layout = Layout::Broken(0);

impl Printer {
    /// A blank line stands around items of several lines and between items of different kinds.
    pub(super) fn file(&mut self, file: &File) {
        let mut before: Option<(&Item, bool)> = None;
        for item in &file.items {
            let begin = self.out.len();
            self.line = begin;
            // Broken layouts always find room.
            let _ = self.item(item);
            let long = self.out[begin..].contains('\n');
            self.write("\n");
            if let Some((previous, was_long)) = before {
                let same = std::mem::discriminant(&previous.kind) == std::mem::discriminant(&item.kind);
                if long || was_long || !same {
                    self.out.insert(begin, '\n');
                }
            }
            before = Some((item, long));
        }
    }

    fn item(&mut self, item: &Item) -> Printed {
        match &item.kind {
            ItemKind::Let { name, value } => {
                self.head("let ", name);
                self.defined_as(value, MARGIN)
            }
            ItemKind::Weights { name, path } => {
                self.head("weights ", name);
                self.write(" = ");
                self.text(path);
                Ok(())
            }
            ItemKind::Fn { name, params, body } => {
                self.head("fn ", name);
                self.fitting_list(("(", ")"), params, MARGIN, |printer, param, _| {
                    printer.write(&param.text);
                    Ok(())
                })?;
                self.defined_as(body, MARGIN)
            }
            ItemKind::Model { name, inputs, body } => {
                self.head("model ", name);
                self.fitting_list(("(", ")"), inputs, MARGIN, Printer::input)?;
                self.defined_as(body, MARGIN)
            }
            ItemKind::Import { path, alias } => {
                self.write("import ");
                self.text(path);
                self.head(" as ", alias);
                Ok(())
            }
            ItemKind::Claim(claim) => self.claim(claim, 0),
            ItemKind::Claims(repeated) => self.claims(repeated, 0),
        }
    }

    fn head(&mut self, keyword: &str, name: &Name) {
        self.write(keyword);
        self.write(&name.text);
    }

    /// A list that is broken only if it must be.
    fn fitting_list<T>(
        &mut self,
        brackets: (&str, &str),
        entries: &[T],
        layout: Layout,
        print: impl FnMut(&mut Printer, &T, Layout) -> Printed + Copy,
    ) -> Printed {
        if self.try_flat(|printer| printer.list(brackets, entries, Layout::Flat, print)) {
            return Ok(());
        }
        self.list(brackets, entries, layout, print)
    }

    fn input(&mut self, input: &ModelInput, layout: Layout) -> Printed {
        self.write(&input.name.text);
        self.write(": ");
        let axis = |printer: &mut Printer, axis: &Expr, layout| printer.expression(axis, 0, layout);
        if !input.shape.bracketed {
            return input.shape.axes.iter().try_for_each(|only| axis(self, only, layout));
        }
        self.fitting_list(("[", "]"), &input.shape.axes, layout, axis)
    }

    /// A loop over claims; a line for every statement.
    fn claims(&mut self, repeated: &ClaimLoop, indent: usize) -> Printed {
        let ClaimLoop { name, start, end, body, .. } = repeated;
        self.loop_head(name, (start, end), Layout::Broken(indent))?;
        let inner = indent + super::INDENT;
        for statement in body {
            self.newline(inner);
            match statement {
                ClaimStatement::Let { name, value } => self.binding(name, value, Layout::Broken(inner))?,
                ClaimStatement::Claim(claim) => self.claim(claim, inner)?,
                ClaimStatement::For(repeated) => self.claims(repeated, inner)?,
            }
        }
        if body.is_empty() {
            self.write(" ");
        } else {
            self.newline(indent);
        }
        self.write("}");
        Ok(())
    }

    fn claim(&mut self, claim: &Claim, indent: usize) -> Printed {
        self.write("claim ");
        if let Some(label) = &claim.label {
            self.text(label);
            self.write(": ");
        }
        let (margin, indented) = (Layout::Broken(indent), Layout::Broken(indent + super::INDENT));
        match &claim.kind {
            ClaimKind::Equality { left, right, negated, relation, domain } => {
                self.left_of_equality(left, indented)?;
                self.write(if *negated { " != " } else { " == " });
                self.expression(right, 0, indented)?;
                if let Some((relation, _)) = relation {
                    self.write(&format!(" up to {relation}"));
                }
                self.on(domain.as_ref(), margin)
            }
            ClaimKind::Metric { quantity, left, right, comparison, bound, metric, domain } => {
                self.write(quantity.name());
                self.models(&[left, right], margin)?;
                self.compared(*comparison, bound, margin)?;
                if let Some((metric, _)) = metric {
                    self.write(&format!(" under {metric}"));
                }
                self.on(domain.as_ref(), margin)
            }
            ClaimKind::Degree { model, comparison, bound } => {
                self.write("degree");
                self.models(&[model], margin)?;
                self.compared(*comparison, bound, margin)
            }
        }
    }

    /// The left model of an equality. One that begins like a quantity needs parentheses, because `degree(A)`
    /// at the beginning of a claim is the degree.
    fn left_of_equality(&mut self, left: &Expr, layout: Layout) -> Printed {
        if begins_like_quantity(left) {
            self.write("(");
            self.expression(left, 0, layout)?;
            self.write(")");
            return Ok(());
        }
        self.expression(left, 0, layout)
    }

    fn models(&mut self, models: &[&Expr], margin: Layout) -> Printed {
        let print = |printer: &mut Printer, model: &&Expr, layout| printer.expression(model, 0, layout);
        self.fitting_list(("(", ")"), models, margin, print)
    }

    fn compared(&mut self, comparison: Comparison, bound: &Expr, margin: Layout) -> Printed {
        self.write(&format!(" {comparison} "));
        self.expression(bound, 0, margin)
    }

    fn on(&mut self, domain: Option<&DomainExpr>, margin: Layout) -> Printed {
        let Some(domain) = domain else { return Ok(()) };
        self.write(" on ");
        self.domain(domain, margin)
    }

    pub(super) fn domain(&mut self, domain: &DomainExpr, layout: Layout) -> Printed {
        match &domain.kind {
            DomainKind::Every(set) => self.set(set, layout),
            DomainKind::PerInput(inputs) => {
                for (position, (name, set)) in inputs.iter().enumerate() {
                    self.head(if position > 0 { ", " } else { "" }, name);
                    self.write(" in ");
                    self.set(set, layout)?;
                }
                Ok(())
            }
        }
    }

    fn set(&mut self, set: &SetExpr, layout: Layout) -> Printed {
        match &set.kind {
            SetKind::OneHot => {
                self.write("onehot");
                Ok(())
            }
            SetKind::Points(points) => {
                self.write("points ");
                self.expression(points, 0, layout)
            }
            SetKind::Finite(values) => {
                let print =
                    |printer: &mut Printer, value: &Expr, layout| printer.expression(value, 0, layout);
                self.fitting_list(("{", "}"), values, layout, print)
            }
        }
    }
}

/// Whether an expression is written with the name of a quantity and a `(` first.
fn begins_like_quantity(expression: &Expr) -> bool {
    let mut first = expression;
    loop {
        first = match &first.kind {
            ExprKind::Binary { left, .. } | ExprKind::Pipe { left, .. } => left,
            ExprKind::Index { base, .. } => base,
            ExprKind::Call { callee, .. } => match &callee.kind {
                ExprKind::Name { path, name } if path.is_empty() => {
                    return matches!(name.text.as_str(), "similarity" | "distance" | "degree");
                }
                _ => callee,
            },
            _ => return false,
        };
    }
}
