//! Which heads read what, where two networks are the same but for that: head 1 of attention reads key-value
//! head 0 in one, and key-value head 1 in the other.
//!
//! Both networks are walked from their outputs at once. A head is a part of the first tensor on the way that
//! is joined or summed from several; or an index of the axis that a linear map is split along. What heads
//! read are slices of one tensor, constants, or rows of a constant, and each is known by its place or by its
//! entries. If anything else differs, nothing is said.

use std::collections::{HashMap, HashSet};

use num_rational::BigRational;

use super::affordable;
use super::weights::{is_float, name};
use crate::arithmetic::{Arithmetic, Floats};
use crate::budget::Budget;
use crate::network::{Arrangement, Constant, Data, Network, NodeId, Operation};

/// What comparing an entry takes, in seconds.
const EACH: f64 = 2e-8;

/// A head that reads something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wiring {
    /// The head.
    pub head: usize,
    /// Which of the things that heads read it reads in the first network.
    pub a: usize,
    /// Which in the second.
    pub b: usize,
    /// Whether several heads read the same thing.
    pub shared: bool,
    /// Whether these are single entries, so that they may be no heads.
    pub entries: bool,
    /// The tensor of a weight file that they are from, if there is one.
    pub of: Option<String>,
}

/// The heads that read something else; none if there is any other difference.
pub(super) fn wiring(a: &Network, b: &Network, budget: &Budget) -> Vec<Wiring> {
    let entries: usize =
        a.nodes().iter().map(|node| node.operation.as_constant().map_or(0, |c| c.shape().size())).sum();
    if !affordable(entries as f64 * EACH, budget) {
        return Vec::new();
    }
    let mut walk =
        Walk { a, b, known: HashSet::new(), read: Vec::new(), slices: Vec::new(), found: Vec::new() };
    if walk.run().is_none() {
        return Vec::new();
    }
    walk.constants().unwrap_or_default()
}

/// Something that a head reads in both networks.
struct Read<'a> {
    head: Option<usize>,
    a: &'a Constant,
    b: &'a Constant,
    /// The node in the first network.
    node: NodeId,
}

struct Walk<'a> {
    a: &'a Network,
    b: &'a Network,
    known: HashSet<(NodeId, NodeId)>,
    read: Vec<Read<'a>>,
    slices: Vec<Slice>,
    found: Vec<Wiring>,
}

/// A head reads another slice of some length, which starts here in the first network and there in the second.
struct Slice {
    head: usize,
    of: Option<String>,
    a: usize,
    b: usize,
    length: usize,
}

impl<'a> Walk<'a> {
    /// Visits all pairs of nodes; `None` if something differs that is not what a head reads.
    fn run(&mut self) -> Option<()> {
        let mut pending = vec![(self.a.output(), self.b.output(), None)];
        while let Some((x, y, head)) = pending.pop() {
            if !self.known.insert((x, y)) {
                continue;
            }
            let (one, other) = (&self.a.nodes()[x.0], &self.b.nodes()[y.0]);
            if one.shape != other.shape {
                return None;
            }
            match (&one.operation, &other.operation) {
                (Operation::Input(i), Operation::Input(j)) if i == j => {}
                (Operation::Constant(a), Operation::Constant(b)) => {
                    self.read.push(Read { head, a, b, node: x });
                }
                (one_operation, other_operation) => {
                    let (of_one, of_other) = (one.operands(), other.operands());
                    if of_one.len() != of_other.len() {
                        return None;
                    }
                    if one_operation.computation() != other_operation.computation() {
                        self.slices((x, one_operation), other_operation, head?)?;
                    }
                    let parts = match one_operation {
                        Operation::Arrange { arrangement: Arrangement::Concat { .. }, .. }
                        | Operation::Combine { .. } => of_one.len() > 1,
                        _ => false,
                    };
                    let pairs = of_one.into_iter().zip(of_other).enumerate().rev();
                    pending.extend(pairs.map(|(part, (x, y))| (x, y, head.or(parts.then_some(part)))));
                }
            }
        }
        Some(())
    }

    /// Notes that a head reads another slice.
    fn slices(&mut self, (node, one): (NodeId, &Operation), other: &Operation, head: usize) -> Option<()> {
        let slice = |operation: &Operation| match operation {
            Operation::Arrange { arrangement: Arrangement::Slice { axis, start }, operands } => {
                Some((*axis, *start, *operands.first()?))
            }
            _ => None,
        };
        let ((axis, a, operand), (same, b, _)) = (slice(one)?, slice(other)?);
        let length = self.a.nodes()[node.0].shape.axes()[axis];
        if axis != same {
            return None;
        }
        let of = self.a.nodes()[operand.0]
            .operands()
            .iter()
            .find_map(|id| name(self.a.nodes()[id.0].operation.as_constant()?.origin()?));
        // Parts of something else are no heads.
        of.as_ref()?;
        self.slices.push(Slice { head, of, a, b, length });
        Some(())
    }

    /// Slices that follow each other are one, as long as what a head reads.
    fn joined(&mut self) -> Option<()> {
        let mut slices = std::mem::take(&mut self.slices);
        slices.sort_by(|one, other| (one.head, &one.of, one.a).cmp(&(other.head, &other.of, other.a)));
        slices.dedup_by(|next, last| (next.head, &next.of, next.a) == (last.head, &last.of, last.a));
        let mut joined: Vec<Slice> = Vec::new();
        for next in slices {
            match joined.last_mut() {
                Some(last)
                    if (last.head, &last.of) == (next.head, &next.of)
                        && last.a + last.length == next.a
                        && last.b + last.length == next.b =>
                {
                    last.length += next.length;
                }
                _ => joined.push(next),
            }
        }
        for Slice { head, of, a, b, length } in joined {
            if length == 0 || a % length != 0 || b % length != 0 {
                return None;
            }
            self.found.push(Wiring {
                head,
                a: a / length,
                b: b / length,
                shared: true,
                entries: length == 1,
                of,
            });
        }
        Some(())
    }

    /// What is found, if all constants that differ are what heads read.
    fn constants(mut self) -> Option<Vec<Wiring>> {
        self.joined()?;
        for at in 0..self.read.len() {
            let Read { head, a, b, node } = self.read[at];
            if a == b {
                continue;
            }
            let of = a.origin().and_then(|origin| name(origin));
            match head {
                Some(head) if self.heads(node).is_none() => {
                    of.as_ref()?;
                    // The constants of this shape that heads read in the first network, each once.
                    let mut distinct: Vec<&Constant> = Vec::new();
                    let named = |constant: &Constant| constant.origin().and_then(|origin| name(origin));
                    let same = |other: &Constant| other.shape() == a.shape() && named(other) == of;
                    let like = self.read.iter().filter(|read| read.head.is_some() && same(read.a));
                    let all = like.clone().count();
                    for read in like {
                        if !distinct.contains(&read.a) {
                            distinct.push(read.a);
                        }
                    }
                    let place = |constant: &Constant| distinct.iter().position(|known| *known == constant);
                    let (a, b) = (place(a)?, place(b)?);
                    self.found.push(Wiring { head, a, b, shared: distinct.len() < all, entries: false, of });
                }
                _ => {
                    let heads = self.heads(node)?;
                    let [rows_a, rows_b] = entries(a, b)?;
                    let size = rows_a.len() / heads;
                    let mut distinct: Vec<&[u64]> = Vec::new();
                    for block in rows_a.chunks(size.max(1)) {
                        if !distinct.contains(&block) {
                            distinct.push(block);
                        }
                    }
                    let place = |block: &[u64]| distinct.iter().position(|known| *known == block);
                    for (head, (x, y)) in
                        rows_a.chunks(size.max(1)).zip(rows_b.chunks(size.max(1))).enumerate()
                    {
                        let (a, b) = (place(x)?, place(y)?);
                        if a != b {
                            let of = of.clone();
                            self.found.push(Wiring {
                                head,
                                a,
                                b,
                                shared: distinct.len() < heads,
                                entries: false,
                                of,
                            });
                        }
                    }
                }
            }
        }
        // Keys and values are read alike.
        self.found.sort_by_key(|one| (one.head, one.a, one.b));
        self.found.dedup_by(|next, last| {
            let same = (next.head, next.a, next.b) == (last.head, last.a, last.b);
            if same && next.of != last.of {
                last.of = None;
            }
            same
        });
        Some(self.found)
    }

    /// The number of heads that the result of a linear map by this constant is split into: the rows of the
    /// constant are those of one head after the other.
    fn heads(&self, constant: NodeId) -> Option<usize> {
        let readers = |id: NodeId| {
            self.a.nodes().iter().enumerate().filter(move |(_, node)| node.operands().contains(&id))
        };
        let (map, _) = readers(constant).next()?;
        let rows = *self.a.nodes()[constant.0].shape.axes().first()?;
        let mut at = NodeId(map);
        // A bias may be added first.
        for _ in 0..2 {
            for (position, node) in readers(at) {
                if let Operation::Arrange { arrangement: Arrangement::Reshape, .. } = node.operation {
                    let axes = node.shape.axes();
                    let [.., heads, width] = axes else { continue };
                    let whole = self.a.nodes()[at.0].shape.axes().last();
                    if *heads > 1 && heads * width == rows && whole == Some(&rows) {
                        return Some(*heads);
                    }
                }
                if let Operation::Combine { .. } = node.operation {
                    at = NodeId(position);
                    break;
                }
            }
        }
        None
    }
}

/// The entries of two constants as numbers that are the same for the same entries.
fn entries(a: &Constant, b: &Constant) -> Option<[Vec<u64>; 2]> {
    /// Rationals are not compared if there are more.
    const RATIONALS: usize = 1 << 16;
    let data = [a.data().ok()?, b.data().ok()?];
    if data.iter().all(|data| is_float(data)) {
        let bits = |data: &Data| -> Option<Vec<u64>> {
            // Zeros of both signs are one number.
            Some(Floats::VALUES.from_data(data).ok()?.into_iter().map(|x| (x + 0.0).to_bits()).collect())
        };
        return Some([bits(&data[0])?, bits(&data[1])?]);
    }
    if data[0].len() > RATIONALS {
        return None;
    }
    let mut known: HashMap<BigRational, u64> = HashMap::new();
    let mut number = |value: BigRational| {
        let next = known.len() as u64;
        *known.entry(value).or_insert(next)
    };
    let [a, b] = data.map(|data| data.rationals());
    Some([a.iter().cloned().map(&mut number).collect(), b.iter().cloned().map(&mut number).collect()])
}
