//! Hidden symmetries: permuting, rescaling, splitting or merging hidden units, adding dead ones, swapping
//! their factors and changing the basis do not change the function. The layerwise distance proves that at any
//! depth, and no metric sees a difference.

mod metrics;
mod proofs;
