//! Every kind of task: done, not done, and work that cannot be marked.

use blindspots::attack::{Observer, Progress};
use blindspots::code::Code;

use super::*;

fn lesson_of(task: Task) -> Lesson {
    Lesson::new("One task", None, vec![task]).expect("it can be done")
}

/// The answer of a lesson of one task.
fn mark_one(task: Task, work: &Work) -> Answer {
    marked(&lesson_of(task), 0, work).expect("it is marked")
}

#[test]
fn whoever_fools_the_network_nearly_enough_has_passed() {
    let (original, image, label) = change(&[DEEP], 1);
    let work =
        |image: &Vec<f32>| Work::Fool { original: original.clone(), image: image.clone(), label };
    let answer = mark_one(fool(DEEP, 0.5), &work(&image));
    let reached = answer.distortion.expect("it is measured");
    let squares: f64 =
        original.iter().zip(&image).map(|(a, b)| (f64::from(*b) - f64::from(*a)).powi(2)).sum();
    assert!((reached - (squares / 784.0).sqrt()).abs() < 1e-9, "{reached}");
    assert!(answer.passed && reached > 0.0);
    let reads = &answer.networks[0].reads;
    assert!(answer.networks[0].name == DEEP && reads[0] == label && reads[1] != label, "{reads:?}");
    // The bar is met exactly, and missed by as little as a file can say.
    assert!(mark_one(fool(DEEP, reached), &work(&image)).passed);
    assert!(!mark_one(fool(DEEP, reached - 1e-9), &work(&image)).passed);
    // The digit itself fools nobody.
    let unchanged = mark_one(fool(DEEP, 0.5), &work(&original));
    assert!(!unchanged.passed && unchanged.distortion == Some(0.0));
    // What is misread from the start is no success: the label was a lie.
    let lied = Work::Fool { original: original.clone(), image, label: (label + 1) % 10 };
    assert!(!mark_one(fool(DEEP, 0.5), &lied).passed);
}

#[test]
fn one_change_has_to_fool_all_of_several() {
    let task = |bar| together(&[LINEAR, DEEP], bar);
    let (original, image, label) = change(&[LINEAR, DEEP], 1);
    let both = Work::FoolTogether { original, image, label };
    let answer = mark_one(task(None), &both);
    assert!(answer.passed && answer.networks.len() == 2);
    assert!(answer.networks.iter().all(|network| network.reads[0] == label));
    let reached = answer.distortion.expect("it is measured");
    assert!(mark_one(task(Some(reached)), &both).passed);
    assert!(!mark_one(task(Some(0.9 * reached)), &both).passed);
    // The nearest change that fools the one alone does not fool the other.
    let (original, image, label) = change(&[LINEAR], 1);
    let one = mark_one(task(None), &Work::FoolTogether { original, image, label });
    assert!(one.networks[0].reads[1] != label && one.networks[1].reads[1] == label);
    assert!(!one.passed);
}

#[test]
fn a_digit_resists_as_far_as_the_search_says() {
    let (original, label) = digit(1);
    let work = Work::Resist { original: original.clone(), label };
    let answer = mark_one(resist(LINEAR, 0.001), &work);
    let nearest = answer.distortion.expect("the search finds one");
    let (_, image, _) = change(&[LINEAR], 1);
    let direct = blindspots::attack::Distance::between(&original, &image).distortion;
    assert!((nearest - f64::from(direct)).abs() < 1e-6, "{nearest}, {direct}");
    assert!(answer.passed && mark_one(resist(LINEAR, nearest), &work).passed);
    assert!(!mark_one(resist(LINEAR, 1.01 * nearest), &work).passed);
    // Nothing is searched for where the digit is not read as what it is said to be.
    let lied = mark_one(resist(LINEAR, 0.001), &Work::Resist { original, label: (label + 1) % 10 });
    assert!(!lied.passed && lied.distortion.is_none());
}

#[test]
fn predictions_are_counted_by_what_the_networks_read() {
    let (original, image, label) = change(&[DEEP], 1);
    let work = |image: &Vec<f32>, fooled: [bool; 2]| Work::Predict {
        original: original.clone(),
        image: image.clone(),
        label,
        fooled: fooled.to_vec(),
    };
    let task = |right| predict(DEEP, &[LINEAR, WIDE], right);
    let answer = mark_one(task(2), &work(&image, [false, false]));
    let names: Vec<&str> = answer.networks.iter().map(|network| network.name.as_str()).collect();
    assert_eq!(names, [DEEP, LINEAR, WIDE]);
    let truth = [1, 2].map(|place: usize| answer.networks[place].reads[1] != label);
    for guesses in [[false, false], [false, true], [true, false], [true, true]] {
        let right = guesses.iter().zip(truth).filter(|(guess, truth)| **guess == *truth).count();
        for least in 0..=2 {
            let answer = mark_one(task(least), &work(&image, guesses));
            assert_eq!((answer.right, answer.of), (Some(right as u32), Some(2)));
            assert_eq!(answer.passed, right as u32 >= least, "{guesses:?}, {truth:?}, {least}");
        }
    }
    // A change that fools not even the first is none, however well it is foreseen.
    let idle = mark_one(task(0), &work(&original, [false, false]));
    assert!(!idle.passed && idle.right == Some(2));
}

#[test]
fn rows_are_counted_and_all_answers_pass() {
    let task = || unit_or_direction(DEEP, 6);
    let first = sides(9, 6);
    let chosen = |wrong: usize, count: usize| Work::UnitOrDirection {
        layer: 2,
        seed: 9,
        chose: (0..count).map(|i| u32::from(first[i] == (i < wrong))).collect(),
    };
    for wrong in 0..=6 {
        let answer = mark_one(task(), &chosen(wrong, 6));
        assert_eq!((answer.right, answer.of), (Some(6 - wrong as u32), Some(6)));
        assert!(answer.passed, "how many are right is reported, not required");
        assert!(answer.networks[0].reads.is_empty() && answer.sha256.original.is_none());
    }
    let half = mark_one(task(), &chosen(0, 3));
    assert!(!half.passed && half.right == Some(3));
}

#[test]
fn what_shows_no_digit_does_not_pass() {
    let (drawn, image, _) = change(&[LINEAR], 1);
    for blank in
        [vec![0.0; 784], vec![1.0; 784], vec![0.3; 784], drawn.iter().map(|v| 0.4 * v).collect()]
    {
        for label in 0..10 {
            let fooled = Work::Fool { original: blank.clone(), image: image.clone(), label };
            assert!(!mark_one(fool(LINEAR, 1.0), &fooled).passed, "{label}");
            let work = Work::Resist { original: blank.clone(), label };
            let answer = mark_one(resist(LINEAR, 1e-6), &work);
            assert!(!answer.passed && answer.distortion.is_none(), "{label}");
        }
    }
}

/// Somebody who gives up at once.
struct Leaving;

impl Observer for Leaving {
    fn progress(&mut self, _: Progress<'_>) {}

    async fn pause(&mut self) -> bool {
        true
    }
}

#[test]
fn work_that_does_not_fit_is_refused_in_words() {
    let lesson = lesson();
    let (original, image, label) = change(&[DEEP], 1);
    let good = |image: Vec<f32>, label| Work::Fool { original: original.clone(), image, label };
    let mut outside = image.clone();
    outside[7] = 1.5;
    let chose = |chose: Vec<u32>| Work::UnitOrDirection { layer: 1, seed: 0, chose };
    let guessed = Work::Predict {
        original: original.clone(),
        image: image.clone(),
        label,
        fooled: vec![true],
    };
    let no_layer = Work::UnitOrDirection { layer: 9, seed: 0, chose: vec![0] };
    let cases: [(u32, Work, &str); 9] = [
        (0, good(image[1..].to_vec(), label), "task 1: the image has 783 pixels instead of 784"),
        (0, good(outside, label), "task 1: the image has a pixel 1.5"),
        (0, good(image.clone(), 10), "task 1: the label is 10"),
        (2, good(image.clone(), label), "task 3: the task is resist, the work fool"),
        (3, guessed, "task 4: 1 guess for 2 networks"),
        (4, chose(vec![0; 11]), "task 5: 11 answers for 10 questions"),
        (4, chose(vec![2]), "task 5: row 2 was chosen"),
        (4, no_layer, "layer"),
        (5, chose(vec![0]), "5 tasks, and no task 6"),
    ];
    for (place, work, words) in cases {
        let error = marked(&lesson, place, &work).expect_err(words);
        assert!(error.to_string().contains(words), "{error}: {words}");
        assert_eq!(error.code(), Code::BadResult);
    }
    let strange = lesson_of(fool("fc7", 0.1));
    let error = marked(&strange, 0, &good(image.clone(), label)).expect_err("no such network");
    assert!(error.to_string().contains("task 1: there is no network fc7"), "{error}");
    assert_eq!(error.code(), Code::BadLesson);
    for (place, work) in works(1).into_iter().take(4).enumerate() {
        let mut leaving = Leaving;
        let left = mark(&lesson, place as u32, &work, known(), &mut leaving);
        let error = pollster::block_on(left).expect_err("nobody waits");
        assert_eq!(error.code(), Code::Aborted);
    }
}
