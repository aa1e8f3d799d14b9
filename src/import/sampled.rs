//! Sampling at places that may depend on the image: ONNX's GridSample, as spatial transformers have it.
//!
//! Linear interpolation at a place `p` weighs the element `i` by `max(0, 1 − |p − i|)` along each axis; what
//! lies outside is zero. M. Jaderberg et al., “Spatial Transformer Networks”, 2015, equation 5.

use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::einsum::EinSum;
use tract_onnx::tract_core::ops::nn::{GridSample, InterpolationMode, PaddingMode};

use super::ImportError;
use super::constant::Constant;
use super::layout::View;
use super::lower::{Lowering, Value, malformed};
use crate::model::NodeId;
use crate::ops::{Op, Reduce, ReduceKind, UnaryKind};

/// Most weights along both axes, for all places.
const MOST: usize = 1 << 24;

/// How a place in [−1, 1] becomes one in elements.
#[derive(Clone, Copy)]
struct Scale {
    factor: f32,
    middle: f32,
    /// The last element, where places outside are moved onto the rim.
    rim: Option<f32>,
}

impl Scale {
    fn of(op: &GridSample, size: usize) -> Scale {
        let last = (size - 1) as f32;
        let length = if op.align_corners { last } else { size as f32 };
        let rim = (op.padding_mode == PaddingMode::Border).then_some(last);
        Scale { factor: 0.5 * length, middle: 0.5 * last, rim }
    }

    fn place(self, at: f32) -> f32 {
        let place = self.factor * at + self.middle;
        self.rim.map_or(place, |rim| place.clamp(0.0, rim))
    }
}

impl Lowering {
    /// Lowers a sampling of planes: along the rows, then down the columns.
    pub(super) fn sampled(
        &mut self,
        op: &GridSample,
        inputs: &[Value],
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        if op.mode != InterpolationMode::Bilinear {
            return Err(self.unsupported(": of its modes only linear interpolation is"));
        }
        if op.padding_mode == PaddingMode::Reflection {
            return Err(self.unsupported(": of what lies outside only zeros and the rim are"));
        }
        let [x, grid] = [0, 1].map(|input| self.sizes(&inputs[input]));
        let ([1, channels, height, width], [1, rows, columns, 2]) = (&x[..], &grid[..]) else {
            return Err(self.unsupported(": only of one image with two dimensions"));
        };
        let (channels, height, width, places) = (*channels, *height, *width, rows * columns);
        if places.saturating_mul(height + width) > MOST {
            return Err(self.unsupported(": it samples too many places"));
        }
        let across = self.weights_of(&inputs[1], 0, Scale::of(op, width), width)?;
        let down = self.weights_of(&inputs[1], 1, Scale::of(op, height), height)?;
        let x = self.reshaped(&inputs[0], &[channels, height, width])?;
        let product = "chw,wp->chp".parse().map_err(malformed)?;
        let rows = self.einsum(&EinSum::new(product, f32::datum_type()), &[x, across])?;
        let weighed = [channels, height, places];
        let rows = Value::Computed(self.reshape(rows, &weighed));
        let terms = self.binary("Mul", &[rows, down], &weighed)?;
        let sum = Reduce { kind: ReduceKind::Sum, outer: channels, len: height, inner: places };
        let y = self.push(Op::Reduce(sum), vec![terms], &[channels, places]);
        Ok(self.reshape(y, shape))
    }

    fn reshaped(&mut self, value: &Value, shape: &[usize]) -> Result<Value, ImportError> {
        Ok(match value {
            Value::Computed(id) => Value::Computed(self.reshape(*id, shape)),
            Value::Constant(_) => constant(shape, &self.constant(value, "image")?.data)?,
        })
    }

    /// What every place takes of every element along one of the grid's axes: `[size, places]`.
    fn weights_of(
        &mut self,
        grid: &Value,
        axis: usize,
        scale: Scale,
        size: usize,
    ) -> Result<Value, ImportError> {
        let Value::Computed(grid) = grid else {
            let Constant { data, .. } = self.constant(grid, "grid")?;
            let places: Vec<f32> =
                data.as_chunks::<2>().0.iter().map(|p| scale.place(p[axis])).collect();
            let weight = |at: usize| {
                (1.0 - (places[at % places.len()] - (at / places.len()) as f32).abs()).max(0.0)
            };
            let weights: Vec<f32> = (0..size * places.len()).map(weight).collect();
            return constant(&[size, places.len()], &weights);
        };
        let places = self.shape(*grid).iter().product::<usize>() / 2;
        let pairs = self.reshape(*grid, &[places, 2]);
        let of_axis = self.view(pairs, View::dense(&[places, 2]).sliced(1, axis, 1, 1));
        let of_axis = self.reshape(of_axis, &[1, places]);
        let mut at = self.unary(UnaryKind::Affine, scale.factor, scale.middle, of_axis);
        if let Some(rim) = scale.rim {
            at = self.unary(UnaryKind::Clip, 0.0, rim, at);
        }
        let elements: Vec<f32> = (0..size).map(|element| element as f32).collect();
        let operands = [Value::Computed(at), constant(&[size, 1], &elements)?];
        let off = self.binary("Sub", &operands, &[size, places])?;
        let off = self.unary(UnaryKind::Abs, 0.0, 0.0, off);
        let near = self.unary(UnaryKind::Affine, -1.0, 1.0, off);
        Ok(Value::Computed(self.unary(UnaryKind::Relu, 0.0, 0.0, near)))
    }
}

fn constant(shape: &[usize], data: &[f32]) -> Result<Value, ImportError> {
    let tensor = Tensor::from_shape(shape, data).map_err(malformed)?;
    Ok(Value::Constant(tensor.into_arc_tensor()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use prost::Message as _;
    use tract_onnx::pb::{GraphProto, NodeProto};

    use crate::exec::{CpuExecutor, Evaluation, Goal};
    use crate::import::graph::testing::{int, integers, model, node, value, weight};
    use crate::import::spell::text;
    use crate::import::{ImportError, LoadOptions, load};
    use crate::model::{ImageShape, Network};

    const H: usize = 4;
    const W: usize = 5;
    const ROWS: usize = 3;
    const COLUMNS: usize = 2;
    const PLACES: usize = ROWS * COLUMNS;

    /// Numbers in [0, 1] in no order.
    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 37 + seed * 29 + 11) * 53 % 997) as f32 / 997.0).collect()
    }

    /// What depends on the image.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Of {
        Plane,
        Grid,
        Both,
    }

    #[derive(Clone, Copy, Debug)]
    struct Case {
        of: Of,
        border: bool,
        align: bool,
    }

    /// `θ` of the image: a turn, a stretch and a shift that leave it here and there.
    fn theta() -> (Vec<f32>, [f32; 6]) {
        let slopes = numbers(H * W * 6, 5).iter().map(|v| 0.1 * v).collect();
        (slopes, [0.9, 0.3, -0.4, -0.2, 1.1, 0.1])
    }

    impl Case {
        fn attributes(self) -> Vec<tract_onnx::pb::AttributeProto> {
            let padding = if self.border { "border" } else { "zeros" };
            vec![text("padding_mode", padding), int("align_corners", self.align.into())]
        }

        fn onnx(self) -> GraphProto {
            let sampled = if self.of == Of::Grid { "plane" } else { "x" };
            let grid = if self.of == Of::Plane { "fixed" } else { "grid" };
            let sample = NodeProto {
                attribute: self.attributes(),
                ..node("GridSample", &format!("{sampled} {grid}"), "sampled")
            };
            let attribute = vec![int("align_corners", self.align.into())];
            let affine = NodeProto { attribute, ..node("AffineGrid", "theta size", "grid") };
            let (slopes, base) = theta();
            let all = vec![
                node("Flatten", "x", "row"),
                node("Gemm", "row slopes base", "six"),
                node("Reshape", "six two-three", "theta"),
                affine,
                sample,
                node("Flatten", "sampled", "y"),
            ];
            let sizes = [H as i64, W as i64];
            GraphProto {
                node: all.into_iter().skip(if self.of == Of::Plane { 4 } else { 0 }).collect(),
                input: vec![value("x", &[1, 1, sizes[0], sizes[1]])],
                output: vec![value("y", &[1, PLACES as i64])],
                initializer: vec![
                    weight("slopes", &[(H * W) as i64, 6], &slopes),
                    weight("base", &[6], &base),
                    integers("two-three", 7, &[-1, 2, 3]),
                    integers("size", 7, &[1, 1, ROWS as i64, COLUMNS as i64]),
                    weight("plane", &[1, 1, sizes[0], sizes[1]], &numbers(H * W, 3)),
                    weight("fixed", &[1, ROWS as i64, COLUMNS as i64, 2], &fixed()),
                ],
                ..GraphProto::default()
            }
        }

        fn network(self) -> Network {
            loaded(self.onnx()).expect("it samples")
        }

        /// What the network answers, in f64, from the four neighbours of every place.
        fn answers(self, image: &[f64]) -> Vec<f64> {
            let (slopes, base) = theta();
            let mut theta = base.map(f64::from);
            for (pixel, slopes) in image.iter().zip(slopes.chunks_exact(6)) {
                theta.iter_mut().zip(slopes).for_each(|(t, s)| *t += pixel * f64::from(*s));
            }
            let even = |at: usize, size: usize| match self.align {
                true => 2.0 * at as f64 / (size - 1) as f64 - 1.0,
                false => (2 * at + 1) as f64 / size as f64 - 1.0,
            };
            let plane: Vec<f64> = match self.of {
                Of::Grid => numbers(H * W, 3).into_iter().map(f64::from).collect(),
                _ => image.to_vec(),
            };
            let answer = |at: usize| {
                let (x, y) = (even(at % COLUMNS, COLUMNS), even(at / COLUMNS, ROWS));
                let [gx, gy] = match self.of {
                    Of::Plane => [2 * at, 2 * at + 1].map(|i| f64::from(fixed()[i])),
                    _ => [0, 3].map(|i| theta[i] * x + theta[i + 1] * y + theta[i + 2]),
                };
                self.at(&plane, self.place(gx, W), self.place(gy, H))
            };
            (0..PLACES).map(answer).collect()
        }

        fn place(self, at: f64, size: usize) -> f64 {
            let last = (size - 1) as f64;
            match (self.align, self.border) {
                (true, true) => ((at + 1.0) / 2.0 * last).clamp(0.0, last),
                (true, false) => (at + 1.0) / 2.0 * last,
                (false, true) => (((at + 1.0) * size as f64 - 1.0) / 2.0).clamp(0.0, last),
                (false, false) => ((at + 1.0) * size as f64 - 1.0) / 2.0,
            }
        }

        fn at(self, plane: &[f64], x: f64, y: f64) -> f64 {
            let pixel = |x: f64, y: f64| {
                let inside = x >= 0.0 && y >= 0.0 && x < W as f64 && y < H as f64;
                if inside { plane[y as usize * W + x as usize] } else { 0.0 }
            };
            let (left, top) = (x.floor(), y.floor());
            let (right, down) = (x - left, y - top);
            (1.0 - down) * ((1.0 - right) * pixel(left, top) + right * pixel(left + 1.0, top))
                + down
                    * ((1.0 - right) * pixel(left, top + 1.0)
                        + right * pixel(left + 1.0, top + 1.0))
        }
    }

    /// A grid that the file holds: from −1.2 to 1.2.
    fn fixed() -> Vec<f32> {
        numbers(2 * PLACES, 7).iter().map(|v| 2.4 * v - 1.2).collect()
    }

    fn loaded(graph: GraphProto) -> Result<Network, ImportError> {
        let mut file = model(graph);
        file.opset_import[0].version = 20;
        let image = Some(ImageShape { channels: 1, height: H, width: W });
        load(&file.encode_to_vec(), &LoadOptions { image, ..LoadOptions::default() })
    }

    #[test]
    fn places_are_sampled_with_the_slopes_of_image_and_grid() {
        let mut outside = 0;
        for of in [Of::Plane, Of::Grid, Of::Both] {
            for (border, align) in [(false, false), (false, true), (true, false), (true, true)] {
                let case = Case { of, border, align };
                let found = check(case);
                let image: Vec<f64> = numbers(H * W, 1).into_iter().map(f64::from).collect();
                let other = Case { border: !border, ..case }.answers(&image);
                let mut apart = found.iter().zip(&other).map(|(a, b)| (f64::from(*a) - b).abs());
                outside += usize::from(apart.any(|apart| apart > 1e-3));
            }
        }
        // The control: what the network makes of what lies outside would be noticed in each.
        assert_eq!(outside, 12);
    }

    /// Compares a case with what is right, and gives what the network answered.
    fn check(case: Case) -> Vec<f32> {
        let image = numbers(H * W, 1);
        let wide: Vec<f64> = image.iter().map(|v| f64::from(*v)).collect();
        let mut executor = CpuExecutor::new(Arc::new(case.network()));
        let (logits, right) = (executor.logits(&image), case.answers(&wide));
        for (found, right) in logits.iter().zip(&right) {
            assert!((f64::from(*found) - right).abs() < 1e-5, "{case:?}: {found} for {right}");
        }
        let mut evaluation = Evaluation::default();
        for place in 1..PLACES {
            executor.evaluate(&image, &[Goal::Margin(place, 0)], &mut evaluation);
            for pixel in 0..image.len() {
                let margin = |by: f64| {
                    let mut moved = wide.clone();
                    moved[pixel] += by;
                    let answers = case.answers(&moved);
                    answers[place] - answers[0]
                };
                let right = (margin(1e-6) - margin(-1e-6)) / 2e-6;
                let found = f64::from(evaluation.gradients[pixel]);
                assert!(
                    (found - right).abs() < 1e-4,
                    "{case:?}, {place}, {pixel}: {found} for {right}"
                );
            }
        }
        logits
    }

    #[test]
    fn what_is_not_sampled_is_refused_by_name() {
        let case = Case { of: Of::Both, border: false, align: false };
        let said = |change: &dyn Fn(&mut GraphProto)| {
            let mut graph = case.onnx();
            change(&mut graph);
            loaded(graph).expect_err("refused").to_string()
        };
        let with = |name: &str, word: &str| {
            said(&|graph| graph.node[4].attribute.insert(0, text(name, word)))
        };
        let nearest = with("mode", "nearest");
        assert!(nearest.contains("GridSample") && nearest.contains("linear"), "{nearest}");
        let reflected =
            said(&|graph| graph.node[4].attribute[0] = text("padding_mode", "reflection"));
        assert!(reflected.contains("only zeros and the rim"), "{reflected}");
        let volume = said(&|graph| {
            graph.initializer.retain(|t| t.name != "size");
            graph.initializer.push(integers("size", 7, &[1, 1, 2, 3, 2]));
        });
        assert!(volume.contains("AffineGrid") && volume.contains("cannot be read"), "{volume}");
        let fixed = Case { of: Of::Plane, ..case };
        let mut graph = fixed.onnx();
        graph.initializer.retain(|t| t.name != "fixed");
        graph.initializer.push(weight("fixed", &[1, 2, 2, 3], &numbers(12, 1)));
        let triples = loaded(graph).expect_err("a place of a plane is a pair").to_string();
        assert!(triples.contains("GridSample"), "{triples}");
    }

    /// As exporters leave it where the batch is free.
    #[test]
    fn the_size_of_a_grid_may_be_the_images() {
        let case = Case { of: Of::Both, border: false, align: true };
        let mut graph = case.onnx();
        graph.initializer.retain(|t| t.name != "size");
        graph.node.insert(0, node("Shape", "x", "size"));
        graph.output = vec![value("y", &[1, (H * W) as i64])];
        let network = loaded(graph).expect("its size is known");
        assert_eq!(network.classes(), H * W);
    }
}
