//! `blindspots reproduce`: the paper's experiments, whole or in parts.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use blindspots::digit;
use blindspots::digit::idx::{self, Digits};
use blindspots::study::reproduce::report::RunReport;
use blindspots::study::reproduce::shard::{self, Part, Shard};
use blindspots::study::reproduce::{Materials, Request, Subject};

use super::inputs::{digits_network, joined};
use super::progress_bar;
use crate::args::{Limits, Reproduce};
use crate::bundled::{self, Bundled};
use crate::failure::Failure;
use crate::files::{self, PartFile, Wanted, read};
use crate::{interrupt, output};

/// Makes the experiments, or a part of their work.
pub(super) fn run(options: &Reproduce) -> Result<(), Failure> {
    let started = Instant::now();
    let outputs = Outputs::wanted(options.json.as_deref(), options.markdown.as_deref())?;
    let materials = materials(options)?;
    let shard = options.shard.unwrap_or(Shard::WHOLE);
    let kept = outputs.json.as_ref().and_then(Wanted::part);
    let part = Arc::new(Mutex::new(begun(&materials, shard, kept.as_ref())?));
    let salvage = {
        let (part, kept) = (part.clone(), kept.clone());
        move || kept.map_or(Ok(None), |file| keep(&taken(&part), &file))
    };
    let bar = progress_bar(0);
    let made = interrupt::keeping(salvage, || {
        shard::finish(&materials, &part, |more, whole| {
            bar.set_length(whole);
            bar.inc(more);
        })
    });
    bar.finish_and_clear();
    made.map_err(|e| e.to_string())?;
    let part = taken(&part).clone();
    output::remark(format_args!("{:.0} s", started.elapsed().as_secs_f64()));
    if let (Some(shard), Some(path), Some(file)) = (options.shard, &options.json, &outputs.json) {
        file.write_json(&part)?;
        output::line(format_args!("part {shard} is in {}", path.display()));
    } else {
        outputs.publish(&shard::merge(&[part]).map_err(|e| e.to_string())?)?;
    }
    if let Some(file) = kept {
        file.remove();
    }
    Ok(())
}

fn taken(part: &Mutex<Part>) -> MutexGuard<'_, Part> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A part to which what an earlier run finished is added.
fn begun(materials: &Materials, shard: Shard, kept: Option<&PartFile>) -> Result<Part, Failure> {
    let mut part = Part::begun(materials, shard);
    let Some(file) = kept else { return Ok(part) };
    let Some(bytes) = file.read()? else { return Ok(part) };
    let path = file.path().display();
    let earlier = serde_json::from_slice(&bytes).map_err(|e| e.to_string());
    let earlier = earlier.and_then(|earlier| part.go_on(earlier).map_err(|e| e.to_string()));
    earlier.map_err(|reason| {
        format!(
            "{path} does not go with this run: {reason}; remove it, or name another --json file"
        )
    })?;
    let (done, all) = part.pieces().map_err(|e| e.to_string())?;
    output::remark(format_args!("goes on from {path}, with {done} of {all} pieces of work done"));
    Ok(part)
}

/// Keeps what is finished where a signal ends the run.
fn keep(part: &Part, file: &PartFile) -> Result<Option<String>, Failure> {
    let (done, all) = part.pieces().map_err(|e| e.to_string())?;
    if done == 0 {
        return Ok(None);
    }
    file.write_json(part)?;
    let path = file.path().display();
    Ok(Some(format!(
        "{path} holds {done} of {all} pieces of work, from which the same command goes on"
    )))
}

/// Where a report goes.
pub(super) struct Outputs {
    json: Option<Wanted>,
    markdown: Option<Wanted>,
}

impl Outputs {
    /// Looks whether the files can be written.
    pub(super) fn wanted(json: Option<&Path>, markdown: Option<&Path>) -> Result<Outputs, Failure> {
        let json = files::wanted("--json", json)?;
        Ok(Outputs { json, markdown: files::wanted("--markdown", markdown)? })
    }

    /// Writes a report where it is wanted; the document on standard output where nowhere.
    pub(super) fn publish(&self, report: &RunReport) -> Result<(), Failure> {
        let text = report.markdown().map_err(|e| e.to_string())?;
        let json = self.json.as_ref().map_or(Ok(()), |file| file.write_json(report));
        let document = match &self.markdown {
            Some(file) => file.write(|out| out.write_all(text.as_bytes())),
            None => {
                output::text(text);
                Ok(())
            }
        };
        json.and(document)
    }
}

/// Networks and digits.
fn materials(options: &Reproduce) -> Result<Materials, Failure> {
    let test = digits(&options.data, "t10k")?;
    let training = options.entries().any(|entry| entry.training);
    let training = training.then(|| digits(&options.data, "train")).transpose()?;
    let request = Request {
        experiments: options.entries().map(|entry| entry.name.to_owned()).collect(),
        count: options.count.map(|count| count as usize),
        method: options.method,
        seed: options.seed,
    };
    let subjects: Result<Vec<Subject>, Failure> = match &options.models {
        Some(pieces) => joined(pieces).iter().map(|name| subject(name, options.limits)).collect(),
        None => {
            let names = bundled::ALL.iter().map(|bundled| Path::new(bundled.name));
            names.map(|name| subject(name, options.limits)).collect()
        }
    };
    Ok(Materials::new(request, subjects?, test, training).map_err(|e| e.to_string())?)
}

/// A network with its title, if it has one.
fn subject(name: &Path, limits: Limits) -> Result<Subject, Failure> {
    let network = digits_network(name, limits)?;
    let card = Bundled::named(name).map(Bundled::card).transpose();
    let name = name.display().to_string();
    let card = card.map_err(|e| format!("the card of {name}: {e}"))?;
    let title = card.map_or(name.clone(), |card| card.title);
    digit::check(&network).map_err(|e| format!("{name}: {e}"))?;
    Ok(Subject { name, title, network })
}

/// The digits of one of MNIST's two sets.
fn digits(folder: &Path, set: &str) -> Result<Digits, Failure> {
    let (images, labels) = (
        file(folder, &format!("{set}-images-idx3-ubyte"))?,
        file(folder, &format!("{set}-labels-idx1-ubyte"))?,
    );
    let digits = idx::read_digits(&read(&images)?, &read(&labels)?);
    Ok(digits.map_err(|e| format!("{}: {e}", images.display()))?)
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
