//! Drawings become images like MNIST's; IDX files are read or refused with the
//! right words.

use std::io::Write as _;
use std::time::{Duration, Instant};

use blindspots::digit::{DigitError, MOST_POINTS, Point, Stroke, idx, rasterise};
use blindspots::npy;

const SIDE: usize = 28;

/// No visitor waits longer for a drawing; it takes a tenth of this.
const SOON: Duration = Duration::from_secs(2);

/// The drawing area's share that the page's pen covers.
const PEN: f32 = 0.08;

fn stroke(points: &[(f32, f32)]) -> Stroke {
    Stroke { points: points.iter().map(|&(x, y)| Point { x, y }).collect(), width: PEN }
}

fn one() -> Vec<Stroke> {
    vec![stroke(&[(0.5, 0.1), (0.5, 0.9)])]
}

fn zero() -> Vec<Stroke> {
    let around = (0..=40).map(|i| {
        let angle = i as f32 / 40.0 * std::f32::consts::TAU;
        (0.5 + 0.25 * angle.sin(), 0.5 - 0.4 * angle.cos())
    });
    vec![stroke(&around.collect::<Vec<_>>())]
}

fn seven() -> Vec<Stroke> {
    vec![stroke(&[(0.2, 0.1), (0.8, 0.1), (0.4, 0.9)]), stroke(&[(0.35, 0.5), (0.75, 0.5)])]
}

fn drawings() -> [(&'static str, Vec<Stroke>); 3] {
    [("one", one()), ("zero", zero()), ("seven", seven())]
}

/// The same drawing, scaled about the middle, then moved.
fn placed(strokes: &[Stroke], scale: f32, dx: f32, dy: f32) -> Vec<Stroke> {
    let place =
        |p: &Point| Point { x: 0.5 + (p.x - 0.5) * scale + dx, y: 0.5 + (p.y - 0.5) * scale + dy };
    strokes
        .iter()
        .map(|s| Stroke { points: s.points.iter().map(place).collect(), width: s.width })
        .collect()
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max)
}

/// (column, row) of the mass centre in pixel numbers.
fn mass_centre(image: &[f32]) -> (f32, f32) {
    let mass: f32 = image.iter().sum();
    let mean = |of: fn(usize) -> usize| {
        image.iter().enumerate().map(|(i, v)| of(i) as f32 * v).sum::<f32>() / mass
    };
    (mean(|i| i % SIDE), mean(|i| i / SIDE))
}

/// (columns, rows) from the first to the last pixel that is more ink than paper.
fn extent(image: &[f32]) -> (usize, usize) {
    let span = |of: fn(usize) -> usize| {
        let inked = || (0..image.len()).filter(|&i| image[i] > 0.5).map(of);
        inked().max().unwrap() - inked().min().unwrap() + 1
    };
    (span(|i| i % SIDE), span(|i| i / SIDE))
}

#[test]
fn images_are_28_by_28_between_0_and_1() {
    for (name, strokes) in drawings() {
        let image = rasterise(&strokes).unwrap();
        assert_eq!(image.len(), SIDE * SIDE, "{name}");
        assert!(image.iter().all(|v| (0.0..=1.0).contains(v)), "{name}");
        assert!(image.contains(&1.0) && image.contains(&0.0), "{name} has full ink and bare paper");
    }
}

#[test]
fn the_mass_centre_is_on_pixel_14_14() {
    for (name, strokes) in drawings() {
        let (x, y) = mass_centre(&rasterise(&strokes).unwrap());
        assert!((x - 14.0).abs() < 0.1 && (y - 14.0).abs() < 0.1, "{name}: ({x}, {y})");
    }
    // The box's own centre would be elsewhere: a seven has more ink at the top.
    let image = rasterise(&seven()).unwrap();
    let top = (0..SIDE).find(|r| image[r * SIDE..][..SIDE].iter().any(|v| *v > 0.0)).unwrap();
    let bottom = (0..SIDE).rfind(|r| image[r * SIDE..][..SIDE].iter().any(|v| *v > 0.0)).unwrap();
    assert!((top + bottom) as f32 / 2.0 > 14.5, "rows {top} to {bottom}");
}

#[test]
fn a_digit_fills_a_box_of_20_and_keeps_its_aspect() {
    for (name, strokes) in drawings() {
        let (columns, rows) = extent(&rasterise(&strokes).unwrap());
        assert!((19..=20).contains(&rows), "{name} has {rows} rows");
        assert!(columns <= 20, "{name} has {columns} columns");
    }
    let (columns, _) = extent(&rasterise(&one()).unwrap());
    assert!((2..=3).contains(&columns), "a one is {columns} columns wide, not blown up");
    let lying = [stroke(&[(0.1, 0.5), (0.9, 0.5)])];
    let (columns, rows) = extent(&rasterise(&lying).unwrap());
    assert!((19..=20).contains(&columns) && (2..=3).contains(&rows), "{columns} × {rows}");
}

#[test]
fn size_place_and_pen_do_not_matter() {
    /// Rounding of coordinates in f32, seen through an edge of about one pixel.
    const SAME: f32 = 1e-3;
    for (name, strokes) in drawings() {
        let image = rasterise(&strokes).unwrap();
        for (scale, dx, dy) in [(0.3, 0.0, 0.0), (0.3, 0.2, -0.3), (0.9, 0.05, 0.05)] {
            let other = rasterise(&placed(&strokes, scale, dx, dy)).unwrap();
            let difference = largest_difference(&image, &other);
            assert!(difference < SAME, "{name} × {scale} + ({dx}, {dy}) differs by {difference}");
        }
        let mut thick = strokes.clone();
        thick.iter_mut().for_each(|s| s.width *= 2.0);
        assert!(
            largest_difference(&image, &rasterise(&thick).unwrap()) < SAME,
            "{name}, thick pen"
        );
    }
    // Another shape does matter.
    let (narrow, wide) = (rasterise(&zero()).unwrap(), rasterise(&seven()).unwrap());
    assert!(largest_difference(&narrow, &wide) > 0.9);
    let mut squeezed = zero();
    squeezed[0].points.iter_mut().for_each(|p| p.x = 0.5 + (p.x - 0.5) * 0.8);
    assert!(largest_difference(&narrow, &rasterise(&squeezed).unwrap()) > 0.3);
}

/// MNIST's test digits have a mean intensity of 0.13; ones have half as much ink as zeros.
#[test]
fn there_is_as_much_ink_as_in_mnist() {
    let mean =
        |strokes: &[Stroke]| rasterise(strokes).unwrap().iter().sum::<f32>() / (SIDE * SIDE) as f32;
    for (strokes, low, high) in [(one(), 0.045, 0.09), (zero(), 0.12, 0.19), (seven(), 0.08, 0.15)]
    {
        let ink = mean(&strokes);
        assert!((low..high).contains(&ink), "{ink} is not between {low} and {high}");
    }
}

#[test]
fn dots_and_tiny_marks_are_not_blown_up() {
    let dot = rasterise(&[stroke(&[(0.1, 0.95)])]).unwrap();
    let (x, y) = mass_centre(&dot);
    assert!((x - 14.0).abs() < 0.1 && (y - 14.0).abs() < 0.1, "({x}, {y})");
    assert!(extent(&dot).0 <= 4 && extent(&dot).1 <= 4);

    let tremor = rasterise(&[stroke(&[(0.5, 0.5), (0.501, 0.5), (0.501, 0.501)])]).unwrap();
    assert!(largest_difference(&dot, &tremor) < 0.2);
    // However fine the pen, or its tremor.
    for (width, tremor) in [(1.8e-44, 0.0), (1e-30, 1e-30), (1e-9, 6e-8)] {
        let points = [(0.5, 0.5), (0.5 + tremor, 0.5)].map(|(x, y)| Point { x, y }).to_vec();
        let fine = rasterise(&[Stroke { points, width }]).unwrap();
        assert!(largest_difference(&dot, &fine) < 0.6, "a pen of {width}");
        assert!(extent(&fine).0 <= 4 && extent(&fine).1 <= 4);
    }
    let small_but_real = rasterise(&placed(&zero(), 0.2, 0.0, 0.0)).unwrap();
    assert!(largest_difference(&small_but_real, &rasterise(&zero()).unwrap()) < 1e-3);
}

#[test]
fn many_points_change_nothing() {
    let fine =
        |n: usize| (0..=n).map(|i| (0.5, 0.1 + 0.8 * i as f32 / n as f32)).collect::<Vec<_>>();
    let dense = rasterise(&[stroke(&fine(20_000))]).unwrap();
    assert!(largest_difference(&dense, &rasterise(&one()).unwrap()) < 1e-3);
}

/// What would keep the page waiting is refused, and what is just not refused is drawn at once.
#[test]
fn the_most_points_are_drawn_and_more_are_refused() {
    let path = |n: usize, at: fn(usize) -> (f32, f32)| stroke(&(0..n).map(at).collect::<Vec<_>>());
    // Far apart, so that none is left out; all the same; and as many strokes.
    let zigzag = |i: usize| ((i % 2) as f32, (i % 97) as f32 / 96.0);
    let most = [
        vec![path(MOST_POINTS - 1, zigzag)],
        vec![path(MOST_POINTS - 1, |_| (0.5, 0.5))],
        (0..MOST_POINTS / 2).map(|i| stroke(&[zigzag(i)])).collect(),
    ];
    for mut strokes in most {
        let clock = Instant::now();
        let image = rasterise(&strokes).unwrap();
        assert!(clock.elapsed() < SOON, "{:?}", clock.elapsed());
        assert!(image.iter().any(|v| *v > 0.9));
        strokes.push(stroke(&[(0.5, 0.5)]));
        let error = rasterise(&strokes).unwrap_err();
        assert!(matches!(error, DigitError::TooManyPoints { found } if found > MOST_POINTS));
        assert_eq!(error.code(), "too-large");
    }
    let far = rasterise(&[stroke(&[(-1e30, 0.5), (1e30, 0.5)])]).unwrap();
    assert_eq!(far, rasterise(&[stroke(&[(0.0, 0.5), (1.0, 0.5)])]).unwrap());
}

#[test]
fn ink_never_leaves_the_image() {
    /// Ink 0.7 pixels from the end of a path whose outline ends at the image's edge.
    const EDGE: f32 = (1.2 - 0.7) / 1.2 + 0.5;
    // A bar with a thin tail. The centre of its mass alone would push the tail out.
    let bar = |i: usize| (0.1 + 0.8 * (i % 2) as f32, 0.1 + 0.0034 * i as f32);
    let mut broom: Vec<(f32, f32)> = (0..60).map(bar).collect();
    broom.extend([(0.5, 0.3), (0.5, 0.9)]);
    for turns in 0..4 {
        let image = rasterise(&[stroke(&broom)]).unwrap();
        let (columns, rows) = extent(&image);
        let length = if turns % 2 == 0 { rows } else { columns };
        assert!((19..=20).contains(&length), "{columns} × {rows} after {turns} turns");
        let edge = |i: usize| {
            let at = |line: usize| if turns % 2 == 0 { line * SIDE + i } else { i * SIDE + line };
            image[at(if turns == 0 || turns == 3 { SIDE - 1 } else { 0 })]
        };
        let tail = (0..SIDE).map(edge).fold(0.0, f32::max);
        assert!((tail - EDGE).abs() < 1e-3, "the tail is at the edge: {tail}, {turns} turns");
        broom.iter_mut().for_each(|p| *p = (1.0 - p.1, p.0));
    }
}

#[test]
fn impossible_drawings_are_refused() {
    let code = |strokes: &[Stroke]| rasterise(strokes).unwrap_err().code();
    assert_eq!(code(&[]), "empty-drawing");
    assert_eq!(code(&[stroke(&[])]), "empty-drawing");
    assert_eq!(code(&[stroke(&[(0.5, f32::NAN)])]), "invalid-drawing");
    assert_eq!(code(&[stroke(&[(0.5, 0.5), (f32::INFINITY, 0.5)])]), "invalid-drawing");
    for width in [0.0, -0.1, f32::NAN, f32::INFINITY] {
        let mut strokes = one();
        strokes[0].width = width;
        assert_eq!(code(&strokes), "invalid-drawing", "width {width}");
    }
    let mut strokes = one();
    strokes.insert(0, stroke(&[]));
    assert!(rasterise(&strokes).is_ok(), "a stroke without points beside a real one is left out");
}

#[test]
fn a_pen_outside_the_area_draws_on_its_edge() {
    let outside = rasterise(&[stroke(&[(0.5, -3.0), (0.5, 0.5), (9.0, 0.5)])]).unwrap();
    let edge = rasterise(&[stroke(&[(0.5, 0.0), (0.5, 0.5), (1.0, 0.5)])]).unwrap();
    assert_eq!(outside, edge);
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Three images, whose bytes count up, and their labels.
fn files() -> (Vec<u8>, Vec<u8>) {
    let images: Vec<f32> = (0..3 * 784).map(|i| (i % 256) as f32 / 255.0).collect();
    (idx::write_images(&images), idx::write_labels(&[7, 0, 9]))
}

#[test]
fn idx_files_are_read_as_they_were_written_gzipped_or_not() {
    let (images, labels) = files();
    assert_eq!(images[..16], [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 28, 0, 0, 0, 28]);
    assert_eq!(labels, [0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 9]);
    let digits = idx::read_digits(&images, &labels).unwrap();
    assert_eq!(digits.labels, [7, 0, 9]);
    assert_eq!((digits.images.len(), digits.pixels()), (3 * 784, 784));
    assert_eq!((digits.images[0], digits.images[51], digits.images[255]), (0.0, 0.2, 1.0));
    assert_eq!(idx::read_digits(&gzipped(&images), &gzipped(&labels)).unwrap(), digits);
    assert_eq!(idx::write_images(&digits.images), images);
}

#[test]
fn wrong_idx_files_are_refused_with_the_right_words() {
    let (images, labels) = files();
    let images_error = |bytes: &[u8]| idx::read_images(bytes).unwrap_err();
    let changed = |at: usize, to: u8| {
        let mut bytes = images.clone();
        bytes[at] = to;
        bytes
    };

    let png = b"\x89PNG\r\n\x1a\n and more";
    assert_eq!(images_error(png), DigitError::NotIdx { found: "89 50 4e 47".into() });
    assert_eq!(images_error(b"").code(), "not-an-idx-file");
    assert_eq!(images_error(&gzipped(png)).code(), "not-an-idx-file");

    assert_eq!(
        images_error(&labels),
        DigitError::IdxMislabelled { required: "images", found: "labels" }
    );
    assert_eq!(
        idx::read_digits(&images, &images).unwrap_err(),
        DigitError::IdxMislabelled { required: "labels", found: "images" }
    );
    assert_eq!(images_error(&changed(2, 0x0d)).code(), "idx-unsupported");
    assert_eq!(images_error(&changed(3, 4)).code(), "idx-unsupported");
    assert_eq!(images_error(&changed(11, 32)), DigitError::IdxWrongSize { rows: 32, columns: 28 });
    assert_eq!(images_error(&changed(7, 0)), DigitError::IdxEmpty { what: "images" });
    assert_eq!(images_error(&changed(4, 0xff)).code(), "idx-too-large");
    let count = |count: u32| {
        let bytes = [&images[..4], &count.to_be_bytes(), &images[8..]].concat();
        images_error(&bytes).code()
    };
    assert_eq!([count(idx::LIMIT), count(idx::LIMIT + 1)], ["idx-truncated", "idx-too-large"]);

    let required = images.len() as u64;
    let cut = &images[..images.len() - 1];
    assert_eq!(images_error(cut), DigitError::IdxTruncated { required, found: required - 1 });
    assert_eq!(images_error(&gzipped(cut)).code(), "idx-truncated");
    assert_eq!(images_error(&images[..9]), DigitError::IdxTruncated { required: 16, found: 9 });
    assert_eq!(images_error(&changed(7, 200)).code(), "idx-truncated");

    let longer = [&images[..], &[0]].concat();
    assert_eq!(images_error(&longer), DigitError::IdxTrailing { required });
    assert_eq!(images_error(&changed(7, 2)).code(), "idx-trailing-bytes");

    let eleven = idx::write_labels(&[1, 2, 11]);
    assert_eq!(
        idx::read_labels(&eleven).unwrap_err(),
        DigitError::IdxLabel { index: 2, label: 11 }
    );
    let two = idx::write_labels(&[1, 2]);
    assert_eq!(
        idx::read_digits(&images, &two).unwrap_err(),
        DigitError::IdxCount { images: 3, labels: 2 }
    );
}

#[test]
fn damaged_gzip_is_noticed() {
    let (images, _) = files();
    let packed = gzipped(&images);
    let cut = idx::read_images(&packed[..packed.len() - 4]).unwrap_err();
    assert_eq!(cut.code(), "damaged-gzip", "{cut}");
    let mut wrong_checksum = packed.clone();
    let at = packed.len() - 8;
    wrong_checksum[at] ^= 1;
    assert_eq!(idx::read_images(&wrong_checksum).unwrap_err().code(), "damaged-gzip");
    assert!(idx::read_images(&packed).is_ok());
}

#[test]
fn npy_files_have_numpys_header() {
    let images: Vec<f32> = (0..2 * 784).map(|i| i as f32).collect();
    let mut file = Vec::new();
    npy::write(&mut file, &[784], &images).unwrap();
    assert_eq!(file[..8], *b"\x93NUMPY\x01\x00");
    let header_length = usize::from(u16::from_le_bytes([file[8], file[9]]));
    let (header, data) = file[10..].split_at(header_length);
    let header = std::str::from_utf8(header).unwrap();
    assert_eq!((10 + header_length) % 64, 0);
    assert!(header.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 784), }"));
    assert!(header.ends_with('\n'));
    assert_eq!(data.len(), 2 * 784 * 4);
    assert_eq!(data[4..8], 1.0_f32.to_le_bytes());
    assert!(npy::write(Vec::new(), &[784], &images[1..]).is_err(), "half an image is refused");
}
