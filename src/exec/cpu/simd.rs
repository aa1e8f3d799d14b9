//! Vectors of `f32`, and loops compiled for what the processor has.
//!
//! A kernel is written once over [`Vector`]. On x86-64, whose baseline has
//! neither wide registers nor a fused multiply-add, it is compiled a second
//! time for AVX2 and FMA and chosen when the program runs. In Wasm a vector is
//! a register of SIMD128, elsewhere an array that the compiler vectorises.

/// Elements of a [`Vector`].
#[cfg(target_arch = "wasm32")]
pub const WIDTH: usize = 4;
/// Elements of a [`Vector`].
#[cfg(not(target_arch = "wasm32"))]
pub const WIDTH: usize = 8;

/// [`WIDTH`] numbers in registers.
pub trait Vector: Copy {
    /// The same number everywhere.
    fn splat(value: f32) -> Self;
    /// Reads from memory.
    fn load(from: &[f32; WIDTH]) -> Self;
    /// Writes to memory.
    fn store(self, to: &mut [f32; WIDTH]);
    /// `self + other`
    fn add(self, other: Self) -> Self;
    /// `self·factor + term`, in one rounding where the processor can.
    fn multiply_add(self, factor: Self, term: Self) -> Self;
}

/// Loops to be compiled for several kinds of vectors.
pub trait Loops {
    /// Runs them. Implementations, and what they call, are `#[inline(always)]`.
    fn run<V: Vector>(self);
}

/// Runs loops with the widest vectors of this processor.
pub fn widest(loops: impl Loops) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        // SAFETY: the processor has the features that the function is compiled for.
        unsafe { avx2::run(loops) };
        return;
    }
    #[cfg(target_arch = "wasm32")]
    loops.run::<simd128::Register>();
    #[cfg(not(target_arch = "wasm32"))]
    loops.run::<Array>();
}

/// A vector for any processor.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Copy)]
struct Array([f32; WIDTH]);

#[cfg(not(target_arch = "wasm32"))]
impl Vector for Array {
    #[inline(always)]
    fn splat(value: f32) -> Array {
        Array([value; WIDTH])
    }

    #[inline(always)]
    fn load(from: &[f32; WIDTH]) -> Array {
        Array(*from)
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; WIDTH]) {
        *to = self.0;
    }

    #[inline(always)]
    fn add(self, other: Array) -> Array {
        Array(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }

    #[inline(always)]
    fn multiply_add(self, factor: Array, term: Array) -> Array {
        Array(std::array::from_fn(|i| self.0[i] * factor.0[i] + term.0[i]))
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256, _mm256_add_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_storeu_ps,
    };

    use super::{Loops, Vector, WIDTH};

    /// Compiles loops for AVX2 and FMA.
    ///
    /// # Safety
    /// The processor must have both.
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn run(loops: impl Loops) {
        loops.run::<Register>();
    }

    /// One register. Made by [`run`] only, which is called where AVX2 and FMA are.
    #[derive(Clone, Copy)]
    struct Register(__m256);

    impl Vector for Register {
        #[inline(always)]
        fn splat(value: f32) -> Register {
            // SAFETY: see the struct.
            Register(unsafe { _mm256_set1_ps(value) })
        }

        #[inline(always)]
        fn load(from: &[f32; WIDTH]) -> Register {
            // SAFETY: see the struct; the array is as long as the register.
            Register(unsafe { _mm256_loadu_ps(from.as_ptr()) })
        }

        #[inline(always)]
        fn store(self, to: &mut [f32; WIDTH]) {
            // SAFETY: see the struct; the array is as long as the register.
            unsafe { _mm256_storeu_ps(to.as_mut_ptr(), self.0) };
        }

        #[inline(always)]
        fn add(self, other: Register) -> Register {
            // SAFETY: see the struct.
            Register(unsafe { _mm256_add_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn multiply_add(self, factor: Register, term: Register) -> Register {
            // SAFETY: see the struct.
            Register(unsafe { _mm256_fmadd_ps(self.0, factor.0, term.0) })
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod simd128 {
    use std::arch::wasm32::{f32x4_add, f32x4_mul, f32x4_splat, v128, v128_load, v128_store};

    use super::{Vector, WIDTH};

    /// One register.
    #[derive(Clone, Copy)]
    pub(super) struct Register(v128);

    impl Vector for Register {
        #[inline(always)]
        fn splat(value: f32) -> Register {
            Register(f32x4_splat(value))
        }

        #[inline(always)]
        fn load(from: &[f32; WIDTH]) -> Register {
            // SAFETY: the array is as long as the register; loads need no alignment.
            Register(unsafe { v128_load(from.as_ptr().cast()) })
        }

        #[inline(always)]
        fn store(self, to: &mut [f32; WIDTH]) {
            // SAFETY: the array is as long as the register; stores need no alignment.
            unsafe { v128_store(to.as_mut_ptr().cast(), self.0) };
        }

        #[inline(always)]
        fn add(self, other: Register) -> Register {
            Register(f32x4_add(self.0, other.0))
        }

        #[inline(always)]
        fn multiply_add(self, factor: Register, term: Register) -> Register {
            Register(f32x4_add(f32x4_mul(self.0, factor.0), term.0))
        }
    }
}
