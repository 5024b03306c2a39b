//! Evidence that is made of inner products, and the word for the inner product in a statement.

use serde::{Deserialize, Serialize};

use super::Number;

/// The inner products of two models f and g.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InnerProduct {
    /// `<f, f>`
    pub aa: Number,
    /// `<f, g>`
    pub ab: Number,
    /// `<g, g>`
    pub bb: Number,
}

/// A difference whose norm by the layerwise recursion is zero.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layerwise {
    /// Up to scale, the factor `c`; else `null`.
    pub scale: Option<Number>,
    /// The largest level of a product in the models.
    pub levels: u64,
}

/// The inner product of a statement as one word: a metric, or `domain` for `None`, the mean over a finite
/// domain.
pub(super) mod metric_or_domain {
    use serde::de::IntoDeserializer;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::domain::Metric;

    const DOMAIN: &str = "domain";

    pub fn serialize<S: Serializer>(metric: &Option<Metric>, serializer: S) -> Result<S::Ok, S::Error> {
        match metric {
            Some(metric) => metric.serialize(serializer),
            None => serializer.serialize_str(DOMAIN),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Metric>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == DOMAIN { Ok(None) } else { Metric::deserialize(text.into_deserializer()).map(Some) }
    }
}
