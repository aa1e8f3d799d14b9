//! The parts of a network on the wire.

use super::wire::{Reader, Wire, Wrong, fields, places};
use crate::model::{
    Alternative, Chosen, Expectation, Fit, ImageShape, InputTransform, Network, Node, NodeId,
    OutputKind, Precision, Score, Weight, WeightId,
};
use crate::ops::{
    Activation, Binary, BinaryKind, Conv2d, Linear, MatMul, Op, Operand, Part, Pool2d, PoolKind,
    Rearrange, Reduce, ReduceKind, Select, Softmax, Unary, UnaryKind,
};

fields!(Network { image, input_shape, expects, output, precision, weights, nodes });
fields!(Expectation { transform, fit, transposed, classes, output, chosen, score, others, plain });
fields!(Alternative { transform, score });
fields!(Score { right, of });
fields!(ImageShape { channels, height, width });
fields!(Weight { name, shape, data });
fields!(Node { name, shape, inputs, op });

fields!(Linear { rows, k, n, weight, bias, activation });
fields!(MatMul { batch, m, k, n });
fields!(Conv2d { input, output, kernel, stride, pad, dilation, groups, weight, bias, activation });
fields!(Pool2d { kind, input, output, kernel, stride, pad, pad_end, dilation });
fields!(Unary { kind, len, a, b });
fields!(Binary { kind, shape, operands, strides });
fields!(Select { len, operands });
fields!(Reduce { kind, outer, len, inner });
fields!(Softmax { log, outer, len, inner });
fields!(Rearrange { len, fill, has_fill, parts });
fields!(Part { input, sizes, src_offset, src_strides, dst_offset, dst_strides });

places!(Fit, Fit::ALL);
places!(Chosen, Chosen::ALL);
places!(Precision, Precision::ALL);
places!(
    OutputKind,
    [
        OutputKind::Logits,
        OutputKind::Probabilities,
        OutputKind::LogProbabilities,
        OutputKind::Distribution,
        OutputKind::Independent
    ]
);
places!(
    Activation,
    [Activation::Identity, Activation::Relu, Activation::Sigmoid, Activation::Tanh]
);
places!(
    PoolKind,
    [
        PoolKind::Max,
        PoolKind::Average { count_include_pad: false },
        PoolKind::Average { count_include_pad: true }
    ]
);
places!(ReduceKind, [ReduceKind::Sum, ReduceKind::Mean, ReduceKind::Max, ReduceKind::Min]);
places!(UnaryKind, UnaryKind::ALL);
places!(BinaryKind, BinaryKind::ALL);

macro_rules! indices {
    ($($id:ident),+) => {
        $(impl Wire for $id {
            const LEAST: usize = usize::LEAST;

            fn put(&self, to: &mut Vec<u8>) {
                self.0.put(to);
            }

            fn take(from: &mut Reader<'_>) -> Result<Self, Wrong> {
                usize::take(from).map($id)
            }
        })+
    };
}

indices!(NodeId, WeightId);

impl Wire for InputTransform {
    const LEAST: usize = String::LEAST + bool::LEAST;

    fn put(&self, to: &mut Vec<u8>) {
        self.to_string().put(to);
        self.is_inverted().put(to);
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Wrong> {
        let transform: InputTransform =
            String::take(from)?.parse().map_err(|_| "a transform of pixels is unknown")?;
        Ok(if bool::take(from)? { transform.inverted() } else { transform })
    }
}

impl Wire for Operand {
    const LEAST: usize = 1 + usize::LEAST;

    fn put(&self, to: &mut Vec<u8>) {
        match self {
            Operand::Input(place) => (0u8.put(to), place.put(to)),
            Operand::Weight(id) => (1u8.put(to), id.put(to)),
        };
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Wrong> {
        match u8::take(from)? {
            0 => usize::take(from).map(Operand::Input),
            1 => WeightId::take(from).map(Operand::Weight),
            _ => Err("an operand is neither an input nor a weight"),
        }
    }
}

macro_rules! operations {
    ($($tag:literal $name:ident),+) => {
        impl Wire for Op {
            const LEAST: usize = 1;

            fn put(&self, to: &mut Vec<u8>) {
                match self {
                    Op::Input => 0u8.put(to),
                    Op::Reshape => 1u8.put(to),
                    $(Op::$name(op) => {
                        let tag: u8 = $tag;
                        tag.put(to);
                        op.put(to);
                    })+
                }
            }

            fn take(from: &mut Reader<'_>) -> Result<Self, Wrong> {
                Ok(match u8::take(from)? {
                    0 => Op::Input,
                    1 => Op::Reshape,
                    $($tag => Op::$name(Wire::take(from)?),)+
                    _ => return Err("an operation is unknown"),
                })
            }
        }
    };
}

operations!(
    2 Linear, 3 MatMul, 4 Conv2d, 5 Pool2d, 6 Unary, 7 Binary, 8 Select, 9 Reduce, 10 Softmax,
    11 Rearrange
);
