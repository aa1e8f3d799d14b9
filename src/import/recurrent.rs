//! LSTM, GRU and RNN: what tract 0.23.9 does not read of them, and its cells in one piece.
//!
//! tract reads a lone backward direction as a forward one, so the sequence is turned round before
//! and its results behind. Attributes that it passes over are refused.

use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto};
use tract_onnx::tract_core::ops::gru_seq::GruSeq;
use tract_onnx::tract_core::ops::scan::ScanInfo;

use super::constant::Constant;
use super::lower::{Lowering, Value};
use super::{ImportError, graph, spell};
use crate::model::NodeId;
use crate::ops::{Activation, Linear, Op, UnaryKind};

fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|a| a.name == name)
}

/// Turns the sequences of lone backward directions round, in a graph whose operators have been checked.
///
/// # Errors
/// Where a recurrent layer has an attribute that is not read.
pub(super) fn turn_round(whole: &mut GraphProto, opset: i64) -> Result<(), ImportError> {
    for mut node in std::mem::take(&mut whole.node) {
        if !["LSTM", "GRU", "RNN"].contains(&node.op_type.as_str()) {
            whole.node.push(node);
            continue;
        }
        check(&node)?;
        if attribute(&node, "direction").is_none_or(|a| a.s != b"reverse") {
            whole.node.push(node);
            continue;
        }
        if opset < 10 {
            return Err(graph::unsupported(&node, ": backwards it is read from opset 10 on"));
        }
        node.attribute.retain(|a| a.name != "direction");
        // Y is [steps, 1, N, h], or with the layout 1 [N, steps, 1, h]; X has the steps there, too.
        let axis = attribute(&node, "layout").map_or(0, |a| a.i);
        let first = node.output.iter().find(|o| !o.is_empty()).cloned().unwrap_or_default();
        let x = std::mem::replace(&mut node.input[0], format!("{first}.turned"));
        whole.node.extend(spell::turned(&x, &node.input[0], axis));
        let y = node.output.first().filter(|y| !y.is_empty()).cloned();
        if let Some(y) = &y {
            node.output[0] = format!("{y}.backwards");
        }
        whole.node.push(node);
        if let Some(y) = y {
            whole.node.extend(spell::turned(&format!("{y}.backwards"), &y, axis));
        }
    }
    Ok(())
}

fn check(node: &NodeProto) -> Result<(), ImportError> {
    let no = |detail: &str| Err(graph::unsupported(node, detail));
    if attribute(node, "clip").is_some() {
        return no(": its sums are clipped");
    }
    if attribute(node, "input_forget").is_some_and(|a| a.i != 0) {
        return no(": its input and forget gates are one");
    }
    let usual: &[&[u8]] = match node.op_type.as_str() {
        "LSTM" => &[b"Sigmoid", b"Tanh", b"Tanh"],
        "GRU" => &[b"Sigmoid", b"Tanh"],
        _ => &[b"Tanh"],
    };
    let given = attribute(node, "activations").map_or(&[][..], |a| &a.strings);
    let as_usual = given.iter().enumerate().all(|(i, name)| name == usual[i % usual.len()]);
    if as_usual { Ok(()) } else { no(": its activations are not the usual ones") }
}

impl Lowering {
    /// One of the gates that lie behind each other along the last axis.
    fn gate(&mut self, gates: &Value, hidden: usize, place: usize) -> Result<Value, ImportError> {
        let axis = self.sizes(gates).len() - 1;
        self.piece(gates, &ScanInfo { axis, chunk: hidden as isize }, place)
    }

    fn bent(&mut self, kind: UnaryKind, x: NodeId) -> Value {
        Value::Computed(self.unary(kind, 0.0, 0.0, x))
    }

    /// tract's LSTM cell: from sums `[…, 4h]` of the gates i, o, f, c and the state before, the output
    /// `o·tanh(s)` and the state `s = f·s₀ + i·c`.
    pub(super) fn lstm_cell(
        &mut self,
        hidden: usize,
        inputs: &[Value],
        shape: &[usize],
    ) -> Result<[Value; 2], ImportError> {
        let mut gate = |place: usize, kind: UnaryKind| -> Result<Value, ImportError> {
            let sum = self.gate(&inputs[0], hidden, place)?;
            let sum = self.computed(&sum)?;
            let sum = self.reshape(sum, shape);
            Ok(self.bent(kind, sum))
        };
        let (i, o) = (gate(0, UnaryKind::Sigmoid)?, gate(1, UnaryKind::Sigmoid)?);
        let (f, c) = (gate(2, UnaryKind::Sigmoid)?, gate(3, UnaryKind::Tanh)?);
        let kept = Value::Computed(self.binary("Mul", &[f, inputs[1].clone()], shape)?);
        let new = Value::Computed(self.binary("Mul", &[i, c], shape)?);
        let state = self.binary("Add", &[kept, new], shape)?;
        let bent = self.bent(UnaryKind::Tanh, state);
        let output = self.binary("Mul", &[o, bent], shape)?;
        Ok([Value::Computed(output), Value::Computed(state)])
    }

    /// tract's GRU cell: from `x·W` and `h₀·R`, both `[…, 3h]` with biases, and the state `h₀` before, the
    /// state `n + z·(h₀ − n)`, `n = tanh(xₙ + r·hₙ)`.
    pub(super) fn gru_cell(
        &mut self,
        hidden: usize,
        inputs: &[Value],
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let mut sums = Vec::new();
        for place in 0..3 {
            let (x, h) =
                (self.gate(&inputs[0], hidden, place)?, self.gate(&inputs[1], hidden, place)?);
            sums.push([x, h]);
        }
        let z = self.binary("Add", &sums[0], shape)?;
        let z = self.bent(UnaryKind::Sigmoid, z);
        let r = self.binary("Add", &sums[1], shape)?;
        let r = self.bent(UnaryKind::Sigmoid, r);
        let [x, h] = sums.swap_remove(2);
        let reset = Value::Computed(self.binary("Mul", &[r, h], shape)?);
        let n = self.binary("Add", &[x, reset], shape)?;
        let n = self.bent(UnaryKind::Tanh, n);
        let apart = Value::Computed(self.binary("Sub", &[inputs[2].clone(), n.clone()], shape)?);
        let kept = Value::Computed(self.binary("Mul", &[z, apart], shape)?);
        self.binary("Add", &[n, kept], shape)
    }

    /// tract's GRU over a whole sequence: `x [N, steps, in]`, `W [3h, in]`, `R [3h, h]`, biases `[1, 6h]`
    /// and the state before; gives all states `[N, steps, h]` and the last `[N, 1, h]`.
    pub(super) fn gru(&mut self, op: &GruSeq, inputs: &[Value]) -> Result<[Value; 2], ImportError> {
        if op.projected || self.sizes(&inputs[0])[0] != 1 {
            return Err(self.unsupported(": several sequences at once are not"));
        }
        let hidden = op.hidden;
        let [w, r] = [1, 2].map(|i| self.constant(&inputs[i], "matrix"));
        let [w, r] = [w?.permuted(&[1, 0]), r?.permuted(&[1, 0])];
        let biases = match op.has_bias {
            true => self.constant(&inputs[3], "bias")?.data,
            false => vec![0.0; 6 * hidden],
        };
        let half = |part: usize| Constant {
            shape: vec![3 * hidden],
            data: biases[part * 3 * hidden..][..3 * hidden].to_vec(),
        };
        let x = self.computed(&inputs[0])?;
        let steps = self.shape(x)[1];
        let sums = Value::Computed(self.dense(x, steps, &w, half(0))?);
        let last = inputs.last().ok_or_else(|| self.unsupported(""))?;
        let mut state = self.flat_state(last, hidden)?;
        let mut all = Vec::new();
        for step in 0..steps {
            let place = if op.chunk < 0 { steps - 1 - step } else { step };
            let now = self.piece(&sums, &ScanInfo { axis: 0, chunk: 1 }, place)?;
            let before = match &state {
                Value::Computed(h) => Value::Computed(self.dense(*h, 1, &r, half(1))?),
                Value::Constant(_) => {
                    let h = self.constant(&state, "state")?.data;
                    let sum = |u: usize| -> f32 {
                        half(1).data[u]
                            + h.iter()
                                .enumerate()
                                .map(|(k, v)| v * r.data[k * 3 * hidden + u])
                                .sum::<f32>()
                    };
                    let row: Vec<f32> = (0..3 * hidden).map(sum).collect();
                    Constant { shape: vec![1, 3 * hidden], data: row }.into_value()
                }
            };
            let h = self.gru_cell(hidden, &[now, before, state.clone()], &[1, hidden])?;
            state = Value::Computed(h);
            all.push(Value::Computed(h));
        }
        if op.chunk < 0 {
            all.reverse();
        }
        let mut shaped = |value: Value, shape: &[usize]| -> Result<Value, ImportError> {
            let node = self.computed(&value)?;
            Ok(Value::Computed(self.reshape(node, shape)))
        };
        let end = shaped(state, &[1, 1, hidden])?;
        let all = self.in_a_row(&all, 0)?;
        let node = self.computed(&all)?;
        Ok([Value::Computed(self.reshape(node, &[1, steps, hidden])), end])
    }

    /// `x·matrix + bias` of rows.
    fn dense(
        &mut self,
        x: NodeId,
        rows: usize,
        matrix: &Constant,
        bias: Constant,
    ) -> Result<NodeId, ImportError> {
        let [k, n] = matrix.shape[..] else { return Err(self.unsupported("")) };
        let x = self.reshape(x, &[rows, k]);
        let weight = self.weight(matrix.clone())?;
        let bias = Some(self.weight(bias)?);
        let linear = Linear { rows, k, n, weight, bias, activation: Activation::Identity };
        Ok(self.push(Op::Linear(linear), vec![x], &[rows, n]))
    }

    /// A state as `[1, h]`.
    fn flat_state(&mut self, state: &Value, hidden: usize) -> Result<Value, ImportError> {
        Ok(match state {
            Value::Computed(h) => Value::Computed(self.reshape(*h, &[1, hidden])),
            Value::Constant(_) => {
                Constant { shape: vec![1, hidden], ..self.constant(state, "state")? }.into_value()
            }
        })
    }
}
