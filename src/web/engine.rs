//! The engine that a worker owns: requests in, responses out.
//!
//! `call` answers one [`Request`]; heavy work pauses about every
//! [`PATIENCE`] milliseconds so that the worker can take a cancellation. Calls
//! that use the same model wait for each other. A lost device is answered by a
//! fresh one, and if there is none, by the processor.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use js_sys::{Float32Array, Function, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::attacks::{attack_one, transfer};
use super::buffers::array;
use super::messages::{
    Backend, BackendChoice, BackendKind, Failure, ModelInfo, Pixels, Reading, Request, Response,
};
use super::models::{Loaded, Models};
use super::{slice, transfers, units};
use crate::attack::{self, AttackError, Observer};
use crate::clock::milliseconds as now;
use crate::digit::{self, DigitError};
use crate::exec::loss::{predicted, probabilities};
use crate::exec::{Evaluation, ExecError, Goal};
use crate::import::{self, ImportError, LoadOptions};
use crate::model::{CLASSES, OutputKind, PIXELS};
use crate::study::certify::CertifyError;
use crate::study::slice::SliceError;
use crate::study::units::UnitsError;

/// Milliseconds of work between two looks at the worker's messages.
const PATIENCE: f64 = 30.0;

/// Milliseconds between two words of progress.
const PROGRESS: f64 = 60.0;

/// The surface of the Wasm module.
#[wasm_bindgen]
pub struct Engine {
    models: Rc<RefCell<Models>>,
    cancelled: Rc<RefCell<HashSet<u32>>>,
}

impl Default for Engine {
    fn default() -> Engine {
        Engine::new()
    }
}

#[wasm_bindgen]
impl Engine {
    /// An engine without models; ask it to `open` first.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Engine {
        console_error_panic_hook::set_once();
        Engine { models: Rc::default(), cancelled: Rc::default() }
    }

    /// Answers one request; rejects with a `Failure`.
    ///
    /// `progress` is called with a `Progress` object now and then.
    pub async fn call(
        &self,
        run: u32,
        request: JsValue,
        progress: Function,
    ) -> Result<JsValue, JsValue> {
        let (models, cancelled) = (self.models.clone(), self.cancelled.clone());
        let images = Reflect::get(&request, &"images".into()).ok();
        let result = async {
            let (message, arrays) = lend(&request);
            let read = || serde_wasm_bindgen::from_value::<Request>(message);
            let request =
                array::lending(arrays, read).map_err(|e| failure("bad-request", e.to_string()))?;
            let page = Page::new(run, cancelled.clone(), progress);
            answer(&models, request, page).await
        }
        .await;
        cancelled.borrow_mut().remove(&run);
        let convert = |e: serde_wasm_bindgen::Error| JsValue::from_str(&e.to_string());
        match result {
            Ok(response) => {
                let spare = images.and_then(|images| images.dyn_into().ok());
                array::reusing(spare, || to_js(&response)).map_err(convert)
            }
            Err(failure) => Err(to_js(&failure).map_err(convert)?),
        }
    }

    /// Asks a running call to end early.
    pub fn cancel(&self, run: u32) {
        self.cancelled.borrow_mut().insert(run);
    }
}

/// A message as an object; what is absent is `null`, as the generated types say.
fn to_js(message: &impl Serialize) -> Result<JsValue, serde_wasm_bindgen::Error> {
    message.serialize(&serde_wasm_bindgen::Serializer::new().serialize_missing_as_null(true))
}

/// A failure with a stable code.
pub(super) fn failure(code: &str, message: impl Into<String>) -> Failure {
    Failure { code: code.into(), message: message.into() }
}

macro_rules! fails_with_its_code {
    ($($error:ty),+) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Failure {
                failure(error.code(), error.to_string())
            }
        })+
    };
}

fails_with_its_code!(
    ImportError,
    ExecError,
    AttackError,
    DigitError,
    SliceError,
    UnitsError,
    CertifyError
);

/// A shallow copy of a request in which numbers stand for its float arrays, and these.
fn lend(request: &JsValue) -> (JsValue, Vec<Float32Array>) {
    let mut arrays = Vec::new();
    let Some(object) = request.dyn_ref::<Object>() else { return (request.clone(), arrays) };
    let copy = Object::assign(&Object::new(), object);
    for key in Object::keys(&copy).iter() {
        let value = Reflect::get(&copy, &key).unwrap_or(JsValue::UNDEFINED);
        if let Ok(floats) = value.dyn_into::<Float32Array>() {
            // A property of a plain object that was just copied can be set.
            let _ = Reflect::set(&copy, &key, &(arrays.len() as u32).into());
            arrays.push(floats);
        }
    }
    (copy.into(), arrays)
}

async fn answer(
    models: &Rc<RefCell<Models>>,
    request: Request,
    mut page: Page,
) -> Result<Response, Failure> {
    match request {
        Request::Open { backend } => {
            let backend = open(models, backend).await?;
            Ok(Response::Backend { backend })
        }
        Request::Load { bytes, name } => load(models, &bytes.0, name).await.map(Response::Model),
        Request::Unload { model } => {
            models.borrow_mut().remove(model);
            Ok(Response::Done)
        }
        Request::Classify { models: wanted, images } => {
            let mut readings = Vec::with_capacity(wanted.len());
            for id in wanted {
                readings.push(classify(models, id, &images.0).await?);
            }
            Ok(Response::Readings { readings })
        }
        Request::Gradient { model, images, labels } => {
            let gradient = gradient(models, model, &images.0, &labels.0).await?;
            Ok(Response::Gradient { gradient: Pixels(gradient) })
        }
        Request::Attack(request) => {
            attack_one(models, request, &mut page).await.map(Response::Attacked)
        }
        Request::Transfer(request) => {
            transfer(models, request, &mut page).await.map(Response::Transferred)
        }
        Request::Bounds(request) => {
            super::bounds::bounds(models, request).await.map(Response::Bounds)
        }
        Request::Certify(request) => {
            super::bounds::certify(models, request, &mut page).await.map(Response::Certified)
        }
        Request::Slice(request) => {
            slice::slice(models, request, &mut page).await.map(Response::Slice)
        }
        Request::Examples(request) => {
            transfers::examples(models, request, &mut page).await.map(Response::Examples)
        }
        Request::Labels { models: wanted, images } => {
            transfers::labels(models, &wanted, &images.0).await.map(Response::Labels)
        }
        Request::Noise { image, distortion, seed } => {
            attack::check_distortion(distortion)?;
            let noisy = |image| attack::noise::gaussian(image, distortion, u64::from(seed));
            let images = image.0.chunks(PIXELS).flat_map(noisy).collect();
            Ok(Response::Image { image: Pixels(images) })
        }
        Request::Rasterise { strokes } => {
            Ok(Response::Image { image: Pixels(digit::rasterise(&strokes)?) })
        }
        Request::Digits { images, labels } => {
            let digits = digit::idx::read_digits(&images.0, &labels.0)?;
            Ok(Response::Digits {
                images: Pixels(digits.images),
                labels: digits.labels.into_iter().map(u32::from).collect(),
            })
        }
        Request::Units(request) => {
            units::answer(models, request, &mut page).await.map(Response::Units)
        }
        Request::Memory => Ok(Response::Memory(models.borrow().memory())),
    }
}

async fn open(models: &Rc<RefCell<Models>>, choice: BackendChoice) -> Result<Backend, Failure> {
    let context = Models::context(models).await;
    if let (BackendChoice::Webgpu, Err(error)) = (choice, &context) {
        return Err(error.clone().into());
    }
    models.borrow_mut().choice = choice;
    // Every model moves to the backend that is asked for.
    let ids = models.borrow().ids();
    for id in ids {
        let loaded = taken(models, id).await?;
        let moved = Models::placed(models, loaded.network.clone(), loaded.name.clone()).await;
        let (kept, error) = match moved {
            Ok(moved) => (moved, None),
            Err(error) => (loaded, Some(error)),
        };
        models.borrow_mut().put(id, kept);
        if let Some(error) = error {
            return Err(error.into());
        }
    }
    Ok(models.borrow().backend())
}

async fn load(
    models: &Rc<RefCell<Models>>,
    bytes: &[u8],
    name: String,
) -> Result<ModelInfo, Failure> {
    let network = Arc::new(import::load(bytes, &LoadOptions::default())?);
    let loaded = Models::placed(models, network.clone(), name.clone()).await?;
    let backend = loaded.kind();
    let id = models.borrow_mut().add(loaded);
    let output = match network.output {
        OutputKind::Logits => "logits",
        OutputKind::Probabilities => "probabilities",
        OutputKind::LogProbabilities => "log-probabilities",
    };
    Ok(ModelInfo {
        id,
        name,
        input: network.input_shape.iter().map(|n| *n as u32).collect(),
        classes: CLASSES as u32,
        parameters: network.parameters() as u32,
        output: output.into(),
        backend,
    })
}

/// Waits until no other call uses the model and takes it out.
async fn taken(models: &Rc<RefCell<Models>>, id: u32) -> Result<Loaded, Failure> {
    loop {
        match models.borrow_mut().take(id) {
            Some(Some(loaded)) => return Ok(loaded),
            Some(None) => {}
            None => {
                let message = format!("there is no model number {id}; load it first");
                return Err(failure("no-such-model", message));
            }
        }
        breathe().await;
    }
}

/// Runs work on a model, once more on a fresh backend if the device was lost meanwhile.
pub(super) async fn with<T>(
    models: &Rc<RefCell<Models>>,
    id: u32,
    mut work: impl AsyncFnMut(&mut Loaded) -> Result<T, Failure>,
) -> Result<T, Failure> {
    with_all(models, &[id], async |loaded| work(&mut loaded[0]).await).await
}

/// The same on several models, in the order of their numbers.
pub(super) async fn with_all<T>(
    models: &Rc<RefCell<Models>>,
    ids: &[u32],
    mut work: impl AsyncFnMut(&mut [Loaded]) -> Result<T, Failure>,
) -> Result<T, Failure> {
    // Whoever waits for a model holds only models of smaller numbers, so no two wait for each other.
    let ordered: BTreeSet<u32> = ids.iter().copied().collect();
    let mut all = Vec::with_capacity(ordered.len());
    let mut result = Ok(());
    for id in &ordered {
        match taken(models, *id).await {
            Ok(loaded) => all.push(loaded),
            Err(error) => {
                result = Err(error);
                break;
            }
        }
    }
    let result = match result {
        Ok(()) => {
            let first = work(&mut all).await;
            if first.as_ref().is_err_and(|f| f.code == "device-lost") {
                models.borrow_mut().device_lost();
                match placed_again(models, &mut all).await {
                    Ok(()) => work(&mut all).await,
                    Err(error) => Err(error.into()),
                }
            } else {
                first
            }
        }
        Err(error) => Err(error),
    };
    for (id, loaded) in ordered.iter().zip(all) {
        models.borrow_mut().put(*id, loaded);
    }
    result
}

/// Gives models a fresh backend.
async fn placed_again(models: &Rc<RefCell<Models>>, all: &mut [Loaded]) -> Result<(), ExecError> {
    for loaded in all {
        *loaded = Models::placed(models, loaded.network.clone(), loaded.name.clone()).await?;
    }
    Ok(())
}

pub(super) async fn classify(
    models: &Rc<RefCell<Models>>,
    id: u32,
    images: &[f32],
) -> Result<Vec<Reading>, Failure> {
    with(models, id, async |loaded| {
        let logits = loaded.executor.logits(images).await?;
        logits
            .chunks_exact(CLASSES)
            .map(|logits| {
                let label = predicted(logits).ok_or_else(|| {
                    failure("not-a-number", format!("{} answers with NaN", loaded.name))
                })?;
                Ok(Reading {
                    label: label as u32,
                    probabilities: probabilities(logits),
                    logits: logits.to_vec(),
                })
            })
            .collect()
    })
    .await
}

async fn gradient(
    models: &Rc<RefCell<Models>>,
    id: u32,
    images: &[f32],
    labels: &[u8],
) -> Result<Vec<f32>, Failure> {
    let labels = labels.iter().map(|label| usize::from(*label));
    if let Some(class) = labels.clone().find(|class| *class >= CLASSES) {
        return Err(AttackError::NoSuchClass { class }.into());
    }
    let goals: Vec<Goal> = labels.map(Goal::cross_entropy).collect();
    with(models, id, async |loaded| {
        let mut evaluation = Evaluation::default();
        loaded.executor.evaluate(images, &goals, &mut evaluation).await?;
        Ok(evaluation.gradients)
    })
    .await
}

/// The page that waits for a run: takes progress, may cancel.
pub(super) struct Page {
    run: u32,
    cancelled: Rc<RefCell<HashSet<u32>>>,
    progress: Function,
    told: f64,
    paused: f64,
    /// Which of how many attacks this run is at.
    pub(super) part: (usize, usize),
}

impl Page {
    fn new(run: u32, cancelled: Rc<RefCell<HashSet<u32>>>, progress: Function) -> Page {
        Page { run, cancelled, progress, told: 0.0, paused: now(), part: (0, 1) }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.borrow().contains(&self.run)
    }
}

impl Observer for Page {
    fn progress(&mut self, progress: attack::Progress<'_>) {
        if now() - self.told < PROGRESS {
            return;
        }
        self.told = now();
        let message = super::messages::Progress {
            fraction: (self.part.0 as f32 + progress.fraction) / self.part.1 as f32,
            evaluations: progress.evaluations as u32,
            best_l2: progress.best.map(|(_, l2)| l2),
            best_image: progress.best.map(|(image, _)| Pixels(image.to_vec())),
        };
        if let Ok(message) = to_js(&message) {
            // What a listener throws is the listener's affair.
            let _ = self.progress.call1(&JsValue::NULL, &message);
        }
    }

    async fn pause(&mut self) -> bool {
        if now() - self.paused >= PATIENCE {
            breathe().await;
            self.paused = now();
        }
        self.is_cancelled()
    }
}

#[wasm_bindgen(inline_js = r#"
const waiting = [];
const channel = new MessageChannel();
channel.port1.onmessage = () => waiting.shift()();
export function breathe() {
  return new Promise((resolve) => { waiting.push(resolve); channel.port2.postMessage(0); });
}
"#)]
extern "C" {
    #[wasm_bindgen(js_name = breathe)]
    fn breathe_promise() -> js_sys::Promise;
}

/// Lets the worker answer messages: a turn of its event loop.
async fn breathe() {
    // The promise only ever resolves.
    let _ = wasm_bindgen_futures::JsFuture::from(breathe_promise()).await;
}

impl Loaded {
    fn kind(&self) -> BackendKind {
        match self.executor {
            crate::exec::Executor::Cpu(_) => BackendKind::Cpu,
            crate::exec::Executor::Gpu(_) => BackendKind::Webgpu,
        }
    }
}
