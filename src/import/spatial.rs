//! Convolutions and poolings: every layout becomes NCHW, one axis becomes two.

use tract_onnx::tract_core::ops::cnn::conv::Conv;
use tract_onnx::tract_core::ops::cnn::{PoolSpec, SumPool};
use tract_onnx::tract_core::ops::nn::DataFormat;

use super::ImportError;
use super::constant::Constant;
use super::layout::View;
use super::lower::{Lowering, Value, malformed};
use crate::model::NodeId;
use crate::ops::{Activation, Conv2d, Op, Pool2d, PoolKind, UnaryKind};

/// One window along one axis.
#[derive(Clone, Copy, Debug)]
struct Window {
    input: usize,
    output: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    before: usize,
    after: usize,
}

/// The axis that a one-dimensional layer lacks.
const UNIT: Window =
    Window { input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, before: 0, after: 0 };

impl Lowering {
    /// Lowers a convolution with constant kernels.
    pub(super) fn convolution(
        &mut self,
        op: &Conv,
        inputs: &[Value],
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        if op.q_params.is_some() {
            return Err(self.unsupported(": quantised kernels are not"));
        }
        let x = self.computed(&inputs[0])?;
        let (x, [rows, columns]) = self.planes(&op.pool_spec, x)?;
        self.constant(&inputs[1], "kernel")?;
        let Value::Constant(kernel) = &inputs[1] else {
            return Err(self.unsupported(": its kernel depends on the image"));
        };
        let kernel = op.kernel_fmt.kernel_as_group_o_ihw(kernel, op.group).map_err(malformed)?;
        let kernel = Constant::of(&kernel).ok_or_else(|| self.unsupported(""))?;
        let units = op.pool_spec.output_channels;
        let channels = op.pool_spec.input_channels;
        let kernel = Constant {
            shape: vec![units, channels / op.group, rows.kernel, columns.kernel],
            ..kernel
        };
        let bias = match inputs.get(2) {
            Some(bias) => {
                let bias = self.constant(bias, "bias")?;
                let flat = Constant { shape: vec![bias.data.len()], ..bias }.broadcast(&[units]);
                (flat.uniform() != Some(0.0)).then_some(flat)
            }
            None => None,
        };
        let convolution = Conv2d {
            input: [channels, rows.input, columns.input],
            output: [units, rows.output, columns.output],
            kernel: [rows.kernel, columns.kernel],
            stride: [rows.stride, columns.stride],
            pad: [rows.before, columns.before],
            dilation: [rows.dilation, columns.dilation],
            groups: op.group,
            weight: self.weight(kernel)?,
            bias: bias.map(|b| self.weight(b)).transpose()?,
            activation: Activation::Identity,
        };
        let output = convolution.output;
        let y = self.each(x, &convolution)?;
        Ok(self.unplaned(&op.pool_spec, y, output, shape))
    }

    /// The convolution of each of several inputs that lie behind each other.
    pub(super) fn each(&mut self, x: NodeId, op: &Conv2d) -> Result<NodeId, ImportError> {
        let len = op.input.iter().product();
        let count = self.shape(x).iter().product::<usize>() / len;
        if count == 1 {
            return Ok(self.push(Op::Conv2d(op.clone()), vec![x], &op.output));
        }
        let mut all = Vec::new();
        for place in 0..count {
            let view = View::dense(&[count, len]).sliced(0, place, 1, 1);
            let one = self.view(x, view);
            let one = self.reshape(one, &op.input);
            all.push(Value::Computed(self.push(Op::Conv2d(op.clone()), vec![one], &op.output)));
        }
        let [units, height, width] = op.output;
        self.concat(0, &all, &[count * units, height, width])
    }

    /// Lowers a maximum, or with `sum` an average.
    pub(super) fn pool(
        &mut self,
        spec: &PoolSpec,
        sum: Option<&SumPool>,
        x: NodeId,
        shape: &[usize],
    ) -> Result<NodeId, ImportError> {
        let (x, [rows, columns]) = self.planes(spec, x)?;
        // Each channel by itself, of all inputs where there are several.
        let planes = self.shape(x)[0];
        let kind = match sum {
            None => PoolKind::Max,
            Some(sum) => {
                PoolKind::Average { count_include_pad: sum.count_include_pad || !sum.normalize }
            }
        };
        let whole = sum.is_some_and(|s| !s.normalize);
        let after = |w: &Window| if whole { w.kernel * w.dilation } else { w.after };
        let pool = Pool2d {
            kind,
            input: [planes, rows.input, columns.input],
            output: [rows.output, columns.output],
            kernel: [rows.kernel, columns.kernel],
            stride: [rows.stride, columns.stride],
            pad: [rows.before, columns.before],
            pad_end: [after(&rows), after(&columns)],
            dilation: [rows.dilation, columns.dilation],
        };
        let output = [planes, rows.output, columns.output];
        let mut y = self.push(Op::Pool2d(pool), vec![x], &output);
        if whole {
            let members = (rows.kernel * columns.kernel) as f32;
            y = self.unary(UnaryKind::Affine, members, 0.0, y);
        }
        Ok(self.unplaned(spec, y, output, shape))
    }

    /// The value as `[channels, height, width]`, several inputs one behind the other, and the windows along both.
    fn planes(&mut self, spec: &PoolSpec, x: NodeId) -> Result<(NodeId, [Window; 2]), ImportError> {
        let full = self.shape(x).to_vec();
        let last = matches!(spec.data_format, DataFormat::NHWC | DataFormat::HWC);
        let batched = matches!(spec.data_format, DataFormat::NCHW | DataFormat::NHWC);
        let first = usize::from(batched);
        let spatial: Vec<usize> =
            if last { full[first..full.len() - 1].to_vec() } else { full[first + 1..].to_vec() };
        let padding = spec.computed_padding(&spatial);
        let windows: Vec<Window> = (0..spatial.len())
            .map(|axis| Window {
                input: spatial[axis],
                output: padding[axis].convoluted,
                kernel: spec.kernel_shape[axis],
                stride: spec.stride(axis),
                dilation: spec.dilation(axis),
                before: padding[axis].pad_before,
                after: padding[axis].pad_after,
            })
            .collect();
        let windows = match windows[..] {
            [columns] => [UNIT, columns],
            [rows, columns] => [rows, columns],
            _ => return Err(self.unsupported(": only one and two dimensions are")),
        };
        let channels = spec.input_channels;
        let count: usize = full[..first].iter().product();
        if last && count > 1 {
            return Err(self.unsupported(": several inputs with channels behind are not"));
        }
        let x = if last {
            let area: usize = spatial.iter().product();
            let flat = self.reshape(x, &[area, channels]);
            self.view(flat, View::dense(&[area, channels]).permuted(&[1, 0]))
        } else {
            x
        };
        let planes = [count * channels, windows[0].input, windows[1].input];
        Ok((self.reshape(x, &planes), windows))
    }

    /// Back from `[channels, height, width]` to the file's layout.
    fn unplaned(
        &mut self,
        spec: &PoolSpec,
        y: NodeId,
        output: [usize; 3],
        shape: &[usize],
    ) -> NodeId {
        let last = matches!(spec.data_format, DataFormat::NHWC | DataFormat::HWC);
        if !last {
            return self.reshape(y, shape);
        }
        let area = output[1] * output[2];
        let flat = self.reshape(y, &[output[0], area]);
        let y = self.view(flat, View::dense(&[output[0], area]).permuted(&[1, 0]));
        self.reshape(y, shape)
    }
}
