//! A model whose body has been resolved.

use std::cell::OnceCell;

use crate::network::{Builder, Input, Network, NodeId};

/// A model whose body has been resolved.
pub(in crate::model) struct ModelValue {
    pub inputs: Vec<Input>,
    /// Its output, on the graph's inputs.
    pub output: NodeId,
    network: OnceCell<Network>,
}

impl ModelValue {
    pub fn new(inputs: Vec<Input>, output: NodeId) -> ModelValue {
        ModelValue { inputs, output, network: OnceCell::new() }
    }

    /// The model on its own.
    pub fn network(&self, builder: &Builder) -> &Network {
        self.network.get_or_init(|| builder.network(self.inputs.clone(), self.output))
    }
}
