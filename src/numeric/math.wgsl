// Functions that WGSL lacks or leaves to the driver where arguments are large.
// Every exponential here has an argument that cannot overflow.

fn logistic(z: f32) -> f32 {
    return 1.0 / (1.0 + exp(min(-z, 87.0)));
}

// (1 − e^−2|z|) / (1 + e^−2|z|) with the sign of z; near zero its series.
fn hyperbolic_tangent(z: f32) -> f32 {
    let size = min(abs(z), 12.0);
    if size < 0.0625 {
        let square = z * z;
        return z * (1.0 + square * (-0.33333333 + square * (0.13333333 - square * 0.053968254)));
    }
    let small = exp(-2.0 * size);
    return sign(z) * (1.0 - small) / (1.0 + small);
}

// The error function, Abramowitz and Stegun 7.1.26.
fn error_function(x: f32) -> f32 {
    let size = min(abs(x), 9.0);
    let t = 1.0 / (1.0 + 0.3275911 * size);
    let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741
        + t * (-1.453152027 + t * 1.061405429))));
    return sign(x) * (1.0 - series * exp(-size * size));
}

// x^a, with the sign that a whole exponent gives to a negative base.
fn power(x: f32, a: f32) -> f32 {
    if a == 0.0 {
        return 1.0;
    }
    if x == 0.0 {
        return select(1.0 / abs(x), 0.0, a > 0.0);
    }
    let whole = floor(a);
    let odd = whole - 2.0 * floor(0.5 * whole) == 1.0;
    // pow of a negative number is NaN, as it should be unless a is whole.
    let base = select(x, abs(x), whole == a);
    return select(1.0, -1.0, x < 0.0 && odd) * pow(base, a);
}

// x less a multiple of 2π, in [−π, π].
fn reduced_angle(x: f32) -> f32 {
    let turns = round(x * 0.15915494309);
    return fma(turns, 1.7484556e-7, fma(turns, -6.2831855, x));
}

// The sine in [−π/2, π/2] by its series: WGSL's own may be off by 2⁻¹¹.
fn sine_series(x: f32) -> f32 {
    let square = x * x;
    let tail = 8.3333333e-3 + square * (-1.984127e-4 + square * (2.7557319e-6 - square * 2.5052108e-8));
    return x * (1.0 + square * (-0.16666667 + square * tail));
}

fn sine(x: f32) -> f32 {
    let angle = reduced_angle(x);
    let size = abs(angle);
    return sign(angle) * sine_series(min(size, 3.1415927 - size));
}

fn cosine(x: f32) -> f32 {
    return sine_series(1.5707964 - abs(reduced_angle(x)));
}
