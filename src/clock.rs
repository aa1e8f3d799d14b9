//! Milliseconds since some moment, natively and in a worker.

/// Milliseconds that never run backwards.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn milliseconds() -> f64 {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_secs_f64() * 1e3
}

/// Milliseconds that never run backwards.
#[cfg(target_arch = "wasm32")]
pub(crate) fn milliseconds() -> f64 {
    use wasm_bindgen::prelude::wasm_bindgen;
    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = performance)]
        fn now() -> f64;
    }
    now()
}
