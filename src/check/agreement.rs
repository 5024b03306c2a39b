//! `grid`, `enumeration` and `random_evaluation`: agreement modulo primes at points that determine a difference, or
//! at random ones.

use num_bigint::BigUint;
use num_traits::{One, ToPrimitive, Zero};
use sha2::{Digest, Sha256};

use super::bounds::{Bounds, Total, odd_denominator};
use super::outcome::{Refusal, Work, incomplete, invalid, require};
use super::pair::Pair;
use super::points::{self, Coordinate, coordinates, heaviest, input_bounds, walk};
use super::residues::{LARGEST, Residues, is_prime};
use crate::certificate::{Agreement, Natural, RandomEvaluation};
use crate::domain::Domain;

/// More primes than this are not tried.
const MOST_PRIMES: usize = 1 << 16;

/// The difference of a pair on a domain: its coordinates, its bounds and its denominator.
struct Difference<'a> {
    pair: &'a Pair,
    domain: &'a Domain,
    coordinates: Vec<Coordinate<'a>>,
    odd: BigUint,
}

impl<'a> Difference<'a> {
    fn new(pair: &'a Pair, domain: &'a Domain) -> Difference<'a> {
        let coordinates = coordinates(&[&pair.a, &pair.b], domain);
        let numbers = points::numbers(&coordinates).chain([&pair.scale]);
        let odd = odd_denominator(&[&pair.a, &pair.b], numbers);
        Difference { pair, domain, coordinates, odd }
    }

    /// Bounds where free entries have at most this magnitude.
    fn bounds(&self, free: u64, work: &Work) -> Result<Total, Refusal> {
        let inputs = input_bounds(&self.pair.a, self.domain, free);
        Ok(Total::of(&self.pair.difference(&Bounds { work }, &inputs)?, &self.odd))
    }

    /// Whether a prime divides a denominator.
    fn divides(&self, prime: u64) -> bool {
        (&self.odd % prime).is_zero()
    }

    /// The residues of all input entries at a point; `free` overrides the levels of free coordinates.
    fn write<const N: usize>(
        &self,
        (point, free): (&[u64], &[u64]),
        lane: usize,
        inputs: &mut [Vec<[u64; N]>],
        table: &[Vec<u64>],
    ) {
        let mut free = free.iter();
        for ((coordinate, &level), values) in self.coordinates.iter().zip(point).zip(table) {
            match *coordinate {
                Coordinate::Free { input, entry } => {
                    inputs[input][entry][lane] = free.next().copied().unwrap_or(level);
                }
                Coordinate::Entry { input, entry, .. } => inputs[input][entry][lane] = values[level as usize],
                Coordinate::Vector { input, start, classes } => {
                    for class in 0..classes {
                        inputs[input][start + class][lane] = u64::from(class as u64 == level);
                    }
                }
                Coordinate::Whole { input, .. } => {
                    let size = inputs[input].len();
                    for (entry, value) in inputs[input].iter_mut().zip(&values[level as usize * size..]) {
                        entry[lane] = *value;
                    }
                }
            }
        }
    }

    /// Whether the difference vanishes modulo a prime at all points of the walked coordinates of weight at most
    /// `bound`, the free ones among the others set to some residues. `N` points are evaluated at a time.
    fn vanishes<const N: usize>(
        &self,
        prime: u64,
        (walked, bound): (&[usize], u64),
        free: &[u64],
        field: &str,
        work: &Work,
    ) -> Result<(), Refusal> {
        let ring = Residues::<N>::new(prime, field, work);
        let mut table: Vec<Vec<u64>> = Vec::with_capacity(self.coordinates.len());
        for coordinate in &self.coordinates {
            table.push(match coordinate {
                Coordinate::Entry { values, .. } => {
                    values.iter().map(|v| ring.residue(v)).collect::<Result<_, _>>()?
                }
                Coordinate::Whole { points, .. } => points
                    .iter()
                    .flat_map(|point| point.data())
                    .map(|v| ring.residue(v))
                    .collect::<Result<_, _>>()?,
                _ => Vec::new(),
            });
        }
        let sizes = self.pair.a.inputs().iter().map(|input| input.shape.size());
        let mut inputs: Vec<Vec<[u64; N]>> = sizes.map(|size| vec![[0; N]; size]).collect();
        let mut lane = 0;
        let zero = |inputs: &[Vec<[u64; N]>], points: usize| {
            let difference = self.pair.difference(&ring, inputs)?;
            let differs = |values: &[u64; N]| values[..points].iter().any(|&value| value != 0);
            require(!difference.iter().any(differs), field, || {
                format!("the models differ modulo {prime} at a point where they must agree")
            })
        };
        walk(&self.coordinates, walked, bound, |point| {
            work.spend(20 * point.len() as u64);
            work.status()?;
            self.write((point, free), lane, &mut inputs, &table);
            lane += 1;
            if lane == N {
                lane = 0;
                zero(&inputs, N)?;
            }
            Ok(())
        })?;
        if lane > 0 {
            zero(&inputs, lane)?;
        }
        Ok(())
    }

    fn positions(&self, wanted: impl Fn(&Coordinate<'_>) -> bool) -> Vec<usize> {
        (0..self.coordinates.len()).filter(|&i| wanted(&self.coordinates[i])).collect()
    }

    /// The number of points of the walked coordinates of weight at most `bound`. Each is announced as what evaluating it
    /// takes, so that counting ends early where evaluating would not be possible.
    fn count(&self, walked: &[usize], bound: u64, work: &Work) -> Result<u64, Refusal> {
        let mut count = 0;
        walk(&self.coordinates, walked, bound, |_| {
            count += 1;
            work.spend(2_000);
            work.status()
        })?;
        Ok(count)
    }
}

/// Everything of a grid or an enumeration that follows from the models: all of its fields. Nothing is evaluated yet.
pub(crate) fn plan_agreement(pair: &Pair, work: &Work) -> Result<Agreement, Refusal> {
    let difference = Difference::new(pair, &pair.domain);
    let total = difference.bounds(1, work)?;
    let degree = match heaviest(&difference.coordinates) {
        Some(heaviest) => total.degree.unwrap_or(0).min(heaviest),
        None => total.degree()?,
    };
    let bound_log2 = difference.bounds(degree, work)?.log2()?;
    let all = difference.positions(|_| true);
    let points = difference.count(&all, degree, work)?;
    let (mut product, mut primes) = (BigUint::one(), Vec::new());
    let limit = BigUint::one() << bound_log2.min(62 * MOST_PRIMES as u64 + 1);
    for prime in self::primes(&difference.odd) {
        if product > limit {
            break;
        }
        product *= prime;
        primes.push(Natural(prime));
        if primes.len() > MOST_PRIMES {
            return Err(incomplete(format!(
                "values of {bound_log2} bits need more than {MOST_PRIMES} primes"
            )));
        }
    }
    Ok(Agreement { scale: pair.written_scale(), degree, points, bound_log2, primes })
}

/// The primes below 2^62 that do not divide a number, the largest first.
pub(super) fn primes(odd: &BigUint) -> impl Iterator<Item = u64> {
    (1..LARGEST).rev().filter(move |&candidate| is_prime(candidate) && !(odd % candidate).is_zero())
}

/// Checks a grid or an enumeration.
pub(super) fn check_agreement(
    pair: &Pair,
    claimed: &Agreement,
    name: &str,
    work: &Work,
) -> Result<(), Refusal> {
    let field = |field: &str| format!("evidence.{name}.{field}");
    let difference = Difference::new(pair, &pair.domain);
    let free = difference.coordinates.iter().any(Coordinate::is_free);
    require((name == "grid") == free, "evidence", || {
        "a grid is for inputs that can be anything, an enumeration for a finite domain".to_string()
    })?;
    let proved = plan_agreement(pair, work)?;
    check_equal(claimed.degree, proved.degree, || field("degree"), "the degree")?;
    check_equal(claimed.points, proved.points, || field("points"), "the number of points")?;
    check_equal(claimed.bound_log2, proved.bound_log2, || field("bound_log2"), "the bound")?;
    require(claimed.primes == proved.primes, field("primes"), || {
        "these are not the largest primes below 2^62 that divide no denominator, as few as exceed the bound"
            .to_string()
    })?;
    let all = difference.positions(|_| true);
    for prime in &proved.primes {
        difference.vanishes::<16>(prime.0, (&all, proved.degree), &[], &format!("evidence.{name}"), work)?;
    }
    Ok(())
}

fn check_equal(claimed: u64, proved: u64, field: impl Fn() -> String, what: &str) -> Result<(), Refusal> {
    require(claimed == proved, field(), || format!("{what} is {proved}, and {claimed} is claimed"))
}

/// The probability of an error is at most `2^-ERROR`.
const ERROR: u32 = 128;

/// The largest `t` such that one round errs with probability at most `2^-t`.
fn bits_per_round(height: u64, degree: u64, divisors: u64) -> Option<u32> {
    // The primes from P = 2^61 to 2P are at least 3P / (5 ln P) (Rosser and Schoenfeld), and ln P < 42.282.
    let primes =
        ((3u128 << 61) * 1_000 / (5 * 42_282)).checked_sub(u128::from(divisors)).filter(|&n| n > 0)?;
    // In units of 2^-64, rounded up: primes that divide a coefficient, and roots.
    let error = (u128::from(height / 61) << 64).div_ceil(primes) + (u128::from(degree) << 3);
    let ceil_log2 = u128::BITS - (error.max(1) - 1).leading_zeros();
    64u32.checked_sub(ceil_log2).filter(|&bits| bits > 0)
}

/// Everything of a random evaluation that follows from the models: all of its fields. Nothing is evaluated yet.
pub(crate) fn plan_random(pair: &Pair, everywhere: bool, work: &Work) -> Result<RandomEvaluation, Refusal> {
    let domain = pair.domain_or(everywhere);
    let difference = Difference::new(pair, &domain);
    let total = difference.bounds(1, work)?;
    let (degree, height) = (total.degree()?, total.log2()?);
    let divisors = difference.odd.bits() / 61;
    let bits = bits_per_round(height, degree, divisors)
        .ok_or_else(|| incomplete("the bounds are too large for random evaluation"))?;
    let rounds = ERROR.div_ceil(bits);
    let finite = difference.positions(|coordinate| !coordinate.is_free());
    let points = difference.count(&finite, degree, work)?;
    let primes = draw(&difference, rounds).into_iter().map(|(prime, _)| Natural(prime)).collect();
    let scale = pair.written_scale();
    Ok(RandomEvaluation { scale, everywhere, degree, height, points, primes, error_log2: rounds * bits })
}

/// Checks a random evaluation.
pub(super) fn check_random(pair: &Pair, claimed: &RandomEvaluation, work: &Work) -> Result<(), Refusal> {
    let field = |field: &str| format!("evidence.random_evaluation.{field}");
    let proved = plan_random(pair, claimed.everywhere, work)?;
    check_equal(claimed.degree, proved.degree, || field("degree"), "the degree")?;
    check_equal(claimed.height, proved.height, || field("height"), "the height")?;
    check_equal(claimed.points, proved.points, || field("points"), "the number of points")?;
    let (claimed_rounds, rounds) = (claimed.primes.len() as u64, proved.primes.len() as u64);
    check_equal(claimed_rounds, rounds, || field("primes"), "the number of rounds")?;
    require(claimed.primes == proved.primes, field("primes"), || {
        "the primes are not those that the models and the statement determine".to_string()
    })?;
    check_equal(
        claimed.error_log2.into(),
        proved.error_log2.into(),
        || field("error_log2"),
        "the error bound",
    )?;
    let domain = pair.domain_or(claimed.everywhere);
    require(!claimed.everywhere || domain != pair.domain, field("everywhere"), || {
        "the statement is about all inputs already".to_string()
    })?;
    let difference = Difference::new(pair, &domain);
    let finite = difference.positions(|coordinate| !coordinate.is_free());
    for (prime, residues) in draw(&difference, proved.primes.len() as u32) {
        let walked = (finite.as_slice(), proved.degree);
        let field = "evidence.random_evaluation";
        match proved.points {
            1 => difference.vanishes::<1>(prime, walked, &residues, field, work)?,
            _ => difference.vanishes::<16>(prime, walked, &residues, field, work)?,
        }
    }
    Ok(())
}

/// The prime of every round, and a residue for every free coordinate.
fn draw(difference: &Difference<'_>, rounds: u32) -> Vec<(u64, Vec<u64>)> {
    let mut stream = Stream::new(difference.pair);
    let free = difference.coordinates.iter().filter(|coordinate| coordinate.is_free()).count();
    (0..rounds)
        .map(|_| {
            let prime = loop {
                let candidate = (1 << 61) | (stream.word() >> 3);
                if is_prime(candidate) && !difference.divides(candidate) {
                    break candidate;
                }
            };
            (prime, (0..free).map(|_| stream.below(prime)).collect())
        })
        .collect()
}

/// Random words that nobody chooses: SHA-256 in counter mode of a text that names the models and the statement.
struct Stream {
    seed: [u8; 32],
    block: u64,
    words: Vec<u64>,
}

impl Stream {
    fn new(pair: &Pair) -> Stream {
        let [a, b] = &pair.digests;
        let text = format!("samenet random evaluation 1\n{a}\n{b}\n{}\n{}\n", pair.statement, pair.scale);
        Stream { seed: Sha256::digest(text.as_bytes()).into(), block: 0, words: Vec::new() }
    }

    /// 64 uniform bits: the four little-endian words of every block, in order.
    fn word(&mut self) -> u64 {
        if self.words.is_empty() {
            let mut hasher = Sha256::new();
            hasher.update(self.seed);
            hasher.update(self.block.to_le_bytes());
            let block: [u8; 32] = hasher.finalize().into();
            let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
            self.words = block.chunks_exact(8).rev().map(number).collect();
            self.block += 1;
        }
        self.words.pop().unwrap_or_default()
    }

    /// Uniform below a prime of `[2^61, 2^62)`: 62 bits at a time, until they are below.
    fn below(&mut self, prime: u64) -> u64 {
        loop {
            let candidate = self.word() & (LARGEST - 1);
            if candidate < prime {
                return candidate;
            }
        }
    }
}

/// For `leading`: whether a number is a prime that a residue ring can have and that divides no denominator.
pub(super) fn check_prime(prime: u64, odd: &BigUint, field: &str) -> Result<(), Refusal> {
    require(prime > 2 && prime < LARGEST && is_prime(prime), field, || {
        format!("{prime} is not an odd prime below 2^62")
    })?;
    if (odd % prime).to_u64() == Some(0) {
        return Err(invalid(field, format!("the prime {prime} divides a denominator")));
    }
    Ok(())
}
