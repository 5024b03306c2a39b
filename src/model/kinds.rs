//! The kinds of errors that resolution reports: the stable names in `error[kind]`.

use crate::diagnostic::{Kind, kinds};

kinds! {
    /// A file was named where one of several models must be chosen.
    AMBIGUOUS_MODEL = "ambiguous-model";
    /// A claim about constants alone.
    CLAIM_WITHOUT_MODEL = "claim-without-model";
    /// A divisor that depends on an input.
    DIVISION_BY_INPUT = "division-by-input";
    /// A divisor with a zero entry.
    DIVISION_BY_ZERO = "division-by-zero";
    /// One parameter given twice.
    DUPLICATE_ARGUMENT = "duplicate-argument";
    /// One name defined twice, or a builtin's name defined again.
    DUPLICATE_NAME = "duplicate-name";
    /// An einsum spec that cannot be read or does not fit its operands.
    EINSUM_SPEC = "einsum-spec";
    /// Files that import each other.
    IMPORT_CYCLE = "import-cycle";
    /// An argument of the right kind with a value that has no meaning.
    INVALID_ARGUMENT = "invalid-argument";
    /// A claim that has no meaning.
    INVALID_CLAIM = "invalid-claim";
    /// A domain that is empty, or does not fit the inputs.
    INVALID_DOMAIN = "invalid-domain";
    /// A required parameter without an argument.
    MISSING_ARGUMENT = "missing-argument";
    /// A call of something that is not a function.
    NOT_CALLABLE = "not-callable";
    /// A value that depends on an input where a constant is needed.
    NOT_CONSTANT = "not-constant";
    /// A number that is not 0, 1, 2, ..
    NOT_NATURAL = "not-natural";
    /// An index, an axis or a slice that does not exist.
    OUT_OF_BOUNDS = "out-of-bounds";
    /// A definition that uses itself.
    RECURSION = "recursion";
    /// Shapes that do not fit together.
    SHAPE_MISMATCH = "shape-mismatch";
    /// A tensor, a number or an unrolled program beyond the limits.
    TOO_LARGE = "too-large";
    /// More positional arguments than parameters.
    TOO_MANY_ARGUMENTS = "too-many-arguments";
    /// A named argument that no parameter has.
    UNKNOWN_ARGUMENT = "unknown-argument";
    /// A model that a file does not have.
    UNKNOWN_MODEL = "unknown-model";
    /// A name that nothing defines.
    UNKNOWN_NAME = "unknown-name";
    /// A tensor that a weight file does not hold.
    UNKNOWN_TENSOR = "unknown-tensor";
    /// A `.same` file that cannot be read.
    UNREADABLE_FILE = "unreadable-file";
    /// A weight file where a `.same` file is needed.
    WEIGHTS_AS_MODELS = "weights-as-models";
    /// A weight file, or a tensor in one, that cannot be read.
    WEIGHT_FILE = "weight-file";
    /// A value of the wrong kind, such as a string where a tensor is needed.
    WRONG_KIND = "wrong-kind";
}
