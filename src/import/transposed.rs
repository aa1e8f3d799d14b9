//! Transposed convolutions: a convolution of the input with zeros between its elements.
//!
//! `y[o, i·s + u·δ − p] += W[c, o, u]·x[c, i]` is the correlation of the spread input, `δ(k−1) − p`
//! zeros in front of it, with the kernel turned round.

use tract_onnx::tract_core::ops::cnn::Deconv;
use tract_onnx::tract_core::ops::nn::DataFormat;

use super::ImportError;
use super::constant::{Constant, row_major};
use super::layout::View;
use super::lower::{Lowering, Value, malformed};
use crate::model::NodeId;
use crate::ops::{Activation, Conv2d, Op, Rearrange};

/// One axis: sizes, and what of the input is read where.
#[derive(Clone, Copy)]
struct Axis {
    input: usize,
    output: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    /// Zeros in front of the spread input; negative where its beginning is cut off.
    front: isize,
}

/// The axis that a one-dimensional layer lacks.
const UNIT: Axis = Axis { input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, front: 0 };

impl Axis {
    /// The size of what is correlated: a window for each output.
    fn wide(&self) -> usize {
        self.output + self.dilation * (self.kernel - 1)
    }

    /// The first element of the input that is not cut off, where it goes, and how many there are.
    fn kept(&self) -> (usize, usize, usize) {
        let stride = self.stride as isize;
        let first = if self.front < 0 { (-self.front + stride - 1) / stride } else { 0 };
        let place = self.front + first * stride;
        let room = (self.wide() as isize - place + stride - 1) / stride;
        let count = room.min(self.input as isize - first).max(0);
        (first as usize, place.max(0) as usize, count as usize)
    }
}

impl Lowering {
    /// Lowers a transposed convolution with constant kernels.
    pub(super) fn transposed(
        &mut self,
        op: &Deconv,
        inputs: &[Value],
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let spec = &op.pool_spec;
        let x = self.computed(&inputs[0])?;
        let sizes = self.shape(x).to_vec();
        if spec.data_format != DataFormat::NCHW {
            return Err(self.unsupported(": only channels in front are"));
        }
        self.constant(&inputs[1], "kernel")?;
        let Value::Constant(kernel) = &inputs[1] else {
            return Err(self.unsupported(": its kernel depends on the image"));
        };
        let kernel = op.kernel_format.kernel_as_group_o_ihw(kernel, op.group).map_err(malformed)?;
        let kernel = Constant::of(&kernel).ok_or_else(|| self.unsupported(""))?;
        let [rows, columns] = self.axes(op, &sizes[2..])?;
        let (channels, units) = (sizes[1], shape[1]);
        let taps = [rows.kernel, columns.kernel];
        // Element i of a kernel of n taps is the last but i where it is turned round.
        let count = taps[0] * taps[1];
        let turned: Vec<f32> =
            kernel.data.chunks_exact(count).flat_map(|k| k.iter().rev().copied()).collect();
        let kernel =
            Constant { shape: vec![units, channels / op.group, taps[0], taps[1]], data: turned };
        let bias = self.constant(&inputs[2], "bias")?;
        let bias = Constant { shape: vec![bias.data.len()], ..bias }.broadcast(&[units]);
        let bias = (bias.uniform() != Some(0.0)).then_some(bias);
        let channels_of_all = sizes[0] * channels;
        let planes = self.reshape(x, &[channels_of_all, rows.input, columns.input]);
        let spread = self.spread(planes, channels_of_all, [rows, columns])?;
        let convolution = Conv2d {
            input: [channels, rows.wide(), columns.wide()],
            output: [units, rows.output, columns.output],
            kernel: taps,
            stride: [1, 1],
            pad: [0, 0],
            dilation: [rows.dilation, columns.dilation],
            groups: op.group,
            weight: self.weight(kernel)?,
            bias: bias.map(|b| self.weight(b)).transpose()?,
            activation: Activation::Identity,
        };
        let y = self.each(spread, &convolution)?;
        Ok(self.reshape(y, shape))
    }

    fn axes(&self, op: &Deconv, spatial: &[usize]) -> Result<[Axis; 2], ImportError> {
        let spec = &op.pool_spec;
        let (strides, dilations) = (spec.strides(), spec.dilations());
        let computed = spec
            .padding
            .compute_for_deconv(spatial, &spec.kernel_shape, &dilations, &strides, &op.adjustments)
            .map_err(malformed)?;
        let axes: Vec<Axis> = computed
            .iter()
            .enumerate()
            .map(|(axis, sizes)| Axis {
                input: spatial[axis],
                output: sizes.deconvoluted,
                kernel: spec.kernel_shape[axis],
                stride: strides[axis],
                dilation: dilations[axis],
                front: (dilations[axis] * (spec.kernel_shape[axis] - 1)) as isize
                    - sizes.pad_before as isize,
            })
            .collect();
        match axes[..] {
            [columns] => Ok([UNIT, columns]),
            [rows, columns] => Ok([rows, columns]),
            _ => Err(self.unsupported(": only one and two dimensions are")),
        }
    }

    /// The input with zeros between its elements and around them.
    fn spread(
        &mut self,
        x: NodeId,
        channels: usize,
        axes: [Axis; 2],
    ) -> Result<NodeId, ImportError> {
        let shape = [channels, axes[0].wide(), axes[1].wide()];
        let dst = row_major(&shape);
        let mut view = View::dense(self.shape(x));
        let mut offset = 0;
        let mut steps = vec![dst[0]];
        for (axis, sizes) in axes.iter().enumerate() {
            let (first, place, count) = sizes.kept();
            if count == 0 {
                return Err(self.unsupported(": nothing of its input is left"));
            }
            view = view.sliced(axis + 1, first, count, 1);
            offset += place * dst[axis + 1];
            steps.push(sizes.stride * dst[axis + 1]);
        }
        let part = view.part(0, offset, &steps);
        let len = shape.iter().product();
        let has_fill = view.shape.iter().product::<usize>() < len;
        let op = Rearrange { len, fill: 0.0, has_fill, parts: vec![part] };
        Ok(self.push(Op::Rearrange(op), vec![x], &shape))
    }
}
