//! Values of many networks at the same few points: networks that differ there are different functions, so
//! only the others have to be compared.
//!
//! Points and prime are drawn once, from the shapes and the question, and every network is evaluated there
//! modulo the prime. The points are integers (or levels of a finite domain), and the prime divides no
//! denominator of a network that it gives values for, so values with different keys are a witness as good as
//! any.

use sha2::{Digest, Sha256};

use super::super::coordinates::{Coordinates, Point};
use super::super::modular::{Modular, if_defined};
use super::super::relation::of;
use super::super::transcript::Transcript;
use super::super::{Domain, Relation};
use super::probe::Place;
use crate::arithmetic::PrimeField;
use crate::budget::Budget;
use crate::network::{EvaluateError, Network, Shape, cost};

/// How many points of a domain whose coordinates are all free, and of others.
const POINTS: (usize, usize) = (2, 64);
/// No more values than this are kept of a network, unless two points have more.
const VALUES: usize = 1 << 16;

/// The points and the prime.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    coordinates: Coordinates,
    points: Vec<Point>,
    pub field: PrimeField,
    relation: Relation,
    /// Of the output.
    shape: Shape,
}

/// The values of one network: all outputs at all points.
#[derive(Clone, Debug)]
pub(super) struct Values {
    residues: Vec<u64>,
    /// SHA-256 of the key.
    digest: [u8; 32],
    /// Whether there is a key.
    telling: bool,
}

impl Values {
    /// Whether the values show that two networks are not related.
    pub fn separate(&self, other: &Values) -> bool {
        self.telling && other.telling && self.digest != other.digest
    }

    /// Whether they look as if they were.
    pub fn resemble(&self, other: &Values) -> bool {
        self.telling == other.telling && self.digest == other.digest
    }

    /// The values at some positions.
    pub fn at(&self, positions: &[usize]) -> Vec<u64> {
        positions.iter().filter_map(|&position| self.residues.get(position).copied()).collect()
    }
}

impl Shared {
    /// Points for networks of the shapes of this one; `None` when the domain has no points.
    pub fn new(shapes: &Network, relation: Relation, domain: &Domain) -> Option<Shared> {
        let coordinates = Coordinates::new(shapes, domain);
        if coordinates.is_empty_set() {
            return None;
        }
        let mut stream = Transcript::new("shared points", shapes, shapes, relation, domain);
        let field = PrimeField::new(stream.prime())?;
        let list = coordinates.list();
        let shape = shapes.output_shape().clone();
        let wanted = if list.iter().all(|one| one.kind.is_free()) { POINTS.0 } else { POINTS.1 };
        let points = (0..wanted.min(VALUES / shape.size().max(1)).max(POINTS.0))
            .map(|_| {
                let bound = |levels: Option<usize>| levels.map_or(field.prime(), |levels| levels as u64);
                list.iter().map(|one| stream.below(bound(one.kind.levels()).max(1)) as i64).collect()
            })
            .collect();
        Some(Shared { coordinates, points, field, relation, shape })
    }

    /// The values of a network; `None` when the prime divides one of its denominators, or when there is not
    /// the memory for them.
    pub fn values(&self, network: &Network, budget: &Budget) -> Result<Option<Values>, EvaluateError> {
        let cost = cost(network);
        let each = cost.live_per_point + 3.0 * self.coordinates.len() as f64 + 1.0;
        let block = (budget.memory as f64 / 8.0 - cost.live_once) / each;
        if block.is_nan() || block < 1.0 || self.shape.size() == 0 {
            return Ok(None);
        }
        let modular = if_defined(Modular::new(network, &self.coordinates, &self.field, budget))?;
        let Some(modular) = modular else { return Ok(None) };
        let mut residues = Vec::with_capacity(self.points.len() * self.shape.size());
        for points in self.points.chunks(block as usize) {
            residues.extend(modular.values(points)?.into_iter().map(|value| self.field.value(value)));
        }
        let related = of(self.relation);
        let mut hasher = Sha256::new();
        let mut telling = true;
        for row in residues.chunks(related.row(&self.shape).unwrap_or(residues.len())) {
            match related.residue_key(&self.field, row) {
                Some(key) => key.iter().for_each(|value| hasher.update(value.to_le_bytes())),
                None => telling = false,
            }
        }
        Ok(Some(Values { residues, digest: hasher.finalize().into(), telling }))
    }

    /// Positions among the values of two networks that show that they are not related.
    pub fn positions(&self, a: &Values, b: &Values) -> Option<Vec<usize>> {
        let related = of(self.relation);
        let shows = |positions: &[usize]| {
            let key = |values: &Values| related.residue_key(&self.field, &values.at(positions));
            matches!((key(a), key(b)), (Some(a), Some(b)) if a != b)
        };
        // Where `a` is not zero: both have a key there and at any place where `b` is not.
        let nonzero = a.residues.iter().position(|&value| value != 0).unwrap_or(0);
        let row = related.row(&self.shape).unwrap_or(a.residues.len());
        let mut candidates = (0..a.residues.len()).map(|position| related.places(position, nonzero, row));
        candidates.find(|positions| shows(positions))
    }

    /// Where a value of a network is read.
    pub fn place(&self, position: usize) -> Option<Place> {
        let point = self.points.get(position.checked_div(self.shape.size())?)?;
        let output = self.shape.unravel(position % self.shape.size());
        Some(Place { input: self.coordinates.tensors(point), output })
    }
}
