//! A domain as a product of independent coordinates.
//!
//! What can be chosen independently on a [`Domain`] is one entry of an input, one one-hot vector, or a whole
//! input that is one of several points. Each is a [`Coordinate`]; a [`Point`] gives every coordinate a
//! setting. All methods that walk through a domain, and the search for simple witnesses, see domains this
//! way.

use std::cmp::Ordering;
use std::sync::Arc;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::{Domain, InputSet};
use crate::arithmetic::{Arithmetic, Halt, PrimeField, Residue};
use crate::network::{Network, Shape, Tensor};

/// One setting per coordinate. For a free coordinate the setting is its value, an integer; for the others it
/// is the position of a level in the coordinate's own order.
pub(crate) type Point = Vec<i64>;

/// What can be chosen independently.
#[derive(Clone, Debug)]
pub(crate) struct Coordinate {
    /// The input it belongs to.
    pub input: usize,
    /// Which part of the input, and what it can be.
    pub kind: Kind,
}

/// The kinds of coordinates.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// An entry that can be any number.
    Free {
        /// The entry's flat position.
        entry: usize,
    },
    /// An entry that is one of some values. Zero comes first, then smaller before larger magnitudes, positive
    /// before negative.
    Entry {
        /// The entry's flat position.
        entry: usize,
        /// The values.
        values: Arc<Vec<BigRational>>,
    },
    /// A one-hot vector; its levels are the classes.
    Vector {
        /// The flat position of its first entry.
        start: usize,
        /// The number of classes.
        classes: usize,
    },
    /// A whole input. Points with fewer nonzero entries come first.
    Whole {
        /// The points.
        points: Arc<Vec<Tensor<BigRational>>>,
    },
}

impl Kind {
    /// All values that it can have: of its entry, or of the entries of its points one after the other.
    pub fn values(&self) -> impl Iterator<Item = &BigRational> {
        let (values, points): (&[BigRational], &[Tensor<BigRational>]) = match self {
            Kind::Free { .. } | Kind::Vector { .. } => (&[], &[]),
            Kind::Entry { values, .. } => (values, &[]),
            Kind::Whole { points } => (&[], points),
        };
        values.iter().chain(points.iter().flat_map(|point| point.data()))
    }

    /// The number of levels, `None` when there is no end to them.
    pub fn levels(&self) -> Option<usize> {
        match self {
            Kind::Free { .. } => None,
            Kind::Entry { values, .. } => Some(values.len()),
            Kind::Vector { classes, .. } => Some(*classes),
            Kind::Whole { points } => Some(points.len()),
        }
    }

    /// Whether the coordinate can be any number.
    pub fn is_free(&self) -> bool {
        matches!(self, Kind::Free { .. })
    }
}

/// All coordinates of a domain, input by input.
#[derive(Clone, Debug)]
pub(crate) struct Coordinates {
    shapes: Vec<Shape>,
    list: Vec<Coordinate>,
}

impl Coordinates {
    /// The coordinates of a domain that fits the inputs' shapes (`decide` has checked that).
    pub fn new(network: &Network, domain: &Domain) -> Coordinates {
        let shapes = network.signature().inputs;
        let mut list = Vec::new();
        for (input, (shape, set)) in shapes.iter().zip(&domain.0).enumerate() {
            let mut add = |kind| list.push(Coordinate { input, kind });
            match set {
                InputSet::Everything => (0..shape.size()).for_each(|entry| add(Kind::Free { entry })),
                InputSet::Finite(values) => {
                    let mut values = values.clone();
                    values.sort_by(simpler);
                    values.dedup();
                    let values = Arc::new(values);
                    (0..shape.size()).for_each(|entry| add(Kind::Entry { entry, values: values.clone() }));
                }
                InputSet::OneHot => {
                    let classes = shape.axes().last().copied().unwrap_or(1);
                    let vectors: usize = shape.axes().iter().rev().skip(1).product();
                    (0..vectors).for_each(|v| add(Kind::Vector { start: v * classes, classes }));
                }
                InputSet::Points(points) => {
                    let mut points = points.to_vec();
                    points.sort_by_key(nonzeros);
                    add(Kind::Whole { points: Arc::new(points) });
                }
            }
        }
        Coordinates { shapes, list }
    }

    /// The coordinates in order.
    pub fn list(&self) -> &[Coordinate] {
        &self.list
    }

    /// The number of coordinates.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// For every entry, counted through all inputs, its coordinate and its position there: the class in a
    /// one-hot vector, the entry in a whole input.
    pub fn owners(&self) -> Vec<(usize, usize)> {
        let mut owners: Vec<Vec<(usize, usize)>> =
            self.shapes.iter().map(|shape| vec![(0, 0); shape.size()]).collect();
        for (i, Coordinate { input, kind }) in self.list.iter().enumerate() {
            let (start, count) = match kind {
                Kind::Free { entry } | Kind::Entry { entry, .. } => (*entry, 1),
                Kind::Vector { start, classes } => (*start, *classes),
                Kind::Whole { .. } => (0, self.shapes[*input].size()),
            };
            (0..count).for_each(|position| owners[*input][start + position] = (i, position));
        }
        owners.concat()
    }

    /// Whether there is no point at all, as when a one-hot vector has no classes.
    pub fn is_empty_set(&self) -> bool {
        self.list.iter().any(|coordinate| coordinate.kind.levels() == Some(0))
    }

    /// The inputs at a point, exactly.
    pub fn tensors(&self, point: &[i64]) -> Vec<Tensor<BigRational>> {
        let mut data: Vec<Vec<BigRational>> =
            self.shapes.iter().map(|shape| vec![BigRational::zero(); shape.size()]).collect();
        for (Coordinate { input, kind }, &setting) in self.list.iter().zip(point) {
            let data = &mut data[*input];
            match kind {
                Kind::Free { entry } => data[*entry] = BigRational::from_integer(BigInt::from(setting)),
                Kind::Entry { entry, values } => data[*entry] = values[setting as usize].clone(),
                Kind::Vector { start, .. } => data[*start + setting as usize] = BigRational::one(),
                Kind::Whole { points } => data.clone_from_slice(points[setting as usize].data()),
            }
        }
        self.shapes.iter().zip(data).filter_map(|(shape, data)| Tensor::new(shape.clone(), data)).collect()
    }

    /// What it takes to write points of this domain modulo a prime; fails when the prime divides a
    /// denominator.
    pub fn writer<'a>(&'a self, field: &PrimeField) -> Result<Writer<'a>, Halt> {
        let mut tables = vec![Vec::new(); self.shapes.len()];
        for Coordinate { input, kind } in &self.list {
            // Coordinates of one input share their values and so their table.
            if tables[*input].is_empty() {
                tables[*input] = kind.values().map(|v| field.from_rational(v)).collect::<Result<_, _>>()?;
            }
        }
        Ok(Writer { coordinates: self, field: *field, tables })
    }
}

/// Simpler values first: by magnitude, and positive before negative.
fn simpler(a: &BigRational, b: &BigRational) -> Ordering {
    a.abs().cmp(&b.abs()).then_with(|| b.cmp(a))
}

/// The number of nonzero entries.
pub(crate) fn nonzeros(tensor: &Tensor<BigRational>) -> usize {
    tensor.data().iter().filter(|value| !value.is_zero()).count()
}

/// Writes points as residues.
pub(crate) struct Writer<'a> {
    coordinates: &'a Coordinates,
    field: PrimeField,
    /// The values of every input, as [`Kind::values`] has them.
    tables: Vec<Vec<Residue>>,
}

impl Writer<'_> {
    /// The inputs at several points, one after the other, as batched evaluation takes them.
    pub fn tensors(&self, points: &[Point]) -> Vec<Tensor<Residue>> {
        let zero = self.field.zero();
        let shapes = &self.coordinates.shapes;
        let mut data: Vec<Vec<Residue>> =
            shapes.iter().map(|shape| vec![zero; shape.size() * points.len()]).collect();
        for (row, point) in points.iter().enumerate() {
            for (Coordinate { input, kind }, &setting) in self.coordinates.list.iter().zip(point) {
                // Most entries of most points are zero, and are so already.
                if setting == 0 && kind.is_free() {
                    continue;
                }
                let size = shapes[*input].size();
                let (data, values) = (&mut data[*input][row * size..(row + 1) * size], &self.tables[*input]);
                match kind {
                    Kind::Free { entry } => data[*entry] = self.field.element_signed(setting),
                    Kind::Entry { entry, .. } => data[*entry] = values[setting as usize],
                    Kind::Vector { start, .. } => data[*start + setting as usize] = self.field.one(),
                    Kind::Whole { .. } => {
                        let start = setting as usize * size;
                        data.copy_from_slice(&values[start..start + size]);
                    }
                }
            }
        }
        let batched = |shape: &Shape| {
            if points.len() == 1 {
                return Some(shape.clone());
            }
            let mut axes = vec![points.len()];
            axes.extend_from_slice(shape.axes());
            Shape::new(axes)
        };
        shapes.iter().zip(data).filter_map(|(shape, data)| Tensor::new(batched(shape)?, data)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Builder, Input};

    fn rational(n: i64, d: i64) -> BigRational {
        BigRational::new(n.into(), d.into())
    }

    fn vector(values: &[i64]) -> Tensor<BigRational> {
        let data = values.iter().map(|&v| rational(v, 1)).collect();
        Tensor::new(Shape::new([values.len()]).unwrap(), data).unwrap()
    }

    /// x: [2] in {-1, 0, 1/2}, y: [2, 3] one-hot, z: [2] one of two points, w: a free scalar:
    /// coordinates 2 + 2 + 1 + 1, levels 3, 3, 3, 3, 2.
    #[test]
    fn every_kind_of_set() {
        let mut builder = Builder::new();
        let shapes = [vec![2], vec![2, 3], vec![2], vec![]].map(|axes| Shape::new(axes).unwrap());
        let inputs: Vec<Input> =
            shapes.iter().map(|shape| Input { name: "x".to_string(), shape: shape.clone() }).collect();
        let output = builder.input(3, shapes[3].clone());
        let network = builder.network(inputs, output);
        let domain = Domain(vec![
            InputSet::Finite(vec![rational(-1, 1), rational(0, 1), rational(1, 2)]),
            InputSet::OneHot,
            InputSet::Points([vector(&[5, 6]), vector(&[0, 7])].into_iter().collect()),
            InputSet::Everything,
        ]);
        let coordinates = Coordinates::new(&network, &domain);
        let levels: Vec<Option<usize>> = coordinates.list().iter().map(|c| c.kind.levels()).collect();
        assert_eq!(levels, [Some(3), Some(3), Some(3), Some(3), Some(2), None]);

        // Values in the order 0, 1/2, -1; classes 2 and 0; the point with a zero first; w = -4.
        let point = vec![1, 2, 2, 0, 0, -4];
        let exact = coordinates.tensors(&point);
        assert_eq!(exact[0].data(), [rational(1, 2), rational(-1, 1)]);
        assert_eq!(exact[1].data(), vector(&[0, 0, 1, 1, 0, 0]).data());
        assert_eq!(exact[2].data(), vector(&[0, 7]).data());
        assert_eq!(exact[3].data(), [rational(-4, 1)]);

        let owners = [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (3, 0), (3, 1), (3, 2), (4, 0), (4, 1), (5, 0)];
        assert_eq!(coordinates.owners(), owners);

        let field = PrimeField::new(101).unwrap();
        let batch = coordinates.writer(&field).unwrap().tensors(&[point.clone(), vec![0; 6], point]);
        assert_eq!(batch[1].shape().axes(), [3, 2, 3]);
        for (exact, batch) in exact.iter().zip(&batch) {
            let size = exact.data().len();
            for (i, value) in exact.data().iter().enumerate() {
                assert_eq!(batch.data()[i], field.from_rational(value).unwrap());
                assert_eq!(batch.data()[i], batch.data()[2 * size + i]);
            }
        }
        // 2 divides the denominator of 1/2, but is no prime the field takes; 3 does not.
        assert!(coordinates.writer(&PrimeField::new(3).unwrap()).is_ok());
    }
}
