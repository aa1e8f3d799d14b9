//! The command line as a user meets it: output, files, exit status.

mod common;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use blindspots::attack::{Method, Setting};
use common::models;
use serde_json::Value;

fn blindspots<S: AsRef<OsStr>>(arguments: &[S]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_blindspots")).args(arguments).output().expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn gallery(part: &str) -> String {
    models().join(format!("gallery-{part}-ubyte.gz")).display().to_string()
}

/// A file of this test's own.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli");
    std::fs::create_dir_all(&folder).expect("a folder for temporary files");
    folder.join(name)
}

/// A command for the gallery's digits, with more arguments.
fn on_gallery(command: &str, model: &str, more: &[&str]) -> Vec<String> {
    let (images, labels) = (gallery("images-idx3"), gallery("labels-idx1"));
    let arguments = [command, "--model", model, "--images", &images, "--labels", &labels];
    arguments.iter().chain(more).map(|s| (*s).to_owned()).collect()
}

/// Runs such a command; what it wrote to its JSON file, and all it said.
fn written(file: &str, mut arguments: Vec<String>) -> (Value, Output) {
    let json = scratch(file);
    arguments.extend(["--json".to_owned(), json.display().to_string()]);
    let output = blindspots(&arguments);
    let read = std::fs::read(&json)
        .unwrap_or_else(|e| panic!("{arguments:?}: {e}: {}", text(&output.stderr)));
    (serde_json::from_slice(&read).expect("valid"), output)
}

/// The same of a command that succeeds.
fn succeeded(file: &str, arguments: Vec<String>) -> (Value, Output) {
    let (json, output) = written(file, arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    (json, output)
}

/// Runs, expects a status, and returns what was said on standard error.
fn refused<S: AsRef<OsStr> + std::fmt::Debug>(arguments: &[S], status: i32) -> String {
    let output = blindspots(arguments);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stderr)
}

#[test]
fn models_lists_every_bundled_network_with_its_errors() {
    let output = blindspots(&["models"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let listed = text(&output.stdout);
    let index = std::fs::read_to_string(models().join("index.json")).expect("the index");
    let index: serde_json::Value = serde_json::from_str(&index).expect("valid");
    let names: Vec<&str> = index
        .as_array()
        .expect("a list")
        .iter()
        .map(|m| m["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(names.len(), 12);
    for name in names {
        let row = listed.lines().find(|l| l.split_whitespace().next() == Some(name));
        let row = row.unwrap_or_else(|| panic!("{name} is missing in\n{listed}"));
        let card = std::fs::read_to_string(models().join(format!("{name}.json"))).expect("a card");
        let card: serde_json::Value = serde_json::from_str(&card).expect("valid");
        let error = format!("{:.2}", card["errors"]["test"].as_f64().expect("a number"));
        assert!(row.contains(&error), "{row} lacks {error}");
    }
}

#[test]
fn classify_reads_the_gallery_and_counts_mistakes() {
    let arguments = on_gallery("classify", "fc100-100-10", &["--count", "30"]);
    let (file, _) = succeeded("classify.json", arguments);
    let readings = file["images"].as_array().expect("a list");
    assert_eq!(readings.len(), 30);
    let wrong = readings.iter().filter(|r| r["label"] != r["predicted"]).count();
    assert!(wrong <= 3, "{wrong} of 30 gallery digits misread");
    assert_eq!(file["error_rate"].as_f64(), Some(wrong as f64 / 30.0));
}

#[test]
fn attack_writes_what_the_documents_promise() {
    let npy = scratch("attack.npy");
    let npy_text = npy.display().to_string();
    let more = ["--count", "6", "--method", "boundary", "--save-npy", &npy_text];
    let (file, _) = succeeded("attack.json", on_gallery("attack", "fc10-1e-4", &more));
    assert_eq!(
        (&file["model"], &file["method"], &file["backend"]),
        (&"fc10-1e-4".into(), &"boundary".into(), &"cpu".into())
    );
    let rows = file["images"].as_array().expect("a list");
    assert_eq!(rows.len(), 6);
    let keys = ["index", "label", "target", "predicted", "success", "l2", "linf", "distortion"];
    for row in rows {
        for key in keys.into_iter().chain(["evaluations", "stop"]) {
            assert!(row.get(key).is_some(), "{key} is missing in {row}");
        }
        assert_eq!(row["success"], true);
    }
    for key in
        ["success_rate", "mean_l2", "median_l2", "seconds", "images_per_second", "evaluations"]
    {
        assert!(file["summary"][key].is_number(), "{key}: {}", file["summary"]);
    }
    let bytes = std::fs::read(&npy).expect("written");
    assert_eq!(&bytes[..6], b"\x93NUMPY");
    let data = &bytes[bytes.len() - 6 * 784 * 4..];
    let pixels = data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
    assert!(pixels.clone().all(|v| (0.0..=1.0).contains(&v)));
    assert!(pixels.clone().any(|v| v > 0.5), "the images are not empty");
}

#[test]
fn every_method_runs_with_what_it_can_be_asked() {
    for method in Method::ALL {
        let mut more = vec!["--count", "3", "--method", method.name()];
        for setting in method.settings() {
            more.extend(match setting {
                Setting::Epsilon => ["--epsilon", "0.2"],
                Setting::Steps => ["--steps", "12"],
                Setting::Distortion => ["--distortion", "0.2"],
                Setting::Seed => ["--seed", "5"],
            });
        }
        let name = format!("method-{}.json", method.name());
        let (file, output) = written(&name, on_gallery("attack", "fc10-1e-4", &more));
        assert_eq!(file["method"], method.name());
        let rows = file["images"].as_array().expect("a list");
        assert_eq!(rows.len(), 3);
        let failed = rows.iter().filter(|r| r["success"] == false).count();
        // Whoever looks for the smallest change must find one; others have a budget.
        let lost = method.minimises() && failed > 0;
        assert_eq!(output.status.code(), Some(i32::from(lost)), "{}", method.name());
        assert!(!lost || method == Method::Cw, "{} in 12 steps", method.name());
        let linf = rows.iter().filter_map(|r| r["linf"].as_f64()).fold(0.0, f64::max);
        if method.settings().contains(&Setting::Epsilon) {
            assert!(linf <= 0.2 + 1e-6, "{} went {linf}", method.name());
        }
        if method == Method::Fgsm {
            assert!(linf > 0.19, "the step was taken: {linf}");
        }
    }
}

#[test]
fn one_change_is_found_for_several_networks() {
    let more = ["--count", "4", "--method", "boundary"];
    let both = "fc10-1e-4,fc100-100-10";
    let (file, _) = succeeded("ensemble.json", on_gallery("attack", both, &more));
    assert_eq!(file["model"], both);
    for row in file["images"].as_array().expect("a list") {
        let readings = row["readings"].as_array().expect("one a network");
        assert_eq!(readings.len(), 2);
        assert!(readings.iter().all(|r| *r != row["label"]), "{row}");
        assert_eq!(row["predicted"], readings[0]);
    }
    // One network alone needs no list.
    let (file, _) = succeeded("alone.json", on_gallery("attack", "fc10-1e-4", &more));
    assert!(file["images"][0].get("readings").is_none());
}

#[test]
fn a_target_leaves_digits_that_show_it_out() {
    let more = ["--count", "8", "--target", "7"];
    let (file, output) = succeeded("target.json", on_gallery("attack", "fc10-1e-4", &more));
    let rows = file["images"].as_array().expect("a list");
    assert!(!rows.is_empty() && rows.len() < 8);
    assert!(rows.iter().all(|r| r["label"] != 7 && r["predicted"] == 7), "{rows:?}");
    assert!(text(&output.stderr).contains("left out"));
}

#[test]
fn wrong_arguments_end_with_2_and_failed_work_with_1() {
    refused::<&str>(&[], 2);
    refused(&["attack", "--model", "fc10-1"], 2);
    let run = |more: &[&str], status| refused(&on_gallery("attack", "fc10-1", more), status);
    assert!(run(&["--method", "guess"], 2).contains("szegedy"));
    run(&["--count", "0"], 2);
    run(&["--target", "10"], 2);
    assert!(run(&["--count", "101"], 1).contains("100"));

    let not_taken = run(&["--method", "ddn", "--epsilon", "0.1"], 2);
    assert!(not_taken.contains("ddn takes no epsilon; it takes steps, seed"), "{not_taken}");
    run(&["--steps", "10"], 2);
    for bad in ["-0.5", "0", "NaN", "inf"] {
        let error = run(&["--method", "fgsm", "--epsilon", bad], 2);
        assert!(error.contains("epsilon must be a finite number above 0"), "{error}");
        assert!(error.contains(&format!("not {bad}")), "{error}");
    }
    assert!(run(&["--method", "noise", "--distortion", "1.5"], 2).contains("1.5"));
    run(&["--method", "pgd-l2", "--steps", "0"], 2);
    run(&["--method", "pgd-l2", "--steps", "-3"], 2);

    let images = gallery("images-idx3");
    let unknown = refused(&["classify", "--model", "fc7", "--images", &images], 1);
    assert!(unknown.contains("fc100-100-10"), "{unknown}");
    assert!(refused(&on_gallery("attack", "fc10-1,fc7", &[]), 1).contains("fc7:"));
    let labels = gallery("labels-idx1");
    let swapped = refused(&["classify", "--model", "fc10-1", "--images", &labels], 1);
    assert!(swapped.contains("labels"), "{swapped}");
    let fixture = |name: &str| format!("{}/tests/fixtures/onnx/{name}", env!("CARGO_MANIFEST_DIR"));
    let lstm = fixture("reject-lstm.onnx");
    let unsupported = refused(&["classify", "--model", &lstm, "--images", &images], 1);
    assert!(unsupported.contains("cannot be differentiated"), "{unsupported}");
    let text_file = fixture("reject-text.onnx");
    let not_onnx = refused(&["classify", "--model", &text_file, "--images", &images], 1);
    assert!(not_onnx.contains("not an ONNX file"), "{not_onnx}");
}
