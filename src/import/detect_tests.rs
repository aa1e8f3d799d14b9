//! Networks that expect other pixels than those from 0 to 1, made of a bundled one.

use super::super::adapt::adapt;
use super::super::constant::row_major;
use super::*;
use crate::import::layout::View;
use crate::model::{Node, NodeId};
use crate::ops::{Activation, Op, Rearrange, Unary, UnaryKind};
use crate::testing::bundled;

/// Nothing is known.
const NOTHING: Known = Known { transform: None, invert: false, integers: false };

/// A network of two hidden layers that reads pixels from 0 to 1.
fn base() -> Network {
    (*bundled("fc100-100-10")).clone()
}

/// A file that takes `scale·x + offset` for the base's pixel `x`.
fn taking(base: Network, scale: f32, offset: f32) -> Network {
    let back = InputTransform::normalised(&[offset], &[scale]).expect("numbers");
    let image = base.image;
    adapt(base, Expectation::given(back), image).expect("it fits")
}

/// The base behind operations on an image, one after the other, each with the shape of its result.
fn after(base: Network, file: ImageShape, operations: Vec<(Op, Vec<usize>)>) -> Network {
    let node = |op, inputs, shape| Node { name: "before".into(), op, inputs, shape };
    let input_shape = vec![file.channels, file.height, file.width];
    let count = operations.len();
    let mut nodes = vec![node(Op::Input, Vec::new(), input_shape.clone())];
    let before = operations.into_iter().enumerate();
    nodes.extend(before.map(|(place, (op, shape))| node(op, vec![NodeId(place)], shape)));
    nodes.extend(base.nodes.into_iter().skip(1).map(|node| Node {
        inputs: node.inputs.into_iter().map(|id| NodeId(id.0 + count)).collect(),
        ..node
    }));
    Network { image: file, nodes, input_shape, ..base }
}

/// The base behind a window on a larger image.
fn behind(base: Network, file: ImageShape, window: impl Fn(View) -> View) -> Network {
    let view = window(View::dense(&[file.channels, file.height, file.width]));
    after(base, file, vec![(view.op(), view.shape)])
}

fn detected(file: &Network) -> Expectation {
    detect(file, &digit::gallery(), &NOTHING).expect("it reads digits")
}

/// Samples that the base reads, which a file made of it must read as well.
fn read_by_base() -> usize {
    detected(&base()).score.expect("there are samples").right
}

#[test]
fn every_usual_transform_is_found() {
    let inverse = |mean: f32, deviation: f32| (1.0 / deviation, -mean / deviation);
    let (scale, offset) = inverse(0.1307, 0.3081);
    let mut told = 0;
    for (name, scale, offset) in [
        ("none", 1.0, 0.0),
        ("0-255", 255.0, 0.0),
        ("signed", 2.0, -1.0),
        ("0.1307,0.3081", scale, offset),
        ("none", -1.0, 1.0),
        ("0-255", -255.0, 255.0),
        ("signed", -2.0, 1.0),
        ("0.5,0.25", 4.0, -2.0),
        ("0.5019608,0.003921569", 255.0, -128.0),
    ] {
        let found = detected(&taking(base(), scale, offset));
        let named = |t: &InputTransform| (t.to_string(), t.is_inverted());
        let right = (name.to_owned(), scale < 0.0);
        // Where the first of the usual ones reads every sample, the right one is a choice beside it.
        let all = found.score.is_some_and(|score| score.right == score.of);
        let beside = found.others.iter().any(|other| named(&other.transform) == right);
        assert!(
            named(&found.transform) == right || (all && beside),
            "{scale}·x + {offset}: {found:?}"
        );
        told += usize::from(named(&found.transform) == right);
        assert_eq!(found.chosen, Chosen::Detected);
        assert!(found.score.is_some_and(|score| score.right >= read_by_base()));
        // Without it the file reads little, which is why it has to be found.
        assert_eq!(found.plain.is_some(), (scale, offset) != (1.0, 0.0));
    }
    assert!(told >= 7, "{told} of 9 come first");
}

/// With sigmoids at its end, and behind these a copy, which hides them.
fn with_sigmoids(file: &Network, more: f32) -> [Network; 2] {
    let mut sure = Network { output: OutputKind::Logits, ..file.clone() };
    let dense = sure.nodes.iter_mut().rev().find_map(|node| match &mut node.op {
        Op::Linear(op) => Some(op),
        _ => None,
    });
    let dense = dense.expect("a dense layer");
    dense.activation = Activation::Sigmoid;
    let bias = dense.bias.expect("a bias");
    sure.weights[bias.0].data = sure.weights[bias.0].data.iter().map(|b| b + more).collect();
    let copy = Op::Unary(Unary { kind: UnaryKind::Abs, len: CLASSES, a: 0.0, b: 0.0 });
    let inputs = vec![sure.logits()];
    let shape = sure.node(inputs[0]).shape.clone();
    let mut hidden = sure.clone();
    hidden.nodes.push(Node { name: "copy".into(), op: copy, inputs, shape });
    [sure, hidden]
}

/// A softmax takes no notice of what all logits share, sigmoids lose what tells the classes apart.
#[test]
fn sigmoids_at_the_end_are_looked_through() {
    let mean = (1.0 / 0.3081, -0.1307 / 0.3081);
    let (mut asked, mut alike, mut as_logits) = (0, 0, 0);
    for name in ["fc100-100-10", "fc10-1e-2"] {
        for (scale, offset) in [(1.0, 0.0), (255.0, 0.0), (2.0, -1.0), mean, (1.0, -0.5)] {
            let plain = taking((*bundled(name)).clone(), scale, offset);
            let wanted = detected(&plain).transform;
            let [sure, hidden] = with_sigmoids(&plain, 8.0);
            asked += 1;
            alike += usize::from(detected(&sure).transform == wanted);
            as_logits += usize::from(detected(&hidden).transform == wanted);
        }
    }
    assert_eq!(alike, asked);
    // The control: probabilities that are taken for logits lead elsewhere.
    assert!(2 * as_logits < asked, "{as_logits} of {asked}");
}

#[test]
fn a_plain_file_stays_plain_and_a_caller_is_believed() {
    let bytes = InputTransform::bytes();
    let known = Known { transform: Some(bytes.clone()), invert: false, integers: false };
    let told = detect(&base(), &digit::gallery(), &known).expect("it reads digits");
    assert_eq!((told.transform, told.chosen), (bytes, Chosen::Given));
    let inverted = Known { transform: None, invert: true, integers: false };
    let found = detect(&taking(base(), -1.0, 1.0), &digit::gallery(), &inverted);
    let found = found.expect("it reads digits").transform;
    assert_eq!((found.to_string(), found.is_inverted()), ("none".to_owned(), true));
}

#[test]
fn swapped_axes_and_other_orders_of_classes_are_found() {
    let turned = behind(base(), digit::IMAGE, |view| view.permuted(&[0, 2, 1]));
    let found = detected(&turned);
    assert!(found.transposed && found.score.map(|s| s.right) == Some(read_by_base()));

    // Ten before the others: output 0 is class 9, as where a file counts from 1 to 9 and then 0.
    let order: Vec<usize> = (0..CLASSES).map(|class| (class + CLASSES - 1) % CLASSES).collect();
    let back: Vec<usize> = (0..CLASSES).map(|output| (output + 1) % CLASSES).collect();
    let renamed = Expectation { classes: Some(back), ..Expectation::default() };
    let found = detected(&adapt(base(), renamed, digit::IMAGE).expect("it fits"));
    assert_eq!(found.classes, Some(order));
    assert_eq!(found.score.map(|score| score.right), Some(read_by_base()));
}

#[test]
fn digits_come_to_the_size_and_the_channels_of_a_file() {
    let colour = ImageShape { channels: 3, height: 32, width: 32 };
    let window = |view: View| view.sliced(0, 1, 1, 1).sliced(1, 2, 28, 1).sliced(2, 2, 28, 1);
    let padded = detected(&behind(base(), colour, window));
    assert_eq!(padded.fit, Fit::Padded);
    assert_eq!(padded.score.map(|score| score.right), Some(read_by_base()));

    let large = ImageShape { channels: 1, height: 56, width: 56 };
    let every_other = |view: View| view.sliced(1, 0, 28, 2).sliced(2, 0, 28, 2);
    let scaled = detected(&behind(base(), large, every_other));
    assert_eq!(scaled.fit, Fit::Scaled);
    assert!(scaled.score.is_some_and(|score| score.right + 10 > read_by_base()));

    // The middle of a digit, put back in the middle of paper.
    let (small, all) = ([1, 24, 24], vec![1, 28, 28]);
    let part = View::dense(&small).part(0, 2 * 28 + 2, &row_major(&all));
    let around = Rearrange { len: PIXELS, fill: 0.0, has_fill: true, parts: vec![part] };
    let middle = ImageShape { channels: 1, height: 24, width: 24 };
    let cropped = detected(&after(base(), middle, vec![(Op::Rearrange(around), all)]));
    assert_eq!(cropped.fit, Fit::Cropped);
    assert!(cropped.score.is_some_and(|score| score.right + 5 > read_by_base()));
}

#[test]
fn a_network_for_other_images_says_so_and_is_left_as_it_is() {
    // Every second pixel, from the middle on and again from the first row: no digit is left of it.
    let torn = |view: View| View { strides: vec![1, 0, 27], ..view.sliced(0, 0, 1, 1) };
    let found = detected(&behind(base(), digit::IMAGE, torn));
    assert_eq!(found.transform, InputTransform::default());
    assert!(found.score.is_some_and(Score::is_poor) && found.plain.is_none());
    // Of another size, it is left as it is.
    let large = ImageShape { channels: 3, height: 40, width: 40 };
    let corner = |view: View| torn(view.sliced(1, 0, 28, 1).sliced(2, 0, 28, 1));
    assert_eq!(detect(&behind(base(), large, corner), &digit::gallery(), &NOTHING), None);
}

/// Pixels are not negative: a thousand ReLUs change none, and take far longer than the base's products.
#[test]
fn long_work_without_products_is_read_with_fewer_samples() {
    let base = base();
    let image = base.image;
    let len = base.nodes[0].len();
    let relu = Op::Unary(Unary { kind: UnaryKind::Relu, len, a: 0.0, b: 0.0 });
    let long = after(base.clone(), image, vec![(relu, base.input_shape.clone()); 1000]);
    let score = |network: &Network| detected(network).score.expect("there are samples");
    assert_eq!((score(&base).of, score(&long).of), (100, FEWEST));
    assert!(score(&long).right >= FEWEST - 5, "{:?}", score(&long));
}

/// What is left over is spent on the usual ways, the file as it stands first, and then on more samples.
#[test]
fn of_what_takes_too_long_fewer_ways_are_tried_on_fewer_samples() {
    let (base, samples) = (base(), digit::gallery());
    let tried = |left: usize| {
        let mut judge = Judge::new(&base, &samples).expect("it reads digits");
        judge.left = left;
        let tried = judge.best(NOTHING.ways(base.image));
        assert_eq!(tried[0].expects.transform, InputTransform::default(), "{left}");
        (tried.iter().map(|way| way.read.len()).collect::<Vec<_>>(), judge.left)
    };
    assert_eq!(tried(0), (vec![10], 0));
    assert_eq!(tried(25), (vec![10, 10], 5));
    assert_eq!(tried(70), (vec![10; 4], 20));
    // Five ways, since the base reads digits as they are, and the best four again.
    assert_eq!(tried(150), (vec![25; 4], 0));
    assert_eq!(tried(1000), (vec![100; 4], 550));
}

#[test]
fn a_lead_is_counted_in_its_standard_errors() {
    // Differences 1, 2, 3: mean 2, standard error √(2/(3·2)).
    let found = lead(&[2.0, 2.0, 4.0], &[1.0, 0.0, 1.0]);
    assert!((found - 2.0 / (1.0f64 / 3.0).sqrt()).abs() < 1e-12, "{found}");
    assert_eq!(lead(&[1.0, 2.0], &[1.0, 2.0]), 0.0);
    assert!(lead(&[0.0, 1.0, 5.0], &[2.0, 2.0, 5.0]) < -1.0);
}

fn way(logits: &[[f32; CLASSES]], labels: &[usize]) -> Way {
    let read = labels.iter().zip(logits).map(|(label, z)| (*label, predicted(z))).collect();
    Way { expects: Expectation::default(), read, logits: logits.concat(), ordered: None }
}

#[test]
fn surprises_do_not_depend_on_the_scale_of_logits() {
    let mut logits = [[0.0; CLASSES]; 4];
    logits.iter_mut().enumerate().for_each(|(i, z)| z[i] = 2.0 + i as f32);
    let labels = [0, 1, 2, 7];
    let plain = way(&logits, &labels).surprises();
    let large = way(&logits.map(|z| z.map(|v| 1000.0 * v)), &labels).surprises();
    assert!(plain.iter().zip(&large).all(|(a, b)| (a - b).abs() < 1e-3), "{plain:?}, {large:?}");
    // No other temperature surprises less: that of the best constant sharpness, found by a grid.
    let of = |sharpness: f64| {
        let one = |(z, label): (&[f32; CLASSES], &usize)| {
            let sum: f64 = z.iter().map(|v| (f64::from(v - z[*label]) * sharpness).exp()).sum();
            sum.ln()
        };
        logits.iter().zip(&labels).map(one).sum::<f64>() / 4.0
    };
    let least = (1..400).map(|i| of(f64::from(i) * 0.01)).fold(f64::INFINITY, f64::min);
    assert!((mean(&plain) - least).abs() < 1e-3, "{} and {least}", mean(&plain));
    // Logits without numbers, or all the same, say nothing.
    let silent = way(&[[1.0; CLASSES]; 2], &[0, 1]).surprises();
    assert!(silent.iter().all(|v| (v - 10f64.ln()).abs() < 1e-12));
    assert!(way(&[[f32::NAN; CLASSES]; 2], &[0, 1]).surprises().iter().all(|v| *v > 2.0));
}

/// A file whose right scale reads as many samples as another, and is less surprised by them.
#[test]
fn the_scale_that_surprises_less_is_chosen_though_others_read_as_many() {
    let mut sure = [[0.0; CLASSES]; 100];
    let mut unsure = [[0.0; CLASSES]; 100];
    let labels: Vec<usize> = (0..100).map(|i| i % CLASSES).collect();
    for (i, label) in labels.iter().enumerate() {
        let rival = (label + 1) % CLASSES;
        (sure[i][*label], sure[i][rival]) = (9.0, (i % 3) as f32);
        (unsure[i][*label], unsure[i][rival]) = (9.0, 8.0 + 0.1 * (i % 7) as f32);
        // Both misread a few, so that neither can be as sure as it likes.
        if i % 20 == 0 {
            (sure[i][*label], unsure[i][*label]) = (8.0, 8.0);
            (sure[i][rival], unsure[i][rival]) = (9.0, 9.0);
        }
    }
    let signed = Expectation { transform: InputTransform::signed(), ..Expectation::default() };
    let signed =
        |logits: &[[f32; CLASSES]]| Way { expects: signed.clone(), ..way(logits, &labels) };
    let chosen = choose(&[way(&unsure, &labels), signed(&sure)]).expect("there is a way");
    assert_eq!(chosen.transform, InputTransform::signed());
    assert!(chosen.plain.is_some() && chosen.others.is_empty());
    let chosen = choose(&[way(&sure, &labels), signed(&sure)]).expect("there is a way");
    assert_eq!(chosen.transform, InputTransform::default());
    assert_eq!(chosen.others.len(), 1, "nobody can tell them apart");
    // What few files expect has to be clearly better than what many do, too.
    let rare = |logits: &[[f32; CLASSES]]| {
        let transform = rare().next().expect("there are some");
        let expects = Expectation { transform, ..Expectation::default() };
        Way { expects, ..way(logits, &labels) }
    };
    let mut hardly = sure;
    for (i, logits) in hardly.iter_mut().enumerate() {
        logits[labels[i]] += if i / 20 % 2 == 0 { 0.5 } else { -0.45 };
    }
    assert!(mean(&rare(&hardly).surprises()) < mean(&signed(&sure).surprises()));
    let tried = [way(&unsure, &labels), signed(&sure), rare(&hardly)];
    assert_eq!(choose(&tried).expect("a way").transform, InputTransform::signed());
    let tried = [way(&unsure, &labels), signed(&unsure), rare(&hardly)];
    assert_eq!(choose(&tried).expect("a way").transform.to_string(), "0.5,0.25");
}
