//! The `.safetensors` format: the length of the header in 8 bytes, a JSON object that gives every tensor's
//! type, shape and place, then the data without gaps.
//!
//! The `safetensors` crate is not used, for three reasons: messages should name the tensor that is at fault,
//! a name that is listed twice should be an error and not depend on a hash map, and one tensor of an exotic
//! type should not make the others unreadable.

use std::io::Read;

use serde::Deserialize;

use super::element::{ByteOrder, Element, Layout, Storage};
use super::error::{Quoted, WeightFault};
use super::float8::Float8;
use crate::model::files::unique_map::{MapValue, UniqueMap};

/// The longest header that the format allows.
const LONGEST_HEADER: u64 = 100_000_000;

/// A tensor as the header describes it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Where its bytes begin in the file.
    pub(super) start: u64,
    /// How to read it, or why that cannot be done.
    pub(super) storage: Result<Storage, WeightFault>,
}

/// Reads and checks the header of a file of this length.
pub(super) fn read_header(source: &mut dyn Read, length: u64) -> Result<Vec<Entry>, WeightFault> {
    let header_length = header_length(source, length)?;
    let mut header = Vec::new();
    source
        .take(header_length)
        .read_to_end(&mut header)
        .map_err(|e| WeightFault::Unreadable(e.to_string()))?;
    if header.len() as u64 != header_length {
        return Err(malformed("the header ends too early"));
    }
    let text = std::str::from_utf8(&header).map_err(|_| malformed("the header is not UTF-8"))?;
    let tensors: UniqueMap<Tensor> =
        serde_json::from_str(text).map_err(|e| malformed(format!("malformed header: {e}")))?;
    let tensors =
        tensors.unique().map_err(|name| malformed(format!("tensor {} is listed twice", Quoted(&name))))?;
    let data = 8 + header_length;
    check_places(&tensors, length - data)?;
    tensors
        .into_iter()
        .map(|(name, tensor)| {
            let storage = tensor.storage(&name)?;
            Ok(Entry { name, start: data + tensor.data_offsets.0, storage })
        })
        .collect()
}

/// Whether the first bytes of a file of this length can be those of this format.
pub(super) fn recognise(first: &[u8], length: u64) -> bool {
    match first.first_chunk::<8>() {
        // The first character of the header is `{`, by the format's own rule.
        Some(bytes) => first.get(8) == Some(&b'{') && u64::from_le_bytes(*bytes) <= length,
        None => false,
    }
}

fn header_length(source: &mut dyn Read, length: u64) -> Result<u64, WeightFault> {
    let mut bytes = [0; 8];
    source
        .read_exact(&mut bytes)
        .map_err(|_| malformed("it is shorter than the 8 bytes that give the header's length"))?;
    let header = u64::from_le_bytes(bytes);
    if header > LONGEST_HEADER {
        return Err(malformed(format!(
            "the header length field says {header} bytes; the format allows {LONGEST_HEADER}"
        )));
    }
    if header > length.saturating_sub(8) {
        return Err(malformed(format!(
            "the header length field says {header} bytes, but only {} follow",
            length.saturating_sub(8)
        )));
    }
    Ok(header)
}

/// The tensors must cover the data section of this length without gaps and overlaps.
fn check_places(tensors: &[(String, Tensor)], length: u64) -> Result<(), WeightFault> {
    let mut places: Vec<(u64, u64, &str)> = tensors
        .iter()
        .map(|(name, tensor)| (tensor.data_offsets.0, tensor.data_offsets.1, name.as_str()))
        .collect();
    places.sort_unstable();
    let mut covered = 0;
    for &(start, end, name) in &places {
        let name = Quoted(name);
        if end < start {
            return Err(malformed(format!("tensor {name} ends at byte {end}, before its start at {start}")));
        }
        if start < covered {
            return Err(malformed(format!("the data of tensor {name} overlap those of another tensor")));
        }
        if start > covered {
            return Err(malformed(format!("bytes {covered} to {start} of the data belong to no tensor")));
        }
        if end > length {
            return Err(malformed(format!(
                "tensor {name} ends at byte {end} of the data, which has only {length} bytes"
            )));
        }
        covered = end;
    }
    if covered < length {
        return Err(malformed(format!("{} bytes follow the data of the last tensor", length - covered)));
    }
    Ok(())
}

fn malformed(message: impl Into<String>) -> WeightFault {
    WeightFault::Malformed { format: "safetensors", message: message.into() }
}

/// What the header says about a tensor.
#[derive(Deserialize)]
struct Tensor {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

impl MapValue for Tensor {
    const OBJECT: &'static str = "an object with an entry for every tensor";
    const LEFT_OUT: Option<&'static str> = Some("__metadata__");
}

impl Tensor {
    /// How to read it. The outer error makes the whole file invalid, the inner one only this tensor.
    fn storage(&self, name: &str) -> Result<Result<Storage, WeightFault>, WeightFault> {
        let unsupported = || Ok(Err(WeightFault::Unsupported { dtype: Quoted(&self.dtype).to_string() }));
        let shape = match Storage::shape(&self.shape) {
            Ok(shape) => shape,
            Err(fault) => return Ok(Err(fault)),
        };
        let Some(bits) = bits(&self.dtype) else { return unsupported() };
        let bytes = self.data_offsets.1 - self.data_offsets.0;
        if bytes.checked_mul(8) != (shape.size() as u64).checked_mul(bits) {
            return Err(malformed(format!(
                "tensor {} of type {} and shape {shape} cannot have {bytes} bytes",
                Quoted(name),
                self.dtype
            )));
        }
        let Some(element) = element(&self.dtype) else { return unsupported() };
        Ok(Ok(Storage { element, byte_order: ByteOrder::Little, layout: Layout::C, shape }))
    }
}

/// The supported type of this name.
fn element(dtype: &str) -> Option<Element> {
    Some(match dtype {
        "BOOL" => Element::Bool,
        "I8" => Element::I8,
        "I16" => Element::I16,
        "I32" => Element::I32,
        "I64" => Element::I64,
        "U8" => Element::U8,
        "U16" => Element::U16,
        "U32" => Element::U32,
        "U64" => Element::U64,
        "F16" => Element::F16,
        "BF16" => Element::BF16,
        "F32" => Element::F32,
        "F64" => Element::F64,
        _ => return Float8::called(dtype).map(Element::F8),
    })
}

/// Bits per entry of every type of the format. Unsupported types are listed too, so that their sizes are
/// checked.
fn bits(dtype: &str) -> Option<u64> {
    if let Some(element) = element(dtype) {
        return Some(8 * element.width());
    }
    Some(match dtype {
        "F4" => 4,
        "F6_E2M3" | "F6_E3M2" => 6,
        "C64" => 64,
        _ => return None,
    })
}
