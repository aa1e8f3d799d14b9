//! What a file expects of its pixels.
//!
//! A pixel that a person sees is a number `x` from 0 (black, or paper) to 1. A file may have been
//! trained on others: `v = scale·x + offset`, with numbers of their own for each channel. As an
//! operation behind node 0 the transform is part of the network, so that gradients,
//! attacks, certificates and norms are all about what a person sees.

use std::fmt;
use std::str::FromStr;

use crate::count::counted;

/// Why a transform cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TransformError(String);

/// The numbers for `x` from 0 to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Scale {
    /// The same.
    #[default]
    Unit,
    /// From 0 to 255.
    Bytes,
    /// From −1 to 1.
    Signed,
    /// `(x − mean) / deviation`.
    Normalised {
        /// Once for all channels, or one for each.
        mean: Vec<f32>,
        /// As many.
        deviation: Vec<f32>,
    },
}

/// `scale·x + offset` for every channel, or once for all of them.
///
/// The default is the identity: the file takes numbers from 0 to 1. As text it is `none`, `0-255`,
/// `signed`, or means and deviations in turn, `0.1307,0.3081`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputTransform {
    scale: Scale,
    inverted: bool,
}

impl InputTransform {
    /// The file takes numbers from 0 to 255.
    #[must_use]
    pub fn bytes() -> InputTransform {
        InputTransform { scale: Scale::Bytes, inverted: false }
    }

    /// The file takes numbers from −1 to 1.
    #[must_use]
    pub fn signed() -> InputTransform {
        InputTransform { scale: Scale::Signed, inverted: false }
    }

    /// The file takes `(x − mean) / deviation`, with one number for all channels or one for each.
    ///
    /// # Errors
    /// Where there are not as many means as deviations, or a deviation is 0, infinite or no number.
    pub fn normalised(mean: &[f32], deviation: &[f32]) -> Result<InputTransform, TransformError> {
        let wrong = |text: String| Err(TransformError(text));
        if mean.is_empty() || mean.len() != deviation.len() {
            let (means, deviations) =
                (counted(mean.len(), "mean"), counted(deviation.len(), "deviation"));
            return wrong(format!("{means} and {deviations}"));
        }
        let scale = Scale::Normalised { mean: mean.to_vec(), deviation: deviation.to_vec() };
        let transform = InputTransform { scale, inverted: false };
        let [scale, offset] = transform.numbers();
        if scale.iter().chain(&offset).any(|v| !v.is_finite()) || scale.contains(&0.0) {
            return wrong(format!("means {mean:?} with deviations {deviation:?}"));
        }
        Ok(transform)
    }

    /// The same for a file that takes ink for what is paper here: of `1 − x` instead of `x`.
    #[must_use]
    pub fn inverted(mut self) -> InputTransform {
        self.inverted = !self.inverted;
        self
    }

    /// Whether it is of `1 − x`.
    #[must_use]
    pub fn is_inverted(&self) -> bool {
        self.inverted
    }

    /// Scales and offsets: one of each, or one for each channel.
    #[must_use]
    pub fn numbers(&self) -> [Vec<f32>; 2] {
        let [mut scale, mut offset] = match &self.scale {
            Scale::Unit => [vec![1.0], vec![0.0]],
            Scale::Bytes => [vec![255.0], vec![0.0]],
            Scale::Signed => [vec![2.0], vec![-1.0]],
            Scale::Normalised { mean, deviation } => {
                let pairs =
                    || mean.iter().zip(deviation).map(|(m, d)| (f64::from(*m), f64::from(*d)));
                [
                    pairs().map(|(_, d)| (1.0 / d) as f32).collect(),
                    pairs().map(|(m, d)| (-m / d) as f32).collect(),
                ]
            }
        };
        if self.inverted {
            for (scale, offset) in scale.iter_mut().zip(&mut offset) {
                *offset += *scale;
                *scale = -*scale;
            }
        }
        [scale, offset]
    }

    /// Scale and offset of each channel.
    ///
    /// # Errors
    /// Where there are numbers for another count of channels.
    pub fn of_channels(&self, channels: usize) -> Result<[Vec<f32>; 2], TransformError> {
        let [scale, offset] = self.numbers();
        match scale.len() {
            1 => Ok([vec![scale[0]; channels], vec![offset[0]; channels]]),
            count if count == channels => Ok([scale, offset]),
            count => Err(TransformError(format!(
                "it has numbers for {}, the image has {channels}",
                counted(count, "channel")
            ))),
        }
    }

    /// What a person says of it: “pixels from 0 to 255, inverted”.
    #[must_use]
    pub fn words(&self) -> String {
        let numbers =
            |values: &[f32]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let scale = match &self.scale {
            Scale::Unit => "pixels from 0 to 1".into(),
            Scale::Bytes => "pixels from 0 to 255".into(),
            Scale::Signed => "pixels from −1 to 1".into(),
            Scale::Normalised { mean, deviation } => {
                format!("pixels of mean {}, deviation {}", numbers(mean), numbers(deviation))
            }
        };
        if self.inverted { scale + ", inverted" } else { scale }
    }
}

impl fmt::Display for InputTransform {
    /// Without a word on whether it is inverted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scale {
            Scale::Unit => f.write_str("none"),
            Scale::Bytes => f.write_str("0-255"),
            Scale::Signed => f.write_str("signed"),
            Scale::Normalised { mean, deviation } => {
                let pairs: Vec<String> =
                    mean.iter().zip(deviation).map(|(m, d)| format!("{m},{d}")).collect();
                f.write_str(&pairs.join(","))
            }
        }
    }
}

impl FromStr for InputTransform {
    type Err = TransformError;

    fn from_str(text: &str) -> Result<InputTransform, TransformError> {
        const CHOICES: &str =
            "none, 0-255, signed, or MEAN,STD for all channels or for each in turn";
        match text {
            "none" => return Ok(InputTransform::default()),
            "0-255" => return Ok(InputTransform::bytes()),
            "signed" => return Ok(InputTransform::signed()),
            _ => {}
        }
        let wrong = || TransformError(format!("“{text}” is none of {CHOICES}"));
        let numbers: Vec<f32> = text
            .split(',')
            .map(|number| number.trim().parse().map_err(|_| wrong()))
            .collect::<Result<_, _>>()?;
        let (pairs, rest) = numbers.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(wrong());
        }
        let [mean, deviation] =
            [0, 1].map(|i| pairs.iter().map(|pair| pair[i]).collect::<Vec<_>>());
        InputTransform::normalised(&mean, &deviation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of a pixel in each of three channels.
    fn of(transform: &InputTransform, x: f32) -> Vec<f32> {
        let [scale, offset] = transform.of_channels(3).expect("it fits three channels");
        scale.iter().zip(&offset).map(|(s, o)| s * x + o).collect()
    }

    #[test]
    fn transforms_reach_the_ends_that_they_are_named_for() {
        assert_eq!(of(&InputTransform::default(), 0.25), [0.25; 3]);
        assert_eq!(of(&InputTransform::bytes(), 1.0), [255.0; 3]);
        assert_eq!(of(&InputTransform::signed(), 0.0), [-1.0; 3]);
        assert_eq!(of(&InputTransform::signed().inverted(), 0.0), [1.0; 3]);
        assert_eq!(of(&InputTransform::default().inverted(), 1.0), [0.0; 3]);
        let mean = [0.5, 0.25, 0.125];
        let normalised = InputTransform::normalised(&mean, &[0.25, 0.5, 2.0]).expect("numbers");
        assert_eq!(of(&normalised, 1.0), [2.0, 1.5, 0.4375]);
        assert_eq!(of(&normalised.clone().inverted(), 0.0), of(&normalised, 1.0));
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        let bad =
            |mean: &[f32], deviation: &[f32]| InputTransform::normalised(mean, deviation).is_err();
        assert!(bad(&[0.5], &[0.0]));
        // Nothing of the image would be left.
        assert!(bad(&[0.5], &[f32::INFINITY]));
        assert!(bad(&[0.5], &[0.5, 0.5]));
        assert!(bad(&[], &[]));
        assert!(bad(&[f32::NAN], &[1.0]));
        let two = InputTransform::normalised(&[0.5; 2], &[0.5; 2]).expect("numbers");
        assert!(two.of_channels(3).is_err() && two.of_channels(2).is_ok());
    }

    #[test]
    fn text_is_read_as_it_is_written() {
        for text in ["none", "0-255", "signed", "0.1307,0.3081", "0.5,0.25,0.25,0.5,0.125,2"] {
            let transform: InputTransform = text.parse().expect("it is one of the forms");
            assert_eq!(transform.to_string(), text);
        }
        let colour: InputTransform = "0.5,0.25,0.25,0.5,0.125,2".parse().expect("three pairs");
        assert_eq!(of(&colour, 1.0), [2.0, 1.5, 0.4375]);
        for text in ["", "0..255", "0.5", "0.5,0", "0.5,0.5,0.5", "0.5;0.5", "NaN,1", "auto"] {
            assert!(text.parse::<InputTransform>().is_err(), "{text:?}");
        }
    }
}
