//! Two models and what is claimed of them: what must vanish for the claim to hold.

use num_rational::BigRational;
use num_traits::One;

use super::evaluate::{Ring, evaluate};
use super::outcome::Refusal;
use crate::certificate::{Hash, Number, RelationName};
use crate::domain::Domain;
use crate::network::Network;

/// Two models of the same shapes, a relation and a domain.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    /// The first model.
    pub a: Network,
    /// The second model.
    pub b: Network,
    /// The relation.
    pub relation: RelationName,
    /// Up to scale the factor; else 1.
    pub scale: BigRational,
    /// Where.
    pub domain: Domain,
    /// The digests of their canonical forms.
    pub digests: [Hash; 2],
    /// The statement as a line of JSON.
    pub statement: String,
}

impl Pair {
    /// The difference in a ring, from all input entries: what is zero exactly if the models are related. For `equal`
    /// and `scale` that is `f - c g`; for `shift` it is `d = f - g`, less its first entry along the last axis.
    pub(super) fn difference<R: Ring>(
        &self,
        ring: &R,
        inputs: &[Vec<R::Element>],
    ) -> Result<Vec<R::Element>, Refusal> {
        let (a, b) = (evaluate(ring, &self.a, inputs)?, evaluate(ring, &self.b, inputs)?);
        self.relate(ring, a, b)
    }

    /// The same, from all outputs of both models.
    pub(super) fn relate<R: Ring>(
        &self,
        ring: &R,
        a: Vec<R::Element>,
        b: Vec<R::Element>,
    ) -> Result<Vec<R::Element>, Refusal> {
        let minus =
            |x: &R::Element, factor: &R::Element, y: &R::Element| ring.add(x, &ring.multiply(factor, y));
        let factor = ring.number(&-&self.scale)?;
        let difference: Vec<R::Element> = a.iter().zip(&b).map(|(a, b)| minus(a, &factor, b)).collect();
        if self.relation != RelationName::Shift {
            return Ok(difference);
        }
        let factor = ring.number(&-BigRational::one())?;
        let row = self.row();
        let less_first = |row: &[R::Element]| -> Vec<R::Element> {
            row[1..].iter().map(|entry| minus(entry, &factor, &row[0])).collect()
        };
        Ok(difference.chunks_exact(row).flat_map(less_first).collect())
    }

    /// The length of the last axis of the output.
    pub(super) fn row(&self) -> usize {
        self.a.output_shape().axes().last().copied().unwrap_or(1).max(1)
    }

    /// The `scale` field of evidence.
    pub(super) fn written_scale(&self) -> Option<Number> {
        (self.relation == RelationName::Scale).then(|| Number(self.scale.clone()))
    }

    /// The domain, or all inputs.
    pub(super) fn domain_or(&self, everywhere: bool) -> Domain {
        if everywhere { Domain::everywhere(self.domain.0.len()) } else { self.domain.clone() }
    }
}
