//! The passes on small graphs.

use prost::Message as _;
use tract_onnx::pb::{
    AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
};

use super::testing::{float, graph, graph_of, integers, ints, model, node, value, weight, written};
use super::{check_domains, check_sizes, check_windows, inline, keep_ancestors, name_apart, sort};
use crate::code::Code;
use crate::import::ImportError;

fn function(domain: &str, name: &str, ends: [&str; 2], nodes: Vec<NodeProto>) -> FunctionProto {
    let list = |text: &str| text.split_whitespace().map(str::to_string).collect();
    FunctionProto {
        name: Some(name.into()),
        domain: Some(domain.into()),
        input: list(ends[0]),
        output: list(ends[1]),
        node: nodes,
        ..FunctionProto::default()
    }
}

fn inlined(mut model: ModelProto) -> Result<GraphProto, ImportError> {
    let bytes = model.encode_to_vec();
    inline(&mut model, &bytes)?;
    Ok(model.graph.expect("a graph"))
}

fn with(nodes: Vec<NodeProto>, functions: Vec<FunctionProto>) -> ModelProto {
    ModelProto { functions, ..model(graph(nodes)) }
}

#[test]
fn a_function_is_its_body_whatever_it_is_called() {
    for (domain, called) in [("mine", "mine:Relu"), ("", "Relu"), ("ai.onnx", "Relu")] {
        let relu = function(domain, "Relu", ["a", "b"], vec![node("Neg", "a", "b")]);
        let found = inlined(with(vec![node(called, "x", "y")], vec![relu])).expect("it is known");
        assert_eq!(written(&found.node), ["Neg(x) → y"], "{domain}");
        assert_eq!(check_domains(&found), Ok(()));
    }
}

#[test]
fn functions_within_functions_keep_their_values_apart() {
    let twice = function(
        "mine",
        "Twice",
        ["a", "b"],
        vec![node("mine:Once", "a", "t"), node("mine:Once", "t", "b")],
    );
    let once =
        function("mine", "Once", ["a", "b"], vec![node("Abs", "a", "t"), node("Neg", "t", "b")]);
    let nodes = vec![node("mine:Twice", "x", "t"), node("mine:Twice", "t", "y")];
    let found = inlined(with(nodes, vec![twice, once])).expect("they are known");
    assert_eq!(found.node.len(), 8);
    let mut made: Vec<&str> = found.node.iter().map(|n| n.output[0].as_str()).collect();
    made.sort_unstable();
    made.dedup();
    assert_eq!(made.len(), 8, "{:?}", written(&found.node));
    let mut sorted = found.clone();
    assert_eq!(sort(&mut sorted), Ok(()));
    assert_eq!(sorted, found, "bodies are in order");
}

#[test]
fn results_that_are_operands_and_operands_that_are_left_out() {
    let odd = function(
        "mine",
        "Odd",
        ["a min max", "a b b"],
        vec![node("Clip", "a min max", "b"), node("Shape", "a", "unused")],
    );
    let found =
        inlined(with(vec![node("mine:Odd", "x", "same y again")], vec![odd])).expect("known");
    let text = written(&found.node);
    assert_eq!(text[0], "Clip(x, , ) → y");
    assert_eq!(text[2..], ["Identity(x) → same", "Identity(y) → again"]);
}

#[test]
fn attributes_come_from_the_call_or_from_the_function() {
    let refers = |name: &str, to: &str| AttributeProto {
        name: name.into(),
        ref_attr_name: to.into(),
        r#type: 1,
        ..AttributeProto::default()
    };
    let inner = NodeProto {
        attribute: vec![refers("alpha", "slope"), refers("beta", "other")],
        ..node("HardSigmoid", "a", "b")
    };
    let branch =
        GraphProto { node: vec![inner], output: vec![value("b", &[])], ..GraphProto::default() };
    let within =
        NodeProto { attribute: vec![graph_of("then_branch", branch)], ..node("If", "c", "b") };
    let mut body = function("mine", "Leaky", ["a c", "b"], vec![within]);
    body.attribute = vec!["slope".into()];
    let call = |slope: Option<f32>| NodeProto {
        attribute: slope.map(|s| float("slope", s)).into_iter().collect(),
        ..node("mine:Leaky", "x c", "y")
    };
    // The default is in a field that the schema at hand does not have: field 11 of field 25.
    let bytes_of = |model: &ModelProto, default: f32| {
        let mut function = model.functions[0].encode_to_vec();
        let attribute = float("slope", default).encode_to_vec();
        function.extend([11 << 3 | 2, attribute.len() as u8]);
        function.extend(attribute);
        let mut bytes = ModelProto { functions: vec![], ..model.clone() }.encode_to_vec();
        bytes.extend([(25 << 3 | 2) as u8 | 0x80, 1]);
        prost::encoding::encode_varint(function.len() as u64, &mut bytes);
        bytes.extend(function);
        bytes
    };
    for (given, expected) in [(Some(0.5), 0.5), (None, 0.25)] {
        let mut model = with(vec![call(given)], vec![body.clone()]);
        let bytes = bytes_of(&model, 0.25);
        assert_eq!(ModelProto::decode(&bytes[..]).as_ref(), Ok(&model));
        inline(&mut model, &bytes).expect("it is known");
        let found = model.graph.expect("a graph").node.remove(0);
        let branch = found.attribute[0].g.clone().expect("a branch");
        let alpha: Vec<_> =
            branch.node[0].attribute.iter().map(|a| (a.name.as_str(), a.f)).collect();
        // What neither gives is left to the operator's own default.
        assert_eq!(alpha, [("alpha", expected)], "{given:?}");
        assert_eq!(branch.output[0].name, "y");
    }
}

#[test]
fn functions_that_call_themselves_or_grow_beyond_measure_are_refused() {
    let a = function("mine", "A", ["a", "b"], vec![node("mine:B", "a", "b")]);
    let b = function("mine", "B", ["a", "b"], vec![node("mine:A", "a", "b")]);
    let error = inlined(with(vec![node("mine:A", "x", "y")], vec![a, b])).expect_err("a circle");
    assert_eq!(error.code(), Code::MalformedOnnx);
    assert!(error.to_string().contains("“mine:A” calls itself"), "{error}");
    let doubled = |n: usize| {
        let inner = format!("mine:F{}", n + 1);
        let nodes = vec![node(&inner, "a", "t"), node(&inner, "t", "b")];
        function("mine", &format!("F{n}"), ["a", "b"], nodes)
    };
    let bomb: Vec<_> = (0..40).map(doubled).collect();
    let error = inlined(with(vec![node("mine:F0", "x", "y")], bomb)).expect_err("2⁴⁰ nodes");
    assert_eq!(error.code(), Code::TooLarge);
    let twin = || function("mine", "A", ["a", "b"], vec![node("Neg", "a", "b")]);
    let error = inlined(with(vec![node("mine:A", "x", "y")], vec![twin(), twin()]));
    assert_eq!(error.map_err(|e| e.code()), Err(Code::MalformedOnnx));
}

#[test]
fn a_function_in_another_version_of_the_operators_is_refused_where_that_matters() {
    let written_in = |graph: i64, body: i64| {
        let imports = |version| vec![OperatorSetIdProto { domain: String::new(), version }];
        let mut relu = function("mine", "Relu", ["a", "b"], vec![node("Neg", "a", "b")]);
        relu.opset_import = imports(body);
        let model = with(vec![node("mine:Relu", "x", "y")], vec![relu]);
        inlined(ModelProto { opset_import: imports(graph), ..model }).map_err(|e| e.code())
    };
    for (graph, body) in [(17, 17), (20, 18), (18, 21)] {
        assert!(written_in(graph, body).is_ok(), "{graph} and {body}");
    }
    for (graph, body) in [(17, 18), (11, 13), (18, 17)] {
        assert_eq!(written_in(graph, body), Err(Code::MalformedOnnx), "{graph} and {body}");
    }
}

#[test]
fn operators_of_other_domains_are_refused_with_their_domain() {
    for op in ["com.example:Relu", "com.microsoft:Relu", "ai.onnx.ml:TreeEnsembleClassifier"] {
        let error = check_domains(&graph(vec![node(op, "x", "y")])).expect_err("unknown");
        assert_eq!(error.code(), Code::UnsupportedOp);
        assert!(error.to_string().starts_with(&format!("node “y” ({op}) cannot ")), "{error}");
    }
    let branch = graph(vec![node("mine:Relu", "x", "y")]);
    let within = NodeProto { attribute: vec![graph_of("body", branch)], ..node("Loop", "x", "y") };
    assert!(check_domains(&graph(vec![within])).is_err());
    assert_eq!(check_domains(&graph(vec![node("ai.onnx:Relu", "x", "y")])), Ok(()));
}

#[test]
fn nodes_are_put_behind_what_they_read() {
    let nodes = vec![
        node("Add", "b c", "y"),
        node("Abs", "a", "c"),
        node("Neg", "a", "b"),
        node("Exp", "x", "a"),
    ];
    let mut mixed = graph(nodes);
    assert_eq!(sort(&mut mixed), Ok(()));
    let expected = ["Exp(x) → a", "Abs(a) → c", "Neg(a) → b", "Add(b, c) → y"];
    assert_eq!(written(&mixed.node), expected);
    let mut again = mixed.clone();
    assert_eq!(sort(&mut again), Ok(()));
    assert_eq!(again, mixed, "what is in order stays");
    // A branch reads what its node does not name.
    let branch = GraphProto {
        node: vec![node("Neg", "late", "r")],
        output: vec![value("r", &[])],
        ..GraphProto::default()
    };
    let branching =
        NodeProto { attribute: vec![graph_of("then_branch", branch)], ..node("If", "x", "y") };
    let mut hidden = graph(vec![branching, node("Abs", "x", "late"), node("Abs", "x", "idle")]);
    assert_eq!(sort(&mut hidden), Ok(()));
    assert_eq!(hidden.node[0].output, ["late"]);
    keep_ancestors(&mut hidden);
    assert_eq!(hidden.node.len(), 2);
}

#[test]
fn nodes_of_one_name_are_told_apart() {
    let named = |name: &str, node: NodeProto| NodeProto { name: name.into(), ..node };
    let nodes = vec![
        named("a", node("Neg", "x", "a")),
        named("a", node("Abs", "a", "b")),
        node("Exp", "b", "y"),
    ];
    let mut graph = graph(nodes);
    graph.initializer = vec![weight("y", &[], &[1.0])];
    name_apart(&mut graph);
    let names: Vec<&str> = graph.node.iter().map(|n| n.name.as_str()).collect();
    assert_eq!(names, ["a", "a~", "y~"]);
}

#[test]
fn names_that_do_not_fit_are_told() {
    let said = |nodes: Vec<NodeProto>| match sort(&mut graph(nodes)) {
        Err(ImportError::Malformed(text)) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(said(vec![node("Neg", "z", "y")]), "no node makes “z”, which node “y” (Neg) reads");
    assert_eq!(said(vec![node("Neg", "x", "z")]), "no node makes its output “y”");
    let circle = vec![
        node("Neg", "x", "a"),
        node("Add", "a c", "b"),
        node("Abs", "b", "c"),
        node("Neg", "c", "y"),
    ];
    assert_eq!(said(circle), "node “b” (Add) reads what depends on its own result");
    let twice = vec![node("Neg", "x", "y"), node("Abs", "x", "y")];
    assert_eq!(said(twice), "node “y” (Abs) makes “y”, which is there already");
    let again = vec![node("Neg", "x", "x"), node("Abs", "x", "y")];
    assert_eq!(said(again), "node “x” (Neg) makes “x”, which is there already");
    let mut doubled = graph(vec![node("Neg", "x", "y")]);
    doubled.output.push(value("y", &[]));
    assert!(sort(&mut doubled).is_err());
    let mut weights = graph(vec![node("Add", "x w", "y")]);
    weights.initializer = vec![weight("w", &[], &[1.0]), weight("w", &[], &[2.0])];
    assert!(sort(&mut weights).is_err());
}

#[test]
fn sizes_out_of_range_are_refused_by_name() {
    let conv = |name: &str, values: &[i64]| NodeProto {
        attribute: vec![ints(name, values)],
        ..node("Conv", "x w", "y")
    };
    let beyond = (1 << 32) + 1;
    let bad: [(&str, &[i64]); 7] = [
        ("pads", &[0, 0, beyond, 0]),
        ("pads", &[-1, 0, 0, 0]),
        ("strides", &[0, 1]),
        ("strides", &[1, -1]),
        ("dilations", &[beyond, 1]),
        ("kernel_shape", &[0, 3]),
        ("group", &[0]),
    ];
    for (name, values) in bad {
        let error = check_sizes(&graph(vec![conv(name, values)])).expect_err(name);
        assert_eq!(error.code(), Code::MalformedOnnx);
        assert!(error.to_string().contains("“y” (Conv) has "), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
    let good =
        [conv("pads", &[0, 1, 2, 3]), conv("strides", &[2, 1]), conv("kernel_shape", &[3, 3])];
    assert_eq!(check_sizes(&graph(good.to_vec())), Ok(()));
    for (op, data, code) in [
        ("Reshape", &[1, beyond][..], Code::MalformedOnnx),
        ("Expand", &[1 << 20, 1 << 20], Code::TooLarge),
        ("Pad", &[beyond, 0, 0, 0], Code::MalformedOnnx),
        ("Unsqueeze", &[beyond], Code::MalformedOnnx),
    ] {
        let mut graph = graph(vec![node(op, "x n", "y")]);
        graph.initializer = vec![integers("n", 7, data)];
        assert_eq!(check_sizes(&graph).map_err(|e| e.code()), Err(code), "{op}");
        graph.initializer = vec![integers("n", 7, &[1])];
        assert_eq!(check_sizes(&graph), Ok(()), "{op}");
    }
}

#[test]
fn an_order_of_axes_has_each_of_them_once() {
    let transpose = |perm: &[i64]| NodeProto {
        attribute: vec![ints("perm", perm)],
        ..node("Transpose", "x", "y")
    };
    for perm in [&[0, 1, 2, 2][..], &[0, 2], &[1, 2, 3], &[0, 0, 1]] {
        let error = check_sizes(&graph(vec![transpose(perm)])).expect_err("no order");
        assert_eq!(error.code(), Code::MalformedOnnx);
        assert!(error.to_string().contains(&format!("{perm:?}")), "{error}");
    }
    assert_eq!(check_sizes(&graph(vec![transpose(&[0, 2, 1])])), Ok(()));
}

#[test]
fn a_tensor_of_more_axes_than_any_has_is_refused_in_few_words() {
    let with = |axes: usize| {
        let mut graph = graph(vec![node("Mul", "x w", "y")]);
        graph.initializer = vec![weight("w", &vec![1; axes], &[1.0])];
        super::check_tensors(&mut graph)
    };
    let error = with(200_000).expect_err("too many axes");
    assert!(error.to_string().contains("200000 axes") && error.to_string().len() < 200, "{error}");
    assert_eq!(with(4), Ok(()));
}

#[test]
fn windows_fit_into_what_they_slide_over() {
    let integer = |name: &str, i| AttributeProto { name: name.into(), i, ..ints(name, &[]) };
    let shapes = |name: &str| match name {
        "x" => Some(vec![1, 1, 4, 4]),
        "k" => Some(vec![1, 1, 3, 3]),
        _ => None,
    };
    let fits = |op: &str, inputs: &str, attribute: Vec<AttributeProto>| {
        let graph = graph(vec![NodeProto { attribute, ..node(op, inputs, "y") }]);
        check_windows(&graph, shapes).is_ok()
    };
    let window = |n| ints("kernel_shape", &[n, n]);
    for (n, fit) in [(4, true), (5, false)] {
        assert_eq!(fits("MaxPool", "x", vec![window(n)]), fit, "{n}");
        let padded = vec![window(n + 2), ints("pads", &[1, 1, 1, 1])];
        assert_eq!(fits("AveragePool", "x", padded), fit, "{n}");
        // Rounded up, a window may lie over the rim by less than a step.
        let over = vec![window(n + 1), ints("strides", &[2, 2]), integer("ceil_mode", 1)];
        assert_eq!(fits("MaxPool", "x", over), fit, "{n}");
    }
    for (dilation, fit) in [(1, true), (2, false)] {
        let dilated = vec![ints("dilations", &[dilation, dilation])];
        assert_eq!(fits("Conv", "x k", dilated), fit, "{dilation}");
    }
    // What is not known is left to others.
    assert!(fits("MaxPool", "z", vec![window(9)]));
}

#[test]
fn a_kernel_has_the_axes_of_what_it_slides_over() {
    let shapes = |name: &str| match name {
        "flat" => Some(vec![1, 4]),
        "matrix" => Some(vec![4, 2]),
        "line" => Some(vec![1, 4, 9]),
        "image" => Some(vec![1, 4, 9, 9]),
        "kernel" => Some(vec![2, 4, 3, 3]),
        _ => None,
    };
    for op in ["Conv", "ConvTranspose"] {
        let checked = |inputs: &str| check_windows(&graph(vec![node(op, inputs, "y")]), shapes);
        for inputs in ["flat matrix", "z matrix", "flat z", "line kernel", "image matrix"] {
            let error = checked(inputs).expect_err("other axes");
            assert_eq!(error.code(), Code::MalformedOnnx, "{op} of {inputs}");
            assert!(error.to_string().contains(op), "{error}");
        }
        for inputs in ["image kernel", "z kernel", "image z", "z z"] {
            assert_eq!(checked(inputs), Ok(()), "{op} of {inputs}");
        }
    }
}
