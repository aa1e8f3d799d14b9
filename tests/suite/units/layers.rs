//! Which nodes are hidden layers, and what their units answer.

use std::sync::Arc;

use blindspots::attack::Unobserved;
use blindspots::digit::PIXELS;
use blindspots::exec::{CpuExecutor, Executor, GpuExecutor};
use blindspots::import::{self, LoadOptions};
use blindspots::model::Network;
use blindspots::study::units::{Layer, Probe, UnitsError, hidden_layer, hidden_layers};

use crate::support::compare::{Tolerance, assert_close, compare, wide};
use crate::support::reference;
use crate::testing::device;
use crate::testing::{bundled, gallery};

/// Units and places of a network's hidden layers.
fn sizes(network: &Network) -> Vec<(usize, usize)> {
    let layers = hidden_layers(network).expect("there are hidden layers");
    layers.iter().map(|layer| (layer.units, layer.places)).collect()
}

fn fixture(name: &str) -> Network {
    let path = format!("{}/tests/fixtures/onnx/{name}.onnx", env!("CARGO_MANIFEST_DIR"));
    import::load(&std::fs::read(&path).expect("the fixture is there"), &LoadOptions::default())
        .expect("it loads")
}

#[test]
fn bundled_networks_have_the_layers_that_their_names_say() {
    let convolutional = [(16, 784), (32, 100), (100, 1)];
    for (name, expected) in [
        ("fc100-100-10", [(100, 1), (100, 1)].as_slice()),
        ("fc200-200-10", &[(200, 1), (200, 1)]),
        ("fc123-456-10-p1", &[(123, 1), (456, 1)]),
        ("ae400-10", &[(400, 1)]),
        ("cnn", &convolutional),
        ("cnn-robust", &convolutional),
    ] {
        assert_eq!(sizes(&bundled(name)), expected, "{name}");
    }
}

#[test]
fn layers_are_found_however_a_file_writes_them() {
    for (name, expected) in [
        // A ReLU as a maximum, a Celu between two scales, a Mish as a product.
        ("act-relu6", [(2, 16)].as_slice()),
        ("act-celu", &[(2, 16)]),
        ("act-mish", &[(2, 16)]),
        // Channels last, behind a transpose.
        ("keras-conv", &[(3, 196)]),
        // Normalisation before and after the nonlinearity.
        ("batchnorm-node", &[(3, 49)]),
        ("group-norm", &[(4, 16)]),
        // A sum of two paths.
        ("dynamo-residual", &[(3, 49), (3, 49), (3, 49)]),
        // One dense layer for all rows of the image.
        ("dynamo-einsum", &[(5, 5)]),
    ] {
        assert_eq!(sizes(&fixture(name)), expected, "{name}");
    }
}

#[test]
fn softmax_regression_has_no_hidden_units_and_is_told_why() {
    for name in ["fc10-1e-4", "fc10-1e-2", "fc10-1"] {
        let error = hidden_layers(&bundled(name)).expect_err("it has none");
        assert!(matches!(error, UnitsError::NoHiddenUnits));
        assert_eq!(error.code(), "no-hidden-units");
        assert!(error.to_string().contains("Softmax regression"), "{error}");
    }
    let network = bundled("fc100-100-10");
    for asked in [0, 3] {
        let error = hidden_layer(&network, asked).expect_err("there are two");
        assert!(matches!(error, UnitsError::NoSuchLayer { there: 2, .. }), "{error}");
    }
}

/// The units' answers by the f64 reference: node by node, the mean over places.
fn expected(network: &Network, layer: &Layer, images: &[f32]) -> Vec<f64> {
    let mut answers = Vec::new();
    for image in images.chunks_exact(PIXELS) {
        let values = reference::forward(network, &wide(image)).swap_remove(layer.node.0);
        // Bundled convolutions are [channels, places]: what belongs to a unit is adjacent.
        let means = values.chunks_exact(layer.places);
        answers.extend(means.map(|v| v.iter().sum::<f64>() / layer.places as f64));
    }
    answers
}

fn check(name: &str, executor: impl Fn(&Arc<Network>) -> Executor) {
    let network = bundled(name);
    let gallery = gallery();
    let images: Vec<f32> = (0..3).flat_map(|place| gallery.problem(place).image).collect();
    for layer in hidden_layers(&network).expect("it has hidden layers") {
        let probe = Probe::new(&network, &layer);
        let mut executor = executor(probe.network());
        let mut ask = |images: &[f32]| {
            pollster::block_on(probe.activations(&mut executor, images, &mut Unobserved))
                .expect("it runs")
        };
        let answers = ask(&images);
        assert_eq!((answers.images(), answers.units()), (3, layer.units));
        let what = format!("{name}, {}", layer.name);
        let reference = expected(&network, &layer, &images);
        assert_close(&what, &wide(answers.values()), &reference, Tolerance::APPROXIMATE);
        // Negative control: the digits upside down.
        let turned: Vec<f32> = images.iter().rev().copied().collect();
        let other = wide(ask(&turned).values());
        assert!(compare(&other, &reference, Tolerance::APPROXIMATE).is_err(), "{what}");
    }
}

#[test]
fn activations_are_those_of_the_f64_reference() {
    for name in ["fc100-100-10", "ae400-10", "cnn"] {
        check(name, |network| Executor::Cpu(CpuExecutor::new(network.clone())));
    }
}

#[test]
fn activations_on_the_device_are_those_of_the_f64_reference() {
    let Some(context) = device::context("activations_on_the_device") else { return };
    for name in ["fc100-100-10", "cnn"] {
        check(name, |network| {
            let gpu = GpuExecutor::new(context.clone(), network.clone()).expect("it fits");
            Executor::Gpu(Box::new(gpu))
        });
    }
}

#[test]
fn transposed_channels_are_the_same_units() {
    // The same layer before and after a transpose: [channels, places] and [places, channels].
    let network = fixture("keras-conv");
    let layer = hidden_layer(&network, 1).expect("it has one");
    let image: Vec<f32> = (0..PIXELS).map(|i| (i * 7 % 11) as f32 / 11.0).collect();
    let probe = Probe::new(&network, &layer);
    let mut executor = Executor::Cpu(CpuExecutor::new(probe.network().clone()));
    let answers = pollster::block_on(probe.activations(&mut executor, &image, &mut Unobserved))
        .expect("runs");
    let values = reference::forward(&network, &wide(&image)).swap_remove(layer.node.0);
    let shape = &network.node(layer.node).shape;
    let channels_first = shape[0] == layer.units;
    let mean = |unit: usize| {
        let of_unit = |place: &usize| match channels_first {
            true => place / layer.places == unit,
            false => place % layer.units == unit,
        };
        (0..values.len()).filter(of_unit).map(|p| values[p]).sum::<f64>() / layer.places as f64
    };
    let expected: Vec<f64> = (0..layer.units).map(mean).collect();
    assert_close("keras-conv", &wide(answers.values()), &expected, Tolerance::APPROXIMATE);
}

#[test]
fn what_is_no_image_is_refused() {
    let network = bundled("fc100-100-10");
    let layer = hidden_layer(&network, 1).expect("it has two");
    let probe = Probe::new(&network, &layer);
    let mut executor = Executor::Cpu(CpuExecutor::new(probe.network().clone()));
    let mut ask = |images: &[f32]| {
        pollster::block_on(probe.activations(&mut executor, images, &mut Unobserved))
    };
    assert!(matches!(ask(&[0.5; 100]), Err(UnitsError::WrongSize { pixels: 784, actual: 100 })));
    let nan = ask(&[f32::NAN; PIXELS]);
    assert!(matches!(nan, Err(UnitsError::NotANumber { index: 0, unit: 0 })), "{nan:?}");
}
