//! The importer's surface for JavaScript: the bytes of an ONNX file in, those of a lowered network
//! out.
//!
//! It is a WebAssembly module of its own, so that a file from a stranger is parsed where
//! nothing else lives: a page can give it time and memory, and end it. What it hands out
//! the engine reads with `blindspots::model::lowered`, which believes nothing.

#![cfg(target_arch = "wasm32")]

use std::alloc::System;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use blindspots::code::Code;
use blindspots::digit::idx::{self, Digits};
use blindspots::import::{self, ImportError, InputTransform, LoadOptions, TransformError};
use blindspots::model::{ImageShape, lowered};
use cap::Cap;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

/// Memory that is asked for beyond its limit is not there, which ends the module.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Bytes in a megabyte.
const MEGABYTE: f64 = (1 << 20) as f64;

/// Whether a panic, and nothing else, ended the module.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// Whether the module that just ended came to that by a panic. Otherwise memory was not there.
#[wasm_bindgen]
#[must_use]
pub fn panicked() -> bool {
    PANICKED.load(Ordering::Relaxed)
}

/// Lowers an ONNX file in so many megabytes; `files` are others that hold its weights, by name. What
/// options there are `www/src/engine/options.ts` says.
///
/// # Errors
/// Throws `{ code, message }` where the file is no classifier of images, and where options make no sense.
#[wasm_bindgen]
pub fn lower(
    bytes: &[u8],
    files: &JsValue,
    options: &JsValue,
    megabytes: f64,
) -> Result<Vec<u8>, JsValue> {
    std::panic::set_hook(Box::new(|panic| {
        PANICKED.store(true, Ordering::Relaxed);
        console_error_panic_hook::hook(panic);
    }));
    let limit = (megabytes * MEGABYTE) as usize;
    if ALLOCATOR.set_limit(limit.saturating_add(ALLOCATOR.allocated())).is_err() {
        return Err(failure(Code::Internal, "the importer has no memory"));
    }
    let options = read(options).map_err(|words| failure(Code::BadOption, &words))?;
    let network = options.and_then(|options| {
        let beside = |name: &str| Some(property(files, name)?.dyn_ref::<Uint8Array>()?.to_vec());
        import::load_beside(bytes, &beside, &options)
    });
    let network = network.map_err(|error| failure(error.code(), &error.to_string()))?;
    Ok(lowered::write(&network))
}

fn failure(code: Code, message: &str) -> JsValue {
    let failure = Object::new();
    for (key, value) in [("code", code.name()), ("message", message)] {
        // A property of a plain object that was just made can be set.
        let _ = Reflect::set(&failure, &key.into(), &value.into());
    }
    failure.into()
}

/// A property that may be missing.
fn property(of: &JsValue, name: &str) -> Option<JsValue> {
    let found = Reflect::get(of, &name.into()).ok()?;
    (!found.is_undefined() && !found.is_null()).then_some(found)
}

/// A list of numbers.
fn numbers(value: &JsValue, what: &str) -> Result<Vec<f64>, String> {
    let list: Option<Vec<f64>> = match value.dyn_ref::<Array>() {
        Some(list) => list.iter().map(|number| number.as_f64()).collect(),
        None => None,
    };
    list.ok_or_else(|| format!("{what} is a list of numbers"))
}

/// The options, or in the inner error what does not fit among their numbers.
fn read(options: &JsValue) -> Result<Result<LoadOptions, ImportError>, String> {
    let image = property(options, "image").map(|image| shape(&image)).transpose()?;
    let transform = match property(options, "normalize") {
        None => Ok(None),
        Some(wish) => normalize(&wish)?,
    };
    let invert = property(options, "invert").is_some_and(|wish| wish.is_truthy());
    let samples = property(options, "samples").map(|files| samples(&files)).transpose()?;
    let with = |transform| LoadOptions { image, transform, invert, samples };
    Ok(transform.map(with).map_err(ImportError::from))
}

/// Digits whose classes are known, as IDX files.
fn samples(files: &JsValue) -> Result<Arc<Digits>, String> {
    let [images, labels] = ["images", "labels"]
        .map(|name| property(files, name).map(|file| Uint8Array::new(&file).to_vec()));
    let (Some(images), Some(labels)) = (images, labels) else {
        return Err("samples are the bytes of two IDX files, images and labels".into());
    };
    idx::read_digits(&images, &labels).map(Arc::new).map_err(|e| format!("samples: {e}"))
}

fn shape(image: &JsValue) -> Result<ImageShape, String> {
    const WHAT: &str = "image";
    let sizes = numbers(image, WHAT)?;
    let whole = |n: &f64| n.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(n);
    match sizes[..] {
        [channels, height, width] if sizes.iter().all(whole) => Ok(ImageShape {
            channels: channels as usize,
            height: height as usize,
            width: width as usize,
        }),
        _ => Err(format!("{WHAT} is channels, rows and columns")),
    }
}

/// A transform; none for “auto”.
fn normalize(wish: &JsValue) -> Result<Result<Option<InputTransform>, TransformError>, String> {
    match wish.as_string().as_deref() {
        Some("auto") => return Ok(Ok(None)),
        Some(text) => {
            return text
                .parse()
                .map(|transform| Ok(Some(transform)))
                .map_err(|e: TransformError| format!("normalize: {e}"));
        }
        None => {}
    }
    let (Some(mean), Some(deviation)) = (property(wish, "mean"), property(wish, "deviation"))
    else {
        return Err(
            "normalize is “auto”, “none”, “0-255”, “signed”, or a mean and a deviation".into()
        );
    };
    let single = |value: &JsValue, what| -> Result<Vec<f32>, String> {
        Ok(numbers(value, what)?.into_iter().map(|n| n as f32).collect())
    };
    Ok(InputTransform::normalised(&single(&mean, "mean")?, &single(&deviation, "deviation")?)
        .map(Some))
}
