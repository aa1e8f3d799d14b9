//! One search on the lattice: what it finds, and its steps one by one.

use super::*;

/// Boundaries `w·x = b` in levels, between two classes of three pixels.
const NORMALS: [[f32; 3]; 4] =
    [[0.9, -0.5, 0.3], [0.2, 0.4, 1.0], [-0.7, -0.6, 0.45], [0.05, 1.0, -0.35]];

/// Levels of the original's pixels, some between two of the lattice.
const ORIGINAL: [f32; 3] = [100.3, 50.0, 200.6];

fn problem() -> Problem {
    Problem { image: ORIGINAL.map(|v| v / LEVELS).to_vec(), label: 0, target: None }
}

/// By how much a point lies beyond a boundary that is `far` from the original.
fn margin(w: [f32; 3], far: f32, x: &[f32]) -> f32 {
    let moved = x.iter().zip(ORIGINAL).map(|(x, o)| x * LEVELS - o);
    moved.zip(w).map(|(r, w)| r * w).sum::<f32>() - far * dot(&w, &w).sqrt()
}

/// Tells a lane of a margin of the second of two classes, whose gradient is along the pixels `w`.
fn say(lane: &mut LatticeLane, problem: &Problem, margin: f32, w: [f32; 3]) {
    let gradient = w.map(|w| -w * LEVELS);
    let logits = [0.0, margin];
    lane.tell(problem, Told { value: -margin, logits: &logits, classes: 2, gradient: &gradient });
}

/// Tells a lane what a network says whose second logit is the margin.
fn tell(lane: &mut LatticeLane, problem: &Problem, w: [f32; 3], far: f32) {
    let margin = margin(w, far, lane.trial());
    say(lane, problem, margin, w);
}

/// `‖r‖` in levels of the nearest point of the lattice beyond a boundary.
fn nearest(w: [f32; 3], far: f32) -> f32 {
    let side = 2 * far as i32 + 3;
    let point = |i: i32| {
        let at = [i % side, i / side % side, i / side / side];
        let level = |(at, o): (i32, f32)| (o.round() as i32 + at - side / 2) as f32;
        [0, 1, 2].map(|k| level((at[k], ORIGINAL[k])) / LEVELS)
    };
    let beyond = (0..side * side * side).map(point).filter(|x| margin(w, far, x) > 1e-3);
    let original = problem().image;
    let squared = beyond.map(|x| squared_distance(&x, &original)).fold(f32::INFINITY, f32::min);
    squared.sqrt() * LEVELS
}

#[test]
fn beyond_a_flat_boundary_the_image_is_nearly_the_nearest_on_the_lattice() {
    let (problem, mut longer) = (problem(), Vec::new());
    for w in NORMALS {
        for far in [2.2, 5.0, 9.7] {
            // The boundary itself, as a search without a lattice would end there.
            let length = dot(&w, &w).sqrt();
            let on = [0, 1, 2].map(|k| (ORIGINAL[k] + 1.001 * far * w[k] / length) / LEVELS);
            let task = Task { from: Some(on.to_vec()), ..Task::new(&problem, &[]) };
            let mut lane = LatticeLane::new(0, &task, 4e-6);
            while lane.standing.runs() {
                tell(&mut lane, &problem, w, far);
            }
            assert!(lane.rounds < 8, "{w:?}, {far}: {} rounds", lane.rounds);
            let right = lane.rounds as f32 / MOST as f32;
            assert!((lane.fraction() - right).abs() < 1e-6);
            let (squared, image) = lane.standing.best.get().expect("an image");
            assert!(margin(w, far, image) > 0.0, "{w:?}, {far}");
            let off = image.iter().map(|v| (v * LEVELS - (v * LEVELS).round()).abs());
            assert!(off.fold(0.0, f32::max) < 1e-4, "{image:?} is not whole");
            longer.push(squared.sqrt() * LEVELS / nearest(w, far));
        }
    }
    assert!(longer.iter().all(|times| *times > 0.999), "{longer:?}");
    let mean = longer.iter().sum::<f32>() / longer.len() as f32;
    assert!(mean < 1.1, "{mean}, {longer:.3?}");
}

#[test]
fn pixels_move_by_a_quarter_along_the_gradient_and_else_along_the_change() {
    // The change is (4, 3)/5, the gradient (3, 4)/5: pixels move along (0.75, 0.65).
    let levels = |v: [f32; 2]| v.map(|v| v / LEVELS).to_vec();
    let problem = Problem { image: levels([100.0, 100.0]), label: 0, target: None };
    let task = Task { from: Some(levels([104.0, 103.0])), ..Task::new(&problem, &[]) };
    let moved = |gap: f32| {
        let mut lane = LatticeLane::new(0, &task, 0.0);
        lane.linearise(&[-0.6, -0.8], gap / LEVELS);
        lane.project(&problem.image);
        let found: Vec<f32> = lane.x.iter().map(|v| (v * LEVELS).round()).collect();
        (found, lane.standing.stop, matches!(lane.stage, Stage::Longer { .. }))
    };
    // From (103, 102) on, prices are 2.5/0.65, 3.5/0.75, 3.5/0.65, 4.5/0.75: what each step
    // gains is 0.8, 0.6, 0.8, 0.6 of the −1.4 there.
    for (gap, right) in [(-1.0, [103.0, 103.0]), (0.7, [104.0, 104.0]), (1.3, [105.0, 104.0])] {
        assert_eq!(moved(gap), (right.to_vec(), None, false), "{gap}");
    }
    // The point itself is nothing new; what the window does not hold is looked for elsewhere.
    assert!(moved(-0.1).2 && moved(2.0).2);
}

#[test]
fn a_point_that_does_not_fool_makes_the_next_one_ask_for_more() {
    let (problem, w, far) = (problem(), NORMALS[0], 5.0);
    let length = dot(&w, &w).sqrt();
    let on = [0, 1, 2].map(|k| (ORIGINAL[k] + 1.001 * far * w[k] / length) / LEVELS);
    let task = Task { from: Some(on.to_vec()), ..Task::new(&problem, &[]) };
    let mut lane = LatticeLane::new(0, &task, 4e-6);
    tell(&mut lane, &problem, w, far);
    for (failed, share) in [(1, 0.125), (2, 0.0625)] {
        say(&mut lane, &problem, -0.9, w);
        assert_eq!((lane.failed, lane.share), (failed, share));
        let right = 0.9 * failed as f32;
        assert!((lane.missing - right).abs() < 1e-4, "{} instead of {right}", lane.missing);
    }
}

/// A lane of three pixels that starts at `levels`, of a problem at `[100, 100, 100]`.
fn lane_at(levels: [f32; 3], clear: f32) -> (Problem, LatticeLane) {
    let problem = Problem { image: vec![100.0 / LEVELS; 3], label: 0, target: None };
    let from = Some(levels.map(|v| v / LEVELS).to_vec());
    let lane = LatticeLane::new(0, &Task { from, ..Task::new(&problem, &[]) }, clear);
    (problem, lane)
}

fn levels_of(image: &[f32]) -> Vec<f32> {
    image.iter().map(|v| v * LEVELS).collect()
}

/// A direction without a slope.
const FLAT: [f32; 3] = [0.0; 3];
const FIRST_PIXEL: [f32; 3] = [1.0, 0.0, 0.0];

#[test]
fn a_lane_raises_what_is_asked_for_or_lowers_the_label() {
    let asked = Problem { target: Some(2), ..problem() };
    for (problem, goal, sign, joined) in [
        (problem(), Goal::Lead(0), -1.0, Joined::Greatest),
        (asked, Goal::Lead(2), 1.0, Joined::Least),
    ] {
        let mut lane = LatticeLane::new(3, &Task::new(&problem, &[]), 0.1);
        assert_eq!((lane.standing.problem, lane.standing.goal), (3, goal));
        assert!(lane.joined() == joined && lane.trial() == problem.image);
        lane.missing = 7.0;
        lane.linearise(&[1.0, -2.0, 0.5], 0.25);
        assert_eq!(lane.gradient, [sign, -2.0 * sign, 0.5 * sign]);
        assert_eq!((lane.gap, lane.missing), (0.25, 0.0));
        assert_eq!(lane.point, lane.x);
    }
}

#[test]
fn a_win_counts_from_a_clear_lead_and_not_as_the_image_was_found() {
    // The margin is the spread of two logits: a lead of 0.99 times that much counts, one of 1.01 does not.
    let kept = |stage: Stage, clear: f32| {
        let (problem, mut lane) = lane_at([104.0, 100.0, 100.0], clear);
        lane.stage = stage;
        say(&mut lane, &problem, 1.0, FIRST_PIXEL);
        lane.standing.best.get().map(|(squared, _)| squared * LEVELS * LEVELS)
    };
    let found = kept(Stage::Linearised, 0.99).expect("it wins");
    assert!((found - 16.0).abs() < 1e-3, "{found}");
    assert_eq!(kept(Stage::Linearised, 1.01), None);
    assert_eq!(kept(Stage::Found, 0.99), None);
    // What is missing to a lead that is a tenth clearer than it need be.
    let (problem, mut lane) = lane_at([104.0, 100.0, 100.0], 0.5);
    say(&mut lane, &problem, 1.0, FIRST_PIXEL);
    assert!((lane.gap - (0.5 * ROOM - 1.0)).abs() < 1e-6, "{}", lane.gap);
}

/// A level of the first pixel costs less than the lead that the test below has.
const GENTLE: [f32; 3] = [0.4, 0.0, 0.0];

#[test]
fn the_search_goes_on_from_a_nearer_point_and_ends_where_that_gains_little() {
    // What is done after a win at 16 levels² where the nearest so far is `before`.
    let after = |before: f32, w: [f32; 3]| {
        let (problem, mut lane) = lane_at([104.0, 100.0, 100.0], 0.0);
        lane.stage = Stage::Linearised;
        lane.standing.best.offer(before / LEVELS / LEVELS, &[0.9; 3]);
        say(&mut lane, &problem, 0.5, w);
        let best = lane.standing.best.get().expect("one").0 * LEVELS * LEVELS;
        (lane.standing.stop.is_some(), lane.gap, best.round())
    };
    let gained = 16.0 / (1.0 - ENOUGH);
    assert_eq!(after(1.001 * gained, GENTLE), (false, -0.5, 16.0));
    assert_eq!(after(0.9999 * gained, GENTLE), (true, 0.0, 16.0));
    assert_eq!(after(15.0, GENTLE), (true, 0.0, 15.0));
    // Where nothing leads anywhere there is nothing to linearise.
    assert_eq!(after(1.001 * gained, FLAT), (true, 0.0, 16.0));
}

#[test]
fn a_search_gives_up_after_three_points_that_do_not_fool() {
    let (problem, mut lane) = lane_at([104.0, 103.0, 100.0], 0.0);
    // A lead of 0.9 pays for a level less of both pixels; each time 0.3 more is to stay, for which
    // the second pixel comes back first, whose price is 2.5/0.6, then the first at 3.5/0.8.
    say(&mut lane, &problem, 0.9, [0.5, 0.3, 0.0]);
    for (failed, right) in [(0, [103.0, 102.0]), (1, [103.0, 103.0]), (2, [104.0, 103.0])] {
        assert!(lane.failed == failed && matches!(lane.stage, Stage::Linearised), "{failed}");
        let at = levels_of(lane.trial());
        assert!((at[0] - right[0]).abs() + (at[1] - right[1]).abs() < 1e-3, "{failed}: {at:?}");
        if failed + 1 < MOST_FAILED {
            say(&mut lane, &problem, -0.3, FIRST_PIXEL);
        }
    }
    let mut kept = LatticeLane { standing: lane.standing.clone(), ..lane_at([104.0; 3], 0.0).1 };
    (kept.stage, kept.failed) = (lane.stage, lane.failed);
    say(&mut lane, &problem, -0.1, FIRST_PIXEL);
    assert!(matches!(lane.stage, Stage::Longer { .. }) && lane.standing.stop.is_none());
    assert_eq!(lane.failed, MOST_FAILED - 1);
    // One that has an image ends with it.
    kept.standing.best.offer(1.0, &[0.9; 3]);
    say(&mut kept, &problem, -0.1, FIRST_PIXEL);
    assert_eq!(kept.standing.stop, Some(Stop::Converged));
    // And where a point tells nothing, it is the last of its kind.
    let (problem, mut lane) = lane_at([104.0, 103.0, 100.0], 0.0);
    lane.stage = Stage::Linearised;
    say(&mut lane, &problem, -0.1, FLAT);
    assert!(matches!(lane.stage, Stage::Longer { .. }) && lane.failed == 0);
}

#[test]
fn a_change_is_made_longer_until_it_fools_and_then_no_longer_than_it_has_to_be() {
    let (problem, mut lane) = lane_at([180.0, 140.0, 60.0], 0.0);
    // Without a slope from the start: the image as it is, rounded.
    say(&mut lane, &problem, 0.5, FLAT);
    let mut tried = Vec::new();
    // Rounding decides; here what is at least 1.0123 times as long fools.
    while lane.standing.runs() {
        let Stage::Longer { times, .. } = lane.stage else { panic!("{:?}", lane.stage) };
        let moved = [80.0, 40.0, -40.0].map(|r: f32| (100.0 + times * r).round());
        let at = levels_of(lane.trial());
        assert!(at.iter().zip(moved).all(|(at, right)| (at - right).abs() < 1e-3), "{at:?}");
        tried.push(times);
        say(&mut lane, &problem, if times >= 1.0123 { 0.5 } else { -0.5 }, FLAT);
    }
    let right: [f32; 10] = [1.0, 1.001, 1.002, 1.004, 1.008, 1.016, 1.012, 1.014, 1.013, 1.0125];
    assert!(tried.len() == right.len(), "{tried:?}");
    assert!(tried.iter().zip(right).all(|(t, r)| (t - r).abs() < 1e-5), "{tried:?}");
    let squared = lane.standing.best.get().expect("it fools").0 * LEVELS * LEVELS;
    // At 1.0125: (181, 140 or 141, 59 or 60).
    let whole = [81.0f32, 41.0, -41.0].map(|r| r * r).iter().sum::<f32>();
    assert!((squared - whole).abs() < 1.0, "{squared} instead of {whole}");
}

#[test]
fn a_search_has_so_many_evaluations() {
    let (problem, mut lane) = lane_at([180.0, 140.0, 60.0], 0.0);
    let mut told = 0;
    while lane.standing.runs() {
        // Never, however long the change.
        say(&mut lane, &problem, -0.5, FLAT);
        told += 1;
        assert_eq!(lane.fraction(), told as f32 / MOST as f32);
    }
    assert_eq!((told, lane.standing.evaluations), (MOST, MOST));
    assert_eq!(lane.standing.stop, Some(Stop::Converged));
    assert_eq!(lane.standing.best.get(), None);
}
