//! Files that commands write: looked at before the work, replaced whole, never what is read.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::{blindspots, data, empty_folder, gallery, on_gallery, refused, text};

/// An attack on two digits that writes both of its files.
fn attack(json: &Path, npy: &Path) -> Vec<String> {
    let (json, npy) = (json.display().to_string(), npy.display().to_string());
    let more =
        ["--count", "2", "--method", "nearest-boundary", "--json", &json, "--save-npy", &npy];
    on_gallery("attack", "fc10-1", &more)
}

/// Runs a shell's line before the program, in the shell's own process.
fn after(line: &str, arguments: &[String]) -> Output {
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(format!("{line}; exec \"$0\" \"$@\""));
    shell.arg(env!("CARGO_BIN_EXE_blindspots")).args(arguments).output().expect("it starts")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry.expect("an entry").file_name().to_string_lossy().into_owned()
    };
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes).is_ok()
}

#[test]
fn what_cannot_be_written_is_said_before_the_work() {
    let folder = empty_folder("unwritable");
    fs::write(folder.join("file"), "old").expect("written");
    symlink("circle", folder.join("circle")).expect("a link");
    let bad = [
        ("", "is a folder"),
        ("missing/out", "there is no folder"),
        ("file/out", "cannot be written: "),
        ("new/", "the name of a folder"),
        ("circle", "cannot be written: "),
    ];
    let mut bad: Vec<(String, &str)> =
        bad.map(|(name, said)| (folder.join(name).display().to_string(), said)).to_vec();
    bad.push(("/proc/blindspots.json".into(), "cannot be written: "));
    // The digits are missing, too: what is said is what is looked at first.
    let digits = ["--images", "nowhere", "--labels", "nowhere"];
    let data = ["--data", "nowhere"];
    for (path, said) in &bad {
        let commands: [(&[&str], &[&str]); 9] = [
            (&["classify", "--model", "fc10-1", "--json", path], &digits),
            (&["attack", "--model", "fc10-1", "--json", path], &digits),
            (&["attack", "--model", "fc10-1", "--save-npy", path], &digits),
            (&["certify", "--model", "fc10-1", "--json", path], &digits),
            (&["transfer", "--models", "fc10-1", "--json", path], &digits),
            (&["reproduce", "all", "--json", path], &data),
            (&["reproduce", "all", "--markdown", path], &data),
            (&["merge", "--json", path], &["nowhere"]),
            (&["merge", "--markdown", path], &["nowhere"]),
        ];
        for (command, rest) in commands {
            let error = refused(&[command, rest].concat(), 1);
            let path = Path::new(path).display().to_string();
            assert!(error.contains(&path) && error.contains(said), "{command:?}: {error}");
            assert!(!error.contains("nowhere"), "{command:?}: {error}");
        }
    }
    assert_eq!(names(&folder), ["circle", "file"]);
    assert_eq!(fs::read(folder.join("file")).expect("still there"), b"old");
    // With an output that can be written, the missing digits are what is said.
    let good = folder.join("good").display().to_string();
    let command = ["classify", "--model", "fc10-1", "--json", &good];
    assert!(refused(&[&command, &digits[..2]].concat(), 1).contains("nowhere"));
    assert_eq!(names(&folder), ["circle", "file"]);
}

#[test]
fn old_files_stay_whole_where_the_new_ones_do_not_fit() {
    let folder = empty_folder("full-disk");
    let (json, npy) = (folder.join("old.json"), folder.join("old.npy"));
    for file in [&json, &npy] {
        fs::write(file, "old").expect("written");
    }
    // The array has 6 KiB, and no file may have more than one.
    let output = after("trap '' XFSZ; ulimit -f 1", &attack(&json, &npy));
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("old.npy cannot be written: File too large"), "{said}");
    assert_eq!(fs::read(&npy).expect("still there"), b"old");
    assert_eq!(fs::read(&json).expect("still there"), b"old");
    assert_eq!(names(&folder), ["old.json", "old.npy"]);
    // Without the limit both are replaced.
    let output = after("true", &attack(&json, &npy));
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(fs::read(&npy).expect("there").starts_with(b"\x93NUMPY"));
    assert!(is_json(&fs::read(&json).expect("there")));
    assert_eq!(names(&folder), ["old.json", "old.npy"]);
}

#[test]
fn links_and_rights_stay_as_they_are() {
    let folder = empty_folder("links");
    let at = |name: &str| folder.join(name);
    fs::create_dir(at("below")).expect("a folder");
    fs::write(at("below/real.json"), "old").expect("written");
    fs::set_permissions(at("below/real.json"), fs::Permissions::from_mode(0o640)).expect("set");
    symlink("below/real.json", at("link.json")).expect("a link");
    symlink("below/later.npy", at("nowhere.npy")).expect("a link to nothing");
    let output = after("umask 027", &attack(&at("link.json"), &at("nowhere.npy")));
    assert!(output.status.success(), "{}", text(&output.stderr));
    for link in ["link.json", "nowhere.npy"] {
        assert!(at(link).is_symlink(), "{link} is a link");
    }
    assert!(is_json(&fs::read(at("below/real.json")).expect("there")));
    assert!(fs::read(at("below/later.npy")).expect("there").starts_with(b"\x93NUMPY"));
    let mode = |name: &str| fs::metadata(at(name)).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode("below/real.json"), mode("below/later.npy")), (0o640, 0o640));
    let output = after("umask 002", &attack(&at("link.json"), &at("new.npy")));
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!((mode("below/real.json"), mode("new.npy")), (0o640, 0o664));
    assert_eq!(names(&folder), ["below", "link.json", "new.npy", "nowhere.npy"]);
}

#[test]
fn devices_and_pipes_are_written_as_they_stand() {
    let folder = empty_folder("devices");
    let null = Path::new("/dev/null");
    let output = blindspots(&attack(null, null));
    assert!(output.status.success() && text(&output.stdout).contains("2 of 2 fooled"));
    assert!(!fs::metadata(null).expect("there").is_file());

    // Standard output is the file: what else is printed goes to standard error.
    for name in ["/dev/stdout", "/dev/fd/1"] {
        let output = blindspots(&attack(Path::new(name), null));
        assert!(output.status.success() && is_json(&output.stdout), "{}", text(&output.stdout));
        assert!(text(&output.stderr).contains("2 of 2 fooled"), "{}", text(&output.stderr));
    }
    let file = folder.join("redirected.json");
    for name in [Path::new("/dev/stdout"), &file] {
        let line = format!("exec > '{}'", file.display());
        let output = after(&line, &attack(name, null));
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(is_json(&fs::read(&file).expect("there")), "{}", name.display());
    }

    let pipe = folder.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read(pipe).expect("it is read")
    });
    let output = blindspots(&attack(&pipe, null));
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(is_json(&reader.join().expect("it ends")));
    assert_eq!(names(&folder), ["pipe", "redirected.json"]);
}

#[test]
fn what_has_no_end_is_refused_by_its_beginning() {
    let labels = gallery("labels-idx1");
    let images = gallery("images-idx3");
    for (images, labels) in [("/dev/zero", labels.as_str()), (&images, "/dev/zero")] {
        let run = ["classify", "--model", "fc10-1", "--images", images, "--labels", labels];
        let output = after("ulimit -v 4000000", &run.map(String::from));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("/dev/zero: This is not an IDX file"), "{said}");
        assert!(said.contains("begins with 00 00 00 00"), "{said}");
    }
}

#[test]
fn nothing_that_is_read_is_overwritten() {
    let folder = empty_folder("overwritten");
    let at = |name: &str| folder.join(name).display().to_string();
    fs::create_dir(folder.join("sub")).expect("a folder");
    fs::copy(gallery("images-idx3"), at("images")).expect("a copy");
    fs::copy(gallery("labels-idx1"), at("labels")).expect("a copy");
    fs::copy(crate::testing::models().join("fc10-1.onnx"), at("net.onnx")).expect("a copy");
    let external = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/graphs/external.onnx");
    fs::copy(external, at("external.onnx")).expect("a copy");
    fs::copy(format!("{external}.data"), at("external.onnx.data")).expect("a copy");
    symlink("images", at("soft")).expect("a link");
    fs::hard_link(at("images"), at("hard")).expect("a link");
    let before: Vec<(String, u64)> = state(&folder);

    let (images, labels, net) = (at("images"), at("labels"), at("net.onnx"));
    let with = |model: &str, more: &[&str]| {
        let base = ["attack", "--model", model, "--images", &images, "--labels", &labels];
        [&base[..], more].concat().iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()
    };
    for output in ["images", "sub/../images", "soft", "hard", "labels", "net.onnx"] {
        for option in ["--json", "--save-npy"] {
            let error = refused(&with(&net, &[option, &at(output)]), 2);
            assert!(error.contains("would overwrite") && error.contains(option), "{error}");
        }
    }
    let weights = with(&at("external.onnx"), &["--json", &at("external.onnx.data")]);
    assert!(refused(&weights, 2).contains("would overwrite"));
    let twice = with(&net, &["--json", &at("new"), "--save-npy", &at("sub/../new")]);
    assert!(refused(&twice, 2).contains("--json and --save-npy name the same file"));
    // A file that comes as standard input is that file.
    let streamed = format!("exec < '{images}'");
    let piped = ["classify", "--model", "fc10-1", "--images", "/dev/stdin", "--json", &images];
    let output = after(&streamed, &piped.map(String::from));
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));

    let mnist = data("mnist-overwritten");
    let digits = mnist.join("t10k-images-idx3-ubyte.gz").display().to_string();
    let (mnist, before_digits) = (mnist.display().to_string(), fs::read(&digits).expect("there"));
    for option in ["--json", "--markdown"] {
        let run = ["reproduce", "table4", "--count", "2", "--data", &mnist, option, &digits];
        assert!(refused(&run, 2).contains("would overwrite"));
    }
    let whole = at("whole.json");
    let run = ["reproduce", "table4", "--count", "2", "--data", &mnist, "--json", &whole];
    assert!(blindspots(&run).status.success());
    assert!(refused(&["merge", &whole, "--markdown", &whole], 2).contains("would overwrite"));
    assert!(is_json(&fs::read(&whole).expect("there")));
    fs::remove_file(&whole).expect("removed");
    assert_eq!(fs::read(&digits).expect("there"), before_digits);
    assert_eq!(state(&folder), before, "every file is as it was");
    // Beside what is read, files can be written.
    assert!(blindspots(&with(&net, &["--count", "1", "--json", &at("new")])).status.success());
}

/// Names and sizes of all files, with their numbers.
fn state(folder: &Path) -> Vec<(String, u64)> {
    let size = |name: &String| {
        let there = fs::metadata(folder.join(name)).expect("there");
        there.len() * 1_000_003 + there.ino()
    };
    names(folder).into_iter().map(|name| (name.clone(), size(&name))).collect()
}
