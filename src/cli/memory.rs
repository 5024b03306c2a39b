//! The memory budget: what the process has allocated, and an allocator that never goes beyond it.
//!
//! Methods predict their needs and do not begin what does not fit, and [`Deadline`](super::clock::Deadline)
//! tells them to stop when memory runs short all the same. If neither is in time, the allocator is the last
//! resort: it makes no allocation beyond the budget. The thread that asked for it waits forever, and the
//! thread that supervises it ([`supervisor`](super::supervisor)) answers in its place.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// Fixed overhead outside the heap: code, stacks, tables of the system.
const BESIDES: u64 = 10 << 20;
/// The system's allocator keeps one part in this many of freed memory for later.
const KEPT: u64 = 6;
/// Every thread adds up its changes until they come to this many bytes.
const BATCH: isize = 1 << 15;

/// Bytes allocated, without the changes that threads have not reported yet.
static USED: AtomicIsize = AtomicIsize::new(0);
/// The maximum of allocated bytes.
static LIMIT: AtomicIsize = AtomicIsize::new(isize::MAX);
/// The maximum of bytes that the process occupies.
static BUDGET: AtomicU64 = AtomicU64::new(u64::MAX);
/// Whether an allocation was refused.
static REFUSED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Bytes that this thread allocated, minus those it freed, since its last report.
    static UNTOLD: Cell<isize> = const { Cell::new(0) };
    /// Whether this thread may exceed the limit: it has to report that memory ran out.
    static SUPERVISES: Cell<bool> = const { Cell::new(false) };
}

/// The system's allocator, with a count.
pub struct Counted;

/// Declares that the calling thread supervises the others: it may allocate what it needs.
pub fn supervise() {
    SUPERVISES.with(|supervises| supervises.set(true));
}

/// Sets the budget: how many bytes the process may occupy.
pub fn limit(bytes: u64) {
    BUDGET.store(bytes, Ordering::Relaxed);
    let heap = bytes.saturating_sub(BESIDES);
    let heap = heap - heap / KEPT;
    LIMIT.store(isize::try_from(heap).unwrap_or(isize::MAX), Ordering::Relaxed);
}

/// How many more bytes can be allocated, with a reserve for uncounted memory.
pub fn left() -> u64 {
    let limit = soft_limit();
    u64::try_from(limit.saturating_sub(USED.load(Ordering::Relaxed))).unwrap_or(0)
}

/// The memory budget with which this process could allocate this much more.
pub fn budget_for(more: u64) -> u64 {
    let used = u64::try_from(USED.load(Ordering::Relaxed)).unwrap_or(0);
    let heap = used.saturating_add(more);
    // The inverses of `soft_limit` and `limit`, both rounded up.
    let heap = heap.saturating_add(heap / 7 + 1);
    heap.saturating_add(heap / (KEPT - 1) + 1).saturating_add(BESIDES)
}

/// Whether so little memory is left that work should stop.
pub fn short() -> bool {
    USED.load(Ordering::Relaxed) > soft_limit()
}

/// Whether a thread waits forever because its allocation was refused.
pub fn refused() -> bool {
    REFUSED.load(Ordering::Relaxed)
}

/// Whether the process occupies its budget, stacks and mapped files included, except for a sixteenth that it
/// may take before the next look. `false` where the system does not say.
pub fn overdrawn() -> bool {
    let budget = BUDGET.load(Ordering::Relaxed);
    resident().is_some_and(|bytes| bytes > budget - budget / 16)
}

/// The bytes that the process occupies.
#[cfg(target_os = "linux")]
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(not(target_os = "linux"))]
fn resident() -> Option<u64> {
    None
}

/// The limit at which work is told to stop: the rest is for what happens until it does.
fn soft_limit() -> isize {
    let limit = LIMIT.load(Ordering::Relaxed);
    limit - limit / 8
}

/// Counts a change; `false` if it is an allocation beyond the limit.
fn count(change: isize) -> bool {
    let told = UNTOLD.try_with(|untold| {
        let sum = untold.get().saturating_add(change);
        let told = if sum.abs() < BATCH { 0 } else { sum };
        untold.set(sum - told);
        told
    });
    // A thread that is ending has no storage of its own any more.
    let told = told.unwrap_or(change);
    if told == 0 {
        return true;
    }
    let used = USED.fetch_add(told, Ordering::Relaxed).saturating_add(told);
    told < 0 || used <= LIMIT.load(Ordering::Relaxed) || SUPERVISES.try_with(Cell::get).unwrap_or(false)
}

/// Reports that memory ran out, and never returns. Nothing here allocates.
fn wait_for_the_end() -> ! {
    REFUSED.store(true, Ordering::Relaxed);
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

/// The bytes that an allocation really takes: the system's allocators add a word and round up to multiples of
/// two words, at least four.
fn bytes(size: usize) -> isize {
    let rounded = size.saturating_add(8 + 15) & !15;
    // A layout is never larger than this.
    isize::try_from(rounded.max(32)).unwrap_or(isize::MAX)
}

/// Checks what the system's allocator returned. When the system has no memory left, no budget matters.
fn granted(pointer: *mut u8) -> *mut u8 {
    if pointer.is_null() && !SUPERVISES.try_with(Cell::get).unwrap_or(false) {
        wait_for_the_end();
    }
    pointer
}

#[expect(
    unsafe_code,
    reason = "an allocator cannot be written without, and no other way stops an allocation"
)]
// SAFETY: every call is passed on to the system's allocator as it is, and what that returns is returned; a
// call that is not passed on does not return.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !count(bytes(layout.size())) {
            wait_for_the_end();
        }
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        granted(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if !count(bytes(layout.size())) {
            wait_for_the_end();
        }
        // SAFETY: as above.
        granted(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-bytes(layout.size()));
        // SAFETY: as above; `pointer` came from the system's allocator with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !count(bytes(size) - bytes(layout.size())) {
            wait_for_the_end();
        }
        // SAFETY: as above.
        granted(unsafe { System.realloc(pointer, layout, size) })
    }
}
