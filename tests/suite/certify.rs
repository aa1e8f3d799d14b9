//! Certified lower bounds: exact on linear networks, never above what an attack
//! finds, sound against images within them, better than margins over constants.

use blindspots::attack::{Method, Problem};
use blindspots::digit::{CLASSES, PIXELS};
use blindspots::exec::loss::predicted;
use blindspots::exec::{CpuExecutor, Evaluation, Goal};
use blindspots::import::{self, LoadOptions};
use blindspots::model::Network;
use blindspots::ops::Activation;
use blindspots::study::certify::{Certifier, CertifyError};
use blindspots::study::spectral::Spectrum;
use std::sync::Arc;

use crate::support::attacks::{as_dense, dense, digits, exact_untargeted, solve, wide};
use crate::support::networks::{Builder, Random, spoiled};
use crate::support::reference::forward;
use crate::testing::{bundled, models};

/// Radii are f64; the f32 attack overshoots its boundary, never falls short of it by more.
const ATTACK_ROUNDING: f64 = 1e-5;

/// Networks that can be certified, with a few layers each.
fn certifiable() -> Vec<(String, Arc<Network>)> {
    let names = ["fc100-100-10", "fc100-100-10-p1", "ae400-10"];
    let mut all: Vec<(String, Arc<Network>)> =
        names.iter().map(|name| ((*name).to_owned(), bundled(name))).collect();
    for (name, activation) in [("tanh", Activation::Tanh), ("relu", Activation::Relu)] {
        let mut builder = Builder::new();
        let image = blindspots::model::NodeId(0);
        let first = builder.linear(image, [1, PIXELS, 30], true, activation);
        let second = builder.linear(first, [1, 30, 20], true, activation);
        all.push((name.to_owned(), Arc::new(builder.finish(second))));
    }
    all
}

/// Digits as a network reads them, so that nothing is misread as it is.
fn read_rightly(network: &Arc<Network>, count: usize) -> Vec<Problem> {
    let mut executor = CpuExecutor::new(network.clone());
    let mut problems = digits(count);
    for problem in &mut problems {
        problem.label = predicted(&executor.logits(&problem.image)).expect("no NaN");
    }
    problems
}

fn radii(network: &Network, problems: &[Problem]) -> Vec<f64> {
    let certifier = Certifier::new(network).expect("it can be certified");
    let certify = |p: &Problem| certifier.certify(&p.image, p.label).expect("a digit").radius;
    problems.iter().map(certify).collect()
}

#[test]
fn a_linear_network_has_its_exact_distance() {
    /// Bisection in the oracle, rounding that is taken off here.
    const EXACT: f64 = 1e-6;
    for name in ["fc10-1e-4", "fc10-1e-2", "fc10-1"] {
        let network = as_dense(name);
        let problems = read_rightly(&network, 12);
        let (found, imported) = (radii(&network, &problems), radii(&bundled(name), &problems));
        for ((problem, radius), same) in problems.iter().zip(found).zip(imported) {
            let exact = exact_untargeted(&network, problem);
            assert!((radius / exact - 1.0).abs() < EXACT, "{name}: {radius} is not {exact}");
            assert!((same / exact - 1.0).abs() < EXACT, "{name}: as it is loaded");
        }
        // The negative control: a network that is nearly the same has other radii.
        let other = radii(&spoiled(&network, 1.01), &problems);
        let apart = problems.iter().zip(other).filter(|(problem, radius)| {
            (radius / exact_untargeted(&network, problem) - 1.0).abs() > EXACT
        });
        assert!(apart.count() > 6, "{name}: another network passes");
    }
}

#[test]
fn no_radius_is_above_what_the_attack_finds() {
    for (name, network) in certifiable() {
        let problems = read_rightly(&network, 20);
        let reports = solve(&network, &problems, Method::NearestBoundary);
        let mut spoiled = 0;
        let radii = radii(&network, &problems);
        for ((radius, report), place) in radii.iter().zip(&reports).zip(0..) {
            let found = f64::from(report.distance.l2);
            assert!(report.success, "{name}, digit {place}");
            assert!(*radius > 0.0, "{name}, digit {place}");
            assert!(*radius <= found * (1.0 + ATTACK_ROUNDING), "{name}: {radius} above {found}");
            // The negative control: radii that are far too large are noticed.
            spoiled += usize::from(8.0 * radius > found);
        }
        assert!(spoiled > problems.len() / 2, "{name}: eight times the radius passes");
    }
}

#[test]
fn nothing_within_the_radius_is_misread() {
    let mut random = Random::new(3);
    for (name, network) in certifiable() {
        let problems = read_rightly(&network, 3);
        let mut executor = CpuExecutor::new(network.clone());
        for (problem, radius) in problems.iter().zip(radii(&network, &problems)) {
            let mut gradient = Evaluation::default();
            for trial in 0..20 {
                // Random directions, and those of the gradients of all margins.
                let target = trial % CLASSES;
                let mut direction: Vec<f64> = if trial >= CLASSES || target == problem.label {
                    (0..PIXELS).map(|_| f64::from(random.between(-1.0, 1.0))).collect()
                } else {
                    let goal = Goal::Margin(target, problem.label);
                    executor.evaluate(&problem.image, &[goal], &mut gradient);
                    wide(&gradient.gradients)
                };
                let image = wide(&problem.image);
                for _ in 0..20 {
                    let length = direction.iter().map(|d| d * d).sum::<f64>().sqrt();
                    let moved = image.iter().zip(&direction).map(|(x, d)| x + radius * d / length);
                    let moved: Vec<f64> = moved.map(|v| v.clamp(0.0, 1.0)).collect();
                    direction = moved.iter().zip(&image).map(|(m, x)| m - x).collect();
                    let logits = forward(&network, &moved).pop().expect("logits");
                    let best =
                        (0..CLASSES).fold(0, |a, k| if logits[k] > logits[a] { k } else { a });
                    assert_eq!(best, problem.label, "{name}: misread within {radius}");
                    if trial > 0 {
                        break;
                    }
                }
            }
        }
    }
}

#[test]
fn relaxation_beats_the_product_of_norms() {
    for (name, network) in certifiable() {
        let problems = read_rightly(&network, 20);
        let spectrum = Spectrum::of(&network);
        let mut executor = CpuExecutor::new(network.clone());
        let radii = radii(&network, &problems);
        let better = problems.iter().zip(&radii).filter(|(problem, radius)| {
            let logits = executor.logits(&problem.image);
            let distance = spectrum.distance(&logits, problem.label).expect("it has a constant");
            **radius >= distance.best()
        });
        let better = better.count();
        assert!(better + 1 >= problems.len(), "{name}: {better} of {}", problems.len());
    }
}

#[test]
fn misread_digits_and_constant_networks() {
    let network = bundled("fc100-100-10");
    let certifier = Certifier::new(&network).expect("it can be certified");
    let problem = &read_rightly(&network, 1)[0];
    let wrong = (problem.label + 1) % CLASSES;
    let certificate = certifier.certify(&problem.image, wrong).expect("a digit");
    assert_eq!((certificate.radius, certificate.rival), (0.0, problem.label));
    // Nothing ever changes the answer: the whole box is certified.
    let mut bias = vec![0.0; CLASSES];
    bias[4] = 1.0;
    let constant = dense(vec![0.0; PIXELS * CLASSES], bias);
    let radius = radii(&constant, &[Problem { label: 4, ..problem.clone() }])[0];
    assert!((radius - 28.0).abs() < 1e-6, "{radius}");
}

#[test]
fn what_cannot_be_certified_is_named() {
    let error = Certifier::new(&bundled("cnn")).err().expect("a convolution");
    assert_eq!(error.code(), "cannot-certify");
    assert!(error.to_string().contains("convolution"), "{error}");
    let fixture = |name: &str| {
        let path = models().join("../tests/fixtures/onnx").join(name);
        import::load(&std::fs::read(path).expect("the fixture"), &LoadOptions::default())
            .expect("it loads")
    };
    for name in ["ts-residual.onnx", "ts-attention.onnx", "act-silu.onnx", "keras-conv.onnx"] {
        let refused = Certifier::new(&fixture(name)).err();
        assert!(matches!(refused, Some(CertifyError::Unsupported { .. })), "{name}: {refused:?}");
    }
    for name in ["keras-dense.onnx", "gemm-nt.onnx", "scaled-255.onnx", "ts-batchnorm-1d.onnx"] {
        let network = Arc::new(fixture(name));
        let problems = read_rightly(&network, 2);
        let reports = solve(&network, &problems, Method::NearestBoundary);
        for (radius, report) in radii(&network, &problems).iter().zip(&reports) {
            let found = f64::from(report.distance.l2);
            assert!(*radius > 0.0, "{name}");
            assert!(!report.success || *radius <= found * (1.0 + ATTACK_ROUNDING), "{name}");
        }
    }
}

#[test]
fn bad_input_is_refused() {
    let certifier = Certifier::new(&bundled("fc10-1")).expect("it can be certified");
    let code =
        |image: &[f32], label| certifier.certify(image, label).map_err(|e| e.code().name()).err();
    assert_eq!(code(&[0.0; 3], 0), Some("wrong-length"));
    assert_eq!(code(&[f32::NAN; PIXELS], 0), Some("out-of-box"));
    assert_eq!(code(&[1.5; PIXELS], 0), Some("out-of-box"));
    assert_eq!(code(&[0.5; PIXELS], 10), Some("no-such-class"));
    assert_eq!(code(&[0.5; PIXELS], 3), None);
}
