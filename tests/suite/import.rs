//! ONNX files from many exporters and by hand: what loads must agree with the
//! reference in `tests/fixtures/onnx/reference.json` (PyTorch in f64, or
//! onnxruntime), logits and input gradients; what cannot be used must be
//! refused with the right code.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use blindspots::digit::{self, CLASSES, PIXELS};
use blindspots::exec::{CpuExecutor, Evaluation, Goal};
use blindspots::import::{self, ImportError, LoadOptions};
use blindspots::model::{ImageShape, Network, OutputKind};
use serde::Deserialize;

/// f32 against f64 through a few small layers, relative to the largest number.
const ANSWERS: f64 = 1e-4;
/// The same for gradients, relative to the norm.
const GRADIENTS: f64 = 1e-3;

#[derive(Deserialize)]
struct Reference {
    labels: Vec<usize>,
    images: String,
    files: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    file: String,
    what: String,
    expect: String,
    output: Option<String>,
    answer: Option<String>,
    image: Option<[usize; 3]>,
    gradient: Option<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/onnx")
}

fn reference() -> Reference {
    let text = std::fs::read_to_string(folder().join("reference.json")).expect("the fixtures");
    serde_json::from_str(&text).expect("the reference is valid")
}

fn floats(text: &str) -> Vec<f32> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).expect("base64");
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

/// Largest difference of an answer, relative to the largest number of its image.
fn answer_error(ours: &[f32], theirs: &[f32], classes: usize) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    let mut worst = 0.0f64;
    for (a, b) in ours.chunks_exact(classes).zip(theirs.chunks_exact(classes)) {
        let scale = b.iter().fold(1.0f64, |m, v| m.max(f64::from(v.abs())));
        for (x, y) in a.iter().zip(b) {
            let error = (f64::from(*x) - f64::from(*y)).abs() / scale;
            worst = if error.is_nan() { f64::INFINITY } else { worst.max(error) };
        }
    }
    worst
}

/// Largest relative difference in norm over the images.
fn gradient_error(ours: &[f32], theirs: &[f32], pixels: usize) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    let square = |v: f64| v * v;
    ours.chunks_exact(pixels)
        .zip(theirs.chunks_exact(pixels))
        .map(|(a, b)| {
            let gap: f64 = a.iter().zip(b).map(|(x, y)| square(f64::from(x - y))).sum();
            let norm: f64 = b.iter().map(|y| square(f64::from(*y))).sum();
            let error = (gap / norm.max(1e-30)).sqrt();
            if error.is_nan() { f64::INFINITY } else { error }
        })
        .fold(0.0, f64::max)
}

/// Three images of another shape than a digit's, as the reference describes them.
fn patterns(pixels: usize) -> Vec<f32> {
    let number = |i: usize| (i as u32).wrapping_mul(2_654_435_761) >> 16;
    (0..3 * pixels).map(|i| number(i) as f32 / 65_536.0).collect()
}

/// What is wrong with one file, or nothing; `turned` shows it the images upside down.
fn fault(entry: &Entry, labels: &[usize], images: &[f32], turned: bool) -> Option<String> {
    let bytes = std::fs::read(folder().join(&entry.file)).expect("the fixture is there");
    let network = match import::load(&bytes, &LoadOptions::default()) {
        Ok(network) => network,
        Err(error) => {
            let refused = entry.expect == error.code().name();
            return (!refused).then(|| format!("{}: {error}", error.code()));
        }
    };
    if entry.expect != "load" {
        return Some(format!("loads, but should be refused with {}", entry.expect));
    }
    let kind = match network.output {
        OutputKind::Logits => "logits",
        OutputKind::Probabilities => "probabilities",
        OutputKind::LogProbabilities => "log-probabilities",
        OutputKind::Distribution => "distribution",
        OutputKind::Independent => "independent",
    };
    if entry.output.as_deref() != Some(kind) {
        return Some(format!("ends in {kind}, should in {:?}", entry.output));
    }
    let classes = network.classes();
    let [channels, height, width] = entry.image.unwrap_or([1, 28, 28]);
    if network.image != (ImageShape { channels, height, width }) {
        return Some(format!("reads images of {}", network.image));
    }
    let mut images = match entry.image {
        Some(_) => patterns(network.pixels()),
        None => images.to_vec(),
    };
    if turned {
        images.chunks_mut(network.pixels()).for_each(<[f32]>::reverse);
    }
    let output = network.output;
    let mut executor = CpuExecutor::new(Arc::new(network));
    let goals: Vec<Goal> = labels.iter().map(|l| Goal::CrossEntropy(*l % classes)).collect();
    let mut result = Evaluation::default();
    executor.evaluate(&images, &goals, &mut result);
    let own: Vec<f32> = match kind {
        "logits" => result.logits.clone(),
        _ => result.logits.chunks_exact(classes).flat_map(|z| output.probabilities(z)).collect(),
    };
    let own: Vec<f32> = match kind {
        "log-probabilities" => own.iter().map(|p| p.ln()).collect(),
        _ => own,
    };
    let wanted = floats(entry.answer.as_deref().expect("a file that loads has an answer"));
    let error = answer_error(&own, &wanted, classes);
    if error > ANSWERS {
        return Some(format!("answers differ by {error:.1e}"));
    }
    let wanted = floats(entry.gradient.as_deref()?);
    let error = gradient_error(&result.gradients, &wanted, PIXELS);
    (error > GRADIENTS).then(|| format!("gradients differ by {error:.1e}"))
}

#[test]
fn every_foreign_file_loads_and_agrees_or_is_refused_by_name() {
    let reference = reference();
    let images = floats(&reference.images);
    assert_eq!(images.len(), 3 * PIXELS);
    assert!(reference.files.len() > 100, "{} files", reference.files.len());
    let faults: Vec<String> = reference
        .files
        .iter()
        .filter_map(|entry| {
            let fault = fault(entry, &reference.labels, &images, false)?;
            Some(format!("{} ({}): {fault}", entry.file, entry.what))
        })
        .collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Negative control: a network that sees the pixels in another order, or is asked for another
/// class's gradient.
#[test]
fn other_images_and_other_classes_are_noticed() {
    let reference = reference();
    let images = floats(&reference.images);
    let others: Vec<usize> = reference.labels.iter().map(|l| (l + 1) % CLASSES).collect();
    let loading: Vec<&Entry> = reference.files.iter().filter(|e| e.expect == "load").collect();
    assert!(!loading.is_empty());
    for entry in loading {
        let said = fault(entry, &reference.labels, &images, true).unwrap_or_default();
        assert!(said.contains("answers differ"), "{}: turned images pass: {said}", entry.file);
        if entry.gradient.is_some() {
            let said = fault(entry, &others, &images, false).unwrap_or_default();
            assert!(said.contains("gradients differ"), "{}: another class: {said}", entry.file);
        }
    }
}

/// Loads a fixture.
fn load(name: &str, options: &LoadOptions) -> Result<Network, ImportError> {
    let bytes = std::fs::read(folder().join(format!("{name}.onnx"))).expect("the fixture is there");
    import::load(&bytes, options)
}

/// Logits and gradients of the margin of two classes, for images as people see them.
fn evaluated(network: Network, images: &[f32]) -> Evaluation {
    let lanes = images.len() / network.pixels();
    let mut result = Evaluation::default();
    let goals = vec![Goal::Margin(1, 0); lanes];
    CpuExecutor::new(Arc::new(network)).evaluate(images, &goals, &mut result);
    result
}

#[test]
fn the_order_of_channels_in_the_file_does_not_show() {
    let first = load("colour", &LoadOptions::default()).expect("it loads");
    let last = load("colour-channels-last", &LoadOptions::default()).expect("it loads");
    assert_eq!((first.image, first.input_shape.as_slice()), (last.image, &[3, 32, 32][..]));
    assert_eq!(last.input_shape, [32, 32, 3]);
    let images = patterns(first.pixels());
    let (a, b) = (evaluated(first, &images), evaluated(last, &images));
    assert!(a.gradients.iter().any(|g| g.abs() > 1e-3));
    assert!(answer_error(&a.logits, &b.logits, 10) < ANSWERS);
    assert!(gradient_error(&a.gradients, &b.gradients, 3072) < GRADIENTS);
    // Pixel by pixel, as the file has them, the same numbers are another image.
    let mixed: Vec<f32> =
        (0..images.len()).map(|i| images[i / 3072 * 3072 + i % 3 * 1024 + i % 3072 / 3]).collect();
    let network = load("colour-channels-last", &LoadOptions::default()).expect("it loads");
    assert!(answer_error(&evaluated(network, &mixed).logits, &b.logits, 10) > 10.0 * ANSWERS);
}

#[test]
fn an_image_that_is_not_certain_is_asked_for_with_the_choices() {
    let error = load("reject-64-pixels", &LoadOptions::default()).expect_err("64 may be two");
    assert_eq!(error.code(), "ambiguous-image");
    assert!(error.to_string().ends_with("say whether it is 8 × 8 or 4 × 4 × 4"), "{error}");
    for (channels, height, width) in [(1, 8, 8), (4, 4, 4), (1, 4, 16)] {
        let image = ImageShape { channels, height, width };
        let options = LoadOptions { image: Some(image), ..LoadOptions::default() };
        assert_eq!(load("reject-64-pixels", &options).map(|n| n.image), Ok(image));
    }
    let image = ImageShape { channels: 3, height: 8, width: 8 };
    let options = LoadOptions { image: Some(image), ..LoadOptions::default() };
    let error = load("reject-64-pixels", &options).expect_err("64 is not 192");
    assert_eq!(error.code(), "not-an-image-classifier");
    let classifier = load("colour", &LoadOptions::default()).expect("it loads");
    let error = digit::check(&classifier).expect_err("it is no digit").to_string();
    assert!(error.starts_with("This network sorts images of 3 × 32 × 32 into 10"), "{error}");
    let error = load("reject-one-output", &LoadOptions::default()).expect_err("yes or no");
    assert!(error.to_string().contains("a score for each of its two classes"), "{error}");
}

#[test]
fn a_quantised_network_says_that_its_gradient_goes_straight_through() {
    let images = floats(&reference().images);
    for name in ["op-quantised-u8", "op-quantised-i8", "op-quantised-i16"] {
        let network = load(name, &LoadOptions::default()).expect("it loads");
        assert!(network.straight_through() && !network.is_smooth(), "{name}");
        let result = evaluated(network, &images);
        for gradient in result.gradients.chunks_exact(PIXELS) {
            assert!(gradient.iter().any(|g| g.abs() > 1e-3), "{name}");
        }
    }
    let smooth = load("op-float16", &LoadOptions::default()).expect("it loads");
    assert!(!smooth.straight_through());
}

/// tract's transforms are computed by `fourier/`, which stands in the place of another crate.
#[test]
fn tract_transforms_constants_as_onnx_says() {
    use std::f64::consts::PI;
    use tract_onnx::tract_core::internal::*;
    use tract_onnx::tract_core::ops::fft::Fft;

    /// Sums of ten numbers below 1, in f32.
    const CLOSE: f64 = 1e-5;
    let n = 10;
    let signal: Vec<f32> = (0..2 * n).map(|i| (i as f32 * 0.9).sin()).collect();
    for (inverse, sign) in [(false, -1.0), (true, 1.0)] {
        let mut model = TypedModel::default();
        let x = model.add_source("x", f32::fact([n, 2])).expect("a source");
        let y = model.wire_node("y", Fft { axis: 0, inverse }, &[x]).expect("a transform");
        model.select_output_outlets(&y).expect("an output");
        let input = Tensor::from_shape(&[n, 2], &signal).expect("pairs");
        let output = model.into_runnable().and_then(|m| m.run(tvec![input.into_tvalue()]));
        let output = output.expect("it runs").remove(0);
        let found =
            output.try_as_plain_ram().expect("numbers").as_slice::<f32>().expect("of f32").to_vec();
        let error = |sign: f64| {
            let sum = |j: usize| {
                (0..n).fold([0.0, 0.0], |[re, im]: [f64; 2], k| {
                    let angle = sign * 2.0 * PI * (j * k) as f64 / n as f64;
                    let (a, b) = (f64::from(signal[2 * k]), f64::from(signal[2 * k + 1]));
                    let (sin, cos) = angle.sin_cos();
                    [re + a * cos - b * sin, im + a * sin + b * cos]
                })
            };
            let exact = (0..n).flat_map(sum);
            found.iter().zip(exact).map(|(f, e)| (f64::from(*f) - e).abs()).fold(0.0, f64::max)
        };
        assert!(error(sign) < CLOSE, "{inverse}: {}", error(sign));
        assert!(error(-sign) > CLOSE, "{inverse}: the other direction passes");
    }
}
