// The part of the output that comes from one input: y[i] = x[map[i]].
// Twin of `cpu.rs`. The host makes the table from the boxes; NOWHERE stands
// where this input gives nothing, and the FIRST input's kernel fills there.

struct Params {
    lanes: u32,
    x_len: u32,
    y_len: u32,
    fill: f32,
}

override FIRST: bool = true;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> map: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

const NOWHERE = 0xffffffffu;

@compute @workgroup_size(64)
fn rearrange_forward(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.y_len {
        return;
    }
    let index = id.y * params.y_len + id.x;
    let origin = map[id.x];
    if origin != NOWHERE {
        y[index] = x[id.y * params.x_len + origin];
    } else if FIRST {
        y[index] = params.fill;
    }
}
