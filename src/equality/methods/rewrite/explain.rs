//! Which hidden unit of one network is which of the other, read off the classes of their products.

use std::collections::{BTreeMap, BTreeSet};

use num_rational::BigRational;

use super::row::ClassId;
use super::table::Value;
use super::{Correspondence, Layer, LayerMap, Sides};
use crate::network::{Label, Network, NodeId, Operation, Shape};

/// The units of one class in one layer of one network.
type Places = BTreeMap<ClassId, Vec<usize>>;

/// The map of all layers. `used` says of every class whether the output depends on it.
pub(super) fn layers(
    (layers_a, nodes_a): (&[Layer], &[(NodeId, Shape)]),
    (layers_b, nodes_b): (&[Layer], &[(NodeId, Shape)]),
    used: &[bool],
) -> Vec<LayerMap> {
    let (places_a, places_b) = (places(layers_a), places(layers_b));
    let everywhere = |places: &[Places]| -> BTreeMap<ClassId, usize> {
        let all = places.iter().enumerate().rev();
        all.flat_map(|(layer, places)| places.keys().map(move |&class| (class, layer))).collect()
    };
    let (known_a, known_b) = (everywhere(&places_a), everywhere(&places_b));
    let nothing = Places::new();
    let count = layers_a.len().max(layers_b.len());
    let map = |layer: usize| {
        let here_a = places_a.get(layer).unwrap_or(&nothing);
        let here_b = places_b.get(layer).unwrap_or(&nothing);
        let index_a = |layer: usize, unit: &usize| index(nodes_a, layer, *unit);
        let index_b = |unit: &usize| index(nodes_b, layer, *unit);
        let mut map = LayerMap { layer: layer + 1, ..LayerMap::default() };
        let mut by_unit: Vec<(&ClassId, &Vec<usize>)> = here_b.iter().collect();
        by_unit.sort_by_key(|(_, units)| units.first().copied());
        for (class, units) in by_unit {
            let elsewhere =
                if here_a.contains_key(class) { Some(layer) } else { known_a.get(class).copied() };
            let (dead, alone) = (&mut map.dead_b, &mut map.alone_b);
            match elsewhere.and_then(|other| Some((other, places_a.get(other)?.get(class)?))) {
                _ if !used[*class as usize] => dead.extend(units.iter().map(index_b)),
                None => alone.extend(units.iter().map(index_b)),
                Some((other, units_a)) => {
                    let (one, two) = (&layers_a[other], &layers_b[layer]);
                    // Duplicates on both sides correspond one by one.
                    let parts: Vec<(&[usize], &[usize])> = if units_a.len() == units.len() {
                        units_a.chunks(1).zip(units.chunks(1)).collect()
                    } else {
                        vec![(units_a, units)]
                    };
                    for (in_a, in_b) in parts {
                        let (i, j) = (in_a[0], in_b[0]);
                        map.units.push(Correspondence {
                            layer_a: other + 1,
                            a: in_a.iter().map(|unit| index_a(other, unit)).collect(),
                            b: in_b.iter().map(index_b).collect(),
                            factor: ratio(&two.product[j], &one.product[i]),
                            sides: sides((one, i), (two, j)),
                        });
                    }
                }
            }
        }
        map.units.sort_by(|one, two| one.b.cmp(&two.b));
        for (class, units) in here_a {
            let units = units.iter().map(|unit| index_a(layer, unit));
            if !used[*class as usize] {
                map.dead_a.extend(units);
            } else if !known_b.contains_key(class) {
                map.alone_a.extend(units);
            }
        }
        // A unit that is zero is dead as well.
        map.dead_a.extend(zeros(layers_a.get(layer)).map(|unit| index_a(layer, &unit)));
        map.dead_b.extend(zeros(layers_b.get(layer)).map(|unit| index_b(&unit)));
        for list in [&mut map.dead_a, &mut map.dead_b, &mut map.alone_a, &mut map.alone_b] {
            list.sort();
        }
        map
    };
    (0..count).map(map).collect()
}

fn places(layers: &[Layer]) -> Vec<Places> {
    let units = |layer: &Layer| {
        let mut places = Places::new();
        for (unit, value) in layer.product.iter().enumerate().filter(|(_, value)| !value.is_zero()) {
            places.entry(value.class).or_default().push(unit);
        }
        places
    };
    layers.iter().map(units).collect()
}

fn zeros(layer: Option<&Layer>) -> impl Iterator<Item = usize> {
    let units = layer.map_or(&[][..], |layer| &layer.product).iter().enumerate();
    units.filter(|(_, value)| value.is_zero()).map(|(unit, _)| unit)
}

fn ratio(value: &Value, of: &Value) -> Option<BigRational> {
    value.coefficient.divide(&of.coefficient)?.rational()
}

/// How the factors of one unit come from those of another, if they do one by one.
fn sides((one, i): (&Layer, usize), (two, j): (&Layer, usize)) -> Option<Sides> {
    let (left, right) = (&two.left[j], &two.right[j]);
    let swapped = match (&one.left[i], &one.right[i]) {
        (l, r) if l.class == left.class && r.class == right.class => false,
        (l, r) if r.class == left.class && l.class == right.class => true,
        _ => return None,
    };
    let (from_left, from_right) =
        if swapped { (&one.right[i], &one.left[i]) } else { (&one.left[i], &one.right[i]) };
    Some(Sides { left: ratio(left, from_left)?, right: ratio(right, from_right)?, swapped })
}

/// The nodes that the layers are, in the order of evaluation: products of two tensors, entry by entry. Empty
/// if these do not fit the layers. An index then has one entry for every axis of the node.
pub(super) fn nodes(network: &Network, layers: &[Layer]) -> Vec<(NodeId, Shape)> {
    let depends = network.depends_on_input();
    let is_product = |operation: &Operation| match operation {
        Operation::Contract { operands, spec } => {
            let kept: BTreeSet<Label> = spec.output.iter().copied().collect();
            operands.len() == 2
                && operands.iter().all(|id| depends[id.0])
                && spec.operands.iter().flatten().all(|label| kept.contains(label))
        }
        _ => false,
    };
    let nodes = network.nodes().iter().enumerate().filter(|(_, node)| is_product(&node.operation));
    let nodes: Vec<(NodeId, Shape)> = nodes.map(|(id, node)| (NodeId(id), node.shape.clone())).collect();
    let fits = nodes.len() == layers.len()
        && nodes.iter().zip(layers).all(|((_, shape), layer)| shape.size() == layer.product.len());
    if fits { nodes } else { Vec::new() }
}

fn index(nodes: &[(NodeId, Shape)], layer: usize, unit: usize) -> Vec<usize> {
    nodes.get(layer).map_or_else(|| vec![unit], |(_, shape)| shape.unravel(unit))
}
