//! Many networks, sorted into classes of equal functions.
//!
//! `n` networks in `k` classes take about `n` comparisons, not `n^2`: a network that is node for node one
//! that was seen before is recognised by its [fingerprint], one whose values at shared random points are new
//! is a class of its own (`shared`), and only one whose values were seen before is compared, with the
//! representative of the class that has them. The relations are equivalences, so what is related to a
//! representative is related to the whole class.
//!
//! Representatives of different classes are told apart by [`Separation`]s (`separation`): an input where
//! their outputs differ. One tells many pairs apart, so `k` classes take at most `k - 1` searches for one.
//!
//! Networks need not be in memory all at once: those that are needed again are asked for. Nothing is merged
//! without a proof (or a bound on the error, as [`decide`](super::decide) gives it), and what can be neither
//! merged nor told apart stays *undecided*.

mod partition;
mod probe;
mod separation;
mod shared;

use std::sync::Arc;

use super::{Domain, QuestionError, Relation};
use crate::budget::Budget;
use crate::network::Network;

pub use partition::{Class, Merge, Partition, Placement};
pub use probe::Place;
pub use separation::{Separation, Task};

/// The classes of some networks that are in memory, and what separates them.
///
/// # Errors
/// When shapes, domain and relation do not fit together, or there are no networks.
pub fn classes(
    networks: &[Arc<Network>],
    relation: Relation,
    domain: &Domain,
    budget: &Budget,
) -> Result<(Partition, Vec<Separation>), QuestionError> {
    let first = networks.first().ok_or_else(|| QuestionError::Shapes("there are no networks".to_string()))?;
    let mut partition = Partition::new(first, relation, domain.clone())?;
    let mut load = |network: usize| -> Result<Arc<Network>, QuestionError> { Ok(networks[network].clone()) };
    for network in networks {
        let placement = partition.place(network, &mut load, budget)?;
        partition.admit(placement);
    }
    let mut separations = Vec::new();
    let mut tasks = partition.tasks();
    while let Some(task) = tasks.pop() {
        let step = partition.separate(&task, &mut load, budget)?;
        separations.extend(partition.separated(step, &mut tasks));
    }
    Ok((partition, separations))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{polynomial, rational};
    use super::*;

    /// Denominators that the shared prime divides: those networks are compared with all classes, and sorted
    /// as well.
    #[test]
    fn networks_without_shared_values_are_sorted_too() {
        let one = polynomial(2, &[(1, &[0])]);
        let domain = Domain::everywhere(1);
        let partition = Partition::new(&one, Relation::Equal, domain.clone()).unwrap();
        let prime = i64::try_from(partition.shared.as_ref().unwrap().field.prime()).unwrap();
        let over_prime = |terms: &[(i64, &[usize])]| {
            let mut builder = crate::network::Builder::new();
            let inputs = builder.inputs(&one);
            let output = super::super::tests::polynomial_node(&mut builder, inputs[0], terms);
            let output = builder.combine(vec![(rational(1, prime), output)]).unwrap();
            builder.network(one.inputs().to_vec(), output)
        };
        let networks: Vec<Arc<Network>> = vec![
            Arc::new(over_prime(&[(1, &[0, 1])])),
            Arc::new(one.clone()),
            // The same as the first.
            Arc::new(over_prime(&[(2, &[0, 1]), (-1, &[1, 0])])),
            Arc::new(over_prime(&[(1, &[1])])),
            Arc::new(polynomial(2, &[(2, &[0]), (-1, &[0])])),
        ];
        let (partition, separations) =
            classes(&networks, Relation::Equal, &domain, &Budget::default()).unwrap();
        let members: Vec<Vec<usize>> =
            partition.classes().iter().map(|class| class.networks().collect()).collect();
        assert_eq!(members, [vec![0, 2], vec![1, 4], vec![3]]);
        for (a, b) in [(0, 1), (0, 3), (1, 3)] {
            let apart = |separation: &Separation| {
                let group = |network| {
                    let at = separation.values.iter().position(|&(listed, _)| listed == network);
                    at.map(|at| separation.groups[at])
                };
                matches!((group(a), group(b)), (Some(a), Some(b)) if a != b)
            };
            assert!(separations.iter().any(apart), "{a} and {b}");
        }
    }
}
