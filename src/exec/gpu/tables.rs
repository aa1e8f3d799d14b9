//! Index tables that stand in for strides on the device.
//!
//! A kernel that decoded strides would divide at every element; a table is one
//! load. Forward, a table says which element an output reads; backward, its
//! inverse lists the outputs that read an element, as `starts` and `members`.

use crate::ops::Part;

/// No element: twin of `NOWHERE` in the WGSL.
pub(super) const NOWHERE: u32 = u32::MAX;

/// For every index of a box in row-major order, `offset + index·strides`.
pub(super) fn strided(offset: isize, sizes: &[usize], strides: &[isize]) -> Vec<u32> {
    let mut table = vec![offset];
    for (size, stride) in sizes.iter().zip(strides) {
        table = table
            .iter()
            .flat_map(|base| (0..*size).map(move |i| base + i as isize * stride))
            .collect();
    }
    table.into_iter().map(|i| u32::try_from(i).expect("a box lies inside its tensor")).collect()
}

/// Whether a table over `len` elements changes nothing.
pub(super) fn is_identity(table: &[u32], len: usize) -> bool {
    table.len() == len && table.iter().enumerate().all(|(i, t)| i as u32 == *t)
}

/// Which element of one input each output copies, [`NOWHERE`] if none.
pub(super) fn copied(parts: &[Part], input: usize, len: usize) -> Vec<u32> {
    let mut table = vec![NOWHERE; len];
    for part in parts.iter().filter(|p| p.input == input) {
        let from = strided(part.src_offset as isize, &part.sizes, &part.src_strides);
        let steps: Vec<isize> = part.dst_strides.iter().map(|s| *s as isize).collect();
        let to = strided(part.dst_offset as isize, &part.sizes, &steps);
        for (from, to) in from.into_iter().zip(to) {
            table[to as usize] = from;
        }
    }
    table
}

/// The inverse of a table: element `e` of `len` is read at the indices
/// `members[starts[e]..starts[e + 1]]`, in rising order.
pub(super) fn inverse(table: &[u32], len: usize) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; len + 1];
    for element in table.iter().filter(|e| **e != NOWHERE) {
        starts[*element as usize + 1] += 1;
    }
    for e in 0..len {
        starts[e + 1] += starts[e];
    }
    let mut next = starts.clone();
    let mut members = vec![0u32; starts[len] as usize];
    for (index, element) in table.iter().enumerate().filter(|(_, e)| **e != NOWHERE) {
        members[next[*element as usize] as usize] = index as u32;
        next[*element as usize] += 1;
    }
    (starts, members)
}
