//! The engine that a worker owns: a table of requests and what answers them.
//!
//! `call` answers one [`Request`]; heavy work pauses now and then so that the
//! worker can take a cancellation. Calls that use the same model wait for each
//! other. A lost device is answered by a fresh one, and if there is none, by
//! the processor.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::bounds::Bounded;
use super::buffers::{array, to_js};
use super::failure::failure;
use super::messages::{Failure, Request, Response};
use super::models::Shared;
use super::page::{Page, Runs};
use super::sets::DataSets;
use super::units::Exhibits;
use super::{attacks, bounds, images, lessons, loading, readings, slice, tagged, transfers, units};
use crate::code::Code;

/// The surface of the Wasm module.
#[wasm_bindgen]
pub struct Engine {
    rooms: Rc<Rooms>,
    runs: Runs,
}

/// What an engine keeps between calls.
#[derive(Default)]
struct Rooms {
    models: Shared,
    /// How far answers of models can move.
    bounded: RefCell<Bounded>,
    /// What layers of models answer to some images.
    exhibits: RefCell<Exhibits>,
    sets: RefCell<DataSets>,
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
        Engine { rooms: Rc::default(), runs: Rc::default() }
    }

    /// Answers one request.
    ///
    /// `progress` is called with a `Progress` object now and then.
    ///
    /// # Errors
    /// Rejects with a `Failure`.
    pub fn call(&self, run: u32, request: JsValue, progress: Function) -> Promise {
        // Known from now on: what is cancelled later than it ends is not kept.
        self.runs.borrow_mut().insert(run, false);
        future_to_promise(answer(self.rooms.clone(), self.runs.clone(), run, request, progress))
    }

    /// Asks a running call to end early.
    pub fn cancel(&self, run: u32) {
        if let Some(cancelled) = self.runs.borrow_mut().get_mut(&run) {
            *cancelled = true;
        }
    }

    /// After an answer: what runs since a device failed, as the answer to `open`; nothing where none failed
    /// since this was last asked.
    #[must_use]
    pub fn moved(&self) -> JsValue {
        let Some(placements) = self.rooms.models.borrow_mut().news() else {
            return JsValue::UNDEFINED;
        };
        let backend = self.rooms.models.borrow().backend();
        to_js(&Response::Backend { backend, placements }).unwrap_or(JsValue::UNDEFINED)
    }
}

/// The answer to one request, as `Engine::call` promises it.
async fn answer(
    rooms: Rc<Rooms>,
    runs: Runs,
    run: u32,
    request: JsValue,
    progress: Function,
) -> Result<JsValue, JsValue> {
    let images = Reflect::get(&request, &"images".into()).ok();
    let result = async {
        let (message, arrays) = array::lend(&request);
        let read = || serde_wasm_bindgen::from_value::<Request>(tagged::outside(&message));
        let request =
            array::lending(arrays, read).map_err(|e| failure(Code::BadRequest, e.to_string()))?;
        let mut page = Page::new(run, runs.clone(), progress);
        rooms.answer(request, &mut page).await
    }
    .await;
    runs.borrow_mut().remove(&run);
    let convert = |e: serde_wasm_bindgen::Error| JsValue::from_str(&e.to_string());
    match result {
        Ok(response) => {
            let spare = images.and_then(|images| images.dyn_into().ok());
            array::reusing(spare, || to_js(&response)).map_err(convert)
        }
        Err(failure) => Err(to_js(&failure).map_err(convert)?),
    }
}

impl Rooms {
    async fn answer(&self, request: Request, page: &mut Page) -> Result<Response, Failure> {
        let Rooms { models, bounded, exhibits, sets } = self;
        Ok(match request {
            Request::Open { backend } => loading::open(models, backend).await?,
            Request::Load { bytes, name } => {
                Response::Model(loading::load(models, &bytes.0, name).await?)
            }
            Request::Unload { model } => {
                models.borrow_mut().remove(model);
                exhibits.borrow_mut().without(model);
                bounded.borrow_mut().without(model);
                Response::Done
            }
            Request::Classify { models: wanted, images } => {
                readings::classify_all(models, &wanted, &images.0, page).await?
            }
            Request::Gradient { model, images, labels } => {
                readings::gradient(models, model, &images.0, &labels, page).await?
            }
            Request::Labels { models: wanted, images } => {
                Response::Labels(readings::labels(models, &wanted, &images.0, page).await?)
            }
            Request::Attack(request) => {
                Response::Attacked(attacks::attack_one(models, request, page).await?)
            }
            Request::Transfer(request) => {
                Response::Transferred(transfers::transfer(models, request, page).await?)
            }
            Request::Examples(request) => {
                Response::Examples(transfers::examples(models, sets, request, page).await?)
            }
            Request::Show(request) => {
                Response::Shown(transfers::show(models, sets, request, page).await?)
            }
            Request::Compare(request) => {
                Response::Compared(transfers::compare(models, request, page).await?)
            }
            Request::Bounds(request) => {
                Response::Bounds(bounds::bounds(models, bounded, request, page).await?)
            }
            Request::Certify(request) => {
                Response::Certified(bounds::certify(models, bounded, request, page).await?)
            }
            Request::Slice(request) => Response::Slice(slice::slice(models, request, page).await?),
            Request::Units(request) => {
                Response::Units(units::answer(models, exhibits, sets, request, page).await?)
            }
            Request::Noise { image, count, distortion, seed } => {
                images::noise(&image.0, count, distortion, seed)?
            }
            Request::Rasterise { strokes } => images::rasterise(&strokes)?,
            Request::Photograph { pixels, width, height } => {
                images::photograph(&pixels.0, width, height)?
            }
            Request::Pictures { file } => images::pictures(&file.0)?,
            Request::Digits { images, labels, keep } => {
                images::digits(sets, &images.0, &labels.0, keep.unwrap_or(false))?
            }
            Request::Keep { images, labels } => {
                Response::Kept { set: sets.borrow_mut().keep(images.0, labels)? }
            }
            Request::Forget { set } => {
                sets.borrow_mut().forget(set);
                Response::Done
            }
            Request::Lesson { text } => lessons::read(&text)?,
            Request::Sides { seed, count } => lessons::sides(seed, count)?,
            Request::Mark { lesson, task, work, known } => {
                lessons::mark(models, &lesson, task, work, &known, page).await?
            }
            Request::Result { lesson, student, answers, known } => {
                lessons::result(&lesson, &student, &answers, &known)?
            }
            Request::Verify { file, lesson, known } => {
                lessons::verify(models, &file.0, lesson.as_deref(), &known, page).await?
            }
            Request::Copies { names, results } => lessons::copies(&names, &results)?,
            Request::Memory {} => Response::Memory(models.borrow().memory()),
        })
    }
}
