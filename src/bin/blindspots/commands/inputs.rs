//! Networks and digits that commands are given.

use std::path::Path;
use std::sync::Arc;

use blindspots::digit;
use blindspots::exec::{CpuExecutor, Executor, GpuContext, GpuExecutor};
use blindspots::import::{self, LoadOptions};
use blindspots::model::{Network, PIXELS};

use crate::args::{BackendName, Digits};
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
            import::load(&bytes, &LoadOptions::default())
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

/// Pixels of the first `--count` images.
pub(super) fn images(input: &Digits) -> Result<Vec<f32>, String> {
    let mut pixels = digit::idx::read_images(&read(&input.images)?)
        .map_err(|e| format!("{}: {e}", input.images.display()))?;
    let there = pixels.len() / PIXELS;
    let count = input.count.map_or(there, |c| c as usize);
    if count > there {
        return Err(format!("{} holds {there} images, not {count}", input.images.display()));
    }
    pixels.truncate(count * PIXELS);
    if pixels.is_empty() {
        return Err(format!("{} holds no images", input.images.display()));
    }
    Ok(pixels)
}

/// As many labels as there are images.
pub(super) fn labels(path: &Path, images: &[f32]) -> Result<Vec<u8>, String> {
    let mut labels =
        digit::idx::read_labels(&read(path)?).map_err(|e| format!("{}: {e}", path.display()))?;
    let wanted = images.len() / PIXELS;
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
