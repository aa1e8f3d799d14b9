//! The paper's attack and nearest boundary: against scipy's answers, against
//! the exact optimum of linear models, and on both backends.

use std::sync::Arc;

use blindspots::attack::pieces::attack_in_pieces;
use blindspots::attack::{
    self, Distance, Method, Observer, Problem, Progress, Report, Stop, Unobserved,
};
use blindspots::digit::CLASSES;
use blindspots::exec::{CpuExecutor, Executor, GpuExecutor};
use blindspots::model::Network;
use serde::Deserialize;

use crate::support::attacks::{as_dense, exact_untargeted, inside, solve};
use crate::support::networks::spoiled;
use crate::testing::{bundled, device, gallery};

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
    evaluations: u64,
}

/// The first twenty digits of the oracle, what scipy found for them, and at how many evaluations.
fn oracle() -> (Vec<Problem>, Vec<f64>, u64) {
    let text = include_str!("../fixtures/scipy_szegedy.json");
    let oracle: Oracle = serde_json::from_str(text).expect("the oracle is valid");
    assert_eq!(oracle.model, "fc100-100-10");
    let mean = oracle.digits.iter().map(|d| d.l2).sum::<f64>() / oracle.digits.len() as f64;
    assert!((mean / oracle.mean_l2 - 1.0).abs() < 1e-9, "the fixture agrees with itself");
    let gallery = gallery();
    let digits: Vec<&OracleDigit> = oracle.digits.iter().take(20).collect();
    let problems = digits
        .iter()
        .map(|d| Problem { image: gallery.at(d.index).to_vec(), label: d.label, target: None })
        .collect();
    let distances = digits.iter().map(|d| d.l2).collect();
    (problems, distances, digits.iter().map(|d| d.evaluations).sum())
}

#[test]
fn szegedy_is_as_good_as_scipy_with_nine_targets() {
    /// Each digit has a few percent of luck, their mean has less.
    const MEAN: f64 = 0.02;
    const EACH: f64 = 0.03;
    let (problems, theirs, _) = oracle();
    assert_eq!(problems.len(), 20);
    let network = bundled("fc100-100-10");
    let reports = solve(&network, &problems, Method::Szegedy);
    for ((report, problem), theirs) in reports.iter().zip(&problems).zip(&theirs) {
        let image = report.image.as_ref().expect("every digit is fooled");
        assert!(report.success && inside(image) && report.predicted != problem.label);
        let ours = f64::from(Distance::between(&problem.image, image).l2);
        assert!(ours / theirs - 1.0 < EACH, "{ours} against {theirs}");
    }
    let total = |reports: &[Report]| -> f64 {
        reports.iter().map(|report| f64::from(report.distance.l2)).sum()
    };
    let off = |reports: &[Report]| (total(reports) / theirs.iter().sum::<f64>() - 1.0).abs();
    assert!(off(&reports) < MEAN, "{} off the mean", off(&reports));
    // Negative controls: a method that does not search, and a first layer half as large again.
    let hasty = solve(&network, &problems, Method::DeepFool);
    assert!(off(&hasty) > MEAN, "DeepFool would pass: {}", off(&hasty));
    let other = solve(&spoiled(&network, 1.5), &problems, Method::Szegedy);
    assert!(off(&other) > MEAN, "another network would pass: {}", off(&other));
}

#[test]
fn both_backends_find_the_same_distances() {
    /// Two orders of summation, the same search.
    const SAME: f64 = 0.02;
    let Some(context) = device::context("both_backends_find_the_same_distances") else { return };
    let network = bundled("fc100-100-10");
    let (problems, ..) = oracle();
    let problems = &problems[..3];
    let on_device = |network: &Arc<Network>, method| {
        let gpu = GpuExecutor::new(context.clone(), network.clone()).expect("a small network fits");
        let mut executor = Executor::Gpu(Box::new(gpu));
        let mut nobody = Unobserved;
        let run = attack::attack(&mut executor, problems, method, &mut nobody);
        let reports = pollster::block_on(run).expect("the attack runs");
        let cost = executor.cost();
        assert!(cost.dispatches > 0 && cost.readbacks > 0);
        reports
    };
    let other = spoiled(&network, 1.5);
    for method in
        [Method::Szegedy, Method::NearestBoundary, Method::SzegedyPolished, Method::DeepFool]
    {
        let ours = solve(&network, problems, method);
        let ratios = |theirs: &[Report]| -> Vec<f64> {
            let pairs = theirs.iter().zip(&ours);
            pairs.map(|(t, o)| f64::from(t.distance.l2 / o.distance.l2)).collect()
        };
        let theirs = on_device(&network, method);
        assert!(theirs.iter().all(|t| t.success && inside(t.image.as_ref().expect("found"))));
        let same = ratios(&theirs);
        assert!(same.iter().all(|r| (r - 1.0).abs() < SAME), "{}: {same:?}", method.name());
        // Negative control: a first layer half as large again.
        let apart = ratios(&on_device(&other, method));
        assert!(apart.iter().any(|r| (r - 1.0).abs() > SAME), "{}: {apart:?}", method.name());
    }
}

/// The shares of the work that were told of.
#[derive(Debug, Default)]
struct Shares(Vec<f32>);

impl Observer for Shares {
    fn progress(&mut self, progress: Progress<'_>) {
        self.0.push(progress.fraction);
    }

    async fn pause(&mut self) -> bool {
        false
    }
}

#[test]
fn piece_after_piece_is_the_whole() {
    /// Sums of other batches may be in another order.
    const SAME: f32 = 0.02;
    let (problems, ..) = oracle();
    let network = bundled("fc100-100-10");
    let mut executors = vec![Executor::Cpu(CpuExecutor::new(network.clone()))];
    if let Some(context) = device::context("piece_after_piece_is_the_whole") {
        let gpu = GpuExecutor::new(context, network.clone()).expect("a small network fits");
        executors.push(Executor::Gpu(Box::new(gpu)));
    }
    let whole = solve(&network, &problems, Method::NearestBoundary);
    for mut executor in executors {
        let (mut shares, mut told) = (Shares::default(), Vec::new());
        let pieces = attack_in_pieces(
            std::slice::from_mut(&mut executor),
            &problems,
            Method::NearestBoundary,
            8,
            &mut shares,
            |first, reports| told.push((first, reports.to_vec())),
        );
        let pieces = pollster::block_on(pieces).expect("the attack runs");
        let places: Vec<(usize, usize)> = told.iter().map(|(at, of)| (*at, of.len())).collect();
        assert_eq!(places, [(0, 8), (8, 8), (16, 4)]);
        let told: Vec<Report> = told.into_iter().flat_map(|(_, reports)| reports).collect();
        assert_eq!(told, pieces);
        assert!(shares.0.is_sorted() && shares.0.iter().all(|share| *share <= 1.0), "{shares:?}");
        assert!(shares.0.first() < Some(&0.4) && shares.0.last() > Some(&0.8), "{shares:?}");
        let apart = |whole: &[Report]| {
            let pairs = pieces.iter().zip(whole);
            pairs.filter(|(a, b)| (a.distance.l2 / b.distance.l2 - 1.0).abs() > SAME).count()
        };
        assert!(pieces.iter().all(|report| report.success));
        assert_eq!(apart(&whole), 0);
        // Negative control: the reports of other places.
        let turned: Vec<Report> = whole.iter().cycle().skip(8).take(20).cloned().collect();
        assert!(apart(&turned) > 10);
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
        // Measured here as well, in f64, by the paper's definition.
        let square = |(a, b): (&f32, &f32)| (f64::from(*a) - f64::from(*b)).powi(2);
        let squares: f64 = image.iter().zip(&problem.image).map(square).sum();
        let distortion = (squares / image.len() as f64).sqrt();
        let off = (f64::from(distance.distortion) - distortion).abs();
        assert!(off <= 1e-5 * distortion, "{} is {distortion}", distance.distortion);
    }
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
fn on_linear_models_the_boundary_method_and_the_polish_find_the_exact_optimum() {
    /// The hair's breadth by which the boundary is crossed, and f32.
    const EXACT: f64 = 1e-4;
    for name in ["fc10-1e-4", "fc10-1e-2", "fc10-1"] {
        for method in [Method::NearestBoundary, Method::SzegedyPolished] {
            for ratio in ratios_to_optimum(name, method) {
                let method = method.name();
                assert!((ratio - 1.0).abs() < EXACT, "{name}, {method}: {ratio} of the optimum");
            }
        }
        // Negative control: the paper's search alone comes near, but not so near.
        let near = ratios_to_optimum(name, Method::Szegedy);
        assert!(near.iter().any(|r| (r - 1.0).abs() > EXACT), "{name}: {near:?}");
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
fn nearest_boundary_is_as_good_as_scipy_at_a_fiftieth_of_its_evaluations() {
    /// Nine-target scipy against projections, on the mean and on each digit.
    const MEAN: f64 = 0.005;
    const EACH: f64 = 0.03;
    /// How many times as many scipy takes.
    const FEWER: u64 = 50;
    let (problems, theirs, their_evaluations) = oracle();
    let reports = solve(&bundled("fc100-100-10"), &problems, Method::NearestBoundary);
    let ours: Vec<f64> = reports.iter().map(|r| f64::from(r.distance.l2)).collect();
    for ((ours, theirs), report) in ours.iter().zip(&theirs).zip(&reports) {
        assert!(report.success && ours / theirs - 1.0 < EACH, "{ours} against {theirs}");
    }
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    assert!(mean(&ours) / mean(&theirs) - 1.0 < MEAN, "{} against {}", mean(&ours), mean(&theirs));
    let evaluations: u64 = reports.iter().map(|r| r.evaluations).sum();
    assert!(FEWER * evaluations <= their_evaluations, "{evaluations} of {their_evaluations}");
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
