//! What is shared, folded and refused when networks are built.

use super::*;
use crate::network::{Data, Einsum, Label};

fn rational(n: i64, d: i64) -> BigRational {
    BigRational::new(n.into(), d.into())
}

fn shape<const N: usize>(axes: [usize; N]) -> Shape {
    Shape::new(axes).unwrap()
}

fn value(builder: &Builder, id: NodeId) -> Vec<BigRational> {
    let constant = builder.as_constant(id).unwrap();
    (0..constant.shape().size()).map(|i| constant.rational(i).unwrap()).collect()
}

/// `(2/3)^3 - 1 = -19/27` is one constant; 2^(10^9) is not computed, and takes 59 nodes at most: 30 squares
/// and 13 products, less those short enough to fold.
#[test]
fn small_constants_fold_and_long_ones_do_not() {
    let mut builder = Builder::new();
    let (base, one) = (builder.scalar(rational(2, 3)), builder.scalar(rational(1, 1)));
    let power = builder.power(base, 3).unwrap();
    let difference = builder.combine(vec![(rational(1, 1), power), (rational(-1, 1), one)]).unwrap();
    assert_eq!(value(&builder, difference), [rational(-19, 27)]);
    let two = builder.scalar(rational(2, 1));
    let huge = builder.power(two, 1_000_000_000).unwrap();
    assert!(builder.as_constant(huge).is_none());
    assert!(builder.len() < 80);
}

/// A float stays a float when its entries are only moved.
#[test]
fn arranged_constants_keep_their_type() {
    let mut builder = Builder::new();
    let data = Data::F32(vec![0.5, 1.0, 1.5, 2.0, 2.5, 3.0]);
    let matrix = builder.constant(Arc::new(Constant::new(shape([2, 3]), data).unwrap()));
    let column = builder.select(matrix, 1, 1).unwrap();
    assert!(
        matches!(builder.as_constant(column).unwrap().in_memory(), Some(Data::F32(v)) if *v == [1.0, 2.5])
    );
    // The transpose is computed, and has the same digest as if it had been given.
    let transposed = builder.transpose(matrix, &[1, 0]).unwrap();
    let given = Data::F64(vec![0.5, 2.0, 1.0, 2.5, 1.5, 3.0]);
    let given = builder.constant(Arc::new(Constant::new(shape([3, 2]), given).unwrap()));
    assert_eq!(transposed, given);
}

#[test]
fn slices_see_through_what_was_joined() {
    let mut builder = Builder::new();
    let x = builder.input(0, shape([3]));
    let entries: Vec<NodeId> = (0..3).map(|i| builder.select(x, 0, i).unwrap()).collect();
    let stacked = builder.stack(vec![entries[2], entries[0], entries[1]]).unwrap();
    assert_eq!(builder.select(stacked, 0, 0).unwrap(), entries[2]);
    assert_eq!(builder.select(stacked, 0, 2).unwrap(), entries[1]);
    let tail = builder.slice(x, 0, 1, 2).unwrap();
    assert_eq!(builder.select(tail, 0, 1).unwrap(), entries[2]);
    let joined = builder.concat(vec![x, x], 0).unwrap();
    assert_eq!(builder.slice(joined, 0, 3, 3).unwrap(), x);
    assert_eq!(builder.slice(joined, 0, 4, 2).unwrap(), tail);
    // Across the seam nothing can be seen through.
    let seam = builder.slice(joined, 0, 2, 2).unwrap();
    assert_eq!(builder.node(seam).operands(), [joined]);
    let round = builder.reshape(joined, shape([2, 3])).unwrap();
    assert_eq!(builder.reshape(round, shape([6])).unwrap(), joined);
    let filled = builder.broadcast(entries[0], shape([4])).unwrap();
    assert_eq!(builder.select(filled, 0, 3).unwrap(), entries[0]);
}

/// 100,000 joints deep, the first entry is found without recursion.
#[test]
fn long_chains_do_not_overflow_the_stack() {
    let mut builder = Builder::new();
    let x = builder.input(0, shape([1]));
    let y = builder.input(1, shape([1]));
    let mut joined = builder.concat(vec![x, y], 0).unwrap();
    for _ in 0..100_000 {
        joined = builder.concat(vec![joined, y], 0).unwrap();
    }
    assert_eq!(builder.slice(joined, 0, 0, 1).unwrap(), x);
}

/// A known scalar is a coefficient: 2 * x, x * 2 and x + x are one node, and 0 * x is a constant.
#[test]
fn known_scalars_are_coefficients() {
    let mut builder = Builder::new();
    let x = builder.input(0, shape([3]));
    let two = builder.scalar(rational(2, 1));
    let double = builder.multiply(two, x).unwrap();
    assert_eq!(builder.multiply(x, two).unwrap(), double);
    assert_eq!(builder.combine(vec![(rational(1, 1), x), (rational(1, 1), x)]).unwrap(), double);
    let zero = builder.scalar(rational(0, 1));
    let nothing = builder.multiply(zero, x).unwrap();
    assert_eq!(value(&builder, nothing), [rational(0, 1), rational(0, 1), rational(0, 1)]);
    // Adding it changes nothing.
    assert_eq!(builder.combine(vec![(rational(1, 1), nothing), (rational(1, 1), x)]).unwrap(), x);
}

#[test]
fn what_is_too_large_is_refused() {
    let mut builder = Builder::new();
    let x = builder.input(0, shape([1 << 20]));
    let outer = Einsum { operands: vec![vec![0], vec![1]], output: vec![0, 1] };
    assert_eq!(builder.contract(vec![x, x], outer), Err(BuildError::TooLarge));
    let wide = builder.broadcast(x, shape([1 << 20])).unwrap();
    assert_eq!(builder.concat(vec![wide; 1 << 12], 0), Err(BuildError::TooLarge));
    assert_eq!(Shape::new(vec![1; 65]), None);
    assert_eq!(Shape::new(vec![0, usize::MAX, 2]), None);
    // A label as large as labels get costs nothing.
    let high = Einsum { operands: vec![vec![Label::MAX]], output: vec![Label::MAX] };
    assert_eq!(builder.contract(vec![x], high), Ok(x));
}

/// An imported network with constants for its inputs folds away: (1 + 2) * (1 - 2) = -3.
#[test]
fn imported_networks_fold() {
    let mut builder = Builder::new();
    let (x, y) = (builder.input(0, Shape::scalar()), builder.input(1, Shape::scalar()));
    let sum = builder.combine(vec![(rational(1, 1), x), (rational(1, 1), y)]).unwrap();
    let difference = builder.combine(vec![(rational(1, 1), x), (rational(-1, 1), y)]).unwrap();
    let product = builder.multiply(sum, difference).unwrap();
    let inputs = ["x", "y"].map(|name| Input { name: name.to_string(), shape: Shape::scalar() });
    let network = builder.network(inputs.to_vec(), product);
    let (one, two) = (builder.scalar(rational(1, 1)), builder.scalar(rational(2, 1)));
    let folded = builder.import(&network, &[one, two]).unwrap();
    assert_eq!(value(&builder, folded), [rational(-3, 1)]);
    assert!(builder.import(&network, &[one]).is_err());
}
