// The gradient of one operand: d own[e] = Σ dy[i]·∂f/∂own over the outputs i
// that read e. Twin of `cpu.rs`. One thread an element of the operand.
// If GATHERED, the outputs that read e are members[starts[e] .. starts[e+1]];
// else there is one, i = e.

struct Params {
    lanes: u32,
    len: u32,
    own_len: u32,
    other_step: u32,
}

override KIND: u32 = 0u;
override SECOND: bool = false;
override GATHERED: bool = false;
override OTHER_MAPPED: bool = false;
override ACCUMULATE: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> own: array<f32>;
@group(0) @binding(2) var<storage, read> other: array<f32>;
@group(0) @binding(3) var<storage, read> other_map: array<u32>;
@group(0) @binding(4) var<storage, read> starts: array<u32>;
@group(0) @binding(5) var<storage, read> members: array<u32>;
@group(0) @binding(6) var<storage, read> dy: array<f32>;
@group(0) @binding(7) var<storage, read_write> dx: array<f32>;

// ∂f/∂a
fn by_first(a: f32, b: f32) -> f32 {
    switch KIND {
        case 0u: { return 1.0; }
        case 1u: { return 1.0; }
        case 2u: { return b; }
        case 3u: { return 1.0 / b; }
        case 4u: {
            if b == 0.0 {
                return 0.0;
            }
            return b * power(a, b - 1.0);
        }
        case 5u: { return f32(a <= b); }
        case 6u: { return f32(a >= b); }
        default: { return 0.0; }
    }
}

// ∂f/∂b
fn by_second(a: f32, b: f32) -> f32 {
    switch KIND {
        case 0u: { return 1.0; }
        case 1u: { return -1.0; }
        case 2u: { return a; }
        case 3u: { return -a / (b * b); }
        case 4u: {
            if a <= 0.0 {
                return 0.0;
            }
            return power(a, b) * log(a);
        }
        case 5u: { return f32(b < a); }
        case 6u: { return f32(b > a); }
        default: { return 0.0; }
    }
}

fn due(lane: u32, i: u32, value: f32) -> f32 {
    var j = i;
    if OTHER_MAPPED { j = other_map[i]; }
    let partner = other[lane * params.other_step + j];
    let gradient = dy[lane * params.len + i];
    if gradient == 0.0 {
        return 0.0;
    }
    if SECOND {
        return gradient * by_second(partner, value);
    }
    return gradient * by_first(value, partner);
}

@compute @workgroup_size(64)
fn binary_backward(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.own_len {
        return;
    }
    let index = id.y * params.own_len + id.x;
    let value = own[index];
    var sum = 0.0;
    if GATHERED {
        for (var at = starts[id.x]; at < starts[id.x + 1u]; at++) {
            sum += due(id.y, members[at], value);
        }
    } else {
        sum = due(id.y, id.x, value);
    }
    if ACCUMULATE {
        dx[index] += sum;
    } else {
        dx[index] = sum;
    }
}
