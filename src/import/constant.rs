//! Constants on their way from tract's tensors to [`Weight`]s.

use std::sync::Arc;

use tract_onnx::prelude::*;

use super::ImportError;
use super::lower::Value;
use crate::model::Weight;

/// A dense, row-major constant of 32-bit floats.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Constant {
    pub(super) shape: Vec<usize>,
    pub(super) data: Vec<f32>,
}

impl Constant {
    /// Converts a tensor; truth values become 0 and 1.
    pub(super) fn of(tensor: &Tensor) -> Option<Constant> {
        let floats = tensor.cast_to::<f32>().ok()?;
        let data = floats.to_plain_array_view::<f32>().ok()?.iter().copied().collect();
        Some(Constant { shape: tensor.shape().to_vec(), data })
    }

    /// The number that all elements are, if they are.
    pub(super) fn uniform(&self) -> Option<f32> {
        let first = *self.data.first()?;
        self.data.iter().all(|v| *v == first).then_some(first)
    }

    /// The elements in another order of axes.
    pub(super) fn permuted(&self, order: &[usize]) -> Constant {
        let strides = row_major(&self.shape);
        let shape: Vec<usize> = order.iter().map(|a| self.shape[*a]).collect();
        let mut data = Vec::with_capacity(self.data.len());
        let mut index = vec![0; shape.len()];
        for _ in 0..self.data.len() {
            data.push(
                self.data[index.iter().zip(order).map(|(i, a)| i * strides[*a]).sum::<usize>()],
            );
            for axis in (0..shape.len()).rev() {
                index[axis] += 1;
                if index[axis] < shape[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
        Constant { shape, data }
    }

    /// The elements repeated along axes of size one (and new ones in front) to fill `shape`.
    pub(super) fn broadcast(&self, shape: &[usize]) -> Constant {
        let strides = broadcast_strides(&self.shape, shape);
        let count = shape.iter().product();
        let mut data = Vec::with_capacity(count);
        for element in 0..count {
            let (mut rest, mut offset) = (element, 0);
            for (size, stride) in shape.iter().zip(&strides).rev() {
                offset += rest % size * stride;
                rest /= size;
            }
            data.push(self.data[offset]);
        }
        Constant { shape: shape.to_vec(), data }
    }

    /// The same as a value that is known before the image is.
    pub(super) fn into_value(self) -> Value {
        let tensor = Tensor::from_shape(&self.shape, &self.data);
        Value::Constant(Arc::new(tensor.expect("a constant has as many numbers as its shape says")))
    }

    /// Infinities as the largest numbers there are: what masks add or choose, and bounds that are none.
    /// Behind a softmax or a bound nothing changes, and products of them with zero are none.
    pub(super) fn bounded(mut self) -> Constant {
        for value in self.data.iter_mut().filter(|v| v.is_infinite()) {
            *value = value.clamp(f32::MIN, f32::MAX);
        }
        self
    }

    /// A weight of the network; refuses numbers that are not finite.
    pub(super) fn into_weight(self, name: &str) -> Result<Weight, ImportError> {
        if self.data.iter().all(|v| v.is_finite()) {
            Ok(Weight { name: name.into(), shape: self.shape, data: Arc::from(self.data) })
        } else {
            Err(ImportError::NotFiniteWeights(name.into()))
        }
    }
}

/// Strides of a dense row-major tensor.
pub(super) fn row_major(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

/// Strides with which a dense tensor fills a larger shape: 0 where it is repeated.
pub(super) fn broadcast_strides(from: &[usize], to: &[usize]) -> Vec<usize> {
    let missing = to.len() - from.len();
    let dense = row_major(from);
    (0..to.len())
        .map(|axis| match axis.checked_sub(missing) {
            Some(a) if from[a] != 1 => dense[a],
            _ => 0,
        })
        .collect()
}
