//! The input and output shapes of a model, with its name on the command line. Comparing models checks them.

use samenet::network::{Input, Network, Signature as Shapes};

use super::failure::Failure;

/// The shapes of one model.
#[derive(Clone, Debug)]
pub struct Signature {
    name: String,
    /// Its inputs, in order.
    pub inputs: Vec<Input>,
    shapes: Shapes,
}

impl Signature {
    /// The signature of a network; `name` is what messages call it.
    pub fn of(name: &str, network: &Network) -> Signature {
        let (inputs, shapes) = (network.inputs().to_vec(), network.signature());
        Signature { name: name.to_string(), inputs, shapes }
    }

    /// Fails unless both models have the same inputs.
    pub fn takes_the_same(&self, other: &Signature) -> Result<(), Failure> {
        let (first, second) = (&self.name, &other.name);
        if self.shapes.inputs != other.shapes.inputs {
            let (one, two) = (takes(&self.inputs), takes(&other.inputs));
            return Err(Failure::message(format!("`{first}` takes {one} but `{second}` takes {two}"))
                .help("inputs are paired in order, and must have the same shapes"));
        }
        Ok(())
    }

    /// Fails unless both models have the same inputs and outputs.
    pub fn fits(&self, other: &Signature) -> Result<(), Failure> {
        self.takes_the_same(other)?;
        let (first, second) = (&self.name, &other.name);
        let (one, two) = (&self.shapes.output, &other.shapes.output);
        if one == two {
            return Ok(());
        }
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
