//! Constants of whole networks: no pair of images contradicts them, and what
//! the command line writes of them is what the library says.

use blindspots::digit::PIXELS;
use blindspots::import::{self, LoadOptions};
use blindspots::model::Network;
use blindspots::ops::{Activation, Conv2d, Op};
use blindspots::study::spectral::{Spectrum, Unbounded, conv};

use super::{near, written_out};
use crate::support::cases;
use crate::support::networks::Random;
use crate::support::reference::forward;
use crate::testing::{bundled, gallery, models};

/// Images in pairs: strangers, and neighbours in random directions.
fn pairs() -> Vec<[Vec<f64>; 2]> {
    let mut random = Random::new(11);
    let gallery = gallery();
    let digit =
        |i: usize| -> Vec<f64> { gallery.problem(i).image.iter().map(|v| f64::from(*v)).collect() };
    let mut noise = || -> Vec<f64> { (0..PIXELS).map(|_| f64::from(random.unit())).collect() };
    let mut pairs: Vec<[Vec<f64>; 2]> = (0..3).map(|i| [digit(i), digit(3 * i + 1)]).collect();
    pairs.extend((0..3).map(|i| [digit(i), noise()]));
    for i in 0..4 {
        let x = if i % 2 == 0 { digit(i) } else { noise() };
        let y = x.iter().zip(noise()).map(|(v, n)| v + 1e-3 * (n - 0.5)).collect();
        pairs.push([x, y]);
    }
    pairs
}

fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

/// Nodes whose constant, times `factor`, a pair of images contradicts; and how many were asked.
fn contradicted(network: &Network, pairs: &[[Vec<f64>; 2]], factor: f64) -> (usize, usize) {
    /// f64 in the reference, over many nodes.
    const ROUNDING: f64 = 1e-9;
    let spectrum = Spectrum::of(network);
    let (mut broken, mut asked) = (0, 0);
    // Networks of other images see the same pixels, as many as they read.
    let fitted =
        |image: &[f64]| image.iter().copied().cycle().take(network.pixels()).collect::<Vec<f64>>();
    for [x, y] in pairs {
        let (x, y) = (&fitted(x), &fitted(y));
        let (at_x, at_y) = (forward(network, x), forward(network, y));
        for (place, layer) in spectrum.layers.iter().enumerate() {
            let last = spectrum.layers.get(place + 1).is_none_or(|next| next.node != layer.node);
            let Some(constant) = layer.from_image.filter(|_| last) else { continue };
            let moved = apart(&at_x[layer.node.0], &at_y[layer.node.0]);
            asked += 1;
            broken += usize::from(moved > factor * constant * apart(x, y) * (1.0 + ROUNDING));
        }
    }
    (broken, asked)
}

#[test]
fn no_pair_of_images_contradicts_a_bundled_network() {
    let pairs = pairs();
    let text = std::fs::read_to_string(models().join("index.json")).expect("the index");
    let index: Vec<serde_json::Value> = serde_json::from_str(&text).expect("valid");
    assert!(index.len() >= 11);
    for entry in index {
        let name = entry["name"].as_str().expect("a name");
        let network = bundled(name);
        let spectrum = Spectrum::of(&network);
        assert!(spectrum.product.is_some(), "{name} has a constant");
        assert_eq!(spectrum.unbounded().count(), 0);
        let (broken, asked) = contradicted(&network, &pairs, 1.0);
        assert_eq!(broken, 0, "{name}: {broken} of {asked}");
        assert!(asked > 0);
        // The negative control: constants that are far too small are contradicted.
        assert!(contradicted(&network, &pairs, 0.01).0 > 0, "{name}: a hundredth passes");
    }
}

#[test]
fn no_pair_of_images_contradicts_any_operation() {
    let pairs = pairs();
    let all = [
        cases::linear(),
        cases::conv2d(),
        cases::pool2d(),
        cases::unary(),
        cases::binary(),
        cases::select(),
        cases::reduce(),
        cases::softmax(),
        cases::rearrange(),
    ];
    let (mut total, mut spoiled) = (0, 0);
    for case in all.into_iter().flatten() {
        let (broken, asked) = contradicted(&case.network, &pairs, 1.0);
        assert_eq!(broken, 0, "{}: {broken} of {asked}", case.name);
        total += asked;
        spoiled += contradicted(&case.network, &pairs, 0.03).0;
    }
    assert!(total > 1000 && spoiled > 100, "{total} questions, {spoiled} spoiled ones noticed");
}

#[test]
fn foreign_networks_are_bounded_or_their_unbounded_operations_named() {
    let folder = models().join("../tests/fixtures/onnx");
    let pairs = &pairs()[..4];
    let (mut bounded, mut convolutions) = (0, 0);
    let mut unbounded: Vec<(String, Unbounded)> = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the fixtures") {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let Ok(network) = std::fs::read(&path)
            .map_err(|_| ())
            .and_then(|b| import::load(&b, &LoadOptions::default()).map_err(|_| ()))
        else {
            continue;
        };
        let spectrum = Spectrum::of(&network);
        let (broken, asked) = contradicted(&network, pairs, 1.0);
        assert_eq!(broken, 0, "{name}: {broken} of {asked}");
        match (spectrum.product, spectrum.unbounded().next()) {
            (Some(_), _) => bounded += 1,
            (None, Some(layer)) => {
                unbounded.push((name.clone(), layer.unbounded.expect("a reason")))
            }
            (None, None) => panic!("{name}: unknown without a reason"),
        }
        for node in &network.nodes {
            let Op::Conv2d(op) = &node.op else { continue };
            let op = Conv2d { bias: None, activation: Activation::Identity, ..op.clone() };
            let (n, m) = (op.input.iter().product::<usize>(), op.output.iter().product::<usize>());
            if n.min(m) > 200 {
                continue;
            }
            let found = conv::exact(&op, &network.weight(op.weight).data).expect("small");
            let known = written_out(&network, &op);
            assert!(near(found, known), "{name}: {found} is not {known}");
            convolutions += 1;
        }
    }
    assert!(bounded > 70, "{bounded} are bounded; not {unbounded:?}");
    assert!(convolutions > 5, "{convolutions} convolutions were compared");
    let attention = unbounded.iter().find(|(name, _)| name == "ts-attention.onnx");
    assert!(
        matches!(attention, Some((_, Unbounded::Multiplies | Unbounded::Divides))),
        "{attention:?}"
    );
}

#[test]
fn a_bound_is_a_margin_over_a_constant() {
    let network = bundled("fc10-1");
    let spectrum = Spectrum::of(&network);
    let mut logits = [0.0f32; 10];
    (logits[3], logits[7]) = (8.0, 6.0);
    let distance = spectrum.distance(&logits, 3).expect("it has a constant");
    let product = 2.0 / (std::f64::consts::SQRT_2 * spectrum.product.expect("known"));
    assert!((distance.product / product - 1.0).abs() < 1e-3);
    let rows = distance.rows.expect("the last layer is dense");
    assert!(rows >= distance.product && distance.best() == rows);
    let known = (0..10).filter(|t| *t != 3).map(|t| {
        let margin = f64::from(logits[3] - logits[t]);
        margin / spectrum.margin(3, t).expect("known")
    });
    assert!((rows / known.fold(f64::INFINITY, f64::min) - 1.0).abs() < 1e-3);
    // Misread already, and a margin within rounding.
    assert_eq!(spectrum.distance(&logits, 7).expect("known").best(), 0.0);
    assert_eq!(spectrum.distance(&[1.0; 10], 3).expect("known").best(), 0.0);
}

/// `blindspots reproduce spectral` on one network and a few digits.
fn reproduced(model: &std::path::Path) -> serde_json::Value {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("spectral");
    std::fs::create_dir_all(&folder).expect("a folder for temporary files");
    for part in ["images-idx3", "labels-idx1"] {
        let to = folder.join(format!("t10k-{part}-ubyte.gz"));
        std::fs::copy(models().join(format!("gallery-{part}-ubyte.gz")), to).expect("the gallery");
    }
    let json = folder.join("spectral.json");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_blindspots"))
        .args(["reproduce", "spectral", "--count", "3", "--model"])
        .arg(model)
        .arg("--data")
        .arg(&folder)
        .arg("--json")
        .arg(&json)
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("AlexNet") && said.contains("*(2.75)*"), "{said}");
    serde_json::from_slice(&std::fs::read(&json).expect("written")).expect("valid")
}

#[test]
fn the_command_line_agrees_with_singular_values_of_a_foreign_convolution() {
    let path = models().join("../tests/fixtures/onnx/conv-same-upper-k4s3.onnx");
    let written = reproduced(&path);
    let text = written.to_string();
    let network =
        import::load(&std::fs::read(&path).expect("the fixture"), &LoadOptions::default())
            .expect("it loads");
    let mut compared = 0;
    for node in &network.nodes {
        let Op::Conv2d(op) = &node.op else { continue };
        let known = written_out(
            &network,
            &Conv2d { bias: None, activation: Activation::Identity, ..op.clone() },
        );
        let found = number_after(&text, "\"exact\":").expect("the norm is written");
        assert!(near(found, known), "{found} is not {known}");
        compared += 1;
    }
    assert_eq!(compared, 1);
    let bound = number_after(&text, "\"product\":").expect("the distance is written");
    assert!(bound > 0.0);
    assert!(text.contains("a convolution"), "why nothing is certified: {text}");
}

/// The first number behind a key in JSON text.
fn number_after(text: &str, key: &str) -> Option<f64> {
    let numbers = text.match_indices(key).map(|(at, _)| &text[at + key.len()..]);
    numbers.filter_map(|rest| rest.split([',', '}']).next()?.parse().ok()).next()
}
