//! Domains: from `on {0, 1}` to a set for every input.

use std::collections::HashSet;

use num_rational::BigRational;

use super::{Elaborator, Locals};
use crate::diagnostic::{Diagnostic, Span};
use crate::domain::{Domain, InputSet, Points};
use crate::model::kinds;
use crate::model::value::{Eval, Reported, Value, all};
use crate::model::words::{is_shape, names_in_ticks, shape_words};
use crate::network::{Input, Shape, Tensor};
use crate::suggest::did_you_mean;
use crate::syntax::ast::{DomainExpr, DomainKind, Expr, Name, SetExpr, SetKind};

/// A set whose values are computed, but not yet checked against an input.
enum Computed {
    Finite(Vec<BigRational>),
    OneHot,
    Points(Tensor<BigRational>, Span),
    /// Points of a file, whose entries may be grouped in other axes than the input's.
    Rows(Tensor<BigRational>, Span),
}

impl<'a> Elaborator<'a> {
    /// The domain for models with these inputs: one list for each model, all with the same shapes.
    pub fn domain(
        &mut self,
        locals: &mut Locals<'a>,
        domain: &'a DomainExpr,
        models: &[&[Input]],
    ) -> Eval<Domain> {
        let inputs = models.first().copied().unwrap_or(&[]);
        match &domain.kind {
            DomainKind::Every(set) => {
                let computed = self.computed_set(locals, set)?;
                all(inputs.iter().map(|input| self.fitted(&computed, input, set.span))).map(Domain)
            }
            DomainKind::PerInput(entries) => {
                let mut sets = vec![InputSet::Everything; inputs.len()];
                let mut named: Vec<Option<Span>> = vec![None; inputs.len()];
                let mut failed = None;
                for (name, set) in entries {
                    let computed = self.computed_set(locals, set);
                    let position = self.input_called(name, models);
                    let (Ok(computed), Ok(position)) = (computed, position) else {
                        failed = Some(Reported);
                        continue;
                    };
                    if let Some(first) = named[position] {
                        let message = format!("`{}` is given two domains", name.text);
                        let diagnostic = Diagnostic::new(kinds::DUPLICATE_NAME, name.span, message);
                        failed = Some(self.graph.report(diagnostic.also(first, "the first is here")));
                        continue;
                    }
                    named[position] = Some(name.span);
                    match self.fitted(&computed, &inputs[position], set.span) {
                        Ok(set) => sets[position] = set,
                        Err(reported) => failed = Some(reported),
                    }
                }
                failed.map_or(Ok(Domain(sets)), Err)
            }
        }
    }

    /// Reports errors in the values of a domain when its inputs are not known.
    pub fn domain_values(&mut self, locals: &mut Locals<'a>, domain: &'a DomainExpr) {
        match &domain.kind {
            DomainKind::Every(set) => drop(self.computed_set(locals, set)),
            DomainKind::PerInput(sets) => {
                sets.iter().for_each(|(_, set)| drop(self.computed_set(locals, set)));
            }
        }
    }

    /// The position of the input with this name, in whichever models have one.
    fn input_called(&mut self, name: &Name, models: &[&[Input]]) -> Eval<usize> {
        let inputs: usize = models.iter().map(|inputs| inputs.len()).sum();
        self.graph.spend(inputs as u64 / 16, name.span)?;
        let mut found: Vec<usize> = models
            .iter()
            .filter_map(|inputs| inputs.iter().position(|input| input.name == name.text))
            .collect();
        found.sort_unstable();
        found.dedup();
        match found.as_slice() {
            &[position] => Ok(position),
            [] => {
                let names =
                    || models.iter().flat_map(|inputs| inputs.iter().map(|input| input.name.as_str()));
                let message = format!("no input is called `{}`", name.text);
                let diagnostic = Diagnostic::new(kinds::UNKNOWN_NAME, name.span, message);
                let mut seen = HashSet::new();
                let distinct: Vec<&str> = names().filter(|name| seen.insert(*name)).collect();
                let help = did_you_mean(&name.text, names()).or(match distinct.as_slice() {
                    [] => None,
                    [one] => Some(format!("the only input is `{one}`")),
                    many => Some(format!("the inputs are {}", names_in_ticks(many))),
                });
                Err(self.graph.report(diagnostic.help_if_any(help)))
            }
            [first, second, ..] => {
                let message = format!(
                    "`{}` is input {first} of one model and input {second} of another, but inputs are paired \
                     by position",
                    name.text
                );
                Err(self.graph.error(kinds::INVALID_DOMAIN, name.span, message))
            }
        }
    }

    fn computed_set(&mut self, locals: &mut Locals<'a>, set: &'a SetExpr) -> Eval<Computed> {
        match &set.kind {
            SetKind::OneHot => Ok(Computed::OneHot),
            SetKind::Finite(elements) => self.finite_set(locals, elements, set.span),
            SetKind::Points(points) => {
                let value = self.eval(locals, points)?;
                if let Value::Text(path) = &value {
                    let id = self.points_file(path, points.span)?;
                    return Ok(Computed::Rows(self.graph.entries(id, points.span)?, points.span));
                }
                let id = self.node(&value, points.span)?;
                if self.graph.depends_on_input(id) {
                    let message = "the points of a domain must be constants";
                    return Err(self.graph.error(kinds::NOT_CONSTANT, points.span, message));
                }
                Ok(Computed::Points(self.graph.entries(id, points.span)?, points.span))
            }
        }
    }

    fn finite_set(&mut self, locals: &mut Locals<'a>, elements: &'a [Expr], span: Span) -> Eval<Computed> {
        let mut values = all(elements.iter().map(|element| {
            let value = self.eval(locals, element)?;
            let reported = self.graph.diagnostics.len();
            let number = self.number(&value, element.span, "an element of a domain");
            if let Some(error) = self.graph.diagnostics.get_mut(reported)
                && error.kind == kinds::SHAPE_MISMATCH
            {
                error.help = vec!["a list of points is written `points [[0, 1], [1, 0]]`".to_string()];
            }
            number
        }))?;
        if values.is_empty() {
            return Err(self.graph.error(kinds::INVALID_DOMAIN, span, "the domain is empty"));
        }
        values.sort();
        values.dedup();
        Ok(Computed::Finite(values))
    }

    /// The set for one input, after checking that it fits.
    fn fitted(&mut self, set: &Computed, input: &Input, span: Span) -> Eval<InputSet> {
        match set {
            Computed::Finite(values) => {
                self.graph.spend(values.len() as u64, span)?;
                Ok(InputSet::Finite(values.clone()))
            }
            Computed::OneHot => match input.shape.axes().last() {
                Some(&last) if last > 0 => Ok(InputSet::OneHot),
                _ => {
                    let message = format!(
                        "one-hot vectors have at least one entry, but input `{}` {}",
                        input.name,
                        is_shape(&input.shape)
                    );
                    Err(self.graph.error(kinds::INVALID_DOMAIN, span, message))
                }
            },
            Computed::Points(points, span) => self.fitted_points(points, input, *span),
            Computed::Rows(rows, span) => {
                let axes = rows.shape().axes();
                let fits = axes.len() > 1 && axes[1..].iter().product::<usize>() == input.shape.size();
                let shaped = Shape::new([&axes[..1.min(axes.len())], input.shape.axes()].concat());
                let shaped =
                    shaped.filter(|_| fits).and_then(|shape| Tensor::new(shape, rows.data().to_vec()));
                self.fitted_points(shaped.as_ref().unwrap_or(rows), input, *span)
            }
        }
    }

    fn fitted_points(&mut self, points: &Tensor<BigRational>, input: &Input, span: Span) -> Eval<InputSet> {
        let shape = points.shape();
        let Some((&count, each)) = shape.axes().split_first() else {
            let message = "points are a list, but this is a scalar";
            return Err(self.graph.error(kinds::SHAPE_MISMATCH, span, message));
        };
        if each != input.shape.axes() {
            let each = Shape::new(each).unwrap_or_default();
            let message = format!(
                "each point {} but input `{}` {}",
                is_shape(&each),
                input.name,
                is_shape(&input.shape)
            );
            let diagnostic = Diagnostic::new(kinds::SHAPE_MISMATCH, span, message);
            let mut help =
                format!("the points of `{}` are a list of tensors of shape {}", input.name, input.shape);
            if input.shape.rank() == 0 {
                help = format!(
                    "`{}` is {}: write its points as `[0, 1]`",
                    input.name,
                    shape_words(&input.shape)
                );
            }
            return Err(self.graph.report(diagnostic.help(help)));
        }
        if count == 0 {
            return Err(self.graph.error(kinds::INVALID_DOMAIN, span, "the domain is empty"));
        }
        self.graph.spend(points.data().len() as u64, span)?;
        // Sorted and without duplicates, because the order of points has no meaning.
        let size = input.shape.size();
        let entries = |row: usize| Some((points.data().get(row * size..(row + 1) * size)?, row));
        let mut rows: Vec<(&[BigRational], usize)> = (0..count).filter_map(entries).collect();
        rows.sort();
        rows.dedup_by_key(|(entries, _)| *entries);
        let tensor = |(entries, row): (&[BigRational], usize)| {
            Some((Tensor::new(input.shape.clone(), entries.to_vec())?, row))
        };
        Ok(InputSet::Points(Points::of_rows(rows.into_iter().filter_map(tensor))))
    }
}
