//! The CPU executor against PyTorch: logits and input gradients of every
//! bundled network on the ten digits of `training/reference.json`.

mod common;

use base64::Engine as _;
use blindspots::exec::{CpuExecutor, Evaluation, Goal};
use blindspots::model::{CLASSES, PIXELS};
use common::bundled;
use serde_json::Value;

/// Absolute plus relative: two orders of summation in f32.
const LOGITS: f64 = 1e-4;
/// Relative in norm.
const GRADIENTS: f64 = 1e-3;

fn floats(value: &Value) -> Vec<f32> {
    let text = value.as_str().expect("base64");
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).expect("base64");
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

fn logits_agree(ours: &[f32], theirs: &[f32]) -> bool {
    ours.len() == theirs.len()
        && ours.iter().zip(theirs).all(|(a, b)| {
            (f64::from(*a) - f64::from(*b)).abs() <= LOGITS * (1.0 + f64::from(b.abs()))
        })
}

fn gradients_agree(ours: &[f32], theirs: &[f32]) -> bool {
    let norm = |v: &mut dyn Iterator<Item = f64>| v.map(|x| x * x).sum::<f64>().sqrt();
    let gap = norm(&mut ours.iter().zip(theirs).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    ours.len() == theirs.len() && gap <= GRADIENTS * norm(&mut theirs.iter().map(|v| f64::from(*v)))
}

#[test]
fn every_bundled_network_agrees_with_pytorch() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/training/reference.json");
    let text = std::fs::read_to_string(path).expect("the reference");
    let reference: Value = serde_json::from_str(&text).expect("valid");
    let numbers = |key: &str| -> Vec<usize> {
        let list = reference[key].as_array().expect("a list");
        list.iter().map(|v| v.as_u64().expect("a number") as usize).collect()
    };
    let labels = numbers("labels");
    let images = floats(&reference["images"]);
    assert_eq!((labels.len(), images.len()), (10, 10 * PIXELS));
    let goals: Vec<Goal> = labels.iter().map(|l| Goal::cross_entropy(*l)).collect();
    let models = reference["models"].as_array().expect("a list");
    assert_eq!(models.len(), 11);
    for wanted in models {
        let name = wanted["name"].as_str().expect("a name");
        let mut result = Evaluation::default();
        CpuExecutor::new(bundled(name)).evaluate(&images, &goals, &mut result);
        let logits = floats(&wanted["logits"]);
        let gradients = floats(&wanted["gradients"]);
        assert_eq!((logits.len(), gradients.len()), (10 * CLASSES, 10 * PIXELS));
        assert!(logits_agree(&result.logits, &logits), "logits of {name}");
        for (ours, theirs) in
            result.gradients.chunks_exact(PIXELS).zip(gradients.chunks_exact(PIXELS))
        {
            assert!(gradients_agree(ours, theirs), "gradient of {name}");
        }
        // Negative controls.
        result.logits[3] += 0.01;
        assert!(!logits_agree(&result.logits, &logits) || logits[3].abs() > 99.0);
        let longer: Vec<f32> = result.gradients[..PIXELS].iter().map(|g| 1.01 * g).collect();
        assert!(!gradients_agree(&longer, &gradients[..PIXELS]));
    }
}
