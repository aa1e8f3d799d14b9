//! The rules of a course, number by number.

use super::*;

#[test]
fn courses_differ_in_their_attempts_and_their_patience() {
    let of = |course: fn(bool) -> Course| {
        [true, false].map(|smooth| {
            let course = course(smooth);
            (course.further, course.patience, course.all_rounds())
        })
    };
    assert_eq!(of(Course::single), [(0, 1, 100); 2]);
    assert_eq!(of(Course::usual), [(4, 2, 260), (8, 8, 420)]);
    assert_eq!(of(Course::thorough), [(6, 3, 340), (24, 8, 1_060)]);
}

#[test]
fn pixels_jitter_in_some_rounds_where_the_network_is_not_smooth() {
    let rough = Course::usual(false);
    let near = |found: f32, right: f32| assert!((found - right).abs() < 1e-7, "{found}, {right}");
    for (attempt, round, right) in [
        (0, 7, 0.0),
        (0, 8, 0.1 * 0.95f32.powi(8)),
        (0, 27, 0.1 * 0.95f32.powi(27)),
        (0, 28, 0.0),
        (1, 0, 0.1),
        (5, 14, 0.1 * 0.95f32.powi(14)),
        (5, 15, 0.0),
    ] {
        near(rough.jitter(attempt, round), right);
        near(Course::usual(true).jitter(attempt, round), 0.0);
    }
}

#[test]
fn an_attempt_sets_out_on_the_way_to_the_nearest_image_or_beyond_the_original() {
    let to = |way: f32| {
        let course = Course { start: [way, 0.0], ..Course::single(false) };
        let mut to = [9.0; 2];
        course.set_out(&[0.25, 0.75], &[0.5, 0.5], 3, &mut to);
        to
    };
    assert_eq!(to(0.5), [0.375, 0.625]);
    assert_eq!(to(-0.5), [0.125, 0.875]);
}

#[test]
fn an_attempt_that_gains_nothing_takes_patience_and_more_where_it_came_to_the_same_image() {
    let just = (1.0 - GAIN) * 2.0;
    assert_eq!(Course::idled(0.999 * just, 2.0, 2.0), None);
    assert_eq!(Course::idled(just, 2.0, 3.0), Some(ELSEWHERE));
    // As near as 0.002 of 2.
    assert_eq!(Course::idled(2.0, 2.0, 2.0015), Some(AGAIN));
    assert_eq!(Course::idled(2.0, 2.0, 1.9985), Some(AGAIN));
    assert_eq!(Course::idled(2.0, 2.0, 2.003), Some(ELSEWHERE));
}

#[test]
fn the_device_is_told_the_same_numbers() {
    let constants = Course::usual(false).constants();
    let of = |name: &str| constants.iter().find(|c| c.0 == name).map(|c| c.1 as f32);
    for (name, right) in [
        ("FIRST", 100.0),
        ("FURTHER", 40.0),
        ("JITTER", 0.1),
        ("FIRST_JITTER_FROM", 8.0),
        ("FIRST_JITTER_TO", 28.0),
        ("FURTHER_JITTER_FROM", 0.0),
        ("FURTHER_JITTER_TO", 15.0),
        ("WAY", BETWEEN[0]),
        ("REACH", BETWEEN[1]),
        ("LEAST_PAST", PAST[0]),
        ("MOST_PAST", PAST[1]),
        ("FURTHER_ATTEMPTS", 8.0),
        ("PATIENCE", 8.0),
    ] {
        assert_eq!(of(name), Some(right), "{name}");
    }
    let names: std::collections::HashSet<&str> = constants.iter().map(|c| c.0).collect();
    assert_eq!(names.len(), constants.len(), "each has a name of its own");
}
