//! Elementary functions without branches, so that loops over them become SIMD.

/// `e^x` without branches, so that loops over it become SIMD.
///
/// Range reduction by powers of two and a polynomial of degree six; relative
/// error below 3e-7, saturating to 0 and to about 2.4e38 at ±88.
#[inline(always)]
#[must_use]
pub fn exp(x: f32) -> f32 {
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    // ln 2 in two pieces: the product with a small integer is exact in the first.
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const ROUND: f32 = 12_582_912.0; // 1.5·2²³: adding it rounds to an integer
    let x = x.clamp(-87.3, 88.3);
    let shifted = x * LOG2_E + ROUND;
    let power = shifted - ROUND;
    let r = x - power * LN2_HIGH - power * LN2_LOW;
    let p = 1.0
        + r * (1.0
            + r * (0.5
                + r * (0.166_666_67 + r * (0.041_666_6 + r * (0.008_333_6 + r * 0.001_394_2)))));
    let bits = (shifted.to_bits() << 23).wrapping_add(p.to_bits());
    f32::from_bits(bits)
}

/// The logistic function, without overflow at either end.
#[inline(always)]
#[must_use]
pub fn sigmoid(z: f32) -> f32 {
    1.0 / (1.0 + exp(-z))
}

/// The hyperbolic tangent, from one exponential.
#[inline(always)]
#[must_use]
pub fn tanh(z: f32) -> f32 {
    1.0 - 2.0 / (exp(2.0 * z) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::exp;

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
}
