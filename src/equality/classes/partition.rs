//! Networks sorted into classes, one after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use num_bigint::BigUint;
use num_traits::One;

use super::super::fit::{check, obstacle, zero_like};
use super::super::relation::of;
use super::super::{Domain, Method, Proof, Question, QuestionError, Relation, Verdict, decide};
use super::probe::{Probe, Readings};
use super::shared;
use crate::budget::Budget;
use crate::network::{Network, fingerprint};
use crate::shortage::{Shortage, Undecided};

/// Networks that are one function.
#[derive(Clone, Debug)]
pub struct Class {
    /// The first of them, with which others are compared.
    pub representative: usize,
    /// The others, and why each is in the class.
    pub merges: Vec<Merge>,
    /// When it is not known whether this is a class of its own or a part of another one: why.
    pub undecided: Option<Undecided>,
    pub(super) values: Option<Arc<shared::Values>>,
}

/// Why a network is in a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// The network.
    pub network: usize,
    /// The network of the class that it is related to.
    pub with: usize,
    /// Why it is. A factor is the one in `network = factor * with`.
    pub proof: Proof,
}

impl Class {
    /// Whether it is certain that all its networks are one function.
    pub fn certain(&self) -> bool {
        self.error_log2().is_none()
    }

    /// A bound on the probability that some merge is wrong: at most `2^-k`, the sum of the merges' bounds;
    /// `None` when all are proved.
    pub fn error_log2(&self) -> Option<u32> {
        error_log2(&self.merges)
    }

    /// All networks, the representative first.
    pub fn networks(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.representative).chain(self.merges.iter().map(|merge| merge.network))
    }
}

/// `k` such that the sum of the merges' bounds on the error is at most `2^-k`, if there are any.
fn error_log2<'a>(merges: impl IntoIterator<Item = &'a Merge>) -> Option<u32> {
    let errors: Vec<u32> = merges.into_iter().filter_map(|merge| merge.proof.method.error_log2()).collect();
    let most = *errors.iter().max()?;
    // In units of 2^-most.
    let sum: BigUint = errors.iter().map(|&k| BigUint::one() << (most - k)).sum();
    // sum <= 2^(bits of (sum - 1))
    let bits = (sum - 1u8).bits();
    Some(most.saturating_sub(u32::try_from(bits).unwrap_or(u32::MAX)))
}

/// The networks seen so far, in classes. A network is named by its number in the order of
/// [`Partition::admit`].
#[derive(Clone, Debug)]
pub struct Partition {
    pub(super) relation: Relation,
    pub(super) domain: Domain,
    /// A network of the shapes that all must have.
    pub(super) shapes: Network,
    pub(super) shared: Option<Arc<shared::Shared>>,
    pub(super) classes: Vec<Class>,
    /// The class of every network.
    pub(super) class_of: Vec<usize>,
    /// The first network of every fingerprint.
    pub(super) known: BTreeMap<[u8; 32], usize>,
    /// Witnesses that were found while networks were placed.
    pub(super) probes: Vec<Arc<Probe>>,
    pub(super) comparisons: u64,
}

/// Where a network belongs: what [`Partition::place`] found out.
#[derive(Clone, Debug)]
pub struct Placement {
    fingerprint: Option<[u8; 32]>,
    values: Option<Arc<shared::Values>>,
    /// What was read at known witnesses, by their positions.
    read: Vec<(usize, Readings)>,
    /// Witnesses that were found, the network itself under its number to be.
    probes: Vec<Probe>,
    comparisons: u64,
    found: Match,
}

#[derive(Clone, Debug)]
enum Match {
    Merge { with: usize, proof: Proof },
    Apart,
    Undecided(Undecided),
}

impl Placement {
    fn new(fingerprint: Option<[u8; 32]>, found: Match) -> Placement {
        Placement { fingerprint, values: None, read: Vec::new(), probes: Vec::new(), comparisons: 0, found }
    }

    /// Of a network that could not be looked at. Why is for the caller to know.
    pub fn unseen() -> Placement {
        Placement::new(None, Match::Undecided(Undecided::default()))
    }
}

impl Partition {
    /// No networks yet. All must have the shapes of this one.
    ///
    /// # Errors
    /// When the domain or the relation does not fit these shapes.
    pub fn new(shapes: &Network, relation: Relation, domain: Domain) -> Result<Partition, QuestionError> {
        check(shapes, shapes, &domain)?;
        of(relation).check(shapes.output_shape())?;
        let shapes = zero_like(shapes)?;
        Ok(Partition {
            relation,
            shared: shared::Shared::new(&shapes, relation, &domain).map(Arc::new),
            domain,
            shapes,
            classes: Vec::new(),
            class_of: Vec::new(),
            known: BTreeMap::new(),
            probes: Vec::new(),
            comparisons: 0,
        })
    }

    /// Finds out where a network belongs; [`Partition::admit`] puts it there. `load` gives networks admitted
    /// before.
    ///
    /// # Errors
    /// When the network has other shapes, or one cannot be loaded.
    pub fn place<E: From<QuestionError>>(
        &self,
        network: &Network,
        load: &mut dyn FnMut(usize) -> Result<Arc<Network>, E>,
        budget: &Budget,
    ) -> Result<Placement, E> {
        check(&self.shapes, network, &self.domain)?;
        let fingerprint = fingerprint(network);
        let mut placement = Placement::new(Some(fingerprint), Match::Apart);
        if let Some(&with) = self.known.get(&fingerprint) {
            let scale = of(self.relation).scale_of_itself();
            placement.found = Match::Merge { with, proof: Proof { method: Method::Identical, scale } };
            return Ok(placement);
        }
        if let Some(doubt) = self.evaluate(network, &mut placement, budget) {
            // Without any other network there is nothing to be in doubt about.
            if !self.classes.is_empty() {
                placement.found = Match::Undecided(doubt);
            }
            return Ok(placement);
        }
        let mut doubt = None;
        for class in self.to_compare(placement.values.as_deref()) {
            if self.differs_at_a_witness(network, class, &mut placement, budget) {
                continue;
            }
            let representative = load(class.representative)?;
            let question =
                Question { a: network, b: &representative, relation: self.relation, domain: &self.domain };
            placement.comparisons += 1;
            match decide(&question, budget)? {
                Verdict::Equal(proof) => {
                    placement.found = Match::Merge { with: class.representative, proof };
                    return Ok(placement);
                }
                Verdict::Different(witness) => {
                    let pair = (self.class_of.len(), class.representative);
                    placement.probes.extend(Probe::new(&witness, pair));
                }
                Verdict::Undecided(undecided) => doubt = doubt.or(Some(undecided)),
            }
        }
        if let Some(doubt) = doubt {
            placement.found = Match::Undecided(doubt);
        }
        Ok(placement)
    }

    /// The classes that a network with these values may belong to, the likely ones first.
    fn to_compare(&self, values: Option<&shared::Values>) -> Vec<&Class> {
        let possible =
            |class: &&Class| class.undecided.is_none() && !separate(class.values.as_deref(), values);
        let unlike = |class: &&Class| {
            let both = class.values.as_deref().zip(values);
            !both.is_some_and(|(a, b)| a.resemble(b))
        };
        let mut classes: Vec<&Class> = self.classes.iter().filter(possible).collect();
        classes.sort_by_key(unlike);
        classes
    }

    /// Whether a network differs from a class where that differs from another one.
    fn differs_at_a_witness(
        &self,
        network: &Network,
        class: &Class,
        placement: &mut Placement,
        budget: &Budget,
    ) -> bool {
        for (at, probe) in self.probes.iter().enumerate() {
            let Some(known) = probe.of(class.representative) else { continue };
            if !placement.read.iter().any(|&(read, _)| read == at) {
                let Some(numbers) = probe.read(network, budget) else { continue };
                placement.read.push((at, numbers));
            }
            let read = placement.read.iter().find(|&&(read, _)| read == at);
            if read.is_some_and(|(_, numbers)| probe.separates(self.relation, numbers, known)) {
                return true;
            }
        }
        false
    }

    /// Evaluates a network at the shared points.
    fn evaluate(&self, network: &Network, placement: &mut Placement, budget: &Budget) -> Option<Undecided> {
        if let Some(undecided) = obstacle(network, budget) {
            return Some(undecided);
        }
        budget.begins("evaluating");
        match self.shared.as_ref()?.values(network, budget) {
            Ok(values) => {
                placement.values = values.map(Arc::new);
                None
            }
            Err(_) if budget.expired() => Some(Undecided::stopped("evaluation at a few points", budget)),
            Err(error) => Some(Undecided::because(error.to_string(), Shortage::default())),
        }
    }

    /// Puts a network where it belongs, and returns its number. A placement is good for the partition that it
    /// was found for, before any other network was admitted.
    pub fn admit(&mut self, placement: Placement) -> usize {
        let network = self.class_of.len();
        let Placement { fingerprint, values, read, probes, comparisons, found } = placement;
        self.comparisons += comparisons;
        if let Some(fingerprint) = fingerprint {
            self.known.entry(fingerprint).or_insert(network);
        }
        let undecided = match found {
            Match::Merge { with, proof } => {
                let class = self.class_of[with];
                self.class_of.push(class);
                self.classes[class].merges.push(Merge { network, with, proof });
                return network;
            }
            Match::Apart => None,
            Match::Undecided(doubt) => Some(doubt),
        };
        for (at, numbers) in read {
            if let Some(probe) = self.probes.get_mut(at) {
                Arc::make_mut(probe).values.push((network, numbers));
            }
        }
        self.probes.extend(probes.into_iter().map(Arc::new));
        self.class_of.push(self.classes.len());
        self.classes.push(Class { representative: network, merges: Vec::new(), undecided, values });
        network
    }

    /// All classes, in the order of their representatives, those that are undecided among them.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// How many questions were decided, or tried, so far: pairs of networks that were compared.
    pub fn comparisons(&self) -> u64 {
        self.comparisons
    }

    /// A bound on the probability that some merge of any class is wrong, as [`Class::error_log2`].
    pub fn error_log2(&self) -> Option<u32> {
        error_log2(self.classes.iter().flat_map(|class| &class.merges))
    }

    /// The representatives of other classes that an undecided one may belong to, or that may belong to it.
    pub fn candidates(&self, class: &Class) -> Vec<usize> {
        let others = self.classes.iter().filter(|other| {
            other.representative != class.representative
                && !separate(class.values.as_deref(), other.values.as_deref())
                && self.probe(class.representative, other.representative).is_none()
        });
        others.map(|other| other.representative).collect()
    }

    pub(super) fn class(&self, representative: usize) -> Option<&Class> {
        self.class_of.get(representative).and_then(|&class| self.classes.get(class))
    }
}

fn separate(a: Option<&shared::Values>, b: Option<&shared::Values>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a.separate(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge(error_log2: Option<u32>) -> Merge {
        let method = match error_log2 {
            None => Method::Identical,
            Some(error_log2) => Method::RandomEvaluation { rounds: 3, error_log2, degree: 1, height: 1 },
        };
        Merge { network: 1, with: 0, proof: Proof { method, scale: None } }
    }

    /// 2^-128 three times is 3/4 of 2^-126; 2^-128 + 2^-130 is below 2^-127; twice 2^-128 is 2^-127.
    #[test]
    fn errors_add_up() {
        let sum = |errors: &[Option<u32>]| {
            let merges: Vec<Merge> = errors.iter().map(|&error| merge(error)).collect();
            error_log2(&merges)
        };
        assert_eq!(sum(&[]), None);
        assert_eq!(sum(&[None, None]), None);
        assert_eq!(sum(&[Some(128), None]), Some(128));
        assert_eq!(sum(&[Some(128), Some(128)]), Some(127));
        assert_eq!(sum(&[Some(128), Some(128), Some(128)]), Some(126));
        assert_eq!(sum(&[Some(128), Some(130)]), Some(127));
        assert_eq!(sum(&[Some(1); 8]), Some(0));
    }
}
