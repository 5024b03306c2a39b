//! Where two networks differ, with as few nonzero entries as possible.
//!
//! The *base* of a domain sets every coordinate to 0 (its simplest level). A [`Candidate`] says which
//! coordinates leave the base, and to which level; free coordinates become [`GENERIC`], a fixed random
//! residue, so one evaluation tells whether the difference is zero for *all* values there. (It errs with
//! probability at most degree / 2^61, and then only the witness is less simple than it could be.)
//!
//! Candidates are tried by their number of nonzero entries, then by how many coordinates leave the base. When
//! there are too many of them, coordinates of a known witness are put back while the networks still differ.

use num_traits::Zero;

use crate::equality::coordinates::{Coordinates, Kind, Point, nonzeros};
use crate::equality::transcript::Transcript;

/// The setting of a free coordinate in a candidate: a value to be chosen later.
pub(crate) const GENERIC: i64 = i64::MIN;

/// The coordinates that leave the base, ascending, with their settings.
pub(crate) type Candidate = Vec<(usize, i64)>;

/// How many candidates are looked at, evaluated or not.
const STEPS: u64 = 1 << 24;

/// How many nonzero entries a candidate has more than the base, then how many coordinates leave it.
pub(crate) type Size = (usize, usize);

/// Tells, for each of some points, whether the networks differ there; `None` when there is no time left.
pub(crate) trait Oracle {
    /// The answer for every point.
    fn differs(&mut self, points: &[Point]) -> Option<Vec<bool>>;
    /// How many points may be asked about in one call.
    fn block(&self) -> usize;
    /// How many candidates of the smallest size are enough to choose small integers for: fewer when it takes
    /// long to tell.
    fn enough(&self) -> usize;
    /// Begins another part of the search, with a budget of its own.
    fn replenish(&mut self) {}
}

/// The search for small candidates.
pub(crate) struct Supports<'a> {
    coordinates: &'a Coordinates,
    used: &'a [usize],
    /// For every coordinate, a value that no difference vanishes at by accident.
    generic: Point,
    /// For every used coordinate, its settings other than the base and the nonzero entries these add.
    levels: Vec<Vec<(i64, usize)>>,
    /// The fewest and the most entries that a setting adds.
    range: (usize, usize),
    /// How many coordinates can move without adding an entry.
    gratis: usize,
}

impl<'a> Supports<'a> {
    /// For the coordinates that matter. Residues are drawn below `prime`.
    pub fn new(
        coordinates: &'a Coordinates,
        used: &'a [usize],
        prime: u64,
        stream: &mut Transcript,
    ) -> Supports<'a> {
        let mut generic = vec![0; coordinates.len()];
        for &i in used {
            if coordinates.list()[i].kind.is_free() {
                generic[i] = 1 + stream.below(prime - 1) as i64;
            }
        }
        let levels: Vec<Vec<(i64, usize)>> =
            used.iter().map(|&i| levels(&coordinates.list()[i].kind)).collect();
        let added = || levels.iter().flatten().map(|level| level.1);
        let range = (added().min().unwrap_or(0), added().max().unwrap_or(0));
        let gratis = levels.iter().filter(|levels| levels.iter().any(|level| level.1 == 0)).count();
        Supports { coordinates, used, generic, levels, range, gratis }
    }

    /// The point of a candidate, free coordinates at their random residues.
    pub fn point(&self, candidate: &[(usize, i64)]) -> Point {
        let mut point = vec![0; self.coordinates.len()];
        for &(i, setting) in candidate {
            point[i] = if setting == GENERIC { self.generic[i] } else { setting };
        }
        point
    }

    /// Candidates of the smallest size at which the networks differ, or of the smallest size found. `lead` is
    /// a point where they do.
    pub fn smallest(&self, lead: &Point, oracle: &mut dyn Oracle) -> Vec<Candidate> {
        let known = self.candidate_of(lead, oracle);
        let mut steps = STEPS;
        // One or no nonzero entry needs few evaluations and is the most frequent case by far.
        let mut size = (0, 0);
        while size < self.size(&known) && size.0 <= 1 && size.1 <= 1 {
            match self.of_size(size, oracle, &mut steps) {
                None => break,
                Some(found) if !found.is_empty() => return found,
                Some(_) => size = self.next_size(size),
            }
        }
        oracle.replenish();
        let known = self.reduced(known, oracle);
        let limit = self.size(&known);
        oracle.replenish();
        while size <= limit {
            match self.of_size(size, oracle, &mut steps) {
                None => break,
                Some(found) if !found.is_empty() => return found,
                Some(_) => size = self.next_size(size),
            }
        }
        vec![known]
    }

    /// A point as a candidate, with generic values where the networks still differ then.
    fn candidate_of(&self, lead: &Point, oracle: &mut dyn Oracle) -> Candidate {
        let exact: Candidate =
            self.used.iter().map(|&i| (i, lead[i])).filter(|&(_, setting)| setting != 0).collect();
        let is_free = |i: usize| self.coordinates.list()[i].kind.is_free();
        let generic: Candidate =
            exact.iter().map(|&(i, setting)| (i, if is_free(i) { GENERIC } else { setting })).collect();
        match oracle.differs(&[self.point(&generic)]).as_deref() {
            Some([true]) => generic,
            _ => exact,
        }
    }

    fn size(&self, candidate: &Candidate) -> Size {
        let added = |&(i, setting): &(usize, i64)| match self.used.binary_search(&i) {
            Ok(place) if self.coordinates.list()[i].kind.is_free() => {
                self.levels[place].first().map_or(1, |level| level.1)
            }
            Ok(place) => {
                self.levels[place].iter().find(|level| level.0 == setting).map_or(0, |level| level.1)
            }
            Err(_) => 0,
        };
        (candidate.iter().map(added).sum(), candidate.len())
    }

    /// The next size that any candidate can have.
    fn next_size(&self, (entries, moved): Size) -> Size {
        let (least, most) = self.range;
        let largest = entries.checked_div(least).unwrap_or(usize::MAX).min(entries + self.gratis);
        if moved < largest.min(self.used.len()) {
            (entries, moved + 1)
        } else if most == 0 {
            (usize::MAX, usize::MAX)
        } else {
            (entries + 1, (entries + 1).div_ceil(most))
        }
    }

    /// All candidates of a size at which the networks differ (no more than [`Oracle::enough`]), in order;
    /// `None` when time runs out before they have all been tried.
    fn of_size(&self, size: Size, oracle: &mut dyn Oracle, steps: &mut u64) -> Option<Vec<Candidate>> {
        let mut walk = Walk { supports: self, oracle, steps, batch: Vec::new(), found: Vec::new() };
        if walk.extend(&mut Vec::new(), 0, size) && walk.flush() { Some(walk.found) } else { None }
    }

    /// A candidate from which no coordinate can be put back, the best of several orders of trying; when time
    /// runs out, the best so far.
    fn reduced(&self, candidate: Candidate, oracle: &mut dyn Oracle) -> Candidate {
        let mut best = candidate.clone();
        for order in 0..4 {
            let mut current = candidate.clone();
            match order {
                0 => {}
                1 => current.reverse(),
                // Two fixed shuffles: entries far apart come together.
                _ => {
                    current.sort_by_key(|&(i, _)| ((i as u64 + order).wrapping_mul(0x9e37_79b9_7f4a_7c15), i))
                }
            }
            let in_time = self.put_back(&mut current, oracle);
            current.sort_unstable();
            if (self.size(&current), &current) < (self.size(&best), &best) {
                best = current;
            }
            if !in_time {
                break;
            }
        }
        best
    }

    /// Puts coordinates back, many at once and then fewer, while the networks still differ; `false` when time
    /// ran out.
    fn put_back(&self, current: &mut Candidate, oracle: &mut dyn Oracle) -> bool {
        let mut width = current.len().div_ceil(2);
        while width > 0 {
            let mut start = 0;
            let mut dropped = false;
            while start < current.len() {
                let end = current.len().min(start + width);
                let mut without = current.clone();
                without.drain(start..end);
                match oracle.differs(&[self.point(&without)]).as_deref() {
                    Some([true]) => (*current, dropped) = (without, true),
                    Some(_) => start = end,
                    None => return false,
                }
            }
            // On a finite domain putting one back can make it possible to put back another.
            if width > 1 || !dropped {
                width /= 2;
            }
        }
        true
    }
}

/// The settings of a coordinate other than 0, and how many nonzero entries each has more than setting 0.
fn levels(kind: &Kind) -> Vec<(i64, usize)> {
    match kind {
        Kind::Free { .. } => vec![(GENERIC, 1)],
        Kind::Entry { values, .. } => {
            let base = usize::from(values.first().is_some_and(|value| !value.is_zero()));
            (1..values.len()).map(|level| (level as i64, 1 - base)).collect()
        }
        Kind::Vector { classes, .. } => (1..*classes).map(|level| (level as i64, 0)).collect(),
        Kind::Whole { points } => {
            let base = points.first().map_or(0, nonzeros);
            let added = |level: usize| nonzeros(&points[level]).saturating_sub(base);
            (1..points.len()).map(|level| (level as i64, added(level))).collect()
        }
    }
}

/// A walk through all candidates of one size.
struct Walk<'a, 'b> {
    supports: &'a Supports<'b>,
    oracle: &'a mut dyn Oracle,
    steps: &'a mut u64,
    batch: Vec<Candidate>,
    found: Vec<Candidate>,
}

impl Walk<'_, '_> {
    /// Adds coordinates from `start` on to a candidate in all ways that use up `rest`. `false` when time has
    /// run out.
    fn extend(&mut self, candidate: &mut Candidate, start: usize, rest: Size) -> bool {
        let (entries, moved) = rest;
        if *self.steps == 0 {
            return false;
        }
        *self.steps -= 1;
        if moved == 0 {
            if entries == 0 {
                self.batch.push(candidate.clone());
                if self.batch.len() >= self.oracle.block() {
                    return self.flush();
                }
            }
            return true;
        }
        let supports = self.supports;
        let (least, most) = supports.range;
        if entries < least.saturating_mul(moved) || entries > most.saturating_mul(moved) {
            return true;
        }
        for place in start..supports.used.len().saturating_sub(moved - 1) {
            for &(setting, added) in &supports.levels[place] {
                if self.found.len() >= self.oracle.enough() {
                    return true;
                }
                if added > entries {
                    continue;
                }
                candidate.push((supports.used[place], setting));
                let going = self.extend(candidate, place + 1, (entries - added, moved - 1));
                candidate.pop();
                if !going {
                    return false;
                }
            }
        }
        true
    }

    fn flush(&mut self) -> bool {
        let points: Vec<Point> = self.batch.iter().map(|candidate| self.supports.point(candidate)).collect();
        let Some(differs) = self.oracle.differs(&points) else { return false };
        let batch = std::mem::take(&mut self.batch);
        self.found.extend(batch.into_iter().zip(differs).filter_map(|(c, differs)| differs.then_some(c)));
        true
    }
}
