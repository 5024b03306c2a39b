//! Rewrite proofs of random networks: planted symmetries are proved, near misses are not, and no proof
//! contradicts an expansion.

use std::sync::Arc;

use crate::common::networks::{choices, network_from};
use crate::common::size::properties;
use proptest::prelude::*;
use samenet::Budget;
use samenet::equality::{Approach, Domain, Method, Question, Relation, Rewrite, Verdict, decide, decide_by};
use samenet::network::{Builder, Constant, Data, Einsum, Input, Network, NodeId, Shape};

/// The weights of one bilinear layer with a bias: rows of `left` and `right` and columns of `down` belong to
/// hidden units.
#[derive(Clone, Debug)]
struct Layer {
    left: Vec<Vec<f32>>,
    right: Vec<Vec<f32>>,
    /// One vector of outputs for every hidden unit.
    down: Vec<Vec<f32>>,
    bias: Vec<f32>,
}

const WIDTH: usize = 3;

/// Powers of two times odd numbers of a few bits, so that rescaling by powers of two and splitting are exact.
fn weight() -> impl Strategy<Value = f32> {
    (-40i32..=40, -3i32..=3).prop_map(|(mantissa, exponent)| mantissa as f32 * (exponent as f32).exp2())
}

fn weights(rows: usize) -> impl Strategy<Value = Vec<Vec<f32>>> {
    prop::collection::vec(prop::collection::vec(weight(), WIDTH), rows)
}

fn layer() -> impl Strategy<Value = Layer> {
    (1usize..5).prop_flat_map(|hidden| {
        (weights(hidden), weights(hidden), weights(hidden), prop::collection::vec(weight(), WIDTH))
            .prop_map(|(left, right, down, bias)| Layer { left, right, down, bias })
    })
}

/// One change of the hidden units of one layer: what, and which.
fn changes() -> impl Strategy<Value = Vec<(u8, usize, usize)>> {
    prop::collection::vec((0u8..5, 0usize..64, 0usize..64), 0..6)
}

fn scaled(row: &[f32], by: f32) -> Vec<f32> {
    row.iter().map(|w| w * by).collect()
}

impl Layer {
    /// The same function with other weights.
    fn change(&mut self, (kind, i, j): (u8, usize, usize)) {
        let (i, j) = (i % self.left.len(), j % self.left.len());
        let by = [0.25f32, 0.5, 2.0, -1.0, -4.0][(i + j) % 5];
        match kind {
            0 => {
                self.left.swap(i, j);
                self.right.swap(i, j);
                self.down.swap(i, j);
            }
            1 => {
                self.left[i] = scaled(&self.left[i], by);
                self.down[i] = scaled(&self.down[i], 1.0 / by);
            }
            2 => std::mem::swap(&mut self.left[i], &mut self.right[i]),
            3 => {
                // In two parts: a quarter and three quarters.
                let (left, right) = (self.left[i].clone(), self.right[i].clone());
                self.left.insert(j, left);
                self.right.insert(j, right);
                let i = if j <= i { i + 1 } else { i };
                let down = self.down[i - usize::from(j < i)].clone();
                self.down[i - usize::from(j < i)] = scaled(&down, 0.75);
                self.down.insert(j, scaled(&down, 0.25));
            }
            _ => {
                self.left.insert(i, self.right[j].clone());
                self.right.insert(i, vec![1.5; WIDTH]);
                self.down.insert(i, vec![0.0; WIDTH]);
            }
        }
    }
}

fn constant(builder: &mut Builder, rows: &[Vec<f32>]) -> NodeId {
    let shape = Shape::new([rows.len(), rows[0].len()]).unwrap();
    builder.constant(Arc::new(Constant::new(shape, Data::F32(rows.concat())).unwrap()))
}

fn build(layers: &[Layer], residual: bool) -> Network {
    let mut builder = Builder::new();
    let shape = Shape::new([WIDTH]).unwrap();
    let mut x = builder.input(0, shape.clone());
    let one = || num_rational::BigRational::from_integer(1.into());
    for layer in layers {
        let rows = Einsum { operands: vec![vec![0, 1], vec![1]], output: vec![0] };
        let columns = Einsum { operands: vec![vec![1, 0], vec![1]], output: vec![0] };
        let (left, right) = (constant(&mut builder, &layer.left), constant(&mut builder, &layer.right));
        let down = constant(&mut builder, &layer.down);
        let p = builder.contract(vec![left, x], rows.clone()).unwrap();
        let q = builder.contract(vec![right, x], rows).unwrap();
        let hidden = builder.multiply(p, q).unwrap();
        let y = builder.contract(vec![down, hidden], columns).unwrap();
        let bias = Constant::new(shape.clone(), Data::F32(layer.bias.clone())).unwrap();
        let bias = builder.constant(Arc::new(bias));
        let mut terms = vec![(one(), y), (one(), bias)];
        if residual {
            terms.push((one(), x));
        }
        x = builder.combine(terms).unwrap();
    }
    builder.network(vec![Input { name: "x".to_string(), shape }], x)
}

fn verdict(a: &Network, b: &Network, approach: Approach) -> Verdict {
    let domain = Domain::everywhere(a.inputs().len());
    let question = Question { a, b, relation: Relation::Equal, domain: &domain };
    decide_by(&question, &Budget::default(), approach).unwrap()
}

fn rewrite(a: &Network, b: &Network) -> Option<Rewrite> {
    match verdict(a, b, Approach::Rewrite) {
        Verdict::Equal(proof) => match proof.method {
            Method::Rewrite(rewrite) => Some(rewrite),
            other => panic!("{other:?}"),
        },
        Verdict::Undecided(_) => None,
        Verdict::Different(witness) => panic!("{witness:?}"),
    }
}

proptest! {
    #![proptest_config(properties(300, 1200))]

    /// Layers whose hidden units are permuted, rescaled, split, swapped and joined by dead ones are proved
    /// equal by rewriting, without folding. With one weight one ulp off they are not, and the portfolio finds
    /// them different whenever expansion does.
    #[test]
    fn planted_rewrites(
        layers in prop::collection::vec((layer(), changes()), 1..4),
        residual: bool,
        (place, row, entry, which) in (any::<usize>(), any::<usize>(), any::<usize>(), 0usize..3),
    ) {
        let originals: Vec<Layer> = layers.iter().map(|(layer, _)| layer.clone()).collect();
        let mut changed = originals.clone();
        for (layer, (_, changes)) in changed.iter_mut().zip(&layers) {
            changes.iter().for_each(|&change| layer.change(change));
        }
        let (a, b) = (build(&originals, residual), build(&changed, residual));
        let found = rewrite(&a, &b);
        prop_assert!(found.as_ref().is_some_and(|rewrite| !rewrite.folded), "{found:?}");
        // Every unit is accounted for, on both sides.
        for ((map, one), two) in found.unwrap().layers.iter().zip(&originals).zip(&changed) {
            let units = |side: &dyn Fn(&samenet::equality::Correspondence) -> usize| -> usize {
                map.units.iter().map(side).sum()
            };
            prop_assert_eq!(units(&|unit| unit.a.len()) + map.dead_a.len(), one.left.len());
            prop_assert_eq!(units(&|unit| unit.b.len()) + map.dead_b.len(), two.left.len());
        }

        let place = place % changed.len();
        let layer = &mut changed[place];
        let matrix = [&mut layer.left, &mut layer.right, &mut layer.down].into_iter().nth(which).unwrap();
        let row = row % matrix.len();
        let weight = &mut matrix[row][entry % WIDTH];
        *weight = weight.next_up();
        let near = build(&changed, residual);
        let same = match verdict(&a, &near, Approach::RandomEvaluation) {
            Verdict::Equal(_) => true,
            Verdict::Different(_) => false,
            other => panic!("{other:?}"),
        };
        prop_assert!(same || rewrite(&a, &near).is_none());
        let question =
            Question { a: &a, b: &near, relation: Relation::Equal, domain: &Domain::everywhere(1) };
        let decided = decide(&question, &Budget::default()).unwrap();
        prop_assert_eq!(matches!(decided, Verdict::Equal(_)), same);
    }
}

proptest! {
    #![proptest_config(properties(1_500, 6_000))]

    /// Random networks of all operations, each against itself with one choice of its construction changed:
    /// whatever rewriting proves equal, expansion proves equal too. A network is always equal to itself.
    #[test]
    fn nothing_false_is_proved(list in choices(60), at: prop::sample::Index, other: u32) {
        let mut changed = list.clone();
        changed[at.index(list.len())] = other;
        let (a, b) = (network_from(&list, 6), network_from(&changed, 6));
        if a.output_shape() == b.output_shape()
            && let Some(found) = rewrite(&a, &b)
        {
            let truth = verdict(&a, &b, Approach::NormalForm);
            prop_assert!(matches!(truth, Verdict::Equal(_)), "{found:?} but {truth:?}");
        }
        prop_assert!(rewrite(&a, &a).is_some_and(|rewrite| !rewrite.folded));
    }

    /// Tiny networks with few weights, many of which are equal by coincidence: only true equalities are
    /// proved.
    #[test]
    fn coincidences_are_told_apart(
        weights in prop::collection::vec(-1i8..=1, 2 * 2 * 9 * WIDTH),
        units in prop::collection::vec(1usize..4, 4),
        residual: bool,
    ) {
        let mut weights = weights.into_iter().map(f32::from).cycle();
        let mut rows = |count: usize| -> Vec<Vec<f32>> {
            (0..count).map(|_| (0..WIDTH).map(|_| weights.next().unwrap()).collect()).collect()
        };
        let mut layer = |hidden: usize| {
            let (left, right, down) = (rows(hidden), rows(hidden), rows(hidden));
            Layer { left, right, down, bias: vec![0.0; WIDTH] }
        };
        let a = build(&[layer(units[0]), layer(units[1])], residual);
        let b = build(&[layer(units[2]), layer(units[3])], residual);
        if rewrite(&a, &b).is_some() {
            prop_assert!(matches!(verdict(&a, &b, Approach::NormalForm), Verdict::Equal(_)));
        }
    }
}
