//! Adversarial images of 8 bits: each is one that a file holds, fools by f64, and lies hardly farther
//! than one of any precision.

use std::sync::Arc;

use blindspots::attack::{
    self, Ensemble, Method, Options, Problem, Recipe, Report, Setting, Start, Stop, Unobserved,
};
use blindspots::exec::{Executor, GpuExecutor};
use blindspots::model::Network;

use crate::support::attacks::{as_dense, cpu, digits, exact_untargeted, solve, wide, with};
use crate::support::networks::spoiled;
use crate::support::reference::forward;
use crate::testing::{bundled, device};

/// By how much a mean distance may grow, relatively.
const LITTLE: f64 = 0.01;

/// By how much the distance of one digit may: as much as rounding errors come to, `√(784/12)/255`.
const MOST: f32 = 0.032;

fn whole(method: Method) -> Recipe {
    with(method, Options { eight_bit: true, ..Options::default() })
}

/// The class that f64 reads.
fn read(network: &Network, image: &[f32]) -> usize {
    let logits = forward(network, &wide(image)).pop().expect("logits");
    (0..logits.len()).fold(0, |a, k| if logits[k] > logits[a] { k } else { a })
}

/// An image as it is after it was saved and opened again.
fn saved(image: &[f32]) -> Vec<f32> {
    let bytes: Vec<u8> = image.iter().map(|v| (v * 255.0).round() as u8).collect();
    bytes.into_iter().map(|byte| f32::from(byte) / 255.0).collect()
}

fn l2(a: &[f32], b: &[f32]) -> f64 {
    wide(a).iter().zip(wide(b)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// That a report's image is what was asked for; its distance.
fn checked(what: &str, network: &Network, problem: &Problem, report: &Report) -> f64 {
    assert!(report.success && report.eight_bit, "{what}: {:?}", report.stop);
    let image = report.image.as_ref().expect("a success has an image");
    assert_eq!(*image, saved(image), "{what}: saved and opened it is another image");
    let class = read(network, image);
    let asked = problem.target.map_or(class != problem.label, |target| class == target);
    assert!(asked, "{what}: f64 reads {class}");
    assert!(report.rounded_still_fools, "{what}");
    let far = l2(&problem.image, image);
    assert!((f64::from(report.distance.l2) - far).abs() < 1e-5, "{what}: {far}");
    far
}

/// Digits as f64 reads them.
fn problems(network: &Network, count: usize) -> Vec<Problem> {
    let mut problems = digits(count);
    for problem in &mut problems {
        problem.label = read(network, &problem.image);
    }
    problems
}

fn mean(all: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = all.len() as f64;
    all.sum::<f64>() / count
}

#[test]
fn a_saved_picture_fools_and_lies_hardly_farther() {
    let mut lost = 0;
    for (name, count) in [("fc10-1e-4", 30), ("fc100-100-10", 30), ("ae400-10", 20), ("cnn", 6)] {
        let network = bundled(name);
        let problems = problems(&network, count);
        for method in [Method::NearestBoundary, Method::Szegedy] {
            let what = format!("{name}, {}", method.name());
            let exact = solve(&network, &problems, method);
            let found = solve(&network, &problems, whole(method));
            let mut far = Vec::new();
            for ((problem, report), exact) in problems.iter().zip(&found).zip(&exact) {
                far.push(checked(&what, &network, problem, report));
                assert!(report.distance.l2 <= exact.distance.l2 + MOST, "{what}");
                assert!(report.evaluations > exact.evaluations, "{what}: what it took is counted");
                assert!(!exact.eight_bit);
                // The control: rounding what was found without a lattice.
                let image = exact.image.as_ref().expect("fooled");
                lost += usize::from(read(&network, &saved(image)) == problem.label);
            }
            let (far, without) = (
                mean(far.into_iter()),
                mean(exact.iter().map(|report| f64::from(report.distance.l2))),
            );
            assert!(far <= (1.0 + LITTLE) * without, "{what}: {far}, {without} without");
        }
    }
    assert!(lost > 0, "plain rounding would have done");
}

#[test]
fn every_method_answers_with_8_bits_and_stays_within_its_budget() {
    let network = bundled("fc100-100-10");
    let problems = problems(&network, 5);
    for method in Method::ALL {
        let name = method.name();
        let found = solve(&network, &problems, whole(method));
        for (problem, report) in problems.iter().zip(&found) {
            if method.minimises() || report.success {
                checked(name, &network, problem, report);
            }
        }
    }
    // ε between two levels: plain rounding would leave the budget by up to half a level.
    for method in Method::ALL.into_iter().filter(|m| m.settings().contains(&Setting::Epsilon)) {
        let epsilon = if method == Method::PgdL2 { 2.5f32 } else { 0.2503 };
        let asked = |eight_bit| {
            with(method, Options { epsilon: Some(epsilon), eight_bit, ..Options::default() })
        };
        let found = solve(&network, &problems, asked(true));
        for (problem, report) in problems.iter().zip(&found).filter(|(_, report)| report.success) {
            checked(method.name(), &network, problem, report);
            let far = report.distance;
            let most = if method == Method::PgdL2 { far.l2 } else { far.linf };
            assert!(most <= epsilon + 1e-6, "{}: {most} of {epsilon}", method.name());
        }
        assert!(found.iter().any(|report| report.success), "{}", method.name());
        if method == Method::Fgsm {
            let plain = solve(&network, &problems, asked(false));
            let leaves = plain.iter().zip(&problems).any(|(report, problem)| {
                let image = saved(report.image.as_ref().unwrap_or(&problem.image));
                attack::Distance::between(&problem.image, &image).linf > epsilon + 1e-4
            });
            assert!(leaves, "the control: rounded anyhow, the budget is left");
        }
    }
}

#[test]
fn a_target_is_reached() {
    let network = bundled("fc100-100-10");
    let mut problems = problems(&network, 6);
    for problem in &mut problems {
        problem.target = Some((problem.label + 3) % 10);
    }
    for method in [Method::NearestBoundary, Method::Cw] {
        for (problem, report) in problems.iter().zip(solve(&network, &problems, whole(method))) {
            checked(method.name(), &network, problem, &report);
        }
    }
}

/// The exact optimum without a lattice bounds the one on it from below, and nothing much lies between.
#[test]
fn on_a_linear_network_hardly_anything_is_lost_to_the_exact_optimum() {
    let network = as_dense("fc10-1");
    let problems = problems(&network, 20);
    let found = solve(&network, &problems, whole(Method::NearestBoundary));
    let far = problems.iter().zip(&found).map(|(p, r)| checked("linear", &network, p, r));
    let far = far.collect::<Vec<f64>>();
    let exact: Vec<f64> = problems.iter().map(|p| exact_untargeted(&network, p)).collect();
    for (far, exact) in far.iter().zip(&exact) {
        assert!(far >= exact, "{far} is nearer than the optimum, {exact}");
    }
    let (far, exact) = (mean(far.into_iter()), mean(exact.into_iter()));
    assert!(far < (1.0 + LITTLE) * exact, "{far}, {exact} at best");
}

#[test]
fn one_change_fools_several_networks_when_it_is_saved() {
    let networks = [bundled("fc100-100-10"), bundled("fc200-200-10"), bundled("fc10-1e-4")];
    let problems = digits(4);
    for method in [Method::NearestBoundary, Method::Ddn] {
        let mut executors: Vec<Executor> = networks.iter().map(cpu).collect();
        let ensemble: Ensemble<'_> = executors.iter_mut().collect();
        let mut nobody = Unobserved;
        let found = attack::attack(ensemble, &problems, whole(method), &mut nobody);
        let found = pollster::block_on(found).expect("the attack runs");
        for (problem, report) in problems.iter().zip(&found) {
            for network in &networks {
                checked(method.name(), network, problem, report);
            }
            assert_eq!(report.evaluations % 3, 0, "every member's evaluations are counted");
        }
    }
}

#[test]
fn the_device_finds_such_images_too() {
    let Some(context) = device::context("eight_bit") else { return };
    let network = bundled("fc100-100-10");
    let problems = problems(&network, 8);
    let far = |reports: &[Report]| {
        let pairs = problems.iter().zip(reports);
        mean(pairs.map(|(p, r)| checked("device", &network, p, r)).collect::<Vec<_>>().into_iter())
    };
    for method in [Method::NearestBoundary, Method::Ddn] {
        let gpu = GpuExecutor::new(context.clone(), network.clone()).expect("the device works");
        let mut executor = Executor::Gpu(Box::new(gpu));
        let mut nobody = Unobserved;
        let found = attack::attack(&mut executor, &problems, whole(method), &mut nobody);
        let found = pollster::block_on(found).expect("the attack runs");
        let on_processor = solve(&network, &problems, whole(method));
        let (device, processor) = (far(&found), far(&on_processor));
        assert!((device / processor - 1.0).abs() < LITTLE, "{device}, {processor}");
    }
}

/// A drawing's pixels are no 255ths. What is found is, and is measured from the drawing as it is.
#[test]
fn an_original_that_8_bits_do_not_hold_stays_where_it_is() {
    let network = bundled("fc100-100-10");
    let mut problems = problems(&network, 6);
    for (place, problem) in problems.iter_mut().enumerate() {
        for (i, v) in problem.image.iter_mut().enumerate() {
            *v = (*v + 0.001 * ((i + place) as f32).sin()).clamp(0.0, 1.0);
        }
        problem.label = read(&network, &problem.image);
    }
    assert!(problems.iter().all(|problem| problem.image != saved(&problem.image)));
    for method in [Method::NearestBoundary, Method::PgdLinf] {
        let found = solve(&network, &problems, whole(method));
        for (problem, report) in problems.iter().zip(&found) {
            checked(method.name(), &network, problem, report);
        }
    }
    // Misread as it is, it needs no more than rounding; distance 0 would be of another image.
    for problem in &mut problems {
        problem.label = (problem.label + 1) % 10;
    }
    let found = solve(&network, &problems, whole(Method::NearestBoundary));
    for (problem, report) in problems.iter().zip(&found) {
        let far = checked("misread", &network, problem, report);
        assert_eq!(report.stop, Stop::AlreadyMisread);
        assert!(far > 0.0 && far < 1.01 * l2(&problem.image, &saved(&problem.image)), "{far}");
    }
}

#[test]
fn where_no_gradient_leads_anywhere_the_lattice_is_reached_along_lines() {
    let mut network = Network::clone(&spoiled(&bundled("fc100-100-10"), 1000.0));
    // Saturated: all units at their ends.
    let bias = network.weights.iter_mut().find(|weight| weight.shape.len() == 1);
    let bias = bias.expect("a bias");
    bias.data = bias.data.iter().map(|b| 1000.0 * b).collect();
    let network = Arc::new(network);
    let problems = problems(&network, 4);
    let found = solve(&network, &problems, whole(Method::NearestBoundary));
    for (problem, report) in problems.iter().zip(&found) {
        checked("saturated", &network, problem, report);
    }
    assert!(found.iter().any(|report| report.start != Start::Original), "the control: it is stuck");
}
