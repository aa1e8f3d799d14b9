//! Requests that make images without a network: noise, drawings, pictures, files of digits.

use std::cell::RefCell;

use super::failure::failure;
use super::messages::{Failure, PhotographReport, Pixels, Response};
use super::sets::DataSets;
use crate::attack::{self, noise::gaussian};
use crate::code::Code;
use crate::count::counted;
use crate::digit::{self, Stroke};
use crate::model::lowered::check::LARGEST_LANE;

/// Gaussian noise on so many images, each its own.
pub(super) fn noise(
    images: &[f32],
    count: Option<u32>,
    distortion: f32,
    seed: u32,
) -> Result<Response, Failure> {
    attack::check_distortion(distortion)?;
    let count = count.unwrap_or(1).max(1) as usize;
    if images.is_empty() || !images.len().is_multiple_of(count) {
        let (pixels, images) = (counted(images.len(), "pixel"), counted(count, "image"));
        let message = format!("{pixels} cannot be {images} of one size");
        return Err(failure(Code::WrongLength, message));
    }
    let pixels = images.len() / count;
    if pixels > LARGEST_LANE {
        let found = counted(pixels, "pixel");
        let message = format!("an image has {found}; no network reads more than {LARGEST_LANE}");
        return Err(failure(Code::TooLarge, message));
    }
    // Room for all at once: what grows takes twice as much.
    let mut noisy = Vec::with_capacity(images.len());
    for image in images.chunks(pixels) {
        noisy.extend(gaussian(image, distortion, u64::from(seed)));
    }
    Ok(Response::Image { image: Pixels(noisy) })
}

/// A drawing as an image like MNIST's.
pub(super) fn rasterise(strokes: &[Stroke]) -> Result<Response, Failure> {
    Ok(Response::Image { image: Pixels(digit::rasterise(strokes)?) })
}

/// The digit in a picture.
pub(super) fn photograph(pixels: &[u8], width: u32, height: u32) -> Result<Response, Failure> {
    let digit::photo::Photograph { image, crop, inverted, doubt } =
        digit::photograph(pixels, width, height)?;
    let said = doubt.map(|doubt| doubt.name().to_owned());
    Ok(Response::Photographed(PhotographReport { image: Pixels(image), crop, inverted, said }))
}

/// The digits of a NumPy array or an IDX file.
pub(super) fn pictures(file: &[u8]) -> Result<Response, Failure> {
    Ok(Response::Pictures { images: Pixels(digit::read_pictures(file)?) })
}

/// The digits of IDX files, kept as a data set where that is asked for.
pub(super) fn digits(
    sets: &RefCell<DataSets>,
    images: &[u8],
    labels: &[u8],
    keep: bool,
) -> Result<Response, Failure> {
    let digits = digit::idx::read_digits(images, labels)?;
    let labels: Vec<u32> = digits.labels.into_iter().map(u32::from).collect();
    let kept = || sets.borrow_mut().keep(digits.images.clone(), labels.clone());
    let set = keep.then(kept).transpose()?;
    Ok(Response::Digits { images: Pixels(digits.images), labels, set })
}
