//! Matrix products for the CPU kernels: `C = A·B` with `B` packed in panels.
//!
//! `A` and `C` are row-major. `B` lies in panels of [`NR`] columns, each panel
//! `[k, NR]`, the last padded with zeros. A tile of `MR × NR` sums stays in
//! registers while `k` runs; long `k` is cut so that a piece of a panel and of
//! the rows stays in the first cache.

use super::simd::{self, Vector, WIDTH};

/// Vectors across a panel.
const ACROSS: usize = 2;

/// Columns of a panel.
pub const NR: usize = ACROSS * WIDTH;

/// Most rows of a register tile. In Wasm few enough that sums, a row of the panel and all factors
/// fit in sixteen registers at once: nothing behind the compiler reorders what it emits.
const MR: usize = if cfg!(target_arch = "wasm32") { 4 } else { 6 };

/// Where rows in tiles of [`MR`] end, and then those in tiles of one row less; fewer are left than
/// fill such a tile. As even as that: a low tile takes as long as a high one.
fn cut(rows: usize) -> (usize, usize) {
    let tiles = rows.div_ceil(MR);
    let missing = tiles * MR - rows;
    if missing <= tiles {
        ((tiles - missing) * MR, rows)
    } else {
        let high = rows - rows % MR;
        (high, if rows % MR == MR - 1 { rows } else { high })
    }
}

/// Longest piece of `k` taken at once; pieces are of one length, as far as they can be.
const KC: usize = 400;

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
    simd::widest(Product { m, a, b, c, accumulate });
}

/// The arguments of [`gemm`].
struct Product<'a> {
    m: usize,
    a: &'a [f32],
    b: &'a PackedB,
    c: &'a mut [f32],
    accumulate: bool,
}

impl simd::Loops for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(mut self) {
        let k = self.b.k;
        let piece = k.div_ceil(k.div_ceil(KC));
        let (high, low) = cut(self.m);
        for k0 in (0..k).step_by(piece) {
            let depth = piece.min(k - k0);
            for (p, panel) in self.b.panels.chunks_exact(k * NR).enumerate() {
                let panel = &panel.as_chunks::<NR>().0[k0..][..depth];
                for row in (0..high).step_by(MR) {
                    self.tile::<V, MR>(row, k0, p * NR, panel);
                }
                for row in (high..low).step_by(MR - 1) {
                    self.tile::<V, { MR - 1 }>(row, k0, p * NR, panel);
                }
                match self.m - low {
                    1 => self.tile::<V, 1>(low, k0, p * NR, panel),
                    2 => self.tile::<V, 2>(low, k0, p * NR, panel),
                    3 => self.tile::<V, 3>(low, k0, p * NR, panel),
                    4 => self.tile::<V, 4>(low, k0, p * NR, panel),
                    _ => {}
                }
            }
        }
    }
}

impl Product<'_> {
    /// `ROWS × NR` sums over one piece of `k`.
    #[inline(always)]
    fn tile<V: Vector, const ROWS: usize>(
        &mut self,
        row: usize,
        k0: usize,
        column: usize,
        panel: &[[f32; NR]],
    ) {
        let (k, n, depth) = (self.b.k, self.b.n, panel.len());
        let rows: [&[f32]; ROWS] = std::array::from_fn(|r| &self.a[(row + r) * k + k0..][..depth]);
        let mut sums = [[V::splat(0.0); ACROSS]; ROWS];
        for i in 0..depth {
            let parts = panel[i].as_chunks::<WIDTH>().0;
            let b: [V; ACROSS] = std::array::from_fn(|j| V::load(&parts[j]));
            for (sums, row) in sums.iter_mut().zip(&rows) {
                let a = V::repeat(&row[i]);
                for (sum, b) in sums.iter_mut().zip(b) {
                    *sum = a.multiply_add(b, *sum);
                }
            }
        }
        let add = self.accumulate || k0 > 0;
        for (r, sums) in sums.into_iter().enumerate() {
            let line = &mut self.c[(row + r) * n..][..n];
            for (j, sum) in sums.into_iter().enumerate() {
                let first = n.min(column + j * WIDTH);
                deposit(sum, &mut line[first..n.min(first + WIDTH)], add);
            }
        }
    }
}

/// Writes a vector to memory, or adds it to what is there; `to` may be shorter.
#[inline(always)]
fn deposit<V: Vector>(sum: V, to: &mut [f32], add: bool) {
    if let Ok(to) = <&mut [f32; WIDTH]>::try_from(&mut *to) {
        if add {
            sum.add(V::load(to)).store(to)
        } else {
            sum.store(to)
        }
        return;
    }
    let mut whole = [0.0; WIDTH];
    sum.store(&mut whole);
    for (to, sum) in to.iter_mut().zip(whole) {
        *to = if add { *to + sum } else { sum };
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
    fn rows_are_cut_into_tiles() {
        for rows in 1..200 {
            let (high, low) = cut(rows);
            assert!(high <= low && low <= rows && rows - low < MR - 1, "{rows}: {high}, {low}");
            assert!(high % MR == 0 && (low - high) % (MR - 1) == 0, "{rows}: {high}, {low}");
        }
        assert_eq!(cut(2 * MR - 2), (0, 2 * MR - 2), "two low tiles, not a high one and its rest");
    }

    #[test]
    fn agrees_with_f64_at_odd_sizes() {
        // Sums of up to 784 products of numbers below 1: f32 keeps 1e-4.
        const SUM_OF_HUNDREDS: f64 = 1e-4;
        for (m, k, n) in [
            (1, 1, 1),
            (1, 784, 100),
            (7, 257, 17),
            (5, 3, 33),
            (12, 512, 10),
            (10, 9, 9),
            (22, 40, 12),
        ] {
            assert!(largest_error(m, k, n, 0.0) < SUM_OF_HUNDREDS, "{m}×{k}×{n}");
            assert!(largest_error(m, k, n, 0.01) > SUM_OF_HUNDREDS, "a spoiled element passes");
        }
    }
}
