//! Pictures made of a digit by what pens, light and cameras do to it.

use blindspots::digit::photo::{Photograph, photograph};

use super::SIDE;

/// A picture in grey, 0 to 255, before a camera rounds it.
#[derive(Clone)]
pub(super) struct Scene {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<f32>,
}

impl Scene {
    /// A digit enlarged so many times, with soft edges, dark on white.
    pub(super) fn of(image: &[f32], times: usize) -> Scene {
        let side = SIDE * times;
        let place = |at: usize| {
            let exact = ((at as f32 + 0.5) / times as f32 - 0.5).clamp(0.0, 27.0);
            (exact as usize, (exact as usize + 1).min(27), exact.fract())
        };
        let mut values = Vec::with_capacity(side * side);
        for y in 0..side {
            let (top, bottom, down) = place(y);
            for x in 0..side {
                let (left, right, across) = place(x);
                let on = |row: usize| {
                    image[row * SIDE + left] * (1.0 - across) + image[row * SIDE + right] * across
                };
                values.push(250.0 - 215.0 * (on(top) * (1.0 - down) + on(bottom) * down));
            }
        }
        Scene { width: side, height: side, values }
    }

    /// The digit's middle line, drawn with a pen of so many pixels.
    pub(super) fn thin(image: &[f32], times: usize, pen: f32) -> Scene {
        let whole = Scene::of(image, times);
        let (width, height) = (whole.width, whole.height);
        let mut on: Vec<bool> = whole.values.iter().map(|value| *value < 142.0).collect();
        while thinned(&mut on, width) {}
        let mut values = vec![250.0; on.len()];
        let reach = (pen / 2.0) as isize;
        for at in (0..on.len()).filter(|at| on[*at]) {
            let (x, y) = ((at % width) as isize, (at / width) as isize);
            for row in (y - reach).max(0)..=(y + reach).min(height as isize - 1) {
                for column in (x - reach).max(0)..=(x + reach).min(width as isize - 1) {
                    let (dx, dy) = ((column - x) as f32, (row - y) as f32);
                    if dx * dx + dy * dy <= pen * pen / 4.0 {
                        values[row as usize * width + column as usize] = 35.0;
                    }
                }
            }
        }
        Scene { values, ..whole }
    }

    /// Every value anew, by its place as shares of width and height.
    pub(super) fn map(mut self, of: impl Fn(f32, f32, f32) -> f32) -> Scene {
        for (at, value) in self.values.iter_mut().enumerate() {
            let (x, y) = (at % self.width, at / self.width);
            *value = of(*value, x as f32 / self.width as f32, y as f32 / self.height as f32);
        }
        self
    }

    /// On a larger sheet, in its lower right part.
    pub(super) fn shifted(self) -> Scene {
        let (width, height) = (2 * self.width, self.height * 3 / 2);
        let corner = [width - self.width - 3, height - self.height - 3];
        self.on(width, height, corner)
    }

    /// On a sheet of this size, with its corner there.
    pub(super) fn on(self, width: usize, height: usize, [left, top]: [usize; 2]) -> Scene {
        let mut values = vec![250.0; width * height];
        for (y, row) in self.values.chunks(self.width).enumerate() {
            values[(top + y) * width + left..][..self.width].copy_from_slice(row);
        }
        Scene { width, height, values }
    }

    /// Normal noise of so large a deviation, the same at every run.
    pub(super) fn noisy(mut self, deviation: f32) -> Scene {
        let mut state = 1u64;
        let mut uniform = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 24) as f32
        };
        for value in &mut self.values {
            // Twelve uniform numbers have the variance 1.
            let normal: f32 = (0..12).map(|_| uniform()).sum::<f32>() - 6.0;
            *value += deviation * normal;
        }
        self
    }

    /// What is found in the picture, whose paper has a tint.
    pub(super) fn found(&self, tint: [f32; 3]) -> Photograph {
        let pixel = |value: &f32| {
            let [red, green, blue] = tint.map(|share| (value * share).clamp(0.0, 255.0) as u8);
            [red, green, blue, 255]
        };
        let pixels: Vec<u8> = self.values.iter().flat_map(pixel).collect();
        photograph(&pixels, self.width as u32, self.height as u32).expect("a picture")
    }
}

/// One round of thinning; whether anything was taken away (T. Y. Zhang and C. Y. Suen, *A fast parallel
/// algorithm for thinning digital patterns*, 1984).
fn thinned(on: &mut [bool], width: usize) -> bool {
    let before = on.to_vec();
    for first in [true, false] {
        let from = on.to_vec();
        for at in width + 1..from.len() - width - 1 {
            let around = [
                at - width,
                at - width + 1,
                at + 1,
                at + width + 1,
                at + width,
                at + width - 1,
                at - 1,
                at - width - 1,
            ]
            .map(|place| from[place]);
            let count = around.iter().filter(|on| **on).count();
            let turns = (0..8).filter(|i| !around[*i] && around[(i + 1) % 8]).count();
            let [up, right, down, left] = [0, 2, 4, 6].map(|place| around[place]);
            let free = match first {
                true => !(right && down && (up || left)),
                false => !(up && left && (right || down)),
            };
            on[at] = from[at] && !((2..=6).contains(&count) && turns == 1 && free);
        }
    }
    on != before
}
