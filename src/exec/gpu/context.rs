//! A device, its queue, its pipelines and what went wrong with it.
//!
//! Nothing here panics on a driver's behalf: a lost device, an uncaptured
//! error and a failed mapping are recorded when they are reported and handed
//! out as [`ExecError`] by [`GpuContext::check`], which every read-back calls.
//! A lost device stays lost; open a fresh context. Only default limits of
//! WebGPU are asked for, clipped to what the adapter has. Works in a window,
//! in a worker and natively; tests are in `tests/suite/gpu.rs`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use futures_channel::oneshot;

use super::meter::Meter;
use crate::exec::ExecError;
use crate::ops::kernels::{Access, Kernel};

/// What was reported behind our back.
#[derive(Debug, Default)]
struct Faults {
    lost: Option<String>,
    error: Option<String>,
}

/// A pipeline's identity: kernel and the bits of its constants.
type Key = (&'static str, Vec<(&'static str, u64)>);

#[derive(Default)]
struct Cache {
    modules: HashMap<&'static str, wgpu::ShaderModule>,
    layouts: HashMap<(usize, &'static [Access]), wgpu::BindGroupLayout>,
    pipelines: HashMap<Key, wgpu::ComputePipeline>,
}

/// An open device, shared by the executors that run on it.
pub struct GpuContext {
    device: wgpu::Device,
    queue: wgpu::Queue,
    adapter: String,
    software: bool,
    faults: Arc<Mutex<Faults>>,
    cache: Mutex<Cache>,
}

/// Work in the queue that can be waited for.
pub struct Submitted {
    index: wgpu::SubmissionIndex,
    done: oneshot::Receiver<()>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl GpuContext {
    /// Asks for an adapter and a device.
    ///
    /// # Errors
    /// [`ExecError::NoDevice`] where WebGPU is missing or gives neither.
    // On the web, where there is one thread, handles are neither Send nor Sync.
    #[cfg_attr(target_arch = "wasm32", allow(clippy::arc_with_non_send_sync))]
    pub async fn open() -> Result<Arc<GpuContext>, ExecError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let none = |error: &dyn std::fmt::Display| ExecError::NoDevice(error.to_string());
        let adapter = instance.request_adapter(&options).await.map_err(|e| none(&e))?;
        let info = adapter.get_info();
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("blindspots"),
            required_limits: wgpu::Limits::default().or_worse_values_from(&adapter.limits()),
            ..Default::default()
        };
        let (device, queue) = adapter.request_device(&descriptor).await.map_err(|e| none(&e))?;
        let faults = Arc::new(Mutex::new(Faults::default()));
        watch(&device, &faults);
        let name = if info.name.is_empty() { "unnamed adapter" } else { &info.name };
        Ok(Arc::new(GpuContext {
            adapter: format!("{name} ({:?})", info.backend),
            software: info.device_type == wgpu::DeviceType::Cpu,
            device,
            queue,
            faults,
            cache: Mutex::default(),
        }))
    }

    /// Like [`GpuContext::open`], for up to a second where a browser that has WebGPU gives no
    /// adapter: it gives none while it starts its graphics process again (Chromium: for 0.1 s).
    ///
    /// # Errors
    /// As [`GpuContext::open`].
    #[cfg(target_arch = "wasm32")]
    pub async fn open_patiently() -> Result<Arc<GpuContext>, ExecError> {
        const TRIES: u32 = 4;
        const PAUSE_MS: u32 = 250;
        for _ in 0..TRIES {
            match GpuContext::open().await {
                Err(ExecError::NoDevice(_)) if web::has_webgpu() => web::sleep(PAUSE_MS).await,
                opened => return opened,
            }
        }
        GpuContext::open().await
    }

    /// The adapter's name and backend, for people.
    #[must_use]
    pub fn adapter(&self) -> &str {
        &self.adapter
    }

    /// Whether the adapter is a processor in disguise.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.software
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &wgpu::Device {
        &self.device
    }

    /// The device's queue.
    #[must_use]
    pub fn queue(&self) -> &wgpu::Queue {
        &self.queue
    }

    /// What was reported since the last call.
    ///
    /// # Errors
    /// [`ExecError::DeviceLost`] from the loss on, at every call;
    /// [`ExecError::Device`] once for an error that came to no other place.
    pub fn check(&self) -> Result<(), ExecError> {
        // A device that is lost says so while it is polled; the web needs no poll.
        let _ = self.device.poll(wgpu::PollType::Poll);
        let mut faults = locked(&self.faults);
        if let Some(reason) = &faults.lost {
            return Err(ExecError::DeviceLost(reason.clone()));
        }
        faults.error.take().map_or(Ok(()), |error| Err(ExecError::Device(error)))
    }

    /// A kernel's pipeline, specialised by constants; made once.
    #[must_use]
    pub fn pipeline(
        &self,
        kernel: &'static Kernel,
        constants: &[(&'static str, f64)],
    ) -> wgpu::ComputePipeline {
        let key = (kernel.name, constants.iter().map(|(n, v)| (*n, v.to_bits())).collect());
        let cache = &mut *locked(&self.cache);
        if let Some(pipeline) = cache.pipelines.get(&key) {
            return pipeline.clone();
        }
        let layout = self.layout_in(cache, kernel);
        let module = cache.modules.entry(kernel.source).or_insert_with(|| {
            self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(kernel.name),
                source: wgpu::ShaderSource::Wgsl(kernel.source.into()),
            })
        });
        let pipeline_layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(kernel.name),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(kernel.name),
            layout: Some(&pipeline_layout),
            module,
            entry_point: Some(kernel.name),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants,
                // Every kernel writes its workgroup memory before it reads it.
                zero_initialize_workgroup_memory: false,
            },
            cache: None,
        });
        cache.pipelines.insert(key, pipeline.clone());
        pipeline
    }

    /// The layout of a kernel's only bind group; made once for equal bindings.
    #[must_use]
    pub fn layout(&self, kernel: &'static Kernel) -> wgpu::BindGroupLayout {
        self.layout_in(&mut locked(&self.cache), kernel)
    }

    fn layout_in(&self, cache: &mut Cache, kernel: &'static Kernel) -> wgpu::BindGroupLayout {
        let make = || {
            let entries: Vec<_> = bindings(kernel).collect();
            self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some(kernel.name),
                entries: &entries,
            })
        };
        cache.layouts.entry((kernel.params, kernel.storage)).or_insert_with(make).clone()
    }

    /// Maps a buffer's first bytes, shows them, unmaps it.
    ///
    /// # Errors
    /// What [`GpuContext::check`] finds, or [`ExecError::Device`] if the
    /// mapping failed for another reason.
    pub async fn read<T>(
        &self,
        meter: &mut Meter,
        buffer: &wgpu::Buffer,
        bytes: u64,
        show: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, ExecError> {
        let (sender, receiver) = oneshot::channel();
        buffer.map_async(wgpu::MapMode::Read, 0..bytes, move |result| {
            // Nobody listens any more if the read-back was abandoned.
            let _ = sender.send(result);
        });
        meter.readback();
        let answer = self.settled(receiver, None).await;
        self.check()?;
        let failed = |error: &dyn std::fmt::Display| ExecError::Device(error.to_string());
        match answer {
            Some(Ok(())) => {}
            Some(Err(error)) => return Err(failed(&error)),
            None => return Err(failed(&"a read-back was never answered")),
        }
        let view = buffer.get_mapped_range(0..bytes).map_err(|e| failed(&e))?;
        let shown = show(&view);
        drop(view);
        buffer.unmap();
        Ok(shown)
    }

    /// Takes note of what was handed to the queue last, so that it can be waited for.
    #[must_use]
    pub fn submitted(&self, index: wgpu::SubmissionIndex) -> Submitted {
        let (sender, done) = oneshot::channel();
        self.queue.on_submitted_work_done(move || {
            // Nobody listens any more if the work was abandoned.
            let _ = sender.send(());
        });
        Submitted { index, done }
    }

    /// Waits until work is finished; nothing is read back.
    ///
    /// # Errors
    /// What [`GpuContext::check`] finds.
    pub async fn finished(&self, work: Submitted) -> Result<(), ExecError> {
        let answer = self.settled(work.done, Some(work.index)).await;
        self.check()?;
        answer.ok_or_else(|| ExecError::Device("a submit was never answered".into()))
    }

    /// Waits for a callback of the device, behind a submit or behind all of them.
    #[cfg(not(target_arch = "wasm32"))]
    async fn settled<T>(
        &self,
        mut receiver: oneshot::Receiver<T>,
        submission_index: Option<wgpu::SubmissionIndex>,
    ) -> Option<T> {
        loop {
            let submission_index = submission_index.clone();
            // A device that cannot be waited for is found lost below.
            let _ = self.device.poll(wgpu::PollType::Wait { submission_index, timeout: None });
            match receiver.try_recv() {
                Ok(Some(answer)) => return Some(answer),
                Err(oneshot::Canceled) => return None,
                Ok(None) if locked(&self.faults).lost.is_some() => return None,
                // Another thread's poll has taken our callback and is about to call it.
                Ok(None) => std::thread::yield_now(),
            }
        }
    }

    /// Waits for a callback of the device.
    #[cfg(target_arch = "wasm32")]
    async fn settled<T>(
        &self,
        mut receiver: oneshot::Receiver<T>,
        _: Option<wgpu::SubmissionIndex>,
    ) -> Option<T> {
        if !web::needs_nudging() {
            return receiver.await.ok();
        }
        loop {
            match receiver.try_recv() {
                Ok(Some(answer)) => return Some(answer),
                Ok(None) => {}
                Err(oneshot::Canceled) => return None,
            }
            web::sleep(1).await;
            self.queue.submit([]);
        }
    }
}

/// Has losses and stray errors recorded.
fn watch(device: &wgpu::Device, faults: &Arc<Mutex<Faults>>) {
    let of_loss = Arc::clone(faults);
    device.set_device_lost_callback(move |reason, message| {
        let text = if message.is_empty() { format!("{reason:?}") } else { message };
        locked(&of_loss).lost.get_or_insert(text);
    });
    let of_errors = Arc::clone(faults);
    device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
        let text = match &error {
            wgpu::Error::OutOfMemory { .. } => "out of memory".to_string(),
            other => other.to_string(),
        };
        // The first error is the cause of those that follow.
        locked(&of_errors).error.get_or_insert(text);
    }));
}

/// Binding 0, the uniform at a dynamic offset, and the storage buffers.
fn bindings(kernel: &'static Kernel) -> impl Iterator<Item = wgpu::BindGroupLayoutEntry> {
    let entry = |binding, ty, has_dynamic_offset, size| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty,
            has_dynamic_offset,
            min_binding_size: std::num::NonZeroU64::new(size),
        },
        count: None,
    };
    let uniform = entry(0, wgpu::BufferBindingType::Uniform, true, kernel.params as u64);
    let storage = kernel.storage.iter().enumerate().map(move |(index, access)| {
        let read_only = *access == Access::Read;
        entry(index as u32 + 1, wgpu::BufferBindingType::Storage { read_only }, false, 0)
    });
    std::iter::once(uniform).chain(storage)
}

/// What the browser's event loop is needed for.
#[cfg(target_arch = "wasm32")]
mod web {
    use wasm_bindgen::{JsCast, JsValue};

    /// What the browser says of itself.
    fn navigator(property: &str) -> Option<JsValue> {
        let get = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &JsValue::from_str(name));
        get(&js_sys::global(), "navigator").and_then(|navigator| get(&navigator, property)).ok()
    }

    /// Firefox looks for finished work at the next submit or every 100 ms.
    pub(super) fn needs_nudging() -> bool {
        navigator("userAgent")
            .and_then(|agent| agent.as_string())
            .is_some_and(|agent| agent.contains("Firefox/"))
    }

    /// Whether there is someone to be asked for an adapter.
    pub(super) fn has_webgpu() -> bool {
        navigator("gpu").is_some_and(|gpu| gpu.is_object())
    }

    /// Returns to the event loop for a number of milliseconds.
    pub(super) async fn sleep(milliseconds: u32) {
        let global = js_sys::global();
        let timer = js_sys::Reflect::get(&global, &JsValue::from_str("setTimeout"));
        let Some(timer) = timer.ok().and_then(|t| t.dyn_into::<js_sys::Function>().ok()) else {
            return;
        };
        let promise = js_sys::Promise::new(&mut |resolve, _| {
            // Without a timer the promise would never end; resolve at once.
            if timer.call2(&global, &resolve, &JsValue::from(milliseconds)).is_err() {
                let _ = resolve.call0(&JsValue::UNDEFINED);
            }
        });
        let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
    }
}
