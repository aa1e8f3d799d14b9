//! Matrix products for the CPU kernels: `C = A·B` with `B` packed in panels.
//!
//! `A` and `C` are row-major. `B` lies in panels of a few vectors' columns, each
//! panel `[k, columns]`, the last vector padded with zeros. A tile of sums, some
//! rows × one panel, stays in registers while `k` runs; long `k` is cut so that a
//! piece of a panel and of the rows stays in the first cache.

use super::simd::{self, Vector, WIDTH};

/// Most vectors across a panel.
const WIDEST: usize = if cfg!(target_arch = "wasm32") { 3 } else { 2 };

/// Most rows of a register tile on a panel of so many vectors. In Wasm few enough that sums, a row
/// of the panel and all factors fit in fifteen registers at once: nothing behind the compiler
/// reorders what it emits.
const fn highest(across: usize) -> usize {
    if cfg!(target_arch = "wasm32") { [6, 4, 3][across - 1] } else { 6 }
}

/// Longest piece of `k` taken at once.
const KC: usize = 400;

/// A length cut into as few pieces as can be, of which none is longer than `most`, as evenly as can
/// be, longer ones first: where each begins, and how long it is.
fn evenly(length: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut left = length;
    (0..length.div_ceil(most)).rev().map(move |after| {
        let (begin, piece) = (length - left, left.div_ceil(after + 1));
        left -= piece;
        (begin, piece)
    })
}

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
        (self.k, self.n) = (k, n);
        let vectors = n.div_ceil(WIDTH);
        self.panels.resize(vectors * k * WIDTH, 0.0);
        for (first, across) in evenly(vectors, WIDEST) {
            let panel = &mut self.panels[first * k * WIDTH..][..k * across * WIDTH];
            let width = (across * WIDTH).min(n - first * WIDTH);
            for (i, row) in panel.chunks_exact_mut(across * WIDTH).enumerate() {
                let start = i * row_stride + first * WIDTH * column_stride;
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

    /// The panel that begins at a vector of columns, `[k, ACROSS, WIDTH]`.
    fn panel<const ACROSS: usize>(&self, first: usize) -> &[[[f32; WIDTH]; ACROSS]] {
        let vectors = self.panels.as_chunks::<WIDTH>().0;
        vectors[first * self.k..][..self.k * ACROSS].as_chunks::<ACROSS>().0
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
        for depth in evenly(self.b.k, KC) {
            for (first, across) in evenly(self.b.n.div_ceil(WIDTH), WIDEST) {
                match across {
                    1 => self.strip::<V, 1>(first, depth),
                    2 => self.strip::<V, 2>(first, depth),
                    3 if WIDEST >= 3 => self.strip::<V, 3>(first, depth),
                    _ => unreachable!("no panel is wider"),
                }
            }
        }
    }
}

impl Product<'_> {
    /// All rows × one panel, over one piece of `k`.
    #[inline(always)]
    fn strip<V: Vector, const ACROSS: usize>(&mut self, first: usize, depth: (usize, usize)) {
        let most = const { highest(ACROSS) };
        let panel = &self.b.panel::<ACROSS>(first)[depth.0..][..depth.1];
        for (row, rows) in evenly(self.m, most) {
            match rows {
                1 => self.tile::<V, 1, ACROSS>(row, depth.0, first, panel),
                2 => self.tile::<V, 2, ACROSS>(row, depth.0, first, panel),
                3 if most >= 3 => self.tile::<V, 3, ACROSS>(row, depth.0, first, panel),
                4 if most >= 4 => self.tile::<V, 4, ACROSS>(row, depth.0, first, panel),
                5 if most >= 5 => self.tile::<V, 5, ACROSS>(row, depth.0, first, panel),
                6 if most >= 6 => self.tile::<V, 6, ACROSS>(row, depth.0, first, panel),
                _ => unreachable!("no tile is higher"),
            }
        }
    }

    /// `ROWS` × one panel of sums over one piece of `k`.
    #[inline(always)]
    fn tile<V: Vector, const ROWS: usize, const ACROSS: usize>(
        &mut self,
        row: usize,
        k0: usize,
        first: usize,
        panel: &[[[f32; WIDTH]; ACROSS]],
    ) {
        let (k, n, depth) = (self.b.k, self.b.n, panel.len());
        let rows: [&[f32]; ROWS] = std::array::from_fn(|r| &self.a[(row + r) * k + k0..][..depth]);
        let mut sums = [[V::splat(0.0); ACROSS]; ROWS];
        for i in 0..depth {
            let b: [V; ACROSS] = std::array::from_fn(|j| V::load(&panel[i][j]));
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
                let begin = (first + j) * WIDTH;
                deposit(sum, &mut line[begin..n.min(begin + WIDTH)], add);
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
    fn lengths_are_cut_evenly() {
        for (length, most) in (0..200).flat_map(|length| (1..8).map(move |most| (length, most))) {
            let pieces: Vec<_> = evenly(length, most).collect();
            let mut end = 0;
            for (begin, piece) in &pieces {
                assert_eq!(*begin, end, "{length} by {most}");
                end += piece;
            }
            assert_eq!((end, pieces.len()), (length, length.div_ceil(most)), "{length} by {most}");
            let lengths = || pieces.iter().map(|(_, piece)| *piece);
            let (longest, shortest) = (lengths().max(), lengths().min());
            assert!(longest <= Some(most) && longest <= shortest.map(|s| s + 1), "{pieces:?}");
        }
        assert_eq!(evenly(11, 3).map(|(_, piece)| piece).collect::<Vec<_>>(), [3, 3, 3, 2]);
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
