//! JSON objects in which every key may stand only once.
//!
//! A map of the standard library would silently keep one of two values for the same key, and lose the order.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

/// A value of such an object.
pub(super) trait MapValue {
    /// What the object is, for messages: `an object that ..`.
    const OBJECT: &'static str;
    /// A key whose value is of another kind and is left out.
    const LEFT_OUT: Option<&'static str> = None;
}

/// The entries of an object in the order of the text.
pub(super) struct UniqueMap<V> {
    entries: Vec<(String, V)>,
    /// The first key that came again.
    repeated: Option<String>,
}

impl<V> UniqueMap<V> {
    /// The entries, unless a key comes twice; then that key.
    pub(super) fn unique(self) -> Result<Vec<(String, V)>, String> {
        self.repeated.map_or(Ok(self.entries), Err)
    }
}

impl<'de, V: MapValue + Deserialize<'de>> Deserialize<'de> for UniqueMap<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<UniqueMap<V>, D::Error> {
        deserializer.deserialize_map(MapVisitor(PhantomData))
    }
}

struct MapVisitor<V>(PhantomData<V>);

impl<'de, V: MapValue + Deserialize<'de>> Visitor<'de> for MapVisitor<V> {
    type Value = UniqueMap<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(V::OBJECT)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<UniqueMap<V>, A::Error> {
        let mut entries: Vec<(String, V)> = Vec::new();
        let mut seen = HashSet::new();
        let mut repeated = None;
        while let Some(key) = map.next_key::<String>()? {
            if V::LEFT_OUT == Some(key.as_str()) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if !seen.insert(key.clone()) {
                repeated.get_or_insert(key.clone());
            }
            entries.push((key, map.next_value()?));
        }
        Ok(UniqueMap { entries, repeated })
    }
}
