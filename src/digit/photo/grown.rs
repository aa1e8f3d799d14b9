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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_grow_along_rows_and_columns() {
        let on = |places: &[(usize, usize)]| -> Vec<bool> {
            (0..6 * 5).map(|at| places.contains(&(at % 6, at / 6))).collect()
        };
        let around =
            |x: usize, y: usize| (0..3).flat_map(move |i| (0..3).map(move |j| (x + i, y + j)));
        assert_eq!(grown(&on(&[(2, 2)]), 6, 5, 1), on(&around(1, 1).collect::<Vec<_>>()));
        let corner = [(4, 3), (5, 3), (4, 4), (5, 4)];
        assert_eq!(grown(&on(&[(5, 4)]), 6, 5, 1), on(&corner));
        assert_eq!(grown(&on(&[(0, 0), (5, 4)]), 6, 5, 0), on(&[(0, 0), (5, 4)]));
        assert!(grown(&on(&[(0, 0)]), 6, 5, 5).iter().all(|on| *on));
    }

    #[test]
    fn each_place_is_set_once() {
        let mut set = Vec::new();
        stretch(12, 2, |at| [3, 4, 9, 11].contains(&at), |at| set.push(at));
        assert_eq!(set, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    }
}
