//! Places that gathering and scattering by constant indices name: all within what they are of.
//!
//! tract counts them from the front alone where an index has several axes, and ends at one that is
//! outside, or where what is put there has another shape.

use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::array::{GatherElements, GatherNd, ScatterElements, ScatterNd};

use super::ImportError;
use super::lower::{Lowering, Value};

/// How an operation's indices name places.
#[derive(Clone, Copy)]
enum Places {
    /// Each index is a place along this axis.
    Along(usize),
    /// The last axis of the indices names places along the axes from this one on.
    From(usize),
}

impl Places {
    /// Those of an operation that has them.
    fn of(op: &dyn TypedOp) -> Option<Places> {
        if let Some(op) = op.downcast_ref::<GatherElements>() {
            return Some(Places::Along(op.axis));
        }
        if let Some(op) = op.downcast_ref::<ScatterElements>() {
            return Some(Places::Along(op.axis));
        }
        if let Some(op) = op.downcast_ref::<GatherNd>() {
            return Some(Places::From(op.batch_dims));
        }
        op.is::<ScatterNd>().then_some(Places::From(0))
    }

    /// Whether indices of this shape, and what is put there, fit what they are of.
    fn fit(self, sizes: &[usize], indices: &[usize], put: Option<&[usize]>) -> bool {
        match self {
            Places::Along(axis) => {
                let mut beside = indices.iter().zip(sizes).enumerate();
                indices.len() == sizes.len()
                    && beside.all(|(other, (own, of))| other == axis || own <= of)
                    && put.is_none_or(|put| put == indices)
            }
            Places::From(first) => indices.split_last().is_some_and(|(last, before)| {
                let rest = sizes.get(first + last..);
                rest.is_some_and(|rest| put.is_none_or(|put| put == [before, rest].concat()))
            }),
        }
    }

    /// The indices counted from the front, where all are within sizes that they fit.
    fn resolved(self, sizes: &[usize], indices: &Tensor) -> Option<Vec<i64>> {
        let last = indices.shape().last().copied().unwrap_or(1);
        let indices = indices.cast_to::<i64>().ok()?;
        let numbers = indices.to_plain_array_view::<i64>().ok()?;
        let from_the_front = |(at, index): (usize, &i64)| {
            let axis = match self {
                Places::Along(axis) => axis,
                Places::From(first) => first + at % last,
            };
            let size = i64::try_from(*sizes.get(axis)?).ok()?;
            (-size..size).contains(index).then(|| index.rem_euclid(size))
        };
        numbers.iter().enumerate().map(from_the_front).collect()
    }
}

/// Lets indices of a graph that count from behind count from the front.
pub(super) fn count_from_the_front(model: &mut TypedModel) -> TractResult<()> {
    for id in 0..model.nodes.len() {
        let node = &model.nodes[id];
        let Some(places) = Places::of(node.op.as_ref()) else { continue };
        let [data, indices] = [0, 1].map(|slot| model.outlet_fact(node.inputs[slot]));
        let (Some(sizes), Some(konst)) = (data?.shape.as_concrete(), indices?.konst.clone()) else {
            continue;
        };
        let shape = konst.shape();
        if !places.fit(sizes, shape, None) {
            continue;
        }
        let Some(wanted) = places.resolved(sizes, &konst) else { continue };
        let wanted = Tensor::from_shape(shape, &wanted)?;
        let wanted = wanted.cast_to_dt(konst.datum_type())?.into_owned();
        if wanted != *konst {
            let name = format!("{}.from-the-front", node.name);
            let wanted = model.add_const(name, wanted)?;
            model.add_edge(wanted, InletId::new(id, 1))?;
        }
    }
    Ok(())
}

impl Lowering {
    /// Whether an operation's indices, where it has any, are constant and within what they are of.
    pub(super) fn check_places(
        &self,
        op: &dyn TypedOp,
        inputs: &[Value],
    ) -> Result<(), ImportError> {
        let Some(places) = Places::of(op) else { return Ok(()) };
        let [_, Value::Constant(indices), put @ ..] = inputs else {
            return Err(self.unsupported(": its indices depend on the image"));
        };
        let sizes = self.sizes(&inputs[0]);
        let put = put.first().map(|put| self.sizes(put));
        let inside = places.fit(&sizes, indices.shape(), put.as_deref())
            && places.resolved(&sizes, indices).is_some();
        match inside {
            true => Ok(()),
            false => Err(self.unsupported(": its indices do not fit what it is given")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_fit_where_what_they_name_is_there() {
        let along = Places::Along(1);
        assert!(along.fit(&[2, 3], &[2, 7], Some(&[2, 7])), "as many as one likes along the axis");
        assert!(along.fit(&[2, 3], &[1, 3], None), "fewer beside it");
        assert!(!along.fit(&[2, 3], &[3, 3], None) && !along.fit(&[2, 3], &[2], None));
        assert!(!along.fit(&[2, 3], &[2, 3], Some(&[2, 2])));
        let (from, behind) = (Places::From(0), Places::From(1));
        assert!(from.fit(&[4, 3, 2], &[5, 2], Some(&[5, 2])));
        assert!(from.fit(&[4, 3, 2], &[5, 1], Some(&[5, 3, 2])));
        assert!(!from.fit(&[4, 3, 2], &[5, 1], Some(&[4, 3, 2])) && !from.fit(&[4], &[5, 2], None));
        assert!(behind.fit(&[4, 3, 2], &[4, 2], None) && !behind.fit(&[4, 3, 2], &[4, 3], None));
        assert!(!from.fit(&[4], &[], None), "indices are of one axis at least");
    }

    #[test]
    fn indices_count_from_the_front() {
        let front = |places: Places, indices: Tensor| places.resolved(&[4, 3], &indices);
        assert_eq!(front(Places::Along(1), tensor2(&[[0i64, -1, 2]])), Some(vec![0, 2, 2]));
        assert_eq!(front(Places::Along(0), tensor2(&[[3i32, -4]])), Some(vec![3, 0]));
        assert_eq!(front(Places::From(0), tensor2(&[[-1i64, -1], [0, 2]])), Some(vec![3, 2, 0, 2]));
        assert_eq!(front(Places::From(1), tensor2(&[[-3i64], [1]])), Some(vec![0, 1]));
        for outside in [tensor2(&[[0i64, 3]]), tensor2(&[[0i64, -4]])] {
            assert_eq!(front(Places::From(0), outside.clone()), None);
            assert_eq!(front(Places::Along(1), outside), None);
        }
    }
}
