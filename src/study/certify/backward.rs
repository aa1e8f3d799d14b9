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

#[cfg(test)]
mod tests {
    use super::super::relax::Curve;
    use super::*;

    /// Rounding of a few sums.
    const TIGHT: f64 = 1e-12;

    /// Numbers of both signs.
    fn numbers(len: usize, seed: f64) -> Vec<f64> {
        (0..len).map(|i| (seed * (i as f64 + 1.0)).sin()).collect()
    }

    fn map(inputs: usize, outputs: usize, seed: f64) -> Affine {
        let weights = numbers(inputs * outputs, seed);
        Affine { weights, bias: numbers(outputs, 2.0 * seed), inputs }
    }

    /// Two pixels, three units, two units, five logits.
    fn chain(curve: Curve) -> Chain {
        let layers = vec![map(2, 3, 0.9), map(3, 2, 1.7), map(2, 5, 2.3)];
        Chain { layers, curves: vec![curve; 2], pixels: 2, classes: 5 }
    }

    /// Units on intervals around zero, above it and below it.
    fn relaxed(curve: Curve) -> Vec<Vec<Relaxation>> {
        let of = |low: f64, high: f64| Relaxation::new(curve, low, high);
        vec![vec![of(-1.0, 2.0), of(0.1, 0.7), of(-2.0, 1.5)], vec![of(-3.0, -0.5), of(-1.0, 0.5)]]
    }

    /// One form carried back by itself, unit by unit: the image's factors, the rest and its size.
    fn alone(
        chain: &Chain,
        relaxed: &[Vec<Relaxation>],
        mut form: Vec<f64>,
        line: impl Fn(usize, usize, bool) -> Line,
    ) -> (Vec<f64>, f64, f64) {
        let (mut rest, mut size) = (0.0, 0.0);
        for layer in (0..=relaxed.len()).rev() {
            let map = &chain.layers[layer];
            let mut before = vec![0.0; map.inputs];
            for (unit, factor) in form.iter().enumerate() {
                rest += factor * map.bias[unit];
                size += (factor * map.bias[unit]).abs();
                for (input, before) in before.iter_mut().enumerate() {
                    *before += factor * map.weights[unit * map.inputs + input];
                }
            }
            form = before;
            if layer > 0 {
                for (unit, factor) in form.iter_mut().enumerate() {
                    let Line { slope, offset } = line(layer - 1, unit, *factor < 0.0);
                    rest += *factor * offset;
                    size += (*factor * offset).abs();
                    *factor *= slope;
                }
            }
        }
        (form, rest, size)
    }

    #[test]
    fn forms_that_are_carried_together_are_those_that_are_carried_alone() {
        for curve in [Curve::Sigmoid, Curve::Tanh, Curve::Relu] {
            let (chain, all) = (chain(curve), relaxed(curve));
            for layers in 0..=2 {
                let relaxed = &all[..layers];
                let units = chain.layers[layers].bias.len();
                let rows = numbers(7 * units, 0.6);
                for (start, count) in [(Start::Units, 2 * units), (Start::Rows(&rows), 7)] {
                    let wanted: Wanted =
                        relaxed.iter().map(|units| numbers(count * units.len(), 1.1)).collect();
                    for lines in [Lines::Plain, Lines::Wanted(&wanted)] {
                        let forms = carry(&chain, relaxed, start, lines);
                        assert_eq!(forms.c.len(), count);
                        for row in 0..count {
                            let form = match start {
                                Start::Rows(rows) => rows[row * units..][..units].to_vec(),
                                Start::Units => (0..units)
                                    .map(|unit| {
                                        [1.0, -1.0][row % 2] * f64::from(u8::from(unit == row / 2))
                                    })
                                    .collect(),
                            };
                            let (a, c, size) =
                                alone(&chain, relaxed, form, |layer, unit, above| {
                                    let relaxation = &relaxed[layer][unit];
                                    match lines {
                                        Lines::Plain => relaxation.plain(above),
                                        Lines::Wanted(wanted) => {
                                            let units = relaxed[layer].len();
                                            relaxation
                                                .line(above, wanted[layer][row * units + unit])
                                        }
                                    }
                                });
                            let close = |x: f64, y: f64| (x - y).abs() < TIGHT;
                            assert!(forms.row(row).iter().zip(&a).all(|(x, y)| close(*x, *y)));
                            assert!(close(forms.c[row], c) && close(forms.size[row], size));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_tangent_moves_to_the_relaxed_argument_on_the_side_that_is_used() {
        let map = |inputs: usize, weights: &[f64]| Affine {
            weights: weights.to_vec(),
            bias: vec![0.0; weights.len() / inputs],
            inputs,
        };
        // tanh has a chord below it on [0, 2], tangents above. Nothing uses the second units.
        let relaxed = vec![vec![Relaxation::new(Curve::Tanh, 0.0, 2.0); 2]; 2];
        for (factor, moved) in [(1.0, 0.5), (-1.0, 1.1)] {
            let layers =
                vec![map(1, &[1.0, 1.0]), map(2, &[1.0, 0.0, 0.0, 1.0]), map(2, &[factor, 0.0])];
            let chain = Chain { layers, curves: vec![Curve::Tanh; 2], pixels: 1, classes: 1 };
            // Another form lies before the one that is improved.
            let mut wanted = vec![vec![0.25, 0.25, 0.5, 0.5]; 2];
            let lines = Lines::Wanted(&wanted);
            let forms = carry(&chain, &relaxed, Start::Rows(&[-2.0, 1.0]), lines);
            improve(&chain, &relaxed, &forms, (1, &[1.3]), 0.75, &mut wanted);
            // The second layer's argument is the first one's old line at its argument.
            let there = 0.5f64.tanh() + (1.3 - 0.5) * (1.0 - 0.5f64.tanh().powi(2));
            let second = if factor < 0.0 { 0.5 + 0.75 * (there - 0.5) } else { 0.5 };
            for (wanted, moved) in wanted.iter().zip([moved, second]) {
                assert!((wanted[2] - moved).abs() < TIGHT, "{factor}: {wanted:?}");
                assert_eq!([wanted[0], wanted[1], wanted[3]], [0.25, 0.25, 0.5], "others stay");
            }
        }
    }
}
