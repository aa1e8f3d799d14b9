//! `blindspots attack`: the smallest change that makes a network misread each digit.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use blindspots::attack::parallel::attack_on_all_cores;
use blindspots::attack::pieces::attack_in_pieces;
use blindspots::attack::{Observer, Problem, Progress, Recipe, Report};
use blindspots::count::counted;
use blindspots::exec::Executor;
use blindspots::model::Network;
use blindspots::npy;
use indicatif::ProgressBar;

use super::inputs::{Pictures, executor, joined, network};
use super::labels::{doubt, labels};
use super::{kept_in, progress_bar};
use crate::args::{Attack, BackendName};
use crate::failure::Failure;
use crate::files::{self, PartFile, Wanted};
use crate::rows::{AttackFile, InputRow, Summary, rows};
use crate::{interrupt, output};

/// Images that a device takes at a time: enough to fill it, and those before are kept where a signal
/// ends the work.
const PIECE: usize = 1024;

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
    let pixels = first.pixels();
    let images = images.shown_to(first)?;
    let labels = labels(&options.labels, &images, first.classes())?;
    doubt(&names[0], first, &images.pixels, &labels)?;
    let (indices, problems) = problems(&images.pixels, pixels, &labels, options.target)?;
    let names: Vec<String> = names.iter().map(|name| name.display().to_string()).collect();
    let work = Arc::new(Work {
        names: names.join(","),
        networks,
        recipe: options.recipe(),
        backend: options.input.backend,
        indices,
        problems,
        started: Instant::now(),
    });
    let reports = solve(&work, json.as_ref(), npy.as_ref())?;
    let all: Vec<usize> = (0..reports.len()).collect();
    let summary = work.summary(&reports);
    print_summary(&reports, &summary, work.network().classes());
    // Where one file cannot be written, the other is all that is left of the work.
    let images = npy.map_or(Ok(()), |file| {
        let images = work.images(&all, &reports);
        file.write(|out| npy::write(out, &work.axes(), &images))
    });
    let rows = json.map_or(Ok(()), |file| file.write_json(&work.file(&all, &reports, summary)));
    images.and(rows)?;
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

/// What is asked, and with what.
struct Work {
    /// Of the networks, with commas between them.
    names: String,
    networks: Vec<Arc<Network>>,
    recipe: Recipe,
    backend: BackendName,
    /// Places of the problems' images in their file.
    indices: Vec<usize>,
    problems: Vec<Problem>,
    started: Instant,
}

/// Finished reports by the place of their problem.
type Finished = Mutex<BTreeMap<usize, Report>>;

impl Work {
    /// The first network: it says what the images are.
    fn network(&self) -> &Network {
        &self.networks[0]
    }

    /// One image's axes in an array.
    fn axes(&self) -> Vec<usize> {
        let image = self.network().image;
        if image.channels == 1 {
            vec![self.network().pixels()]
        } else {
            vec![image.channels, image.height, image.width]
        }
    }

    /// What fools, or the original where nothing was found, of the problems at these places.
    fn images(&self, places: &[usize], reports: &[Report]) -> Vec<f32> {
        let pairs = places.iter().map(|place| &self.problems[*place]).zip(reports);
        let images = pairs.map(|(problem, report)| report.image.as_ref().unwrap_or(&problem.image));
        images.flatten().copied().collect()
    }

    fn summary(&self, reports: &[Report]) -> Summary {
        Summary::of(reports, self.network().pixels(), self.started.elapsed().as_secs_f64())
    }

    /// The JSON file about the problems at these places.
    fn file(&self, places: &[usize], reports: &[Report], summary: Summary) -> AttackFile<'_> {
        let indices: Vec<usize> = places.iter().map(|place| self.indices[*place]).collect();
        let all = self.problems.len();
        AttackFile {
            model: &self.names,
            method: self.recipe.method.name(),
            backend: self.backend.name(),
            input: InputRow::of(self.network()),
            inputs: InputRow::of_several(&self.networks),
            straight_through: self.networks.iter().any(|network| network.straight_through()),
            of: (reports.len() < all).then_some(all),
            eight_bit: self.recipe.options.eight_bit,
            images: rows(&indices, reports),
            summary,
        }
    }

    /// Keeps what is finished where a signal ends the work.
    fn keep(
        &self,
        finished: &Finished,
        json: Option<&PartFile>,
        npy: Option<&PartFile>,
    ) -> Result<Option<String>, Failure> {
        let finished = finished.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (places, reports): (Vec<usize>, Vec<Report>) = finished.into_iter().unzip();
        if places.is_empty() {
            return Ok(None);
        }
        let rows = json.map_or(Ok(()), |file| {
            file.write_json(&self.file(&places, &reports, self.summary(&reports)))
        });
        let images = npy.map_or(Ok(()), |file| {
            let images = self.images(&places, &reports);
            file.write(|out| npy::write(out, &self.axes(), &images))
        });
        rows.and(images)?;
        let (done, all) = (places.len(), counted(self.problems.len(), "image"));
        Ok(kept_in([json, npy], format_args!("{done} of {all}")))
    }
}

fn solve(
    work: &Arc<Work>,
    json: Option<&Wanted>,
    npy: Option<&Wanted>,
) -> Result<Vec<Report>, String> {
    let Work { networks, problems, recipe, backend, .. } = &**work;
    let bar = progress_bar(problems.len() as u64);
    let finished = Arc::new(Finished::default());
    let salvage = {
        let (work, finished) = (work.clone(), finished.clone());
        let (json, npy) = (json.and_then(Wanted::part), npy.and_then(Wanted::part));
        // Which images they are, only the JSON file says.
        let npy = npy.filter(|_| json.is_some());
        move || work.keep(&finished, json.as_ref(), npy.as_ref())
    };
    let done = |first: usize, reports: &[Report]| {
        let mut finished = finished.lock().unwrap_or_else(PoisonError::into_inner);
        finished.extend((first..).zip(reports.iter().cloned()));
    };
    let attack = || match *backend {
        BackendName::Cpu => {
            let done = |first: usize, reports: &[Report]| {
                bar.inc(reports.len() as u64);
                done(first, reports);
            };
            attack_on_all_cores(networks, problems, *recipe, done).map_err(|e| e.to_string())
        }
        BackendName::Webgpu => {
            let executors: Result<Vec<Executor>, String> =
                networks.iter().map(|network| executor(network, *backend)).collect();
            let mut executors = executors?;
            let mut observer = Bar { bar: &bar, total: problems.len() };
            let reports =
                attack_in_pieces(&mut executors, problems, *recipe, PIECE, &mut observer, done);
            pollster::block_on(reports).map_err(|e| e.to_string())
        }
    };
    let reports = interrupt::keeping(salvage, attack);
    bar.finish_and_clear();
    reports
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
