//! The search for the best radius.
//!
//! False position with bisection: a straight line through both ends says where to
//! look next, and the middle where an end has stayed twice, so that none stays for
//! good.

/// Where the bracket of the best radius is narrow enough, relative to it.
const NARROW: f64 = 1e-3;

/// Where the radius lies at which a trial proves just that radius.
///
/// Each end is a radius with what its trial proved beyond it: more than 0 at the
/// lower end, less at the upper.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bracket {
    low: (f64, f64),
    pub(super) high: (f64, Option<f64>),
    /// The diagonal of the box: no distance in it is longer, though a form may have no zero there.
    longest: f64,
    /// Whether the last trial moved the upper end, if there was one.
    fell: Option<bool>,
    /// Whether an end has stayed twice: then the middle is tried, whatever the line says.
    stayed: bool,
}

impl Bracket {
    pub(super) fn new(pixels: usize) -> Bracket {
        let longest = (pixels as f64).sqrt();
        Bracket { low: (0.0, longest), high: (longest, None), longest, fell: None, stayed: false }
    }

    /// The radius to try next.
    pub(super) fn next(&self) -> f64 {
        let ((low, above), (high, below)) = (self.low, self.high);
        if low == 0.0 {
            // All but nothing: the lines are tangents at the digit itself.
            return 1e-6 * high;
        }
        match below {
            Some(_) if self.stayed => 0.5 * (low + high),
            // Where a straight line through both ends meets zero, kept off the ends.
            Some(below) => low + (above / (above - below)).clamp(0.05, 0.95) * (high - low),
            None => (low + 0.5 * above).min(0.5 * (low + high)),
        }
    }

    /// Takes in what a trial proved; whether another is worth it.
    pub(super) fn narrow(&mut self, radius: f64, distance: f64) -> bool {
        let distance = distance.min(self.longest);
        let falls = distance < radius;
        if falls {
            self.high = (radius, Some(distance - radius));
        } else {
            self.low = (radius, distance - radius);
        }
        (self.fell, self.stayed) = (Some(falls), self.fell == Some(falls));
        // What was proved at a smaller radius is no limit: tangents at the digit itself may be worse.
        let (low, above) = self.low;
        low > 0.0 && above.min(self.high.0 - low) > NARROW * low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A distance as a function of the radius.
    type Shape = Box<dyn Fn(f64) -> f64>;

    /// Closes in on what a function of the radius proves; the lower end, and how many trials it took.
    fn close_in(distance: impl Fn(f64) -> f64) -> (f64, usize) {
        let mut bracket = Bracket::new(784);
        for trials in 1.. {
            let radius = bracket.next();
            if !bracket.narrow(radius, distance(radius)) || trials == 60 {
                return (bracket.low.0, trials);
            }
        }
        unreachable!("it returns within sixty trials")
    }

    #[test]
    fn no_shape_of_the_distance_stalls_it() {
        for best in [0.003, 0.05, 0.34, 2.0, 9.0] {
            let shapes: [(&str, Shape); 4] = [
                ("straight", Box::new(move |r| 2.0 * best - r)),
                // Far away at first, nothing beyond the best radius.
                ("a cliff", Box::new(move |r| if r <= best { 25.0 } else { 0.0 })),
                ("no zero at first", Box::new(move |r| if r < best { f64::INFINITY } else { 0.0 })),
                ("steep", Box::new(move |r| best * (best / r).powi(4))),
            ];
            for (name, distance) in shapes {
                let (found, trials) = close_in(&distance);
                assert!((found / best - 1.0).abs() < 2.0 * NARROW, "{name}: {found} is not {best}");
                assert!(trials < 40, "{name}, {best}: {trials} trials");
                // The negative control: a distance that falls elsewhere leads elsewhere.
                let other = close_in(|r| distance(1.1 * r)).0;
                assert!((other / best - 1.0).abs() > 2.0 * NARROW, "{name}: {other}");
            }
        }
    }

    #[test]
    fn the_line_through_both_ends_says_where_to_look_next() {
        let mut bracket = Bracket::new(4);
        let is_next = |bracket: &Bracket, right: f64| (bracket.next() - right).abs() < 1e-4;
        assert!(is_next(&bracket, 2e-6), "all but nothing");
        assert!(bracket.narrow(2e-6, 1.0));
        assert!(is_next(&bracket, 0.5), "half of what was proved beyond it");
        assert!(bracket.narrow(0.5, 0.9) && is_next(&bracket, 0.7));
        // From 0.4 at 0.5 to −0.1 at 0.7, then to −0.02 at 0.66.
        assert!(bracket.narrow(0.7, 0.6) && is_next(&bracket, 0.66), "{}", bracket.next());
        assert!(bracket.narrow(0.66, 0.68) && is_next(&bracket, 0.66 + 0.04 / 6.0));
        // An end that has stayed twice: the middle.
        assert!(bracket.narrow(0.665, 0.675) && is_next(&bracket, 0.6825));
        // Back again: the line, from 0.01 to −0.03.
        assert!(bracket.narrow(0.68, 0.65) && is_next(&bracket, 0.665 + 0.015 / 4.0));
        assert!(!bracket.narrow(0.66501, 0.5), "a thousandth is narrow enough");
        // Kept off an end that is all but met, by a twentieth.
        let after = |low: f64, high: f64| {
            let mut bracket = Bracket::new(4);
            assert!([(2e-6, 1.0), (0.5, low), (0.7, high)].map(|(r, d)| bracket.narrow(r, d))[2]);
            bracket
        };
        assert!(is_next(&after(0.9, 0.699), 0.69) && is_next(&after(0.51, 0.0), 0.51));
        // Far away at first, it is the middle of what is left.
        let mut bracket = Bracket::new(4);
        assert!(bracket.narrow(2e-6, 9.0) && is_next(&bracket, 1.0));
    }
}
