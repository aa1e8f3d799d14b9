// Sum, mean, maximum or minimum along the middle axis of [outer, len, inner].
// Twin of `cpu.rs`; KIND is the `ReduceKind`. One thread an output.

struct Params {
    lanes: u32,
    outer: u32,
    len: u32,
    inner: u32,
}

override KIND: u32 = 0u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn reduce_forward(@builtin(global_invocation_id) id: vec3<u32>) {
    let columns = params.outer * params.inner;
    if id.x >= columns {
        return;
    }
    let outer = id.x / params.inner;
    var at = (id.y * params.outer + outer) * params.len * params.inner + id.x - outer * params.inner;
    var result = x[at];
    for (var i = 1u; i < params.len; i++) {
        at += params.inner;
        switch KIND {
            case 2u: { result = max(result, x[at]); }
            case 3u: { result = min(result, x[at]); }
            default: { result += x[at]; }
        }
    }
    if KIND == 1u {
        result /= f32(params.len);
    }
    y[id.y * columns + id.x] = result;
}
