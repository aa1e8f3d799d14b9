//! What can be said of an ONNX file: its pixels, its image, and what reading it may cost.

use std::str::FromStr;

use blindspots::import::{InputTransform, TransformError};
use blindspots::model::ImageShape;
use clap::Args;

/// What an ONNX file does not say of its pixels, and what reading it may cost.
#[derive(Args)]
pub(crate) struct Pixels {
    /// The numbers that an ONNX file takes for pixels.
    ///
    /// auto: found out by reading a hundred sample digits. none: from 0 to 1. 0-255. signed: from −1
    /// to 1. MEAN,STD: (pixel − mean) / deviation, for all channels or for each in turn.
    #[arg(
        long,
        value_name = "auto|none|0-255|signed|MEAN,STD[,…]",
        default_value = "auto",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    pub(crate) normalize: Normalize,
    /// An ONNX file takes ink for what is paper here.
    #[arg(long)]
    pub(crate) invert: bool,
    /// The image that an ONNX file reads, where its input leaves that open: channels, rows, columns.
    #[arg(long, value_name = "C,H,W", value_parser = image_shape)]
    pub(crate) shape: Option<ImageShape>,
    #[command(flatten)]
    pub(crate) limits: Limits,
}

/// What reading an ONNX file may cost.
#[derive(Args, Clone, Copy)]
pub(crate) struct Limits {
    /// Seconds that reading an ONNX file may take.
    #[arg(long, value_name = "S", allow_negative_numbers = true, default_value_t = 20.0, value_parser = positive)]
    pub(crate) load_seconds: f64,
    /// Memory that reading an ONNX file may take, in MB of 2²⁰ bytes.
    #[arg(long, value_name = "MB", allow_negative_numbers = true, default_value_t = 4096, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) load_megabytes: u32,
}

/// A transform of pixels, and the words that say it; none where samples are to decide.
#[derive(Clone, Debug)]
pub(crate) struct Normalize {
    pub(crate) transform: Option<InputTransform>,
    pub(crate) words: String,
}

impl FromStr for Normalize {
    type Err = String;

    fn from_str(text: &str) -> Result<Normalize, String> {
        let transform = match text {
            "auto" => None,
            _ => Some(text.parse().map_err(|e: TransformError| e.to_string())?),
        };
        Ok(Normalize { transform, words: text.into() })
    }
}

impl Pixels {
    /// Nothing is said of them.
    pub(crate) fn unsaid(limits: Limits) -> Pixels {
        let normalize = Normalize { transform: None, words: "auto".into() };
        Pixels { normalize, invert: false, shape: None, limits }
    }

    /// Whether anything is said.
    pub(crate) fn are_said(&self) -> bool {
        self.normalize.transform.is_some() || self.invert || self.shape.is_some()
    }
}

/// A number of seconds.
fn positive(text: &str) -> Result<f64, String> {
    const MOST: f64 = 1e6;
    let number = text.parse().ok().filter(|n: &f64| *n > 0.0 && *n <= MOST);
    number.ok_or_else(|| format!("a number above 0, up to {MOST}"))
}

fn image_shape(text: &str) -> Result<ImageShape, String> {
    let sizes: Result<Vec<usize>, _> = text.split(',').map(|size| size.trim().parse()).collect();
    match sizes.unwrap_or_default()[..] {
        [channels, height, width] if [channels, height, width].iter().all(|n| *n > 0) => {
            Ok(ImageShape { channels, height, width })
        }
        _ => Err("channels, rows and columns are three numbers, such as 3,32,32".into()),
    }
}
