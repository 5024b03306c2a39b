//! Checkpoints that are split over several `.safetensors` files, read through their index: a JSON object
//! whose `weight_map` gives the file of every tensor.
//!
//! The index decides what belongs to the checkpoint: tensors that it does not list are ignored, and a listed
//! tensor or file that is missing makes the whole checkpoint invalid. Files outside the folder of the index
//! are refused.

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path};
use std::sync::Arc;

use serde::Deserialize;

use super::error::{Quoted, WeightFault};
use super::raw::Raw;
use super::safetensors;
use crate::model::files::unique_map::{MapValue, UniqueMap};

/// The longest index that is read, in bytes: as long as the header of a `.safetensors` file may be.
const LONGEST_INDEX: u64 = 100_000_000;

/// A checkpoint in several files.
pub(super) struct Checkpoint {
    pub(super) shards: Vec<Shard>,
    /// The name of every tensor, in the order of the index, its shard and its place in the shard's header.
    pub(super) tensors: Vec<(String, usize, usize)>,
}

/// One of the files.
pub(super) struct Shard {
    pub(super) raw: Arc<Raw>,
    pub(super) entries: Vec<safetensors::Entry>,
}

/// Whether a file whose first bytes are text is (or was meant to be) an index.
pub(super) fn recognise(path: &Path, first: &[u8]) -> bool {
    let mentions = |word: &[u8]| first.windows(word.len()).any(|window| window == word);
    let named =
        path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".safetensors.index.json"));
    named
        || first.trim_ascii_start().starts_with(b"{")
            && (mentions(b"\"weight_map\"") || mentions(b"\"total_size\""))
}

/// Reads an index and the headers of all files it names.
pub(super) fn open(index: &Raw) -> Result<Checkpoint, WeightFault> {
    let length = index.length();
    if length > LONGEST_INDEX {
        return Err(malformed(format!("it has {length} bytes; the limit is {LONGEST_INDEX}")));
    }
    let mut bytes = vec![0; length as usize];
    index.read(&mut bytes, 0)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| malformed("it is not UTF-8"))?;
    let Index { weight_map } = serde_json::from_str(text).map_err(|e| malformed(e.to_string()))?;
    let pairs = weight_map
        .unique()
        .map_err(|tensor| malformed(format!("tensor {} is listed twice", Quoted(&tensor))))?;
    let folder = index.path().parent().unwrap_or(Path::new(""));
    let mut shards: Vec<Shard> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    // For every shard, the places of its tensors in its header.
    let mut places: Vec<HashMap<String, usize>> = Vec::new();
    let mut tensors = Vec::with_capacity(pairs.len());
    for (tensor, file) in pairs {
        let shard = match known.get(&file) {
            Some(&shard) => shard,
            None => {
                check_file_name(&tensor, &file)?;
                let opened = open_shard(&folder.join(&file)).map_err(|fault| WeightFault::Shard {
                    file: Quoted(&file).to_string(),
                    fault: Box::new(fault),
                })?;
                let names =
                    opened.entries.iter().enumerate().map(|(place, entry)| (entry.name.clone(), place));
                places.push(names.collect());
                shards.push(opened);
                known.insert(file.clone(), shards.len() - 1);
                shards.len() - 1
            }
        };
        let Some(&place) = places[shard].get(&tensor) else {
            return Err(malformed(format!(
                "the index puts tensor {} in {}, which has no tensor of that name",
                Quoted(&tensor),
                Quoted(&file)
            )));
        };
        tensors.push((tensor, shard, place));
    }
    Ok(Checkpoint { shards, tensors })
}

fn open_shard(path: &Path) -> Result<Shard, WeightFault> {
    let raw = Arc::new(Raw::open(path)?);
    if raw.length() == 0 {
        return Err(WeightFault::Empty);
    }
    let mut source = std::io::BufReader::new(raw.sequential()?);
    let entries = safetensors::read_header(&mut source, raw.length())?;
    Ok(Shard { raw, entries })
}

/// A file may be anywhere below the index's folder.
fn check_file_name(tensor: &str, file: &str) -> Result<(), WeightFault> {
    let inside = |component: Component<'_>| matches!(component, Component::Normal(_) | Component::CurDir);
    let whole = Path::new(file);
    // A backslash separates folders on some systems and is part of a name on others.
    let plain = !file.is_empty() && !file.contains(['\\', '\0']) && whole.file_name().is_some();
    if plain && whole.components().all(inside) {
        return Ok(());
    }
    Err(malformed(format!(
        "the index puts tensor {} in {}, which is not a file in the folder of the index",
        Quoted(tensor),
        Quoted(file)
    )))
}

fn malformed(message: impl Into<String>) -> WeightFault {
    WeightFault::Malformed { format: "safetensors index", message: message.into() }
}

/// The index. Its other entries, such as metadata, are ignored.
#[derive(Deserialize)]
struct Index {
    weight_map: UniqueMap<String>,
}

impl MapValue for String {
    const OBJECT: &'static str = "an object that gives the file of every tensor";
}
