//! Normal forms from values: the coefficients of all monomials that two networks may have, modulo primes.
//!
//! Both are evaluated at points that determine them (`polynomial::dense`), modulo primes that divide no
//! denominator. Let `D` be a common denominator of all coefficients of both, and `2^bound` a bound on the
//! integers `D c` for every coefficient `c` of either network and of their difference. If the values agree
//! modulo a prime, so do the coefficients, and an integer that is divisible by primes whose product exceeds
//! `2^bound` is zero: then the networks are equal. In the same way a coefficient is zero if it is zero modulo
//! all of these primes; so the monomials that are counted are those that occur.

use num_bigint::BigUint;
use num_traits::One;

use super::{Outcome, Progress};
use crate::arithmetic::{Base, CentredField, Height, height_bound_until, previous_prime};
use crate::budget::Budget;
use crate::equality::Method;
use crate::equality::coordinates::{Coordinate, Kind, Point};
use crate::equality::modular::{fields, if_defined};
use crate::equality::problem::Problem;
use crate::equality::witness::Lead;
use crate::network::{Cost, EvaluateError, Network, cost};
use crate::parallel;
use crate::polynomial::dense::{LowerSet, Monomials};

/// Larger networks are not evaluated at so many points.
const LARGEST: f64 = 2e6;

/// What there is to evaluate.
#[derive(Clone, Debug)]
pub(crate) struct DenseForm {
    monomials: Monomials,
    costs: [Cost; 2],
    bound_log2: u64,
    /// How many primes, if none divides a denominator.
    pub(super) primes: u64,
    pub(super) seconds: f64,
}

impl DenseForm {
    /// For networks whose inputs can be anything; `None` if that is not so, if there are too many monomials,
    /// or no bounds are known.
    pub(crate) fn plan(problem: &Problem<'_>, budget: &Budget) -> Option<DenseForm> {
        let free = problem.coordinates.list().iter().all(|coordinate| coordinate.kind.is_free());
        if !free || problem.cost.once + problem.cost.per_point > LARGEST {
            return None;
        }
        let (networks, stop) = ([problem.a, problem.b], budget.stop());
        let monomials = Monomials::new(&networks, &stop).ok()??;
        let base = Base::new(networks, []);
        let own = |network: &Network| {
            let heights = vec![Height::ONE; network.inputs().len()];
            let bound = height_bound_until(&stop, network, &base, &heights)?;
            bound.denominator_log2.checked_add(bound.norm_log2)
        };
        let bound_log2 = problem.coefficients_log2().ok()?.max(own(problem.a)?).max(own(problem.b)?);
        let primes = (bound_log2 + 1).div_ceil(u64::from(CentredField::MAX_BITS) - 1).max(1);
        let costs = networks.map(cost);
        let outputs = problem.a.output_shape().size();
        if monomials.bytes(&costs, outputs) > budget.memory as f64 {
            return None;
        }
        let values =
            networks.iter().zip(&costs).map(|(network, cost)| monomials.seconds_of_values(network, cost));
        let each = values.sum::<f64>() + monomials.seconds_of_coefficients(outputs);
        let threads = rayon::current_num_threads().max(1) as f64;
        let seconds = primes as f64 * each / threads.min(primes as f64);
        Some(DenseForm { monomials, costs, bound_log2, primes, seconds })
    }

    /// How many monomials there may be in an output.
    pub(super) fn monomials(&self) -> f64 {
        self.monomials.count
    }

    /// Carries the plan out.
    pub(crate) fn run(&self, problem: &Problem<'_>, budget: &Budget) -> Result<Outcome, EvaluateError> {
        let mut progress = Progress::new(self.primes as f64, budget);
        let Some(set) = self.monomials.indices(&budget.stop()) else { return Ok(progress.late(budget)) };
        let outputs = problem.a.output_shape().size();
        let bytes = self.monomials.bytes(&self.costs, outputs);
        let threads = rayon::current_num_threads().max(1);
        let fit = ((budget.memory as f64 / bytes) as usize).clamp(1, threads);
        let bound = BigUint::one() << self.bound_log2;
        let mut product = BigUint::one();
        let mut occurs = vec![false; set.len() * outputs];
        let mut last = 1 << CentredField::MAX_BITS;
        while product <= bound {
            if budget.expired() {
                return Ok(progress.late(budget));
            }
            let missing = bound.bits().saturating_sub(product.bits()) / u64::from(CentredField::MAX_BITS) + 1;
            let mut wave = Vec::new();
            while (wave.len() as u64) < missing.min(fit as u64) {
                // All nodes are distinct modulo primes that are larger than their number.
                let Some(prime) = previous_prime(last).filter(|&prime| prime > 1 << 16) else {
                    return Ok(Outcome::Undecided("there are not enough primes for the bound".into()));
                };
                last = prime;
                wave.extend(CentredField::new(prime));
            }
            let modulo = |index: usize| if_defined(self.modulo(problem, &set, &wave[index], budget));
            let found = if fit == 1 { vec![modulo(0)?] } else { parallel::try_map(wave.len(), modulo)? };
            for (field, found) in wave.iter().zip(found) {
                match found {
                    None => continue,
                    Some(Compared::Differ(place)) => return self.differs(problem, &set, place, budget),
                    Some(Compared::Agree(coefficients)) => {
                        occurs.iter_mut().zip(coefficients).for_each(|(occurs, c)| *occurs |= c != 0.0);
                    }
                }
                product *= field.prime();
                progress.advance(1);
            }
        }
        let terms = occurs.iter().filter(|&&occurs| occurs).count() as u64;
        Ok(Outcome::Equal(Method::NormalForm { terms }))
    }

    fn modulo(
        &self,
        problem: &Problem<'_>,
        set: &LowerSet,
        field: &CentredField,
        budget: &Budget,
    ) -> Result<Compared, EvaluateError> {
        let stop = budget.stop();
        let values = |position: usize, network: &Network| {
            self.monomials.values(set, field, (network, &self.costs[position]), &stop)
        };
        let (mut a, b) = (values(0, problem.a)?, values(1, problem.b)?);
        let outputs = problem.a.output_shape().size();
        if let Some(place) = a.iter().zip(&b).position(|(a, b)| a != b) {
            return Ok(Compared::Differ(place / outputs.max(1)));
        }
        drop(b);
        self.monomials.to_coefficients(set, field, &mut a, outputs)?;
        Ok(Compared::Agree(a))
    }

    /// The networks differ at the point of an index.
    fn differs(
        &self,
        problem: &Problem<'_>,
        set: &LowerSet,
        place: usize,
        budget: &Budget,
    ) -> Result<Outcome, EvaluateError> {
        let inputs = self.monomials.point(set, place);
        let setting = |coordinate: &Coordinate| match coordinate.kind {
            Kind::Free { entry } => inputs[coordinate.input][entry],
            _ => 0,
        };
        let point: Point = problem.coordinates.list().iter().map(setting).collect();
        for field in fields().take(16) {
            let Some(modular) = if_defined(problem.modulo(&field, budget))? else { continue };
            if modular.nonzero(std::slice::from_ref(&point))? == [true] {
                return Ok(Outcome::Differs(Lead { point, field, known: None }));
            }
        }
        Ok(Outcome::Undecided("they differ, but no point was found that shows it".into()))
    }
}

/// What is seen modulo a prime.
enum Compared {
    /// The position of an index at whose point values differ.
    Differ(usize),
    /// The coefficients of both.
    Agree(Vec<f64>),
}
