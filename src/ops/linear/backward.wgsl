// dx = (dy ⊙ act′(y))·Wᵀ, times the derivative of the activation that made x
// where that is due here (BELOW). Twin of `cpu.rs`; the product is in
// product.wgsl.

@group(0) @binding(3) var<storage, read> y: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> x: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

fn factors(index: u32, k: u32) -> vec4<f32> {
    let place = index >> 2u;
    var four = left[place];
    if ACTIVATION != 0u {
        four *= slope4(ACTIVATION, y[place]);
    }
    if ALIGNED {
        return four;
    }
    var next = left[place + 1u];
    if ACTIVATION != 0u {
        next *= slope4(ACTIVATION, y[place + 1u]);
    }
    return within(shifted(four, next, index & 3u), k);
}

fn put(index: u32, value: f32) {
    var own = value;
    if BELOW != 0u {
        own *= slope(BELOW, x[index]);
    }
    if ACCUMULATE {
        dx[index] += own;
    } else {
        dx[index] = own;
    }
}

fn finish(row: u32, quad: u32, sum: vec4<f32>) {
    let column = 4u * quad;
    let base = row * params.columns + column;
    if column < params.columns { put(base, sum.x); }
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
