//! The covariance of two heads of bilinear attention, or of any two products of the same form, whose operands
//! are jointly Gaussian.
//!
//! A head is `z_s = sum_t w_st (q1_s . k1_t) (q2_s . k2_t) v_t`. By Isserlis' theorem `Cov(z_s, z'_u)` is a
//! sum over the partitions of ten operands into pairs and singletons: 945 without means. Grouped by the
//! number `k` of pairs across, it is `sum_k 1/k! <E d^k z, C^(x)k E d^k z'>`, with the derivatives `d^k` by
//! the operands and their covariances `C`. The part with one pair across is a product of two expectations,
//! which a contraction computes. [`HeadCovariance`] stands for the rest, which `kernel` computes as sums over
//! paths and cycles: the operands of a score are the two ends of an edge, so that every partition is a path
//! from `v` to `v'` and some cycles, and what partitions have in common is computed once.
//!
//! It is one operation of a [`Network`](super::Network), because as contractions it would be some hundred
//! thousand nodes. The kernel only adds and multiplies matrices, so it runs over any arithmetic: the
//! evaluator gives it a [`Machine`](machine::Machine).

pub(super) mod kernel;
pub(super) mod machine;
mod means;

/// The operands of a head: two scores, and the value.
pub const OPERANDS: usize = 5;
/// Where the value is among the operands `q1, k1, q2, k2, v`.
pub(super) const VALUE: usize = 4;

/// The part of the covariance of two heads that has at least two pairs across.
///
/// Its result has the shape `[queries, heads, value, queries', heads', value']`, or without `queries'` if
/// only equal query positions are [wanted](HeadCovariance::tied).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HeadCovariance {
    /// The two heads.
    pub sides: [Side; 2],
    /// Whether both are the same.
    pub same: bool,
    /// Whether only the covariances of outputs at the same query position are wanted.
    pub tied: bool,
    /// The covariances of the operands of the first with those of the second; `None` for zero.
    pub cross: [[Option<Moment>; OPERANDS]; OPERANDS],
    /// Whether operands of both at different positions are independent.
    pub aligned: bool,
}

/// One of the two heads, or all heads of a layer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Side {
    /// Copies side by side, which share nothing: heads, and sequences.
    pub heads: usize,
    /// Positions of queries.
    pub queries: usize,
    /// Positions of keys and values.
    pub keys: usize,
    /// Where the entries of `q1`, `k1`, `q2`, `k2` and `v` are.
    pub layouts: [Layout; OPERANDS],
    /// The same at one position: the axis of positions is left out.
    pub apart: [Layout; OPERANDS],
    /// The means of the operands; `None` for zero.
    pub means: [Option<usize>; OPERANDS],
    /// The covariances of its own operands.
    pub within: [[Option<Moment>; OPERANDS]; OPERANDS],
    /// Which keys count for a query: `seen[query * keys + key]`.
    pub seen: Vec<bool>,
    /// How much they count, with shape `[heads, queries, keys]`; `None` for one.
    pub weights: Option<usize>,
}

/// A tensor of covariances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Moment {
    /// Which operand of the node it is.
    pub operand: usize,
    /// Whether its first axes are those of the second tensor, not of the first.
    pub exchanged: bool,
    /// Which covariances it has.
    pub form: Form,
}

/// Which covariances of two operands a tensor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// All.
    Whole,
    /// Those at equal positions, which are the first axis. The others are zero.
    Each,
    /// Those at one position, which are the same at all.
    Same,
}

/// Where the entries of an operand of a head are in its tensor, row-major: the entry `i` of a head at a
/// position is at `outer[head * positions + position] + inner[i]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Layout {
    /// Where the entries of a head at a position begin.
    pub outer: Vec<usize>,
    /// Where they are from there.
    pub inner: Vec<usize>,
    /// The number of entries of the tensor.
    pub size: usize,
}

impl HeadCovariance {
    /// The shape of the result.
    pub fn shape(&self) -> Vec<usize> {
        let [left, right] = &self.sides;
        let mut axes = vec![left.queries, left.heads, left.length(VALUE)];
        if !self.tied {
            axes.push(right.queries);
        }
        axes.extend([right.heads, right.length(VALUE)]);
        axes
    }

    /// About how many products of two matrices it takes, each of [`HeadCovariance::multiplications_each`].
    pub fn products(&self) -> f64 {
        let [left, right] = &self.sides;
        let per_query = |side: &Side| {
            let rows = side.seen.chunks(side.keys.max(1));
            rows.map(|row| row.iter().filter(|seen| **seen).count() as f64).collect::<Vec<f64>>()
        };
        let (rows, columns) = (per_query(left), per_query(right));
        let (seen, seen_right) = (rows.iter().sum::<f64>(), columns.iter().sum::<f64>());
        let n = left.queries as f64;
        let each = match (self.aligned, self.tied) {
            (true, true) => 190.0 * n + 50.0 * (seen - n).max(0.0),
            (true, false) => 230.0 * n + 122.0 * (seen - n).max(0.0) + 2.0 * n * seen,
            (false, true) => 160.0 * rows.iter().zip(&columns).map(|(a, b)| a * b).sum::<f64>() + 40.0 * seen,
            (false, false) => 98.0 * seen * seen_right + 130.0 * n * seen.max(seen_right),
        };
        let pairs = left.heads as f64 * right.heads as f64;
        let half = if self.same { 0.6 } else { 1.0 };
        // Outer products of vectors, where there are means.
        let means = if self.has_means() { 2.0 } else { 1.0 };
        each * pairs * half * means
    }

    /// The multiplications of a product of two matrices.
    pub fn multiplications_each(&self) -> f64 {
        let most = |side: &Side| side.layouts.iter().map(|layout| layout.inner.len()).max().unwrap_or(0);
        let (left, right) = (most(&self.sides[0]), most(&self.sides[1]));
        (left as f64) * (right as f64) * (left.min(right) as f64)
    }

    /// About how many numbers are kept while it is computed.
    pub(super) fn memory(&self) -> f64 {
        let pairs = self.sides[0].heads.saturating_mul(self.sides[1].heads);
        self.memory_of_pair() * self.together().min(pairs) as f64
    }

    /// The same of one pair of heads.
    fn memory_of_pair(&self) -> f64 {
        let [left, right] = &self.sides;
        let n = left.queries.max(right.queries) as f64;
        let seen = left.seen.iter().filter(|seen| **seen).count() as f64;
        let kept = if self.tied || self.aligned { 40.0 * n * n } else { 60.0 * n * n + 17.0 * n * seen };
        let most = |side: &Side| side.layouts.iter().map(|layout| layout.inner.len()).max().unwrap_or(0);
        kept * most(left) as f64 * most(right) as f64
    }

    /// How many pairs of heads are computed with at a time.
    pub(super) fn together(&self) -> usize {
        /// More make nothing quicker.
        const MOST: usize = 16;
        /// Nor are they worth more memory, in numbers.
        const ROOM: f64 = (1u64 << 25) as f64;
        ((ROOM / self.memory_of_pair()) as usize).clamp(1, MOST)
    }

    /// Whether operands of these sizes are what it says they are.
    pub(super) fn fits(&self, sizes: &[usize]) -> bool {
        let size_of = |operand: usize| sizes.get(operand).copied();
        let is_whole = |side: &Side| {
            side.seen.len() == side.queries * side.keys
                && side.weights.is_none_or(|operand| size_of(operand) == Some(side.heads * side.seen.len()))
                && side.layouts.iter().enumerate().all(|(operand, layout)| {
                    let positions = side.positions(operand);
                    let last = |places: &[usize]| places.iter().max().copied().unwrap_or(0);
                    layout.outer.len() == side.heads * positions
                        && (layout.outer.is_empty()
                            || layout.inner.is_empty()
                            || last(&layout.outer) + last(&layout.inner) < layout.size)
                })
                && [0, 2].into_iter().all(|query| side.length(query) == side.length(query + 1))
                && (side.means.iter().zip(&side.layouts))
                    .all(|(mean, layout)| mean.is_none_or(|operand| size_of(operand) == Some(layout.size)))
        };
        let moments = |moments: &[[Option<Moment>; OPERANDS]; OPERANDS], first: &Side, second: &Side| {
            (0..OPERANDS * OPERANDS).all(|at| {
                let (i, j) = (at / OPERANDS, at % OPERANDS);
                let Some(moment) = moments[i][j] else { return true };
                let whole = first.layouts[i].size.checked_mul(second.layouts[j].size);
                let one = first.apart[i].size.checked_mul(second.apart[j].size);
                size_of(moment.operand)
                    == match moment.form {
                        Form::Whole => whole,
                        Form::Each => one.and_then(|one| one.checked_mul(first.positions(i))),
                        Form::Same => one,
                    }
            })
        };
        let [left, right] = &self.sides;
        // Positions are kept in twelve bits.
        let few = self.sides.iter().all(|side| side.queries.max(side.keys) <= 1 << 12);
        few && self.sides.iter().all(|side| is_whole(side) && moments(&side.within, side, side))
            && moments(&self.cross, left, right)
            && (!self.tied || left.queries == right.queries)
            && (!self.same || left == right)
    }

    /// A bound on how many operands' moments are multiplied in a term, and on how many terms there are, as a
    /// base-2 logarithm, when every moment counts as one number.
    pub(crate) fn terms_log2(&self) -> f64 {
        let size: f64 = self
            .sides
            .iter()
            .flat_map(|side| side.layouts.iter().take(4).step_by(2))
            .map(|layout| (layout.inner.len() as f64).log2())
            .sum();
        // 945, or 9496 with means; every score is a sum, and so are the keys.
        13.3 + size + self.sides.iter().map(|side| (side.keys as f64).log2()).sum::<f64>()
    }

    /// Whether any operand has a mean.
    pub(super) fn has_means(&self) -> bool {
        self.sides.iter().any(Side::has_means)
    }
}

impl Side {
    /// The number of positions of an operand.
    fn positions(&self, operand: usize) -> usize {
        if is_query(operand) { self.queries } else { self.keys }
    }

    /// The number of entries of an operand of one head.
    pub(super) fn length(&self, operand: usize) -> usize {
        self.layouts[operand].inner.len()
    }

    /// Where the entries of a head at a position begin.
    pub(super) fn start(&self, operand: usize, head: usize, position: usize) -> usize {
        let layout = &self.layouts[operand];
        layout.outer.get(head * self.positions(operand) + position).copied().unwrap_or(0)
    }

    pub(super) fn has_means(&self) -> bool {
        self.means.iter().any(Option::is_some)
    }

    /// Whether a key counts for a query.
    pub(super) fn sees(&self, query: usize, key: usize) -> bool {
        self.seen.get(query * self.keys + key).copied().unwrap_or(false)
    }
}

/// Whether an operand belongs to the position of the query.
pub(super) fn is_query(operand: usize) -> bool {
    operand == 0 || operand == 2
}
