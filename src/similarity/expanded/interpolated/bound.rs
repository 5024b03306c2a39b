//! How long the numbers can be: a common denominator of all parts of the inner products, and a bound on their
//! numerators.
//!
//! A *part* is a sum `sum_r f_r g_r |p_r|^2` over some orthogonal elements `p_r` (all, or those of one
//! degree), for two outputs `f` and `g` of the networks, or a sum of such sums over all outputs. Let `D` be a
//! common denominator of the coefficients of all outputs of both networks, and `B` a bound for the sums of
//! the magnitudes of the coefficients of an output (`arithmetic/height`). Where inputs have finitely many
//! values, `D` and `B` bound the values of the outputs: coefficients are those of powers of `q x` for a
//! common denominator `q` of the values, and `B` is the same sum with every variable replaced by its largest
//! magnitude.
//!
//! **Magnitude.** By the inequality of Cauchy and Schwarz, and because norms are positive,
//! `|sum_r f_r g_r |p_r|^2| <= |f| |g|`, whichever elements are summed. Where inputs are bounded, `|f|` is at
//! most the largest magnitude of `f`, so at most `B` (on `[-1, 1]` all monomials are at most 1). Otherwise
//! `|f| <= sum_a |c_a| |x^a| <= B max_a |x^a|`, where `|x^a|^2` is `prod_i (2 a_i - 1)!! <= (2d - 1)!!` for
//! standard normal inputs and the degree `d`, and `a!/|a|! <= 1` in the symmetric inner product.
//!
//! **Denominator.** `D^2` times a part is a combination, with integer coefficients, of the same parts of two
//! monomials `x^a` and `x^b` of degree at most `d`; and these are sums of products over the inputs (entries,
//! one-hot vectors, whole points) of numbers `<x^k, p_j> <x^l, p_j> / |p_j|^2`, where the elements of a
//! one-hot vector other than 1 occur together only. So it is enough to find numbers `m_k` for every input,
//! `m_0 = 1`, such that `m_k m_l` times such a number is always an integer. Let `M` be a common multiple of
//! the products of all `m_(a_i)` for monomials `x^a` of degree at most `d`. Then `D^2 T` with `T = M^2` is a
//! denominator. No more than `d` inputs have an exponent other than 0.
//!
//! * Normal: `x^k = sum_j h_kj He_j` with integers `h_kj`, and `|He_j|^2 = j!`: `T` is 1.
//! * Symmetric: the norm of `x^a` is `a!/|a|!`. Here `T = d!` is enough.
//! * Uniform on `[-1, 1]`: take the Legendre polynomials `P_j`, of norm `1/(2j + 1)`. `2^j P_j` has integer
//!   coefficients, and `<x^k, x^i>` is 0 or `1/(k + i + 1)`, with an odd `k + i + 1 <= 2k + 1` if `j <= k`;
//!   otherwise `<x^k, P_j>` is 0. So `m_k = 2^k Q_k`, where `Q_k` is the least common multiple of the odd
//!   numbers up to `2k + 1`: it is a denominator of `<x^k, P_j>`. In `prod_i 2^(a_i) Q_(a_i)` the exponent of
//!   2 is at most `d`, and an odd prime `q` occurs `floor(log_q(2 a_i + 1))` times for every variable. That
//!   is at most `a_i / ((q - 1)/2)`, since `q^e >= 1 + e (q - 1)`, and at most `floor(log_q(2d + 1))`. So `q`
//!   occurs at most `min(floor(2d / (q - 1)), n floor(log_q(2d + 1)))` times for `n` variables.
//! * A set of `m` numbers: `<x^k, p_j> <x^l, p_j> / |p_j|^2` is the sum over pairs of points of `x^k y^l
//!   p_j(x) p_j(y) / |p_j|^2`, over `m^2`, and with `l = 0` it is 0 or the sum of all `x^k` over `m`. With a
//!   common denominator `K` of all `p_j(x) p_j(y) / |p_j|^2`, which does not change when the numbers are
//!   multiplied by `q`, `m_k = K m`.
//! * One-hot vectors of `m` classes: a mean over the classes is a sum over `m`. With the element 1 there is a
//!   product of two means, and with the others the mean of a product less that. So `m_k = m`.
//! * Whole points: the mean over `m` points divides by `m` once, and `T` has the factor `m`.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero, pow};

use super::super::space::{Law, Product, Subject};
use super::kinds::kernel_denominator;
use crate::arithmetic::{Base, CentredField, Denominator, Height, HeightBound, height_bound_until};
use crate::budget::Budget;
use crate::network::Input;
use crate::similarity::Failure;
use crate::similarity::basis::Measure;

/// What is known of the length of all parts.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    base: Base,
    /// `D`
    denominator: Denominator,
    /// `T`
    rest: BigUint,
    /// No numerator is larger than 2 to this power.
    pub(super) log2: u64,
}

impl Bound {
    /// For parts of the inner products of outputs of at most this degree.
    pub(super) fn new(subject: &Subject<'_>, degree: u64, budget: &Budget) -> Result<Bound, Failure> {
        let [a, b] = subject.originals;
        let laws = subject.product.laws();
        let values = |law: &'_ Law| -> Vec<BigRational> {
            match law {
                Law::Entries(Measure::Set(values)) => values.clone(),
                Law::Points(points) => points.iter().flat_map(|point| point.data().to_vec()).collect(),
                Law::Entries(_) | Law::OneHot { .. } => Vec::new(),
            }
        };
        let given: Vec<Vec<BigRational>> = laws.iter().map(values).collect();
        let base = Base::new([a, b], given.iter().flatten());
        let unknown = || Failure::Meaningless("no bound on the length of the numbers is known".to_string());
        let height = |position: usize| -> Option<Height> {
            let Some(values) = given.get(position).filter(|values| !values.is_empty()) else {
                return Some(Height::ONE);
            };
            let mut denominator = Denominator::default();
            let mut largest = BigRational::zero();
            for value in values {
                denominator = denominator.join(base.denominator(value.denom().magnitude())?);
                largest = largest.max(value.abs());
            }
            Some(Height::of_values(&largest, denominator))
        };
        let inputs: Option<Vec<Height>> = (0..a.inputs().len()).map(height).collect();
        let inputs = inputs.ok_or_else(unknown)?;
        let of = |network| height_bound_until(&budget.stop(), network, &base, &inputs);
        let [Some(of_a), Some(of_b)] = [a, b].map(of) else {
            return Err(if budget.expired() { Failure::Stopped } else { unknown() });
        };
        let denominator = of_a.denominator.join(of_b.denominator);
        let norm = |of: &HeightBound| of.norm_log2;
        let (rest, moments) = match subject.product {
            Product::Symmetric(_) => (factorial(degree), 0),
            Product::Laws(laws) => (rest(laws, a.inputs(), degree), moments(laws, degree)),
        };
        // A bound that does not fit is none.
        let length = [base.log2(denominator), norm(&of_a).max(norm(&of_b))];
        let both = length.iter().try_fold(0u64, |sum, log2| sum.checked_add(*log2));
        let outputs = u64::from(usize::BITS - a.output_shape().size().leading_zeros());
        let log2 = both
            .and_then(|both| both.checked_mul(2)?.checked_add(rest.bits() + moments + outputs))
            .filter(|log2| log2 >> 40 == 0)
            .ok_or_else(unknown)?;
        Ok(Bound { base, denominator, rest, log2 })
    }

    /// `D^2 T`, ready to reduce fractions.
    pub(super) fn denominator(&self) -> Reducer {
        let twos = self.rest.trailing_zeros().unwrap_or(0);
        let odd = Denominator { two: 0, odd: 2 * self.denominator.odd };
        Reducer {
            two: 2 * self.denominator.two + twos,
            base: BigInt::from(self.base.odd().clone()),
            power: BigInt::from(self.base.value(odd)),
            rest: BigInt::from(&self.rest >> twos),
        }
    }

    /// `D^2 T` modulo a prime.
    pub(super) fn modulo(&self, field: &CentredField) -> f64 {
        let element = |number: &BigUint| field.element_big(&BigInt::from(number.clone()));
        let odd = field.power(element(self.base.odd()), self.denominator.odd);
        let once = field.reduce(odd * field.power(field.element(2), self.denominator.two));
        field.reduce(field.reduce(once * once) * element(&self.rest))
    }
}

/// A denominator as a power of two, a power of a number and a rest, both odd: greatest common divisors of
/// these with a long numerator take far less time than that of two long numbers.
pub(super) struct Reducer {
    two: u64,
    base: BigInt,
    power: BigInt,
    rest: BigInt,
}

impl Reducer {
    /// The numerator over the denominator, in lowest terms.
    pub(super) fn fraction(&self, mut numerator: BigInt) -> BigRational {
        if numerator.is_zero() {
            return BigRational::zero();
        }
        let twos = numerator.trailing_zeros().unwrap_or(0).min(self.two);
        numerator >>= twos;
        let common = (&numerator % &self.rest).gcd(&self.rest);
        numerator /= &common;
        let rest = &self.rest / &common;
        let mut power = self.power.clone();
        loop {
            // A factor that all of the power has lost is not lost again.
            let common = (&numerator % &self.base).gcd(&self.base).gcd(&(&power % &self.base));
            if common.is_one() || power.is_one() {
                break;
            }
            strip(&mut numerator, &mut power, common);
        }
        BigRational::new_raw(numerator, (power * rest) << (self.two - twos))
    }
}

/// Divides both numbers by the highest power of a factor, which divides both, that divides both.
fn strip(one: &mut BigInt, other: &mut BigInt, factor: BigInt) {
    let mut divide = |by: &BigInt| {
        let divides = (&*one % by).is_zero() && (&*other % by).is_zero();
        if divides {
            *one /= by;
            *other /= by;
        }
        divides
    };
    // By the powers 1, 2, 4, .. as long as that is possible, and then back.
    let mut powers = vec![factor];
    while divide(&powers[powers.len() - 1]) {
        let last = &powers[powers.len() - 1];
        powers.push(last * last);
    }
    for by in powers.iter().rev().skip(1) {
        divide(by);
    }
}

/// The length of `(2d - 1)!!`, in bits, if an input is normal.
fn moments(laws: &[Law], degree: u64) -> u64 {
    if laws.iter().any(|law| matches!(law, Law::Entries(Measure::Normal(_)))) {
        (1..=degree).map(|k| BigUint::from(2 * k - 1)).product::<BigUint>().bits()
    } else {
        0
    }
}

fn factorial(n: u64) -> BigUint {
    (1..=n).map(BigUint::from).product()
}

/// `T` for some laws.
fn rest(laws: &[Law], inputs: &[Input], degree: u64) -> BigUint {
    let (mut squared, mut once) = (BigUint::one(), BigUint::one());
    let mut on_interval = 0u64;
    for (law, input) in laws.iter().zip(inputs) {
        let size = input.shape.size();
        let times = |count: usize| usize::try_from(degree).unwrap_or(usize::MAX).min(count);
        match law {
            Law::Entries(Measure::Normal(_)) => {}
            Law::Entries(Measure::Interval) => on_interval += size as u64,
            Law::Entries(Measure::Set(values)) => {
                let highest = times(values.len().saturating_sub(1));
                let kernel = kernel_denominator(values, highest).magnitude().clone();
                squared *= pow(kernel * BigUint::from(values.len()), times(size));
            }
            Law::OneHot { length, .. } => {
                squared *= pow(BigUint::from(*length), times(size / (*length).max(1)));
            }
            Law::Points(points) => once *= BigUint::from(points.len()),
        }
    }
    if on_interval > 0 {
        squared *= legendre(on_interval, degree);
    }
    &squared * &squared * once
}

/// The largest product of denominators of Legendre coefficients of so many variables, up to a degree.
pub(super) fn legendre(variables: u64, degree: u64) -> BigUint {
    let top = 2 * degree + 1;
    let mut product = BigUint::one() << degree;
    for prime in (3..=top).step_by(2).filter(|&odd| crate::arithmetic::is_prime(odd)) {
        let mut logarithm = 0;
        let mut rest = top;
        while rest >= prime {
            rest /= prime;
            logarithm += 1;
        }
        let times = (2 * degree / (prime - 1)).min(variables.saturating_mul(logarithm));
        product *= pow(BigUint::from(prime), times.to_usize().unwrap_or(usize::MAX));
    }
    product
}
