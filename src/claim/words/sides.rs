//! What the two sides of a comparison are called.

/// Names of two sides.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// As in `left side[0] = 3`.
    pub values: (&'a str, &'a str),
    /// As in `hidden 0 of A`.
    pub of: (&'a str, &'a str),
    /// As in `3 in A`.
    pub at: (&'a str, &'a str),
}

impl<'a> Sides<'a> {
    /// The two sides of a claim.
    pub const CLAIM: Sides<'static> = Sides {
        values: ("left side", "right side"),
        of: ("the left side", "the right side"),
        at: ("on the left", "on the right"),
    };

    /// Two models, which are A and B for short.
    pub fn models(a: &'a str, b: &'a str) -> Sides<'a> {
        Sides { values: (a, b), of: ("A", "B"), at: ("in A", "in B") }
    }
}
