//! Sums over paths and cycles: the covariance of two heads without means, and what the means add (`means`).
//!
//! A head has two *vertices*, its scores. A vertex has two *legs*, its query and its key, and the expectation
//! of the second derivative by them is what connects legs within a head. Legs of one head are paired with
//! those of the other by their covariances `M`; the values `v` and `v'` are the ends of a path.
//!
//! With `Q_a` for the exchange of the two legs of a vertex, `B = E d^2 F` for the product `F` of the scores
//! of a head, `U = Cov(v, legs)`, `X = Cov(v, legs')`, `Z = Cov(legs, v')`, a prime for the other head and
//! `e`, `c` for the vertices that are not `a`, `b`:
//!
//! ```text
//! g_ab = tr(Q_a M_ab Q'_b M_ab^T) / 2     K^a = (M^T Q_a M)_12        Y_a = M_a^T Q_a Z_a
//! R_a = U_a Q_a M_a                        M' = (M B' M^T)_12          M'' = (M^T B M)_12
//! p_a = tr(Q_a M B' M^T) / 2 = tau'_2 g_a1 + tau'_1 g_a2 + <off', K^a>
//! q_b = tr(B M Q'_b M^T) / 2 = <(B M)[., q_b'], M[., k_b']>
//! w = tau_2 p_1 + tau_1 p_2 + <off, M'> + g_11 g_22 + g_12 g_21 + <K^1, Q_1' K^2 Q_2'>
//! Cov = w Cov(v, v') + X B' M^T B Z
//!     + sum_b X_b Q'_b (sum_a (K^a_bc Q' Y_e[c] + g_ec Y_a[b]) + q_c U'_b + M''_bc Q' U'_c)
//!     + sum_ab R_a[b] Q'_b (K^e_bc Q' U'_c + g_ec U'_b)
//!     + sum_a U_a Q_a (p_e Z_a + M'_ae Q Z_e)
//! ```
//!
//! Every line is a choice of how `v` and `v'` leave (within their head or across), a path through the
//! vertices that are left, and the sum over all cycles of the others; 720 of 945 partitions, and the other
//! 225 have one pair across. Each quantity depends on some of the four positions only, of the queries `s`,
//! `u` and of the keys `t`, `v`: it is computed once for each of these. What does not depend on `v` is
//! multiplied after the sum over `v`.

use std::array::from_fn;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::machine::{Block, Factor, Machine, Place};
use super::{Form, HeadCovariance, Moment, Side, VALUE, is_query};

/// As it is, or transposed.
pub(super) const N: bool = false;
pub(super) const T: bool = true;

/// The positions that something depends on.
pub(super) const S: u8 = 1;
pub(super) const KEY: u8 = 2;
pub(super) const U: u8 = 4;
pub(super) const V: u8 = 8;

/// Computes the covariance of all heads; whether it came to the end, as what was stopped lacks entries.
pub(in crate::network) fn run(spec: &HeadCovariance, machine: &dyn Machine) -> bool {
    let [left, right] = &spec.sides;
    let all: Vec<(usize, usize)> =
        (0..left.heads).flat_map(|head| (0..right.heads).map(move |other| (head, other))).collect();
    // Of two equal sides, a half is enough.
    let groups: Vec<(bool, Vec<(usize, usize)>)> = match spec.same {
        false => vec![(false, all)],
        true => vec![
            (true, all.iter().copied().filter(|(head, other)| head == other).collect()),
            (false, all.iter().copied().filter(|(head, other)| head < other).collect()),
        ],
    };
    for (alone, pairs) in groups {
        for pairs in pairs.chunks(spec.together()) {
            if !Pair::new(spec, machine, pairs, alone).run() {
                return false;
            }
        }
    }
    true
}

/// What is memorised, by kind.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Kind {
    Cross,
    WithinLeft,
    WithinRight,
    MeanLeft,
    MeanRight,
    OffLeft,
    OffRight,
    TauLeft,
    TauRight,
    G,
    K,
    Y,
    R,
    BM,
    BZ,
    MB,
    XB,
    M1,
    M2,
    P,
    Q,
    Chain,
    GradientLeft,
    GradientRight,
}

/// Some pairs of a head of the first side and one of the second, with a matrix for each in every block.
pub(super) struct Pair<'a> {
    pub(super) spec: &'a HeadCovariance,
    machine: &'a dyn Machine,
    pairs: &'a [(usize, usize)],
    /// Whether the heads of each pair are the same.
    alone: bool,
    /// The positions `s, t, u, v`.
    at: [usize; 4],
    /// What depends on no `u`, on not all positions, and on all.
    memory: [Memory; 3],
}

/// A block and whether it is transposed.
type Owned = (Block, bool);

type Memory = HashMap<u64, Block, BuildHasherDefault<Spread>>;

/// Spreads a key that is a number already.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(self.0.wrapping_mul(257) + u64::from(byte)));
    }

    fn write_u64(&mut self, number: u64) {
        let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = spread ^ (spread >> 32);
    }
}

/// What is added up over `v`, before it is multiplied with what does not depend on it.
struct Sums {
    total: Block,
    for_x: [Block; 2],
    for_r: [[Block; 2]; 2],
    for_u: [[Block; 2]; 2],
}

/// The head of a side.
fn of_pair((head, other): (usize, usize), side: usize) -> usize {
    if side == 0 { head } else { other }
}

/// The position bit of a leg.
fn of_left(leg: usize) -> u8 {
    if leg == 0 { S } else { KEY }
}

fn of_right(leg: usize) -> u8 {
    if leg == 0 { U } else { V }
}

/// Whether a covariance of two operands may be other than zero, at equal positions or not.
fn is_there(moment: Option<Moment>, equal: bool) -> bool {
    moment.is_some_and(|moment| equal || moment.form == Form::Whole)
}

impl<'a> Pair<'a> {
    fn new(
        spec: &'a HeadCovariance,
        machine: &'a dyn Machine,
        pairs: &'a [(usize, usize)],
        alone: bool,
    ) -> Pair<'a> {
        let memory = from_fn(|_| Memory::default());
        Pair { spec, machine, pairs, alone, at: [0; 4], memory }
    }

    fn run(&mut self) -> bool {
        let spec = self.spec;
        let [left, right] = &spec.sides;
        for u in 0..right.queries {
            self.memory[1].clear();
            let queries = match (spec.tied, self.alone) {
                (true, _) => u..u + 1,
                (false, true) => 0..u + 1,
                (false, false) => 0..left.queries,
            };
            for s in queries {
                if self.machine.is_stopped() {
                    return false;
                }
                let mut sum = Block::zero(left.length(VALUE), right.length(VALUE));
                for t in (0..left.keys).filter(|&t| left.sees(s, t)) {
                    self.at = [s, t, u, 0];
                    let part = self.keys(u);
                    if !part.is_zero() {
                        let weight = self.weight(0, s, t);
                        sum = self.add_scaled(&sum, weight.as_ref(), &part);
                    }
                }
                self.write(&sum, s, u);
            }
        }
        true
    }

    /// The sum over all keys of the second side, for the first three positions.
    fn keys(&mut self, u: usize) -> Block {
        let [left, right] = &self.spec.sides;
        let value = right.length(VALUE);
        let (own, other) = (left.length(VALUE), |leg: usize| right.length(leg));
        let mut sums = Sums {
            total: Block::zero(own, value),
            for_x: from_fn(|b| Block::zero(other(2 * b + 1), value)),
            for_r: from_fn(|_| from_fn(|b| Block::zero(other(2 * b + 1), value))),
            for_u: from_fn(|a| from_fn(|l| Block::zero(left.length(2 * a + 1 - l), value))),
        };
        let mut any = false;
        for v in (0..right.keys).filter(|&v| right.sees(u, v)) {
            self.at[3] = v;
            if !self.is_reached() {
                continue;
            }
            any = true;
            self.memory[2].clear();
            let weight = self.weight(1, u, v);
            self.tuple(&mut sums, weight.as_ref());
        }
        if !any {
            return sums.total;
        }
        let x = [self.x(0, 0), self.x(1, 0)];
        let r: [[Block; 2]; 2] = from_fn(|a| from_fn(|b| self.r(a, b, 0)));
        let left_u: [[Block; 2]; 2] = from_fn(|a| from_fn(|l| self.u(a, l)));
        let mut products = Vec::with_capacity(10);
        for a in 0..2 {
            products.push(((&x[a], N), (&sums.for_x[a], N)));
            for b in 0..2 {
                products.push(((&r[a][b], N), (&sums.for_r[a][b], N)));
                products.push(((&left_u[a][b], N), (&sums.for_u[a][b], N)));
            }
        }
        self.sum((own, value), &products, &[(None, (&sums.total, N))])
    }

    /// Whether enough operands of both heads can be paired with each other: three, as without means their
    /// number is odd, or two.
    fn is_reached(&self) -> bool {
        let spec = self.spec;
        if !spec.aligned {
            return true;
        }
        let [s, t, u, v] = self.at;
        // Two operands at a query, three at a key. The least cut is the largest number of pairs.
        let meets = |position: usize, with_u: bool| if with_u { position == u } else { position == v };
        let cut = |kept: &[usize], cut: usize| {
            let reached = |with_u: bool, count: usize| {
                if kept.iter().any(|&position| meets(position, with_u)) { count } else { 0 }
            };
            cut + reached(true, 2) + reached(false, 3)
        };
        let most = [cut(&[], 5), cut(&[s], 3), cut(&[t], 2), cut(&[s, t], 0)];
        let needed = if spec.has_means() { 2 } else { 3 };
        most.into_iter().all(|cut| cut >= needed)
    }

    /// Adds what two keys contribute.
    fn tuple(&mut self, sums: &mut Sums, weight: Option<&Block>) {
        let [left, right] = &self.spec.sides;
        let (own, value) = (left.length(VALUE), right.length(VALUE));
        let z: [[Block; 2]; 2] = from_fn(|a| from_fn(|l| self.z(a, l)));
        let ur: [[Block; 2]; 2] = from_fn(|b| from_fn(|r| self.ur(b, r)));
        let mut g: [[Block; 2]; 2] = from_fn(|a| from_fn(|b| self.g(a, b)));
        let mut p: [Block; 2] = from_fn(|a| self.p(a));
        let mut q: [Block; 2] = from_fn(|b| self.q(b));
        let mut w = self.w(&g, &p);
        let mut total = Block::zero(own, value);
        if self.spec.has_means() {
            let with = self.means(&g, &p, &q, &w);
            (g, p, q, w, total) = (with.g, with.p, with.q, with.w, with.products);
        }
        // X_b Q'_b (..)
        let for_x: [[Block; 2]; 2] = from_fn(|b| {
            from_fn(|r| {
                let c = 1 - b;
                let k: [[(Block, bool); 2]; 2] = from_fn(|a| from_fn(|other| self.k_of(a, b, r, other)));
                let y: [[Block; 2]; 2] = from_fn(|a| from_fn(|other| self.y(1 - a, c, 1 - other)));
                let m2: [(Block, bool); 2] = from_fn(|other| self.m2_of(b, r, other));
                let own_y: [Block; 2] = from_fn(|a| self.y(a, b, r));
                let mut products: Vec<(Factor<'_>, Factor<'_>)> = Vec::with_capacity(6);
                for other in 0..2 {
                    for a in 0..2 {
                        products.push(((&k[a][other].0, k[a][other].1), (&y[a][other], N)));
                    }
                    products.push(((&m2[other].0, m2[other].1), (&ur[c][1 - other], N)));
                }
                let scaled = [
                    (Some(&g[1][c]), (&own_y[0], N)),
                    (Some(&g[0][c]), (&own_y[1], N)),
                    (Some(&q[c]), (&ur[b][r], N)),
                ];
                self.sum((right.length(2 * b + r), value), &products, &scaled)
            })
        });
        // R_a[b] Q'_b (..), by the vertex that is not a.
        let for_r: [[[Block; 2]; 2]; 2] = from_fn(|e| {
            from_fn(|b| {
                from_fn(|r| {
                    let c = 1 - b;
                    let k: [(Block, bool); 2] = from_fn(|other| self.k_of(e, b, r, other));
                    let products = [((&k[0].0, k[0].1), (&ur[c][1], N)), ((&k[1].0, k[1].1), (&ur[c][0], N))];
                    let shape = (right.length(2 * b + r), value);
                    self.sum(shape, &products, &[(Some(&g[e][c]), (&ur[b][r], N))])
                })
            })
        });
        // U_a Q_a (..)
        let for_u: [[Block; 2]; 2] = from_fn(|a| {
            from_fn(|l| {
                let e = 1 - a;
                let m1: [(Block, bool); 2] = from_fn(|other| self.m1_of(a, l, other));
                let products = [((&m1[0].0, m1[0].1), (&z[e][1], N)), ((&m1[1].0, m1[1].1), (&z[e][0], N))];
                self.sum((left.length(2 * a + l), value), &products, &[(Some(&p[e]), (&z[a][l], N))])
            })
        });
        let x: [Block; 2] = from_fn(|b| self.x(b, 1));
        let r: [[Block; 2]; 2] = from_fn(|a| from_fn(|b| self.r(a, b, 1)));
        let xb: [[Block; 2]; 2] = from_fn(|b| from_fn(|r| self.xb(b, r)));
        let chain: [[Block; 2]; 2] = from_fn(|b| from_fn(|r| self.chain(b, r)));
        let mut products: Vec<(Factor<'_>, Factor<'_>)> = Vec::with_capacity(10);
        for b in 0..2 {
            products.push(((&x[b], N), (&for_x[b][0], N)));
            for a in 0..2 {
                products.push(((&r[a][b], N), (&for_r[1 - a][b][0], N)));
                products.push(((&xb[b][a], N), (&chain[b][a], N)));
            }
        }
        let values = self.cross(VALUE, VALUE);
        let scaled = [(Some(&w), (&values, N)), (None, (&total, N))];
        let total = self.sum((own, value), &products, &scaled);
        sums.total = self.add_scaled(&sums.total, weight, &total);
        for b in 0..2 {
            sums.for_x[b] = self.add_scaled(&sums.for_x[b], weight, &for_x[b][1]);
            for a in 0..2 {
                sums.for_r[a][b] = self.add_scaled(&sums.for_r[a][b], weight, &for_r[1 - a][b][1]);
                sums.for_u[a][b] = self.add_scaled(&sums.for_u[a][b], weight, &for_u[a][1 - b]);
            }
        }
    }

    /// `tr(B M B' M^T) / 2` and the pairs of cycles of two vertices each.
    fn w(&mut self, g: &[[Block; 2]; 2], p: &[Block; 2]) -> Block {
        let tau = [self.tau(0, 0), self.tau(0, 1)];
        let mut pairs: Vec<(Block, Block)> = Vec::with_capacity(8);
        for (l, other) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            pairs.push((self.off(0, l, other), self.m1(l, other)));
            pairs.push((self.k(0, l, other), self.k(1, 1 - l, 1 - other)));
        }
        let pairs: Vec<(&Block, Factor<'_>)> = pairs.iter().map(|(a, b)| (a, (b, N))).collect();
        let cycles = self.dot(&pairs);
        let products = [
            ((&tau[1], N), (&p[0], N)),
            ((&tau[0], N), (&p[1], N)),
            ((&g[0][0], N), (&g[1][1], N)),
            ((&g[0][1], N), (&g[1][0], N)),
        ];
        self.sum((1, 1), &products, &[(None, (&cycles, N))])
    }

    /// What has been computed for the positions of a mask, or is computed now.
    pub(super) fn memo(
        &mut self,
        kind: Kind,
        mask: u8,
        [i, j, k]: [usize; 3],
        make: fn(&mut Pair<'a>, [usize; 3]) -> Block,
    ) -> Block {
        // With tied queries, s is u.
        let (here, there) = if self.spec.tied { (S | U, S | U) } else { (U, S) };
        let on_u = mask & here != 0;
        let everything = on_u && mask & there != 0 && mask & KEY != 0 && mask & V != 0;
        let memory = if everything { 2 } else { usize::from(on_u) };
        let mut key = kind as u64;
        for index in [i, j, k] {
            key = key << 3 | index as u64;
        }
        for (bit, &position) in self.at.iter().enumerate() {
            key = key << 12 | if mask >> bit & 1 == 1 { position as u64 & 0xfff } else { 0 };
        }
        if let Some(known) = self.memory[memory].get(&key) {
            return known.clone();
        }
        let made = make(self, [i, j, k]);
        self.memory[memory].insert(key, made.clone());
        made
    }

    pub(super) fn sum(
        &self,
        shape: (usize, usize),
        products: &[(Factor<'_>, Factor<'_>)],
        scaled: &[(Option<&Block>, Factor<'_>)],
    ) -> Block {
        let products: Vec<(Factor<'_>, Factor<'_>)> = (products.iter())
            .filter(|(left, right)| !left.0.is_zero() && !right.0.is_zero())
            .copied()
            .collect();
        let scaled: Vec<(Option<&Block>, Factor<'_>)> = (scaled.iter())
            .filter(|(by, block)| !by.is_some_and(Block::is_zero) && !block.0.is_zero())
            .copied()
            .collect();
        match (&products[..], &scaled[..]) {
            ([], []) => Block::zero(shape.0, shape.1),
            ([], [(None, (block, N))]) => (*block).clone(),
            _ => self.machine.sum(shape, &products, &scaled),
        }
    }

    pub(super) fn dot(&self, pairs: &[(&Block, Factor<'_>)]) -> Block {
        let pairs: Vec<(&Block, Factor<'_>)> =
            pairs.iter().filter(|(left, right)| !left.is_zero() && !right.0.is_zero()).copied().collect();
        if pairs.is_empty() { Block::zero(1, 1) } else { self.machine.dot(&pairs) }
    }

    fn add_scaled(&self, total: &Block, by: Option<&Block>, block: &Block) -> Block {
        self.sum((total.rows, total.columns), &[], &[(None, (total, N)), (by, (block, N))])
    }

    /// The sum of products of blocks that are kept nowhere else.
    fn products(&self, shape: (usize, usize), terms: &[(Owned, Owned)]) -> Block {
        self.products_and(shape, terms, None)
    }

    fn products_and(
        &self,
        shape: (usize, usize),
        terms: &[(Owned, Owned)],
        scaled: Option<(&Block, &Block)>,
    ) -> Block {
        let products: Vec<(Factor<'_>, Factor<'_>)> =
            terms.iter().map(|(left, right)| ((&left.0, left.1), (&right.0, right.1))).collect();
        let scaled: Vec<(Option<&Block>, Factor<'_>)> =
            scaled.iter().map(|&(by, block)| (Some(by), (block, N))).collect();
        self.sum(shape, &products, &scaled)
    }
}

/// What is given.
impl<'a> Pair<'a> {
    fn side(&self, side: usize) -> &'a Side {
        &self.spec.sides[side]
    }

    /// The weight of a key, `None` for one.
    fn weight(&self, side: usize, query: usize, key: usize) -> Option<Block> {
        let of = self.side(side);
        let operand = of.weights?;
        let start = |pair: &(usize, usize)| (of_pair(*pair, side) * of.queries + query) * of.keys + key;
        let starts: Vec<usize> = self.pairs.iter().map(start).collect();
        Some(self.machine.read(&Place { operand, starts: &starts, rows: &[0], columns: &[0] }))
    }

    /// Writes the covariance of two outputs, and its transpose where the sides are the same.
    fn write(&self, sum: &Block, s: usize, u: usize) {
        if sum.is_zero() {
            return;
        }
        let spec = self.spec;
        let [left, right] = &spec.sides;
        let (m, n) = (left.length(VALUE), right.length(VALUE));
        let behind = right.heads * n * if spec.tied { 1 } else { right.queries };
        let at = |s: usize, head: usize, u: usize, other: usize| {
            let query = if spec.tied { 0 } else { u };
            (s * left.heads + head) * m * behind + (query * right.heads + other) * n
        };
        let starts: Vec<usize> = self.pairs.iter().map(|&(head, other)| at(s, head, u, other)).collect();
        let rows: Vec<usize> = (0..m).map(|i| i * behind).collect();
        let columns: Vec<usize> = (0..n).collect();
        self.machine.write(sum, &Place { operand: 0, starts: &starts, rows: &rows, columns: &columns });
        if spec.same && !(self.alone && s == u) {
            let starts: Vec<usize> = self.pairs.iter().map(|&(head, other)| at(u, other, s, head)).collect();
            self.machine.write(sum, &Place { operand: 0, starts: &starts, rows: &columns, columns: &rows });
        }
    }

    /// The covariance of two operands of both sides.
    pub(super) fn cross(&mut self, i: usize, j: usize) -> Block {
        let (p, r) = (self.at[usize::from(!is_query(i))], self.at[2 + usize::from(!is_query(j))]);
        if !is_there(self.spec.cross[i][j], p == r) {
            return Block::zero(self.side(0).length(i), self.side(1).length(j));
        }
        let mask = of_left(usize::from(!is_query(i))) | of_right(usize::from(!is_query(j)));
        self.memo(Kind::Cross, mask, [i, j, 0], |pair, [i, j, _]| {
            let (p, r) = (pair.at[usize::from(!is_query(i))], pair.at[2 + usize::from(!is_query(j))]);
            pair.moment(pair.spec.cross[i][j], (0, i, p), (1, j, r))
        })
    }

    /// The covariance of two operands of one side.
    fn within(&mut self, side: usize, i: usize, j: usize) -> Block {
        let of = self.side(side);
        let (p, r) = (usize::from(!is_query(i)), usize::from(!is_query(j)));
        let at = |pair: &Pair<'a>, leg: usize| pair.at[2 * side + leg];
        if !is_there(of.within[i][j], at(self, p) == at(self, r)) {
            return Block::zero(of.length(i), of.length(j));
        }
        let bit = if side == 0 { of_left } else { of_right };
        let kind = if side == 0 { Kind::WithinLeft } else { Kind::WithinRight };
        self.memo(kind, bit(p) | bit(r), [side, i, j], |pair, [side, i, j]| {
            let at = |operand: usize| pair.at[2 * side + usize::from(!is_query(operand))];
            pair.moment(pair.side(side).within[i][j], (side, i, at(i)), (side, j, at(j)))
        })
    }

    /// Covariances of two operands, each given with its side and position.
    fn moment(
        &self,
        moment: Option<Moment>,
        (first_side, i, p): (usize, usize, usize),
        (second_side, j, r): (usize, usize, usize),
    ) -> Block {
        let (first, second) = (self.side(first_side), self.side(second_side));
        let Some(Moment { operand, exchanged, form }) = moment else {
            return Block::zero(first.length(i), second.length(j));
        };
        let (one, other) = match form {
            Form::Whole => (&first.layouts[i], &second.layouts[j]),
            Form::Each | Form::Same => (&first.apart[i], &second.apart[j]),
        };
        // What comes first is as far apart as what follows is long.
        let (apart, behind) = if exchanged { (1, one.size) } else { (other.size, 1) };
        let start = |pair: &(usize, usize)| {
            let (head, second_head) = (of_pair(*pair, first_side), of_pair(*pair, second_side));
            match form {
                Form::Whole => first.start(i, head, p) * apart + second.start(j, second_head, r) * behind,
                Form::Each | Form::Same => {
                    let position = if form == Form::Each { p * one.size * other.size } else { 0 };
                    position + one.outer[head] * apart + other.outer[second_head] * behind
                }
            }
        };
        let starts: Vec<usize> = self.pairs.iter().map(start).collect();
        let rows: Vec<usize> = one.inner.iter().map(|place| place * apart).collect();
        let columns: Vec<usize> = other.inner.iter().map(|place| place * behind).collect();
        self.machine.read(&Place { operand, starts: &starts, rows: &rows, columns: &columns })
    }

    /// The mean of an operand, as a column.
    pub(super) fn mean(&mut self, side: usize, i: usize) -> Block {
        let of = self.side(side);
        if of.means[i].is_none() {
            return Block::zero(of.length(i), 1);
        }
        let bit = if side == 0 { of_left } else { of_right };
        let kind = if side == 0 { Kind::MeanLeft } else { Kind::MeanRight };
        self.memo(kind, bit(usize::from(!is_query(i))), [side, i, 0], |pair, [side, i, _]| {
            let of = pair.side(side);
            let at = pair.at[2 * side + usize::from(!is_query(i))];
            let Some(operand) = of.means[i] else { return Block::zero(of.length(i), 1) };
            let starts: Vec<usize> =
                pair.pairs.iter().map(|of_both| of.start(i, of_pair(*of_both, side), at)).collect();
            pair.machine.read(&Place { operand, starts: &starts, rows: &of.layouts[i].inner, columns: &[0] })
        })
    }

    pub(super) fn m(&mut self, a: usize, l: usize, b: usize, r: usize) -> Block {
        self.cross(2 * a + l, 2 * b + r)
    }

    pub(super) fn x(&mut self, b: usize, r: usize) -> Block {
        self.cross(VALUE, 2 * b + r)
    }

    pub(super) fn z(&mut self, a: usize, l: usize) -> Block {
        self.cross(2 * a + l, VALUE)
    }

    pub(super) fn u(&mut self, a: usize, l: usize) -> Block {
        self.within(0, VALUE, 2 * a + l)
    }

    pub(super) fn ur(&mut self, b: usize, r: usize) -> Block {
        self.within(1, 2 * b + r, VALUE)
    }
}

/// What is within one side.
impl<'a> Pair<'a> {
    /// The block of `B` between leg `l` of the first vertex and leg `other` of the second: the second moment
    /// of the two operands that these leave.
    pub(super) fn off(&mut self, side: usize, l: usize, other: usize) -> Block {
        let bit = if side == 0 { of_left } else { of_right };
        let kind = if side == 0 { Kind::OffLeft } else { Kind::OffRight };
        self.memo(kind, bit(1 - l) | bit(1 - other), [side, l, other], |pair, [side, l, other]| {
            let (i, j) = (1 - l, 3 - other);
            let covariance = pair.within(side, i, j);
            let (first, second) = (pair.mean(side, i), pair.mean(side, j));
            let shape = (covariance.rows, covariance.columns);
            pair.sum(shape, &[((&first, N), (&second, T))], &[(None, (&covariance, N))])
        })
    }

    /// `E (q . k)` of a vertex.
    pub(super) fn tau(&mut self, side: usize, a: usize) -> Block {
        let bit = if side == 0 { of_left } else { of_right };
        let kind = if side == 0 { Kind::TauLeft } else { Kind::TauRight };
        self.memo(kind, bit(0) | bit(1), [side, a, 0], |pair, [side, a, _]| {
            let covariance = pair.within(side, 2 * a, 2 * a + 1);
            let (q, k) = (pair.mean(side, 2 * a), pair.mean(side, 2 * a + 1));
            let means = pair.dot(&[(&q, (&k, N))]);
            if covariance.is_zero() {
                return means;
            }
            let trace = pair.machine.trace(&covariance);
            pair.add_scaled(&means, None, &trace)
        })
    }

    /// `E dF` by a leg: the other score times the partner of the leg.
    pub(super) fn gradient(&mut self, side: usize, a: usize, l: usize) -> Block {
        let bit = if side == 0 { of_left } else { of_right };
        let kind = if side == 0 { Kind::GradientLeft } else { Kind::GradientRight };
        self.memo(kind, bit(0) | bit(1), [side, a, l], |pair, [side, a, l]| {
            let (partner, q) = (2 * a + 1 - l, 2 * (1 - a));
            let (tau, mean) = (pair.tau(side, 1 - a), pair.mean(side, partner));
            let terms = [
                ((pair.within(side, partner, q), N), (pair.mean(side, q + 1), N)),
                ((pair.within(side, partner, q + 1), N), (pair.mean(side, q), N)),
            ];
            pair.products_and((mean.rows, 1), &terms, Some((&tau, &mean)))
        })
    }
}

/// What connects both sides.
impl<'a> Pair<'a> {
    fn g(&mut self, a: usize, b: usize) -> Block {
        self.memo(Kind::G, S | KEY | U | V, [a, b, 0], |pair, [a, b, _]| {
            let (qq, kk) = (pair.m(a, 0, b, 0), pair.m(a, 1, b, 1));
            let (qk, kq) = (pair.m(a, 0, b, 1), pair.m(a, 1, b, 0));
            pair.dot(&[(&qq, (&kk, N)), (&qk, (&kq, N))])
        })
    }

    fn k(&mut self, a: usize, r: usize, other: usize) -> Block {
        self.memo(Kind::K, S | KEY | of_right(r) | of_right(other), [a, r, other], |pair, [a, r, other]| {
            let shape = (pair.side(1).length(r), pair.side(1).length(2 + other));
            let terms: [_; 2] = from_fn(|l| ((pair.m(a, l, 0, r), T), (pair.m(a, 1 - l, 1, other), N)));
            pair.products(shape, &terms)
        })
    }

    /// The block of `K^a` whose rows are leg `r` of vertex `b`.
    fn k_of(&mut self, a: usize, b: usize, r: usize, other: usize) -> (Block, bool) {
        if b == 0 { (self.k(a, r, other), N) } else { (self.k(a, other, r), T) }
    }

    fn y(&mut self, a: usize, b: usize, r: usize) -> Block {
        self.memo(Kind::Y, S | KEY | V | of_right(r), [a, b, r], |pair, [a, b, r]| {
            let shape = (pair.side(1).length(2 * b + r), pair.side(1).length(VALUE));
            let terms: [_; 2] = from_fn(|l| ((pair.m(a, l, b, r), T), (pair.z(a, 1 - l), N)));
            pair.products(shape, &terms)
        })
    }

    fn r(&mut self, a: usize, b: usize, r: usize) -> Block {
        self.memo(Kind::R, S | KEY | of_right(r), [a, b, r], |pair, [a, b, r]| {
            let shape = (pair.side(0).length(VALUE), pair.side(1).length(2 * b + r));
            let terms: [_; 2] = from_fn(|l| ((pair.u(a, 1 - l), N), (pair.m(a, l, b, r), N)));
            pair.products(shape, &terms)
        })
    }

    /// `B` times a column of blocks, given by vertex and leg.
    fn b_times(&mut self, a: usize, l: usize, column: &[[Block; 2]; 2]) -> Block {
        let (e, tau) = (1 - a, self.tau(0, 1 - a));
        let terms: [_; 2] = from_fn(|other| {
            let off = if a == 0 { (self.off(0, l, other), N) } else { (self.off(0, other, l), T) };
            (off, (column[e][other].clone(), N))
        });
        let shape = (self.side(0).length(2 * a + l), column[0][0].columns);
        self.products_and(shape, &terms, Some((&tau, &column[a][1 - l])))
    }

    /// A row of blocks times `B'`.
    fn times_b(&mut self, b: usize, r: usize, row: &[[Block; 2]; 2]) -> Block {
        let (c, tau) = (1 - b, self.tau(1, 1 - b));
        let terms: [_; 2] = from_fn(|other| {
            let off = if b == 0 { (self.off(1, r, other), T) } else { (self.off(1, other, r), N) };
            ((row[c][other].clone(), N), off)
        });
        let shape = (row[0][0].rows, self.side(1).length(2 * b + r));
        self.products_and(shape, &terms, Some((&tau, &row[b][1 - r])))
    }

    fn bm(&mut self, a: usize, l: usize, b: usize, r: usize) -> Block {
        let index = [2 * a + l, b, r];
        self.memo(Kind::BM, S | KEY | of_right(r), index, |pair, [leg, b, r]| {
            let column = from_fn(|a| from_fn(|l| pair.m(a, l, b, r)));
            pair.b_times(leg / 2, leg % 2, &column)
        })
    }

    fn bz(&mut self, a: usize, l: usize) -> Block {
        self.memo(Kind::BZ, S | KEY | V, [a, l, 0], |pair, [a, l, _]| {
            let column = from_fn(|a| from_fn(|l| pair.z(a, l)));
            pair.b_times(a, l, &column)
        })
    }

    /// `M B'` in the rows of the first vertex.
    fn mb(&mut self, l: usize, b: usize, r: usize) -> Block {
        self.memo(Kind::MB, of_left(l) | U | V, [l, b, r], |pair, [l, b, r]| {
            let row = from_fn(|b| from_fn(|r| pair.m(0, l, b, r)));
            pair.times_b(b, r, &row)
        })
    }

    fn xb(&mut self, b: usize, r: usize) -> Block {
        self.memo(Kind::XB, KEY | U | V, [b, r, 0], |pair, [b, r, _]| {
            let row = from_fn(|b| from_fn(|r| pair.x(b, r)));
            pair.times_b(b, r, &row)
        })
    }

    fn m1(&mut self, l: usize, other: usize) -> Block {
        let mask = of_left(l) | of_left(other) | U | V;
        self.memo(Kind::M1, mask, [l, other, 0], |pair, [l, other, _]| {
            let shape = (pair.side(0).length(l), pair.side(0).length(2 + other));
            let terms: [_; 4] = from_fn(|leg| {
                let (b, r) = (leg / 2, leg % 2);
                ((pair.mb(l, b, r), N), (pair.m(1, other, b, r), T))
            });
            pair.products(shape, &terms)
        })
    }

    fn m1_of(&mut self, a: usize, l: usize, other: usize) -> (Block, bool) {
        if a == 0 { (self.m1(l, other), N) } else { (self.m1(other, l), T) }
    }

    fn m2(&mut self, r: usize, other: usize) -> Block {
        let mask = of_right(r) | of_right(other) | S | KEY;
        self.memo(Kind::M2, mask, [r, other, 0], |pair, [r, other, _]| {
            let shape = (pair.side(1).length(r), pair.side(1).length(2 + other));
            let terms: [_; 4] = from_fn(|leg| {
                let (a, l) = (leg / 2, leg % 2);
                ((pair.m(a, l, 0, r), T), (pair.bm(a, l, 1, other), N))
            });
            pair.products(shape, &terms)
        })
    }

    fn m2_of(&mut self, b: usize, r: usize, other: usize) -> (Block, bool) {
        if b == 0 { (self.m2(r, other), N) } else { (self.m2(other, r), T) }
    }

    fn p(&mut self, a: usize) -> Block {
        self.memo(Kind::P, S | KEY | U | V, [a, 0, 0], |pair, [a, ..]| {
            let tau = [pair.tau(1, 0), pair.tau(1, 1)];
            let g = [pair.g(a, 0), pair.g(a, 1)];
            let legs: [_; 4] = from_fn(|leg| (pair.off(1, leg / 2, leg % 2), pair.k(a, leg / 2, leg % 2)));
            let pairs = legs.each_ref().map(|(off, k)| (off, (k, N)));
            let dot = pair.dot(&pairs);
            let products = [((&tau[1], N), (&g[0], N)), ((&tau[0], N), (&g[1], N))];
            pair.sum((1, 1), &products, &[(None, (&dot, N))])
        })
    }

    fn q(&mut self, b: usize) -> Block {
        self.memo(Kind::Q, S | KEY | U | V, [b, 0, 0], |pair, [b, ..]| {
            let legs: [_; 4] = from_fn(|leg| {
                let (a, l) = (leg / 2, leg % 2);
                (pair.bm(a, l, b, 0), pair.m(a, l, b, 1))
            });
            let pairs = legs.each_ref().map(|(left, right)| (left, (right, N)));
            pair.dot(&pairs)
        })
    }

    fn chain(&mut self, b: usize, r: usize) -> Block {
        self.memo(Kind::Chain, S | KEY | V | of_right(r), [b, r, 0], |pair, [b, r, _]| {
            let shape = (pair.side(1).length(2 * b + r), pair.side(1).length(VALUE));
            let terms: [_; 4] = from_fn(|leg| {
                let (a, l) = (leg / 2, leg % 2);
                ((pair.m(a, l, b, r), T), (pair.bz(a, l), N))
            });
            pair.products(shape, &terms)
        })
    }
}
