//! Work on a thread of its own, where there are threads.

use super::guard;

/// Gives a result, which may have to be waited for.
pub(super) type Later<'a, T> = Box<dyn FnOnce() -> T + 'a>;

/// The stack of a program's first thread, which would do the work otherwise, in bytes.
#[cfg(not(target_arch = "wasm32"))]
const STACK: usize = 8 << 20;

/// Does `part` while `rest` goes on until it asks for its result: `None` where the part panics, or where
/// there is no thread for it.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn aside<T: Send, R>(
    part: impl FnOnce() -> T + Send,
    rest: impl FnOnce(Later<Option<T>>) -> R,
) -> R {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let thread = thread.spawn_scoped(scope, || guard::caught(part));
        rest(Box::new(|| thread.ok()?.join().ok()?))
    })
}

/// Does `rest`, and `part` when it asks for its result: `None` where the part panics.
#[cfg(target_arch = "wasm32")]
pub(super) fn aside<T, R>(part: impl FnOnce() -> T, rest: impl FnOnce(Later<Option<T>>) -> R) -> R {
    rest(Box::new(|| guard::caught(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_is_the_parts_and_a_panic_is_none() {
        assert_eq!(aside(|| 3, |part| part()), Some(3));
        assert_eq!(aside(|| 3, |_| 5), 5, "nobody needs to ask");
        let panics = || -> u8 { panic!("as of a library") };
        assert_eq!(aside(panics, |part| part()), None);
        assert_eq!(aside(panics, |_| 5), 5);
    }
}
