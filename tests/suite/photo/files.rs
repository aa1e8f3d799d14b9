//! Digits of files: NumPy's and IDX.

use std::io::Write as _;

use blindspots::digit::{DigitError, PIXELS, idx, read_pictures};
use blindspots::npy;
use flate2::{Compression, write::GzEncoder};

use super::SIDE;
use crate::testing::gallery;

fn array(shape: &[usize], values: &[f32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    npy::write(&mut bytes, shape, values).expect("memory takes everything");
    bytes
}

fn bytes_array(shape: &str, data: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (text.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], text.as_bytes(), data].concat()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).expect("memory takes everything");
    packer.finish().expect("memory takes everything")
}

#[test]
fn files_of_digits_are_read() {
    let gallery = gallery();
    let images = &gallery.images()[..3 * PIXELS];
    // What is written of several images begins with how many they are.
    for shape in [&[SIDE, SIDE][..], &[PIXELS], &[1, SIDE, SIDE], &[SIDE, SIDE, 1]] {
        let file = array(shape, images);
        assert_eq!(read_pictures(&file).as_deref(), Ok(images), "{shape:?}");
        assert_eq!(read_pictures(&packed(&file)).as_deref(), Ok(images), "{shape:?}, packed");
    }
    let whole: Vec<u8> = images.iter().map(|value| (value * 255.0).round() as u8).collect();
    assert_eq!(read_pictures(&bytes_array("(3, 28, 28)", &whole)).as_deref(), Ok(images));
    let one = read_pictures(&bytes_array("(28, 28)", &whole[..PIXELS]));
    assert_eq!(one.as_deref(), Ok(&images[..PIXELS]));
    let file = idx::write_images(images);
    assert_eq!(read_pictures(&file).as_deref(), Ok(images));
    assert_eq!(read_pictures(&packed(&file)).as_deref(), Ok(images));
}

#[test]
fn files_that_hold_no_digits_are_refused() {
    let wide = array(&[20, 20], &[0.0; 400]);
    assert!(matches!(read_pictures(&wide), Err(DigitError::ArrayShape { .. })));
    let loud = array(&[SIDE, SIDE], &[1.5; PIXELS]);
    assert!(matches!(read_pictures(&loud), Err(DigitError::PixelOutOfBox { .. })));
    let broken = array(&[SIDE, SIDE], &[f32::NAN; PIXELS]);
    assert!(matches!(read_pictures(&broken), Err(DigitError::PixelOutOfBox { .. })));
    let cut = &array(&[SIDE, SIDE], &[0.5; PIXELS])[..1000];
    assert!(matches!(read_pictures(cut), Err(DigitError::NotAnArrayOfDigits { .. })));
    assert!(matches!(read_pictures(b"GIF89a"), Err(DigitError::NotIdx { .. })));
    let many = [0, 0, 8, 3, 0, 1, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28];
    assert!(matches!(read_pictures(&many), Err(DigitError::IdxTooLarge { .. })));
    // A bomb: what it unpacks to is never held.
    let bomb = packed(&vec![0; 80 << 20]);
    assert!(matches!(read_pictures(&bomb), Err(DigitError::TooManyPictures { .. })));
}
