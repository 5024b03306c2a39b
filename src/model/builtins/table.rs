//! The table of signatures.

use super::parameter::{Parameter, Takes};
use super::signature::Signature;
use super::{attention, einsum, layers, tensors};

const fn needs(name: &'static str, takes: Takes) -> Parameter {
    Parameter { name, takes, default: None }
}

const fn may(name: &'static str, takes: Takes, default: &'static str) -> Parameter {
    Parameter { name, takes, default: Some(default) }
}

/// The signatures of all builtins.
pub fn signatures() -> &'static [Signature] {
    &TABLE
}

/// The position of the builtin of this name in the table.
pub(in crate::model) fn find(name: &str) -> Option<usize> {
    TABLE.iter().position(|signature| signature.name == name)
}

/// The names of all builtins.
pub(in crate::model) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|signature| signature.name)
}

/// All builtins, in the order in which `grammar/builtins.md` documents them.
pub(in crate::model) static TABLE: [Signature; 16] = [
    Signature {
        name: "zeros",
        parameters: &[],
        positional: 0,
        rest: Some(needs("axes", Takes::Naturals)),
        result: "axes",
        implementation: tensors::zeros,
    },
    Signature {
        name: "ones",
        parameters: &[],
        positional: 0,
        rest: Some(needs("axes", Takes::Naturals)),
        result: "axes",
        implementation: tensors::ones,
    },
    Signature {
        name: "eye",
        parameters: &[needs("n", Takes::Natural)],
        positional: 1,
        rest: None,
        result: "[n, n]",
        implementation: tensors::eye,
    },
    Signature {
        name: "onehot",
        parameters: &[needs("i", Takes::Natural), needs("n", Takes::Natural)],
        positional: 2,
        rest: None,
        result: "[n]",
        implementation: tensors::onehot,
    },
    Signature {
        name: "diag",
        parameters: &[needs("x", Takes::Tensor)],
        positional: 1,
        rest: None,
        result: "[n, n] for x of shape [n]; [n] for x of shape [n, n]",
        implementation: tensors::diag,
    },
    Signature {
        name: "transpose",
        parameters: &[needs("x", Takes::Tensor), may("order", Takes::Naturals, "reversed")],
        positional: 2,
        rest: None,
        result: "axis i is axis order[i] of x",
        implementation: tensors::transpose,
    },
    Signature {
        name: "reshape",
        parameters: &[needs("x", Takes::Tensor)],
        positional: 1,
        rest: Some(needs("axes", Takes::Naturals)),
        result: "axes",
        implementation: tensors::reshape,
    },
    Signature {
        name: "concat",
        parameters: &[may("axis", Takes::Natural, "0")],
        positional: 0,
        rest: Some(needs("parts", Takes::Tensor)),
        result: "the parts' shape, their lengths along the axis added",
        implementation: tensors::concat,
    },
    Signature {
        name: "stack",
        parameters: &[may("axis", Takes::Natural, "0")],
        positional: 0,
        rest: Some(needs("parts", Takes::Tensor)),
        result: "the parts' shape with a new axis that counts the parts",
        implementation: tensors::stack,
    },
    Signature {
        name: "sum",
        parameters: &[needs("x", Takes::Tensor), may("axis", Takes::Natural, "all")],
        positional: 1,
        rest: None,
        result: "[]; with an axis, the shape of x without it",
        implementation: tensors::sum,
    },
    Signature {
        name: "dot",
        parameters: &[needs("a", Takes::Tensor), needs("b", Takes::Tensor)],
        positional: 2,
        rest: None,
        result: "[] for a and b of shape [n]",
        implementation: tensors::dot,
    },
    Signature {
        name: "outer",
        parameters: &[needs("a", Takes::Tensor), needs("b", Takes::Tensor)],
        positional: 2,
        rest: None,
        result: "[n, m] for a of shape [n] and b of shape [m]",
        implementation: tensors::outer,
    },
    Signature {
        name: "einsum",
        parameters: &[needs("spec", Takes::Text)],
        positional: 1,
        rest: Some(needs("operands", Takes::Tensor)),
        result: "one axis for each letter of the output",
        implementation: einsum::einsum,
    },
    Signature {
        name: "linear",
        parameters: &[
            needs("x", Takes::Tensor),
            needs("W", Takes::Tensor),
            may("bias", Takes::Tensor, "none"),
        ],
        positional: 2,
        rest: None,
        result: "[.., out] for x of shape [.., in]",
        implementation: layers::linear,
    },
    Signature {
        name: "bilinear",
        parameters: &[
            needs("x", Takes::Tensor),
            needs("left", Takes::Tensor),
            needs("right", Takes::Tensor),
            needs("down", Takes::Tensor),
            may("bias", Takes::Tensor, "none"),
        ],
        positional: 4,
        rest: None,
        result: "[.., out] for x of shape [.., in]",
        implementation: layers::bilinear,
    },
    Signature {
        name: "attention",
        parameters: &[
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
        positional: 7,
        rest: None,
        result: "[.., seq, out] for x of shape [.., seq, in]",
        implementation: attention::attention,
    },
];
