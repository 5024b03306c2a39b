//! Scalar formulas as trees, and algebraic identities that rewrite them: regrouping, distributing, factoring,
//! differences of squares. Two formulas of one function may have quite different depths.

use num_rational::BigRational;
use num_traits::One;
use samenet::network::{Builder, NodeId};

use super::polynomial::Polynomial;
use crate::common::random::{Random, ratio};

#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    Variable(usize),
    Number(BigRational),
    Sum(Box<Formula>, Box<Formula>),
    Product(Box<Formula>, Box<Formula>),
    Power(Box<Formula>, u64),
}

use Formula::{Number, Power, Product, Sum, Variable};

pub fn sum(a: Formula, b: Formula) -> Formula {
    Sum(Box::new(a), Box::new(b))
}

pub fn product(a: Formula, b: Formula) -> Formula {
    Product(Box::new(a), Box::new(b))
}

pub fn number(value: BigRational) -> Formula {
    Number(value)
}

impl Formula {
    pub fn random(random: &mut Random, variables: usize, depth: usize) -> Formula {
        if depth == 0 || random.chance(1, 6) {
            return if random.chance(1, 4) {
                Number(random.rational())
            } else {
                Variable(random.below(variables))
            };
        }
        let child = |random: &mut Random| Box::new(Formula::random(random, variables, depth - 1));
        match random.below(8) {
            0..=2 => Sum(child(random), child(random)),
            3..=6 => Product(child(random), child(random)),
            _ => Power(child(random), 2 + random.below(2) as u64),
        }
    }

    pub fn degree(&self) -> u64 {
        match self {
            Variable(_) => 1,
            Number(_) => 0,
            Sum(a, b) => a.degree().max(b.degree()),
            Product(a, b) => a.degree() + b.degree(),
            Power(a, k) => a.degree() * k,
        }
    }

    /// The largest number of products on a path: 2 or more cannot be decided one layer at a time.
    pub fn product_depth(&self) -> usize {
        match self {
            Variable(_) | Number(_) => 0,
            Sum(a, b) => a.product_depth().max(b.product_depth()),
            Product(a, b) if matches!(**a, Number(_)) || matches!(**b, Number(_)) => {
                a.product_depth().max(b.product_depth())
            }
            Product(a, b) => 1 + a.product_depth().max(b.product_depth()),
            Power(a, _) => 1 + a.product_depth(),
        }
    }

    /// One identity applied somewhere, or nowhere when none fits at the place that was drawn.
    fn rewritten_once(&self, random: &mut Random) -> Formula {
        if random.chance(2, 3) {
            match self {
                Sum(a, b) if random.chance(1, 2) => {
                    return Sum(Box::new(a.rewritten_once(random)), b.clone());
                }
                Sum(a, b) => return Sum(a.clone(), Box::new(b.rewritten_once(random))),
                Product(a, b) if random.chance(1, 2) => {
                    return Product(Box::new(a.rewritten_once(random)), b.clone());
                }
                Product(a, b) => return Product(a.clone(), Box::new(b.rewritten_once(random))),
                Power(a, k) => return Power(Box::new(a.rewritten_once(random)), *k),
                _ => {}
            }
        }
        match self {
            Sum(a, b) => match (&**a, &**b) {
                // a + (b + c) = (a + b) + c
                (_, Sum(c, d)) if random.chance(1, 2) => {
                    sum(sum((**a).clone(), (**c).clone()), (**d).clone())
                }
                // x p + x q = x (p + q)
                (Product(x, p), Product(y, q)) if x == y => {
                    product((**x).clone(), sum((**p).clone(), (**q).clone()))
                }
                _ => sum((**b).clone(), (**a).clone()),
            },
            Product(a, b) => match (&**a, &**b) {
                // x (p + q) = x p + x q
                (_, Sum(p, q)) if random.chance(2, 3) => {
                    sum(product((**a).clone(), (**p).clone()), product((**a).clone(), (**q).clone()))
                }
                (Sum(p, q), _) if random.chance(2, 3) => {
                    sum(product((**p).clone(), (**b).clone()), product((**q).clone(), (**b).clone()))
                }
                // x (y z) = (x y) z
                (_, Product(y, z)) if random.chance(1, 2) => {
                    product(product((**a).clone(), (**y).clone()), (**z).clone())
                }
                // 4 x y = (x + y)^2 - (x - y)^2
                _ if random.chance(1, 3) => {
                    let minus = product(number(ratio(-1, 1)), (**b).clone());
                    let plus = Power(Box::new(sum((**a).clone(), (**b).clone())), 2);
                    let less = Power(Box::new(sum((**a).clone(), minus)), 2);
                    product(number(ratio(1, 4)), sum(plus, product(number(ratio(-1, 1)), less)))
                }
                _ => product((**b).clone(), (**a).clone()),
            },
            Power(a, 2) => product((**a).clone(), (**a).clone()),
            Power(a, k) => product(Power(a.clone(), k - 1), (**a).clone()),
            // v = (2 v + 1 - 1) / 2
            other => {
                let doubled = sum(product(number(ratio(2, 1)), other.clone()), number(ratio(1, 1)));
                product(number(ratio(1, 2)), sum(doubled, number(ratio(-1, 1))))
            }
        }
    }

    pub fn rewritten(&self, random: &mut Random) -> Formula {
        let mut formula = self.clone();
        for _ in 0..2 + random.below(5) {
            formula = formula.rewritten_once(random);
        }
        formula
    }

    /// Changes one number, or makes one variable `v` into `v + step`.
    pub fn nudge(&mut self, random: &mut Random) {
        match self {
            Variable(_) | Number(_) => {
                let step = if random.chance(1, 4) { ratio(1, 1 << 40) } else { ratio(1, 1) };
                *self = sum(self.clone(), number(step));
            }
            Sum(a, b) | Product(a, b) => if random.chance(1, 2) { a } else { b }.nudge(random),
            Power(a, _) => a.nudge(random),
        }
    }

    pub fn polynomial(&self, variables: usize) -> Polynomial {
        match self {
            Variable(i) => Polynomial::variable(*i, variables),
            Number(value) => Polynomial::constant(value, variables),
            Sum(a, b) => {
                let mut total = a.polynomial(variables);
                total.add_scaled(&b.polynomial(variables), &BigRational::one());
                total
            }
            Product(a, b) => a.polynomial(variables).times(&b.polynomial(variables)),
            Power(a, k) => {
                let base = a.polynomial(variables);
                (0..*k).fold(Polynomial::constant(&BigRational::one(), variables), |p, _| p.times(&base))
            }
        }
    }

    pub fn build(&self, builder: &mut Builder, x: NodeId) -> NodeId {
        match self {
            Variable(i) => builder.select(x, 0, *i).unwrap(),
            Number(value) => builder.scalar(value.clone()),
            Sum(a, b) => {
                let (a, b) = (a.build(builder, x), b.build(builder, x));
                builder.combine(vec![(BigRational::one(), a), (BigRational::one(), b)]).unwrap()
            }
            Product(a, b) => {
                let (a, b) = (a.build(builder, x), b.build(builder, x));
                builder.multiply(a, b).unwrap()
            }
            Power(a, k) => {
                let a = a.build(builder, x);
                builder.power(a, *k).unwrap()
            }
        }
    }
}
