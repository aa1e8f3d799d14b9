//! The models an engine holds, and the backend each of them runs on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::lock::Mutex;

use super::messages::{Backend, BackendChoice, BackendKind, MemoryReport, Placement};
use crate::exec::{CpuExecutor, ExecError, Executor, GpuContext, GpuExecutor, speed};
use crate::model::Network;

/// A network with the executor that runs it.
pub(super) struct Loaded {
    pub(super) network: Arc<Network>,
    pub(super) name: String,
    pub(super) executor: Executor,
}

impl Loaded {
    /// Which backend runs it.
    pub(super) fn backend(&self) -> BackendKind {
        match self.executor {
            Executor::Cpu(_) => BackendKind::Cpu,
            Executor::Gpu(_) => BackendKind::Webgpu,
        }
    }
}

/// What is done without a device that failed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outlook {
    /// A fresh one is asked for.
    Fresh,
    /// Another has failed at the same work: no more are asked for until the visitor asks.
    Processor,
}

/// The models of an engine, as its calls share them.
pub(super) type Shared = Rc<RefCell<Models>>;

/// All models; a call locks those that it uses.
pub(super) struct Models {
    loaded: BTreeMap<u32, Rc<Mutex<Loaded>>>,
    next: u32,
    pub(super) choice: BackendChoice,
    context: Option<Result<Arc<GpuContext>, ExecError>>,
    lost: bool,
    /// Models that had to move because a device failed, until that is told.
    moved: BTreeMap<u32, BackendKind>,
    /// Which backend was measured to be faster, by the model's name.
    measured: BTreeMap<String, BackendKind>,
}

impl Default for Models {
    fn default() -> Models {
        Models {
            loaded: BTreeMap::new(),
            next: 1,
            choice: BackendChoice::Auto,
            context: None,
            lost: false,
            moved: BTreeMap::new(),
            measured: BTreeMap::new(),
        }
    }
}

impl Models {
    pub(super) fn add(&mut self, loaded: Loaded) -> u32 {
        let id = self.next;
        self.next += 1;
        self.loaded.insert(id, Rc::new(Mutex::new(loaded)));
        id
    }

    pub(super) fn ids(&self) -> Vec<u32> {
        self.loaded.keys().copied().collect()
    }

    /// A model, to be locked for use; `None` where it was never loaded, or is forgotten.
    pub(super) fn get(&self, id: u32) -> Option<Rc<Mutex<Loaded>>> {
        self.loaded.get(&id).cloned()
    }

    /// Forgets a model; a call that uses it goes on.
    pub(super) fn remove(&mut self, id: u32) {
        self.loaded.remove(&id);
    }

    /// The memory that is held; that of a model in use just now is not seen on the device.
    pub(super) fn memory(&self) -> MemoryReport {
        const PAGE: usize = 64 << 10;
        let loaded = self.loaded.values().filter_map(|model| model.try_lock());
        let device: u64 = loaded.map(|model| model.executor.device_bytes()).sum();
        let wasm = core::arch::wasm32::memory_size(0) * PAGE;
        MemoryReport { wasm: wasm as f64, device: device as f64 }
    }

    /// Forgets a device that was lost, or reported an error of its own.
    pub(super) fn device_failed(&mut self, error: impl Display, outlook: Outlook) {
        self.context = match outlook {
            Outlook::Fresh => None,
            Outlook::Processor => Some(Err(ExecError::DeviceLost(error.to_string()))),
        };
        self.lost = true;
        self.measured.clear();
    }

    /// Takes note of where a model runs since a device failed.
    pub(super) fn moved(&mut self, model: u32, to: BackendKind) {
        self.moved.insert(model, to);
    }

    /// Where models run that had to move since this was last asked; `None` where none had to.
    pub(super) fn news(&mut self) -> Option<Vec<Placement>> {
        let moved = std::mem::take(&mut self.moved);
        let placements = moved.into_iter().map(|(model, backend)| Placement { model, backend });
        Some(placements.collect()).filter(|news: &Vec<Placement>| !news.is_empty())
    }

    /// Lets a device be asked for again where none was given, or others failed.
    pub(super) fn forgive(&mut self) {
        self.context.take_if(|context| context.is_err());
    }

    /// The graphics device, asked for once: with patience where there has been one, or where the
    /// visitor insists on it.
    pub(super) async fn context(
        models: &Shared,
        choice: BackendChoice,
    ) -> Result<Arc<GpuContext>, ExecError> {
        if let Some(known) = &models.borrow().context {
            return known.clone();
        }
        let opened = if choice == BackendChoice::Webgpu || models.borrow().lost {
            GpuContext::open_patiently().await
        } else {
            GpuContext::open().await
        };
        models.borrow_mut().context = Some(opened.clone());
        opened
    }

    /// A network on the backend that the visitor's choice comes to.
    pub(super) async fn placed(
        models: &Shared,
        network: Arc<Network>,
        name: String,
    ) -> Result<Loaded, ExecError> {
        let choice = models.borrow().choice;
        let mut executor = None;
        if choice != BackendChoice::Cpu {
            for outlook in [Outlook::Fresh, Outlook::Processor] {
                let Ok(device) = Models::context(models, choice).await else { break };
                let made = match choice {
                    BackendChoice::Webgpu => on(device, &network).map(Some),
                    _ if worth_it(&device) => faster(models, device, &network, &name).await,
                    _ => break,
                };
                match made {
                    Ok(made) => {
                        executor = made;
                        break;
                    }
                    Err(error @ (ExecError::DeviceLost(_) | ExecError::Device(_))) => {
                        models.borrow_mut().device_failed(error, outlook);
                    }
                    // A network that does not fit is an error only where the device was insisted on.
                    Err(error) if choice == BackendChoice::Webgpu => return Err(error),
                    Err(_) => break,
                }
            }
        }
        let executor = executor.unwrap_or_else(|| Executor::Cpu(CpuExecutor::new(network.clone())));
        Ok(Loaded { network, name, executor })
    }

    /// What runs now, and why.
    pub(super) fn backend(&self) -> Backend {
        let gpu = self.context.as_ref().and_then(|c| c.as_ref().ok());
        // Devices that failed can be asked for again.
        let webgpu_available = matches!(self.context, Some(Ok(_) | Err(ExecError::DeviceLost(_))));
        let on_gpu = match self.choice {
            BackendChoice::Cpu => false,
            BackendChoice::Webgpu => gpu.is_some(),
            BackendChoice::Auto => {
                gpu.is_some_and(worth_it)
                    && (self.measured.is_empty()
                        || self.measured.values().any(|kind| *kind == BackendKind::Webgpu))
            }
        };
        let reason = match (self.choice, gpu, on_gpu) {
            (BackendChoice::Cpu, _, _) => "You chose the processor.".into(),
            (BackendChoice::Webgpu, _, true) => "You chose WebGPU.".into(),
            (_, _, true) => {
                "WebGPU runs on a graphics card here; each network runs where it was measured to \
                 be faster."
                    .into()
            }
            (_, Some(gpu), false) if worth_it(gpu) => {
                "Every network was measured to be faster on the processor.".into()
            }
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

fn on(device: Arc<GpuContext>, network: &Arc<Network>) -> Result<Executor, ExecError> {
    GpuExecutor::new(device, network.clone()).map(|executor| Executor::Gpu(Box::new(executor)))
}

/// The device if it is the faster backend for a network, as measured once a session.
async fn faster(
    models: &Shared,
    device: Arc<GpuContext>,
    network: &Arc<Network>,
    name: &str,
) -> Result<Option<Executor>, ExecError> {
    let known = models.borrow().measured.get(name).copied();
    if known == Some(BackendKind::Cpu) {
        return Ok(None);
    }
    let mut executor = on(device, network)?;
    if known.is_none() {
        let mut processor = Executor::Cpu(CpuExecutor::new(network.clone()));
        let theirs = speed::milliseconds(&mut processor).await?;
        let ours = speed::milliseconds(&mut executor).await?;
        let kind = if ours < theirs { BackendKind::Webgpu } else { BackendKind::Cpu };
        models.borrow_mut().measured.insert(name.to_owned(), kind);
        if kind == BackendKind::Cpu {
            return Ok(None);
        }
    }
    Ok(Some(executor))
}

/// Whether a device is more than an emulation on the processor, which is never faster than it.
fn worth_it(context: &Arc<GpuContext>) -> bool {
    !context.is_software()
}
