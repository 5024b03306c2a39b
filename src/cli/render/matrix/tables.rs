//! A matrix as CSV and as an array for NumPy; a curve as CSV.

use super::{View, decimal};
use crate::cli::failure::Failure;
use crate::cli::matrix::table::Similarity;
use crate::similarity::matrix::Cosine;

/// A field of CSV (RFC 4180).
fn field(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_string(),
    }
}

/// The matrix as CSV.
pub fn csv(view: &View<'_>) -> Result<Vec<u8>, Failure> {
    let count = view.table.count();
    let mut text = field(&view.labels.title);
    (0..count).for_each(|model| text.push_str(&format!(",{}", field(view.label(model)))));
    text.push('\n');
    for row in 0..count {
        text.push_str(&field(view.label(row)));
        for column in 0..count {
            text.push(',');
            if let Some(similarity) = view.table.similarity(row, column) {
                text.push_str(&decimal(&similarity, view.digits));
            }
        }
        text.push('\n');
    }
    Ok(text.into_bytes())
}

/// The similarities to one model as CSV.
pub fn curve_csv(view: &View<'_>) -> Result<Vec<u8>, Failure> {
    let mut text = format!("{},name,similarity", field(&view.labels.title));
    text.push_str(if view.table.head.float { ",at_least,at_most\n" } else { "\n" });
    for (model, listed) in view.table.head.models.iter().enumerate() {
        text.push_str(&format!("{},{},", field(view.label(model)), field(&listed.name)));
        let similarity = view.against.and_then(|against| view.table.similarity(against, model));
        if let Some(similarity) = &similarity {
            text.push_str(&decimal(similarity, view.digits));
        }
        if view.table.head.float {
            let bounds = similarity.map(|similarity| bounds(&similarity));
            text.push_str(&bounds.map_or(",,".to_string(), |(low, high)| format!(",{low:?},{high:?}")));
        }
        text.push('\n');
    }
    Ok(text.into_bytes())
}

/// Floats that a similarity is between.
pub fn bounds(similarity: &Similarity) -> (f64, f64) {
    match similarity {
        Similarity::Same => (1.0, 1.0),
        Similarity::Other(Cosine::Rounded(bounds)) => (bounds.low, bounds.high),
        Similarity::Other(Cosine::Exact(root)) => {
            let near = root.to_f64();
            (near.next_down().max(-1.0), near.next_up().min(1.0))
        }
    }
}

/// The matrix in the NPY format, version 1.0: a magic word, the length of the header, the header, padded to
/// a multiple of 64 bytes, and the entries, row by row, in little-endian order.
pub fn npy(view: &View<'_>) -> Result<Vec<u8>, Failure> {
    let count = view.table.count();
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({count}, {count}), }}");
    let before = 10;
    let padded = (before + header.len() + 1).next_multiple_of(64);
    header.push_str(&" ".repeat(padded - before - header.len() - 1));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    for row in 0..count {
        for entry in view.row(row) {
            bytes.extend(entry.unwrap_or(f64::NAN).to_le_bytes());
        }
    }
    Ok(bytes)
}
