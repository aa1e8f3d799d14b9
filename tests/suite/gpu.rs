//! The WebGPU executor as a whole, on the networks that ship.
//!
//! Against PyTorch (`training/reference.json`) and, on the gallery's digits,
//! against the processor. Then what an evaluation costs,
//! batches that do not fit, a lost device, and passes recorded by the caller.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blindspots::digit::idx::read_digits;
use blindspots::digit::{CLASSES, PIXELS};
use blindspots::exec::gpu::params::DeviceGoal;
use blindspots::exec::{
    CpuExecutor, Evaluation, ExecError, Executor, Goal, GpuContext, GpuExecutor,
};
use blindspots::import::{self, LoadOptions};
use blindspots::model::Network;

use crate::support::cases;
use crate::support::compare::{Tolerance, assert_close, compare, wide};
use crate::support::networks::{Random, spoiled};
use crate::testing::device;

/// Logits of f32 kernels against PyTorch in f64.
const LOGITS: Tolerance =
    Tolerance { name: "logits", absolute: 1e-4, relative: 1e-4, of_largest: 0.0 };
/// Gradients are compared as vectors: ‖a − e‖ ≤ 1e-3·‖e‖.
const GRADIENT_NORM: f64 = 1e-3;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every network of `models/`, by name.
fn bundled() -> Vec<(String, Arc<Network>)> {
    let mut networks: Vec<_> = std::fs::read_dir(repository("models"))
        .expect("models are there")
        .map(|entry| entry.expect("models can be listed").path())
        .filter(|path| path.extension().is_some_and(|e| e == "onnx"))
        .map(|path| {
            let name = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
            let network = import::load(&read(&path), &LoadOptions::default())
                .unwrap_or_else(|e| panic!("{name}: {e}"));
            (name, Arc::new(network))
        })
        .collect();
    assert!(!networks.is_empty());
    networks.sort_by(|a, b| a.0.cmp(&b.0));
    networks
}

/// The gallery's digits with a little noise, repeated up to a number of lanes,
/// and their goals. Without noise a max-pool sees numbers that differ in the
/// seventh place, and which of them is larger depends on the order of a sum.
fn gallery(lanes: usize) -> (Vec<f32>, Vec<Goal>) {
    let folder = repository("models");
    let digits = read_digits(
        &read(&folder.join("gallery-images-idx3-ubyte.gz")),
        &read(&folder.join("gallery-labels-idx1-ubyte.gz")),
    )
    .expect("the gallery can be read");
    let mut random = Random::new(3);
    let noisy = |pixel: &f32| 0.9 * pixel + 0.1 * random.unit();
    let images = digits.images.iter().cycle().take(lanes * PIXELS).map(noisy).collect();
    let goal = |(lane, label): (usize, &u8)| match lane % 3 {
        0 => Goal::CrossEntropy((usize::from(*label) + 1) % CLASSES),
        1 => Goal::Margin(usize::from(*label), (usize::from(*label) + 4) % CLASSES),
        _ => Goal::CrossEntropy(usize::from(*label)),
    };
    (images, digits.labels.iter().cycle().take(lanes).enumerate().map(goal).collect())
}

fn on_device(context: &Arc<GpuContext>, network: &Arc<Network>) -> GpuExecutor {
    GpuExecutor::new(context.clone(), network.clone()).expect("the device works")
}

fn evaluate(executor: &mut GpuExecutor, images: &[f32], goals: &[Goal]) -> Evaluation {
    let mut out = Evaluation::default();
    pollster::block_on(executor.evaluate(images, goals, &mut out)).expect("the device works");
    out
}

fn distance(actual: &[f64], expected: &[f64]) -> f64 {
    let norm = |v: &mut dyn Iterator<Item = f64>| v.map(|x| x * x).sum::<f64>().sqrt();
    let gap = norm(&mut actual.iter().zip(expected).map(|(a, e)| a - e));
    gap / norm(&mut expected.iter().copied())
}

/// Whether no gradient of a batch agrees with its own, as from another network.
fn all_differ(actual: &Evaluation, expected: &[f64]) -> bool {
    let lanes = actual.gradients.chunks(PIXELS).zip(expected.chunks(PIXELS));
    let mut gaps = lanes.map(|(actual, expected)| distance(&wide(actual), expected));
    gaps.all(|gap| gap > GRADIENT_NORM)
}

/// Gradients agree as vectors.
#[track_caller]
fn assert_gradient(what: &str, actual: &[f32], expected: &[f64]) {
    assert_eq!((actual.len(), expected.len()), (PIXELS, PIXELS), "{what}");
    // A NaN on either side fails.
    let gap = distance(&wide(actual), expected);
    assert!(gap <= GRADIENT_NORM, "{what}: relative distance {gap:e}");
}

#[test]
fn agrees_with_pytorch() {
    let Some(context) = device::context("agrees_with_pytorch") else { return };
    let record: serde_json::Value =
        serde_json::from_slice(&read(&repository("training/reference.json"))).expect("JSON");
    let labels = record["labels"].as_array().expect("a list").iter();
    let goals: Vec<Goal> =
        labels.map(|l| Goal::CrossEntropy(l.as_u64().expect("a digit") as usize)).collect();
    // The noisy set: on the digits as they are, not every gradient is determined.
    let noisy = unpacked(&record["images"]["noisy"]);
    let images: Vec<f32> = noisy.iter().map(|p| *p as f32).collect();
    let entries = record["models"].as_array().expect("a list");
    assert_eq!(images.len(), goals.len() * PIXELS);
    assert!(!entries.is_empty() && !goals.is_empty());
    for (name, network) in bundled() {
        let Some(entry) = entries.iter().find(|e| e["name"] == name.as_str()) else {
            panic!("{name} has no reference")
        };
        let out = evaluate(&mut on_device(&context, &network), &images, &goals);
        let entry = &entry["noisy"];
        let logits = unpacked(&entry["logits"]);
        assert_close(&name, &wide(&out.logits), &logits, LOGITS);
        let gradients = unpacked(&entry["gradients"]);
        for (lane, expected) in gradients.chunks(PIXELS).enumerate() {
            let actual = &out.gradients[lane * PIXELS..][..PIXELS];
            assert_gradient(&format!("{name}, lane {lane}"), actual, expected);
        }
        // Negative control: a first layer that is a hundredth larger.
        let other = evaluate(&mut on_device(&context, &spoiled(&network, 1.01)), &images, &goals);
        assert!(compare(&wide(&other.logits), &logits, LOGITS).is_err(), "{name}: logits");
        assert!(all_differ(&other, &gradients), "{name}: gradients of another network pass");
    }
}

/// Base64 of little-endian f32.
fn unpacked(value: &serde_json::Value) -> Vec<f64> {
    let bytes = STANDARD.decode(value.as_str().expect("a string")).expect("base64");
    let number = |b: &[u8]| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    bytes.chunks_exact(4).map(number).collect()
}

#[test]
fn agrees_with_processor() {
    let Some(context) = device::context("agrees_with_processor") else { return };
    for (name, network) in bundled() {
        let mut gpu = on_device(&context, &network);
        let mut cpu = CpuExecutor::new(network.clone());
        let mut other = CpuExecutor::new(spoiled(&network, 1.01));
        for lanes in [1, 8, 3, 40] {
            let (images, goals) = gallery(lanes);
            let actual = evaluate(&mut gpu, &images, &goals);
            let mut expected = Evaluation::default();
            cpu.evaluate(&images, &goals, &mut expected);
            let what = format!("{name}, {lanes} lanes");
            assert_close(&what, &wide(&actual.logits), &wide(&expected.logits), LOGITS);
            assert_close(&what, &wide(&actual.values), &wide(&expected.values), LOGITS);
            for lane in 0..lanes {
                let range = lane * PIXELS..(lane + 1) * PIXELS;
                let gradient = wide(&expected.gradients[range.clone()]);
                assert_gradient(&what, &actual.gradients[range], &gradient);
            }
            let logits = pollster::block_on(gpu.logits(&images)).expect("the device works");
            assert_eq!(logits, actual.logits, "{what}: forward alone gives the same logits");
            // Negative control: a first layer that is a hundredth larger.
            other.evaluate(&images, &goals, &mut expected);
            let passes = compare(&wide(&actual.logits), &wide(&expected.logits), LOGITS).is_ok();
            assert!(!passes && all_differ(&actual, &wide(&expected.gradients)), "{what}");
        }
    }
}

/// One submit and one read-back; two dispatches a layer and a few.
#[test]
fn costs_little() {
    let Some(context) = device::context("costs_little") else { return };
    for (name, network) in bundled() {
        let layers = network.nodes.iter().filter(|n| !matches!(n.op.name(), "input" | "reshape"));
        let most = 2 * layers.count() as u64 + 4;
        let mut gpu = on_device(&context, &network);
        for lanes in [1, 7] {
            let (images, goals) = gallery(lanes);
            let before = gpu.cost();
            evaluate(&mut gpu, &images, &goals);
            let cost = gpu.cost() - before;
            assert_eq!((cost.submits, cost.readbacks), (1, 1), "{name}");
            assert_eq!(cost.evaluations, lanes as u64, "{name}");
            assert!(
                (1..=most).contains(&cost.dispatches),
                "{name}: {} dispatches",
                cost.dispatches
            );
        }
    }
}

#[test]
fn cuts_large_batches() {
    let Some(context) = device::context("cuts_large_batches") else { return };
    let case = cases::mixed().pop().expect("a case");
    let network = Arc::new(case.network);
    let (images, goals) = gallery(23);
    let mut whole = on_device(&context, &network);
    let expected = evaluate(&mut whole, &images, &goals);
    let mut cut = on_device(&context, &network);
    cut.lower_limit(5);
    let actual = evaluate(&mut cut, &images, &goals);
    assert_eq!(cut.cost().submits, 5);
    assert_eq!(cut.cost().evaluations, 23);
    assert_close("values", &wide(&actual.values), &wide(&expected.values), Tolerance::CLOSE);
    assert_close("logits", &wide(&actual.logits), &wide(&expected.logits), Tolerance::CLOSE);
    assert_close(
        "gradients",
        &wide(&actual.gradients),
        &wide(&expected.gradients),
        Tolerance::CLOSE,
    );
    let logits = pollster::block_on(cut.logits(&images)).expect("the device works");
    assert_close("logits", &wide(&logits), &wide(&expected.logits), Tolerance::CLOSE);
    assert!(matches!(cut.prepare(6), Err(ExecError::TooLarge { required: 6, actual: 5, .. })));
}

/// The device's own limits set the size of a piece.
#[test]
fn respects_the_device() {
    let Some(context) = device::context("respects_the_device") else { return };
    let limits = context.device().limits();
    for (name, network) in bundled() {
        let limit = on_device(&context, &network).limit() as u64;
        let widest = network.nodes.iter().map(|n| n.len() as u64).max().expect("nodes");
        assert!(limit >= 64, "{name}: only {limit} lanes fit");
        assert!(limit * widest * 4 <= limits.max_storage_buffer_binding_size, "{name}");
    }
}

#[test]
fn says_when_the_device_is_lost() {
    let Some(shared) = device::context("says_when_the_device_is_lost") else { return };
    let network = Arc::new(cases::mixed().swap_remove(0).network);
    let (images, goals) = gallery(2);
    let expected = evaluate(&mut on_device(&shared, &network), &images, &goals);

    let context = pollster::block_on(GpuContext::open()).expect("a second device");
    let mut executor = on_device(&context, &network);
    evaluate(&mut executor, &images, &goals);
    context.device().destroy();
    for _ in 0..2 {
        let mut out = Evaluation::default();
        let answer = pollster::block_on(executor.evaluate(&images, &goals, &mut out));
        assert!(matches!(answer, Err(ExecError::DeviceLost(_))), "{answer:?}");
        let answer = pollster::block_on(executor.logits(&images));
        assert!(matches!(answer, Err(ExecError::DeviceLost(_))), "{answer:?}");
    }
    let again = GpuExecutor::new(context, network.clone());
    assert!(matches!(again.err(), Some(ExecError::DeviceLost(_))));

    let fresh = pollster::block_on(GpuContext::open()).expect("a fresh device");
    let actual = evaluate(&mut on_device(&fresh, &network), &images, &goals);
    assert_eq!(actual, expected);
}

/// Many evaluations in one pass of the caller's, as an attack on the device does.
#[test]
fn records_into_a_foreign_pass() {
    let Some(context) = device::context("records_into_a_foreign_pass") else { return };
    let network = Arc::new(cases::mixed().swap_remove(0).network);
    let (images, goals) = gallery(3);
    let mut executor = on_device(&context, &network);
    let expected = evaluate(&mut executor, &images, &goals);
    let before = executor.cost();

    let batch = executor.prepare(3).expect("three lanes fit");
    context.queue().write_buffer(batch.images(), 0, bytemuck::cast_slice(&images));
    let on_device_goals: Vec<DeviceGoal> = goals.iter().map(|goal| (*goal).into()).collect();
    context.queue().write_buffer(batch.goals(), 0, bytemuck::cast_slice(&on_device_goals));
    let mut encoder = context.device().create_command_encoder(&Default::default());
    let mut pass = encoder.begin_compute_pass(&Default::default());
    for _ in 0..4 {
        executor.record(&mut pass);
    }
    drop(pass);
    let bytes = (3 * PIXELS * 4) as u64;
    let staging = context.device().create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: bytes,
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    let gradients = executor.batch().expect("prepared").gradients();
    encoder.copy_buffer_to_buffer(gradients, 0, &staging, 0, bytes);
    executor.meter().submit(context.queue(), encoder.finish());
    let show = |bytes: &[u8]| bytemuck::pod_collect_to_vec::<u8, f32>(bytes);
    let read = context.read(executor.meter(), &staging, bytes, show);
    assert_eq!(pollster::block_on(read).expect("the device works"), expected.gradients);

    let cost = executor.cost() - before;
    assert_eq!((cost.evaluations, cost.submits, cost.readbacks), (12, 1, 1));
}

/// The same numbers twice, whatever ran in between.
#[test]
fn repeats_itself() {
    let Some(context) = device::context("repeats_itself") else { return };
    let network = Arc::new(cases::mixed().pop().expect("a case").network);
    let mut executor = Executor::Gpu(Box::new(on_device(&context, &network)));
    let mut run = |lanes| {
        let (images, goals) = gallery(lanes);
        let mut out = Evaluation::default();
        pollster::block_on(executor.evaluate(&images, &goals, &mut out)).expect("the device works");
        out
    };
    let first = run(6);
    run(9);
    run(2);
    assert_eq!(run(6), first);
}
