// dx = y ⊙ (dy − Σ dy⊙y), in logarithms dx = dy − e^y Σ dy.
// Twin of `cpu.rs`. One thread goes along one axis.

struct Params {
    lanes: u32,
    outer: u32,
    len: u32,
    inner: u32,
}

override LOGARITHM: bool = false;
override ACCUMULATE: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn softmax_backward(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.outer * params.inner {
        return;
    }
    let outer = id.x / params.inner;
    let base = (id.y * params.outer + outer) * params.len * params.inner + id.x - outer * params.inner;
    var sum = 0.0;
    for (var i = 0u; i < params.len; i++) {
        let at = base + i * params.inner;
        if LOGARITHM {
            sum += dy[at];
        } else {
            sum += dy[at] * y[at];
        }
    }
    for (var i = 0u; i < params.len; i++) {
        let at = base + i * params.inner;
        var value = y[at] * (dy[at] - sum);
        if LOGARITHM {
            value = dy[at] - exp(y[at]) * sum;
        }
        if ACCUMULATE {
            dx[at] += value;
        } else {
            dx[at] = value;
        }
    }
}
