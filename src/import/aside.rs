//! Work on a thread of its own, where there are threads.

/// Gives a result, which may have to be waited for.
pub(super) type Later<'a, T> = Box<dyn FnOnce() -> T + 'a>;

/// The stack of a program's first thread, which would do the work otherwise, in bytes.
#[cfg(not(target_arch = "wasm32"))]
const STACK: usize = 8 << 20;

/// Does `part` while `rest` goes on until it asks for its result. A panic of the part is one of whoever asks.
/// Where no thread can be had, the part is done when it is asked for.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn aside<T: Send, R>(
    part: impl Fn() -> T + Sync,
    rest: impl FnOnce(Later<T>) -> R,
) -> R {
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    std::thread::scope(|scope| {
        // Whether anybody asks is not known: until then a panic is kept.
        let caught = || catch_unwind(AssertUnwindSafe(&part));
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, caught);
        rest(Box::new(|| match thread.map(|thread| thread.join()) {
            Ok(Ok(Ok(result))) => result,
            Ok(Ok(Err(panic)) | Err(panic)) => resume_unwind(panic),
            Err(_) => part(),
        }))
    })
}

/// Does `rest`, and `part` when it asks for its result.
#[cfg(target_arch = "wasm32")]
pub(super) fn aside<T, R>(part: impl Fn() -> T, rest: impl FnOnce(Later<T>) -> R) -> R {
    rest(Box::new(part))
}

#[cfg(test)]
mod tests {
    use super::aside;
    use crate::import::guard::caught;

    #[test]
    fn the_result_is_the_parts_and_so_is_a_panic() {
        assert_eq!(aside(|| 3, |part| part()), 3);
        assert_eq!(aside(|| 3, |_| 5), 5, "nobody needs to ask");
        let panics = || -> u8 { panic!("as of a library") };
        assert_eq!(caught(|| aside(panics, |part| part())), None);
        assert_eq!(aside(panics, |_| 5), 5, "nobody asked");
    }
}
