//! What a file expects of its pixels, as the first operation of the network.
//!
//! A pixel that a person sees is a number `x` from 0 (black, or paper) to 1. A file may have been
//! trained on others: `v = scale·x + offset`, with numbers of their own for each channel. As an
//! operation behind node 0 the transform is part of the network, so that gradients,
//! attacks, certificates and norms are all about what a person sees.

use super::ImportError;

/// `scale·x + offset` for every channel, or once for all of them.
///
/// The default is the identity: the file takes numbers from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct InputTransform {
    /// One number, or one for each channel.
    scale: Vec<f32>,
    /// As many.
    offset: Vec<f32>,
}

impl Default for InputTransform {
    fn default() -> InputTransform {
        InputTransform { scale: vec![1.0], offset: vec![0.0] }
    }
}

impl InputTransform {
    /// The file takes numbers from 0 to 255.
    #[must_use]
    pub fn bytes() -> InputTransform {
        InputTransform { scale: vec![255.0], offset: vec![0.0] }
    }

    /// The file takes numbers from −1 to 1.
    #[must_use]
    pub fn signed() -> InputTransform {
        InputTransform { scale: vec![2.0], offset: vec![-1.0] }
    }

    /// The file takes `(x − mean) / deviation`, with one number for all channels or one for each.
    ///
    /// # Errors
    /// Where there are not as many means as deviations, or a deviation is 0 or no number.
    pub fn normalised(mean: &[f32], deviation: &[f32]) -> Result<InputTransform, ImportError> {
        let wrong = |text: String| Err(ImportError::BadTransform(text));
        if mean.is_empty() || mean.len() != deviation.len() {
            return wrong(format!("{} means and {} deviations", mean.len(), deviation.len()));
        }
        let pairs = || mean.iter().zip(deviation).map(|(m, d)| (f64::from(*m), f64::from(*d)));
        let scale: Vec<f32> = pairs().map(|(_, d)| (1.0 / d) as f32).collect();
        let offset: Vec<f32> = pairs().map(|(m, d)| (-m / d) as f32).collect();
        if scale.iter().chain(&offset).any(|v| !v.is_finite()) {
            return wrong(format!("means {mean:?} with deviations {deviation:?}"));
        }
        Ok(InputTransform { scale, offset })
    }

    /// The same for a file that takes ink for what is paper here: of `1 − x` instead of `x`.
    #[must_use]
    pub fn inverted(mut self) -> InputTransform {
        for (scale, offset) in self.scale.iter_mut().zip(&mut self.offset) {
            *offset += *scale;
            *scale = -*scale;
        }
        self
    }

    /// Scale and offset of each channel.
    ///
    /// # Errors
    /// Where there are numbers for another count of channels.
    pub(super) fn of_channels(&self, channels: usize) -> Result<[Vec<f32>; 2], ImportError> {
        match self.scale.len() {
            1 => Ok([vec![self.scale[0]; channels], vec![self.offset[0]; channels]]),
            count if count == channels => Ok([self.scale.clone(), self.offset.clone()]),
            count => Err(ImportError::BadTransform(format!(
                "it has numbers for {count} channels, the image has {channels}"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;

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
        let bad = |mean: &[f32], deviation: &[f32]| {
            InputTransform::normalised(mean, deviation).map_err(|e| e.code())
        };
        assert_eq!(bad(&[0.5], &[0.0]), Err(Code::BadInputTransform));
        assert_eq!(bad(&[0.5], &[0.5, 0.5]), Err(Code::BadInputTransform));
        assert_eq!(bad(&[], &[]), Err(Code::BadInputTransform));
        assert_eq!(bad(&[f32::NAN], &[1.0]), Err(Code::BadInputTransform));
        let two = InputTransform::normalised(&[0.5; 2], &[0.5; 2]).expect("numbers");
        assert!(two.of_channels(3).is_err() && two.of_channels(2).is_ok());
    }
}
