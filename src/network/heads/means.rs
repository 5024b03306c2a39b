//! What the means of operands add to the covariance of two heads.
//!
//! An operand that stands alone contributes its mean. A path that ends in a mean is a vector, so what means
//! add are outer products of vectors, and numbers that multiply the paths of the kernel. With `l_a = Q_a mu`
//! of a vertex and `L = E dF`:
//!
//! ```text
//! g_ab += l_a M l'_b      p_a += l_a M L'      q_b += L M l'_b
//! w += L M L' + sum_ab (l_e M l'_c) g_ab + l_e M Q'_b M^T Q_a M l'_c
//! ```
//!
//! and the gradients of `E F F'`, by the number of pairs across, are the ends of the vectors.

use std::array::from_fn;

use super::VALUE;
use super::kernel::{N, Pair, T};
use super::machine::{Block, Factor};

/// A vector over the legs of a side, by vertex and leg.
type Legs = [[Block; 2]; 2];

/// Both vertices of both sides.
const PAIRS: [(usize, usize); 4] = [(0, 0), (0, 1), (1, 0), (1, 1)];

/// The numbers of the kernel with means, and the outer products.
pub(super) struct WithMeans {
    pub(super) g: [[Block; 2]; 2],
    pub(super) p: [Block; 2],
    pub(super) q: [Block; 2],
    pub(super) w: Block,
    pub(super) products: Block,
}

impl Pair<'_> {
    /// The numbers without means are given.
    pub(super) fn means(
        &mut self,
        g: &[[Block; 2]; 2],
        p: &[Block; 2],
        q: &[Block; 2],
        w: &Block,
    ) -> WithMeans {
        let gradients: [Legs; 2] = from_fn(|side| from_fn(|a| from_fn(|l| self.gradient(side, a, l))));
        let small: [Legs; 2] = from_fn(|side| from_fn(|a| from_fn(|l| self.mean(side, 2 * a + 1 - l))));
        let values: [Block; 2] = from_fn(|side| self.mean(side, VALUE));
        let m = from_fn(|a| from_fn(|l| from_fn(|b| from_fn(|r| self.m(a, l, b, r)))));
        let off = from_fn(|side| from_fn(|l| from_fn(|other| self.off(side, l, other))));
        let tau = from_fn(|side| from_fn(|a| self.tau(side, a)));
        let ends = [
            from_fn(|a| from_fn(|l| (self.u(a, l), self.z(a, l)))),
            from_fn(|b| from_fn(|r| (self.ur(b, r), self.x(b, r)))),
        ];
        let across = Across { pair: self, m, off, tau, ends };
        let [l, lr] = &small;
        let [big, big_r] = &gradients;

        // M L', M^T L; M l'_b, M^T l_a; M Q'_b M^T l_a, M^T Q_a M l'_b.
        let (ml, mtl) = (across.map(0, big_r), across.map(1, big));
        let near: [Legs; 2] = from_fn(|b| across.through(0, b, &lr[b]));
        let near_r: [Legs; 2] = from_fn(|a| across.through(1, a, &l[a]));
        let far: [[Legs; 2]; 2] = from_fn(|a| from_fn(|b| across.through(0, b, &exchanged(&near_r[a][b]))));
        let far_r: [[Legs; 2]; 2] = from_fn(|b| from_fn(|a| across.through(1, a, &exchanged(&near[b][a]))));

        let lambda: [[Block; 2]; 2] = from_fn(|a| from_fn(|b| across.dot(&l[a], &near[b][a])));
        let mut high = w.clone();
        for (a, b) in PAIRS {
            let (e, c) = (1 - a, 1 - b);
            let path = across.through(0, b, &exchanged(&far_r[c][a][b]));
            let path = across.dot(&l[e], &path[e]);
            high = across.pair.sum(
                (1, 1),
                &[((&lambda[e][c], N), (&g[a][b], N))],
                &[(None, (&high, N)), (None, (&path, N))],
            );
        }
        let linear = across.plus(&across.dot(&big[0], &ml[0]), &across.dot(&big[1], &ml[1]));

        // The gradients of E F F' by the operands of each side: with one pair across, and with more.
        let transposed = from_fn(|b| from_fn(|a| g[a][b].clone()));
        let one = [across.b_times(0, &ml), across.b_times(1, &mtl)];
        let more = [
            across.gradient(0, p, g, [&near, &near_r], &far_r, l),
            across.gradient(1, q, &transposed, [&near_r, &near], &far, lr),
        ];
        let all: [Legs; 2] = from_fn(|side| across.add(&[&one[side], &more[side]]));

        // Columns on the side of v and on that of v'.
        let mut outer: Vec<(Block, Block)> = Vec::with_capacity(40);
        outer.push((across.scaled(&high, &values[0]), values[1].clone()));
        outer.push((values[0].clone(), across.plus(&across.inner(1, &more[1]), &across.outer(0, &all[0]))));
        outer.push((across.plus(&across.inner(0, &more[0]), &across.outer(1, &all[1])), values[1].clone()));
        outer.push((across.outer(1, big_r), across.outer(0, big)));
        for a in 0..2 {
            let e = 1 - a;
            let (x, y) = (across.only(0, a, exchanged(&ml[a])), across.only(0, e, l[e].clone()));
            outer.push((across.inner(0, &x), across.outer(0, &y)));
            outer.push((across.inner(0, &y), across.outer(0, &x)));
            let (x, y) = (across.only(1, a, exchanged(&mtl[a])), across.only(1, e, lr[e].clone()));
            outer.push((across.outer(1, &x), across.inner(1, &y)));
            outer.push((across.outer(1, &y), across.inner(1, &x)));
        }
        for (a, b) in PAIRS {
            let (e, c) = (1 - a, 1 - b);
            let (la, lb) = (across.only(0, e, l[e].clone()), across.only(1, c, lr[c].clone()));
            let first = across.only(0, a, exchanged(&near[c][a]));
            let first_r = across.only(1, b, exchanged(&near_r[e][b]));
            let second = across.only(0, a, exchanged(&far[e][b][a]));
            let scaled = across.only(0, e, from_fn(|leg| across.scaled(&g[a][b], &l[e][leg])));
            let second = across.add(&[&second, &scaled]);
            let second_r = across.only(1, b, exchanged(&far_r[c][a][b]));
            for (left, right) in [(&first, &first_r), (&second, &lb), (&la, &second_r)] {
                outer.push((across.inner(0, left), across.inner(1, right)));
                outer.push((across.outer(1, right), across.outer(0, left)));
            }
        }
        let products: Vec<(Factor<'_>, Factor<'_>)> =
            outer.iter().map(|(left, right)| ((left, N), (right, T))).collect();
        WithMeans {
            g: from_fn(|a| from_fn(|b| across.plus(&g[a][b], &lambda[a][b]))),
            p: from_fn(|a| across.plus(&p[a], &across.dot(&l[a], &ml[a]))),
            q: from_fn(|b| across.plus(&q[b], &across.dot(&lr[b], &mtl[b]))),
            w: across.plus(&high, &linear),
            products: across.pair.sum((values[0].rows, values[1].rows), &products, &[]),
        }
    }
}

/// The legs of a vertex exchanged.
fn exchanged(legs: &[Block; 2]) -> [Block; 2] {
    [legs[1].clone(), legs[0].clone()]
}

/// The matrices that vectors are multiplied with.
struct Across<'p, 'a> {
    pair: &'p Pair<'a>,
    /// By vertex and leg of the first side, and of the second.
    m: [[[[Block; 2]; 2]; 2]; 2],
    /// By side: `B` between both vertices.
    off: [[[Block; 2]; 2]; 2],
    tau: [[Block; 2]; 2],
    /// By side, vertex and leg: what a value within the side, and one of the other, has to do with the leg.
    ends: [[[(Block, Block); 2]; 2]; 2],
}

impl Across<'_, '_> {
    /// The number of entries of a leg.
    fn length(&self, side: usize, vertex: usize, leg: usize) -> usize {
        self.pair.spec.sides[side].length(2 * vertex + leg)
    }

    /// A vector over the legs of a side that comes from a vertex of the other.
    fn through(&self, side: usize, from: usize, legs: &[Block; 2]) -> Legs {
        from_fn(|to| {
            from_fn(|leg| {
                let terms: [(Factor<'_>, Factor<'_>); 2] = from_fn(|other| match side {
                    0 => ((&self.m[to][leg][from][other], N), (&legs[other], N)),
                    _ => ((&self.m[from][other][to][leg], T), (&legs[other], N)),
                });
                self.pair.sum((self.length(side, to, leg), 1), &terms, &[])
            })
        })
    }

    /// The same from both vertices.
    fn map(&self, side: usize, legs: &Legs) -> Legs {
        self.add(&[&self.through(side, 0, &legs[0]), &self.through(side, 1, &legs[1])])
    }

    /// `B` times a vector.
    fn b_times(&self, side: usize, legs: &Legs) -> Legs {
        from_fn(|a| {
            from_fn(|l| {
                let off = &self.off[side];
                let terms: [(Factor<'_>, Factor<'_>); 2] = from_fn(|other| match a {
                    0 => ((&off[l][other], N), (&legs[1][other], N)),
                    _ => ((&off[other][l], T), (&legs[0][other], N)),
                });
                let own = (Some(&self.tau[side][1 - a]), (&legs[a][1 - l], N));
                self.pair.sum((self.length(side, a, l), 1), &terms, &[own])
            })
        })
    }

    /// The gradient of `E F F'` by the operands of a side, with more than one pair across. `near` are the
    /// vectors one covariance away from the means of the other side, and of this one; `far` are on the other
    /// side, two away.
    fn gradient(
        &self,
        side: usize,
        numbers: &[Block; 2],
        g: &[[Block; 2]; 2],
        [near, near_other]: [&[Legs; 2]; 2],
        far: &[[Legs; 2]; 2],
        small: &Legs,
    ) -> Legs {
        from_fn(|a| {
            let e = 1 - a;
            let around = self.map(side, &self.b_times(1 - side, &near_other[e]));
            let paths: [Legs; 2] = from_fn(|b| self.through(side, b, &exchanged(&far[1 - b][e][b])));
            from_fn(|l| {
                // Vertex e stands alone, or the path leaves vertex a by the other leg.
                let other = 1 - l;
                self.pair.sum(
                    (self.length(side, a, l), 1),
                    &[],
                    &[
                        (Some(&numbers[e]), (&small[a][l], N)),
                        (None, (&around[a][other], N)),
                        (Some(&g[e][0]), (&near[1][a][other], N)),
                        (Some(&g[e][1]), (&near[0][a][other], N)),
                        (None, (&paths[0][a][other], N)),
                        (None, (&paths[1][a][other], N)),
                    ],
                )
            })
        })
    }

    /// The end of a vector in the value of its own side.
    fn inner(&self, side: usize, legs: &Legs) -> Block {
        let terms: [(Factor<'_>, Factor<'_>); 4] = from_fn(|at| {
            let (vertex, leg) = (at / 2, at % 2);
            ((&self.ends[side][vertex][leg].0, side == 1), (&legs[vertex][leg], N))
        });
        self.pair.sum((self.value(side), 1), &terms, &[])
    }

    /// The end of a vector in the value of the other side.
    fn outer(&self, side: usize, legs: &Legs) -> Block {
        let terms: [(Factor<'_>, Factor<'_>); 4] = from_fn(|at| {
            let (vertex, leg) = (at / 2, at % 2);
            ((&self.ends[side][vertex][leg].1, side == 0), (&legs[vertex][leg], N))
        });
        self.pair.sum((self.value(1 - side), 1), &terms, &[])
    }

    fn value(&self, side: usize) -> usize {
        self.pair.spec.sides[side].length(VALUE)
    }

    /// A vector that is zero outside a vertex.
    fn only(&self, side: usize, vertex: usize, legs: [Block; 2]) -> Legs {
        let zero = from_fn(|leg| Block::zero(self.length(side, 1 - vertex, leg), 1));
        if vertex == 0 { [legs, zero] } else { [zero, legs] }
    }

    fn add(&self, vectors: &[&Legs]) -> Legs {
        from_fn(|a| {
            from_fn(|l| {
                let terms: Vec<(Option<&Block>, Factor<'_>)> =
                    vectors.iter().map(|vector| (None, (&vector[a][l], N))).collect();
                self.pair.sum((vectors[0][a][l].rows, 1), &[], &terms)
            })
        })
    }

    fn dot(&self, left: &[Block; 2], right: &[Block; 2]) -> Block {
        self.pair.dot(&[(&left[0], (&right[0], N)), (&left[1], (&right[1], N))])
    }

    fn plus(&self, one: &Block, other: &Block) -> Block {
        self.pair.sum((one.rows, one.columns), &[], &[(None, (one, N)), (None, (other, N))])
    }

    fn scaled(&self, by: &Block, block: &Block) -> Block {
        self.pair.sum((block.rows, block.columns), &[], &[(Some(by), (block, N))])
    }
}
