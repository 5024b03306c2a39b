//! Linear operations on blocks of moments.

use num_rational::BigRational;
use num_traits::One;

use super::factors::{Block, Factor, contract, written};
use super::state::Moments;
use crate::network::{Arrangement, BuildError, Label, NodeId, Operation, Shape};
use crate::similarity::Failure;

impl Moments<'_> {
    /// A linear operation on the leading axes of blocks, one for every operand (constants of a contraction
    /// stand for themselves, whatever is given for them). `behind` is the shape of the axes that follow.
    pub(super) fn linear(
        &mut self,
        id: NodeId,
        blocks: Vec<Block>,
        behind: &Shape,
    ) -> Result<Block, Failure> {
        if blocks.iter().all(|block| *block == Block::Zero) {
            return Ok(Block::Zero);
        }
        let shape = joined(&self.shape(id), behind)?;
        match self.operation(id).clone() {
            Operation::Contract { operands, spec } => {
                let shift = spec.operands.iter().flatten().max().map_or(0, |label| label + 1);
                let own: Vec<Label> = (shift..shift + behind.rank() as Label).collect();
                let mut factors = Vec::new();
                for ((operand, labels), block) in operands.into_iter().zip(spec.operands).zip(blocks) {
                    if !self.depends(operand) {
                        factors.push(Factor { block: Block::Node(operand), labels });
                    } else if block == Block::Zero {
                        return Ok(Block::Zero);
                    } else {
                        factors.push(Factor { block, labels: [labels, own.clone()].concat() });
                    }
                }
                let output = [spec.output, own].concat();
                Ok(Block::Node(contract(&mut self.builder, self.budget, factors, output)?))
            }
            Operation::Combine { terms } => {
                let mut sum = Vec::new();
                for ((coefficient, _), block) in terms.into_iter().zip(blocks) {
                    if block != Block::Zero {
                        sum.push((coefficient, self.node(block, &self.shape(id), behind)?));
                    }
                }
                Ok(Block::Node(self.builder.combine(sum)?))
            }
            Operation::Arrange { operands, arrangement } => {
                let mut parts = Vec::new();
                for (operand, block) in operands.into_iter().zip(blocks) {
                    parts.push(self.node(block, &self.shape(operand), behind)?);
                }
                Ok(Block::Node(match arrangement {
                    Arrangement::Broadcast => self.repeated(id, parts[0], &shape)?,
                    _ => self.builder.arranged(parts, &arrangement, shape)?,
                }))
            }
            Operation::Input(_) | Operation::Constant(_) | Operation::HeadCovariance { .. } => {
                Ok(Block::Zero)
            }
        }
    }

    /// What a broadcast makes of a part, with a shape that ends in that of the part.
    fn repeated(&mut self, id: NodeId, part: NodeId, shape: &Shape) -> Result<NodeId, Failure> {
        let own = self.shape(id);
        let one = self.builder.scalar(BigRational::one());
        let ones = self.builder.broadcast(one, own.clone())?;
        let labels: Vec<Label> = (0..shape.rank() as Label).collect();
        let (front, back) = labels.split_at(own.rank());
        let factors = vec![
            Factor { block: Block::Node(ones), labels: front.to_vec() },
            Factor { block: Block::Node(part), labels: back.to_vec() },
        ];
        contract(&mut self.builder, self.budget, factors, labels.clone())
    }

    /// A block as a node, with the axes of these shapes.
    pub(super) fn node(&mut self, block: Block, front: &Shape, back: &Shape) -> Result<NodeId, Failure> {
        match block {
            Block::Node(node) => Ok(node),
            Block::Identity(shape) => written(&mut self.builder, self.budget, &shape),
            Block::Zero => self.zeros(joined(front, back)?),
        }
    }
}

/// The axes of two shapes, one after the other.
fn joined(front: &Shape, back: &Shape) -> Result<Shape, BuildError> {
    Shape::new([front.axes(), back.axes()].concat()).ok_or(BuildError::TooLarge)
}
