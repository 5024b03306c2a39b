//! All points of a finite domain, in doubles of which every operation is seen to be exact.
//!
//! On a finite domain values are often small although no bound that is made of coefficients says so: the
//! carry of an adder is 0 or 1, whatever its degree. So nothing is bounded here. The difference is evaluated
//! in doubles, and every operation is checked when it is done: either its result is the true one, or somebody
//! else has to look at the points of that block ([`End::Doubtful`]). If these are many, the walk is given up.
//!
//! Call a double *fair* if it is 0 or has a magnitude from `T = 2^-450` to infinity, infinity left out.
//!
//! **Lemma.** Let `x` and `y` be fair, and `q` an integer with `3 <= q <= 2^53`. In round-to-nearest,
//! 1. if `s = x + y`, `t = s - x` and `(x - (s - t)) + (y - t)` is 0, then `s` is the exact sum;
//! 2. if `p = x * y` and `fma(x, y, -p)` is 0, then `p` is the exact product;
//! 3. if `r = x / q` and `fma(r, q, -x)` is 0, then `r` is the exact quotient.
//!
//! *Proof.* An infinite result makes each of the three checks infinite or NaN, which is not 0; let results be
//! finite. (1) This is Knuth's TwoSum (*The Art of Computer Programming* 2, 4.2.2, theorem B): without
//! overflow the check *is* the error `x + y - s`, and sums do not underflow. If `t`, or another difference in
//! it, overflows, the check is infinite or NaN. (2) If `x` or `y` is 0, so is `p`. Otherwise both are
//! integers times powers of two that are at least `2^-502`, so `xy - p` is an integer times `2^-1004` or more
//! (`p` is the double nearest to `xy`, whose magnitude is at least `2^-900`, so it is an integer times
//! `2^-952` or more). The fma is that number, rounded once. A nonzero one is at least `2^-1004` in magnitude
//! and does not become 0. (3) Let `x` not be 0. `r` is at least `2^-504` in magnitude, so it is an integer
//! times `2^-556` or more, and so are `rq` and `x`. The rest is as before: a nonzero `rq - x` does not become
//! 0. If it is 0, then `rq = x`. QED
//!
//! Entries and constants are fair and exact ([`double`]); results are checked to be fair. So by induction
//! over the steps, all values at a block of points are exact if no check of the block fails. Then the network
//! is zero at such a point exactly if its outputs there are 0.
//!
//! The points are walked in blocks of [`LANES`], and a step is taken again only if a coordinate on which it
//! depends has changed since the block before. The coordinates on which most steps depend change last.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use pulp::{Arch, NullaryFnOnce};

use super::coordinates::{Coordinates, Kind, Point};
use crate::arithmetic::{Step, StraightLine, double};
use crate::budget::Budget;
use crate::calibration::{LANE, LANES_STEP};
use crate::network::Network;
use crate::parallel;

/// Points that are evaluated at a time.
const LANES: usize = 64;
/// The least magnitude of a fair double that is not 0.
const LEAST: f64 = f64::from_bits((1023 - 450) << 52);
/// Longer programs are not written down.
const LONGEST: usize = 1 << 18;
/// Blocks that are walked in one piece, the first of which takes all steps.
const PIECE: u64 = 1 << 11;
/// When doubles are not enough for more blocks than this, the walk is given up.
const DOUBTFUL: usize = 1 << 8;

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Every output is zero at every point.
    Zero,
    /// A point at which some output is not: the first.
    Nonzero(Point),
    /// Every output is zero at every point besides these, where doubles are not enough.
    Doubtful(Vec<Point>),
    /// Doubles are not enough at too many points.
    Inexact,
    /// The budget ended after so many points.
    Late(u64),
}

/// How one piece ended.
struct Piece {
    /// `None` when every output is zero at all points but those in doubt.
    end: Option<End>,
    /// The blocks for which doubles are not enough.
    doubtful: Vec<u64>,
}

/// A network on all points of a finite domain.
pub(crate) struct Exhaustive {
    program: StraightLine,
    /// For every step that is an entry, its value at every level of its coordinate.
    tables: Vec<Vec<f64>>,
    /// For every step, the set of those of `walked` on which it depends, as bits. An entry has one.
    reads: Vec<u64>,
    /// The coordinates on which it depends, the one that changes least often first.
    walked: Vec<Walked>,
    /// How many coordinates the domain has.
    coordinates: usize,
    /// How many points are walked through.
    points: u64,
}

/// A coordinate that is walked through.
#[derive(Clone, Copy, Debug)]
struct Walked {
    /// Its position among all coordinates.
    coordinate: usize,
    levels: u64,
    /// The number of points after which its level changes.
    stride: u64,
}

impl Exhaustive {
    /// All points of a domain, as far as the network depends on them. `None` when some coordinate that it
    /// depends on can be any number, when it is too large or has a number that is no double, when
    /// there are 2^62 points or more, or when doubles are not enough at most of a few points.
    pub fn new(network: &Network, coordinates: &Coordinates, budget: &Budget) -> Option<Exhaustive> {
        let threads = rayon::current_num_threads().max(1) as u64;
        let room = budget.memory / 8 / threads / (8 * LANES as u64 + 64);
        let most = LONGEST.min(usize::try_from(room).unwrap_or(LONGEST));
        let mut program = StraightLine::of(&budget.stop(), network, most)?;
        program.outputs.sort_unstable();
        program.outputs.dedup();
        let (owners, tables) = entries(&mut program, coordinates)?;
        let mut used: Vec<usize> = owners.iter().flatten().copied().collect();
        used.sort_unstable();
        used.dedup();
        // All have two levels or more, so with fewer than 2^62 points there are fewer than 62 of them.
        let mut points = 1u64;
        for &coordinate in &used {
            let levels = coordinates.list()[coordinate].kind.levels()? as u64;
            points = points.checked_mul(levels).filter(|&points| points >> 62 == 0)?;
        }
        // Entries that are read have values, but nothing here should rest on that.
        if points == 0 {
            return None;
        }
        let mut place = vec![0; coordinates.len()];
        used.iter().enumerate().for_each(|(i, &coordinate)| place[coordinate] = i);
        let sets = reads(&program, &owners, &place);
        let dependents =
            |coordinate: usize| sets.iter().filter(|&&set| set >> place[coordinate] & 1 == 1).count();
        used.sort_by_cached_key(|&coordinate| Reverse(dependents(coordinate)));
        used.iter().enumerate().for_each(|(i, &coordinate)| place[coordinate] = i);
        let mut walked = Vec::with_capacity(used.len());
        let mut stride = 1;
        for &coordinate in used.iter().rev() {
            let levels = coordinates.list()[coordinate].kind.levels()? as u64;
            walked.push(Walked { coordinate, levels, stride });
            stride *= levels;
        }
        walked.reverse();
        let reads = reads(&program, &owners, &place);
        let all = Exhaustive { program, tables, reads, walked, coordinates: coordinates.len(), points };
        all.is_exact_at_a_few().then_some(all)
    }

    /// How many points are walked through.
    pub fn points(&self) -> u64 {
        self.points
    }

    fn blocks(&self) -> u64 {
        self.points.div_ceil(LANES as u64)
    }

    /// The seconds that it is expected to take.
    pub fn seconds(&self) -> f64 {
        // How often a coordinate changes between blocks. One whose levels repeat with every block never does.
        let rate = |walked: &Walked| match walked.stride {
            stride if (LANES as u64).is_multiple_of(stride.saturating_mul(walked.levels)) => 0.0,
            stride => (LANES as f64 / stride as f64).min(1.0),
        };
        let rates: Vec<f64> = self.walked.iter().map(rate).collect();
        let taken = |set: &u64| -> f64 {
            let read = rates.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1);
            read.fold(0.0, |most: f64, (_, rate)| most.max(*rate))
        };
        let (lanes, steps) = (LANES as f64 * LANE, self.reads.len() as f64);
        let block = self.reads.iter().map(taken).sum::<f64>() * lanes + steps * LANES_STEP;
        let pieces = self.blocks().div_ceil(PIECE) as f64;
        (self.blocks() as f64 * block + pieces * steps * lanes) / rayon::current_num_threads().max(1) as f64
    }

    /// Whether doubles are enough at most of a few blocks, from the first to the last.
    fn is_exact_at_a_few(&self) -> bool {
        const FEW: u64 = 9;
        let last = u128::from(self.blocks() - 1);
        let mut lanes = Lanes::new(self);
        let mut exact = |part: u64| lanes.evaluate((last * u128::from(part) / u128::from(FEW - 1)) as u64);
        (0..FEW).filter(|&part| exact(part)).count() as u64 * 2 > FEW
    }

    /// Walks through all points.
    pub fn run(&self, budget: &Budget) -> End {
        let pieces = self.blocks().div_ceil(PIECE);
        let together = 4 * rayon::current_num_threads().max(1) as u64;
        let mut doubtful: Vec<u64> = Vec::new();
        let mut first = 0;
        while first < pieces {
            let count = together.min(pieces - first);
            // The first in order that ends is the answer, whatever the others are.
            for piece in parallel::map(count as usize, |i| self.piece(first + i as u64, budget)) {
                doubtful.extend(piece.doubtful);
                if doubtful.len() > DOUBTFUL {
                    return End::Inexact;
                }
                if let Some(end) = piece.end {
                    return end;
                }
            }
            first += count;
        }
        if doubtful.is_empty() {
            return End::Zero;
        }
        let points = |block: u64| block * LANES as u64..((block + 1) * LANES as u64).min(self.points);
        End::Doubtful(doubtful.into_iter().flat_map(points).map(|number| self.point(number)).collect())
    }

    fn piece(&self, piece: u64, budget: &Budget) -> Piece {
        let mut lanes = Lanes::new(self);
        let mut doubtful = Vec::new();
        for block in piece * PIECE..((piece + 1) * PIECE).min(self.blocks()) {
            let end = if block.is_multiple_of(32) && budget.expired() {
                Some(End::Late(piece * PIECE * LANES as u64))
            } else if !lanes.evaluate(block) {
                doubtful.push(block);
                (doubtful.len() > DOUBTFUL).then_some(End::Inexact)
            } else {
                lanes.first_nonzero().map(|lane| End::Nonzero(self.point(block * LANES as u64 + lane as u64)))
            };
            if end.is_some() {
                return Piece { end, doubtful };
            }
        }
        Piece { end: None, doubtful }
    }

    /// The point of a number.
    fn point(&self, number: u64) -> Point {
        let mut point = vec![0; self.coordinates];
        for walked in &self.walked {
            point[walked.coordinate] = (number / walked.stride % walked.levels) as i64;
        }
        point
    }
}

/// For every step that is an entry, its coordinate, and its value at every level. An entry that has one value
/// becomes a constant.
fn entries(program: &mut StraightLine, coordinates: &Coordinates) -> Option<(Vec<Option<usize>>, Tables)> {
    /// Values of all tables together.
    const MOST: usize = 1 << 22;
    let all = coordinates.owners();
    let (mut owners, mut tables, mut room) = (Vec::new(), Tables::new(), MOST);
    for step in &mut program.steps {
        owners.push(None);
        tables.push(Vec::new());
        let Step::Entry(entry) = *step else { continue };
        let (coordinate, position) = all[entry];
        let kind = &coordinates.list()[coordinate].kind;
        room = room.checked_sub(kind.levels()?)?;
        match &table(kind, position)?[..] {
            [value] => *step = Step::Constant(*value),
            table => {
                owners.pop();
                owners.push(Some(coordinate));
                tables.pop();
                tables.push(table.to_vec());
            }
        }
    }
    Some((owners, tables))
}

/// For every step, its values at the levels of a coordinate; empty for steps that are no entries.
type Tables = Vec<Vec<f64>>;

/// What an entry of a coordinate is at every level. `None` when some value is no double.
fn table(kind: &Kind, position: usize) -> Option<Vec<f64>> {
    match kind {
        Kind::Free { .. } => None,
        Kind::Entry { values, .. } => values.iter().map(double).collect(),
        Kind::Vector { classes, .. } => {
            Some((0..*classes).map(|level| f64::from(u8::from(level == position))).collect())
        }
        Kind::Whole { points } => points.iter().map(|point| double(&point.data()[position])).collect(),
    }
}

/// For every step, the places of the coordinates on which it depends, as bits.
fn reads(program: &StraightLine, owners: &[Option<usize>], place: &[usize]) -> Vec<u64> {
    let mut sets: Vec<u64> = Vec::with_capacity(program.steps.len());
    for (step, owner) in program.steps.iter().zip(owners) {
        sets.push(match *step {
            Step::Entry(_) => owner.map_or(0, |coordinate| 1 << place[coordinate]),
            Step::Constant(_) => 0,
            Step::Divide(a, _) => sets[a],
            Step::Add(a, b) | Step::Multiply(a, b) => sets[a] | sets[b],
        });
    }
    sets
}

/// The values of all steps at one block of points.
struct Lanes<'e> {
    all: &'e Exhaustive,
    values: Vec<[f64; LANES]>,
    /// The levels of each coordinate, and the level if they are the same.
    levels: Vec<([u32; LANES], Option<u64>)>,
    /// Whether the values are those of no block, so that all steps have to be taken.
    fresh: bool,
}

impl<'e> Lanes<'e> {
    fn new(all: &'e Exhaustive) -> Lanes<'e> {
        let values = vec![[0.0; LANES]; all.program.steps.len()];
        Lanes { all, values, levels: vec![([0; LANES], None); all.walked.len()], fresh: true }
    }

    /// Evaluates a block, and says whether everything is exact. If not, nothing of it is used again.
    fn evaluate(&mut self, block: u64) -> bool {
        let fresh = std::mem::replace(&mut self.fresh, false);
        let mut changed = 0u64;
        for place in 0..self.levels.len() {
            changed |= u64::from(self.move_to(block * LANES as u64, place)) << place;
        }
        let exact = Arch::new().dispatch(Take { lanes: self, changed, fresh });
        self.fresh = !exact;
        exact
    }

    /// Sets the levels of one coordinate at the points from `start` on, and says whether some have changed.
    /// Behind the last point it is repeated.
    fn move_to(&mut self, start: u64, place: usize) -> bool {
        let Walked { levels, stride, .. } = self.all.walked[place];
        let last = self.all.points - 1;
        let (lanes, same) = &mut self.levels[place];
        let (from, to) = (start / stride, (start + LANES as u64 - 1).min(last) / stride);
        if from == to {
            let level = from % levels;
            if *same == Some(level) {
                return false;
            }
            (*lanes, *same) = ([level as u32; LANES], Some(level));
            return true;
        }
        let (mut level, mut left) = (from % levels, stride - start % stride);
        let mut moved = [0u32; LANES];
        for (number, lane) in (start..).zip(&mut moved) {
            *lane = level as u32;
            if number < last {
                left -= 1;
                if left == 0 {
                    (level, left) = (if level + 1 == levels { 0 } else { level + 1 }, stride);
                }
            }
        }
        let changed = same.is_some() || *lanes != moved;
        (*lanes, *same) = (moved, None);
        changed
    }

    /// The first point of the block where some output is not zero.
    fn first_nonzero(&self) -> Option<usize> {
        let first = |&output: &usize| self.values[output].iter().position(|&value| value != 0.0);
        self.all.program.outputs.iter().filter_map(first).min()
    }
}

/// Takes the steps that depend on what has changed, or all. Says whether all of them are exact and fair.
struct Take<'l, 'e> {
    lanes: &'l mut Lanes<'e>,
    changed: u64,
    fresh: bool,
}

/// Not a closure, which would not be compiled for the instructions of each processor.
impl NullaryFnOnce for Take<'_, '_> {
    type Output = bool;

    #[inline(always)]
    fn call(self) -> bool {
        let Take { lanes, changed, fresh } = self;
        let Exhaustive { program, tables, reads, .. } = lanes.all;
        // What must be 0, in eight places.
        let mut wrong = [0.0f64; 8];
        for (position, step) in program.steps.iter().enumerate() {
            if reads[position] & changed == 0 && !fresh {
                continue;
            }
            let (before, rest) = lanes.values.split_at_mut(position);
            let result = &mut rest[0];
            match *step {
                Step::Entry(_) => {
                    let place = reads[position].trailing_zeros() as usize;
                    for (value, level) in result.iter_mut().zip(&lanes.levels[place].0) {
                        *value = tables[position][*level as usize];
                    }
                    continue;
                }
                Step::Constant(value) => {
                    *result = [value; LANES];
                    continue;
                }
                Step::Add(a, b) => each(result, &before[a], &before[b], &mut wrong, |x, y| {
                    let sum = x + y;
                    let rounded = sum - x;
                    (sum, (x - (sum - rounded)) + (y - rounded))
                }),
                Step::Multiply(a, b) => each(result, &before[a], &before[b], &mut wrong, |x, y| {
                    let product = x * y;
                    (product, x.mul_add(y, -product))
                }),
                Step::Divide(a, by) => each(result, &before[a], &[by; LANES], &mut wrong, |x, by| {
                    let quotient = x / by;
                    (quotient, quotient.mul_add(by, -x))
                }),
            }
        }
        wrong.iter().all(|&wrong| wrong == 0.0)
    }
}

/// Computes results, and adds to `wrong` the magnitudes of the checks that `operation` gives next to them,
/// and 1 for a result that is not fair. (One that is infinite or NaN has such a check.)
#[inline(always)]
fn each(
    results: &mut [f64; LANES],
    x: &[f64; LANES],
    y: &[f64; LANES],
    wrong: &mut [f64; 8],
    operation: impl Fn(f64, f64) -> (f64, f64),
) {
    let (x, y) = (x.as_chunks::<8>().0, y.as_chunks::<8>().0);
    for ((results, x), y) in results.as_chunks_mut::<8>().0.iter_mut().zip(x).zip(y) {
        for (((result, wrong), x), y) in results.iter_mut().zip(wrong.iter_mut()).zip(x).zip(y) {
            let (value, check) = operation(*x, *y);
            *result = value;
            let unfair = (value.abs() < LEAST) & (value != 0.0);
            *wrong += check.abs() + if unfair { 1.0 } else { 0.0 };
        }
    }
}
