//! Networks and digits that commands are given.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use blindspots::digit;
use blindspots::exec::{CpuExecutor, Executor, GpuContext, GpuExecutor};
use blindspots::model::{Chosen, Expectation, ImageShape, Network};
use blindspots::npy;

use super::lower;
use crate::args::{BackendName, Images, Limits, Pixels};
use crate::bundled::{self, Bundled};

/// One network, or several with commas between them, for the images that are given.
pub(super) fn networks(
    names: &str,
    pixels: &Pixels,
    images: &Pictures,
) -> Result<Vec<Arc<Network>>, String> {
    if Path::new(names).exists() {
        return network(names, pixels, images).map(|network| vec![network]);
    }
    names.split(',').map(|name| network(name, pixels, images)).collect()
}

/// A network for digits, with the pixels that samples show it to expect.
pub(super) fn digits_network(name: &str, limits: Limits) -> Result<Arc<Network>, String> {
    load(name, &Pixels::unsaid(limits), true)
}

/// A network for the images that are given; says on standard error what a file makes of their pixels.
pub(super) fn network(
    name: &str,
    pixels: &Pixels,
    images: &Pictures,
) -> Result<Arc<Network>, String> {
    load(name, pixels, images.may_be_digits())
}

fn load(name: &str, pixels: &Pixels, digits: bool) -> Result<Arc<Network>, String> {
    if let Some(bundled) = Bundled::named(name) {
        return if pixels.are_said() {
            Err(format!("{name} is bundled: what it takes for pixels is known"))
        } else {
            bundled.load().map(Arc::new).map_err(|e| format!("{name}: {e}"))
        };
    }
    std::fs::metadata(name).map_err(|e| {
        let known: Vec<&str> = bundled::ALL.iter().map(|b| b.name).collect();
        format!("{name}: {e}. It is neither a file nor one of {}", known.join(", "))
    })?;
    let network =
        lower::isolated(Path::new(name), pixels, digits).map_err(|e| format!("{name}: {e}"))?;
    if let Some(remark) = remark(&network.expects) {
        eprintln!("{name}: {remark}");
    }
    if network.straight_through() {
        eprintln!("{name}: it rounds, and gradients go straight through its roundings");
    }
    Ok(Arc::new(network))
}

/// What is to be known of a file's pixels before its results are.
fn remark(expects: &Expectation) -> Option<String> {
    let score = expects.score?;
    let mut remark = format!("{}, {}", expects.words(), expects.chosen.name());
    if score.is_poor() {
        let found = expects.chosen == Chosen::Detected;
        let scale = if found { ", and no more at another scale" } else { "" };
        return Some(format!(
            "{remark}: it reads only {score} sample digits{scale}. It may be for other images; use its \
             own images and labels"
        ));
    }
    remark += &format!(": it reads {score} sample digits");
    if let Some(plain) = expects.plain {
        remark += &format!("; {plain} with pixels from 0 to 1 as they are");
    }
    for other in &expects.others {
        remark += &format!("; {} with {}", other.score, other.transform.words());
    }
    if !expects.others.is_empty() {
        remark += ". Distances differ: --normalize chooses";
    }
    Some(remark)
}

pub(super) fn executor(network: &Arc<Network>, backend: BackendName) -> Result<Executor, String> {
    Ok(match backend {
        BackendName::Cpu => Executor::Cpu(CpuExecutor::new(network.clone())),
        BackendName::Webgpu => {
            let context = pollster::block_on(GpuContext::open()).map_err(|e| e.to_string())?;
            let gpu = GpuExecutor::new(context, network.clone()).map_err(|e| e.to_string())?;
            Executor::Gpu(Box::new(gpu))
        }
    })
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// Images as their file has them.
pub(super) struct Pictures {
    path: PathBuf,
    /// Of one image.
    shape: Vec<usize>,
    pixels: Vec<f32>,
    count: Option<u32>,
}

impl Pictures {
    /// Reads an IDX file of digits, or an array `[N, C, H, W]`, `[N, H, W]` or `[N, n]` of NumPy's.
    pub(super) fn read(input: &Images) -> Result<Pictures, String> {
        let path = input.images.display();
        let bytes = read(&input.images)?;
        let (shape, pixels) = if is_npy(&bytes) {
            let array = npy::read_floats(&bytes).map_err(|e| format!("{path}: {e}"))?;
            let outside = |v: &f32| !(0.0..=1.0).contains(v);
            if let Some(place) = array.data.iter().position(outside) {
                let value = array.data[place];
                return Err(format!("{path}: element {place} is {value}; pixels are from 0 to 1"));
            }
            let axes = array.shape.get(1..).unwrap_or_default().to_vec();
            (axes, array.data)
        } else {
            let pixels = digit::idx::read_images(&bytes).map_err(|e| format!("{path}: {e}"))?;
            (vec![digit::SIDE, digit::SIDE], pixels)
        };
        Ok(Pictures { path: input.images.clone(), shape, pixels, count: input.count })
    }

    /// Whether they have the size of digits, so that sample digits say something of a network for them.
    fn may_be_digits(&self) -> bool {
        self.fit(digit::IMAGE)
    }

    fn fit(&self, image: ImageShape) -> bool {
        let ImageShape { channels, height, width } = image;
        match self.shape[..] {
            [n] => n == image.pixels(),
            [h, w] => channels == 1 && [h, w] == [height, width],
            _ => self.shape == [channels, height, width],
        }
    }

    /// Pixels of the first `--count` images, which are what the network reads.
    pub(super) fn of(mut self, network: &Network) -> Result<Vec<f32>, String> {
        let path = self.path.display();
        if !self.fit(network.image) {
            let axes: Vec<String> = self.shape.iter().map(ToString::to_string).collect();
            return Err(format!(
                "{path} holds images of {}, the network reads {}",
                axes.join(" × "),
                network.image
            ));
        }
        let there = self.pixels.len() / network.pixels();
        let count = self.count.map_or(there, |c| c as usize);
        if count > there {
            return Err(format!("{path} holds {there} images, not {count}"));
        }
        self.pixels.truncate(count * network.pixels());
        if self.pixels.is_empty() {
            return Err(format!("{path} holds no images"));
        }
        Ok(self.pixels)
    }
}

/// As many labels as are wanted: an IDX file of digits' labels, or an array `[N]` of NumPy's.
pub(super) fn labels(path: &Path, wanted: usize) -> Result<Vec<usize>, String> {
    let bytes = read(path)?;
    let mut labels: Vec<usize> = if is_npy(&bytes) {
        npy::read_indices(&bytes).map_err(|e| format!("{}: {e}", path.display()))?.data
    } else {
        let labels = digit::idx::read_labels(&bytes);
        let labels = labels.map_err(|e| format!("{}: {e}", path.display()))?;
        labels.into_iter().map(usize::from).collect()
    };
    if labels.len() < wanted {
        return Err(format!(
            "{} holds {} labels for {wanted} images",
            path.display(),
            labels.len()
        ));
    }
    labels.truncate(wanted);
    Ok(labels)
}

fn is_npy(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x93NUMPY")
}
