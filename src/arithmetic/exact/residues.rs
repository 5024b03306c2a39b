//! The values of a network modulo enough primes, stage by stage.

use num_bigint::BigUint;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

use super::converted;
use crate::arithmetic::budget::stopped;
use crate::arithmetic::scale::{Base, Denominator};
use crate::arithmetic::{
    BitBudget, CentredField, ChineseRemainders, Exact, Halt, Height, Heights, Magnitude, PrimeField, Residue,
    previous_prime,
};
use crate::network::{EvaluateError, Network, Tensor, cost, evaluate_until};
use crate::parallel;

/// A field of integers modulo a prime.
pub(super) trait Modular: Exact<Element: Copy> + Copy {
    /// Primes are taken below `2^BITS`, from the largest on.
    const BITS: u32;
    /// The field of a prime, if it is one.
    fn of(prime: u64) -> Option<Self>;
    /// The prime.
    fn prime(&self) -> u64;
    /// The number below the prime that an element stands for.
    fn number(&self, element: Self::Element) -> u64;
    /// The element of a number.
    fn of_number(&self, number: u64) -> Self::Element;
    /// A power.
    fn power(&self, base: Self::Element, exponent: u64) -> Self::Element;

    /// A denominator `2^two * base^odd`.
    fn denominator(&self, base: &Base, denominator: Denominator) -> Self::Element {
        let odd = self.of_number((base.odd() % self.prime()).to_u64().unwrap_or(0));
        let two = self.power(self.of_number(2), denominator.two);
        self.multiply(&two, &self.power(odd, denominator.odd))
    }
}

impl Modular for PrimeField {
    const BITS: u32 = PrimeField::MAX_BITS;
    fn of(prime: u64) -> Option<PrimeField> {
        PrimeField::new(prime)
    }
    fn prime(&self) -> u64 {
        self.prime()
    }
    fn number(&self, element: Residue) -> u64 {
        self.value(element)
    }
    fn of_number(&self, number: u64) -> Residue {
        self.element(number)
    }
    fn power(&self, base: Residue, exponent: u64) -> Residue {
        self.power(base, exponent)
    }
}

impl Modular for CentredField {
    const BITS: u32 = CentredField::MAX_BITS;
    fn of(prime: u64) -> Option<CentredField> {
        CentredField::new(prime)
    }
    fn prime(&self) -> u64 {
        self.prime()
    }
    fn number(&self, element: f64) -> u64 {
        self.value(element)
    }
    fn of_number(&self, number: u64) -> f64 {
        self.element(number)
    }
    fn power(&self, base: f64, exponent: u64) -> f64 {
        self.power(base, exponent)
    }
}

/// Fields whose primes divide no denominator: from the largest prime on.
pub(super) struct Fields<F> {
    pub(super) list: Vec<F>,
    product: BigUint,
    last: u64,
}

impl<F: Modular> Default for Fields<F> {
    fn default() -> Fields<F> {
        Fields { list: Vec::new(), product: BigUint::one(), last: 1 << F::BITS }
    }
}

impl<F: Modular> Fields<F> {
    /// Adds fields until the product of all primes exceeds `2^log2`.
    pub(super) fn exceed(&mut self, log2: u64, base: &Base, budget: &BitBudget) -> Result<(), Halt> {
        // The product is odd, and never 1 when this ends.
        while self.product.bits() <= log2 || self.product.is_one() {
            if self.list.len().is_multiple_of(256) && budget.stopped() {
                return Err(stopped());
            }
            let prime = previous_prime(self.last).filter(|&prime| prime > 2).ok_or_else(|| {
                Halt::Budget(format!("there are not enough primes below 2^{} for values this long", F::BITS))
            })?;
            self.last = prime;
            if (base.odd() % prime).is_zero() {
                continue;
            }
            self.list.extend(F::of(prime));
            self.product *= prime;
        }
        Ok(())
    }
}

/// Entries of an output with a denominator in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) size: usize,
    pub(super) denominator: Denominator,
}

/// The residues of the numerators of some numbers over one denominator, modulo primes whose product
/// determines them.
pub(super) struct Numerators {
    pub(super) denominator: Denominator,
    /// The base-2 logarithm of a bound on their magnitudes, which the primes rest on.
    pub(super) bound_log2: u64,
    primes: Vec<u64>,
    residues: Vec<Vec<u64>>,
}

impl Numerators {
    /// From the numbers' own residues.
    pub(super) fn new<F: Modular>(
        fields: &[F],
        values: &[Vec<F::Element>],
        (denominator, bound_log2): (Denominator, u64),
        base: &Base,
    ) -> Numerators {
        let numerators = |field: &F, values: &Vec<F::Element>| -> Vec<u64> {
            let scaled = field.scale(&field.denominator(base, denominator), values);
            scaled.into_iter().map(|element| field.number(element)).collect()
        };
        Numerators {
            denominator,
            bound_log2,
            residues: parallel::map(fields.len(), |index| numerators(&fields[index], &values[index])),
            primes: fields.iter().map(Modular::prime).collect(),
        }
    }

    /// The primes, ready to combine residues.
    pub(super) fn remainders(&self) -> Result<ChineseRemainders, Halt> {
        ChineseRemainders::new(self.primes.clone())
            .ok_or_else(|| Halt::Range("the primes are not distinct".to_string()))
    }

    /// Whether all are zero: their residues are.
    pub(super) fn are_zero(&self) -> bool {
        self.residues.iter().flatten().all(|residue| *residue == 0)
    }

    /// The residues of one numerator.
    pub(super) fn of(&self, entry: usize) -> Vec<u64> {
        self.residues.iter().map(|residues| residues[entry]).collect()
    }
}

/// The network's output at a point, its numerators modulo enough primes.
pub(super) fn numerators<F: Modular>(
    network: &Network,
    base: &Base,
    inputs: &[Tensor<BigRational>],
    budget: &BitBudget,
) -> Result<Numerators, EvaluateError> {
    let heights = Heights::new(base.clone());
    let bounds = bounds(&heights, network, &converted(&heights, inputs)?, budget)?;
    let (segments, log2) = segments(&[bounds.data().len()], bounds.data(), base, budget)?;
    let mut fields = Fields::<F>::default();
    // |N| <= 2^log2, and twice that must be below the product.
    fields.exceed(log2 + 1, base, budget)?;
    let values = modulo_each(network, &fields.list, budget, |_, field| converted(field, inputs))?;
    let denominator = segments.first().map(|segment| segment.denominator).unwrap_or_default();
    Ok(Numerators::new(&fields.list, &values, (denominator, log2), base))
}

/// The heights of a network's output.
pub(super) fn bounds(
    heights: &Heights,
    network: &Network,
    inputs: &[Tensor<Height>],
    budget: &BitBudget,
) -> Result<Tensor<Height>, EvaluateError> {
    let cost = cost(network);
    let bytes = (cost.live_once + cost.live_per_point) * size_of::<Height>() as f64;
    if bytes > budget.bits_total as f64 / 8.0 {
        return Err(Halt::Budget(format!("about {bytes:.1e} bytes of memory would be needed")).into());
    }
    evaluate_until(&budget.stop, heights, network, inputs)
}

/// The segments of an output and a bound on the numerators in them, as a base-2 logarithm below `2^62`.
pub(super) fn segments(
    sizes: &[usize],
    heights: &[Height],
    base: &Base,
    budget: &BitBudget,
) -> Result<(Vec<Segment>, u64), Halt> {
    let unknown = || Halt::Range("the values are so long that no bound on their length is known".to_string());
    let (mut segments, mut largest, mut start) = (Vec::with_capacity(sizes.len()), 0, 0);
    for &size in sizes {
        let zero = Height { norm: Magnitude::ZERO, ..Height::ONE };
        let height = heights[start..start + size].iter().fold(zero, |all, &height| all.join(height));
        let length = base.log2(height.denominator);
        if height.denominator.is_saturated() || length == u64::MAX {
            return Err(unknown());
        }
        let log2 = height.norm.log2().and_then(|norm| norm.checked_add(length)).ok_or_else(unknown)?;
        if log2 > budget.bits_each.min(1 << 62) {
            return Err(Halt::Budget(format!("a number could have more than {} bits", budget.bits_each)));
        }
        largest = largest.max(log2);
        segments.push(Segment { size, denominator: height.denominator });
        start += size;
    }
    Ok((segments, largest))
}

/// The network's output modulo every prime, several at a time; `inputs` gives the point modulo the prime at a
/// position.
pub(super) fn modulo_each<F: Modular>(
    network: &Network,
    fields: &[F],
    budget: &BitBudget,
    inputs: impl Fn(usize, &F) -> Result<Vec<Tensor<F::Element>>, EvaluateError> + Sync,
) -> Result<Vec<Vec<F::Element>>, EvaluateError> {
    let cost = cost(network);
    let bytes = (cost.live_once + cost.live_per_point + 1.0) * 8.0;
    // No more than these are alive at a time, whatever the threads of the pool take up while they wait.
    let fit = ((budget.bits_total as f64 / 8.0 / bytes) as usize).max(1);
    let modulo = |index: usize| -> Result<Vec<F::Element>, EvaluateError> {
        let field = &fields[index];
        Ok(evaluate_until(&budget.stop, field, network, &inputs(index, field)?)?.into_data())
    };
    if fit == 1 {
        // The threads of the pool share each evaluation instead.
        return (0..fields.len()).map(modulo).collect();
    }
    let mut values = Vec::with_capacity(fields.len());
    for start in (0..fields.len()).step_by(fit) {
        let end = fields.len().min(start.saturating_add(fit));
        values.extend(parallel::try_map(end - start, |index| modulo(start + index))?);
    }
    Ok(values)
}
