//! Which weights differ, where two networks have one architecture; and which hidden units one of them does
//! not read, because all weights that would are zero.

use std::sync::Arc;

use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::affordable;
use crate::arithmetic::{Arithmetic, Floats};
use crate::budget::Budget;
use crate::network::{Constant, Data, Network, Operation, Origin, Provenance};
use crate::similarity::estimates::{Place, places};

/// What comparing a weight takes, in seconds.
const EACH: f64 = 2e-8;
/// Weights that are read at once.
const BLOCK: usize = 1 << 16;

/// The weights of two networks of one architecture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    /// Whether they are read from files; otherwise they are the numbers that the author wrote.
    pub from_files: bool,
    /// How many differ.
    pub differing: u64,
    /// How many there are.
    pub entries: u64,
    /// The tensors in which some differ, the largest difference first.
    pub tensors: Vec<TensorWeights>,
}

/// A tensor of weights that differ.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorWeights {
    /// What it is called in both networks, if it comes from a weight file. What is computed from a tensor has
    /// the name of that.
    pub names: [Option<String>; 2],
    /// How many entries differ.
    pub differing: u64,
    /// How many it has.
    pub entries: u64,
    /// Where they differ most, and the entry in both networks.
    pub index: Vec<usize>,
    /// The entry of the first network.
    pub a: BigRational,
    /// The entry of the second.
    pub b: BigRational,
    /// Hidden units that it reads in the second network only, and in the first only.
    pub unread: [Vec<usize>; 2],
}

impl TensorWeights {
    /// The largest difference.
    pub fn largest(&self) -> BigRational {
        (&self.a - &self.b).abs()
    }
}

/// Compares the weights. `None` if the architectures differ, no weight does, or it would take too long.
pub(super) fn weights(a: &Network, b: &Network, budget: &Budget) -> Option<Weights> {
    let pairs: Vec<Pair> = places(a, b).ok()?.into_iter().filter_map(Pair::of).collect();
    // Where weights come from files, other numbers belong to the architecture.
    let read =
        |pair: &Pair| pair.0.iter().flatten().any(|constant| constant.provenance() == Provenance::Read);
    let files = pairs.iter().any(read);
    let pairs: Vec<Pair> = pairs.into_iter().filter(|pair| !files || read(pair)).collect();
    let entries: u64 = pairs.iter().map(|pair| pair.size() as u64).sum();
    if !affordable(entries as f64 * EACH, budget) {
        return None;
    }
    let mut found = Weights { from_files: files, entries, ..Weights::default() };
    for pair in pairs.iter().filter(|pair| pair.0[0] != pair.0[1]) {
        let tensor = pair.compared([a, b], budget)?;
        found.differing += tensor.differing;
        found.tensors.push(tensor);
    }
    found.tensors.retain(|tensor| tensor.differing > 0);
    found.tensors.sort_by_key(|tensor| std::cmp::Reverse(tensor.largest()));
    (found.differing > 0).then_some(found)
}

/// Constants at one place of two networks; one that is missing is zero.
struct Pair([Option<Arc<Constant>>; 2]);

impl Pair {
    fn of(place: Place) -> Option<Pair> {
        match place {
            Place::Constants(a, b) => {
                let made = |constant: &Arc<Constant>| constant.provenance() == Provenance::Made;
                (!a.iter().chain(&b).all(made)).then_some(Pair([a, b]))
            }
            Place::Factors(a, b) => Some(Pair([a, b].map(|factor| Some(Arc::new(Constant::scalar(factor)))))),
        }
    }

    fn size(&self) -> usize {
        self.0.iter().flatten().next().map_or(0, |constant| constant.shape().size())
    }

    fn compared(&self, networks: [&Network; 2], budget: &Budget) -> Option<TensorWeights> {
        let shape = self.0.iter().flatten().next()?.shape().clone();
        let axis = summed_axis(networks[0], self.0[0].as_deref());
        let stride = axis.map_or(1, |axis| shape.axes()[axis + 1..].iter().product::<usize>().max(1));
        let length = axis.map_or(0, |axis| shape.axes()[axis]);
        let mut reads = [vec![false; length], vec![false; length]];
        let (mut differing, mut largest) = (0, None::<(f64, usize)>);
        let mut most = BigRational::zero();
        for start in (0..shape.size()).step_by(BLOCK) {
            if budget.expired() {
                return None;
            }
            let range = start..shape.size().min(start + BLOCK);
            let mut blocks = Vec::with_capacity(2);
            for constant in &self.0 {
                blocks.push(match constant {
                    Some(constant) => constant.block(range.clone()).ok()?.into_owned(),
                    None => Data::F64(vec![0.0; range.len()]),
                });
            }
            let [a, b] = [0, 1].map(|side: usize| Floats::VALUES.from_data(&blocks[side]));
            // Other numbers may be rounded to zero, or to one float.
            let rounds = !blocks.iter().all(is_float);
            let is_zero =
                |side: usize, at: usize, x: f64| x == 0.0 && (!rounds || blocks[side].rational(at).is_zero());
            for (at, (x, y)) in a.ok()?.into_iter().zip(b.ok()?).enumerate() {
                if length > 0 {
                    let unit = (start + at) / stride % length;
                    reads[0][unit] |= !is_zero(0, at, x);
                    reads[1][unit] |= !is_zero(1, at, y);
                }
                let exact = || &blocks[0].rational(at) - &blocks[1].rational(at);
                if x == y && (!rounds || exact().is_zero()) {
                    continue;
                }
                differing += 1;
                // Differences of floats are good enough to leave out what is smaller for sure.
                let size = (x - y).abs();
                if rounds || largest.is_none_or(|(known, _)| size >= known * (1.0 - 1e-9)) {
                    let exact = exact().abs();
                    if largest.is_none() || exact > most {
                        (largest, most) = (Some((size, start + at)), exact);
                    }
                }
            }
        }
        let position = largest.map_or(0, |(_, position)| position);
        let entry = |side: usize| match &self.0[side] {
            Some(constant) => constant.rational(position).ok(),
            None => Some(BigRational::zero()),
        };
        let unread = [0, 1].map(|side: usize| {
            (0..length).filter(|&unit| !reads[side][unit] && reads[1 - side][unit]).collect()
        });
        Some(TensorWeights {
            names: [0, 1]
                .map(|side: usize| self.0[side].as_ref().and_then(|constant| name(constant.origin()?))),
            differing,
            entries: shape.size() as u64,
            index: shape.unravel(position),
            a: entry(0)?,
            b: entry(1)?,
            unread,
        })
    }
}

/// Whether converting to f64 is exact.
pub(super) fn is_float(data: &Data) -> bool {
    matches!(data, Data::F64(_) | Data::F32(_) | Data::F16(_) | Data::BF16(_))
}

/// The axis of a constant along which it is multiplied with hidden units and summed, if nothing else reads
/// these.
fn summed_axis(network: &Network, constant: Option<&Constant>) -> Option<usize> {
    let depends = network.depends_on_input();
    let is_it = |id: usize| network.nodes()[id].operation.as_constant().map(|known| &**known) == constant;
    network.nodes().iter().find_map(|node| {
        let Operation::Contract { operands, spec } = &node.operation else { return None };
        let ([one, other], [of_one, of_other]) = (&operands[..], &spec.operands[..]) else { return None };
        let (of_constant, hidden, of_hidden) = match (is_it(one.0), is_it(other.0)) {
            (true, false) => (of_one, other, of_other),
            (false, true) => (of_other, one, of_one),
            _ => return None,
        };
        let readers = network.nodes().iter().filter(|node| node.operands().contains(hidden)).count();
        let is_input = matches!(network.nodes()[hidden.0].operation, Operation::Input(_));
        if !depends[hidden.0] || is_input || readers > 1 {
            return None;
        }
        of_constant.iter().position(|label| of_hidden.contains(label) && !spec.output.contains(label))
    })
}

/// The name of the only tensor that a constant comes from.
pub(super) fn name(origin: &Origin) -> Option<String> {
    match origin {
        Origin::File(tensor) => {
            let stem = || Some(tensor.path.file_stem()?.to_str()?.to_string());
            tensor.name.clone().or_else(stem)
        }
        Origin::Computed { operands, .. } => operands.iter().find_map(|operand| name(&operand.origin)),
        Origin::Literal(_) => None,
    }
}
