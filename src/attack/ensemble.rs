//! One network or several, asked as one: the ensemble that one change must fool.
//!
//! For losses the members' mean is minimised, `J(x) = (1/M)·Σ J_m(x)` (Liu,
//! Chen, Liu and Song, 2017, who average probabilities; Dong et al., 2018, who
//! also average losses). A margin must be reached on every member, so there the
//! member that is farthest from it speaks: `g(x) = min_m g_m(x)`, with its
//! gradient. Logits stay apart, and an ensemble is fooled when every member is.

use super::AttackError;
use crate::exec::loss::predicted;
use crate::exec::{Cost, Evaluation, ExecError, Executor, Goal, GpuExecutor};
use crate::model::{ImageShape, Network};

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

/// What every network reads in an image.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    /// `[members]`
    pub(super) classes: Vec<usize>,
    /// `[members, classes]`
    pub(super) logits: Vec<f32>,
}

/// What a network reads, and into how many classes.
fn reads(network: &Network) -> (ImageShape, usize) {
    (network.image, network.classes())
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

impl Joined {
    /// Mean losses, least margins.
    pub(super) fn usual(goal: Goal) -> Joined {
        if goal.is_loss() { Joined::Mean } else { Joined::Least }
    }
}

impl Ensemble<'_> {
    /// Number of networks.
    #[must_use]
    pub fn size(&self) -> usize {
        self.members.len()
    }

    /// Every network.
    pub(super) fn all(&self) -> impl Iterator<Item = &Network> {
        self.members.iter().map(|member| &**member.network())
    }

    /// The first network.
    pub(super) fn network(&self) -> Result<&Network, AttackError> {
        self.members.first().map(|member| &**member.network()).ok_or(AttackError::NoNetwork)
    }

    /// Refuses an ensemble without members, or of members that read different images.
    pub(super) fn check(&self) -> Result<(), AttackError> {
        let first = reads(self.network()?);
        let others = self.members.iter().map(|member| reads(member.network()));
        match others.into_iter().find(|other| *other != first) {
            Some(other) => Err(AttackError::Mismatch { first, other }),
            None => Ok(()),
        }
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
    pub(super) async fn read(&mut self, images: &[f32]) -> Result<Vec<Option<Reading>>, ExecError> {
        let mut readings = Vec::new();
        for member in &mut self.members {
            let network = member.network();
            let (pixels, classes) = (network.pixels(), network.classes());
            readings.resize_with(images.len() / pixels, || Some(Reading::default()));
            let logits = member.read(images).await?;
            for (reading, logits) in readings.iter_mut().zip(logits.chunks_exact(classes)) {
                match (reading.as_mut(), predicted(logits)) {
                    (Some(reading), Some(class)) => {
                        reading.classes.push(class);
                        reading.logits.extend_from_slice(logits);
                    }
                    _ => *reading = None,
                }
            }
        }
        Ok(readings)
    }

    /// Joined values and gradients; logits are `[lanes, members, classes]`.
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
        let Some(first) = self.members.first() else { return Ok(()) };
        let (pixels, classes) = (first.network().pixels(), first.network().classes());
        out.resize(goals.len(), first.network());
        out.logits.resize(goals.len() * size * classes, 0.0);
        for (place, member) in self.members.iter_mut().enumerate() {
            member.evaluate(images, goals, &mut self.answer).await?;
            for (lane, joined) in joined.iter().enumerate() {
                let logits = &self.answer.logits[lane * classes..][..classes];
                out.logits[(lane * size + place) * classes..][..classes].copy_from_slice(logits);
                join(*joined, place, size, pixels, &self.answer, lane, out);
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
    pixels: usize,
    answer: &Evaluation,
    lane: usize,
    out: &mut Evaluation,
) {
    let (value, so_far) = (answer.values[lane], out.values[lane]);
    let gradient = &answer.gradients[lane * pixels..][..pixels];
    let sum = &mut out.gradients[lane * pixels..][..pixels];
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::CpuExecutor;
    use crate::testing;

    /// What members with these values join to in the second of two lanes; gradients tell them apart.
    fn joined(how: Joined, values: &[f32]) -> (f32, [f32; 2]) {
        let mut out = Evaluation { values: vec![9.0; 2], gradients: vec![9.0; 4], logits: vec![] };
        for (place, value) in values.iter().enumerate() {
            let gradient = [*value, 10.0 * place as f32];
            let answer = Evaluation {
                values: vec![-7.0, *value],
                gradients: [[-7.0; 2], gradient].concat(),
                logits: vec![],
            };
            join(how, place, values.len(), 2, &answer, 1, &mut out);
        }
        assert_eq!((out.values[0], &out.gradients[..2]), (9.0, &[9.0; 2][..]), "the other lane");
        (out.values[1], [out.gradients[2], out.gradients[3]])
    }

    #[test]
    fn members_join_to_their_mean_their_least_and_their_greatest() {
        assert_eq!(joined(Joined::Mean, &[1.0, 4.0, -2.0, 3.0]), (1.5, [1.5, 15.0]));
        assert_eq!(joined(Joined::Least, &[1.0, 4.0, -2.0, 3.0]), (-2.0, [-2.0, 20.0]));
        assert_eq!(joined(Joined::Greatest, &[1.0, 4.0, -2.0, 3.0]), (4.0, [4.0, 10.0]));
        // Of equals the first speaks.
        assert_eq!(joined(Joined::Least, &[2.0, 2.0]), (2.0, [2.0, 0.0]));
        assert_eq!(joined(Joined::Greatest, &[2.0, 2.0]), (2.0, [2.0, 0.0]));
        // What is no number is heard wherever it is said.
        for how in [Joined::Mean, Joined::Least, Joined::Greatest] {
            for values in [[f32::NAN, 1.0, 2.0], [1.0, f32::NAN, 0.5], [1.0, 2.0, f32::NAN]] {
                assert!(joined(how, &values).0.is_nan(), "{how:?} of {values:?}");
            }
        }
    }

    #[test]
    fn an_ensemble_counts_its_members_and_what_all_of_them_were_asked() {
        let member = || Executor::Cpu(CpuExecutor::new(testing::bundled("fc10-1")));
        let mut executors = [member(), member(), member()];
        let mut networks: Ensemble<'_> = executors.iter_mut().collect();
        assert_eq!((networks.size(), networks.cost()), (3, Cost::default()));
        assert!(!networks.has_device() && networks.device().is_none());
        let gallery = testing::gallery();
        let images = &gallery.images()[..2 * 784];
        let (goals, joined) = ([Goal::Margin(1, 2); 2], [Joined::Least; 2]);
        let mut out = Evaluation::default();
        let asked = networks.evaluate(images, &goals, &joined, &mut out);
        pollster::block_on(asked).expect("it runs");
        assert_eq!(networks.cost().evaluations, 2 * 3);
        // Three times the same: the least is each one's, and every member's logits stand apart.
        let (own, _) = out.logits.split_at(10);
        assert!(out.logits[..30].chunks(10).all(|logits| logits == own));
        assert_ne!(out.logits[30..40], *own, "another image");
        assert_eq!(out.values[0], own[1] - own[2]);
    }
}
