//! Sums over the pixels of an image, vectorised.

use super::simd::{self, Vector, WIDTH, total, vector};

/// Vectors that are summed independently: a tree instead of one long chain.
const CHAINS: usize = 4;

/// Terms of a sum. A trait and no closures: what is not inlined here is not compiled for vectors.
trait Terms {
    /// How many there are.
    fn count(&self) -> usize;
    /// `partial` and the terms from `at` on, as many as a vector has.
    fn add_many<V: Vector>(&self, at: usize, partial: V) -> V;
    /// One term.
    fn one(&self, at: usize) -> f32;
}

/// Their sum, a vector at a time as long as there are whole ones.
struct Sum<T>(T);

impl<T: Terms> simd::Loops for Sum<T> {
    type Output = f32;

    #[inline(always)]
    fn run<V: Vector>(self) -> f32 {
        let Sum(terms) = self;
        let n = terms.count();
        let mut chains = [V::splat(0.0); CHAINS];
        let mut at = 0;
        while at + CHAINS * WIDTH <= n {
            for (chain, partial) in chains.iter_mut().enumerate() {
                *partial = terms.add_many(at + chain * WIDTH, *partial);
            }
            at += CHAINS * WIDTH;
        }
        while at + WIDTH <= n {
            chains[0] = terms.add_many(at, chains[0]);
            at += WIDTH;
        }
        let [a, b, c, d] = chains;
        let mut rest = 0.0;
        for at in at..n {
            rest += terms.one(at);
        }
        total(a.add(b).add(c.add(d))) + rest
    }
}

struct Dot<'a>(&'a [f32], &'a [f32]);

impl Terms for Dot<'_> {
    #[inline(always)]
    fn count(&self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn add_many<V: Vector>(&self, at: usize, partial: V) -> V {
        vector::<V>(self.0, at).multiply_add(vector(self.1, at), partial)
    }

    #[inline(always)]
    fn one(&self, at: usize) -> f32 {
        self.0[at] * self.1[at]
    }
}

/// `a·b`
#[must_use]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let n = a.len().min(b.len());
    simd::widest(Sum(Dot(&a[..n], &b[..n])))
}

struct MaskedDot<'a>(&'a [f32], &'a [f32], &'a [f32]);

impl Terms for MaskedDot<'_> {
    #[inline(always)]
    fn count(&self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn add_many<V: Vector>(&self, at: usize, partial: V) -> V {
        let masked = vector::<V>(self.0, at).multiply_add(vector(self.1, at), V::splat(0.0));
        masked.multiply_add(vector(self.2, at), partial)
    }

    #[inline(always)]
    fn one(&self, at: usize) -> f32 {
        self.0[at] * self.1[at] * self.2[at]
    }
}

/// `Σ mask·a·b`, with a mask of zeros and ones.
#[must_use]
pub fn masked_dot(mask: &[f32], a: &[f32], b: &[f32]) -> f32 {
    let n = mask.len().min(a.len()).min(b.len());
    simd::widest(Sum(MaskedDot(&mask[..n], &a[..n], &b[..n])))
}

struct SquaredDistance<'a>(&'a [f32], &'a [f32]);

impl Terms for SquaredDistance<'_> {
    #[inline(always)]
    fn count(&self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn add_many<V: Vector>(&self, at: usize, partial: V) -> V {
        let apart = vector::<V>(self.0, at).subtract(vector(self.1, at));
        apart.multiply_add(apart, partial)
    }

    #[inline(always)]
    fn one(&self, at: usize) -> f32 {
        (self.0[at] - self.1[at]) * (self.0[at] - self.1[at])
    }
}

/// `‖a − b‖²`
#[must_use]
pub fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let n = a.len().min(b.len());
    simd::widest(Sum(SquaredDistance(&a[..n], &b[..n])))
}

struct Blend<'a>(&'a mut [f32], f32, &'a [f32]);

impl simd::Loops for Blend<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Blend(y, share, x) = self;
        let (old, new) = (V::splat(1.0 - share), V::splat(share));
        let (ys, y_rest) = y.as_chunks_mut::<WIDTH>();
        let (xs, x_rest) = x.as_chunks::<WIDTH>();
        for (y, x) in ys.iter_mut().zip(xs) {
            let kept = V::load(y).multiply_add(old, V::splat(0.0));
            V::load(x).multiply_add(new, kept).store(y);
        }
        for (y, x) in y_rest.iter_mut().zip(x_rest) {
            *y = (1.0 - share) * *y + share * x;
        }
    }
}

/// `y = (1 − share)·y + share·x`
pub fn blend(y: &mut [f32], share: f32, x: &[f32]) {
    assert_eq!(y.len(), x.len(), "vectors of different lengths");
    simd::widest(Blend(y, share, x));
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
            let mut mixed = b.clone();
            blend(&mut mixed, 0.3, &a);
            for i in 0..n {
                close(mixed[i], 0.7 * f64::from(b[i]) + 0.3 * f64::from(a[i]));
            }
            blend(&mut mixed, 1.0, &a);
            assert_eq!(mixed, a);
            close(squared_distance(&a, &b), sum(&|i| (a[i] - b[i]) * (a[i] - b[i])));
        }
    }
}
