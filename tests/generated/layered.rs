//! Layered circuits: `head f_k(.. f_1(embed x))` with `f(h) = down((left h) * (right h)) + bias + skip h`,
//! and every rewriting of the weights that keeps the function.

use num_rational::BigRational;
use num_traits::{One, Zero};
use samenet::network::{Builder, Constant, Data, Einsum, NodeId, Shape};

use super::polynomial::Polynomial;
use crate::common::random::{Random, ratio};

pub type Matrix = Vec<Vec<BigRational>>;

#[derive(Clone, Debug)]
pub struct Layer {
    pub left: Matrix,
    pub right: Matrix,
    pub down: Matrix,
    pub bias: Vec<BigRational>,
    pub skip: Matrix,
}

#[derive(Clone, Debug)]
pub struct Layered {
    pub embed: Matrix,
    pub layers: Vec<Layer>,
    pub head: Matrix,
}

fn random_matrix(random: &mut Random, rows: usize, columns: usize) -> Matrix {
    (0..rows)
        .map(|_| {
            (0..columns)
                .map(|_| if random.chance(1, 3) { BigRational::zero() } else { random.rational() })
                .collect()
        })
        .collect()
}

fn identity(n: usize) -> Matrix {
    (0..n).map(|i| (0..n).map(|j| if i == j { ratio(1, 1) } else { ratio(0, 1) }).collect()).collect()
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let columns = b.first().map_or(0, Vec::len);
    a.iter()
        .map(|row| {
            (0..columns)
                .map(|j| row.iter().zip(b).fold(BigRational::zero(), |sum, (x, other)| sum + x * &other[j]))
                .collect()
        })
        .collect()
}

impl Layered {
    pub fn random(random: &mut Random, variables: usize, outputs: usize, depth: usize) -> Layered {
        // Three layers of degree eight stay narrow, so that the ground truth can be expanded quickly.
        let width = if depth >= 3 { 2 } else { 2 + random.below(2) };
        let embed = random_matrix(random, width, variables);
        let layers = (0..depth)
            .map(|_| {
                let hidden = 1 + random.below(3);
                Layer {
                    left: random_matrix(random, hidden, width),
                    right: random_matrix(random, hidden, width),
                    down: random_matrix(random, width, hidden),
                    bias: (0..width)
                        .map(|_| if random.chance(1, 3) { random.rational() } else { BigRational::zero() })
                        .collect(),
                    skip: if random.chance(1, 3) {
                        identity(width)
                    } else {
                        vec![vec![BigRational::zero(); width]; width]
                    },
                }
            })
            .collect();
        Layered { embed, layers, head: random_matrix(random, outputs, width) }
    }

    /// Another circuit of the same function: several weight-space symmetries, one after the other.
    pub fn rewritten(&self, random: &mut Random) -> Layered {
        let mut other = self.clone();
        for _ in 0..1 + random.below(4) {
            let which = random.below(other.layers.len());
            match random.below(8) {
                0 => other.layers[which].permute(random),
                1 => other.layers[which].rescale(random),
                2 => other.layers[which].split(random),
                3 => other.layers[which].swap_factors(random),
                4 => other.layers[which].add_dead(random),
                5 => other.change_basis(random, which),
                6 => other.add_cancelling(random, which),
                _ => other.polarise(which),
            }
        }
        other
    }

    /// Changes exactly one weight, by one, by a float32 ulp of one, or by 2^-149.
    pub fn nudge(&mut self, random: &mut Random) {
        let step = match random.below(4) {
            0 => BigRational::new(1.into(), num_bigint::BigInt::from(1) << 149),
            1 => BigRational::new(1.into(), num_bigint::BigInt::from(1) << 23),
            _ => BigRational::one(),
        };
        let mut entries: Vec<&mut BigRational> = Vec::new();
        entries.extend(self.embed.iter_mut().flatten());
        entries.extend(self.head.iter_mut().flatten());
        for layer in &mut self.layers {
            entries.extend(layer.left.iter_mut().flatten());
            entries.extend(layer.right.iter_mut().flatten());
            entries.extend(layer.down.iter_mut().flatten());
            entries.extend(layer.bias.iter_mut());
        }
        let position = random.below(entries.len());
        *entries[position] += step;
    }

    /// New basis between layer `which` and what follows: `U` on its output, the inverse of `U` after it.
    fn change_basis(&mut self, random: &mut Random, which: usize) {
        let width = self.embed.len();
        let (mut change, mut inverse) = (identity(width), identity(width));
        for _ in 0..3 {
            let (i, j) = (random.below(width), random.below(width));
            if i == j {
                continue;
            }
            let factor = random.nonzero();
            let (mut step, mut back) = (identity(width), identity(width));
            step[i][j] = factor.clone();
            back[i][j] = -factor;
            change = product(&step, &change);
            inverse = product(&inverse, &back);
        }
        let layer = &mut self.layers[which];
        layer.down = product(&change, &layer.down);
        layer.skip = product(&change, &layer.skip);
        let bias: Matrix = layer.bias.iter().map(|b| vec![b.clone()]).collect();
        layer.bias = product(&change, &bias).into_iter().map(|mut row| row.remove(0)).collect();
        match self.layers.get_mut(which + 1) {
            Some(next) => {
                next.left = product(&next.left, &inverse);
                next.right = product(&next.right, &inverse);
                next.skip = product(&next.skip, &inverse);
            }
            None => self.head = product(&self.head, &inverse),
        }
    }

    /// Two hidden units that cancel each other: `(l h)(r h) d - (r h)(l h) d`.
    fn add_cancelling(&mut self, random: &mut Random, which: usize) {
        let width = self.embed.len();
        let layer = &mut self.layers[which];
        let (left, right) =
            (random_matrix(random, 1, width).remove(0), random_matrix(random, 1, width).remove(0));
        layer.left.extend([left.clone(), right.clone()]);
        layer.right.extend([right, left]);
        for row in &mut layer.down {
            let weight = random.rational();
            row.extend([weight.clone(), -weight]);
        }
    }

    /// Every product as a difference of squares: `l r = ((l + r)^2 - (l - r)^2) / 4`.
    fn polarise(&mut self, which: usize) {
        let layer = &mut self.layers[which];
        if layer.left.len() > 6 {
            return;
        }
        let (mut sides, mut down) = (Vec::new(), vec![Vec::new(); layer.down.len()]);
        for (unit, (left, right)) in layer.left.iter().zip(&layer.right).enumerate() {
            sides.push(left.iter().zip(right).map(|(l, r)| l + r).collect::<Vec<_>>());
            sides.push(left.iter().zip(right).map(|(l, r)| l - r).collect::<Vec<_>>());
            for (row, old) in down.iter_mut().zip(&layer.down) {
                row.push(&old[unit] / ratio(4, 1));
                row.push(&old[unit] / ratio(-4, 1));
            }
        }
        layer.left = sides.clone();
        layer.right = sides;
        layer.down = down;
    }

    pub fn polynomials(&self, variables: usize) -> Vec<Polynomial> {
        let inputs: Vec<Polynomial> = (0..variables).map(|i| Polynomial::variable(i, variables)).collect();
        let mut h = apply(&self.embed, &inputs);
        for layer in &self.layers {
            let (left, right) = (apply(&layer.left, &h), apply(&layer.right, &h));
            let hidden: Vec<Polynomial> = left.iter().zip(&right).map(|(l, r)| l.times(r)).collect();
            let mut next = apply(&layer.down, &hidden);
            for ((sum, skipped), bias) in next.iter_mut().zip(apply(&layer.skip, &h)).zip(&layer.bias) {
                sum.add_scaled(&skipped, &BigRational::one());
                sum.add_scaled(&Polynomial::constant(bias, variables), &BigRational::one());
            }
            h = next;
        }
        apply(&self.head, &h)
    }

    pub fn build(&self, builder: &mut Builder, x: NodeId) -> NodeId {
        let mut h = linear(builder, &self.embed, x);
        for layer in &self.layers {
            let (left, right) = (linear(builder, &layer.left, h), linear(builder, &layer.right, h));
            let hidden = builder.multiply(left, right).unwrap();
            let mut terms = vec![(BigRational::one(), linear(builder, &layer.down, hidden))];
            if layer.bias.iter().any(|b| !b.is_zero()) {
                terms.push((BigRational::one(), vector(builder, &layer.bias)));
            }
            if layer.skip.iter().flatten().any(|s| !s.is_zero()) {
                terms.push((BigRational::one(), linear(builder, &layer.skip, h)));
            }
            h = builder.combine(terms).unwrap();
        }
        linear(builder, &self.head, h)
    }
}

impl Layer {
    fn permute(&mut self, random: &mut Random) {
        let order = random.permutation(self.left.len());
        self.left = order.iter().map(|&i| self.left[i].clone()).collect();
        self.right = order.iter().map(|&i| self.right[i].clone()).collect();
        for row in &mut self.down {
            *row = order.iter().map(|&i| row[i].clone()).collect();
        }
    }

    fn rescale(&mut self, random: &mut Random) {
        let unit = random.below(self.left.len());
        let (a, b) = (random.nonzero(), random.nonzero());
        self.left[unit].iter_mut().for_each(|w| *w *= &a);
        self.right[unit].iter_mut().for_each(|w| *w *= &b);
        self.down.iter_mut().for_each(|row| row[unit] /= &a * &b);
    }

    fn split(&mut self, random: &mut Random) {
        let unit = random.below(self.left.len());
        self.left.push(self.left[unit].clone());
        self.right.push(self.right[unit].clone());
        for row in &mut self.down {
            let part = random.rational();
            row[unit] -= &part;
            row.push(part);
        }
    }

    fn swap_factors(&mut self, random: &mut Random) {
        let unit = random.below(self.left.len());
        std::mem::swap(&mut self.left[unit], &mut self.right[unit]);
    }

    fn add_dead(&mut self, random: &mut Random) {
        let width = self.left[0].len();
        self.left.push(random_matrix(random, 1, width).remove(0));
        self.right.push(vec![BigRational::zero(); width]);
        for row in &mut self.down {
            row.push(random.rational());
        }
    }
}

fn apply(matrix: &Matrix, vector: &[Polynomial]) -> Vec<Polynomial> {
    matrix
        .iter()
        .map(|row| {
            let mut sum = Polynomial::default();
            row.iter().zip(vector).for_each(|(weight, p)| sum.add_scaled(p, weight));
            sum
        })
        .collect()
}

pub fn linear(builder: &mut Builder, matrix: &Matrix, x: NodeId) -> NodeId {
    let shape = Shape::new([matrix.len(), matrix[0].len()]).unwrap();
    let data = Data::Rational(matrix.iter().flatten().cloned().collect());
    let weights = builder.constant(Constant::new(shape, data).unwrap().into());
    let spec = Einsum { operands: vec![vec![0, 1], vec![1]], output: vec![0] };
    builder.contract(vec![weights, x], spec).unwrap()
}

pub fn vector(builder: &mut Builder, entries: &[BigRational]) -> NodeId {
    let shape = Shape::new([entries.len()]).unwrap();
    builder.constant(Constant::new(shape, Data::Rational(entries.to_vec())).unwrap().into())
}
