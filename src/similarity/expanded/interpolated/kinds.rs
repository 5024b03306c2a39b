//! What stands along one coordinate of the points: nodes, the polynomials that are orthogonal, their norms;
//! and all of it modulo a prime.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Zero};

use crate::arithmetic::{Arithmetic, CentredField, Halt};
use crate::network::Tensor;
use crate::polynomial::dense::{Transform, divided_differences, inverse, newton_basis};
use crate::similarity::basis::Measure;

/// The kinds of coordinates.
#[derive(Clone, Debug)]
pub(super) enum Kind<'a> {
    /// Numbers.
    Steps(Steps<'a>),
    /// Classes of a one-hot vector: this many.
    Classes(usize),
    /// Whole tensors.
    Points(&'a [Tensor<BigRational>]),
}

/// Numbers as nodes, and polynomials from their recurrence `x p_j = p_(j+1) + alpha_j p_j + beta_j p_(j-1)`.
#[derive(Clone, Debug)]
pub(super) struct Steps<'a> {
    /// `None` for 0, 1, 2, ..
    nodes: Option<&'a [BigRational]>,
    alphas: Vec<BigRational>,
    betas: Vec<BigRational>,
    /// The norm of `p_j` divided by that of the one before.
    ratios: Vec<BigRational>,
}

impl<'a> Steps<'a> {
    /// The orthogonal polynomials of a measure, for so many levels.
    pub(super) fn orthogonal(measure: &'a Measure, levels: usize) -> Steps<'a> {
        let (alphas, betas) = measure.recurrence(levels.saturating_sub(1));
        let nodes = match measure {
            Measure::Set(values) => Some(values.as_slice()),
            Measure::Normal(_) | Measure::Interval => None,
        };
        Steps { nodes, alphas, ratios: betas.clone(), betas }
    }

    /// Powers, where `x^k` has the norm `k! v^k`.
    pub(super) fn powers(variance: &BigRational, levels: usize) -> Steps<'a> {
        let zeros = vec![BigRational::zero(); levels];
        let ratios = (0..levels).map(|k| BigRational::from_integer(BigInt::from(k)) * variance);
        Steps { nodes: None, alphas: zeros.clone(), betas: zeros, ratios: ratios.collect() }
    }
}

/// A coordinate modulo a prime.
#[derive(Debug, Default)]
pub(super) struct Modulo {
    /// The entries of every level, one level after the other.
    pub(super) settings: Vec<f64>,
    /// From values to coefficients, and from these to coefficients of orthogonal elements; none where nothing
    /// changes.
    pub(super) transforms: Vec<Transform>,
    /// The norms of the elements.
    pub(super) norms: Vec<f64>,
}

impl Kind<'_> {
    /// With so many levels; fails when the prime divides a denominator, or the difference of two nodes.
    pub(super) fn modulo(&self, field: &CentredField, levels: usize) -> Result<Modulo, Halt> {
        match self {
            Kind::Steps(steps) => steps.modulo(field, levels),
            Kind::Classes(classes) => modulo_classes(field, *classes),
            Kind::Points(points) => {
                let entries = points.iter().flat_map(|point| point.data());
                let settings = entries.map(|entry| field.from_rational(entry)).collect::<Result<_, _>>()?;
                let share = BigRational::new(BigInt::one(), BigInt::from(points.len().max(1)));
                let norms = vec![field.from_rational(&share)?; points.len()];
                Ok(Modulo { settings, transforms: Vec::new(), norms })
            }
        }
    }
}

impl Steps<'_> {
    fn modulo(&self, field: &CentredField, levels: usize) -> Result<Modulo, Halt> {
        let element = |value: &BigRational| field.from_rational(value);
        let nodes: Vec<f64> = match self.nodes {
            Some(values) => values.iter().take(levels).map(element).collect::<Result<_, _>>()?,
            None => (0..levels).map(|node| field.element(node as u64)).collect(),
        };
        let (alphas, betas) = (converted(&self.alphas, element)?, converted(&self.betas, element)?);
        let mut norms = vec![1.0];
        for ratio in self.ratios.iter().take(levels).skip(1) {
            norms.push(field.reduce(norms[norms.len() - 1] * element(ratio)?));
        }
        let transforms = vec![
            divided_differences(field, &nodes, self.nodes.is_none())?,
            newton_basis(field, &nodes, &alphas, &betas),
        ];
        Ok(Modulo { settings: nodes, transforms, norms })
    }
}

fn converted(
    values: &[BigRational],
    element: impl Fn(&BigRational) -> Result<f64, Halt>,
) -> Result<Vec<f64>, Halt> {
    values.iter().map(element).collect()
}

/// Values `g_l` at the classes are first written as `c_0 + sum_(l > 0) c_l x_l`. The elements are 1 and
/// `q_k = x_0 + .. + x_(k-1) - k x_k`, which are orthogonal with mean zero and norm `(k + k^2)/n`. So the
/// coefficient of `q_k` is `(g_0 + .. + g_(k-1) - k g_k) / (k + k^2)`, to which `c_0` adds nothing.
fn modulo_classes(field: &CentredField, classes: usize) -> Result<Modulo, Halt> {
    let mut settings = vec![0.0; classes * classes];
    settings.iter_mut().step_by(classes + 1).for_each(|entry| *entry = 1.0);
    let rows = |entry: &dyn Fn(usize, usize) -> f64| -> Vec<Vec<f64>> {
        (0..classes).map(|row| (0..classes).map(|column| entry(row, column)).collect()).collect()
    };
    let differences = rows(&|row, column| match (row, column) {
        _ if row == column => 1.0,
        (_, 0) => -1.0,
        _ => 0.0,
    });
    let share = inverse(field, field.element(classes as u64))?;
    let mut norms = vec![1.0];
    let mut shares = vec![share];
    for k in 1..classes as u64 {
        let own = field.element(k * (k + 1));
        norms.push(field.reduce(own * share));
        shares.push(inverse(field, own)?);
    }
    let elements = rows(&|row, column| match (row, column) {
        (0, 0) => 1.0,
        (0, _) => share,
        (_, 0) => 0.0,
        _ if column < row => shares[row],
        _ if column == row => field.reduce(-field.element(row as u64) * shares[row]),
        _ => 0.0,
    });
    let transforms = vec![Transform::new(differences), Transform::new(elements)];
    Ok(Modulo { settings, transforms, norms })
}

/// A common denominator of all `p_j(x) p_j(y) / |p_j|^2` at points `x` and `y` of a set, for `j` up to a
/// degree: that of all squares `p_j(x)^2 / |p_j|^2`, because a prime that divides the denominator of a
/// product to some power divides that of one of the two squares to at least that power.
pub(super) fn kernel_denominator(points: &[BigRational], degree: usize) -> BigInt {
    let (alphas, betas) = Measure::Set(points.to_vec()).recurrence(degree);
    let (mut before, mut here) =
        (vec![BigRational::zero(); points.len()], vec![BigRational::one(); points.len()]);
    let mut norm = BigRational::one();
    let mut denominator = BigInt::one();
    for (j, (alpha, beta)) in alphas.iter().zip(&betas).enumerate() {
        if j > 0 {
            norm *= beta;
        }
        for value in &here {
            denominator = denominator.lcm((value * value / &norm).denom());
        }
        let next = points.iter().zip(&here).zip(&before).map(|((x, p), q)| (x - alpha) * p - beta * q);
        let next = next.collect();
        before = std::mem::replace(&mut here, next);
    }
    denominator
}
