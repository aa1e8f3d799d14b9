//! How `pixels` lays out an input: with its padding, and with columns sorted by
//! their phase under the horizontal stride.

use super::Conv2d;
use crate::numeric::simd::WIDTH as SEGMENT;

/// How the input of one group is laid out.
pub(super) struct Layout {
    /// Rows and columns that are read, padding included.
    pub(super) rows: usize,
    columns: usize,
    /// Columns of one phase.
    phase: usize,
    /// Elements of a row: all phases.
    pub(super) row: usize,
    /// Elements of all channels, and as many more as a segment may reach too far.
    pub(super) len: usize,
}

impl Layout {
    pub(super) fn new(op: &Conv2d) -> Layout {
        let reach = |axis: usize| {
            (op.output[axis + 1] - 1) * op.stride[axis] + (op.kernel[axis] - 1) * op.dilation[axis]
        };
        let (rows, columns) = (reach(0) + 1, reach(1) + 1);
        // Room for what the last segment of a row reaches too far: neighbouring
        // rows that overlap would wait for each other when they are added to.
        let last_tap = (op.kernel[1] - 1) * op.dilation[1] / op.stride[1];
        let segments = op.output[2].next_multiple_of(SEGMENT) + last_tap;
        let phase = columns.div_ceil(op.stride[1]).max(segments);
        let row = phase * op.stride[1];
        let len = op.input[0] / op.groups * rows * row + SEGMENT;
        Layout { rows, columns, phase, row, len }
    }

    /// Where a column lies in its row.
    pub(super) fn column(&self, op: &Conv2d, column: usize) -> usize {
        column % op.stride[1] * self.phase + column / op.stride[1]
    }

    /// Calls `visit(laid-out row, input row)` for every row that is not padding.
    fn each_row(&self, op: &Conv2d, mut visit: impl FnMut(usize, usize)) {
        let height = op.input[1];
        for channel in 0..op.input[0] / op.groups {
            for row in op.pad[0]..self.rows.min(op.pad[0] + height) {
                let laid = (channel * self.rows + row) * self.row;
                visit(laid, (channel * height + row - op.pad[0]) * op.input[2]);
            }
        }
    }

    /// Laid-out columns that are not padding.
    fn inside(&self, op: &Conv2d) -> std::ops::Range<usize> {
        op.pad[1].min(self.columns)..self.columns.min(op.pad[1] + op.input[2])
    }

    /// Lays out the input of one lane and group.
    pub(super) fn place(&self, op: &Conv2d, x: &[f32], input: &mut Vec<f32>) {
        input.resize(self.len, 0.0);
        let inside = self.inside(op);
        self.each_row(op, |laid, row| {
            let from = &x[row..row + inside.len()];
            if op.stride[1] == 1 {
                input[laid + inside.start..laid + inside.end].copy_from_slice(from);
            } else {
                for (column, v) in inside.clone().zip(from) {
                    input[laid + self.column(op, column)] = *v;
                }
            }
        });
    }

    /// Adds a laid-out gradient to `dx`.
    pub(super) fn add_back(&self, op: &Conv2d, gradient: &[f32], dx: &mut [f32]) {
        let inside = self.inside(op);
        self.each_row(op, |laid, row| {
            let to = &mut dx[row..row + inside.len()];
            if op.stride[1] == 1 {
                let from = &gradient[laid + inside.start..laid + inside.end];
                to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
            } else {
                for (column, to) in inside.clone().zip(to) {
                    *to += gradient[laid + self.column(op, column)];
                }
            }
        });
    }
}
