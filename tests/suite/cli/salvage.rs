//! What is kept of work that Ctrl-C, SIGTERM or a closed terminal ends.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use blindspots::digit::{PIXELS, gallery, idx};
use blindspots::npy;
use serde_json::Value;

use super::{blindspots, empty_folder, on_gallery, text};

/// The program, with the signals switched on.
fn start(arguments: &[String]) -> Child {
    let mut program = Command::new("env");
    program.args(["INT", "TERM", "HUP"].map(|signal| format!("--default-signal={signal}")));
    program.arg(env!("CARGO_BIN_EXE_blindspots")).args(arguments);
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    program.spawn().expect("it starts")
}

/// Starts the program and sends it a signal after a while.
fn ended(arguments: &[String], signal: &str, after: Duration) -> Output {
    let child = start(arguments);
    std::thread::sleep(after);
    let id = child.id().to_string();
    // It may have ended by itself.
    let _ = Command::new("kill").args([signal, &id]).stderr(Stdio::null()).status();
    child.wait_with_output().expect("it ends")
}

/// Ends the program later and later until it leaves something; what it then said.
fn until_something_is_kept(arguments: &[String], signal: &str, part: &Path) -> Output {
    let mut after = Duration::from_millis(100);
    loop {
        let output = ended(arguments, signal, after);
        assert!(!output.status.success(), "it was done before it left anything");
        if part.exists() {
            return output;
        }
        after = after.mul_f64(1.2);
    }
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("it is there")).expect("JSON")
}

#[test]
fn finished_images_are_kept_and_are_those_of_the_whole_run() {
    let folder = empty_folder("salvaged-attack");
    let at = |name: &str| folder.join(name);
    let arguments = |name: &str| {
        let (json, npy) = (at(&format!("{name}.json")), at(&format!("{name}.npy")));
        let files = ["--json", &json.to_string_lossy(), "--save-npy", &npy.to_string_lossy()]
            .map(str::to_owned);
        let attack = ["--method", "cw", "--steps", "400"];
        [on_gallery("attack", "fc100-100-10", &attack), files.to_vec()].concat()
    };
    fs::write(at("cut.json"), "old").expect("written");
    let part = at("cut.json.part");
    let output = until_something_is_kept(&arguments("cut"), "-INT", &part);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert_eq!(fs::read(at("cut.json")).expect("still there"), b"old");
    let cut = json(&part);
    let rows = cut["images"].as_array().expect("a list");
    assert!(said.contains(&format!("cut.npy.part hold {} of 100 images", rows.len())), "{said}");
    assert!((1..100).contains(&rows.len()) && cut["of"] == 100, "{}", rows.len());

    assert!(blindspots(&arguments("whole")).status.success());
    let whole = json(&at("whole.json"));
    assert_eq!(whole.get("of"), None, "control: nothing is missing");
    let image = |path: &Path, place: usize| {
        let array = npy::read_floats(&fs::read(path).expect("there")).expect("an array");
        assert_eq!(array.shape[1], 784);
        array.data[784 * place..][..784].to_vec()
    };
    for (place, row) in rows.iter().enumerate() {
        let index = row["index"].as_u64().expect("a number") as usize;
        assert_eq!(*row, whole["images"][index]);
        let kept = image(&at("cut.npy.part"), place);
        assert_eq!(kept, image(&at("whole.npy"), index));
        assert_ne!(kept, image(&at("whole.npy"), (index + 1) % 100), "control: another image");
    }
}

#[test]
fn what_needs_no_continuing_is_kept_too() {
    let folder = empty_folder("salvaged-others");
    let at = |name: &str| folder.join(name);
    let with_json = |mut command: Vec<String>, name: &str| {
        command.extend(["--json".to_owned(), at(name).display().to_string()]);
        command
    };
    let certify = with_json(on_gallery("certify", "fc100-100-10", &[]), "certify.json");
    let output = until_something_is_kept(&certify, "-TERM", &at("certify.json.part"));
    assert_eq!(output.status.code(), Some(143), "{}", text(&output.stderr));
    let kept = json(&at("certify.json.part"));
    let rows = kept["images"].as_array().expect("a list").len();
    assert!((1..100).contains(&rows) && kept["of"] == 100, "{rows}");

    let mut transfer = on_gallery("transfer", "fc10-1,fc100-100-10", &["--method", "szegedy"]);
    transfer[1] = "--models".into();
    let transfer = with_json(transfer, "transfer.json");
    let output = until_something_is_kept(&transfer, "-HUP", &at("transfer.json.part"));
    assert_eq!(output.status.code(), Some(129), "{}", text(&output.stderr));
    let kept = json(&at("transfer.json.part"));
    let digits = kept["digits"].as_u64().expect("a number");
    assert!((1..100).contains(&digits) && kept["of"] == 100, "{digits}");
    // Every network has an example of each of them.
    for (row, network) in kept["rows"].as_array().expect("a list").iter().zip(0..2) {
        assert_eq!(row["errors"][network], 100.0, "its own examples fool it: {row}");
    }
}

#[test]
fn readings_are_kept_too() {
    let folder = empty_folder("salvaged-readings");
    let at = |name: &str| folder.join(name).display().to_string();
    let mut array = Vec::new();
    npy::write(&mut array, &[PIXELS], &gallery().images.repeat(60)).expect("memory");
    fs::write(at("images.npy"), array).expect("written");
    let arguments = |json: &str| {
        let words = ["classify", "--model", "cnn", "--images", &at("images.npy")];
        words
            .iter()
            .chain(&["--json", &at(json)])
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    let part = folder.join("cut.json.part");
    let output = until_something_is_kept(&arguments("cut.json"), "-INT", &part);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    let cut = json(&part);
    let rows = cut["images"].as_array().expect("a list");
    assert!(said.contains(&format!("cut.json.part holds {} of 6000 images", rows.len())), "{said}");
    assert!((1..6000).contains(&rows.len()) && cut["of"] == 6000, "{}", rows.len());
    assert!(blindspots(&arguments("whole.json")).status.success());
    let whole = json(&folder.join("whole.json"));
    let all = whole["images"].as_array().expect("a list");
    assert_eq!((all.len(), whole.get("of")), (6000, None));
    assert_eq!(rows[..], all[..rows.len()]);
    assert_ne!(rows[..], all[1..=rows.len()], "control: other images");
}

/// Digits of a run that is ended again and again: each ending costs a second or two.
const DIGITS: usize = 16;

#[test]
fn a_run_that_is_ended_again_and_again_comes_to_the_same() {
    let folder = empty_folder("salvaged-run");
    let images = idx::write_images(&gallery().images[..DIGITS * PIXELS]);
    let labels = idx::write_labels(&gallery().labels[..DIGITS]);
    for (part, file) in [("images-idx3", images), ("labels-idx1", labels)] {
        fs::write(folder.join(format!("t10k-{part}-ubyte")), file).expect("written");
    }
    let at = |name: &str| folder.join(name).display().to_string();
    let arguments = |json: &str, seed: &str| {
        let words = ["reproduce", "spectral", "--data", &at(""), "--models", "fc10-1,fc100-100-10"];
        let method = ["--method", "szegedy", "--seed", seed, "--json", &at(json)];
        words.iter().chain(&method).map(|word| (*word).to_owned()).collect::<Vec<String>>()
    };
    let (mut after, mut endings) = (Duration::from_millis(200), 0);
    let last = loop {
        let output = ended(&arguments("cut.json", "1"), "-TERM", after);
        if output.status.success() {
            break text(&output.stderr);
        }
        assert_eq!(output.status.code(), Some(143), "{}", text(&output.stderr));
        if fs::exists(at("cut.json.part")).expect("it can be asked") {
            endings += 1;
            let other = blindspots(&arguments("cut.json", "2"));
            let said = text(&other.stderr);
            assert_eq!(other.status.code(), Some(1), "{said}");
            assert!(said.contains("cut.json.part does not go with this run"), "{said}");
            assert!(said.contains("with the seed"), "{said}");
        }
        after = after.mul_f64(1.5);
    };
    assert!(endings > 0 && last.contains("goes on from"), "{endings} endings; {last}");
    assert!(!fs::exists(at("cut.json.part")).expect("it can be asked"), "all is done");
    assert!(blindspots(&arguments("whole.json", "1")).status.success());
    assert!(blindspots(&arguments("other.json", "2")).status.success());
    let [cut, whole, other] = ["cut.json", "whole.json", "other.json"]
        .map(|name| fs::read(at(name)).expect("it is there"));
    assert!(cut == whole, "byte for byte");
    assert!(cut != other, "control: another seed");
}

#[test]
fn what_can_be_written_is_kept_though_another_file_cannot() {
    let json_file = empty_folder("half-written").join("out.json");
    let place = json_file.to_string_lossy().into_owned();
    let attack = ["--method", "fgsm", "--epsilon", "0.1", "--save-npy", "/dev/full", "--json"];
    let arguments = [on_gallery("attack", "fc10-1e-4", &attack), vec![place]].concat();
    let output = blindspots(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("/dev/full cannot be written"), "{said}");
    let images = json(&json_file)["images"].as_array().expect("images").len();
    assert_eq!(images, gallery().labels.len());
}
