//! Other people's scales of pixels: found out on load, said, corrected. The networks are those of
//! `training/pixels.py`.

use std::path::PathBuf;
use std::process::{Command, Output};

use blindspots::import::{self, LoadOptions};
use blindspots::model::{Chosen, Fit, Network, lowered};
use serde_json::Value;

use crate::testing::models;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/pixels/{name}.onnx"))
}

fn load(name: &str, options: &LoadOptions) -> Network {
    let bytes = std::fs::read(file(name)).expect("the fixture");
    import::load(&bytes, options).expect("it loads")
}

/// A command on the gallery's digits; its JSON and all that it said.
fn asked(command: &str, name: &str, more: &[&str]) -> (Value, Output) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pixels");
    std::fs::create_dir_all(&folder).expect("a folder for temporary files");
    let json = folder.join(format!("{command}-{name}-{}.json", more.join("")));
    let output = Command::new(env!("CARGO_BIN_EXE_blindspots"))
        .arg(command)
        .arg("--model")
        .arg(file(name))
        .arg("--images")
        .arg(models().join("gallery-images-idx3-ubyte.gz"))
        .arg("--labels")
        .arg(models().join("gallery-labels-idx1-ubyte.gz"))
        .arg("--json")
        .arg(&json)
        .args(more)
        .output()
        .expect("it starts");
    let read = std::fs::read(json);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let read = read.unwrap_or_else(|e| panic!("{e}: {words}"));
    (serde_json::from_slice(&read).expect("valid"), output)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_a_file_expects_is_found_out_and_said() {
    let (plain, _) = asked("classify", "signed-inverted", &["--normalize", "none"]);
    let (read, output) = asked("classify", "signed-inverted", &[]);
    let input = &read["input"];
    assert_eq!((&input["normalize"], &input["invert"]), (&"signed".into(), &true.into()));
    assert_eq!((&input["chosen"], &input["shape"]), (&"detected".into(), &vec![1, 28, 28].into()));
    let accuracy = input["accuracy"].as_f64().expect("a share");
    assert!(accuracy > 0.85, "{accuracy}");
    // The samples are the digits that are read here, so both say the same.
    assert!((accuracy + read["error_rate"].as_f64().expect("a share") - 1.0).abs() < 1e-9);
    let words = said(&output);
    assert!(words.contains("pixels from −1 to 1, inverted") && words.contains("of 100"), "{words}");
    // A caller is believed, and hears what comes of it.
    assert_eq!(plain["input"]["chosen"], "given");
    assert!(plain["error_rate"].as_f64().expect("a share") > 0.5);
    let (given, _) = asked("attack", "signed-inverted", &["--normalize", "signed", "--invert"]);
    assert_eq!(
        (&given["input"]["chosen"], &given["input"]["accuracy"]),
        (&"given".into(), &input["accuracy"])
    );
    assert!(given["summary"]["success_rate"].as_f64().expect("a share") > 0.99);
}

#[test]
fn digits_are_fitted_to_a_file_of_colour_images() {
    let network = load("colour-32", &LoadOptions::default());
    assert_eq!(network.image.to_string(), "28 × 28");
    assert_eq!((network.expects.fit, network.expects.chosen), (Fit::Padded, Chosen::Detected));
    assert_eq!(network.expects.transform.to_string(), "0.1307,0.3081");
    assert!(network.expects.score.is_some_and(|score| score.right > 85));
    // It crosses to the engine as it is.
    let again = lowered::read(&lowered::write(&network)).expect("it is whole");
    assert_eq!((again.expects, again.image), (network.expects, network.image));
    // Whoever has images of its own size gets the file as it stands.
    let alone = load("colour-32", &LoadOptions { samples: None, ..LoadOptions::default() });
    assert_eq!(alone.image.to_string(), "3 × 32 × 32");
    assert_eq!(alone.expects.chosen, Chosen::Assumed);
}

#[test]
fn a_network_for_other_images_works_and_says_so() {
    let (read, output) = asked("classify", "other-images", &[]);
    assert!(output.status.success());
    assert!(read["input"]["accuracy"].as_f64().expect("a share") < 0.6);
    assert!(said(&output).contains("may be for other images"), "{}", said(&output));
    let (_, attacked) = asked("attack", "other-images", &["--count", "3"]);
    assert!(said(&attacked).contains("may be for other images"), "{}", said(&attacked));
}

#[test]
fn what_makes_no_sense_is_refused() {
    for more in [&["--normalize", "0..255"][..], &["--normalize", "0.5,0"], &["--shape", "28"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_blindspots"))
            .args(["classify", "--model", "cnn", "--images", "none.npy"])
            .args(more)
            .output()
            .expect("it starts");
        assert_eq!(output.status.code(), Some(2), "{more:?}: {}", said(&output));
    }
}
