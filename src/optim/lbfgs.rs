//! Box-constrained L-BFGS, as a machine for one lane.
//!
//! Minimises `F(x) = φ(x) + μ‖x − a‖²` over `[lower, upper]^n`: `φ` is told from
//! outside, the anchored square is the machine's own, so that `μ` (the paper's
//! c) can change while position and curvature stay. Pairs `(s, y)` are kept of
//! `φ` alone; the square adds `2μs` to each `y` exactly.
//!
//! One iteration: variables held at a bound by their gradient are fixed; the
//! two-loop recursion over the others gives a direction; the trial point is
//! projected onto the box; Armijo's condition along the projected path accepts
//! it or shortens the step. A pair enters the history only if its curvature
//! `sᵀy` is positive and not negligible.
//!
//! References: Liu and Nocedal (1989) for the recursion; Bertsekas (1982) for
//! projection with fixed variables; Byrd, Lu, Nocedal and Zhu (1995) for the
//! problem that L-BFGS-B solves.

use crate::numeric::vector::{add_scaled, dot, masked_dot, squared_distance};

/// Tolerances and limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LbfgsSettings {
    /// Curvature pairs kept.
    pub memory: usize,
    /// Smallest value of a variable.
    pub lower: f32,
    /// Largest value of a variable.
    pub upper: f32,
    /// Stop when an accepted step lowers `F` by less than this share of it, twice in a row.
    pub decrease: f32,
    /// Stop when no component of the projected gradient is larger.
    pub gradient: f32,
    /// Most accepted steps for one `μ`.
    pub iterations: usize,
    /// Most trials on one line.
    pub backtracks: usize,
}

impl Default for LbfgsSettings {
    fn default() -> LbfgsSettings {
        LbfgsSettings {
            memory: 8,
            lower: 0.0,
            upper: 1.0,
            decrease: 3e-4,
            gradient: 1e-5,
            iterations: 30,
            backtracks: 8,
        }
    }
}

/// Share of the promised decrease that a step must deliver (Armijo).
const SUFFICIENT: f32 = 1e-4;
/// A pair's curvature `sᵀy/(‖s‖‖y‖)` below which it is noise.
const CURVATURE: f32 = 1e-4;
/// `sᵀs` of a step that is rounding: a billionth of what variables are, and less.
const SHORTEST: f32 = 1e-18;
/// Relative rounding of a value in `f32` that the line search must not stumble over.
const ROUNDING: f32 = 3e-7;

impl LbfgsSettings {
    /// The twin on the device, `lbfgs.wgsl`, has these constants.
    pub(crate) fn constants(&self) -> [(&'static str, f64); 11] {
        [
            ("MEMORY", self.memory as f64),
            ("LOWER", f64::from(self.lower)),
            ("UPPER", f64::from(self.upper)),
            ("DECREASE", f64::from(self.decrease)),
            ("FLAT", f64::from(self.gradient)),
            ("ITERATIONS", self.iterations as f64),
            ("BACKTRACKS", self.backtracks as f64),
            ("SUFFICIENT", f64::from(SUFFICIENT)),
            ("CURVATURE", f64::from(CURVATURE)),
            ("SHORTEST", f64::from(SHORTEST)),
            ("ROUNDING", f64::from(ROUNDING)),
        ]
    }
}

/// What a machine says after having been told a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Evaluate the next trial point.
    Running,
    /// A minimiser to within the tolerances.
    Converged,
    /// No step along the direction lowers the objective any more.
    Stalled,
    /// The limit of iterations is reached.
    Exhausted,
    /// The value or the gradient is not finite.
    NotFinite,
}

/// Box-constrained L-BFGS for one lane.
#[derive(Clone, Debug)]
pub struct Lbfgs {
    settings: LbfgsSettings,
    anchor: Vec<f32>,
    weight: f32,
    x: Vec<f32>,
    trial: Vec<f32>,
    /// φ and ∇φ at `x`.
    phi: f32,
    gradient: Vec<f32>,
    direction: Vec<f32>,
    free: Vec<f32>,
    pairs: Pairs,
    step: f32,
    iterations: usize,
    backtracks: usize,
    quiet: usize,
    started: bool,
    accepted: bool,
}

/// The last curvature pairs of φ, a ring.
#[derive(Clone, Debug)]
struct Pairs {
    s: Vec<Vec<f32>>,
    y: Vec<Vec<f32>>,
    newest: usize,
    count: usize,
    alpha: Vec<f32>,
    rho: Vec<f32>,
}

impl Pairs {
    fn new(memory: usize, n: usize) -> Pairs {
        Pairs {
            s: vec![vec![0.0; n]; memory],
            y: vec![vec![0.0; n]; memory],
            newest: 0,
            count: 0,
            alpha: vec![0.0; memory],
            rho: vec![0.0; memory],
        }
    }

    /// Slots from the newest to the oldest.
    fn recent(&self) -> impl DoubleEndedIterator<Item = usize> + use<> {
        let (newest, memory) = (self.newest, self.s.len());
        (0..self.count).map(move |age| (newest + memory - age) % memory)
    }
}

impl Lbfgs {
    /// A machine that starts at `start`, with the square anchored at `anchor`.
    #[must_use]
    pub fn new(settings: LbfgsSettings, anchor: &[f32], start: &[f32], weight: f32) -> Lbfgs {
        let n = anchor.len();
        let inside: Vec<f32> =
            start.iter().map(|v| v.clamp(settings.lower, settings.upper)).collect();
        Lbfgs {
            anchor: anchor.to_vec(),
            weight,
            trial: inside.clone(),
            x: inside,
            phi: 0.0,
            gradient: vec![0.0; n],
            direction: vec![0.0; n],
            free: vec![1.0; n],
            pairs: Pairs::new(settings.memory, n),
            step: 1.0,
            iterations: 0,
            backtracks: 0,
            quiet: 0,
            started: false,
            accepted: false,
            settings,
        }
    }

    /// The point to evaluate φ and ∇φ at.
    #[must_use]
    pub fn trial(&self) -> &[f32] {
        &self.trial
    }

    /// The best point of this run so far.
    #[must_use]
    pub fn point(&self) -> &[f32] {
        &self.x
    }

    /// Whether the point told last is the current point.
    #[must_use]
    pub fn accepted(&self) -> bool {
        self.accepted
    }

    /// ∇φ at [`Lbfgs::point`].
    #[must_use]
    pub fn gradient(&self) -> &[f32] {
        &self.gradient
    }

    /// `F` at [`Lbfgs::point`].
    #[must_use]
    pub fn value(&self) -> f32 {
        self.phi + self.weight * squared_distance(&self.x, &self.anchor)
    }

    /// Goes on from the current point with another weight μ; the curvature is kept.
    pub fn reweigh(&mut self, weight: f32) -> Status {
        self.weight = weight;
        self.iterations = 0;
        self.quiet = 0;
        self.advance()
    }

    /// Goes on from another point, whose φ is not known yet, with another weight.
    pub fn restart(&mut self, start: &[f32], weight: f32) {
        self.weight = weight;
        self.x.copy_from_slice(start);
        self.trial.copy_from_slice(start);
        self.started = false;
        self.iterations = 0;
        self.quiet = 0;
    }

    /// Takes φ and ∇φ at the trial point and chooses the next one.
    pub fn tell(&mut self, phi: f32, gradient: &[f32]) -> Status {
        let finite = phi.is_finite() && gradient.iter().all(|g| g.is_finite());
        self.accepted = false;
        if !self.started {
            if !finite {
                return Status::NotFinite;
            }
            self.started = true;
            self.accepted = true;
            self.phi = phi;
            self.gradient.copy_from_slice(gradient);
            return self.advance();
        }
        // Differences, so that small steps are not lost in rounding.
        let promised: f32 = self.slope();
        let before = self.weight * squared_distance(&self.x, &self.anchor);
        let after = self.weight * squared_distance(&self.trial, &self.anchor);
        let change = (phi - self.phi) + (after - before);
        let slack = ROUNDING * (self.phi.abs() + before);
        let lower = change <= SUFFICIENT * promised + slack;
        if !(finite && lower) {
            self.backtracks += 1;
            if self.backtracks > self.settings.backtracks {
                return Status::Stalled;
            }
            self.step *= if finite { shorter(promised, change) } else { 0.1 };
            self.place_trial();
            return Status::Running;
        }
        self.remember(gradient);
        let total = (self.phi + before).abs().max(f32::MIN_POSITIVE);
        std::mem::swap(&mut self.x, &mut self.trial);
        self.phi = phi;
        self.gradient.copy_from_slice(gradient);
        self.accepted = true;
        self.iterations += 1;
        self.quiet = if -change < self.settings.decrease * total { self.quiet + 1 } else { 0 };
        if self.quiet >= 2 {
            return Status::Converged;
        }
        if self.iterations >= self.settings.iterations {
            return Status::Exhausted;
        }
        self.advance()
    }

    /// `∇F(x)ᵀ(trial − x)`.
    fn slope(&self) -> f32 {
        let mut slope = 0.0f32;
        for i in 0..self.x.len() {
            let g = self.gradient[i] + 2.0 * self.weight * (self.x[i] - self.anchor[i]);
            slope += g * (self.trial[i] - self.x[i]);
        }
        slope
    }

    /// Stores the accepted step's pair if its curvature is positive.
    fn remember(&mut self, gradient: &[f32]) {
        let pairs = &mut self.pairs;
        let slot = (pairs.newest + usize::from(pairs.count > 0)) % pairs.s.len();
        let (s, y) = (&mut pairs.s[slot], &mut pairs.y[slot]);
        for i in 0..s.len() {
            s[i] = self.trial[i] - self.x[i];
            y[i] = gradient[i] - self.gradient[i];
        }
        let (ss, sy, yy) = (dot(s, s), dot(s, y), dot(y, y));
        let mu = 2.0 * self.weight;
        let (full_sy, full_yy) = (sy + mu * ss, yy + 2.0 * mu * sy + mu * mu * ss);
        if is_usable(ss, full_sy, full_yy) {
            pairs.newest = slot;
            pairs.count = (pairs.count + 1).min(pairs.s.len());
        } else if slot != pairs.newest && pairs.count == pairs.s.len() {
            // The oldest pair was overwritten by one that is of no use.
            pairs.count -= 1;
        }
    }

    /// Fixes variables, forms the direction and the first trial on it.
    fn advance(&mut self) -> Status {
        let (lower, upper) = (self.settings.lower, self.settings.upper);
        let mut largest = 0.0f32;
        for i in 0..self.x.len() {
            let g = self.gradient[i] + 2.0 * self.weight * (self.x[i] - self.anchor[i]);
            let held = (self.x[i] <= lower && g > 0.0) || (self.x[i] >= upper && g < 0.0);
            self.free[i] = if held { 0.0 } else { 1.0 };
            self.direction[i] = if held { 0.0 } else { -g };
            let reach = self.x[i] - (self.x[i] - g).clamp(lower, upper);
            largest = largest.max(reach.abs());
        }
        if largest <= self.settings.gradient {
            return Status::Converged;
        }
        let steepest = dot(&self.direction, &self.direction);
        if !self.recurse() {
            // No usable curvature: a first step of modest length.
            let modest = 1.0 / steepest.sqrt().max(f32::MIN_POSITIVE);
            self.direction.iter_mut().for_each(|d| *d *= modest.min(1.0));
        }
        self.step = 1.0;
        self.backtracks = 0;
        self.place_trial();
        let descends = self.slope() < 0.0;
        if !descends {
            // No descent, or no number: forget the curvature.
            if self.pairs.count == 0 {
                return Status::Stalled;
            }
            self.pairs.count = 0;
            return self.advance();
        }
        Status::Running
    }

    /// Two-loop recursion over the free variables; false without usable pairs.
    fn recurse(&mut self) -> bool {
        let mu = 2.0 * self.weight;
        let (free, pairs, d) = (&self.free, &mut self.pairs, &mut self.direction);
        let mut scale = None;
        for slot in pairs.recent() {
            let (s, y) = (&pairs.s[slot], &pairs.y[slot]);
            let ss = masked_dot(free, s, s);
            let sy_phi = masked_dot(free, s, y);
            let sy = sy_phi + mu * ss;
            let yy = masked_dot(free, y, y) + 2.0 * mu * sy_phi + mu * mu * ss;
            if !is_usable(ss, sy, yy) {
                pairs.rho[slot] = 0.0;
                continue;
            }
            pairs.rho[slot] = 1.0 / sy;
            scale = scale.or(Some(sy / yy));
            let alpha = dot(s, d) / sy;
            pairs.alpha[slot] = alpha;
            for i in 0..d.len() {
                d[i] -= alpha * free[i] * (y[i] + mu * s[i]);
            }
        }
        let Some(scale) = scale else { return false };
        d.iter_mut().for_each(|v| *v *= scale);
        for slot in pairs.recent().rev().filter(|slot| pairs.rho[*slot] > 0.0) {
            let (s, y) = (&pairs.s[slot], &pairs.y[slot]);
            let beta = pairs.rho[slot] * (dot(y, d) + mu * dot(s, d));
            let gap = pairs.alpha[slot] - beta;
            for i in 0..d.len() {
                d[i] += gap * free[i] * s[i];
            }
        }
        true
    }

    fn place_trial(&mut self) {
        self.trial.copy_from_slice(&self.x);
        add_scaled(&mut self.trial, self.step, &self.direction);
        let (lower, upper) = (self.settings.lower, self.settings.upper);
        self.trial.iter_mut().for_each(|v| *v = v.clamp(lower, upper));
    }
}

/// Whether a pair says something of the curvature: a positive one, along a step that is more than rounding.
fn is_usable(ss: f32, sy: f32, yy: f32) -> bool {
    ss > SHORTEST && sy >= f32::MIN_POSITIVE && sy > CURVATURE * (ss * yy).sqrt()
}

/// Factor for the next step: the minimum of the parabola through what is known, kept within reason.
fn shorter(promised: f32, change: f32) -> f32 {
    let curvature = change - promised;
    if curvature > 0.0 { (-0.5 * promised / curvature).clamp(0.1, 0.5) } else { 0.5 }
}

#[cfg(test)]
#[path = "lbfgs_curvature_tests.rs"]
mod curvature_tests;
#[cfg(test)]
#[path = "lbfgs_tests.rs"]
mod tests;
