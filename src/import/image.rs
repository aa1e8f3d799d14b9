//! Which image a file reads: from the shape of its input, and from what the caller says.

use super::ImportError;
use crate::model::ImageShape;

/// Most numbers in an image, and in a batch of them.
pub(super) const LARGEST: usize = 1 << 26;
/// Channels that an image has where nobody says so: grey, colour, colour with opacity.
const CHANNELS: [usize; 3] = [1, 3, 4];
/// A flat input of this many numbers is 28 × 28, as MNIST's digits are.
const DIGIT: usize = 784;

/// How a file holds an image.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) image: ImageShape,
    /// Whether a pixel's channels lie together, behind rows and columns.
    pub(super) channels_last: bool,
    /// The input's shape in the file, at a batch of one where it has a batch.
    pub(super) sizes: Vec<i64>,
    /// The batch in the file, where it is fixed.
    pub(super) batch: Option<i64>,
}

/// Reads the sizes of an input, batch included; `None` is a size that the file leaves free.
///
/// `wanted` is the caller's word for the image. Without it, a size of 1, 3 or 4 before two others
/// or behind them is the channels, two sizes are a grey image, and 784 numbers, with any axes of size
/// one beside them, are 28 × 28.
pub(super) fn reading(
    sizes: &[Option<i64>],
    wanted: Option<ImageShape>,
) -> Result<Reading, ImportError> {
    let known: Vec<Option<usize>> =
        sizes.iter().map(|size| size.and_then(|n| usize::try_from(n).ok())).collect();
    let mut readings: Vec<Reading> = Vec::new();
    let mut choices = Vec::new();
    let mut open = false;
    let batched = known.split_first().map(|(_, rest)| (rest, true));
    let whole = known.iter().all(Option::is_some).then_some((&known[..], false));
    for (rest, has_batch) in batched.into_iter().chain(whole) {
        let candidates = match wanted {
            Some(image) => fitting(rest, image),
            None => likely(rest, has_batch),
        };
        for (image, channels_last) in candidates {
            let same = |r: &Reading| {
                r.image == image && (r.channels_last == channels_last || image.channels == 1)
            };
            if !readings.iter().any(same) {
                readings.push(in_file(image, channels_last, rest, has_batch, sizes[0]));
            }
        }
        if wanted.is_none() && has_batch {
            let (opened, more) = guesses(rest);
            open |= opened;
            choices.extend(more);
        }
    }
    let certain = wanted.is_some() || (readings.len() == 1 && choices.is_empty());
    if certain && !readings.is_empty() {
        return checked(readings.swap_remove(0));
    }
    if readings.is_empty() && !open {
        return Err(ImportError::NotAnImageClassifier(refusal(&known, wanted)));
    }
    for image in readings.iter().map(|reading| reading.image) {
        if !choices.contains(&image) {
            choices.push(image);
        }
    }
    Err(ImportError::AmbiguousImage { input: shown(&known), choices })
}

/// Whether numbers of an image can be counted and held.
fn checked(reading: Reading) -> Result<Reading, ImportError> {
    let ImageShape { channels, height, width } = reading.image;
    let pixels = channels.checked_mul(height).and_then(|n| n.checked_mul(width));
    if pixels.is_some_and(|n| n > 0 && n <= LARGEST) {
        return Ok(reading);
    }
    Err(ImportError::NotAnImageClassifier(format!(
        "its image of {} has more than {LARGEST} numbers, or none",
        reading.image
    )))
}

/// The reading of an image whose axes in the file are `rest`, behind a batch or without one.
fn in_file(
    image: ImageShape,
    channels_last: bool,
    rest: &[Option<usize>],
    has_batch: bool,
    batch: Option<i64>,
) -> Reading {
    let ImageShape { channels, height, width } = image;
    let axes = match (rest.len(), channels_last) {
        (1, _) => vec![channels.saturating_mul(height).saturating_mul(width)],
        (2, _) => vec![height, width],
        (_, false) => vec![channels, height, width],
        (_, true) => vec![height, width, channels],
    };
    // Where all sizes are there, axes of size one may stand anywhere.
    let mut sizes = rest.iter().copied().collect::<Option<Vec<usize>>>().unwrap_or(axes);
    if has_batch {
        sizes.insert(0, 1);
    }
    let sizes = sizes.into_iter().map(|n| n as i64).collect();
    Reading { image, channels_last, sizes, batch: if has_batch { batch } else { Some(1) } }
}

/// The orders in which axes hold an image that is known; channels first where both fit.
fn fitting(rest: &[Option<usize>], image: ImageShape) -> Vec<(ImageShape, bool)> {
    let ImageShape { channels, height, width } = image;
    let fits = |sizes: &[usize]| {
        sizes.len() == rest.len() && rest.iter().zip(sizes).all(|(r, s)| r.is_none_or(|r| r == *s))
    };
    let flat = channels.saturating_mul(height).saturating_mul(width);
    let first = fits(&[channels, height, width])
        || fits(&[flat])
        || (channels == 1 && fits(&[height, width]));
    let last = fits(&[height, width, channels]);
    [(first, false), (last, true)]
        .into_iter()
        .filter_map(|(fits, channels_last)| fits.then_some((image, channels_last)))
        .collect()
}

/// The images that axes are by themselves. Without a batch, two axes are an image if it is square.
fn likely(rest: &[Option<usize>], has_batch: bool) -> Vec<(ImageShape, bool)> {
    let mut found = Vec::new();
    let mut add = |channels: usize, height: usize, width: usize, channels_last: bool| {
        if CHANNELS.contains(&channels) && height > 1 && width > 1 {
            found.push((ImageShape { channels, height, width }, channels_last));
        }
    };
    let longer: Vec<Option<usize>> = rest.iter().copied().filter(|n| *n != Some(1)).collect();
    match *rest {
        _ if longer == [Some(DIGIT)] => add(1, 28, 28, false),
        [Some(height), Some(width)] if has_batch || height == width => {
            add(1, height, width, false);
        }
        [Some(a), Some(b), Some(c)] => {
            add(a, b, c, false);
            add(c, a, b, true);
        }
        _ => {}
    }
    found
}

/// Whether axes may be an image that only the caller can name, and what it may be.
fn guesses(rest: &[Option<usize>]) -> (bool, Vec<ImageShape>) {
    let each =
        |of: &dyn Fn(usize) -> Option<ImageShape>| CHANNELS.into_iter().filter_map(of).collect();
    match *rest {
        [Some(DIGIT)] => (false, Vec::new()),
        [Some(n)] => {
            let square = |channels: usize| {
                let side = (n / channels).isqrt();
                let image = ImageShape { channels, height: side, width: side };
                (side > 1 && n == channels * side * side).then_some(image)
            };
            (true, each(&square))
        }
        [None, Some(height), Some(width)] => {
            (true, each(&|channels| Some(ImageShape { channels, height, width })))
        }
        _ => ((1..=3).contains(&rest.len()) && rest.contains(&None), Vec::new()),
    }
}

fn refusal(sizes: &[Option<usize>], wanted: Option<ImageShape>) -> String {
    let input = shown(sizes);
    match wanted {
        Some(image) => format!("its input is {input}, which holds no image of {image}"),
        None => format!(
            "its input is {input}; expected [N, C, H, W] or [N, H, W, C] with 1, 3 or 4 channels, \
             [N, H, W], or 784 numbers for 28 × 28"
        ),
    }
}

/// `[N, 3, ?, ?]`, with the sizes that are fixed.
fn shown(sizes: &[Option<usize>]) -> String {
    let each = |size: &Option<usize>| size.map_or("?".into(), |n| n.to_string());
    let sizes: Vec<String> = sizes.iter().map(each).collect();
    format!("[{}]", sizes.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn shape(channels: usize, height: usize, width: usize) -> ImageShape {
        ImageShape { channels, height, width }
    }

    /// Reads sizes of which 0 is free.
    fn read(sizes: &[i64], wanted: Option<ImageShape>) -> Result<Reading, ImportError> {
        let sizes: Vec<Option<i64>> = sizes.iter().map(|n| (*n > 0).then_some(*n)).collect();
        reading(&sizes, wanted)
    }

    #[test]
    fn an_input_that_can_be_one_image_only_is_that_image() {
        for (sizes, image, channels_last, at_one, batch) in [
            (&[0, 784][..], shape(1, 28, 28), false, &[1, 784][..], None),
            (&[784], shape(1, 28, 28), false, &[784], Some(1)),
            (&[0, 28, 28], shape(1, 28, 28), false, &[1, 28, 28], None),
            (&[28, 28], shape(1, 28, 28), false, &[28, 28], Some(1)),
            (&[4, 1, 28, 28], shape(1, 28, 28), false, &[1, 1, 28, 28], Some(4)),
            (&[0, 28, 28, 1], shape(1, 28, 28), true, &[1, 28, 28, 1], None),
            (&[1, 28, 28], shape(1, 28, 28), false, &[1, 28, 28], Some(1)),
            (&[10, 28, 28], shape(1, 28, 28), false, &[1, 28, 28], Some(10)),
            (&[0, 8, 9], shape(1, 8, 9), false, &[1, 8, 9], None),
            (&[0, 3, 32, 24], shape(3, 32, 24), false, &[1, 3, 32, 24], None),
            (&[0, 32, 24, 3], shape(3, 32, 24), true, &[1, 32, 24, 3], None),
            (&[0, 784, 1], shape(1, 28, 28), false, &[1, 784, 1], None),
            (&[1, 784, 1], shape(1, 28, 28), false, &[1, 784, 1], Some(1)),
            (&[1, 1, 1, 784], shape(1, 28, 28), false, &[1, 1, 1, 784], Some(1)),
            (&[0, 1, 784], shape(1, 28, 28), false, &[1, 1, 784], None),
            (&[1, 1, 784], shape(1, 28, 28), false, &[1, 1, 784], Some(1)),
            (&[2, 224, 224, 4], shape(4, 224, 224), true, &[1, 224, 224, 4], Some(2)),
        ] {
            let expected = Reading { image, channels_last, sizes: at_one.to_vec(), batch };
            assert_eq!(read(sizes, None), Ok(expected), "{sizes:?}");
        }
    }

    #[test]
    fn what_may_be_several_images_is_asked_for() {
        for (sizes, choices) in [
            (&[0, 64][..], &[shape(1, 8, 8), shape(4, 4, 4)][..]),
            (&[0, 3072], &[shape(3, 32, 32)]),
            (&[0, 3136], &[shape(1, 56, 56), shape(4, 28, 28)]),
            (&[0, 30], &[]),
            (&[8, 64], &[shape(1, 8, 8), shape(4, 4, 4)]),
            (&[3, 32, 32], &[shape(1, 32, 32), shape(3, 32, 32)]),
            (&[0, 3, 32, 3], &[shape(3, 32, 3), shape(3, 3, 32)]),
            (&[0, 3, 3, 3], &[shape(3, 3, 3)]),
            (&[0, 3, 0, 0], &[]),
            (&[0, 0, 28, 28], &[shape(1, 28, 28), shape(3, 28, 28), shape(4, 28, 28)]),
        ] {
            match read(sizes, None) {
                Err(ImportError::AmbiguousImage { choices: found, .. }) => {
                    assert_eq!(found, choices, "{sizes:?}");
                }
                other => panic!("{sizes:?}: {other:?}"),
            }
            // The caller's word settles each of them.
            for image in choices {
                assert_eq!(read(sizes, Some(*image)).map(|r| r.image), Ok(*image), "{sizes:?}");
            }
        }
    }

    #[test]
    fn what_is_no_image_is_refused_and_the_callers_word_must_fit() {
        let none: [&[i64]; 5] = [&[], &[0, 7, 32, 32], &[0, 2, 3, 32, 32], &[0, 28, 1], &[5]];
        for sizes in none {
            let refused = matches!(read(sizes, None), Err(ImportError::NotAnImageClassifier(_)));
            assert!(refused, "{sizes:?}: {:?}", read(sizes, None));
        }
        assert!(read(&[0, 7, 32, 32], Some(shape(7, 32, 32))).is_ok());
        assert!(read(&[0, 784], Some(shape(4, 14, 14))).is_ok());
        for sizes in [&[0, 784][..], &[0, 1, 28, 28], &[0, 28, 28]] {
            let refused = read(sizes, Some(shape(3, 28, 28)));
            assert!(matches!(refused, Err(ImportError::NotAnImageClassifier(_))), "{sizes:?}");
        }
        // Channels come first where both orders fit.
        let free = read(&[0, 0, 0, 0], Some(shape(3, 32, 32))).map(|r| r.channels_last);
        assert_eq!(free, Ok(false));
        let huge = read(&[0, 3, 1 << 40, 1 << 40], None);
        assert!(matches!(huge, Err(ImportError::NotAnImageClassifier(_))), "{huge:?}");
    }
}
