//! Whole comparisons: layers without a difference, and layers with a planted one.

use blindspots::attack::{Observer, Progress, Unobserved};
use blindspots::digit::PIXELS;
use blindspots::study::units::statistics::Proportion;
use blindspots::study::units::{
    Activations, Comparison, ComparisonSettings, UnitsError, check_labels, compare,
};
use rand_pcg::Pcg32;

use super::{isotropic, labels, normal};

const IMAGES: usize = 600;

fn settings(seed: u64) -> ComparisonSettings {
    let (directions, permutations, points) = (200, 199, 5);
    ComparisonSettings { directions, permutations, points, seed, ..ComparisonSettings::default() }
}

/// A pattern for every class, with noise.
fn pictures(labels: &[u8]) -> Vec<f32> {
    let mut generator = Pcg32::new(99, 0);
    let patterns = normal(10 * PIXELS, &mut generator);
    let picture = |label: &u8| {
        let noise = normal(PIXELS, &mut generator);
        let pattern = patterns[usize::from(*label) * PIXELS..].iter();
        pattern
            .zip(noise)
            .map(|(p, n)| (0.5 + 0.2 * p + 0.1 * n).clamp(0.0, 1.0))
            .collect::<Vec<_>>()
    };
    labels.iter().flat_map(picture).collect()
}

fn run(answers: &Activations, settings: &ComparisonSettings) -> Comparison {
    let labels = labels(IMAGES);
    pollster::block_on(compare(answers, &pictures(&labels), &labels, settings, &mut Unobserved))
        .expect("it runs")
}

/// Four units for each class that answer 1 to it, and `noise` to all.
fn of_classes(noise: f32, seed: u64) -> Activations {
    const UNITS: usize = 40;
    let mut values = normal(IMAGES * UNITS, &mut Pcg32::new(seed, 8));
    for (index, v) in values.iter_mut().enumerate() {
        let (image, unit) = (index / UNITS, index % UNITS);
        *v = noise * *v + f32::from(unit / 4 == image % 10);
    }
    Activations::new(UNITS, values).expect("finite")
}

#[test]
fn answers_alike_from_every_side_show_no_difference() {
    const LAYERS: u64 = 20;
    let (mut small, mut hits, mut trials) = (0, 0, 0);
    for seed in 0..LAYERS {
        let found = run(&isotropic(IMAGES, 30, seed), &settings(seed));
        small += usize::from(found.purity.p < 0.05) + usize::from(found.selectivity.p < 0.05);
        hits += found.forced_choice.hits;
        trials += found.forced_choice.trials;
        let (first, last) = (found.curve[0], found.curve[4]);
        assert!((first.purity - last.purity).abs() < 0.1, "{found:?}");
    }
    // Two of 40 are expected below 0.05; more than eight in one of 4,000 cases.
    assert!(small <= 8, "{small} of 40 tests find a difference");
    let share = Proportion::new(hits, trials);
    assert!(share.low < 0.5 && share.high > 0.5, "{share:?}");
}

#[test]
fn units_of_classes_differ_as_far_as_anything_can() {
    let found = run(&of_classes(0.3, 1), &settings(1));
    assert_eq!((found.units, found.silent, found.images), (40, 0, IMAGES));
    assert_eq!(found.purity.units, 1.0);
    assert!(found.purity.directions < 0.7, "{:?}", found.purity);
    // The smallest p-value that 199 permutations can give.
    assert_eq!((found.purity.p, found.selectivity.p), (0.005, 0.005));
    assert!(found.forced_choice.low > 0.8, "{:?}", found.forced_choice);
    // Along the rotation the advantage goes, all of it.
    let purity: Vec<f64> = found.curve.iter().map(|point| point.purity).collect();
    assert_eq!(purity[0], 1.0);
    assert!(purity[1..].iter().all(|p| *p < 1.0), "{purity:?}");
    assert!((purity[4] - found.purity.directions).abs() < 0.05, "{purity:?}");
    let last = found.curve[4].selectivity;
    assert!((last - found.selectivity.directions).abs() < 0.05, "{found:?}");
    // Control: drowned in noise, the same units are no better than directions.
    let drowned = run(&of_classes(30.0, 1), &settings(1));
    assert!(drowned.purity.p > 0.05 && drowned.forced_choice.low < 0.5, "{drowned:?}");
}

#[test]
fn selectivity_of_one_hot_units_is_one() {
    let found = run(&of_classes(0.0, 1), &settings(1));
    assert_eq!(found.selectivity.units, 1.0);
    assert!(found.selectivity.directions < 0.9 && found.selectivity.p == 0.005);
}

#[test]
fn silent_units_are_left_out_and_silent_layers_refused() {
    let mut values = isotropic(IMAGES, 5, 1).values().to_vec();
    values.iter_mut().skip(2).step_by(5).for_each(|v| *v = 0.25);
    let found = run(&Activations::new(5, values).expect("finite"), &settings(1));
    assert_eq!((found.units, found.silent), (4, 1));
    let silent = Activations::new(3, vec![1.0; 3 * IMAGES]).expect("finite");
    let labels = labels(IMAGES);
    let images = pictures(&labels);
    let error =
        pollster::block_on(compare(&silent, &images, &labels, &settings(1), &mut Unobserved))
            .expect_err("nothing answers");
    assert!(matches!(error, UnitsError::Silent { images: IMAGES }), "{error}");
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let answers = isotropic(IMAGES, 12, 4);
    assert_eq!(run(&answers, &settings(6)), run(&answers, &settings(6)));
    assert_ne!(run(&answers, &settings(6)), run(&answers, &settings(7)));
}

/// Cancels after a number of pauses.
struct Impatient(usize);

impl Observer for Impatient {
    fn progress(&mut self, progress: Progress<'_>) {
        assert!((0.0..=1.001).contains(&progress.fraction), "{}", progress.fraction);
    }

    async fn pause(&mut self) -> bool {
        self.0 = self.0.saturating_sub(1);
        self.0 == 0
    }
}

#[test]
fn a_comparison_can_be_cancelled_wherever_it_is() {
    let (answers, labels) = (isotropic(IMAGES, 30, 1), labels(IMAGES));
    let images = pictures(&labels);
    let run = |pauses| {
        let mut observer = Impatient(pauses);
        pollster::block_on(compare(&answers, &images, &labels, &settings(1), &mut observer))
    };
    let ended = (1..200).take_while(|pauses| matches!(run(*pauses), Err(UnitsError::Cancelled)));
    assert!(ended.count() > 30, "there is a pause in every part");
    assert!(run(100_000).is_ok(), "control: patience is rewarded");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let (answers, labels) = (isotropic(IMAGES, 4, 1), labels(IMAGES));
    let images = pictures(&labels);
    let run = |images: &[f32], labels: &[u8], settings: ComparisonSettings| {
        pollster::block_on(compare(&answers, images, labels, &settings, &mut Unobserved))
            .expect_err("it is refused")
            .code()
    };
    let usual = settings(0);
    assert_eq!(run(&images[1..], &labels, usual), "wrong-size");
    assert_eq!(run(&images, &labels[1..], usual), "labels-differ");
    let eleventh = check_labels(&[3, 10], 10).expect_err("there are ten classes");
    assert_eq!(eleventh.code(), "no-such-class");
    assert!(check_labels(&[3, 10], 11).is_ok());
    assert_eq!(run(&images, &labels, ComparisonSettings { top: 0, ..usual }), "bad-option");
    assert_eq!(run(&images, &labels, ComparisonSettings { points: 1, ..usual }), "bad-option");
    assert_eq!(run(&images, &labels, ComparisonSettings { directions: 1, ..usual }), "bad-option");
    assert_eq!(
        run(&images, &labels, ComparisonSettings { top: IMAGES, ..usual }),
        "too-few-images"
    );
}
