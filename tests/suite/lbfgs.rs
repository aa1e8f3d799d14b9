//! The optimiser against a recorded run of scipy's L-BFGS-B: the paper's
//! objective of one digit and one c, iteration by iteration.

use std::sync::Arc;

use blindspots::digit::PIXELS;
use blindspots::exec::{CpuExecutor, Evaluation, Goal};
use blindspots::model::Network;
use blindspots::optim::{Lbfgs, LbfgsSettings, Status};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::support::networks::spoiled;
use crate::testing::{bundled, gallery, models};

/// What `training/oracle_scipy.py` wrote of its first solve.
#[derive(Deserialize)]
struct Trace {
    model: String,
    sha256: String,
    index: usize,
    target: usize,
    c: f32,
    objective_at_start: f64,
    /// After each iteration.
    objective: Vec<f64>,
    evaluations: usize,
    l2: f64,
    cross_entropy: f64,
    at_a_bound: usize,
    solution: Vec<f64>,
}

fn trace() -> Trace {
    serde_json::from_str(include_str!("../fixtures/scipy_trace.json")).expect("a trace")
}

/// What our machine did with the same digit.
struct Run {
    /// At the start, then after each iteration.
    objective: Vec<f64>,
    evaluations: usize,
    cross_entropy: f64,
    solution: Vec<f64>,
}

/// Minimises `c·‖x − digit‖² + cross-entropy(x, target)` in the box, from the digit on, with as
/// many curvature pairs and as long as scipy did.
fn run(network: &Arc<Network>, trace: &Trace, c: f32) -> Run {
    let settings = LbfgsSettings {
        memory: 10,
        decrease: 1e-7,
        gradient: 1e-7,
        iterations: 500,
        backtracks: 20,
        ..LbfgsSettings::default()
    };
    let digit = gallery().at(trace.index).to_vec();
    let mut machine = Lbfgs::new(settings, &digit, &digit, c);
    let mut executor = CpuExecutor::new(network.clone());
    let (mut out, mut objective) = (Evaluation::default(), Vec::new());
    for evaluations in 1..1000 {
        let goal = Goal::CrossEntropy(trace.target);
        executor.evaluate(machine.trial(), &[goal], &mut out);
        let status = machine.tell(out.values[0], &out.gradients);
        if machine.accepted() {
            objective.push(f64::from(machine.value()));
        }
        if status != Status::Running {
            executor.evaluate(machine.point(), &[goal], &mut out);
            let solution = machine.point().iter().map(|v| f64::from(*v)).collect();
            let cross_entropy = f64::from(out.values[0]);
            return Run { objective, evaluations, cross_entropy, solution };
        }
    }
    panic!("it never ends");
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!((a.len(), b.len()), (PIXELS, PIXELS));
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// Of an objective: f32 against f64, with a minimum of 0.07 that is flat in most directions.
const VALUE: f64 = 1e-5;

/// What of a run is not as scipy has it, or nothing.
fn fault(found: &Run, trace: &Trace) -> Option<String> {
    /// A flat minimum leaves the point freer than its value: of `‖r‖`, and of the loss there.
    const POINT: f64 = 2e-3;
    let (ours, theirs) = (found.objective.last()?, trace.objective.last()?);
    if (ours / theirs - 1.0).abs() > VALUE {
        return Some(format!("the minimum is {ours}, not {theirs}"));
    }
    let apart = distance(&found.solution, &trace.solution) / trace.l2;
    if apart > POINT {
        return Some(format!("the minimisers are {apart} apart"));
    }
    if (found.cross_entropy / trace.cross_entropy - 1.0).abs() > POINT {
        return Some(format!("the loss is {}, not {}", found.cross_entropy, trace.cross_entropy));
    }
    let bounds = found.solution.iter().filter(|v| **v == 0.0 || **v == 1.0).count();
    (bounds != trace.at_a_bound).then(|| format!("{bounds} bounds, not {}", trace.at_a_bound))
}

#[test]
fn the_papers_objective_is_minimised_as_scipy_does() {
    let trace = trace();
    let bytes = std::fs::read(models().join(format!("{}.onnx", trace.model))).expect("bundled");
    let sum: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(sum, trace.sha256, "the trace is of another network");
    let network = bundled(&trace.model);
    let found = run(&network, &trace, trace.c);
    assert!((found.objective[0] / trace.objective_at_start - 1.0).abs() < 1e-5);
    assert_eq!(fault(&found, &trace), None);

    // On the way: downhill, at half as many evaluations more, and to within a hundredth of the
    // minimum in half as many iterations more.
    assert!(found.objective.windows(2).all(|pair| pair[1] < pair[0] + VALUE * pair[0]));
    assert!(2 * found.evaluations <= 3 * trace.evaluations, "{} evaluations", found.evaluations);
    let near = |objective: &[f64]| {
        let minimum = objective[objective.len() - 1];
        objective.iter().position(|value| *value < 1.01 * minimum).expect("it ends there")
    };
    let (ours, theirs) = (near(&found.objective), near(&trace.objective) + 1);
    assert!(2 * ours <= 3 * theirs, "{ours} iterations, not {theirs}");

    // Negative controls: a weight, and a network, that are nearly the same.
    assert!(fault(&run(&network, &trace, 1.01 * trace.c), &trace).is_some());
    assert!(fault(&run(&spoiled(&network, 1.01), &trace, trace.c), &trace).is_some());
}
