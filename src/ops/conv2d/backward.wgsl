// dx = transposed correlation of dy ⊙ act′(y), times the derivative of the
// activation that made x where that is due here (BELOW). Twin of `cpu.rs`; the
// sums are in correlation.wgsl, whose output channels are here the input's.

@group(0) @binding(3) var<storage, read> y: array<f32>;
@group(0) @binding(4) var<storage, read> x: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

fn tap(index: u32) -> f32 {
    if ACTIVATION == 0u {
        return source[index];
    }
    return source[index] * slope(ACTIVATION, y[index]);
}

fn finish(quad: u32, sum: vec4<f32>) -> vec4<f32> {
    return sum;
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

@compute @workgroup_size(64)
fn conv2d_backward(@builtin(global_invocation_id) id: vec3<u32>) {
    correlate(id.x, id.y);
}
