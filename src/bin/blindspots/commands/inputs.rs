//! Networks and digits that commands are given.

use std::path::Path;
use std::sync::Arc;

use blindspots::digit;
use blindspots::exec::{CpuExecutor, Executor, GpuContext, GpuExecutor};
use blindspots::import::{self, LoadOptions};
use blindspots::model::{ImageShape, Network};
use blindspots::npy;

use crate::args::{BackendName, Images};
use crate::bundled::{self, Bundled};

/// One network, or several with commas between them.
pub(super) fn networks(names: &str) -> Result<Vec<Arc<Network>>, String> {
    if Path::new(names).exists() {
        return network(names).map(|network| vec![network]);
    }
    names.split(',').map(network).collect()
}

pub(super) fn network(name: &str) -> Result<Arc<Network>, String> {
    let loaded = match Bundled::named(name) {
        Some(bundled) => import::load(bundled.onnx, &LoadOptions::default()),
        None => {
            let bytes = std::fs::read(name).map_err(|e| {
                let known: Vec<&str> = bundled::ALL.iter().map(|b| b.name).collect();
                format!("{name}: {e}. It is neither a file nor one of {}", known.join(", "))
            })?;
            let folder = Path::new(name).parent().unwrap_or(Path::new("")).to_path_buf();
            let beside = |other: &str| std::fs::read(folder.join(other)).ok();
            import::load_beside(&bytes, &beside, &LoadOptions::default())
        }
    };
    loaded.map(Arc::new).map_err(|e| format!("{name}: {e}"))
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

/// Pixels of the first `--count` images, which are what a network reads: an IDX file of digits, or
/// an array `[N, C, H, W]`, `[N, H, W]` or `[N, n]` of NumPy's.
pub(super) fn images(input: &Images, network: &Network) -> Result<Vec<f32>, String> {
    let path = input.images.display();
    let bytes = read(&input.images)?;
    let (shape, mut pixels) = if is_npy(&bytes) {
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
    let ImageShape { channels, height, width } = network.image;
    let fits = match shape[..] {
        [n] => n == network.pixels(),
        [h, w] => channels == 1 && [h, w] == [height, width],
        _ => shape == [channels, height, width],
    };
    if !fits {
        let axes: Vec<String> = shape.iter().map(ToString::to_string).collect();
        return Err(format!(
            "{path} holds images of {}, the network reads {}",
            axes.join(" × "),
            network.image
        ));
    }
    let there = pixels.len() / network.pixels();
    let count = input.count.map_or(there, |c| c as usize);
    if count > there {
        return Err(format!("{path} holds {there} images, not {count}"));
    }
    pixels.truncate(count * network.pixels());
    if pixels.is_empty() {
        return Err(format!("{path} holds no images"));
    }
    Ok(pixels)
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
