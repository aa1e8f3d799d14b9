// y = act(x·W + b). Twin of `cpu.rs`; the product itself is in product.wgsl.

@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

fn factor(index: u32) -> f32 {
    return left[index];
}

fn finish(row: u32, quad: u32, sum: vec4<f32>) {
    let value = activate4(sum + bias[quad]);
    let column = 4u * quad;
    let base = row * params.columns + column;
    y[base] = value.x;
    if column + 1u < params.columns { y[base + 1u] = value.y; }
    if column + 2u < params.columns { y[base + 2u] = value.z; }
    if column + 3u < params.columns { y[base + 3u] = value.w; }
}

@compute @workgroup_size(64)
fn linear_forward(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    tiled(group, thread);
}

@compute @workgroup_size(64)
fn linear_forward_few(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    sliced(group, thread);
}
