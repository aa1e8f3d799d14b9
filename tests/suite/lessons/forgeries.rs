//! A file that was changed in one place: what was changed is named.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blindspots::lesson::{Lesson, sha256};
use serde_json::json;

use super::*;

/// The sound file, changed, as somebody leaves it who does not know of codes.
fn spoilt(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut value = serde_json::to_value(sound()).expect("it can be written");
    change(&mut value);
    value.to_string().into_bytes()
}

/// The same with the code of the new content.
fn forged(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut file: ResultFile = serde_json::from_slice(&spoilt(change)).expect("still a result");
    file.code = file.own_code();
    file.write().into_bytes()
}

/// Changes one pixel of an image in base64.
fn touch(image: &mut Value) -> Vec<u8> {
    let mut bytes = STANDARD.decode(image.as_str().expect("text")).expect("base64");
    let pixel = 4 * 300;
    let value = f32::from_le_bytes(bytes[pixel..][..4].try_into().expect("four bytes"));
    let other = if value > 0.5 { value - 0.25 } else { value + 0.25 };
    bytes[pixel..][..4].copy_from_slice(&other.to_le_bytes());
    *image = STANDARD.encode(&bytes).into();
    bytes
}

/// The place, the kind and the words of the problems of a file.
fn found(bytes: &[u8]) -> Vec<(usize, &'static str, String)> {
    let verified = verified(bytes, Some(&lesson()));
    assert_eq!(verified.verified, problems(&verified).is_empty());
    problems(&verified)
}

#[test]
fn a_sound_file_is_verified() {
    let written = sound().write();
    let verified = verified(written.as_bytes(), Some(&lesson()));
    assert_eq!(problems(&verified), []);
    assert!(verified.verified && verified.notes.is_empty());
    assert_eq!((verified.passed, verified.of, &*verified.student), (5, 5, "Ada"));
    assert_eq!((&*verified.title, &verified.code), ("Blind spots", &sound().code));
    for (task, answer) in verified.tasks.iter().zip(&sound().answers) {
        assert!(task.answered && task.verified && task.passed);
        assert_eq!(
            (task.distortion, task.right, task.of),
            (answer.distortion, answer.right, answer.of)
        );
        assert_eq!((task.kind, &task.sha256), (answer.kind, &answer.sha256));
    }
    // Written in another way it is the same file.
    assert_eq!(found(&spoilt(|_| {})), []);
    // Without one of its answers it says nothing untrue, but less.
    let less = forged(|file| drop(file["answers"].as_array_mut().expect("a list").remove(1)));
    let verified = super::verified(&less, None);
    assert!(verified.verified && verified.passed == 4 && !verified.tasks[1].answered);
}

#[test]
fn whoever_does_not_know_the_code_is_found_out_and_so_is_what_was_changed() {
    let claims = |file: &mut Value| file["answers"][0]["distortion"] = json!(0.001);
    let problems = found(&spoilt(claims));
    let kinds: Vec<_> = problems.iter().map(|(place, what, _)| (*place, *what)).collect();
    assert_eq!(kinds, [(0, "code"), (1, "result")]);
    // Every part is in the code.
    let parts: [fn(&mut Value); 6] = [
        |file| file["student"] = json!("Eve"),
        |file| file["lesson"]["title"] = json!("Blind Spots"),
        |file| file["networks"] = json!("0".repeat(64)),
        |file| file["code"] = json!("0000-0000"),
        |file| file["answers"][4]["seed"] = json!(4),
        |file| drop(file["answers"].as_array_mut().expect("a list").pop()),
    ];
    for part in parts {
        let verified = verified(&spoilt(part), None);
        assert!(!verified.verified && verified.problems.iter().any(|p| p.what.name() == "code"));
    }
}

/// One forgery each by somebody who knows how codes are made.
#[test]
fn every_forgery_is_named_for_what_it_is() {
    let resealed = |which: &'static str| {
        move |file: &mut Value| {
            let answer = &mut file["answers"][0];
            let bytes = touch(&mut answer[which]);
            answer["sha256"][which] = json!(sha256(&bytes));
        }
    };
    type Forgery = (&'static str, Box<dyn Fn(&mut Value)>, usize, &'static str, &'static str);
    let forgery = |name, change: Box<dyn Fn(&mut Value)>, task, what, words| -> Forgery {
        (name, change, task, what, words)
    };
    let forgeries: Vec<Forgery> = vec![
        forgery(
            "image",
            Box::new(|file| drop(touch(&mut file["answers"][0]["image"]))),
            1,
            "image",
            "the image is not the one of the hash",
        ),
        forgery(
            "original",
            Box::new(|file| drop(touch(&mut file["answers"][2]["original"]))),
            3,
            "image",
            "the original is not the one of the hash",
        ),
        forgery(
            "hash missing",
            Box::new(|file| file["answers"][0]["sha256"]["image"] = Value::Null),
            1,
            "image",
            "the hash of the image is missing",
        ),
        forgery("image and hash", Box::new(resealed("image")), 1, "result", "the distortion is"),
        forgery(
            "original and hash",
            Box::new(resealed("original")),
            1,
            "result",
            "the distortion is",
        ),
        forgery(
            "reads",
            Box::new(|file| file["answers"][1]["networks"][1]["reads"] = json!([1, 1])),
            2,
            "result",
            "the file says 1, then 1",
        ),
        forgery(
            "distortion",
            Box::new(|file| file["answers"][0]["distortion"] = json!(0.002)),
            1,
            "result",
            "the file says 0.002",
        ),
        forgery(
            "no distortion",
            Box::new(|file| file["answers"][0]["distortion"] = Value::Null),
            1,
            "result",
            "the file says none",
        ),
        forgery(
            "resist",
            Box::new(|file| file["answers"][2]["distortion"] = json!(0.9)),
            3,
            "result",
            "the file says 0.9",
        ),
        forgery(
            "right",
            Box::new(|file| file["answers"][4]["right"] = json!(3)),
            5,
            "result",
            "10 of 10 are right; the file says 3 of 10",
        ),
        forgery(
            "chose",
            Box::new(|file| file["answers"][4]["chose"] = json!(vec![0; 10])),
            5,
            "result",
            "the file says 10 of 10",
        ),
        forgery(
            "guess",
            Box::new(|file| {
                let guess = !file["answers"][3]["fooled"][0].as_bool().expect("a guess");
                file["answers"][3]["fooled"][0] = json!(guess);
            }),
            4,
            "result",
            "are right; the file says",
        ),
        forgery(
            "passed",
            Box::new(|file| file["answers"][0]["passed"] = json!(false)),
            1,
            "result",
            "the task is passed; the file says not passed",
        ),
        forgery(
            "network",
            Box::new(|file| file["answers"][0]["networks"][0]["sha256"] = json!("0".repeat(64))),
            1,
            "network",
            "is not the network of that name",
        ),
        forgery(
            "other network",
            Box::new(|file| file["answers"][0]["networks"][0]["name"] = json!(LINEAR)),
            1,
            "network",
            "those of the answer fc10-1",
        ),
        forgery(
            "foreign part",
            Box::new(|file| file["answers"][0]["seed"] = json!(1)),
            1,
            "file",
            "that no fool has",
        ),
        forgery(
            "part missing",
            Box::new(|file| file["answers"][0]["label"] = Value::Null),
            1,
            "file",
            "the label is missing",
        ),
        forgery(
            "kind",
            Box::new(|file| file["answers"][2]["kind"] = json!("fool")),
            0,
            "result",
            "task 3 is resist, and its answer fool",
        ),
        forgery(
            "twice",
            Box::new(|file| {
                let again = file["answers"][0].clone();
                file["answers"].as_array_mut().expect("a list").push(again);
            }),
            0,
            "result",
            "task 1 is answered twice",
        ),
        forgery(
            "no such task",
            Box::new(|file| file["answers"][4]["task"] = json!(u32::MAX)),
            0,
            "result",
            "an answer to task 4294967296",
        ),
        forgery(
            "another lesson",
            Box::new(|file| file["lesson"]["tasks"][0]["distortion"] = json!(0.5)),
            0,
            "lesson",
            "another lesson",
        ),
        forgery(
            "pixel outside",
            Box::new(|file| {
                let bright = vec![2.0f32; 784];
                let bytes: Vec<u8> = bright.iter().flat_map(|v| v.to_le_bytes()).collect();
                file["answers"][0]["image"] = STANDARD.encode(&bytes).into();
                file["answers"][0]["sha256"]["image"] = json!(sha256(&bytes));
            }),
            1,
            "image",
            "the image has a pixel 2",
        ),
        forgery(
            "no base64",
            Box::new(|file| file["answers"][0]["image"] = json!("?")),
            1,
            "image",
            "the image is no base64",
        ),
    ];
    for (name, change, task, what, words) in forgeries {
        let problems = found(&forged(change));
        let named = problems
            .iter()
            .any(|(place, kind, said)| (*place, *kind) == (task, what) && said.contains(words));
        assert!(named, "{name}: {problems:?}");
        assert!(problems.iter().all(|(_, kind, _)| *kind != "code"), "{name}: the code fits");
        assert!(problems.iter().all(|(place, ..)| *place == task), "{name} only: {problems:?}");
    }
}

/// What was made with a site of other networks cannot be checked here, and is not called a forgery.
#[test]
fn another_version_of_a_network_is_told_from_a_forged_one() {
    let elsewhere = |file: &mut Value| file["networks"] = json!("1".repeat(64));
    let problems = found(&forged(|file| {
        elsewhere(file);
        file["answers"][0]["networks"][0]["sha256"] = json!("0".repeat(64));
    }));
    let [(1, "version", words)] = &problems[..] else { panic!("{problems:?}") };
    assert!(words.contains("made with another version of fc100-100-10"), "{words}");
    // Where the tasks' own networks are the same, all is as it was, and said.
    let verified = verified(&forged(elsewhere), None);
    assert!(verified.verified && verified.passed == 5);
    assert!(verified.notes[0].contains("other networks"), "{:?}", verified.notes);
    // A program without a network that the lesson names.
    let few = loaded(&[DEEP]);
    let verified = verified_by(&few, sound().write().as_bytes(), None);
    let kinds: Vec<_> = super::problems(&verified).iter().map(|(p, what, _)| (*p, *what)).collect();
    assert_eq!(kinds[..2], [(2, "version"), (3, "version")]);
    assert!(verified.tasks[0].passed && verified.tasks[4].passed && verified.passed == 2);
}

/// What a search finds may differ by as much as machines do, and by no more.
#[test]
fn a_search_of_another_machine_is_believed_within_two_percent() {
    let nearest = sound().answers[2].distortion.expect("it is measured");
    let claimed = |share: f64, bar: f64, passed: bool| {
        let bytes = forged(|file| {
            file["lesson"]["tasks"][2]["distortion"] = json!(round(bar));
            file["answers"][2]["distortion"] = json!(round(share * nearest));
            file["answers"][2]["passed"] = json!(passed);
        });
        let verified = verified(&bytes, None);
        (verified.tasks[2].verified, verified.tasks[2].passed)
    };
    assert_eq!(claimed(1.015, 0.001, true), (true, true));
    assert_eq!(claimed(1.03, 0.001, true), (false, false));
    // The bar lies between what was found there and here.
    assert_eq!(claimed(1.015, 1.01 * nearest, true), (true, true));
    assert_eq!(claimed(0.985, 0.99 * nearest, false), (true, false));
    // What is claimed has to follow from what is claimed to have been found.
    assert_eq!(claimed(1.0, 1.01 * nearest, true), (false, false));
    assert_eq!(claimed(1.015, 1.03 * nearest, true), (false, false));
}

fn round(number: f64) -> f64 {
    (number * 1e9).round() / 1e9
}

#[test]
fn the_lesson_that_was_given_counts_to_the_last_word() {
    let hinted = |hint: &str| {
        let mut tasks = lesson().tasks;
        tasks[0] = Task::Fool { network: DEEP.into(), distortion: 0.2, hint: Some(hint.into()) };
        Lesson::new("Blind spots", Some("Do all five.".into()), tasks).expect("it can be done")
    };
    let verified = verified(sound().write().as_bytes(), Some(&hinted("Draw a 1.")));
    let [(0, "lesson", _)] = &problems(&verified)[..] else { panic!("{verified:?}") };
    assert!(!verified.verified && verified.passed == 5, "its tasks are looked at all the same");
}
