//! Both networks evaluated modulo primes, at points that determine them.
//!
//! `polynomial::dense` has the points, and how values there become coefficients of orthogonal elements, one
//! coordinate after the other. All of it, up to the sums of products of coefficients, is done modulo a prime;
//! a few sums of every prime are kept. `bound` has a common denominator of them, and a bound on their
//! numerators with its proof. So they follow from their residues modulo primes whose product exceeds twice
//! the bound. A prime that divides a denominator on the way is left out.
//!
//! **Homogeneous networks.** If all outputs of both networks are homogeneous of degree `d`, one variable is
//! set to 1, and the coefficient of every monomial of the others is that of the monomial of degree `d`. In
//! the symmetric inner product these monomials are orthogonal. If the inputs are normal, let
//! `L = sum_i v_i (d/dx_i)^2` for their variances `v_i`. Since `x^k` is the sum over `t` of
//! `k! v^t / (2^t t! (k - 2t)!) He_(k - 2t)`, the Hermite coefficients of order `d - 2j` of `f` are the
//! coefficients of the monomials of `L^j f / (2^j j!)`, which is homogeneous, too.

mod bound;
mod kinds;
mod plan;
mod sums;
#[cfg(test)]
mod tests;

use std::ops::Range;

use num_bigint::BigUint;
use num_rational::BigRational;
use num_traits::One;

use self::bound::Bound;
use self::kinds::Modulo;
use self::plan::{Points, Reading};
use self::sums::{Hermite, Sums};
use super::space::Subject;
use crate::arithmetic::{Arithmetic, CentredField, ChineseRemainders, Halt, previous_prime};
use crate::budget::Budget;
use crate::calibration::{
    BOUND_MULTIPLICATION, DENSE_ENTRY, DENSE_EVALUATION, DENSE_MULTIPLICATION, DENSE_PRIME, DENSE_STEP,
};
use crate::network::{Cost, EvaluateError, Prepared, cost};
use crate::parallel;
use crate::polynomial::dense::{Grid, LowerSet, Written};
use crate::similarity::Failure;
use crate::similarity::failure::{Expected, check};
use crate::similarity::inner::{Inner, Split};

/// Entries of tensors that are alive while a block of points is evaluated.
const BLOCK: f64 = 32_768.0;
/// Estimating costs one evaluation of bounds; larger networks are not estimated.
const LARGEST: f64 = 2e6;
/// So many primes in a row that divide denominators are no accident.
const MOST_SKIPPED: usize = 100;

/// How both networks are evaluated.
#[derive(Debug)]
pub(in crate::similarity) struct Plan<'a> {
    subject: Subject<'a>,
    points: Points<'a>,
    bound: Bound,
    costs: [Cost; 2],
}

impl<'a> Plan<'a> {
    /// An error if they cannot be evaluated at enough points, or if no bound is known.
    pub(in crate::similarity) fn new(subject: &Subject<'a>, budget: &Budget) -> Result<Plan<'a>, Failure> {
        let size = |cost: &Cost| cost.once + cost.per_point;
        let costs = subject.networks.map(cost);
        if costs.iter().chain(&subject.originals.map(cost)).any(|cost| size(cost) > LARGEST) {
            return Err(Failure::TooLarge);
        }
        let points = Points::new(subject, budget)?;
        let bound = Bound::new(subject, points.degree, budget)?;
        Ok(Plan { subject: *subject, points, bound, costs })
    }

    fn outputs(&self) -> usize {
        self.subject.networks[0].output_shape().size()
    }

    /// The entries of the table of all values: a row for every point, a column for every output.
    fn entries(&self) -> f64 {
        self.points.count * 2.0 * self.outputs() as f64
    }

    /// The bytes that one prime takes.
    fn bytes(&self) -> f64 {
        let alive = self.costs.iter().map(|cost| cost.live_once + cost.live_per_point);
        8.0 * (self.entries() + self.points.count + BLOCK + 2.0 * alive.sum::<f64>())
    }

    /// What it is expected to take.
    pub(in crate::similarity) fn expected(&self) -> Expected {
        let threads = rayon::current_num_threads().max(1) as f64;
        let primes = self.primes() as f64;
        let coordinates = self.points.coordinates.iter();
        let steps = |levels: usize| levels as f64 / 2.0 + 1.0;
        // Most indices are on lines that are short, the shorter the more coordinates there are.
        let lengths = coordinates.map(|coordinate| {
            let share = f64::from(self.points.bound) / (self.points.coordinates.len() as f64).max(1.0);
            steps(coordinate.weights.len()).min(share + 1.0)
        });
        let evaluation = |cost: &Cost| {
            let blocks = (self.points.count / self.block(cost) as f64).ceil();
            cost.once * DENSE_MULTIPLICATION
                + self.points.count * cost.per_point * DENSE_MULTIPLICATION
                + blocks * self.subject.networks[0].nodes().len() as f64 * DENSE_EVALUATION
        };
        let matrices: f64 = self.points.levels().iter().map(|&levels| (levels * levels) as f64).sum();
        let each = DENSE_PRIME
            + matrices * DENSE_ENTRY
            + self.costs.iter().map(evaluation).sum::<f64>()
            + self.entries() * (2.0 * DENSE_STEP * lengths.sum::<f64>() + DENSE_ENTRY);
        let walk = self.points.count * self.points.coordinates.len() as f64 * DENSE_ENTRY;
        let bounds: f64 = self.costs.iter().map(|cost| cost.once + cost.per_point).sum();
        let concurrent = threads.min(primes);
        let set = LowerSet::bytes(self.points.count, self.points.coordinates.len(), self.points.bound);
        Expected {
            seconds: primes * each / concurrent + walk + bounds * BOUND_MULTIPLICATION,
            bytes: set + self.bytes(),
        }
    }

    /// How many primes there will be, if none is left out.
    fn primes(&self) -> u64 {
        (self.bound.log2 + 2).div_ceil(u64::from(CentredField::MAX_BITS) - 1).max(1)
    }

    fn block(&self, cost: &Cost) -> usize {
        ((BLOCK / cost.live_per_point.max(1.0)) as usize).clamp(1, self.points.count.max(1.0) as usize)
    }

    /// The inner products of all outputs, by degree.
    pub(in crate::similarity) fn inner(&self, budget: &Budget) -> Result<Split, Failure> {
        let weights = self.points.coordinates.iter().map(|coordinate| coordinate.weights.clone());
        check(budget, self.expected().bytes as u64)?;
        let set =
            LowerSet::new(weights.collect(), self.points.bound, &budget.stop()).ok_or(Failure::Stopped)?;
        let shape = self.subject.networks[0].output_shape();
        let (outputs, orders) = (shape.size(), self.points.highest as usize + 1);
        // What Hermite coefficients need, once for all primes.
        let twice = match self.points.reading {
            Reading::HomogeneousNormal(..) => Some(set.all_moved(2)),
            _ => None,
        };
        let (primes, residues) = self.residues(&set, twice.as_deref(), budget)?;
        let remainders = ChineseRemainders::new(primes)
            .ok_or_else(|| Halt::Range("the primes are not distinct".to_string()))?;
        let denominator = self.bound.denominator();
        // Three numbers for every output, and then for every order.
        let number = |place: usize| -> Result<BigRational, Failure> {
            check(budget, 0)?;
            let of_primes: Vec<u64> = residues.iter().map(|residues| residues[place]).collect();
            Ok(denominator.fraction(remainders.combine(&of_primes)))
        };
        let mut numbers = parallel::try_map(3 * (outputs + orders), number)?.into_iter();
        let mut inner = || -> Inner {
            let mut next = || numbers.next().unwrap_or_default();
            Inner { aa: next(), ab: next(), bb: next() }
        };
        let of_outputs: Vec<Inner> = (0..outputs).map(|_| inner()).collect();
        let mut split = Split::of_outputs(shape, of_outputs);
        if self.points.splits {
            let of_orders = (0..orders as u64).map(|order| (order, inner()));
            split.by_degree = Some(of_orders.filter(|(_, part)| *part != Inner::default()).collect());
        }
        Ok(split)
    }

    /// The numerators of all sums, modulo primes whose product exceeds twice the bound.
    fn residues(
        &self,
        set: &LowerSet,
        twice: Option<&[u32]>,
        budget: &Budget,
    ) -> Result<(Vec<u64>, Vec<Vec<u64>>), Failure> {
        let bound = BigUint::one() << (self.bound.log2 + 1);
        let mut product = BigUint::one();
        let (mut primes, mut residues) = (Vec::new(), Vec::new());
        let mut last = 1 << CentredField::MAX_BITS;
        let mut skipped = 0;
        let threads = rayon::current_num_threads().max(1);
        let room = budget.memory as f64 - (self.expected().bytes - self.bytes());
        let fit = ((room / self.bytes()) as usize).clamp(1, threads);
        // Where not all threads have room, no more primes are begun than fit.
        let most = if fit < threads { fit } else { 8 * fit };
        while product <= bound {
            check(budget, 0)?;
            let missing = bound.bits().saturating_sub(product.bits()) / u64::from(CentredField::MAX_BITS) + 1;
            let wave = usize::try_from(missing).unwrap_or(most).min(most);
            let mut fields = Vec::with_capacity(wave);
            while fields.len() < wave {
                let prime = previous_prime(last).filter(|&prime| prime > 1 << 16);
                let prime =
                    prime.ok_or_else(|| Halt::Budget("there are not enough small primes".to_string()))?;
                last = prime;
                fields.extend(CentredField::new(prime));
            }
            let modulo = |index: usize| self.modulo(&fields[index], set, twice, budget);
            let found = match wave {
                1 => vec![modulo(0)?],
                _ => parallel::try_map(fields.len(), modulo)?,
            };
            for (field, found) in fields.iter().zip(found) {
                let Some(found) = found else {
                    skipped += 1;
                    continue;
                };
                skipped = 0;
                product *= field.prime();
                primes.push(field.prime());
                residues.push(found);
            }
            if skipped > MOST_SKIPPED {
                return Err(Halt::Range("every prime divides a denominator".to_string()).into());
            }
        }
        Ok((primes, residues))
    }

    /// The same modulo one prime; `None` if it divides a denominator.
    fn modulo(
        &self,
        field: &CentredField,
        set: &LowerSet,
        twice: Option<&[u32]>,
        budget: &Budget,
    ) -> Result<Option<Vec<u64>>, Failure> {
        match self.sums(field, set, twice, budget) {
            Ok(sums) => {
                let denominator = self.bound.modulo(field);
                let numerator = |sum: f64| field.value(field.reduce(sum * denominator));
                Ok(Some(sums.into_iter().map(numerator).collect()))
            }
            Err(Failure::Evaluate(EvaluateError::Halt(Halt::NoResidue(_)))) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// The sums themselves: three for every output, and three for every order.
    fn sums(
        &self,
        field: &CentredField,
        set: &LowerSet,
        twice: Option<&[u32]>,
        budget: &Budget,
    ) -> Result<Vec<f64>, Failure> {
        let kinds = self.points.kinds.iter().zip(self.points.levels());
        let kinds = kinds.map(|(kind, levels)| kind.modulo(field, levels));
        let kinds: Vec<Modulo> = kinds.collect::<Result<_, Halt>>()?;
        let outputs = self.outputs();
        let width = 2 * outputs;
        let mut data = self.values(field, set, &kinds, budget)?;
        let coordinates = self.points.coordinates.iter().enumerate();
        // The first transform of all coordinates, then the second.
        for step in 0..2 {
            for (position, coordinate) in coordinates.clone() {
                if let Some(transform) = kinds[coordinate.kind].transforms.get(step) {
                    check(budget, 0)?;
                    transform.apply(field, set, position, &mut data, width);
                }
            }
        }
        // The first level has norm 1, but that of a whole point.
        let norms: Vec<f64> = (0..set.len())
            .map(|place| {
                let levels = set.levels(place).iter().zip(&self.points.coordinates);
                levels
                    .filter(|(level, coordinate)| **level > 0 || coordinate.weights.last() == Some(&0))
                    .fold(1.0, |norm, (&level, coordinate)| {
                        field.reduce(norm * kinds[coordinate.kind].norms[usize::from(level)])
                    })
            })
            .collect();
        let mut sums = Sums::new(field, outputs, self.points.highest as usize + 1);
        let factors = self.points.factors.iter().map(|factor| field.from_rational(factor));
        let factors: Vec<f64> = factors.collect::<Result<_, Halt>>()?;
        let weights = set.weights();
        match &self.points.reading {
            Reading::Orthogonal | Reading::Symmetric => {
                sums.add(&data, &norms, weights, &|weight| Some((factors[weight as usize], weight)));
            }
            Reading::HomogeneousSymmetric(degree, _) => {
                sums.add(&data, &norms, weights, &|weight| Some((factors[weight as usize], *degree)));
            }
            Reading::HomogeneousNormal(degree, variance) => {
                let own = self.points.coordinates.iter().map(|one| kinds[one.kind].norms[1]);
                let hermite = Hermite {
                    field,
                    set,
                    // Norms are k! v^k.
                    variances: own.collect(),
                    missing: field.from_rational(variance)?,
                    twice: twice.unwrap_or_default(),
                    degree: *degree,
                };
                hermite.add_to(&mut sums, &mut data, &norms)?;
            }
        }
        Ok(sums.all())
    }

    /// The values of both networks: a row for every point, the outputs of the first network and then those of
    /// the second.
    fn values(
        &self,
        field: &CentredField,
        set: &LowerSet,
        kinds: &[Modulo],
        budget: &Budget,
    ) -> Result<Vec<f64>, Failure> {
        let networks = self.subject.networks;
        let outputs = self.outputs();
        let sizes = networks[0].inputs().iter().map(|input| input.shape.size());
        let mut fixed: Vec<Vec<f64>> = sizes.map(|size| vec![0.0; size]).collect();
        let range = |written: &Written| -> Range<usize> { written.start..written.start + written.width };
        for (written, kind) in &self.points.constant {
            let setting = &kinds[*kind].settings[..written.width];
            fixed[written.input][range(written)].copy_from_slice(setting);
        }
        if let Some(written) = &self.points.one {
            fixed[written.input][range(written)].fill(1.0);
        }
        let written: Vec<Written> = self.points.coordinates.iter().map(|one| one.written).collect();
        let settings = self.points.coordinates.iter().map(|one| kinds[one.kind].settings.as_slice());
        let grid = Grid { set, written: &written, settings: settings.collect(), fixed: &fixed };
        let mut data = vec![0.0; set.len() * 2 * outputs];
        for (position, network) in networks.into_iter().enumerate() {
            let prepared = Prepared::stopped_by(&budget.stop(), field, network)?;
            let block = self.block(&self.costs[position]);
            grid.evaluate(network, &prepared, block, &mut data, (position * outputs, 2 * outputs))?;
        }
        Ok(data)
    }
}
