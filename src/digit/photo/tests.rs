//! What only the inside shows: uneven light is taken away, and that it matters; how wide strokes become.

use super::*;
use crate::digit::gallery;
use crate::digit::raster::PEN;

/// A digit of the gallery on paper that is much brighter at one side than at the other.
fn in_uneven_light(image: &[f32], side: usize) -> Plane {
    let mut values = Vec::new();
    for y in 0..side {
        for x in 0..side {
            let light = 90.0 + 160.0 * x as f32 / side as f32;
            let ink = image[y * 28 / side * 28 + x * 28 / side];
            values.push(light * (1.0 - 0.6 * ink));
        }
    }
    Plane { width: side, height: side, values }
}

/// Mean difference between what is found and the digits themselves.
fn off(flat: bool) -> f32 {
    let gallery = gallery();
    let digits = gallery.images.chunks_exact(PIXELS).step_by(10);
    let differences = digits.map(|image| {
        let image_found = found(&in_uneven_light(image, 196), flat).image;
        image.iter().zip(&image_found).map(|(a, b)| (a - b).abs()).sum::<f32>() / PIXELS as f32
    });
    differences.sum::<f32>() / 10.0
}

#[test]
fn uneven_light_is_taken_away() {
    let (flat, control) = (off(true), off(false));
    assert!(flat < 0.05, "{flat}");
    // The control: with the light left in, the digits are lost.
    assert!(control > 2.0 * flat, "{control} beside {flat}");
}

/// How wide a stroke of so many pixels, 200 tall, comes out, in pixels of the result: its ink, by its height.
fn stroke(wide: usize) -> f32 {
    let on = |x: usize, y: usize| (100..100 + wide).contains(&x) && (50..250).contains(&y);
    let values = (0..300 * 300).map(|at| if on(at % 300, at / 300) { 30.0 } else { 250.0 });
    let plane = Plane { width: 300, height: 300, values: values.collect() };
    found(&plane, true).image.iter().sum::<f32>() / 20.0
}

#[test]
fn a_thin_stroke_is_as_wide_as_mnists_and_another_stays() {
    for wide in [1, 2, 5, 10] {
        let found = stroke(wide);
        assert!((found - PEN).abs() < 0.25, "{wide} pixels become {found}");
    }
    // The control: a tenth of the height is a tenth of the height.
    for wide in [14, 20, 40] {
        let found = stroke(wide);
        assert!((found - wide as f32 / 10.0).abs() < 0.1, "{wide} pixels become {found}");
    }
}
