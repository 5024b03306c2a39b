//! The table of signatures.

use super::arguments::{Parameter, Takes};
use super::signature::{Implementation, Signature};
use super::{attention, einsum, layers, tensors};

const fn needs(name: &'static str, takes: Takes) -> Parameter {
    Parameter { name, takes, default: None }
}

const fn may(name: &'static str, takes: Takes, default: &'static str) -> Parameter {
    Parameter { name, takes, default: Some(default) }
}

/// A builtin whose parameters without a default can be given by position.
const fn builtin(
    name: &'static str,
    parameters: &'static [Parameter],
    implementation: Implementation,
) -> Signature {
    let mut positional = 0;
    while positional < parameters.len() && parameters[positional].default.is_none() {
        positional += 1;
    }
    Signature { name, parameters, positional, rest: None, implementation }
}

impl Signature {
    /// The same with as many parameters that can be given by position.
    const fn positional(self, positional: usize) -> Signature {
        Signature { positional, ..self }
    }

    /// The same with a parameter that takes all further arguments.
    const fn repeating(self, rest: Parameter) -> Signature {
        Signature { rest: Some(rest), ..self }
    }
}

/// The position of the builtin of this name in the table.
pub(in crate::model) fn find(name: &str) -> Option<usize> {
    TABLE.iter().position(|signature| signature.name == name)
}

/// The names of all builtins.
pub(in crate::model) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|signature| signature.name)
}

/// Two operands of a product.
const VECTORS: [Parameter; 2] = [needs("a", Takes::Tensor), needs("b", Takes::Tensor)];

/// All builtins, in the order in which `grammar/builtins.md` documents them.
pub(in crate::model) static TABLE: [Signature; 16] = [
    builtin("zeros", &[], tensors::zeros).repeating(needs("axes", Takes::Naturals)),
    builtin("ones", &[], tensors::ones).repeating(needs("axes", Takes::Naturals)),
    builtin("eye", &[needs("n", Takes::Natural)], tensors::eye),
    builtin("onehot", &[needs("i", Takes::Natural), needs("n", Takes::Natural)], tensors::onehot),
    builtin("diag", &[needs("x", Takes::Tensor)], tensors::diag),
    builtin(
        "transpose",
        &[needs("x", Takes::Tensor), may("order", Takes::Naturals, "reversed")],
        tensors::transpose,
    )
    .positional(2),
    builtin("reshape", &[needs("x", Takes::Tensor)], tensors::reshape)
        .repeating(needs("axes", Takes::Naturals)),
    builtin("concat", &[may("axis", Takes::Natural, "0")], tensors::concat)
        .repeating(needs("parts", Takes::Tensor)),
    builtin("stack", &[may("axis", Takes::Natural, "0")], tensors::stack)
        .repeating(needs("parts", Takes::Tensor)),
    builtin("sum", &[needs("x", Takes::Tensor), may("axis", Takes::Natural, "all")], tensors::sum),
    builtin("dot", &VECTORS, tensors::dot),
    builtin("outer", &VECTORS, tensors::outer),
    builtin("einsum", &[needs("spec", Takes::Text)], einsum::einsum)
        .repeating(needs("operands", Takes::Tensor)),
    builtin(
        "linear",
        &[needs("x", Takes::Tensor), needs("W", Takes::Tensor), may("bias", Takes::Tensor, "none")],
        layers::linear,
    ),
    builtin(
        "bilinear",
        &[
            needs("x", Takes::Tensor),
            needs("left", Takes::Tensor),
            needs("right", Takes::Tensor),
            needs("down", Takes::Tensor),
            may("bias", Takes::Tensor, "none"),
        ],
        layers::bilinear,
    ),
    builtin(
        "attention",
        &[
            needs("x", Takes::Tensor),
            needs("q1", Takes::Tensor),
            needs("k1", Takes::Tensor),
            needs("q2", Takes::Tensor),
            needs("k2", Takes::Tensor),
            needs("v", Takes::Tensor),
            needs("o", Takes::Tensor),
            may("heads", Takes::Natural, "1"),
            may("mask", Takes::WordOrTensor(&attention::MASKS), "\"none\""),
            may("rotary", Takes::Number, "none"),
            may("rotary_cos", Takes::Tensor, "none"),
            may("rotary_sin", Takes::Tensor, "none"),
            may("score_scale", Takes::Number, "1/d_head"),
            may("q1_bias", Takes::Tensor, "none"),
            may("k1_bias", Takes::Tensor, "none"),
            may("q2_bias", Takes::Tensor, "none"),
            may("k2_bias", Takes::Tensor, "none"),
            may("v_bias", Takes::Tensor, "none"),
            may("o_bias", Takes::Tensor, "none"),
        ],
        attention::attention,
    ),
];
