//! Products that are heads of attention, `sum_t w_st (q1_s . k1_t) (q2_s . k2_t) v_t`, with any number of
//! axes in each place: their covariances are one [`HeadCovariance`] and what has one pair across.
//!
//! What has one pair across is a product of two *mean Jacobians*: the expectation of the product of all
//! operands but one, which belongs to one network and is built once.

use std::sync::Arc;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::factors::{Block, Factor, Side, contract};
use super::independence::Axis;
use super::isserlis::Sides;
use super::state::{Moments, Part, Reach, Variant};
use super::tied::without;
use crate::network::heads::{self, Form, HeadCovariance, Layout, Moment, OPERANDS};
use crate::network::{BuildError, Label, NodeId, Shape};
use crate::similarity::Failure;

/// A mask with more entries is not read.
const MOST_SEEN: usize = 1 << 16;

/// A product that is a head: its operands in the order `q1, k1, q2, k2, v`, and its labels by their part in
/// it.
#[derive(Clone, Debug)]
pub(super) struct Head {
    side: Side,
    /// Where the operands are in the side.
    order: [usize; OPERANDS],
    /// In all operands and in the output.
    heads: Vec<Label>,
    /// In both queries and in the output.
    queries: Vec<Label>,
    /// In both keys and in the value.
    keys: Vec<Label>,
    /// In the first, and in the second query and key.
    scores: [Vec<Label>; 2],
    /// In the value and in the output.
    values: Vec<Label>,
    lengths: Vec<(Label, usize)>,
}

impl Head {
    /// The side as a head, if it is one.
    fn of(side: &Side, shape: &dyn Fn(NodeId) -> Shape) -> Option<Head> {
        if side.operands.len() != OPERANDS {
            return None;
        }
        let mut lengths: Vec<(Label, usize)> = Vec::new();
        for (node, labels) in &side.operands {
            for (at, (&label, &length)) in labels.iter().zip(shape(*node).axes()).enumerate() {
                // A diagonal is something else.
                if labels[..at].contains(&label) {
                    return None;
                }
                if !lengths.iter().any(|(known, _)| *known == label) {
                    lengths.push((label, length));
                }
            }
        }
        let has = |operand: usize, label: Label| side.operands[operand].1.contains(&label);
        let with = |label: Label| (0..OPERANDS).filter(|&operand| has(operand, label)).collect::<Vec<_>>();
        let outside = |label: Label| side.output.contains(&label);
        let constant = |label: Label| side.constants.iter().any(|factor| factor.labels.contains(&label));
        // Two operands that are joined by a sum.
        let mut pairs: Vec<[usize; 2]> = Vec::new();
        let mut scores: [Vec<Label>; 2] = [Vec::new(), Vec::new()];
        let mut rest = Vec::new();
        for &(label, _) in &lengths {
            match with(label)[..] {
                [i, j] if !outside(label) && !constant(label) => {
                    let place = pairs.iter().position(|pair| *pair == [i, j]).unwrap_or_else(|| {
                        pairs.push([i, j]);
                        pairs.len() - 1
                    });
                    scores.get_mut(place)?.push(label);
                }
                _ => rest.push(label),
            }
        }
        let [one, other] = pairs[..] else { return None };
        let value = (0..OPERANDS).find(|operand| !one.contains(operand) && !other.contains(operand))?;
        if one.iter().any(|operand| other.contains(operand)) {
            return None;
        }
        let mut head = Head {
            side: side.clone(),
            order: [one[0], one[1], other[0], other[1], value],
            heads: Vec::new(),
            queries: Vec::new(),
            keys: Vec::new(),
            scores,
            values: Vec::new(),
            lengths: lengths.clone(),
        };
        // Which operands are keys: those that share a label with the value that is summed over.
        let mut keys: Option<[usize; 2]> = None;
        for &label in &rest {
            match (&with(label)[..], outside(label)) {
                (all, true) if all.len() == OPERANDS => head.heads.push(label),
                ([only], true) if *only == value && !constant(label) => head.values.push(label),
                ([i, j], true) if one.contains(i) != one.contains(j) && *i != value && *j != value => {
                    head.queries.push(label);
                    let partner = |operand: usize| {
                        let pair = if one.contains(&operand) { one } else { other };
                        pair[usize::from(pair[0] == operand)]
                    };
                    agree(&mut keys, [partner(*i), partner(*j)])?;
                }
                ([i, j, k], false) => {
                    let those: Vec<usize> = [*i, *j, *k].into_iter().filter(|at| *at != value).collect();
                    let [i, j] = those[..] else { return None };
                    if one.contains(&i) == one.contains(&j) {
                        return None;
                    }
                    head.keys.push(label);
                    agree(&mut keys, [i, j])?;
                }
                _ => return None,
            }
        }
        if let Some(keys) = keys {
            for (place, pair) in [one, other].into_iter().enumerate() {
                let key = pair.into_iter().find(|operand| keys.contains(operand))?;
                let query = pair.into_iter().find(|operand| *operand != key)?;
                (head.order[2 * place], head.order[2 * place + 1]) = (query, key);
            }
        }
        let known = |label: &Label| lengths.iter().any(|(own, _)| own == label);
        let of_weights = |label: &Label| {
            head.heads.contains(label) || head.queries.contains(label) || head.keys.contains(label)
        };
        let fits = side.output.iter().all(known)
            && side.constants.iter().all(|factor| factor.labels.iter().all(of_weights));
        // The kernel keeps positions in twelve bits, and has nothing to do where there is none.
        let few = |labels: &[Label]| (1..=1 << 12).contains(&head.size(labels));
        let sizes = [&head.queries, &head.keys, &head.heads, &head.scores[0], &head.scores[1], &head.values];
        let fits = fits && sizes.into_iter().all(|labels| few(labels));
        fits.then_some(head)
    }

    fn length(&self, label: Label) -> usize {
        self.lengths.iter().find(|(own, _)| *own == label).map_or(1, |(_, length)| *length)
    }

    fn size(&self, labels: &[Label]) -> usize {
        labels.iter().map(|&label| self.length(label)).product()
    }

    /// An operand, by its place in the head.
    fn operand(&self, place: usize) -> (NodeId, &[Label]) {
        let (node, labels) = &self.side.operands[self.order[place]];
        (*node, labels)
    }

    /// Whether an axis of the output is that of the positions of queries.
    pub(super) fn is_tied(&self, axis: usize) -> bool {
        self.queries == [self.side.output[axis]]
    }

    fn is_query(place: usize) -> bool {
        place == 0 || place == 2
    }

    /// The axis of an operand that is that of its positions, if there is one.
    fn position_axis(&self, place: usize) -> Option<usize> {
        let &[position] = self.positions(place) else { return None };
        self.operand(place).1.iter().position(|&label| label == position)
    }

    fn positions(&self, place: usize) -> &[Label] {
        if Head::is_query(place) { &self.queries } else { &self.keys }
    }

    /// Where the entries of an operand are; if positions are `apart`, at one of them.
    fn layout(&self, place: usize, apart: bool) -> Layout {
        let mut labels = self.operand(place).1.to_vec();
        labels.retain(|label| !apart || !self.positions(place).contains(label));
        let mut strides: Vec<(Label, usize)> = Vec::with_capacity(labels.len());
        let mut size = 1;
        for &label in labels.iter().rev() {
            strides.push((label, size));
            size *= self.length(label);
        }
        let offsets = |of: &[Label]| {
            let mut offsets = vec![0];
            for &label in of {
                let stride = strides.iter().find(|(own, _)| *own == label).map_or(0, |(_, stride)| *stride);
                offsets = (offsets.iter())
                    .flat_map(|offset| (0..self.length(label)).map(move |index| offset + index * stride))
                    .collect();
            }
            offsets
        };
        let inner = if place == OPERANDS - 1 { &self.values } else { &self.scores[place / 2] };
        let outer = match apart {
            true => self.heads.clone(),
            false => [self.heads.as_slice(), self.positions(place)].concat(),
        };
        Layout { outer: offsets(&outer), inner: offsets(inner), size }
    }
}

/// The operands of a node, in the order of [`Moment::operand`]: what is given once is kept once.
#[derive(Debug, Default)]
struct Gathered {
    /// The nodes.
    nodes: Vec<NodeId>,
}

impl Gathered {
    /// The position of a node.
    fn position(&mut self, node: NodeId) -> usize {
        self.nodes.iter().position(|&known| known == node).unwrap_or_else(|| {
            self.nodes.push(node);
            self.nodes.len() - 1
        })
    }
}

/// Both keys, each time they are found.
fn agree(keys: &mut Option<[usize; 2]>, mut found: [usize; 2]) -> Option<()> {
    found.sort_unstable();
    (*keys.get_or_insert(found) == found).then_some(())
}

/// The axes of two nodes: the position that they share first, if any, then all others.
fn tied_axes(left: &[Label], right: &[Label], tie: Option<(usize, usize)>) -> Vec<Label> {
    match tie {
        None => [left, right].concat(),
        Some((a, b)) => [vec![left[a]], without(left, a), without(right, b)].concat(),
    }
}

impl Moments<'_> {
    /// A product node as a head, if it is one and heads are told from other products.
    pub(super) fn head(&self, id: NodeId) -> Option<Head> {
        if self.by_partitions || self.reach != Reach::Layer || !self.is_product(id) {
            return None;
        }
        Head::of(&self.side(id), &|node| self.shape(node))
    }

    /// Two product nodes that are expanded together, as heads.
    pub(super) fn heads(&self, u: NodeId, v: NodeId) -> Option<[Head; 2]> {
        if !self.is_product(v) || self.levels[u.0] != self.levels[v.0] {
            return None;
        }
        Some([self.head(u)?, self.head(v)?])
    }

    /// The covariance of two heads, whose operands' moments are known, and those of the first with the
    /// operands of the second. `tie` gives an axis of each along which only equal positions are wanted; they
    /// are the first axis then.
    pub(super) fn covariance_of_heads(
        &mut self,
        (u, v): (NodeId, NodeId),
        [left, right]: [Head; 2],
        tie: Option<(usize, usize)>,
    ) -> Result<Option<NodeId>, Failure> {
        let mut terms = Vec::new();
        if let Some(node) = self.several_across((u, v), &left, &right, tie)? {
            let coefficient = match self.variant {
                Variant::Gaussian => BigRational::one(),
                Variant::Symmetric => BigRational::new(BigInt::one(), BigInt::from(120)),
            };
            terms.push((coefficient, node));
        }
        if self.variant == Variant::Gaussian {
            let shift = left.side.free();
            let renamed = |label: Label| match tie {
                Some((a, b)) if label == right.side.output[b] => left.side.output[a],
                _ => label + shift,
            };
            let side = right.side.relabelled(&renamed);
            let output = tied_axes(&left.side.output, &side.output, tie);
            for (place, (operand, labels)) in side.operands.iter().enumerate() {
                let Some((jacobian, of_jacobian)) = self.jacobian(v, place)? else { continue };
                let covariance = self.covariance((u, &left.side.output), (*operand, labels))?;
                let Some(mut factors) = covariance else { continue };
                let of_jacobian: Vec<Label> = of_jacobian.iter().map(|&label| renamed(label)).collect();
                factors.push(Factor { block: Block::Node(jacobian), labels: of_jacobian });
                let node = contract(&mut self.builder, self.budget, factors, output.clone())?;
                terms.push((BigRational::one(), node));
            }
        }
        Ok(if terms.is_empty() { None } else { Some(self.builder.combine(terms)?) })
    }

    /// The covariance of a head with a node of a lower level, whose moments with all operands are known.
    pub(super) fn covariance_with(
        &mut self,
        u: NodeId,
        v: NodeId,
        tie: Option<(usize, usize)>,
    ) -> Result<Option<NodeId>, Failure> {
        let side = self.side(u);
        let shift = side.free();
        let mut own: Vec<Label> = (shift..shift + self.shape(v).rank() as Label).collect();
        if let Some((a, b)) = tie {
            own[b] = side.output[a];
        }
        let output = tied_axes(&side.output, &own, tie);
        let mut terms = Vec::new();
        for (place, (operand, labels)) in side.operands.iter().enumerate() {
            let Some(mut factors) = self.covariance((*operand, labels), (v, &own))? else { continue };
            let Some((jacobian, of_jacobian)) = self.jacobian(u, place)? else { continue };
            factors.push(Factor { block: Block::Node(jacobian), labels: of_jacobian });
            terms.push((
                BigRational::one(),
                contract(&mut self.builder, self.budget, factors, output.clone())?,
            ));
        }
        Ok(if terms.is_empty() { None } else { Some(self.builder.combine(terms)?) })
    }

    /// The expectation of the product of all operands but one, with its labels: those that the operand or the
    /// output has.
    fn jacobian(&mut self, id: NodeId, place: usize) -> Result<Option<(NodeId, Vec<Label>)>, Failure> {
        if let Some(known) = self.jacobians.get(&(id, place)) {
            return Ok(known.clone());
        }
        let mut side = self.side(id);
        let (_, labels) = side.operands.remove(place);
        let rest = side.operands.iter().map(|(_, labels)| labels);
        let rest: Vec<Label> =
            rest.chain(side.constants.iter().map(|factor| &factor.labels)).flatten().copied().collect();
        let mut output: Vec<Label> = [side.output.as_slice(), &labels].concat();
        output.retain(|label| rest.contains(label));
        output.sort_unstable();
        output.dedup();
        side.output = output.clone();
        let sides = Sides { coefficient: BigRational::one(), sides: vec![side] };
        let jacobian = self.expectation(&[sides], &|_| true)?.map(|node| (node, output));
        self.jacobians.insert((id, place), jacobian.clone());
        Ok(jacobian)
    }

    /// What has more than one pair across, with the axes of both nodes.
    fn several_across(
        &mut self,
        (u, v): (NodeId, NodeId),
        left: &Head,
        right: &Head,
        tie: Option<(usize, usize)>,
    ) -> Result<Option<NodeId>, Failure> {
        let mut gathered = Gathered::default();
        let sides = [self.head_side(left, &mut gathered)?, self.head_side(right, &mut gathered)?];
        let cross = self.moments_of(left, right, false, &mut gathered)?;
        if cross.iter().flatten().all(Option::is_none) {
            return Ok(None);
        }
        let axes = [self.axis(left), self.axis(right)];
        let spec = HeadCovariance {
            same: u == v,
            tied: tie.is_some(),
            aligned: axes[0].is_some() && axes[0] == axes[1],
            sides,
            cross,
        };
        let node = self.builder.head_covariance(gathered.nodes, Arc::new(spec))?;
        // Every label has an axis of its own, in the order of the kernel; then in the order of the nodes.
        let split = |head: &Head, queries: bool| -> Vec<Label> {
            let queries = if queries { head.queries.as_slice() } else { &[] };
            [queries, &head.heads, &head.values].concat()
        };
        let (front, back) = (split(left, true), split(right, tie.is_none()));
        let lengths = |head: &Head, labels: &[Label]| {
            labels.iter().map(|&label| head.length(label)).collect::<Vec<usize>>()
        };
        let shape = [lengths(left, &front), lengths(right, &back)].concat();
        let node = self.builder.reshape(node, Shape::new(shape).ok_or(BuildError::TooLarge)?)?;
        let shift = left.side.free();
        let given: Vec<Label> = front.into_iter().chain(back.iter().map(|label| label + shift)).collect();
        let right_output: Vec<Label> = right.side.output.iter().map(|label| label + shift).collect();
        let wanted = tied_axes(&left.side.output, &right_output, tie);
        let order: Vec<usize> =
            wanted.iter().filter_map(|label| given.iter().position(|own| own == label)).collect();
        Ok(Some(self.builder.transpose(node, &order)?))
    }

    /// The axis of an input along which the positions of a head stay apart.
    fn axis(&self, head: &Head) -> Option<Axis> {
        let mut found = None;
        for place in 0..OPERANDS {
            let (node, labels) = head.operand(place);
            let &[position] = head.positions(place) else { return None };
            let axis = labels.iter().position(|&label| label == position)?;
            let aligned = self.aligned.get(node.0)?.get(axis).copied().flatten()?;
            if *found.get_or_insert(aligned) != aligned {
                return None;
            }
        }
        found
    }

    fn head_side(&mut self, head: &Head, gathered: &mut Gathered) -> Result<heads::Side, Failure> {
        let [heads, queries, keys] = [&head.heads, &head.queries, &head.keys].map(|labels| head.size(labels));
        let (seen, weighed) = self.seen(head);
        let weights = match (&head.side.constants[..], weighed) {
            ([], _) | (_, false) => None,
            (constants, true) => {
                // Ones have the labels that the weights lack.
                let labels = [head.heads.as_slice(), &head.queries, &head.keys].concat();
                let lengths: Vec<usize> = labels.iter().map(|&label| head.length(label)).collect();
                let shape = Shape::new(lengths).ok_or(BuildError::TooLarge)?;
                let one = self.builder.scalar(BigRational::one());
                let ones = self.builder.broadcast(one, shape)?;
                let mut factors = constants.to_vec();
                factors.push(Factor { block: Block::Node(ones), labels: labels.clone() });
                let node = contract(&mut self.builder, self.budget, factors, labels)?;
                Some(gathered.position(node))
            }
        };
        let within = match self.variant {
            Variant::Gaussian => self.moments_of(head, head, true, gathered)?,
            Variant::Symmetric => Default::default(),
        };
        let mut means = [None; OPERANDS];
        for (place, mean) in means.iter_mut().enumerate() {
            *mean = self.known_mean(head.operand(place).0).map(|node| gathered.position(node));
        }
        let layouts = std::array::from_fn(|place| head.layout(place, false));
        let apart = std::array::from_fn(|place| head.layout(place, true));
        Ok(heads::Side { heads, queries, keys, layouts, apart, means, within, seen, weights })
    }

    /// Which keys count for which queries, and whether some count otherwise than once.
    fn seen(&self, head: &Head) -> (Vec<bool>, bool) {
        let (queries, keys) = (head.size(&head.queries), head.size(&head.keys));
        let all = vec![true; queries.saturating_mul(keys)];
        let [Factor { block: Block::Node(node), labels }] = &head.side.constants[..] else {
            return (all, !head.side.constants.is_empty());
        };
        let Some(constant) = self.builder.as_constant(*node) else { return (all, true) };
        let order = [head.queries.as_slice(), &head.keys].concat();
        if *labels != order || all.len() > MOST_SEEN {
            return (all, true);
        }
        let (mut seen, mut weighed) = (all, false);
        for (position, seen) in seen.iter_mut().enumerate() {
            let Ok(weight) = constant.rational(position) else { return (vec![true; queries * keys], true) };
            *seen = !weight.is_zero();
            weighed |= *seen && !weight.is_one();
        }
        (seen, weighed)
    }

    /// The covariances of operands of two heads; `apart` leaves out those of an operand with itself.
    fn moments_of(
        &mut self,
        left: &Head,
        right: &Head,
        apart: bool,
        gathered: &mut Gathered,
    ) -> Result<[[Option<Moment>; OPERANDS]; OPERANDS], Failure> {
        let mut moments = [[None; OPERANDS]; OPERANDS];
        for (i, row) in moments.iter_mut().enumerate() {
            for (j, moment) in row.iter_mut().enumerate() {
                if apart && i == j {
                    continue;
                }
                let ((first, _), (second, _)) = (left.operand(i), right.operand(j));
                *moment =
                    self.moment((first, left.position_axis(i)), (second, right.position_axis(j)), gathered)?;
            }
        }
        Ok(moments)
    }

    /// The covariance of two operands, given with the axes of their positions.
    fn moment(
        &mut self,
        (u, left): (NodeId, Option<usize>),
        (v, right): (NodeId, Option<usize>),
        gathered: &mut Gathered,
    ) -> Result<Option<Moment>, Failure> {
        if self.is_uncorrelated(u, v) {
            return Ok(None);
        }
        let (node, exchanged, form) = match self.together(u, v) {
            Some((a, b)) if left == Some(a) && right == Some(b) => {
                let (tied, exchanged) = self.known_tied((u, a), (v, b));
                let (first, second) = if exchanged { ((v, b), (u, a)) } else { ((u, a), (v, b)) };
                let (node, each) = self.tied_node(tied, first, second)?;
                (node, exchanged, if each { Form::Each } else { Form::Same })
            }
            Some((a, b)) => {
                let block = self.spread((u, a), (v, b))?;
                let (front, back) = (self.shape(u), self.shape(v));
                (self.node(block, &front, &back)?, false, Form::Whole)
            }
            None => {
                let (block, exchanged) = self.known_block(u, v, Part::Whole);
                let (front, back) = if exchanged { (v, u) } else { (u, v) };
                let (front, back) = (self.shape(front), self.shape(back));
                (self.node(block, &front, &back)?, exchanged, Form::Whole)
            }
        };
        Ok(Some(Moment { operand: gathered.position(node), exchanged, form }))
    }
}
