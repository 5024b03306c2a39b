//! Hidden symmetries: networks whose hidden units are permuted, rescaled, split, merged, dead, with swapped
//! factors or in another basis are one function. The layerwise distance proves it, at any depth, and no
//! metric tells them apart.

mod metrics;
mod proofs;
