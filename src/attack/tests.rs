//! What a report says beside the image.

use super::*;
use crate::exec::{CpuExecutor, Executor};
use crate::testing;

#[test]
fn a_report_says_how_many_classes_were_made_for() {
    let mut executor = Executor::Cpu(CpuExecutor::new(testing::bundled("fc10-1")));
    let any = testing::gallery().problem(0);
    let asked = Problem { target: Some((any.label + 1) % 10), ..any.clone() };
    let misread = Problem { label: (any.label + 1) % 10, ..any.clone() };
    let problems = [any, asked, misread];
    let mut tried = |method: Method| {
        let reports = pollster::block_on(attack(&mut executor, &problems, method, &mut Unobserved));
        let reports = reports.expect("it runs");
        assert_eq!(reports[2].stop, Stop::AlreadyMisread);
        reports.iter().map(|report| report.tried).collect::<Vec<_>>()
    };
    // All but the label, the one that is asked for, and none of what is misread as it is.
    for method in [Method::NearestBoundary, Method::DeepFool, Method::Szegedy] {
        assert_eq!(tried(method), [9, 1, 0], "{}", method.name());
    }
    for method in [Method::Fgsm, Method::Ddn, Method::Noise] {
        assert_eq!(tried(method), [0, 0, 0], "{}", method.name());
    }
}

#[test]
fn the_nearest_success_is_the_one_whose_image_is_kept() {
    let image = |v: f32| vec![v; 2];
    let near = vec![(4, image(0.25)), (7, image(0.5))];
    let outcome = |kept: Option<f32>| Outcome {
        image: kept.map(image),
        near: near.clone(),
        ..Outcome::without_image(Stop::Converged)
    };
    assert_eq!(outcome(Some(0.5)).nearest(), Some((7, &image(0.5))));
    assert_eq!(outcome(Some(0.25)).nearest(), Some((4, &image(0.25))));
    // An image of no class in particular, and none at all.
    assert_eq!(outcome(Some(0.75)).nearest(), None);
    assert_eq!(outcome(None).nearest(), None);
}
