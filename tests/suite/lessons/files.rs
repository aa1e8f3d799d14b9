//! The two files: what is read, what is refused and in which words, and a whole class of them.

use std::time::Instant;

use blindspots::code::Code;
use blindspots::lesson::{MOST_LESSON_BYTES, MOST_RESULT_BYTES, collection, same_as};
use serde_json::json;

use super::*;

/// Seconds that a class of thirty may take, on one core of a slow machine: it takes a few.
const PATIENCE: f64 = 120.0;

#[test]
fn a_lesson_is_written_as_it_was_read() {
    let text = r#"{"tasks": [
            {"kind": "fool", "network": "fc10-1", "distortion": 0.12345678901234567, "hint": "Try a 7."},
            {"kind": "fool-together", "networks": ["fc10-1", "cnn"]},
            {"kind": "fool-together", "networks": ["fc10-1", "cnn"], "distortion": 1},
            {"kind": "resist", "network": "cnn", "distortion": 1e-12},
            {"kind": "predict", "network": "cnn", "networks": ["fc10-1", "cnn"], "right": 2},
            {"kind": "unit-or-direction", "network": "cnn", "answers": 100}],
        "title": "Fünf „Flecken“", "version": 1, "blindspots": "lesson"}"#;
    let lesson = Lesson::read(text.as_bytes()).expect("it can be done");
    assert_eq!((&*lesson.title, lesson.words.as_deref()), ("Fünf „Flecken“", None));
    let names: Vec<&str> = lesson.tasks.iter().map(|task| task.kind().name()).collect();
    let kinds =
        ["fool", "fool-together", "fool-together", "resist", "predict", "unit-or-direction"];
    assert_eq!(names, kinds);
    assert_eq!(lesson.tasks[4].networks(), ["cnn", "fc10-1"]);
    // Numbers are those that a file holds, so that what is written is read as the same.
    let Task::Fool { distortion, .. } = lesson.tasks[0] else { panic!("it is the first") };
    assert_eq!(distortion, 0.123_456_789);
    let written = lesson.write();
    let again = Lesson::read(written.as_bytes()).expect("it can be read");
    assert_eq!((&again, again.write()), (&lesson, written));
}

#[test]
fn what_is_no_lesson_is_refused_in_words() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut value = serde_json::to_value(lesson()).expect("it can be written");
        change(&mut value);
        value.to_string()
    };
    let task = |task: Value| with(&move |lesson| lesson["tasks"][2] = task.clone());
    let many = |count: usize| {
        with(&move |lesson| lesson["tasks"] = vec![lesson["tasks"][0].clone(); count].into())
    };
    let long = |words: usize| "ä".repeat(words);
    let cases = [
        (String::new(), "this is no lesson: EOF"),
        ("[]".into(), "it does not say “blindspots”"),
        ("{\"blindspots\": 7}".into(), "it is something else"),
        (sound().write(), "this is no lesson: it is a result"),
        (
            with(&|lesson| lesson["version"] = json!(2)),
            "is of version 2, and this program reads version 1",
        ),
        (
            with(&|lesson| lesson["version"] = json!("1")),
            "its version is \"1\" instead of a number",
        ),
        (with(&|lesson| lesson["title"] = json!(" ")), "has no title"),
        (with(&|lesson| lesson["title"] = json!(long(201))), "the title has 201 characters; 200"),
        (with(&|lesson| lesson["words"] = json!(long(2001))), "words has 2001 characters; 2000"),
        (with(&|lesson| lesson["colour"] = json!("red")), "unknown field `colour`"),
        (many(0), "has 0 tasks; it can have 1 to 20"),
        (many(21), "has 21 tasks"),
        (task(json!({"kind": "guess"})), "unknown variant `guess`"),
        (task(json!({"kind": "fool", "network": "cnn"})), "missing field `distortion`"),
        (
            task(json!({"kind": "fool", "network": "cnn", "distortion": 0})),
            "task 3: distortion is 0; it must be a number above 0 and at most 1",
        ),
        (
            task(json!({"kind": "resist", "network": "cnn", "distortion": 1.1})),
            "task 3: distortion",
        ),
        (
            task(json!({"kind": "resist", "network": "", "distortion": 0.1})),
            "task 3: the network has no name",
        ),
        (
            task(json!({"kind": "fool", "network": "cnn", "distortion": 0.1, "hint": long(501)})),
            "task 3: the hint has 501 characters",
        ),
        (task(json!({"kind": "fool-together", "networks": ["cnn"]})), "networks has 1 name"),
        (
            task(json!({"kind": "fool-together", "networks": ["cnn", "cnn"]})),
            "task 3: networks names cnn twice",
        ),
        (
            task(json!({"kind": "predict", "network": "cnn", "networks": ["a"], "right": 2})),
            "task 3: right is 2, of 1 guess",
        ),
        (
            task(json!({"kind": "unit-or-direction", "network": "cnn", "answers": 101})),
            "task 3: answers is 101; it can be 1 to 100",
        ),
        (" ".repeat(MOST_LESSON_BYTES + 1), "it has more than 65536 bytes"),
    ];
    for (text, words) in cases {
        let error = Lesson::read(text.as_bytes()).expect_err(words);
        assert!(error.to_string().contains(words), "{error}\nis not\n{words}");
        assert_eq!(error.code(), Code::BadLesson);
    }
    assert!(
        Lesson::read(with(&|_| {}).as_bytes()).is_ok() && Lesson::read(many(20).as_bytes()).is_ok()
    );
}

#[test]
fn what_is_no_result_is_said_to_be_none() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut value = serde_json::to_value(sound()).expect("it can be written");
        change(&mut value);
        value.to_string().into_bytes()
    };
    let whole = sound().write().into_bytes();
    let cases = [
        (Vec::new(), "file", "this is no result"),
        (whole[..whole.len() / 2].to_vec(), "file", "EOF while parsing"),
        (vec![0xff; 100], "file", "this is no result"),
        ("[".repeat(100_000).into_bytes(), "file", "this is no result"),
        (lesson().write().into_bytes(), "file", "it is a lesson"),
        (with(&|file| file["version"] = json!(2)), "version", "this result is of version 2"),
        (with(&|file| file["version"] = json!(1.5)), "version", "this result is of version 1.5"),
        (with(&|file| file["version"] = json!(null)), "file", "its version is null instead of"),
        (with(&|file| file["more"] = json!(1)), "file", "unknown field `more`"),
        (with(&|file| file["answers"][0]["task"] = json!(-1)), "file", "invalid value"),
        (with(&|file| file["answers"][1]["kind"] = json!("x")), "file", "unknown variant `x`"),
        (with(&|file| file["student"] = json!("x".repeat(201))), "file", "the student's name"),
        (with(&|file| file["lesson"]["tasks"] = json!([])), "file", "the lesson has 0 tasks"),
        (with(&|file| file["y".repeat(100_000)] = json!(1)), "file", "unknown field"),
        (vec![b' '; MOST_RESULT_BYTES + 1], "file", "more than 4194304 bytes"),
    ];
    for (bytes, what, words) in cases {
        let verified = verified(&bytes, None);
        let [(0, found, said)] = &problems(&verified)[..] else { panic!("{words}: {verified:?}") };
        assert!(*found == what && said.contains(words), "{found}: {said}\nis not\n{what}: {words}");
        assert!(!verified.verified && verified.of == 0 && said.chars().count() < 500);
    }
    let long = with(&|file| file["code"] = json!("X".repeat(1000)));
    assert_eq!(verified(&long, None).code.len(), 20);
}

#[test]
fn answers_of_another_lesson_make_no_result() {
    let new = |answers: Vec<Answer>| ResultFile::new(lesson(), "Ada", answers, known());
    let answers = || sound().answers.clone();
    // In any order they are the same file, and none at all are one, too.
    let mut turned = answers();
    turned.reverse();
    assert_eq!(new(turned).as_ref().expect("they fit"), sound());
    assert!(new(Vec::new()).is_ok());
    let refused = |answers: Vec<Answer>, words: &str| {
        let error = new(answers).expect_err(words);
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(error.code(), Code::BadResult);
    };
    refused([answers(), vec![answers()[0].clone()]].concat(), "task 1 is answered twice");
    refused(vec![Answer { task: 5, ..answers()[0].clone() }], "which the lesson does not have");
    refused(vec![Answer { task: 1, ..answers()[0].clone() }], "task 2 is fool-together");
    let error = ResultFile::new(lesson(), &"x".repeat(201), answers(), known());
    assert_eq!(error.expect_err("too long").code(), Code::BadResult);
}

#[test]
fn a_code_and_a_collection_are_what_the_documents_say() {
    let code = &sound().code;
    let letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    assert!(code.len() == 9 && code.as_bytes()[4] == b'-', "{code}");
    assert!(code.replace('-', "").chars().all(|letter| letters.contains(letter)), "{code}");
    // Everything in the file but the code, as it stands there, without spaces.
    let text = serde_json::to_string(sound()).expect("it can be written");
    let content = text.replace(&format!(",\"code\":\"{code}\""), "");
    let hash = blindspots::lesson::sha256(content.as_bytes());
    let bits = u64::from_str_radix(&hash[..10], 16).expect("hexadecimal");
    let letter = |place: u32| letters.as_bytes()[(bits >> (35 - 5 * place)) as usize % 32];
    let spelt: Vec<u8> = (0..8).map(letter).collect();
    assert_eq!(code.replace('-', "").as_bytes(), spelt);
    // The collection does not depend on the order, only on names and hashes.
    let other = loaded(&[WIDE, LINEAR, DEEP]);
    assert_eq!(collection(&other), sound().networks);
    assert_ne!(collection(&loaded(&[LINEAR, DEEP])), sound().networks);
}

/// A class of thirty with five tasks each, on the gallery's first digits that all networks read.
#[test]
fn a_class_is_verified_quickly_and_its_copies_are_seen() {
    let (ada, bob) = (sound().write(), result("Bob", 1).write());
    let copy = {
        let mut file = sound().clone();
        file.student = "Cyd".into();
        file.code = file.own_code();
        file.write()
    };
    let files: Vec<&str> = std::iter::repeat_n([&*ada, &*bob, &*copy], 10).flatten().collect();
    let begun = Instant::now();
    let class: Vec<Verified> = files.iter().map(|file| verified(file.as_bytes(), None)).collect();
    let seconds = begun.elapsed().as_secs_f64();
    #[allow(clippy::print_stderr, reason = "what was measured is of interest")]
    {
        eprintln!("30 results of 5 tasks: {seconds:.2} s on one core");
    }
    assert!(class.iter().all(|file| file.verified) && seconds < PATIENCE, "{seconds}");
    let names: Vec<String> = (0..30).map(|file| format!("{file}.json")).collect();
    let same = same_as(&names, &class[..3]);
    let found: Vec<_> = same.iter().map(|same| (same.file, same.task, &same.others[..])).collect();
    let of = |file: usize, other: &'static [usize]| (0..4).map(move |task| (file, task, other));
    let expected: Vec<_> = of(0, &[2]).chain(of(2, &[0])).collect();
    assert_eq!(found, expected, "Bob drew his own, and nobody copies from themselves");
    assert_eq!(same[0].words, "task 1 has the same image as 2.json");
    let whole = same_as(&names, &class);
    assert_eq!(whole[0].others, [2, 5, 8, 11, 14, 17, 20, 23, 26, 29]);
    let words = "task 1 has the same image as 2.json, 5.json, 8.json and 7 others";
    assert_eq!(whole[0].words, words);
    assert_eq!(same_as(&names, &class[..2]), []);
    let again = [class[0].clone(), class[0].clone()];
    assert_eq!(same_as(&names, &again), [], "a second file of one student");
}
