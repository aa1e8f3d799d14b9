//! Pictures that are digits already: 28 × 28 in grey, or each of their pixels as a block.

use super::{Doubt, Photograph};
use crate::digit::{PIXELS, SIDE};

/// The digit that a picture is, pixel by pixel; `None` where it is no such picture.
pub(super) fn digit(pixels: &[u8], width: usize, height: usize) -> Option<Photograph> {
    if width != height || !width.is_multiple_of(SIDE) {
        return None;
    }
    let block = width / SIDE;
    let grey = |x: usize, y: usize| match pixels[4 * (y * width + x)..][..4] {
        [red, green, blue, 255] if red == green && green == blue => Some(red),
        _ => None,
    };
    let mut bytes = [0; PIXELS];
    for y in 0..height {
        for x in 0..width {
            let value = grey(x, y)?;
            let pixel = &mut bytes[y / block * SIDE + x / block];
            if x % block == 0 && y % block == 0 {
                *pixel = value;
            } else if *pixel != value {
                return None;
            }
        }
    }
    let inverted = !paper_is_light(&bytes);
    let value = |byte: u8| f32::from(if inverted { byte } else { 255 - byte }) / 255.0;
    let image: Vec<f32> = bytes.into_iter().map(value).collect();
    let blank = bytes.iter().all(|byte| *byte == bytes[0]);
    let image = if blank { vec![0.0; PIXELS] } else { image };
    let crop = [0, 0, width as u32, height as u32];
    Some(Photograph { image, crop, inverted, doubt: blank.then_some(Doubt::Nothing) })
}

/// Whether most of the rim is light.
fn paper_is_light(bytes: &[u8; PIXELS]) -> bool {
    let last = SIDE - 1;
    let rim = (0..SIDE).flat_map(|i| [(i, 0), (i, last), (0, i), (last, i)]);
    let light = rim.filter(|&(x, y)| bytes[y * SIDE + x] > 127).count();
    2 * light > 4 * SIDE
}
