// y = act(x·W + b). Twin of `cpu.rs`; the product itself is in product.wgsl.

@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

fn factors(index: u32, k: u32) -> vec4<f32> {
    let place = index >> 2u;
    if ALIGNED {
        return left[place];
    }
    return within(shifted(left[place], left[place + 1u], index & 3u), k);
}

fn finish(row: u32, quad: u32, sum: vec4<f32>) {
    let value = activate4(sum + bias[quad]);
    let column = 4u * quad;
    let base = row * params.columns + column;
    if column < params.columns { y[base] = value.x; }
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
