//! `blindspots attack`: the smallest change that makes a network misread each digit.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use blindspots::attack::{self, Ensemble, Observer, Problem, Progress, Recipe, Report};
use blindspots::count::counted;
use blindspots::exec::Executor;
use blindspots::model::Network;
use blindspots::npy;
use indicatif::ProgressBar;

use super::inputs::{Pictures, executor, joined, network};
use super::labels::{doubt, labels};
use super::progress_bar;
use crate::args::{Attack, BackendName};
use crate::failure::Failure;
use crate::rows::{AttackFile, InputRow, Summary, rows};
use crate::{files, output};

/// Fools a network, or several by one change, on every digit.
pub(super) fn run(options: &Attack) -> Result<(), Failure> {
    let json = files::wanted("--json", options.input.json.as_deref())?;
    let npy = files::wanted("--save-npy", options.save_npy.as_deref())?;
    let images = Pictures::read(&options.input.images)?;
    let names = joined(&options.model);
    let network = |name: &PathBuf| network(name, &options.input.pixels, &images);
    let networks: Result<Vec<_>, Failure> = names.iter().map(network).collect();
    let networks = networks?;
    let first = networks.first().ok_or("there is no network to attack")?;
    let (image, pixels) = (first.image, first.pixels());
    let images = images.shown_to(first)?;
    let labels = labels(&options.labels, &images)?;
    doubt(&names[0], first, &images.pixels, &labels)?;
    let (indices, problems) = problems(&images.pixels, pixels, &labels, options.target)?;
    let started = Instant::now();
    let reports = solve(&networks, &problems, options.recipe(), options.input.backend)?;
    let summary = Summary::of(&reports, pixels, started.elapsed().as_secs_f64());
    print_summary(&reports, &summary, first.classes());
    if let Some(file) = npy {
        let adversarial: Vec<f32> = reports
            .iter()
            .zip(&problems)
            .flat_map(|(r, p)| r.image.clone().unwrap_or_else(|| p.image.clone()))
            .collect();
        let grey = [pixels];
        let coloured = [image.channels, image.height, image.width];
        let axes: &[usize] = if image.channels == 1 { &grey } else { &coloured };
        file.write(|out| npy::write(out, axes, &adversarial))?;
    }
    if let Some(file) = json {
        let names: Vec<String> = names.iter().map(|name| name.display().to_string()).collect();
        file.write_json(&AttackFile {
            model: &names.join(","),
            method: options.method.name(),
            backend: options.input.backend.name(),
            input: InputRow::of(first),
            inputs: InputRow::of_several(&networks),
            straight_through: networks.iter().any(|network| network.straight_through()),
            images: rows(&indices, &reports),
            summary,
        })?;
    }
    let failed = reports.iter().filter(|r| !r.success).count();
    // Within a fixed budget, not to be fooled is a result like another.
    if failed > 0 && options.method.minimises() {
        let were = if failed == 1 { "was" } else { "were" };
        return Err(
            format!("{failed} of {} {were} not fooled", counted(reports.len(), "image")).into()
        );
    }
    Ok(())
}

/// The images that do not show the target already, with their places.
fn problems(
    images: &[f32],
    pixels: usize,
    labels: &[usize],
    target: Option<usize>,
) -> Result<(Vec<usize>, Vec<Problem>), Failure> {
    let (indices, problems): (Vec<usize>, Vec<Problem>) = images
        .chunks_exact(pixels)
        .zip(labels.iter().copied())
        .enumerate()
        .filter(|(_, (_, label))| target != Some(*label))
        .map(|(index, (image, label))| (index, Problem { image: image.to_vec(), label, target }))
        .unzip();
    match labels.len() - problems.len() {
        0 => {}
        1 => output::remark("1 image already shows the target and is left out"),
        n => output::remark(format_args!("{n} images already show the target and are left out")),
    }
    if problems.is_empty() {
        return Err("every image already shows the target; choose another class".into());
    }
    Ok((indices, problems))
}

fn print_summary(reports: &[Report], summary: &Summary, classes: usize) {
    let number = |v: Option<f64>| v.map_or("–".into(), |v| format!("{v:.4}"));
    let fooled = reports.iter().filter(|r| r.success).count();
    output::line(format_args!("{fooled} of {} fooled", reports.len()));
    match summary.already_misread {
        0 => {}
        1 => output::line(
            "1 of them was misread as it is and counts with distance 0, outside the means",
        ),
        n => output::line(format_args!(
            "{n} of them were misread as they are and count with distance 0, outside the means"
        )),
    }
    let tried = reports.iter().map(|r| r.tried).max().unwrap_or(0);
    if tried > 1 && tried + 1 < classes {
        output::line(format_args!(
            "of {classes} classes, the {tried} that lead at the original were tried"
        ));
    }
    let (mean, median) = (number(summary.mean_l2), number(summary.median_l2));
    output::line(format_args!("mean L2 {mean}  median L2 {median}"));
    output::line(format_args!("mean distortion {}", number(summary.mean_distortion)));
    output::line(format_args!(
        "{} in {:.2} s, {:.1} images a second",
        counted(summary.evaluations, "gradient evaluation"),
        summary.seconds,
        summary.images_per_second
    ));
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
