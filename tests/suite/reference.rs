//! The CPU executor against PyTorch: logits and input gradients of every
//! bundled network on the ten digits of `training/reference.json`, as they are
//! and with noise. Where the gradient itself jumps when a pixel moves in its
//! last place, no f32 gradient is right, and only the logits are compared.

use base64::Engine as _;
use blindspots::digit::{CLASSES, PIXELS};
use blindspots::exec::{CpuExecutor, Evaluation, Goal};
use serde_json::Value;

use crate::support::networks::spoiled;
use crate::testing::bundled;

/// Absolute plus relative: two orders of summation in f32.
const LOGITS: f64 = 1e-4;
/// Relative in norm.
const GRADIENTS: f64 = 1e-3;
/// A gradient that moves less than this with the last place of the pixels is determined.
const DETERMINED: f64 = 1e-4;

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
    let goals: Vec<Goal> = labels.iter().map(|l| Goal::CrossEntropy(*l)).collect();
    let models = reference["models"].as_array().expect("a list");
    assert_eq!((labels.len(), models.len()), (10, 12));
    let mut determined = 0;
    for set in ["digits", "noisy"] {
        let images = floats(&reference["images"][set]);
        assert_eq!(images.len(), 10 * PIXELS);
        for wanted in models {
            let name = wanted["name"].as_str().expect("a name");
            let mut result = Evaluation::default();
            let network = bundled(name);
            CpuExecutor::new(network.clone()).evaluate(&images, &goals, &mut result);
            let found = compare(&wanted[set], &result, &format!("{name} on {set}"));
            // Negative control: a first layer that is a hundredth larger.
            let mut other = Evaluation::default();
            CpuExecutor::new(spoiled(&network, 1.01)).evaluate(&images, &goals, &mut other);
            let theirs = |what: &str| floats(&wanted[set][what]);
            assert!(!logits_agree(&other.logits, &theirs("logits")), "{name} on {set}");
            let mut digits = other.gradients.chunks(PIXELS).zip(result.gradients.chunks(PIXELS));
            assert!(digits.all(|(other, ours)| !gradients_agree(other, ours)), "{name} on {set}");
            assert!(found == 10 || name.starts_with("cnn") && set == "digits", "{name} on {set}");
            determined += found;
        }
    }
    assert!(determined > 200, "{determined} of 240 gradients are compared");
}

/// Compares one network on one set; how many gradients could be.
fn compare(wanted: &Value, result: &Evaluation, what: &str) -> usize {
    let logits = floats(&wanted["logits"]);
    let gradients = floats(&wanted["gradients"]);
    assert_eq!((logits.len(), gradients.len()), (10 * CLASSES, 10 * PIXELS));
    assert!(logits_agree(&result.logits, &logits), "logits of {what}");
    let spread = wanted["spread"].as_array().expect("a list").iter().filter_map(Value::as_f64);
    let determined: Vec<usize> =
        spread.enumerate().filter(|(_, s)| *s <= DETERMINED).map(|(digit, _)| digit).collect();
    for digit in &determined {
        let of = |all: &[f32]| all[digit * PIXELS..][..PIXELS].to_vec();
        let (ours, theirs) = (of(&result.gradients), of(&gradients));
        assert!(gradients_agree(&ours, &theirs), "gradient of {what}, digit {digit}");
    }
    determined.len()
}
