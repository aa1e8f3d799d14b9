// Each element of one input gathers from the outputs that copied it:
// dx[e] = Σ dy[members[starts[e] .. starts[e+1]]]. Twin of `cpu.rs`.

struct Params {
    lanes: u32,
    x_len: u32,
    y_len: u32,
}

override ACCUMULATE: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> members: array<u32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn rearrange_backward(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.x_len {
        return;
    }
    var sum = 0.0;
    for (var at = starts[id.x]; at < starts[id.x + 1u]; at++) {
        sum += dy[id.y * params.y_len + members[at]];
    }
    let index = id.y * params.x_len + id.x;
    if ACCUMULATE {
        dx[index] += sum;
    } else {
        dx[index] = sum;
    }
}
