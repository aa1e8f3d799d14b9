//! Section 4.3 for many digits: what cannot fool a network beside what does.
//!
//! For each network, the constants of its layers; for digits of the test set
//! that it reads rightly, the mean distance below which nothing fools it, by
//! margins over constants and by linear relaxation ([`certify`](crate::study::certify)),
//! and the mean distance at which the attack does.

use serde::{Deserialize, Serialize};

use super::Spectrum;
use crate::attack::{Problem, Stop, Unobserved, attack};
use crate::digit::PIXELS;
use crate::digit::idx::Digits;
use crate::study::StudyError;
use crate::study::certify::Certifier;
use crate::study::paper::ALEXNET;
use crate::study::reproduce::{Done, Experiment, Materials, Plan, Set, Work};
use crate::study::table;

/// Digits where no number is asked for: relaxation takes a hundred times as long as an attack.
const DIGITS: usize = 200;
/// Digits of one piece of work.
const BLOCK: usize = 20;

/// The experiment.
pub struct Bounds;

/// One network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkBounds {
    /// Its name.
    pub network: String,
    /// Its operations and their constants.
    pub layers: Vec<LayerRow>,
    /// Their product; `None` where an operation has no constant.
    pub product: Option<f64>,
    /// Why nothing is certified, where that is so.
    pub not_certified: Option<String>,
    /// Digits that it reads rightly and that the attack fooled.
    pub digits: u64,
    /// Digits that it reads rightly and that were not fooled.
    pub not_fooled: u64,
    /// Digits whose certified radius is above what the attack found: there must be none.
    pub contradicted: u64,
    /// Digits whose certified radius is the larger bound.
    pub better: u64,
    /// Mean `‖r‖₂` over these digits.
    pub mean: Means,
}

/// One operation, as [`Layer`](super::Layer) describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerRow {
    /// Name in the ONNX file.
    pub name: String,
    /// What it is.
    pub what: String,
    /// Its constant.
    pub constant: Option<f64>,
    /// The norm of a convolution itself.
    pub exact: Option<f64>,
    /// The constant of the network up to here.
    pub from_image: Option<f64>,
    /// Why it has no constant.
    pub unbounded: Option<String>,
}

/// Distances, summed or averaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Means {
    /// Margin over `√2·L`.
    pub product: Option<f64>,
    /// Margin over the sharpest constant of the margin.
    pub rows: Option<f64>,
    /// Certified by relaxation.
    pub certified: Option<f64>,
    /// Found by the attack.
    pub found: f64,
}

/// What one block of digits came to: sums.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Sums {
    digits: u64,
    not_fooled: u64,
    contradicted: u64,
    better: u64,
    sum: Means,
}

/// What is known of a network without any digit.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Constants {
    layers: Vec<LayerRow>,
    product: Option<f64>,
    not_certified: Option<String>,
}

impl Experiment for Bounds {
    const NAME: &'static str = "spectral";
    const ANY_NETWORK: bool = true;
    type Report = Vec<NetworkBounds>;

    fn work(plan: &Plan) -> Vec<Work> {
        let mut work = Vec::new();
        for network in &plan.networks {
            let name = network.name.clone();
            work.push(Work::new(key(&name, "layers"), BLOCK as u64, move |materials| {
                constants(materials, &name)
            }));
            for from in (0..digits(plan)).step_by(BLOCK) {
                let (name, to) = (network.name.clone(), digits(plan).min(from + BLOCK));
                let weight = 10 * (to - from) as u64;
                work.push(Work::new(key(&name, from), weight, move |materials| {
                    let digits = materials.digits(Set::Test, from..to)?;
                    block(materials, &name, &digits)
                }));
            }
        }
        work
    }

    fn finish(plan: &Plan, done: &Done) -> Result<Vec<NetworkBounds>, StudyError> {
        let of = |name: &str| {
            let Constants { layers, product, not_certified } = done.get(&key(name, "layers"))?;
            let mut sums = Sums::default();
            for from in (0..digits(plan)).step_by(BLOCK) {
                sums.add(&done.get(&key(name, from))?);
            }
            Ok(NetworkBounds {
                network: name.to_owned(),
                layers,
                product,
                not_certified,
                digits: sums.digits,
                not_fooled: sums.not_fooled,
                contradicted: sums.contradicted,
                better: sums.better,
                mean: sums.sum.over(sums.digits),
            })
        };
        plan.networks.iter().map(|network| of(&network.name)).collect()
    }

    fn markdown(plan: &Plan, report: &Vec<NetworkBounds>) -> String {
        markdown(plan, report)
    }
}

fn key(network: &str, what: impl std::fmt::Display) -> String {
    format!("spectral/{network}/{what:0>4}")
}

/// How many digits take part.
fn digits(plan: &Plan) -> usize {
    plan.count.unwrap_or(DIGITS).min(plan.digits(Set::Test))
}

fn constants(materials: &Materials, name: &str) -> Result<Constants, StudyError> {
    let network = &materials.subject(name)?.network;
    let spectrum = Spectrum::of(network);
    let row = |layer: super::Layer| LayerRow {
        name: layer.name,
        what: layer.what,
        constant: layer.constant,
        exact: layer.exact,
        from_image: layer.from_image,
        unbounded: layer.unbounded.map(|why| why.to_string()),
    };
    Ok(Constants {
        layers: spectrum.layers.into_iter().map(row).collect(),
        product: spectrum.product,
        not_certified: Certifier::new(network).err().map(|error| error.to_string()),
    })
}

/// Attacks some digits and bounds what the attack can find.
fn block(materials: &Materials, name: &str, digits: &Digits) -> Result<Sums, StudyError> {
    let network = &materials.subject(name)?.network;
    let spectrum = Spectrum::without_exact(network);
    let certifier = Certifier::new(network).ok();
    let mut executor = materials.executor(name)?;
    let images = digits.images.chunks_exact(PIXELS);
    let problems: Vec<Problem> = images
        .zip(&digits.labels)
        .map(|(image, label)| Problem {
            image: image.to_vec(),
            label: (*label).into(),
            target: None,
        })
        .collect();
    let recipe = materials.plan().recipe()?;
    let reports = pollster::block_on(attack(&mut executor, &problems, recipe, &mut Unobserved))?;
    let mut sums = Sums::default();
    for (problem, report) in problems.iter().zip(&reports) {
        if report.stop == Stop::AlreadyMisread {
            continue;
        }
        if !report.success {
            sums.not_fooled += 1;
            continue;
        }
        let logits = pollster::block_on(executor.logits(&problem.image))?;
        let distance = spectrum.distance(&logits, problem.label);
        let certified = certifier.as_ref().and_then(|certifier| {
            certifier.certify(&problem.image, problem.label).ok().map(|proved| proved.radius)
        });
        let found = f64::from(report.distance.l2);
        let of = Means {
            product: distance.map(|d| d.product),
            rows: distance.map(|d| d.best()),
            certified,
            found,
        };
        sums.add(&Sums {
            digits: 1,
            not_fooled: 0,
            // The attack's distance is f32.
            contradicted: certified
                .is_some_and(|r| r > found * (1.0 + f64::from(f32::EPSILON)))
                .into(),
            better: certified.zip(of.rows).is_some_and(|(r, d)| r >= d).into(),
            sum: of,
        });
    }
    Ok(sums)
}

impl Sums {
    fn add(&mut self, more: &Sums) {
        // What one digit lacks, all lack: it is a property of the network.
        let empty = self.digits == 0;
        let plus =
            |a: Option<f64>, b: Option<f64>| if empty { b } else { a.zip(b).map(|(a, b)| a + b) };
        if more.digits > 0 {
            self.sum = Means {
                product: plus(self.sum.product, more.sum.product),
                rows: plus(self.sum.rows, more.sum.rows),
                certified: plus(self.sum.certified, more.sum.certified),
                found: self.sum.found + more.sum.found,
            };
        }
        self.digits += more.digits;
        self.not_fooled += more.not_fooled;
        self.contradicted += more.contradicted;
        self.better += more.better;
    }
}

impl Means {
    fn over(self, digits: u64) -> Means {
        let share = 1.0 / digits.max(1) as f64;
        Means {
            product: self.product.map(|v| v * share),
            rows: self.rows.map(|v| v * share),
            certified: self.certified.map(|v| v * share),
            found: self.found * share,
        }
    }
}

fn markdown(plan: &Plan, report: &[NetworkBounds]) -> String {
    let cells = |cells: &[&str]| cells.iter().map(|c| (*c).to_owned()).collect::<Vec<String>>();
    let number = |v: Option<f64>| v.map_or("–".into(), |v| format!("{v:.4}"));
    let of = |b: &NetworkBounds| {
        let better = if b.not_certified.is_some() { "–".into() } else { b.better.to_string() };
        vec![
            plan.title(&b.network).to_owned(),
            b.product.map_or("unknown".into(), |l| format!("{l:.2}")),
            number(b.mean.product),
            number(b.mean.rows),
            number(b.mean.certified),
            format!("{:.4}", b.mean.found),
            b.digits.to_string(),
            better,
            b.contradicted.to_string(),
        ]
    };
    let head = cells(&[
        "network",
        "L",
        "margin/(√2·L)",
        "margin/L of its rows",
        "certified",
        "found",
        "digits",
        "certified is better",
        "above what was found",
    ]);
    let bounds = table::markdown(&head, &report.iter().map(of).collect::<Vec<_>>());
    let layers: Vec<Vec<String>> = report.iter().flat_map(|b| layer_rows(plan, b)).collect();
    let head = cells(&["network", "layer", "constant", "itself", "from the image"]);
    let layers = table::markdown(&head, &layers);
    let quoted = ALEXNET
        .iter()
        .map(|(name, size, bound)| vec![format!("{name}, {size}"), format!("*({bound})*")])
        .collect::<Vec<_>>();
    let alexnet = table::markdown(&cells(&["AlexNet's layer", "the paper's bound"]), &quoted);
    let not_fooled: u64 = report.iter().map(|b| b.not_fooled).sum();
    format!(
        "## Section 4.3: how far an answer can move\n\nMean ‖r‖₂ over digits that are read rightly \
         and were fooled ({not_fooled} were not): below which nothing fools the network, and at \
         which something does.\n\n{bounds}\nConstants of the layers; of a convolution that of the \
         circular one around it, and its own norm.\n\n{layers}\nThe paper's figures, for another \
         network:\n\n{alexnet}\n"
    )
}

fn layer_rows(plan: &Plan, bounds: &NetworkBounds) -> Vec<Vec<String>> {
    let number = |v: Option<f64>| v.map_or("–".into(), |v| format!("{v:.4}"));
    let row = |layer: &LayerRow| {
        let unknown = layer.unbounded.as_ref().map(|why| format!("{}: none, {why}", layer.what));
        vec![
            plan.title(&bounds.network).to_owned(),
            unknown.unwrap_or_else(|| layer.what.clone()),
            number(layer.constant),
            number(layer.exact),
            layer.from_image.map_or("unknown from here".into(), |l| format!("{l:.4}")),
        ]
    };
    bounds.layers.iter().map(row).collect()
}
