//! tract's typed graph → a [`Network`], node by node.
//!
//! What depends on constants alone is evaluated by tract; what depends on the
//! image becomes a node. Shapes are tract's at a batch of one, so that a batch
//! axis is an ordinary axis of size one.

use std::collections::HashMap;
use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops;

use super::ImportError;
use super::constant::Constant;
use super::image::Reading;
use super::layout::View;
use crate::model::{
    Expectation, ImageShape, Network, Node, NodeId, OutputKind, Precision, WeightId,
};
use crate::ops::{Op, Unary, UnaryKind};

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
    pub(super) values: HashMap<OutletId, Value>,
    /// Name and operation of the node being lowered, for messages.
    pub(super) at: (String, String),
    /// The same of the loop whose body is being lowered.
    pub(super) within: Option<(String, String)>,
}

/// Translates a graph with one image and one output.
pub(super) fn lower(model: &TypedModel, reading: &Reading) -> Result<Network, ImportError> {
    let mut lowering = Lowering {
        nodes: Vec::new(),
        weights: Vec::new(),
        values: HashMap::new(),
        at: ("image".into(), "Input".into()),
        within: None,
    };
    let order = model.eval_order().map_err(malformed)?;
    let inputs = model.input_outlets().map_err(malformed)?;
    let image = *inputs.first().ok_or_else(|| no_classifier("it has no input"))?;
    if !model.output_fact(0).map_err(malformed)?.datum_type.is_float() {
        let says = "its output is not made of floats; one for each class is expected";
        return Err(no_classifier(says));
    }
    let input = lowering.image(reading, &concrete(model, image)?);
    lowering.values.insert(image, Value::Computed(input));
    for id in order.into_iter().filter(|id| *id != image.node) {
        lowering.node(model, id).map_err(|error| match error {
            ImportError::Malformed(_) => lowering.unsupported(": its operands do not fit together"),
            error => error,
        })?;
    }
    let outputs = model.output_outlets().map_err(malformed)?;
    lowering.finish(outputs[0], reading)
}

/// An error about the graph, in tract's words.
pub(super) fn malformed(error: TractError) -> ImportError {
    ImportError::Malformed(format!("{error:#}"))
}

fn no_classifier(text: &str) -> ImportError {
    ImportError::NotAnImageClassifier(text.into())
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
    /// Adds the image, with its axes where the file has them.
    fn image(&mut self, reading: &Reading, shape: &[usize]) -> NodeId {
        let ImageShape { channels, height, width } = reading.image;
        let planes = [channels, height, width];
        let mut x = self.push(Op::Input, Vec::new(), &planes);
        if reading.channels_last {
            x = self.view(x, View::dense(&planes).permuted(&[1, 2, 0]));
        }
        self.reshape(x, shape)
    }

    /// Translates one node of tract's graph.
    pub(super) fn node(&mut self, model: &TypedModel, id: usize) -> Result<(), ImportError> {
        let node = model.node(id);
        let own = || (node.name.clone(), node.op.name().to_string());
        self.at = self.within.clone().unwrap_or_else(own);
        let mut inputs = Vec::new();
        for outlet in &node.inputs {
            let Some(value) = self.values.get(outlet) else {
                let source = model.node(outlet.node);
                self.at = (source.name.clone(), source.op.name().to_string());
                let detail = match source.op_is::<ops::array::Topk>() {
                    true => ": its values are, but their places jump",
                    false => ": only its first result is",
                };
                return Err(self.unsupported(detail));
            };
            inputs.push(value.clone());
        }
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
        if let Some(op) = node.op_as::<ops::scan::Scan>() {
            for (slot, value) in self.unrolled(op, &inputs)?.into_iter().enumerate() {
                if let Some(value) = value {
                    self.values.insert(OutletId::new(id, slot), value);
                }
            }
            return Ok(());
        }
        let shape = concrete(model, OutletId::new(id, 0))?;
        if let Some(op) = node.op_as::<ops::gru_seq::GruSeq>() {
            for (slot, value) in self.gru(op, &inputs)?.into_iter().enumerate() {
                self.values.insert(OutletId::new(id, slot), value);
            }
            return Ok(());
        }
        if let Some(op) = node.op_as::<ops::lstm_cell::LstmEpilogue>() {
            for (slot, value) in self.lstm_cell(op.hidden, &inputs, &shape)?.into_iter().enumerate()
            {
                self.values.insert(OutletId::new(id, slot), value);
            }
            return Ok(());
        }
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
        if let Some(op) = node.op_as::<ops::gru_cell::GruEpilogue>() {
            return self.gru_cell(op.hidden, inputs, shape);
        }
        if let Some(op) = node.op_as::<ops::cnn::Deconv>() {
            return self.transposed(op, inputs, shape);
        }
        if node.op_is::<ops::logic::Iff>() {
            return self.select(inputs, shape);
        }
        let scattered = (
            node.op_as::<ops::array::ScatterElements>().map(|op| op.reduction),
            node.op_as::<ops::array::ScatterNd>().map(|op| op.reduction),
        );
        if let (Some(reduction), _) | (_, Some(reduction)) = scattered {
            return self.scattered(node.op.as_ref(), reduction, inputs, shape);
        }
        if let Some(op) = node.op_as::<ops::array::TypedConcat>() {
            return self.concat(op.axis, inputs, shape);
        }
        if let Some(op) = node.op_as::<ops::nn::GridSample>() {
            return self.sampled(op, inputs, shape);
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
            if op.to.is_float() {
                return Ok(self.reshape(x, shape));
            }
            if op.to == DatumType::Bool {
                return self.truth(x);
            }
            return Err(self.unsupported(": only casts between floats are differentiable"));
        }
        if node.op.name() == "Resize" {
            return self.interpolated(node.op.as_ref(), inputs, x, shape);
        }
        if let Some(op) = node.op_as::<ops::array::Topk>() {
            return self.sorted(op, x, shape);
        }
        if let Some(op) = node.op_as::<ops::array::CumSum>() {
            return self.summed_along(node.op.as_ref(), inputs, x, op.axis);
        }
        self.rearrangement(node, inputs, x, shape)
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

    /// Peels a softmax off the end and hands the network out.
    fn finish(mut self, output: OutletId, reading: &Reading) -> Result<Network, ImportError> {
        let Some(Value::Computed(mut last)) = self.values.get(&output).cloned() else {
            return Err(no_classifier("its output does not depend on the image"));
        };
        let classes = self.nodes[last.0].len();
        let mut kind = OutputKind::Logits;
        let mut logarithm = false;
        let mut logits = last;
        loop {
            let node = &self.nodes[last.0];
            let next = match &node.op {
                Op::Reshape => node.inputs[0],
                Op::Unary(op) if op.kind == UnaryKind::Ln && !logarithm => {
                    logarithm = true;
                    node.inputs[0]
                }
                Op::Softmax(op) if op.len == classes && op.outer * op.inner == 1 => {
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
        if classes == 1 {
            return Err(no_classifier(
                "it ends in one number, as a network that answers yes or no does; export it with a \
                 score for each of its two classes",
            ));
        }
        let shape = self.nodes[logits.0].shape.clone();
        if shape.iter().filter(|n| **n != 1).count() > 1 {
            let shown: Vec<String> = shape.iter().map(ToString::to_string).collect();
            return Err(no_classifier(&format!(
                "its output is [{}]; expected [N, classes], one number for each class",
                shown.join(", ")
            )));
        }
        if self.nodes[..=logits.0].iter().all(|node| matches!(node.op, Op::Input | Op::Reshape)) {
            return Err(no_classifier("it hands its input through"));
        }
        self.nodes.truncate(logits.0 + 1);
        let sizes: Vec<usize> = reading.sizes.iter().map(|n| *n as usize).collect();
        Ok(Network {
            image: reading.image,
            nodes: self.nodes,
            weights: self.weights,
            input_shape: match sizes.split_first() {
                Some((1, rest)) if !rest.is_empty() => rest.to_vec(),
                _ => sizes,
            },
            expects: Expectation::default(),
            output: kind,
            precision: Precision::default(),
        })
    }
}
