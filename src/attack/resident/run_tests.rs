//! How tasks are cut into pieces, and a piece's way: when it submits, looks, compacts and tells.

use std::time::{Duration, Instant};

use super::*;
use crate::attack::listener::Listener;
use crate::attack::nearest_boundary::{self, Course};
use crate::exec::Executor;
use crate::testing::{self, device};

/// Rivals of a problem of class 0, as many as are asked for.
const RIVALS: [usize; 9] = [1, 2, 3, 4, 5, 6, 7, 8, 9];

fn problems(count: usize) -> Vec<Problem> {
    let gallery = testing::gallery();
    (0..count).map(|place| gallery.problem(place)).collect()
}

fn tasks<'a>(problems: &'a [Problem], rivals: &'a [Vec<usize>]) -> Vec<Task<'a>> {
    problems.iter().zip(rivals).map(|(problem, rivals)| Task::new(problem, rivals)).collect()
}

/// The rivals of problems, so many of each.
fn rivals_of(problems: &[Problem], counts: &[usize]) -> Vec<Vec<usize>> {
    let rivals = |(problem, count): (&Problem, &usize)| {
        (0..10).filter(|class| *class != problem.label).take(*count).collect()
    };
    problems.iter().zip(counts).map(rivals).collect()
}

/// A run of nearest boundary on a linear network, with so many lanes of each task; what a check
/// says of it.
fn with_run<T>(test: &str, counts: &[usize], check: impl FnOnce(&mut Run<'_>) -> T) -> Option<T> {
    let context = device::context(test)?;
    let network = testing::bundled("fc10-1e-2");
    let mut gpu = GpuExecutor::new(context, network).expect("it fits");
    let problems = problems(counts.len());
    let rivals = rivals_of(&problems, counts);
    let tasks = tasks(&problems, &rivals);
    let spec = nearest_boundary::on_device(Course::usual(true), true, &tasks);
    let mut machine = Machine::new(&mut gpu, &spec, lanes_of(&tasks)).expect("it fits");
    let part = Part { done: 0, group: tasks.len(), total: tasks.len(), evaluations: 0 };
    let mut run = Run::new(&mut gpu, &mut machine, &spec, &tasks, part);
    run.machine.load(run.gpu, run.tasks, &run.heads, run.spec).expect("it fits");
    Some(check(&mut run))
}

#[test]
fn tasks_are_cut_so_that_no_piece_has_more_lanes_than_there_is_room() {
    let problem = Problem { image: vec![0.5; 4], label: 0, target: None };
    let task = |count: usize| Task::new(&problem, &RIVALS[..count]);
    let cut = |counts: &[usize], most: usize| -> Vec<Vec<usize>> {
        let tasks: Vec<Task<'_>> = counts.iter().map(|count| task(*count)).collect();
        let of = |piece: &&[Task<'_>]| piece.iter().map(|task| task.targets().count()).collect();
        pieces(&tasks, most).iter().map(of).collect()
    };
    let counts = [2, 1, 3, 2];
    assert_eq!(cut(&counts, 3), [vec![2, 1], vec![3], vec![2]]);
    assert_eq!(cut(&counts, 4), [vec![2, 1], vec![3], vec![2]]);
    assert_eq!(cut(&counts, 5), [vec![2, 1], vec![3, 2]]);
    assert_eq!(cut(&counts, 6), [vec![2, 1, 3], vec![2]]);
    assert_eq!(cut(&counts, 8), [counts.to_vec()]);
    assert_eq!(cut(&[], 8), Vec::<Vec<usize>>::new());
    assert_eq!(lanes_of(&[task(4), task(1), task(9)]), 14);
}

#[test]
fn a_screening_is_told_to_the_device_with_the_one_that_wakes() {
    let early = Screening { after: 4, by_best: false, kept: 5, clearly_farther: 1.5, wakes: false };
    let waking =
        Screening { after: 48, by_best: true, kept: 3, clearly_farther: 1.25, wakes: true };
    let late = Screening { after: 49, kept: 1, ..early };
    let all = [early, waking, late];
    let own = |best: f64, kept: f64, farther: f64| {
        [("BY_BEST", best), ("KEPT", kept), ("CLEARLY_FARTHER", farther)]
    };
    let wakes = |now: f64| [("WAKES", now), ("CLOSE_KEPT", 3.0), ("CLOSE", 1.25)];
    assert_eq!(early.constants(&all), [own(0.0, 5.0, 1.5), wakes(0.0)].concat());
    assert_eq!(waking.constants(&all), [own(1.0, 3.0, 1.25), wakes(1.0)].concat());
    assert_eq!(late.constants(&all), [own(0.0, 1.0, 1.5), wakes(1.0)].concat());
    assert_eq!(early.constants(&[early]), own(0.0, 5.0, 1.5));
}

#[test]
fn a_task_is_worked_on_where_all_its_lanes_have_room() {
    let name = "a_task_is_worked_on_where_all_its_lanes_have_room";
    let Some(context) = device::context(name) else { return };
    let network = testing::bundled("fc10-1e-2");
    let problems = problems(3);
    let rivals = rivals_of(&problems, &[9, 2, 9]);
    let tasks = tasks(&problems, &rivals);
    let found = |room: usize, most_pixels: usize, observer: &mut Listener| {
        let mut gpu = GpuExecutor::new(context.clone(), network.clone()).expect("it fits");
        gpu.lower_limit(room);
        let mut executor = Executor::Gpu(Box::new(gpu));
        let mut networks = Ensemble::from(&mut executor);
        let spec = || Spec {
            most_pixels,
            ..nearest_boundary::on_device(Course::usual(true), true, &tasks)
        };
        let found = search(&mut networks, spec, &tasks, observer);
        pollster::block_on(found).expect("it runs")
    };
    let pixels = network.pixels();
    assert!(found(8, pixels, &mut Listener::default()).is_none(), "nine lanes have no room");
    assert!(found(9, pixels - 1, &mut Listener::default()).is_none(), "too many pixels");
    // Three pieces: what is told goes on from one to the next.
    let mut told = Listener::default();
    let outcomes = found(9, pixels, &mut told).expect("there is room");
    assert_eq!(outcomes.len(), 3);
    for (outcome, problem) in outcomes.iter().zip(&problems) {
        assert_eq!(outcome.stop, Stop::Converged);
        assert!(outcome.image.as_ref().is_some_and(|image| *image != problem.image));
    }
    assert!(told.fractions.is_sorted(), "{:?}", told.fractions);
    assert_eq!(told.fractions.last(), Some(&1.0));
    let all: u64 = outcomes.iter().map(|outcome| outcome.evaluations).sum();
    assert_eq!(told.evaluations.last(), Some(&all));
    for third in [0.0, 1.0 / 3.0, 2.0 / 3.0] {
        let within = |f: &&f32| **f > third && **f <= third + 0.3334;
        assert!(told.fractions.iter().any(|f| within(&f)), "{third}: {:?}", told.fractions);
    }
    assert!(told.best.is_none(), "the best is the first problem's");
    // Cancelled in the first piece: the others were not begun.
    let mut impatient = Listener { patience: Some(1), ..Listener::default() };
    let outcomes = found(9, pixels, &mut impatient).expect("there is room");
    assert_eq!(outcomes.iter().map(|o| o.stop).collect::<Vec<_>>(), [Stop::Cancelled; 3]);
    let evaluations = outcomes.iter().map(|outcome| outcome.evaluations).collect::<Vec<_>>();
    assert!(evaluations[0] > 0 && evaluations[1..] == [0, 0], "{evaluations:?}");
}

#[test]
fn a_submit_ends_at_the_next_screening_or_look() {
    let name = "a_submit_ends_at_the_next_screening_or_look";
    let next = |run: &mut Run<'_>, done: usize| {
        run.done = done;
        // As if evaluations took no time, and had done so for long.
        run.pace.settle(usize::MAX);
        for _ in 0..5 {
            run.pace.next();
        }
        run.next_evaluations()
    };
    let few = with_run(name, &[9, 9], |run| {
        let most = run.spec.most;
        assert!(most > 147, "{most}");
        let steps = [0, 4, 47, 48, 120, 146, most - 1, most].map(|done| next(run, done));
        assert_eq!(steps, [4, 4, 1, 72, 26, most - 146, 1, 1]);
        let glances = [0, 47, 48, 145, 146].map(|done| {
            run.done = done;
            run.next_glance()
        });
        assert_eq!(glances, [Some(48), Some(48), Some(146), Some(146), None]);
        // A pace that knows nothing begins with one.
        (run.done, run.pace) = (0, Pace::new());
        assert_eq!(run.next_evaluations(), 1);
    });
    if few.is_none() {
        return;
    }
    // Of more lanes than a record shows, no look is the last.
    for (counts, glance) in [(vec![9; 8], None), ([vec![9; 7], vec![1]].concat(), Some(48))] {
        with_run(name, &counts, |run| {
            assert_eq!(run.next_glance(), glance);
            let right = if glance.is_some() { 26 } else { run.spec.most - 120 };
            assert_eq!(next(run, 120), right);
        });
    }
}

#[test]
fn a_record_is_wanted_at_a_look_at_the_end_and_when_it_is_due() {
    let name = "a_record_is_wanted_at_a_look_at_the_end_and_when_it_is_due";
    with_run(name, &[9, 9], |run| {
        let most = run.spec.most;
        let mut wants = |done: usize, evaluations: usize| loop {
            let begun = Instant::now();
            (run.done, run.pace) = (done, Pace::new());
            let wanted = run.wants_record(evaluations);
            // A busy machine may have taken so long that a record is due for that alone.
            if begun.elapsed() < Duration::from_millis(50) {
                return wanted;
            }
        };
        assert_eq!([wants(40, 8), wants(40, 7)], [true, false]);
        assert!(!wants(147, 1) && !wants(147, most - 148));
        assert!(wants(147, most - 147) && wants(most, 1));
        // A tenth of a second later, but not if a look is near.
        (run.done, run.pace) = (150, Pace::new());
        std::thread::sleep(Duration::from_millis(120));
        assert!(run.wants_record(1));
        run.pace.settle(1_000_000);
        run.done = 140;
        assert!(!run.wants_record(1));
    });
}

#[test]
fn slots_go_to_the_lanes_that_run_once_these_are_half_of_them() {
    let name = "slots_go_to_the_lanes_that_run_once_these_are_half_of_them";
    let used = |ended: usize| {
        with_run(name, &[9, 1], |run| {
            for head in &mut run.heads[..ended] {
                *head = head.standing(1, None);
            }
            run.compact().expect("it fits");
            (run.machine.used(), run.is_running())
        })
    };
    let Some(none) = used(0) else { return };
    let rest = [4, 5, 9, 10].map(|ended| used(ended).expect("there is a device"));
    assert_eq!(none, (10, true));
    assert_eq!(rest, [(10, true), (5, true), (1, true), (10, false)]);
}

#[test]
fn progress_and_outcomes_are_those_of_the_heads() {
    let name = "progress_and_outcomes_are_those_of_the_heads";
    with_run(name, &[2, 2, 1], |run| {
        let pixels = run.pixels();
        let most = run.spec.most as f32;
        for (head, rounds) in run.heads.iter_mut().zip([10, 20, 30, 40, 1_000_000]) {
            (head.rounds, head.evaluations) = (rounds, rounds.min(50));
        }
        // The second lane has stopped, the third rests, the fifth is beyond its last round.
        run.heads[0] = run.heads[0].standing(0, Some(0.25));
        run.heads[1] = run.heads[1].standing(1, Some(0.0625));
        run.heads[2] = run.heads[2].standing(4, Some(0.5));
        run.bests = (0..3 * pixels).map(|i| (i / pixels) as f32 / 10.0).collect();
        (run.done, run.recorded) = (60, 55);
        run.part = Part { done: 0, group: 3, total: 6, evaluations: 700 };
        let mut told = Listener::default();
        run.tell_progress(&mut told);
        let mean = (10.0 / most + 1.0 + 30.0 / most + 40.0 / most + 1.0) / 5.0;
        assert!((told.fractions[0] - 3.0 * mean / 6.0).abs() < 1e-6, "{:?}", told.fractions);
        // Three lanes run, five evaluations each since the record.
        assert_eq!(told.evaluations, [700 + 10 + 20 + 30 + 40 + 50 + 3 * 5]);
        let best = (vec![0.1; pixels], 0.25);
        assert_eq!(told.best.as_ref(), Some(&best));
        run.part = Part { done: 2, group: 3, total: 6, evaluations: 700 };
        run.tell_progress(&mut told);
        assert!((told.fractions[1] - (2.0 + 3.0 * mean) / 6.0).abs() < 1e-6);
        assert_eq!(told.best, None);
        // What came with the record is shown; the fourth lane's image did not.
        let shown = [0, 1, 2, 3].map(|home| run.best_of(home).map(|(squared, _)| squared));
        assert_eq!(shown, [Some(0.25), Some(0.0625), Some(0.5), None]);
        assert_eq!(run.homes(1).collect::<Vec<_>>(), [2, 3]);
        let outcomes = [0, 1, 2].map(|task| run.outcome(task, true));
        assert_eq!(outcomes[0].image.as_ref(), Some(&best.0));
        assert_eq!(outcomes[0].near, [(run.heads[1].class(), best.0.clone())]);
        assert_eq!(outcomes.each_ref().map(|o| o.evaluations), [30, 70, 50]);
        assert_eq!(outcomes.each_ref().map(|o| o.stop), [Stop::Cancelled; 3]);
        assert_eq!(run.outcome(0, false).stop, Stop::Converged);
        assert_eq!(outcomes[1].image, Some(vec![0.2; pixels]));
        assert_eq!(outcomes[2].image, None);
    });
}
