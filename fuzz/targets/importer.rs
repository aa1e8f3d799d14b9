#![no_main]

use std::alloc::{GlobalAlloc, Layout, System};

use cap::Cap;

/// Memory that reading a file may take, in bytes.
const LIMIT: usize = 1 << 30;

/// What libFuzzer's processes end with for want of memory.
const OUT_OF_MEMORY: i32 = 71;

/// Ends the process where a file asks for more than it may have, as the command line does.
struct Granted(Cap<System>);

#[global_allocator]
static ALLOCATOR: Granted = Granted(Cap::new(System, LIMIT));

fn there(memory: *mut u8) -> *mut u8 {
    if memory.is_null() {
        // SAFETY: it runs no code of this process.
        unsafe { libc::_exit(OUT_OF_MEMORY) }
    }
    memory
}

// SAFETY: everything is handed on to an allocator.
unsafe impl GlobalAlloc for Granted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        there(unsafe { self.0.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        there(unsafe { self.0.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        there(unsafe { self.0.realloc(memory, layout, size) })
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { self.0.dealloc(memory, layout) }
    }
}

libfuzzer_sys::fuzz_target!(
    // A panic that the importer turns into an error is none.
    init: std::panic::set_hook(Box::new(|_| ())),
    |bytes: &[u8]| {
        blindspots_fuzz::importer(bytes);
    }
);
