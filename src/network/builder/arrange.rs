//! Building what moves entries: reshaping, slicing, joining, repeating.

use super::{BuildError, Builder, Built};
use crate::network::{Arrangement, NodeId, Operation, Shape};

impl Builder {
    /// Operands, at least one, arranged to make a tensor of a shape.
    pub fn arranged(&mut self, operands: Vec<NodeId>, arrangement: &Arrangement, shape: Shape) -> Built {
        match arrangement {
            Arrangement::Reshape => self.reshape(operands[0], shape),
            Arrangement::Slice { axis, start } => self.slice(operands[0], *axis, *start, shape.axes()[*axis]),
            Arrangement::Concat { axis } => self.concat(operands, *axis),
            Arrangement::Broadcast => self.broadcast(operands[0], shape),
        }
    }

    fn arrange(&mut self, operands: Vec<NodeId>, arrangement: Arrangement, shape: Shape) -> NodeId {
        self.insert(Operation::Arrange { operands, arrangement }, shape)
    }

    /// The same entries under another shape.
    pub fn reshape(&mut self, operand: NodeId, shape: Shape) -> Built {
        let from = self.shape(operand);
        let (given, wanted) = (from.size(), shape.size());
        if given != wanted {
            return Err(BuildError::Shapes(format!("{from} has {given} entries but {shape} has {wanted}")));
        }
        if *from == shape {
            return Ok(operand);
        }
        match &self.nodes[operand.0].operation {
            Operation::Arrange { operands, arrangement: Arrangement::Reshape } => {
                self.reshape(operands[0], shape)
            }
            Operation::Arrange { operands, arrangement: Arrangement::Broadcast } => {
                self.broadcast(operands[0], shape)
            }
            _ => Ok(self.arrange(vec![operand], Arrangement::Reshape, shape)),
        }
    }

    /// The entries `start .. start + length` along an axis.
    pub fn slice(&mut self, operand: NodeId, axis: usize, start: usize, length: usize) -> Built {
        let from = self.shape(operand).clone();
        match from.axes().get(axis) {
            Some(&available) if start.checked_add(length).is_some_and(|end| end <= available) => {
                if start == 0 && length == available {
                    return Ok(operand);
                }
                let mut axes = from.axes().to_vec();
                axes[axis] = length;
                let shape = Shape::new(axes).ok_or(BuildError::TooLarge)?;
                self.slice_of(operand, axis, start, shape)
            }
            _ => {
                let message = format!("axis {axis} of {from} has no entries {start}..{start}+{length}");
                Err(BuildError::Shapes(message))
            }
        }
    }

    /// A slice that is known to fit, taken from as close to the origin of its entries as is easy to see.
    fn slice_of(&mut self, mut operand: NodeId, axis: usize, mut start: usize, shape: Shape) -> Built {
        let length = shape.axes()[axis];
        while let Operation::Arrange { operands, arrangement } = &self.nodes[operand.0].operation {
            match arrangement {
                Arrangement::Slice { axis: other, start: first } if *other == axis => {
                    operand = operands[0];
                    start += first;
                }
                Arrangement::Concat { axis: other } if *other == axis => {
                    let mut before = 0;
                    let part = operands.iter().find(|&&part| {
                        let end = before + self.shape(part).axes()[axis];
                        let inside = before <= start && start + length <= end;
                        if !inside {
                            before = end;
                        }
                        inside
                    });
                    let Some(&part) = part else { break };
                    operand = part;
                    start -= before;
                }
                Arrangement::Broadcast => {
                    let scalar = operands[0];
                    return self.broadcast(scalar, shape);
                }
                _ => break,
            }
            if *self.shape(operand) == shape {
                return Ok(operand);
            }
        }
        Ok(self.arrange(vec![operand], Arrangement::Slice { axis, start }, shape))
    }

    /// One entry along an axis; the axis disappears.
    pub fn select(&mut self, operand: NodeId, axis: usize, index: usize) -> Built {
        let slice = self.slice(operand, axis, index, 1)?;
        let mut axes = self.shape(slice).axes().to_vec();
        axes.remove(axis);
        let shape = Shape::new(axes).ok_or(BuildError::TooLarge)?;
        self.reshape(slice, shape)
    }

    /// Operands joined along an axis; their other axes must agree.
    pub fn concat(&mut self, operands: Vec<NodeId>, axis: usize) -> Built {
        let Some(&first) = operands.first() else {
            return Err(BuildError::Shapes("nothing to join".to_string()));
        };
        if operands.len() == 1 {
            return Ok(first);
        }
        let mut axes = self.shape(first).axes().to_vec();
        if axis >= axes.len() {
            return Err(BuildError::Shapes(format!("{} has no axis {axis}", self.shape(first))));
        }
        let mut total = 0usize;
        for &id in &operands {
            let other = self.shape(id).axes();
            let fits = other.len() == axes.len() && (0..axes.len()).all(|i| i == axis || other[i] == axes[i]);
            if !fits {
                let (first, other) = (self.shape(first), self.shape(id));
                return Err(BuildError::Shapes(format!("{first} and {other} cannot be joined")));
            }
            total = total.saturating_add(other[axis]);
        }
        axes[axis] = total;
        let shape = Shape::new(axes).ok_or(BuildError::TooLarge)?;
        Ok(self.arrange(operands, Arrangement::Concat { axis }, shape))
    }

    /// Operands of one shape along a new first axis.
    pub fn stack(&mut self, operands: Vec<NodeId>) -> Built {
        let mut rows = Vec::with_capacity(operands.len());
        for id in operands {
            let axes = [&[1], self.shape(id).axes()].concat();
            let shape = Shape::new(axes).ok_or(BuildError::TooLarge)?;
            rows.push(self.reshape(id, shape)?);
        }
        self.concat(rows, 0)
    }

    /// A scalar repeated to fill a shape.
    pub fn broadcast(&mut self, operand: NodeId, shape: Shape) -> Built {
        let from = self.shape(operand);
        if *from == shape {
            return Ok(operand);
        }
        if from.rank() != 0 {
            return Err(BuildError::Shapes(format!("only scalars broadcast, and {from} is not one")));
        }
        Ok(self.arrange(vec![operand], Arrangement::Broadcast, shape))
    }
}
