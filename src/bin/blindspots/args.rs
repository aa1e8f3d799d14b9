//! What can be asked on the command line.

use std::path::PathBuf;

use blindspots::attack::Method;
use clap::{Args, Parser, Subcommand, ValueEnum};

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
    #[arg(long, default_value = Method::Szegedy.name(), value_parser = method)]
    pub(crate) method: Method,
    /// The class to reach; any other than the label where it is not given.
    #[arg(long, value_name = "0-9", value_parser = clap::value_parser!(u8).range(0..10))]
    pub(crate) target: Option<u8>,
    /// Write the adversarial images as float32 [N, 784].
    #[arg(long, value_name = "FILE")]
    pub(crate) save_npy: Option<PathBuf>,
}

/// What computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BackendName {
    /// SIMD on all cores.
    Cpu,
    /// The graphics device, through wgpu.
    Webgpu,
}

fn method(name: &str) -> Result<Method, String> {
    Method::named(name).ok_or_else(|| {
        let known: Vec<&str> = Method::ALL.iter().map(|m| m.name()).collect();
        format!("methods are {}", known.join(", "))
    })
}
