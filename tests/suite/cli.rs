//! The command line as a user meets it: output, files, exit status.

mod arguments;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod interrupt;
mod labels;
mod npy;
#[cfg(target_os = "linux")]
mod paths;
#[cfg(target_os = "linux")]
mod pipes;
#[cfg(target_os = "linux")]
mod salvage;
mod verify;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use blindspots::attack::{Method, Setting};
use serde_json::Value;

use crate::testing::models;

fn blindspots<S: AsRef<OsStr>>(arguments: &[S]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_blindspots")).args(arguments).output().expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn gallery(part: &str) -> String {
    models().join(format!("gallery-{part}-ubyte.gz")).display().to_string()
}

/// An empty folder of this test's own.
fn empty_folder(name: &str) -> PathBuf {
    let folder = scratch(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("it is removed");
    }
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
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
    let more = ["--count", "6", "--method", "nearest-boundary", "--save-npy", &npy_text];
    let (file, _) = succeeded("attack.json", on_gallery("attack", "fc10-1e-4", &more));
    assert_eq!(
        (&file["model"], &file["method"], &file["backend"]),
        (&"fc10-1e-4".into(), &"nearest-boundary".into(), &"cpu".into())
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
    let more = ["--count", "4", "--method", "nearest-boundary"];
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
    run(&["--target", "ten"], 2);
    assert!(run(&["--target", "10"], 1).contains("classes are 0 to 9"));
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
    let jumps = fixture("reject-non-max-suppression.onnx");
    let unsupported = refused(&["classify", "--model", &jumps, "--images", &images], 1);
    assert!(unsupported.contains("cannot be differentiated"), "{unsupported}");
    let text_file = fixture("reject-text.onnx");
    let not_onnx = refused(&["classify", "--model", &text_file, "--images", &images], 1);
    assert!(not_onnx.contains("not an ONNX file"), "{not_onnx}");
}

#[test]
fn a_network_that_rounds_says_that_gradients_go_straight_through() {
    let rounds = format!("{}/tests/fixtures/onnx/op-quantised-u8.onnx", env!("CARGO_MANIFEST_DIR"));
    for (model, expected) in [(rounds.as_str(), true), ("fc10-1", false)] {
        let arguments = on_gallery("attack", model, &["--count", "2"]);
        let (json, output) = written("rounds.json", arguments);
        assert_eq!(json["straight_through"], expected, "{model}");
        assert_eq!(text(&output.stderr).contains("straight through"), expected, "{model}");
    }
}

#[test]
fn weights_in_a_second_file_are_read_beside_the_first() {
    let fixture = format!("{}/tests/fixtures/graphs/external.onnx", env!("CARGO_MANIFEST_DIR"));
    let images = gallery("images-idx3");
    let classify = |model: &str| refused(&["classify", "--model", model, "--images", &images], 1);
    // It is loaded, and reads other images than the gallery's.
    let loaded = classify(&fixture);
    assert!(loaded.contains("28 × 28, the network reads 8 × 8"), "{loaded}");
    let alone = scratch("alone.onnx");
    std::fs::copy(&fixture, &alone).expect("a copy");
    let missing = classify(&alone.display().to_string());
    assert!(
        missing.contains("a second file, “external.onnx.data”, which is not there"),
        "{missing}"
    );
}

#[test]
fn transfer_shows_every_example_to_every_network() {
    let models = "fc10-1e-4,fc100-100-10";
    let (images, labels) = (gallery("images-idx3"), gallery("labels-idx1"));
    let base = ["transfer", "--models", models, "--images", &images, "--labels", &labels];
    let run = |file: &str, more: &[&str]| {
        let arguments = base.iter().chain(more).map(|s| (*s).to_owned()).collect();
        succeeded(file, arguments).0
    };
    let plain = run("transfer.json", &["--count", "20"]);
    let rows = plain["rows"].as_array().expect("a list");
    let what = |rows: &[Value]| -> Vec<String> {
        rows.iter().map(|row| format!("{} {}", row["made_for"], row["what"])).collect()
    };
    let (one, other) = (r#""fc10-1e-4""#, r#""fc100-100-10""#);
    let expected = [(one, "examples"), (other, "examples"), (one, "noise"), (other, "noise")];
    assert_eq!(what(rows), expected.map(|(made_for, what)| format!("{made_for} \"{what}\"")));
    assert_eq!((&rows[0]["errors"][0], &rows[1]["errors"][1]), (&100.0.into(), &100.0.into()));
    let size = |row: &Value| row["distortion"].as_f64().expect("a number");
    assert!((size(&rows[0]) - size(&rows[2])).abs() < 1e-4, "noise is as strong");

    let magnified = run("magnified.json", &["--count", "20", "--distortion", "0.1"]);
    let rows = magnified["rows"].as_array().expect("a list");
    assert_eq!(rows.len(), 8);
    assert!((0.09..0.1001).contains(&size(&rows[4])), "{}", rows[4]);
    assert!(rows[5]["errors"][0].as_f64() > rows[1]["errors"][0].as_f64());

    for bad in ["0", "-1", "1.5", "NaN"] {
        let arguments: Vec<&str> = base.into_iter().chain(["--distortion", bad]).collect();
        assert!(refused(&arguments, 2).contains("distortion must be"), "{bad}");
    }
    let arguments = base.map(|a| if a == models { "fc10-1,fc7" } else { a });
    assert!(refused(&arguments, 1).contains("fc7"));
}

/// The gallery under the names of the test set, in a folder of a test's own.
fn data(test: &str) -> PathBuf {
    let folder = scratch(test);
    std::fs::create_dir_all(&folder).expect("a folder");
    for part in ["images-idx3", "labels-idx1"] {
        let there = folder.join(format!("t10k-{part}-ubyte.gz"));
        std::fs::copy(gallery(part), there).expect("it is copied");
    }
    folder
}

#[test]
fn experiments_run_whole_or_in_parts_that_are_merged() {
    let data = data("mnist-of-parts").display().to_string();
    let path = |name: &str| scratch(name).display().to_string();
    let base = ["reproduce", "table4", "--count", "5", "--seed", "3", "--data", &data];
    let run = |more: &[&str]| {
        let arguments: Vec<&str> = base.iter().chain(more).copied().collect();
        let output = blindspots(&arguments);
        assert!(output.status.success(), "{more:?}: {}", text(&output.stderr));
        output
    };
    let (json, markdown) = (path("table4.json"), path("table4.md"));
    run(&["--json", &json, "--markdown", &markdown]);
    let shown = run(&[]);
    let document = std::fs::read_to_string(&markdown).expect("written");
    assert_eq!(text(&shown.stdout), document, "without files, the document is printed");
    assert!(document.contains("## Table 4") && !document.contains("## Table 2"), "{document}");
    let parts = [path("part-1.json"), path("part-2.json"), path("part-3.json")];
    for (shard, part) in ["1/3", "2/3", "3/3"].into_iter().zip(&parts) {
        run(&["--shard", shard, "--json", part]);
    }
    let [one, two, three] = parts.each_ref().map(String::as_str);
    let (merged, again) = (path("merged.json"), path("merged.md"));
    let merge = |arguments: &[&str]| {
        let output = blindspots(&[&["merge"][..], arguments].concat());
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    };
    merge(&[three, one, two, "--json", &merged, "--markdown", &again]);
    let read = |path: &str| std::fs::read(path).expect("written");
    assert_eq!(read(&merged), read(&json));
    assert_eq!(read(&again), read(&markdown));
    // The results of a whole run are only rendered again.
    merge(&[&json, "--markdown", &again]);
    assert_eq!(read(&again), read(&markdown));

    assert!(refused(&["merge", one, two], 1).contains("3/3 missing"));
    assert!(refused(&["merge", one, two, two], 1).contains("2/3 is there twice"));
    assert!(refused(&["merge", one, &json], 1).contains("not what `reproduce --shard` writes"));
    assert!(refused(&["merge", one, "nowhere.json"], 1).contains("nowhere.json"));
    refused(&["merge"], 2);
}

#[test]
fn runs_that_cannot_be_are_refused() {
    let data = data("mnist-of-refusals").display().to_string();
    let run = |more: &[&str], status| {
        let base = ["reproduce", "--data", &data];
        refused(&base.into_iter().chain(more.iter().copied()).collect::<Vec<_>>(), status)
    };
    assert!(run(&["table5"], 2).contains("table1, table2"));
    run(&[], 2);
    run(&["table2", "--count", "0"], 2);
    for shard in ["0/3", "4/3", "3", "x/y"] {
        let said = run(&["table2", "--json", "x.json", "--shard", shard], 2);
        assert!(said.contains("K from 1 to N"), "{said}");
    }
    assert!(run(&["table2", "--shard", "1/2"], 2).contains("--json"));
    run(&["table2", "--shard", "1/2", "--json", "x.json", "--markdown", "x.md"], 2);
    assert!(run(&["table2", "--method", "fgsm"], 2).contains("boundary"));
    assert!(run(&["table2", "--models", "cnn"], 2).contains("networks of its own"));
    assert!(run(&["table2", "--count", "101"], 1).contains("the test set has 100"));
    // The gallery comes without training digits.
    assert!(run(&["table1", "--count", "5"], 1).contains("cargo xtask data"));
    assert!(refused(&["reproduce", "table2", "--data", "nowhere"], 1).contains("cargo xtask data"));
}
