//! The forward passes of the oracle's recipes, written out directly in rationals. Nothing here is shared with
//! the library: weights are read by the crate `safetensors`, and there are only vectors and loops.

use std::path::Path;

use num_rational::BigRational;
use num_traits::{One, Zero};
use safetensors::SafeTensors;

pub type Vector = Vec<BigRational>;
/// Rows of a matrix.
pub type Matrix = Vec<Vector>;

/// The tensors of a file, each a float32 matrix or vector.
pub struct Weights(Vec<u8>);

impl Weights {
    pub fn read(path: &Path) -> Weights {
        Weights(std::fs::read(path).unwrap())
    }

    fn entries(&self, name: &str) -> Option<(Vec<usize>, Vector)> {
        let tensors = SafeTensors::deserialize(&self.0).unwrap();
        let tensor = tensors.tensor(name).ok()?;
        assert_eq!(tensor.dtype(), safetensors::Dtype::F32);
        let value = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().unwrap());
        let entries =
            tensor.data().chunks(4).map(|bytes| BigRational::from_float(value(bytes)).unwrap()).collect();
        Some((tensor.shape().to_vec(), entries))
    }

    pub fn matrix(&self, name: &str) -> Matrix {
        let (shape, entries) = self.entries(name).unwrap();
        assert_eq!(shape.len(), 2);
        entries.chunks(shape[1]).map(<[_]>::to_vec).collect()
    }

    pub fn vector(&self, name: &str) -> Option<Vector> {
        self.entries(name).map(|(_, entries)| entries)
    }
}

fn dot(a: &[BigRational], b: &[BigRational]) -> BigRational {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(BigRational::zero(), |sum, (a, b)| if b.is_zero() { sum } else { sum + a * b })
}

fn apply(matrix: &Matrix, x: &[BigRational]) -> Vector {
    matrix.iter().map(|row| dot(row, x)).collect()
}

/// `(1 - scale) x + scale y`
fn lerp(x: &[BigRational], y: &[BigRational], scale: &BigRational) -> Vector {
    let rest = BigRational::one() - scale;
    x.iter().zip(y).map(|(x, y)| &rest * x + scale * y).collect()
}

/// `x = E x`, then per layer `x = lerp(x, D((L x) * (R x)) + bias, scale)`, then `U x`.
pub fn mlp(weights: &Weights, layers: usize, scale: &BigRational, x: &[BigRational]) -> Vector {
    let mut x = apply(&weights.matrix("embed.weight"), x);
    for layer in 0..layers {
        let part = |letter: &str| weights.matrix(&format!("body.{layer}.{letter}.weight"));
        let left = apply(&part("l"), &x);
        let right = apply(&part("r"), &x);
        let hidden: Vector = left.iter().zip(&right).map(|(l, r)| l * r).collect();
        let mut y = apply(&part("d"), &hidden);
        if let Some(bias) = weights.vector(&format!("body.{layer}.d.bias")) {
            y.iter_mut().zip(&bias).for_each(|(y, b)| *y += b);
        }
        x = lerp(&x, &y, scale);
    }
    apply(&weights.matrix("head.weight"), &x)
}

/// What the recipe of the attention sets leaves open.
pub struct Attention {
    pub heads: usize,
    pub head_width: usize,
    pub causal: bool,
    pub scale: BigRational,
    /// `[position][pair]`
    pub cos: Matrix,
    pub sin: Matrix,
}

impl Attention {
    /// One layer: the outputs of all positions, one after the other.
    pub fn forward(&self, weights: &Weights, tokens: &[Vector]) -> Vector {
        let embed = weights.matrix("embed.weight");
        let x: Vec<Vector> = tokens.iter().map(|token| apply(&embed, token)).collect();
        let project = |name: &str| -> Vec<Vector> {
            let matrix = weights.matrix(&format!("layers.0.{name}.weight"));
            x.iter().map(|x| apply(&matrix, x)).collect()
        };
        let rotated = |name: &str| -> Vec<Vector> {
            project(name).iter().enumerate().map(|(s, x)| self.rotate(s, x)).collect()
        };
        let [q1, k1, q2, k2] = ["q1", "k1", "q2", "k2"].map(rotated);
        let v = project("v");
        let o = weights.matrix("layers.0.o.weight");
        let un = weights.matrix("un.weight");
        let width = self.head_width;
        let square = BigRational::from_integer((width * width).into());

        let mut output = Vec::new();
        for s in 0..x.len() {
            let mut z = vec![BigRational::zero(); self.heads * width];
            for t in 0..x.len() {
                if self.causal && t > s {
                    continue;
                }
                for h in 0..self.heads {
                    let block = h * width..(h + 1) * width;
                    let score1 = dot(&q1[s][block.clone()], &k1[t][block.clone()]);
                    let score2 = dot(&q2[s][block.clone()], &k2[t][block.clone()]);
                    let pattern = score1 * score2 / &square;
                    for j in block {
                        z[j] += &pattern * &v[t][j];
                    }
                }
            }
            output.extend(apply(&un, &lerp(&x[s], &apply(&o, &z), &self.scale)));
        }
        output
    }

    /// Half-split pairs `(j, j + width/2)` of every head, turned by the angle of position `s`.
    fn rotate(&self, s: usize, x: &[BigRational]) -> Vector {
        let half = self.head_width / 2;
        let mut y = x.to_vec();
        for head in (0..x.len()).step_by(self.head_width) {
            for j in 0..half {
                let (a, b) = (&x[head + j], &x[head + j + half]);
                let (cos, sin) = (&self.cos[s][j], &self.sin[s][j]);
                y[head + j] = a * cos - b * sin;
                y[head + j + half] = b * cos + a * sin;
            }
        }
        y
    }
}
