//! `blindspots attack`: the smallest change that makes a network misread each digit.

use std::sync::Arc;
use std::time::Instant;

use blindspots::attack::{self, Ensemble, Observer, Problem, Progress, Recipe, Report};
use blindspots::exec::Executor;
use blindspots::model::Network;
use blindspots::npy;
use indicatif::ProgressBar;

use super::inputs::{Pictures, executor, labels, networks};
use super::progress_bar;
use crate::args::{Attack, BackendName};
use crate::output::{AttackFile, InputRow, Summary, rows, write_json};

/// Fools a network, or several by one change, on every digit.
pub(super) fn run(options: &Attack) -> Result<(), String> {
    let images = Pictures::read(&options.input.images)?;
    let networks = networks(&options.input.model, &options.input.pixels, &images)?;
    let first = networks.first().ok_or("there is no network to attack")?;
    let (image, pixels) = (first.image, first.pixels());
    let images = images.of(first)?;
    let labels = labels(&options.labels, images.len() / pixels)?;
    let target = options.target;
    let (indices, problems): (Vec<usize>, Vec<Problem>) = images
        .chunks_exact(pixels)
        .zip(labels)
        .enumerate()
        .filter(|(_, (_, label))| target != Some(*label))
        .map(|(index, (image, label))| (index, Problem { image: image.to_vec(), label, target }))
        .unzip();
    let left_out = images.len() / pixels - problems.len();
    if left_out > 0 {
        eprintln!("{left_out} images already show the target and are left out");
    }
    if problems.is_empty() {
        return Err("every image already shows the target; choose another class".into());
    }
    let started = Instant::now();
    let reports = solve(&networks, &problems, options.recipe(), options.input.backend)?;
    let summary = Summary::of(&reports, pixels, started.elapsed().as_secs_f64());
    print_summary(&reports, &summary, first.classes());
    if let Some(path) = &options.save_npy {
        let adversarial: Vec<f32> = reports
            .iter()
            .zip(&problems)
            .flat_map(|(r, p)| r.image.clone().unwrap_or_else(|| p.image.clone()))
            .collect();
        let file = std::fs::File::create(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let grey = [pixels];
        let coloured = [image.channels, image.height, image.width];
        let axes: &[usize] = if image.channels == 1 { &grey } else { &coloured };
        npy::write(std::io::BufWriter::new(file), axes, &adversarial)
            .map_err(|e| format!("{}: {e}", path.display()))?;
    }
    if let Some(path) = &options.input.json {
        let file = AttackFile {
            model: &options.input.model,
            method: options.method.name(),
            backend: options.input.backend.name(),
            input: InputRow::of(first),
            inputs: InputRow::of_several(&networks),
            straight_through: networks.iter().any(|network| network.straight_through()),
            images: rows(&indices, &reports),
            summary,
        };
        write_json(path, &file)?;
    }
    let failed = reports.iter().filter(|r| !r.success).count();
    // Within a fixed budget, not to be fooled is a result like another.
    if failed > 0 && options.method.minimises() {
        Err(format!("{failed} of {} images were not fooled", reports.len()))
    } else {
        Ok(())
    }
}

fn print_summary(reports: &[Report], summary: &Summary, classes: usize) {
    let number = |v: Option<f64>| v.map_or("–".into(), |v| format!("{v:.4}"));
    let fooled = reports.iter().filter(|r| r.success).count();
    println!("{fooled} of {} fooled", reports.len());
    if summary.already_misread > 0 {
        println!(
            "{} of them were misread as they are and count with distance 0, outside the means",
            summary.already_misread
        );
    }
    let tried = reports.iter().map(|r| r.tried).max().unwrap_or(0);
    if tried > 1 && tried + 1 < classes {
        println!("of {classes} classes, the {tried} that lead at the original were tried");
    }
    println!("mean L2 {}  median L2 {}", number(summary.mean_l2), number(summary.median_l2));
    println!("mean distortion {}", number(summary.mean_distortion));
    println!(
        "{} gradient evaluations in {:.2} s, {:.1} images a second",
        summary.evaluations, summary.seconds, summary.images_per_second
    );
}

fn solve(
    networks: &[Arc<Network>],
    problems: &[Problem],
    recipe: Recipe,
    backend: BackendName,
) -> Result<Vec<Report>, String> {
    let bar = progress_bar(problems.len() as u64);
    let result = match backend {
        BackendName::Cpu => {
            let done = |n| bar.inc(n as u64);
            attack::parallel::attack_on_all_cores(networks, problems, recipe, done)
        }
        BackendName::Webgpu => {
            let executors: Result<Vec<Executor>, String> =
                networks.iter().map(|network| executor(network, backend)).collect();
            let mut executors = executors?;
            let ensemble: Ensemble<'_> = executors.iter_mut().collect();
            let mut observer = Bar { bar: &bar, total: problems.len() };
            pollster::block_on(attack::attack(ensemble, problems, recipe, &mut observer))
        }
    };
    bar.finish_and_clear();
    result.map_err(|e| e.to_string())
}

/// Shows an attack's progress on a terminal.
struct Bar<'a> {
    bar: &'a ProgressBar,
    total: usize,
}

impl Observer for Bar<'_> {
    fn progress(&mut self, progress: Progress<'_>) {
        self.bar.set_position((progress.fraction * self.total as f32) as u64);
    }

    async fn pause(&mut self) -> bool {
        false
    }
}
