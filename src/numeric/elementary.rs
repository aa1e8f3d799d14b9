//! Elementary functions without branches, so that loops over them become SIMD.
//!
//! Each says how far it may be from the function itself, in units in the last place of the
//! value (ulp, at most 2⁻²³ of it). Values below the smallest normal number may be off by as
//! much as that number: devices make them zero. `tests/suite/accuracy.rs` sweeps them all; the
//! twins on the device are in `math.wgsl`.

/// `ln 2` in two pieces: the product with a small integer is exact in the first.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;

/// `x = k·ln 2 + r` with the nearest whole `k`: the bits of `k` at the bottom of a number, and `r`.
#[inline(always)]
fn reduced(x: f32) -> (u32, f32) {
    const ROUND: f32 = 12_582_912.0; // 1.5·2²³: adding it rounds to an integer
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let power = shifted - ROUND;
    (shifted.to_bits(), x - power * LN2_HIGH - power * LN2_LOW)
}

/// `(e^r − 1)/r − 1` for `|r| ≤ ½ ln 2`.
#[inline(always)]
fn exponential_series(r: f32) -> f32 {
    r * (0.5 + r * (0.166_666_67 + r * (0.041_666_6 + r * (0.008_333_6 + r * 0.001_394_2))))
}

/// `e^x` within 3 ulp, saturating to 1.2e-38 and to about 2.2e38 at −87.3 and 88.3.
///
/// Range reduction by powers of two and a polynomial of degree six.
#[inline(always)]
#[must_use]
pub fn exp(x: f32) -> f32 {
    let (power, r) = reduced(x.clamp(-87.3, 88.3));
    let p = 1.0 + r * (1.0 + exponential_series(r));
    f32::from_bits((power << 23).wrapping_add(p.to_bits()))
}

/// `ln(1 + u)` within 3 ulp for `u` from 0 to 1.
///
/// The series of the inverse hyperbolic tangent of `u/(2 + u)`: nothing is lost where `1 + u` would
/// lose `u`.
#[inline(always)]
#[must_use]
pub fn ln_1p(u: f32) -> f32 {
    let s = u / (2.0 + u);
    let q = s * s;
    let far = 0.111_111_11 + q * (0.090_909_09 + q * (0.076_923_08 + q * 0.066_666_67));
    let tail = q * (0.333_333_34 + q * (0.2 + q * (0.142_857_15 + q * far)));
    2.0 * (s + s * tail)
}

/// The logistic function within 3 ulp, without overflow at either end.
#[inline(always)]
#[must_use]
pub fn sigmoid(z: f32) -> f32 {
    1.0 / (1.0 + exp(-z))
}

/// `e^x − 1` within 4 ulp, also of the smallest arguments, saturating to −1 and about 2.2e38.
///
/// `2ᵏ(e^r − 1) + (2ᵏ − 1)`: nothing cancels near zero.
#[inline(always)]
#[must_use]
pub fn exp_m1(x: f32) -> f32 {
    // Below −20 the value is −1.
    let (power, r) = reduced(x.clamp(-20.0, 88.3));
    let scale = f32::from_bits((power << 23).wrapping_add(1.0f32.to_bits()));
    scale * (r + r * exponential_series(r)) + (scale - 1.0)
}

/// The hyperbolic tangent within 6 ulp, also of the smallest arguments.
///
/// `tanh z = m/(m+2)` with `m = e^2z − 1`, where `1 − 2/(e^2z + 1)` loses every digit near zero.
#[inline(always)]
#[must_use]
pub fn tanh(z: f32) -> f32 {
    // Beyond ±10 the value is ±1.
    let m = exp_m1((2.0 * z).clamp(-20.0, 20.0));
    m / (m + 2.0)
}

/// `erf x` for `|x| ≤ 1`, from a minimax polynomial for `erf(x)/x`.
#[inline(always)]
fn erf_inside(x: f32) -> f32 {
    let s = x * x;
    x * (std::f32::consts::FRAC_2_SQRT_PI
        + s * (-0.376_125_84
            + s * (0.112_817_28
                + s * (-0.026_747_96 + s * (0.004_954_933 + s * -0.000_576_903_2)))))
}

/// `1 − erf x` for `x ≥ 1`: `e^(−x²)` times a minimax polynomial in `1/(1 + 0.4x)`.
#[inline(always)]
fn erfc_outside(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.4 * x);
    t * (0.225_620_1
        + t * (0.226_799_22
            + t * (0.198_120_02
                + t * (0.215_173_5
                    + t * (0.004_554_026 + t * (0.246_958_73 + t * -0.117_489_09))))))
        * exp(-x * x)
}

/// The error function within 2 ulp.
#[inline(always)]
#[must_use]
pub fn erf(x: f32) -> f32 {
    let outside = (1.0 - erfc_outside(x.abs())).copysign(x);
    if x.abs() < 1.0 { erf_inside(x) } else { outside }
}

/// `1 − erf x` within `8 + x²` ulp: a rounding of the square becomes that of the exponential.
#[inline(always)]
#[must_use]
pub fn erfc(x: f32) -> f32 {
    let outside = erfc_outside(x.abs());
    let outside = if x < 0.0 { 2.0 - outside } else { outside };
    if x.abs() < 1.0 { 1.0 - erf_inside(x) } else { outside }
}

#[cfg(test)]
mod tests {
    use super::{exp, exp_m1, ln_1p};

    #[test]
    fn exp_agrees_with_f64_over_its_whole_range() {
        /// A few units in the last place of f32.
        const FEW_ULPS: f64 = 4e-7;
        let worst = |spoil: f64| {
            (-8700..8800)
                .map(|i| {
                    let x = i as f32 / 100.0;
                    let exact = f64::from(x).exp();
                    ((f64::from(exp(x)) * (1.0 + spoil) - exact) / exact).abs()
                })
                .fold(0.0, f64::max)
        };
        assert!(worst(0.0) < FEW_ULPS, "{:e}", worst(0.0));
        assert!(worst(1e-6) > FEW_ULPS);
        assert!(exp(-1000.0) < 1e-37 && exp(1000.0).is_finite());
    }

    #[test]
    fn exp_m1_keeps_what_is_left_near_zero() {
        const FEW_ULPS: f64 = 5e-7;
        let points =
            || (-400..400).map(|i| f64::from(i) * 0.05).chain((0..30).map(|i| -(0.1f64.powi(i))));
        let worst = |of: &dyn Fn(f32) -> f32| {
            let off = |x: f64| {
                let exact = f64::from(x as f32).exp_m1();
                ((f64::from(of(x as f32)) - exact) / exact.abs().max(f64::MIN_POSITIVE)).abs()
            };
            points().map(off).fold(0.0, f64::max)
        };
        assert!(worst(&exp_m1) < FEW_ULPS, "{:e}", worst(&exp_m1));
        assert!(worst(&|x| exp(x) - 1.0) > FEW_ULPS);
        assert_eq!([exp_m1(-1e9), exp_m1(0.0)], [-1.0, 0.0]);
        assert!(exp_m1(1e9).is_finite());
    }

    #[test]
    fn ln_1p_keeps_what_is_left_near_zero() {
        const FEW_ULPS: f64 = 4e-7;
        let worst = |of: &dyn Fn(f32) -> f32| {
            let points =
                (1..=1000).map(|i| i as f32 / 1000.0).chain((0..30).map(|i| 0.1f32.powi(i)));
            let off = |u: f32| {
                let exact = f64::from(u).ln_1p();
                ((f64::from(of(u)) - exact) / exact).abs()
            };
            points.map(off).fold(0.0, f64::max)
        };
        assert!(worst(&ln_1p) < FEW_ULPS, "{:e}", worst(&ln_1p));
        assert!(worst(&|u| (1.0 + u).ln()) > FEW_ULPS);
        assert_eq!(ln_1p(0.0), 0.0);
    }
}
