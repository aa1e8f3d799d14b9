//! A network in f64 for single images: every operation against the independent reference, and
//! the errors that it expects of f32 against those that executors make.

use std::sync::Arc;

use blindspots::digit::PIXELS;
use blindspots::exec::{CpuExecutor, Executor, GpuExecutor, double};
use blindspots::model::Network;

use crate::support::cases::{self, Case};
use crate::support::compare::wide;
use crate::support::networks::{Random, spoiled};
use crate::support::reference::forward;
use crate::testing::{bundled, device, gallery};

/// Two f64 sums in different orders, relative to the largest logit.
const TIGHT: f64 = 1e-11;

fn all() -> Vec<Case> {
    let operations = [
        cases::linear(),
        cases::matmul(),
        cases::conv2d(),
        cases::pool2d(),
        cases::unary(),
        cases::binary(),
        cases::select(),
        cases::reduce(),
        cases::softmax(),
        cases::rearrange(),
        cases::mixed(),
    ];
    operations.into_iter().flatten().collect()
}

fn image_of(case: &Case) -> Vec<f32> {
    let mut random = Random::new(23);
    (0..PIXELS).map(|_| case.values.pixel(&mut random)).collect()
}

/// The largest difference of two networks' logits, relative to the largest.
fn apart(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(1e-300, |m: f64, z| m.max(z.abs()));
    let differences = found.iter().zip(expected).map(|(a, b)| (a - b).abs() / largest);
    differences.fold(0.0, |m, d| if d.is_nan() || d > m { d } else { m })
}

#[test]
fn every_operation_is_the_references() {
    let (mut asked, mut noticed) = (0, 0);
    for case in all() {
        let image = image_of(&case);
        let expected = forward(&case.network, &wide(&image)).pop().expect("logits");
        let found = double::logits(&case.network, &image);
        let off = apart(&found.values, &expected);
        assert!(off < TIGHT, "{}: {off:e}", case.name);
        // The negative control: the weights of the last layer are others.
        let other = double::logits(&spoiled(&case.network, 1.000_001), &image);
        asked += 1;
        noticed += usize::from(apart(&other.values, &expected) > TIGHT);
    }
    assert!(asked > 100 && 10 * noticed > 9 * asked, "{noticed} of {asked}");
}

/// Errors of an executor's differences of logits in standard deviations: the mean square and the
/// largest.
fn deviations(executor: &mut Executor, network: &Network, images: &[f32]) -> (f64, f64) {
    let found = pollster::block_on(executor.logits(images)).expect("it works");
    let classes = network.classes();
    let (mut squares, mut count, mut most) = (0.0, 0, 0.0f64);
    for (image, found) in images.chunks(PIXELS).zip(found.chunks(classes)) {
        let expected = double::logits(network, image);
        for class in 1..classes {
            let of = |z: &dyn Fn(usize) -> f64| z(class) - z(0);
            let error = of(&|k| f64::from(found[k])) - of(&|k| expected.values[k]);
            let variance = expected.variances[class] + expected.variances[0];
            squares += error * error / variance;
            most = most.max(error.abs() / variance.sqrt());
            count += 1;
        }
    }
    (squares / f64::from(count), most)
}

#[test]
fn expected_errors_are_those_of_executors() {
    /// More is asked of a clear win than executors err by: a standard deviation is seldom reached,
    const SELDOM: f64 = 1.0;
    /// two never are, over some hundreds of differences of logits.
    const NEVER: f64 = 2.0;
    /// and it is not so much more that wins by any reasonable margin would not be clear.
    const LEAST: f64 = 1e-4;
    let gallery = gallery();
    let digits = &gallery.images()[..20 * PIXELS];
    for name in ["fc10-1", "fc100-100-10", "fc123-456-10-p1", "ae400-10", "cnn"] {
        let network = bundled(name);
        let mut executors = vec![Executor::Cpu(CpuExecutor::new(network.clone()))];
        if let Some(context) = device::context("expected_errors_are_those_of_executors") {
            let gpu = GpuExecutor::new(context, network.clone()).expect("the device works");
            executors.push(Executor::Gpu(Box::new(gpu)));
        }
        for executor in &mut executors {
            let (mean, most) = deviations(executor, &network, digits);
            assert!(mean < SELDOM && most < NEVER, "{name}: {mean}, {most}");
            assert!(mean > LEAST, "{name}: {mean}");
        }
        // The negative control: a network that differs by more than rounding.
        let other = spoiled(&network, 1.001);
        let mut other = Executor::Cpu(CpuExecutor::new(Arc::clone(&other)));
        let (_, most) = deviations(&mut other, &network, digits);
        assert!(most > NEVER, "{name}: another network passes, {most}");
    }
}
