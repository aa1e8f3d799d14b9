//! Chains compute what their networks do.

use super::*;
use crate::exec::double;
use crate::model::{Expectation, ImageShape, NodeId, OutputKind, Precision, Weight};
use crate::ops::{Conv2d, Pool2d, PoolKind, Softmax, Unary};
use std::sync::Arc;

const PIXELS: usize = 3;
const UNITS: usize = 4;

/// Rounding of a few sums in f64.
const TIGHT: f64 = 1e-12;

/// Numbers of both signs.
fn numbers(len: usize, seed: f32) -> Vec<f32> {
    (0..len).map(|i| (seed * (i as f32 + 1.0)).sin() * 2.0).collect()
}

/// A network in the making, one operation after the other.
struct Row {
    nodes: Vec<Node>,
    weights: Vec<Weight>,
}

impl Row {
    fn new() -> Row {
        let mut row = Row { nodes: Vec::new(), weights: Vec::new() };
        row.push(Op::Input, PIXELS);
        row
    }

    fn push(&mut self, op: Op, len: usize) {
        let inputs = self.nodes.len().checked_sub(1).map(NodeId).into_iter().collect();
        let name = format!("node-{}", self.nodes.len());
        self.nodes.push(Node { name, op, inputs, shape: vec![len] });
    }

    fn weight(&mut self, shape: &[usize], seed: f32) -> WeightId {
        let data: Arc<[f32]> = Arc::from(numbers(shape.iter().product(), seed));
        self.weights.push(Weight { name: "weight".into(), shape: shape.to_vec(), data });
        WeightId(self.weights.len() - 1)
    }

    fn len(&self) -> usize {
        self.nodes[self.nodes.len() - 1].len()
    }

    fn linear(mut self, n: usize, seed: f32) -> Row {
        let k = self.len();
        let (weight, bias) = (self.weight(&[k, n], seed), Some(self.weight(&[n], 0.7 * seed)));
        let activation = Activation::Identity;
        self.push(Op::Linear(Linear { rows: 1, k, n, weight, bias, activation }), n);
        self
    }

    fn unary(mut self, kind: UnaryKind, a: f32, b: f32) -> Row {
        let len = self.len();
        self.push(Op::Unary(Unary { kind, len, a, b }), len);
        self
    }

    /// A function of what came before and a constant, in this order or the other.
    fn binary(mut self, kind: BinaryKind, constant_first: bool) -> Row {
        let len = self.len();
        let mut operands = [Operand::Input(0), Operand::Weight(self.weight(&[len], 1.9))];
        if constant_first {
            operands.reverse();
        }
        let strides = [vec![1], vec![1]];
        self.push(Op::Binary(Binary { kind, shape: vec![len], operands, strides }), len);
        self
    }

    fn softmax(mut self, [outer, len, inner]: [usize; 3]) -> Row {
        let all = self.len();
        self.push(Op::Softmax(Softmax { log: false, outer, len, inner }), all);
        self
    }

    fn done(self) -> Network {
        Network {
            image: ImageShape { channels: 1, height: 1, width: PIXELS },
            nodes: self.nodes,
            weights: self.weights,
            input_shape: vec![PIXELS],
            expects: Expectation::default(),
            output: OutputKind::Logits,
            precision: Precision::Single,
        }
    }
}

/// How far the logits of a chain are from those of its network, over some images.
fn apart(chain: &Chain, network: &Network) -> f64 {
    let mut most = 0.0f64;
    for seed in [0.3, 0.9, 1.7, 2.2, 5.1] {
        let image: Vec<f32> = numbers(PIXELS, seed).iter().map(|v| 0.5 + 0.25 * v).collect();
        let wide: Vec<f64> = image.iter().map(|v| f64::from(*v)).collect();
        let (ours, theirs) = (chain.forward(&wide).pop(), double::values(network, &image));
        let ours = ours.expect("logits");
        assert_eq!(ours.len(), theirs.len());
        most = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(most, f64::max);
    }
    most
}

#[test]
fn a_chain_computes_what_its_network_does() {
    use UnaryKind as U;
    let hidden = || Row::new().linear(UNITS, 1.3);
    let rows = [
        Row::new().linear(2, 0.4),
        hidden().linear(3, 0.8),
        hidden().unary(U::Relu, 0.0, 0.0).linear(3, 0.8),
        hidden()
            .unary(U::Sigmoid, 0.0, 0.0)
            .linear(UNITS, 2.1)
            .unary(U::Tanh, 0.0, 0.0)
            .linear(3, 0.8),
        // Scales and shifts before a dense layer, behind one, and in a row.
        Row::new().unary(U::Affine, 1.5, -0.25).unary(U::Affine, -0.5, 2.0).linear(3, 0.8),
        hidden().unary(U::Affine, -1.5, 0.25).unary(U::Tanh, 0.0, 0.0).linear(3, 0.8),
        hidden().unary(U::Neg, 0.0, 0.0).unary(U::Sigmoid, 0.0, 0.0).linear(3, 0.8),
        hidden()
            .unary(U::Tanh, 0.0, 0.0)
            .unary(U::Affine, 3.0, 0.5)
            .unary(U::Sigmoid, 0.0, 0.0)
            .linear(3, 0.8),
        // Bounds on both sides and on either.
        hidden().unary(U::Clip, -0.5, 1.25).linear(3, 0.8),
        hidden().unary(U::Clip, -0.5, f32::INFINITY).linear(3, 0.8),
        hidden().unary(U::Clip, f32::NEG_INFINITY, 0.75).linear(3, 0.8),
        hidden().unary(U::Clip, f32::NEG_INFINITY, f32::INFINITY).linear(3, 0.8),
        hidden().unary(U::HardSigmoid, 0.2, 0.5).linear(3, 0.8),
        hidden().unary(U::Tanh, 0.0, 0.0).unary(U::Clip, -0.95, 0.6).linear(3, 0.8),
        // What makes logits equal stays.
        hidden().unary(U::Relu, 0.0, 0.0),
        hidden().unary(U::Clip, -0.5, 1.25),
    ];
    for (place, row) in rows.into_iter().enumerate() {
        let network = row.done();
        let chain = Chain::of(&network).unwrap_or_else(|error| panic!("{place}: {error}"));
        assert!(apart(&chain, &network) < TIGHT, "{place}: {:.1e}", apart(&chain, &network));
        // The negative control: other weights are told apart.
        let mut spoiled = network.clone();
        spoiled.weights[0].data = spoiled.weights[0].data.iter().map(|w| 1.01 * w).collect();
        assert!(apart(&chain, &spoiled) > 1e-4, "{place}");
    }
}

#[test]
fn constants_join_the_layers_beside_them() {
    use BinaryKind as B;
    for kind in [B::Add, B::Sub, B::Mul, B::Div] {
        for first in [false, true] {
            let before = Row::new().binary(kind, first).linear(3, 0.8).done();
            let behind = Row::new().linear(UNITS, 1.3).binary(kind, first).linear(3, 0.8).done();
            for network in [before, behind] {
                match Chain::of(&network) {
                    Ok(chain) => {
                        assert!(apart(&chain, &network) < TIGHT, "{kind:?}, {first}");
                        assert_eq!(chain.layers.len(), 1);
                    }
                    // A constant divided by what is computed is no line.
                    Err(error) => assert!(kind == B::Div && first, "{kind:?}: {error}"),
                }
            }
        }
    }
}

#[test]
fn a_softmax_over_all_logits_at_the_end_is_left_out_and_no_other() {
    let logits = Row::new().linear(4, 0.8);
    let plain = logits.done();
    let with = |sizes: [usize; 3]| Row::new().linear(4, 0.8).softmax(sizes);
    let network = with([1, 4, 1]).done();
    let chain = Chain::of(&network).expect("it keeps the order");
    assert!(apart(&chain, &plain) < TIGHT);
    // Twice, or with a new shape behind it, the order is still the same.
    let twice = with([1, 4, 1]).softmax([1, 4, 1]).done();
    assert!(Chain::of(&twice).is_ok_and(|chain| apart(&chain, &plain) < TIGHT));
    let mut shaped = with([1, 4, 1]);
    shaped.push(Op::Reshape, 4);
    assert!(Chain::of(&shaped.done()).is_ok_and(|chain| apart(&chain, &plain) < TIGHT));
    // Over parts of the logits, or before something else, it is not.
    for network in [with([2, 2, 1]), with([1, 2, 2]), with([1, 4, 1]).linear(3, 0.5)] {
        assert!(Chain::of(&network.done()).is_err());
    }
}

#[test]
fn a_sigmoid_behind_the_logits_is_left_out() {
    for kind in [UnaryKind::Sigmoid, UnaryKind::Tanh] {
        let chain = Chain::of(&Row::new().linear(4, 0.8).unary(kind, 0.0, 0.0).done());
        let chain = chain.expect("it keeps the order");
        assert!(chain.curves.is_empty(), "{kind:?}");
        assert!(apart(&chain, &Row::new().linear(4, 0.8).done()) < TIGHT, "{kind:?}");
        // With a scale behind it, which may turn the order round, it stays.
        let network =
            Row::new().linear(4, 0.8).unary(kind, 0.0, 0.0).unary(UnaryKind::Neg, 0.0, 0.0);
        let network = network.done();
        let chain = Chain::of(&network).expect("a scale");
        assert!(chain.curves.len() == 1 && apart(&chain, &network) < TIGHT, "{kind:?}");
    }
}

#[test]
fn an_activation_of_the_image_itself_and_bounds_in_the_wrong_order_are_refused() {
    assert!(Chain::of(&Row::new().unary(UnaryKind::Tanh, 0.0, 0.0).linear(3, 0.8).done()).is_err());
    let clipped =
        |a: f32, b: f32| Chain::of(&Row::new().linear(3, 0.8).unary(UnaryKind::Clip, a, b).done());
    assert!(clipped(0.5, -0.5).is_err() && clipped(0.5, 0.5).is_err());
    assert!(clipped(-0.5, 0.5).is_ok());
}

#[test]
fn a_node_that_reads_another_than_the_one_before_it_is_refused() {
    assert!(Chain::of(&Row::new().linear(PIXELS, 1.3).linear(3, 0.8).done()).is_ok());
    let mut row = Row::new().linear(PIXELS, 1.3).linear(3, 0.8);
    row.nodes[2].inputs = vec![NodeId(0)];
    assert!(Chain::of(&row.done()).is_err());
}

/// What is said to be in the way, of a network whose second operation is this one.
fn in_the_way(op: Op) -> String {
    let mut row = Row::new().linear(PIXELS, 1.3);
    let len = row.len();
    row.push(op, len);
    let refused = Chain::of(&row.linear(3, 0.8).done()).err();
    refused.map(|e| e.to_string()).unwrap_or_default()
}

#[test]
fn what_no_chain_holds_is_refused_by_its_name() {
    // The weights of the layer before it do for these.
    let (weight, bias, activation) = (WeightId(0), None, Activation::Identity);
    let rows = |rows| Op::Linear(Linear { rows, k: PIXELS, n: PIXELS, weight, bias, activation });
    assert_eq!(in_the_way(rows(1)), "", "a layer of one row is dense");
    assert!(in_the_way(rows(2)).contains("applied row by row"), "{}", in_the_way(rows(2)));
    let one = [1, 1];
    let pool = Op::Pool2d(Pool2d {
        kind: PoolKind::Max,
        input: [1, 1, PIXELS],
        output: [1, PIXELS],
        kernel: one,
        stride: one,
        pad: [0, 0],
        pad_end: [0, 0],
        dilation: one,
    });
    let conv = Op::Conv2d(Conv2d {
        input: [1, 1, PIXELS],
        output: [1, 1, PIXELS],
        kernel: one,
        stride: one,
        pad: [0, 0],
        dilation: one,
        groups: 1,
        weight,
        bias,
        activation,
    });
    for (op, name) in [(pool, "pooling"), (conv, "a convolution")] {
        assert!(in_the_way(op.clone()).contains(name), "{}", in_the_way(op));
    }
}

#[test]
fn a_constant_may_be_broadcast_and_what_is_computed_may_not() {
    let with = |input: [usize; 2], constant: [usize; 2], data: Vec<f32>, kind: BinaryKind| {
        let mut row = Row::new().linear(4, 1.3);
        row.weights.push(Weight {
            name: "c".into(),
            shape: vec![data.len()],
            data: Arc::from(data),
        });
        let operands = [Operand::Input(0), Operand::Weight(WeightId(2))];
        let strides = [input.to_vec(), constant.to_vec()];
        row.push(Op::Binary(Binary { kind, shape: vec![2, 2], operands, strides }), 4);
        row.linear(3, 0.8).done()
    };
    // One for all, and one for each of two columns.
    for (constant, data) in [([0, 0], vec![1.5]), ([0, 1], vec![0.5, -2.0])] {
        for kind in [BinaryKind::Add, BinaryKind::Mul, BinaryKind::Div] {
            let network = with([2, 1], constant, data.clone(), kind);
            let chain = Chain::of(&network).expect("a constant");
            assert!(apart(&chain, &network) < TIGHT, "{kind:?} with {data:?}");
        }
    }
    // Rows that become columns, one row for both, and a division by nothing.
    let refused =
        |input, constant: f32, kind| Chain::of(&with(input, [0, 0], vec![constant], kind)).is_err();
    assert!(refused([1, 2], 1.5, BinaryKind::Add) && refused([0, 1], 1.5, BinaryKind::Add));
    assert!(refused([2, 1], 0.0, BinaryKind::Div) && !refused([2, 1], 0.0, BinaryKind::Mul));
}
