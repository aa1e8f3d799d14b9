//! Ctrl-C.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{empty_folder, gallery, on_gallery, text};

/// Starts the program where Ctrl-C means `action`: `default` or `ignore`.
fn start(action: &str, arguments: &[impl AsRef<std::ffi::OsStr>]) -> Child {
    let mut program = Command::new("env");
    program.arg(format!("--{action}-signal=INT")).arg(env!("CARGO_BIN_EXE_blindspots"));
    program.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    program.spawn().expect("it starts")
}

/// Waits until the line `field` of its state says that it does something about SIGINT.
fn wait_for(child: &Child, field: &str) {
    for _ in 0..600 {
        let state = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it runs");
        let line = state.lines().find_map(|line| line.strip_prefix(field)).expect("the field");
        let mask = u64::from_str_radix(line.trim(), 16).expect("hexadecimal");
        // SIGINT is signal 2; `env` has other arguments yet.
        let own = state.starts_with("Name:\tblindspots");
        if own && mask & 2 != 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the program does nothing about Ctrl-C");
}

fn interrupt(child: &Child) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
}

#[test]
fn says_which_files_were_written() {
    let folder = empty_folder("interrupted");
    let at = |name: &str| folder.join(name).display().to_string();
    fs::write(at("old.json"), "old").expect("written");
    let files = ["--json", &at("old.json"), "--save-npy", &at("new.npy")];
    // Thorough enough not to be done in time.
    let long = ["--method", "cw", "--steps", "100000"];
    // Whoever reads the images has looked at the files that are to be written.
    let pipe = at("images");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let digits = ["--images", &pipe, "--labels", &gallery("labels-idx1")];
    let command = ["attack", "--model", "cnn"];
    let arguments = [&command[..], &digits, &files, &long].concat();
    let child = start("default", &arguments);
    let images = fs::read(gallery("images-idx3")).expect("there");
    fs::write(&pipe, images).expect("it is read");
    std::thread::sleep(Duration::from_millis(300));
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    let (old, new) = (at("old.json"), at("new.npy"));
    let right = format!("blindspots: interrupted; {old} is as it was, {new} was not written\n");
    assert!(said.ends_with(&right), "{said}");
    assert_eq!(fs::read(&old).expect("still there"), b"old");
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 2, "nothing stays behind");
}

#[test]
fn nothing_is_claimed_of_files_that_nobody_wanted() {
    let child =
        start("default", &on_gallery("attack", "cnn", &["--method", "cw", "--steps", "100000"]));
    wait_for(&child, "SigCgt:");
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    assert!(text(&output.stderr).ends_with("blindspots: interrupted; nothing was written\n"));
}

#[test]
fn stays_switched_off_where_it_was() {
    let child = start("ignore", &on_gallery("attack", "fc10-1", &["--count", "20"]));
    wait_for(&child, "SigIgn:");
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("20 of 20 fooled"));
}
