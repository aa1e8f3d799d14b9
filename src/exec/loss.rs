//! What is asked of the logits: a scalar a lane and its gradient.
//!
//! Three goals: the cross-entropy of a class, `ln Σ e^z − z_t`, computed by
//! log-sum-exp from the logits; the margin of two classes, `z_a − z_b`; and
//! the lead of a class over its best rival, `z_t − max z_k`. The twin on the
//! device is `exec/gpu/loss.wgsl`.

/// What is asked of the logits of one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A loss, to be lowered towards 0: `ln Σ e^z − z_class` of a class.
    CrossEntropy(usize),
    /// `z_first − z_second`, of the class that is to lead and the one that is to fall behind.
    Margin(usize, usize),
    /// `z_class` of a class, less the first largest of the others.
    Lead(usize),
}

impl Goal {
    /// The class that it is about; of a margin, the first.
    #[must_use]
    pub fn class(&self) -> usize {
        match *self {
            Goal::CrossEntropy(class) | Goal::Lead(class) => class,
            Goal::Margin(first, _) => first,
        }
    }

    /// Whether it is a loss, to be lowered towards 0, rather than a difference of logits.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        matches!(self, Goal::CrossEntropy(_))
    }

    /// Value at the logits of one lane, and the gradient into `gradient`.
    ///
    /// Both slices have an element for each class, of which there are at least two.
    pub fn evaluate(&self, logits: &[f32], gradient: &mut [f32]) -> f32 {
        let between = |first: usize, second: usize, gradient: &mut [f32]| {
            gradient.fill(0.0);
            gradient[first] += 1.0;
            gradient[second] -= 1.0;
            logits[first] - logits[second]
        };
        let first = match *self {
            Goal::Margin(first, second) => return between(first, second, gradient),
            Goal::Lead(class) => return between(class, rival(class, logits), gradient),
            Goal::CrossEntropy(class) => class,
        };
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut others = 0.0;
        for (class, (g, z)) in gradient.iter_mut().zip(logits).enumerate() {
            *g = (z - largest).exp();
            others += if class == first { 0.0 } else { *g };
        }
        let own = gradient[first];
        let sum = own + others;
        for g in gradient.iter_mut() {
            *g /= sum;
        }
        // p − 1 and ln Σ − z cancel where the class is certain; the rest does not.
        gradient[first] = -others / sum;
        if own > 0.5 { (others / own).ln_1p() } else { sum.ln() + largest - logits[first] }
    }
}

/// The first largest of the other classes.
fn rival(class: usize, logits: &[f32]) -> usize {
    let mut best = usize::from(class == 0);
    for other in (0..logits.len()).filter(|k| *k != class) {
        if logits[other] > logits[best] {
            best = other;
        }
    }
    best
}

/// The class that logits vote for: the first largest.
///
/// Returns `None` if any logit is NaN, or the largest is infinite: then nothing says which it is.
#[must_use]
pub fn predicted(logits: &[f32]) -> Option<usize> {
    let mut best = 0;
    for (class, z) in logits.iter().enumerate() {
        if z.is_nan() {
            return None;
        }
        if *z > logits[best] {
            best = class;
        }
    }
    logits.get(best)?.is_finite().then_some(best)
}

/// Largest logit minus the smallest.
pub(crate) fn spread(logits: &[f32]) -> f32 {
    logits.iter().copied().fold(f32::NEG_INFINITY, f32::max)
        - logits.iter().copied().fold(f32::INFINITY, f32::min)
}
