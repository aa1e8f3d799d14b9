//! CPU kernels of [`Select`](super::Select), for one lane.

/// `y = cond ≠ 0 ? a : b`.
pub fn forward(condition: &[f32], a: &[f32], b: &[f32], y: &mut [f32]) {
    for (((y, c), a), b) in y.iter_mut().zip(condition).zip(a).zip(b) {
        *y = if *c == 0.0 { *b } else { *a };
    }
}

/// Gradient of the branch that is taken where the condition `holds`.
pub fn backward(condition: &[f32], holds: bool, dy: &[f32], d: &mut [f32], accumulate: bool) {
    for ((d, c), dy) in d.iter_mut().zip(condition).zip(dy) {
        let share = if (*c != 0.0) == holds { *dy } else { 0.0 };
        *d = if accumulate { *d + share } else { share };
    }
}
