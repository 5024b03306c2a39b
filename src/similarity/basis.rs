//! Orthogonal polynomials of one variable, exactly: how a power of the variable is written in them, and their
//! norms.
//!
//! All are monic, and come from their recurrence `x p_j = p_(j+1) + alpha_j p_j + beta_j p_(j-1)`:
//!
//! * normal with mean zero and variance `v`: the Hermite polynomials, `alpha = 0`, `beta_j = j v`;
//! * uniform on `[-1, 1]`: the Legendre polynomials, `alpha = 0`, `beta_j = j^2 / (4 j^2 - 1)`;
//! * uniform on a finite set: `alpha_j = <x p_j, p_j> / <p_j, p_j>` and
//!   `beta_j = <p_j, p_j> / <p_(j-1), p_(j-1)>`, by sums over the set (Stieltjes); there are as many
//!   polynomials as points.
//!
//! `<p_j, p_j> = beta_1 .. beta_j` for a measure of total mass 1.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

/// How a variable is distributed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Normal with mean zero and this variance.
    Normal(BigRational),
    /// Uniform on `[-1, 1]`.
    Interval,
    /// Uniform on some distinct numbers.
    Set(Vec<BigRational>),
}

impl Measure {
    /// `alpha_0, alpha_1, ..` and `beta_0, beta_1, ..` (of which the first plays no part), as many as there
    /// are polynomials up to a degree.
    pub fn recurrence(&self, degree: usize) -> (Vec<BigRational>, Vec<BigRational>) {
        let zeros = || vec![BigRational::zero(); degree + 1];
        match self {
            Measure::Normal(variance) => {
                (zeros(), (0..=degree).map(|j| integer(j as u64) * variance).collect())
            }
            Measure::Interval => {
                let beta = |j: usize| {
                    let square = integer((j * j) as u64);
                    &square / (&square * integer(4) - BigRational::one())
                };
                (zeros(), (0..=degree).map(beta).collect())
            }
            Measure::Set(points) => recurrence(points, degree),
        }
    }
}

/// Orthogonal polynomials up to some degree.
#[derive(Clone, Debug)]
pub(crate) struct Basis {
    /// `powers[k][j]` is the coefficient of `p_j` in `x^k`.
    powers: Vec<Vec<BigRational>>,
    /// `norms[j] = <p_j, p_j>`
    norms: Vec<BigRational>,
}

impl Basis {
    /// The polynomials that powers up to `degree` need.
    pub fn new(measure: &Measure, degree: usize) -> Basis {
        let (alphas, betas) = measure.recurrence(degree);
        let mut norms = vec![BigRational::one()];
        for beta in betas.iter().skip(1) {
            norms.push(&norms[norms.len() - 1] * beta);
        }
        // A finite set has no more polynomials than points: the next one vanishes on all of them.
        let count = alphas.len();
        let mut powers = vec![vec![BigRational::one()]];
        for k in 0..degree {
            let mut next = vec![BigRational::zero(); (powers[k].len() + 1).min(count)];
            for (j, coefficient) in powers[k].iter().enumerate() {
                if j + 1 < next.len() {
                    next[j + 1] += coefficient;
                }
                if j < next.len() {
                    next[j] += coefficient * &alphas[j];
                }
                if j > 0 {
                    next[j - 1] += coefficient * &betas[j];
                }
            }
            powers.push(next);
        }
        Basis { powers, norms }
    }

    /// The highest power that is known.
    pub fn degree(&self) -> usize {
        self.powers.len() - 1
    }

    /// The coefficients of `x^power`, from `p_0` on.
    pub fn power(&self, power: usize) -> &[BigRational] {
        &self.powers[power]
    }

    /// `<p_j, p_j>`
    pub fn norm(&self, order: usize) -> &BigRational {
        &self.norms[order]
    }
}

fn integer(value: u64) -> BigRational {
    BigRational::from_integer(BigInt::from(value))
}

/// `alpha` and `beta` of the uniform measure on some points, up to a degree or to the number of points.
fn recurrence(points: &[BigRational], degree: usize) -> (Vec<BigRational>, Vec<BigRational>) {
    let count = (degree + 1).min(points.len());
    let mut before = vec![BigRational::zero(); points.len()];
    let mut here = vec![BigRational::one(); points.len()];
    let (mut alphas, mut betas) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut norm_before = BigRational::one();
    for j in 0..count {
        let norm: BigRational = here.iter().map(|p| p * p).sum();
        let moment: BigRational = here.iter().zip(points).map(|(p, x)| p * p * x).sum();
        let alpha = moment / &norm;
        let beta = if j == 0 { BigRational::zero() } else { &norm / &norm_before };
        let next = points.iter().zip(&here).zip(&before);
        let next = next.map(|((x, p), q)| (x - &alpha) * p - &beta * q).collect();
        before = std::mem::replace(&mut here, next);
        norm_before = norm;
        alphas.push(alpha);
        betas.push(beta);
    }
    (alphas, betas)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rationals(values: &[(i64, i64)]) -> Vec<BigRational> {
        values.iter().map(|&(n, d)| BigRational::new(n.into(), d.into())).collect()
    }

    /// x^4 = He_4 + 6 He_2 + 3, and E He_j^2 = j!. With variance 2, x^2 = p_2 + 2 and E p_2^2 = 3 4 - 4.
    #[test]
    fn hermite() {
        let basis = Basis::new(&Measure::Normal(BigRational::one()), 4);
        assert_eq!(basis.power(4), rationals(&[(3, 1), (0, 1), (6, 1), (0, 1), (1, 1)]));
        assert_eq!(*basis.norm(4), BigRational::from_integer(24.into()));
        let wide = Basis::new(&Measure::Normal(integer(2)), 2);
        assert_eq!(
            (wide.power(2), wide.norm(2)),
            (rationals(&[(2, 1), (0, 1), (1, 1)]).as_slice(), &integer(8))
        );
    }

    /// x^3 = P_3 + 3/5 x with the monic Legendre polynomial P_3 = x^3 - 3/5 x; E P_2^2 = E (x^2 - 1/3)^2 =
    /// 1/5 - 2/9 + 1/9 = 4/45.
    #[test]
    fn legendre() {
        let basis = Basis::new(&Measure::Interval, 3);
        assert_eq!(basis.power(3), rationals(&[(0, 1), (3, 5), (0, 1), (1, 1)]));
        assert_eq!(*basis.norm(2), BigRational::new(4.into(), 45.into()));
    }

    /// On {0, 1}: p_1 = x - 1/2 with E p_1^2 = 1/4, and x^5 = x = p_1 + 1/2. On {-1, 1}: x^2 = 1 and x^3 = x.
    #[test]
    fn finite_sets() {
        let bits = Basis::new(&Measure::Set(rationals(&[(0, 1), (1, 1)])), 5);
        assert_eq!(bits.power(5), rationals(&[(1, 2), (1, 1)]));
        assert_eq!(*bits.norm(1), BigRational::new(1.into(), 4.into()));
        let signs = Basis::new(&Measure::Set(rationals(&[(-1, 1), (1, 1)])), 3);
        assert_eq!(signs.power(2), rationals(&[(1, 1), (0, 1)]));
        assert_eq!(signs.power(3), rationals(&[(0, 1), (1, 1)]));
        let one = Basis::new(&Measure::Set(rationals(&[(3, 1)])), 2);
        assert_eq!(one.power(2), rationals(&[(9, 1)]));
    }
}
