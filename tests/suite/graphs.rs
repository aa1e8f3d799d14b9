//! ONNX files whose graphs are unusual: functions, branches, an order of nodes, weights in other
//! files, operators of ONNX-ML, masks of infinity. What loads must agree with onnxruntime
//! (`training/graphs.py`), the rest is refused in the file's words.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use blindspots::exec::{CpuExecutor, Evaluation, Goal};
use blindspots::import::{self, ImportError, LoadOptions};
use blindspots::model::{ImageShape, Network, OutputKind};
use serde::Deserialize;

/// Two computations in f32, relative to the spread of an image's answers.
const AGREES: f32 = 1e-4;
const IMAGE: ImageShape = ImageShape { channels: 1, height: 8, width: 8 };

#[derive(Deserialize)]
struct Reference {
    files: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    file: String,
    what: String,
    expect: String,
    says: Option<String>,
    answer: Option<String>,
    #[serde(default)]
    step: f32,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/graphs")
}

fn entries() -> Vec<Entry> {
    let text = std::fs::read_to_string(folder().join("reference.json")).expect("the fixtures");
    let reference: Reference = serde_json::from_str(&text).expect("the reference is valid");
    assert!(reference.files.len() > 30);
    let there = std::fs::read_dir(folder()).expect("the fixtures");
    for file in there.map(|entry| entry.expect("a file").file_name()) {
        let network = file.to_string_lossy().ends_with(".onnx");
        let named = reference.files.iter().any(|entry| *entry.file == *file);
        assert!(named || !network, "{file:?} is tested by nothing");
    }
    reference.files
}

fn options() -> LoadOptions {
    LoadOptions { image: Some(IMAGE), ..LoadOptions::default() }
}

fn load(file: &str) -> Result<Network, ImportError> {
    let bytes = std::fs::read(folder().join(file)).expect("the fixture is there");
    import::load_beside(&bytes, &|name| std::fs::read(folder().join(name)).ok(), &options())
}

/// The three images of the reference, upside down on demand.
fn images(turned: bool) -> Vec<f32> {
    let number = |i: usize| (i as u32).wrapping_mul(2_654_435_761) >> 16;
    let mut all: Vec<f32> = (0..3 * 64).map(|i| number(i) as f32 / 65_536.0).collect();
    if turned {
        all.chunks_mut(64).for_each(<[f32]>::reverse);
    }
    all
}

/// Largest difference from the reference, relative to the spread of the image's answers.
fn error(network: Network, entry: &Entry, images: &[f32]) -> f32 {
    let answer = entry.answer.as_deref().expect("a file that loads has an answer");
    let kind = network.output;
    let logits = CpuExecutor::new(Arc::new(network)).logits(images);
    let ours: Vec<f32> = match kind {
        OutputKind::Logits => logits,
        _ => logits.chunks(10).flat_map(|z| kind.probabilities(z)).collect(),
    };
    let bytes = base64::engine::general_purpose::STANDARD.decode(answer).expect("base64");
    let theirs: Vec<f32> =
        bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    assert_eq!((ours.len(), theirs.len()), (30, 30));
    let spread = |z: &[f32]| {
        z.iter().fold(f32::MIN, |m, v| m.max(*v)) - z.iter().fold(f32::MAX, |m, v| m.min(*v))
    };
    let mut worst = 0.0f32;
    for (a, b) in ours.chunks(10).zip(theirs.chunks(10)) {
        let rounding =
            entry.step / 2.0 + 4.0 * f32::EPSILON * b.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        for (x, y) in a.iter().zip(b) {
            let gap = ((x - y).abs() - rounding).max(0.0) / spread(b);
            worst = if gap.is_nan() { f32::INFINITY } else { worst.max(gap) };
        }
    }
    worst
}

#[test]
fn every_graph_loads_and_agrees_or_is_refused_in_its_own_words() {
    let fault = |entry: &Entry| match (load(&entry.file), entry.expect.as_str()) {
        (Ok(network), "load") => {
            let error = error(network, entry, &images(false));
            (error > AGREES).then(|| format!("answers differ by {error:.1e}"))
        }
        (Ok(_), code) => Some(format!("loads, but should be refused with {code}")),
        (Err(error), code) => {
            let text = error.to_string();
            let says = entry.says.as_deref().is_none_or(|says| text.contains(says));
            (error.code() != code || !says).then(|| format!("{}: {text}", error.code()))
        }
    };
    let faults: Vec<String> = entries()
        .iter()
        .filter_map(|e| Some(format!("{} ({}): {}", e.file, e.what, fault(e)?)))
        .collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Rounding to steps hides neither a softmax, which is peeled off, nor sigmoids.
#[test]
fn probabilities_of_eight_bits_are_known() {
    let kind = |file: &str| load(file).expect("it loads").output;
    assert_eq!(kind("eight-bits-softmax.onnx"), OutputKind::Probabilities);
    assert_eq!(kind("sixteen-bits-softmax.onnx"), OutputKind::Probabilities);
    assert_eq!(kind("eight-bits-sigmoids.onnx"), OutputKind::Independent);
    assert_eq!(kind("eight-bits-joined.onnx"), OutputKind::Logits);
}

/// Negative control: a network that sees other images.
#[test]
fn turned_images_are_noticed_in_every_graph() {
    for entry in entries().iter().filter(|e| e.expect == "load") {
        let network = load(&entry.file).expect("it loads");
        let error = error(network, entry, &images(true));
        assert!(error > AGREES, "{}: turned images pass with {error:.1e}", entry.file);
    }
}

/// A rounding hands the gradient on where black and white meet the ends of its range.
#[test]
fn black_and_white_pixels_have_the_gradient_of_those_beside_them() {
    for (file, white) in [("bytes.onnx", 1.0), ("quantised.onnx", 255.0 * 0.004)] {
        let network = load(file).expect("it loads");
        assert!(network.straight_through(), "{file}");
        let mut executor = CpuExecutor::new(Arc::new(network));
        let mut gradient = |pixel: f32| {
            let mut found = Evaluation::default();
            executor.evaluate(&[pixel; 64], &[Goal::CrossEntropy(3)], &mut found);
            found.gradients
        };
        // Far less than half a step aside: what is rounded is the same.
        for (end, beside) in [(0.0, 0.0005), (white, white - 0.0005)] {
            let at = gradient(end);
            assert_eq!(at, gradient(beside), "{file} at {end}");
            assert!(at.iter().all(|g| *g != 0.0), "{file} at {end}: {at:?}");
        }
    }
}

#[test]
fn weights_in_a_second_file_are_asked_for_by_its_name_and_checked() {
    let bytes = std::fs::read(folder().join("external.onnx")).expect("the fixture");
    let data = std::fs::read(folder().join("external.onnx.data")).expect("the fixture");
    let with = |file: Option<Vec<u8>>| {
        let asked = std::cell::RefCell::new(Vec::new());
        let beside = |name: &str| {
            asked.borrow_mut().push(name.to_string());
            file.clone()
        };
        let loaded = import::load_beside(&bytes, &beside, &options());
        (loaded, asked.into_inner())
    };
    let (loaded, asked) = with(Some(data.clone()));
    assert!(loaded.is_ok() && asked == ["external.onnx.data"], "once: {asked:?}");
    let missing = with(None).0.expect_err("it is not there");
    assert_eq!(missing.code(), "missing-weights");
    assert!(missing.to_string().contains("“external.onnx.data”"), "{missing}");
    assert_eq!(import::load(&bytes, &options()).err(), Some(missing));
    let short = with(Some(data[..data.len() - 1].to_vec())).0.expect_err("it ends too early");
    assert_eq!(short.code(), "malformed-onnx");
    assert!(short.to_string().contains("“external.onnx.data”, which has"), "{short}");
    // Other numbers are another network.
    let mut spoiled = data;
    spoiled.chunks_mut(8).for_each(|pair| pair[3] ^= 0x80);
    let entry = entries().into_iter().find(|e| e.file == "external.onnx").expect("the entry");
    let other = with(Some(spoiled)).0.expect("numbers they are");
    assert!(error(other, &entry, &images(false)) > AGREES);
}

#[test]
fn a_second_file_is_never_looked_for_elsewhere() {
    let bytes = std::fs::read(folder().join("external.onnx")).expect("the fixture");
    let name = b"external.onnx.data";
    for path in [&b"../external.onnx.d"[..], b"/etc/external.data", b"data\\external.onn"] {
        let path = [path, &vec![b'x'; name.len() - path.len()]].concat();
        let mut turned = bytes.clone();
        for place in 0..turned.len() - name.len() {
            if turned[place..].starts_with(name) {
                turned[place..place + name.len()].copy_from_slice(&path);
            }
        }
        let beside = |name: &str| -> Option<Vec<u8>> { panic!("it asks for {name}") };
        let error = import::load_beside(&turned, &beside, &options()).expect_err("a path");
        assert!(error.to_string().contains("only files of the same folder"), "{error}");
    }
}
