//! An allocator that counts allocations for each thread separately, because tests run in parallel.

#![allow(unsafe_code, reason = "an allocator is nothing else")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The allocations of a thread.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct Count {
    /// Calls of `alloc`, `alloc_zeroed` and `realloc`.
    pub(crate) allocations: u64,
    /// The bytes that they requested. A `realloc` requests the bytes that it adds.
    pub(crate) bytes: u64,
}

thread_local! {
    static COUNT: Cell<Count> = const { Cell::new(Count { allocations: 0, bytes: 0 }) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(bytes: usize) {
    // This fails only while the thread ends.
    let _ = COUNT.try_with(|count| {
        let Count {
            allocations,
            bytes: before,
        } = count.get();
        count.set(Count {
            allocations: allocations + 1,
            bytes: before + bytes as u64,
        });
    });
}

// SAFETY: each method passes its arguments to the system's allocator and returns what that returns. Counting allocates
// nothing: the thread-local is constant-initialised and has no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller upholds the contract of this method, which is also that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above; the pointer came from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size.saturating_sub(layout.size()));
        // SAFETY: as above; the pointer came from `System`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Returns what this thread allocates during the work.
pub(crate) fn during<T>(work: impl FnOnce() -> T) -> Count {
    let before = COUNT.get();
    let result = work();
    let after = COUNT.get();
    drop(result);
    Count {
        allocations: after.allocations - before.allocations,
        bytes: after.bytes - before.bytes,
    }
}
