// A sum hands dy to all, a mean a share, a maximum or minimum to the first
// that attains it. Twin of `cpu.rs`. One thread an output, along the axis.

struct Params {
    lanes: u32,
    outer: u32,
    len: u32,
    inner: u32,
}

override KIND: u32 = 0u;
override ACCUMULATE: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn reduce_backward(@builtin(global_invocation_id) id: vec3<u32>) {
    let columns = params.outer * params.inner;
    if id.x >= columns {
        return;
    }
    let outer = id.x / params.inner;
    var at = (id.y * params.outer + outer) * params.len * params.inner + id.x - outer * params.inner;
    var gradient = dy[id.y * columns + id.x];
    if KIND == 1u {
        gradient /= f32(params.len);
    }
    let attained = y[id.y * columns + id.x];
    var open = true;
    for (var i = 0u; i < params.len; i++) {
        var value = gradient;
        if KIND >= 2u {
            let first = open && x[at] == attained;
            value = select(0.0, gradient, first);
            open = open && !first;
        }
        if ACCUMULATE {
            dx[at] += value;
        } else {
            dx[at] = value;
        }
        at += params.inner;
    }
}
