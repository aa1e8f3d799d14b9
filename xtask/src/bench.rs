//! Speed, cost and quality beside what users could pick instead.
//!
//! The browser's sections run in Node (`benches/browser/`), the native attacks
//! in Python (`benches/peers/`); here they are given a plan and read out.
//! `benches/results.json` keeps the last run of every section, and
//! `benches/RESULTS.md` is written from it.

mod agreement;
mod effort;
mod eight_bit;
mod fuzz;
mod machine;
mod prepare;
mod program;
mod report;
mod results;
mod sections;
mod soak;
mod statistics;
mod table;
mod targets;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use clap::builder::PossibleValuesParser;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{command, data, paths, say};

use effort::Effort;
use machine::Machine;
use results::{BothAttacks, NativeAttacks, NativeRow, Results, Section};

/// What can be asked for; `report` measures nothing and writes what is known again.
pub(crate) const SECTIONS: [&str; 11] = [
    "gradients",
    "peak",
    "device",
    "attacks",
    "others",
    "agreement",
    "eight-bit",
    "scaling",
    "page",
    "drawing",
    "report",
];

/// How to run.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub(crate) struct Options {
    /// Minutes instead of an hour.
    #[arg(long)]
    pub(crate) quick: bool,
    /// These sections only; all where it is not given.
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', value_parser = PossibleValuesParser::new(SECTIONS))]
    pub(crate) only: Vec<String>,
    /// Only how soon a first visit reads: the same as `--only page`.
    #[arg(long, conflicts_with = "only")]
    pub(crate) page: bool,
    /// Networks of the native attacks.
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    pub(crate) models: Option<Vec<String>>,
    /// Digits of the native attacks on batches.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) count: Option<u32>,
}

/// Parts of `soak`.
const SOAKS: [&str; 2] = ["work", "fuzz"];

/// What to do for a long time.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub(crate) struct SoakOptions {
    /// These parts only: `work` reads damaged files and works in a tab, `fuzz` runs the fuzz targets.
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', value_parser = PossibleValuesParser::new(SOAKS))]
    pub(crate) only: Vec<String>,
    /// How many damaged files.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) files: u32,
    /// For how long each fuzz target runs.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) fuzz: u32,
}

/// Works hard for a long time, notes what is left behind, and writes the report; fails where anything is.
pub(crate) fn soak(options: &SoakOptions) -> Result<()> {
    let wants = |name: &str| options.only.is_empty() || options.only.iter().any(|o| o == name);
    let effort = Effort::new(false, None, None);
    let record = paths::at("benches/results.json");
    let mut results = results::kept(&record)?;
    fs::create_dir_all(prepare::folder())?;
    let mut faults = Vec::new();
    if wants("work") {
        let chromium = prepare::browser()?;
        let found = section(&effort, || soak::measure(options.files, &chromium))?;
        faults.extend(found.data.faults());
        results.soak = Some(found);
        keep(&record, &results)?;
    }
    if wants("fuzz") {
        let found = section(&effort, || fuzz::measure(options.fuzz))?;
        faults.extend(found.data.iter().flat_map(results::Fuzzed::faults));
        results.fuzz = Some(found);
        keep(&record, &results)?;
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

/// Installs what is missing, measures, prints and writes the report.
pub(crate) fn run(options: &Options) -> Result<()> {
    let effort = Effort::new(options.quick, options.models.clone(), options.count);
    let only = if options.page { &["page".to_owned()] } else { options.only.as_slice() };
    let wants = |name: &str| only.is_empty() || only.iter().any(|o| o == name);
    let record = paths::at("benches/results.json");
    let mut results = results::kept(&record)?;
    if only == ["report"] {
        return keep(&record, &results);
    }

    fs::create_dir_all(prepare::folder())?;
    if wants("agreement") {
        prepare::digits_and_device()?;
        let program = prepare::tested_command_line()?;
        let measure = || agreement::measure(&effort, &program);
        results.agreement = Some(section(&effort, measure)?);
        keep(&record, &results)?;
    }
    if wants("eight-bit") {
        data::fetch()?;
        let program = prepare::tested_command_line()?;
        let measure = || eight_bit::measure(&effort, &program);
        results.eight_bit = Some(section(&effort, measure)?);
        keep(&record, &results)?;
    }
    // These need no browser.
    if !only.is_empty() && only.iter().all(|o| o == "agreement" || o == "eight-bit") {
        say::line(format_args!("\n{}", report::markdown(&results)));
        return Ok(());
    }
    let browser = Browser { chromium: prepare::browser()?, peak: prepare::peak()? };
    if wants("gradients") || wants("peak") {
        let plan = effort.gradients(wants("gradients"));
        let measured = Some(section(&effort, || browser.measure("gradients", &plan))?);
        if wants("gradients") {
            (results.gradients, results.peak) = (measured, None);
        } else {
            results.peak = measured;
        }
        keep(&record, &results)?;
    }
    if wants("device") {
        results.device = Some(section(&effort, || browser.measure("device", &effort.device()))?);
        keep(&record, &results)?;
    }
    if wants("attacks") {
        let (program, python) = (prepare::command_line()?, prepare::python()?);
        results.attacks = Some(section(&effort, || {
            Ok(BothAttacks {
                browser: browser.measure("attacks", &effort.browser_attacks())?,
                native: native_attacks(effort.native_attacks(), &program, &python)?,
            })
        })?);
        keep(&record, &results)?;
    }
    if wants("others") {
        let (program, python) = (prepare::command_line()?, prepare::python()?);
        let attack = || native_attacks(effort.other_attacks(), &program, &python);
        results.others = Some(section(&effort, attack)?);
        keep(&record, &results)?;
    }
    if wants("scaling") {
        results.scaling = Some(section(&effort, || browser.measure("scaling", &effort.scaling()))?);
        keep(&record, &results)?;
    }
    if wants("page") {
        results.page = Some(section(&effort, || browser.measure("page", &effort.page()))?);
        keep(&record, &results)?;
    }
    if wants("drawing") {
        let measure = || browser.measure("drawing", &effort.drawing());
        results.drawing = Some(section(&effort, measure)?);
        keep(&record, &results)?;
    }
    say::line(format_args!("\n{}", report::markdown(&results)));
    Ok(())
}

/// Measures a section and notes where and for how long.
fn section<T>(effort: &Effort, measure: impl FnOnce() -> Result<T>) -> Result<Section<T>> {
    let machine = Machine::here();
    let start = Instant::now();
    let data = measure()?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Section { machine, quick: effort.quick, seconds, data })
}

/// Writes what is known so far: an hour's work is not lost with its last minute.
fn keep(record: &Path, results: &Results) -> Result<()> {
    results::write(record, results)?;
    let report = record.with_file_name("RESULTS.md");
    fs::write(&report, report::markdown(results)).with_context(|| report.display().to_string())
}

/// What the browser's sections need.
struct Browser {
    chromium: PathBuf,
    peak: PathBuf,
}

impl Browser {
    /// Runs one section of `benches/browser/run.mjs`.
    fn measure<T: DeserializeOwned>(&self, name: &str, options: &Value) -> Result<T> {
        let plan =
            json!({ "folders": { "/peak/": self.peak }, "section": name, "options": options });
        let mut node = command::program("node");
        node.current_dir(paths::browser_benches()).arg("run.mjs");
        node.env("CHROMIUM", &self.chromium).env("SITE", prepare::folder().join("site"));
        measured(name, node, &plan)
    }
}

/// Runs `benches/peers/run.py`: ours and others' attacks on the same digits.
fn native_attacks(mut plan: Value, program: &Path, python: &Path) -> Result<NativeAttacks> {
    #[derive(Deserialize)]
    struct Found {
        rows: Vec<NativeRow>,
    }
    plan["program"] = json!(program);
    plan["data"] = json!(data::folder());
    let mut peers = command::program(&python.to_string_lossy());
    peers.arg(paths::at("benches/peers/run.py"));
    let threads = machine::cores();
    for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"] {
        peers.env(name, threads.to_string());
    }
    let found: Found = measured("native", peers, &plan)?;
    Ok(NativeAttacks { threads, rows: found.rows })
}

/// Gives a program its plan in a file and reads its results from another.
fn measured<T: DeserializeOwned>(name: &str, mut program: Command, plan: &Value) -> Result<T> {
    let file = |kind: &str| prepare::folder().join(format!("{name}-{kind}.json"));
    let (asked, found) = (file("plan"), file("results"));
    results::write(&asked, plan)?;
    command::run(program.arg(&asked).arg(&found))?;
    results::read(&found)
}
