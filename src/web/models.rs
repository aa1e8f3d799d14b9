//! The models an engine holds, and the backend each of them runs on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::messages::{Backend, BackendChoice, BackendKind, MemoryReport};
use crate::exec::{CpuExecutor, ExecError, Executor, GpuContext, GpuExecutor};
use crate::model::Network;

/// A network with the executor that runs it.
pub(super) struct Loaded {
    pub(super) network: Arc<Network>,
    pub(super) name: String,
    pub(super) executor: Executor,
}

/// All models; `None` where a call has taken one out for use.
pub(super) struct Models {
    loaded: BTreeMap<u32, Option<Loaded>>,
    next: u32,
    pub(super) choice: BackendChoice,
    context: Option<Result<Arc<GpuContext>, ExecError>>,
    lost: bool,
}

impl Default for Models {
    fn default() -> Models {
        Models {
            loaded: BTreeMap::new(),
            next: 1,
            choice: BackendChoice::Auto,
            context: None,
            lost: false,
        }
    }
}

impl Models {
    pub(super) fn add(&mut self, loaded: Loaded) -> u32 {
        let id = self.next;
        self.next += 1;
        self.loaded.insert(id, Some(loaded));
        id
    }

    pub(super) fn ids(&self) -> Vec<u32> {
        self.loaded.keys().copied().collect()
    }

    /// Takes a model out: `None` if it does not exist, `Some(None)` if it is in use.
    pub(super) fn take(&mut self, id: u32) -> Option<Option<Loaded>> {
        self.loaded.get_mut(&id).map(Option::take)
    }

    /// Puts a model back, unless it was removed meanwhile.
    pub(super) fn put(&mut self, id: u32, loaded: Loaded) {
        if let Some(slot) = self.loaded.get_mut(&id) {
            *slot = Some(loaded);
        }
    }

    pub(super) fn remove(&mut self, id: u32) {
        self.loaded.remove(&id);
    }

    /// The memory that is held; that of a model in use just now is not seen on the device.
    pub(super) fn memory(&self) -> MemoryReport {
        const PAGE: usize = 64 << 10;
        let loaded = self.loaded.values().flatten();
        let device: u64 = loaded.map(|model| model.executor.device_bytes()).sum();
        let wasm = core::arch::wasm32::memory_size(0) * PAGE;
        MemoryReport { wasm: wasm as f64, device: device as f64 }
    }

    /// Forgets a device that was lost; the next use asks for a fresh one.
    pub(super) fn device_lost(&mut self) {
        self.context = None;
        self.lost = true;
    }

    /// The graphics device, asked for once.
    pub(super) async fn context(
        models: &Rc<RefCell<Models>>,
    ) -> Result<Arc<GpuContext>, ExecError> {
        if let Some(known) = &models.borrow().context {
            return known.clone();
        }
        let opened = GpuContext::open().await;
        models.borrow_mut().context = Some(opened.clone());
        opened
    }

    /// A network on the backend that the visitor's choice comes to.
    pub(super) async fn placed(
        models: &Rc<RefCell<Models>>,
        network: Arc<Network>,
        name: String,
    ) -> Result<Loaded, ExecError> {
        let choice = models.borrow().choice;
        let gpu = match choice {
            BackendChoice::Cpu => None,
            BackendChoice::Webgpu | BackendChoice::Auto => Models::context(models).await.ok(),
        };
        let executor = match gpu.filter(|g| choice == BackendChoice::Webgpu || worth_it(g)) {
            Some(context) => match GpuExecutor::new(context, network.clone()) {
                Ok(executor) => Executor::Gpu(Box::new(executor)),
                Err(error)
                    if choice == BackendChoice::Webgpu
                        && !matches!(error, ExecError::DeviceLost(_)) =>
                {
                    return Err(error);
                }
                Err(_) => Executor::Cpu(CpuExecutor::new(network.clone())),
            },
            None => Executor::Cpu(CpuExecutor::new(network.clone())),
        };
        Ok(Loaded { network, name, executor })
    }

    /// What runs now, and why.
    pub(super) fn backend(&self) -> Backend {
        let gpu = self.context.as_ref().and_then(|c| c.as_ref().ok());
        let webgpu_available = gpu.is_some();
        let on_gpu = match self.choice {
            BackendChoice::Cpu => false,
            BackendChoice::Webgpu => webgpu_available,
            BackendChoice::Auto => gpu.is_some_and(worth_it),
        };
        let reason = match (self.choice, gpu, on_gpu) {
            (BackendChoice::Cpu, _, _) => "You chose the processor.".into(),
            (BackendChoice::Webgpu, _, true) => "You chose WebGPU.".into(),
            (_, _, true) => "WebGPU runs on a graphics card here.".into(),
            (_, Some(_), false) => {
                "WebGPU is only emulated in software here, so the processor is faster.".into()
            }
            (_, None, _) if self.lost => {
                "The graphics device was lost, so the processor took over.".into()
            }
            (_, None, _) => match &self.context {
                Some(Err(ExecError::NoDevice(_))) => {
                    "This browser offers no WebGPU, so the processor computes.".into()
                }
                Some(Err(error)) => format!("The processor computes, because {error}."),
                _ => "The processor computes.".into(),
            },
        };
        Backend {
            kind: if on_gpu { BackendKind::Webgpu } else { BackendKind::Cpu },
            adapter: gpu.filter(|_| on_gpu).map(|g| g.adapter().to_owned()),
            reason,
            webgpu_available,
        }
    }
}

/// Whether a device is more than an emulation on the processor.
fn worth_it(context: &Arc<GpuContext>) -> bool {
    !context.is_software()
}
