//! Lowered networks: bytes come back as what was written, or as an error; never as a panic.

use std::path::PathBuf;
use std::sync::Arc;

use blindspots::exec::{CpuExecutor, Evaluation, Goal};
use blindspots::import::{self, LoadOptions};
use blindspots::model::lowered::{LoweredError, read, seal, write};
use blindspots::model::{Network, Node, NodeId, Weight, WeightId};
use blindspots::ops::{Conv2d, Op, Operand, Part};

/// Bytes before the body, and where the version is among them.
const HEAD: usize = 28;
const VERSION: usize = 8;

/// Networks of a folder that load.
fn networks(folder: &str) -> Vec<(String, Network)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "onnx"))
        .collect();
    paths.sort();
    let load = |path: &PathBuf| {
        let bytes = std::fs::read(path).expect("it can be read");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        import::load(&bytes, &LoadOptions::default()).ok().map(|network| (name, network))
    };
    paths.iter().filter_map(load).collect()
}

fn fixture(name: &str) -> Network {
    let all = format!("tests/fixtures/onnx/{name}.onnx");
    let bytes = std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(all));
    import::load(&bytes.expect("the fixture"), &LoadOptions::default()).expect("it loads")
}

#[test]
fn what_is_written_is_read_again() {
    let mut seen = std::collections::BTreeSet::new();
    let all = [networks("models"), networks("tests/fixtures/onnx")].concat();
    assert!(all.len() > 110, "{} networks", all.len());
    for (name, network) in all {
        let bytes = write(&network);
        let again = read(&bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(again.nodes, network.nodes, "{name}");
        assert_eq!(again.weights, network.weights, "{name}");
        assert_eq!((again.image, again.output), (network.image, network.output), "{name}");
        assert_eq!(again.input_shape, network.input_shape, "{name}");
        assert_eq!(write(&again), bytes, "{name}");
        seen.extend(network.nodes.iter().map(|node| node.op.name()));
    }
    // Every operation was among them, so that none is left out of the format.
    assert_eq!(seen.len(), 12, "{seen:?}");
}

#[test]
fn every_truncation_is_an_error_and_so_is_what_follows() {
    let bytes = write(&fixture("three-classes"));
    for length in 0..bytes.len() {
        let error = read(&bytes[..length]).expect_err("it is cut off");
        let expected = if length == 0 { "not-a-lowered-network" } else { "lowered-truncated" };
        assert_eq!(error.code(), expected, "{length} bytes");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(read(&longer).expect_err("a byte too many").code(), "lowered-damaged");
}

#[test]
fn another_version_and_damage_are_told_apart() {
    let bytes = write(&fixture("three-classes"));
    let with = |at: usize| {
        let mut spoiled = bytes.clone();
        spoiled[at] ^= 1;
        read(&spoiled).expect_err("it is spoiled").code()
    };
    assert_eq!(with(0), "not-a-lowered-network");
    assert_eq!(with(VERSION), "other-lowered-version");
    for at in HEAD..bytes.len() {
        assert_eq!(with(at), "lowered-damaged", "byte {at}");
    }
    assert_eq!(read(b"<!doctype html>").expect_err("a page").code(), "not-a-lowered-network");
}

/// A small generator of the same numbers everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }
}

#[test]
fn spoiled_bytes_are_refused_or_run() {
    const NETWORKS: [&str; 12] = [
        "three-classes",
        "colour-channels-last",
        "ts-attention",
        "act-min-max-where",
        "pool-max-ceil",
        "pool-avg-exclude-pad",
        "conv-uneven",
        "conv-grouped",
        "reduced",
        "diamond",
        "dynamo-einsum",
        "keras-conv",
    ];
    const EACH: usize = 800;
    let mut random = Random(7);
    let (mut refused, mut run) = (0, 0);
    for name in NETWORKS {
        let network = fixture(name);
        let bytes = write(&network);
        // Weights may be anything finite: what is spoiled lies before and behind them.
        let head = HEAD..HEAD + 24 + 8 + 8 * network.input_shape.len() + 1 + 8;
        let size = |w: &Weight| 8 + w.name.len() + 8 + 8 * w.shape.len() + 8 + 4 * w.data.len();
        let nodes = head.end + network.weights.iter().map(size).sum::<usize>()..bytes.len();
        for _ in 0..EACH {
            let mut spoiled = bytes.clone();
            for _ in 0..=random.below(2) {
                let at = random.below(head.len() + nodes.len());
                let at =
                    if at < head.len() { head.start + at } else { nodes.start + at - head.len() };
                spoiled[at] = match random.below(3) {
                    0 => spoiled[at].wrapping_add(1),
                    1 => spoiled[at].wrapping_sub(1),
                    _ => random.below(256) as u8,
                };
            }
            seal(&mut spoiled);
            match read(&spoiled) {
                Ok(network) => {
                    let image = vec![0.5; network.pixels()];
                    let mut result = Evaluation::default();
                    let mut executor = CpuExecutor::new(Arc::new(network));
                    executor.evaluate(&image, &[Goal::CrossEntropy(1)], &mut result);
                    assert!(!result.logits.is_empty());
                    run += 1;
                }
                Err(error) => {
                    assert!(error.code().name().starts_with("lowered-"), "{error:?}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 1000 && run > 300, "{refused} refused, {run} run");
}

/// What is said of a network after something was done to it.
fn flaw(name: &str, spoil: impl FnOnce(&mut Network)) -> &'static str {
    let mut network = fixture(name);
    spoil(&mut network);
    match read(&write(&network)) {
        Err(LoweredError::Flawed(flaw)) => flaw.what,
        other => panic!("{name}: {other:?}"),
    }
}

/// The first node of an operation.
fn first<'a>(network: &'a mut Network, name: &str) -> &'a mut Node {
    let found = network.nodes.iter_mut().find(|node| node.op.name() == name);
    found.expect("the network has such a node")
}

#[test]
fn each_flaw_is_named() {
    let conv = |spoil: fn(&mut Conv2d)| {
        flaw("three-classes", |network| match &mut first(network, "conv2d").op {
            Op::Conv2d(op) => spoil(op),
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(conv(|op| op.stride = [0, 4]), "has a window, step or gap of zero");
    assert_eq!(conv(|op| op.kernel = [5, 4]), "has a weight of another size");
    assert_eq!(conv(|op| op.pad = [9, 0]), "has windows that lie beside their input");
    assert_eq!(conv(|op| op.stride = [8, 4]), "has windows that lie beside their input");
    assert_eq!(conv(|op| op.groups = 3), "has groups that do not divide channels");
    assert_eq!(conv(|op| op.dilation = [usize::MAX, 1]), "has windows of no usable size");
    assert_eq!(conv(|op| op.weight = WeightId(99)), "has a weight that is not there");
    let linear = flaw("three-classes", |n| match &mut first(n, "linear").op {
        Op::Linear(op) => op.k += 1,
        other => panic!("{other:?}"),
    });
    assert_eq!(linear, "has sizes that do not fit what it reads or gives");
    let later = flaw("three-classes", |n| first(n, "conv2d").inputs = vec![NodeId(2)]);
    assert_eq!(later, "reads what comes later");
    let infinite = flaw("three-classes", |n| {
        let weight = &mut n.weights[0];
        weight.data = weight.data.iter().map(|_| f32::INFINITY).collect();
    });
    assert_eq!(infinite, "holds NaN or an infinity");
    let operand = flaw("diamond", |n| match &mut first(n, "binary").op {
        Op::Binary(op) => op.operands[1] = Operand::Input(7),
        other => panic!("{other:?}"),
    });
    assert_eq!(operand, "has operands that are not its inputs");
    let strided = flaw("diamond", |n| match &mut first(n, "binary").op {
        Op::Binary(op) => op.strides[0].iter_mut().for_each(|stride| *stride += 1),
        other => panic!("{other:?}"),
    });
    assert_eq!(strided, "reads beyond an operand");
    let part = |spoil: fn(&mut Part)| {
        flaw("colour-channels-last", |n| match &mut first(n, "rearrange").op {
            Op::Rearrange(op) => spoil(&mut op.parts[0]),
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(part(|p| p.src_offset = 1), "copies beyond what it reads or writes");
    assert_eq!(part(|p| p.src_strides[0] = isize::MIN), "copies beyond what it reads or writes");
    assert_eq!(part(|p| p.dst_strides.fill(0)), "writes twice");
    assert_eq!(part(|p| p.input = 1), "copies from an input that is not there");
    let huge = flaw("three-classes", |n| n.image.width = usize::MAX);
    assert_eq!(huge, "reads an image of no usable size");
    let one = flaw("three-classes", |n| n.nodes.truncate(1));
    assert_eq!(one, "has no operation");
    let itself = flaw("three-classes", |n| {
        n.nodes.truncate(2);
        n.nodes[1] =
            Node { op: Op::Reshape, inputs: vec![NodeId(0)], shape: vec![64], name: "x".into() };
    });
    assert_eq!(itself, "computes no logits of two classes or more");
}
