// The gradient of one branch: dy where it was taken, else 0. Twin of `cpu.rs`.
// HOLDS says whether it is the branch taken where the condition holds.

struct Params {
    lanes: u32,
    len: u32,
    condition_step: u32,
}

override HOLDS: bool = true;
override ACCUMULATE: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> condition: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn select_backward(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.len {
        return;
    }
    let index = id.y * params.len + id.x;
    let taken = (condition[id.y * params.condition_step + id.x] != 0.0) == HOLDS;
    var value = 0.0;
    if taken {
        value = dy[index];
    }
    if ACCUMULATE {
        dx[index] += value;
    } else {
        dx[index] = value;
    }
}
