//! The commands themselves.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use blindspots::attack::{self, Ensemble, Observer, Problem, Progress, Recipe, Report};
use blindspots::digit;
use blindspots::exec::loss::{predicted, probabilities};
use blindspots::exec::{CpuExecutor, Executor, GpuContext, GpuExecutor};
use blindspots::model::{self, CLASSES, Network, PIXELS};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::args::{Arguments, Attack, BackendName, Classify, Command, Input};
use crate::bundled::{self, Bundled};
use crate::output::{AttackFile, Summary, rows, table, write_json};

/// Runs one command; an error is a sentence for the user.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    match &arguments.command {
        Command::Models => models(),
        Command::Classify(options) => classify(options),
        Command::Attack(options) => attack(options),
    }
}

fn models() -> Result<(), String> {
    let head = ["name", "architecture", "trained on", "parameters", "train %", "test %", "paper %"];
    let mut cells = vec![head.map(String::from).to_vec()];
    for bundled in bundled::ALL {
        let card = bundled.card().map_err(|e| format!("the card of {}: {e}", bundled.name))?;
        let network = model::load(bundled.onnx).map_err(|e| format!("{}: {e}", bundled.name))?;
        let quoted = card.paper.and_then(|p| p.test_error);
        cells.push(vec![
            bundled.name.into(),
            card.architecture,
            card.training_set,
            network.parameters().to_string(),
            format!("{:.2}", card.errors.train),
            format!("{:.2}", card.errors.test),
            quoted.map_or("–".into(), |q| format!("{q:.2}")),
        ]);
    }
    print!("{}", table(&cells, &[false, false, false, true, true, true, true]));
    println!("\ntrain %, test %: measured errors; paper %: the test error that the paper gives");
    Ok(())
}

/// One image of `classify --json`.
#[derive(Serialize)]
struct Reading {
    index: usize,
    label: Option<usize>,
    predicted: Option<usize>,
    probabilities: Vec<f32>,
}

#[derive(Serialize)]
struct ReadingFile<'a> {
    model: &'a str,
    backend: &'static str,
    images: Vec<Reading>,
    error_rate: Option<f64>,
}

fn classify(options: &Classify) -> Result<(), String> {
    let network = network(&options.input.model)?;
    let images = images(&options.input)?;
    let labels = options.labels.as_deref().map(|path| labels(path, &images)).transpose()?;
    let mut executor = executor(&network, options.input.backend)?;
    let logits = pollster::block_on(executor.logits(&images)).map_err(|e| e.to_string())?;
    let readings: Vec<Reading> = logits
        .chunks_exact(CLASSES)
        .enumerate()
        .map(|(index, logits)| Reading {
            index,
            label: labels.as_ref().map(|l| usize::from(l[index])),
            predicted: predicted(logits),
            probabilities: probabilities(logits),
        })
        .collect();
    let wrong = readings.iter().filter(|r| r.predicted.is_none() || r.predicted != r.label).count();
    let error_rate = labels.as_ref().map(|_| wrong as f64 / readings.len() as f64);
    for reading in readings.iter().filter(|_| options.input.json.is_none()) {
        let shown = reading.predicted.map_or("NaN".into(), |p| p.to_string());
        let sure = reading.predicted.map_or(f32::NAN, |p| reading.probabilities[p]);
        let label = reading.label.map_or(String::new(), |l| format!("  label {l}"));
        println!("{:>6}  {shown}  {:5.1} %{label}", reading.index, 100.0 * sure);
    }
    if let Some(rate) = error_rate {
        println!("{wrong} of {} misread: {:.2} %", readings.len(), 100.0 * rate);
    }
    if let Some(path) = &options.input.json {
        let backend = options.input.backend.name();
        let file =
            ReadingFile { model: &options.input.model, backend, images: readings, error_rate };
        write_json(path, &file)?;
    }
    Ok(())
}

fn attack(options: &Attack) -> Result<(), String> {
    let networks = networks(&options.input.model)?;
    let images = images(&options.input)?;
    let labels = labels(&options.labels, &images)?;
    let target = options.target.map(usize::from);
    let (indices, problems): (Vec<usize>, Vec<Problem>) = images
        .chunks_exact(PIXELS)
        .zip(labels.into_iter().map(usize::from))
        .enumerate()
        .filter(|(_, (_, label))| target != Some(*label))
        .map(|(index, (image, label))| (index, Problem { image: image.to_vec(), label, target }))
        .unzip();
    let left_out = images.len() / PIXELS - problems.len();
    if left_out > 0 {
        eprintln!("{left_out} images already show the target and are left out");
    }
    if problems.is_empty() {
        return Err("every image already shows the target; choose another class".into());
    }
    let started = Instant::now();
    let reports = solve(&networks, &problems, options.recipe(), options.input.backend)?;
    let summary = Summary::of(&reports, started.elapsed().as_secs_f64());
    print_summary(&reports, &summary);
    if let Some(path) = &options.save_npy {
        let adversarial: Vec<f32> = reports
            .iter()
            .zip(&problems)
            .flat_map(|(r, p)| r.image.clone().unwrap_or_else(|| p.image.clone()))
            .collect();
        let file = std::fs::File::create(path).map_err(|e| format!("{}: {e}", path.display()))?;
        digit::npy::write(std::io::BufWriter::new(file), &adversarial)
            .map_err(|e| format!("{}: {e}", path.display()))?;
    }
    if let Some(path) = &options.input.json {
        let file = AttackFile {
            model: &options.input.model,
            method: options.method.name(),
            backend: options.input.backend.name(),
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

fn print_summary(reports: &[Report], summary: &Summary) {
    let number = |v: Option<f64>| v.map_or("–".into(), |v| format!("{v:.4}"));
    let fooled = reports.iter().filter(|r| r.success).count();
    println!("{fooled} of {} fooled", reports.len());
    if summary.already_misread > 0 {
        println!(
            "{} of them were misread as they are and count with distance 0, outside the means",
            summary.already_misread
        );
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
    // Quiet in a pipe: the bar draws on a terminal's standard error only.
    let bar = ProgressBar::new(problems.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {elapsed} eta {eta}") {
        bar.set_style(style);
    }
    let result = match backend {
        BackendName::Cpu => {
            bar.enable_steady_tick(Duration::from_millis(200));
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

impl BackendName {
    fn name(self) -> &'static str {
        match self {
            BackendName::Cpu => "cpu",
            BackendName::Webgpu => "webgpu",
        }
    }
}

/// One network, or several with commas between them.
fn networks(names: &str) -> Result<Vec<Arc<Network>>, String> {
    if Path::new(names).exists() {
        return network(names).map(|network| vec![network]);
    }
    names.split(',').map(network).collect()
}

fn network(name: &str) -> Result<Arc<Network>, String> {
    let loaded = match Bundled::named(name) {
        Some(bundled) => model::load(bundled.onnx),
        None => {
            let bytes = std::fs::read(name).map_err(|e| {
                let known: Vec<&str> = bundled::ALL.iter().map(|b| b.name).collect();
                format!("{name}: {e}. It is neither a file nor one of {}", known.join(", "))
            })?;
            model::load(&bytes)
        }
    };
    loaded.map(Arc::new).map_err(|e| format!("{name}: {e}"))
}

fn executor(network: &Arc<Network>, backend: BackendName) -> Result<Executor, String> {
    Ok(match backend {
        BackendName::Cpu => Executor::Cpu(CpuExecutor::new(network.clone())),
        BackendName::Webgpu => {
            let context = pollster::block_on(GpuContext::open()).map_err(|e| e.to_string())?;
            let gpu = GpuExecutor::new(context, network.clone()).map_err(|e| e.to_string())?;
            Executor::Gpu(Box::new(gpu))
        }
    })
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// Pixels of the first `--count` images.
fn images(input: &Input) -> Result<Vec<f32>, String> {
    let mut pixels = digit::idx::read_images(&read(&input.images)?)
        .map_err(|e| format!("{}: {e}", input.images.display()))?;
    let there = pixels.len() / PIXELS;
    let count = input.count.map_or(there, |c| c as usize);
    if count > there {
        return Err(format!("{} holds {there} images, not {count}", input.images.display()));
    }
    pixels.truncate(count * PIXELS);
    if pixels.is_empty() {
        return Err(format!("{} holds no images", input.images.display()));
    }
    Ok(pixels)
}

/// As many labels as there are images.
fn labels(path: &Path, images: &[f32]) -> Result<Vec<u8>, String> {
    let mut labels =
        digit::idx::read_labels(&read(path)?).map_err(|e| format!("{}: {e}", path.display()))?;
    let wanted = images.len() / PIXELS;
    if labels.len() < wanted {
        return Err(format!(
            "{} holds {} labels for {wanted} images",
            path.display(),
            labels.len()
        ));
    }
    labels.truncate(wanted);
    Ok(labels)
}
