//! The kernels of attacks that live on the device, and all kernels there are.

use super::resident::MachineParams;
use crate::ops::kernels::{Kernel, kernels};

kernels! {
    LANES_PLACE = "lanes_place", MachineParams, [R, R, R, W, W, W],
        ["resident/lane.wgsl", "resident/place.wgsl"];
    LANES_SCREEN = "lanes_screen", MachineParams, [W, W],
        ["resident/lane.wgsl", "resident/screen.wgsl"];
    BOUNDARY_MACHINE = "boundary_machine", MachineParams, [R, R, R, R, W, W, W, W],
        ["resident/lane.wgsl", "resident/machine.wgsl", "../numeric/vector.wgsl",
         "../optim/projection.wgsl", "../optim/scatter.wgsl", "boundary/boundary.wgsl"];
    SZEGEDY_MACHINE = "szegedy_machine", MachineParams, [R, R, R, R, W, W, W, W],
        ["resident/lane.wgsl", "resident/machine.wgsl", "../numeric/vector.wgsl",
         "../optim/lbfgs.wgsl", "szegedy.wgsl"];
}

/// Every kernel of every floor: operations, loss, machines.
pub fn all() -> impl Iterator<Item = &'static Kernel> {
    let tables = [crate::ops::kernels::TABLE, crate::exec::gpu::kernels::TABLE, TABLE];
    tables.into_iter().flatten().copied()
}
