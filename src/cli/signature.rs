//! The shapes that a model takes and gives, with its name on the command line: what must agree to compare models.

use samenet::network::{Input, Network, Shape};

use super::failure::Failure;

/// Of one model.
#[derive(Clone, Debug)]
pub struct Signature {
    name: String,
    /// Its inputs, in order.
    pub inputs: Vec<Input>,
    output: Shape,
}

impl Signature {
    /// The signature of a network; `name` is what messages call it.
    pub fn of(name: &str, network: &Network) -> Signature {
        let (inputs, output) = (network.inputs().to_vec(), network.output_shape().clone());
        Signature { name: name.to_string(), inputs, output }
    }

    /// Refuses models with different inputs.
    pub fn takes_the_same(&self, other: &Signature) -> Result<(), Failure> {
        let (first, second) = (&self.name, &other.name);
        let shapes = |inputs: &[Input]| -> Vec<Shape> { inputs.iter().map(|i| i.shape.clone()).collect() };
        if shapes(&self.inputs) != shapes(&other.inputs) {
            let (one, two) = (takes(&self.inputs), takes(&other.inputs));
            return Err(Failure::message(format!("`{first}` takes {one} but `{second}` takes {two}"))
                .help("inputs are compared in order, and must have the same shapes"));
        }
        Ok(())
    }

    /// Refuses models of different shapes.
    pub fn fits(&self, other: &Signature) -> Result<(), Failure> {
        self.takes_the_same(other)?;
        let (first, second) = (&self.name, &other.name);
        if self.output == other.output {
            return Ok(());
        }
        let (one, two) = (&self.output, &other.output);
        Err(Failure::message(format!(
            "the output of `{first}` has shape {one} but that of `{second}` has shape {two}"
        )))
    }
}

fn takes(inputs: &[Input]) -> String {
    match inputs {
        [] => "no inputs".to_string(),
        _ => {
            let inputs: Vec<String> =
                inputs.iter().map(|input| format!("{}: {}", input.name, input.shape)).collect();
            inputs.join(", ")
        }
    }
}
