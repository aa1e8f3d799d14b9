//! What one core does at best in Wasm SIMD: `f32x4` multiplications and
//! additions on registers alone, enough of them independent of each other.
//!
//! Compiled twice by `cargo xtask bench` with rustc for wasm32-unknown-unknown,
//! with `simd128` and with `relaxed-simd`, whose multiply-add is one
//! instruction; called by `contenders/peak.js`.

#![no_std]

#[cfg(target_feature = "relaxed-simd")]
use core::arch::wasm32::f32x4_relaxed_madd as multiply_add;
use core::arch::wasm32::{f32x4_add, f32x4_extract_lane, f32x4_splat};
#[cfg(not(target_feature = "relaxed-simd"))]
use core::arch::wasm32::{f32x4_mul, v128};

/// Chains of operations that do not wait for each other: more than a core has
/// in flight, and as few as its sixteen registers hold beside the constants.
const CHAINS: usize = 12;

/// Multiplications and additions of one turn.
const OPERATIONS: u32 = (2 * 4 * CHAINS) as u32;

#[cfg(not(target_feature = "relaxed-simd"))]
fn multiply_add(a: v128, b: v128, c: v128) -> v128 {
    f32x4_add(f32x4_mul(a, b), c)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

/// Floating-point operations that one turn does.
#[unsafe(no_mangle)]
pub extern "C" fn operations() -> u32 {
    OPERATIONS
}

/// Takes as many turns; the result only keeps the work from being left out.
#[unsafe(no_mangle)]
pub extern "C" fn work(turns: u32, factor: f32, term: f32) -> f32 {
    let (factor, term) = (f32x4_splat(factor), f32x4_splat(term));
    let mut chains = [f32x4_splat(1.0); CHAINS];
    for _ in 0..turns {
        for chain in &mut chains {
            *chain = multiply_add(*chain, factor, term);
        }
    }
    let sum = chains.into_iter().reduce(|a, b| f32x4_add(a, b));
    sum.map_or(0.0, |sum| f32x4_extract_lane::<0>(sum))
}
