//! `blindspots reproduce`: the paper's experiments, whole or in parts.

use std::path::{Path, PathBuf};
use std::time::Instant;

use blindspots::digit;
use blindspots::digit::idx::{self, Digits};
use blindspots::study::reproduce::report::RunReport;
use blindspots::study::reproduce::shard::{self, Shard};
use blindspots::study::reproduce::{Materials, Request, Subject};

use super::inputs::{digits_network, read};
use super::progress_bar;
use crate::args::{Limits, Reproduce};
use crate::bundled::{self, Bundled};
use crate::output::write_json;

/// Makes the experiments, or a part of their work.
pub(super) fn run(options: &Reproduce) -> Result<(), String> {
    let started = Instant::now();
    let materials = materials(options)?;
    let bar = progress_bar(0);
    let part = shard::run(&materials, options.shard.unwrap_or(Shard::WHOLE), |more, whole| {
        bar.set_length(whole);
        bar.inc(more);
    });
    bar.finish_and_clear();
    let part = part.map_err(|e| e.to_string())?;
    eprintln!("{:.0} s", started.elapsed().as_secs_f64());
    if let (Some(shard), Some(path)) = (options.shard, &options.json) {
        println!("part {shard} is in {}", path.display());
        return write_json(path, &part);
    }
    let report = shard::merge(&[part]).map_err(|e| e.to_string())?;
    publish(&report, options.json.as_deref(), options.markdown.as_deref())
}

/// Writes a report where it is wanted; on standard output where nowhere.
pub(super) fn publish(
    report: &RunReport,
    json: Option<&Path>,
    markdown: Option<&Path>,
) -> Result<(), String> {
    let text = report.markdown().map_err(|e| e.to_string())?;
    if let Some(path) = json {
        write_json(path, report)?;
    }
    match markdown {
        Some(path) => std::fs::write(path, text).map_err(|e| format!("{}: {e}", path.display())),
        None => {
            print!("{text}");
            Ok(())
        }
    }
}

/// Networks and digits.
fn materials(options: &Reproduce) -> Result<Materials, String> {
    let test = digits(&options.data, "t10k")?;
    let training = options.entries().any(|entry| entry.training);
    let training = training.then(|| digits(&options.data, "train")).transpose()?;
    let request = Request {
        experiments: options.entries().map(|entry| entry.name.to_owned()).collect(),
        count: options.count.map(|count| count as usize),
        method: options.method,
        seed: options.seed,
    };
    let subjects: Result<Vec<Subject>, String> = match &options.models {
        Some(names) => names.iter().map(|name| subject(name, options.limits)).collect(),
        None => bundled::ALL.iter().map(|bundled| subject(bundled.name, options.limits)).collect(),
    };
    Materials::new(request, subjects?, test, training).map_err(|e| e.to_string())
}

/// A network with its title, if it has one.
fn subject(name: &str, limits: Limits) -> Result<Subject, String> {
    let card = Bundled::named(name).map(Bundled::card).transpose();
    let card = card.map_err(|e| format!("the card of {name}: {e}"))?;
    let title = card.map_or(name.to_owned(), |card| card.title);
    let network = digits_network(name, limits)?;
    digit::check(&network).map_err(|e| format!("{name}: {e}"))?;
    Ok(Subject { name: name.to_owned(), title, network })
}

/// The digits of one of MNIST's two sets.
fn digits(folder: &Path, set: &str) -> Result<Digits, String> {
    let (images, labels) = (
        file(folder, &format!("{set}-images-idx3-ubyte"))?,
        file(folder, &format!("{set}-labels-idx1-ubyte"))?,
    );
    idx::read_digits(&read(&images)?, &read(&labels)?)
        .map_err(|e| format!("{}: {e}", images.display()))
}

/// A file, plain or gzipped.
fn file(folder: &Path, name: &str) -> Result<PathBuf, String> {
    let there = [folder.join(name), folder.join(format!("{name}.gz"))].into_iter();
    there.into_iter().find(|path| path.exists()).ok_or_else(|| {
        format!(
            "{} is missing: `cargo xtask data` puts MNIST into data/mnist/; \
            --data names another folder",
            folder.join(name).display()
        )
    })
}
