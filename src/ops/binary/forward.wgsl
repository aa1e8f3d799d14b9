// y[i] = f(a[σ(i)], b[τ(i)]). Twin of `cpu.rs`; KIND is the `BinaryKind`.
// σ and τ are tables made by the host; an operand that is not MAPPED has the
// output's layout. A step of zero from lane to lane makes a constant.

struct Params {
    lanes: u32,
    len: u32,
    a_step: u32,
    b_step: u32,
}

override KIND: u32 = 0u;
override A_MAPPED: bool = false;
override B_MAPPED: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> a_map: array<u32>;
@group(0) @binding(4) var<storage, read> b_map: array<u32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

fn value(a: f32, b: f32) -> f32 {
    switch KIND {
        case 0u: { return a + b; }
        case 1u: { return a - b; }
        case 2u: { return a * b; }
        case 3u: { return a / b; }
        case 4u: { return power(a, b); }
        case 5u: { return min(a, b); }
        case 6u: { return max(a, b); }
        case 7u: { return f32(a < b); }
        case 8u: { return f32(a <= b); }
        default: { return f32(a == b); }
    }
}

@compute @workgroup_size(64)
fn binary_forward(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.len {
        return;
    }
    var i = id.x;
    var j = id.x;
    if A_MAPPED { i = a_map[id.x]; }
    if B_MAPPED { j = b_map[id.x]; }
    y[id.y * params.len + id.x] = value(a[id.y * params.a_step + i], b[id.y * params.b_step + j]);
}
