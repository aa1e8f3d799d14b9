//! Finds the smallest change that makes a network misread a digit, and draws both.
//!
//!     cargo run --release --example attack_file -- [FILE.onnx [DIGIT]]
//!
//! `FILE.onnx` reads 28 × 28 digits; `DIGIT` is a place in the gallery that comes with the project.

use std::error::Error;
use std::io::{self, Write};
use std::sync::Arc;

use blindspots::attack::parallel::attack_on_all_cores;
use blindspots::attack::{Method, Problem};
use blindspots::digit::{PIXELS, SIDE, idx};
use blindspots::import::{self, LoadOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "models/fc100-100-10.onnx".into());
    let place = arguments.next().map_or(Ok(0), |place| place.parse::<usize>())?;

    let network = Arc::new(import::load(&std::fs::read(file)?, &LoadOptions::default())?);
    let digits = idx::read_digits(
        &std::fs::read("models/gallery-images-idx3-ubyte.gz")?,
        &std::fs::read("models/gallery-labels-idx1-ubyte.gz")?,
    )?;
    let image = digits.images.chunks_exact(PIXELS).nth(place).ok_or("no such digit")?;
    let label = usize::from(digits.labels[place]);

    let problem = Problem { image: image.to_vec(), label, target: None };
    let reports = attack_on_all_cores(&[network], &[problem], Method::NearestBoundary, |_, _| ())?;
    let report = &reports[0];
    let mut out = io::stdout().lock();
    draw(&mut out, image)?;
    writeln!(out, "reads {label}\n")?;
    match &report.image {
        Some(fooling) => {
            draw(&mut out, fooling)?;
            writeln!(out, "reads {}, ‖r‖₂ = {:.3}", report.predicted, report.distance.l2)?;
        }
        None => writeln!(out, "no change was found that fools it: {}", report.stop.name())?,
    }
    Ok(())
}

/// Ink as characters, one line for two rows.
fn draw(out: &mut impl Write, image: &[f32]) -> io::Result<()> {
    for row in image.chunks_exact(SIDE).step_by(2) {
        let ink = |value: &f32| [' ', '.', ':', 'o', '@'][(value * 4.0).round() as usize];
        writeln!(out, "{}", row.iter().map(ink).collect::<String>())?;
    }
    Ok(())
}
