//! Numbers in bulk: SIMD, matrix products, sums, elementwise functions.
//!
//! The lowest floor: it knows vectors and matrices, and no network. Shaders
//! that several kernels on the device need lie beside their twins.

mod activation;
mod elementary;
pub mod gemm;
mod order;
pub mod simd;
pub mod vector;

pub use activation::{Activation, activate, add_bias_rows, scale_by_derivative};
pub use elementary::{erf, erfc, exp, exp_m1, ln_1p, sigmoid, tanh};
pub use order::sort_by_number;
