//! One network or several, asked as one: the ensemble that one change must fool.
//!
//! For losses the members' mean is minimised, `J(x) = (1/M)·Σ J_m(x)` (Liu,
//! Chen, Liu and Song, 2017, who average probabilities; Dong et al., 2018, who
//! also average losses). A margin must be reached on every member, so there the
//! member that is farthest from it speaks: `g(x) = min_m g_m(x)`, with its
//! gradient. Logits stay apart, and an ensemble is fooled when every member is.

use crate::exec::loss::predicted;
use crate::exec::{Cost, Evaluation, ExecError, Executor, Goal, GpuExecutor};
use crate::model::{CLASSES, PIXELS};

/// The networks of an attack; most attacks have one.
pub struct Ensemble<'a> {
    members: Vec<&'a mut Executor>,
    answer: Evaluation,
}

impl<'a> From<&'a mut Executor> for Ensemble<'a> {
    fn from(alone: &'a mut Executor) -> Ensemble<'a> {
        Ensemble { members: vec![alone], answer: Evaluation::default() }
    }
}

impl<'a> From<&'a mut Ensemble<'_>> for Ensemble<'a> {
    fn from(lent: &'a mut Ensemble<'_>) -> Ensemble<'a> {
        lent.members.iter_mut().map(|member| &mut **member).collect()
    }
}

impl<'a> FromIterator<&'a mut Executor> for Ensemble<'a> {
    fn from_iter<I: IntoIterator<Item = &'a mut Executor>>(members: I) -> Ensemble<'a> {
        Ensemble { members: members.into_iter().collect(), answer: Evaluation::default() }
    }
}

/// How the members' answers to a goal become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined {
    /// Their mean.
    Mean,
    /// The least.
    Least,
    /// The greatest.
    Greatest,
}

impl Ensemble<'_> {
    /// Number of networks.
    #[must_use]
    pub fn size(&self) -> usize {
        self.members.len()
    }

    /// Whether every member's logits have a continuous gradient.
    pub(super) fn is_smooth(&self) -> bool {
        self.members.iter().all(|member| member.network().is_smooth())
    }

    /// What all members were asked to do so far.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.members.iter().fold(Cost::default(), |sum, member| sum + member.cost())
    }

    /// The only network, if there is one and it runs on a device.
    pub(super) fn device(&mut self) -> Option<&mut GpuExecutor> {
        match self.members.as_mut_slice() {
            [Executor::Gpu(gpu)] => Some(gpu),
            _ => None,
        }
    }

    /// Whether any network runs on a device.
    pub(super) fn has_device(&self) -> bool {
        self.members.iter().any(|member| matches!(member, Executor::Gpu(_)))
    }

    /// What every member reads in each image; `None` where a logit is NaN.
    pub(super) async fn read(
        &mut self,
        images: &[f32],
    ) -> Result<Vec<Option<Vec<usize>>>, ExecError> {
        let mut readings = vec![Some(Vec::with_capacity(self.size())); images.len() / PIXELS];
        for member in &mut self.members {
            let logits = member.read(images).await?;
            for (reading, logits) in readings.iter_mut().zip(logits.chunks_exact(CLASSES)) {
                match (reading.as_mut(), predicted(logits)) {
                    (Some(classes), Some(class)) => classes.push(class),
                    _ => *reading = None,
                }
            }
        }
        Ok(readings)
    }

    /// Joined values and gradients; logits are `[lanes, members, 10]`.
    pub(super) async fn evaluate(
        &mut self,
        images: &[f32],
        goals: &[Goal],
        joined: &[Joined],
        out: &mut Evaluation,
    ) -> Result<(), ExecError> {
        if let [alone] = self.members.as_mut_slice() {
            return alone.evaluate(images, goals, out).await;
        }
        let size = self.members.len();
        out.resize(goals.len());
        out.logits.resize(goals.len() * size * CLASSES, 0.0);
        for (place, member) in self.members.iter_mut().enumerate() {
            member.evaluate(images, goals, &mut self.answer).await?;
            for (lane, joined) in joined.iter().enumerate() {
                let logits = &self.answer.logits[lane * CLASSES..][..CLASSES];
                out.logits[(lane * size + place) * CLASSES..][..CLASSES].copy_from_slice(logits);
                join(*joined, place, size, &self.answer, lane, out);
            }
        }
        Ok(())
    }
}

/// Takes the answer of the member at a place into what the members before it said.
fn join(
    joined: Joined,
    place: usize,
    size: usize,
    answer: &Evaluation,
    lane: usize,
    out: &mut Evaluation,
) {
    let (value, so_far) = (answer.values[lane], out.values[lane]);
    let gradient = &answer.gradients[lane * PIXELS..][..PIXELS];
    let sum = &mut out.gradients[lane * PIXELS..][..PIXELS];
    let share = 1.0 / size as f32;
    match joined {
        Joined::Mean => {
            let kept = if place == 0 { 0.0 } else { 1.0 };
            out.values[lane] = kept * so_far + share * value;
            for (sum, g) in sum.iter_mut().zip(gradient) {
                *sum = kept * *sum + share * g;
            }
        }
        Joined::Least | Joined::Greatest => {
            let speaks = place == 0
                || value.is_nan()
                || (joined == Joined::Least && value < so_far)
                || (joined == Joined::Greatest && value > so_far);
            if speaks {
                out.values[lane] = value;
                sum.copy_from_slice(gradient);
            }
        }
    }
}
