//! Images made for units, on layers whose best image is known.

use std::sync::Arc;

use blindspots::attack::Unobserved;
use blindspots::digit::PIXELS;
use blindspots::exec::{CpuExecutor, Executor};
use blindspots::model::{Network, NodeId};
use blindspots::ops::{Activation, Linear, Op};
use blindspots::study::units::{
    MaximiseSettings, Maximised, Probe, hidden_layer, maximise, unit_directions,
};

use crate::support::networks::Builder;
use crate::testing::{bundled, gallery};

const UNITS: usize = 3;

/// A dense layer with biases of one size, read by the logits; and its weights `[784, 3]`.
fn layer(activation: Activation, bias: f32) -> (Arc<Network>, Vec<f32>) {
    let mut builder = Builder::new();
    let weight = builder.random_weight(&[PIXELS, UNITS], 0.1);
    let bias = Some(builder.weight(&[UNITS], vec![bias; UNITS]));
    let op = Linear { rows: 1, k: PIXELS, n: UNITS, weight, bias, activation };
    let hidden = builder.node(Op::Linear(op), &[NodeId(0)], &[1, UNITS]);
    let network = builder.finish(hidden);
    let weights = network.weight(weight).data.to_vec();
    (Arc::new(network), weights)
}

/// Images for every unit of the first hidden layer.
fn climb(network: &Network, recipe: &MaximiseSettings) -> Vec<Maximised> {
    let layer = hidden_layer(network, 1).expect("it has one");
    let probe = Probe::along(network, &layer, &unit_directions(UNITS));
    let mut executor = Executor::Cpu(CpuExecutor::new(probe.network().clone()));
    let start = [0.5; PIXELS];
    pollster::block_on(maximise(&mut executor, &[1.0; UNITS], &start, recipe, &mut Unobserved))
        .expect("it runs")
}

/// The weights of one unit.
fn of(unit: usize, weights: &[f32]) -> Vec<f64> {
    weights.iter().skip(unit).step_by(UNITS).map(|w| f64::from(*w)).collect()
}

#[test]
fn without_a_price_the_best_image_is_a_corner_of_the_box() {
    // A sigmoid of w·x is largest where x is 1 for w > 0 and 0 elsewhere.
    // The bias keeps f32 from rounding it to 1 there, and its gradient to 0.
    const BIAS: f32 = -18.0;
    let (network, weights) = layer(Activation::Sigmoid, BIAS);
    let recipe = MaximiseSettings { ink: 0.0, roughness: 0.0, ..MaximiseSettings::default() };
    for (unit, made) in climb(&network, &recipe).into_iter().enumerate() {
        let image = made.image.expect("there is a gradient");
        assert!(image.iter().all(|v| (0.0..=1.0).contains(v)));
        let w = of(unit, &weights);
        let sum = |w: &[f64]| w.iter().zip(&image).map(|(w, x)| w * f64::from(*x)).sum::<f64>();
        let best: f64 = w.iter().map(|w| w.max(0.0)).sum();
        assert!(sum(&w) > 0.999 * best, "{} of {best}", sum(&w));
        let others = of((unit + 1) % UNITS, &weights);
        assert!(sum(&others) < 0.5 * best, "control: it is the best image of another unit");
        let answer = 1.0 / (1.0 + (-sum(&w) - f64::from(BIAS)).exp());
        assert!((f64::from(made.value) - answer).abs() < 1e-4, "{} is {answer}", made.value);
    }
}

#[test]
fn with_a_price_for_ink_the_best_image_is_known_too() {
    // The layer is linear in the box: the maximum of w·x − λ‖x‖²/784 is clip(784·w/2λ).
    let (network, weights) = layer(Activation::Relu, 100.0);
    let ink = 60.0;
    let recipe = MaximiseSettings { ink, roughness: 0.0, ..MaximiseSettings::default() };
    for (unit, made) in climb(&network, &recipe).into_iter().enumerate() {
        let image = made.image.expect("there is a gradient");
        let w = of(unit, &weights);
        let objective = |x: &[f64]| -> f64 {
            let price = f64::from(ink) / PIXELS as f64;
            w.iter().zip(x).map(|(w, x)| w * x - price * x * x).sum()
        };
        let found: Vec<f64> = image.iter().map(|v| f64::from(*v)).collect();
        let scale = PIXELS as f64 / (2.0 * f64::from(ink));
        let best: Vec<f64> = w.iter().map(|w| (scale * w).clamp(0.0, 1.0)).collect();
        assert!(objective(&found) <= objective(&best) + 1e-9);
        assert!(objective(&found) > 0.999 * objective(&best));
        let corner: Vec<f64> = w.iter().map(|w| f64::from(*w > 0.0)).collect();
        assert!(objective(&corner) < 0.999 * objective(&best), "control: a corner passes");
    }
}

#[test]
fn a_unit_without_a_gradient_gets_no_image() {
    let (dead, _) = layer(Activation::Relu, -1000.0);
    let made = climb(&dead, &MaximiseSettings::default());
    assert!(made.iter().all(|made| made.image.is_none() && made.value == 0.0));
    let (alive, _) = layer(Activation::Relu, 5.0);
    assert!(
        climb(&alive, &MaximiseSettings::default()).iter().all(|made| made.image.is_some()),
        "control"
    );
}

#[test]
fn images_made_for_units_excite_them_more_than_digits_do() {
    for (name, number) in [("fc100-100-10", 2), ("cnn", 1), ("cnn", 3)] {
        let network = bundled(name);
        let layer = hidden_layer(&network, number).expect("it exists");
        let gallery = gallery();
        let images: Vec<f32> = (0..100).flat_map(|place| gallery.problem(place).image).collect();
        let probe =
            Probe::along(&network, &layer, &unit_directions(layer.units)[..4 * layer.units]);
        let mut executor = Executor::Cpu(CpuExecutor::new(probe.network().clone()));
        let answers =
            pollster::block_on(probe.activations(&mut executor, &images, &mut Unobserved))
                .expect("it runs");
        let start: Vec<f32> = (0..PIXELS)
            .map(|p| images.iter().skip(p).step_by(PIXELS).sum::<f32>() / 100.0)
            .collect();
        let largest = |unit: usize| {
            answers.values().iter().skip(unit).step_by(layer.units).copied().fold(0.0, f32::max)
        };
        let scales: Vec<f32> = (0..4).map(|unit| largest(unit).max(f32::MIN_POSITIVE)).collect();
        let recipe = MaximiseSettings::default();
        let made =
            pollster::block_on(maximise(&mut executor, &scales, &start, &recipe, &mut Unobserved))
                .expect("it runs");
        let excited = made.iter().enumerate().filter(|(_, made)| made.image.is_some());
        for (unit, made) in excited.clone() {
            let (made, digits) = (made.value, largest(unit));
            assert!(made > digits, "{name}, layer {number}, unit {unit}: {made}, digits {digits}");
        }
        assert!(excited.count() > 0, "{name}, layer {number}: all units are dead");
    }
}
