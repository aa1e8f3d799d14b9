//! What can be asked on the command line.

use std::path::PathBuf;

use blindspots::attack::{Method, Options, Recipe, check_distortion};
use blindspots::study::StudyError;
use blindspots::study::reproduce::shard::Shard;
use blindspots::study::reproduce::{self, Entry};
use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::failure::Failure;
pub(crate) use crate::pixels::{Limits, Pixels};

/// What holds for every command.
const AFTERWARDS: &str = "\
Files to be written are looked at before the work and replaced whole after it; Ctrl-C leaves the old ones.
Where one of them is /dev/stdout, all else that is printed goes to standard error.

Exit status: 0 done, 1 the work failed, 2 wrong arguments, 130 ended by Ctrl-C, 141 whoever read the
results went away.";

/// Intriguing properties of neural networks, from the command line.
#[derive(Parser)]
#[command(version, about, arg_required_else_help = true, after_help = AFTERWARDS)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the bundled networks: name, architecture, training set, parameters, errors.
    Models,
    /// Read digits with a network.
    Classify(Classify),
    /// Find the smallest change that makes a network misread each digit.
    Attack(Attack),
    /// Prove a lower bound on the distance of every misreading.
    Certify(Certify),
    /// Make examples for each of several networks and show them to all of them.
    Transfer(Transfer),
    /// Run the paper's experiments, whole or in parts.
    Reproduce(Reproduce),
    /// Put the parts of a run together.
    Merge(Merge),
    /// Work out again what results of lessons say.
    Verify(Verify),
    /// Write an ONNX file's network in the engine's own format to standard output.
    #[command(hide = true)]
    Lower(Lower),
}

/// Which pixels, which images, which backend.
#[derive(Args)]
pub(crate) struct Input {
    #[command(flatten)]
    pub(crate) pixels: Pixels,
    #[command(flatten)]
    pub(crate) images: Images,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = BackendName::Cpu)]
    pub(crate) backend: BackendName,
    /// Write the results to a JSON file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

/// Which images.
#[derive(Args)]
pub(crate) struct Images {
    /// Images: IDX (28 × 28, gzipped or not), or NPY [N, C, H, W], [N, H, W] or [N, n] from 0 to 1.
    #[arg(long, value_name = "IDX|NPY")]
    pub(crate) images: PathBuf,
    /// How many images, from the start of the file, and their labels; all by default.
    ///
    /// Needed where the two files are not equally long.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) count: Option<u32>,
}

#[derive(Args)]
pub(crate) struct Classify {
    /// A bundled network's name (see `models`) or an ONNX file.
    #[arg(long, value_name = "NAME|FILE.onnx")]
    pub(crate) model: PathBuf,
    #[command(flatten)]
    pub(crate) input: Input,
    /// Labels: IDX (gzipped or not) or NPY [N]; with them the error is reported too.
    #[arg(long, value_name = "IDX|NPY")]
    pub(crate) labels: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Attack {
    /// A bundled network's name (see `models`) or an ONNX file; or several with commas between
    /// them: one change must fool all of them.
    #[arg(long, value_name = "NAME|FILE.onnx[,…]", value_delimiter = ',', required = true)]
    pub(crate) model: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) input: Input,
    /// Labels: IDX (gzipped or not) or NPY [N].
    #[arg(long, value_name = "IDX|NPY")]
    pub(crate) labels: PathBuf,
    /// How to look for the change.
    ///
    /// The smallest one: szegedy (the paper's), szegedy-polished, nearest-boundary, deepfool, cw, ddn.
    /// One within --epsilon: fgsm, pgd-linf, mi-fgsm (largest change of a pixel), pgd-l2 (‖r‖₂).
    /// No search: noise of --distortion.
    #[arg(long, default_value = Method::Szegedy.name(), value_parser = method)]
    pub(crate) method: Method,
    /// Largest change that fgsm, pgd-linf, pgd-l2 and mi-fgsm may make.
    #[arg(long, value_name = "E", allow_negative_numbers = true)]
    pub(crate) epsilon: Option<f32>,
    /// Steps of pgd-linf, pgd-l2, mi-fgsm, deepfool, ddn; of cw, for each of its nine searches.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) steps: Option<u32>,
    /// Distortion of the noise: ‖x′ − x‖₂/√n for images of n pixels.
    #[arg(long, value_name = "D", allow_negative_numbers = true)]
    pub(crate) distortion: Option<f32>,
    /// Seed of everything random: noise, PGD's start, restarts where a gradient vanishes.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// The class to reach; by default any class but the label.
    #[arg(long, value_name = "CLASS", allow_negative_numbers = true)]
    pub(crate) target: Option<usize>,
    /// Find images that 8 bits hold, every pixel a 255th: saved as a picture, they fool as well.
    ///
    /// Methods within --epsilon round within it.
    #[arg(long)]
    pub(crate) eight_bit: bool,
    /// Write the adversarial images as float32 [N, n], or [N, C, H, W] with several channels.
    #[arg(long, value_name = "FILE")]
    pub(crate) save_npy: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Certify {
    /// A bundled network's name (see `models`) or an ONNX file: dense layers with sigmoid,
    /// tanh, ReLU or Clip between and behind them.
    #[arg(long, value_name = "NAME|FILE.onnx")]
    pub(crate) model: PathBuf,
    #[command(flatten)]
    pub(crate) pixels: Pixels,
    #[command(flatten)]
    pub(crate) images: Images,
    /// Labels: IDX (gzipped or not) or NPY [N].
    #[arg(long, value_name = "IDX|NPY")]
    pub(crate) labels: PathBuf,
    /// Write the results to a JSON file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Transfer {
    /// Bundled networks (see `models`) or ONNX files, with commas between them.
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', required = true)]
    pub(crate) models: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) pixels: Pixels,
    #[command(flatten)]
    pub(crate) images: Images,
    /// Labels: IDX (gzipped or not) or NPY [N].
    #[arg(long, value_name = "IDX|NPY")]
    pub(crate) labels: PathBuf,
    /// How to look for the examples.
    #[arg(long, default_value = Method::NearestBoundary.name(), value_parser = method)]
    pub(crate) method: Method,
    /// Also show the examples rescaled to this distortion, ‖x′ − x‖₂/√n, and clipped.
    #[arg(long, value_name = "D", allow_negative_numbers = true)]
    pub(crate) distortion: Option<f32>,
    /// Seed of everything random.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Write the results to a JSON file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Reproduce {
    /// Which experiments; what several need, such as adversarial examples, is made once.
    #[arg(value_name = "EXPERIMENT", required = true, value_parser = experiments())]
    pub(crate) experiments: Vec<String>,
    /// Folder of MNIST's four files, gzipped or not.
    #[arg(long, value_name = "DIR", default_value = "data/mnist")]
    pub(crate) data: PathBuf,
    /// How many digits of every set, from its start; all by default.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) count: Option<u32>,
    /// Seed of everything random.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 0)]
    pub(crate) seed: u64,
    /// How to look for the smallest changes: szegedy, szegedy-polished, nearest-boundary, deepfool, cw, ddn.
    #[arg(long, default_value = Method::NearestBoundary.name(), value_parser = minimising)]
    pub(crate) method: Method,
    /// Other networks than the bundled ones, for experiments that take any: names or ONNX files.
    #[arg(long, visible_alias = "model", value_name = "A,B,…", value_delimiter = ',')]
    pub(crate) models: Option<Vec<PathBuf>>,
    #[command(flatten)]
    pub(crate) limits: Limits,
    /// Run only part K of N; `merge` puts the parts together.
    #[arg(long, value_name = "K/N", value_parser = shard, requires = "json")]
    pub(crate) shard: Option<Shard>,
    /// Write the results, or this part of them, to a JSON file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write the results as a document, next to the paper's.
    #[arg(long, value_name = "FILE", conflicts_with = "shard")]
    pub(crate) markdown: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Merge {
    /// All parts that `reproduce --shard` wrote, or the results of a whole run.
    #[arg(value_name = "PART", required = true)]
    pub(crate) parts: Vec<PathBuf>,
    /// Write the results to a JSON file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write the results as a document, next to the paper's.
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Verify {
    /// Files that students handed in.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The lesson that they have to answer; without it each is checked by the lesson in it.
    #[arg(long, value_name = "FILE")]
    pub(crate) lesson: Option<PathBuf>,
    /// Write a row a file, for spreadsheets.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Write all that was found to a JSON file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

/// Reading an ONNX file in a process of its own: what the other commands start.
#[derive(Args)]
pub(crate) struct Lower {
    /// The ONNX file.
    #[arg(value_name = "FILE.onnx")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) pixels: Pixels,
    /// The images are no digits: sample digits say nothing of it.
    #[arg(long)]
    pub(crate) no_samples: bool,
}

impl Transfer {
    fn check(&self) -> Result<(), String> {
        self.distortion.map_or(Ok(()), check_distortion).map_err(|e| e.to_string())
    }
}

impl Reproduce {
    fn check(&self) -> Result<(), String> {
        match self.entries().find(|entry| self.models.is_some() && !entry.any_network) {
            Some(Entry { name, .. }) => Err(format!("{name} has networks of its own: no --models")),
            None => Ok(()),
        }
    }

    /// The experiments in the paper's order, each once.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &'static Entry> {
        let asked = |name: &str| self.experiments.iter().any(|e| e == name || e == EVERYTHING);
        reproduce::ALL.iter().filter(move |entry| asked(entry.name))
    }
}

/// All experiments.
const EVERYTHING: &str = "all";

/// Names of experiments.
fn experiments() -> PossibleValuesParser {
    let names = reproduce::ALL.iter().map(|entry| entry.name);
    PossibleValuesParser::new(names.chain([EVERYTHING]))
}

impl Attack {
    /// The method with what is asked of it.
    pub(crate) fn recipe(&self) -> Recipe {
        let Attack { epsilon, steps, distortion, seed, eight_bit, .. } = *self;
        let options = Options { epsilon, steps, distortion, seed, eight_bit };
        Recipe { method: self.method, options }
    }
}

impl Arguments {
    /// Reads the command line.
    ///
    /// # Errors
    /// [`Failure::Usage`] where it is wrong, and where it asks for help.
    pub(crate) fn read() -> Result<Arguments, Failure> {
        let arguments = Arguments::try_parse()?;
        let checked = match &arguments.command {
            Command::Attack(attack) => attack.recipe().check().map_err(|e| e.to_string()),
            Command::Transfer(transfer) => transfer.check(),
            Command::Reproduce(reproduce) => reproduce.check(),
            _ => Ok(()),
        };
        checked.map(|()| arguments).map_err(refusal)
    }
}

/// What is wrong with arguments, said as clap says it.
pub(crate) fn refusal(sentence: String) -> Failure {
    Arguments::command().error(ErrorKind::InvalidValue, sentence).into()
}

/// What computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BackendName {
    /// SIMD on all cores.
    Cpu,
    /// The graphics device, through wgpu.
    Webgpu,
}

impl BackendName {
    /// The name in results.
    pub(crate) fn name(self) -> &'static str {
        match self {
            BackendName::Cpu => "cpu",
            BackendName::Webgpu => "webgpu",
        }
    }
}

fn method(name: &str) -> Result<Method, String> {
    Method::named(name).ok_or_else(|| {
        let known: Vec<&str> = Method::ALL.iter().map(|m| m.name()).collect();
        format!("methods are {}", known.join(", "))
    })
}

/// A method that looks for the smallest change.
fn minimising(name: &str) -> Result<Method, String> {
    let minimise = Method::ALL.into_iter().filter(|m| m.minimises());
    method(name).ok().filter(|m| m.minimises()).ok_or_else(|| {
        let known: Vec<&str> = minimise.map(Method::name).collect();
        format!("methods that look for the smallest change are {}", known.join(", "))
    })
}

fn shard(text: &str) -> Result<Shard, String> {
    text.parse().map_err(|error: StudyError| error.to_string())
}
