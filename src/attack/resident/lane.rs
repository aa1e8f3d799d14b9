//! What a machine on the device knows of a lane, as it lies in device memory.
//!
//! The twin is `lane.wgsl`; a test compares the layouts. The head is what the
//! host reads in a record of progress; whatever else a machine keeps (its
//! body) begins as zeros and never leaves the device.

use bytemuck::{Pod, Zeroable};

use crate::attack::lanes::Task;
use crate::attack::{Problem, Stop};
use crate::exec::Goal;
use crate::exec::gpu::params::DeviceGoal;

/// Farther than any image.
const FAR: f32 = 1e30;

/// A lane's description and its state.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Head {
    goal: DeviceGoal,
    /// The task, which is the row of its original too.
    pub(super) task: u32,
    /// Row of the image that the lane starts from.
    start: u32,
    /// The first lane of the same task, and how many there are.
    leader: u32,
    siblings: u32,
    /// Tasks with several lanes before this one.
    fans: u32,
    label: u32,
    /// The class asked for; the number of classes where it is any but the label.
    wanted: u32,
    stop: u32,
    pub(super) evaluations: u32,
    pub(super) rounds: u32,
    /// `‖r‖²` of the best image, [`FAR`] where there is none.
    best: f32,
    /// `‖r‖` that the machine expects to end at.
    estimate: f32,
}

impl Head {
    /// The lanes of some tasks, task by task.
    pub(super) fn all(
        tasks: &[Task<'_>],
        goal: fn(&Problem, usize) -> Goal,
        classes: usize,
    ) -> Vec<Head> {
        let mut heads: Vec<Head> = Vec::new();
        let mut fans = 0;
        let mut elsewhere = tasks.len() as u32..;
        for (row, task) in tasks.iter().enumerate() {
            let leader = heads.len() as u32;
            let siblings = task.targets().count() as u32;
            let start = task.from.as_ref().and_then(|_| elsewhere.next()).unwrap_or(row as u32);
            heads.extend(task.targets().map(|target| Head {
                goal: goal(task.problem, target).into(),
                task: row as u32,
                start,
                leader,
                siblings,
                fans,
                label: task.problem.label as u32,
                wanted: task.problem.target.unwrap_or(classes) as u32,
                stop: 0,
                evaluations: 0,
                rounds: 0,
                best: FAR,
                estimate: FAR,
            }));
            fans += u32::from(siblings > 1);
        }
        heads
    }

    /// Slots that a screening leaves: `kept` to each task with several lanes, else one.
    pub(super) fn seats(heads: &[Head], kept: usize) -> usize {
        heads.last().map_or(0, |last| {
            let fans = last.fans as usize + usize::from(last.siblings > 1);
            (last.task as usize + 1 - fans) + fans * kept
        })
    }

    /// The class that the lane makes for.
    pub(super) fn class(&self) -> usize {
        self.goal.first as usize
    }

    /// Whether the lane is evaluated.
    pub(super) fn runs(&self) -> bool {
        self.stop == 0
    }

    /// Why the lane stopped, once it has; one that rests has not.
    pub(super) fn stop(&self) -> Option<Stop> {
        match self.stop {
            0 | 4 => None,
            1 => Some(Stop::Converged),
            2 => Some(Stop::Budget),
            _ => Some(Stop::VanishingGradient),
        }
    }

    /// `‖r‖²` of the best image.
    pub(super) fn best(&self) -> Option<f32> {
        (self.best < FAR).then_some(self.best)
    }

    /// As a record would have it, with the code of a stop and `‖r‖²`.
    #[cfg(test)]
    pub(super) fn standing(self, stop: u32, best: Option<f32>) -> Head {
        Head { stop, best: best.unwrap_or(FAR), ..self }
    }
}

/// The rows that [`Head::all`] numbers: all originals, then where tasks start elsewhere.
pub(super) fn rows(tasks: &[Task<'_>]) -> Vec<f32> {
    let originals = tasks.iter().map(|task| &task.problem.image);
    let starts = tasks.iter().filter_map(|task| task.from.as_ref());
    originals.chain(starts).flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_lie_task_by_task() {
        let problem = |label: usize, target: Option<usize>| Problem {
            image: vec![label as f32; 2],
            label,
            target,
        };
        let problems = [problem(3, None), problem(1, Some(2)), problem(0, None)];
        let rivals: [&[usize]; 3] = [&[5, 7], &[], &[1, 2, 4]];
        let tasks: Vec<Task<'_>> = problems
            .iter()
            .zip(rivals)
            .map(|(problem, rivals)| {
                let from = problem.target.map(|_| vec![9.0; 2]);
                Task { from, ..Task::new(problem, rivals) }
            })
            .collect();
        let heads = Head::all(&tasks, |problem, target| Goal::Margin(target, problem.label), 10);
        let of = |part: fn(&Head) -> u32| heads.iter().map(part).collect::<Vec<u32>>();
        assert_eq!(of(|head| head.class() as u32), [5, 7, 2, 1, 2, 4]);
        assert_eq!(of(|head| head.task), [0, 0, 1, 2, 2, 2]);
        assert_eq!(of(|head| head.leader), [0, 0, 2, 3, 3, 3]);
        assert_eq!(of(|head| head.siblings), [2, 2, 1, 3, 3, 3]);
        assert_eq!(of(|head| head.fans), [0, 0, 1, 1, 1, 1]);
        assert_eq!(of(|head| head.wanted), [10, 10, 2, 10, 10, 10]);
        // The second starts elsewhere, behind the three originals.
        assert_eq!(of(|head| head.start), [0, 0, 3, 2, 2, 2]);
        assert_eq!(rows(&tasks), [3.0, 3.0, 1.0, 1.0, 0.0, 0.0, 9.0, 9.0]);
        // Two tasks with several lanes keep as many each; the third has one.
        assert_eq!([1, 2, 4].map(|kept| Head::seats(&heads, kept)), [3, 5, 9]);
        assert_eq!(Head::seats(&heads[..3], 2), 3);
        assert_eq!(Head::seats(&[], 2), 0);
    }

    #[test]
    fn a_lane_that_rests_has_not_stopped() {
        let problem = Problem { image: vec![0.5], label: 0, target: Some(1) };
        let mut head = Head::all(&[Task::new(&problem, &[])], |_, k| Goal::Lead(k), 2)[0];
        let mut at = |stop: u32| {
            head.stop = stop;
            (head.runs(), head.stop())
        };
        assert_eq!(at(0), (true, None));
        assert_eq!(at(4), (false, None));
        assert_eq!(at(1), (false, Some(Stop::Converged)));
        assert_eq!(at(2), (false, Some(Stop::Budget)));
        assert_eq!(at(3), (false, Some(Stop::VanishingGradient)));
        assert_eq!(head.best(), None);
        head.best = 0.25;
        assert_eq!(head.best(), Some(0.25));
    }
}
