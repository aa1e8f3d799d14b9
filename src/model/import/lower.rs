//! tract's typed graph → a [`Network`], node by node.
//!
//! What depends on constants alone is evaluated by tract; what depends on the
//! image becomes a node. Shapes are tract's at a batch of one, so that a batch
//! axis is an ordinary axis of size one.

use std::collections::HashMap;
use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::DimLike;
use tract_onnx::tract_core::ops;

use super::constant::{Constant, broadcast_strides, row_major};
use super::layout::View;
use super::{INPUT, ImportError, OUTPUT};
use crate::model::{Network, Node, NodeId, OutputKind, WeightId};
use crate::ops::{
    Binary, BinaryKind, Op, Operand, Rearrange, Reduce, ReduceKind, Select, Softmax, Unary,
    UnaryKind,
};

/// Where a value of tract's graph went.
#[derive(Clone)]
pub(super) enum Value {
    /// Known before the image is.
    Constant(Arc<Tensor>),
    /// Computed by a node.
    Computed(NodeId),
}

/// A network being built.
pub(super) struct Lowering {
    nodes: Vec<Node>,
    weights: Vec<crate::model::Weight>,
    values: HashMap<OutletId, Value>,
    /// Name and operation of the node being lowered, for messages.
    at: (String, String),
}

/// Translates a graph with one image and one output.
pub(super) fn lower(model: &TypedModel) -> Result<Network, ImportError> {
    let mut lowering = Lowering {
        nodes: Vec::new(),
        weights: Vec::new(),
        values: HashMap::new(),
        at: Default::default(),
    };
    let order = model.eval_order().map_err(malformed)?;
    let inputs = model.input_outlets().map_err(malformed)?;
    let image = *inputs.first().ok_or_else(|| not_digits("it has no input"))?;
    let input_shape = concrete(model, image)?;
    if input_shape.iter().product::<usize>() != INPUT {
        return Err(not_digits(&format!("its input is {input_shape:?}, not 28 × 28")));
    }
    let output = model.output_fact(0).map_err(malformed)?.datum_type;
    if !output.is_float() {
        return Err(not_digits(&format!(
            "its output is of type {output:?}; expected a float for each class, not the class itself"
        )));
    }
    lowering.values.insert(image, Value::Computed(NodeId(0)));
    lowering.nodes.push(Node {
        name: "image".into(),
        op: Op::Input,
        inputs: Vec::new(),
        shape: input_shape.clone(),
    });
    for id in order.into_iter().filter(|id| *id != image.node) {
        lowering.node(model, id)?;
    }
    let outputs = model.output_outlets().map_err(malformed)?;
    lowering.finish(outputs[0], &input_shape)
}

/// An error about the graph, in tract's words.
pub(super) fn malformed(error: TractError) -> ImportError {
    ImportError::Malformed(format!("{error:#}"))
}

fn not_digits(text: &str) -> ImportError {
    ImportError::NotADigitClassifier(text.into())
}

fn concrete(model: &TypedModel, outlet: OutletId) -> Result<Vec<usize>, ImportError> {
    let fact = model.outlet_fact(outlet).map_err(malformed)?;
    fact.shape.as_concrete().map(<[usize]>::to_vec).ok_or_else(|| {
        let node = model.node(outlet.node);
        ImportError::UnsupportedOp {
            node: node.name.clone(),
            op: node.op.name().to_string(),
            detail: ": the shape of its result depends on the image".into(),
        }
    })
}

impl Lowering {
    /// Translates one node of tract's graph.
    fn node(&mut self, model: &TypedModel, id: usize) -> Result<(), ImportError> {
        let node = model.node(id);
        self.at = (node.name.clone(), node.op.name().to_string());
        let inputs: Vec<Value> = node
            .inputs
            .iter()
            .map(|i| self.values.get(i).cloned())
            .collect::<Option<_>>()
            .ok_or_else(|| self.unsupported(": its operand is not computed"))?;
        let constants: Option<TVec<TValue>> = inputs
            .iter()
            .map(|v| match v {
                Value::Constant(t) => Some(t.clone().into_tvalue()),
                Value::Computed(_) => None,
            })
            .collect();
        if let Some(constants) = constants {
            let known = match node.op_as::<ops::konst::Const>() {
                Some(konst) => Some(tvec![konst.val().clone().into_tvalue()]),
                None => node.op.eval_out_of_plan(constants).map_err(malformed)?,
            };
            let known = known.ok_or_else(|| self.unsupported(": its value is not constant"))?;
            for (slot, tensor) in known.into_iter().enumerate() {
                self.values
                    .insert(OutletId::new(id, slot), Value::Constant(tensor.into_arc_tensor()));
            }
            return Ok(());
        }
        let shape = concrete(model, OutletId::new(id, 0))?;
        if shape.iter().product::<usize>() == 0 {
            return Err(self.unsupported(": its result is empty"));
        }
        let computed = self.operation(node, &inputs, &shape)?;
        debug_assert_eq!(self.nodes[computed.0].shape, shape, "{}", node.name);
        self.values.insert(OutletId::new(id, 0), Value::Computed(computed));
        Ok(())
    }

    fn operation(
        &mut self,
        node: &TypedNode,
        inputs: &[Value],
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        if let Some(op) = node.op_as::<ops::einsum::EinSum>() {
            return self.einsum(op, inputs);
        }
        if let Some(op) = node.op_as::<ops::cnn::Conv>() {
            return self.convolution(op, inputs, shape);
        }
        if let Some(op) = node.op_as::<ops::cnn::MaxPool>() {
            let x = self.computed(&inputs[0])?;
            return self.pool(&op.pool_spec, None, x, shape);
        }
        if let Some(op) = node.op_as::<ops::cnn::SumPool>() {
            let x = self.computed(&inputs[0])?;
            return self.pool(&op.pool_spec, Some(op), x, shape);
        }
        if let Some(op) = node.op_as::<ops::binary::TypedBinOp>() {
            return self.binary(op.0.name(), inputs, shape);
        }
        if node.op_is::<ops::logic::Iff>() {
            return self.select(inputs, shape);
        }
        if let Some(op) = node.op_as::<ops::array::TypedConcat>() {
            return self.concat(op.axis, inputs, shape);
        }
        let x = self.computed(&inputs[0])?;
        if let Some(op) = node.op_as::<ops::element_wise::ElementWiseOp>() {
            return self.elementwise(op.0.as_ref(), x);
        }
        if let Some(op) = node.op_as::<ops::nn::Reduce>() {
            return self.reduce(op, x, shape);
        }
        if let Some(op) = node.op_as::<ops::nn::Softmax>() {
            let log = op.kind == ops::nn::SoftmaxKind::LogSoftmax;
            return self.softmax(&op.axes, log, x);
        }
        if node.op_is::<ops::identity::Identity>() || node.op.name() == "Dropout" {
            return Ok(self.reshape(x, shape));
        }
        if let Some(op) = node.op_as::<ops::cast::Cast>() {
            if op.to.is_float() || op.to == DatumType::Bool {
                return Ok(self.reshape(x, shape));
            }
            return Err(self.unsupported(": only casts between floats are differentiable"));
        }
        self.rearrangement(node, inputs, x, shape)
    }

    /// Operations that only move elements.
    fn rearrangement(
        &mut self,
        node: &TypedNode,
        inputs: &[Value],
        x: NodeId,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let view = View::dense(&self.nodes[x.0].shape);
        let size = |dim: &TDim| dim.to_usize().map_err(|e| malformed(e.into()));
        if let Some(op) = node.op_as::<ops::change_axes::AxisOp>() {
            if let ops::change_axes::AxisOp::Move(from, to) = op {
                let mut order: Vec<usize> = (0..view.shape.len()).collect();
                let axis = order.remove(*from);
                order.insert(*to, axis);
                return Ok(self.view(x, view.permuted(&order)));
            }
            return Ok(self.reshape(x, shape));
        }
        if node.op_is::<ops::array::FiniteReshape>() {
            return Ok(self.reshape(x, shape));
        }
        if node.op_is::<ops::array::MultiBroadcastTo>() {
            return Ok(self.view(x, view.broadcast(shape)));
        }
        if let Some(op) = node.op_as::<ops::array::Slice>() {
            let (start, end) = (size(&op.start)?, size(&op.end)?);
            return Ok(self.view(x, view.sliced(op.axis, start, end - start, 1)));
        }
        if let Some(op) = node.op_as::<ops::array::Pad>() {
            return self.pad(op, x, shape);
        }
        if let Some(op) = node.op_as::<ops::array::Tile>() {
            return self.tile(op, x, shape);
        }
        if let Some(op) = node.op_as::<ops::array::Gather>() {
            return self.gather(op.axis, &inputs[1], x, shape);
        }
        if let Some(op) = node.op_as::<ops::array::StridedSlice>() {
            return self.strided_slice(op, inputs, view, x, shape);
        }
        if let Some(op) = node.op_as::<ops::Downsample>() {
            let len = shape[op.axis];
            return Ok(self.view(x, view.sliced(op.axis, op.modulo, len, op.stride)));
        }
        Err(self.unsupported(""))
    }

    fn strided_slice(
        &mut self,
        op: &ops::array::StridedSlice,
        inputs: &[Value],
        mut view: View,
        x: NodeId,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let tensor = |input: usize| match &inputs[input] {
            Value::Constant(tensor) => Ok(tensor.clone()),
            Value::Computed(_) => Err(self.unsupported(": its bounds depend on the image")),
        };
        let numbers = |input: Option<usize>| -> Result<Option<Vec<i32>>, ImportError> {
            let Some(input) = input else { return Ok(None) };
            Ok(Some(
                self.constant(&inputs[input], "bounds")?.data.iter().map(|v| *v as i32).collect(),
            ))
        };
        let (begin, end) = (tensor(1)?, tensor(2)?);
        let axes = numbers(op.optional_axes_input)?;
        let steps = numbers(op.optional_steps_input)?.unwrap_or_default();
        let rank = view.shape.len();
        for ix in 0..axes.as_ref().map_or(begin.len(), Vec::len) {
            let axis = match axes.as_ref().map_or(ix as i32, |a| a[ix]) {
                axis if axis < 0 => (axis + rank as i32) as usize,
                axis => axis as usize,
            };
            let dim = view.shape[axis].to_dim();
            let range = op.prepare_one_dim(ix, &dim, &begin, &end, &steps).map_err(malformed)?;
            let len = range.soft_len().and_then(|l| Ok(l.to_usize()?)).map_err(malformed)?;
            let first = range.begin.to_usize().map_err(|e| malformed(e.into()))?;
            view = view.sliced(axis, first, len, range.stride as isize);
        }
        let sliced = self.view(x, view);
        Ok(self.reshape(sliced, shape))
    }

    /// Adds a node.
    pub(super) fn push(&mut self, op: Op, inputs: Vec<NodeId>, shape: &[usize]) -> NodeId {
        self.nodes.push(Node { name: self.at.0.clone(), op, inputs, shape: shape.to_vec() });
        NodeId(self.nodes.len() - 1)
    }

    /// Adds a constant.
    pub(super) fn weight(&mut self, constant: Constant) -> Result<WeightId, ImportError> {
        self.weights.push(constant.into_weight(&self.at.0)?);
        Ok(WeightId(self.weights.len() - 1))
    }

    /// The node that holds a value which must depend on the image.
    pub(super) fn computed(&self, value: &Value) -> Result<NodeId, ImportError> {
        match value {
            Value::Computed(id) => Ok(*id),
            Value::Constant(_) => Err(self.unsupported(": its first operand is constant")),
        }
    }

    /// A constant operand as floats.
    pub(super) fn constant(&self, value: &Value, what: &str) -> Result<Constant, ImportError> {
        match value {
            Value::Constant(tensor) => Constant::of(tensor)
                .ok_or_else(|| self.unsupported(&format!(": its {what} is not made of numbers"))),
            Value::Computed(_) => {
                Err(self.unsupported(&format!(": its {what} depends on the image")))
            }
        }
    }

    /// The shape of a node's value.
    pub(super) fn shape(&self, id: NodeId) -> &[usize] {
        &self.nodes[id.0].shape
    }

    /// An error that names the node being lowered.
    pub(super) fn unsupported(&self, detail: &str) -> ImportError {
        ImportError::UnsupportedOp {
            node: self.at.0.clone(),
            op: self.at.1.clone(),
            detail: detail.into(),
        }
    }

    /// The same elements under another shape.
    pub(super) fn reshape(&mut self, x: NodeId, shape: &[usize]) -> NodeId {
        if self.shape(x) == shape { x } else { self.push(Op::Reshape, vec![x], shape) }
    }

    /// What a view reads, made dense.
    pub(super) fn view(&mut self, x: NodeId, view: View) -> NodeId {
        if view.is_dense(self.nodes[x.0].len()) {
            self.reshape(x, &view.shape)
        } else {
            self.push(view.op(), vec![x], &view.shape)
        }
    }

    /// An elementwise function.
    pub(super) fn unary(&mut self, kind: UnaryKind, a: f32, b: f32, x: NodeId) -> NodeId {
        let shape = self.shape(x).to_vec();
        let len = shape.iter().product();
        self.push(Op::Unary(Unary { kind, len, a, b }), vec![x], &shape)
    }

    fn elementwise(
        &mut self,
        op: &dyn ops::element_wise::ElementWiseMiniOp,
        x: NodeId,
    ) -> Result<NodeId, ImportError> {
        use UnaryKind as K;
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
            "Not" => K::Not,
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
            "Floor" | "Ceil" | "Round" | "RoundHalfToEven" | "Sign" => {
                return Err(self.unsupported(": its derivative is zero almost everywhere"));
            }
            _ => return Err(self.unsupported("")),
        };
        Ok(self.unary(kind, a, 0.0, x))
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
                let constant = self.constant(value, "operand")?;
                let shape = constant.shape.clone();
                Ok((Operand::Weight(self.weight(constant)?), shape))
            }
        }
    }

    fn binary(
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

    fn broadcasting(
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

    fn select(&mut self, inputs: &[Value], shape: &[usize]) -> Result<NodeId, ImportError> {
        let mut nodes = Vec::new();
        let mut operands = Vec::new();
        for value in inputs {
            let value = match value {
                Value::Computed(id) => {
                    let view = View::dense(self.shape(*id)).broadcast(shape);
                    Value::Computed(self.view(*id, view))
                }
                Value::Constant(_) => {
                    let full = self.constant(value, "operand")?.broadcast(shape);
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

    fn reduce(
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
            Reducer::MeanOfSquares => {
                (ReduceKind::Mean, self.unary(UnaryKind::Square, 0.0, 0.0, x))
            }
            _ => return Err(self.unsupported(": only sums, means, maxima and minima are")),
        };
        let full = self.shape(x).to_vec();
        let kept: Vec<usize> = (0..full.len()).filter(|a| !op.axes.contains(a)).collect();
        let order = [&kept[..], &op.axes[..]].concat();
        let (outer, len, inner, x) = match contiguous(&full, &op.axes) {
            Some((outer, len, inner)) => (outer, len, inner, x),
            None => {
                let moved = self.view(x, View::dense(&full).permuted(&order));
                let len: usize = op.axes.iter().map(|a| full[*a]).product();
                (self.nodes[x.0].len() / len, len, 1, moved)
            }
        };
        if len == 1 {
            return Ok(self.reshape(x, shape));
        }
        let dims = if inner == 1 { vec![outer] } else { vec![outer, inner] };
        let reduced = self.push(Op::Reduce(Reduce { kind, outer, len, inner }), vec![x], &dims);
        Ok(self.reshape(reduced, shape))
    }

    fn softmax(&mut self, axes: &[usize], log: bool, x: NodeId) -> Result<NodeId, ImportError> {
        let full = self.shape(x).to_vec();
        let (outer, len, inner) = contiguous(&full, axes)
            .ok_or_else(|| self.unsupported(": its axes are not next to each other"))?;
        Ok(self.push(Op::Softmax(Softmax { log, outer, len, inner }), vec![x], &full))
    }

    fn concat(
        &mut self,
        axis: usize,
        inputs: &[Value],
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let dst = row_major(shape);
        let mut parts = Vec::new();
        let mut nodes: Vec<NodeId> = Vec::new();
        let mut constants = Vec::new();
        let mut start = 0;
        for value in inputs {
            let width = match value {
                Value::Computed(id) => {
                    let view = View::dense(self.shape(*id));
                    parts.push(view.part(nodes.len(), start * dst[axis], &dst));
                    nodes.push(*id);
                    view.shape[axis]
                }
                Value::Constant(_) => {
                    let constant = self.constant(value, "operand")?;
                    let width = constant.shape[axis];
                    constants.push((start, constant));
                    width
                }
            };
            start += width;
        }
        let len = shape.iter().product();
        let has_fill = !constants.is_empty();
        let op = Rearrange { len, fill: 0.0, has_fill, parts };
        let mut joined = self.push(Op::Rearrange(op), nodes, shape);
        for (start, constant) in constants {
            joined = self.add_at(joined, axis, start, constant, shape)?;
        }
        Ok(joined)
    }

    /// Adds a constant to a slice of a value that is zero there.
    fn add_at(
        &mut self,
        x: NodeId,
        axis: usize,
        start: usize,
        constant: Constant,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let mut full = Constant { shape: shape.to_vec(), data: vec![0.0; shape.iter().product()] };
        let dst = row_major(shape);
        let part = View::dense(&constant.shape).part(0, start * dst[axis], &dst);
        crate::ops::rearrange::cpu::forward(&part, &constant.data, &mut full.data);
        let weight = Operand::Weight(self.weight(full)?);
        let operands = [(Operand::Input(0), shape.to_vec()), (weight, shape.to_vec())];
        Ok(self.broadcasting(BinaryKind::Add, operands, vec![x], shape))
    }

    fn pad(
        &mut self,
        op: &ops::array::Pad,
        x: NodeId,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let ops::array::PadMode::Constant(fill) = &op.mode else {
            return Err(self.unsupported(": only padding with a constant is"));
        };
        let fill = Constant::of(fill).and_then(|c| c.uniform()).unwrap_or(0.0);
        let dst = row_major(shape);
        let offset = op.pads.iter().zip(&dst).map(|((before, _), stride)| before * stride).sum();
        let part = View::dense(self.shape(x)).part(0, offset, &dst);
        let len = shape.iter().product();
        let op = Rearrange { len, fill, has_fill: true, parts: vec![part] };
        Ok(self.push(Op::Rearrange(op), vec![x], shape))
    }

    fn tile(
        &mut self,
        op: &ops::array::Tile,
        x: NodeId,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let dense = View::dense(self.shape(x));
        let mut view = View { shape: Vec::new(), strides: Vec::new(), offset: 0 };
        for ((times, n), stride) in op.multipliers.iter().zip(&dense.shape).zip(&dense.strides) {
            view.shape.extend([times.to_usize().map_err(|e| malformed(e.into()))?, *n]);
            view.strides.extend([0, *stride]);
        }
        let tiled = self.view(x, view);
        Ok(self.reshape(tiled, shape))
    }

    fn gather(
        &mut self,
        axis: usize,
        indices: &Value,
        x: NodeId,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let indices = self.constant(indices, "index")?;
        let source = View::dense(self.shape(x));
        let rows = source.shape[axis];
        let at = |v: f32| if v < 0.0 { (v + rows as f32) as usize } else { v as usize };
        let picks: Vec<usize> = indices.data.iter().map(|v| at(*v)).collect();
        let mut dims = source.shape.clone();
        dims[axis] = picks.len();
        let dst = row_major(&dims);
        let parts = picks
            .iter()
            .enumerate()
            .map(|(to, from)| {
                source.clone().sliced(axis, *from, 1, 1).part(0, to * dst[axis], &dst)
            })
            .collect();
        let len = dims.iter().product();
        let op = Rearrange { len, fill: 0.0, has_fill: false, parts };
        let picked = self.push(Op::Rearrange(op), vec![x], &dims);
        Ok(self.reshape(picked, shape))
    }

    /// Peels a softmax off the end and hands the network out.
    fn finish(mut self, output: OutletId, input_shape: &[usize]) -> Result<Network, ImportError> {
        let Some(Value::Computed(mut last)) = self.values.get(&output).cloned() else {
            return Err(not_digits("its output does not depend on the image"));
        };
        let mut kind = OutputKind::Logits;
        let mut logarithm = false;
        let mut logits = last;
        loop {
            let node = &self.nodes[last.0];
            let next = match &node.op {
                Op::Reshape if node.len() == OUTPUT => node.inputs[0],
                Op::Unary(op) if op.kind == UnaryKind::Ln && !logarithm => {
                    logarithm = true;
                    node.inputs[0]
                }
                Op::Softmax(op) if op.len == OUTPUT && op.outer * op.inner == 1 => {
                    kind = if op.log || logarithm {
                        OutputKind::LogProbabilities
                    } else {
                        OutputKind::Probabilities
                    };
                    logits = node.inputs[0];
                    break;
                }
                _ => break,
            };
            last = next;
        }
        let shape = self.nodes[logits.0].shape.clone();
        if shape.iter().product::<usize>() != OUTPUT
            || shape.iter().filter(|n| **n != 1).count() > 1
        {
            let shown: Vec<String> = shape.iter().map(ToString::to_string).collect();
            return Err(not_digits(&format!(
                "its output is [{}]; expected one number for each of ten classes, [N, 10]",
                shown.join(", ")
            )));
        }
        self.nodes.truncate(logits.0 + 1);
        if logits.0 == 0 {
            return Err(not_digits("it hands its input through"));
        }
        Ok(Network {
            image: crate::digit::IMAGE,
            nodes: self.nodes,
            weights: self.weights,
            input_shape: match input_shape.split_first() {
                Some((1, rest)) if !rest.is_empty() => rest.to_vec(),
                _ => input_shape.to_vec(),
            },
            output: kind,
        })
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
