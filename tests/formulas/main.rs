//! Every builtin and every layer, evaluated by samenet and by the same formula written out here with plain
//! loops over rationals. The results must be equal, exactly.

mod attention;
mod layers;
mod tensors;

use num_rational::BigRational;
use samenet::arithmetic::Rationals;
use samenet::diagnostic::Sources;
use samenet::model::{Bindings, Program};
use samenet::network::{Network, Tensor, evaluate};

/// An exact number.
pub type Q = BigRational;

/// `n / d`
pub fn q(n: i64, d: i64) -> Q {
    Q::new(n.into(), d.into())
}

/// The entries of an input, row-major.
pub type Input = Vec<Q>;

/// Compiles the only model of a source text.
pub fn network(source: &str) -> Network {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.same");
    std::fs::write(&path, source).unwrap();
    let mut sources = Sources::default();
    match Program::load(&path, &Bindings::default(), &mut sources) {
        Ok(program) => program.models.last().expect("a model").network.clone(),
        Err(diagnostics) => panic!("{source}\n{diagnostics:#?}"),
    }
}

/// Evaluates the last model of `source` at several rational points and compares with `formula`, which gets the
/// inputs as flat lists and returns the output as one.
pub fn agrees(source: &str, output_axes: &[usize], formula: impl Fn(&[Input]) -> Vec<Q>) {
    let network = network(source);
    assert_eq!(network.output_shape().axes(), output_axes, "{source}");
    for round in 0..4i64 {
        let inputs: Vec<Tensor<Q>> = network
            .inputs()
            .iter()
            .enumerate()
            .map(|(which, input)| {
                // Distinct, signed, some of them fractions; round 0 is all zeros.
                let value = |i: usize| {
                    let i = i as i64;
                    q(round * ((i * 7 + which as i64 * 3 + round * 5) % 11 - 5), 1 + (i + round) % 3)
                };
                Tensor::new(input.shape.clone(), (0..input.shape.size()).map(value).collect()).unwrap()
            })
            .collect();
        let flat: Vec<Input> = inputs.iter().map(|t| t.data().to_vec()).collect();
        let found = evaluate(&Rationals::new(), &network, &inputs).unwrap();
        assert_eq!(found.data(), formula(&flat).as_slice(), "{source}\nround {round}");
    }
}
