//! What would be needed to decide or to compute what was not, in the words of the command line.

const MIB: f64 = (1u64 << 20) as f64;
const GIB: f64 = (1u64 << 30) as f64;

/// `more time, such as --time 40`, for something that is expected to take this many seconds: twice that, in a round
/// number.
pub fn more_time(seconds: f64) -> String {
    let seconds = (2.0 * seconds).max(10.0);
    let unit = 10f64.powf(seconds.log10().floor());
    format!("more time, such as --time {:.0}", (seconds / unit).ceil() * unit)
}

/// `more memory, such as --memory 3G`, for a process that needs this many bytes.
pub fn more_memory(bytes: f64) -> String {
    let (unit, letter, step) = if bytes > GIB { (GIB, "G", 1.0) } else { (MIB, "M", 16.0) };
    format!("more memory, such as --memory {:.0}{letter}", (bytes / (unit * step)).ceil() * step)
}

/// A number of bytes in words.
pub fn memory_size(bytes: f64) -> String {
    const UNITS: [(f64, &str); 3] = [(GIB, "GiB"), (MIB, "MiB"), (1024.0, "KiB")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", bytes / unit),
        None => format!("{bytes:.0} bytes"),
    }
}

/// Seconds in words.
pub fn duration(seconds: f64) -> String {
    const UNITS: [(f64, &str); 4] =
        [(86_400.0 * 365.0, "years"), (86_400.0, "days"), (3_600.0, "hours"), (60.0, "minutes")];
    if !seconds.is_finite() || seconds > 1e15 {
        return "longer than anyone can wait".to_string();
    }
    match UNITS.iter().find(|(unit, _)| seconds >= 2.0 * unit) {
        Some((unit, name)) => format!("about {:.0} {name}", seconds / unit),
        None if seconds < 1.0 => "less than a second".to_string(),
        None => format!("about {:.0} seconds", seconds),
    }
}

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
        assert_eq!(memory_size(1.5 * GIB), "1.5 GiB");
        assert_eq!(memory_size(17.0), "17 bytes");
    }
}
