//! Permutation tests, confidence intervals, portraits.

use blindspots::attack::Unobserved;
use blindspots::study::units::statistics::{Proportion, permutation_test};
use blindspots::study::units::{Activations, portraits, random_directions, unit_directions};
use rand_pcg::Pcg32;

use super::{isotropic, labels, normal};
use crate::support::compare::{Tolerance, assert_close, wide};

#[test]
fn a_permutation_test_agrees_with_all_permutations() {
    // Of the 20 ways to choose 3 of 1…6, sums 6, 7, 14 and 15 differ from 10.5 by 3.5 or more.
    let (one, other) = ([1.0, 2.0, 4.0], [3.0, 5.0, 6.0]);
    let mut generator = Pcg32::new(5, 0);
    let p = permutation_test(&one, &other, 20_000, &mut generator);
    // Five standard errors of a share of 0.2 in 20,000 trials.
    assert!((p - 0.2).abs() < 0.015, "{p}");
    // Parted as far as they can be, two of the 20 ways are as far apart.
    let parted = permutation_test(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0], 20_000, &mut generator);
    assert!((parted - 0.1).abs() < 0.011, "{parted}");
    let alike = permutation_test(&[1.0; 4], &[1.0; 9], 100, &mut generator);
    assert_eq!(alike, 1.0, "equal numbers never differ");
}

#[test]
fn p_values_are_uniform_where_nothing_differs_and_small_where_something_does() {
    const TESTS: usize = 400;
    let mut generator = Pcg32::new(11, 0);
    let mut draw = |shift: f64| -> f64 {
        let sample = |count, shift: f64, generator: &mut Pcg32| -> Vec<f64> {
            normal(count, generator).iter().map(|v| f64::from(*v) + shift).collect()
        };
        let (one, other) = (sample(12, shift, &mut generator), sample(40, 0.0, &mut generator));
        permutation_test(&one, &other, 199, &mut generator)
    };
    let farthest = |mut p: Vec<f64>| {
        p.sort_by(f64::total_cmp);
        let steps = p.iter().enumerate();
        steps.map(|(i, p)| (p - (i + 1) as f64 / TESTS as f64).abs()).fold(0.0, f64::max)
    };
    // Kolmogorov and Smirnov at the level 0.1 %.
    let critical = 1.95 / (TESTS as f64).sqrt();
    let null: Vec<f64> = (0..TESTS).map(|_| draw(0.0)).collect();
    let shifted: Vec<f64> = (0..TESTS).map(|_| draw(1.0)).collect();
    assert!(farthest(null) < critical);
    assert!(farthest(shifted) > critical, "control: a difference goes unnoticed");
}

#[test]
fn wilson_s_interval_solves_its_equation() {
    for (hits, trials) in [(0, 1), (1, 1), (3, 10), (50, 100), (999, 1000)] {
        let interval = Proportion::new(hits, trials);
        let share = hits as f64 / trials as f64;
        for end in [interval.low, interval.high] {
            let distance = (share - end).abs();
            let error = 1.959_963_984_540_054 * (end * (1.0 - end) / trials as f64).sqrt();
            assert!((distance - error).abs() < 1e-9, "{hits} of {trials}: {end}");
        }
    }
    // Newcombe (1998), Table I: 81 of 263.
    let known = Proportion::new(81, 263);
    assert!((known.low - 0.2553).abs() < 5e-5 && (known.high - 0.3662).abs() < 5e-5, "{known:?}");
    assert_eq!((Proportion::new(0, 0).low, Proportion::new(0, 0).high), (0.0, 1.0));
}

#[test]
fn portraits_are_those_of_a_plain_computation() {
    // More images and directions than go through a product together.
    let (images, units, top) = (1100, 33, 7);
    let (answers, labels) = (isotropic(images, units, 3), labels(images));
    let directions = random_directions(units, 70, &mut Pcg32::new(1, 1));
    let found = pollster::block_on(portraits(&answers, &labels, &directions, top, &mut Unobserved))
        .expect("it runs");
    assert_eq!(found.len(), 70);
    for (portrait, direction) in found.iter().zip(directions.chunks_exact(units)) {
        let length: f64 = wide(direction).iter().map(|v| v * v).sum();
        assert!((length - 1.0).abs() < 1e-6);
        let dot = |row: &[f32]| -> f64 {
            wide(row).iter().zip(wide(direction)).map(|(a, b)| a * b).sum()
        };
        let all: Vec<f64> = answers.values().chunks_exact(units).map(dot).collect();
        let mut order: Vec<usize> = (0..images).collect();
        order.sort_by(|a, b| all[*b].total_cmp(&all[*a]));
        let chosen: Vec<usize> = portrait.top.iter().map(|ranked| ranked.image).collect();
        assert_eq!(chosen, order[..top]);
        let values: Vec<f64> = portrait.top.iter().map(|r| f64::from(r.value)).collect();
        let right: Vec<f64> = order[..top].iter().map(|image| all[*image]).collect();
        assert_close("values", &values, &right, Tolerance::CLOSE);
        let votes = |class| order[..top].iter().filter(|i| labels[**i] == class).count();
        let most = (0..10).map(votes).max().expect("ten classes");
        assert_eq!(portrait.purity, most as f64 / top as f64);
        let mean = |class: usize| {
            let of: Vec<f64> = (class..images).step_by(10).map(|i| all[i]).collect();
            of.iter().sum::<f64>() / of.len() as f64
        };
        let means: Vec<f64> = portrait.class_means.iter().map(|m| m.expect("present")).collect();
        let right: Vec<f64> = (0..10).map(mean).collect();
        assert_close("class means", &means, &right, Tolerance::CLOSE);
    }
}

#[test]
fn selectivity_is_known_for_planted_units() {
    // Unit 0 answers to class 3 alone; unit 1 to all alike; unit 2 answers 1 to class 0 and
    // ⅓ to the others, all less 5; unit 3 is silent.
    let labels = labels(200);
    let row = |label: &u8| {
        let is = |class| f32::from(*label == class);
        [is(3), 0.5 + 1e-3 * f32::from(*label % 2), if *label == 0 { -4.0 } else { -4.75 }, 2.0]
    };
    let values: Vec<f32> = labels.iter().flat_map(row).collect();
    let answers = Activations::new(4, values).expect("finite");
    let found =
        pollster::block_on(portraits(&answers, &labels, &unit_directions(4), 5, &mut Unobserved))
            .expect("it runs");
    // Shifted, the smallest answer is 0: (1 − 0)/(1 + 0).
    assert_eq!(found[0].selectivity(), 1.0);
    assert_eq!((found[0].purity, found[0].top[0].image), (1.0, 3));
    // Odd classes answer 0.001, even ones 0: (1 − 4/9)/(1 + 4/9).
    assert!((found[1].selectivity() - 5.0 / 13.0).abs() < 1e-6);
    assert_eq!(found[2].selectivity(), 1.0);
    assert!(found[3].is_silent() && found[3].selectivity() == 0.0);
    assert!(!found[2].is_silent(), "control");
}
