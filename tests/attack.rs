//! The attack: against scipy's answers, against the exact optimum of linear
//! models, on problems that cannot be solved, and on bad input.

mod common;
#[path = "support/device.rs"]
mod device;

use std::sync::Arc;

use blindspots::attack::{
    self, AttackError, Distance, Method, Observer, Problem, Progress, Report, Stop, Unobserved,
};
use blindspots::exec::{CpuExecutor, Executor, GpuExecutor};
use blindspots::model::{CLASSES, Network, Node, NodeId, OutputKind, PIXELS, Weight, WeightId};
use blindspots::ops::{Activation, Linear, Op};
use common::{bundled, gallery};
use serde::Deserialize;

fn cpu(network: &Arc<Network>) -> Executor {
    Executor::Cpu(CpuExecutor::new(network.clone()))
}

fn solve(network: &Arc<Network>, problems: &[Problem], method: Method) -> Vec<Report> {
    let mut nobody = Unobserved;
    pollster::block_on(attack::attack(&mut cpu(network), problems, method, &mut nobody))
        .expect("the attack runs")
}

fn failure(network: &Arc<Network>, problem: Problem) -> AttackError {
    let mut nobody = Unobserved;
    let method = Method::Szegedy;
    pollster::block_on(attack::attack(&mut cpu(network), &[problem], method, &mut nobody))
        .expect_err("the attack refuses")
}

fn inside(image: &[f32]) -> bool {
    image.len() == PIXELS && image.iter().all(|v| (0.0..=1.0).contains(v))
}

#[derive(Deserialize)]
struct Oracle {
    model: String,
    digits: Vec<OracleDigit>,
    mean_l2: f64,
}

#[derive(Deserialize)]
struct OracleDigit {
    index: usize,
    label: usize,
    l2: f64,
}

/// The first twenty digits of the oracle, and what scipy found for them.
fn oracle() -> (Vec<Problem>, Vec<f64>, Oracle) {
    let text = include_str!("fixtures/scipy_szegedy.json");
    let oracle: Oracle = serde_json::from_str(text).expect("the oracle is valid");
    assert_eq!(oracle.model, "fc100-100-10");
    let gallery = gallery();
    let digits: Vec<&OracleDigit> = oracle.digits.iter().take(20).collect();
    let problems = digits
        .iter()
        .map(|d| Problem { image: gallery.at(d.index).to_vec(), label: d.label, target: None })
        .collect();
    let distances = digits.iter().map(|d| d.l2).collect();
    (problems, distances, oracle)
}

#[test]
fn szegedy_is_as_good_as_scipy_with_nine_targets() {
    /// The bound on the mean; each digit has a few percent of luck.
    const MEAN: f64 = 0.02;
    const EACH: f64 = 0.03;
    let (problems, theirs, oracle) = oracle();
    assert_eq!(problems.len(), 20);
    let reports = solve(&bundled("fc100-100-10"), &problems, Method::Szegedy);
    let mut sum = 0.0;
    for ((report, problem), theirs) in reports.iter().zip(&problems).zip(&theirs) {
        let image = report.image.as_ref().expect("every digit is fooled");
        assert!(report.success && inside(image) && report.predicted != problem.label);
        let ours = f64::from(Distance::between(&problem.image, image).l2);
        assert!(ours / theirs - 1.0 < EACH, "{ours} against {theirs}");
        sum += ours;
    }
    let (mean, their_mean) = (sum / 20.0, theirs.iter().sum::<f64>() / 20.0);
    assert!((mean / their_mean - 1.0).abs() < MEAN, "{mean} against {their_mean}");
    // Negative control: a perturbation that is 5 % longer would not pass.
    assert!((1.05 * mean / their_mean - 1.0).abs() > MEAN);
    assert!(oracle.mean_l2 > 0.1, "the oracle is not empty");
}

#[test]
fn both_backends_find_the_same_distances() {
    /// The bound: two orders of summation, the same search.
    const SAME: f64 = 0.02;
    let Some(context) = device::context("both_backends_find_the_same_distances") else { return };
    let network = bundled("fc100-100-10");
    let (problems, ..) = oracle();
    let problems = &problems[..3];
    for method in Method::ALL {
        let gpu = GpuExecutor::new(context.clone(), network.clone()).expect("a small network fits");
        let mut executor = Executor::Gpu(Box::new(gpu));
        let mut nobody = Unobserved;
        let run = attack::attack(&mut executor, problems, method, &mut nobody);
        let theirs = pollster::block_on(run).expect("the attack runs");
        for (ours, theirs) in solve(&network, problems, method).iter().zip(&theirs) {
            assert!(theirs.success && inside(theirs.image.as_ref().expect("found")));
            let ratio = f64::from(theirs.distance.l2 / ours.distance.l2);
            assert!((ratio - 1.0).abs() < SAME, "{}: {ratio}", method.name());
            assert!((1.05 * ratio - 1.0).abs() > SAME, "a longer change would be noticed");
        }
        let cost = executor.cost();
        assert!(cost.dispatches > 0 && cost.readbacks > 0);
    }
}

#[test]
fn success_is_measured_from_the_returned_image() {
    let network = bundled("fc10-1e-2");
    let gallery = gallery();
    let problems: Vec<Problem> = (0..10).map(|i| gallery.problem(i)).collect();
    let reports = solve(&network, &problems, Method::Szegedy);
    assert_eq!(reports.len(), 10);
    for (report, problem) in reports.iter().zip(&problems) {
        let image = report.image.as_ref().expect("softmax regression is easily fooled");
        let logits = CpuExecutor::new(network.clone()).logits(image);
        let read = blindspots::exec::loss::predicted(&logits).expect("finite");
        assert_eq!(read, report.predicted);
        assert_ne!(read, problem.label);
        let distance = Distance::between(&problem.image, image);
        assert_eq!(distance, report.distance);
        assert!((distance.l2 - 28.0 * distance.distortion).abs() <= 1e-5 * distance.l2);
    }
}

/// A network of one dense layer.
fn dense(weights: Vec<f32>, bias: Vec<f32>) -> Arc<Network> {
    let weight = |name: &str, shape: Vec<usize>, data: Vec<f32>| Weight {
        name: name.into(),
        shape,
        data: data.into(),
    };
    let linear = Linear {
        rows: 1,
        k: PIXELS,
        n: CLASSES,
        weight: WeightId(0),
        bias: Some(WeightId(1)),
        activation: Activation::Identity,
    };
    let node = |name: &str, op, inputs, shape| Node { name: String::from(name), op, inputs, shape };
    Arc::new(Network {
        nodes: vec![
            node("image", Op::Input, vec![], vec![PIXELS]),
            node("dense", Op::Linear(linear), vec![NodeId(0)], vec![CLASSES]),
        ],
        weights: vec![
            weight("w", vec![PIXELS, CLASSES], weights),
            weight("b", vec![CLASSES], bias),
        ],
        input_shape: vec![PIXELS],
        output: OutputKind::Logits,
    })
}

/// Exact: the least `‖r‖₂` with `x+r` in the box at which `target` beats `label`.
///
/// `r = clip(x + λd) − x` for `d = w_target − w_label`; the margin grows with λ.
fn exact_l2(network: &Network, problem: &Problem, target: usize) -> f64 {
    let (w, b) = (&network.weights[0].data, &network.weights[1].data);
    let of = |pixel: usize, class: usize| f64::from(w[pixel * CLASSES + class]);
    let direction: Vec<f64> = (0..PIXELS).map(|p| of(p, target) - of(p, problem.label)).collect();
    let moved = |lambda: f64| -> Vec<f64> {
        let x = problem.image.iter().map(|v| f64::from(*v));
        x.zip(&direction).map(|(x, d)| (x + lambda * d).clamp(0.0, 1.0)).collect()
    };
    let margin = |x: &[f64]| {
        x.iter().zip(&direction).map(|(x, d)| x * d).sum::<f64>() + f64::from(b[target])
            - f64::from(b[problem.label])
    };
    let (mut low, mut high) = (0.0, 1e6);
    if margin(&moved(high)) < 0.0 {
        return f64::INFINITY;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if margin(&moved(middle)) < 0.0 { low = middle } else { high = middle }
    }
    let x = moved(high);
    let square = |(a, b): (&f64, &f32)| (a - f64::from(*b)).powi(2);
    x.iter().zip(&problem.image).map(square).sum::<f64>().sqrt()
}

/// The least over all targets: some class beats the label.
fn exact_untargeted(network: &Network, problem: &Problem) -> f64 {
    (0..CLASSES)
        .filter(|t| *t != problem.label)
        .map(|t| exact_l2(network, problem, t))
        .fold(f64::INFINITY, f64::min)
}

/// A bundled softmax model as the oracle sees it: one dense layer and nothing else.
fn as_dense(name: &str) -> Arc<Network> {
    let network = bundled(name);
    let layer = network.nodes.iter().find_map(|n| match &n.op {
        Op::Linear(op) => Some(op.clone()),
        _ => None,
    });
    let layer = layer.expect("softmax regression has one dense layer");
    let data = |id: WeightId| network.weight(id).data.to_vec();
    dense(data(layer.weight), data(layer.bias.expect("with a bias")))
}

/// Ratios of what a method finds to the exact optimum, over gallery digits read correctly.
fn ratios_to_optimum(name: &str, method: Method) -> Vec<f64> {
    let gallery = gallery();
    let network = as_dense(name);
    let problems: Vec<Problem> = (0..20).map(|i| gallery.problem(i)).collect();
    let reports = solve(&network, &problems, method);
    let ratios: Vec<f64> = reports
        .iter()
        .zip(&problems)
        .filter(|(report, _)| report.stop != Stop::AlreadyMisread)
        .map(|(report, problem)| {
            assert!(report.success && inside(report.image.as_ref().expect("found")));
            f64::from(report.distance.l2) / exact_untargeted(&network, problem)
        })
        .collect();
    assert!(ratios.len() > 12, "{} digits of {name} were compared", ratios.len());
    ratios
}

#[test]
fn on_linear_models_the_boundary_method_finds_the_exact_optimum() {
    /// The hair's breadth by which the boundary is crossed, and f32.
    const EXACT: f64 = 1e-4;
    for name in ["fc10-1e-4", "fc10-1e-2", "fc10-1"] {
        for ratio in ratios_to_optimum(name, Method::Boundary) {
            assert!((ratio - 1.0).abs() < EXACT, "{name}: {ratio} times the optimum");
            // Negative control: a thousandth more would not pass.
            assert!((1.001 * ratio - 1.0).abs() > EXACT);
        }
    }
}

#[test]
fn on_a_sharp_linear_model_szegedy_comes_near_the_exact_optimum() {
    /// The paper's loss pulls away from all classes, the optimum needs one constraint only.
    /// The flatter the probabilities (a larger λ), the more that costs; FC10(1e-4) is sharp.
    const NEAR: f64 = 0.02;
    for ratio in ratios_to_optimum("fc10-1e-4", Method::Szegedy) {
        assert!(ratio > 1.0 - 1e-4, "{ratio} is below the optimum");
        assert!(ratio < 1.0 + NEAR, "{ratio} times the optimum");
    }
}

#[test]
fn the_boundary_method_is_as_good_as_scipy_at_a_hundredth_of_its_evaluations() {
    /// Nine-target scipy against projections, on the mean and on each digit.
    const MEAN: f64 = 0.005;
    const EACH: f64 = 0.03;
    let (problems, theirs, _) = oracle();
    let reports = solve(&bundled("fc100-100-10"), &problems, Method::Boundary);
    let ours: Vec<f64> = reports.iter().map(|r| f64::from(r.distance.l2)).collect();
    for ((ours, theirs), report) in ours.iter().zip(&theirs).zip(&reports) {
        assert!(report.success && ours / theirs - 1.0 < EACH, "{ours} against {theirs}");
    }
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    assert!(mean(&ours) / mean(&theirs) - 1.0 < MEAN, "{} against {}", mean(&ours), mean(&theirs));
    let evaluations: u64 = reports.iter().map(|r| r.evaluations).sum();
    assert!(evaluations < 20 * 150, "{evaluations} evaluations for 20 digits");
}

#[test]
fn a_network_that_ignores_its_input_cannot_be_fooled() {
    let mut bias = vec![0.0; CLASSES];
    bias[3] = 1.0;
    let network = dense(vec![0.0; PIXELS * CLASSES], bias);
    let problem = Problem { image: vec![0.5; PIXELS], label: 3, target: None };
    let report = &solve(&network, &[problem], Method::Szegedy)[0];
    assert!(!report.success && report.image.is_none());
    assert_eq!(report.stop, Stop::VanishingGradient);
    assert_eq!(report.distance, Distance::default());
    assert_eq!(report.predicted, 3);
}

#[test]
fn what_is_misread_already_needs_no_change() {
    let network = bundled("fc10-1");
    let image = gallery().at(0).to_vec();
    let logits = CpuExecutor::new(network.clone()).logits(&image);
    let read = blindspots::exec::loss::predicted(&logits).expect("finite");
    let problem = Problem { image, label: (read + 1) % CLASSES, target: None };
    let report = &solve(&network, &[problem], Method::Szegedy)[0];
    assert_eq!(report.stop, Stop::AlreadyMisread);
    assert!(report.success && report.distance.l2 == 0.0 && report.evaluations == 0);
}

#[test]
fn a_target_is_reached_and_costs_at_least_as_much_as_any() {
    let network = bundled("fc10-1e-4");
    let free = gallery().problem(0);
    let any = solve(&network, std::slice::from_ref(&free), Method::Szegedy)[0].distance.l2;
    for target in (0..CLASSES).filter(|t| *t != free.label) {
        let problem = Problem { target: Some(target), ..free.clone() };
        let report = &solve(&network, &[problem], Method::Szegedy)[0];
        assert_eq!(report.predicted, target);
        assert!(report.distance.l2 >= 0.999 * any, "target {target}");
    }
}

#[test]
fn bad_problems_are_refused_by_name() {
    let network = bundled("fc10-1");
    let good = Problem { image: vec![0.5; PIXELS], label: 3, target: None };
    let mut outside = good.clone();
    outside.image[17] = 1.5;
    let error = failure(&network, outside);
    assert_eq!(error.code(), "out-of-box");
    assert!(error.to_string().contains("17") && error.to_string().contains("1.5"), "{error}");
    let mut nan = good.clone();
    nan.image[0] = f32::NAN;
    assert_eq!(failure(&network, nan).code(), "out-of-box");
    let same = Problem { target: Some(3), ..good.clone() };
    assert_eq!(failure(&network, same).code(), "target-is-label");
    let class = Problem { label: 10, ..good.clone() };
    assert_eq!(failure(&network, class).code(), "no-such-class");
    let short = Problem { image: vec![0.5; 100], ..good.clone() };
    assert_eq!(failure(&network, short).code(), "wrong-length");
    let mut weights = vec![0.0; PIXELS * CLASSES];
    weights[5] = f32::NAN;
    let broken = dense(weights, vec![0.0; CLASSES]);
    assert_eq!(failure(&broken, good).code(), "not-a-number");
}

/// Cancels at the third pause.
#[derive(Default)]
struct Impatient {
    pauses: usize,
    told: usize,
}

impl Observer for Impatient {
    fn progress(&mut self, progress: Progress<'_>) {
        assert!((0.0..=1.0).contains(&progress.fraction));
        self.told += 1;
    }

    async fn pause(&mut self) -> bool {
        self.pauses += 1;
        self.pauses >= 3
    }
}

#[test]
fn a_cancelled_attack_ends_at_once_and_the_next_one_works() {
    let network = bundled("fc100-100-10");
    let mut executor = cpu(&network);
    let problem = [gallery().problem(1)];
    let mut impatient = Impatient::default();
    let run = attack::attack(&mut executor, &problem, Method::Szegedy, &mut impatient);
    let report = &pollster::block_on(run).expect("a cancelled attack reports")[0];
    assert_eq!((report.stop, impatient.pauses, impatient.told), (Stop::Cancelled, 3, 3));
    let mut nobody = Unobserved;
    let run = attack::attack(&mut executor, &problem, Method::Szegedy, &mut nobody);
    assert!(pollster::block_on(run).expect("runs")[0].success);
}

#[test]
fn noise_has_the_distortion_that_was_asked_for() {
    let image = gallery().at(0).to_vec();
    for distortion in [0.01f32, 0.1, 0.3] {
        let noisy = attack::noise::gaussian(&image, distortion, 7);
        assert!(inside(&noisy));
        let measured = Distance::between(&image, &noisy).distortion;
        assert!((measured / distortion - 1.0).abs() < 1e-3, "{measured} for {distortion}");
        assert_eq!(noisy, attack::noise::gaussian(&image, distortion, 7));
        assert_ne!(noisy, attack::noise::gaussian(&image, distortion, 8));
    }
}
