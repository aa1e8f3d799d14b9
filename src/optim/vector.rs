//! Sums over the pixels of an image, vectorised.

use crate::exec::cpu::simd::{self, Vector, WIDTH, total, vector};

/// Vectors that are summed independently: a tree instead of one long chain.
const CHAINS: usize = 4;

/// `Σ` over `0..n` of a term, `V` at a time as long as there are whole vectors.
#[inline(always)]
fn sum<V: Vector>(n: usize, many: impl Fn(usize, V) -> V, one: impl Fn(usize) -> f32) -> f32 {
    let mut chains = [V::splat(0.0); CHAINS];
    let mut at = 0;
    while at + CHAINS * WIDTH <= n {
        for (chain, partial) in chains.iter_mut().enumerate() {
            *partial = many(at + chain * WIDTH, *partial);
        }
        at += CHAINS * WIDTH;
    }
    while at + WIDTH <= n {
        chains[0] = many(at, chains[0]);
        at += WIDTH;
    }
    let [a, b, c, d] = chains;
    total(a.add(b).add(c.add(d))) + (at..n).map(one).sum::<f32>()
}

struct Dot<'a>(&'a [f32], &'a [f32]);

impl simd::Loops for Dot<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<V: Vector>(self) -> f32 {
        let Dot(a, b) = self;
        let many = |i, partial: V| vector::<V>(a, i).multiply_add(vector(b, i), partial);
        sum(a.len(), many, |i| a[i] * b[i])
    }
}

/// `a·b`
#[must_use]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let n = a.len().min(b.len());
    simd::widest(Dot(&a[..n], &b[..n]))
}

struct MaskedDot<'a>(&'a [f32], &'a [f32], &'a [f32]);

impl simd::Loops for MaskedDot<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<V: Vector>(self) -> f32 {
        let MaskedDot(mask, a, b) = self;
        let masked = |i| vector::<V>(mask, i).multiply_add(vector(a, i), V::splat(0.0));
        let many = |i, partial: V| masked(i).multiply_add(vector(b, i), partial);
        sum(a.len(), many, |i| mask[i] * a[i] * b[i])
    }
}

/// `Σ mask·a·b`, with a mask of zeros and ones.
#[must_use]
pub fn masked_dot(mask: &[f32], a: &[f32], b: &[f32]) -> f32 {
    let n = mask.len().min(a.len()).min(b.len());
    simd::widest(MaskedDot(&mask[..n], &a[..n], &b[..n]))
}

struct SquaredDistance<'a>(&'a [f32], &'a [f32]);

impl simd::Loops for SquaredDistance<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<V: Vector>(self) -> f32 {
        let SquaredDistance(a, b) = self;
        let apart = |i| vector::<V>(a, i).subtract(vector(b, i));
        let many = |i, partial: V| apart(i).multiply_add(apart(i), partial);
        sum(a.len(), many, |i| (a[i] - b[i]) * (a[i] - b[i]))
    }
}

/// `‖a − b‖²`
#[must_use]
pub fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let n = a.len().min(b.len());
    simd::widest(SquaredDistance(&a[..n], &b[..n]))
}

/// `y += a·x`
pub fn add_scaled(y: &mut [f32], a: f32, x: &[f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_every_length_are_right() {
        /// f32 sums of up to a hundred terms.
        const TIGHT: f64 = 1e-5;
        for n in 0..100 {
            let a: Vec<f32> = (0..n).map(|i| (i as f32 * 0.7).sin()).collect();
            let b: Vec<f32> = (0..n).map(|i| (i as f32 * 1.3).cos()).collect();
            let mask: Vec<f32> = (0..n).map(|i| (i % 3 == 0) as u8 as f32).collect();
            let sum = |f: &dyn Fn(usize) -> f32| (0..n).map(|i| f64::from(f(i))).sum::<f64>();
            let close = |found: f32, expected: f64| {
                assert!((f64::from(found) - expected).abs() < TIGHT, "{n}: {found}, {expected}");
            };
            close(dot(&a, &b), sum(&|i| a[i] * b[i]));
            close(masked_dot(&mask, &a, &b), sum(&|i| mask[i] * a[i] * b[i]));
            close(squared_distance(&a, &b), sum(&|i| (a[i] - b[i]) * (a[i] - b[i])));
        }
    }
}
