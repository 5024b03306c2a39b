//! Tensors as nested arrays.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::network::{Shape, Tensor};

/// A tensor: a scalar is its entry, anything else an array of the tensors along its first axis.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub enum Nested<E> {
    /// A scalar.
    Entry(E),
    /// The tensors along the first axis.
    Rows(Vec<Nested<E>>),
}

impl<E> Nested<E> {
    /// A tensor from its entries in row-major order, which must fit the shape.
    pub fn new<T>(shape: &Shape, data: &[T], entry: impl Fn(&T) -> E + Copy) -> Nested<E> {
        nest(shape.axes(), data, entry)
    }

    /// The tensor of a shape, or `None` when it has another.
    pub fn tensor<T>(&self, shape: &Shape, entry: impl Fn(&E) -> T + Copy) -> Option<Tensor<T>> {
        let mut data = Vec::new();
        flatten(self, shape.axes(), entry, &mut data)?;
        Tensor::new(shape.clone(), data)
    }
}

fn nest<T, E>(axes: &[usize], data: &[T], entry: impl Fn(&T) -> E + Copy) -> Nested<E> {
    match axes.split_first() {
        None => data.first().map_or(Nested::Rows(Vec::new()), |value| Nested::Entry(entry(value))),
        Some((&count, rest)) => {
            let size: usize = rest.iter().product();
            let row = |i: usize| nest(rest, data.get(i * size..(i + 1) * size).unwrap_or(&[]), entry);
            Nested::Rows((0..count).map(row).collect())
        }
    }
}

fn flatten<T, E>(
    nested: &Nested<E>,
    axes: &[usize],
    entry: impl Fn(&E) -> T + Copy,
    data: &mut Vec<T>,
) -> Option<()> {
    match (nested, axes.split_first()) {
        (Nested::Entry(value), None) => {
            data.push(entry(value));
            Some(())
        }
        (Nested::Rows(rows), Some((&count, rest))) if rows.len() == count => {
            rows.iter().try_for_each(|row| flatten(row, rest, entry, data))
        }
        _ => None,
    }
}

impl<E: Serialize> Serialize for Nested<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Nested::Entry(entry) => entry.serialize(serializer),
            Nested::Rows(rows) => rows.serialize(serializer),
        }
    }
}

/// An array is rows, a string is an entry.
struct Visitor<E>(std::marker::PhantomData<E>);

impl<'de, E: Deserialize<'de>> serde::de::Visitor<'de> for Visitor<E> {
    type Value = Nested<E>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a number as a string, or an array")
    }

    fn visit_str<R: serde::de::Error>(self, text: &str) -> Result<Nested<E>, R> {
        E::deserialize(serde::de::value::StrDeserializer::new(text)).map(Nested::Entry)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut rows: A) -> Result<Nested<E>, A::Error> {
        let mut all = Vec::new();
        while let Some(row) = rows.next_element()? {
            all.push(row);
        }
        Ok(Nested::Rows(all))
    }
}

impl<'de, E: Deserialize<'de>> Deserialize<'de> for Nested<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Nested<E>, D::Error> {
        deserializer.deserialize_any(Visitor(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::Natural;

    #[test]
    fn nested_arrays() {
        let shape = Shape::new([2, 3]).unwrap();
        let nested = Nested::new(&shape, &[1u64, 2, 3, 4, 5, 6], |&value| Natural(value));
        let text = serde_json::to_string(&nested).unwrap();
        assert_eq!(text, r#"[["1","2","3"],["4","5","6"]]"#);
        let again: Nested<Natural> = serde_json::from_str(&text).unwrap();
        assert_eq!(again.tensor(&shape, |n| n.0).unwrap().data(), [1, 2, 3, 4, 5, 6]);
        for other in [vec![3, 2], vec![6], vec![2, 3, 1], vec![], vec![2]] {
            assert!(again.tensor(&Shape::new(other).unwrap(), |n| n.0).is_none());
        }
        for ragged in [r#"[["1","2","3"],["4","5"]]"#, r#"["1",["2"]]"#, r#"[[],[]]"#, r#""1""#] {
            let ragged: Nested<Natural> = serde_json::from_str(ragged).unwrap();
            assert!(ragged.tensor(&shape, |n| n.0).is_none());
        }
        assert!(serde_json::from_str::<Nested<Natural>>("1").is_err());
        let scalar: Nested<Natural> = serde_json::from_str(r#""7""#).unwrap();
        assert_eq!(scalar.tensor(&Shape::scalar(), |n| n.0).unwrap().data(), [7]);
        let empty = Shape::new([0, 2]).unwrap();
        assert_eq!(
            serde_json::to_string(&Nested::new(&empty, &[] as &[u64], |&v| Natural(v))).unwrap(),
            "[]"
        );
    }
}
