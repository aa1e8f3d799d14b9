//! Loops over vectors that the optimiser shares, written to vectorise.

/// Independent partial sums: a tree instead of one long chain.
const LANES: usize = 16;

/// `Σ f(i)` over `0..n` in [`LANES`] partial sums.
#[inline(always)]
fn sum(n: usize, f: impl Fn(usize) -> f32) -> f32 {
    let mut partial = [0.0f32; LANES];
    let whole = n - n % LANES;
    for start in (0..whole).step_by(LANES) {
        for (lane, p) in partial.iter_mut().enumerate() {
            *p += f(start + lane);
        }
    }
    for i in whole..n {
        partial[i - whole] += f(i);
    }
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            partial[i] += partial[i + width];
        }
        width /= 2;
    }
    partial[0]
}

/// `a·b`
#[must_use]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    sum(n, |i| a[i] * b[i])
}

/// `Σ mask·a·b`, with a mask of zeros and ones.
#[must_use]
pub fn masked_dot(mask: &[f32], a: &[f32], b: &[f32]) -> f32 {
    let n = mask.len().min(a.len()).min(b.len());
    let (mask, a, b) = (&mask[..n], &a[..n], &b[..n]);
    sum(n, |i| mask[i] * a[i] * b[i])
}

/// `‖a − b‖²`
#[must_use]
pub fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    sum(n, |i| (a[i] - b[i]) * (a[i] - b[i]))
}

/// `y += a·x`
pub fn add_scaled(y: &mut [f32], a: f32, x: &[f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}
