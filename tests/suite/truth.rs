//! No success that f64 denies: on networks whose logits single precision cannot tell apart near
//! the boundary, by every method, on both backends.

use std::sync::Arc;

use blindspots::attack::{Ensemble, Method, Problem, Report, Unobserved, attack};
use blindspots::exec::loss::predicted;
use blindspots::exec::{CpuExecutor, Executor, GpuExecutor};
use blindspots::model::{Network, NodeId, Precision};
use blindspots::ops::{Activation, Op};

use crate::support::attacks::{digits, solve, wide};
use crate::support::reference::forward;
use crate::testing::{bundled, device};

/// A network with the data of one of its weights changed.
fn with_weight(network: &mut Network, id: usize, change: impl Fn(f32) -> f32) {
    let weight = &mut network.weights[id];
    weight.data = weight.data.iter().map(|w| change(*w)).collect();
}

/// The dense layers of a network: node, weight, bias.
fn layers(network: &Network) -> Vec<(NodeId, usize, usize)> {
    let layer = |(place, node): (usize, &blindspots::model::Node)| match &node.op {
        Op::Linear(op) => Some((NodeId(place), op.weight.0, op.bias.expect("with a bias").0)),
        _ => None,
    };
    network.nodes.iter().enumerate().filter_map(layer).collect()
}

/// A bundled network with so much added to every logit.
fn lifted(name: &str, by: f32) -> Arc<Network> {
    let mut network = Network::clone(&bundled(name));
    let (_, _, bias) = *layers(&network).last().expect("dense layers");
    with_weight(&mut network, bias, |b| b + by);
    Arc::new(network)
}

/// A bundled network with tanh for its activations, the first of arguments so much smaller and
/// the layer behind it so much larger.
fn faint(name: &str, scale: f32) -> Arc<Network> {
    let mut network = Network::clone(&bundled(name));
    let layers = layers(&network);
    let ((first, weight, bias), (_, next, _)) = (layers[0], layers[1]);
    with_weight(&mut network, weight, |w| scale * w);
    with_weight(&mut network, bias, |b| scale * b);
    with_weight(&mut network, next, |w| w / scale);
    let Op::Linear(op) = &mut network.nodes[first.0].op else { panic!("a dense layer") };
    op.activation = Activation::Tanh;
    Arc::new(network)
}

/// What f64 reads: the class, and how far it leads.
fn read(network: &Network, image: &[f32]) -> (usize, f64) {
    let logits = forward(network, &wide(image)).pop().expect("logits");
    let best = (0..logits.len()).fold(0, |a, k| if logits[k] > logits[a] { k } else { a });
    let others = (0..logits.len()).filter(|k| *k != best).map(|k| logits[k]);
    (best, logits[best] - others.fold(f64::NEG_INFINITY, f64::max))
}

/// Digits that are as f64 reads them.
fn problems(network: &Network, count: usize) -> Vec<Problem> {
    let mut problems = digits(count);
    for problem in &mut problems {
        problem.label = read(network, &problem.image).0;
    }
    problems
}

fn executors(network: &Arc<Network>) -> Vec<Executor> {
    let mut executors = vec![Executor::Cpu(CpuExecutor::new(network.clone()))];
    if let Some(context) = device::context("truth") {
        let gpu = GpuExecutor::new(context, network.clone()).expect("the device works");
        executors.push(Executor::Gpu(Box::new(gpu)));
    }
    executors
}

/// Networks of which f32 cannot tell everything.
fn hard() -> Vec<(&'static str, Arc<Network>)> {
    vec![
        ("1e4 on all logits", lifted("fc100-100-10", 1e4)),
        ("1e6 on all logits", lifted("fc100-100-10", 1e6)),
        ("tanh of 1e-3", faint("fc100-100-10", 1e-3)),
        ("tanh of 1e-9", faint("fc100-100-10", 1e-9)),
    ]
}

fn check(what: &str, network: &Network, reports: &[Report]) {
    for report in reports.iter().filter(|report| report.success) {
        let image = report.image.as_ref().expect("a success has an image");
        let (class, lead) = read(network, image);
        assert!(class != report.label, "{what}: f64 reads {class}, by {lead:e}");
        assert!(lead > 0.0, "{what}: a tie");
        if report.rounded_still_fools {
            let rounded: Vec<f32> = image.iter().map(|v| (v * 255.0).round() / 255.0).collect();
            assert!(read(network, &rounded).0 != report.label, "{what}: rounded");
        }
    }
}

fn no_method_errs_on(name: &str, network: &Arc<Network>) {
    let problems = problems(network, 5);
    for mut executor in executors(network) {
        for method in Method::ALL {
            let what = format!("{name}, {}", method.name());
            let ensemble = Ensemble::from(&mut executor);
            let mut nobody = Unobserved;
            let reports = attack(ensemble, &problems, method, &mut nobody);
            let reports = pollster::block_on(reports).expect("the attack runs");
            check(&what, network, &reports);
            let fooled = reports.iter().filter(|report| report.success).count();
            let wanted = if method.minimises() { problems.len() } else { 0 };
            assert!(fooled >= wanted, "{what}: {fooled} fooled");
        }
    }
}

// Two tests, so that they run side by side.

#[test]
fn no_method_succeeds_where_f64_denies_it() {
    hard()[..2].iter().for_each(|(name, network)| no_method_errs_on(name, network));
}

#[test]
fn nor_where_activations_are_faint() {
    hard()[2..].iter().for_each(|(name, network)| no_method_errs_on(name, network));
}

/// What f32 says alone is not enough on these networks: near the boundary it errs, where it ties two classes
/// and the rival's number is the smaller one.
#[test]
fn f32_alone_would_have_been_believed() {
    for (name, network) in hard().into_iter().take(2) {
        let mut executor = CpuExecutor::new(network.clone());
        let mut wrong = 0;
        let problems = problems(&network, 40);
        let reports = solve(&network, &problems, Method::NearestBoundary);
        for (report, problem) in reports.into_iter().zip(&problems) {
            let image = report.image.expect("fooled");
            let at = |way: f32| -> Vec<f32> {
                problem.image.iter().zip(&image).map(|(x, z)| x + way * (z - x)).collect()
            };
            let fools = |way: f32| read(&network, &at(way)).0 != report.label;
            let (mut low, mut high) = (0.0, 1.0);
            for _ in 0..18 {
                let middle = 0.5 * (low + high);
                if fools(middle) { high = middle } else { low = middle }
            }
            // Just before the boundary, in steps of a hundred-thousandth of the way.
            for step in 1..100 {
                let way = low - 1e-5 * step as f32;
                let said = predicted(&executor.logits(&at(way))).expect("no NaN");
                wrong += usize::from(said != report.label && !fools(way));
            }
        }
        assert!(wrong > 0, "{name}: f32 is right everywhere");
    }
}

/// What is added to all logits moves no boundary: examples lie as far as without it, but for what
/// a clear win takes.
#[test]
fn an_offset_costs_little_distance() {
    /// Of the distance: a clear win over 1e4 takes some thousandths of a logit.
    const LITTLE: f32 = 0.02;
    let plain = bundled("fc100-100-10");
    let lifted = lifted("fc100-100-10", 1e4);
    let problems = problems(&lifted, 10);
    let found = solve(&lifted, &problems, Method::NearestBoundary);
    let mut farther = 0.0f32;
    for (report, expected) in found.iter().zip(solve(&plain, &problems, Method::NearestBoundary)) {
        let share = report.distance.l2 / expected.distance.l2;
        assert!((1.0 - LITTLE..1.0 + LITTLE).contains(&share), "{share}");
        farther = farther.max(share);
    }
    // The control: it does cost something, so that the two are told apart.
    assert!(farther > 1.0001, "{farther}");
}

/// The nearest of IEEE's halves, for numbers that they have.
fn half(v: f64) -> f64 {
    let unit = 2f64.powi((v.abs().log2().floor() as i32).max(-14) - 10);
    if v == 0.0 { 0.0 } else { (v / unit).round_ties_even() * unit }
}

/// Whether a dense softmax network, its weights stored in halves, reads an image as its label where it computes in
/// halves: of classes that tie the first is read.
fn is_read_in_halves(network: &Network, image: &[f32], label: usize) -> bool {
    let image: Vec<f64> = image.iter().map(|v| half(f64::from(*v))).collect();
    let [(_, weight, bias)] = layers(network)[..] else { panic!("one dense layer") };
    let weight = |pixel: usize, k: usize| f64::from(network.weights[weight].data[pixel * 10 + k]);
    let logit = |k: usize| {
        let sum: f64 = image.iter().enumerate().map(|(pixel, v)| v * weight(pixel, k)).sum();
        half(sum + f64::from(network.weights[bias].data[k])) as f32
    };
    predicted(&(0..10).map(logit).collect::<Vec<f32>>()) == Some(label)
}

/// A file that computes in halves ties classes where single precision tells them apart.
#[test]
fn what_fools_a_file_of_halves_fools_it_in_halves() {
    let mut network = Network::clone(&bundled("fc10-1e-2"));
    for id in 0..network.weights.len() {
        with_weight(&mut network, id, |w| half(f64::from(w)) as f32);
    }
    let of_singles = Arc::new(network.clone());
    let of_halves = Arc::new(Network { precision: Precision::Half, ..network });
    let mut problems = problems(&of_halves, 60);
    problems.retain(|p| is_read_in_halves(&of_halves, &p.image, p.label));
    for method in [Method::Szegedy, Method::NearestBoundary, Method::DeepFool] {
        let denied = |network: &Arc<Network>| {
            let reports = solve(network, &problems, method);
            let images = reports.iter().map(|report| report.image.as_ref().expect("it fools"));
            let denied = images
                .zip(&problems)
                .filter(|(image, problem)| is_read_in_halves(network, image, problem.label));
            let mean = reports.iter().map(|r| f64::from(r.distance.l2)).sum::<f64>()
                / reports.len() as f64;
            (denied.count(), mean)
        };
        let ((none, farther), (some, near)) = (denied(&of_halves), denied(&of_singles));
        println!(
            "{}: of {} images {none} fool nobody in halves, {some} before; {:.4} times as far",
            method.name(),
            problems.len(),
            farther / near
        );
        assert_eq!(none, 0, "{}", method.name());
        assert!(some > 5, "{}: {some} in single precision", method.name());
        assert!(farther < 1.1 * near, "{}: {farther} instead of {near}", method.name());
    }
}
