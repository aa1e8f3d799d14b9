//! Requests that look at a plane through an image.

use super::access::with;
use super::failure::failure;
use super::messages::{Failure, Pixels, SliceReport, SliceRequest};
use super::models::Shared;
use super::page::Page;
use crate::code::Code;
use crate::count::counted;
use crate::study::slice::Slice;

/// Reads points of the plane through an image and its example.
pub(super) async fn slice(
    models: &Shared,
    request: SliceRequest,
    page: &mut Page,
) -> Result<SliceReport, Failure> {
    let slice = Slice::new(&request.image.0, &request.towards.0, u64::from(request.seed))?;
    let (at, rest) = request.at.0.as_chunks::<2>();
    if !rest.is_empty() {
        let numbers = counted(request.at.0.len(), "number");
        let message = format!("points are pairs; {numbers} cannot be paired");
        return Err(failure(Code::WrongLength, message));
    }
    let (readings, backend) = with(models, request.model, async |loaded| {
        let readings = slice.read(&mut loaded.executor, at, page).await?;
        Ok((readings, loaded.backend()))
    })
    .await?;
    Ok(SliceReport {
        probabilities: Pixels(readings.probabilities),
        clipped: Pixels(readings.clipped),
        aside: Pixels(slice.aside().to_vec()),
        backend,
    })
}
