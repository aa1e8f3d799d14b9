//! The vectors of a lane: in one piece of memory, so that they share a cache.

/// A lane's vectors of `n` numbers, side by side.
pub(super) struct Vectors {
    n: usize,
    /// `[6, n]`
    data: Box<[f32]>,
}

/// The vectors, each by its name.
pub(super) struct Named<'a> {
    /// Where the network is linearised next: near the centre, where the lane stands.
    pub(super) x: &'a mut [f32],
    pub(super) centre: &'a mut [f32],
    /// The last point on the near side.
    pub(super) near: &'a mut [f32],
    /// The normal of the aggregate cut, and the last gradient in it.
    pub(super) a: &'a mut [f32],
    pub(super) previous: &'a mut [f32],
    /// The last projection.
    pub(super) u: &'a mut [f32],
}

impl Vectors {
    pub(super) fn zeroed(n: usize) -> Vectors {
        Vectors { n, data: vec![0.0; 6 * n].into() }
    }

    /// The point that is evaluated next, without the others.
    pub(super) fn x(&self) -> &[f32] {
        &self.data[..self.n]
    }

    pub(super) fn named(&mut self) -> Named<'_> {
        let (x, rest) = self.data.split_at_mut(self.n);
        let (centre, rest) = rest.split_at_mut(self.n);
        let (near, rest) = rest.split_at_mut(self.n);
        let (a, rest) = rest.split_at_mut(self.n);
        let (previous, u) = rest.split_at_mut(self.n);
        Named { x, centre, near, a, previous, u }
    }
}
