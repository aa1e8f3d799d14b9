// The activations that a kernel may fuse, twin of `ops::Activation`.
// Prepended to the kernels that use it; needs math.wgsl.

// The kernel's own, and that of the operation whose value it reads, if its
// derivative is due where the gradient is written.
override ACTIVATION: u32 = 0u;
override BELOW: u32 = 0u;

// The activation's value at the pre-activation z.
fn activate(z: f32) -> f32 {
    switch ACTIVATION {
        case 1u: { return max(z, 0.0); }
        case 2u: { return logistic(z); }
        case 3u: { return hyperbolic_tangent(z); }
        default: { return z; }
    }
}

fn activate4(z: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(activate(z.x), activate(z.y), activate(z.z), activate(z.w));
}

// An activation's derivative with respect to the pre-activation, from its value y.
fn slope(activation: u32, y: f32) -> f32 {
    switch activation {
        case 1u: { return select(0.0, 1.0, y > 0.0); }
        case 2u: { return y * (1.0 - y); }
        case 3u: { return 1.0 - y * y; }
        default: { return 1.0; }
    }
}

fn slope4(activation: u32, y: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(
        slope(activation, y.x),
        slope(activation, y.y),
        slope(activation, y.z),
        slope(activation, y.w),
    );
}
