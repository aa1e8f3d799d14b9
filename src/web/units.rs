//! Requests about hidden units. What a layer answers to some images is kept as
//! an exhibit, by number, until it is forgotten or its model is.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::access::with;
use super::failure::failure;
use super::messages::{
    BackendKind, ComparisonReport, ContrastReport, CurvePoint, Failure, LayerInfo, MadeImage,
    ObserveRequest, Pixels, ProportionReport, RowsReport, UnitsRequest, UnitsResponse,
};
use super::models::{Loaded, Models, Shared};
use super::page::Page;
use super::sets::{DataSet, DataSets};
use crate::attack::Observer as _;
use crate::code::Code;
use crate::model::Network;
use crate::study::units::statistics::{Contrast, Proportion};
use crate::study::units::{
    Activations, Comparison, ComparisonSettings, HEADS, Layer, MaximiseSettings, Portrait, Probe,
    UnitsError, check_labels, compare, hidden_layer, hidden_layers, maximise, portraits,
    unit_directions,
};

/// A layer with what it answers to some images.
struct Exhibit {
    model: u32,
    network: Arc<Network>,
    /// The model's name, by which its backend was measured.
    name: String,
    layer: Layer,
    activations: Activations,
    set: Rc<DataSet>,
    /// The set's classes.
    labels: Vec<u8>,
    settings: ComparisonSettings,
    units: Vec<Portrait>,
    directions: Vec<Portrait>,
    /// Which backend computed the layer's answers.
    backend: BackendKind,
}

/// The exhibits of an engine.
#[derive(Default)]
pub(super) struct Exhibits {
    kept: BTreeMap<u32, Rc<Exhibit>>,
    next: u32,
}

impl Exhibits {
    /// Forgets what belongs to a model.
    pub(super) fn without(&mut self, model: u32) {
        self.kept.retain(|_, exhibit| exhibit.model != model);
    }

    fn keep(&mut self, exhibit: Exhibit) -> u32 {
        self.next += 1;
        self.kept.insert(self.next, Rc::new(exhibit));
        self.next
    }

    fn get(&self, id: u32) -> Result<Rc<Exhibit>, Failure> {
        self.kept.get(&id).cloned().ok_or_else(|| {
            let message = format!("there is no exhibit number {id}; observe first");
            failure(Code::NoSuchExhibit, message)
        })
    }
}

/// Answers a question about units.
pub(super) async fn answer(
    models: &Shared,
    exhibits: &RefCell<Exhibits>,
    sets: &RefCell<DataSets>,
    request: UnitsRequest,
    page: &mut Page,
) -> Result<UnitsResponse, Failure> {
    let exhibit = |id| exhibits.borrow().get(id);
    match request {
        UnitsRequest::Layers { model } => {
            let (network, _) = network(models, model).await?;
            let layers =
                hidden_layers(&network)?.into_iter().zip(1..).map(|(layer, number)| LayerInfo {
                    number,
                    units: layer.units as u32,
                    places: layer.places as u32,
                    name: layer.name,
                });
            Ok(UnitsResponse::Layers { layers: layers.collect() })
        }
        UnitsRequest::Observe(request) => {
            let set = sets.borrow().get(request.set)?;
            let observed = observe(models, request, set, page).await?;
            let (units, directions) =
                (RowsReport::of(&observed.units), RowsReport::of(&observed.directions));
            let backend = observed.backend;
            let exhibit = exhibits.borrow_mut().keep(observed);
            Ok(UnitsResponse::Observed { exhibit, units, directions, backend })
        }
        UnitsRequest::Compare { exhibit: id } => {
            let Exhibit { activations, set, labels, settings, .. } = &*exhibit(id)?;
            let found = compare(activations, &set.images, labels, settings, page).await?;
            Ok(UnitsResponse::Compared(ComparisonReport::of(&found, settings)))
        }
        UnitsRequest::Make { exhibit: id, units, directions } => {
            let exhibit = exhibit(id)?;
            let images = make(models, &exhibit, &units, &directions, page).await?;
            Ok(UnitsResponse::Made { images })
        }
        UnitsRequest::Forget { exhibit } => {
            exhibits.borrow_mut().kept.remove(&exhibit);
            Ok(UnitsResponse::Forgotten)
        }
    }
}

/// A model's network and name; the model itself is free again at once.
async fn network(models: &Shared, model: u32) -> Result<(Arc<Network>, String), Failure> {
    with(models, model, async |model| Ok((model.network.clone(), model.name.clone()))).await
}

/// A probe on the backend that its model runs on.
async fn placed(models: &Shared, probe: &Probe, name: &str) -> Result<Loaded, Failure> {
    Ok(Models::placed(models, probe.network().clone(), name.to_owned()).await?)
}

async fn observe(
    models: &Shared,
    request: ObserveRequest,
    set: Rc<DataSet>,
    page: &mut Page,
) -> Result<Exhibit, Failure> {
    let (network, name) = network(models, request.model).await?;
    let layer = hidden_layer(&network, request.layer as usize)?;
    let usual = ComparisonSettings::default();
    let settings = ComparisonSettings {
        top: request.top.map_or(usual.top, |top| top as usize),
        directions: request.directions.map_or(usual.directions, |count| count as usize),
        seed: request.seed.map_or(usual.seed, u64::from),
        ..usual
    };
    let labels = bytes(&set.labels)?;
    settings.check(set.images.len() / network.pixels(), &labels)?;
    check_labels(&labels, network.classes())?;
    let probe = Probe::new(&network, &layer);
    page.part = (0, 3);
    let mut loaded = placed(models, &probe, &name).await?;
    let activations = probe.activations(&mut loaded.executor, &set.images, page).await?;
    page.part = (1, 3);
    let own = unit_directions(layer.units);
    let units = portraits(&activations, &labels, &own, settings.top, page).await?;
    page.part = (2, 3);
    let drawn = settings.directions(layer.units);
    let directions = portraits(&activations, &labels, &drawn, settings.top, page).await?;
    let model = request.model;
    Ok(Exhibit {
        model,
        network,
        name,
        layer,
        activations,
        set,
        labels,
        settings,
        units,
        directions,
        backend: loaded.backend(),
    })
}

/// Classes as rows and metrics take them.
fn bytes(labels: &[u32]) -> Result<Vec<u8>, Failure> {
    let byte = |label: &u32| {
        u8::try_from(*label).map_err(|_| {
            let message = format!("units are compared over classes 0 to 255, not {label}");
            failure(Code::NoSuchClass, message)
        })
    };
    labels.iter().map(byte).collect()
}

/// Images for units, then for directions, as many at a time as a probe has heads.
async fn make(
    models: &Shared,
    exhibit: &Exhibit,
    units: &[u32],
    directions: &[u32],
    page: &mut Page,
) -> Result<Vec<MadeImage>, Failure> {
    let n = exhibit.layer.units;
    let drawn = exhibit.settings.directions(n);
    let identity = unit_directions(n);
    let wanted = units.iter().map(|unit| (&identity, &exhibit.units, *unit as usize));
    let wanted = wanted
        .chain(directions.iter().map(|drawing| (&drawn, &exhibit.directions, *drawing as usize)));
    let mut heads: Vec<(&[f32], f32)> = Vec::new();
    for (all, portraits, index) in wanted {
        let portrait = portraits
            .get(index)
            .ok_or(UnitsError::NoSuchUnit { asked: index, there: portraits.len() })?;
        heads.push((&all[index * n..][..n], portrait.range()));
    }
    let start = mean_image(&exhibit.set.images, exhibit.network.pixels());
    let mut made = Vec::with_capacity(heads.len());
    let parts = heads.len().div_ceil(HEADS);
    for (part, heads) in heads.chunks(HEADS).enumerate() {
        page.part = (part, parts);
        let along: Vec<f32> = heads.iter().flat_map(|(v, _)| v.iter().copied()).collect();
        let scales: Vec<f32> = heads.iter().map(|(_, range)| *range).collect();
        let probe = Probe::along(&exhibit.network, &exhibit.layer, &along);
        let mut loaded = placed(models, &probe, &exhibit.name).await?;
        let recipe =
            MaximiseSettings { seed: exhibit.settings.seed, ..MaximiseSettings::default() };
        let found = maximise(&mut loaded.executor, &scales, &start, &recipe, page).await?;
        let backend = loaded.backend();
        made.extend(found.into_iter().map(|made| MadeImage {
            image: made.image.map(Pixels),
            answer: made.value,
            backend,
        }));
        if page.pause().await {
            return Err(UnitsError::Cancelled.into());
        }
    }
    Ok(made)
}

/// The mean of all images, where every climb starts.
fn mean_image(images: &[f32], pixels: usize) -> Vec<f32> {
    let count = (images.len() / pixels) as f32;
    let mut mean = vec![0.0; pixels];
    for image in images.chunks_exact(pixels) {
        mean.iter_mut().zip(image).for_each(|(m, v)| *m += v / count);
    }
    mean
}

impl RowsReport {
    fn of(rows: &[Portrait]) -> RowsReport {
        let top = |row: &Portrait| row.top.iter().map(|ranked| ranked.image as u32).collect();
        let answers = |row: &Portrait| row.top.iter().map(|ranked| ranked.value).collect();
        RowsReport {
            top: rows.iter().map(top).collect(),
            answers: rows.iter().map(answers).collect(),
            purity: rows.iter().map(|row| row.purity).collect(),
            selectivity: rows.iter().map(Portrait::selectivity).collect(),
            silent: rows.iter().map(Portrait::is_silent).collect(),
        }
    }
}

impl ComparisonReport {
    fn of(found: &Comparison, settings: &ComparisonSettings) -> ComparisonReport {
        let contrast = |Contrast { units, directions, effect, p }: Contrast| ContrastReport {
            units,
            directions,
            effect,
            p,
        };
        let Proportion { hits, trials, low, high } = found.forced_choice;
        let curve = found.curve.iter().map(|point| CurvePoint {
            alpha: point.alpha,
            purity: point.purity,
            selectivity: point.selectivity,
        });
        ComparisonReport {
            images: found.images as u32,
            units: found.units as u32,
            silent: found.silent as u32,
            directions: settings.directions as u32,
            purity: contrast(found.purity),
            selectivity: contrast(found.selectivity),
            forced_choice: ProportionReport { hits: hits as u32, trials: trials as u32, low, high },
            curve: curve.collect(),
        }
    }
}
