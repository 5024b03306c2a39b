//! Polynomials as maps from exponents to coefficients: slow, obvious, and written apart from those of the
//! crate. What a network is on a domain follows from its polynomials by definition, and so does whether two
//! are related there.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use samenet::arithmetic::{Arithmetic, Halt};
use samenet::equality::{Domain, InputSet, Relation};
use samenet::network::{Network, Tensor, evaluate};

/// Nonzero coefficients by the exponents of all variables.
pub type Polynomial = BTreeMap<Vec<u16>, BigRational>;

/// Polynomials in a number of variables, as long as they are quick to compute with.
pub struct Polynomials {
    variables: usize,
    /// Sums and products of words that may still be computed.
    left: AtomicUsize,
}

impl Polynomials {
    /// Announces work. Says whether it may be done.
    fn spend(&self, work: usize) -> bool {
        let spent =
            self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(work));
        if spent.is_err() {
            self.left.store(0, Ordering::Relaxed);
        }
        spent.is_ok()
    }
}

impl Arithmetic for Polynomials {
    type Element = Polynomial;

    fn from_rational(&self, value: &BigRational) -> Result<Polynomial, Halt> {
        let nonzero = (!value.is_zero()).then(|| (vec![0; self.variables], value.clone()));
        Ok(nonzero.into_iter().collect())
    }

    fn zero(&self) -> Polynomial {
        Polynomial::new()
    }

    fn one(&self) -> Polynomial {
        Polynomial::from([(vec![0; self.variables], BigRational::one())])
    }

    fn add(&self, a: &Polynomial, b: &Polynomial) -> Polynomial {
        if !self.spend(words(a) + words(b) + 1) {
            return Polynomial::new();
        }
        let mut sum = a.clone();
        b.iter().for_each(|(monomial, coefficient)| add(&mut sum, monomial.clone(), coefficient.clone()));
        sum
    }

    fn multiply(&self, a: &Polynomial, b: &Polynomial) -> Polynomial {
        if !self.spend(2 * words(a).saturating_mul(words(b)) + 1) {
            return Polynomial::new();
        }
        let mut product = Polynomial::new();
        for (left, c) in a {
            for (right, d) in b {
                let monomial = left.iter().zip(right).map(|(i, j)| i + j).collect();
                add(&mut product, monomial, c * d);
            }
        }
        product
    }

    fn status(&self) -> Result<(), Halt> {
        let exceeded = self.left.load(Ordering::Relaxed) == 0;
        if exceeded { Err(Halt::Budget("too much work".to_string())) } else { Ok(()) }
    }
}

/// How long a polynomial is: long coefficients count more.
fn words(polynomial: &Polynomial) -> usize {
    polynomial.values().map(|c| 1 + ((c.numer().bits() + c.denom().bits()) / 64) as usize).sum()
}

fn add(to: &mut Polynomial, monomial: Vec<u16>, coefficient: BigRational) {
    if coefficient.is_zero() {
        return;
    }
    let entry = to.entry(monomial.clone()).or_insert_with(BigRational::zero);
    *entry += coefficient;
    if entry.is_zero() {
        to.remove(&monomial);
    }
}

/// The outputs of a network as polynomials; `None` when that takes more sums and products of words.
pub fn expand(network: &Network, work: usize) -> Option<Vec<Polynomial>> {
    let ring = Polynomials { variables: network.variables(), left: AtomicUsize::new(work) };
    let mut next = 0;
    let inputs: Vec<Tensor<Polynomial>> = network
        .inputs()
        .iter()
        .map(|input| {
            let variable = |i: usize| {
                let exponents = (0..ring.variables).map(|j| u16::from(i == j)).collect();
                Polynomial::from([(exponents, BigRational::one())])
            };
            let variables = (next..next + input.shape.size()).map(variable).collect();
            next += input.shape.size();
            Tensor::new(input.shape.clone(), variables).unwrap()
        })
        .collect();
    evaluate(&ring, network, &inputs).ok().map(Tensor::into_data)
}

/// What a polynomial is when some variables have values.
fn substitute(polynomial: &Polynomial, values: &[(usize, BigRational)]) -> Polynomial {
    let mut result = Polynomial::new();
    for (monomial, coefficient) in polynomial {
        let (mut rest, mut coefficient) = (monomial.clone(), coefficient.clone());
        for (variable, value) in values {
            for _ in 0..std::mem::take(&mut rest[*variable]) {
                coefficient *= value;
            }
        }
        add(&mut result, rest, coefficient);
    }
    result
}

/// Every way to fix the variables that a domain restricts: values by variable. `None` when there are too
/// many.
fn fixings(network: &Network, domain: &Domain, most: usize) -> Option<Vec<Vec<(usize, BigRational)>>> {
    let mut fixings: Vec<Vec<(usize, BigRational)>> = vec![Vec::new()];
    let mut first = 0;
    for (input, set) in network.inputs().iter().zip(&domain.0) {
        let size = input.shape.size();
        let length = input.shape.axes().last().copied().unwrap_or(1);
        // A list of alternatives for each group of variables that are fixed together.
        let groups: Vec<Vec<Vec<BigRational>>> = match set {
            InputSet::Everything => Vec::new(),
            InputSet::Finite(values) => {
                vec![values.iter().map(|value| vec![value.clone()]).collect(); size]
            }
            InputSet::OneHot => {
                let unit = |i: usize| {
                    (0..length).map(|j| BigRational::from_integer(i64::from(i == j).into())).collect()
                };
                vec![(0..length).map(unit).collect(); size.checked_div(length).unwrap_or(0)]
            }
            InputSet::Points(points) => vec![points.iter().map(|point| point.data().to_vec()).collect()],
        };
        let mut variable = first;
        for group in groups {
            let width = group.first().map_or(0, Vec::len);
            if fixings.len().saturating_mul(group.len()) > most {
                return None;
            }
            fixings = fixings
                .iter()
                .flat_map(|fixed| {
                    group.iter().map(move |values| {
                        let more = values.iter().enumerate().map(|(i, v)| (variable + i, v.clone()));
                        fixed.iter().cloned().chain(more).collect()
                    })
                })
                .collect();
            variable += width;
        }
        first += size;
    }
    Some(fixings)
}

/// The outputs of a network on a domain: for every way to fix what the domain fixes, the polynomials in the
/// rest.
pub fn on_domain(network: &Network, domain: &Domain, work: usize) -> Option<Vec<Vec<Polynomial>>> {
    let outputs = expand(network, work)?;
    let terms: usize = outputs.iter().map(words).sum();
    let fixings = fixings(network, domain, work / (8 * terms + 1))?;
    let at = |fixed: &Vec<(usize, BigRational)>| outputs.iter().map(|p| substitute(p, fixed)).collect();
    Some(fixings.iter().map(at).collect())
}

/// Whether two functions on a domain are related, by definition. `last` is the length of the output's last
/// axis.
pub fn related(a: &[Vec<Polynomial>], b: &[Vec<Polynomial>], relation: Relation, last: usize) -> bool {
    match relation {
        Relation::Equal => a == b,
        Relation::UpToScale => scale(a, b).is_some(),
        Relation::UpToShift => a.iter().zip(b).all(|(a, b)| {
            a.chunks(last.max(1)).zip(b.chunks(last.max(1))).all(|(a, b)| {
                let mut differences = a.iter().zip(b).map(|(a, b)| difference(a, b));
                let first = differences.next();
                differences.all(|other| Some(other) == first)
            })
        }),
    }
}

fn difference(a: &Polynomial, b: &Polynomial) -> Polynomial {
    let mut result = a.clone();
    b.iter().for_each(|(monomial, coefficient)| add(&mut result, monomial.clone(), -coefficient));
    result
}

/// The positive `c` in `a = c b`: 1 when both are zero.
pub fn scale(a: &[Vec<Polynomial>], b: &[Vec<Polynomial>]) -> Option<BigRational> {
    let mut factor: Option<BigRational> = None;
    for (a, b) in a.iter().flatten().zip(b.iter().flatten()) {
        if a.len() != b.len() {
            return None;
        }
        for ((left, c), (right, d)) in a.iter().zip(b) {
            let ratio = c / d;
            if left != right || factor.as_ref().is_some_and(|factor| *factor != ratio) {
                return None;
            }
            factor = Some(ratio);
        }
    }
    let factor = factor.unwrap_or_else(BigRational::one);
    factor.is_positive().then_some(factor)
}
