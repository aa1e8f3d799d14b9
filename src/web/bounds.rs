//! Requests about how far a network's answer can move. What does not depend on
//! a digit is worked out once a model.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::access::with;
use super::failure::{aborted, failure};
use super::messages::{
    BoundsReport, BoundsRequest, CertificateReport, CertifyRequest, Failure, LayerBound,
    QuotedBound,
};
use super::models::Shared;
use super::page::Page;
use super::readings::classify;
use crate::attack::{Observer as _, Progress};
use crate::code::Code;
use crate::study::certify::{self, Certifier, CertifyError};
use crate::study::paper::ALEXNET;
use crate::study::spectral::{Spectrum, SpectrumWork};

/// What is known of a model.
struct Known {
    /// Numbers in an image, and classes.
    sizes: (usize, usize),
    spectrum: Spectrum,
    certifier: Result<Certifier, CertifyError>,
}

/// What is known of an engine's models, by their numbers.
#[derive(Default)]
pub(super) struct Bounded(BTreeMap<u32, Rc<Known>>);

impl Bounded {
    /// Forgets a model.
    pub(super) fn without(&mut self, model: u32) {
        self.0.remove(&model);
    }
}

async fn known(
    models: &Shared,
    bounded: &RefCell<Bounded>,
    id: u32,
    page: &mut Page,
) -> Result<Rc<Known>, Failure> {
    if let Some(known) = bounded.borrow().0.get(&id) {
        return Ok(known.clone());
    }
    let network = with(models, id, async |loaded| Ok(loaded.network.clone())).await?;
    let mut work = SpectrumWork::new(&network);
    while work.step() {
        let fraction = work.fraction();
        page.progress(Progress { fraction, evaluations: 0, best: None });
        if page.pause().await {
            return Err(aborted("working out the bounds"));
        }
    }
    let known = Rc::new(Known {
        sizes: (network.pixels(), network.classes()),
        spectrum: work.finish(),
        certifier: Certifier::new(&network),
    });
    bounded.borrow_mut().0.insert(id, known.clone());
    Ok(known)
}

/// The constants of a model.
pub(super) async fn bounds(
    models: &Shared,
    bounded: &RefCell<Bounded>,
    request: BoundsRequest,
    page: &mut Page,
) -> Result<BoundsReport, Failure> {
    let known = known(models, bounded, request.model, page).await?;
    let layers = known.spectrum.layers.iter().map(|layer| LayerBound {
        name: layer.name.clone(),
        what: layer.what.clone(),
        constant: layer.constant,
        exact: layer.exact,
        from_image: layer.from_image,
        unbounded: layer.unbounded.map(|why| why.to_string()),
    });
    let quoted = ALEXNET.iter().map(|(layer, size, bound)| QuotedBound {
        layer: (*layer).into(),
        size: (*size).into(),
        bound: *bound,
    });
    let product = known.spectrum.product;
    Ok(BoundsReport { layers: layers.collect(), product, quoted: quoted.collect() })
}

/// What is proved of a digit.
pub(super) async fn certify(
    models: &Shared,
    bounded: &RefCell<Bounded>,
    request: CertifyRequest,
    page: &mut Page,
) -> Result<CertificateReport, Failure> {
    let CertifyRequest { model, image, label } = request;
    let image = image.0;
    if !bounded.borrow().0.contains_key(&model) {
        page.part = (0, 2);
    }
    let known = known(models, bounded, model, page).await?;
    page.part.0 = page.part.1 - 1;
    let reading = classify(models, model, &image, page).await?.pop();
    let reading = reading.ok_or_else(|| failure(Code::Internal, "no reading"))?;
    let label = label.unwrap_or(reading.label);
    let (pixels, classes) = known.sizes;
    certify::check(&image, label as usize, pixels, classes)?;
    let distance = known.spectrum.distance(&reading.logits, label as usize);
    let (radius, refused) = match &known.certifier {
        Err(error) => (None, Some(error.to_string())),
        Ok(certifier) => {
            let mut search = certifier.search(&image, label as usize)?;
            while search.step() {
                let fraction = search.fraction();
                page.progress(Progress { fraction, evaluations: 0, best: None });
                if page.pause().await {
                    return Err(aborted("the proof"));
                }
            }
            (Some(search.certificate().radius), None)
        }
    };
    Ok(CertificateReport {
        label,
        predicted: reading.label,
        product: distance.map(|d| d.product),
        rows: distance.and_then(|d| d.rows),
        radius,
        refused,
        backend: reading.backend,
    })
}
