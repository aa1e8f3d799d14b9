//! What is asked of the logits: a scalar a lane and its gradient.
//!
//! Three goals: the cross-entropy of a class, `ln Σ e^z − z_t`, computed by
//! log-sum-exp from the logits; the margin of two classes, `z_a − z_b`; and
//! the lead of a class over its best rival, `z_t − max z_k`. The twin on the
//! device is `exec/gpu/loss.wgsl`.

use bytemuck::{Pod, Zeroable};

use crate::model::CLASSES;

/// The goal of one lane, as it lies in device memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Goal {
    /// 0: cross-entropy of `first`; 1: margin `z_first − z_second`; 2: lead of `first`.
    pub kind: u32,
    /// First class.
    pub first: u32,
    /// Second class; of a margin only.
    pub second: u32,
    /// Unused; keeps the struct a multiple of 16 bytes.
    pub padding: u32,
}

impl Goal {
    /// Cross-entropy of a class: `ln Σ e^z − z_class`.
    #[must_use]
    pub fn cross_entropy(class: usize) -> Goal {
        Goal { kind: 0, first: class as u32, second: 0, padding: 0 }
    }

    /// Margin `z_first − z_second`.
    #[must_use]
    pub fn margin(first: usize, second: usize) -> Goal {
        Goal { kind: 1, first: first as u32, second: second as u32, padding: 0 }
    }

    /// Lead of a class over the first largest of the others.
    #[must_use]
    pub fn lead(class: usize) -> Goal {
        Goal { kind: 2, first: class as u32, second: 0, padding: 0 }
    }

    /// Whether it is a loss, to be lowered towards 0, rather than a difference of logits.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        self.kind == 0
    }

    /// Value at the logits of one lane, and the gradient into `gradient`.
    ///
    /// Both slices have [`CLASSES`] elements.
    pub fn evaluate(&self, logits: &[f32], gradient: &mut [f32]) -> f32 {
        let first = self.first as usize;
        if !self.is_loss() {
            let second = if self.kind == 1 { self.second as usize } else { rival(first, logits) };
            gradient.fill(0.0);
            gradient[first] += 1.0;
            gradient[second] -= 1.0;
            return logits[first] - logits[second];
        }
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
/// Returns `None` if any logit is NaN.
#[must_use]
pub fn predicted(logits: &[f32]) -> Option<usize> {
    debug_assert_eq!(logits.len(), CLASSES);
    let mut best = 0;
    for (class, z) in logits.iter().enumerate() {
        if z.is_nan() {
            return None;
        }
        if *z > logits[best] {
            best = class;
        }
    }
    Some(best)
}

/// Softmax of one lane's logits.
#[must_use]
pub fn probabilities(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut p: Vec<f32> = logits.iter().map(|z| (z - largest).exp()).collect();
    let sum: f32 = p.iter().sum();
    for v in &mut p {
        *v /= sum;
    }
    p
}
