//! `reproduce units`: every hidden layer of every network.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::statistics::Contrast;
use super::{Comparison, ComparisonSettings, Layer, Probe, UnitsError, compare, hidden_layers};
use crate::attack::Unobserved;
use crate::digit::idx::Digits;
use crate::exec::{CpuExecutor, Executor};
use crate::model::Network;
use crate::study::StudyError;
use crate::study::reproduce::{Done, Experiment, Materials, Plan, Set, Work};
use crate::study::table::markdown;

/// Below this a p-value is called small.
const LEVEL: f64 = 0.05;

/// Points of the curve that the document shows.
const SHOWN: usize = 6;

/// Units against random directions (Szegedy et al., 2013, section 3).
pub struct Units;

/// What was found in one network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkUnits {
    /// The network.
    pub network: String,
    /// Its hidden layers.
    pub layers: Vec<LayerUnits>,
    /// Why there are none.
    pub refused: Option<String>,
}

/// What was found in one hidden layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerUnits {
    /// Its number, from 1.
    pub number: usize,
    /// Its name in the file.
    pub name: String,
    /// Units or channels, silent ones included.
    pub units: usize,
    /// Places over which a channel's answer is the mean; 1 for a dense layer.
    pub places: usize,
    /// Its units beside random directions.
    pub found: Option<Comparison>,
    /// Why there is no comparison.
    pub refused: Option<String>,
}

impl Experiment for Units {
    const NAME: &'static str = "units";
    const ANY_NETWORK: bool = true;
    type Report = Vec<NetworkUnits>;

    fn work(plan: &Plan) -> Vec<Work> {
        let digits = plan.digits(Set::Test);
        let one = |name: String| {
            // A digit that is shown to all layers costs about a twentieth of one that is attacked.
            Work::new(key(&name), digits as u64 / 20, move |materials| {
                examine(materials, &name, digits)
            })
        };
        plan.networks.iter().map(|network| one(network.name.clone())).collect()
    }

    fn finish(plan: &Plan, done: &Done) -> Result<Vec<NetworkUnits>, StudyError> {
        plan.networks.iter().map(|network| done.get(&key(&network.name))).collect()
    }

    fn markdown(_: &Plan, report: &Vec<NetworkUnits>) -> String {
        document(report)
    }
}

fn key(network: &str) -> String {
    format!("units/{network}")
}

fn examine(materials: &Materials, name: &str, digits: usize) -> Result<NetworkUnits, StudyError> {
    let network = &materials.subject(name)?.network;
    let mut found = NetworkUnits { network: name.to_owned(), layers: Vec::new(), refused: None };
    let layers = match hidden_layers(network) {
        Ok(layers) => layers,
        Err(reason) => {
            found.refused = Some(reason.to_string());
            return Ok(found);
        }
    };
    let digits = materials.digits(Set::Test, 0..digits)?;
    let settings =
        ComparisonSettings { seed: materials.plan().seed, ..ComparisonSettings::default() };
    for (layer, number) in layers.into_iter().zip(1..) {
        let (comparison, refused) = match layer_units(network, &layer, &digits, &settings) {
            Ok(comparison) => (Some(comparison), None),
            // Of the layer alone; the others may have something to say.
            Err(reason @ (UnitsError::Silent { .. } | UnitsError::NotANumber { .. })) => {
                (None, Some(reason.to_string()))
            }
            Err(reason) => return Err(reason.into()),
        };
        let Layer { name, units, places, .. } = layer;
        found.layers.push(LayerUnits { number, name, units, places, found: comparison, refused });
    }
    Ok(found)
}

fn layer_units(
    network: &Network,
    layer: &Layer,
    digits: &Digits,
    settings: &ComparisonSettings,
) -> Result<Comparison, UnitsError> {
    let probe = Probe::new(network, layer);
    let mut executor = Executor::Cpu(CpuExecutor::new(probe.network().clone()));
    pollster::block_on(async {
        let Digits { images, labels } = digits;
        settings.check(labels.len(), labels)?;
        let activations = probe.activations(&mut executor, images, &mut Unobserved).await?;
        compare(&activations, images, labels, settings, &mut Unobserved).await
    })
}

fn document(report: &[NetworkUnits]) -> String {
    let mut metrics = Vec::new();
    let mut curves = Vec::new();
    let mut refused: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut comparisons = Vec::new();
    for network in report {
        if let Some(reason) = &network.refused {
            refused.entry(reason).or_default().push(network.network.clone());
        }
        for layer in &network.layers {
            let what = if layer.places > 1 { "channels" } else { "units" };
            let LayerUnits { number, units, .. } = layer;
            let name = format!("{}, layer {number}: {units} {what}", network.network);
            if let Some(reason) = &layer.refused {
                refused.entry(reason).or_default().push(name.clone());
            }
            if let Some(found) = &layer.found {
                metrics.push(metrics_row(&name, found));
                curves.push(curve_row(&name, found));
                comparisons.push(found);
            }
        }
    }
    let mut text = format!("## Units against random directions (section 3)\n\n{}\n", HEAD.trim());
    if let Some(first) = comparisons.first() {
        let metrics = markdown(&METRICS.map(String::from), &metrics);
        let mut head = vec!["layer".to_owned()];
        head.extend(shown(first).map(|point| format!("α = {:.1}", point.alpha)));
        let curves = markdown(&head, &curves);
        let sum = sum_up(&comparisons);
        text +=
            &format!("\n{metrics}\n{sum}\n\n{}\n\n{curves}\n{}\n", ROTATION.trim(), AGAINST.trim());
    }
    for (reason, names) in refused {
        text += &format!("\nNot compared: {}, because {reason}.\n", names.join("; "));
    }
    text
}

const HEAD: &str = "
The paper shows the images that most excite a unit beside those that most excite a random \
direction, finds both equally meaningful, and gives no number. Here every hidden layer is \
compared with 1,000 directions. Purity: the share of the most frequent digit among the eight \
images of a row. Selectivity: (μ_max − μ_rest)/(μ_max + μ_rest) of the mean answers to a digit, \
shifted so that the smallest answer is 0. p: two-sided permutation tests. Judge: how often an \
automatic one, which knows all other rows, finds the unit's row among two (95 % interval; ½ is \
guessing). A channel's answer is its mean over all places. Units that give every digit the same \
answer are silent and left out.
";

const ROTATION: &str = "
Mean purity / selectivity while a rotation Qᵅ turns the units (α = 0) into a random basis \
(α = 1), as in *Network Dissection*:
";

const AGAINST: &str = "
Others disagree with the paper: in networks for photographs, *Network Dissection* (Bau et al., \
2017) finds far fewer units that detect something with a name once a random rotation has mixed \
them. How selective a unit is says little, however, about how much the network needs it (Morcos \
et al., 2018).
";

const METRICS: [&str; 9] = [
    "layer",
    "silent",
    "purity of units",
    "of directions",
    "p",
    "selectivity of units",
    "of directions",
    "p",
    "judge is right %",
];

fn metrics_row(name: &str, found: &Comparison) -> Vec<String> {
    let contrast = |Contrast { units, directions, p, .. }: Contrast| {
        [format!("{units:.3}"), format!("{directions:.3}"), format!("{p:.4}")]
    };
    let judge = found.forced_choice;
    let percent = |share: f64| format!("{:.0}", 100.0 * share);
    let mut row = vec![name.to_owned(), found.silent.to_string()];
    row.extend(contrast(found.purity));
    row.extend(contrast(found.selectivity));
    let (low, high) = (percent(judge.low), percent(judge.high));
    row.push(format!("{} ({low}–{high})", percent(judge.share())));
    row
}

fn curve_row(name: &str, found: &Comparison) -> Vec<String> {
    let points = shown(found).map(|p| format!("{:.2} / {:.2}", p.purity, p.selectivity));
    [name.to_owned()].into_iter().chain(points).collect()
}

/// Evenly chosen points of a curve, both ends among them.
fn shown(found: &Comparison) -> impl Iterator<Item = &super::Point> {
    let step = (found.curve.len().saturating_sub(1) / (SHOWN - 1)).max(1);
    found.curve.iter().step_by(step)
}

fn sum_up(found: &[&Comparison]) -> String {
    let all = found.len();
    let count = |test: &dyn Fn(&Comparison) -> bool| found.iter().filter(|c| test(c)).count();
    let larger = |c: Contrast| c.p < LEVEL && c.units > c.directions;
    let smaller = |c: Contrast| c.p < LEVEL && c.units < c.directions;
    let [purer, less_pure] = [count(&|c| larger(c.purity)), count(&|c| smaller(c.purity))];
    let [more, less] = [count(&|c| larger(c.selectivity)), count(&|c| smaller(c.selectivity))];
    let [better, worse] =
        [count(&|c| c.forced_choice.low > 0.5), count(&|c| c.forced_choice.high < 0.5)];
    format!(
        "Layers: {all}. Units are purer than directions in {purer} and less pure in {less_pure} \
        (p < {LEVEL}; one test in twenty says so by chance), more selective in {more} and less in \
        {less}. The judge is better than guessing in {better} and worse in {worse}, where units' \
        rows lie nearer to known directions' than to each other. Part of the selectivity is form: \
        units answer on one side of a bound, mixtures on both sides of a mean."
    )
}
