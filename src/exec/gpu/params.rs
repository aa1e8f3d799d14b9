//! What the executor's own kernel reads, as it lies in device memory; see [`crate::ops::params`].

use bytemuck::{Pod, Zeroable};

use crate::exec::Goal;

crate::ops::params::params! {
    /// Of `loss`.
    LossParams {}
}

/// A [`Goal`] in device memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct DeviceGoal {
    /// 0: cross-entropy of `first`; 1: margin `z_first − z_second`; 2: lead of `first`.
    pub kind: u32,
    /// First class.
    pub first: u32,
    /// Second class; of a margin only.
    pub second: u32,
    /// Unused; keeps the struct a multiple of 16 bytes.
    pub padding: u32,
}

impl From<Goal> for DeviceGoal {
    fn from(goal: Goal) -> DeviceGoal {
        let (kind, second) = match goal {
            Goal::CrossEntropy(_) => (0, 0),
            Goal::Margin(_, second) => (1, second as u32),
            Goal::Lead(_) => (2, 0),
        };
        DeviceGoal { kind, first: goal.class() as u32, second, padding: 0 }
    }
}
