//! The importer's surface for JavaScript: the bytes of an ONNX file in, those of a lowered network
//! out.
//!
//! It is a WebAssembly module of its own, so that a file from a stranger is parsed where
//! nothing else lives: a page can give it time and memory, and end it. What it hands out
//! the engine reads with `blindspots::model::lowered`, which believes nothing.

#![cfg(target_arch = "wasm32")]

use blindspots::code::Code;
use blindspots::import::{self, ImportError, InputTransform, LoadOptions};
use blindspots::model::{ImageShape, lowered};
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

/// Lowers an ONNX file; `files` are others that hold its weights, by name. What options there are
/// `www/src/engine/options.ts` says.
///
/// # Errors
/// Throws `{ code, message }` where the file is no classifier of images, and where options make no sense.
#[wasm_bindgen]
pub fn lower(bytes: &[u8], files: &JsValue, options: &JsValue) -> Result<Vec<u8>, JsValue> {
    console_error_panic_hook::set_once();
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
        None => Ok(InputTransform::default()),
        Some(wish) => normalize(&wish)?,
    };
    let inverted = property(options, "invert").is_some_and(|wish| wish.is_truthy());
    Ok(transform.map(|transform| LoadOptions {
        image,
        transform: if inverted { transform.inverted() } else { transform },
    }))
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

fn normalize(wish: &JsValue) -> Result<Result<InputTransform, ImportError>, String> {
    match wish.as_string().as_deref() {
        Some("none") => return Ok(Ok(InputTransform::default())),
        Some("0-255") => return Ok(Ok(InputTransform::bytes())),
        Some("signed") => return Ok(Ok(InputTransform::signed())),
        _ => {}
    }
    let (Some(mean), Some(deviation)) = (property(wish, "mean"), property(wish, "deviation"))
    else {
        return Err("normalize is “none”, “0-255”, “signed”, or a mean and a deviation".into());
    };
    let single = |value: &JsValue, what| -> Result<Vec<f32>, String> {
        Ok(numbers(value, what)?.into_iter().map(|n| n as f32).collect())
    };
    Ok(InputTransform::normalised(&single(&mean, "mean")?, &single(&deviation, "deviation")?))
}
