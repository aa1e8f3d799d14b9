//! The experiment as a run: its facts, its document, its refusals.

use blindspots::attack::Method;
use blindspots::digit::idx::Digits;
use blindspots::study::reproduce::shard::{self, Shard};
use blindspots::study::reproduce::{Materials, Request, Subject};
use blindspots::study::units::Units;

use crate::testing::{bundled, gallery};

/// The gallery's first digits, shown to a few networks.
fn lab(networks: &[&str], count: usize) -> Materials {
    let gallery = gallery();
    let problems: Vec<_> = (0..100).map(|place| gallery.problem(place)).collect();
    let digits = Digits {
        images: problems.iter().flat_map(|problem| problem.image.iter().copied()).collect(),
        labels: problems.iter().map(|problem| problem.label as u8).collect(),
    };
    let subject = |name: &&str| Subject {
        name: (*name).to_owned(),
        title: (*name).to_owned(),
        network: bundled(name),
    };
    let request = Request {
        experiments: vec!["units".into()],
        count: Some(count),
        method: Method::NearestBoundary,
        seed: 3,
    };
    Materials::new(request, networks.iter().map(subject).collect(), digits, None).expect("it fits")
}

#[test]
fn every_hidden_layer_is_compared_and_networks_without_one_are_named() {
    let lab = lab(&["fc10-1", "fc100-100-10", "cnn"], 100);
    let part = shard::run(&lab, Shard::WHOLE, |_, _| {}).expect("it runs");
    let report = shard::merge(&[part]).expect("it is whole");
    let networks = report.result::<Units>().expect("it can be read back");
    let layers: Vec<usize> = networks.iter().map(|network| network.layers.len()).collect();
    assert_eq!(layers, [0, 2, 3]);
    for layer in networks.iter().flat_map(|network| &network.layers) {
        let found = layer.found.as_ref().expect("it answers to digits");
        assert_eq!((found.images, found.units + found.silent), (100, layer.units));
        assert_eq!(found.curve.len(), 11);
        assert_eq!(found.purity.units, found.curve[0].purity, "α = 0 are the units themselves");
        assert!((found.purity.directions - found.curve[10].purity).abs() < 0.1, "{found:?}");
    }
    // Selectivity tells the paper's units from directions, by far.
    for layer in &networks[1].layers {
        let selectivity = layer.found.as_ref().expect("it was compared").selectivity;
        assert!(selectivity.units > 1.5 * selectivity.directions && selectivity.p < 0.001);
    }
    let text = report.markdown().expect("it can be written");
    assert!(text.contains("| cnn, layer 2: 32 channels |"), "{text}");
    assert!(text.contains("Not compared: fc10-1, because this network has no hidden units"));
    assert!(text.contains("Bau et al., 2017") && text.contains("Morcos et al., 2018"));
}

#[test]
fn parts_give_what_the_whole_gives() {
    let lab = lab(&["fc100-100-10", "ae400-10"], 40);
    let run = |text: &str| {
        let shard: Shard = text.parse().expect("a shard");
        shard::run(&lab, shard, |_, _| {}).expect("it runs")
    };
    let whole = shard::merge(&[run("1/1")]).expect("it is whole");
    assert_eq!(shard::merge(&[run("2/2"), run("1/2")]).expect("it is whole"), whole);
    let twice = shard::merge(&[run("1/2"), run("1/2")]);
    assert!(twice.is_err(), "control: half of it is no whole");
}

#[test]
fn too_few_digits_are_refused() {
    let error = shard::run(&lab(&["fc100-100-10"], 15), Shard::WHOLE, |_, _| {})
        .expect_err("rows of eight need sixteen");
    assert_eq!(error.code(), "too-few-images");
    assert!(error.to_string().contains("at least 16"), "{error}");
}
