//! Photographs of digits: made of the gallery's by what light, paper and cameras do to them, then read
//! by bundled networks. Also digits of files.

mod files;
mod scene;

use blindspots::digit::photo::{Doubt, MOST_PIXELS, photograph};
use blindspots::digit::{DigitError, PIXELS};
use blindspots::exec::CpuExecutor;

use crate::testing::{bundled, gallery};
use scene::Scene;

const SIDE: usize = 28;

/// The network that reads what is found.
const READER: &str = "cnn";

const WHITE: [f32; 3] = [1.0; 3];

/// How many of the gallery's hundred digits a bundled network reads in images.
fn right(images: &[Vec<f32>]) -> usize {
    let logits = CpuExecutor::new(bundled(READER)).logits(&images.concat());
    let gallery = gallery();
    let read = logits.chunks(10).zip(gallery.labels());
    let class = |logits: &[f32]| (0..10).fold(0, |a, k| if logits[k] > logits[a] { k } else { a });
    read.filter(|(logits, label)| class(logits) == **label).count()
}

/// How many are read in photographs, and in how many something is said to be doubtful.
fn right_in(scene: impl Fn(&[f32]) -> Scene, tint: [f32; 3]) -> (usize, usize) {
    let gallery = gallery();
    let found = gallery.images().chunks(PIXELS).map(|image| scene(image).found(tint));
    let (images, doubts): (Vec<_>, Vec<_>) = found.map(|found| (found.image, found.doubt)).unzip();
    (right(&images), doubts.iter().flatten().count())
}

/// Light from one side: from this share of it to all.
fn lit(least: f32) -> impl Fn(f32, f32, f32) -> f32 {
    move |value, x, y| value * (least + (1.0 - least) * (0.7 * x + 0.3 * y))
}

/// A name, the paper's tint, and the picture made of a digit.
type Condition = (&'static str, [f32; 3], Box<dyn Fn(&[f32]) -> Scene>);

/// Asserts that in each condition nearly as many digits are read as there are of the gallery itself; how
/// many these are.
fn all_are_read(conditions: &[Condition]) -> usize {
    let originals: Vec<Vec<f32>> = gallery().images().chunks(PIXELS).map(<[f32]>::to_vec).collect();
    let plain = right(&originals);
    let mut poor = Vec::new();
    for (name, tint, scene) in conditions {
        let (right, doubted) = right_in(scene, *tint);
        if right + MARGIN < plain || doubted > DOUBTED {
            poor.push(format!("{name}: {right}, as drawn {plain}, {doubted} doubted"));
        }
    }
    assert!(poor.is_empty(), "{poor:?}");
    plain
}

/// Each condition with how many of a hundred have to be read.
#[test]
fn photographs_are_read_as_the_digits_are() {
    let table = |value: f32, x: f32, y: f32| if x + 0.2 * y < 0.12 { 60.0 } else { value };
    let ruled =
        |value: f32, _: f32, y: f32| if (y * 9.0).fract() < 0.04 { value - 30.0 } else { value };
    let corners = |value: f32, x: f32, y: f32| {
        value * (1.0 - 0.6 * ((x - 0.5) * (x - 0.5) + (y - 0.5) * (y - 0.5)))
    };
    let shaded = |value: f32, x: f32, _: f32| if x < 0.28 { value * 0.8 } else { value };
    let deep = |value: f32, x: f32, _: f32| if x < 0.5 { value * 0.35 } else { value };
    // With an edge that is a tenth of the sheet wide, as of a hand above it.
    let slanted = |value: f32, x: f32, y: f32| value * (0.5 + 10.0 * (x + y - 1.0)).clamp(0.4, 1.0);
    let desk = |value: f32, _: f32, y: f32| if y > 0.96 { 60.0 } else { value };
    // A lamp beside the sheet.
    let lamp = |value: f32, x: f32, y: f32| value * (1.0 - 0.5 * x.hypot(0.6 * y));
    let small = |image: &[f32]| Scene::of(image, 3).on(450, 600, [200, 330]);
    let conditions: [Condition; 19] = [
        ("seven times as large", WHITE, Box::new(|image| Scene::of(image, 7))),
        ("23 times as large", WHITE, Box::new(|image| Scene::of(image, 23).map(|v, _, _| v - 1.0))),
        ("uneven light", WHITE, Box::new(|image| Scene::of(image, 7).map(lit(0.4)))),
        ("noise", WHITE, Box::new(|image| Scene::of(image, 7).noisy(15.0))),
        ("a tint", [1.0, 0.9, 0.6], Box::new(|image| Scene::of(image, 7))),
        ("light on dark", WHITE, Box::new(|image| Scene::of(image, 7).map(|v, _, _| 255.0 - v))),
        ("elsewhere on a sheet", WHITE, Box::new(|image| Scene::of(image, 7).shifted())),
        ("beside a table", WHITE, Box::new(move |image| Scene::of(image, 7).shifted().map(table))),
        ("ruled", WHITE, Box::new(move |image| Scene::of(image, 7).map(ruled))),
        ("dark corners", WHITE, Box::new(move |image| Scene::thin(image, 12, 5.4).map(corners))),
        ("shade on a side", WHITE, Box::new(move |image| Scene::thin(image, 12, 5.4).map(shaded))),
        ("half in a shadow", WHITE, Box::new(move |image| Scene::thin(image, 12, 5.4).map(deep))),
        (
            "a slanted shadow",
            WHITE,
            Box::new(move |image| Scene::thin(image, 12, 5.4).map(slanted)),
        ),
        ("a desk below", WHITE, Box::new(move |image| Scene::thin(image, 12, 5.4).map(desk))),
        ("small under a lamp", WHITE, Box::new(move |image| small(image).map(lamp).noisy(3.0))),
        ("small, lit from a side", WHITE, Box::new(move |image| small(image).map(lit(0.5)))),
        ("a fine pen", WHITE, Box::new(|image| Scene::thin(image, 12, 2.4))),
        ("a pen", WHITE, Box::new(|image| Scene::thin(image, 12, 5.4).noisy(6.0))),
        (
            "all at once",
            [1.0, 0.95, 0.8],
            Box::new(move |image| {
                Scene::of(image, 7).shifted().map(table).map(lit(0.5)).noisy(6.0)
            }),
        ),
    ];
    let plain = all_are_read(&conditions);
    // The control: noise that hides the ink is noticed.
    let (hidden, _) = right_in(|image| Scene::of(image, 7).noisy(250.0), WHITE);
    assert!(hidden + 30 < plain, "{hidden} read in noise");
}

/// The same where something else is in the picture: a shadow that ends in it, a lamp, a box, a table.
#[test]
fn what_else_is_in_a_photograph_is_not_taken() {
    // Of a hand or a telephone, over a part of the digit.
    let touching = |value: f32, x: f32, y: f32| {
        let [across, down] = [x - 0.5, y - 0.6].map(|past| (past / 0.05).clamp(0.0, 1.0));
        value * (1.0 - 0.4 * across * down)
    };
    let reflection = |value: f32, x: f32, y: f32| {
        value * 0.7 + 80.0 * (-80.0 * ((x - 0.85).powi(2) + (y - 0.15).powi(2))).exp()
    };
    let boxed = |value: f32, x: f32, y: f32| {
        let off = [x, y].map(|place| (place - 0.5).abs()).into_iter().fold(0.0, f32::max);
        if (0.46..0.475).contains(&off) { 40.0 } else { value }
    };
    let conditions: [Condition; 5] = [
        (
            "in a shadow that ends",
            WHITE,
            Box::new(move |image| Scene::thin(image, 12, 5.4).map(touching)),
        ),
        (
            "a lamp's reflection",
            WHITE,
            Box::new(move |image| Scene::thin(image, 12, 5.4).map(reflection)),
        ),
        ("in a box", WHITE, Box::new(move |image| Scene::thin(image, 16, 5.4).map(boxed))),
        ("a sheet on a dark table", WHITE, Box::new(|image| on_a_table(image, 60.0))),
        ("a sheet on a light table", WHITE, Box::new(|image| on_a_table(image, 190.0))),
    ];
    all_are_read(&conditions);
}

/// A sheet that lies on a table, whole, with its shadow on the right and below.
fn on_a_table(image: &[f32], table: f32) -> Scene {
    let (left, top, right, bottom) = (40.0, 40.0, 410.0, 550.0);
    let sheet = Scene::thin(image, 9, 5.0).on(450, 600, [100, 170]);
    sheet.map(|value, x, y| {
        let (x, y) = (450.0 * x, 600.0 * y);
        let within =
            |by: f32| (left + by..right + by).contains(&x) && (top + by..bottom + by).contains(&y);
        if within(0.0) { value } else { table * if within(9.0) { 0.55 } else { 1.0 } }
    })
}

/// Digits that a photograph may cost, of a hundred.
const MARGIN: usize = 5;

/// Those of which it may be said that they are doubtful, though they are single digits.
const DOUBTED: usize = 3;

/// A saved picture of an image, each pixel a block of so many.
fn saved(image: &[f32], times: usize, dark_ink: bool) -> (Vec<u8>, u32) {
    let side = SIDE * times;
    let mut pixels = Vec::new();
    for at in 0..side * side {
        let value = (image[at / side / times * SIDE + at % side / times] * 255.0).round() as u8;
        let value = if dark_ink { 255 - value } else { value };
        pixels.extend([value, value, value, 255]);
    }
    (pixels, side as u32)
}

#[test]
fn what_was_saved_is_read_again_bit_for_bit() {
    let gallery = gallery();
    for image in gallery.images().chunks(PIXELS).step_by(7) {
        for (times, dark_ink) in [(1, false), (1, true), (2, false), (10, false), (10, true)] {
            let (pixels, side) = saved(image, times, dark_ink);
            let found = photograph(&pixels, side, side).expect("a picture");
            assert_eq!(found.image, image, "{times} times, dark ink {dark_ink}");
            assert_eq!((found.inverted, found.doubt), (!dark_ink, None));
        }
        // The control: one pixel that is not its block's, and it is a photograph.
        let (mut pixels, side) = saved(image, 10, true);
        pixels[..3].fill(250);
        let found = photograph(&pixels, side, side).expect("a picture");
        assert_ne!(found.image, image);
    }
}

#[test]
fn opacity_is_over_paper_on_which_it_is_seen() {
    let gallery = gallery();
    let image = gallery.at(0);
    let scene = Scene::of(image, 7);
    let opaque = scene.found(WHITE);
    let inks = [([0; 3], false), ([60, 20, 110], false), ([255; 3], true), ([255, 220, 90], true)];
    for ([red, green, blue], light) in inks {
        let pixel = |value: &f32| [red, green, blue, 255 - *value as u8];
        let pixels: Vec<u8> = scene.values.iter().flat_map(pixel).collect();
        let clear =
            photograph(&pixels, scene.width as u32, scene.height as u32).expect("a picture");
        let apart = opaque.image.iter().zip(&clear.image).map(|(a, b)| (a - b).abs());
        let far = apart.fold(0.0, f32::max);
        assert!(far < 0.02 && clear.inverted == light, "{red} {green} {blue}: {far}");
        assert_eq!(clear.doubt, None, "{red} {green} {blue}");
    }
    // A dark digit on a white sheet with nothing around it.
    let rim = |x: usize, y: usize| x.min(y).min(scene.width - 1 - x).min(scene.height - 1 - y);
    let sheet = scene.values.iter().enumerate().flat_map(|(at, value)| {
        let grey = *value as u8;
        let clear = rim(at % scene.width, at / scene.width) < 12;
        [grey, grey, grey, if clear { 0 } else { 255 }]
    });
    let sheet: Vec<u8> = sheet.collect();
    let found = photograph(&sheet, scene.width as u32, scene.height as u32).expect("a picture");
    assert!(!found.inverted && found.doubt.is_none());
    for nothing in [[0; 4], [0, 0, 0, 255], [255; 4]] {
        let nothing = photograph(&nothing.repeat(200 * 200), 200, 200).expect("a picture");
        assert_eq!(nothing.doubt, Some(Doubt::Nothing));
    }
}

#[test]
fn what_is_doubtful_is_said() {
    let gallery = gallery();
    let one = Scene::of(gallery.at(0), 7);
    let blank = one.clone().map(|_, _, _| 240.0);
    assert_eq!(blank.found(WHITE).doubt, Some(Doubt::Nothing));
    assert_eq!(blank.noisy(10.0).found(WHITE).doubt, Some(Doubt::Nothing));
    let faint = one.clone().map(|value, _, _| 200.0 + value / 10.0);
    assert_eq!(faint.found(WHITE).doubt, Some(Doubt::Faint));
    // The digit twice, side by side.
    let mut two = one.clone();
    two.width *= 2;
    two.values = one.values.chunks(one.width).flat_map(|row| [row, row].concat()).collect();
    assert_eq!(two.found(WHITE).doubt, Some(Doubt::Busy));
    assert_eq!(one.found(WHITE).doubt, None);
    for squares in [8.0, 20.0, 49.0] {
        let place = |share: f32| (share * squares) as usize;
        let board = one.clone().map(|_, x, y| [10.0, 245.0][(place(x) + place(y)) % 2]);
        assert_eq!(board.found(WHITE).doubt, Some(Doubt::Busy), "{squares} squares a side");
    }
    // The lines of squared paper, which grow together where they are firm.
    let value = |at: usize| {
        let [x, y] = [at % 900, at / 900];
        let ink = if (x + 20) % 45 < 3 || (y + 20) % 45 < 3 { 90.0 } else { 0.0 };
        (240.0 - ink) * (1.0 - 0.15 * x as f32 / 900.0)
    };
    let squared = Scene { width: 900, height: 1200, values: (0..900 * 1200).map(value).collect() };
    let block = squared.noisy(3.0).found(WHITE);
    assert_eq!(block.doubt, Some(Doubt::Busy), "{}", block.image.iter().sum::<f32>());
    // A face: what stands within a loop is no digit's. A loop beside a stroke can be one.
    let face = |eyes: f32| {
        let value = |at: usize| {
            let [x, y] = [at % 300, at / 300].map(|place| place as f32 - 150.0);
            let ring = (x.hypot(y) - 90.0).abs() < 7.0;
            let eye = (x.abs() - 30.0).hypot(y + 30.0) < eyes;
            if ring || eye { 40.0 } else { 240.0 }
        };
        Scene { width: 300, height: 300, values: (0..300 * 300).map(value).collect() }
    };
    assert_eq!(face(10.0).found(WHITE).doubt, Some(Doubt::Busy));
    assert_eq!(face(0.0).found(WHITE).doubt, None, "a zero");
    // A shadow on an empty sheet, and a pencil beside a digit.
    let shadow = |value: f32, x: f32, y: f32| {
        let [across, down] = [x - 0.4, y - 0.5].map(|past| (past / 0.05).clamp(0.0, 1.0));
        value * (1.0 - 0.4 * across * down)
    };
    let sheet = Scene { width: 300, height: 400, values: vec![240.0; 300 * 400] };
    let shadow = sheet.map(shadow).noisy(2.0).found(WHITE);
    assert!(shadow.doubt.is_some(), "{:?}", shadow.crop);
    let beside = |length: f32| {
        let pencil = move |value: f32, x: f32, y: f32| {
            let on = (0.88..0.92).contains(&x) && (y - 0.5).abs() < length / 2.0;
            if on { 60.0 } else { value }
        };
        let digit = Scene::thin(gallery.at(0), 6, 5.0).on(450, 600, [100, 200]);
        digit.map(pencil).found(WHITE).doubt
    };
    assert_eq!((beside(0.9), beside(0.0)), (Some(Doubt::Busy), None));
    let dot = photograph(&[10, 20, 30, 255], 1, 1).expect("a picture");
    assert_eq!((dot.doubt, dot.image), (Some(Doubt::Nothing), vec![0.0; PIXELS]));
}

#[test]
fn a_small_stroke_is_found_on_a_large_sheet() {
    let value = |at: usize| {
        let [x, y] = [at % 900, at / 900];
        let ink = (500..508).contains(&x) && (700..741).contains(&y);
        let light = 1.0 - 0.4 * x as f32 / 900.0;
        light * if ink { 70.0 } else { 235.0 }
    };
    let sheet = Scene { width: 900, height: 1200, values: (0..900 * 1200).map(value).collect() };
    let one = sheet.clone().noisy(3.0).found(WHITE);
    let [left, top, width, height] = one.crop.map(i64::from);
    let near = |a: i64, b: i64| (a - b).abs() <= 2;
    assert_eq!(one.doubt, None);
    assert!(
        near(left, 500) && near(top, 700) && near(width, 8) && near(height, 41),
        "{:?}",
        one.crop
    );
    // The control: without it nothing is found.
    let empty = sheet.map(|_, x, _| 235.0 * (1.0 - 0.4 * x)).noisy(3.0);
    assert_eq!(empty.found(WHITE).doubt, Some(Doubt::Nothing));
}

#[test]
fn the_crop_is_where_the_digit_is() {
    let gallery = gallery();
    let sheet = Scene::of(gallery.at(0), 7).shifted();
    let [left, top, width, height] = sheet.found(WHITE).crop;
    assert!(left >= sheet.width as u32 / 2 - 3 && top >= sheet.height as u32 / 3 - 3);
    assert!(left + width < sheet.width as u32 && top + height < sheet.height as u32);
    assert!((7 * 14..=7 * 20).contains(&width.max(height)), "{width} × {height}");
}

#[test]
fn pictures_that_cannot_be_are_refused() {
    let of = |bytes: usize, width, height| photograph(&vec![0; bytes], width, height);
    assert!(matches!(of(0, 0, 5), Err(DigitError::PictureSize { .. })));
    let most = MOST_PIXELS as u32;
    assert!(matches!(of(4, most, 2), Err(DigitError::PictureSize { .. })));
    assert!(matches!(of(15, 2, 2), Err(DigitError::PictureLength { required: 16, found: 15 })));
    for (width, height) in [(1, 1), (1, 300), (300, 1), (2, 3), (27, 28)] {
        of((4 * width * height) as usize, width, height).expect("a small picture is one");
    }
}
