//! Attacks that live on the device: what they find, what they cost, and how
//! they end. The kernels themselves are compared with their twins, trial point
//! by trial point, in `src/attack/resident/machine_tests.rs`.

use std::sync::Arc;
use std::time::Instant;

use blindspots::attack::{
    self, AttackError, Method, Observer, Problem, Progress, Recipe, Report, Stop, Unobserved,
};
use blindspots::digit::{CLASSES, PIXELS};
use blindspots::exec::{Cost, ExecError, Executor, GpuContext, GpuExecutor};
use blindspots::model::Network;

use crate::support::attacks::{as_dense, dense, exact_untargeted, inside, solve};
use crate::support::networks::spoiled;
use crate::testing::{bundled, device, gallery};

/// The methods with a machine on the device, and how near their distances come
/// to those of the processor: two orders of summation, the same search. The
/// search over c ends at a ratio of 1.02.
const METHODS: [(Method, f64); 3] =
    [(Method::NearestBoundary, 1e-3), (Method::SzegedyPolished, 2e-3), (Method::Szegedy, 0.01)];

fn on_device(context: &Arc<GpuContext>, network: &Arc<Network>, limit: Option<usize>) -> Executor {
    let mut gpu = GpuExecutor::new(context.clone(), network.clone()).expect("it fits");
    if let Some(lanes) = limit {
        gpu.lower_limit(lanes);
    }
    Executor::Gpu(Box::new(gpu))
}

fn run(executor: &mut Executor, problems: &[Problem], method: Method) -> Vec<Report> {
    pollster::block_on(attack::attack(executor, problems, method, &mut Unobserved))
        .expect("the attack runs")
}

fn digits(count: usize) -> Vec<Problem> {
    let gallery = gallery();
    (0..count).map(|place| gallery.problem(place)).collect()
}

/// Whether any distance is another one.
fn differ(actual: &[Report], expected: &[Report], tolerance: f64) -> bool {
    let ratio = |(a, e): (&Report, &Report)| f64::from(a.distance.l2) / f64::from(e.distance.l2);
    actual.iter().zip(expected).map(ratio).any(|ratio| (ratio - 1.0).abs() > tolerance)
}

/// Distances agree.
#[track_caller]
fn assert_same(what: &str, actual: &[Report], expected: &[Report], tolerance: f64) {
    assert!(!actual.is_empty() && actual.len() == expected.len());
    for (place, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        let what = format!("{what}, digit {place}");
        assert_eq!((actual.success, expected.success), (true, true), "{what}");
        assert!(inside(actual.image.as_ref().expect("it was found")), "{what}");
        let ratio = f64::from(actual.distance.l2) / f64::from(expected.distance.l2);
        assert!((ratio - 1.0).abs() <= tolerance, "{what}: {ratio} times as far");
    }
}

#[test]
fn finds_what_the_processor_finds() {
    let Some(context) = device::context("finds_what_the_processor_finds") else { return };
    let network = bundled("fc100-100-10");
    let mut problems = digits(4);
    // One of them with a target, so that it is read as that class.
    let target = (problems[3].label + 5) % CLASSES;
    problems[3].target = Some(target);
    let mut executor = on_device(&context, &network, None);
    let other = spoiled(&network, 1.5);
    for (method, tolerance) in METHODS {
        let actual = run(&mut executor, &problems, method);
        let expected = solve(&network, &problems, method);
        assert_same(method.name(), &actual, &expected, tolerance);
        assert_eq!(actual[3].predicted, target);
        for (actual, expected) in actual.iter().zip(&expected) {
            assert_eq!(actual.stop, expected.stop, "{}", method.name());
            let ratio = actual.evaluations as f64 / expected.evaluations as f64;
            assert!((0.8..1.25).contains(&ratio), "{ratio} times the evaluations");
        }
        // Negative control: a first layer half as large again.
        let other = run(&mut on_device(&context, &other, None), &problems, method);
        assert!(differ(&other, &expected, tolerance), "{}: another network passes", method.name());
    }
}

#[test]
fn finds_the_exact_optimum_of_linear_networks() {
    /// The hair's breadth by which the boundary is crossed, and f32.
    const EXACT: f64 = 1e-4;
    let Some(context) = device::context("finds_the_exact_optimum_of_linear_networks") else {
        return;
    };
    for name in ["fc10-1e-4", "fc10-1"] {
        let network = as_dense(name);
        let problems = digits(8);
        let reports =
            run(&mut on_device(&context, &network, None), &problems, Method::NearestBoundary);
        let open = || reports.iter().zip(&problems).filter(|(r, _)| r.distance.l2 > 0.0);
        assert!(open().count() > 5, "{name}: too few digits are read correctly");
        for (report, problem) in open() {
            let image = report.image.as_ref().expect("a linear network is fooled");
            let held = image.iter().filter(|v| **v == 0.0 || **v == 1.0).count();
            assert!(held > 100, "{held} bounds are active");
            let ratio = f64::from(report.distance.l2) / exact_untargeted(&network, problem);
            assert!((ratio - 1.0).abs() < EXACT, "{name}: {ratio} times the optimum");
        }
        // Negative control: the paper's search comes near, but not so near.
        let near = run(&mut on_device(&context, &network, None), &problems, Method::Szegedy);
        assert!(differ(&near, &reports, EXACT), "{name}: the paper's search passes");
    }
}

/// Work that does not fit is cut; the pieces find the same.
#[test]
fn cuts_what_does_not_fit() {
    let Some(context) = device::context("cuts_what_does_not_fit") else { return };
    let network = bundled("fc10-1e-2");
    let problems = digits(5);
    for (method, tolerance) in METHODS {
        let whole = run(&mut on_device(&context, &network, None), &problems, method);
        // Two digits a piece; then fewer lanes than a digit has targets.
        for limit in [20, 4] {
            let mut cut = on_device(&context, &network, Some(limit));
            let actual = run(&mut cut, &problems, method);
            assert_same(&format!("{} in {limit}", method.name()), &actual, &whole, tolerance);
        }
    }
}

/// Every layer forward and backward, and a few more, counted on one lane, whose
/// evaluations are those of the device.
#[test]
fn costs_little() {
    /// Evaluations for each read-back, at least. With one a tenth of a second there are many
    /// more, unless the machine is so busy that they take longer than that; a look at every
    /// evaluation, as without a machine on the device, is one.
    const EACH: u64 = 10;
    let Some(context) = device::context("costs_little") else { return };
    for name in ["fc100-100-10", "cnn"] {
        let network = bundled(name);
        let layers = network.nodes.iter().filter(|n| !matches!(n.op.name(), "input" | "reshape"));
        let most = 2 * layers.count() as u64 + 4;
        let mut problem = gallery().problem(1);
        problem.target = Some((problem.label + 1) % CLASSES);
        for (method, _) in METHODS {
            let mut executor = on_device(&context, &network, None);
            let start = Instant::now();
            let report = &run(&mut executor, std::slice::from_ref(&problem), method)[0];
            let tenths = start.elapsed().as_millis() as u64 / 100;
            let Cost { evaluations, dispatches, readbacks, .. } = executor.cost();
            assert!(report.success && evaluations >= report.evaluations && dispatches > 0);
            assert!(dispatches <= most * evaluations, "{name}: {dispatches} for {evaluations}");
            assert!(
                EACH * readbacks <= evaluations.max(EACH * (tenths + 1)),
                "{name}: {readbacks} for {evaluations} in {tenths} tenths of a second"
            );
        }
    }
}

/// Attacks one after the other leave nothing behind.
#[test]
fn gives_its_memory_back() {
    const NAME: &str = "gives_its_memory_back";
    if device::context(NAME).is_none() {
        return;
    }
    // One of its own: the other tests' device is in use.
    let context = pollster::block_on(GpuContext::open()).expect("a second device");
    let network = bundled("fc10-1e-2");
    let mut executor = on_device(&context, &network, None);
    let problem = [gallery().problem(2)];
    let taken = || context.device().generate_allocator_report().map(|r| r.total_allocated_bytes);
    let attacked = |executor: &mut Executor| {
        run(executor, &problem, Method::NearestBoundary);
        run(executor, &problem, Method::Szegedy);
        taken()
    };
    // The first attacks make the buffers that the executor keeps.
    attacked(&mut executor);
    let Some(kept) = attacked(&mut executor) else {
        return device::skip(NAME, "this backend does not report what is allocated");
    };
    for _ in 0..4 {
        assert_eq!(attacked(&mut executor), Some(kept));
    }
    // Negative control: what is held is reported.
    let mut another = on_device(&context, &network, None);
    assert!(attacked(&mut another) > Some(kept), "buffers of a second executor go unnoticed");
}

/// Cancels at a pause.
struct Impatient {
    pauses: usize,
    until: usize,
    best: Option<f32>,
}

impl Observer for Impatient {
    fn progress(&mut self, progress: Progress<'_>) {
        assert!((0.0..=1.0).contains(&progress.fraction));
        if let Some((image, l2)) = progress.best {
            assert!(inside(image) && l2 > 0.0);
            self.best = Some(l2);
        }
    }

    async fn pause(&mut self) -> bool {
        self.pauses += 1;
        self.pauses >= self.until
    }
}

#[test]
fn ends_at_once_when_cancelled_and_the_next_one_works() {
    let Some(context) = device::context("ends_at_once_when_cancelled") else { return };
    let network = bundled("fc100-100-10");
    let mut executor = on_device(&context, &network, Some(20));
    let problems = digits(5);
    for (method, tolerance) in METHODS {
        let mut impatient = Impatient { pauses: 0, until: 3, best: None };
        let attack = attack::attack(&mut executor, &problems, method, &mut impatient);
        let reports = pollster::block_on(attack).expect("a cancelled attack reports");
        assert_eq!(impatient.pauses, 3, "{}", method.name());
        assert_eq!(reports[0].stop, Stop::Cancelled, "{}", method.name());
        // The last digits were never begun.
        assert_eq!((reports[4].stop, reports[4].evaluations), (Stop::Cancelled, 0));
        assert!(!reports[4].success && reports[4].image.is_none());
        let next = run(&mut executor, &problems[..1], method);
        assert_same(method.name(), &next, &solve(&network, &problems[..1], method), tolerance);
    }
}

#[test]
fn tells_of_the_best_on_the_way() {
    let Some(context) = device::context("tells_of_the_best_on_the_way") else { return };
    let network = bundled("fc100-100-10");
    let mut executor = on_device(&context, &network, None);
    let mut patient = Impatient { pauses: 0, until: usize::MAX, best: None };
    let problems = digits(1);
    let attack = attack::attack(&mut executor, &problems, Method::Szegedy, &mut patient);
    let report = &pollster::block_on(attack).expect("the attack runs")[0];
    let told = patient.best.expect("it was told");
    assert!((told / report.distance.l2 - 1.0).abs() < 1e-4, "{told} against {report:?}");
}

#[test]
fn says_that_a_gradient_vanishes() {
    let Some(context) = device::context("says_that_a_gradient_vanishes") else { return };
    let mut bias = vec![0.0; CLASSES];
    bias[3] = 1.0;
    let network = dense(vec![0.0; PIXELS * CLASSES], bias);
    let problem = Problem { image: vec![0.5; PIXELS], label: 3, target: None };
    for (method, _) in METHODS {
        let mut executor = on_device(&context, &network, None);
        let report = &run(&mut executor, std::slice::from_ref(&problem), method)[0];
        assert_eq!(report.stop, Stop::VanishingGradient, "{}", method.name());
        assert!(!report.success && report.image.is_none());
    }
}

#[test]
fn says_when_the_device_is_lost() {
    if device::context("says_when_the_device_is_lost").is_none() {
        return;
    }
    let context = pollster::block_on(GpuContext::open()).expect("a second device");
    let mut executor = on_device(&context, &bundled("fc10-1e-2"), None);
    let problems = digits(1);
    run(&mut executor, &problems, Method::NearestBoundary);

    /// Loses the device in the middle.
    struct Clumsy(Arc<GpuContext>);
    impl Observer for Clumsy {
        fn progress(&mut self, _: Progress<'_>) {}
        async fn pause(&mut self) -> bool {
            self.0.device().destroy();
            false
        }
    }
    for (method, _) in METHODS {
        let mut clumsy = Clumsy(context.clone());
        let attack = attack::attack(&mut executor, &problems, Recipe::from(method), &mut clumsy);
        let error = pollster::block_on(attack).expect_err("the device is gone");
        assert!(matches!(error, AttackError::Exec(ExecError::DeviceLost(_))), "{error:?}");
    }
}
