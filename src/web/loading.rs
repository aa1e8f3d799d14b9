//! Requests that load networks and choose what runs them.

use std::sync::Arc;

use super::messages::{
    BackendChoice, Failure, ModelInfo, OtherPixels, PixelsInfo, Placement, Response,
};
use super::models::{Models, Shared};
use crate::model::{Expectation, OutputKind, Score, lowered};

/// Chooses a backend; every model moves to it.
pub(super) async fn open(models: &Shared, choice: BackendChoice) -> Result<Response, Failure> {
    if choice == BackendChoice::Webgpu {
        models.borrow_mut().forgive();
    }
    let context = Models::context(models, choice).await;
    if let (BackendChoice::Webgpu, Err(error)) = (choice, &context) {
        return Err(error.clone().into());
    }
    models.borrow_mut().choice = choice;
    let mut placements = Vec::new();
    let ids = models.borrow().ids();
    for id in ids {
        let Some(model) = models.borrow().get(id) else { continue };
        let mut held = model.lock().await;
        *held = Models::placed(models, held.network.clone(), held.name.clone()).await?;
        placements.push(Placement { model: id, backend: held.backend() });
    }
    let backend = models.borrow().backend();
    Ok(Response::Backend { backend, placements })
}

/// Loads a lowered network.
pub(super) async fn load(
    models: &Shared,
    bytes: &[u8],
    name: String,
) -> Result<ModelInfo, Failure> {
    let network = Arc::new(lowered::read(bytes)?);
    let loaded = Models::placed(models, network.clone(), name.clone()).await?;
    let backend = loaded.backend();
    let id = models.borrow_mut().add(loaded);
    let output = match network.output {
        OutputKind::Logits => "logits",
        OutputKind::Probabilities => "probabilities",
        OutputKind::LogProbabilities => "log-probabilities",
        OutputKind::Distribution => "distribution",
        OutputKind::Independent => "independent",
    };
    let image = network.image;
    Ok(ModelInfo {
        id,
        name,
        input: network.input_shape.iter().map(|n| *n as u32).collect(),
        image: [image.channels, image.height, image.width].map(|n| n as u32),
        classes: network.classes() as u32,
        parameters: network.parameters() as u32,
        output: output.into(),
        backend,
        normalize: network.expects.transform.to_string(),
        invert: network.expects.transform.is_inverted(),
        accuracy: network.expects.score.map(Score::accuracy),
        straight_through: network.straight_through(),
        precision: network.precision.name().into(),
        pixels: pixels(&network.expects),
    })
}

/// What a network makes of pixels, as it travels.
fn pixels(expects: &Expectation) -> PixelsInfo {
    let others = expects.others.iter().map(|other| OtherPixels {
        normalize: other.transform.to_string(),
        invert: other.transform.is_inverted(),
        accuracy: other.score.accuracy(),
        words: other.transform.words(),
    });
    let order = expects.classes.as_ref();
    PixelsInfo {
        chosen: expects.chosen.name().into(),
        words: expects.words(),
        fit: expects.fit.name().into(),
        transposed: expects.transposed,
        classes: order.map(|order| order.iter().map(|place| *place as u32).collect()),
        output: expects.output.clone(),
        samples: expects.score.map_or(0, |score| score.of as u32),
        plain: expects.plain.map(Score::accuracy),
        poor: expects.score.is_some_and(Score::is_poor),
        others: others.collect(),
    }
}
