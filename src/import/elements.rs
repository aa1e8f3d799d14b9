//! Operations that compute: functions of one, two or three elements, reductions, softmax.

use tract_onnx::prelude::rctensor0;
use tract_onnx::tract_core::ops;

use super::activations::Activation;
use super::constant::broadcast_strides;
use super::layout::View;
use super::lower::{Lowering, Value};
use super::{ImportError, graph};
use crate::model::NodeId;
use crate::ops::{Binary, BinaryKind, Op, Operand, Reduce, ReduceKind, Select, Softmax, UnaryKind};

impl Lowering {
    pub(super) fn elementwise(
        &mut self,
        op: &dyn ops::element_wise::ElementWiseMiniOp,
        x: NodeId,
    ) -> Result<NodeId, ImportError> {
        use UnaryKind as K;
        if let Some(activation) = op.downcast_ref::<Activation>() {
            let mut x = x;
            for (kind, [a, b]) in activation.steps() {
                x = self.unary(kind, a, b, x);
            }
            return Ok(x);
        }
        let mut a = 0.0;
        let name = op.name();
        let kind = match name.as_str() {
            "Sigmoid" => K::Sigmoid,
            "Tanh" => K::Tanh,
            "Exp" => K::Exp,
            "Ln" => K::Ln,
            "Sqrt" => K::Sqrt,
            "Rsqrt" => K::Rsqrt,
            "Recip" => K::Recip,
            "Neg" => K::Neg,
            "Abs" => K::Abs,
            "Square" => K::Square,
            "Erf" => K::Erf,
            "HardSwish" => K::HardSwish,
            "Silu" => K::Silu,
            "GeluExact" => K::Gelu,
            "GeluApproximate" => K::GeluTanh,
            "Sin" => K::Sin,
            "Cos" => K::Cos,
            "Atan" => K::Atan,
            "Tan" => K::Tan,
            "Asin" => K::Asin,
            "Acos" => K::Acos,
            "Sinh" => K::Sinh,
            "Cosh" => K::Cosh,
            "Asinh" => K::Asinh,
            "Acosh" => K::Acosh,
            "Atanh" => K::Atanh,
            "Not" => K::Not,
            "RoundHalfToEven" => K::Round,
            "LeakyRelu" => {
                let op = op.downcast_ref::<ops::nn::LeakyRelu>();
                a = op.ok_or_else(|| self.unsupported(""))?.alpha;
                K::LeakyRelu
            }
            "PowConst" => {
                let op = op.downcast_ref::<ops::math::PowConst>();
                a = op.ok_or_else(|| self.unsupported(""))?.exponent;
                K::Pow
            }
            "Sign" => return self.sign(x),
            "IsNan" => return self.is_nan(x),
            "IsInf" => {
                let op = op.downcast_ref::<ops::math::IsInf>();
                let op = op.ok_or_else(|| self.unsupported(""))?;
                return self.is_infinite(x, [op.detect_negative, op.detect_positive]);
            }
            "Floor" | "Ceil" => return self.whole(x, name == "Ceil"),
            _ => return Err(self.unsupported("")),
        };
        Ok(self.unary(kind, a, 0.0, x))
    }

    /// −1, 0 or 1 as `(0 < x) − (x < 0)`; its derivative is 0, as in PyTorch, whose Lp pooling has it.
    fn sign(&mut self, x: NodeId) -> Result<NodeId, ImportError> {
        let shape = self.shape(x).to_vec();
        let [x, zero] = [Value::Computed(x), Value::Constant(rctensor0(0.0_f32))];
        let positive = self.binary("LT", &[zero.clone(), x.clone()], &shape)?;
        let negative = self.binary("LT", &[x, zero], &shape)?;
        self.binary("Sub", &[Value::Computed(positive), Value::Computed(negative)], &shape)
    }

    /// The whole number at or below, or at or above (`up`): the nearest one, moved by 1 where it lies
    /// on the other side. The gradient goes straight through, as it does through [`UnaryKind::Round`].
    fn whole(&mut self, x: NodeId, up: bool) -> Result<NodeId, ImportError> {
        let shape = self.shape(x).to_vec();
        let nearest = Value::Computed(self.unary(UnaryKind::Round, 0.0, 0.0, x));
        let x = Value::Computed(x);
        let (beyond, move_back) = match up {
            true => ([nearest.clone(), x], "Add"),
            false => ([x, nearest.clone()], "Sub"),
        };
        let beyond = self.binary("LT", &beyond, &shape)?;
        self.binary(move_back, &[nearest, Value::Computed(beyond)], &shape)
    }

    /// Whether it is another number than 0, as ONNX makes truth values; derivative 0.
    pub(super) fn truth(&mut self, x: NodeId) -> Result<NodeId, ImportError> {
        let shape = self.shape(x).to_vec();
        self.binary("NE", &[Value::Computed(x), Value::Constant(rctensor0(0.0_f32))], &shape)
    }

    /// What is no number is not equal to itself; derivative 0.
    fn is_nan(&mut self, x: NodeId) -> Result<NodeId, ImportError> {
        let shape = self.shape(x).to_vec();
        self.binary("NE", &[Value::Computed(x), Value::Computed(x)], &shape)
    }

    /// Whether it lies below every number, or above; derivative 0.
    fn is_infinite(&mut self, x: NodeId, [below, above]: [bool; 2]) -> Result<NodeId, ImportError> {
        let shape = self.shape(x).to_vec();
        let [x, largest] = [Value::Computed(x), Value::Constant(rctensor0(f32::MAX))];
        let least = Value::Constant(rctensor0(f32::MIN));
        match (below, above) {
            (true, false) => self.binary("LT", &[x, least], &shape),
            (false, true) => self.binary("LT", &[largest, x], &shape),
            (true, true) => {
                let below = self.binary("LT", &[x.clone(), least], &shape)?;
                let above = self.binary("LT", &[largest, x], &shape)?;
                let either = [Value::Computed(below), Value::Computed(above)];
                self.binary("Or", &either, &shape)
            }
            (false, false) => Err(self.unsupported(": it finds nothing infinite")),
        }
    }

    fn operand(
        &mut self,
        value: &Value,
        inputs: &mut Vec<NodeId>,
    ) -> Result<(Operand, Vec<usize>), ImportError> {
        match value {
            Value::Computed(id) => {
                inputs.push(*id);
                Ok((Operand::Input(inputs.len() - 1), self.shape(*id).to_vec()))
            }
            Value::Constant(_) => {
                let constant = self.constant(value, "operand")?.bounded();
                let shape = constant.shape.clone();
                Ok((Operand::Weight(self.weight(constant)?), shape))
            }
        }
    }

    pub(super) fn binary(
        &mut self,
        name: &str,
        inputs: &[Value],
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        use BinaryKind as K;
        let (kind, swapped, negated) = match name {
            "Add" => (K::Add, false, false),
            "Sub" => (K::Sub, false, false),
            "SubF" => (K::Sub, true, false),
            "Mul" | "And" => (K::Mul, false, false),
            "Div" => (K::Div, false, false),
            "Pow" => (K::Pow, false, false),
            "Min" => (K::Min, false, false),
            "Max" | "Or" => (K::Max, false, false),
            "LT" => (K::Less, false, false),
            "GT" => (K::Less, true, false),
            "LTE" => (K::LessEqual, false, false),
            "GTE" => (K::LessEqual, true, false),
            "Eq" => (K::Equal, false, false),
            "NE" => (K::Equal, false, true),
            _ => {
                self.at.1 = name.into();
                return Err(self.unsupported(""));
            }
        };
        let mut nodes = Vec::new();
        let first = self.operand(&inputs[usize::from(swapped)], &mut nodes)?;
        let second = self.operand(&inputs[usize::from(!swapped)], &mut nodes)?;
        let node = self.broadcasting(kind, [first, second], nodes, shape);
        Ok(if negated { self.unary(UnaryKind::Not, 0.0, 0.0, node) } else { node })
    }

    pub(super) fn broadcasting(
        &mut self,
        kind: BinaryKind,
        operands: [(Operand, Vec<usize>); 2],
        inputs: Vec<NodeId>,
        shape: &[usize],
    ) -> NodeId {
        let strides = operands.each_ref().map(|(_, from)| broadcast_strides(from, shape));
        let (shape_merged, strides) = merge_axes(shape, strides);
        let operands = operands.map(|(operand, _)| operand);
        self.push(
            Op::Binary(Binary { kind, shape: shape_merged, operands, strides }),
            inputs,
            shape,
        )
    }

    pub(super) fn select(
        &mut self,
        inputs: &[Value],
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let mut nodes = Vec::new();
        let mut operands = Vec::new();
        for value in inputs {
            let value = match value {
                Value::Computed(id) => {
                    let view = View::dense(self.shape(*id)).broadcast(shape);
                    Value::Computed(self.view(*id, view))
                }
                Value::Constant(_) => {
                    let full = self.constant(value, "operand")?.bounded().broadcast(shape);
                    operands.push(Operand::Weight(self.weight(full)?));
                    continue;
                }
            };
            operands.push(self.operand(&value, &mut nodes)?.0);
        }
        let [condition, a, b] = operands[..] else {
            return Err(self.unsupported(": it needs three operands"));
        };
        let len = shape.iter().product();
        Ok(self.push(Op::Select(Select { len, operands: [condition, a, b] }), nodes, shape))
    }

    pub(super) fn reduce(
        &mut self,
        op: &ops::nn::Reduce,
        x: NodeId,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        use ops::nn::Reducer;
        let (kind, x) = match op.reducer {
            Reducer::Sum => (ReduceKind::Sum, x),
            Reducer::Max => (ReduceKind::Max, x),
            Reducer::Min => (ReduceKind::Min, x),
            Reducer::Prod => return self.product(&op.axes, x, shape),
            Reducer::MeanOfSquares => {
                (ReduceKind::Mean, self.unary(UnaryKind::Square, 0.0, 0.0, x))
            }
            Reducer::ArgMax(_) | Reducer::ArgMin(_) => {
                return Err(self.unsupported(graph::hint("ArgMax")));
            }
            _ => {
                return Err(self.unsupported(": only sums, means, products, maxima and minima are"));
            }
        };
        let full = self.shape(x).to_vec();
        let kept: Vec<usize> = (0..full.len()).filter(|a| !op.axes.contains(a)).collect();
        let order = [&kept[..], &op.axes[..]].concat();
        let (outer, len, inner, x) = match contiguous(&full, &op.axes) {
            Some((outer, len, inner)) => (outer, len, inner, x),
            None => {
                let moved = self.view(x, View::dense(&full).permuted(&order));
                let len: usize = op.axes.iter().map(|a| full[*a]).product();
                (self.shape(x).iter().product::<usize>() / len, len, 1, moved)
            }
        };
        if len == 1 {
            return Ok(self.reshape(x, shape));
        }
        let dims = if inner == 1 { vec![outer] } else { vec![outer, inner] };
        let reduced = self.push(Op::Reduce(Reduce { kind, outer, len, inner }), vec![x], &dims);
        Ok(self.reshape(reduced, shape))
    }

    /// The product along axes: of the halves, until one is left.
    fn product(
        &mut self,
        axes: &[usize],
        x: NodeId,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let full = self.shape(x).to_vec();
        let kept = (0..full.len()).filter(|a| !axes.contains(a));
        let order: Vec<usize> = axes.iter().copied().chain(kept).collect();
        let moved = self.view(x, View::dense(&full).permuted(&order));
        let mut len: usize = axes.iter().map(|a| full[*a]).product();
        let rest = full.iter().product::<usize>() / len.max(1);
        let mut y = self.reshape(moved, &[len, rest]);
        while len > 1 {
            let (half, odd) = (len / 2, len % 2);
            let rows = |lowering: &mut Lowering, y, start, count| {
                let view = View::dense(&[len, rest]).sliced(0, start, count, 1);
                lowering.view(y, view)
            };
            let halves = [rows(self, y, 0, half), rows(self, y, half, half)];
            let sizes = vec![half, rest];
            let operands = [(Operand::Input(0), sizes.clone()), (Operand::Input(1), sizes.clone())];
            let product = self.broadcasting(BinaryKind::Mul, operands, halves.to_vec(), &sizes);
            y = match odd {
                0 => product,
                _ => {
                    let last = rows(self, y, len - 1, 1);
                    let both = [Value::Computed(product), Value::Computed(last)];
                    self.concat(0, &both, &[half + 1, rest])?
                }
            };
            len = half + odd;
        }
        Ok(self.reshape(y, shape))
    }

    pub(super) fn softmax(
        &mut self,
        axes: &[usize],
        log: bool,
        x: NodeId,
    ) -> Result<NodeId, ImportError> {
        let full = self.shape(x).to_vec();
        let (outer, len, inner) = contiguous(&full, axes)
            .ok_or_else(|| self.unsupported(": its axes are not next to each other"))?;
        Ok(self.push(Op::Softmax(Softmax { log, outer, len, inner }), vec![x], &full))
    }
}

/// `[outer, len, inner]` around axes that lie next to each other, ignoring axes of size one.
fn contiguous(shape: &[usize], axes: &[usize]) -> Option<(usize, usize, usize)> {
    let real: Vec<usize> = (0..shape.len()).filter(|a| axes.contains(a) && shape[*a] > 1).collect();
    let Some((first, last)) = real.first().zip(real.last()) else {
        return Some((shape.iter().product(), 1, 1));
    };
    let between = (*first..=*last).filter(|a| shape[*a] > 1).count();
    (between == real.len()).then(|| {
        (
            shape[..*first].iter().product(),
            real.iter().map(|a| shape[*a]).product(),
            shape[*last + 1..].iter().product(),
        )
    })
}

/// Joins neighbouring axes that both operands walk in one stride.
fn merge_axes(shape: &[usize], strides: [Vec<usize>; 2]) -> (Vec<usize>, [Vec<usize>; 2]) {
    let mut sizes: Vec<usize> = Vec::new();
    let mut merged: [Vec<usize>; 2] = Default::default();
    for axis in (0..shape.len()).filter(|a| shape[*a] > 1) {
        let joins = !sizes.is_empty()
            && (0..2).all(|o| merged[o].last() == Some(&(strides[o][axis] * shape[axis])));
        if joins {
            let last = sizes.len() - 1;
            sizes[last] *= shape[axis];
            for o in 0..2 {
                merged[o][last] = strides[o][axis];
            }
        } else {
            sizes.push(shape[axis]);
            for o in 0..2 {
                merged[o].push(strides[o][axis]);
            }
        }
    }
    if sizes.is_empty() {
        return (vec![1], [vec![0], vec![0]]);
    }
    (sizes, merged)
}
