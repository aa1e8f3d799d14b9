//! Views: strided windows on a value, turned into one copy or none.

use super::constant::row_major;
use crate::ops::{Op, Part, Rearrange};

/// A way of reading a dense value of one lane.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct View {
    pub(super) shape: Vec<usize>,
    pub(super) strides: Vec<isize>,
    pub(super) offset: usize,
}

impl View {
    /// The value as it lies.
    pub(super) fn dense(shape: &[usize]) -> View {
        let strides = row_major(shape).into_iter().map(|s| s as isize).collect();
        View { shape: shape.to_vec(), strides, offset: 0 }
    }

    /// Axes in another order.
    pub(super) fn permuted(mut self, order: &[usize]) -> View {
        self.shape = order.iter().map(|a| self.shape[*a]).collect();
        self.strides = order.iter().map(|a| self.strides[*a]).collect();
        self
    }

    /// Every `step`-th element of an axis, from `start`, `len` of them.
    pub(super) fn sliced(mut self, axis: usize, start: usize, len: usize, step: isize) -> View {
        self.offset = (self.offset as isize + start as isize * self.strides[axis]) as usize;
        self.shape[axis] = len;
        self.strides[axis] *= step;
        self
    }

    /// Repeated along axes of size one, and along new ones in front.
    pub(super) fn broadcast(self, shape: &[usize]) -> View {
        let missing = shape.len() - self.shape.len();
        let strides = (0..shape.len())
            .map(|axis| match axis.checked_sub(missing) {
                Some(a) if self.shape[a] == shape[axis] => self.strides[a],
                _ => 0,
            })
            .collect();
        View { shape: shape.to_vec(), strides, offset: self.offset }
    }

    /// Whether the elements are all those of a dense value, in order.
    pub(super) fn is_dense(&self, len: usize) -> bool {
        self.offset == 0
            && self.shape.iter().product::<usize>() == len
            && self
                .shape
                .iter()
                .zip(&self.strides)
                .zip(row_major(&self.shape))
                .all(|((n, s), d)| *n == 1 || *s == d as isize)
    }

    /// A copy of what the view reads from input `input` to a box of the output.
    pub(super) fn part(&self, input: usize, dst_offset: usize, dst_strides: &[usize]) -> Part {
        let mut part = Part {
            input,
            sizes: Vec::new(),
            src_offset: self.offset,
            src_strides: Vec::new(),
            dst_offset,
            dst_strides: Vec::new(),
        };
        for ((n, s), d) in self.shape.iter().zip(&self.strides).zip(dst_strides) {
            if *n == 1 {
                continue;
            }
            let merges = part.sizes.last().is_some()
                && part.src_strides.last() == Some(&(s * *n as isize))
                && part.dst_strides.last() == Some(&(d * n));
            if merges {
                let last = part.sizes.len() - 1;
                part.sizes[last] *= n;
                part.src_strides[last] = *s;
                part.dst_strides[last] = *d;
            } else {
                part.sizes.push(*n);
                part.src_strides.push(*s);
                part.dst_strides.push(*d);
            }
        }
        part
    }

    /// The operation that makes the view dense.
    pub(super) fn op(&self) -> Op {
        let part = self.part(0, 0, &row_major(&self.shape));
        Op::Rearrange(Rearrange {
            len: self.shape.iter().product(),
            fill: 0.0,
            has_fill: false,
            parts: vec![part],
        })
    }
}
