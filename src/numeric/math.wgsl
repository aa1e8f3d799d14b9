// Functions that WGSL lacks or leaves to the driver where arguments are large.
// Every exponential here has an argument that cannot overflow.

fn logistic(z: f32) -> f32 {
    return 1.0 / (1.0 + exp(min(-z, 87.0)));
}

// e^x − 1 for x ≤ 88, without cancellation near zero: 2ᵏ(e^r − 1) + (2ᵏ − 1) with x = k·ln 2 + r.
fn exp_minus_one(x: f32) -> f32 {
    let y = max(x, -20.0);
    let power = round(y * 1.442695);
    let r = fma(power, 2.1219444e-4, fma(power, -0.6933594, y));
    let series = r * (0.5 + r * (0.16666667 + r * (0.0416666 + r * (0.0083336 + r * 0.0013942))));
    let scale = bitcast<f32>(u32(i32(power) + 127) << 23u);
    return scale * (r + r * series) + (scale - 1.0);
}

// ln(1 + u) for 0 ≤ u, by the series of the inverse hyperbolic tangent where 1 + u would lose u.
fn log_of_one_and(u: f32) -> f32 {
    if u > 1.0 {
        return log(1.0 + u);
    }
    let s = u / (2.0 + u);
    let q = s * s;
    let tail = q * (0.33333333 + q * (0.2 + q * (0.14285714 + q * (0.11111111
        + q * (0.09090909 + q * (0.076923077 + q * 0.066666667))))));
    return 2.0 * (s + s * tail);
}

// m/(m+2) with m = e^2z − 1.
fn hyperbolic_tangent(z: f32) -> f32 {
    let m = exp_minus_one(clamp(2.0 * z, -20.0, 20.0));
    return m / (m + 2.0);
}

// The derivative of the hyperbolic tangent, 4e/(1+e)² with e = e^−2|z|.
fn hyperbolic_tangent_slope(z: f32) -> f32 {
    let e = exp(-2.0 * min(abs(z), 43.0));
    return 4.0 * e / ((1.0 + e) * (1.0 + e));
}

// The error function where |x| ≤ 1.
fn error_inside(x: f32) -> f32 {
    let s = x * x;
    return x * (1.1283792 + s * (-0.37612584 + s * (0.11281728
        + s * (-0.02674796 + s * (0.004954933 - s * 0.0005769032)))));
}

// 1 − the error function, where x ≥ 1.
fn error_outside(x: f32) -> f32 {
    let size = min(x, 9.3);
    let t = 1.0 / (1.0 + 0.4 * size);
    let series = t * (0.2256201 + t * (0.22679922 + t * (0.19812002 + t * (0.2151735
        + t * (0.004554026 + t * (0.24695873 - t * 0.11748909))))));
    return series * exp(-size * size);
}

fn error_function(x: f32) -> f32 {
    if abs(x) < 1.0 {
        return error_inside(x);
    }
    return sign(x) * (1.0 - error_outside(abs(x)));
}

// 1 − the error function, without cancellation where that is small.
fn error_complement(x: f32) -> f32 {
    if abs(x) < 1.0 {
        return 1.0 - error_inside(x);
    }
    let outside = error_outside(abs(x));
    return select(outside, 2.0 - outside, x < 0.0);
}

// The arc tangent: WGSL's own may be off by 4096 units in the last place.
fn arc_tangent(x: f32) -> f32 {
    let size = abs(x);
    var start = 0.0;
    var y = size;
    if size > 2.4142135 {
        start = 1.5707964;
        y = -1.0 / size;
    } else if size > 0.41421357 {
        start = 0.7853982;
        y = (size - 1.0) / (size + 1.0);
    }
    let s = y * y;
    let series = s * (-0.33332798 + s * (0.19974442 + s * (-0.13851777 + s * 0.079856995)));
    return select(1.0, -1.0, x < 0.0) * (start + (y + y * series));
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

// The arc sine by half its angle, of which the tangent has no quotient by zero.
fn arc_sine(x: f32) -> f32 {
    return 2.0 * arc_tangent(x / (1.0 + sqrt((1.0 - x) * (1.0 + x))));
}

// The arc cosine, likewise; that of a negative number is π less that of its size.
fn arc_cosine(x: f32) -> f32 {
    let size = abs(x);
    let angle = 2.0 * arc_tangent(sqrt((1.0 - size) * (1.0 + size)) / (1.0 + size));
    return select(angle, 3.1415927 - angle, x < 0.0);
}

fn arc_sine_slope(x: f32) -> f32 {
    return select(inverseSqrt((1.0 - x) * (1.0 + x)), 0.0, abs(x) == 1.0);
}

// With m = e^|x| − 1; where e^|x| might overflow and its half does not, from half the argument.
fn hyperbolic_sine(x: f32) -> f32 {
    let size = abs(x);
    if size > 20.0 {
        let half = exp(0.5 * size);
        return sign(x) * (0.5 * half) * half;
    }
    let m = exp_minus_one(size);
    return sign(x) * 0.5 * (m + m / (m + 1.0));
}

fn hyperbolic_cosine(x: f32) -> f32 {
    let half = exp(0.5 * abs(x));
    return 0.5 * half * half + 0.5 / (half * half);
}

// ln(x + √(x²+1)) as ln(1 + x + x²/(1 + √(x²+1))); far out ln 2x, since a square might overflow.
fn area_sine(x: f32) -> f32 {
    let size = abs(x);
    if size > 1e9 {
        return sign(x) * (log(size) + 0.6931472);
    }
    return sign(x) * log_of_one_and(size + size * size / (1.0 + sqrt(size * size + 1.0)));
}

// ln(1 + t + √(t(t+2))) with t = x − 1.
fn area_cosine(x: f32) -> f32 {
    let t = x - 1.0;
    return log_of_one_and(t + sqrt(t) * sqrt(t + 2.0));
}

// ½ ln(1 + 2x/(1−x)) of the size.
fn area_tangent(x: f32) -> f32 {
    let size = abs(x);
    return sign(x) * 0.5 * log_of_one_and(2.0 * size / (1.0 - size));
}
