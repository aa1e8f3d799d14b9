//! The plane through a digit and its adversarial example: its geometry, and
//! that what is read there is what the network reads in the very images.

use blindspots::attack::{Method, Observer, Progress, Unobserved};
use blindspots::digit::{CLASSES, PIXELS};
use blindspots::exec::loss::predicted;
use blindspots::model::OutputKind;
use blindspots::study::slice::{Readings, Slice, SliceError};

use crate::support::attacks::{as_dense, cpu, inside, solve};
use crate::testing::{bundled, gallery};

/// Rounding of sums over 784 pixels in f32, relative to their length.
const SAME: f64 = 1e-5;

/// A batch of another size sums in another order: absolute, of a probability.
const PROBABILITY: f32 = 1e-5;

/// Logarithms of probabilities that are affine in exact arithmetic, relative to their size.
const AFFINE: f32 = 1e-3;

/// A digit, its adversarial example, and the network that it fools.
struct Fooled {
    executor: blindspots::exec::Executor,
    image: Vec<f32>,
    example: Vec<f32>,
    label: usize,
}

fn fooled(model: &str) -> Fooled {
    let network = if model.starts_with("fc10-") { as_dense(model) } else { bundled(model) };
    let problem = gallery().problem(42);
    let report = solve(&network, std::slice::from_ref(&problem), Method::NearestBoundary).remove(0);
    let example = report.image.expect("it can be fooled");
    Fooled { executor: cpu(&network), image: problem.image, example, label: problem.label }
}

fn read(fooled: &mut Fooled, slice: &Slice, at: &[[f32; 2]]) -> Readings {
    pollster::block_on(slice.read(&mut fooled.executor, at, &mut Unobserved)).expect("it is read")
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!((a.len(), b.len()), (PIXELS, PIXELS));
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

#[test]
fn the_random_direction_is_orthogonal_and_as_long() {
    let Fooled { image, example, .. } = fooled("fc100-100-10");
    let slice = Slice::new(&image, &example, 1).expect("two images");
    let (r, d) = (slice.along(), slice.aside());
    let squares = dot(r, r);
    assert!((dot(d, d) / squares - 1.0).abs() < SAME, "{} and {squares}", dot(d, d));
    assert!(dot(r, d).abs() < SAME * squares, "{}", dot(r, d));
    // Another direction of that length would not pass for orthogonal.
    assert!(dot(r, &vec![0.01; PIXELS]).abs() > SAME * squares);

    assert_eq!(slice, Slice::new(&image, &example, 1).expect("two images"));
    let other = Slice::new(&image, &example, 2).expect("two images");
    assert!(dot(d, other.aside()).abs() < 0.8 * squares, "another seed, another direction");
}

#[test]
fn its_corners_are_the_two_images_and_all_of_it_is_in_the_box() {
    let Fooled { image, example, .. } = fooled("fc100-100-10");
    let slice = Slice::new(&image, &example, 1).expect("two images");
    assert_eq!(slice.image([0.0, 0.0]), image);
    let off =
        slice.image([1.0, 0.0]).iter().zip(&example).fold(0f32, |m, (a, b)| m.max((a - b).abs()));
    assert!(off <= f32::EPSILON, "{off}");
    for at in [[-1.0, 0.0], [3.0, 0.0], [3.0, 2.0], [-1.0, -2.0], [0.0, 1.0]] {
        assert!(inside(&slice.image(at)), "{at:?}");
    }
}

#[test]
fn what_is_read_is_what_the_network_reads_in_the_images() {
    let mut fooled = fooled("fc100-100-10");
    let slice = Slice::new(&fooled.image, &fooled.example, 1).expect("two images");
    // More points than a piece, and no multiple of it.
    let at: Vec<[f32; 2]> =
        (0..700).map(|i| [-1.0 + 4.0 * i as f32 / 699.0, (i % 7) as f32 - 3.0]).collect();
    let readings = read(&mut fooled, &slice, &at);
    assert_eq!(readings.probabilities.len(), at.len() * CLASSES);
    let mut labels = [false; CLASSES];
    let agrees = |found: &[f32], image: &[f32], executor: &mut blindspots::exec::Executor| {
        let logits = pollster::block_on(executor.logits(image)).expect("it runs");
        let wanted = OutputKind::Logits.probabilities(&logits);
        found.iter().zip(&wanted).all(|(f, w)| (f - w).abs() <= PROBABILITY)
    };
    for (index, point) in at.iter().enumerate().step_by(23) {
        let found = &readings.probabilities[index * CLASSES..][..CLASSES];
        assert!(agrees(found, &slice.image(*point), &mut fooled.executor), "{point:?}");
        labels[predicted(found).expect("numbers")] = true;
    }
    assert!(labels.iter().filter(|seen| **seen).count() > 1, "the slice crosses a boundary");
    let example = &read(&mut fooled, &slice, &[[2.0, 0.0]]).probabilities;
    assert_ne!(predicted(example), Some(fooled.label));
    // Another point's image is not taken for it.
    let wrong = slice.image([0.0, 0.0]);
    assert!(!agrees(example, &wrong, &mut fooled.executor));
}

#[test]
fn clipping_is_measured() {
    let mut fooled = fooled("fc100-100-10");
    let slice = Slice::new(&fooled.image, &fooled.example, 1).expect("two images");
    let at = [[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [2.0, -1.5]];
    let readings = read(&mut fooled, &slice, &at);
    let length = dot(slice.along(), slice.along()).sqrt();
    for ([a, b], found) in at.iter().zip(&readings.clipped) {
        let straight: Vec<f64> = (0..PIXELS)
            .map(|i| {
                let (x, r, d) = (fooled.image[i], slice.along()[i], slice.aside()[i]);
                f64::from(x) + f64::from(*a) * f64::from(r) + f64::from(*b) * f64::from(d)
            })
            .collect();
        let moved: f64 = straight.iter().map(|v| (v - v.clamp(0.0, 1.0)).powi(2)).sum();
        let wanted = moved.sqrt() / length;
        assert!((f64::from(*found) - wanted).abs() < SAME, "{found} instead of {wanted}");
    }
    // The attack stays in the box; its mirror image would leave the paper.
    assert!(readings.clipped[1] < 1e-6 && readings.clipped[2] > 0.1, "{:?}", readings.clipped);
}

/// How far the first class's log-odds in the middle are from the mean of those at the ends.
fn bend(model: &str) -> f32 {
    let mut fooled = fooled(model);
    let slice = Slice::new(&fooled.image, &fooled.example, 1).expect("two images");
    let readings = read(&mut fooled, &slice, &[[0.0, 0.0], [0.5, 0.0], [1.0, 0.0]]);
    let [start, middle, end] = [0, 1, 2].map(|i| {
        let p = &readings.probabilities[i * CLASSES..][..CLASSES];
        (p[fooled.label] / p[(fooled.label + 1) % CLASSES]).ln()
    });
    (middle - 0.5 * (start + end)).abs() / start.abs().max(end.abs())
}

#[test]
fn a_linear_network_changes_evenly_along_the_line() {
    let linear = bend("fc10-1e-4");
    assert!(linear < AFFINE, "{linear}");
    let sigmoid = bend("fc100-100-10");
    assert!(sigmoid > 3.0 * AFFINE, "a net with hidden layers does not: {sigmoid}");
}

/// Cancels at its first pause, and remembers how far the work came.
#[derive(Default)]
struct Impatient {
    fractions: Vec<f32>,
}

impl Observer for Impatient {
    fn progress(&mut self, progress: Progress<'_>) {
        self.fractions.push(progress.fraction);
    }

    async fn pause(&mut self) -> bool {
        true
    }
}

#[test]
fn it_can_be_cancelled_between_pieces() {
    let mut fooled = fooled("fc100-100-10");
    let slice = Slice::new(&fooled.image, &fooled.example, 1).expect("two images");
    let mut page = Impatient::default();
    let at = vec![[0.5, 0.5]; 1000];
    let result = pollster::block_on(slice.read(&mut fooled.executor, &at, &mut page));
    assert!(matches!(result, Err(SliceError::Cancelled)));
    assert!(page.fractions.len() == 1 && page.fractions[0] < 0.5, "{:?}", page.fractions);
}

#[test]
fn what_cannot_be_sliced_is_refused_by_name() {
    let mut fooled = fooled("fc100-100-10");
    let (image, example) = (&fooled.image, &fooled.example);
    let code = |result: Result<Slice, SliceError>| result.expect_err("it is refused").code();
    assert_eq!(code(Slice::new(image, image, 0)), "no-direction");
    assert_eq!(code(Slice::new(&image[1..], example, 0)), "wrong-length");
    assert_eq!(code(Slice::new(image, &vec![2.0; PIXELS], 0)), "out-of-box");
    let slice = Slice::new(image, example, 0).expect("two images");
    for at in [vec![], vec![[0.0, f32::NAN]], vec![[f32::INFINITY, 0.0]]] {
        let result = pollster::block_on(slice.read(&mut fooled.executor, &at, &mut Unobserved));
        assert_eq!(result.expect_err("it is refused").code(), "bad-option", "{at:?}");
    }
}
