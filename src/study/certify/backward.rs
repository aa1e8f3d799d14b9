//! Linear bounds on linear forms of a layer, carried back to the image.
//!
//! A form `Λ·z + c` of one layer's values becomes one of the layer before it:
//! every activation is replaced by its lower line where its factor is
//! positive, by its upper line where it is negative, so that the new form is
//! never more than the old one. Many forms are carried together as the rows of
//! a matrix.

use super::chain::{Affine, Chain};
use super::relax::{Line, Relaxation};

/// Rows `a·x + c` over the image, each a lower bound on a form of a later layer.
pub(super) struct Forms {
    /// `[rows, pixels]`.
    pub(super) a: Vec<f64>,
    /// `[rows]`.
    pub(super) c: Vec<f64>,
    /// Sums of the magnitudes of all that was added up for `c`, for its rounding.
    pub(super) size: Vec<f64>,
    /// The factor of every activation on the way, `[layer][rows, units]`.
    factors: Vec<Vec<f64>>,
}

impl Forms {
    /// The coefficients of one form, `[pixels]`.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        let pixels = self.a.len() / self.c.len();
        &self.a[row * pixels..][..pixels]
    }
}

/// Wanted tangents or slopes, `[layer][rows, units]`.
pub(super) type Wanted = Vec<Vec<f64>>;

/// Which lines are taken.
#[derive(Clone, Copy)]
pub(super) enum Lines<'a> {
    /// The paper's.
    Plain,
    /// Those that are wanted.
    Wanted(&'a Wanted),
}

/// Forms to begin with.
#[derive(Clone, Copy)]
pub(super) enum Start<'a> {
    /// Every value of the layer and its negative, in turns.
    Units,
    /// `[rows, units of the layer]`.
    Rows(&'a [f64]),
}

/// Carries forms of the values of layer `relaxed.len()` back to the image.
pub(super) fn carry(
    chain: &Chain,
    relaxed: &[Vec<Relaxation>],
    start: Start<'_>,
    lines: Lines<'_>,
) -> Forms {
    let layer = relaxed.len();
    let rows = start.rows(chain, layer);
    let (mut c, mut size) = (vec![0.0; rows], vec![0.0; rows]);
    let mut a = match start {
        Start::Units => units(&chain.layers[layer], &mut c, &mut size),
        Start::Rows(forms) => through(&chain.layers[layer], forms, &mut c, &mut size),
    };
    let mut factors = vec![Vec::new(); layer];
    for before in (0..layer).rev() {
        factors[before].clone_from(&a);
        let units = relaxed[before].len();
        for (row, line) in a.chunks_exact_mut(units).enumerate() {
            for (unit, (factor, relaxation)) in line.iter_mut().zip(&relaxed[before]).enumerate() {
                let above = *factor < 0.0;
                let Line { slope, offset } = match lines {
                    Lines::Plain => relaxation.plain(above),
                    Lines::Wanted(wanted) => {
                        relaxation.line(above, wanted[before][row * units + unit])
                    }
                };
                c[row] += *factor * offset;
                size[row] += (*factor * offset).abs();
                *factor *= slope;
            }
        }
        a = through(&chain.layers[before], &a, &mut c, &mut size);
    }
    Forms { a, c, size, factors }
}

impl Start<'_> {
    /// How many forms there are of a layer's values.
    pub(super) fn rows(self, chain: &Chain, layer: usize) -> usize {
        let units = chain.layers[layer].bias.len();
        match self {
            Start::Units => 2 * units,
            Start::Rows(forms) => forms.len() / units,
        }
    }
}

/// A map's results and their negatives as forms of its arguments.
fn units(map: &Affine, c: &mut [f64], size: &mut [f64]) -> Vec<f64> {
    let mut a = Vec::with_capacity(c.len() * map.inputs);
    for (unit, row) in map.weights.chunks_exact(map.inputs).enumerate() {
        for (place, sign) in [(2 * unit, 1.0), (2 * unit + 1, -1.0)] {
            a.extend(row.iter().map(|w| sign * w));
            (c[place], size[place]) = (sign * map.bias[unit], map.bias[unit].abs());
        }
    }
    a
}

/// Forms of a map's results as forms of its arguments.
fn through(map: &Affine, forms: &[f64], c: &mut [f64], size: &mut [f64]) -> Vec<f64> {
    /// Rows that share every load of the map's weights.
    const TOGETHER: usize = 4;
    let (units, inputs) = (map.bias.len(), map.inputs);
    for (row, form) in forms.chunks_exact(units).enumerate() {
        for (factor, bias) in form.iter().zip(&map.bias) {
            c[row] += factor * bias;
            size[row] += (factor * bias).abs();
        }
    }
    let mut out = vec![0.0; c.len() * inputs];
    let blocks = out.chunks_mut(TOGETHER * inputs).zip(forms.chunks(TOGETHER * units));
    for (out, forms) in blocks {
        for (unit, weights) in map.weights.chunks_exact(inputs).enumerate() {
            if let [o0, o1, o2, o3] = &mut out.chunks_exact_mut(inputs).collect::<Vec<_>>()[..] {
                let f: [f64; TOGETHER] = std::array::from_fn(|row| forms[row * units + unit]);
                let weights = &weights[..inputs];
                let (o0, o1) = (&mut o0[..inputs], &mut o1[..inputs]);
                let (o2, o3) = (&mut o2[..inputs], &mut o3[..inputs]);
                for (i, w) in weights.iter().enumerate() {
                    o0[i] += f[0] * w;
                    o1[i] += f[1] * w;
                    o2[i] += f[2] * w;
                    o3[i] += f[3] * w;
                }
                continue;
            }
            for (out, form) in out.chunks_exact_mut(inputs).zip(forms.chunks_exact(units)) {
                out.iter_mut().zip(weights).for_each(|(o, w)| *o += form[unit] * w);
            }
        }
    }
    out
}

/// Moves what is wanted towards the relaxed network's values at one row's worst image.
///
/// For fixed lines the bound at that image is a sum over activations; each
/// tangent is best where the activation's argument is there. `pace` damps the
/// step, because the worst image moves in answer.
pub(super) fn improve(
    chain: &Chain,
    relaxed: &[Vec<Relaxation>],
    forms: &Forms,
    (row, worst): (usize, &[f64]),
    pace: f64,
    wanted: &mut Wanted,
) {
    let mut x = worst.to_vec();
    for (layer, relaxations) in relaxed.iter().enumerate() {
        let z = chain.layers[layer].apply(&x);
        let units = relaxations.len();
        let factors = &forms.factors[layer][row * units..][..units];
        let wanted = &mut wanted[layer][row * units..][..units];
        x = (0..units)
            .map(|unit| {
                let (relaxation, above) = (&relaxations[unit], factors[unit] < 0.0);
                let line = relaxation.line(above, wanted[unit]);
                wanted[unit] = relaxation.next(above, wanted[unit], z[unit], pace);
                line.slope * z[unit] + line.offset
            })
            .collect();
    }
}
