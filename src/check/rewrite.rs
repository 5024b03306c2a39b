//! `rewrite`: both networks evaluated over names; see [`certificate::Rewrite`](crate::certificate::Rewrite).

use std::collections::BTreeMap;

use super::evaluate::evaluate_at;
use super::outcome::{Refusal, Work, require};
use super::subject::{Pair, Subject};
use super::terms::{Naming, Product, Sum, Terms};
use crate::certificate::{Layer, Number as Written, Rewrite, Units};
use crate::network::{Network, Operation};

/// The rewrite of one model as the other.
pub(super) fn rewrite(
    subject: &Subject,
    scale: Option<&Written>,
    folded: bool,
    work: &Work,
) -> Result<Rewrite, Refusal> {
    let pair = subject.pair(scale, "rewrite")?;
    let mut found = replay(&pair, Naming::Always, work)?;
    if folded {
        let field = "evidence.rewrite.folded";
        require(found.is_none(), field, "the outputs come out as the same values without")?;
        found = replay(&pair, Naming::Folded, work)?;
    }
    let reason = "the outputs of the two models do not come out as the same values";
    require(found.is_some(), "evidence.rewrite", reason)?;
    Ok(Rewrite { scale: scale.cloned(), folded, layers: found.unwrap_or_default() })
}

/// The hidden units that correspond, if the difference of the networks comes out as zero.
fn replay(pair: &Pair<'_>, naming: Naming, work: &Work) -> Result<Option<Vec<Layer>>, Refusal> {
    let names = Terms::new(naming, pair.a.variables(), Vec::new(), work);
    let mut variables = 0..pair.a.variables();
    let sizes = pair.a.inputs().iter().map(|input| input.shape.size());
    let inputs: Vec<Vec<Sum>> =
        sizes.map(|size| variables.by_ref().take(size).map(|name| names.variable(name)).collect()).collect();
    let (layers_a, layers_b) = (layers(pair.a), layers(pair.b));
    let with_output = |layers: &[usize], network: &Network| [layers, &[network.output().0]].concat();
    let mut a = evaluate_at(&names, pair.a, &inputs, &with_output(&layers_a, pair.a))?;
    let mut b = evaluate_at(&names, pair.b, &inputs, &with_output(&layers_b, pair.b))?;
    let (output_a, output_b) = (a.pop().unwrap_or_default(), b.pop().unwrap_or_default());
    let difference = pair.relate(&names, &output_a, &output_b)?;
    work.spend(0)?;
    if difference.iter().any(|sum| !sum.is_empty()) {
        return Ok(None);
    }
    let (layers_a, layers_b) = (layers_a.into_iter().zip(&a), layers_b.into_iter().zip(&b));
    let pairs = layers_a.zip(layers_b);
    Ok(Some(pairs.map(|((a, in_a), (b, in_b))| Layer { a, b, units: units(in_a, in_b) }).collect()))
}

/// Layers of hidden units: contractions of two operands or more that all depend on inputs, entry by entry.
fn layers(network: &Network) -> Vec<usize> {
    let depends = network.depends_on_input();
    let is_layer = |operation: &Operation| match operation {
        Operation::Contract { operands, spec } => {
            let labels = spec.operands.iter().flatten();
            operands.len() > 1
                && operands.iter().all(|id| depends[id.0])
                && labels.into_iter().all(|label| spec.output.contains(label))
        }
        _ => false,
    };
    let nodes = network.nodes().iter().enumerate();
    nodes.filter(|(_, node)| is_layer(&node.operation)).map(|(position, _)| position).collect()
}

/// Entries that are multiples of the same product of names, in the order of the second network.
fn units(a: &[Sum], b: &[Sum]) -> Vec<Units> {
    // Factors of products have been named, so that every entry is zero or one term.
    let places = |entries: &[Sum]| {
        let mut places: BTreeMap<Product, Vec<usize>> = BTreeMap::new();
        for (position, entry) in entries.iter().enumerate() {
            entry.iter().for_each(|(product, _)| places.entry(product.clone()).or_default().push(position));
        }
        places
    };
    let (in_a, in_b) = (places(a), places(b));
    let both = in_b.into_iter().filter_map(|(product, in_b)| Some((in_a.get(&product)?.clone(), in_b)));
    let mut units: Vec<Units> = both
        .map(|(in_a, in_b)| {
            let factor = |entry: &Sum| entry[0].1.rational();
            let factor = Written(factor(&b[in_b[0]]) / factor(&a[in_a[0]]));
            Units { a: in_a, b: in_b, factor }
        })
        .collect();
    units.sort_by(|one, two| one.b.cmp(&two.b));
    units
}
