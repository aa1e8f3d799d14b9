//! What is tried with every operation. Each function lists an operation's cases.

use blindspots::digit::PIXELS;
use blindspots::model::{Network, NodeId};
use blindspots::ops::{
    Activation, Binary, BinaryKind, Conv2d, MatMul, Op, Operand, Part, Pool2d, PoolKind, Rearrange,
    Reduce, ReduceKind, Select, Softmax, Unary, UnaryKind,
};

use super::compare::Tolerance;
use super::networks::{Builder, Random};

/// What the pixels of a case are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Values {
    /// In ±2; no ties, no kinks.
    Smooth,
    /// In [0.1, 4].
    Positive,
    /// A few values only, so that maxima are attained often.
    Ties,
    /// Zero often, never less.
    ZeroOrMore,
    /// In ±0.9.
    Inside,
    /// In [1.1, 5].
    Beyond,
    /// ±100, zeros, tiny numbers and ordinary ones.
    Nasty,
    /// From 1e-3 to 100.
    NastyPositive,
    /// Numbers of at least 0.1, of both signs, up to 100.
    NastyNonZero,
    /// From −100 to 20: more would overflow an exponential's gradients.
    NastyExponent,
}

impl Values {
    pub(crate) fn pixel(self, random: &mut Random) -> f32 {
        let ordinary = random.between(-2.0, 2.0);
        match self {
            Values::Smooth => ordinary,
            Values::Positive => random.between(0.1, 4.0),
            Values::Ties => random.one_of(&[-1.0, 0.0, 0.5, 1.0]),
            Values::Inside => random.between(-0.9, 0.9),
            Values::Beyond => random.between(1.1, 5.0),
            Values::ZeroOrMore => random.one_of(&[0.0, 0.25, 1.0, 4.0]),
            Values::Nasty => {
                random.one_of(&[100.0, -100.0, 0.0, 1e-3, -1e-3, ordinary, ordinary, ordinary])
            }
            Values::NastyPositive => random.one_of(&[1e-3, 100.0, 1.0, ordinary.abs() + 0.1]),
            Values::NastyNonZero => random.one_of(&[0.1, -0.1, 100.0, -100.0, ordinary + 3.0]),
            Values::NastyExponent => random.one_of(&[-100.0, 20.0, 0.0, ordinary, ordinary]),
        }
    }

    /// Whether derivatives exist everywhere that such pixels go.
    pub(crate) fn is_smooth(self) -> bool {
        matches!(self, Values::Smooth | Values::Positive)
    }
}

/// A network to be run with some pixels and numbers of lanes.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) network: Network,
    /// The node whose values are compared one by one.
    pub(crate) node: NodeId,
    pub(crate) values: Values,
    pub(crate) lanes: Vec<usize>,
    /// For the node's values.
    pub(crate) tolerance: Tolerance,
    /// Pixels that the network reads, from the first on.
    pub(crate) pixels: usize,
}

impl Case {
    fn new(name: impl Into<String>, builder: Builder, node: NodeId, pixels: usize) -> Case {
        Case {
            name: name.into(),
            network: builder.finish(node),
            node,
            values: Values::Smooth,
            lanes: vec![1, 3, 8],
            tolerance: Tolerance::CLOSE,
            pixels,
        }
    }

    fn with(mut self, values: Values, tolerance: Tolerance) -> Case {
        (self.values, self.tolerance) = (values, tolerance);
        self
    }

    fn lanes(mut self, lanes: &[usize]) -> Case {
        self.lanes = lanes.to_vec();
        self
    }
}

pub(crate) fn linear() -> Vec<Case> {
    let case = |name: &str, [rows, k, n]: [usize; 3], bias, activation| {
        let mut builder = Builder::new();
        let x = builder.slice(0, &[rows, k]);
        let y = builder.linear(x, [rows, k, n], bias, activation);
        Case::new(name, builder, y, rows * k)
    };
    let mut dense = Builder::new();
    let hidden = dense.linear(NodeId(0), [1, PIXELS, 100], true, Activation::Sigmoid);
    vec![
        Case::new("dense", dense, hidden, PIXELS).lanes(&[1, 3, 8, 33, 70]),
        case("odd sizes", [1, 7, 5], false, Activation::Identity),
        case("one unit", [1, 33, 1], true, Activation::Tanh).lanes(&[1, 40]),
        case("wide", [1, 33, 65], true, Activation::Relu).lanes(&[1, 8, 130]),
        case("rows", [5, 16, 9], true, Activation::Tanh).lanes(&[1, 8, 13]),
        case("many rows", [40, 17, 34], true, Activation::Relu).lanes(&[1, 2]),
        case("saturated", [1, 12, 20], true, Activation::Sigmoid)
            .with(Values::Nasty, Tolerance::CLOSE),
        case("saturated tanh", [3, 12, 20], true, Activation::Tanh)
            .with(Values::Nasty, Tolerance::CLOSE)
            .lanes(&[1, 8, 50]),
        case("dead units", [1, 12, 20], true, Activation::Relu)
            .with(Values::Nasty, Tolerance::CLOSE),
    ]
}

pub(crate) fn matmul() -> Vec<Case> {
    let case = |name: &str, [batch, m, k, n]: [usize; 4], values| {
        let mut builder = Builder::new();
        let a = builder.slice(0, &[batch, m, k]);
        let b = builder.slice(batch * m * k, &[batch, k, n]);
        let op = MatMul { batch, m, k, n };
        let y = builder.node(Op::MatMul(op), &[a, b], &[batch, m, n]);
        Case::new(name, builder, y, batch * k * (m + n)).with(values, Tolerance::CLOSE)
    };
    let mut squared = Builder::new();
    let x = squared.slice(0, &[2, 6, 6]);
    let op = MatMul { batch: 2, m: 6, k: 6, n: 6 };
    let y = squared.node(Op::MatMul(op), &[x, x], &[2, 6, 6]);
    vec![
        case("one", [1, 4, 4, 4], Values::Smooth),
        case("odd", [3, 5, 7, 9], Values::Smooth),
        case("outer product", [1, 9, 1, 17], Values::Smooth),
        case("inner product", [2, 1, 65, 1], Values::Nasty),
        Case::new("with itself", squared, y, 72),
    ]
}

/// Sizes of a convolution, without its weights.
pub(crate) struct Convolution {
    pub(crate) input: [usize; 3],
    pub(crate) channels: usize,
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) pad: [usize; 2],
    pub(crate) pad_end: [usize; 2],
    pub(crate) dilation: [usize; 2],
    pub(crate) groups: usize,
}

impl Default for Convolution {
    fn default() -> Self {
        Convolution {
            input: [1, 9, 9],
            channels: 1,
            kernel: [3, 3],
            stride: [1, 1],
            pad: [0, 0],
            pad_end: [0, 0],
            dilation: [1, 1],
            groups: 1,
        }
    }
}

impl Convolution {
    fn case(self, name: &str, bias: bool, activation: Activation) -> Case {
        let mut builder = Builder::new();
        let x = builder.slice(0, &self.input);
        let y = self.append(&mut builder, x, bias, activation);
        Case::new(name, builder, y, self.input.iter().product())
    }

    pub(crate) fn append(
        &self,
        builder: &mut Builder,
        x: NodeId,
        bias: bool,
        act: Activation,
    ) -> NodeId {
        let size = |axis: usize| {
            let room = self.input[axis + 1] + self.pad[axis] + self.pad_end[axis];
            (room - (self.kernel[axis] - 1) * self.dilation[axis] - 1) / self.stride[axis] + 1
        };
        let output = [self.channels, size(0), size(1)];
        let taps = self.input[0] / self.groups * self.kernel[0] * self.kernel[1];
        let shape = [self.channels, self.input[0] / self.groups, self.kernel[0], self.kernel[1]];
        let op = Conv2d {
            input: self.input,
            output,
            kernel: self.kernel,
            stride: self.stride,
            pad: self.pad,
            dilation: self.dilation,
            groups: self.groups,
            weight: builder.random_weight(&shape, 1.7 / (taps as f32).sqrt()),
            bias: bias.then(|| builder.random_weight(&[self.channels], 0.5)),
            activation: act,
        };
        builder.node(Op::Conv2d(op), &[x], &output)
    }
}

pub(crate) fn conv2d() -> Vec<Case> {
    use Activation::{Identity, Relu, Sigmoid, Tanh};
    let sized =
        |input, channels, kernel| Convolution { input, channels, kernel, ..Default::default() };
    vec![
        sized([1, 9, 9], 1, [3, 3]).case("plain", false, Identity),
        sized([1, 14, 14], 16, [5, 5]).case("sixteen channels", true, Relu).lanes(&[1, 7]),
        sized([16, 6, 6], 9, [3, 3]).case("nine of sixteen", true, Sigmoid),
        sized([3, 7, 5], 5, [1, 1]).case("one by one", true, Tanh),
        sized([2, 1, 30], 4, [1, 7]).case("a row", true, Identity),
        sized([2, 30, 1], 4, [7, 1]).case("a column", true, Identity),
        Convolution { pad: [1, 2], pad_end: [2, 0], ..sized([2, 8, 7], 3, [3, 4]) }.case(
            "uneven padding",
            true,
            Relu,
        ),
        Convolution { pad: [4, 4], pad_end: [4, 4], ..sized([1, 4, 4], 2, [3, 3]) }.case(
            "padding beyond the kernel",
            true,
            Tanh,
        ),
        Convolution { stride: [2, 2], pad: [1, 1], pad_end: [1, 1], ..sized([3, 9, 9], 8, [3, 3]) }
            .case("stride two", true, Relu),
        Convolution { stride: [3, 2], ..sized([2, 11, 10], 5, [2, 1]) }.case(
            "stride beyond the kernel",
            false,
            Tanh,
        ),
        Convolution { dilation: [2, 3], pad: [2, 1], ..sized([2, 9, 11], 3, [3, 3]) }
            .case("dilation", true, Sigmoid),
        Convolution { dilation: [2, 2], stride: [2, 2], ..sized([1, 12, 12], 6, [3, 3]) }.case(
            "dilation and stride",
            true,
            Identity,
        ),
        sized([2, 13, 12], 3, [7, 8]).case("a large kernel", true, Tanh).lanes(&[1, 3]),
        Convolution { groups: 2, pad: [3, 3], ..sized([2, 9, 9], 2, [7, 6]) }.case(
            "a large kernel, depthwise",
            true,
            Relu,
        ),
        Convolution { groups: 2, ..sized([4, 7, 7], 12, [3, 3]) }.case("two groups", true, Relu),
        Convolution { groups: 6, stride: [2, 1], ..sized([6, 7, 7], 6, [3, 3]) }.case(
            "depthwise",
            true,
            Identity,
        ),
        // Many channels and short rows: channels lie side by side in vectors.
        sized([16, 6, 6], 32, [3, 3]).case("many channels", true, Relu).lanes(&[1, 7]),
        Convolution { stride: [1, 2], dilation: [2, 1], ..sized([16, 5, 7], 16, [2, 3]) }.case(
            "many channels, spread",
            false,
            Sigmoid,
        ),
        Convolution { groups: 2, pad: [2, 0], pad_end: [0, 1], ..sized([30, 4, 3], 28, [3, 2]) }
            .case("many channels, uneven", true, Tanh),
        sized([2, 7, 7], 4, [3, 3])
            .case("saturated", true, Sigmoid)
            .with(Values::Nasty, Tolerance::CLOSE),
    ]
}

pub(crate) fn pool2d() -> Vec<Case> {
    let case = |name: &str, op: Pool2d, values| {
        let mut builder = Builder::new();
        let x = builder.slice(0, &op.input);
        let shape = [op.input[0], op.output[0], op.output[1]];
        let pixels = op.input.iter().product();
        let y = builder.node(Op::Pool2d(op), &[x], &shape);
        Case::new(name, builder, y, pixels).with(values, Tolerance::CLOSE)
    };
    let plain = |kind| Pool2d {
        kind,
        input: [3, 8, 6],
        output: [4, 3],
        kernel: [2, 2],
        stride: [2, 2],
        pad: [0, 0],
        pad_end: [0, 0],
        dilation: [1, 1],
    };
    // Windows overlap, hang over three rims, and the last row is cut short.
    let rim = |kind| Pool2d {
        input: [2, 7, 9],
        output: [4, 5],
        kernel: [3, 3],
        pad: [1, 1],
        pad_end: [1, 1],
        ..plain(kind)
    };
    let spread = |kind| Pool2d {
        input: [1, 9, 9],
        output: [5, 4],
        kernel: [3, 2],
        stride: [1, 2],
        dilation: [2, 1],
        ..plain(kind)
    };
    // A last window that reaches beyond the padding, as when sizes are rounded up.
    let ceil = |kind| Pool2d { input: [1, 7, 7], output: [4, 4], ..plain(kind) };
    // Windows with gaps between and behind them.
    let gaps = |kind| Pool2d {
        input: [2, 8, 10],
        output: [3, 2],
        stride: [3, 4],
        pad: [1, 0],
        dilation: [1, 3],
        ..plain(kind)
    };
    let (members, padded) = (
        PoolKind::Average { count_include_pad: false },
        PoolKind::Average { count_include_pad: true },
    );
    let mut cases = Vec::new();
    for (kind, name) in [(PoolKind::Max, "max"), (members, "average"), (padded, "padded average")] {
        cases.push(case(&format!("{name}, plain"), plain(kind), Values::Smooth));
        cases.push(case(&format!("{name}, rim"), rim(kind), Values::Smooth));
        cases.push(case(&format!("{name}, spread"), spread(kind), Values::Smooth));
        cases.push(case(&format!("{name}, ceil"), ceil(kind), Values::Smooth));
        cases.push(case(&format!("{name}, gaps"), gaps(kind), Values::Smooth));
        cases.push(case(&format!("{name}, ties"), rim(kind), Values::Ties));
        cases.push(case(&format!("{name}, ties apart"), plain(kind), Values::Ties));
        cases.push(case(&format!("{name}, nasty"), plain(kind), Values::Nasty));
    }
    cases
}

pub(crate) fn unary() -> Vec<Case> {
    let case = |kind: UnaryKind, a, b, values, tolerance| {
        let mut builder = Builder::new();
        let x = builder.slice(0, &[70]);
        let y = builder.node(Op::Unary(Unary { kind, len: 70, a, b }), &[x], &[70]);
        Case::new(format!("{kind:?} a={a} b={b} {values:?}"), builder, y, 70)
            .with(values, tolerance)
    };
    let mut cases = Vec::new();
    for kind in UnaryKind::ALL {
        use UnaryKind::{
            Acos, Acosh, Affine, Asin, Atanh, Clip, Cosh, Elu, Exp, HardSigmoid, LeakyRelu, Ln,
            Pow, Recip, Round, Rsqrt, Sinh, Sqrt, Tan,
        };
        let (a, b) = match kind {
            LeakyRelu => (0.1, 0.0),
            Pow => (3.0, 0.0),
            Affine => (-1.5, 0.25),
            Clip => (-0.5, 0.75),
            Elu => (1.3, 0.0),
            HardSigmoid => (0.2, 0.5),
            _ => (0.0, 0.0),
        };
        let (smooth, nasty) = match kind {
            Ln | Sqrt | Rsqrt => (Values::Positive, Values::NastyPositive),
            Recip => (Values::Positive, Values::NastyNonZero),
            Exp => (Values::Smooth, Values::NastyExponent),
            Sinh | Cosh => (Values::Smooth, Values::Positive),
            // Elsewhere they are not defined, or have a pole.
            Asin | Acos | Atanh | Tan => (Values::Inside, Values::Inside),
            Acosh => (Values::Beyond, Values::Beyond),
            // Its derivative is not that of its values.
            Round => (Values::Ties, Values::Nasty),
            _ => (Values::Smooth, Values::Nasty),
        };
        cases.push(case(kind, a, b, smooth, Tolerance::POINTWISE));
        if nasty != smooth {
            cases.push(case(kind, a, b, nasty, Tolerance::POINTWISE));
        }
    }
    for a in [2.0, 0.5, -1.0, 0.0] {
        cases.push(case(UnaryKind::Pow, a, 0.0, Values::Positive, Tolerance::POINTWISE));
    }
    cases.push(case(UnaryKind::Pow, -2.0, 0.0, Values::NastyNonZero, Tolerance::POINTWISE));
    for kind in [UnaryKind::Sqrt, UnaryKind::Pow] {
        cases.push(case(kind, 0.5, 0.0, Values::ZeroOrMore, Tolerance::POINTWISE));
    }
    cases
}

pub(crate) fn binary() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in BinaryKind::ALL {
        let (smooth, nasty) = match kind {
            BinaryKind::Div => (Values::Positive, Values::NastyNonZero),
            BinaryKind::Pow => (Values::Positive, Values::Positive),
            _ => (Values::Smooth, Values::Nasty),
        };
        for values in [smooth, nasty] {
            cases.push(two_inputs(kind, &[5, 14], [&[14, 1], &[14, 1]], values));
        }
        let tied =
            if kind == BinaryKind::Div || kind == BinaryKind::Pow { smooth } else { Values::Ties };
        cases.push(two_inputs(kind, &[2, 3, 4], [&[12, 4, 1], &[0, 1, 0]], tied));
        cases.push(two_inputs(kind, &[2, 3, 4], [&[0, 0, 0], &[12, 4, 1]], smooth));
        cases.push(two_inputs(kind, &[4, 5], [&[1, 4], &[0, 1]], smooth));
        cases.push(weight_and_input(kind, true, smooth));
        cases.push(weight_and_input(kind, false, smooth));
        cases.push(with_itself(kind, smooth));
    }
    cases
}

/// Elements that an operand with such strides has.
fn extent(shape: &[usize], strides: &[usize]) -> usize {
    1 + shape.iter().zip(strides).map(|(size, stride)| (size - 1) * stride).sum::<usize>()
}

fn two_inputs(kind: BinaryKind, shape: &[usize], strides: [&[usize]; 2], values: Values) -> Case {
    let mut builder = Builder::new();
    let len = strides.map(|s| extent(shape, s));
    let a = builder.slice(0, &[len[0]]);
    let b = builder.slice(len[0], &[len[1]]);
    let op = Binary {
        kind,
        shape: shape.to_vec(),
        operands: [Operand::Input(0), Operand::Input(1)],
        strides: strides.map(<[usize]>::to_vec),
    };
    let y = builder.node(Op::Binary(op), &[a, b], shape);
    Case::new(format!("{kind:?} {shape:?} {strides:?} {values:?}"), builder, y, len[0] + len[1])
        .with(values, Tolerance::POINTWISE)
}

fn weight_and_input(kind: BinaryKind, weight_first: bool, values: Values) -> Case {
    let mut builder = Builder::new();
    let x = builder.slice(0, &[6, 11]);
    let data = (0..11).map(|i| 0.3 + 0.25 * i as f32).collect();
    let weight = Operand::Weight(builder.weight(&[11], data));
    let mut operands = [Operand::Input(0), weight];
    let mut strides = [vec![11, 1], vec![0, 1]];
    if weight_first {
        operands.reverse();
        strides.reverse();
    }
    let op = Binary { kind, shape: vec![6, 11], operands, strides };
    let y = builder.node(Op::Binary(op), &[x], &[6, 11]);
    let order = if weight_first { "weight first" } else { "weight second" };
    Case::new(format!("{kind:?} {order}"), builder, y, 66).with(values, Tolerance::POINTWISE)
}

/// Both operands are one value: the second gradient adds to the first. With
/// the operand broadcast on one side, both meet in one buffer as well.
fn with_itself(kind: BinaryKind, values: Values) -> Case {
    let mut builder = Builder::new();
    let x = builder.slice(0, &[3, 3]);
    let op = Binary {
        kind,
        shape: vec![3, 3],
        operands: [Operand::Input(0), Operand::Input(1)],
        strides: [vec![3, 1], vec![1, 3]],
    };
    let y = builder.node(Op::Binary(op), &[x, x], &[3, 3]);
    // The diagonal compares a number with itself: a kink of minimum and maximum.
    let kinked = matches!(kind, BinaryKind::Min | BinaryKind::Max);
    let values = if kinked { Values::Ties } else { values };
    Case::new(format!("{kind:?} with itself"), builder, y, 9).with(values, Tolerance::POINTWISE)
}

pub(crate) fn select() -> Vec<Case> {
    let case = |name: &str, operands: [Option<usize>; 3], values| {
        let mut builder = Builder::new();
        let mut inputs = Vec::new();
        let operands = operands.map(|from| match from {
            Some(from) => {
                inputs.push(builder.slice(from, &[40]));
                Operand::Input(inputs.len() - 1)
            }
            None => {
                let data = (0..40).map(|i| if i % 3 == 0 { 0.0 } else { i as f32 / 20.0 });
                Operand::Weight(builder.weight(&[40], data.collect()))
            }
        });
        let y = builder.node(Op::Select(Select { len: 40, operands }), &inputs, &[40]);
        Case::new(name, builder, y, 120).with(values, Tolerance::EXACT)
    };
    vec![
        case("three inputs", [Some(0), Some(40), Some(80)], Values::Ties),
        case("constant condition", [None, Some(0), Some(40)], Values::Smooth),
        case("constant branch", [Some(0), Some(40), None], Values::Ties),
        case("other constant branch", [Some(0), None, Some(40)], Values::Nasty),
    ]
}

pub(crate) fn reduce() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in [ReduceKind::Sum, ReduceKind::Mean, ReduceKind::Max, ReduceKind::Min] {
        for ([outer, len, inner], values) in [
            ([1, 70, 1], Values::Smooth),
            ([3, 5, 7], Values::Smooth),
            ([3, 5, 7], Values::Ties),
            ([67, 1, 2], Values::Smooth),
            ([2, 9, 5], Values::Nasty),
        ] {
            let mut builder = Builder::new();
            let x = builder.slice(0, &[outer, len, inner]);
            let op = Reduce { kind, outer, len, inner };
            let y = builder.node(Op::Reduce(op), &[x], &[outer, inner]);
            let name = format!("{kind:?} [{outer}, {len}, {inner}] {values:?}");
            let case = Case::new(name, builder, y, outer * len * inner);
            cases.push(case.with(values, Tolerance::CLOSE));
        }
    }
    cases
}

pub(crate) fn softmax() -> Vec<Case> {
    let mut cases = Vec::new();
    for log in [false, true] {
        for ([outer, len, inner], values) in [
            ([1, 10, 1], Values::Smooth),
            ([3, 5, 7], Values::Smooth),
            ([66, 2, 1], Values::Nasty),
            ([2, 9, 5], Values::Nasty),
            ([4, 6, 3], Values::Ties),
        ] {
            let mut builder = Builder::new();
            let x = builder.slice(0, &[outer, len, inner]);
            let op = Softmax { log, outer, len, inner };
            let y = builder.node(Op::Softmax(op), &[x], &[outer, len, inner]);
            let name = format!("log: {log}, [{outer}, {len}, {inner}] {values:?}");
            let case = Case::new(name, builder, y, outer * len * inner);
            cases.push(case.with(values, Tolerance::POINTWISE));
        }
    }
    cases
}

pub(crate) fn rearrange() -> Vec<Case> {
    let part = |input, sizes: &[usize], src: (usize, &[isize]), dst: (usize, &[usize])| Part {
        input,
        sizes: sizes.to_vec(),
        src_offset: src.0,
        src_strides: src.1.to_vec(),
        dst_offset: dst.0,
        dst_strides: dst.1.to_vec(),
    };
    let case = |name: &str, lens: &[usize], len, fill: Option<f32>, parts| {
        let mut builder = Builder::new();
        let mut from = 0;
        let inputs: Vec<NodeId> = lens
            .iter()
            .map(|len| {
                from += len;
                builder.slice(from - len, &[*len])
            })
            .collect();
        let op = Rearrange { len, fill: fill.unwrap_or(0.0), has_fill: fill.is_some(), parts };
        let y = builder.node(Op::Rearrange(op), &inputs, &[len]);
        Case::new(name, builder, y, from).with(Values::Smooth, Tolerance::EXACT)
    };
    vec![
        case("transpose", &[77], 77, None, vec![part(0, &[11, 7], (0, &[1, 11]), (0, &[7, 1]))]),
        case("every third", &[70], 23, None, vec![part(0, &[23], (1, &[3]), (0, &[1]))]),
        case("flip", &[12], 12, None, vec![part(0, &[3, 4], (3, &[4, -1]), (0, &[4, 1]))]),
        case("pad", &[20], 63, Some(-1.5), vec![part(0, &[5, 4], (0, &[4, 1]), (8, &[9, 2]))]),
        case(
            "repeat",
            &[6],
            72,
            None,
            vec![part(0, &[4, 6, 3], (0, &[0, 1, 0]), (0, &[18, 3, 1]))],
        ),
        case(
            "overlapping windows",
            &[10],
            24,
            None,
            vec![part(0, &[8, 3], (0, &[1, 1]), (0, &[3, 1]))],
        ),
        case(
            "concat",
            &[12, 20],
            32,
            None,
            vec![
                part(0, &[4, 3], (0, &[3, 1]), (0, &[8, 1])),
                part(1, &[4, 5], (0, &[5, 1]), (3, &[8, 1])),
            ],
        ),
        case(
            "both halves of one input, swapped, with a gap",
            &[16],
            18,
            Some(0.5),
            vec![part(0, &[8], (8, &[1]), (0, &[1])), part(0, &[8], (0, &[1]), (10, &[1]))],
        ),
        case("nothing but fill", &[3, 4], 8, Some(2.0), vec![part(1, &[4], (0, &[1]), (1, &[2]))]),
    ]
}

/// Networks of several operations, in which values are used more than once.
pub(crate) fn mixed() -> Vec<Case> {
    vec![residual(), shared(), attention(), small_cnn()]
}

fn residual() -> Case {
    let mut builder = Builder::new();
    let x = builder.slice(0, &[24]);
    let mut last = x;
    for _ in 0..3 {
        let hidden = builder.linear(last, [1, 24, 24], true, Activation::Tanh);
        let op = Binary {
            kind: BinaryKind::Add,
            shape: vec![24],
            operands: [Operand::Input(0), Operand::Input(1)],
            strides: [vec![1], vec![1]],
        };
        last = builder.node(Op::Binary(op), &[hidden, last], &[24]);
    }
    Case::new("residual", builder, last, 24).lanes(&[1, 3, 40])
}

/// Activations that several layers read, and some that a sum reads as well.
fn shared() -> Case {
    let mut builder = Builder::new();
    let x = builder.slice(0, &[20]);
    let twice = builder.linear(x, [1, 20, 12], true, Activation::Sigmoid);
    let a = builder.linear(twice, [1, 12, 12], true, Activation::Tanh);
    let b = builder.linear(twice, [1, 12, 12], true, Activation::Identity);
    let sum = Binary {
        kind: BinaryKind::Add,
        shape: vec![12],
        operands: [Operand::Input(0), Operand::Input(1)],
        strides: [vec![1], vec![1]],
    };
    let c = builder.linear(a, [1, 12, 12], true, Activation::Tanh);
    let both = builder.node(Op::Binary(sum.clone()), &[a, b], &[12]);
    let y = builder.node(Op::Binary(sum), &[both, c], &[12]);
    Case::new("shared", builder, y, 20).lanes(&[1, 3, 40])
}

/// Softmax(q·kᵀ/√d)·v over twelve tokens of eight numbers.
fn attention() -> Case {
    let mut builder = Builder::new();
    let x = builder.slice(0, &[12, 8]);
    let [q, k, v] = [(); 3].map(|()| builder.linear(x, [12, 8, 8], true, Activation::Identity));
    let turn = Rearrange {
        len: 96,
        fill: 0.0,
        has_fill: false,
        parts: vec![Part {
            input: 0,
            sizes: vec![8, 12],
            src_offset: 0,
            src_strides: vec![1, 8],
            dst_offset: 0,
            dst_strides: vec![12, 1],
        }],
    };
    let turned = builder.node(Op::Rearrange(turn), &[k], &[8, 12]);
    let product = MatMul { batch: 1, m: 12, k: 8, n: 12 };
    let scores = builder.node(Op::MatMul(product), &[q, turned], &[12, 12]);
    let scale = Unary { kind: UnaryKind::Affine, len: 144, a: 0.353, b: 0.0 };
    let scores = builder.node(Op::Unary(scale), &[scores], &[12, 12]);
    let soft = Softmax { log: false, outer: 12, len: 12, inner: 1 };
    let weights = builder.node(Op::Softmax(soft), &[scores], &[12, 12]);
    let product = MatMul { batch: 1, m: 12, k: 12, n: 8 };
    let y = builder.node(Op::MatMul(product), &[weights, v], &[12, 8]);
    Case::new("attention", builder, y, 96)
}

fn small_cnn() -> Case {
    let mut builder = Builder::new();
    let x = builder.node(Op::Reshape, &[NodeId(0)], &[1, 28, 28]);
    let first = Convolution {
        input: [1, 28, 28],
        channels: 6,
        kernel: [5, 5],
        pad: [2, 2],
        pad_end: [2, 2],
        ..Default::default()
    };
    let c = first.append(&mut builder, x, true, Activation::Relu);
    let halve = |input: [usize; 3]| Pool2d {
        kind: PoolKind::Max,
        input,
        output: [input[1] / 2, input[2] / 2],
        kernel: [2, 2],
        stride: [2, 2],
        pad: [0, 0],
        pad_end: [0, 0],
        dilation: [1, 1],
    };
    let p = builder.node(Op::Pool2d(halve([6, 28, 28])), &[c], &[6, 14, 14]);
    let second =
        Convolution { input: [6, 14, 14], channels: 10, kernel: [5, 5], ..Default::default() };
    let c = second.append(&mut builder, p, true, Activation::Relu);
    let p = builder.node(Op::Pool2d(halve([10, 10, 10])), &[c], &[10, 5, 5]);
    let flat = builder.node(Op::Reshape, &[p], &[250]);
    let y = builder.linear(flat, [1, 250, 30], true, Activation::Relu);
    Case::new("small cnn", builder, y, 60).lanes(&[1, 3])
}

/// A network whose logits are the first ten pixels.
pub(crate) fn ten_pixels() -> Network {
    let mut builder = Builder::new();
    let x = builder.slice(0, &[10]);
    builder.finish_at(x)
}
