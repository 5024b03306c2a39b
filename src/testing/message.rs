//! What is wrong with a claim or a file, for the message of a panic.

use crate::claim::Status;
use crate::claim::words::Remedies;
use crate::diagnostic::{Sources, printable};
use crate::model::Claim;
use crate::shortage::{duration, memory_size};

/// What would be needed for an answer, in the options of [`Claims`](super::Claims).
pub(super) const OPTIONS: Remedies = Remedies {
    time: |seconds| format!("more time, {} (`Claims::time`)", duration(seconds)),
    memory: |bytes| format!("more memory, {} (`Claims::memory`)", memory_size(bytes)),
    uncertain: "an answer that need not be certain (without `Claims::deterministic`)",
};

/// A claim that does not hold: its place, its label, what it says, and why. A claim without a status has no
/// meaning.
pub(super) fn claim(claim: &Claim, sources: &Sources, status: Option<Status>, why: &[String]) -> String {
    let (line, _) = sources.line_column(claim.span.file, claim.span.start as usize);
    let word = status.map_or("error", Status::name);
    let mut text = format!("{word}: {}:{line}", sources.get(claim.span.file).path.display());
    if let Some(label) = &claim.label {
        text.push_str(&format!(": {}", printable(label)));
    }
    text.push_str(&format!("\n  claim {}", printable(&claim.text)));
    why.iter().for_each(|line| text.push_str(&format!("\n  {}", printable(line))));
    text
}
