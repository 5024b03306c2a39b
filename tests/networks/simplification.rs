//! The builder shares, folds, merges and sees through nodes. Whatever it makes of a sequence of operations
//! must have the values that the operations have by their definitions, entry by entry: axes of length 0 and
//! 1, repeated labels, sums of slices of joints of broadcasts, constants among inputs.

use num_rational::BigRational;
use num_traits::{One, Zero};
use proptest::prelude::*;
use samenet::arithmetic::{Arithmetic, PrimeField, Rationals};
use samenet::network::{
    BuildError, Builder, Constant, Data, Einsum, Input, Label, NodeId, Shape, Tensor, evaluate, fingerprint,
};

use crate::common::random::Random;
use crate::common::size::properties;

/// Numbers and shapes that are small.
struct Dice(Random);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound)
    }

    fn number(&mut self) -> BigRational {
        let choices = [(0, 1), (0, 1), (1, 1), (1, 1), (-1, 1), (2, 1), (1, 2), (-3, 4), (1, 3)];
        let (n, d) = choices[self.below(choices.len())];
        BigRational::new(n.into(), d.into())
    }

    fn shape(&mut self) -> Shape {
        let axes: Vec<usize> = (0..self.below(4)).map(|_| [1, 2, 2, 3, 0, 1][self.below(6)]).collect();
        Shape::new(axes).unwrap()
    }

    fn tensor(&mut self, shape: &Shape) -> Tensor<BigRational> {
        let data = (0..shape.size()).map(|_| self.number()).collect();
        Tensor::new(shape.clone(), data).unwrap()
    }
}

fn flat(axes: &[usize], index: &[usize]) -> usize {
    axes.iter().zip(index).fold(0, |flat, (axis, i)| flat * axis + i)
}

/// The tensor whose entry at every index is given.
fn tabulate(axes: Vec<usize>, entry: impl Fn(&[usize]) -> BigRational) -> Tensor<BigRational> {
    let shape = Shape::new(axes).unwrap();
    let data = (0..shape.size()).map(|i| entry(&shape.unravel(i))).collect();
    Tensor::new(shape, data).unwrap()
}

fn at(tensor: &Tensor<BigRational>, index: &[usize]) -> BigRational {
    tensor.data()[flat(tensor.shape().axes(), index)].clone()
}

type Pair = (NodeId, Tensor<BigRational>);

/// One more node with its value by definition, if the dice make one that fits.
fn grow(builder: &mut Builder, known: &[Pair], dice: &mut Dice) -> Option<Pair> {
    let pick = |dice: &mut Dice| known[dice.below(known.len())].clone();
    let (id, value) = pick(dice);
    let axes = value.shape().axes().to_vec();
    let like = |dice: &mut Dice| -> Pair {
        let same: Vec<&Pair> = known.iter().filter(|pair| pair.1.shape() == value.shape()).collect();
        same[dice.below(same.len())].clone()
    };
    Some(match dice.below(12) {
        0 => {
            let shape = dice.shape();
            let tensor = dice.tensor(&shape);
            let data = Data::Rational(tensor.data().to_vec());
            (builder.constant(std::sync::Arc::new(Constant::new(shape, data)?)), tensor)
        }
        1 | 2 => {
            let axis = dice.below(axes.len().max(1));
            let length = *axes.get(axis)?;
            let start = dice.below(length + 1);
            let kept = dice.below(length - start + 1);
            let mut to = axes.clone();
            to[axis] = kept;
            let slice = tabulate(to, |index| {
                let mut index = index.to_vec();
                index[axis] += start;
                at(&value, &index)
            });
            (builder.slice(id, axis, start, kept).unwrap(), slice)
        }
        3 | 4 => {
            let axis = dice.below(axes.len().max(1));
            axes.get(axis)?;
            let fits = |pair: &&Pair| {
                let other = pair.1.shape().axes();
                other.len() == axes.len() && (0..axes.len()).all(|i| i == axis || other[i] == axes[i])
            };
            let fitting: Vec<&Pair> = known.iter().filter(fits).collect();
            let parts: Vec<Pair> =
                (0..1 + dice.below(3)).map(|_| fitting[dice.below(fitting.len())].clone()).collect();
            let mut to = axes.clone();
            to[axis] = parts.iter().map(|part| part.1.shape().axes()[axis]).sum();
            if to.iter().product::<usize>() > 40 {
                return None;
            }
            let joined = tabulate(to, |index| {
                let mut index = index.to_vec();
                let mut parts = parts.iter();
                loop {
                    let part = &parts.next().unwrap().1;
                    let length = part.shape().axes()[axis];
                    if index[axis] < length {
                        return at(part, &index);
                    }
                    index[axis] -= length;
                }
            });
            (builder.concat(parts.iter().map(|part| part.0).collect(), axis).unwrap(), joined)
        }
        5 => {
            let mut to: Vec<usize> = axes.clone();
            match dice.below(4) {
                0 => to = vec![value.data().len()],
                1 => to.insert(dice.below(axes.len() + 1), 1),
                2 => to.reverse(),
                _ => to.retain(|&axis| axis != 1),
            }
            let shape = Shape::new(to).unwrap();
            let reshaped = Tensor::new(shape.clone(), value.data().to_vec())?;
            (builder.reshape(id, shape).unwrap(), reshaped)
        }
        6 => {
            let shape = dice.shape();
            if !axes.is_empty() {
                let made = builder.broadcast(id, shape.clone());
                if *value.shape() != shape {
                    assert!(matches!(made, Err(BuildError::Shapes(_))));
                }
                return None;
            }
            let filled = Tensor::new(shape.clone(), vec![value.data()[0].clone(); shape.size()])?;
            (builder.broadcast(id, shape).unwrap(), filled)
        }
        7 | 8 => {
            let terms: Vec<(BigRational, Pair)> =
                (0..1 + dice.below(4)).map(|_| (dice.number(), like(dice))).collect();
            let sum = tabulate(axes, |index| {
                terms.iter().map(|(coefficient, term)| coefficient * at(&term.1, index)).sum()
            });
            (builder.combine(terms.into_iter().map(|(c, term)| (c, term.0)).collect()).unwrap(), sum)
        }
        9 => {
            let (other, factor) = if dice.below(3) == 0 { pick(dice) } else { like(dice) };
            let (left, right) = if dice.below(2) == 0 { (id, other) } else { (other, id) };
            let product = match (value.shape().rank(), factor.shape().rank()) {
                (0, _) => factor.map(|x| x * &value.data()[0]),
                (_, 0) => value.map(|x| x * &factor.data()[0]),
                _ if value.shape() == factor.shape() => {
                    tabulate(axes, |index| at(&value, index) * at(&factor, index))
                }
                _ => {
                    assert!(builder.multiply(left, right).is_err());
                    return None;
                }
            };
            (builder.multiply(left, right).unwrap(), product)
        }
        10 => {
            let exponent = dice.below(4);
            let power = value.map(|x| (0..exponent).fold(BigRational::one(), |product, _| product * x));
            (builder.power(id, exponent as u64).unwrap(), power)
        }
        _ => return contraction(builder, known, dice),
    })
}

fn contraction(builder: &mut Builder, known: &[Pair], dice: &mut Dice) -> Option<Pair> {
    let mut lengths: Vec<usize> = Vec::new();
    let (mut operands, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..1 + dice.below(3) {
        let operand = known[dice.below(known.len())].clone();
        let mut own: Vec<Label> = Vec::new();
        for &axis in operand.1.shape().axes() {
            let old: Vec<usize> = (0..lengths.len()).filter(|&label| lengths[label] == axis).collect();
            own.push(if old.is_empty() || dice.below(3) == 0 {
                lengths.push(axis);
                lengths.len() as Label - 1
            } else {
                old[dice.below(old.len())] as Label
            });
        }
        operands.push(operand);
        labels.push(own);
    }
    let mut output: Vec<Label> = (0..lengths.len() as Label).filter(|_| dice.below(2) == 0).collect();
    if dice.below(2) == 0 {
        output.reverse();
    }
    let axes: Vec<usize> = output.iter().map(|&label| lengths[label as usize]).collect();
    if axes.iter().product::<usize>() > 40 || lengths.iter().product::<usize>() > 400 {
        return None;
    }
    let all = Shape::new(lengths).unwrap();
    let shape = Shape::new(axes.clone()).unwrap();
    let mut data = vec![BigRational::zero(); shape.size()];
    for i in 0..all.size() {
        let index = all.unravel(i);
        let of =
            |labels: &[Label]| -> Vec<usize> { labels.iter().map(|&label| index[label as usize]).collect() };
        let product: BigRational =
            operands.iter().zip(&labels).map(|(operand, labels)| at(&operand.1, &of(labels))).product();
        data[flat(&axes, &of(&output))] += product;
    }
    let spec = Einsum { operands: labels, output };
    let id = builder.contract(operands.iter().map(|operand| operand.0).collect(), spec).unwrap();
    Some((id, Tensor::new(shape, data).unwrap()))
}

proptest! {
    #![proptest_config(properties(256, 1024))]

    #[test]
    fn nothing_that_is_simplified_changes_value(seed in any::<u64>()) {
        let mut dice = Dice(Random(seed));
        let mut builder = Builder::new();
        let shapes = [dice.shape(), dice.shape(), Shape::scalar()];
        let inputs: Vec<Tensor<BigRational>> = shapes.iter().map(|shape| dice.tensor(shape)).collect();
        let mut known: Vec<Pair> = inputs
            .iter()
            .enumerate()
            .map(|(i, tensor)| (builder.input(i, tensor.shape().clone()), tensor.clone()))
            .collect();
        for _ in 0..40 {
            if let Some((id, value)) = grow(&mut builder, &known, &mut dice) {
                prop_assert_eq!(builder.shape(id), value.shape());
                // Powers of powers grow fast.
                if value.data().iter().all(|x| x.numer().bits() + x.denom().bits() < 200) {
                    known.push((id, value));
                }
            }
        }
        let declared = |shapes: &[Shape]| -> Vec<Input> {
            shapes.iter().map(|shape| Input { name: "x".to_string(), shape: shape.clone() }).collect()
        };
        let field = PrimeField::new((1 << 61) - 1).unwrap();
        let residue = |tensor: &Tensor<BigRational>| tensor.map(|value| field.from_rational(value).unwrap());
        let residues: Vec<_> = inputs.iter().map(residue).collect();
        for (id, value) in &known {
            let network = builder.network(declared(&shapes), *id);
            let made = evaluate(&Rationals::new(), &network, &inputs).unwrap();
            prop_assert_eq!(&made, value);
            let made = evaluate(&field, &network, &residues).unwrap();
            prop_assert_eq!(made, residue(value));
            // A copy in another arena has the same values, and so has one with its inputs put in as
            // constants.
            let mut other = Builder::new();
            let here: Vec<NodeId> =
                shapes.iter().enumerate().map(|(i, shape)| other.input(i, shape.clone())).collect();
            let copy = other.import(&network, &here).unwrap();
            let copy = other.network(declared(&shapes), copy);
            prop_assert_eq!(&evaluate(&Rationals::new(), &copy, &inputs).unwrap(), value);
            let constants: Vec<NodeId> = inputs
                .iter()
                .map(|tensor| {
                    let data = Data::Rational(tensor.data().to_vec());
                    other.constant(std::sync::Arc::new(Constant::new(tensor.shape().clone(), data).unwrap()))
                })
                .collect();
            let folded = other.import(&network, &constants).unwrap();
            let folded = other.network(Vec::new(), folded);
            prop_assert_eq!(&evaluate(&Rationals::new(), &folded, &[]).unwrap(), value);
        }
        // Networks with one fingerprint are one function.
        for (i, (id, value)) in known.iter().enumerate() {
            for (other, same) in &known[..i] {
                let print = |id: &NodeId| fingerprint(&builder.network(declared(&shapes), *id));
                prop_assert!(print(id) != print(other) || value == same);
            }
        }
    }
}
