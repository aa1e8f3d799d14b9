//! Standard output that is closed, full, or read by nobody.

use std::fs::File;
use std::process::{Command, Stdio};

use super::{data, gallery, scratch, succeeded, text};

/// A command of each kind that prints, with its arguments.
fn printing(test: &str) -> Vec<Vec<String>> {
    let (images, labels) = (gallery("images-idx3"), gallery("labels-idx1"));
    let data = data(&format!("mnist-{test}")).display().to_string();
    let whole = format!("whole-{test}.json");
    let run = ["reproduce", "table4", "--count", "2", "--data", &data];
    let (_, _) = succeeded(&whole, run.map(String::from).to_vec());
    let whole = scratch(&whole).display().to_string();
    let part = scratch(&format!("part-{test}.json")).display().to_string();
    let digits = ["--images", &images, "--labels", &labels, "--count", "2"];
    let with = |more: &[&'static str]| [more, &digits].concat();
    let commands: Vec<Vec<&str>> = vec![
        vec!["--help"],
        vec!["--version"],
        vec!["help", "attack"],
        vec!["reproduce", "--help"],
        vec!["models"],
        with(&["classify", "--model", "fc10-1"]),
        with(&["attack", "--model", "fc10-1", "--method", "nearest-boundary"]),
        with(&["certify", "--model", "fc10-1"]),
        with(&["transfer", "--models", "fc10-1,fc10-1e-4"]),
        run.to_vec(),
        [&run[..], &["--shard", "1/2", "--json", &part]].concat(),
        vec!["merge", &whole],
    ];
    commands.iter().map(|command| command.iter().map(|s| (*s).to_owned()).collect()).collect()
}

fn program(arguments: &[String]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_blindspots"));
    program.args(arguments).stdin(Stdio::null()).stderr(Stdio::piped());
    program
}

#[test]
fn whoever_stops_reading_ends_the_program_quietly() {
    for arguments in printing("reader") {
        // Nobody reads from the start: who is quicker does not matter.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = program(&arguments).stdout(writer).output().expect("it ends");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(141), "{arguments:?}: {said}");
        assert!(
            !said.contains("blindspots:") && !said.contains("panicked"),
            "{arguments:?}: {said}"
        );
    }
}

#[test]
fn a_full_standard_output_is_an_error_in_one_sentence() {
    for arguments in printing("full") {
        let full = File::options().write(true).open("/dev/full").expect("Linux has it");
        let output = program(&arguments).stdout(full).output().expect("it starts");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        let sentence = "blindspots: standard output cannot be written: No space left on device";
        assert_eq!(said.matches(sentence).count(), 1, "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn closed_streams_are_like_dev_null() {
    for arguments in printing("closed") {
        for closed in [">&-", "2>&-", ">&- 2>&-", "</dev/null >/dev/null 2>/dev/full"] {
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(format!("exec \"$0\" \"$@\" {closed}"));
            shell.arg(env!("CARGO_BIN_EXE_blindspots")).args(&arguments);
            let output = shell.output().expect("it starts");
            assert_eq!(output.status.code(), Some(0), "{arguments:?} {closed}: {output:?}");
        }
    }
}

#[test]
fn remarks_that_nobody_reads_stop_nothing() {
    // The seconds that `reproduce` takes are a remark; so is a wrong argument, which keeps its status.
    let right = printing("remarks").pop().expect("a command");
    let wrong = vec!["attack".to_owned()];
    for (arguments, status) in [(right, 0), (wrong, 2)] {
        let whole = program(&arguments).output().expect("it starts");
        let mut child = program(&arguments).stdout(Stdio::piped()).spawn().expect("it starts");
        drop(child.stderr.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
        assert_eq!(text(&output.stdout), text(&whole.stdout), "{arguments:?}");
    }
}

#[test]
fn files_are_written_although_nobody_reads_the_results() {
    let (json, npy) = (scratch("unread.json"), scratch("unread.npy"));
    for file in [&json, &npy] {
        let _ = std::fs::remove_file(file);
    }
    let (json, npy) = (json.display().to_string(), npy.display().to_string());
    let more =
        ["--count", "2", "--method", "nearest-boundary", "--json", &json, "--save-npy", &npy];
    let arguments = super::on_gallery("attack", "fc10-1", &more);
    let mut child = program(&arguments).stdout(Stdio::piped()).spawn().expect("it starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(141));
    let json = std::fs::read(&json).expect("written");
    serde_json::from_slice::<serde_json::Value>(&json).expect("valid");
    let array = blindspots::npy::read_floats(&std::fs::read(&npy).expect("written"));
    assert_eq!(array.expect("valid").shape, [2, 784]);
}
