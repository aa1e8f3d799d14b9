//! How many images are read at a time, so that a cancellation is heard soon.

use crate::clock;

/// Most images that are read at a time: enough to fill a device, few enough for its memory.
const MOST: usize = 512;

/// Milliseconds that a piece should take.
const PATIENCE: f64 = 20.0;

/// Images of the first piece where each is read once, before it is known how long one takes.
pub(crate) const FIRST: usize = 32;

/// Sizes of pieces that take about as long, whatever the network.
pub(crate) struct Pace {
    size: usize,
    most: usize,
    begun: f64,
}

impl Pace {
    /// A pace that begins with pieces of `first` images, and keeps to them where they are short.
    pub(crate) fn new(first: usize) -> Pace {
        Pace { size: first, most: MOST.max(first), begun: 0.0 }
    }

    /// Begins a piece: how many of the images that are left it takes.
    pub(crate) fn begin(&mut self, left: usize) -> usize {
        self.begun = clock::milliseconds();
        self.size.min(left)
    }

    /// The piece is done.
    pub(crate) fn end(&mut self) {
        self.size = next(self.size, self.most, clock::milliseconds() - self.begun);
    }
}

/// How large the next piece is, after one of `size` took so long, and at most.
fn next(size: usize, most: usize, milliseconds: f64) -> usize {
    match milliseconds {
        short if short < 0.5 * PATIENCE => (2 * size).min(most),
        long if long > 2.0 * PATIENCE => (size / 2).max(1),
        _ => size,
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Pace, next};

    #[test]
    fn pieces_grow_where_they_are_short_and_shrink_where_they_are_long() {
        assert_eq!(next(32, MOST, 1.0), 64);
        assert_eq!(next(32, MOST, 25.0), 32);
        assert_eq!(next(32, MOST, 100.0), 16);
        assert_eq!((next(MOST, MOST, 1.0), next(1, MOST, 100.0)), (MOST, 1));
        assert_eq!((Pace::new(32).most, Pace::new(4 * MOST).most), (MOST, 4 * MOST));
    }

    #[test]
    fn the_last_piece_takes_what_is_left() {
        let mut pace = Pace::new(32);
        assert_eq!((pace.begin(100), pace.begin(7)), (32, 7));
    }
}
