//! Operations that only move elements, understood by what they do to numbered ones.
//!
//! tract evaluates the operation of zeros, which leaves what its constants put there, and of
//! 1, 2, 3 …, which tells for every element of the result whence it comes. Other numbers, …, −2, −1,
//! must then come from the same places: an operation that scales elements or adds them up is refused.
//! The numbers of several operands go on from one to the next.

use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::array::ScatterReduction;

use super::ImportError;
use super::constant::Constant;
use super::lower::{Lowering, Value, malformed};
use crate::model::NodeId;
use crate::ops::{BinaryKind, Op, Operand, Part, Rearrange};

/// Numbers up to here are exact in single precision.
const EXACT: usize = 1 << 24;

impl Lowering {
    /// Lowers an operation of computed values that moves their elements to other places, among
    /// constants, or adds constants to them.
    pub(super) fn moved(
        &mut self,
        op: &dyn TypedOp,
        inputs: &[Value],
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        self.check_places(op, inputs)?;
        let operands: Vec<NodeId> = inputs
            .iter()
            .filter_map(|value| match value {
                Value::Computed(id) => Some(*id),
                Value::Constant(_) => None,
            })
            .collect();
        let len_of = |x: &NodeId| self.shape(*x).iter().product::<usize>();
        let lens: Vec<usize> = operands.iter().map(len_of).collect();
        let len: usize = lens.iter().sum();
        if len >= EXACT {
            return Err(self.unsupported(": its operand is too large"));
        }
        let rest = self.evaluated(op, inputs, &|_| 0.0)?;
        let numbered = self.evaluated(op, inputs, &|i| (i + 1) as f32)?;
        let backwards = self.evaluated(op, inputs, &|i| i as f32 - len as f32)?;
        let mut map = Vec::with_capacity(rest.len());
        for ((number, other), rest) in numbered.iter().zip(&backwards).zip(&rest) {
            let from = number - rest;
            let same = match from {
                0.0 => other == rest,
                _ => *other == rest + (from - 1.0 - len as f32),
            };
            if !(same
                && from >= 0.0
                && from <= len as f32
                && from.fract() == 0.0
                && from + rest == *number)
            {
                return Err(self.unsupported(": it does more than move elements"));
            }
            map.push((from as usize).checked_sub(1));
        }
        let (mut parts, mut read) = (Vec::new(), Vec::new());
        let mut before = 0;
        for (operand, len) in operands.into_iter().zip(lens) {
            let own = |from: usize| from.checked_sub(before).filter(|i| *i < len);
            let map: Vec<Option<usize>> = map.iter().map(|from| from.and_then(own)).collect();
            before += len;
            let boxes = boxes(&map);
            // What is overwritten as a whole is not read.
            if !boxes.is_empty() {
                let input = read.len();
                parts.extend(boxes.into_iter().map(|part| Part { input, ..part }));
                read.push(operand);
            }
        }
        if parts.is_empty() {
            return Err(self.unsupported(": its result does not depend on the image"));
        }
        let has_fill = map.iter().any(Option::is_none);
        let rearrange = Rearrange { len: map.len(), fill: 0.0, has_fill, parts };
        let y = self.push(Op::Rearrange(rearrange), read, shape);
        if rest.iter().all(|v| *v == 0.0) {
            return Ok(y);
        }
        let rest = Operand::Weight(self.weight(Constant { shape: shape.to_vec(), data: rest })?);
        let operands = [(Operand::Input(0), shape.to_vec()), (rest, shape.to_vec())];
        Ok(self.broadcasting(BinaryKind::Add, operands, vec![y], shape))
    }

    /// Lowers an operation that puts elements of its third operand into its first, or adds them there.
    pub(super) fn scattered(
        &mut self,
        op: &dyn TypedOp,
        reduction: ScatterReduction,
        inputs: &[Value],
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        match (reduction, inputs) {
            (ScatterReduction::Add, [Value::Computed(x), places, added @ Value::Computed(_)]) => {
                let none = Tensor::zero::<f32>(shape).map_err(malformed)?;
                let inputs =
                    [Value::Constant(none.into_arc_tensor()), places.clone(), added.clone()];
                let added = self.moved(op, &inputs, shape)?;
                let operands = [0, 1].map(|input| (Operand::Input(input), shape.to_vec()));
                Ok(self.broadcasting(BinaryKind::Add, operands, vec![*x, added], shape))
            }
            (ScatterReduction::Add | ScatterReduction::None, _) => self.moved(op, inputs, shape),
            _ => Err(self.unsupported(": only putting elements in places or adding them is")),
        }
    }

    /// The result of an operation whose computed operands hold `element` of each place, which are
    /// counted from one operand to the next.
    pub(super) fn evaluated(
        &self,
        op: &dyn TypedOp,
        inputs: &[Value],
        element: &dyn Fn(usize) -> f32,
    ) -> Result<Vec<f32>, ImportError> {
        let mut before = 0;
        let given = |value: &Value| -> TractResult<TValue> {
            Ok(match value {
                Value::Computed(id) => {
                    let sizes = self.shape(*id);
                    let places = before..before + sizes.iter().product::<usize>();
                    before = places.end;
                    let data: Vec<f32> = places.map(element).collect();
                    Tensor::from_shape(sizes, &data)?.into_tvalue()
                }
                Value::Constant(tensor) if tensor.datum_type().is_float() => {
                    tensor.cast_to::<f32>()?.into_owned().into_tvalue()
                }
                Value::Constant(tensor) => tensor.clone().into_tvalue(),
            })
        };
        let given = inputs.iter().map(given).collect::<TractResult<TVec<TValue>>>();
        let result = given.and_then(|given| op.eval_out_of_plan(given)).map_err(malformed)?;
        let result = result.and_then(|values| Constant::of(values.first()?));
        result.map(|c| c.data).ok_or_else(|| self.unsupported(""))
    }
}

/// The boxes that copy element `map[i]` to place `i`, as few as neighbours allow.
fn boxes(map: &[Option<usize>]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut at = 0;
    while at < map.len() {
        let Some(from) = map[at] else {
            at += 1;
            continue;
        };
        let step = map.get(at + 1).copied().flatten().map_or(1, |n| n as isize - from as isize);
        let place = |i: usize| usize::try_from(from as isize + i as isize * step).ok();
        let count = (1..).take_while(
            |i| matches!((map.get(at + i), place(*i)), (Some(Some(n)), Some(p)) if *n == p),
        );
        let size = 1 + count.count();
        parts.push(Part {
            input: 0,
            sizes: vec![size],
            src_offset: from,
            src_strides: vec![step],
            dst_offset: at,
            dst_strides: vec![1],
        });
        at += size;
    }
    // Boxes that are alike and follow each other in even steps are one with an axis more.
    for _ in 1..crate::ops::binary::MAX_RANK {
        parts = joined(parts);
    }
    parts
}

/// From one box's beginning to another's, in the source and in the output.
fn apart(a: &Part, b: &Part) -> (isize, usize) {
    (b.src_offset as isize - a.src_offset as isize, b.dst_offset - a.dst_offset)
}

fn joined(parts: Vec<Part>) -> Vec<Part> {
    let alike = |a: &Part, b: &Part| {
        a.sizes == b.sizes && a.src_strides == b.src_strides && a.dst_strides == b.dst_strides
    };
    let mut all = Vec::new();
    let mut rest = &parts[..];
    while let Some(first) = rest.first() {
        let count = match rest.get(1).filter(|second| alike(first, second)) {
            Some(second) => {
                let step = apart(first, second);
                let even =
                    |pair: &&[Part]| alike(&pair[0], &pair[1]) && apart(&pair[0], &pair[1]) == step;
                1 + rest.windows(2).take_while(even).count()
            }
            None => 1,
        };
        let mut part = first.clone();
        if count > 1 {
            let (source, destination) = apart(first, &rest[1]);
            part.sizes.insert(0, count);
            part.src_strides.insert(0, source);
            part.dst_strides.insert(0, destination);
        }
        all.push(part);
        rest = &rest[count..];
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the boxes copy, as a map.
    fn read(parts: &[Part], len: usize, from: usize) -> Vec<Option<usize>> {
        let x: Vec<f32> = (0..from).map(|i| i as f32).collect();
        let mut y = vec![-1.0; len];
        parts.iter().for_each(|part| crate::ops::rearrange::cpu::forward(part, &x, &mut y));
        y.iter().map(|v| (*v >= 0.0).then_some(*v as usize)).collect()
    }

    #[test]
    fn boxes_copy_what_the_map_says_and_are_few() {
        let upsampled: Vec<Option<usize>> = (0..64).map(|i| Some(i / 16 * 4 + i % 8 / 2)).collect();
        let reflected: Vec<Option<usize>> =
            (0..8).map(|i: isize| Some((i - 2).unsigned_abs())).collect();
        let reversed: Vec<Option<usize>> = (0..12).rev().map(Some).collect();
        let holes = vec![None, Some(3), None, None, Some(3), Some(0), None];
        let scattered: Vec<Option<usize>> = (0..31).map(|i| Some(i * i % 31)).collect();
        for (map, from, most) in [
            (&upsampled, 16, 3),
            (&reflected, 6, 2),
            (&reversed, 12, 1),
            (&holes, 4, 2),
            (&scattered, 31, 31),
        ] {
            let parts = boxes(map);
            assert_eq!(&read(&parts, map.len(), from), map);
            assert!(parts.len() <= most, "{parts:?}");
        }
    }
}
