// y = f(x) of each element. Twin of `cpu.rs`; KIND is the `UnaryKind`.

struct Params {
    lanes: u32,
    len: u32,
    a: f32,
    b: f32,
}

override KIND: u32 = 0u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn value(x: f32, a: f32, b: f32) -> f32 {
    switch KIND {
        case 0u: { return max(x, 0.0); }
        case 1u: { return select(a * x, x, x > 0.0); }
        case 2u: { return logistic(x); }
        case 3u: { return hyperbolic_tangent(x); }
        case 4u: { return exp(x); }
        case 5u: { return log(x); }
        case 6u: { return sqrt(x); }
        case 7u: { return inverseSqrt(x); }
        case 8u: { return 1.0 / x; }
        case 9u: { return -x; }
        case 10u: { return abs(x); }
        case 11u: { return x * x; }
        case 12u: { return power(x, a); }
        case 13u: { return error_function(x); }
        case 14u: { return fma(a, x, b); }
        case 15u: { return min(max(x, a), b); }
        case 16u: { return select(a * exp_minus_one(min(x, 0.0)), x, x > 0.0); }
        case 17u: { return max(x, 0.0) + log_of_one_and(exp(-min(abs(x), 87.0))); }
        case 18u: { return x * logistic(x); }
        case 19u: { return 0.5 * x * error_complement(-x * 0.70710678); }
        case 20u: {
            let size = clamp(x, -13.0, 13.0);
            return x * logistic(1.5957691 * (size + 0.044715 * size * size * size));
        }
        case 21u: { return clamp(a * x + b, 0.0, 1.0); }
        case 22u: { return x * clamp(x / 6.0 + 0.5, 0.0, 1.0); }
        case 23u: { return sine(x); }
        case 24u: { return cosine(x); }
        case 25u: { return arc_tangent(x); }
        case 26u: { return x / (1.0 + abs(x)); }
        case 28u: { return round(x); }
        case 29u: { return sine(x) / cosine(x); }
        case 30u: { return arc_sine(x); }
        case 31u: { return arc_cosine(x); }
        case 32u: { return hyperbolic_sine(x); }
        case 33u: { return hyperbolic_cosine(x); }
        case 34u: { return area_sine(x); }
        case 35u: { return area_cosine(x); }
        case 36u: { return area_tangent(x); }
        default: { return f32(x == 0.0); }
    }
}

@compute @workgroup_size(64)
fn unary_forward(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.len {
        return;
    }
    let index = id.y * params.len + id.x;
    y[index] = value(x[index], params.a, params.b);
}
