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

    /// The tangent at a point.
    fn touches(curve: Curve, line: Line, at: f64) -> bool {
        let right = curve.value(at) - line.slope * at - line.offset;
        right.abs() < TIGHT && (line.slope - curve.slope(at)).abs() < TIGHT
    }

    #[test]
    fn on_a_stretch_that_bends_one_way_there_are_a_chord_and_the_tangent_in_the_middle() {
        for curve in [Curve::Sigmoid, Curve::Tanh] {
            for (low, high, hollow) in [(-3.0, -1.0, true), (1.0, 3.0, false), (0.5, 0.75, false)] {
                let relaxation = Relaxation::new(curve, low, high);
                assert!(touches(curve, relaxation.plain(!hollow), 0.5 * (low + high)));
                for chord in [relaxation.plain(hollow), relaxation.line(hollow, 0.6)] {
                    for end in [low, high] {
                        let off = chord.slope * end + chord.offset - curve.value(end);
                        assert!(off.abs() < TIGHT, "{curve:?} at {end}: {off:.1e}");
                    }
                }
                // Tangents at any point of the stretch, and no other, can be had.
                let at = |wanted: f64| relaxation.line(!hollow, wanted);
                assert!(touches(curve, at(low), low) && touches(curve, at(high), high));
                assert!(touches(curve, at(low - 1.0), low) && touches(curve, at(high + 1.0), high));
            }
        }
    }

    #[test]
    fn an_interval_of_one_point_has_the_tangent_there() {
        for curve in [Curve::Sigmoid, Curve::Tanh] {
            for at in [-2.0, -1e-9, 0.0, 1e-9, 0.3, 2.0] {
                for width in [0.0, 1e-13] {
                    let relaxation = Relaxation::new(curve, at, at + width);
                    for above in [false, true] {
                        let line = relaxation.line(above, at);
                        assert!(touches(curve, line, at), "{curve:?} at {at}, {width}: {line:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_slope_below_a_relu_starts_nearer_to_the_chord_and_moves_by_half_the_pace() {
        // Above, 3/4·(z + 1) and 1/4·(z + 3).
        let (steep, flat) =
            (Relaxation::new(Curve::Relu, -1.0, 3.0), Relaxation::new(Curve::Relu, -3.0, 1.0));
        assert_eq!(steep.line(true, 0.0), Line { slope: 0.75, offset: 0.75 });
        assert_eq!(flat.line(true, 0.0), Line { slope: 0.25, offset: 0.75 });
        assert_eq!((steep.first(-0.5), flat.first(0.5)), (1.0, 0.0));
        assert_eq!(steep.plain(false), Line { slope: 1.0, offset: 0.0 });
        assert_eq!(flat.plain(false), Line { slope: 0.0, offset: 0.0 });
        assert_eq!(flat.line(false, 0.375), Line { slope: 0.375, offset: 0.0 });
        // More where the argument is positive, less where it is not, from 0 to 1.
        assert_eq!(flat.next(false, 0.25, 2.0, 0.5), 0.5);
        assert_eq!(flat.next(false, 0.625, -0.1, 0.5), 0.375);
        assert_eq!(flat.next(false, 0.875, 2.0, 1.0), 1.0);
        assert_eq!(flat.next(true, 0.625, -0.1, 0.5), 0.625, "the chord stays");
        // A tangent goes a share of the way, and starts at the digit.
        let tangent = Relaxation::new(Curve::Tanh, -3.0, -1.0);
        assert_eq!((tangent.first(-2.5), tangent.next(false, -2.0, -1.0, 0.75)), (-2.5, -1.25));
    }
    #[test]
    fn across_the_middle_the_papers_lines_meet_the_far_ends() {
        for curve in [Curve::Sigmoid, Curve::Tanh] {
            for (near, far) in [(1.0f64, 3.0), (0.5, 2.0), (2.0, 9.0)] {
                for above in [false, true] {
                    // Below from far left to near right, and the other way round above.
                    let far = if above { far } else { -far };
                    let near = if above { -near } else { near };
                    let relaxation = Relaxation::new(curve, near.min(far), near.max(far));
                    let line = relaxation.plain(above);
                    let off = line.slope * near + line.offset - curve.value(near);
                    assert!(off.abs() < 1e-10, "{curve:?} from {far} to {near}: {off:.1e}");
                    // It touches the curve on the side of the far end.
                    let touching = (1..3000)
                        .map(|i| far * f64::from(i) / 3000.0)
                        .filter(|z| (line.slope * z + line.offset - curve.value(*z)).abs() < 1e-6);
                    assert!(touching.count() > 0, "{curve:?} from {far} to {near}");
                }
            }
        }
    }

    #[test]
    fn far_out_slopes_are_nothing() {
        for curve in [Curve::Sigmoid, Curve::Tanh] {
            assert_eq!([-800.0, 800.0].map(|z| curve.slope(z)), [0.0; 2], "{curve:?}");
        }
    }
}
