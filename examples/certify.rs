//! Reads digits, proves how near no misreading can be, and plots that beside what an attack finds.
//!
//!     cargo run --release --example certify -- [FILE.onnx] > radii.svg
//!
//! `FILE.onnx` reads 28 × 28 digits through dense layers with sigmoid, tanh or ReLU between them.

use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;

use blindspots::attack::parallel::attack_on_all_cores;
use blindspots::attack::{Method, Problem};
use blindspots::digit::{PIXELS, idx};
use blindspots::import::{self, LoadOptions};
use blindspots::study::certify::Certifier;

/// How many digits are shown.
const SHOWN: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).unwrap_or_else(|| "models/fc100-100-10.onnx".into());
    let network = Arc::new(import::load(&std::fs::read(file)?, &LoadOptions::default())?);
    let digits = idx::read_digits(
        &std::fs::read("models/gallery-images-idx3-ubyte.gz")?,
        &std::fs::read("models/gallery-labels-idx1-ubyte.gz")?,
    )?;
    let labels = digits.labels.iter().map(|label| usize::from(*label));
    let problem = |(image, label): (&[f32], usize)| {
        let image = image.to_vec();
        Problem { image, label, target: None }
    };
    let images = digits.images.chunks_exact(PIXELS);
    let problems: Vec<Problem> = images.zip(labels).take(SHOWN).map(problem).collect();

    let certifier = Certifier::new(&network)?;
    let reports = attack_on_all_cores(&[network], &problems, Method::NearestBoundary, |_, _| ())?;
    let mut rows = Vec::new();
    for (problem, report) in problems.iter().zip(&reports) {
        let proved = certifier.certify(&problem.image, problem.label)?.radius;
        rows.push((problem.label, proved, f64::from(report.distance.l2)));
    }
    writeln!(std::io::stdout(), "{}", plot(&rows))?;
    Ok(())
}

/// A bar for each digit: as far as its reading is proved, and on to where the attack fools it.
fn plot(rows: &[(usize, f64, f64)]) -> String {
    const UNIT: f64 = 200.0;
    const ROW: usize = 24;
    let longest = rows.iter().map(|(_, _, found)| *found).fold(0.5, f64::max);
    let (width, height) = (60.0 + UNIT * longest, ROW * (rows.len() + 1));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"14\">\n"
    );
    for (place, (label, proved, found)) in rows.iter().enumerate() {
        let top = ROW * place + 4;
        for (length, colour) in [(found, "#f4a261"), (proved, "#2a9d8f")] {
            svg += &format!(
                "<rect x=\"30\" y=\"{top}\" width=\"{:.1}\" height=\"16\" fill=\"{colour}\"/>\n",
                UNIT * length
            );
        }
        svg += &format!("<text x=\"8\" y=\"{}\">{label}</text>\n", top + 13);
    }
    svg += &format!(
        "<text x=\"30\" y=\"{}\">‖r‖₂: proved (green), fooled at (orange)</text>\n</svg>",
        height - 6
    );
    svg
}
