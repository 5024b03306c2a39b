//! The places where a generated pair is compared: everywhere, or a product of finite sets, one per input.

use num_rational::BigRational;
use num_traits::{One, Zero};
use samenet::equality::{Domain, InputSet};
use samenet::network::{Shape, Tensor};

use super::formula::{Formula, number, product, sum};
use crate::common::random::{Random, ratio};

/// One set per input; inputs are vectors.
#[derive(Clone, Debug)]
pub struct Place(Vec<(usize, Set)>);

#[derive(Clone, Debug)]
enum Set {
    Everything,
    Finite(Vec<BigRational>),
    OneHot,
    Points(Vec<Vec<BigRational>>),
}

impl Place {
    pub fn random(random: &mut Random) -> Place {
        let restricted = random.chance(2, 5);
        let inputs = 1 + random.below(2);
        let place = (0..inputs).map(|_| {
            let length = if inputs == 1 { 2 + random.below(3) } else { 1 + random.below(2) };
            let set = match random.below(6) {
                _ if !restricted || (inputs == 2 && random.chance(1, 4)) => Set::Everything,
                0 => Set::Finite(vec![ratio(0, 1), ratio(1, 1)]),
                1 => Set::Finite(vec![ratio(-1, 1), ratio(1, 1)]),
                2 => Set::Finite(vec![ratio(-1, 2), ratio(0, 1), ratio(3, 1)]),
                3 => Set::Finite(vec![ratio(2, 3)]),
                4 => Set::OneHot,
                _ => {
                    let mut points: Vec<Vec<BigRational>> = (0..1 + random.below(4))
                        .map(|_| (0..length).map(|_| random.rational()).collect())
                        .collect();
                    points.sort();
                    points.dedup();
                    Set::Points(points)
                }
            };
            (length, set)
        });
        Place(place.collect())
    }

    pub fn shapes(&self) -> Vec<usize> {
        self.0.iter().map(|(length, _)| *length).collect()
    }

    pub fn variables(&self) -> usize {
        self.0.iter().map(|(length, _)| length).sum()
    }

    pub fn is_restricted(&self) -> bool {
        self.0.iter().any(|(_, set)| !matches!(set, Set::Everything))
    }

    pub fn domain(&self) -> Domain {
        Domain(
            self.0
                .iter()
                .map(|(length, set)| match set {
                    Set::Everything => InputSet::Everything,
                    Set::Finite(values) => InputSet::Finite(values.clone()),
                    Set::OneHot => InputSet::OneHot,
                    Set::Points(points) => {
                        let shape = Shape::new([*length]).unwrap();
                        InputSet::Points(
                            points.iter().map(|p| Tensor::new(shape.clone(), p.clone()).unwrap()).collect(),
                        )
                    }
                })
                .collect(),
        )
    }

    /// Every choice of values for the restricted inputs; the variables of the others stay open.
    pub fn assignments(&self) -> Vec<Vec<Option<BigRational>>> {
        let mut all: Vec<Vec<Option<BigRational>>> = vec![Vec::new()];
        for (length, set) in &self.0 {
            let choices: Vec<Vec<Option<BigRational>>> = match set.points(*length) {
                None => vec![vec![None; *length]],
                Some(points) => points.into_iter().map(|p| p.into_iter().map(Some).collect()).collect(),
            };
            all = all
                .iter()
                .flat_map(|head| choices.iter().map(move |tail| [head.as_slice(), tail].concat()))
                .collect();
        }
        all
    }

    pub fn contains(&self, point: &[BigRational]) -> bool {
        let mut rest = point;
        self.0.iter().all(|(length, set)| {
            let (head, tail) = rest.split_at(*length);
            rest = tail;
            set.points(*length).is_none_or(|points| points.contains(&head.to_vec()))
        }) && rest.is_empty()
    }

    /// A formula that is zero on this place; everywhere zero only by bad luck.
    pub fn vanishing(&self, random: &mut Random) -> Formula {
        let which = random.below(self.0.len());
        let offset: usize = self.0[..which].iter().map(|(length, _)| length).sum();
        let (length, set) = &self.0[which];
        let variable = |i: usize| Formula::Variable(offset + i);
        let minus = |f: Formula, value: &BigRational| sum(f, number(-value));
        let i = random.below(*length);
        let zero = match set {
            Set::Everything => number(BigRational::zero()),
            Set::Finite(values) => values.iter().map(|v| minus(variable(i), v)).reduce(product).unwrap(),
            Set::OneHot => match random.below(3) {
                0 => minus((0..*length).map(variable).reduce(sum).unwrap(), &BigRational::one()),
                1 => product(variable(i), minus(variable(i), &BigRational::one())),
                _ if *length > 1 => product(variable(i), variable((i + 1) % length)),
                _ => minus(variable(0), &BigRational::one()),
            },
            Set::Points(points) => points.iter().map(|p| minus(variable(i), &p[i])).reduce(product).unwrap(),
        };
        product(zero, sum(Formula::Variable(random.below(self.variables())), number(random.rational())))
    }
}

impl Set {
    fn points(&self, length: usize) -> Option<Vec<Vec<BigRational>>> {
        match self {
            Set::Everything => None,
            Set::Points(points) => Some(points.clone()),
            Set::OneHot => Some(
                (0..length)
                    .map(|hot| {
                        (0..length).map(|i| if i == hot { ratio(1, 1) } else { ratio(0, 1) }).collect()
                    })
                    .collect(),
            ),
            Set::Finite(values) => {
                let mut all: Vec<Vec<BigRational>> = vec![Vec::new()];
                for _ in 0..length {
                    all = all
                        .iter()
                        .flat_map(|head| {
                            values.iter().map(move |v| [head.as_slice(), std::slice::from_ref(v)].concat())
                        })
                        .collect();
                }
                Some(all)
            }
        }
    }
}
