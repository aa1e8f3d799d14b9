//! Names of files that are no UTF-8, or look like something else.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::{data, empty_folder, gallery, text};
use crate::testing::models;

/// Names as people and other systems give them; the first is no UTF-8.
const NAMES: [&[u8]; 6] =
    [b"d\xe9j\xe0\xff", b"with space", b"a,b", b"-dash", b"--json", "π\u{1f600}\n".as_bytes()];

fn run(folder: &Path, arguments: &[&OsStr]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_blindspots"));
    program.current_dir(folder).args(arguments).output().expect("it starts")
}

/// `--option=FILE`, which may begin with a dash.
fn option(option: &str, file: impl AsRef<OsStr>) -> OsString {
    let mut argument = OsString::from(format!("--{option}="));
    argument.push(file);
    argument
}

fn words<'a>(words: &[&'a str], options: &'a [OsString]) -> Vec<&'a OsStr> {
    words.iter().map(|w| OsStr::new(*w)).chain(options.iter().map(OsString::as_os_str)).collect()
}

#[test]
fn every_command_takes_every_name() {
    let folder = empty_folder("names");
    let mnist = data("mnist-names");
    for name in NAMES {
        let named = |ending: &str| {
            let bytes = [name, ending.as_bytes()].concat();
            PathBuf::from(OsStr::from_bytes(&bytes))
        };
        let (net, images, labels) = (named(".onnx"), named(".images"), named(".labels"));
        fs::copy(models().join("fc10-1.onnx"), folder.join(&net)).expect("a copy");
        fs::copy(gallery("images-idx3"), folder.join(&images)).expect("a copy");
        fs::copy(gallery("labels-idx1"), folder.join(&labels)).expect("a copy");
        let (json, npy, markdown) = (named(".json"), named(".npy"), named(".md"));
        let both = {
            let mut both = net.clone().into_os_string();
            both.push(",fc10-1e-4");
            both
        };
        let shown = net.display().to_string();
        let digits = [option("images", &images), option("labels", &labels)];
        let digits = |more: &[OsString]| [&digits[..], more].concat();
        let file = || option("json", &json);
        let copies = named("-data");
        let copy = folder.join(&copies);
        fs::create_dir_all(&copy).expect("a folder");
        for file in fs::read_dir(&mnist).expect("a folder") {
            let file = file.expect("an entry");
            fs::copy(file.path(), copy.join(file.file_name())).expect("a copy");
        }
        let experiment =
            [option("data", &copies), option("models", &both), option("markdown", &markdown)];
        let experiment = [&experiment[..], &[file()]].concat();
        let commands: [(&[&str], Vec<OsString>, Option<String>); 6] = [
            (&["classify"], digits(&[option("model", &net), file()]), Some(shown.clone())),
            (
                &["attack", "--count", "2"],
                digits(&[option("model", &net), file(), option("save-npy", &npy)]),
                Some(shown.clone()),
            ),
            (
                &["attack", "--count", "2"],
                digits(&[option("model", &both), file()]),
                Some(format!("{shown},fc10-1e-4")),
            ),
            (
                &["certify", "--count", "2"],
                digits(&[option("model", &net), file()]),
                Some(shown.clone()),
            ),
            (&["transfer", "--count", "2"], digits(&[option("models", &both), file()]), None),
            (&["reproduce", "spectral", "--count", "2"], experiment, None),
        ];
        for (command, options, model) in commands {
            let output = run(&folder, &words(command, &options));
            let said = text(&output.stderr);
            assert!(output.status.success(), "{command:?} {shown}: {said}");
            let written = fs::read(folder.join(&json)).expect("written");
            let written: Value = serde_json::from_slice(&written).expect("valid");
            if let Some(model) = model {
                assert_eq!(written["model"], model);
            }
            if command[0] == "transfer" {
                assert_eq!(written["models"], serde_json::json!([shown, "fc10-1e-4"]));
            }
        }
        assert!(folder.join(&npy).is_file() && folder.join(&markdown).is_file());
        let merge = [OsString::from("--"), json.clone().into_os_string()];
        let output = run(&folder, &words(&["merge"], &merge));
        assert!(output.status.success(), "{}", text(&output.stderr));
        let document = fs::read(folder.join(&markdown)).expect("written");
        assert_eq!(text(&output.stdout).as_bytes(), document, "{shown}");
    }
}

#[test]
fn names_that_are_no_text_are_shown_as_well_as_can_be() {
    let folder = empty_folder("no-text");
    let bad = OsStr::from_bytes(b"no\xff.file");
    let digits = [option("images", gallery("images-idx3"))];
    let options = |more: &[OsString]| [&digits[..], more].concat();
    let cases: [(&[&str], Vec<OsString>, i32); 5] = [
        (&["classify"], options(&[option("model", bad)]), 1),
        (&["classify", "--model", "fc10-1"], vec![option("images", bad)], 1),
        (&["classify", "--model", "fc10-1"], options(&[option("labels", bad)]), 1),
        (&["reproduce", "all"], vec![option("data", bad)], 1),
        (&["merge"], vec![bad.into()], 1),
    ];
    for (command, options, status) in cases {
        let output = run(&folder, &words(command, &options));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{command:?}: {said}");
        assert!(said.contains("no\u{fffd}.file"), "{command:?}: {said}");
    }
    // Where no file is meant, what is no text is a wrong argument.
    let wrong: [(&[&str], OsString); 4] = [
        (&["reproduce"], bad.into()),
        (&["classify", "--model", "fc10-1", "--images", "x"], option("count", bad)),
        (&["classify", "--model", "fc10-1", "--images", "x"], option("normalize", bad)),
        (&[], bad.into()),
    ];
    for (command, argument) in wrong {
        let output = run(&folder, &words(command, &[argument]));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{command:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn commas_divide_networks_unless_they_belong_to_a_name() {
    let folder = empty_folder("commas");
    for name in ["a", "b,c", "a,b"] {
        fs::copy(models().join("fc10-1.onnx"), folder.join(name)).expect("a copy");
    }
    let images =
        [option("images", gallery("images-idx3")), option("labels", gallery("labels-idx1"))];
    for (said, read) in [
        ("a", "a"),
        ("a,fc10-1", "a|fc10-1"),
        ("fc10-1,b,c,a", "fc10-1|b,c|a"),
        // The longest name that there is.
        ("a,b", "a,b"),
        ("a,b,c", "a,b|c"),
        ("b,c,b,c", "b,c|b,c"),
    ] {
        let options = [&images[..], &[option("models", said), option("json", "out")]].concat();
        let output = run(&folder, &words(&["transfer", "--count", "1"], &options));
        let right: Vec<&str> = read.split('|').collect();
        if right.contains(&"c") {
            assert!(text(&output.stderr).contains("c: No such file"), "{output:?}");
            continue;
        }
        assert!(output.status.success(), "{said}: {}", text(&output.stderr));
        let file: Value =
            serde_json::from_slice(&fs::read(folder.join("out")).expect("written")).expect("valid");
        assert_eq!(file["models"], serde_json::json!(right), "{said}");
    }
}
