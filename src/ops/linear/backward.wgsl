// dx = (dy ⊙ act′(y))·Wᵀ. Twin of `cpu.rs`; the product is in product.wgsl.

@group(0) @binding(3) var<storage, read> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

fn factor(index: u32) -> f32 {
    if ACTIVATION == 0u {
        return left[index];
    }
    return left[index] * slope(y[index]);
}

fn put(index: u32, value: f32) {
    if ACCUMULATE {
        dx[index] += value;
    } else {
        dx[index] = value;
    }
}

fn finish(row: u32, quad: u32, sum: vec4<f32>) {
    let column = 4u * quad;
    let base = row * params.columns + column;
    put(base, sum.x);
    if column + 1u < params.columns { put(base + 1u, sum.y); }
    if column + 2u < params.columns { put(base + 2u, sum.z); }
    if column + 3u < params.columns { put(base + 3u, sum.w); }
}

@compute @workgroup_size(64)
fn linear_backward(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    tiled(group, thread);
}

@compute @workgroup_size(64)
fn linear_backward_few(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    sliced(group, thread);
}
