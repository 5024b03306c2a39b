//! Expressions and statements.

use super::{INDENT, Layout, Printed, Printer, TooWide};
use crate::syntax::ast::{
    Argument, BinaryOperator, Expr, ExprKind, IndexExpr, Name, Statement, Text, TextPart,
};

/// How tightly expressions bind, from `|>` to what needs no operator. A tree that was not parsed may have an
/// operand that binds too loosely; it gets parentheses.
const PIPE: u8 = 0;
const SUM: u8 = 1;
const PRODUCT: u8 = 2;
const UNARY: u8 = 3;
const POWER: u8 = 4;
const POSTFIX: u8 = 5;

fn level(expression: &Expr) -> u8 {
    match &expression.kind {
        ExprKind::Pipe { .. } => PIPE,
        ExprKind::Binary { operator, .. } => operator_level(*operator),
        ExprKind::Negate(_) => UNARY,
        _ => POSTFIX,
    }
}

fn operator_level(operator: BinaryOperator) -> u8 {
    match operator {
        BinaryOperator::Add | BinaryOperator::Subtract => SUM,
        BinaryOperator::Multiply | BinaryOperator::Divide | BinaryOperator::MatMul => PRODUCT,
        BinaryOperator::Power => POWER,
    }
}

fn symbol(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::MatMul => "@",
        BinaryOperator::Power => "^",
    }
}

impl Printer {
    /// Prints an expression, in parentheses if it binds looser than a level.
    pub(super) fn expression(&mut self, expression: &Expr, loosest: u8, layout: Layout) -> Printed {
        if let Layout::Broken(_) = layout
            && self.try_flat(|printer| printer.expression(expression, loosest, Layout::Flat))
        {
            return Ok(());
        }
        if level(expression) < loosest {
            return self.parenthesised(expression, layout);
        }
        match &expression.kind {
            ExprKind::Number { text, .. } => self.write(text),
            ExprKind::Text(text) => self.text(text),
            ExprKind::Name { path, name } => self.qualified_name(path, name),
            ExprKind::Stack(entries) => {
                self.list(("[", "]"), entries, layout, |printer, entry, layout| {
                    printer.expression(entry, PIPE, layout)
                })?
            }
            ExprKind::Call { callee, arguments } => {
                self.expression(callee, POSTFIX, layout)?;
                self.list(("(", ")"), arguments, layout, Printer::argument)?;
            }
            ExprKind::Index { base, indices } => {
                self.expression(base, POSTFIX, layout)?;
                self.list(("[", "]"), indices, layout, Printer::index)?;
            }
            ExprKind::Negate(operand) => {
                self.write("-");
                self.expression(operand, UNARY, layout)?;
            }
            ExprKind::Binary { operator: BinaryOperator::Power, left, right } => {
                self.expression(left, POSTFIX, layout)?;
                self.write("^");
                self.expression(right, POWER, layout)?;
            }
            ExprKind::Binary { .. } | ExprKind::Pipe { .. } => self.operators(expression, layout)?,
            ExprKind::Block { statements, value } => self.block(statements, value, layout)?,
            ExprKind::Parenthesised(inner) => self.parenthesised(inner, layout)?,
        }
        self.check(layout)
    }

    fn parenthesised(&mut self, inner: &Expr, layout: Layout) -> Printed {
        self.list(("(", ")"), &[inner], layout, |printer, inner, layout| {
            printer.expression(inner, PIPE, layout)
        })
    }

    /// Operators of one level, which stand one below the other when there is no room.
    fn operators(&mut self, expression: &Expr, layout: Layout) -> Printed {
        let loosest = level(expression);
        let mut first = expression;
        let mut rest = Vec::new();
        while level(first) == loosest {
            match &first.kind {
                ExprKind::Binary { operator, left, right } => {
                    rest.push((symbol(*operator), right, loosest + 1));
                    first = left;
                }
                // What a value is passed to is a name or a call, never in parentheses.
                ExprKind::Pipe { left, right } => {
                    rest.push(("|>", right, PIPE));
                    first = left;
                }
                _ => break,
            }
        }
        self.expression(first, loosest, layout)?;
        for (symbol, right, loosest) in rest.into_iter().rev() {
            match layout {
                Layout::Flat => self.write(" "),
                Layout::Broken(indent) => self.newline(indent),
            }
            self.write(symbol);
            self.write(" ");
            self.expression(right, loosest, layout)?;
            self.check(layout)?;
        }
        Ok(())
    }

    pub(super) fn qualified_name(&mut self, path: &[Name], name: &Name) {
        for prefix in path {
            self.write(&prefix.text);
            self.write("::");
        }
        self.write(&name.text);
    }

    fn argument(&mut self, argument: &Argument, layout: Layout) -> Printed {
        if let Some(name) = &argument.name {
            self.write(&name.text);
            self.write(": ");
        }
        self.expression(&argument.value, PIPE, layout)
    }

    fn index(&mut self, index: &IndexExpr, layout: Layout) -> Printed {
        match index {
            IndexExpr::At(entry) => self.expression(entry, PIPE, layout),
            IndexExpr::Range { start, end, .. } => {
                if let Some(start) = start {
                    self.expression(start, PIPE, layout)?;
                }
                self.write("..");
                if let Some(end) = end {
                    self.expression(end, PIPE, layout)?;
                }
                Ok(())
            }
        }
    }

    /// A string. It stands on one line, whatever its interpolations hold.
    pub(super) fn text(&mut self, text: &Text) {
        self.write("\"");
        for part in &text.parts {
            match part {
                TextPart::Literal(literal) => literal.chars().for_each(|c| self.character(c)),
                TextPart::Interpolated(inner) => {
                    let mut printer = Printer { unlimited: true, ..Printer::default() };
                    // Without a limit there is always enough room.
                    let _ = printer.expression(inner, PIPE, Layout::Flat);
                    // Two braces in a row would be one that is part of the string.
                    self.write(if printer.out.starts_with('{') { "{ " } else { "{" });
                    self.write(&printer.out);
                    self.write("}");
                }
            }
        }
        self.write("\"");
    }

    fn character(&mut self, c: char) {
        match c {
            '"' => self.write("\\\""),
            '\\' => self.write("\\\\"),
            '\n' => self.write("\\n"),
            '\r' => self.write("\\r"),
            '\t' => self.write("\\t"),
            '{' => self.write("{{"),
            '}' => self.write("}}"),
            other => self.out.push(other),
        }
    }

    fn block(&mut self, statements: &[Statement], value: &Expr, layout: Layout) -> Printed {
        match layout {
            Layout::Flat if !statements.is_empty() && !self.unlimited => Err(TooWide),
            Layout::Flat => {
                self.write("{ ");
                for statement in statements {
                    self.statement(statement, layout)?;
                    self.write(" ");
                }
                self.expression(value, PIPE, layout)?;
                self.write(" }");
                Ok(())
            }
            Layout::Broken(indent) => {
                self.write("{");
                let inner = Layout::Broken(indent + INDENT);
                for statement in statements {
                    self.newline(indent + INDENT);
                    self.statement(statement, inner)?;
                }
                self.newline(indent + INDENT);
                self.expression(value, PIPE, inner)?;
                self.newline(indent);
                self.write("}");
                Ok(())
            }
        }
    }

    fn statement(&mut self, statement: &Statement, layout: Layout) -> Printed {
        match statement {
            Statement::Let { name, value } => self.binding(name, value, layout),
            Statement::For { name, start, end, body, .. } => {
                self.loop_head(name, (start, end), layout)?;
                for statement in body {
                    match layout {
                        Layout::Flat => self.write(" "),
                        Layout::Broken(indent) => self.newline(indent + INDENT),
                    }
                    let inner = match layout {
                        Layout::Flat => layout,
                        Layout::Broken(indent) => Layout::Broken(indent + INDENT),
                    };
                    self.statement(statement, inner)?;
                }
                match layout {
                    Layout::Broken(indent) if !body.is_empty() => self.newline(indent),
                    _ => self.write(" "),
                }
                self.write("}");
                Ok(())
            }
        }
    }

    /// `let NAME = EXPR;`
    pub(super) fn binding(&mut self, name: &Name, value: &Expr, layout: Layout) -> Printed {
        self.write("let ");
        self.write(&name.text);
        self.defined_as(value, layout)?;
        self.write(";");
        Ok(())
    }

    /// `for NAME in EXPR..EXPR {`
    pub(super) fn loop_head(&mut self, name: &Name, range: (&Expr, &Expr), layout: Layout) -> Printed {
        self.write("for ");
        self.write(&name.text);
        self.write(" in ");
        self.expression(range.0, PIPE, layout)?;
        self.write("..");
        self.expression(range.1, PIPE, layout)?;
        self.write(" {");
        Ok(())
    }

    /// ` = EXPR`. What does not fit behind the `=` begins on the next line, unless it ends with a bracket
    /// that shows where it began.
    pub(super) fn defined_as(&mut self, value: &Expr, layout: Layout) -> Printed {
        self.write(" =");
        let Layout::Broken(indent) = layout else {
            self.write(" ");
            return self.expression(value, PIPE, layout);
        };
        if self.try_flat(|printer| {
            printer.write(" ");
            printer.expression(value, PIPE, Layout::Flat)
        }) {
            return Ok(());
        }
        match &value.kind {
            ExprKind::Block { .. } | ExprKind::Stack(_) | ExprKind::Call { .. } => {
                self.write(" ");
                self.expression(value, PIPE, layout)
            }
            _ => {
                self.newline(indent + INDENT);
                self.expression(value, PIPE, Layout::Broken(indent + INDENT))
            }
        }
    }
}
