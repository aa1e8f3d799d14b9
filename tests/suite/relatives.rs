//! The relatives of the paper's attack: each against a closed form, a reference
//! in f64 or a recorded run of a public library.

use std::collections::HashMap;
use std::sync::Arc;

use blindspots::attack::{self, Distance, Method, Options, Problem, Recipe, Report, Setting, Stop};
use blindspots::digit::{CLASSES, PIXELS};
use blindspots::exec::CpuExecutor;
use blindspots::model::Network;
use serde::Deserialize;

use crate::support::attacks::{
    as_dense, dense, digits, epsilon, exact_l2, exact_untargeted, inside, linear_gradient, solve,
    steps, wide, with,
};
use crate::support::networks::spoiled;
use crate::testing::{bundled, gallery};

/// The iterates of MI-FGSM in f64, and for every pixel how near its momentum came to 0.
fn momentum(
    network: &Network,
    problem: &Problem,
    (epsilon, steps, decay): (f64, usize, f64),
) -> (Vec<f64>, Vec<f64>) {
    let original = wide(&problem.image);
    let (mut x, mut m) = (original.clone(), vec![0.0; PIXELS]);
    let mut closest = vec![f64::INFINITY; PIXELS];
    for _ in 0..steps {
        let g = linear_gradient(network, &x, problem.label);
        let length: f64 = g.iter().map(|g| g.abs()).sum();
        for i in 0..PIXELS {
            m[i] = decay * m[i] + g[i] / length;
            closest[i] = f64::min(closest[i], m[i].abs());
            let moved = x[i] + epsilon / steps as f64 * m[i].signum() * f64::from(m[i] != 0.0);
            let low = f64::max(original[i] - epsilon, 0.0);
            x[i] = moved.clamp(low, f64::min(original[i] + epsilon, 1.0));
        }
    }
    (x, closest)
}

/// Share of pixels that agree, among those whose sign is not a matter of rounding.
fn agreement(image: &[f32], reference: &[f64], closest: &[f64]) -> f64 {
    /// Rounding of a share of the gradient's length, 1/784 in the mean.
    const CLEAR: f64 = 1e-6;
    /// Rounding of a few sums of ε/steps.
    const SAME: f64 = 1e-6;
    let clear: Vec<usize> = (0..PIXELS).filter(|i| closest[*i] > CLEAR).collect();
    assert!(clear.len() > 500, "{} pixels are compared", clear.len());
    let same = clear.iter().filter(|i| (f64::from(image[**i]) - reference[**i]).abs() < SAME);
    same.count() as f64 / clear.len() as f64
}

#[test]
fn fgsm_is_one_step_along_the_signs() {
    let network = as_dense("fc10-1e-4");
    let problems = digits(5);
    for report in solve(&network, &problems, epsilon(Method::Fgsm, 0.25)).iter().zip(&problems) {
        let (report, problem) = report;
        let image = report.image.as_ref().expect("a step of 0.25 fools softmax regression");
        assert_eq!((report.evaluations, report.stop), (1, Stop::Budget));
        let (stepped, closest) = momentum(&network, problem, (0.25, 1, 0.0));
        assert_eq!(agreement(image, &stepped, &closest), 1.0);
        // Negative control: another ε would be noticed.
        let (shorter, _) = momentum(&network, problem, (0.24, 1, 0.0));
        assert!(agreement(image, &shorter, &closest) < 0.5);
    }
}

#[test]
fn mi_fgsm_accumulates_its_gradient_as_a_reference_in_f64_does() {
    /// All pixels whose momentum kept clear of 0.
    const ALL: f64 = 1.0;
    let network = as_dense("fc10-1e-2");
    let problems = digits(5);
    let mut without = 0;
    for (report, problem) in
        solve(&network, &problems, epsilon(Method::MiFgsm, 0.3)).iter().zip(&problems)
    {
        let image = report.image.as_ref().expect("softmax regression is easily fooled");
        let (reference, closest) = momentum(&network, problem, (0.3, 10, 1.0));
        assert_eq!(agreement(image, &reference, &closest), ALL);
        // Negative control: without the momentum it would be another image.
        let (plain, closest) = momentum(&network, problem, (0.3, 10, 0.0));
        without += usize::from(agreement(image, &plain, &closest) < ALL);
    }
    assert!(without > 2, "{without} of 5 digits show the momentum");
}

#[test]
fn pgd_stays_in_its_ball_and_in_the_box() {
    /// Rounding of a pixel, and of a length of 784 of them.
    const ROUNDING: f32 = 1e-5;
    let network = bundled("fc100-100-10");
    let problems = digits(8);
    for (method, epsilons) in
        [(Method::PgdLinf, [0.1, 0.3]), (Method::MiFgsm, [0.1, 0.3]), (Method::PgdL2, [1.0, 2.0])]
    {
        for radius in epsilons {
            let reports = solve(&network, &problems, epsilon(method, radius));
            let length = |report: &Report| match method {
                Method::PgdL2 => report.distance.l2,
                _ => report.distance.linf,
            };
            let fooled: Vec<&Report> = reports.iter().filter(|r| r.success).collect();
            assert!(fooled.len() > 2, "{} fools within {radius}", method.name());
            for report in fooled {
                let (name, length) = (method.name(), length(report));
                assert!(inside(report.image.as_ref().expect("found")), "{name}");
                assert!(length <= radius * (1.0 + ROUNDING), "{name}: {length} of {radius}");
                // Negative control: it goes to the edge, so a smaller ball would be left.
                assert!(length > 0.9 * radius, "{name}: {length} of {radius}");
            }
        }
        let seeded = |seed| with(method, Options { seed: Some(seed), ..Options::default() });
        let image = |seed| solve(&network, &problems[1..2], seeded(seed))[0].image.clone();
        assert_eq!(image(1), image(1), "same seed, same image");
        assert_eq!(image(1) != image(2), method != Method::MiFgsm, "PGD's start is random");
    }
}

#[test]
fn what_does_not_fool_within_its_budget_is_a_failure() {
    let network = bundled("cnn");
    let problem = &digits(2)[1..];
    let tiny = 1e-3;
    let noise = Options { distortion: Some(tiny), ..Options::default() };
    let mut recipes = vec![with(Method::Noise, noise), steps(Method::DeepFool, 1)];
    recipes.push(steps(Method::Cw, 1));
    let bounded = Method::ALL.into_iter().filter(|m| m.settings().contains(&Setting::Epsilon));
    recipes.extend(bounded.map(|m| epsilon(m, tiny)));
    for recipe in recipes {
        let report = &solve(&network, problem, recipe)[0];
        let name = recipe.method.name();
        assert!(!report.success && report.image.is_none(), "{name}");
        assert_eq!(report.stop, Stop::Budget, "{name}");
        assert_eq!((report.predicted, report.distance), (problem[0].label, Distance::default()));
        assert!(!report.rounded_still_fools);
    }
}

#[test]
fn carlini_wagner_has_converged_where_it_fools_and_spent_its_budget_where_not() {
    let network = bundled("fc100-100-10");
    let problem = &digits(1);
    let far = &solve(&network, problem, steps(Method::Cw, 100))[0];
    assert!(far.success);
    assert_eq!(far.stop, Stop::Converged);
    let near = &solve(&network, problem, steps(Method::Cw, 1))[0];
    assert!(!near.success);
    assert_eq!(near.stop, Stop::Budget);
}

/// Ratios of what a method finds to the exact optimum of a linear network in the box.
fn ratios(network: &Arc<Network>, problems: &[Problem], recipe: Recipe) -> Vec<f64> {
    let read = |(report, problem): (&Report, &Problem)| {
        assert!(report.success && inside(report.image.as_ref().expect("found")));
        f64::from(report.distance.l2) / exact_untargeted(network, problem)
    };
    let reports = solve(network, problems, recipe);
    let open = reports.iter().zip(problems).filter(|(r, _)| r.stop != Stop::AlreadyMisread);
    open.map(read).collect()
}

/// A linear network on which the nearest boundary is near the grey image: no bound is met.
fn gentle() -> (Arc<Network>, Problem) {
    let weights: Vec<f32> =
        (0..PIXELS * CLASSES).map(|i| ((i * i) as f32 * 0.37).sin() * 0.1).collect();
    let problem = Problem { image: vec![0.5; PIXELS], label: 3, target: None };
    // Class 3 leads all others by different amounts.
    let mut bias = vec![0.0; CLASSES];
    let grey: Vec<f32> =
        CpuExecutor::new(dense(weights.clone(), bias.clone())).logits(&problem.image);
    for (class, b) in bias.iter_mut().enumerate() {
        let behind = if class == 3 { 0.0 } else { 0.5 + 0.1 * class as f32 };
        *b = -grey[class] - behind;
    }
    (dense(weights, bias), problem)
}

#[test]
fn deepfool_on_a_linear_network_is_the_nearest_boundary_and_its_overshoot() {
    /// f32, and the margin of 2·10⁻⁶ that a win needs.
    const EXACT: f64 = 1e-4;
    let (network, problem) = gentle();
    let report = &solve(&network, std::slice::from_ref(&problem), Method::DeepFool)[0];
    // The step's length, the authors' extra of it, the overshoot.
    let expected = 1.02 * (exact_untargeted(&network, &problem) + 1e-4);
    let ratio = f64::from(report.distance.l2) / expected;
    assert!((ratio - 1.0).abs() < EXACT, "{ratio} of the nearest boundary's");
    // Negative control: a method without the overshoot is noticed.
    let exact = &solve(&network, std::slice::from_ref(&problem), Method::NearestBoundary)[0];
    assert!((f64::from(exact.distance.l2) / expected - 1.0).abs() > EXACT);
    // Nine gradients at the original, nine where the label is lost.
    assert_eq!((report.evaluations, report.stop), (18, Stop::Converged));
    assert!(report.distance.linf < 0.5, "no bound is met");
    // With a target it is the boundary to that class.
    for target in [0, 9] {
        let aimed = Problem { target: Some(target), ..problem.clone() };
        let report = &solve(&network, std::slice::from_ref(&aimed), Method::DeepFool)[0];
        assert_eq!(report.predicted, target);
        let least = exact_l2(&network, &problem, target);
        assert!(f64::from(report.distance.l2) > least * (1.0 - EXACT));
    }
}

#[test]
fn ddn_and_carlini_wagner_come_near_the_exact_optimum_of_linear_networks() {
    /// DDN's norm moves by 5 % a step; Carlini and Wagner's c is bisected five times or so.
    const NEAR: f64 = 0.03;
    let network = as_dense("fc10-1e-4");
    let problems = digits(10);
    for recipe in [steps(Method::Ddn, 1_000), Method::Cw.into()] {
        let ratios = ratios(&network, &problems, recipe);
        let name = recipe.method.name();
        assert!(ratios.len() > 6, "{} digits were compared", ratios.len());
        for ratio in &ratios {
            assert!(*ratio > 1.0 - 1e-4, "{name}: {ratio} is below the optimum");
        }
        let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
        assert!(mean < 1.0 + NEAR, "{name}: {mean} of the optimum, {ratios:?}");
        // Negative control: the first steps alone are not near.
        let few = steps(recipe.method, 3);
        let hasty = mean_ratio(&network, &problems, few);
        assert!(hasty > 1.0 + NEAR, "{name}: {hasty} of the optimum after three steps");
    }
}

/// The mean ratio to the optimum; a digit that is not fooled counts as infinitely far.
fn mean_ratio(network: &Arc<Network>, problems: &[Problem], recipe: Recipe) -> f64 {
    let reports = solve(network, problems, recipe);
    let ratio = |(report, problem): (&Report, &Problem)| match report.success {
        true => f64::from(report.distance.l2) / exact_untargeted(network, problem),
        false => f64::INFINITY,
    };
    reports.iter().zip(problems).map(ratio).sum::<f64>() / reports.len() as f64
}

#[test]
fn the_polish_is_never_farther_than_the_papers_search() {
    let network = bundled("fc100-100-10");
    let problems = digits(6);
    let search = solve(&network, &problems, Method::Szegedy);
    let polished = solve(&network, &problems, Method::SzegedyPolished);
    let mut nearer = 0;
    for (search, polished) in search.iter().zip(&polished) {
        assert!(polished.success && polished.distance.l2 <= search.distance.l2);
        assert!(polished.evaluations > search.evaluations);
        nearer += usize::from(polished.distance.l2 < 0.9999 * search.distance.l2);
    }
    assert!(nearer > 0, "the polish does something");
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

#[test]
fn noise_as_a_method_is_the_same_noise_and_seldom_fools() {
    let network = bundled("fc100-100-10");
    let problems = digits(40);
    let options = Options { distortion: Some(0.4), seed: Some(5), ..Options::default() };
    let strong = solve(&network, &problems, with(Method::Noise, options));
    let fooled: Vec<usize> = (0..40).filter(|i| strong[*i].image.is_some()).collect();
    assert!(!fooled.is_empty());
    for i in fooled.into_iter().filter(|i| strong[*i].stop != Stop::AlreadyMisread) {
        let same = attack::noise::gaussian(&problems[i].image, 0.4, 5);
        assert_eq!(strong[i].image.as_ref(), Some(&same));
        assert_eq!(strong[i].evaluations, 0);
    }
    let count = |reports: &[Report]| reports.iter().filter(|r| r.success).count();
    let weak = solve(&network, &problems, Method::Noise);
    assert!(count(&weak) < count(&strong));
}

#[derive(Deserialize)]
struct Public {
    model: String,
    digits: Vec<PublicDigit>,
}

#[derive(Deserialize)]
struct PublicDigit {
    index: usize,
    label: usize,
    /// By the method's name.
    #[serde(flatten)]
    distances: HashMap<String, f64>,
}

/// How much longer than a public library's a change is, relative to it.
fn distance_off(report: &Report, digit: &PublicDigit, method: Method) -> f64 {
    f64::from(report.distance.l2) / digit.distances[method.name()] - 1.0
}

#[test]
fn distances_are_those_of_the_public_libraries() {
    /// Two orders of summation in f32, along a path of a hundred steps and more.
    const EACH: f64 = 5e-3;
    let public: Public = serde_json::from_str(include_str!("../fixtures/public_relatives.json"))
        .expect("the fixture is valid");
    assert_eq!((public.model.as_str(), public.digits.len()), ("fc100-100-10", 20));
    let network = bundled(&public.model);
    let gallery = gallery();
    let problem = |d: &PublicDigit| Problem {
        image: gallery.at(d.index).to_vec(),
        label: d.label,
        target: None,
    };
    let problems: Vec<Problem> = public.digits.iter().map(problem).collect();
    let other = spoiled(&network, 1.5);
    for method in [Method::DeepFool, Method::Ddn, Method::Cw] {
        let reports = solve(&network, &problems, method);
        assert!(reports.iter().all(|report| report.success), "{}", method.name());
        let off: Vec<f64> =
            reports.iter().zip(&public.digits).map(|(r, d)| distance_off(r, d, method)).collect();
        let same = |off: &[f64]| off.iter().filter(|o| o.abs() < EACH).count();
        assert_eq!(same(&off), 20, "{}: {off:.4?}", method.name());
        // Negative control: a first layer half as large again.
        let spoiled = solve(&other, &problems[..4], method);
        let apart: Vec<f64> =
            spoiled.iter().zip(&public.digits).map(|(r, d)| distance_off(r, d, method)).collect();
        assert!(same(&apart) < 2, "{}: {apart:.4?}", method.name());
    }
}
