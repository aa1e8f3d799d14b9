//! Files made in a few words, and what is read of them.

use prost::Message as _;
use tract_onnx::pb::type_proto::Value as Type;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorProto};

use super::graph::testing::{float, int, integers, ints, model, node, value, weight};
use super::{ImportError, LoadOptions, load};
use crate::exec::{CpuExecutor, Evaluation, Goal};
use crate::model::{ImageShape, Network, OutputKind};
use crate::testing::models;

#[test]
fn a_value_is_repeated_along_all_of_its_axes() {
    let largest =
        NodeProto { attribute: vec![ints("axes", &[2, 3, 4])], ..node("ReduceMax", "t", "m") };
    let graph = GraphProto {
        node: vec![
            node("Reshape", "x s", "a"),
            node("Tile", "a r", "t"),
            largest,
            node("Reshape", "m o", "y"),
        ],
        input: vec![value("x", &[1, 28, 28])],
        output: vec![value("y", &[1, 4])],
        initializer: vec![
            integers("s", 7, &[1, 2, 14, 4, 7]),
            integers("r", 7, &[1, 2, 3, 2, 2]),
            integers("o", 7, &[1, 4]),
        ],
        ..GraphProto::default()
    };
    let network = load(&model(graph).encode_to_vec(), &LoadOptions::default()).expect("a Tile");
    // The halves of the image are the two channels, which come again.
    let mut image = vec![0.1; 784];
    (image[5], image[700]) = (0.25, 0.75);
    let mut executor = CpuExecutor::new(std::sync::Arc::new(network));
    assert_eq!(executor.logits(&image), [0.25, 0.75, 0.25, 0.75]);
    image.rotate_left(392);
    assert_eq!(executor.logits(&image), [0.75, 0.25, 0.75, 0.25]);
}

/// Eight pixels at `z = 4x − 2`, which some nodes make `y` of: whole numbers, halves between even and odd
/// ones, and others.
const EIGHT: [f32; 8] = [0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.875, 0.9375];

fn of_eight(nodes: Vec<NodeProto>) -> Result<Network, ImportError> {
    let before = vec![
        node("Flatten", "x", "flat"),
        node("Mul", "flat four", "m"),
        node("Sub", "m two", "z"),
    ];
    let graph = GraphProto {
        node: [before, nodes].concat(),
        input: vec![value("x", &[1, 1, 8])],
        output: vec![value("y", &[1, 8])],
        initializer: vec![weight("four", &[1], &[4.0]), weight("two", &[1], &[2.0])],
        ..GraphProto::default()
    };
    let image = Some(ImageShape { channels: 1, height: 1, width: 8 });
    let options = LoadOptions { image, ..LoadOptions::default() };
    load(&model(graph).encode_to_vec(), &options)
}

#[test]
fn whole_numbers_below_and_above_are_exact_and_gradients_go_straight_through() {
    let at = |operator: &str| {
        let network = of_eight(vec![node(operator, "z", "y")]).expect("it rounds");
        assert!(network.straight_through());
        let mut executor = CpuExecutor::new(std::sync::Arc::new(network));
        let mut evaluation = Evaluation::default();
        executor.evaluate(&EIGHT, &[Goal::Margin(1, 6)], &mut evaluation);
        (executor.logits(&EIGHT), evaluation.gradients)
    };
    let slopes = [0.0, 4.0, 0.0, 0.0, 0.0, 0.0, -4.0, 0.0];
    assert_eq!(at("Floor"), (vec![-2.0, -2.0, -1.0, -1.0, 0.0, 0.0, 1.0, 1.0], slopes.to_vec()));
    assert_eq!(at("Ceil"), (vec![-2.0, -1.0, -1.0, 0.0, 0.0, 1.0, 2.0, 2.0], slopes.to_vec()));
    // The control: of halves the nearest number is the even one.
    assert_eq!(at("Round").0, [-2.0, -2.0, -1.0, 0.0, 0.0, 0.0, 2.0, 2.0]);
}

#[test]
fn every_number_but_zero_is_true() {
    let cast = |to, from: &str, name: &str| NodeProto {
        attribute: vec![int("to", to)],
        ..node("Cast", from, name)
    };
    let both = vec![cast(9, "z", "t"), node("And", "t t", "a"), cast(1, "a", "y")];
    let network = of_eight(both).expect("it loads");
    let logits = CpuExecutor::new(std::sync::Arc::new(network)).logits(&EIGHT);
    assert_eq!(logits, [1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0]);
}

#[test]
fn a_class_in_the_middle_is_refused_for_what_it_is() {
    for op in ["ArgMax", "ArgMin", "Hardmax"] {
        let axis = vec![int("axis", 1)];
        let chosen = NodeProto { attribute: axis, ..node(op, "z", "k") };
        let cast = NodeProto { attribute: vec![int("to", 1)], ..node("Cast", "k", "f") };
        let refused = of_eight(vec![chosen, cast, node("Add", "f z", "y")]);
        let said = refused.expect_err("it jumps").to_string();
        assert!(said.contains(&format!("({op})")) && said.contains("its result jumps"), "{said}");
    }
}

/// The gallery's reader with its outputs in another order, and more of them.
fn with_outputs(names: &[&str]) -> Network {
    let bytes = std::fs::read(models().join("fc100-100-10.onnx")).expect("it is bundled");
    let mut file = ModelProto::decode(&bytes[..]).expect("it is a model");
    let graph = file.graph.as_mut().expect("a graph");
    let last = graph.output[0].name.clone();
    let hidden = graph.node.iter().find(|n| n.op_type != "Flatten" && n.output[0] != last);
    let hidden = hidden.expect("a hidden layer").output[0].clone();
    let of = |name: &&str| match *name {
        "last" => graph.output[0].clone(),
        name => {
            let from = if name == "hidden" { &hidden } else { &last };
            graph.node.push(node("Identity", from, name));
            value(name, &[])
        }
    };
    let outputs = names.iter().map(of).collect();
    graph.output = outputs;
    graph.output.iter_mut().for_each(|output| output.r#type = None);
    load(&file.encode_to_vec(), &LoadOptions::default()).expect("it reads digits")
}

#[test]
fn of_several_outputs_the_one_that_reads_digits_is_read() {
    let reads = |network: &Network| network.expects.score.map_or(0, |score| score.right);
    for names in [&["hidden", "last"][..], &["last", "hidden"]] {
        let network = with_outputs(names);
        assert_eq!((network.classes(), network.expects.output.is_some()), (10, true));
        assert!(reads(&network) > 90, "{names:?}: {}", reads(&network));
    }
    // Those that are called scores are tried first.
    let named = with_outputs(&["copy", "all-the-scores"]);
    assert_eq!(named.expects.output.as_deref(), Some("all-the-scores"));
    assert!(named.expects.words().ends_with("; of its outputs “all-the-scores”"));
    assert_eq!(with_outputs(&["last"]).expects.output, None);
}

/// A mask that leaves some rows nothing: their softmax is no number, and a `Where` puts 0 there.
#[test]
fn what_is_no_number_and_what_has_no_end_is_found() {
    let infinite = |attributes| NodeProto { attribute: attributes, ..node("IsInf", "q", "i") };
    for (test, right) in [
        (node("IsNaN", "q", "i"), [1.0, 0.0, 0.0, 0.5]),
        (infinite(vec![]), [0.0, 1.0, 1.0, 0.5]),
        (infinite(vec![int("detect_negative", 0)]), [0.0, 1.0, 0.0, 0.5]),
        (infinite(vec![int("detect_positive", 0)]), [0.0, 0.0, 1.0, 0.5]),
    ] {
        let graph = GraphProto {
            // 0/0, 1/0, −1/0 and 1/1 for the image 0, 1, 0, 1.
            node: vec![
                node("Sub", "x c", "n"),
                node("Div", "n d", "q"),
                test,
                node("Where", "i one zero", "t"),
                node("Mul", "x half", "h"),
                node("Mul", "h last", "l"),
                node("Add", "t l", "s"),
                node("Reshape", "s o", "y"),
            ],
            input: vec![value("x", &[1, 2, 2])],
            output: vec![value("y", &[1, 4])],
            initializer: vec![
                weight("c", &[1, 2, 2], &[0.0, 0.0, 1.0, 0.0]),
                weight("d", &[1, 2, 2], &[0.0, 0.0, 0.0, 1.0]),
                weight("one", &[1], &[1.0]),
                weight("zero", &[1], &[0.0]),
                weight("half", &[1], &[0.5]),
                weight("last", &[1, 2, 2], &[0.0, 0.0, 0.0, 1.0]),
                integers("o", 7, &[1, 4]),
            ],
            ..GraphProto::default()
        };
        let network = load(&model(graph).encode_to_vec(), &LoadOptions::default());
        let mut executor = CpuExecutor::new(std::sync::Arc::new(network.expect("it loads")));
        assert_eq!(executor.logits(&[0.0, 1.0, 0.0, 1.0]), right);
    }
}

/// As PyTorch exports a normalisation by neighbouring channels.
#[test]
fn channels_are_pooled_as_the_first_of_three_axes() {
    let image = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
    for (op, kernel, right) in [
        ("AveragePool", [2, 1, 1], Some([2.0, 3.0, 4.0, 5.0, 6.0, 7.0])),
        ("MaxPool", [2, 1, 1], Some([3.0, 4.0, 5.0, 6.0, 7.0, 8.0])),
        ("AveragePool", [2, 2, 1], None),
    ] {
        let pool = NodeProto {
            attribute: vec![ints("kernel_shape", &kernel), ints("strides", &[1, 1, 1])],
            ..node(op, "v", "p")
        };
        let graph = GraphProto {
            node: vec![node("Reshape", "x five", "v"), pool, node("Reshape", "p flat", "y")],
            input: vec![value("x", &[1, 4, 2, 1])],
            output: vec![value("y", &[1, 6])],
            initializer: vec![integers("five", 7, &[1, 1, 4, 2, 1]), integers("flat", 7, &[1, -1])],
            ..GraphProto::default()
        };
        let image_shape = crate::model::ImageShape { channels: 4, height: 2, width: 1 };
        let options = LoadOptions { image: Some(image_shape), ..LoadOptions::default() };
        let loaded = load(&model(graph).encode_to_vec(), &options);
        match right {
            Some(right) => {
                let network = std::sync::Arc::new(loaded.expect("it loads"));
                assert_eq!(CpuExecutor::new(network).logits(&image), right);
            }
            None => {
                let error = loaded.expect_err("two axes of three are pooled").to_string();
                assert!(error.contains("only one and two dimensions"), "{error}");
            }
        }
    }
}

#[test]
fn a_row_times_a_row_is_one_number() {
    let graph = GraphProto {
        node: vec![
            node("MatMul", "m v", "mv"),
            node("MatMul", "u mv", "norm"),
            node("Div", "m norm", "w"),
            node("Reshape", "x o", "r"),
            node("MatMul", "r w", "y"),
        ],
        input: vec![value("x", &[1, 2, 2])],
        output: vec![value("y", &[1, 2])],
        initializer: vec![
            weight("m", &[4, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]),
            weight("v", &[2], &[1.0, -2.0]),
            weight("u", &[4], &[1.0, 0.0, 0.0, -1.0]),
            integers("o", 7, &[1, 4]),
        ],
        ..GraphProto::default()
    };
    // m·v = (−3, −5, −7, −9), and u·(m·v) = 6.
    let network = load(&model(graph).encode_to_vec(), &LoadOptions::default());
    let mut executor = CpuExecutor::new(std::sync::Arc::new(network.expect("it loads")));
    assert_eq!(executor.logits(&[0.0, 0.0, 0.0, 1.0]), [7.0 / 6.0, 8.0 / 6.0]);
}

#[test]
fn samples_tell_which_image_a_free_size_stands_for() {
    let bytes = std::fs::read(models().join("cnn.onnx")).expect("it is bundled");
    let mut file = ModelProto::decode(&bytes[..]).expect("it is a model");
    let input = &mut file.graph.as_mut().expect("a graph").input[0];
    let Some(Type::TensorType(tensor)) = input.r#type.as_mut().and_then(|t| t.value.as_mut())
    else {
        panic!("a tensor");
    };
    let sizes = &mut tensor.shape.as_mut().expect("a shape").dim;
    sizes.iter_mut().skip(2).for_each(|size| size.value = None);
    let free = file.encode_to_vec();
    let network = load(&free, &LoadOptions::default()).expect("it reads digits");
    assert_eq!(network.image, crate::digit::IMAGE);
    assert!(network.expects.score.is_some_and(|score| !score.is_poor()));
    // Without samples nobody knows.
    let blind = LoadOptions { samples: None, ..LoadOptions::default() };
    assert!(matches!(load(&free, &blind), Err(ImportError::AmbiguousImage { .. })));
}

/// Nodes that become several need no name of their own, as in files that name values only.
#[test]
fn what_is_spelled_out_needs_no_name() {
    let sum = NodeProto {
        attribute: vec![ints("axes", &[2]), int("keepdims", 0)],
        ..node("ReduceLogSumExp", "a", "z")
    };
    let celu = NodeProto { attribute: vec![float("alpha", 2.0)], ..node("Celu", "z", "y") };
    let graph = GraphProto {
        node: vec![node("Reshape", "x s", "a"), sum, celu],
        input: vec![value("x", &[1, 28, 28])],
        output: vec![value("y", &[1, 4])],
        initializer: vec![integers("s", 7, &[1, 4, 196])],
        ..GraphProto::default()
    };
    let network = load(&model(graph).encode_to_vec(), &LoadOptions::default());
    let mut executor = CpuExecutor::new(std::sync::Arc::new(network.expect("it loads")));
    let logits = executor.logits(&[0.5; 784]);
    let wanted = 196f64.ln() + 0.5;
    assert!(logits.iter().all(|z| (f64::from(*z) - wanted).abs() < 1e-5), "{logits:?}");
}

#[test]
fn probabilities_are_shown_as_the_file_gives_them() {
    // The mean of each quarter of the image, ten times, is what comes before.
    let ending_in = |nodes: Vec<NodeProto>, kind: i32, zero: i64| {
        let ten = weight("ten", &[1], &[10.0]);
        let mean = NodeProto {
            attribute: vec![ints("axes", &[2]), int("keepdims", 0)],
            ..node("ReduceMean", "a", "m")
        };
        let mut all = vec![node("Reshape", "x s", "a"), mean, node("Mul", "m ten", "z")];
        all.extend(nodes);
        let mut output = value("y", &[1, 4]);
        if let Some(Type::TensorType(tensor)) =
            output.r#type.as_mut().and_then(|t| t.value.as_mut())
        {
            tensor.elem_type = kind;
        }
        let step = weight("step", &[], &[1.0 / 256.0]);
        let int32_data = vec![zero as i32];
        let name = "zero".into();
        let zero = TensorProto { name, data_type: kind, int32_data, ..TensorProto::default() };
        let graph = GraphProto {
            node: all,
            input: vec![value("x", &[1, 28, 28])],
            output: vec![output],
            initializer: vec![integers("s", 7, &[1, 4, 196]), ten, step, zero],
            ..GraphProto::default()
        };
        load(&model(graph).encode_to_vec(), &LoadOptions::default()).expect("a classifier")
    };
    let ending = |nodes| ending_in(nodes, 1, 0);
    let bytes = |kind, zero| {
        let steps = node("QuantizeLinear", "p step zero", "y");
        ending_in(vec![node("Softmax", "z", "p"), steps], kind, zero)
    };
    let mut image = vec![0.0; 784];
    image[196..392].fill(0.1);
    image[392..588].fill(0.3);
    let e = [0.0f64, 1.0, 3.0, 0.0].map(f64::exp);
    let softmax = e.map(|v| v / e.iter().sum::<f64>());
    let sigmoids = e.map(|v| v / (1.0 + v));
    let softplus = e.map(|v| v.ln_1p());
    let share = softplus.map(|v| v / softplus.iter().sum::<f64>());
    let clip = |of: &str| {
        let bounds = vec![float("min", 1e-7), float("max", 1.0)];
        NodeProto { attribute: bounds, ..node("Clip", of, "y") }
    };
    let sum = |of: &str| {
        let along = vec![int("keepdims", 1)];
        NodeProto { attribute: along, ..node("ReduceSum", of, "sum") }
    };
    let cases = [
        ("logits", ending(vec![node("Relu", "z", "y")]), OutputKind::Logits, softmax),
        ("softmax", ending(vec![node("Softmax", "z", "y")]), OutputKind::Probabilities, softmax),
        (
            "a softmax that is kept off zero",
            ending(vec![node("Softmax", "z", "p"), clip("p")]),
            OutputKind::Probabilities,
            softmax,
        ),
        ("a softmax in bytes", bytes(2, 0), OutputKind::Probabilities, softmax),
        ("a softmax in signed bytes", bytes(3, -128), OutputKind::Probabilities, softmax),
        (
            "divided by their sum",
            ending(vec![node("Softplus", "z", "p"), sum("p"), node("Div", "p sum", "y")]),
            OutputKind::Distribution,
            share,
        ),
        ("sigmoids", ending(vec![node("Sigmoid", "z", "y")]), OutputKind::Independent, sigmoids),
    ];
    for (what, network, kind, wanted) in cases {
        assert_eq!(network.output, kind, "{what}");
        let mut executor = CpuExecutor::new(std::sync::Arc::new(network));
        let shown = kind.probabilities(&executor.logits(&image));
        for (p, wanted) in shown.iter().zip(wanted) {
            assert!((f64::from(*p) - wanted).abs() < 1e-6, "{what}: {shown:?}, {wanted}");
        }
    }
}
