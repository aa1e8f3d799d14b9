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

#[cfg(test)]
mod tests {
    use super::*;

    /// A digit of so many pixels a block: its byte where a stroke of two columns is, another elsewhere.
    fn picture(block: usize, ink: u8, paper: u8) -> Vec<u8> {
        let side = SIDE * block;
        let byte = |at: usize| if (12..14).contains(&(at % side / block)) { ink } else { paper };
        (0..side * side).flat_map(|at| [byte(at), byte(at), byte(at), 255]).collect()
    }

    #[test]
    fn a_picture_of_28_pixels_or_of_blocks_is_read_byte_by_byte() {
        for block in [1, 3] {
            let side = SIDE * block;
            for (ink, paper, inverted) in
                [(51, 255, false), (204, 0, true), (204, 127, true), (51, 128, false)]
            {
                let found = digit(&picture(block, ink, paper), side, side).expect("a digit");
                assert_eq!(
                    (found.inverted, found.crop),
                    (inverted, [0, 0, side as u32, side as u32])
                );
                let of = |byte: u8| f32::from(if inverted { byte } else { 255 - byte }) / 255.0;
                assert_eq!((found.image[12], found.image[0]), (of(ink), of(paper)));
                assert!(found.doubt.is_none());
            }
            let blank = digit(&picture(block, 90, 90), side, side).expect("no digit");
            assert!(blank.doubt == Some(Doubt::Nothing) && blank.image.iter().all(|v| *v == 0.0));
            // Colour, opacity, a pixel of a block, and other sides are none of it.
            for (place, byte) in [(1, 52), (3, 254)] {
                let mut pixels = picture(block, 51, 255);
                pixels[4 * 12 * block + place] = byte;
                assert!(digit(&pixels, side, side).is_none());
            }
            assert!(digit(&picture(block, 51, 255), side, side - 1).is_none());
        }
        let mut pixels = picture(3, 51, 255);
        pixels[4 * (84 + 1)..][..3].fill(7);
        assert!(digit(&pixels, 84, 84).is_none());
    }

    #[test]
    fn the_paper_is_as_most_of_the_rim() {
        // 112 places, each corner twice: half of them are not most.
        let rim = |light: usize| {
            let mut bytes = [0u8; PIXELS];
            bytes[..light].fill(200);
            bytes
        };
        // A row is 28 places of its own and both ends of columns.
        assert!(!paper_is_light(&rim(28)));
        let (mut rows, last) = (rim(28), PIXELS - SIDE);
        rows[last..].fill(200);
        assert!(paper_is_light(&rows), "60 of 112");
        rows[last + 1..last + 27].fill(0);
        assert!(!paper_is_light(&rows), "34 of 112");
        rows[last + 1..last + 27].fill(200);
        rows[last] = 0;
        rows[last + 27] = 0;
        assert!(!paper_is_light(&rows), "56 of 112");
        rows[last] = 200;
        assert!(paper_is_light(&rows), "58 of 112");
        assert!(!paper_is_light(&[127; PIXELS]) && paper_is_light(&[128; PIXELS]));
    }
}
