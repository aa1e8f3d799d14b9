//! Ink and paper in parts, each with values worked out by hand.

use super::*;

#[test]
fn sliding_extremes_are_those_of_each_window() {
    let line: Vec<f32> = (0..40u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as f32).collect();
    for length in [0, 1, 2, 7, 40] {
        for reach in [0, 1, 3, 6, 19, 50] {
            let line = &line[..length];
            let window = |at: usize| &line[at.saturating_sub(reach)..(at + reach + 1).min(length)];
            let least = |at: usize| window(at).iter().copied().fold(f32::MAX, f32::min);
            let wanted: Vec<f32> = (0..length).map(least).collect();
            assert_eq!(sliding(line, reach, f32::min), wanted, "{length} by {reach}");
        }
    }
}

/// Rounding of a few sums.
const TIGHT: f32 = 1e-4;

fn plane(width: usize, height: usize, value: impl Fn(usize, usize) -> f32) -> Plane {
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    Plane { width, height, values: places.map(|(x, y)| value(x, y)).collect() }
}

fn apart(a: &Plane, b: &Plane) -> f32 {
    assert_eq!((a.width, a.height), (b.width, b.height));
    a.values.iter().zip(&b.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Light that falls off to every side, in 40 by 30 pixels.
fn lamp(x: usize, y: usize) -> f32 {
    let [x, y] = [x, y].map(|place| place as f32 / 40.0);
    220.0 - 30.0 * x + 20.0 * y - 60.0 * x * x + 25.0 * x * y - 40.0 * y * y
}

#[test]
fn a_surface_goes_through_most_of_a_picture() {
    let lit = plane(40, 30, lamp);
    // A third is covered by something dark.
    let covered = plane(40, 30, |x, y| if x % 3 == 0 { 10.0 } else { lamp(x, y) });
    let found = Plane { values: light(&covered).over(&covered), ..covered };
    assert!(apart(&found, &lit) < 1.0, "{}", apart(&found, &lit));
    // The control: where most is covered, the surface is that of the cover.
    let hidden = plane(40, 30, |x, y| if x % 3 > 0 { 10.0 } else { lamp(x, y) });
    let found = Plane { values: light(&hidden).over(&hidden), ..hidden };
    assert!(apart(&found, &lit) > 100.0);
}

#[test]
fn a_rim_is_a_plane_unless_light_bends_it() {
    let noise = |x: usize, y: usize| ((7 * x + 13 * y) % 5) as f32 - 2.0;
    let table = |x: usize, y: usize| if x + y < 10 { 60.0 } else { 200.0 - x as f32 + noise(x, y) };
    let flat = light_of_rim(&plane(40, 40, table));
    assert_eq!(flat.terms, FLAT);
    assert!((flat.at(20, 20) - 180.0).abs() < 1.0, "{}", flat.at(20, 20));
    let curved = light_of_rim(&plane(40, 30, lamp));
    assert_eq!(curved.terms, TERMS);
    assert!((curved.at(20, 15) - f64::from(lamp(20, 15))).abs() < 0.5);
    let places = [(0, 0), (3, 0), (0, 5)];
    let off = curved.off(&plane(40, 30, |x, y| lamp(x, y) + (x + y) as f32), &places);
    assert!((off - 3.0).abs() < 0.5, "the median of 0, 3 and 5: {off}");
}

#[test]
fn equations_are_solved() {
    let mut system = [[0.0; TERMS]; TERMS];
    let right: [f64; TERMS] = std::array::from_fn(|at| at as f64 - 2.5);
    for (at, row) in system.iter_mut().enumerate() {
        row.fill(0.5);
        row[at] += 1.0 + at as f64;
    }
    let found = solved(system, right);
    for (row, wanted) in system.iter().zip(right) {
        let value: f64 = row.iter().zip(found).map(|(a, b)| a * b).sum();
        assert!((value - wanted).abs() < 1e-12, "{value} is not {wanted}");
    }
}

#[test]
fn ink_is_light_where_more_of_the_middle_is_lighter_than_its_rim() {
    let with = |paper: f32, ink: f32, wide: usize| {
        let inside =
            move |x: usize, y: usize| (20..20 + wide).contains(&x) && (10..30).contains(&y);
        plane(50, 40, move |x, y| if inside(x, y) { ink } else { paper })
    };
    assert!(is_light(&with(40.0, 220.0, 4)) && !is_light(&with(220.0, 40.0, 4)));
    // More of it counts for more, and what nobody sees for nothing.
    let both = |light: f32, dark: f32| {
        plane(50, 40, move |x, y| match (x, (10..30).contains(&y)) {
            (15..18, true) => 120.0 + light,
            (30..33, true) => 120.0 - dark,
            _ => 120.0,
        })
    };
    assert!(is_light(&both(60.0, 50.0)) && !is_light(&both(50.0, 60.0)));
    assert!(!is_light(&both(LEAST - 1.0, 20.0)) && is_light(&both(20.0, LEAST - 1.0)));
    assert!(!is_light(&plane(50, 40, |_, _| 130.0)));
    // A lighter rim of a tenth is a table.
    let tabled = |x: usize, y: usize| match (x, y) {
        (..4 | 46.., _) | (_, ..3 | 37..) => 250.0,
        (20..24, 10..30) => 60.0,
        _ => 200.0,
    };
    assert!(!is_light(&plane(50, 40, tabled)));
}

#[test]
fn a_threshold_parts_two_kinds_of_numbers() {
    let of = |low: f32, high: f32, share: usize| -> f32 {
        otsu(&(0..100).map(|i| if i < share { high } else { low }).collect::<Vec<f32>>())
    };
    // The lowest of equally good ones: just above the lower kind.
    assert_eq!((of(10.0, 200.0, 50), of(10.0, 200.0, 3), of(10.0, 200.0, 97)), (11.0, 11.0, 11.0));
    assert_eq!(of(7.0, 7.0, 50), 0.0, "one kind has none");
    // Three kinds: by hand, between 60 and 200 the variance between classes is larger.
    let three: Vec<f32> = [40.0, 60.0, 200.0].iter().flat_map(|v| [*v; 30]).collect();
    assert_eq!(otsu(&three), 61.0);
    assert_eq!(otsu(&[-20.0, -5.0, 300.0]), 1.0, "what is beyond counts as its end");
}

#[test]
fn medians_and_deviations_are_those_of_most() {
    assert_eq!(ranked(vec![5.0, 1.0, 3.0], 0.5), Some(3.0));
    assert_eq!((ranked(vec![5.0, 1.0], 0.0), ranked(vec![5.0, 1.0], 1.0)), (Some(1.0), None));
    assert_eq!(ranked(Vec::new(), 0.5), None);
    let (middle, noise) = spread(&[10.0, 12.0, 8.0, 11.0, 250.0]);
    assert!(middle == 11.0 && (noise - 1.4826).abs() < TIGHT, "{middle} and {noise}");
    assert_eq!(spread(&[]), (0.0, 0.0));
}

#[test]
fn pictures_become_smaller_by_means_and_larger_by_lines() {
    let large = plane(5, 3, |x, y| (10 * y + x) as f32);
    let small = reduced(&large, 3);
    assert_eq!((small.width, small.height), (3, 2));
    assert_eq!(small.values, [5.5, 7.5, 9.0, 20.5, 22.5, 24.0]);
    assert_eq!(reduced(&large, 5).values, large.values);
    let wide = enlarged(&Plane { width: 2, height: 1, values: vec![0.0, 8.0] }, 4, 2);
    assert_eq!(wide.values, [0.0, 2.0, 6.0, 8.0, 0.0, 2.0, 6.0, 8.0]);
    let tall = enlarged(&Plane { width: 1, height: 2, values: vec![0.0, 8.0] }, 2, 4);
    assert_eq!(tall.values, [0.0, 0.0, 2.0, 2.0, 6.0, 6.0, 8.0, 8.0]);
}

#[test]
fn what_is_narrow_and_dark_is_filled_in() {
    // A stroke of three pixels, a table of ten, and a light one of two.
    let row = |x: usize| match x {
        10..13 => 20.0,
        25..35 => 50.0,
        40..42 => 250.0,
        _ => 200.0,
    };
    let found = closed(&plane(48, 4, |x, _| row(x)), 7.0 / 48.0);
    let wanted = plane(48, 4, |x, _| if x < 13 { 200.0 } else { row(x) });
    assert_eq!(found.values, wanted.values);
    let thin = closed(&plane(48, 4, |x, _| row(x)), 1.0 / 48.0);
    assert_eq!(thin.values, plane(48, 4, |x, _| row(x)).values, "no square, nothing to fill");
    // Light that falls off towards the rim is no paper above the picture there.
    let sloped = plane(48, 48, |x, y| 200.0 - 2.0 * x as f32 - y as f32);
    assert!(apart(&filled_in(&sloped, 0.25), &sloped) < 0.5);
    assert!(apart(&closed(&sloped, 0.25), &sloped) > 10.0, "the control: a plain closing is");
}

#[test]
fn pixels_are_smoothed_where_a_picture_is_large() {
    let dot = |size: usize| plane(size, size, |x, y| if (x, y) == (50, 60) { 16.0 } else { 0.0 });
    let smooth = smoothed(&dot(100));
    let near = |x: i32, y: i32| smooth.at((50 + x) as usize, (60 + y) as usize);
    assert_eq!(
        [near(0, 0), near(1, 0), near(0, -1), near(-1, 1), near(2, 0)],
        [4.0, 2.0, 2.0, 1.0, 0.0]
    );
    let corner = smoothed(&plane(100, 100, |x, y| if (x, y) == (0, 99) { 16.0 } else { 0.0 }));
    assert_eq!([corner.at(0, 99), corner.at(1, 99), corner.at(0, 98)], [9.0, 3.0, 3.0]);
    assert_eq!(smoothed(&dot(99)).values, dot(99).values);
}

#[test]
fn ink_in_a_shadow_counts_as_outside_of_it() {
    // Half of the paper has 0.6 of the light; every fifth column is ink that leaves a quarter.
    let light = |x: usize| if x < 60 { 240.0 } else { 144.0 };
    let ink = |x: usize| x % 20 == 10;
    let seen = plane(120, 90, |x, _| if ink(x) { 0.25 * light(x) } else { light(x) });
    let paper = plane(120, 90, |x, _| light(x));
    let all = Paper { plane: seen, paper };
    let lit = all.ink(true).expect("there is ink");
    assert!(
        (lit.depth.at(10, 5) - 180.0).abs() < TIGHT && (lit.depth.at(70, 5) - 180.0).abs() < 0.1
    );
    assert_eq!(lit.depth.at(11, 5), 0.0);
    assert!(lit.mask[10] && lit.mask[70] && !lit.mask[12] && !lit.mask[75]);
    // Without light, what is seen is what counts; a shadow has a third of the light at least.
    let plain = all.ink(false).expect("there is ink");
    assert!((plain.depth.at(70, 5) - 108.0).abs() < TIGHT);
    let light = |x: usize| if x < 60 { 240.0 } else { 40.0 };
    let seen = plane(120, 90, |x, _| if ink(x) { 0.25 * light(x) } else { light(x) });
    let dark = Paper { plane: seen, paper: plane(120, 90, |x, _| light(x)) };
    let dark = dark.ink(true).expect("there is ink");
    assert!((dark.depth.at(70, 5) - 30.0 / SHADOW).abs() < 0.1, "{}", dark.depth.at(70, 5));
}

#[test]
fn paper_without_ink_and_a_chessboard_are_told_apart() {
    let on = |value: &dyn Fn(usize, usize) -> f32| {
        Paper { plane: plane(120, 90, value), paper: plane(120, 90, |_, _| 250.0) }.ink(false)
    };
    assert!(matches!(on(&|_, _| 200.0), Err(Doubt::Nothing)));
    assert!(matches!(on(&|_, y| if y < 45 { 250.0 } else { 0.0 }), Err(Doubt::Busy)));
    // A level is the third quarter of what is above the threshold, its edge at half of it.
    let shades = |x: usize, _: usize| match x {
        40..50 => 150.0,
        50..54 => 50.0,
        _ => 250.0,
    };
    let ink = on(&shades).expect("there is ink");
    assert!((ink.level - 150.0).abs() < 60.0 && ink.floor == 0.0, "{}", ink.level);
    assert!(ink.mask[52] && !ink.mask[20]);
}
