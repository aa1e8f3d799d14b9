//! Corners of goals and executors that no digit comes to: ties, and networks that look at no image.

use std::sync::Arc;

use blindspots::digit::{CLASSES, PIXELS};
use blindspots::exec::loss::predicted;
use blindspots::exec::{CpuExecutor, Evaluation, Executor, Goal, GpuExecutor};
use blindspots::model::{Network, NodeId};
use blindspots::ops::{Activation, Op, Rearrange};

use crate::support::networks::Builder;
use crate::testing::device;

#[test]
fn of_equal_logits_the_first_class_is_read() {
    assert_eq!(predicted(&[1.0, 3.0, 3.0]), Some(1));
    assert_eq!(predicted(&[3.0, 3.0, 1.0]), Some(0));
    assert_eq!(predicted(&[0.0, -0.0, f32::NEG_INFINITY]), Some(0));
    assert_eq!(predicted(&[1.0, 3.0, 3.0 + 1e-6]), Some(2), "control: no tie");
}

/// As the first of equal rivals is the one that is read, it is also the one that is fought.
#[test]
fn of_equal_rivals_the_first_is_fought() {
    let fought = |class: usize, logits: [f32; 4]| {
        let mut gradient = [7.0; 4];
        let value = Goal::Lead(class).evaluate(&logits, &mut gradient);
        (value, gradient)
    };
    assert_eq!(fought(0, [5.0, 2.0, 3.0, 3.0]), (2.0, [1.0, 0.0, -1.0, 0.0]));
    assert_eq!(fought(3, [2.0, 2.0, 2.0, 5.0]), (3.0, [-1.0, 0.0, 0.0, 1.0]));
    assert_eq!(fought(0, [2.0, 2.0, 2.0, 2.0]), (0.0, [1.0, -1.0, 0.0, 0.0]));
    assert_eq!(fought(1, [2.0, 2.0, 2.0, 2.0]), (0.0, [-1.0, 1.0, 0.0, 0.0]));
}

/// A linear map of the image, or of constants in its place.
fn network(looks: bool) -> Arc<Network> {
    let mut builder = Builder::new();
    let image = builder.slice(0, &[PIXELS]);
    let constants =
        Op::Rearrange(Rearrange { len: PIXELS, fill: 0.5, has_fill: true, parts: Vec::new() });
    let constants = builder.node(constants, &[], &[PIXELS]);
    let from: NodeId = if looks { image } else { constants };
    let last = builder.linear(from, [1, PIXELS, CLASSES], true, Activation::Identity);
    Arc::new(builder.finish_at(last))
}

#[test]
fn where_nothing_hangs_on_the_image_its_gradient_is_zero() {
    let images: Vec<f32> = (0..3 * PIXELS).map(|i| (i % 11) as f32 / 10.0).collect();
    let goals = [Goal::CrossEntropy(1), Goal::Lead(2), Goal::Margin(0, 3)];
    let context = device::context("where_nothing_hangs_on_the_image_its_gradient_is_zero");
    for context in [None].into_iter().chain(context.map(Some)) {
        let evaluate = |network| {
            // What an earlier evaluation left.
            let gradients = vec![7.0; 3 * PIXELS];
            let mut out = Evaluation { gradients, ..Evaluation::default() };
            let mut executor = match &context {
                None => Executor::Cpu(CpuExecutor::new(network)),
                Some(device) => {
                    let gpu = GpuExecutor::new(device.clone(), network);
                    Executor::Gpu(Box::new(gpu.expect("the device works")))
                }
            };
            pollster::block_on(executor.evaluate(&images, &goals, &mut out)).expect("it runs");
            out
        };
        let blind = evaluate(network(false));
        assert!(blind.gradients.iter().all(|slope| *slope == 0.0));
        let (first, others) = blind.logits.split_at(CLASSES);
        assert!(others.chunks(CLASSES).all(|logits| logits == first), "every image is the same");
        let seeing = evaluate(network(true));
        assert!(seeing.gradients.chunks(PIXELS).all(|g| g.iter().any(|slope| *slope != 0.0)));
        assert_ne!(seeing.logits[..CLASSES], seeing.logits[CLASSES..2 * CLASSES], "control");
    }
}
