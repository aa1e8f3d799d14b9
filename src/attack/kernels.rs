//! The kernels of attacks that live on the device, and all kernels there are.

use crate::ops::kernels::{Kernel, kernels};

crate::ops::params::params! {
    /// Of the machines: slots in use, room for lanes, and whether lanes start
    /// from their originals.
    MachineParams { capacity: u32, fresh: u32 }
}

kernels! {
    LANES_PLACE = "lanes_place", MachineParams, [R, R, R, W, W, W],
        ["resident/lane.wgsl", "resident/place.wgsl"];
    LANES_SCREEN = "lanes_screen", MachineParams, [W, W],
        ["resident/lane.wgsl", "resident/screen.wgsl"];
    NEAREST_BOUNDARY_MACHINE = "nearest_boundary_machine", MachineParams, [R, R, R, R, W, W, W, W],
        ["resident/lane.wgsl", "resident/machine.wgsl", "../numeric/vector.wgsl",
         "../optim/projection.wgsl", "../optim/scatter.wgsl", "nearest_boundary/nearest_boundary.wgsl"];
    SZEGEDY_MACHINE = "szegedy_machine", MachineParams, [R, R, R, R, W, W, W, W],
        ["resident/lane.wgsl", "resident/machine.wgsl", "../numeric/vector.wgsl",
         "../optim/lbfgs.wgsl", "szegedy.wgsl"];
}

/// Every kernel of every floor: operations, loss, machines.
pub fn all() -> impl Iterator<Item = &'static Kernel> {
    let tables = [crate::ops::kernels::TABLE, crate::exec::gpu::kernels::TABLE, TABLE];
    tables.into_iter().flatten().copied()
}
