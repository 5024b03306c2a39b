//! Every builtin, operator and layer against its formula, written out index by index over the rationals.

use num_rational::BigRational;
use num_traits::{One, Zero};
use samenet::arithmetic::Rationals;
use samenet::diagnostic::Sources;
use samenet::model::{Bindings, Program};
use samenet::network::{Shape, Tensor, evaluate};

use crate::common::random::Random;

type Q = BigRational;

fn q(n: i64) -> Q {
    Q::from_integer(n.into())
}

/// An array of rationals.
#[derive(Clone)]
struct Array(Tensor<Q>);

impl Array {
    /// Thirds of integers from -6 to 6, different for every seed.
    fn new(seed: u64, axes: &[usize]) -> Array {
        let mut random = Random(seed);
        let shape = Shape::new(axes).unwrap();
        let entries = (0..shape.size()).map(|_| Q::new(random.integer(6).into(), 3.into())).collect();
        Array(Tensor::new(shape, entries).unwrap())
    }

    fn axes(&self) -> &[usize] {
        self.0.shape().axes()
    }

    /// The entry at a multi-index.
    fn at(&self, index: &[usize]) -> Q {
        assert_eq!(index.len(), self.axes().len());
        let flat = index.iter().zip(self.axes()).fold(0, |flat, (&i, &axis)| {
            assert!(i < axis);
            flat * axis + i
        });
        self.0.data()[flat].clone()
    }

    /// The array as an expression of the language.
    fn written(&self) -> String {
        fn level(axes: &[usize], data: &[Q]) -> String {
            match axes.split_first() {
                None => format!("({})", data[0]),
                Some((&n, rest)) => {
                    let size = data.len() / n;
                    let parts: Vec<String> = data.chunks(size).map(|part| level(rest, part)).collect();
                    format!("[{}]", parts.join(", "))
                }
            }
        }
        level(self.axes(), self.0.data())
    }
}

fn sum(range: std::ops::Range<usize>, term: impl Fn(usize) -> Q) -> Q {
    range.fold(Q::zero(), |total, i| total + term(i))
}

/// Checks a model with the body `body` on inputs x, y, .. against a formula for the entry at an index. It is
/// checked twice: with inputs, and with the same values written as constants, which takes other ways through
/// the language.
fn check(body: &str, inputs: &[&Array], axes: &[usize], formula: impl Fn(&[usize]) -> Q) {
    let names = ["x", "y", "z"];
    let declared: Vec<String> =
        inputs.iter().zip(names).map(|(array, name)| format!("{name}: {}", array.0.shape())).collect();
    let values: Vec<String> = inputs.iter().map(|array| array.written()).collect();
    let source = format!(
        "fn f({}) = {body}\nmodel net({}) = {body}\nmodel fixed() = f({})\n",
        names[..inputs.len()].join(", "),
        declared.join(", "),
        values.join(", ")
    );
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("main.same");
    std::fs::write(&path, &source).unwrap();
    let program = Program::load(&path, &Bindings::default(), &mut Sources::default());
    let program = program.unwrap_or_else(|errors| panic!("{source}\n{errors:#?}"));
    for (position, model) in program.models.iter().enumerate() {
        let given: Vec<Tensor<Q>> =
            if position == 0 { inputs.iter().map(|array| array.0.clone()).collect() } else { Vec::new() };
        let output = evaluate(&Rationals::new(), &model.network, &given).unwrap();
        assert_eq!(output.shape().axes(), axes, "{source}");
        for (flat, entry) in output.data().iter().enumerate() {
            let index = output.shape().unravel(flat);
            assert_eq!(*entry, formula(&index), "{} at {index:?}\n{source}", model.name);
        }
    }
}

#[test]
fn operators() {
    let (a, b) = (&Array::new(1, &[2, 3]), &Array::new(2, &[2, 3]));
    let s = &Array::new(3, &[]);
    check("x + y", &[a, b], &[2, 3], |i| a.at(i) + b.at(i));
    check("x - y", &[a, b], &[2, 3], |i| a.at(i) - b.at(i));
    check("-x", &[a], &[2, 3], |i| -a.at(i));
    check("x * y", &[a, b], &[2, 3], |i| a.at(i) * b.at(i));
    check("y * x - 2 * y / 3", &[a, s], &[2, 3], |i| a.at(i) * s.at(&[]) - q(2) * s.at(&[]) / q(3));
    check("x / [[1, 2, 3], [4, 5, 6]]", &[a], &[2, 3], |i| a.at(i) / q(1 + 3 * i[0] as i64 + i[1] as i64));
    check("x ^ 3", &[a], &[2, 3], |i| a.at(i) * a.at(i) * a.at(i));
    check("x ^ 0", &[a], &[2, 3], |_| Q::one());
    check("x ^ 10", &[s], &[], |_| (0..10).fold(Q::one(), |power, _| power * s.at(&[])));
    check("1 - x", &[s], &[], |_| q(1) - s.at(&[]));
    check("2 * x * (3 * y)", &[a, b], &[2, 3], |i| q(6) * a.at(i) * b.at(i));
    check("(x + 1) * (2 - y)", &[a, b], &[2, 3], |i| (a.at(i) + q(1)) * (q(2) - b.at(i)));
}

/// As NumPy's `matmul` says.
#[test]
fn matmul() {
    let (m, n) = (&Array::new(1, &[2, 3]), &Array::new(2, &[3, 4]));
    let (v, w) = (&Array::new(3, &[3]), &Array::new(4, &[3]));
    check("x @ y", &[m, n], &[2, 4], |i| sum(0..3, |k| m.at(&[i[0], k]) * n.at(&[k, i[1]])));
    check("x @ y", &[m, v], &[2], |i| sum(0..3, |k| m.at(&[i[0], k]) * v.at(&[k])));
    check("x @ y", &[v, n], &[4], |i| sum(0..3, |k| v.at(&[k]) * n.at(&[k, i[0]])));
    check("x @ y", &[v, w], &[], |_| sum(0..3, |k| v.at(&[k]) * w.at(&[k])));
    check("(2 * x) @ (y / 3)", &[v, w], &[], |_| sum(0..3, |k| q(2) / q(3) * v.at(&[k]) * w.at(&[k])));
    // Leading axes repeat from the last: [5, 2, 3] @ [3, 4], [5, 2, 3] @ [5, 3, 4], [1, 2, 3] @ [5, 3, 4],
    // [5, 1, 2, 3] @ [7, 3, 4], [3] @ [5, 3, 4], [5, 2, 3] @ [3].
    let (batch, other) = (&Array::new(5, &[5, 2, 3]), &Array::new(6, &[5, 3, 4]));
    let one = &Array::new(7, &[1, 2, 3]);
    let (deep, seven) = (&Array::new(8, &[5, 1, 2, 3]), &Array::new(9, &[7, 3, 4]));
    check("x @ y", &[batch, n], &[5, 2, 4], |i| sum(0..3, |k| batch.at(&[i[0], i[1], k]) * n.at(&[k, i[2]])));
    check("x @ y", &[batch, other], &[5, 2, 4], |i| {
        sum(0..3, |k| batch.at(&[i[0], i[1], k]) * other.at(&[i[0], k, i[2]]))
    });
    check("x @ y", &[one, other], &[5, 2, 4], |i| {
        sum(0..3, |k| one.at(&[0, i[1], k]) * other.at(&[i[0], k, i[2]]))
    });
    check("x @ y", &[deep, seven], &[5, 7, 2, 4], |i| {
        sum(0..3, |k| deep.at(&[i[0], 0, i[2], k]) * seven.at(&[i[1], k, i[3]]))
    });
    check("x @ y", &[v, other], &[5, 4], |i| sum(0..3, |k| v.at(&[k]) * other.at(&[i[0], k, i[1]])));
    check("x @ y", &[batch, v], &[5, 2], |i| sum(0..3, |k| batch.at(&[i[0], i[1], k]) * v.at(&[k])));
    let (row, column) = (&Array::new(10, &[1, 1, 3]), &Array::new(11, &[1, 3, 1]));
    check("x @ y", &[row, column], &[1, 1, 1], |_| sum(0..3, |k| row.at(&[0, 0, k]) * column.at(&[0, k, 0])));
}

#[test]
fn indices() {
    let a = &Array::new(1, &[3, 4, 2]);
    check("x[1]", &[a], &[4, 2], |i| a.at(&[1, i[0], i[1]]));
    check("x[.., 3]", &[a], &[3, 2], |i| a.at(&[i[0], 3, i[1]]));
    check("x[1.., ..2, 1]", &[a], &[2, 2], |i| a.at(&[i[0] + 1, i[1], 1]));
    check("x[2, 1..3]", &[a], &[2, 2], |i| a.at(&[2, i[0] + 1, i[1]]));
    check("x[2][1..3][0, 1]", &[a], &[], |_| a.at(&[2, 1, 1]));
    check("x[.., 1..1]", &[a], &[3, 0, 2], |_| unreachable!());
    check("[x[0], x[2], x[1] + 1]", &[a], &[3, 4, 2], |i| match i[0] {
        0 => a.at(i),
        1 => a.at(&[2, i[1], i[2]]),
        _ => a.at(&[1, i[1], i[2]]) + q(1),
    });
}

#[test]
fn making() {
    let s = &Array::new(1, &[]);
    check("x + zeros(2, 3)", &[s], &[2, 3], |_| s.at(&[]));
    check("x + ones([2, 3])", &[s], &[2, 3], |_| s.at(&[]) + q(1));
    check("x * ones(2)", &[s], &[2], |_| s.at(&[]));
    check("x + eye(3)", &[s], &[3, 3], |i| s.at(&[]) + q(i64::from(i[0] == i[1])));
    check("x * onehot(2, 4)", &[s], &[4], |i| if i[0] == 2 { s.at(&[]) } else { q(0) });
}

#[test]
fn arranging() {
    let (v, m, c) = (&Array::new(1, &[3]), &Array::new(2, &[3, 3]), &Array::new(3, &[2, 3, 4]));
    check("diag(x)", &[v], &[3, 3], |i| if i[0] == i[1] { v.at(&[i[0]]) } else { q(0) });
    check("diag(x)", &[m], &[3], |i| m.at(&[i[0], i[0]]));
    check("transpose(x)", &[c], &[4, 3, 2], |i| c.at(&[i[2], i[1], i[0]]));
    check("transpose(x, [2, 0, 1])", &[c], &[4, 2, 3], |i| c.at(&[i[1], i[2], i[0]]));
    check("transpose(x)", &[v], &[3], |i| v.at(i));
    check("reshape(x, 4, 6)", &[c], &[4, 6], |i| {
        let flat = i[0] * 6 + i[1];
        c.at(&[flat / 12, flat / 4 % 3, flat % 4])
    });
    let d = &Array::new(4, &[2, 1, 4]);
    check("concat(x, y, axis: 1)", &[c, d], &[2, 4, 4], |i| {
        if i[1] < 3 { c.at(i) } else { d.at(&[i[0], 0, i[2]]) }
    });
    check("concat(x, 2 * x, x[1..])", &[c], &[5, 3, 4], |i| match i[0] {
        0 | 1 => c.at(i),
        2 | 3 => q(2) * c.at(&[i[0] - 2, i[1], i[2]]),
        _ => c.at(&[1, i[1], i[2]]),
    });
    let w = &Array::new(5, &[3]);
    check("stack(x, y)", &[v, w], &[2, 3], |i| if i[0] == 0 { v.at(&[i[1]]) } else { w.at(&[i[1]]) });
    check(
        "stack(x, y, axis: 1)",
        &[v, w],
        &[3, 2],
        |i| if i[1] == 0 { v.at(&[i[0]]) } else { w.at(&[i[0]]) },
    );
    check(
        "stack(x, -x, axis: 2)",
        &[m],
        &[3, 3, 2],
        |i| {
            if i[2] == 0 { m.at(&i[..2]) } else { -m.at(&i[..2]) }
        },
    );
}

#[test]
fn multiplying() {
    let (v, w, u) = (&Array::new(1, &[3]), &Array::new(2, &[3]), &Array::new(3, &[2]));
    let (c, m) = (&Array::new(4, &[2, 3, 4]), &Array::new(5, &[3, 3]));
    check("sum(x)", &[c], &[], |_| sum(0..2, |i| sum(0..3, |j| sum(0..4, |k| c.at(&[i, j, k])))));
    check("sum(x, axis: 1)", &[c], &[2, 4], |i| sum(0..3, |j| c.at(&[i[0], j, i[1]])));
    check("sum(x, axis: 2)", &[c], &[2, 3], |i| sum(0..4, |k| c.at(&[i[0], i[1], k])));
    check("dot(x, y)", &[v, w], &[], |_| sum(0..3, |i| v.at(&[i]) * w.at(&[i])));
    check("outer(x, y)", &[v, u], &[3, 2], |i| v.at(&[i[0]]) * u.at(&[i[1]]));
    check("einsum(\"abc,b->ca\", x, y)", &[c, v], &[4, 2], |i| {
        sum(0..3, |b| c.at(&[i[1], b, i[0]]) * v.at(&[b]))
    });
    check("einsum(\"ii->i\", x)", &[m], &[3], |i| m.at(&[i[0], i[0]]));
    check("einsum(\"ii\", x)", &[m], &[], |_| sum(0..3, |i| m.at(&[i, i])));
    check("einsum(\"i,i,i->i\", x, y, x)", &[v, w], &[3], |i| v.at(i) * w.at(i) * v.at(i));
    check("einsum(\"ba,bc\", x, y)", &[m, m], &[3, 3], |i| {
        sum(0..3, |b| m.at(&[b, i[0]]) * m.at(&[b, i[1]]))
    });
    check("einsum(\"i,jk->\", x, y)", &[v, m], &[], |_| {
        sum(0..3, |i| v.at(&[i])) * sum(0..3, |j| sum(0..3, |k| m.at(&[j, k])))
    });
}

#[test]
fn layers() {
    let (w, b) = (&Array::new(1, &[2, 3]), &Array::new(2, &[2]));
    for lead in [&[][..], &[4], &[2, 3]] {
        let x = &Array::new(3, &[lead, &[3]].concat());
        let y = |i: &[usize]| {
            let (lead, out) = i.split_at(i.len() - 1);
            sum(0..3, |k| w.at(&[out[0], k]) * x.at(&[lead, &[k]].concat()))
        };
        let axes = [lead, &[2]].concat();
        check("linear(x, y)", &[x, w], &axes, y);
        check("linear(x, y, bias: z)", &[x, w, b], &axes, |i| y(i) + b.at(&i[i.len() - 1..]));
    }

    let (left, right) = (&Array::new(4, &[5, 3]), &Array::new(5, &[5, 3]));
    let (down, bias) = (Array::new(6, &[2, 5]), Array::new(7, &[2]));
    for lead in [&[][..], &[4], &[2, 3]] {
        let x = &Array::new(8, &[lead, &[3]].concat());
        let y = |i: &[usize]| {
            let (lead, out) = i.split_at(i.len() - 1);
            let apply = |m: &Array, h: usize| sum(0..3, |k| m.at(&[h, k]) * x.at(&[lead, &[k]].concat()));
            sum(0..5, |h| down.at(&[out[0], h]) * apply(left, h) * apply(right, h)) + bias.at(out)
        };
        let body = format!("bilinear(x, y, z, down: {}, bias: {})", down.written(), bias.written());
        check(&body, &[x, left, right], &[lead, &[2]].concat(), y);
    }
}

/// An attention layer by its formula. Every matrix is given with its bias.
struct Attention {
    heads: usize,
    head: usize,
    value: usize,
    matrices: Vec<(Array, Array)>,
    mask: Box<dyn Fn(usize, usize) -> Q>,
    scale: Q,
    /// Cosines and sines, by position and pair.
    tables: Option<(Array, Array)>,
}

const NAMES: [&str; 6] = ["q1", "k1", "q2", "k2", "v", "o"];

impl Attention {
    fn new(heads: usize, head: usize, value: usize, width: usize, out: usize) -> Attention {
        let rows = [head, head, head, head, value].map(|each| heads * each);
        let mut matrices: Vec<(Array, Array)> = rows
            .iter()
            .enumerate()
            .map(|(i, &rows)| (Array::new(20 + i as u64, &[rows, width]), Array::new(30 + i as u64, &[rows])))
            .collect();
        matrices.push((Array::new(40, &[out, heads * value]), Array::new(41, &[out])));
        let scale = Q::new(1.into(), head.into());
        Attention { heads, head, value, matrices, mask: Box::new(|_, _| Q::one()), scale, tables: None }
    }

    fn written(&self, with_biases: bool, more: &str) -> String {
        let mut text = "attention(x".to_string();
        for (name, (matrix, bias)) in NAMES.iter().zip(&self.matrices) {
            text += &format!(", {name}: {}", matrix.written());
            if with_biases {
                text += &format!(", {name}_bias: {}", bias.written());
            }
        }
        format!("{text}, heads: {}{more})", self.heads)
    }

    /// Entry `row` of a projection of a vector.
    fn project(&self, which: usize, biased: bool, row: usize, x: &dyn Fn(usize) -> Q) -> Q {
        let (matrix, bias) = &self.matrices[which];
        let product = sum(0..matrix.axes()[1], |k| matrix.at(&[row, k]) * x(k));
        if biased { product + bias.at(&[row]) } else { product }
    }

    /// Entry j of a query or key of a head at a position, turned.
    fn turned(
        &self,
        which: usize,
        biased: bool,
        (h, j): (usize, usize),
        s: usize,
        x: &dyn Fn(usize) -> Q,
    ) -> Q {
        let entry = |j: usize| self.project(which, biased, h * self.head + j, x);
        let Some((cos, sin)) = &self.tables else { return entry(j) };
        let half = self.head / 2;
        if j < half {
            entry(j) * cos.at(&[s, j]) - entry(j + half) * sin.at(&[s, j])
        } else {
            entry(j) * cos.at(&[s, j - half]) + entry(j - half) * sin.at(&[s, j - half])
        }
    }

    fn output(&self, biased: bool, x: &Array, index: &[usize]) -> Q {
        let (lead, last) = index.split_at(index.len() - 2);
        let (s, out) = (last[0], last[1]);
        let length = x.axes()[x.axes().len() - 2];
        let vector = |t: usize| move |k: usize| x.at(&[lead, &[t, k]].concat());
        let z = |row: usize| {
            let (h, m) = (row / self.value, row % self.value);
            sum(0..length, |t| {
                let score = |query: usize, key: usize| {
                    sum(0..self.head, |j| {
                        self.turned(query, biased, (h, j), s, &vector(s))
                            * self.turned(key, biased, (h, j), t, &vector(t))
                    })
                };
                let value = self.project(4, biased, h * self.value + m, &vector(t));
                (self.mask)(s, t) * score(0, 1) * score(2, 3) * &self.scale * &self.scale * value
            })
        };
        self.project(5, biased, out, &z)
    }
}

#[test]
fn attention() {
    let mut layer = Attention::new(2, 2, 3, 3, 2);
    let x = &Array::new(9, &[3, 3]);
    check(&layer.written(false, ""), &[x], &[3, 2], |i| layer.output(false, x, i));
    check(&layer.written(true, ", mask: \"none\""), &[x], &[3, 2], |i| layer.output(true, x, i));
    let batch = &Array::new(10, &[2, 2, 3]);
    check(&layer.written(true, ""), &[batch], &[2, 2, 2], |i| layer.output(true, batch, i));

    layer.mask = Box::new(|s, t| q(i64::from(t <= s)));
    check(&layer.written(false, ", mask: \"causal\""), &[x], &[3, 2], |i| layer.output(false, x, i));
    layer.mask = Box::new(|s, t| q(i64::from(s == t)));
    check(&layer.written(true, ", mask: \"diag\""), &[x], &[3, 2], |i| layer.output(true, x, i));
    let mask = Array::new(11, &[3, 3]);
    let written = format!(", mask: {}", mask.written());
    layer.mask = Box::new(move |s, t| mask.at(&[s, t]));
    check(&layer.written(true, &written), &[x], &[3, 2], |i| layer.output(true, x, i));
    layer.scale = Q::new(2.into(), 5.into());
    let written = format!("{written}, score_scale: 0.4");
    check(&layer.written(false, &written), &[x], &[3, 2], |i| layer.output(false, x, i));
}

#[test]
fn attention_with_rotary() {
    let mut layer = Attention::new(2, 4, 1, 2, 3);
    let x = &Array::new(12, &[3, 2]);
    let (cos, sin) = (Array::new(13, &[3, 2]), Array::new(14, &[3, 2]));
    let written = format!(", rotary_cos: {}, rotary_sin: {}", cos.written(), sin.written());
    layer.tables = Some((cos, sin));
    check(&layer.written(true, &written), &[x], &[3, 3], |i| layer.output(true, x, i));

    // Base 10000 and heads of 4: the angles s and s/100. Cosines and sines of 0, 1, 2, 0.01 and 0.02 as the
    // f64 nearest to them, from a table to 25 digits:
    // cos 1 = 0.5403023058681397174009366, sin 1 = 0.8414709848078965066525023,
    // cos 2 = -0.4161468365471423869975682, sin 2 = 0.9092974268256816953960199,
    // cos 0.01 = 0.9999500004166652777802579, sin 0.01 = 0.009999833334166664682542438,
    // cos 0.02 = 0.9998000066665777784126984, sin 0.02 = 0.01999866669333307936648910.
    let table = |values: [f64; 6]| {
        let entries = values.iter().map(|&value| Q::from_float(value).unwrap()).collect();
        Array(Tensor::new(Shape::new([3, 2]).unwrap(), entries).unwrap())
    };
    let cos = [1.0, 1.0, 0.5403023058681398, 0.9999500004166653, -0.4161468365471424, 0.9998000066665778];
    let sin = [0.0, 0.0, 0.8414709848078965, 0.009999833334166664, 0.9092974268256817, 0.01999866669333308];
    layer.tables = Some((table(cos), table(sin)));
    check(&layer.written(false, ", rotary: 10000"), &[x], &[3, 3], |i| layer.output(false, x, i));
    let batch = &Array::new(15, &[2, 3, 2]);
    check(&layer.written(true, ", rotary: 10000"), &[batch], &[2, 3, 3], |i| layer.output(true, batch, i));
}
