//! Padding with what lies inside: reflected, the edge repeated, or wrapped round; before opset 11 with
//! a constant, too.
//!
//! Along each axis a list says whence every element of the result comes. Amounts below zero cut off.

use tract_onnx::model::optional_inputs;
use tract_onnx::pb::NodeProto;
use tract_onnx::tract_core::ops::array::{self, Gather};
use tract_onnx::tract_hir::internal::*;

use super::readers::Built;

#[derive(Clone, Copy, Debug)]
enum Mode {
    Reflect,
    Edge,
    Wrap,
    Constant(f32),
}

impl Mode {
    /// The place inside an axis of `len` that stands at a place which may be outside.
    fn inside(self, place: i64, len: i64) -> i64 {
        match self {
            Mode::Constant(_) => place,
            Mode::Edge => place.clamp(0, len - 1),
            Mode::Wrap => place.rem_euclid(len),
            Mode::Reflect if len == 1 => 0,
            Mode::Reflect => {
                let turned = place.rem_euclid(2 * (len - 1));
                turned.min(2 * (len - 1) - turned)
            }
        }
    }
}

#[derive(Clone, Debug)]
struct Pad {
    mode: Mode,
    /// The amounts, where they are attributes; otherwise they are the second input.
    amounts: Option<Vec<i64>>,
    axes: Option<usize>,
}

/// Reads a node whose mode is not `constant`, or whose amounts are attributes.
pub(super) fn inside(node: &NodeProto, mode: &str) -> Built {
    let mode = match mode {
        "constant" => Mode::Constant(node.get_attr_opt("value")?.unwrap_or(0.0)),
        "reflect" => Mode::Reflect,
        "edge" => Mode::Edge,
        "wrap" => Mode::Wrap,
        other => bail!("its mode is “{other}”"),
    };
    let amounts = match node.get_attr_opt_vec("pads")? {
        None => node.get_attr_opt_vec("paddings")?,
        amounts => amounts,
    };
    let axes = optional_inputs(node).nth(3).flatten();
    Ok((expand(Pad { mode, amounts, axes }), vec![]))
}

fn integers(tensor: &Tensor) -> TractResult<Vec<i64>> {
    let integers = tensor.cast_to::<i64>()?;
    Ok(integers.try_as_plain_ram()?.as_slice::<i64>()?.to_vec())
}

impl Pad {
    /// What is added in front of each axis and behind it.
    fn of_axes(
        &self,
        rank: usize,
        amounts: Option<&Tensor>,
        axes: Option<&Tensor>,
    ) -> TractResult<Vec<(i64, i64)>> {
        let amounts = match (&self.amounts, amounts) {
            (Some(amounts), _) => amounts.clone(),
            (None, Some(tensor)) => integers(tensor)?,
            (None, None) => bail!("its amounts are not constant"),
        };
        let axes = match axes {
            Some(tensor) => integers(tensor)?,
            None => (0..rank as i64).collect(),
        };
        ensure!(amounts.len() == 2 * axes.len(), "it has {} amounts", amounts.len());
        let mut all = vec![(0, 0); rank];
        for (place, axis) in axes.iter().enumerate() {
            let axis = if *axis < 0 { axis + rank as i64 } else { *axis };
            let pair = all.get_mut(usize::try_from(axis)?).context("its axis is not there")?;
            *pair = (amounts[place], amounts[place + axes.len()]);
        }
        Ok(all)
    }
}

impl Expansion for Pad {
    fn name(&self) -> StaticName {
        "Pad".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        s: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        s.equals(&inputs[0].datum_type, &outputs[0].datum_type)?;
        s.equals(&inputs[0].rank, &outputs[0].rank)?;
        let sizes = move |s: &mut Solver<'r>,
                          amounts: Option<&Tensor>,
                          axes: Option<&Tensor>,
                          rank: i64| {
            let all = self.of_axes(rank as usize, amounts, axes)?;
            all.into_iter().enumerate().try_for_each(|(axis, (before, after))| {
                let added = TDim::from(before + after);
                s.equals(&outputs[0].shape[axis], inputs[0].shape[axis].bex() + added)
            })
        };
        match (self.amounts.is_some(), self.axes) {
            (true, _) => s.given(&inputs[0].rank, move |s, rank| sizes(s, None, None, rank)),
            (false, None) => {
                s.given_2(&inputs[0].rank, &inputs[1].value, move |s, rank, amounts| {
                    sizes(s, Some(&amounts), None, rank)
                })
            }
            (false, Some(axes)) => s.given_3(
                &inputs[0].rank,
                &inputs[1].value,
                &inputs[axes].value,
                move |s, rank, amounts, axes| sizes(s, Some(&amounts), Some(&axes), rank),
            ),
        }
    }

    fn wire(
        &self,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let known = |model: &TypedModel, input: usize| -> TractResult<Option<Arc<Tensor>>> {
            Ok(model.outlet_fact(inputs[input])?.konst.clone())
        };
        let amounts = if self.amounts.is_none() { known(model, 1)? } else { None };
        let axes = match self.axes {
            Some(input) => Some(known(model, input)?.context("its axes are not constant")?),
            None => None,
        };
        let shape = model.outlet_fact(inputs[0])?.shape.clone();
        let all = self.of_axes(shape.rank(), amounts.as_deref(), axes.as_deref())?;
        let mut x = inputs[0];
        for (axis, (before, after)) in all.iter().copied().enumerate() {
            let grows = matches!(self.mode, Mode::Constant(_)) && before >= 0 && after >= 0;
            if grows || (before, after) == (0, 0) {
                continue;
            }
            let len = shape[axis].to_i64().context("the size of an axis is not constant")?;
            ensure!(len > 0, "an axis is empty");
            let range = match self.mode {
                Mode::Constant(_) => (-before).max(0)..len + after.min(0),
                _ => -before..len + after,
            };
            let places: Vec<i64> = range.map(|place| self.mode.inside(place, len)).collect();
            ensure!(!places.is_empty(), "nothing is left of an axis");
            let places = model.add_const(format!("{prefix}.places-{axis}"), tensor1(&places))?;
            let gather = Gather { axis, output_type: None };
            x = model.wire_node(format!("{prefix}.axis-{axis}"), gather, &[x, places])?[0];
        }
        if let Mode::Constant(value) = self.mode {
            let grown = |amount: i64| amount.max(0) as usize;
            let pads = all.iter().map(|(before, after)| (grown(*before), grown(*after))).collect();
            let pad = array::Pad { pads, mode: array::PadMode::Constant(rctensor0(value)) };
            x = model.wire_node(prefix, pad, &[x])?[0];
        }
        Ok(tvec![x])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_axis_has_nothing_to_pad_with() {
        let mut model = TypedModel::default();
        let [empty, one] = [0usize, 1]
            .map(|n| model.add_source(format!("x{n}"), f32::fact([n])).expect("a source"));
        for (place, mode) in [Mode::Reflect, Mode::Edge, Mode::Wrap].into_iter().enumerate() {
            let pad = Pad { mode, amounts: Some(vec![1, 1]), axes: None };
            assert!(pad.wire(&format!("empty{place}"), &mut model, &[empty]).is_err());
            assert!(pad.wire(&format!("one{place}"), &mut model, &[one]).is_ok());
        }
    }

    #[test]
    fn places_outside_come_from_inside_however_far_they_are() {
        let row =
            |mode: Mode, len| (-5..8).map(|place| mode.inside(place, len)).collect::<Vec<_>>();
        assert_eq!(row(Mode::Reflect, 3), [1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1]);
        assert_eq!(row(Mode::Edge, 3), [0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2]);
        assert_eq!(row(Mode::Wrap, 3), [1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1]);
        assert_eq!(row(Mode::Reflect, 1), [0; 13]);
    }
}
