//! The memory budget: what the process has allocated, and an allocator that never goes beyond it.
//!
//! Methods predict what they need and refuse what does not fit, and [`Deadline`](super::clock::Deadline) stops
//! them in good order when memory runs short all the same. Where neither comes in time, the allocator is the last
//! resort: an allocation beyond the budget is not made. Its thread waits where it is, and the thread that
//! supervises it ([`supervisor`](super::supervisor)) answers in its place.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// What the process takes besides what it allocates: code, stacks, tables of the system.
const BESIDES: u64 = 10 << 20;
/// The allocator of the system keeps some of what it was given back, for later: one part in this many.
const KEPT: u64 = 6;
/// Changes are added up by every thread for itself until they come to this many bytes.
const BATCH: isize = 1 << 15;

/// Bytes allocated, those that threads have not yet told left out.
static USED: AtomicIsize = AtomicIsize::new(0);
/// The most bytes that may be allocated.
static LIMIT: AtomicIsize = AtomicIsize::new(isize::MAX);
/// The most bytes that the process may occupy.
static BUDGET: AtomicU64 = AtomicU64::new(u64::MAX);
/// Whether an allocation was not made.
static REFUSED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Bytes that this thread allocated, less those that it gave back, since it last told.
    static UNTOLD: Cell<isize> = const { Cell::new(0) };
    /// Whether this thread is above the limit: it has to say that the memory is used up.
    static SUPERVISES: Cell<bool> = const { Cell::new(false) };
}

/// The allocator of the system, counted.
pub struct Counted;

/// The thread that calls this supervises the others: it may allocate whatever it needs.
pub fn supervise() {
    SUPERVISES.with(|supervises| supervises.set(true));
}

/// Sets the budget: the most bytes that the process may occupy.
pub fn limit(bytes: u64) {
    BUDGET.store(bytes, Ordering::Relaxed);
    let heap = bytes.saturating_sub(BESIDES);
    let heap = heap - heap / KEPT;
    LIMIT.store(isize::try_from(heap).unwrap_or(isize::MAX), Ordering::Relaxed);
}

/// How many more bytes can be allocated, with a part left for what nobody counts.
pub fn left() -> u64 {
    let limit = soft_limit();
    u64::try_from(limit.saturating_sub(USED.load(Ordering::Relaxed))).unwrap_or(0)
}

/// The memory budget of a process that could allocate this much more than it has.
pub fn budget_for(more: u64) -> u64 {
    let used = u64::try_from(USED.load(Ordering::Relaxed)).unwrap_or(0);
    let heap = used.saturating_add(more);
    // The inverses of `soft_limit` and `limit`, both rounded up.
    let heap = heap.saturating_add(heap / 7 + 1);
    heap.saturating_add(heap / (KEPT - 1) + 1).saturating_add(BESIDES)
}

/// Whether so little is left that work should stop.
pub fn short() -> bool {
    USED.load(Ordering::Relaxed) > soft_limit()
}

/// Whether a thread waits because an allocation was not made. It will wait for ever.
pub fn refused() -> bool {
    REFUSED.load(Ordering::Relaxed)
}

/// Whether the process occupies its budget but for a sixteenth, which it may take up before the next look, where the
/// system tells: stacks and pages of files count too.
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

/// A part of the limit is for what happens between two looks at it.
fn soft_limit() -> isize {
    let limit = LIMIT.load(Ordering::Relaxed);
    limit - limit / 8
}

/// Notes a change; `false` when it is an allocation beyond the limit.
fn count(change: isize) -> bool {
    let told = UNTOLD.try_with(|untold| {
        let sum = untold.get().saturating_add(change);
        let told = if sum.abs() < BATCH { 0 } else { sum };
        untold.set(sum - told);
        told
    });
    // A thread that ends has no more storage of its own.
    let told = told.unwrap_or(change);
    if told == 0 {
        return true;
    }
    let used = USED.fetch_add(told, Ordering::Relaxed).saturating_add(told);
    told < 0 || used <= LIMIT.load(Ordering::Relaxed) || SUPERVISES.try_with(Cell::get).unwrap_or(false)
}

/// Says that memory is used up, and never returns. Nothing here allocates.
fn wait_for_the_end() -> ! {
    REFUSED.store(true, Ordering::Relaxed);
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

/// What an allocation of some bytes takes, as a change: the system's allocators keep a word beside it and round up to
/// multiples of two words, from four words on.
fn bytes(size: usize) -> isize {
    let rounded = size.saturating_add(8 + 15) & !15;
    // A layout is never larger than this.
    isize::try_from(rounded.max(32)).unwrap_or(isize::MAX)
}

/// What the system's allocator returned. When it has nothing left, no budget matters any more.
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
// SAFETY: every call is passed on to the system's allocator as it is, and what that returns is returned; a call
// that is not passed on does not return.
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
