// y = act(b + W ⋆ x). Twin of `cpu.rs`; the sums are in correlation.wgsl.

@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

fn tap(index: u32) -> f32 {
    return source[index];
}

fn finish(quad: u32, sum: vec4<f32>) -> vec4<f32> {
    if NARROW {
        return activate4(sum + bias[quad].x);
    }
    return activate4(sum + bias[quad]);
}

fn put(index: u32, value: f32) {
    y[index] = value;
}

@compute @workgroup_size(64)
fn conv2d_forward(@builtin(global_invocation_id) id: vec3<u32>) {
    correlate(id.x, id.y);
}
