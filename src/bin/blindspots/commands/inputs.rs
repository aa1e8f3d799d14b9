//! Networks and digits that commands are given.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blindspots::count::counted;
use blindspots::digit;
use blindspots::exec::{CpuExecutor, Executor, GpuContext, GpuExecutor};
use blindspots::model::{Chosen, Expectation, ImageShape, Network, Precision};
use blindspots::npy;
use flate2::read::MultiGzDecoder;

use super::lower;
use crate::args::{BackendName, Images, Limits, Pixels, refusal};
use crate::bundled::{self, Bundled};
use crate::failure::Failure;
use crate::{files, output};

/// Names of networks that were cut at commas, put together again where that is the name of a file.
pub(super) fn joined(pieces: &[PathBuf]) -> Vec<PathBuf> {
    let mut names = Vec::new();
    let mut rest = pieces;
    while !rest.is_empty() {
        let join = |n: usize| {
            let pieces: Vec<&OsStr> = rest[..n].iter().map(|piece| piece.as_os_str()).collect();
            PathBuf::from(pieces.join(OsStr::new(",")))
        };
        let length = (2..=rest.len()).rev().find(|n| join(*n).exists()).unwrap_or(1);
        names.push(join(length));
        rest = &rest[length..];
    }
    names
}

/// A network for digits, with the pixels that samples show it to expect.
pub(super) fn digits_network(name: &Path, limits: Limits) -> Result<Arc<Network>, Failure> {
    load(name, &Pixels::unsaid(limits), true)
}

/// A network for the images that are given; says on standard error what a file makes of their pixels.
pub(super) fn network(
    name: &Path,
    pixels: &Pixels,
    images: &Pictures,
) -> Result<Arc<Network>, Failure> {
    load(name, pixels, images.may_be_digits())
}

fn load(path: &Path, pixels: &Pixels, digits: bool) -> Result<Arc<Network>, Failure> {
    let name = path.display();
    if let Some(bundled) = Bundled::named(path) {
        return if pixels.are_said() {
            Err(refusal(format!("{name} is bundled: what it takes for pixels is known")))
        } else {
            Ok(bundled.load().map(Arc::new).map_err(|e| format!("{name}: {e}"))?)
        };
    }
    files::distinct(path)?;
    std::fs::metadata(path).map_err(|e| {
        let known: Vec<&str> = bundled::ALL.iter().map(|b| b.name).collect();
        format!("{name}: {e}. It is neither a file nor one of {}", known.join(", "))
    })?;
    let read = lower::isolated(path, pixels, digits).map_err(|e| format!("{name}: {e}"))?;
    read.beside.iter().try_for_each(|other| files::distinct(other))?;
    let network = read.network;
    if let Some(remark) = remark(&network.expects) {
        output::remark(format_args!("{name}: {remark}"));
    }
    if network.straight_through() {
        output::remark(format_args!(
            "{name}: it rounds, and gradients go straight through its roundings"
        ));
    }
    if network.precision > Precision::Single {
        output::remark(format_args!(
            "{name}: it computes in {} precision and is read in single here; what fools it is made \
             clear of its own rounding",
            network.precision.name()
        ));
    }
    Ok(Arc::new(network))
}

/// What is to be known of a file's pixels before its results are.
fn remark(expects: &Expectation) -> Option<String> {
    let mut remark = format!("{}, {}", expects.words(), expects.chosen.name());
    let Some(score) = expects.score else {
        let assumed = expects.chosen == Chosen::Assumed;
        return assumed.then(|| format!("{remark}; --normalize says otherwise"));
    };
    if score.is_poor() {
        let found = expects.chosen == Chosen::Detected;
        let scale =
            if found { ", and not clearly more at another of the usual scales" } else { "" };
        return Some(format!(
            "{remark}: it reads only {score} sample digits{scale}. It may need --normalize MEAN,STD, \
             or it may be for other images; use its own images and labels"
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
    pub(super) fn read(input: &Images) -> Result<Pictures, Failure> {
        let path = input.images.display();
        let bytes = read_data(&input.images)?;
        let (shape, pixels) = if is_npy(&bytes) {
            let array = npy::read_floats(&bytes).map_err(|e| format!("{path}: {e}"))?;
            let outside = |v: &f32| !(0.0..=1.0).contains(v);
            if let Some(place) = array.data.iter().position(outside) {
                let value = array.data[place];
                return Err(
                    format!("{path}: element {place} is {value}; pixels are from 0 to 1").into()
                );
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

    /// The first `--count` images, which are what the network reads.
    pub(super) fn shown_to(mut self, network: &Network) -> Result<Shown, Failure> {
        let path = self.path.display();
        if !self.fit(network.image) {
            let axes: Vec<String> = self.shape.iter().map(ToString::to_string).collect();
            return Err(format!(
                "{path} holds images of {}, the network reads {}",
                axes.join(" × "),
                network.image
            )
            .into());
        }
        let there = self.pixels.len() / network.pixels();
        let count = self.count.map_or(there, |c| c as usize);
        if count > there {
            return Err(format!("{path} holds {}, not {count}", counted(there, "image")).into());
        }
        if count == 0 {
            return Err(format!("{path} holds no images").into());
        }
        self.pixels.truncate(count * network.pixels());
        let (path, cut) = (self.path, self.count.is_some());
        Ok(Shown { path, there, cut, pixels: self.pixels, size: network.pixels() })
    }
}

/// Images that a network is shown, from the start of their file.
pub(super) struct Shown {
    pub(super) path: PathBuf,
    /// Images in the file.
    pub(super) there: usize,
    /// Whether somebody said how many to take.
    pub(super) cut: bool,
    /// `[images, size]`, from 0 to 1.
    pub(super) pixels: Vec<f32>,
    size: usize,
}

impl Shown {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.pixels.len() / self.size
    }
}

/// The bytes of a file of images or labels; of an array that is gzipped, without the wrapping.
pub(super) fn read_data(path: &Path) -> Result<Vec<u8>, Failure> {
    let starts: [&[u8]; 4] = [NPY, GZIP, ZIP, IDX];
    let is_data = |bytes: &[u8]| starts.iter().any(|start| bytes.starts_with(start));
    let bytes = files::read_if(path, NPY.len() as u64, is_data)?;
    if bytes.starts_with(ZIP) {
        let path = path.display();
        return Err(format!("{path} is an archive, such as .npz: save its array as .npy").into());
    }
    let mut start = [0; NPY.len()];
    let unpacked = || MultiGzDecoder::new(bytes.as_slice());
    // What else is gzipped, the IDX reader unpacks and counts.
    if bytes.starts_with(GZIP) && unpacked().read_exact(&mut start).is_ok() && is_npy(&start) {
        let mut array = Vec::new();
        unpacked().read_to_end(&mut array).map_err(|e| format!("{}: {e}", path.display()))?;
        return Ok(array);
    }
    Ok(bytes)
}

/// How an array of NumPy's begins, and the files around it.
const NPY: &[u8] = b"\x93NUMPY";
const GZIP: &[u8] = b"\x1f\x8b";
const ZIP: &[u8] = b"PK\x03\x04";

/// How MNIST's files begin: unsigned bytes.
const IDX: &[u8] = b"\0\0\x08";

pub(super) fn is_npy(bytes: &[u8]) -> bool {
    bytes.starts_with(NPY)
}
