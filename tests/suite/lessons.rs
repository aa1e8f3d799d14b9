//! Lessons and results: what passes, what does not, and that every forgery is named.
//!
//! All results here were made as students make them, by [`mark`] of what real searches found on real
//! networks; a forgery changes such a file, once without and once with a code that fits.

mod files;
mod forgeries;
mod marking;

use std::sync::{Arc, OnceLock};

use blindspots::attack::{Ensemble, Method, Unobserved, attack};
use blindspots::exec::{CpuExecutor, Executor};
use blindspots::lesson::{
    Answer, KnownNetwork, Lesson, LessonError, Loaded, ResultFile, Task, Verified, Work, mark,
    sides, verify,
};
use serde_json::Value;

use crate::testing::{bundled, gallery, models};

/// A network of one layer, two sigmoid nets.
const LINEAR: &str = "fc10-1";
const DEEP: &str = "fc100-100-10";
const WIDE: &str = "fc200-200-10";

/// The networks that these lessons name.
fn known() -> &'static Loaded {
    static KNOWN: OnceLock<Loaded> = OnceLock::new();
    KNOWN.get_or_init(|| loaded(&[LINEAR, DEEP, WIDE]))
}

/// The answers of a result with the collection that the program has, so that it is of this version.
pub(crate) fn for_everyone() -> &'static ResultFile {
    static FILE: OnceLock<ResultFile> = OnceLock::new();
    FILE.get_or_init(|| {
        let index = std::fs::read(models().join("index.json")).expect("the index");
        let index: Value = serde_json::from_slice(&index).expect("valid");
        let names = index.as_array().expect("a list").iter().map(|row| row["name"].as_str());
        let all: Vec<&str> = names.map(|name| name.expect("a name")).collect();
        let answers = sound().answers.clone();
        ResultFile::new(lesson(), "Ada", answers, &loaded(&all)).expect("it fits")
    })
}

fn loaded(names: &[&str]) -> Loaded {
    let mut loaded = Loaded::default();
    for name in names {
        let card = std::fs::read(models().join(format!("{name}.json"))).expect("a card");
        let card: Value = serde_json::from_slice(&card).expect("valid");
        let sha256 = card["sha256"].as_str().expect("a hash").to_owned();
        loaded.add(KnownNetwork { name: (*name).to_owned(), sha256 }, bundled(name));
    }
    loaded
}

fn fool(network: &str, distortion: f64) -> Task {
    Task::Fool { network: network.into(), distortion, hint: None }
}

fn resist(network: &str, distortion: f64) -> Task {
    Task::Resist { network: network.into(), distortion, hint: None }
}

fn together(networks: &[&str], distortion: Option<f64>) -> Task {
    Task::FoolTogether { networks: strings(networks), distortion, hint: None }
}

fn predict(network: &str, networks: &[&str], right: u32) -> Task {
    Task::Predict { network: network.into(), networks: strings(networks), right, hint: None }
}

fn unit_or_direction(network: &str, answers: u32) -> Task {
    Task::UnitOrDirection { network: network.into(), answers, hint: None }
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A lesson with a task of every kind.
pub(crate) fn lesson() -> Lesson {
    let tasks = vec![
        fool(DEEP, 0.2),
        together(&[LINEAR, DEEP], None),
        resist(LINEAR, 0.001),
        predict(DEEP, &[LINEAR, WIDE], 0),
        unit_or_direction(DEEP, 10),
    ];
    Lesson::new("Blind spots", Some("Do all five.".into()), tasks).expect("it can be done")
}

/// A digit of the gallery, and what it is.
fn digit(place: usize) -> (Vec<f32>, u32) {
    let problem = gallery().problem(place);
    (problem.image, problem.label as u32)
}

/// A digit of the gallery with a change that fools these networks.
fn change(names: &[&str], place: usize) -> (Vec<f32>, Vec<f32>, u32) {
    let problems = [gallery().problem(place)];
    let executor = |name: &&str| Executor::Cpu(CpuExecutor::new(bundled(name)));
    let mut executors: Vec<Executor> = names.iter().map(executor).collect();
    let ensemble: Ensemble<'_> = executors.iter_mut().collect();
    let mut nobody = Unobserved;
    let reports = attack(ensemble, &problems, Method::NearestBoundary, &mut nobody);
    let reports = pollster::block_on(reports).expect("it runs");
    let image = reports[0].image.clone().expect("it is fooled");
    let [problem] = problems;
    (problem.image, image, problem.label as u32)
}

fn marked(lesson: &Lesson, place: u32, work: &Work) -> Result<Answer, LessonError> {
    let mut nobody = Unobserved;
    pollster::block_on(mark(lesson, place, work, known(), &mut nobody))
}

/// What a student does for each task of [`lesson`], on one digit.
fn works(place: usize) -> Vec<Work> {
    let (original, image, label) = change(&[DEEP], place);
    let (both, common, _) = change(&[LINEAR, DEEP], place);
    let chose = sides(3, 10).iter().map(|first| u32::from(!first)).collect();
    vec![
        Work::Fool { original: original.clone(), image: image.clone(), label },
        Work::FoolTogether { original: both, image: common, label },
        Work::Resist { original: original.clone(), label },
        Work::Predict { original, image, label, fooled: vec![false, true] },
        Work::UnitOrDirection { layer: 1, seed: 3, chose },
    ]
}

/// A whole result.
fn result(student: &str, place: usize) -> ResultFile {
    let lesson = lesson();
    let answers = works(place)
        .iter()
        .enumerate()
        .map(|(place, work)| marked(&lesson, place as u32, work).expect("it is marked"))
        .collect();
    ResultFile::new(lesson, student, answers, known()).expect("it fits")
}

/// One for all tests that only read it.
fn sound() -> &'static ResultFile {
    static SOUND: OnceLock<ResultFile> = OnceLock::new();
    SOUND.get_or_init(|| result("Ada", 0))
}

fn verified(bytes: &[u8], lesson: Option<&Lesson>) -> Verified {
    verified_by(known(), bytes, lesson)
}

fn verified_by(known: &Loaded, bytes: &[u8], lesson: Option<&Lesson>) -> Verified {
    let mut nobody = Unobserved;
    pollster::block_on(verify(bytes, lesson, known, &mut nobody)).expect("it is looked at")
}

/// All that is wrong, in one list: of the file, and of its tasks with their numbers from 1.
fn problems(verified: &Verified) -> Vec<(usize, &'static str, String)> {
    let whole = verified.problems.iter().map(|p| (0, p.what.name(), p.words.clone()));
    let tasks = verified.tasks.iter().enumerate().flat_map(|(place, task)| {
        task.problems.iter().map(move |p| (place + 1, p.what.name(), p.words.clone()))
    });
    whole.chain(tasks).collect()
}

#[test]
fn a_network_is_loaded_once_for_all_tasks() {
    use blindspots::lesson::Networks as _;
    let first = known().load(DEEP).expect("it is there");
    assert!(Arc::ptr_eq(&first, &known().load(DEEP).expect("it is there")));
    assert!(known().load("nobody").is_err());
}
