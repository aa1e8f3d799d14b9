//! Recurrent layers: a loop of a constant length is written out, step by step.
//!
//! tract makes a scan of LSTM, GRU, RNN and Scan: a body that reads a piece of some inputs, all of
//! others and its own state. The body is lowered once for each step.

use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::scan::{InputMapping, Scan, ScanInfo};

use super::ImportError;
use super::layout::View;
use super::lower::{Lowering, Value, malformed};

/// Most nodes of all steps together.
const MOST: usize = 20_000;

impl Lowering {
    /// Lowers a scan; gives the value of each of its outputs.
    pub(super) fn unrolled(
        &mut self,
        op: &Scan,
        inputs: &[Value],
    ) -> Result<Vec<Option<Value>>, ImportError> {
        let at = self.at.clone();
        let steps = self.steps(op, inputs)?;
        if steps.saturating_mul(op.body.nodes().len()) > MOST {
            return Err(self.unsupported(": it has too many steps"));
        }
        let order = op.body.eval_order().map_err(malformed)?;
        let sources = op.body.input_outlets().map_err(malformed)?.to_vec();
        let results = op.body.output_outlets().map_err(malformed)?.to_vec();
        let states = |m: &InputMapping| matches!(m, InputMapping::State);
        let mut state: Vec<Value> = inputs
            .iter()
            .zip(&op.input_mapping)
            .filter(|(_, mapping)| states(mapping))
            .map(|(value, _)| value.clone())
            .collect();
        let mut made: Vec<Vec<Value>> = vec![Vec::new(); op.output_mapping.len()];
        for step in 0..steps {
            let mut carried = state.drain(..);
            let mut given = Vec::new();
            for (value, mapping) in inputs.iter().zip(&op.input_mapping) {
                given.push(match mapping {
                    InputMapping::Full => Some(value.clone()),
                    InputMapping::State => carried.next(),
                    InputMapping::Scan(info) => Some(self.piece(value, info, step)?),
                });
            }
            drop(carried);
            let outer = std::mem::take(&mut self.values);
            for (source, value) in sources.iter().zip(given) {
                if let Some(value) = value {
                    self.values.insert(*source, value);
                }
            }
            let lowered = order
                .iter()
                .filter(|id| !sources.iter().any(|source| source.node == **id))
                .try_for_each(|id| self.body_node(&op.body, *id, &at));
            let inner = std::mem::replace(&mut self.values, outer);
            self.at = at.clone();
            lowered?;
            for ((outlet, mapping), made) in results.iter().zip(&op.output_mapping).zip(&mut made) {
                let value = inner
                    .get(outlet)
                    .ok_or_else(|| self.unsupported(": a result of its steps is not computed"))?;
                if mapping.state {
                    state.push(value.clone());
                }
                made.push(value.clone());
            }
        }
        let count =
            op.output_mapping.iter().flat_map(|m| [m.scan.map(|(s, _)| s), m.last_value_slot]);
        let mut outputs = vec![None; count.flatten().max().map_or(0, |slot| slot + 1)];
        for (mapping, mut made) in op.output_mapping.iter().zip(made) {
            if let Some(slot) = mapping.last_value_slot {
                outputs[slot] = made.last().cloned();
            }
            if let Some((slot, info)) = mapping.scan {
                if info.chunk < 0 {
                    made.reverse();
                }
                outputs[slot] = Some(self.in_a_row(&made, info.axis)?);
            }
        }
        Ok(outputs)
    }

    /// One node of the body, under the name of the whole.
    fn body_node(
        &mut self,
        body: &TypedModel,
        id: usize,
        at: &(String, String),
    ) -> Result<(), ImportError> {
        let outer = self.within.replace(at.clone());
        let done = self.node(body, id);
        self.within = outer;
        done.map_err(|error| match error {
            ImportError::UnsupportedOp { node, op, detail } if detail.is_empty() => {
                let detail = format!(": a step of it has a {}", body.node(id).op.name());
                ImportError::UnsupportedOp { node, op, detail }
            }
            error => error,
        })
    }

    fn steps(&self, op: &Scan, inputs: &[Value]) -> Result<usize, ImportError> {
        let scanned = inputs
            .iter()
            .zip(&op.input_mapping)
            .find_map(|(value, mapping)| mapping.as_scan().map(|info| (self.sizes(value), *info)));
        let (sizes, info) =
            scanned.ok_or_else(|| self.unsupported(": its length is not constant"))?;
        let (len, chunk) = (sizes[info.axis], info.chunk.unsigned_abs());
        if op.skip > 0 || chunk == 0 || len % chunk != 0 || len == 0 {
            return Err(self.unsupported(": its steps are not all alike"));
        }
        Ok(len / chunk)
    }

    pub(super) fn sizes(&self, value: &Value) -> Vec<usize> {
        match value {
            Value::Computed(id) => self.shape(*id).to_vec(),
            Value::Constant(tensor) => tensor.shape().to_vec(),
        }
    }

    /// What a step reads of a value, from the end where the loop runs backwards.
    pub(super) fn piece(
        &mut self,
        value: &Value,
        info: &ScanInfo,
        step: usize,
    ) -> Result<Value, ImportError> {
        let chunk = info.chunk.unsigned_abs();
        let len = self.sizes(value)[info.axis];
        let start = if info.chunk < 0 { len - (step + 1) * chunk } else { step * chunk };
        Ok(match value {
            Value::Computed(id) => {
                let view = View::dense(self.shape(*id)).sliced(info.axis, start, chunk, 1);
                Value::Computed(self.view(*id, view))
            }
            Value::Constant(tensor) => {
                let piece = tensor.slice(info.axis, start, start + chunk).map_err(malformed)?;
                Value::Constant(Arc::new(piece))
            }
        })
    }

    /// The results of all steps behind each other.
    pub(super) fn in_a_row(&mut self, made: &[Value], axis: usize) -> Result<Value, ImportError> {
        let mut shape = self.sizes(&made[0]);
        shape[axis] = made.iter().map(|value| self.sizes(value)[axis]).sum();
        if made.iter().any(|value| matches!(value, Value::Computed(_))) {
            return Ok(Value::Computed(self.concat(axis, made, &shape)?));
        }
        let tensors: Vec<Tensor> = made
            .iter()
            .filter_map(|value| match value {
                Value::Constant(tensor) => Some(tensor.as_ref().clone()),
                Value::Computed(_) => None,
            })
            .collect();
        let joined = Tensor::stack_tensors(axis, &tensors).map_err(malformed)?;
        Ok(Value::Constant(Arc::new(joined)))
    }
}
