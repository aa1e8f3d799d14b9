//! Branches and loops of small graphs.

use tract_onnx::pb::{GraphProto, NodeProto};

use super::{held, resolve};
use crate::import::graph::sort;
use crate::import::graph::testing::{graph, graph_of, integers, node, value, weight, written};

#[test]
fn a_branch_whose_condition_is_known_is_taken() {
    let ends = |name: &str, nodes| GraphProto {
        node: nodes,
        output: vec![value(name, &[])],
        initializer: vec![weight("w", &[], &[2.0])],
        ..GraphProto::default()
    };
    let branching = |condition: &str, output: &str| NodeProto {
        attribute: vec![
            graph_of(
                "then_branch",
                ends("r", vec![node("Mul", "x w", "t"), node("Neg", "t", "r")]),
            ),
            graph_of("else_branch", ends("x", vec![])),
        ],
        ..node("If", condition, output)
    };
    let nothing = |_: &GraphProto, names: &[String]| vec![None; names.len()];
    let mut graph = graph(vec![
        branching("yes", "p"),
        branching("no", "q"),
        branching("open", "s"),
        node("Sum", "p q s", "y"),
    ]);
    graph.initializer = vec![integers("yes", 9, &[1]), integers("no", 9, &[0])];
    let mut chosen = graph.clone();
    resolve(&mut chosen, 17, nothing).expect("branches that fit");
    let text = written(&chosen.node);
    assert_eq!(text[..3], ["Mul(x, p/w) → p/t", "Neg(p/t) → p", "Identity(x) → q"]);
    assert_eq!(chosen.node[3].op_type, "If");
    assert!(chosen.initializer.iter().any(|t| t.name == "p/w"));
    // Values that are computed are asked for where none is held.
    let mut all = graph.clone();
    resolve(&mut all, 17, |_, names| names.iter().map(|n| Some((n == "open").into())).collect())
        .expect("they fit");
    assert!(all.node.iter().all(|n| n.op_type != "If"));
    assert_eq!(sort(&mut all), Ok(()));
    // Without a condition none is chosen.
    for inputs in [vec![], vec![String::new()]] {
        let mut without = graph.clone();
        without.node = vec![NodeProto { input: inputs, ..branching("", "y") }];
        resolve(&mut without, 17, nothing).expect("nothing to do");
        assert_eq!(without.node[0].op_type, "If");
    }
}

/// `y` and `row` of a loop from `x` that adds a weight; what it says of its end is `goes`.
fn adding(steps: &str, goes: Vec<NodeProto>) -> GraphProto {
    let mut body = GraphProto {
        node: [node("Add", "h w", "next"), node("Identity", "next", "piece")].into(),
        input: ["i", "on", "h"].map(|name| value(name, &[])).into(),
        output: ["goes", "next", "piece"].map(|name| value(name, &[])).into(),
        initializer: vec![weight("w", &[], &[2.0])],
        ..GraphProto::default()
    };
    body.node.extend(goes);
    let mut looping = node("Loop", "x", "y row");
    looping.attribute = vec![graph_of("body", body)];
    looping.input = [steps, "yes", "x"].map(str::to_string).into();
    let mut graph = graph(vec![looping]);
    graph.initializer =
        vec![integers("two", 7, &[2]), integers("yes", 9, &[1]), integers("no", 9, &[0])];
    graph
}

#[test]
fn a_loop_is_written_out_as_far_as_it_goes() {
    let nothing = |_: &GraphProto, names: &[String]| vec![None; names.len()];
    let mut twice = adding("two", vec![node("Identity", "on", "goes")]);
    resolve(&mut twice, 17, nothing).expect("a loop of two steps");
    let text = written(&twice.node);
    let expected = [
        "Add(x, y/w) → y/0/next",
        "Identity(y/0/next) → y/0/piece",
        "Identity(y/0/on) → y/0/goes",
        "Add(y/0/next, y/w) → y/1/next",
        "Identity(y/1/next) → y/1/piece",
        "Identity(y/1/on) → y/1/goes",
        "Identity(y/1/next) → y",
        "Unsqueeze(y/0/piece, row/axes) → row/0",
        "Unsqueeze(y/1/piece, row/axes) → row/1",
        "Concat(row/0, row/1) → row",
    ];
    assert_eq!(text, expected);
    let held = |name: &str| held(&twice, name).and_then(super::integers);
    assert_eq!(
        [held("y/0/i"), held("y/1/i"), held("row/axes")],
        [[0], [1], [0]].map(|v| Some(v.into()))
    );
    // Before version 13 axes were an attribute.
    let mut early = adding("two", vec![node("Identity", "on", "goes")]);
    resolve(&mut early, 12, nothing).expect("a loop of two steps");
    assert_eq!(written(&early.node)[7], "Unsqueeze(y/0/piece) → row/0");
    assert_eq!(early.node[7].attribute[0].ints, [0]);
    // A loop that computes whether it goes on is asked for that after each step.
    let mut asking = adding("", vec![node("Less", "i two", "goes")]);
    let third = |graph: &GraphProto, names: &[String]| {
        assert_eq!(names.len(), 1);
        assert!(graph.node.last().is_some_and(|node| node.output == names));
        vec![Some((names[0] != "y/2/goes").into())]
    };
    resolve(&mut asking, 17, third).expect("it ends");
    assert_eq!(written(&asking.node)[9], "Identity(y/2/next) → y");
}

#[test]
fn a_loop_without_an_end_or_without_steps_is_refused() {
    let nothing = |_: &GraphProto, names: &[String]| vec![None; names.len()];
    let always = |_: &GraphProto, names: &[String]| vec![Some(1); names.len()];
    let goes_on = || vec![node("Identity", "on", "goes")];
    let said = |mut graph: GraphProto, computed: fn(&GraphProto, &[String]) -> Vec<Option<i64>>| {
        resolve(&mut graph, 17, computed).expect_err("it is refused").to_string()
    };
    let many = |mut graph: GraphProto| {
        graph.initializer.push(integers("many", 7, &[1 << 40]));
        graph
    };
    let less = || vec![node("Less", "h w", "goes")];
    assert!(said(adding("", goes_on()), nothing).contains("“y” (Loop)"));
    assert!(said(adding("", goes_on()), nothing).contains("it never ends"));
    assert!(said(many(adding("many", goes_on())), nothing).contains("too many steps"));
    assert!(said(many(adding("many", less())), always).contains("too many steps"));
    assert!(said(adding("two", less()), nothing).contains("depends on the image"));
    let mut none = adding("two", goes_on());
    none.node[0].input[1] = "no".into();
    assert!(said(none.clone(), nothing).contains("it has no step"));
    // Without rows, what goes in comes out.
    none.node[0].output[1] = String::new();
    resolve(&mut none, 17, nothing).expect("nothing to do");
    assert_eq!(written(&none.node), ["Identity(x) → y"]);
    let mut unfit = adding("two", goes_on());
    unfit.node[0].input.pop();
    assert!(said(unfit, nothing).contains("its body does not take what it should"));
    // What hands itself on says nothing.
    let round = vec![node("Identity", "goes", "other"), node("Identity", "other", "goes")];
    assert!(said(adding("two", round), nothing).contains("depends on the image"));
    // How many steps is not known.
    let mut open = adding("count", goes_on());
    resolve(&mut open, 17, nothing).expect("it stays");
    assert_eq!(open.node[0].op_type, "Loop");
}
