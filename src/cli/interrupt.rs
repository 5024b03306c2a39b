//! Ctrl-C: the process ends at once, whatever its threads are doing, and says so on stderr.

use std::io::Write;
use std::process;
use std::sync::Mutex;

use anstyle::AnsiColor;
use indicatif::ProgressBar;

/// The exit code of a command that was interrupted, as shells have it: 128 and the number of the signal.
const INTERRUPTED: i32 = 130;

/// The spinner on the screen.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// From now on, Ctrl-C ends the process. Answers are written whole, so none is cut in two.
pub fn handle() {
    // If no handler can be set, the system ends the process in its own way.
    let _ = ctrlc::set_handler(|| {
        if let Ok(Some(bar)) = SHOWN.try_lock().as_deref() {
            bar.finish_and_clear();
        }
        let yellow = AnsiColor::Yellow.on_default().bold();
        // If stderr cannot be written, there is no other place to say so.
        let _ = writeln!(anstream::stderr(), "{yellow}interrupted{yellow:#}");
        process::exit(INTERRUPTED);
    });
}

/// From now on, an interrupt clears this spinner instead of an earlier one.
pub fn clears(bar: Option<ProgressBar>) {
    if let Ok(mut shown) = SHOWN.lock() {
        *shown = bar;
    }
}
