// y = cond ≠ 0 ? a : b. Twin of `cpu.rs`. A step of zero makes a constant.

struct Params {
    lanes: u32,
    len: u32,
    condition_step: u32,
    a_step: u32,
    b_step: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> condition: array<f32>;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn select_forward(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.len {
        return;
    }
    let index = id.y * params.len + id.x;
    if condition[id.y * params.condition_step + id.x] != 0.0 {
        y[index] = a[id.y * params.a_step + id.x];
    } else {
        y[index] = b[id.y * params.b_step + id.x];
    }
}
