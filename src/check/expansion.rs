//! Inner products of polynomials: both models expanded, and mapped to a space where the inner product is a
//! sum of squares.

use std::collections::HashMap;
use std::rc::Rc;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::normal_form::{MOST, expand, reducing};
use super::number::Number;
use super::outcome::{Refusal, Work, incomplete};
use super::terms::{Product, Sum, Terms};
use crate::domain::{Domain, InputSet, Metric};
use crate::network::Network;

/// `<f, f>`, `<f, g>` and `<g, g>` for the two networks.
pub(super) fn inner_products(
    [a, b]: [&Network; 2],
    metric: Option<Metric>,
    domain: &Domain,
    work: &Work,
) -> Result<[BigRational; 3], Refusal> {
    let ring = reducing(a, domain, work)?;
    let expanded = [expand(&ring, a, domain)?, expand(&ring, b, domain)?];
    work.spend(0)?;
    let terms = || expanded.iter().flatten().flat_map(|sum| sum.iter());
    let space = Space::new(a, metric, domain, terms().map(|(product, _)| product), &ring, work)?;
    let [f, g] = expanded.map(|sums| sums.iter().map(|sum| space.image(sum)).collect::<Vec<Sum>>());
    let products = [space.dot(&f, &f), space.dot(&f, &g), space.dot(&g, &g)];
    work.spend(0)?;
    Ok(products.map(|product| product.rational()))
}

/// Powers of one variable in orthogonal elements: `x^k` is the sum of `rows[k][j] e_j`, and `<e_j, e_j>` is
/// `norms[j]`. `e_0` is 1.
struct Powers {
    rows: Vec<Vec<Number>>,
    norms: Vec<Number>,
}

impl Powers {
    /// From `moment(k)`, the mean of `x^k`: the matrix of the means of `x^k x^l`, for exponents up to
    /// `highest`, is `C D C^T` with a diagonal `D` of norms and a triangular `C` of rows.
    fn new(highest: u64, moment: impl Fn(u64) -> BigRational, work: &Work) -> Result<Powers, Refusal> {
        work.spend(1_000 * highest.pow(3))?;
        let moments: Vec<BigRational> = (0..=2 * highest).map(moment).collect();
        let (mut rows, mut norms): (Vec<Vec<BigRational>>, Vec<BigRational>) = (Vec::new(), Vec::new());
        for k in 0..=highest as usize {
            let mut row: Vec<BigRational> = Vec::new();
            for j in 0..k {
                let known: BigRational = (0..j).map(|i| &row[i] * &norms[i] * &rows[j][i]).sum();
                row.push((&moments[k + j] - known) / &norms[j]);
            }
            let known: BigRational = (0..k).map(|i| &row[i] * &norms[i] * &row[i]).sum();
            norms.push(&moments[2 * k] - known);
            row.push(BigRational::one());
            rows.push(row);
        }
        let short = |numbers: &Vec<BigRational>| numbers.iter().map(Number::of).collect();
        Ok(Powers { rows: rows.iter().map(short).collect(), norms: short(&norms) })
    }
}

/// What becomes of a variable.
#[derive(Clone)]
enum Image {
    /// Powers of it are orthogonal already, as they are for the symmetric inner product.
    Monomials,
    /// They are combinations of orthogonal elements.
    Powers(Rc<Powers>),
    /// Entry `i` of a one-hot vector of c classes, of which the first is eliminated, is `1/c + y_i + z/c`:
    /// the `y_i` have norm 1/c and `z`, which has the name of the first entry, has norm -1. So the mean of a
    /// product of two entries is 1/c if they are one, and else 0.
    OneHot { first: u32, share: Number },
}

/// A space of orthogonal elements: products of elements of the variables, which are `(variable, number)`.
struct Space<'a, 'w> {
    images: Vec<Image>,
    /// `n!`
    factorials: Vec<Number>,
    ring: &'a Terms<'w>,
    work: &'a Work,
}

fn fraction(p: impl Into<BigInt>, q: impl Into<BigInt>) -> BigRational {
    BigRational::new(p.into(), q.into())
}

impl<'a, 'w> Space<'a, 'w> {
    fn new<'p>(
        network: &Network,
        metric: Option<Metric>,
        domain: &Domain,
        products: impl Iterator<Item = &'p Product>,
        ring: &'a Terms<'w>,
        work: &'a Work,
    ) -> Result<Space<'a, 'w>, Refusal> {
        let (mut highest, mut degree) = (0, 0);
        for product in products {
            highest = product.iter().map(|power| power.1).fold(highest, u64::max);
            degree = degree.max(product.iter().map(|power| power.1).fold(0, u64::saturating_add));
        }
        if highest.max(if metric == Some(Metric::Symmetric) { degree } else { 0 }) > MOST as u64 {
            return Err(incomplete("exponents in an inner product are above 256"));
        }
        let powers = |highest: u64, moment: &dyn Fn(u64) -> BigRational| {
            Powers::new(highest, moment, work).map(|powers| Image::Powers(Rc::new(powers)))
        };
        let one = match metric {
            Some(Metric::Gaussian) => {
                // (k - 1)(k - 3) .. 1 for even k
                let odd = |k: u64| (1..k).step_by(2).map(BigInt::from).product::<BigInt>();
                powers(highest, &|k| if k % 2 == 0 { odd(k).into() } else { BigRational::zero() })?
            }
            Some(Metric::Uniform) => {
                powers(highest, &|k| if k % 2 == 0 { fraction(1, k + 1) } else { BigRational::zero() })?
            }
            _ => Image::Monomials,
        };
        let mut images: Vec<Image> = Vec::new();
        for (input, set) in network.inputs().iter().zip(&domain.0) {
            let size = input.shape.size();
            match set {
                InputSet::OneHot => {
                    let classes = input.shape.axes().last().copied().unwrap_or(1).max(1);
                    for _ in 0..size / classes {
                        let first = images.len() as u32;
                        let share = Number::of(&fraction(1, classes));
                        images.extend(vec![Image::OneHot { first, share }; classes]);
                    }
                }
                InputSet::Finite(values) => {
                    let mean = |k: u64| {
                        let powers = values.iter().map(|value| num_traits::pow(value.clone(), k as usize));
                        powers.sum::<BigRational>() / BigInt::from(values.len())
                    };
                    images.extend(vec![powers(highest.min(values.len() as u64 - 1), &mean)?; size]);
                }
                _ => images.extend(vec![one.clone(); size]),
            }
        }
        let mut factorial = BigInt::one();
        let factorials = (0..=degree.min(MOST as u64)).map(|n| {
            factorial *= n.max(1);
            Number::of(&factorial.clone().into())
        });
        Ok(Space { images, factorials: factorials.collect(), ring, work })
    }

    /// A polynomial as a sum of orthogonal elements.
    fn image(&self, sum: &Sum) -> Sum {
        let mut terms: Vec<(Product, Number)> = Vec::new();
        for (product, coefficient) in sum.iter() {
            let mut parts: Vec<(Vec<(u32, u64)>, Number)> = vec![(Vec::new(), coefficient.clone())];
            for &(variable, exponent) in product.iter() {
                let element = |number: u64| (number > 0).then_some((variable, number));
                let choices: Vec<(Option<(u32, u64)>, Number)> = match &self.images[variable as usize] {
                    Image::Monomials => vec![(element(exponent), Number::ONE)],
                    Image::Powers(powers) => {
                        let row = powers.rows[exponent as usize].iter().zip(0..);
                        row.filter(|(c, _)| !c.is_zero()).map(|(c, j)| (element(j), c.clone())).collect()
                    }
                    Image::OneHot { first, share } => vec![
                        (None, share.clone()),
                        (Some((variable, 1)), Number::ONE),
                        (Some((*first, 1)), share.clone()),
                    ],
                };
                if !self.work.announce(200 * (parts.len() * choices.len()) as u64) {
                    break;
                }
                let each = parts.iter().flat_map(|(product, c)| {
                    choices.iter().map(move |(element, d)| {
                        (product.iter().copied().chain(*element).collect(), c.multiply(d, self.work))
                    })
                });
                parts = each.collect();
            }
            terms.extend(parts.into_iter().map(|(product, coefficient)| (Rc::from(product), coefficient)));
        }
        self.ring.sum(terms)
    }

    /// The norm of an element.
    fn norm(&self, product: &Product) -> Number {
        let (mut norm, mut degree) = (Number::ONE, 0);
        for &(variable, number) in product.iter() {
            let minus = || Number::of(&-BigRational::one());
            let factor = match &self.images[variable as usize] {
                Image::Monomials => {
                    degree += number as usize;
                    self.factorials[number as usize].clone()
                }
                Image::Powers(powers) => powers.norms[number as usize].clone(),
                Image::OneHot { first, .. } if *first == variable => minus(),
                Image::OneHot { share, .. } => share.clone(),
            };
            norm = norm.multiply(&factor, self.work);
        }
        let divisor = self.factorials[degree].rational();
        if degree == 0 { norm } else { norm.multiply(&Number::of(&divisor.recip()), self.work) }
    }

    /// The inner product, of all outputs together.
    fn dot(&self, f: &[Sum], g: &[Sum]) -> Number {
        let mut total = Number::ZERO;
        for (f, g) in f.iter().zip(g) {
            let of_g: HashMap<&Product, &Number> =
                g.iter().map(|(product, number)| (product, number)).collect();
            for (product, c) in f.iter() {
                if !self.work.announce(200) {
                    break;
                }
                if let Some(d) = of_g.get(product) {
                    let term = c.multiply(d, self.work).multiply(&self.norm(product), self.work);
                    total = total.add(&term, self.work);
                }
            }
        }
        total
    }
}
