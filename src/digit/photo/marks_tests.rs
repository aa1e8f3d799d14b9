//! Marks on small pictures that are drawn here as text.

use super::*;
use crate::digit::photo::Plane;

/// `#` is ink.
fn drawn(rows: &[&str]) -> (Vec<bool>, usize) {
    let width = rows[0].len();
    assert!(rows.iter().all(|row| row.len() == width));
    (rows.iter().flat_map(|row| row.bytes().map(|byte| byte == b'#')).collect(), width)
}

fn area(left: usize, top: usize, right: usize, bottom: usize) -> Area {
    Area { left, top, right, bottom }
}

#[test]
fn marks_are_connected_over_corners() {
    let (mask, width) = drawn(&[
        ".......", //
        ".#..##.", "..#..#.", ".#.....", "......#",
    ]);
    let (labels, marks) = connected(&mask, width, 5);
    let found: Vec<(Area, usize, bool)> = marks.iter().map(|m| (m.area, m.pixels, m.rim)).collect();
    let wanted =
        [(area(1, 1, 3, 4), 3, false), (area(4, 1, 6, 3), 3, false), (area(6, 4, 7, 5), 1, true)];
    assert_eq!(found, wanted);
    let at = |x: usize, y: usize| labels[y * width + x];
    assert_eq!(
        [at(1, 1), at(2, 2), at(1, 3), at(4, 1), at(5, 2), at(6, 4), at(0, 0)],
        [1, 1, 1, 2, 2, 3, 0]
    );
    // Each side of the picture is its rim.
    for (x, y) in [(3, 0), (0, 3), (6, 3), (3, 4)] {
        let mut mask = vec![false; 35];
        mask[y * 7 + x] = true;
        assert!(connected(&mask, 7, 5).1[0].rim, "{x}, {y}");
    }
}

#[test]
fn strokes_join_that_are_near_one_after_another() {
    let mark = |area: Area, pixels: usize| Mark { area, pixels, rim: false };
    let marks = [
        mark(area(0, 0, 50, 100), 1000),
        mark(area(74, 0, 80, 100), 400),
        // Near the second only, and too far even then.
        mark(area(62, 0, 66, 100), 400),
        mark(area(95, 0, 99, 100), 400),
        // A speck beside the main mark.
        mark(area(52, 0, 54, 2), 9),
    ];
    let all = [4, 1, 0, 3, 2];
    let (chosen, found) = near(0, &all, &marks);
    assert_eq!((chosen, found), (vec![true, true, true, false, false], area(0, 0, 80, 100)));
    let without: Vec<usize> = all.into_iter().filter(|at| *at != 2).collect();
    assert_eq!(
        near(0, &without, &marks),
        (vec![true, false, false, false, false], area(0, 0, 50, 100))
    );
    let worth = [mark(area(0, 0, 50, 100), 1000), mark(area(62, 0, 66, 10), 10)];
    assert_eq!(near(0, &[0, 1], &worth).1, area(0, 0, 66, 100), "just near and just large enough");
}

/// Which marks are left of a frame of so many pixels a side, a pixel thick, with a bar of such a height inside
/// and something beside it.
fn unframed(side: usize, bar: usize, from: usize) -> Vec<Area> {
    let (width, height) = (side + 10, side + 4);
    let mut mask = vec![false; width * height];
    for at in 2..2 + side {
        for (x, y) in [(at, 2), (at, 1 + side), (2, at), (1 + side, at)] {
            mask[y * width + x] = true;
        }
    }
    for y in from..from + bar {
        mask[y * width + side / 2] = true;
    }
    for y in 4..side {
        mask[y * width + side + 6] = true;
    }
    let (labels, marks) = connected(&mask, width, height);
    let kept = without_frames((0..marks.len()).collect(), &labels, &marks, width);
    kept.into_iter().map(|at| marks[at].area).collect()
}

#[test]
fn a_frame_is_what_stands_around_and_clear_of_what_is_large() {
    // Of 100 pixels a mark inside is 15 tall at least and 3 from the frame.
    assert_eq!(unframed(100, 40, 20), [area(50, 20, 51, 60)], "what is beside goes with the frame");
    assert_eq!(unframed(100, 16, 20), [area(50, 20, 51, 36)]);
    assert_eq!(unframed(100, 14, 20).len(), 3);
    assert_eq!(unframed(100, 40, 6), [area(50, 6, 51, 46)]);
    assert_eq!(unframed(100, 40, 5).len(), 3, "two pixels lie between");
    assert_eq!(unframed(100, 40, 58), [area(50, 58, 51, 98)]);
    assert_eq!(unframed(100, 40, 59).len(), 3);
}

fn ink(rows: &[&str]) -> Ink {
    let (mask, width) = drawn(rows);
    let values = mask.iter().map(|on| if *on { 200.0 } else { 0.0 }).collect();
    let depth = Plane { width, height: rows.len(), values };
    Ink { depth, mask, level: 200.0, floor: 0.0 }
}

/// A picture of 40 × 40 pixels with these areas of ink.
fn pictured(areas: &[Area]) -> Ink {
    let on = |at: usize| {
        areas.iter().any(|a| a.contains(&area(at % 40, at / 40, at % 40 + 1, at / 40 + 1)))
    };
    let rows: Vec<String> = (0..40)
        .map(|y| (0..40).map(|x| if on(y * 40 + x) { '#' } else { '.' }).collect())
        .collect();
    ink(&rows.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn the_digit_is_the_largest_mark_inside_with_those_near_it() {
    let found = |areas: &[Area]| digit(&pictured(areas)).map(|digit| (digit.area, digit.busy));
    let stroke = area(18, 8, 21, 32);
    assert_eq!(found(&[stroke]), Some((stroke, false)));
    let digit = digit(&pictured(&[stroke])).expect("a stroke");
    assert!((digit.thickness - 3.0 / 24.0).abs() < 0.05 && digit.fill() == 1.0);
    assert_eq!(digit.mask.iter().filter(|on| **on).count(), 3 * 24);
    // What touches the rim is a table, unless nothing else of some height is there.
    let table = area(0, 0, 40, 3);
    assert_eq!(found(&[stroke, table]), Some((stroke, false)));
    assert_eq!(found(&[area(18, 10, 21, 14), table]), Some((table, true)));
    // A stroke near it is its own, a mark that is not is another, a dot is nothing.
    let near = area(23, 8, 26, 32);
    assert_eq!(found(&[stroke, near]), Some((area(18, 8, 26, 32), false)));
    let other = area(30, 8, 33, 32);
    assert_eq!(found(&[stroke, other]).map(|found| found.1), Some(true));
    assert_eq!(found(&[stroke, area(30, 8, 32, 10)]).map(|found| found.1), Some(false));
    assert_eq!(found(&[area(18, 8, 19, 9)]), None, "a speck");
    // A full square, what is wider than any digit, and a blot at the end of a line are none.
    assert_eq!(found(&[area(10, 10, 30, 30)]).map(|found| found.1), Some(true));
    assert_eq!(found(&[area(5, 18, 35, 21)]).map(|found| found.1), Some(true));
    assert_eq!(
        found(&[area(19, 5, 20, 35), area(13, 22, 26, 35)]).map(|found| found.1),
        Some(true)
    );
}
