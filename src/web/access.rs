//! Using models: one call at a time each, and once more where a device was lost.

use std::collections::BTreeSet;
use std::rc::Rc;

use futures_util::lock::{Mutex, MutexGuard};

use super::failure::failure;
use super::messages::{BackendKind, Failure};
use super::models::{Loaded, Models, Outlook, Shared};
use crate::code::Code;
use crate::exec::ExecError;

/// A model that nobody else uses meanwhile.
pub(super) type Held<'a> = MutexGuard<'a, Loaded>;

/// Runs work on a model: if the device is lost meanwhile, once more on a fresh one, and then on the processor.
pub(super) async fn with<T>(
    models: &Shared,
    id: u32,
    mut work: impl AsyncFnMut(&mut Loaded) -> Result<T, Failure>,
) -> Result<T, Failure> {
    with_all(models, &[id], async |held| work(&mut held[0]).await).await
}

/// The same on several models, in the order of their numbers.
pub(super) async fn with_all<T>(
    models: &Shared,
    ids: &[u32],
    mut work: impl AsyncFnMut(&mut [Held<'_>]) -> Result<T, Failure>,
) -> Result<T, Failure> {
    // Whoever waits for a model holds only models of smaller numbers, so no two wait for each other.
    // One by one: a set that is collected brings a sort of its own (`numeric/order.rs`).
    let mut ordered = BTreeSet::new();
    ordered.extend(ids.iter().copied());
    let wanted = ordered.iter().map(|id| model(models, *id));
    let wanted: Vec<Rc<Mutex<Loaded>>> = wanted.collect::<Result<_, _>>()?;
    let mut held = Vec::with_capacity(wanted.len());
    for model in &wanted {
        held.push(model.lock().await);
    }
    for outlook in [Outlook::Fresh, Outlook::Processor] {
        match work(&mut held).await {
            Err(failed) if failed.code == Code::DeviceLost => {
                models.borrow_mut().device_failed(failed.message, outlook);
                let before: Vec<BackendKind> = held.iter().map(|model| model.backend()).collect();
                placed_again(models, &mut held).await?;
                for ((id, model), before) in ordered.iter().zip(&held).zip(before) {
                    if model.backend() != before {
                        models.borrow_mut().moved(*id, model.backend());
                    }
                }
            }
            answered => return answered,
        }
    }
    work(&mut held).await
}

/// A loaded model, to be locked.
fn model(models: &Shared, id: u32) -> Result<Rc<Mutex<Loaded>>, Failure> {
    models.borrow().get(id).ok_or_else(|| {
        let message = format!("there is no model number {id}; load it first");
        failure(Code::NoSuchModel, message)
    })
}

/// Gives models a fresh backend.
async fn placed_again(models: &Shared, held: &mut [Held<'_>]) -> Result<(), ExecError> {
    for model in held {
        let (network, name) = (model.network.clone(), model.name.clone());
        **model = Models::placed(models, network, name).await?;
    }
    Ok(())
}
