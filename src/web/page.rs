//! The page that waits for a run: it hears of progress and may cancel.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::buffers::to_js;
use super::failure::aborted;
use super::messages::{self, Failure, Pixels};
use crate::attack::{Observer, Progress};
use crate::clock::milliseconds as now;

/// Milliseconds of work between two looks at the worker's messages.
const PATIENCE: f64 = 30.0;

/// Milliseconds between two words of progress.
const PROGRESS: f64 = 60.0;

/// Calls that have not ended, and whether the page has given each of them up.
pub(super) type Runs = Rc<RefCell<HashMap<u32, bool>>>;

/// Whoever waits for a run.
pub(super) struct Page {
    run: u32,
    runs: Runs,
    progress: Function,
    told: f64,
    paused: f64,
    /// Which of how many parts this run is at.
    pub(super) part: (usize, usize),
}

impl Page {
    pub(super) fn new(run: u32, runs: Runs, progress: Function) -> Page {
        Page { run, runs, progress, told: 0.0, paused: now(), part: (0, 1) }
    }

    /// Fails where the page has given up; `what` begins the sentence.
    pub(super) fn still_waits(&self, what: &str) -> Result<(), Failure> {
        if self.is_cancelled() { Err(aborted(what)) } else { Ok(()) }
    }

    fn is_cancelled(&self) -> bool {
        self.runs.borrow().get(&self.run).is_some_and(|cancelled| *cancelled)
    }
}

impl Observer for Page {
    fn progress(&mut self, progress: Progress<'_>) {
        if now() - self.told < PROGRESS {
            return;
        }
        self.told = now();
        let message = messages::Progress {
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
