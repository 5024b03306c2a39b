//! The kinds of errors that resolution reports: the stable names in `error[kind]`.

use crate::diagnostic::Kind;

/// Every kind that this module reports; the parser has its own list, [`crate::syntax::kinds::KINDS`].
pub const KINDS: [Kind; 26] = [
    AMBIGUOUS_MODEL,
    CLAIM_WITHOUT_MODEL,
    DIVISION_BY_INPUT,
    DIVISION_BY_ZERO,
    DUPLICATE_ARGUMENT,
    DUPLICATE_NAME,
    EINSUM_SPEC,
    IMPORT_CYCLE,
    INVALID_ARGUMENT,
    INVALID_CLAIM,
    INVALID_DOMAIN,
    MISSING_ARGUMENT,
    NOT_CALLABLE,
    NOT_CONSTANT,
    NOT_NATURAL,
    OUT_OF_BOUNDS,
    RECURSION,
    SHAPE_MISMATCH,
    TOO_LARGE,
    TOO_MANY_ARGUMENTS,
    UNKNOWN_ARGUMENT,
    UNKNOWN_NAME,
    UNKNOWN_TENSOR,
    UNREADABLE_FILE,
    WEIGHT_FILE,
    WRONG_KIND,
];

/// A file was named where one of several models must be chosen, or has no model at all.
pub const AMBIGUOUS_MODEL: Kind = "ambiguous-model";
/// A claim about constants alone.
pub const CLAIM_WITHOUT_MODEL: Kind = "claim-without-model";
/// A divisor that depends on an input.
pub const DIVISION_BY_INPUT: Kind = "division-by-input";
/// A divisor with a zero entry.
pub const DIVISION_BY_ZERO: Kind = "division-by-zero";
/// One parameter given twice.
pub const DUPLICATE_ARGUMENT: Kind = "duplicate-argument";
/// One name defined twice, or a builtin's name defined again.
pub const DUPLICATE_NAME: Kind = "duplicate-name";
/// An einsum spec that cannot be read or does not fit its operands.
pub const EINSUM_SPEC: Kind = "einsum-spec";
/// Files that import each other.
pub const IMPORT_CYCLE: Kind = "import-cycle";
/// An argument of the right kind with a value that has no meaning.
pub const INVALID_ARGUMENT: Kind = "invalid-argument";
/// A claim that has no meaning.
pub const INVALID_CLAIM: Kind = "invalid-claim";
/// A domain that is empty, or does not fit the inputs.
pub const INVALID_DOMAIN: Kind = "invalid-domain";
/// A required parameter without an argument.
pub const MISSING_ARGUMENT: Kind = "missing-argument";
/// A call of something that is not a function.
pub const NOT_CALLABLE: Kind = "not-callable";
/// A value that depends on an input where a constant is needed.
pub const NOT_CONSTANT: Kind = "not-constant";
/// A number that is not 0, 1, 2, ..
pub const NOT_NATURAL: Kind = "not-natural";
/// An index, an axis or a slice that does not exist.
pub const OUT_OF_BOUNDS: Kind = "out-of-bounds";
/// A definition that uses itself.
pub const RECURSION: Kind = "recursion";
/// Shapes that do not fit together.
pub const SHAPE_MISMATCH: Kind = "shape-mismatch";
/// A tensor, a number or an unrolled program beyond the limits.
pub const TOO_LARGE: Kind = "too-large";
/// More positional arguments than parameters.
pub const TOO_MANY_ARGUMENTS: Kind = "too-many-arguments";
/// A named argument that no parameter has.
pub const UNKNOWN_ARGUMENT: Kind = "unknown-argument";
/// A name that nothing defines.
pub const UNKNOWN_NAME: Kind = "unknown-name";
/// A tensor that a weight file does not hold.
pub const UNKNOWN_TENSOR: Kind = "unknown-tensor";
/// A `.same` file that cannot be read.
pub const UNREADABLE_FILE: Kind = "unreadable-file";
/// A weight file, or a tensor in one, that cannot be read.
pub const WEIGHT_FILE: Kind = "weight-file";
/// A value of the wrong kind, such as a string where a tensor is needed.
pub const WRONG_KIND: Kind = "wrong-kind";
