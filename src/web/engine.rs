//! The engine that a worker owns: requests in, responses out.
//!
//! `call` answers one [`Request`]; heavy work pauses about every
//! [`PATIENCE`] milliseconds so that the worker can take a cancellation. Calls
//! that use the same model wait for each other. A lost device is answered by a
//! fresh one, and if there is none, by the processor.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use js_sys::{Float32Array, Function, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::messages::{
    AttackReport, AttackRequest, Backend, BackendChoice, BackendKind, CostReport, Failure,
    MethodName, ModelInfo, Pixels, Reading, Request, Response, TransferReport, TransferRequest,
    TransferRow,
};
use super::models::{Loaded, Models};
use crate::attack::{self, AttackError, Method, Observer, Problem, Report};
use crate::digit::{self, DigitError};
use crate::exec::loss::{predicted, probabilities};
use crate::exec::{Cost, Evaluation, ExecError, Goal};
use crate::model::{CLASSES, ImportError, OutputKind, PIXELS};

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
        let result = async {
            let request: Request = serde_wasm_bindgen::from_value(lend(&request))
                .map_err(|e| failure("bad-request", e.to_string()))?;
            let page = Page::new(run, cancelled.clone(), progress);
            answer(&models, request, page).await
        }
        .await;
        cancelled.borrow_mut().remove(&run);
        let convert = |e: serde_wasm_bindgen::Error| JsValue::from_str(&e.to_string());
        match result {
            Ok(response) => serde_wasm_bindgen::to_value(&response).map_err(convert),
            Err(failure) => Err(serde_wasm_bindgen::to_value(&failure).map_err(convert)?),
        }
    }

    /// Asks a running call to end early.
    pub fn cancel(&self, run: u32) {
        self.cancelled.borrow_mut().insert(run);
    }
}

/// A failure with a stable code.
fn failure(code: &str, message: impl Into<String>) -> Failure {
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

fails_with_its_code!(ImportError, ExecError, AttackError, DigitError);

/// A shallow copy of a request whose float arrays are views on their bytes.
fn lend(request: &JsValue) -> JsValue {
    let Some(object) = request.dyn_ref::<Object>() else { return request.clone() };
    let copy = Object::assign(&Object::new(), object);
    for key in Object::keys(&copy).iter() {
        let value = Reflect::get(&copy, &key).unwrap_or(JsValue::UNDEFINED);
        if let Some(floats) = value.dyn_ref::<Float32Array>() {
            let bytes = Uint8Array::new_with_byte_offset_and_length(
                &floats.buffer(),
                floats.byte_offset(),
                floats.byte_length(),
            );
            // A property of a plain object that was just copied can be set.
            let _ = Reflect::set(&copy, &key, &bytes);
        }
    }
    copy.into()
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
            let gradient = gradient(models, model, &images.0, &labels).await?;
            Ok(Response::Gradient { gradient: Pixels(gradient) })
        }
        Request::Attack(request) => {
            attack_one(models, request, &mut page).await.map(Response::Attacked)
        }
        Request::Transfer(request) => {
            transfer(models, request, &mut page).await.map(Response::Transferred)
        }
        Request::Noise { image, distortion, seed } => {
            let image = attack::noise::gaussian(&image.0, distortion, u64::from(seed));
            Ok(Response::Image { image: Pixels(image) })
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
    let network = Arc::new(crate::model::load(bytes)?);
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
async fn with<T>(
    models: &Rc<RefCell<Models>>,
    id: u32,
    mut work: impl AsyncFnMut(&mut Loaded) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut loaded = taken(models, id).await?;
    let mut result = work(&mut loaded).await;
    if result.as_ref().is_err_and(|f| f.code == "device-lost") {
        models.borrow_mut().device_lost();
        match Models::placed(models, loaded.network.clone(), loaded.name.clone()).await {
            Ok(again) => {
                loaded = again;
                result = work(&mut loaded).await;
            }
            Err(error) => result = Err(error.into()),
        }
    }
    models.borrow_mut().put(id, loaded);
    result
}

async fn classify(
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
    labels: &[u32],
) -> Result<Vec<f32>, Failure> {
    let labels = labels.iter().map(|label| *label as usize);
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

fn method(name: Option<MethodName>) -> Method {
    match name.unwrap_or_default() {
        MethodName::Szegedy => Method::Szegedy,
        MethodName::Boundary => Method::Boundary,
    }
}

async fn attack_one(
    models: &Rc<RefCell<Models>>,
    request: AttackRequest,
    page: &mut Page,
) -> Result<AttackReport, Failure> {
    let label = match request.label {
        Some(label) => label,
        None if request.image.0.len() == PIXELS => {
            classify(models, request.model, &request.image.0).await?[0].label
        }
        None => 0, // The attack itself says what is wrong with the image.
    };
    let problem = Problem {
        image: request.image.0,
        label: label as usize,
        target: request.target.map(|t| t as usize),
    };
    let (report, cost) =
        solve(models, request.model, problem, method(request.method), page).await?;
    Ok(AttackReport {
        success: report.success,
        label: report.predicted as u32,
        original_label: report.label as u32,
        l2: report.distance.l2,
        linf: report.distance.linf,
        distortion: report.distance.distortion,
        rounded_still_fools: report.rounded_still_fools,
        evaluations: report.evaluations as u32,
        stop: report.stop.name().into(),
        image: report.image.map(Pixels),
        cost,
    })
}

/// Attacks one problem and says what it cost.
async fn solve(
    models: &Rc<RefCell<Models>>,
    model: u32,
    problem: Problem,
    method: Method,
    page: &mut Page,
) -> Result<(Report, CostReport), Failure> {
    let problems = [problem];
    with(models, model, async |loaded| {
        let started = now();
        let before: Cost = loaded.executor.cost();
        let mut reports = attack::attack(&mut loaded.executor, &problems, method, page).await?;
        let cost = loaded.executor.cost() - before;
        let report = reports.pop().ok_or_else(|| failure("internal", "no report"))?;
        let cost = CostReport {
            milliseconds: now() - started,
            dispatches: cost.dispatches as u32,
            submits: cost.submits as u32,
            readbacks: cost.readbacks as u32,
        };
        Ok((report, cost))
    })
    .await
}

async fn transfer(
    models: &Rc<RefCell<Models>>,
    request: TransferRequest,
    page: &mut Page,
) -> Result<TransferReport, Failure> {
    let image = request.image.0;
    let label = match request.label {
        Some(label) => label,
        None => majority(models, &request.models, &image).await?,
    };
    let mut shown: Vec<(Option<u32>, Option<Vec<f32>>)> = Vec::new();
    for (index, model) in request.models.iter().enumerate() {
        page.part = (index, request.models.len());
        let problem = Problem { image: image.clone(), label: label as usize, target: None };
        let (report, _) = solve(models, *model, problem, method(request.method), page).await?;
        let made = report.image.map(|x| match request.distortion {
            Some(distortion) => magnified(&image, &x, distortion),
            None => x,
        });
        shown.push((Some(*model), made));
        if page.is_cancelled() {
            return Err(failure("aborted", "the transfer was cancelled"));
        }
    }
    let seed = u64::from(request.seed.unwrap_or(0));
    for row in 0..shown.len() {
        let noise = shown[row].1.as_ref().map(|x| {
            let distortion = attack::Distance::between(&image, x).distortion;
            attack::noise::gaussian(&image, distortion, seed + row as u64)
        });
        shown.push((None, noise));
    }
    let mut rows = Vec::with_capacity(shown.len());
    for (source, made) in shown {
        let mut labels = Vec::with_capacity(request.models.len());
        for model in &request.models {
            let read = made.as_ref().unwrap_or(&image);
            labels.push(classify(models, *model, read).await?[0].label);
        }
        rows.push(TransferRow {
            source,
            distortion: made
                .as_ref()
                .map_or(0.0, |x| attack::Distance::between(&image, x).distortion),
            errors: labels.iter().map(|l| *l != label).collect(),
            labels,
            image: made.map(Pixels),
        });
    }
    Ok(TransferReport { models: request.models, label, rows })
}

/// The perturbation rescaled to a distortion, then clipped (PAPER, Table 4).
fn magnified(original: &[f32], adversarial: &[f32], distortion: f32) -> Vec<f32> {
    let now = attack::Distance::between(original, adversarial).distortion;
    let factor = if now > 0.0 { distortion / now } else { 0.0 };
    original.iter().zip(adversarial).map(|(x, a)| (x + factor * (a - x)).clamp(0.0, 1.0)).collect()
}

/// What most of the models read; at a tie, the smaller class.
async fn majority(
    models: &Rc<RefCell<Models>>,
    ids: &[u32],
    image: &[f32],
) -> Result<u32, Failure> {
    let mut votes = [0usize; CLASSES];
    for id in ids {
        votes[classify(models, *id, image).await?[0].label as usize] += 1;
    }
    let most = votes.iter().copied().max().unwrap_or(0);
    Ok(votes.iter().position(|v| *v == most).unwrap_or(0) as u32)
}

/// The page that waits for a run: takes progress, may cancel.
struct Page {
    run: u32,
    cancelled: Rc<RefCell<HashSet<u32>>>,
    progress: Function,
    told: f64,
    paused: f64,
    /// Which of how many attacks this run is at.
    part: (usize, usize),
}

impl Page {
    fn new(run: u32, cancelled: Rc<RefCell<HashSet<u32>>>, progress: Function) -> Page {
        Page { run, cancelled, progress, told: 0.0, paused: now(), part: (0, 1) }
    }

    fn is_cancelled(&self) -> bool {
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
        if let Ok(message) = serde_wasm_bindgen::to_value(&message) {
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
export function now() { return performance.now(); }
const waiting = [];
const channel = new MessageChannel();
channel.port1.onmessage = () => waiting.shift()();
export function breathe() {
  return new Promise((resolve) => { waiting.push(resolve); channel.port2.postMessage(0); });
}
"#)]
extern "C" {
    /// Milliseconds on the page's clock.
    fn now() -> f64;

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
