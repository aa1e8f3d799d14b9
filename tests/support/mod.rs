//! What tests of kernels and executors share: an independent reference in
//! f64, networks that exercise one operation each, comparisons that can fail,
//! and the device or the reason why there is none.

// Each test binary uses its own part, and nothing of it leaves the binary.
#![allow(dead_code, unreachable_pub)]

pub mod cases;
pub mod compare;
pub mod device;
pub mod networks;
pub mod reference;
pub mod reference_ops;
pub mod singular;
