//! A matrix as far as it is computed: which models, the norm of each, and the inner products of pairs.

use crate::cli::failure::Failure;
use crate::cli::natural;
use crate::similarity::Bounds;
use crate::similarity::matrix::{Cosine, Number, cosine};

/// What a matrix is about: two with the same head have the same numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// The metric; on a domain, `domain`.
    pub metric: String,
    /// The domain as it was given.
    pub on: Option<String>,
    /// Whether f64 was asked for.
    pub float: bool,
    /// How numbers are computed.
    pub way: String,
    /// The models, in order.
    pub models: Vec<Listed>,
}

impl Head {
    /// The number of the model that `first`, `last`, a label or a name means.
    pub fn chosen(&self, which: &str) -> Result<usize, Failure> {
        let names: Vec<&str> = self.models.iter().map(|model| model.name.as_str()).collect();
        let mut readable = (0..names.len()).filter(|&model| self.models[model].digest.is_some());
        let found = match which {
            "first" => readable.next(),
            "last" => readable.next_back(),
            _ => {
                let named = names.iter().position(|name| *name == which);
                named.or_else(|| natural::labels(&names).labels.iter().position(|label| label == which))
            }
        };
        match found {
            Some(model) if self.models[model].digest.is_some() => Ok(model),
            Some(_) => {
                Err(Failure::message(format!("`{which}` is left out, so there is nothing to compare to")))
            }
            None => Err(Failure::message(format!("there is no model `{which}` to compare to")).help(
                "write `first`, `last`, a name as it is in the output, or the number that its label has",
            )),
        }
    }
}

/// A model of a matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// What it is called.
    pub name: String,
    /// The SHA-256 of its network and of the values of its weights, in hexadecimal digits; without it, it
    /// could not be read.
    pub digest: Option<String>,
    /// Why it could not be read.
    pub left_out: Option<String>,
}

/// Numbers of a matrix.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it is about.
    pub head: Head,
    norms: Vec<Option<Number>>,
    /// Of models `a < b`, at `b (b - 1) / 2 + a`.
    inner: Vec<Option<Number>>,
    /// Why models are left out.
    left_out: Vec<Option<String>>,
}

/// The place of a pair of models, the earlier one first.
fn place(a: usize, b: usize) -> usize {
    b * b.saturating_sub(1) / 2 + a
}

impl Table {
    /// A table without numbers.
    pub fn new(head: Head) -> Table {
        let count = head.models.len();
        let left_out = head.models.iter().map(|model| model.left_out.clone()).collect();
        Table { head, norms: vec![None; count], inner: vec![None; place(0, count)], left_out }
    }

    /// The memory that a table of so many models takes, about.
    pub fn bytes(count: usize) -> u64 {
        place(0, count) as u64 * 2 * size_of::<Option<Number>>() as u64
    }

    /// Adds the numbers of another table with the same head.
    pub fn add(&mut self, other: &Table) {
        for (model, norm) in other.norms.iter().enumerate() {
            norm.iter().for_each(|norm| _ = self.set_norm(model, norm.clone()));
        }
        for (known, number) in self.inner.iter_mut().zip(&other.inner) {
            if known.is_none() {
                known.clone_from(number);
            }
        }
    }

    /// How many pairs of models that are not left out are not computed.
    pub fn missing(&self) -> usize {
        let pairs = (0..self.count()).flat_map(|b| (0..b).map(move |a| (a, b)));
        let lacks = |&(a, b): &(usize, usize)| {
            self.left_out(a).is_none() && self.left_out(b).is_none() && self.similarity(a, b).is_none()
        };
        pairs.filter(lacks).count()
    }

    /// How many models there are.
    pub fn count(&self) -> usize {
        self.norms.len()
    }

    /// The squared norm of a model.
    pub fn norm(&self, model: usize) -> Option<&Number> {
        self.norms.get(model)?.as_ref()
    }

    /// The inner product of two models.
    pub fn inner(&self, a: usize, b: usize) -> Option<&Number> {
        if a == b {
            return self.norm(a);
        }
        self.inner.get(place(a.min(b), a.max(b)))?.as_ref()
    }

    /// Sets a norm, unless it is known. `false` if there is no such model.
    pub fn set_norm(&mut self, model: usize, number: Number) -> bool {
        let Some(norm) = self.norms.get_mut(model) else { return false };
        if norm.is_some() {
            return true;
        }
        *norm = Some(number);
        if let Some(why) = self.zero(model) {
            self.leave_out(model, why.to_string());
        }
        true
    }

    /// Why a model has no similarity to any, if its norm says so.
    pub fn zero(&self, model: usize) -> Option<&'static str> {
        match self.norm(model).filter(|norm| norm.may_be_zero())? {
            Number::Exact(_) => Some("it is zero, and similarity to the zero function is undefined"),
            Number::Rounded(..) => {
                Some("its norm is zero, or no larger than the rounding errors that f64 may make")
            }
        }
    }

    /// Sets an inner product, unless it is known. `false` if there is no such pair.
    pub fn set_inner(&mut self, a: usize, b: usize, number: Number) -> bool {
        if a >= b || b >= self.count() {
            return false;
        }
        let Some(inner) = self.inner.get_mut(place(a, b)) else { return false };
        inner.get_or_insert(number);
        true
    }

    /// Why a model is left out, if it is.
    pub fn left_out(&self, model: usize) -> Option<&str> {
        self.left_out.get(model)?.as_deref()
    }

    /// Leaves a model out.
    pub fn leave_out(&mut self, model: usize, why: String) {
        if let Some(left_out) = self.left_out.get_mut(model) {
            left_out.get_or_insert(why);
        }
    }

    /// The similarity of two models; `None` if it is not computed, or one of them is left out.
    pub fn similarity(&self, a: usize, b: usize) -> Option<Similarity> {
        if self.left_out(a).is_some() || self.left_out(b).is_some() {
            return None;
        }
        if a == b {
            return self.norm(a).map(|_| Similarity::Same);
        }
        let found = cosine(self.norm(a)?, self.inner(a, b)?, self.norm(b)?)?;
        Some(Similarity::Other(found))
    }
}

/// How similar two models are.
#[derive(Clone, Debug)]
pub enum Similarity {
    /// A model and itself: 1.
    Same,
    /// Two models.
    Other(Cosine),
}

impl Similarity {
    /// The nearest float; the middle of the bounds.
    pub fn float(&self) -> f64 {
        match self {
            Similarity::Same => 1.0,
            Similarity::Other(Cosine::Exact(root)) => root.to_f64(),
            Similarity::Other(Cosine::Rounded(Bounds { low, high })) => low + (high - low) / 2.0,
        }
    }
}
