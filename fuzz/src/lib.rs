//! Where strangers' bytes come in, a function each: bytes are accepted, and then what was made of them
//! holds what the reader promises, or they are refused.
//!
//! The fuzz targets (`targets/`) call them, and so does `tests/suite/hostile` with every file of
//! `fuzz/corpus/`. A broken promise is a panic.

use std::cell::Cell;
use std::pin::pin;
use std::sync::{Arc, Once};
use std::task::{Context, Poll, Waker};

use blindspots::attack::Unobserved;
use blindspots::digit::{PIXELS, Point, Stroke, idx, photograph, rasterise, read_pictures};
use blindspots::exec::{CpuExecutor, Evaluation, Goal};
use blindspots::import::{self, ImportError, LoadOptions};
use blindspots::lesson::{KnownNetwork, Lesson, Networks, verify};
use blindspots::model::{Network, lowered};
use blindspots::npy;
use blindspots::web::messages::Request;
use serde::Deserialize as _;

/// Most of what a message about a file may say, in bytes.
const MOST_WORDS: usize = 1000;

/// Most multiply–adds of a network that is also run: hundredths of a second.
const MOST_WORK: u64 = 100_000_000;

/// An ONNX file: whether it is a network.
pub fn importer(bytes: &[u8]) -> bool {
    listen();
    match import::load(bytes, &LoadOptions::default()) {
        Ok(network) => {
            let bytes = lowered::write(&network);
            let again = lowered::read(&bytes).expect("what was imported can be handed on");
            assert_eq!(lowered::write(&again), bytes);
            true
        }
        Err(error) => {
            // For want of memory a reader may end.
            let failed = matches!(error, ImportError::Failed) && !SHORT.get();
            assert!(!failed && !matches!(error, ImportError::Unfaithful { .. }), "{error}");
            assert!(error.to_string().len() < MOST_WORDS, "{error}");
            false
        }
    }
}

thread_local! {
    /// Whether the last panic of this thread said that memory is not there.
    static SHORT: Cell<bool> = const { Cell::new(false) };
}

/// From here on [`SHORT`] is kept.
fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let words = panic.to_string();
            let of = ["memory allocation", "capacity overflow", "failed to allocate"];
            SHORT.set(of.iter().any(|begin| words.contains(begin)));
            before(panic);
        }));
    });
}

/// Images or labels as MNIST has them, gzipped or not: whether either can be read.
pub fn idx(bytes: &[u8]) -> bool {
    let (images, labels) = (idx::read_images(bytes), idx::read_labels(bytes));
    if let Ok(images) = &images {
        assert!(!images.is_empty() && images.len().is_multiple_of(PIXELS));
        assert!(images.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
        assert_eq!(idx::read_images(&idx::write_images(images)).as_ref(), Ok(images));
    }
    if let Ok(labels) = &labels {
        assert!(!labels.is_empty() && labels.iter().all(|label| *label < 10));
        assert_eq!(idx::read_labels(&idx::write_labels(labels)).as_ref(), Ok(labels));
    }
    assert!(images.is_err() || labels.is_err(), "a file is of one kind");
    images.is_ok() || labels.is_ok()
}

/// An array of NumPy's: whether its elements can be read.
pub fn npy(bytes: &[u8]) -> bool {
    let (floats, indices) = (npy::read_floats(bytes), npy::read_indices(bytes));
    if let Ok(npy::Array { shape, data }) = &floats {
        assert_eq!(elements(shape), Some(data.len()));
        if let [_, element @ ..] = &shape[..]
            && !data.is_empty()
        {
            let mut written = Vec::new();
            npy::write(&mut written, element, data).expect("memory takes everything");
            let again = npy::read_floats(&written).expect("what was written can be read");
            let bits = |data: &[f32]| data.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            assert_eq!((&again.shape, bits(&again.data)), (shape, bits(data)));
        }
    }
    if let Ok(npy::Array { shape, data }) = &indices {
        assert_eq!(elements(shape), Some(data.len()));
    }
    assert!(floats.is_err() || indices.is_err(), "elements are of one kind");
    floats.is_ok() || indices.is_ok()
}

/// How many elements an array has, where a machine can count them, whichever axis it begins with.
fn elements(shape: &[usize]) -> Option<usize> {
    let mut all = shape.iter().filter(|axis| **axis > 0);
    let all = all.try_fold(1usize, |all, axis| all.checked_mul(*axis))?;
    Some(if shape.contains(&0) { 0 } else { all })
}

/// A lowered network, whose head is put right first: whether it can be run.
pub fn lowered(bytes: &[u8]) -> bool {
    let mut bytes = bytes.to_vec();
    lowered::seal(&mut bytes);
    match lowered::read(&bytes) {
        Ok(network) => {
            assert_eq!(lowered::write(&network), bytes);
            if network.multiply_adds() < MOST_WORK {
                run(network);
            }
            true
        }
        Err(error) => {
            assert!(error.to_string().len() < MOST_WORDS, "{error}");
            false
        }
    }
}

fn run(network: Network) {
    let image = vec![0.5; network.pixels()];
    let (pixels, classes) = (network.pixels(), network.classes());
    let mut result = Evaluation::default();
    CpuExecutor::new(Arc::new(network)).evaluate(&image, &[Goal::CrossEntropy(0)], &mut result);
    assert_eq!((result.logits.len(), result.gradients.len()), (classes, pixels));
}

/// A request to the engine, as JSON: whether it is one. What needs no network is answered, too.
pub fn messages(bytes: &[u8]) -> bool {
    let Ok(request) = serde_json::from_slice::<Request>(bytes) else { return false };
    match &request {
        Request::Rasterise { strokes } => drop(image_of(strokes)),
        Request::Digits { images, labels, .. } => drop(idx::read_digits(&images.0, &labels.0)),
        _ => {}
    }
    // What is too large for a float has no JSON.
    let written = serde_json::to_value(&request).expect("a request can be written");
    if let Ok(again) = Request::deserialize(&written) {
        assert_eq!(serde_json::to_value(&again).expect("as above"), written);
    } else {
        assert!(holds_null(&written), "{written}");
    }
    true
}

fn holds_null(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Null => true,
        serde_json::Value::Array(values) => values.iter().any(holds_null),
        serde_json::Value::Object(fields) => fields.values().any(holds_null),
        _ => false,
    }
}

/// A file of digits without labels: whether it is one.
pub fn pictures(bytes: &[u8]) -> bool {
    match read_pictures(bytes) {
        Ok(images) => {
            assert_eq!(images.len() % PIXELS, 0);
            assert!(images.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
            true
        }
        Err(error) => {
            assert!(error.to_string().len() < MOST_WORDS, "{error}");
            false
        }
    }
}

/// A picture: columns and rows in two bytes each, then its pixels; whether it is one.
pub fn photographs(bytes: &[u8]) -> bool {
    let &[a, b, c, d, ref pixels @ ..] = bytes else { return false };
    let [width, height] = [[a, b], [c, d]].map(|side| u32::from(u16::from_le_bytes(side)));
    match photograph(pixels, width, height) {
        Ok(found) => {
            assert_eq!(found.image.len(), PIXELS);
            assert!(found.image.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
            let [x, y, across, down] = found.crop;
            assert!(across > 0 && x + across <= width, "{:?} of {width}", found.crop);
            assert!(down > 0 && y + down <= height, "{:?} of {height}", found.crop);
            true
        }
        Err(error) => {
            assert!(error.to_string().len() < MOST_WORDS, "{error}");
            false
        }
    }
}

/// A lesson's file: whether it can be done.
pub fn lessons(bytes: &[u8]) -> bool {
    match Lesson::read(bytes) {
        Ok(lesson) => {
            let written = lesson.write();
            let again = Lesson::read(written.as_bytes()).expect("what was written can be read");
            assert_eq!((&again, again.write()), (&lesson, written));
            true
        }
        Err(error) => {
            assert!(error.to_string().len() < MOST_WORDS, "{error}");
            false
        }
    }
}

/// A result's file, where no network is known: whether it is one, of whatever is in it.
pub fn results(bytes: &[u8]) -> bool {
    let mut nobody = Unobserved;
    let work = verify(bytes, None, &Nobody, &mut nobody);
    let found = at_once(work).expect("no network is asked for");
    let tasks = found.tasks.iter().flat_map(|task| &task.problems);
    for problem in found.problems.iter().chain(tasks) {
        assert!(problem.words.len() < 2 * MOST_WORDS, "{}", problem.words);
    }
    // Without networks no answer can be passed.
    assert_eq!(found.passed, 0);
    assert_eq!(found.tasks.len(), found.of as usize);
    found.of > 0
}

/// What is said by work that waits for nothing.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(work).poll(&mut context) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("it waits"),
    }
}

/// A program without networks.
struct Nobody;

impl Networks for Nobody {
    fn known(&self) -> &[KnownNetwork] {
        &[]
    }

    fn load(&self, name: &str) -> Result<Arc<Network>, String> {
        panic!("{name} is not known, and was asked for")
    }
}

/// A drawing: for each stroke the width of the pen, how many points, and the points; the floats
/// little-endian, the count a byte. Whether an image can be made of it.
pub fn strokes(mut bytes: &[u8]) -> bool {
    let mut strokes = Vec::new();
    while let Some(width) = float(&mut bytes) {
        let count = bytes.split_off_first().map_or(0, |count| *count);
        let point = |_| Some(Point { x: float(&mut bytes)?, y: float(&mut bytes)? });
        strokes.push(Stroke { width, points: (0..count).map_while(point).collect() });
    }
    image_of(&strokes).is_some()
}

fn float(bytes: &mut &[u8]) -> Option<f32> {
    let (float, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(f32::from_le_bytes(*float))
}

/// The image of a drawing: pixels between paper and ink, and some ink.
fn image_of(strokes: &[Stroke]) -> Option<Vec<f32>> {
    let image = rasterise(strokes).ok()?;
    assert_eq!(image.len(), PIXELS);
    assert!(image.iter().all(|pixel| (0.0..=1.0).contains(pixel)), "{strokes:?}: {image:?}");
    assert!(image.iter().any(|pixel| *pixel > 0.5), "{strokes:?} leave no ink");
    Some(image)
}
