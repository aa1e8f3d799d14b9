//! Vectors of `f32`, and loops compiled for what the processor has.
//!
//! A kernel is written once over [`Vector`]. On x86-64, whose baseline has
//! neither wide registers nor a fused multiply-add, it is compiled twice more and
//! chosen when the program runs: for AVX2 and FMA, and for AVX-512, whose
//! instructions on vectors of this width have twice as many registers, so that
//! no sum of a matrix product leaves them. In Wasm a vector is
//! a register of SIMD128, multiplied and added in one relaxed instruction in
//! the build that has those; elsewhere it is an array that the compiler
//! vectorises.

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
    /// The same number everywhere, read from memory.
    fn repeat(from: &f32) -> Self;
    /// Reads from memory.
    fn load(from: &[f32; WIDTH]) -> Self;
    /// Writes to memory.
    fn store(self, to: &mut [f32; WIDTH]);
    /// `self + other`
    fn add(self, other: Self) -> Self;
    /// `self − other`
    fn subtract(self, other: Self) -> Self;
    /// `self` within the bounds.
    fn clamp(self, lower: Self, upper: Self) -> Self;
    /// Where `self < other`, `then`, elsewhere `otherwise`.
    fn if_less(self, other: Self, then: Self, otherwise: Self) -> Self;
    /// `self·factor + term`, in one rounding where the processor can.
    fn multiply_add(self, factor: Self, term: Self) -> Self;
}

/// The vector that begins at `at`.
#[inline(always)]
pub fn vector<V: Vector>(from: &[f32], at: usize) -> V {
    let ahead = from[at..].first_chunk();
    V::load(ahead.expect("a whole vector is left"))
}

/// The sum of a vector's numbers, by halves.
#[inline(always)]
pub fn total<V: Vector>(vector: V) -> f32 {
    let mut numbers = [0.0; WIDTH];
    vector.store(&mut numbers);
    let mut width = WIDTH / 2;
    while width > 0 {
        for i in 0..width {
            numbers[i] += numbers[i + width];
        }
        width /= 2;
    }
    numbers[0]
}

/// Numbers of a [`Doubles`]: half as many as a vector's, each twice as wide.
pub const DOUBLES: usize = WIDTH / 2;

/// [`DOUBLES`] numbers in f64, in registers.
#[derive(Clone, Copy)]
pub struct Doubles(doubles::Register);

impl Doubles {
    /// These numbers.
    #[inline(always)]
    #[must_use]
    pub fn new(numbers: [f64; DOUBLES]) -> Doubles {
        Doubles(doubles::new(numbers))
    }

    /// What they are.
    #[inline(always)]
    #[must_use]
    pub fn numbers(self) -> [f64; DOUBLES] {
        doubles::numbers(self.0)
    }

    /// `self·factor + term`, in one rounding where Wasm has an instruction for it.
    #[inline(always)]
    #[must_use]
    pub fn multiply_add(self, factor: Doubles, term: Doubles) -> Doubles {
        Doubles(doubles::multiply_add(self.0, factor.0, term.0))
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod doubles {
    use super::DOUBLES;

    pub(super) type Register = [f64; DOUBLES];

    #[inline(always)]
    pub(super) fn new(numbers: [f64; DOUBLES]) -> Register {
        numbers
    }

    #[inline(always)]
    pub(super) fn numbers(register: Register) -> [f64; DOUBLES] {
        register
    }

    #[inline(always)]
    pub(super) fn multiply_add(a: Register, b: Register, c: Register) -> Register {
        std::array::from_fn(|i| a[i] * b[i] + c[i])
    }
}

#[cfg(target_arch = "wasm32")]
mod doubles {
    #[cfg(target_feature = "relaxed-simd")]
    pub(super) use std::arch::wasm32::f64x2_relaxed_madd as multiply_add;
    pub(super) use std::arch::wasm32::v128 as Register;
    use std::arch::wasm32::{f64x2, f64x2_extract_lane};

    #[inline(always)]
    pub(super) fn new([a, b]: [f64; 2]) -> Register {
        f64x2(a, b)
    }

    #[inline(always)]
    pub(super) fn numbers(register: Register) -> [f64; 2] {
        [f64x2_extract_lane::<0>(register), f64x2_extract_lane::<1>(register)]
    }

    #[cfg(not(target_feature = "relaxed-simd"))]
    #[inline(always)]
    pub(super) fn multiply_add(a: Register, b: Register, c: Register) -> Register {
        std::arch::wasm32::f64x2_add(std::arch::wasm32::f64x2_mul(a, b), c)
    }
}

/// Loops to be compiled for several kinds of vectors.
pub trait Loops {
    /// What they come to.
    type Output;
    /// Runs them. Implementations, and what they call, are `#[inline(always)]`.
    fn run<V: Vector>(self) -> Self::Output;
}

/// Runs loops with the widest vectors of this processor.
pub fn widest<L: Loops>(loops: L) -> L::Output {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx512vl") {
            // SAFETY: the processor has the features that the function is compiled for.
            return unsafe { avx::run_avx512(loops) };
        }
        if has!("avx2") && has!("fma") {
            // SAFETY: the same.
            return unsafe { avx::run_avx2(loops) };
        }
    }
    #[cfg(target_arch = "wasm32")]
    return loops.run::<simd128::Register>();
    #[cfg(not(target_arch = "wasm32"))]
    loops.run::<Array>()
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
    fn repeat(from: &f32) -> Array {
        Array::splat(*from)
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
    fn subtract(self, other: Array) -> Array {
        Array(std::array::from_fn(|i| self.0[i] - other.0[i]))
    }

    #[inline(always)]
    fn clamp(self, lower: Array, upper: Array) -> Array {
        Array(std::array::from_fn(|i| self.0[i].max(lower.0[i]).min(upper.0[i])))
    }

    #[inline(always)]
    fn if_less(self, other: Array, then: Array, otherwise: Array) -> Array {
        let choose = |i: usize| if self.0[i] < other.0[i] { then.0[i] } else { otherwise.0[i] };
        Array(std::array::from_fn(choose))
    }

    #[inline(always)]
    fn multiply_add(self, factor: Array, term: Array) -> Array {
        Array(std::array::from_fn(|i| self.0[i] * factor.0[i] + term.0[i]))
    }
}

#[cfg(target_arch = "x86_64")]
mod avx {
    use std::arch::x86_64::{
        __m256, _CMP_LT_OQ, _mm256_add_ps, _mm256_blendv_ps, _mm256_cmp_ps, _mm256_fmadd_ps,
        _mm256_loadu_ps, _mm256_max_ps, _mm256_min_ps, _mm256_set1_ps, _mm256_storeu_ps,
        _mm256_sub_ps,
    };

    use super::{Loops, Vector, WIDTH};

    /// Compiles loops for AVX2 and FMA.
    ///
    /// # Safety
    /// The processor must have both.
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn run_avx2<L: Loops>(loops: L) -> L::Output {
        loops.run::<Register>()
    }

    /// Compiles loops for AVX-512 with its shorter vectors, and with AVX2 and FMA, which it implies.
    ///
    /// # Safety
    /// The processor must have it.
    #[target_feature(enable = "avx512vl")]
    pub(super) fn run_avx512<L: Loops>(loops: L) -> L::Output {
        loops.run::<Register>()
    }

    /// One register. Made by the above only, which are called where AVX2 and FMA are.
    #[derive(Clone, Copy)]
    struct Register(__m256);

    impl Vector for Register {
        #[inline(always)]
        fn splat(value: f32) -> Register {
            // SAFETY: see the struct.
            Register(unsafe { _mm256_set1_ps(value) })
        }

        #[inline(always)]
        fn repeat(from: &f32) -> Register {
            Register::splat(*from)
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
        fn subtract(self, other: Register) -> Register {
            // SAFETY: see the struct.
            Register(unsafe { _mm256_sub_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn clamp(self, lower: Register, upper: Register) -> Register {
            // SAFETY: see the struct.
            Register(unsafe { _mm256_min_ps(_mm256_max_ps(self.0, lower.0), upper.0) })
        }

        #[inline(always)]
        fn if_less(self, other: Register, then: Register, otherwise: Register) -> Register {
            // SAFETY: see the struct.
            Register(unsafe {
                let less = _mm256_cmp_ps::<_CMP_LT_OQ>(self.0, other.0);
                _mm256_blendv_ps(otherwise.0, then.0, less)
            })
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
    #[cfg(not(target_feature = "relaxed-simd"))]
    use std::arch::wasm32::f32x4_mul;
    #[cfg(target_feature = "relaxed-simd")]
    use std::arch::wasm32::f32x4_relaxed_madd as multiply_add;
    use std::arch::wasm32::{
        f32x4_add, f32x4_lt, f32x4_max, f32x4_min, f32x4_splat, f32x4_sub, v128, v128_bitselect,
        v128_load, v128_load32_splat, v128_store,
    };

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
        fn repeat(from: &f32) -> Register {
            // SAFETY: the reference is readable. One instruction; a load and a splat are two.
            Register(unsafe { v128_load32_splat(std::ptr::from_ref(from).cast()) })
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
        fn subtract(self, other: Register) -> Register {
            Register(f32x4_sub(self.0, other.0))
        }

        #[inline(always)]
        fn clamp(self, lower: Register, upper: Register) -> Register {
            Register(f32x4_min(f32x4_max(self.0, lower.0), upper.0))
        }

        #[inline(always)]
        fn if_less(self, other: Register, then: Register, otherwise: Register) -> Register {
            Register(v128_bitselect(then.0, otherwise.0, f32x4_lt(self.0, other.0)))
        }

        #[inline(always)]
        fn multiply_add(self, factor: Register, term: Register) -> Register {
            Register(multiply_add(self.0, factor.0, term.0))
        }
    }

    #[cfg(not(target_feature = "relaxed-simd"))]
    #[inline(always)]
    fn multiply_add(a: v128, b: v128, c: v128) -> v128 {
        f32x4_add(f32x4_mul(a, b), c)
    }
}
