//! What kind a message is: among its fields in JavaScript, around them for serde.

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

/// `{ kind: "load", … }` as `{ load: { kind: "load", … } }`, also where a message has such a thing in it.
///
/// A message without a kind stays what it is, and serde says what it is not.
pub(super) fn outside(message: &JsValue) -> JsValue {
    let Some(kind) = tag(message, "kind") else { return message.clone() };
    match kind.as_string().as_deref() {
        Some("units") => match tag(message, "task") {
            Some(task) => around(&kind, &around(&task, message)),
            None => around(&kind, message),
        },
        Some("mark") => {
            let work = Reflect::get(message, &"work".into()).unwrap_or_default();
            if let Some(kind) = tag(&work, "kind") {
                // A property of the copy that was made of a request can be set.
                let _ = Reflect::set(message, &"work".into(), &around(&kind, &work));
            }
            around(&kind, message)
        }
        _ => around(&kind, message),
    }
}

fn tag(message: &JsValue, name: &str) -> Option<JsValue> {
    let tag = Reflect::get(message, &name.into()).ok();
    tag.filter(JsValue::is_string)
}

fn around(tag: &JsValue, message: &JsValue) -> JsValue {
    let object = Object::new();
    // A fresh object takes every property.
    let _ = Reflect::set(&object, tag, message);
    object.into()
}
