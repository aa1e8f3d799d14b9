//! Two lines that hold an activation between them on an interval.
//!
//! Zhang et al. (2018), "Efficient neural network robustness certification with
//! general activation functions" (CROWN): an S-shaped function lies above any
//! tangent on its convex half that does not cut its end, and above its chord
//! where there is none; the upper line follows by symmetry. Which tangent is
//! free to choose, so [`Relaxation`] takes the wanted point and moves it into
//! the range where it is sound. For ReLU the choice is the lower line's slope.
//! The choice of the paper itself, one for all forms, is [`Relaxation::plain`].

/// The activations that can be bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    Sigmoid,
    Tanh,
    Relu,
}

impl Curve {
    pub(super) fn value(self, z: f64) -> f64 {
        match self {
            Curve::Sigmoid => 1.0 / (1.0 + (-z).exp()),
            Curve::Tanh => z.tanh(),
            Curve::Relu => z.max(0.0),
        }
    }

    fn slope(self, z: f64) -> f64 {
        match self {
            Curve::Sigmoid => {
                // e^−|z|/(1+e^−|z|)², without cancellation at either end.
                let small = (-z.abs()).exp();
                small / ((1.0 + small) * (1.0 + small))
            }
            Curve::Tanh => {
                let small = (-2.0 * z.abs()).exp();
                4.0 * small / ((1.0 + small) * (1.0 + small))
            }
            Curve::Relu => f64::from(u8::from(z > 0.0)),
        }
    }

    /// `f(z) + f(−z)` of a curve that is symmetric about a point.
    fn twice_centre(self) -> f64 {
        if self == Curve::Sigmoid { 1.0 } else { 0.0 }
    }
}

/// `slope·z + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) slope: f64,
    pub(super) offset: f64,
}

/// An interval's lower or upper line, up to the choice of its tangent.
#[derive(Clone, Copy, Debug)]
enum Side {
    Fixed(Line),
    /// Tangents at these points are sound, and the one that the paper takes.
    Tangent {
        from: f64,
        to: f64,
        plain: f64,
    },
    /// ReLU's lower line through the origin: any slope from 0 to 1.
    Slope,
}

/// An activation on an interval of its argument.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relaxation {
    curve: Curve,
    lower: Side,
    upper: Side,
}

impl Relaxation {
    /// The activation on `[low, high]`.
    pub(super) fn new(curve: Curve, low: f64, high: f64) -> Relaxation {
        if curve == Curve::Relu {
            let (lower, upper) = rectified(low, high);
            return Relaxation { curve, lower, upper };
        }
        let lower = below(curve, low, high);
        // f(z) = 2c − f(−z): the upper line is the lower one of the mirrored interval.
        let upper = match below(curve, -high, -low) {
            Side::Fixed(line) => Side::Fixed(mirrored(curve, line)),
            Side::Tangent { from, to, plain } => {
                Side::Tangent { from: -to, to: -from, plain: -plain }
            }
            Side::Slope => Side::Slope,
        };
        Relaxation { curve, lower, upper }
    }

    /// The line below, or above; its tangent as near to the wanted point as is sound.
    pub(super) fn line(&self, above: bool, wanted: f64) -> Line {
        match if above { self.upper } else { self.lower } {
            Side::Fixed(line) => line,
            Side::Slope => Line { slope: wanted.clamp(0.0, 1.0), offset: 0.0 },
            Side::Tangent { from, to, .. } => self.tangent(wanted.max(from).min(to)),
        }
    }

    /// The paper's line: the tangent in the middle of a stretch that is convex or concave, the one
    /// through the far end of an interval with both, ReLU's slope that is nearer to the chord.
    pub(super) fn plain(&self, above: bool) -> Line {
        match if above { self.upper } else { self.lower } {
            Side::Tangent { plain, .. } => self.tangent(plain),
            Side::Fixed(_) | Side::Slope => self.line(above, self.first(0.0)),
        }
    }

    fn tangent(&self, at: f64) -> Line {
        let slope = self.curve.slope(at);
        Line { slope, offset: self.curve.value(at) - slope * at }
    }

    /// What to want first, at the argument's value for the image: its tangent, or ReLU's
    /// slope that is nearer to the chord.
    pub(super) fn first(&self, here: f64) -> f64 {
        match (self.lower, self.upper) {
            (Side::Slope, Side::Fixed(chord)) => f64::from(u8::from(chord.slope > 0.5)),
            _ => here,
        }
    }

    /// What to want next, when the relaxed argument at the worst image is `there`.
    ///
    /// A tangent is best at that very point. A slope is best at one of its ends.
    pub(super) fn next(&self, above: bool, wanted: f64, there: f64, pace: f64) -> f64 {
        match if above { self.upper } else { self.lower } {
            Side::Fixed(_) => wanted,
            Side::Tangent { .. } => wanted + pace * (there - wanted),
            Side::Slope => (wanted + 0.5 * pace * there.signum()).clamp(0.0, 1.0),
        }
    }
}

fn rectified(low: f64, high: f64) -> (Side, Side) {
    let line = |slope: f64, offset: f64| Side::Fixed(Line { slope, offset });
    if low >= 0.0 {
        (line(1.0, 0.0), line(1.0, 0.0))
    } else if high <= 0.0 {
        (line(0.0, 0.0), line(0.0, 0.0))
    } else {
        let slope = high / (high - low);
        (Side::Slope, line(slope, -slope * low))
    }
}

fn mirrored(curve: Curve, line: Line) -> Line {
    Line { slope: line.slope, offset: curve.twice_centre() - line.offset }
}

/// The line below an S-shaped curve, convex up to 0 and concave from there.
fn below(curve: Curve, low: f64, high: f64) -> Side {
    if high <= 0.0 {
        return Side::Tangent { from: low, to: high, plain: 0.5 * (low + high) };
    }
    // Positive where the tangent at a point stays below the curve's end.
    let end = curve.value(high);
    let clear = |at: f64| end - curve.value(at) - curve.slope(at) * (high - at);
    if low < 0.0 && clear(low) > 0.0 {
        // `clear` falls towards 0; what is kept is on its positive side.
        let (mut from, mut to) = (low, 0.0);
        for _ in 0..40 {
            let middle = 0.5 * (from + to);
            if clear(middle) > 0.0 { from = middle } else { to = middle }
        }
        return Side::Tangent { from: low, to: from, plain: from };
    }
    // The chord. On a concave stretch a line from its start that is less steep is below it, too,
    // and spares the cancellation of a short interval.
    let start = curve.value(low);
    let chord = (end - start) / (high - low);
    let slope = if low >= 0.0 && high - low < 1e-6 { curve.slope(high) } else { chord };
    Side::Fixed(Line { slope, offset: start - slope * low })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of a line's value.
    const TIGHT: f64 = 1e-12;

    /// How far the curve leaves its two lines on an interval.
    fn outside(relaxation: &Relaxation, low: f64, high: f64, wanted: f64, spoil: f64) -> f64 {
        let lines = [false, true].map(|above| relaxation.line(above, wanted));
        leaves(relaxation, lines, low, high, spoil)
    }

    /// How far the curve leaves a line below, raised a little, and one above.
    fn leaves(relaxation: &Relaxation, lines: [Line; 2], low: f64, high: f64, spoil: f64) -> f64 {
        let [below, above] = lines;
        (0..=200)
            .map(|i| low + (high - low) * f64::from(i) / 200.0)
            .map(|z| {
                let y = relaxation.curve.value(z);
                let under = below.slope * z + below.offset + spoil - y;
                under.max(y - above.slope * z - above.offset)
            })
            .fold(f64::MIN, f64::max)
    }

    #[test]
    fn curves_stay_between_their_lines() {
        for curve in [Curve::Sigmoid, Curve::Tanh, Curve::Relu] {
            let mut touched = 0;
            for low in [-30.0, -4.0, -1.0, -0.3, -1e-7, 0.0, 0.2, 3.0] {
                for width in [1e-9, 1e-4, 0.1, 0.9, 2.0, 7.0, 50.0] {
                    for wanted in [-9.0, -0.5, 0.0, 0.4, 1.0, 8.0] {
                        let relaxation = Relaxation::new(curve, low, low + width);
                        let plain = [false, true].map(|above| relaxation.plain(above));
                        let plain = leaves(&relaxation, plain, low, low + width, 0.0);
                        assert!(plain <= TIGHT, "{curve:?} on {low}+{width}: {plain:.1e}");
                        let out = outside(&relaxation, low, low + width, wanted, 0.0);
                        assert!(out <= TIGHT, "{curve:?} on {low}+{width} at {wanted}: {out:.1e}");
                        // The negative control: lines that touch can be raised no further.
                        let spoiled = outside(&relaxation, low, low + width, wanted, 1e-2);
                        touched += usize::from(spoiled > TIGHT);
                    }
                }
            }
            assert!(touched > 200, "{curve:?}: {touched} lines touch");
        }
    }

    #[test]
    fn slopes_are_derivatives() {
        for curve in [Curve::Sigmoid, Curve::Tanh] {
            for z in [-30.0, -2.0, -0.1, 0.0, 0.7, 5.0] {
                let h = 1e-5;
                let difference = (curve.value(z + h) - curve.value(z - h)) / (2.0 * h);
                assert!((difference - curve.slope(z)).abs() < 1e-9, "{curve:?} at {z}");
            }
        }
    }
}
