//! The command line as a user meets it: output, files, exit status.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::models;

fn blindspots(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_blindspots")).args(arguments).output().expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn images() -> String {
    models().join("gallery-images-idx3-ubyte.gz").display().to_string()
}

fn labels() -> String {
    models().join("gallery-labels-idx1-ubyte.gz").display().to_string()
}

/// A file of this test's own.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli");
    std::fs::create_dir_all(&folder).expect("a folder for temporary files");
    folder.join(name)
}

/// Runs, expects a status, and returns what was said on standard error.
fn refused(arguments: &[&str], status: i32) -> String {
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
    assert_eq!(names.len(), 11);
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
    let json = scratch("classify.json");
    let json_text = json.display().to_string();
    let (images, labels) = (images(), labels());
    let arguments = [
        "classify",
        "--model",
        "fc100-100-10",
        "--images",
        &images,
        "--labels",
        &labels,
        "--count",
        "30",
        "--json",
        &json_text,
    ];
    let output = blindspots(&arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let file: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&json).expect("written")).expect("valid");
    let readings = file["images"].as_array().expect("a list");
    assert_eq!(readings.len(), 30);
    let wrong = readings.iter().filter(|r| r["label"] != r["predicted"]).count();
    assert!(wrong <= 3, "{wrong} of 30 gallery digits misread");
    assert_eq!(file["error_rate"].as_f64(), Some(wrong as f64 / 30.0));
}

#[test]
fn attack_writes_what_the_documents_promise() {
    let (json, npy) = (scratch("attack.json"), scratch("attack.npy"));
    let (json_text, npy_text) = (json.display().to_string(), npy.display().to_string());
    let (images, labels) = (images(), labels());
    let arguments = [
        "attack",
        "--model",
        "fc10-1e-4",
        "--images",
        &images,
        "--labels",
        &labels,
        "--count",
        "6",
        "--method",
        "boundary",
        "--json",
        &json_text,
        "--save-npy",
        &npy_text,
    ];
    let output = blindspots(&arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let file: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&json).expect("written")).expect("valid");
    assert_eq!(
        (&file["model"], &file["method"], &file["backend"]),
        (&"fc10-1e-4".into(), &"boundary".into(), &"cpu".into())
    );
    let rows = file["images"].as_array().expect("a list");
    assert_eq!(rows.len(), 6);
    for row in rows {
        for key in [
            "index",
            "label",
            "target",
            "predicted",
            "success",
            "l2",
            "linf",
            "distortion",
            "evaluations",
            "stop",
        ] {
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
fn a_target_leaves_digits_that_show_it_out() {
    let (images, labels) = (images(), labels());
    let json = scratch("target.json");
    let json_text = json.display().to_string();
    let arguments = [
        "attack",
        "--model",
        "fc10-1e-4",
        "--images",
        &images,
        "--labels",
        &labels,
        "--count",
        "8",
        "--target",
        "7",
        "--json",
        &json_text,
    ];
    let output = blindspots(&arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let file: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&json).expect("written")).expect("valid");
    let rows = file["images"].as_array().expect("a list");
    assert!(!rows.is_empty() && rows.len() < 8);
    assert!(rows.iter().all(|r| r["label"] != 7 && r["predicted"] == 7), "{rows:?}");
    assert!(text(&output.stderr).contains("left out"));
}

#[test]
fn wrong_arguments_end_with_2_and_failed_work_with_1() {
    let (images, labels) = (images(), labels());
    refused(&[], 2);
    refused(&["attack", "--model", "fc10-1"], 2);
    let base = ["attack", "--model", "fc10-1", "--images", &images, "--labels", &labels];
    let with = |more: &[&str]| [&base, more].concat().iter().map(|s| s.to_string()).collect();
    let run = |arguments: Vec<String>, status| {
        refused(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), status)
    };
    assert!(run(with(&["--method", "guess"]), 2).contains("szegedy"));
    run(with(&["--count", "0"]), 2);
    run(with(&["--target", "10"]), 2);
    assert!(run(with(&["--count", "101"]), 1).contains("100"));

    let unknown = refused(&["classify", "--model", "fc7", "--images", &images], 1);
    assert!(unknown.contains("fc100-100-10"), "{unknown}");
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
