//! Deep bilinear networks with integer weights, and the same functions with the hidden symmetries of every
//! layer used up.

use std::sync::Arc;

use samenet::Network;
use samenet::network::{Builder, Constant, Data, Einsum, Input, NodeId, Shape};

use super::random::Random;

/// A matrix by rows.
pub type Matrix = Vec<Vec<i64>>;

/// `x -> down((left x) * (right x))`, and with a bias, `down((left x + a) * (right x + b))`.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// `hidden x width`
    pub left: Matrix,
    /// `hidden x width`
    pub right: Matrix,
    /// `width x hidden`
    pub down: Matrix,
}

/// Layers one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Layers(pub Vec<Layer>);

impl Layers {
    /// Square layers with weights from -2 to 2.
    pub fn random(depth: usize, width: usize, random: &mut Random) -> Layers {
        let mut matrix = || -> Matrix {
            (0..width).map(|_| (0..width).map(|_| random.below(5) as i64 - 2).collect()).collect()
        };
        Layers((0..depth).map(|_| Layer { left: matrix(), right: matrix(), down: matrix() }).collect())
    }

    /// The network, of one input.
    pub fn network(&self) -> Network {
        let width = self.0[0].left[0].len();
        let shape = Shape::new([width]).unwrap();
        let mut builder = Builder::new();
        let mut x = builder.input(0, shape.clone());
        for layer in &self.0 {
            let (l, r) = (linear(&mut builder, &layer.left, x), linear(&mut builder, &layer.right, x));
            let h = builder.multiply(l, r).unwrap();
            x = linear(&mut builder, &layer.down, h);
        }
        builder.network(vec![Input { name: "x".to_string(), shape }], x)
    }

    /// The same function: in every layer hidden units are permuted, change sign, swap factors, and one in
    /// four is split into two; between every two layers the basis changes by a random unimodular matrix.
    pub fn disguised(&self, random: &mut Random) -> Layers {
        let mut layers = self.0.clone();
        for layer in &mut layers {
            *layer = layer.with_other_units(random);
        }
        for at in 1..layers.len() {
            let width = layers[at].left[0].len();
            // x becomes U x for a product U of elementary matrices; so `down` is multiplied by U from the
            // left, and what reads x by the inverse of U from the right.
            for _ in 0..2 * width {
                let (i, j, sign) = (random.below(width), random.below(width), random.sign());
                if i != j {
                    let source = layers[at - 1].down[j].clone();
                    add_row(&mut layers[at - 1].down[i], &source, sign);
                    let Layer { left, right, .. } = &mut layers[at];
                    for row in left.iter_mut().chain(right) {
                        row[j] -= sign * row[i];
                    }
                }
            }
        }
        Layers(layers)
    }

    /// The same with one weight changed by one.
    pub fn near_miss(&self, random: &mut Random) -> Layers {
        let mut layers = self.0.clone();
        let at = random.below(layers.len());
        let layer = &mut layers[at];
        let matrix = match random.below(3) {
            0 => &mut layer.left,
            1 => &mut layer.right,
            _ => &mut layer.down,
        };
        let row = random.below(matrix.len());
        let column = random.below(matrix[row].len());
        matrix[row][column] += random.sign();
        Layers(layers)
    }
}

impl Layer {
    fn with_other_units(&self, random: &mut Random) -> Layer {
        let mut units: Vec<[Vec<i64>; 3]> = Vec::new();
        for unit in 0..self.left.len() {
            let (mut left, mut right) = (self.left[unit].clone(), self.right[unit].clone());
            let mut down: Vec<i64> = self.down.iter().map(|row| row[unit]).collect();
            if random.below(2) == 0 {
                std::mem::swap(&mut left, &mut right);
            }
            if random.below(2) == 0 {
                left.iter_mut().chain(&mut down).for_each(|entry| *entry = -*entry);
            }
            if random.below(4) == 0 {
                let part: Vec<i64> = down.iter().map(|_| random.below(3) as i64 - 1).collect();
                down.iter_mut().zip(&part).for_each(|(all, part)| *all -= part);
                units.push([left.clone(), right.clone(), part]);
            }
            units.push([left, right, down]);
        }
        for i in (1..units.len()).rev() {
            units.swap(i, random.below(i + 1));
        }
        Layer {
            left: units.iter().map(|unit| unit[0].clone()).collect(),
            right: units.iter().map(|unit| unit[1].clone()).collect(),
            down: (0..self.down.len()).map(|row| units.iter().map(|unit| unit[2][row]).collect()).collect(),
        }
    }
}

fn add_row(row: &mut [i64], other: &[i64], sign: i64) {
    row.iter_mut().zip(other).for_each(|(entry, other)| *entry += sign * other);
}

/// A constant matrix.
pub fn constant(builder: &mut Builder, matrix: &Matrix) -> NodeId {
    let shape = Shape::new([matrix.len(), matrix[0].len()]).unwrap();
    builder.constant(Arc::new(Constant::new(shape, Data::Integer(matrix.concat())).unwrap()))
}

/// A matrix times a vector.
pub fn linear(builder: &mut Builder, matrix: &Matrix, x: NodeId) -> NodeId {
    let matrix = constant(builder, matrix);
    let spec = Einsum { operands: vec![vec![0, 1], vec![1]], output: vec![0] };
    builder.contract(vec![matrix, x], spec).unwrap()
}
