//! CPU kernels of [`Rearrange`], for one lane.

use super::{Part, Rearrange};

/// Calls `visit(source, destination)` for every element of a box.
#[inline(always)]
pub(crate) fn walk(part: &Part, mut visit: impl FnMut(usize, usize)) {
    let Some(inner) = part.sizes.len().checked_sub(1) else {
        visit(part.src_offset, part.dst_offset);
        return;
    };
    let outer: usize = part.sizes[..inner].iter().product();
    let mut index = vec![0usize; inner];
    let (mut source, mut destination) = (part.src_offset as isize, part.dst_offset);
    for _ in 0..outer {
        for i in 0..part.sizes[inner] {
            visit(
                (source + i as isize * part.src_strides[inner]) as usize,
                destination + i * part.dst_strides[inner],
            );
        }
        for axis in (0..inner).rev() {
            index[axis] += 1;
            source += part.src_strides[axis];
            destination += part.dst_strides[axis];
            if index[axis] < part.sizes[axis] {
                break;
            }
            source -= index[axis] as isize * part.src_strides[axis];
            destination -= index[axis] * part.dst_strides[axis];
            index[axis] = 0;
        }
    }
}

/// Fills one lane of the output before its parts are copied.
pub fn fill(op: &Rearrange, y: &mut [f32]) {
    if op.has_fill {
        y.fill(op.fill);
    }
}

/// Copies one part into one lane of the output.
pub fn forward(part: &Part, x: &[f32], y: &mut [f32]) {
    walk(part, |source, destination| y[destination] = x[source]);
}

/// Adds one part's gradient to one lane of its input's.
pub fn backward(part: &Part, dy: &[f32], dx: &mut [f32]) {
    walk(part, |source, destination| dx[source] += dy[destination]);
}
