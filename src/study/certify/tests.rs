//! Networks so small that what they read is known at every image.

use super::*;
use crate::study::certify::chain::Affine;
use rand_distr::{Distribution, StandardUniform};
use rand_pcg::Pcg32;

const CURVES: [Curve; 3] = [Curve::Sigmoid, Curve::Tanh, Curve::Relu];

/// What rounding may take off a radius.
const TIGHT: f64 = 1e-7;

/// `y = W·x + b`, row by row.
fn affine(rows: &[&[f64]], bias: &[f64]) -> Affine {
    Affine { weights: rows.concat(), bias: bias.to_vec(), inputs: rows[0].len() }
}

/// The same activation after every map but the last.
fn certifier(layers: Vec<Affine>, curve: Curve) -> Certifier {
    let (pixels, classes) = (layers[0].inputs, layers[layers.len() - 1].bias.len());
    let curves = vec![curve; layers.len() - 1];
    Certifier { chain: Chain { layers, curves, pixels, classes } }
}

fn certify(certifier: &Certifier, image: &[f32], label: usize) -> Certificate {
    certifier.certify(image, label).expect("an image")
}

/// The argument at which a curve has a value.
fn inverse(curve: Curve, value: f64) -> f64 {
    match curve {
        Curve::Sigmoid => (value / (1.0 - value)).ln(),
        Curve::Tanh => value.atanh(),
        Curve::Relu => value,
    }
}

fn wide(image: &[f32]) -> Vec<f64> {
    image.iter().map(|v| f64::from(*v)).collect()
}

fn distance(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
}

#[test]
fn a_linear_network_has_the_distance_to_its_nearest_boundary_in_the_box() {
    // Beside a class without a logit: x + y − 1, and 3y − 2.25.
    let network = certifier(
        vec![affine(&[&[0.0, 0.0], &[1.0, 1.0], &[0.0, 3.0]], &[0.0, -1.0, -2.25])],
        Curve::Relu,
    );
    // The first is in the way at (½, ¼); at (1, ¼) it is read itself; at (0, ½) the other is nearer.
    let cases = [
        ([0.5, 0.25], 0, 0.25 / 2.0f64.sqrt(), 1),
        ([1.0, 0.25], 1, 0.25 / 2.0f64.sqrt(), 0),
        ([0.0, 0.5], 0, 0.25, 2),
    ];
    for (image, label, right, rival) in cases {
        let found = certify(&network, &image, label);
        assert!(found.radius <= right && found.radius > right - TIGHT, "{image:?}: {found:?}");
        assert_eq!((found.rival, found.trials), (rival, 1), "{image:?}");
    }
    // A pixel that is white already gains nothing: 3x + y − 3.75 needs all of its ½ from y.
    let network = certifier(vec![affine(&[&[0.0, 0.0], &[3.0, 1.0]], &[0.0, -3.75])], Curve::Relu);
    let found = certify(&network, &[1.0, 0.25], 0);
    assert!(found.radius <= 0.5 && found.radius > 0.5 - TIGHT, "{found:?}");
}

#[test]
fn no_radius_is_longer_than_the_diagonal_of_the_box() {
    let constant = affine(&[&[0.0; 4], &[0.0; 4]], &[1.0, 0.0]);
    let hidden = affine(&[&[1.0; 4]], &[0.0]);
    let last = affine(&[&[0.0], &[0.0]], &[1.0, 0.0]);
    for network in [vec![constant], vec![hidden, last]] {
        let network = certifier(network, Curve::Tanh);
        let found = certify(&network, &[0.5, 0.0, 1.0, 0.25], 0);
        assert!(found.radius <= 2.0 && found.radius > 2.0 * 0.998, "{found:?}");
    }
}

#[test]
fn of_equal_logits_the_label_is_read_and_nothing_is_proved() {
    let network =
        certifier(vec![affine(&[&[1.0], &[0.0], &[-1.0]], &[0.0, 0.5, 1.0])], Curve::Relu);
    for label in 0..3 {
        let found = certify(&network, &[0.5], label);
        assert_eq!((found.radius, found.trials), (0.0, 1), "{label}");
    }
    // A misread image is not searched; of two larger logits the largest is named.
    let found = certify(&network, &[0.75], 2);
    assert_eq!(found, Certificate { radius: 0.0, rival: 0, trials: 0 });
}

#[test]
fn progress_counts_radii() {
    let network = certifier(
        vec![affine(&[&[1.0]], &[0.0]), affine(&[&[1.0], &[0.0]], &[0.0, 0.5])],
        Curve::Tanh,
    );
    let mut search = network.search(&[0.25], 1).expect("an image");
    assert_eq!((search.fraction(), search.certificate().radius), (0.0, 0.0));
    for trial in 1..4u8 {
        assert!(search.step(), "{trial}");
        assert!((search.fraction() - f32::from(trial) / 30.0).abs() < 1e-6);
        assert_eq!(search.certificate().trials, usize::from(trial));
    }
}

/// How far a network of one pixel can be changed until a unit's value passes another logit.
fn to_crossing(image: f32, crossing: f64) -> f64 {
    let reached = (0.0..=1.0).contains(&crossing);
    if reached { (crossing - f64::from(image)).abs() } else { 1.0 }
}

#[test]
fn one_unit_of_one_pixel_has_nearly_its_exact_distance() {
    /// Tangents at the digit prove too little of an S-shaped unit; the search goes on from there.
    const LEAST: f64 = 0.98;
    for curve in CURVES {
        let mut shares = Vec::new();
        for (weight, bias) in [(1.0, 0.0), (4.0, -2.0), (-4.0, 2.5), (9.0, -1.0), (-0.5, 1.0)] {
            for other in [0.2, 0.55, 0.8] {
                let crossing = (inverse(curve, other) - bias) / weight;
                for image in [0.0, 0.1, 0.45, 0.875, 1.0] {
                    let layers = vec![
                        affine(&[&[weight]], &[bias]),
                        affine(&[&[0.0], &[1.0]], &[other, 0.0]),
                    ];
                    let label = usize::from(curve.value(weight * f64::from(image) + bias) > other);
                    let found = certify(&certifier(layers, curve), &[image], label);
                    let (radius, trials) = (found.radius, found.trials);
                    let right = to_crossing(image, crossing);
                    let named = format!("{curve:?} of {weight}x + {bias}, {other} at {image}");
                    assert!(radius <= right, "{named}: {radius} above {right}");
                    assert!(radius > LEAST * right, "{named}: {radius} of {right}");
                    assert!(trials < 20, "{named}: {trials} trials");
                    shares.push(radius / right);
                }
            }
        }
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        let least = if curve == Curve::Relu { 0.999 } else { 0.99 };
        assert!(mean > least, "{curve:?}: {mean}, {shares:.2?}");
    }
}

#[test]
fn units_behind_units_have_nearly_their_exact_distance() {
    let mut inside = 0;
    for curve in CURVES {
        for (first, second) in [(2.0, 3.0), (-2.0, 3.0), (2.0, -3.0), (-2.0, -3.0)] {
            let hidden = |x: f64| curve.value(first * x - 0.5 * first + 0.3);
            // Crosses at 0.7, or at 0.3.
            for crossing in [0.3, 0.7] {
                let bias = 0.4 - second * hidden(crossing);
                let other = curve.value(0.4);
                for image in [0.0, 0.2, 0.5, 0.8, 1.0] {
                    let layers = vec![
                        affine(&[&[first]], &[-0.5 * first + 0.3]),
                        affine(&[&[second]], &[bias]),
                        affine(&[&[0.0], &[1.0]], &[other, 0.0]),
                    ];
                    let at = curve.value(second * hidden(f64::from(image)) + bias);
                    let found =
                        certify(&certifier(layers, curve), &[image], usize::from(at > other));
                    let right = to_crossing(image, crossing);
                    let named = format!("{curve:?}, {first}, {second}, {crossing} from {image}");
                    assert!(found.radius <= right, "{named}: {} above {right}", found.radius);
                    // A ReLU that is off on the way there lets nothing through.
                    if curve != Curve::Relu || hidden(crossing) > 0.0 {
                        assert!(
                            found.radius > 0.95 * right,
                            "{named}: {} of {right}",
                            found.radius
                        );
                        inside += 1;
                    }
                }
            }
        }
    }
    assert!(inside > 80, "{inside} crossings are known");
}

/// Random maps of two pixels through hidden layers of three units to three logits.
fn random(hidden: usize, curve: Curve, generator: &mut Pcg32) -> Certifier {
    let mut number = |size: f64| {
        let uniform: f64 = StandardUniform.sample(generator);
        size * (2.0 * uniform - 1.0)
    };
    let layers = (0..=hidden).map(|layer| {
        let inputs = if layer == 0 { 2 } else { 3 };
        let weights = (0..3 * inputs).map(|_| number(3.0)).collect();
        Affine { weights, bias: (0..3).map(|_| number(1.0)).collect(), inputs }
    });
    certifier(layers.collect(), curve)
}

/// The images of two pixels whose values are 64ths.
fn grid() -> impl Iterator<Item = [f64; 2]> {
    (0..=64 * 65 + 64).map(|i| [i % 65, i / 65].map(|level: i32| f64::from(level) / 64.0))
}

#[test]
fn no_image_within_a_radius_is_misread_and_some_beyond_it_are() {
    /// Mean share of the distance of the nearest image on the grid that is misread.
    const LEAST: f64 = 0.85;
    let mut generator = Pcg32::new(7, 1);
    for hidden in [1, 2] {
        for curve in CURVES {
            let mut shares = Vec::new();
            for _ in 0..60 {
                let network = random(hidden, curve, &mut generator);
                let image = [0.5, 0.375];
                let read = |x: &[f64]| {
                    let logits = network.chain.forward(x).pop().expect("logits");
                    (1..3).fold(0, |a, k| if logits[k] > logits[a] { k } else { a })
                };
                let label = read(&wide(&image));
                let found = certify(&network, &image, label);
                let misread = grid().filter(|x| read(x) != label);
                let nearest =
                    misread.map(|x| distance(&x, &wide(&image))).fold(f64::INFINITY, f64::min);
                assert!(found.radius < nearest, "{curve:?}: {} and {nearest}", found.radius);
                if nearest.is_finite() {
                    shares.push(found.radius / nearest);
                }
            }
            let mean = shares.iter().sum::<f64>() / shares.len() as f64;
            assert!(shares.len() > 5 && mean > LEAST, "{hidden}, {curve:?}: {mean}, {shares:.2?}");
        }
    }
}

#[test]
fn every_layer_is_enclosed_by_its_bounds_and_reaches_near_them() {
    let mut generator = Pcg32::new(3, 5);
    for curve in CURVES {
        for radius in [0.1, 0.3, 0.6] {
            let (mut room, mut wider) = (Vec::new(), 0);
            for _ in 0..8 {
                let network = random(2, curve, &mut generator);
                let image = [0.75, 0.25];
                let mut search = Search::new(&network.chain, &image, 0);
                let plain = search.plain(radius, &mut [0.0; 2]);
                let first = search.least(&[], radius);
                let relaxed = vec![relaxations(curve, &first)];
                let second = search.least(&relaxed, radius);
                let within = grid().filter(|x| distance(x, &wide(&image)) <= radius);
                let values: Vec<Vec<Vec<f64>>> =
                    within.map(|x| network.chain.forward(&x)).collect();
                for (layer, least) in [first, second].iter().enumerate() {
                    for (row, (bound, plain)) in least.iter().zip(&plain[layer]).enumerate() {
                        let sign = [1.0, -1.0][row % 2];
                        let value = |z: &Vec<Vec<f64>>| sign * z[layer][row / 2];
                        let reached = values.iter().map(value).fold(f64::INFINITY, f64::min);
                        let most = values.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
                        assert!(*bound <= reached, "{curve:?}, {radius}: {bound} above {reached}");
                        assert!(*plain <= reached, "{curve:?}, {radius}: {plain} above {reached}");
                        wider += usize::from(*plain < bound - TIGHT);
                        if most > reached {
                            room.push((reached - bound) / (most - reached));
                        }
                    }
                }
            }
            // The ball's rim lies between the grid's images, hence some room.
            let mean = room.iter().sum::<f64>() / room.len() as f64;
            assert!(mean < 0.25, "{curve:?} within {radius}: {mean} of the range");
            assert!(wider > 0 || curve == Curve::Relu, "{curve:?}: moved tangents gain something");
        }
    }
}

#[test]
fn a_tangent_moves_to_where_it_bounds_best() {
    // tanh is concave from 0.2 to 0.8: above it a tangent near 0.8 says tanh 0.8, one at the digit more.
    let layers = vec![
        affine(&[&[1.0]], &[0.0]),
        affine(&[&[1.0]], &[0.0]),
        affine(&[&[1.0], &[0.0]], &[0.0, 0.0]),
    ];
    let network = certifier(layers, Curve::Tanh);
    let mut search = Search::new(&network.chain, &[0.5], 0);
    let relaxed = vec![vec![Relaxation::new(Curve::Tanh, 0.2, 0.8)]];
    let most = -search.least(&relaxed, 0.3)[1];
    let right = 0.8f64.tanh();
    assert!(most >= right && most < right + 2e-3, "{most} is not {right}");
    let at_digit = 0.5f64.tanh() + 0.3 * (1.0 - 0.5f64.tanh().powi(2));
    assert!(at_digit > right + 0.02, "the tangent at the digit is told apart");
}

#[test]
fn a_billionth_of_what_was_added_up_is_taken_off() {
    // x − 2y + 3: the factors' sizes and the bias make 6.
    let network = certifier(vec![affine(&[&[1.0, -2.0]], &[3.0])], Curve::Relu);
    let forms = carry(&network.chain, &[], Start::Units, Lines::Plain);
    for row in [0, 1] {
        assert!((slack(&forms, row) - 6e-9).abs() < 1e-20, "{}", slack(&forms, row));
    }
}
