//! Masks, grown.

/// A mask with all that is at most so far from it, along rows and columns.
pub(super) fn grown(mask: &[bool], width: usize, height: usize, reach: usize) -> Vec<bool> {
    let mut wide = vec![false; mask.len()];
    for (from, to) in mask.chunks(width).zip(wide.chunks_mut(width)) {
        stretch(width, reach, |at| from[at], |at| to[at] = true);
    }
    let mut grown = wide.clone();
    for x in 0..width {
        stretch(height, reach, |y| wide[y * width + x], |y| grown[y * width + x] = true);
    }
    grown
}

/// Sets all places of a line that are at most so far from one that is on.
pub(super) fn stretch(
    size: usize,
    reach: usize,
    on: impl Fn(usize) -> bool,
    mut set: impl FnMut(usize),
) {
    let mut done = 0;
    for at in (0..size).filter(|at| on(*at)) {
        for place in done.max(at.saturating_sub(reach))..(at + reach + 1).min(size) {
            set(place);
        }
        done = (at + reach + 1).min(size);
    }
}
