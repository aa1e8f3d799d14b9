//! A panic of a library that reads a file is a failure of that file, not of the program.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What the work gives; `None` where it panics. Where panics abort, as in WebAssembly, they still do.
///
/// Nothing that outlives a panic may have been changed by the work.
pub(super) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

#[cfg(test)]
mod tests {
    use super::caught;

    #[test]
    fn a_panic_is_an_answer() {
        assert_eq!(caught(|| 3), Some(3));
        assert_eq!(caught(|| -> usize { panic!("on purpose") }), None);
    }
}
