//! What attacks are given that they cannot use, every method: images outside
//! the box, options without sense, networks without a gradient, impatience.

use std::sync::Arc;

use blindspots::attack::{
    self, AttackError, Distance, Ensemble, Method, Observer, Options, Problem, Progress, Recipe,
    Setting, Stop, Unobserved,
};
use blindspots::digit::{CLASSES, PIXELS};
use blindspots::exec::CpuExecutor;
use blindspots::model::{Network, Node, NodeId, Weight, WeightId};
use blindspots::ops::{Activation, Linear, Op};

use crate::support::attacks::{attempt, cpu, dense, inside, solve};
use crate::testing::{bundled, gallery};

/// Methods that follow a gradient: all but the noise.
fn searching() -> impl Iterator<Item = Method> {
    Method::ALL.into_iter().filter(|m| *m != Method::Noise)
}

/// An image whose gradient is looked for, grey all over.
fn grey() -> Problem {
    Problem { image: vec![0.5; PIXELS], label: 3, target: None }
}

#[test]
fn bad_problems_are_refused_by_name_whatever_the_method() {
    let network = bundled("fc10-1");
    let good = grey();
    for method in Method::ALL {
        let failure = |network: &Arc<Network>, problem: Problem| {
            attempt(network, &[problem], method).expect_err("the attack refuses")
        };
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
        assert_eq!(failure(&broken, good.clone()).code(), "not-a-number");
    }
}

#[test]
fn numbers_without_sense_are_refused_with_their_value() {
    let network = bundled("fc10-1e-4");
    let problem = [gallery().problem(0)];
    let refused = |method: Method, options: Options| {
        attempt(&network, &problem, Recipe { method, options }).expect_err("refused")
    };
    for bad in [-0.5, 0.0, f32::NAN, f32::INFINITY] {
        let error = refused(Method::Fgsm, Options { epsilon: Some(bad), ..Options::default() });
        assert_eq!(error.code(), "bad-option");
        assert!(error.to_string().contains("epsilon"), "{error}");
        assert!(error.to_string().contains(&bad.to_string()), "{error}");
    }
    for bad in [-0.1, 0.0, 1.5, f32::NAN] {
        let options = Options { distortion: Some(bad), ..Options::default() };
        let error = refused(Method::Noise, options);
        assert!(error.to_string().contains(&bad.to_string()), "{error}");
    }
    let none = Options { steps: Some(0), ..Options::default() };
    assert_eq!(refused(Method::Ddn, none).code(), "bad-option");
    // The smallest that makes sense is taken.
    let one = Options { steps: Some(1), ..Options::default() };
    assert!(attempt(&network, &problem, Recipe { method: Method::Ddn, options: one }).is_ok());
}

#[test]
fn options_that_a_method_does_not_take_are_refused_in_a_sentence() {
    let network = bundled("fc10-1e-4");
    let problem = [gallery().problem(0)];
    let all = [
        (Setting::Epsilon, Options { epsilon: Some(0.1), ..Options::default() }),
        (Setting::Steps, Options { steps: Some(3), ..Options::default() }),
        (Setting::Distortion, Options { distortion: Some(0.1), ..Options::default() }),
        (Setting::Seed, Options { seed: Some(3), ..Options::default() }),
    ];
    let mut refusals = 0;
    for method in Method::ALL {
        for (setting, options) in all {
            let result = attempt(&network, &problem, Recipe { method, options });
            if method.settings().contains(&setting) {
                assert!(result.is_ok(), "{} takes {}", method.name(), setting.name());
                continue;
            }
            let error = result.expect_err("refused");
            assert_eq!(error.code(), "option-not-taken");
            let sentence = error.to_string();
            assert!(sentence.contains(method.name()) && sentence.contains(setting.name()));
            assert!(sentence.contains("seed"), "{sentence} says what is taken");
            refusals += 1;
        }
    }
    assert!(refusals > 10, "{refusals}");
}

#[test]
fn an_ensemble_without_members_is_refused() {
    let nobody: Ensemble<'_> = std::iter::empty().collect();
    let (problems, mut unobserved) = ([grey()], Unobserved);
    let run = attack::attack(nobody, &problems, Method::Fgsm, &mut unobserved);
    assert!(matches!(pollster::block_on(run), Err(AttackError::NoNetwork)));
}

#[test]
fn what_is_misread_already_needs_no_change_by_any_method() {
    let network = bundled("fc10-1");
    let image = gallery().at(0).to_vec();
    let logits = CpuExecutor::new(network.clone()).logits(&image);
    let read = blindspots::exec::loss::predicted(&logits).expect("finite");
    let problem = Problem { image, label: (read + 1) % CLASSES, target: None };
    for method in Method::ALL {
        let report = &solve(&network, std::slice::from_ref(&problem), method)[0];
        assert_eq!(report.stop, Stop::AlreadyMisread);
        assert!(report.success && report.distance.l2 == 0.0 && report.evaluations == 0);
        assert_eq!(report.predicted, read);
    }
}

#[test]
fn a_network_that_ignores_its_input_cannot_be_fooled_by_any_method() {
    let mut bias = vec![0.0; CLASSES];
    bias[3] = 1.0;
    let network = dense(vec![0.0; PIXELS * CLASSES], bias);
    for method in searching() {
        let report = &solve(&network, &[grey()], method)[0];
        assert!(!report.success && report.image.is_none(), "{}", method.name());
        assert_eq!(report.stop, Stop::VanishingGradient, "{}", method.name());
        assert_eq!(report.distance, Distance::default());
        assert_eq!(report.predicted, 3);
        assert!(report.evaluations >= 4, "several starts were tried: {}", report.evaluations);
    }
}

/// A hidden layer of ReLUs that are all exactly 0 on the grey image, then a dense layer.
///
/// Unit `j` is `relu(±Σ over its pixels (x − ½))`, each sign for one half of the
/// units; every unit votes for a class, and class 3 leads by a hair.
fn dead_at_grey() -> Arc<Network> {
    const UNITS: usize = 2 * CLASSES;
    let mut first = vec![0.0; PIXELS * UNITS];
    for pixel in 0..PIXELS {
        let class = pixel % CLASSES;
        first[pixel * UNITS + class] = 1.0;
        first[pixel * UNITS + CLASSES + class] = -1.0;
    }
    // The offset that a unit sums up on grey, exact in f32.
    let offset: Vec<f32> = (0..UNITS)
        .map(|unit| -0.5 * (0..PIXELS).map(|p| first[p * UNITS + unit]).sum::<f32>())
        .collect();
    let mut second = vec![0.0; UNITS * CLASSES];
    for unit in 0..UNITS {
        second[unit * CLASSES + unit % CLASSES] = 1.0;
    }
    let mut bias = vec![0.0; CLASSES];
    bias[3] = 0.5;
    let weight = |name: &str, shape: Vec<usize>, data: Vec<f32>| Weight {
        name: name.into(),
        shape,
        data: data.into(),
    };
    let linear = |k, n, weight, activation| {
        let bias = Some(WeightId(weight + 1));
        Op::Linear(Linear { rows: 1, k, n, weight: WeightId(weight), bias, activation })
    };
    let node = |name: &str, op, inputs, shape| Node { name: String::from(name), op, inputs, shape };
    let mut network = Network::clone(&dense(vec![0.0; PIXELS * CLASSES], vec![0.0; CLASSES]));
    network.nodes = vec![
        node("image", Op::Input, vec![], vec![PIXELS]),
        node("hidden", linear(PIXELS, UNITS, 0, Activation::Relu), vec![NodeId(0)], vec![UNITS]),
        node(
            "out",
            linear(UNITS, CLASSES, 2, Activation::Identity),
            vec![NodeId(1)],
            vec![CLASSES],
        ),
    ];
    network.weights = vec![
        weight("w1", vec![PIXELS, UNITS], first),
        weight("b1", vec![UNITS], offset),
        weight("w2", vec![UNITS, CLASSES], second),
        weight("b2", vec![CLASSES], bias),
    ];
    Arc::new(network)
}

#[test]
fn where_the_gradient_vanishes_at_the_original_other_starts_are_tried() {
    let network = dead_at_grey();
    let mut evaluation = blindspots::exec::Evaluation::default();
    let goal = blindspots::exec::Goal::CrossEntropy(3);
    CpuExecutor::new(network.clone()).evaluate(&grey().image, &[goal], &mut evaluation);
    assert!(evaluation.gradients.iter().all(|g| *g == 0.0), "dead at the original");
    for method in searching() {
        let report = &solve(&network, &[grey()], method)[0];
        let name = method.name();
        assert!(report.success && inside(report.image.as_ref().expect("found")), "{name}");
        assert_ne!(report.stop, Stop::VanishingGradient, "{name}");
        if let Some(epsilon) = [(Method::Fgsm, 0.25), (Method::PgdLinf, 0.3), (Method::MiFgsm, 0.3)]
            .into_iter()
            .find_map(|(m, epsilon)| (m == method).then_some(epsilon))
        {
            assert!(report.distance.linf <= epsilon * 1.000_001, "{name} stays in its ball");
        }
        // The same seed starts at the same points, another one elsewhere.
        assert_eq!(&solve(&network, &[grey()], method)[0].image, &report.image, "{name}");
        let options = Options { seed: Some(9), ..Options::default() };
        let other = &solve(&network, &[grey()], Recipe { method, options })[0];
        assert!(other.success && other.image != report.image, "{name}");
    }
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
    let gallery = gallery();
    // More than are worked on at a time.
    let many: Vec<Problem> = (0..100).map(|place| gallery.problem(place)).collect();
    for method in searching().filter(|m| *m != Method::Fgsm && *m != Method::DeepFool) {
        let name = method.name();
        let mut impatient = Impatient::default();
        let run = attack::attack(&mut executor, &many, method, &mut impatient);
        let reports = pollster::block_on(run).expect("a cancelled attack reports");
        assert_eq!((impatient.pauses, impatient.told), (3, 3), "{name}");
        let cancelled = |r: &&attack::Report| r.stop == Stop::Cancelled;
        let misread = reports.iter().filter(|r| r.stop == Stop::AlreadyMisread).count();
        assert_eq!(reports.iter().filter(cancelled).count(), 100 - misread, "{name}");
        let mut unobserved = Unobserved;
        let run = attack::attack(&mut executor, &many[1..2], method, &mut unobserved);
        assert!(pollster::block_on(run).expect("runs")[0].success, "{name}");
    }
}

#[test]
fn cancelling_between_the_search_and_its_polish_ends_both() {
    /// Cancels as soon as the polish has begun.
    #[derive(Default)]
    struct AtThePolish {
        fraction: f32,
        late: usize,
    }
    impl Observer for AtThePolish {
        fn progress(&mut self, progress: Progress<'_>) {
            assert!(progress.fraction >= self.fraction - 0.3, "progress goes on");
            self.fraction = progress.fraction;
        }
        async fn pause(&mut self) -> bool {
            self.late += usize::from(self.fraction > 0.5);
            self.late > 0
        }
    }
    let network = bundled("fc100-100-10");
    let problem = [gallery().problem(1)];
    let mut observer = AtThePolish::default();
    let mut executor = cpu(&network);
    let run = attack::attack(&mut executor, &problem, Method::SzegedyPolished, &mut observer);
    let report = &pollster::block_on(run).expect("reports")[0];
    assert_eq!((report.stop, observer.late), (Stop::Cancelled, 1));
    // What the search had found stays.
    assert!(report.success && inside(report.image.as_ref().expect("found")));
}
