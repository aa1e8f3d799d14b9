//! The surface towards JavaScript.
//!
//! [`messages`] is the schema, the same on every target; [`buffers`] are its
//! typed arrays. The engine, which a worker owns and asks, exists in Wasm only.

#[cfg(target_arch = "wasm32")]
mod access;
#[cfg(target_arch = "wasm32")]
mod attacks;
#[cfg(target_arch = "wasm32")]
mod bounds;
pub mod buffers;
#[cfg(target_arch = "wasm32")]
pub mod engine;
#[cfg(target_arch = "wasm32")]
mod failure;
#[cfg(target_arch = "wasm32")]
mod images;
#[cfg(target_arch = "wasm32")]
mod lessons;
#[cfg(target_arch = "wasm32")]
mod loading;
pub mod messages;
#[cfg(target_arch = "wasm32")]
mod models;
#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(target_arch = "wasm32")]
mod readings;
#[cfg(any(target_arch = "wasm32", test))]
mod recipe;
#[cfg(target_arch = "wasm32")]
mod sets;
#[cfg(target_arch = "wasm32")]
mod slice;
#[cfg(target_arch = "wasm32")]
mod tagged;
#[cfg(target_arch = "wasm32")]
mod transfers;
#[cfg(target_arch = "wasm32")]
mod units;
