// Softmax or its logarithm along the middle axis of [outer, len, inner].
// Twin of `cpu.rs`. One thread goes along one axis.

struct Params {
    lanes: u32,
    outer: u32,
    len: u32,
    inner: u32,
}

override LOGARITHM: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn softmax_forward(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.outer * params.inner {
        return;
    }
    let outer = id.x / params.inner;
    let base = (id.y * params.outer + outer) * params.len * params.inner + id.x - outer * params.inner;
    var largest = x[base];
    var leader = 0u;
    for (var i = 1u; i < params.len; i++) {
        let z = x[base + i * params.inner];
        // What is not less, so that a NaN is seen in the values.
        if !(z <= largest) {
            largest = z;
            leader = i;
        }
    }
    // Σ e^z of all but the leader, whose own is 1: ln(1 + it) keeps what is small.
    var others = 0.0;
    for (var i = 0u; i < params.len; i++) {
        if i != leader {
            others += exp(x[base + i * params.inner] - largest);
        }
    }
    let sum = 1.0 + others;
    let logarithm = log_of_one_and(others);
    for (var i = 0u; i < params.len; i++) {
        let at = base + i * params.inner;
        let z = x[at] - largest;
        if LOGARITHM {
            y[at] = z - logarithm;
        } else {
            y[at] = exp(z) / sum;
        }
    }
}
