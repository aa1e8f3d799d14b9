//! What can be asked on the command line.

use std::path::PathBuf;

use blindspots::attack::{AttackError, Method, Options, Recipe};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

/// Intriguing properties of neural networks, from the command line.
#[derive(Parser)]
#[command(version, about, arg_required_else_help = true)]
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
}

/// Which network, which digits, on what.
#[derive(Args)]
pub(crate) struct Input {
    /// A bundled network's name (see `models`) or an ONNX file.
    ///
    /// `attack` also takes several, as A,B,C: one change shall fool all of them.
    #[arg(long, value_name = "NAME|FILE.onnx")]
    pub(crate) model: String,
    /// IDX file of 28 × 28 images, gzipped or not.
    #[arg(long, value_name = "IDX")]
    pub(crate) images: PathBuf,
    /// How many digits, from the start of the file; all where it is not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) count: Option<u32>,
    /// What computes.
    #[arg(long, value_enum, default_value_t = BackendName::Cpu)]
    pub(crate) backend: BackendName,
    /// Write the results to a JSON file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Classify {
    #[command(flatten)]
    pub(crate) input: Input,
    /// IDX file of labels, gzipped or not; then the error is reported too.
    #[arg(long, value_name = "IDX")]
    pub(crate) labels: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Attack {
    #[command(flatten)]
    pub(crate) input: Input,
    /// IDX file of labels, gzipped or not.
    #[arg(long, value_name = "IDX")]
    pub(crate) labels: PathBuf,
    /// How to look for the change.
    ///
    /// The smallest one: szegedy (the paper's), szegedy-polished, boundary, deepfool, cw, ddn.
    /// One within --epsilon: fgsm, pgd-linf, mi-fgsm (largest change of a pixel), pgd-l2 (‖r‖₂).
    /// No search: noise of --distortion.
    #[arg(long, default_value = Method::Szegedy.name(), value_parser = method)]
    pub(crate) method: Method,
    /// Largest change that fgsm, pgd-linf, pgd-l2 and mi-fgsm may make.
    #[arg(long, value_name = "E", allow_negative_numbers = true)]
    pub(crate) epsilon: Option<f32>,
    /// Steps of pgd-linf, pgd-l2, mi-fgsm, deepfool, ddn; of cw, for each of its nine searches.
    #[arg(long, value_name = "N")]
    pub(crate) steps: Option<u32>,
    /// Distortion of the noise, √(Σ(x′−x)²/784).
    #[arg(long, value_name = "D", allow_negative_numbers = true)]
    pub(crate) distortion: Option<f32>,
    /// Seed of everything random: noise, PGD's start, further starts where a gradient vanishes.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// The class to reach; any other than the label where it is not given.
    #[arg(long, value_name = "0-9", value_parser = clap::value_parser!(u8).range(0..10))]
    pub(crate) target: Option<u8>,
    /// Write the adversarial images as float32 [N, 784].
    #[arg(long, value_name = "FILE")]
    pub(crate) save_npy: Option<PathBuf>,
}

impl Attack {
    /// The method with what is asked of it.
    pub(crate) fn recipe(&self) -> Recipe {
        let Attack { epsilon, steps, distortion, seed, .. } = *self;
        Recipe { method: self.method, options: Options { epsilon, steps, distortion, seed } }
    }
}

impl Arguments {
    /// Reads the command line; ends the program where it is wrong.
    pub(crate) fn read() -> Arguments {
        let arguments = Arguments::parse();
        if let Command::Attack(attack) = &arguments.command
            && let Err(error) = attack.recipe().check()
        {
            refuse(&error);
        }
        arguments
    }
}

/// Says what is wrong with an option as clap does, and ends with its status.
fn refuse(error: &AttackError) -> ! {
    Arguments::command().error(ErrorKind::InvalidValue, error).exit()
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
