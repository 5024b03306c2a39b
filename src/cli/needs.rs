//! What would be needed for an answer, in the options of the command line.

use samenet::claim::words::Remedies;

use super::memory;

const MIB: f64 = (1u64 << 20) as f64;
const GIB: f64 = (1u64 << 30) as f64;

/// `more time, such as --time 40`, for something that is expected to take this many seconds in all: twice
/// that, in a round number.
pub fn more_time(seconds: f64) -> String {
    let seconds = (2.0 * seconds).max(10.0);
    let unit = 10f64.powf(seconds.log10().floor());
    format!("more time, such as --time {:.0}", (seconds / unit).ceil() * unit)
}

/// `more memory, such as --memory 3G`, for a process that occupies this many bytes.
pub fn more_memory(bytes: f64) -> String {
    let (unit, letter, step) = if bytes > GIB { (GIB, "G", 1.0) } else { (MIB, "M", 16.0) };
    format!("more memory, such as --memory {:.0}{letter}", (bytes / (unit * step)).ceil() * step)
}

/// What would be needed for an answer, in these words.
pub const OPTIONS: Remedies = Remedies {
    time: more_time,
    // Saturates.
    memory: |bytes| more_memory(memory::budget_for(bytes as u64) as f64),
    uncertain: "without --deterministic, random evaluation may decide it",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_numbers_that_are_enough() {
        assert_eq!(more_time(0.1), "more time, such as --time 10");
        assert_eq!(more_time(21.0), "more time, such as --time 50");
        assert_eq!(more_time(3_000.0), "more time, such as --time 6000");
        assert_eq!(more_memory(1.0), "more memory, such as --memory 16M");
        assert_eq!(more_memory(65.0 * MIB), "more memory, such as --memory 80M");
        assert_eq!(more_memory(2.1 * GIB), "more memory, such as --memory 3G");
    }
}
