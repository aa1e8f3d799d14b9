//! Matrix products for the CPU kernels: `C = A·B` with `B` packed in panels.
//!
//! `A` and `C` are row-major. `B` lies in panels of [`NR`] columns, each panel
//! `[k, NR]`, the last padded with zeros. A tile of `MR × NR` sums stays in
//! registers while `k` runs; long `k` is cut so that a piece of a panel and of
//! the rows stays in the first cache. The inner loop is plain Rust over arrays
//! of fixed size, which compiles to SIMD on every target; on x86-64 it is
//! compiled a second time for AVX2 and FMA and chosen at run time.

/// Columns of a panel: two SIMD registers.
#[cfg(target_arch = "wasm32")]
pub const NR: usize = 8;
/// Columns of a panel: two SIMD registers.
#[cfg(not(target_arch = "wasm32"))]
pub const NR: usize = 16;

/// Rows of a register tile.
#[cfg(target_arch = "wasm32")]
const MR: usize = 4;
#[cfg(not(target_arch = "wasm32"))]
const MR: usize = 6;

/// Longest piece of `k` taken at once.
const KC: usize = 256;

/// The right-hand matrix `[k, n]`, in panels.
#[derive(Clone, Debug, Default)]
pub struct PackedB {
    k: usize,
    n: usize,
    panels: Vec<f32>,
}

impl PackedB {
    /// Packs `b [k, n]`, element `(i, j)` at `i·row_stride + j·column_stride`.
    #[must_use]
    pub fn pack(k: usize, n: usize, b: &[f32], row_stride: usize, column_stride: usize) -> PackedB {
        let mut packed = PackedB::default();
        packed.repack(k, n, b, row_stride, column_stride);
        packed
    }

    /// Packs another matrix into the same memory.
    pub fn repack(
        &mut self,
        k: usize,
        n: usize,
        b: &[f32],
        row_stride: usize,
        column_stride: usize,
    ) {
        let panels = self.reshape(k, n);
        for (p, panel) in panels.chunks_exact_mut(k.max(1) * NR).enumerate() {
            let width = NR.min(n - p * NR);
            for (i, row) in panel.chunks_exact_mut(NR).enumerate() {
                let start = i * row_stride + p * NR * column_stride;
                if column_stride == 1 {
                    row[..width].copy_from_slice(&b[start..start + width]);
                } else {
                    for (j, v) in row[..width].iter_mut().enumerate() {
                        *v = b[start + j * column_stride];
                    }
                }
                row[width..].fill(0.0);
            }
        }
    }

    /// Sets the sizes and returns the panels to be filled: panel after panel,
    /// `[k, NR]` each, columns at and beyond `n` to be zero.
    pub fn reshape(&mut self, k: usize, n: usize) -> &mut [f32] {
        self.k = k;
        self.n = n;
        self.panels.resize(n.div_ceil(NR) * k * NR, 0.0);
        &mut self.panels
    }
}

/// `c [m, n] = a [m, k] · b`, both row-major and dense; adds to `c` if `accumulate`.
pub fn gemm(m: usize, a: &[f32], b: &PackedB, c: &mut [f32], accumulate: bool) {
    assert!(a.len() >= m * b.k, "left matrix: {} of {} elements", a.len(), m * b.k);
    assert!(c.len() >= m * b.n, "result: {} of {} elements", c.len(), m * b.n);
    if b.k == 0 {
        if !accumulate {
            c[..m * b.n].fill(0.0);
        }
        return;
    }
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        // SAFETY: the processor has the features the function is compiled for.
        unsafe { gemm_avx2(m, a, b, c, accumulate) };
        return;
    }
    gemm_blocked::<false>(m, a, b, c, accumulate);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn gemm_avx2(m: usize, a: &[f32], b: &PackedB, c: &mut [f32], accumulate: bool) {
    gemm_blocked::<true>(m, a, b, c, accumulate);
}

#[inline(always)]
fn gemm_blocked<const FMA: bool>(
    m: usize,
    a: &[f32],
    b: &PackedB,
    c: &mut [f32],
    accumulate: bool,
) {
    let (k, n) = (b.k, b.n);
    for k0 in (0..k).step_by(KC) {
        let k1 = (k0 + KC).min(k);
        let add = accumulate || k0 > 0;
        for (p, panel) in b.panels.chunks_exact(k * NR).enumerate() {
            let panel = &panel[k0 * NR..k1 * NR];
            let column = p * NR;
            let mut row = 0;
            while row + MR <= m {
                tile::<MR, FMA>(row, k, k0, n, column, a, panel, c, add);
                row += MR;
            }
            match m - row {
                1 => tile::<1, FMA>(row, k, k0, n, column, a, panel, c, add),
                2 => tile::<2, FMA>(row, k, k0, n, column, a, panel, c, add),
                3 => tile::<3, FMA>(row, k, k0, n, column, a, panel, c, add),
                4 => tile::<4, FMA>(row, k, k0, n, column, a, panel, c, add),
                5 => tile::<5, FMA>(row, k, k0, n, column, a, panel, c, add),
                _ => {}
            }
        }
    }
}

/// `ROWS × NR` sums over one piece of `k`.
#[inline(always)]
#[expect(clippy::disallowed_methods, reason = "`FMA` is set only where the feature is enabled")]
#[expect(clippy::too_many_arguments, reason = "the innermost loop's coordinates")]
fn tile<const ROWS: usize, const FMA: bool>(
    row: usize,
    k: usize,
    k0: usize,
    n: usize,
    column: usize,
    a: &[f32],
    panel: &[f32],
    c: &mut [f32],
    add: bool,
) {
    let depth = panel.len() / NR;
    let mut sums = [[0.0f32; NR]; ROWS];
    let rows: [&[f32]; ROWS] =
        std::array::from_fn(|r| &a[(row + r) * k + k0..(row + r) * k + k0 + depth]);
    for (i, b) in panel.chunks_exact(NR).enumerate() {
        let b: &[f32; NR] = b.try_into().expect("chunks of NR");
        for r in 0..ROWS {
            let v = rows[r][i];
            for j in 0..NR {
                sums[r][j] = if FMA { v.mul_add(b[j], sums[r][j]) } else { v * b[j] + sums[r][j] };
            }
        }
    }
    let width = NR.min(n - column);
    for (r, sum) in sums.iter().enumerate() {
        let start = (row + r) * n + column;
        let out = &mut c[start..start + width];
        if add {
            for (o, s) in out.iter_mut().zip(sum) {
                *o += s;
            }
        } else {
            out.copy_from_slice(&sum[..width]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        (0..count as u32)
            .map(|i| {
                ((i.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 8) % 2001) as f32 / 1000.0
                    - 1.0
            })
            .collect()
    }

    fn largest_error(m: usize, k: usize, n: usize, spoil: f32) -> f64 {
        let (a, b) = (numbers(m * k, 1), numbers(k * n, 2));
        let mut c = numbers(m * n, 3);
        let before = c.clone();
        gemm(m, &a, &PackedB::pack(k, n, &b, n, 1), &mut c, true);
        c[m * n - 1] += spoil;
        let mut worst = 0.0f64;
        for i in 0..m {
            for j in 0..n {
                let exact: f64 = f64::from(before[i * n + j])
                    + (0..k)
                        .map(|l| f64::from(a[i * k + l]) * f64::from(b[l * n + j]))
                        .sum::<f64>();
                worst = worst.max((f64::from(c[i * n + j]) - exact).abs());
            }
        }
        worst
    }

    #[test]
    fn agrees_with_f64_at_odd_sizes() {
        // Sums of up to 784 products of numbers below 1: f32 keeps 1e-4.
        const SUM_OF_HUNDREDS: f64 = 1e-4;
        for (m, k, n) in [(1, 1, 1), (1, 784, 100), (7, 257, 17), (5, 3, 33), (12, 512, 10)] {
            assert!(largest_error(m, k, n, 0.0) < SUM_OF_HUNDREDS, "{m}×{k}×{n}");
            assert!(largest_error(m, k, n, 0.01) > SUM_OF_HUNDREDS, "a spoiled element passes");
        }
    }
}
