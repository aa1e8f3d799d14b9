//! One change for several networks: the mean of their losses, the least of their
//! margins, and success only when every member is fooled.

use std::sync::Arc;

use blindspots::attack::{self, Ensemble, Method, Problem, Recipe, Report, Unobserved};
use blindspots::digit::PIXELS;
use blindspots::exec::loss::predicted;
use blindspots::exec::{CpuExecutor, Executor};
use blindspots::model::Network;

use crate::support::attacks::{as_dense, cpu, digits, inside, linear_gradient, solve, steps, wide};
use crate::testing::bundled;

/// Attacks an ensemble.
fn solve_all(
    networks: &[&Arc<Network>],
    problems: &[Problem],
    recipe: impl Into<Recipe>,
) -> Vec<Report> {
    let mut executors: Vec<Executor> = networks.iter().map(|n| cpu(n)).collect();
    let ensemble: Ensemble<'_> = executors.iter_mut().collect();
    pollster::block_on(attack::attack(ensemble, problems, recipe, &mut Unobserved))
        .expect("the attack runs")
}

/// Every method that evaluates anything; Carlini and Wagner's with fewer steps for each c.
fn recipes() -> impl Iterator<Item = Recipe> {
    Method::ALL.into_iter().filter(|m| *m != Method::Noise).map(|method| match method {
        Method::Cw => steps(method, 400),
        other => other.into(),
    })
}

#[test]
fn one_change_fools_every_member_of_an_ensemble() {
    let networks = [bundled("fc100-100-10"), bundled("fc200-200-10"), bundled("fc10-1e-4")];
    let members: Vec<&Arc<Network>> = networks.iter().collect();
    let problems = digits(4);
    for recipe in recipes() {
        let name = recipe.method.name();
        let reports = solve_all(&members, &problems, recipe);
        let fooled: Vec<_> = reports.iter().zip(&problems).filter(|(r, _)| r.success).collect();
        assert!(!fooled.is_empty(), "{name}");
        assert!(fooled.len() == problems.len() || !recipe.method.minimises(), "{name}");
        for (report, problem) in fooled {
            let image = report.image.as_ref().expect("found");
            assert!(inside(image), "{name}");
            // Read again, by each member.
            for (network, reading) in networks.iter().zip(&report.readings) {
                let logits = CpuExecutor::new(network.clone()).logits(image);
                assert_eq!(predicted(&logits), Some(*reading));
                assert_ne!(*reading, problem.label, "{name}");
            }
            assert_eq!(report.predicted, report.readings[0]);
            assert_eq!(report.evaluations % 3, 0, "every member's evaluations are counted");
        }
    }
    // Negative control: what is made for one member alone does not fool all of them.
    let alone = solve(&networks[0], &problems, Method::Szegedy);
    let carries = alone.iter().zip(&problems).filter(|(report, problem)| {
        networks.iter().all(|network| {
            let logits =
                CpuExecutor::new(network.clone()).logits(report.image.as_ref().expect("found"));
            predicted(&logits) != Some(problem.label)
        })
    });
    assert!(carries.count() < problems.len());
}

#[test]
fn an_ensemble_of_twins_is_attacked_like_one_network() {
    // The mean of two equal gradients is the gradient, exactly.
    let network = bundled("fc100-100-10");
    let problems = digits(3);
    for recipe in recipes() {
        let name = recipe.method.name();
        let twins = solve_all(&[&network, &network], &problems, recipe);
        let alone = solve(&network, &problems, recipe);
        for (twin, one) in twins.iter().zip(&alone) {
            assert_eq!(twin.image, one.image, "{name}");
            assert_eq!(twin.evaluations, 2 * one.evaluations, "{name}");
        }
        // Negative control: no two digits have the same image.
        assert!(alone[0].image.is_none() || alone[0].image != alone[1].image, "{name}");
    }
}

#[test]
fn the_loss_of_an_ensemble_is_the_mean_of_its_members() {
    let (one, other) = (as_dense("fc10-1e-4"), as_dense("fc10-1"));
    let problems = digits(5);
    let reports = solve_all(&[&one, &other], &problems, Method::Fgsm);
    let mut compared = 0;
    for (report, problem) in reports.iter().zip(&problems) {
        let Some(image) = report.image.as_ref().filter(|_| report.evaluations > 0) else {
            continue;
        };
        let x = wide(&problem.image);
        let (a, b) =
            (linear_gradient(&one, &x, problem.label), linear_gradient(&other, &x, problem.label));
        let signs = |weight: f64| {
            let wrong = (0..PIXELS).filter(|i| {
                let g = 0.5 * a[*i] + weight * b[*i];
                let moved = f64::from(image[*i]) - x[*i];
                g.abs() > 1e-7 && moved * g < 0.0
            });
            wrong.count()
        };
        assert_eq!(signs(0.5), 0, "every pixel moves with the mean gradient");
        // Negative control: one member's gradient alone is another one.
        assert!(signs(0.0) > 0);
        compared += 1;
    }
    assert!(compared > 2, "{compared} digits were compared");
}
