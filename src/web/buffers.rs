//! Numbers and bytes in messages: typed arrays in JavaScript.
//!
//! Going out, [`Pixels`] become a `Float32Array`. Coming in, what serde flattens
//! passes numbers through but not foreign objects, so the engine lays arrays aside
//! and puts their place in the message. The arrays of a request are the engine's:
//! an answer may take the place of one.

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen::JsValue;

/// Images or gradients: `[n, C·H·W]` row-major floats, a `Float32Array` in JavaScript.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pixels(pub Vec<f32>);

/// Classes, a `Uint16Array` in JavaScript.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Classes(pub Vec<u16>);

/// Bytes of a file, a `Uint8Array` in JavaScript.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Pixels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[cfg(target_arch = "wasm32")]
        {
            serde_wasm_bindgen::preserve::serialize(&array::holding(&self.0), serializer)
        }
        #[cfg(not(target_arch = "wasm32"))]
        self.0.serialize(serializer)
    }
}

impl Serialize for Classes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[cfg(target_arch = "wasm32")]
        {
            let array = js_sys::Uint16Array::from(self.0.as_slice());
            serde_wasm_bindgen::preserve::serialize(&array, serializer)
        }
        #[cfg(not(target_arch = "wasm32"))]
        self.0.serialize(serializer)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Pixels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pixels, D::Error> {
        deserializer.deserialize_any(FloatsVisitor).map(Pixels)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        deserializer.deserialize_byte_buf(BytesVisitor).map(Bytes)
    }
}

/// A message as an object; what is absent is `null`, as the generated types say.
#[cfg(target_arch = "wasm32")]
pub(super) fn to_js(message: &impl Serialize) -> Result<JsValue, serde_wasm_bindgen::Error> {
    message.serialize(&serde_wasm_bindgen::Serializer::new().serialize_missing_as_null(true))
}

/// Typed arrays of requests, and of answers, in the memory of the request where that is possible:
/// what is allocated anew for every answer costs more than copying to it.
#[cfg(target_arch = "wasm32")]
pub(super) mod array {
    use std::cell::RefCell;

    use js_sys::{Float32Array, Object, Reflect, Uint32Array};
    use wasm_bindgen::{JsCast, JsValue};

    thread_local! {
        static LENT: RefCell<Vec<JsValue>> = const { RefCell::new(Vec::new()) };
        static SPARE: RefCell<Option<Float32Array>> = const { RefCell::new(None) };
    }

    /// A copy of a request in which numbers stand for its arrays of floats and of classes, also those
    /// of plain objects in it, and these.
    pub(in crate::web) fn lend(request: &JsValue) -> (JsValue, Vec<JsValue>) {
        let mut arrays = Vec::new();
        let copy = request.dyn_ref().map(|object| copied(object, true, &mut arrays));
        (copy.unwrap_or_else(|| request.clone()), arrays)
    }

    /// A copy of an object without its arrays; where `within`, those of objects in it are put aside, too.
    fn copied(object: &Object, within: bool, arrays: &mut Vec<JsValue>) -> JsValue {
        let copy = Object::assign(&Object::new(), object);
        for key in Object::keys(&copy).iter() {
            let value = Reflect::get(&copy, &key).unwrap_or(JsValue::UNDEFINED);
            let lent = if value.is_instance_of::<Float32Array>()
                || value.is_instance_of::<Uint32Array>()
            {
                arrays.push(value);
                (arrays.len() as u32 - 1).into()
            } else if within && is_plain(&value) {
                copied(value.unchecked_ref(), false, arrays)
            } else {
                continue;
            };
            // A property of a plain object that was just copied can be set.
            let _ = Reflect::set(&copy, &key, &lent);
        }
        copy.into()
    }

    /// Whether a value is an object such as `{…}` makes one, and no list.
    fn is_plain(value: &JsValue) -> bool {
        let plain = Object::get_prototype_of(&Object::new());
        value.is_object() && Object::get_prototype_of(value) == plain
    }

    /// Reads a message in which the places of these arrays stand for them.
    pub(in crate::web) fn lending<T>(arrays: Vec<JsValue>, read: impl FnOnce() -> T) -> T {
        LENT.set(arrays);
        let result = read();
        LENT.take();
        result
    }

    /// The array at a place, if it is of that type.
    pub(super) fn lent<A: JsCast>(place: i64) -> Option<A> {
        let place = usize::try_from(place).ok()?;
        LENT.with_borrow(|arrays| arrays.get(place).cloned()?.dyn_into().ok())
    }

    /// Does something during which the first answer of that length takes the place of `spare`.
    pub(in crate::web) fn reusing<T>(spare: Option<Float32Array>, work: impl FnOnce() -> T) -> T {
        SPARE.set(spare);
        let result = work();
        SPARE.take();
        result
    }

    /// An array with these numbers.
    pub(super) fn holding(numbers: &[f32]) -> Float32Array {
        match SPARE.take() {
            Some(array) if array.length() as usize == numbers.len() => {
                array.copy_from(numbers);
                array
            }
            spare => {
                SPARE.set(spare);
                Float32Array::from(numbers)
            }
        }
    }
}

struct FloatsVisitor;

impl<'de> Visitor<'de> for FloatsVisitor {
    type Value = Vec<f32>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a Float32Array, or a list of numbers")
    }

    #[cfg(target_arch = "wasm32")]
    fn visit_i64<E: Error>(self, place: i64) -> Result<Vec<f32>, E> {
        let unexpected = serde::de::Unexpected::Signed(place);
        let array = array::lent::<js_sys::Float32Array>(place);
        array.map(|a| a.to_vec()).ok_or_else(|| E::invalid_type(unexpected, &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<f32>, A::Error> {
        numbers(list)
    }
}

/// Reads classes: a `Uint32Array` in JavaScript, which crosses as a whole, or a list of numbers.
pub(super) fn classes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u32>, D::Error> {
    deserializer.deserialize_any(ClassesVisitor)
}

struct ClassesVisitor;

impl<'de> Visitor<'de> for ClassesVisitor {
    type Value = Vec<u32>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a Uint32Array, or a list of whole numbers")
    }

    #[cfg(target_arch = "wasm32")]
    fn visit_i64<E: Error>(self, place: i64) -> Result<Vec<u32>, E> {
        let unexpected = serde::de::Unexpected::Signed(place);
        let array = array::lent::<js_sys::Uint32Array>(place);
        array.map(|a| a.to_vec()).ok_or_else(|| E::invalid_type(unexpected, &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<u32>, A::Error> {
        numbers(list)
    }
}

fn numbers<'de, A: SeqAccess<'de>, N: Deserialize<'de>>(mut list: A) -> Result<Vec<N>, A::Error> {
    let mut numbers = Vec::with_capacity(list.size_hint().unwrap_or(0));
    while let Some(number) = list.next_element()? {
        numbers.push(number);
    }
    Ok(numbers)
}

struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<u8>, A::Error> {
        let mut bytes = Vec::with_capacity(list.size_hint().unwrap_or(0));
        while let Some(byte) = list.next_element()? {
            bytes.push(byte);
        }
        Ok(bytes)
    }
}
