//! The largest or smallest along an axis, in order: ONNX's TopK, and what sorts.
//!
//! Batcher's bitonic network: its comparisons do not depend on the numbers, so that each layer is the
//! maximum and the minimum of two views. Two sorted runs, one of them backwards, are compared element by
//! element, which leaves the larger half in front; halving the distance sorts that half. K. E. Batcher,
//! “Sorting networks and their applications”, AFIPS 1968. Of runs as long as what is asked for, only the
//! larger half goes on.

use tract_onnx::tract_core::ops::array::Topk;

use super::ImportError;
use super::constant::row_major;
use super::layout::View;
use super::lower::{Lowering, Value};
use crate::model::NodeId;
use crate::ops::{Op, Rearrange};

/// Most elements along the axis.
const LONGEST: usize = 4096;

/// The runs of one axis: `[outer, runs, run, inner]`.
#[derive(Clone, Copy)]
struct Runs {
    x: NodeId,
    outer: usize,
    count: usize,
    len: usize,
    inner: usize,
    /// Whether the largest come first.
    largest: bool,
}

impl Lowering {
    /// The values of the largest or smallest; where they lie has no derivative and is not computed.
    pub(super) fn sorted(
        &mut self,
        op: &Topk,
        x: NodeId,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let sizes = self.shape(x).to_vec();
        let (from, kept) = (sizes[op.axis], shape[op.axis]);
        if from > LONGEST {
            return Err(self.unsupported(&format!(
                ": it sorts {from} elements; at most {LONGEST} can be sorted"
            )));
        }
        let outer = sizes[..op.axis].iter().product();
        let inner = sizes[op.axis + 1..].iter().product();
        let last = if op.largest { f32::MIN } else { f32::MAX };
        let x = self.padded(x, [outer, from, inner], last);
        let count = from.next_power_of_two();
        let mut runs = Runs { x, outer, count, len: 1, inner, largest: op.largest };
        while runs.count > 1 {
            runs = self.merged(runs, kept)?;
        }
        let front = View::dense(&[outer, runs.len, inner]).sliced(1, 0, kept, 1);
        let y = self.reshape(runs.x, &[outer, runs.len, inner]);
        let y = self.view(y, front);
        Ok(self.reshape(y, shape))
    }

    /// As many elements as a power of two, those that are added behind all others.
    fn padded(&mut self, x: NodeId, shape: [usize; 3], last: f32) -> NodeId {
        let [outer, from, inner] = shape;
        let wide = [outer, from.next_power_of_two(), inner];
        if wide == shape {
            return x;
        }
        let part = View::dense(&shape).part(0, 0, &row_major(&wide));
        let len = wide.iter().product();
        let op = Rearrange { len, fill: last, has_fill: true, parts: vec![part] };
        self.push(Op::Rearrange(op), vec![x], &wide)
    }

    /// Runs of twice the length, or of the same where no more are asked for.
    fn merged(&mut self, runs: Runs, kept: usize) -> Result<Runs, ImportError> {
        let long = Runs { count: runs.count / 2, len: 2 * runs.len, ..runs };
        let mut runs = match runs.len < kept {
            true => self.compared(long, runs.len, true)?,
            false => {
                let [front, _] = self.halves(long, runs.len, true)?;
                Runs { x: front, count: long.count, ..runs }
            }
        };
        let mut distance = if runs.len == long.len { long.len / 4 } else { runs.len / 2 };
        while distance > 0 {
            runs = self.compared(runs, distance, false)?;
            distance /= 2;
        }
        Ok(runs)
    }

    /// Runs whose elements at a distance have been put in order.
    ///
    /// Where they are `turned`, the second of each two stretches is compared backwards.
    fn compared(&mut self, runs: Runs, distance: usize, turned: bool) -> Result<Runs, ImportError> {
        let halves = self.halves(runs, distance, turned)?;
        let Runs { outer, count, len, inner, .. } = runs;
        let pairs = count * len / (2 * distance);
        let steps = row_major(&[outer, pairs, 2, distance, inner]);
        let steps = [steps[0], steps[1], steps[3], steps[4]];
        let half = View::dense(&[outer, pairs, distance, inner]);
        let back = backwards(half.clone(), 2, distance, turned);
        let parts = vec![half.part(0, 0, &steps), back.part(1, distance * inner, &steps)];
        let op = Rearrange { len: outer * count * len * inner, fill: 0.0, has_fill: false, parts };
        let x = self.push(Op::Rearrange(op), halves.to_vec(), &[outer, count, len, inner]);
        Ok(Runs { x, ..runs })
    }

    /// What comes first of elements at a distance, and what comes second: `[outer, pairs, distance, inner]`
    /// each.
    fn halves(
        &mut self,
        runs: Runs,
        distance: usize,
        turned: bool,
    ) -> Result<[NodeId; 2], ImportError> {
        let pairs = runs.count * runs.len / (2 * distance);
        let whole = [runs.outer, pairs, 2, distance, runs.inner];
        let shape = [runs.outer, pairs, distance, runs.inner];
        let x = self.reshape(runs.x, &whole);
        let stretch = |half: usize| View::dense(&whole).sliced(2, half, 1, 1);
        let second = backwards(stretch(1), 3, distance, turned);
        let [first, second] = [stretch(0), second].map(|view| {
            let stretch = self.view(x, view);
            Value::Computed(self.reshape(stretch, &shape))
        });
        let order = if runs.largest { ["Max", "Min"] } else { ["Min", "Max"] };
        // At a tie each gives the gradient to its own place.
        let front = self.binary(order[0], &[first.clone(), second.clone()], &shape)?;
        let back = self.binary(order[1], &[second, first], &shape)?;
        Ok([front, back])
    }
}

fn backwards(view: View, axis: usize, len: usize, turned: bool) -> View {
    if turned { view.sliced(axis, len - 1, len, -1) } else { view }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use prost::Message as _;
    use tract_onnx::pb::GraphProto;

    use crate::exec::{CpuExecutor, Evaluation, Goal};
    use crate::import::graph::testing::{int, integers, model, node, value};
    use crate::import::{LoadOptions, load};
    use crate::model::{ImageShape, Network};

    /// The first `kept` of each of three columns, and the image behind them.
    fn columns(height: usize, kept: usize, largest: bool) -> Network {
        let attribute = vec![int("axis", 1), int("largest", largest.into())];
        let sizes = [1, height as i64, 3];
        let flat = |of: &str, to: &str| node("Flatten", of, to);
        let mut joined = node("Concat", "sorted image", "y");
        joined.attribute = vec![int("axis", 1)];
        let mut sort = node("TopK", "x k", "values places");
        sort.attribute = attribute;
        let graph = GraphProto {
            node: vec![sort, flat("values", "sorted"), flat("x", "image"), joined],
            input: vec![value("x", &sizes)],
            output: vec![value("y", &[1, 3 * (kept + height) as i64])],
            initializer: vec![integers("k", 7, &[kept as i64])],
            ..GraphProto::default()
        };
        let image = Some(ImageShape { channels: 1, height, width: 3 });
        let options = LoadOptions { image, ..LoadOptions::default() };
        load(&model(graph).encode_to_vec(), &options).expect("it sorts")
    }

    #[test]
    fn columns_are_sorted_with_the_places_of_their_gradients() {
        for height in [2, 3, 4, 5, 8, 13, 17] {
            for kept in [1, 2, 3, height / 2, height] {
                let kept = kept.clamp(1, height);
                for largest in [true, false] {
                    check(height, kept, largest);
                }
            }
        }
    }

    fn check(height: usize, kept: usize, largest: bool) {
        let what = format!("{kept} of {height}, largest {largest}");
        // All different, in no order.
        let image: Vec<f32> = (0..3 * height).map(|i| (i * 37 % 101) as f32 / 101.0).collect();
        let mut order: Vec<Vec<usize>> =
            (0..3).map(|column| (0..height).map(|row| 3 * row + column).collect()).collect();
        for column in &mut order {
            column.sort_by(|a, b| image[*a].total_cmp(&image[*b]));
            if largest {
                column.reverse();
            }
        }
        let mut executor = CpuExecutor::new(Arc::new(columns(height, kept, largest)));
        let logits = executor.logits(&image);
        let mut evaluation = Evaluation::default();
        for place in 0..3 * kept {
            let from = order[place % 3][place / 3];
            assert!(logits[place] == image[from], "{what}, place {place}: {logits:?}");
            // Less the last pixel, which the network hands through.
            let goal = Goal::Margin(place, logits.len() - 1);
            executor.evaluate(&image, &[goal], &mut evaluation);
            let mut right = vec![0.0; image.len()];
            right[from] += 1.0;
            right[image.len() - 1] -= 1.0;
            assert_eq!(evaluation.gradients, right, "{what}, place {place}");
        }
    }

    #[test]
    fn what_is_too_long_to_be_sorted_is_refused_in_numbers() {
        let graph = GraphProto {
            node: vec![node("Flatten", "x", "row"), node("TopK", "row k", "y places")],
            input: vec![value("x", &[1, 65, 64])],
            output: vec![value("y", &[1, 3])],
            initializer: vec![integers("k", 7, &[3])],
            ..GraphProto::default()
        };
        let image = Some(ImageShape { channels: 1, height: 65, width: 64 });
        let options = LoadOptions { image, ..LoadOptions::default() };
        let error = load(&model(graph).encode_to_vec(), &options);
        let text = error.expect_err("4160 elements").to_string();
        assert!(text.contains("it sorts 4160 elements; at most 4096"), "{text}");
    }

    #[test]
    fn places_are_refused_by_name() {
        let mut sort = node("TopK", "x k", "values places");
        sort.attribute = vec![int("axis", 1)];
        let mut cast = node("Cast", "places", "y");
        cast.attribute = vec![int("to", 1)];
        let graph = GraphProto {
            node: vec![sort, cast],
            input: vec![value("x", &[1, 784])],
            output: vec![value("y", &[1, 10])],
            initializer: vec![integers("k", 7, &[10])],
            ..GraphProto::default()
        };
        let error = load(&model(graph).encode_to_vec(), &LoadOptions::default());
        let text = error.expect_err("places have no slope").to_string();
        assert!(text.contains("TopK") && text.contains("their places jump"), "{text}");
    }
}
