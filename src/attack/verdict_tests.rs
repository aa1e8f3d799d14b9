//! What f64 says of successes in f32, and how far a change is made longer to win clearly.

use std::sync::Arc;

use super::*;
use crate::exec::{CpuExecutor, Executor};
use crate::model::{Expectation, ImageShape, Node, NodeId, OutputKind, Weight};
use crate::ops::{Activation, Linear, Op, WeightId};

fn exact(values: &[f64], variances: &[f64]) -> Careful {
    Careful { values: values.to_vec(), variances: variances.to_vec() }
}

#[test]
fn an_error_is_the_larger_of_what_it_is_and_what_it_is_likely_to_be() {
    assert_eq!(double_spread(&[0.5, -1.0, 3.0]), 4.0);
    // Differences from the first logit count: that all are too large says nothing.
    let values = exact(&[1.0, 2.0, -3.0], &[0.0; 3]);
    assert_eq!(error_at(&values, &[1.5, 2.5, -2.5]), 0.0);
    assert_eq!(error_at(&values, &[1.0, 2.0, -2.75]), 0.25 / 5.0);
    assert_eq!(error_at(&values, &[1.0, 1.5, -2.75]), 0.5 / 5.0);
    // Two standard deviations of the difference of the two worst.
    let doubtful = exact(&[1.0, 2.0, -3.0], &[0.0, 0.02, 0.005]);
    assert!((error_at(&doubtful, &[1.0, 2.0, -3.0]) - 0.4 / 5.0).abs() < 1e-12);
    assert!((error_at(&doubtful, &[1.0, 3.0, -3.0]) - 1.0 / 5.0).abs() < 1e-12);
    // What is no number is not forgotten for the numbers behind it.
    let none = exact(&[1.0, f64::NAN, -3.0], &[0.0; 3]);
    assert!(error_at(&none, &[1.0, 2.0, -3.0]).is_nan());
    let none = exact(&[1.0, 2.0, -3.0], &[0.0, f64::NAN, 0.5]);
    assert!(error_at(&none, &[1.0, 2.0, -3.0]).is_nan());
}

#[test]
fn a_lead_is_that_of_what_is_asked_for_over_the_rest() {
    let problem = |target| Problem { image: Vec::new(), label: 1, target };
    let logits = [0.5, 2.0, 1.25, -1.0];
    assert_eq!(lead(&problem(None), &logits), (2, 1, -0.75));
    assert_eq!(lead(&problem(Some(3)), &logits), (3, 1, -3.0));
    assert_eq!(lead(&Problem { label: 3, ..problem(None) }, &logits), (1, 3, 3.0));
    let reading = |second: f32| Reading {
        classes: vec![2, 0],
        logits: vec![0.0, 1.0, 1.5, second, 1.0, 0.0],
    };
    // Both networks have to; a tie is no lead.
    assert!(leads(&problem(None), &reading(1.5)));
    assert!(!leads(&problem(None), &reading(1.0)) && !leads(&problem(None), &reading(0.5)));
}

/// How large the second and third pixel's shares of a logit are, which add up to nothing.
const LARGE: f32 = 64.0;

/// The logits 0, `x₀ + LARGE·x₁ − LARGE·x₂` and the third given, of an image of three pixels: with `x₁ = x₂` the
/// second leads by the first pixel, and f32 errs by sums of LARGE.
fn network(third: f32) -> Arc<Network> {
    let weight = |shape: &[usize], data: &[f32]| Weight {
        name: "weight".into(),
        shape: shape.to_vec(),
        data: Arc::from(data),
    };
    let [k, n] = [3, 3];
    let (activation, bias) = (Activation::Identity, Some(WeightId(1)));
    let linear = Linear { rows: 1, k, n, weight: WeightId(0), bias, activation };
    let node = |op, inputs| Node { name: "node".into(), op, inputs, shape: vec![3] };
    Arc::new(Network {
        image: ImageShape { channels: 1, height: 1, width: k },
        nodes: vec![node(Op::Input, vec![]), node(Op::Linear(linear), vec![NodeId(0)])],
        weights: vec![
            weight(&[k, n], &[0.0, 1.0, 0.0, 0.0, LARGE, 0.0, 0.0, -LARGE, 0.0]),
            weight(&[n], &[0.0, 0.0, third]),
        ],
        input_shape: vec![k],
        expects: Expectation::default(),
        output: OutputKind::Logits,
        precision: Precision::Single,
    })
}

fn problem() -> Problem {
    Problem { image: vec![0.0, 0.5, 0.5], label: 0, target: None }
}

fn judge(error: f64) -> Judge {
    Judge { errors: vec![error], worth: WORTH }
}

/// What is said of an image whose second logit leads by so much, where f32 is told to have read another lead.
fn said(third: f32, error: f64, lead: f32, told: f32) -> Verdict {
    let mut executor = Executor::Cpu(CpuExecutor::new(network(third)));
    let networks = Ensemble::from(&mut executor);
    let reading = Reading { classes: vec![1], logits: vec![0.0, told, third] };
    judge(error).verdict(&networks, &problem(), &[lead, 0.5, 0.5], &reading)
}

/// The difference of the first two logits from which on a win is clear.
fn doubt() -> f32 {
    let Careful { variances, .. } = double::logits(&network(-1.0), &problem().image);
    (CLEAR * (variances[0] + variances[1]).sqrt()) as f32
}

#[test]
fn a_win_in_f32_is_believed_where_it_is_much_larger_than_the_error() {
    // By more than 100 errors of the spread, which is 1.02 and 1.009; f64 would deny both.
    assert_eq!(said(-1.0, 1e-4, -0.001, 0.02), Verdict::Clear);
    assert_eq!(said(-1.0, 1e-4, -0.001, 0.009), Verdict::Denied);
    assert_eq!(said(-1000.0, 1e-4, -0.001, 0.02), Verdict::Denied);
    // What is no number believes nothing.
    assert_eq!(said(-1.0, 0.0, -0.001, f32::INFINITY), Verdict::Denied);
    assert_eq!(said(-1.0, f64::INFINITY, -0.001, 0.5), Verdict::Denied);
}

#[test]
fn f64_denies_what_does_not_lead_and_what_is_no_number() {
    assert_eq!(said(-1.0, 1.0, 0.001, 0.001), Verdict::Clear);
    for none in [0.0, -1e-6, f32::NAN, f32::INFINITY] {
        assert_eq!(said(-1.0, 1.0, none, 0.001), Verdict::Denied, "{none}");
    }
}

#[test]
fn a_narrow_win_is_one_within_the_rounding_of_the_image_itself() {
    let doubt = doubt();
    assert!((1e-6..1e-3).contains(&doubt), "{doubt}");
    // The original's error says nothing here: it is too large to.
    assert_eq!(said(-1.0, 1.0, 0.7 * doubt, doubt), Verdict::Narrow);
    assert_eq!(said(-1.0, 1.0, 1.5 * doubt, doubt), Verdict::Clear);
    // So it is where the class that leads is the one without an error.
    let mut executor = Executor::Cpu(CpuExecutor::new(network(-1.0)));
    let networks = Ensemble::from(&mut executor);
    let other = Problem { image: vec![0.75 * doubt, 0.5, 0.5], label: 1, target: None };
    for (behind, right) in [(0.7, Verdict::Narrow), (1.5, Verdict::Clear)] {
        // The second pixel takes away more than the first gives.
        let less = 0.5 - behind * doubt / LARGE;
        let lead = LARGE * (0.5 - less);
        let reading = Reading { classes: vec![0], logits: vec![0.0, -lead, -1.0] };
        let verdict = judge(1.0).verdict(&networks, &other, &[0.0, less, 0.5], &reading);
        assert_eq!(verdict, right, "{behind}");
    }
    // Four errors of the spread are clear without it, though they may be less.
    let spread = 1000.0;
    for (errors, right) in [(3.0, Verdict::Narrow), (5.0, Verdict::Clear)] {
        let error = f64::from(0.5 * doubt) / errors / spread;
        assert_eq!(said(-spread as f32, error, 0.5 * doubt, 0.0), right, "{errors} errors");
    }
}

#[test]
fn every_network_has_its_say_and_the_strictest_counts() {
    let mut executors = [-1.0, -1.0].map(|third| Executor::Cpu(CpuExecutor::new(network(third))));
    let networks: Ensemble<'_> = executors.iter_mut().collect();
    let image = [0.7 * doubt(), 0.5, 0.5];
    let reading = Reading { classes: vec![1, 1], logits: vec![0.0, 0.5, -1.0, 0.0, 1e-5, -1.0] };
    let of = |errors: [f64; 2]| {
        let judge = Judge { errors: errors.to_vec(), worth: WORTH };
        judge.verdict(&networks, &problem(), &image, &reading)
    };
    assert_eq!(of([1e-4, 0.0]), Verdict::Clear);
    assert_eq!(of([1e-4, 1.0]), Verdict::Narrow);
    // Each by its own logits: the second leads by too little for the same error.
    assert_eq!(of([1e-4; 2]), Verdict::Narrow);
    assert_eq!(of([1.0, 0.0]), Verdict::Narrow);
    let clear = |errors: &[f64]| Judge { errors: errors.to_vec(), worth: WORTH }.clear();
    assert_eq!(clear(&[0.125, f64::INFINITY, 0.25]), 1.0);
    assert_eq!(clear(&[f64::INFINITY]), 0.0);
}

#[test]
fn f64_agrees_with_what_it_does_not_deny() {
    let mut executor = Executor::Cpu(CpuExecutor::new(network(-1.0)));
    let networks = Ensemble::from(&mut executor);
    let agrees = |lead: f32| {
        let reading = Reading { classes: vec![1], logits: vec![0.0, 1e-5, -1.0] };
        judge(1.0).agrees(&networks, &problem(), &[lead, 0.5, 0.5], &reading)
    };
    assert_eq!([-0.1, 0.5 * doubt(), 0.1].map(agrees), [false, true, true]);
}

/// The proof for an image whose second logit leads by so much: its lead, and whether it still fools in 8 bits.
fn proved(lead: f32, moves: Option<bool>) -> Option<(f32, bool)> {
    let mut executor = Executor::Cpu(CpuExecutor::new(network(-1.0)));
    let mut networks = Ensemble::from(&mut executor);
    let image = vec![lead, 0.5, 0.5];
    let whole: Vec<f32> = rounded(&image).collect();
    let run = async {
        let [own, other] = [image.clone(), whole].map(|x| [x]);
        let own = networks.read(&own[0]).await?.remove(0);
        let other = networks.read(&other[0]).await?.remove(0);
        let readings = [own.as_ref(), other.as_ref()];
        judge(1.0).prove(&mut networks, &problem(), image, readings, moves).await
    };
    let proof = pollster::block_on(run).expect("it reads")?;
    assert_eq!(proof.readings, [1]);
    assert_eq!(proof.image[1..], [0.5; 2]);
    Some((proof.image[0], proof.rounded_still_fools))
}

#[test]
fn a_change_that_wins_narrowly_is_made_a_little_longer_and_no_other() {
    let doubt = doubt();
    // What wins clearly stays, and so does what may not be moved.
    assert_eq!(proved(0.25, Some(false)).map(|p| p.0), Some(0.25));
    assert_eq!(proved(0.9 * doubt, None).map(|p| p.0), Some(0.9 * doubt));
    // What is clear a hundredth farther goes there, and hardly farther than it has to.
    let (to, whole) = proved(doubt / 1.01, Some(false)).expect("an image");
    assert!(to > doubt && to < 1.002 * doubt, "{to}, {doubt}");
    assert!(!whole, "rounded to 8 bits nothing is left of it");
    // What is not by far is not worth it.
    assert_eq!(proved(0.8 * doubt, Some(false)).map(|p| p.0), Some(0.8 * doubt));
    // What fools nobody is no proof, nor is what has no change to make longer.
    assert_eq!(proved(-0.25, None), None);
    assert_eq!(proved(0.0, Some(false)), None);
}

#[test]
fn a_proof_says_whether_the_image_still_fools_in_8_bits() {
    // The nearest 255ths of the first pixel: 0 for less than half of one, and more.
    assert_eq!(proved(0.25, Some(false)), Some((0.25, true)));
    assert_eq!(proved(0.4 / 255.0, Some(false)), Some((0.4 / 255.0, false)));
    assert_eq!(proved(0.6 / 255.0, None), Some((0.6 / 255.0, true)));
}
