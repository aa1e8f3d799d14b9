// dx = dy·f′(x) of each element. Twin of `cpu.rs`; KIND is the `UnaryKind`.

struct Params {
    lanes: u32,
    len: u32,
    a: f32,
    b: f32,
}

override KIND: u32 = 0u;
override ACCUMULATE: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

// e^(−x²/2) / √(2π)
fn bell(x: f32) -> f32 {
    let size = min(abs(x), 13.0);
    return 0.3989422804 * exp(-0.5 * size * size);
}

// ½(1 + tanh u) is the logistic function of 2u, which does not cancel where u is far below zero.
fn gelu_tanh_derivative(x: f32) -> f32 {
    let size = clamp(x, -13.0, 13.0);
    let z = 1.5957691 * (size + 0.044715 * size * size * size);
    let rise = 1.5957691 * (1.0 + 0.134145 * size * size);
    return logistic(z) * (1.0 + size * rise * logistic(-z));
}

fn derivative(x: f32, a: f32, b: f32) -> f32 {
    switch KIND {
        case 0u: { return f32(x > 0.0); }
        case 1u: { return select(a, 1.0, x > 0.0); }
        case 2u: { return logistic(x) * logistic(-x); }
        case 3u: { return hyperbolic_tangent_slope(x); }
        case 4u: { return exp(x); }
        case 5u: { return 1.0 / x; }
        case 6u: { return select(0.5 * inverseSqrt(x), 0.0, x == 0.0); }
        case 7u: { return -0.5 * inverseSqrt(x) / x; }
        case 8u: { return -1.0 / (x * x); }
        case 9u: { return -1.0; }
        case 10u: { return sign(x); }
        case 11u: { return 2.0 * x; }
        case 12u: {
            if a == 0.0 || (x == 0.0 && a > 0.0 && a < 1.0) {
                return 0.0;
            }
            return a * power(x, a - 1.0);
        }
        case 13u: { let size = min(abs(x), 9.33); return 1.1283791671 * exp(-size * size); }
        case 14u: { return a; }
        case 15u: { return f32(x > a && x < b); }
        case 16u: { return select(a * exp(min(x, 0.0)), 1.0, x > 0.0); }
        case 17u: { return logistic(x); }
        case 18u: { return logistic(x) * (1.0 + x * logistic(-x)); }
        case 19u: { return 0.5 * error_complement(-x * 0.70710678) + x * bell(x); }
        case 20u: { return gelu_tanh_derivative(x); }
        case 21u: { let z = a * x + b; return select(0.0, a, z > 0.0 && z < 1.0); }
        case 22u: {
            if x <= -3.0 {
                return 0.0;
            }
            return select(1.0, x / 3.0 + 0.5, x < 3.0);
        }
        case 23u: { return cosine(x); }
        case 24u: { return -sine(x); }
        case 25u: { return 1.0 / (1.0 + x * x); }
        case 26u: { let size = 1.0 + abs(x); return 1.0 / (size * size); }
        case 28u: { return 1.0; }
        case 29u: { let c = cosine(x); return 1.0 / (c * c); }
        case 30u: { return arc_sine_slope(x); }
        case 31u: { return -arc_sine_slope(x); }
        case 32u: { return hyperbolic_cosine(x); }
        case 33u: { return hyperbolic_sine(x); }
        case 34u: { return inverseSqrt(1.0 + x * x); }
        case 35u: { return select(inverseSqrt(x - 1.0) * inverseSqrt(x + 1.0), 0.0, x == 1.0); }
        case 36u: { return 1.0 / ((1.0 - x) * (1.0 + x)); }
        default: { return 0.0; }
    }
}

@compute @workgroup_size(64)
fn unary_backward(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.len {
        return;
    }
    let index = id.y * params.len + id.x;
    // Where nothing is due, a slope without bound contributes nothing.
    var value = dy[index];
    if value != 0.0 {
        value *= derivative(x[index], params.a, params.b);
    }
    if ACCUMULATE {
        dx[index] += value;
    } else {
        dx[index] = value;
    }
}
