//! `blindspots verify`: a class at once, forged files among them, and the table for a spreadsheet.

use std::ffi::OsString;
use std::path::Path;
use std::process::Output;

use blindspots::lesson::ResultFile;
use serde_json::{Value, json};

use super::{blindspots, empty_folder, refused, text};
use crate::lessons::{for_everyone, lesson};

/// A folder with a lesson and four files: two sound ones, a forged one, and one that is none.
fn class(name: &str) -> std::path::PathBuf {
    let folder = empty_folder(name);
    let file = for_everyone();
    let as_of = |student: &str, change: &dyn Fn(&mut Value)| {
        let mut value = serde_json::to_value(file).expect("it can be written");
        value["student"] = json!(student);
        change(&mut value);
        let mut file: ResultFile = serde_json::from_value(value).expect("still a result");
        file.code = file.own_code();
        file.write()
    };
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
    write("lesson.json", &lesson().write());
    write("ada.json", &as_of("Ada", &|_| {}));
    write(
        "nasty.json",
        &as_of("=HYPERLINK(\"x\"), \u{1b}[31m\n", &|file| {
            file["answers"].as_array_mut().expect("a list").truncate(2);
        }),
    );
    write("forged.json", &as_of("-Eve", &|file| file["answers"][0]["distortion"] = json!(0.001)));
    write("none.json", "no result");
    folder
}

fn arguments(folder: &Path, files: &[&str], more: &[&str]) -> Vec<OsString> {
    let files = files.iter().map(|file| folder.join(file).into_os_string());
    std::iter::once(OsString::from("verify"))
        .chain(files)
        .chain(more.iter().map(OsString::from))
        .collect()
}

fn verify(folder: &Path, files: &[&str], more: &[&str]) -> Output {
    blindspots(&arguments(folder, files, more))
}

#[test]
fn a_class_is_verified_at_once() {
    let folder = class("class");
    let at = |name: &str| folder.join(name).display().to_string();
    let more = [
        "--lesson",
        &at("lesson.json"),
        "--csv",
        &at("class.csv"),
        "--json",
        &at("class-found.json"),
    ];
    let output = verify(&folder, &["ada.json", "forged.json", "nasty.json", "none.json"], &more);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    let lines: Vec<&str> = said.lines().collect();
    let code = &for_everyone().code;
    assert!(
        lines[0].contains("ada.json  Ada  ") && lines[0].ends_with("5 of 5 tasks, verified"),
        "{said}"
    );
    assert!(code.len() == 9 && !said.contains('\u{1b}'), "nothing steers the terminal: {said:?}");
    assert!(lines.contains(&"4 results: 2 verified, 2 not"), "{said}");
    assert!(
        said.contains("the file says 0.001") && said.contains("4 of 5 tasks, not verified"),
        "{said}"
    );
    assert!(said.contains("none.json  not verified\n    this is no result"), "{said}");
    assert!(
        said.contains("task 1 has the same image as") && !said.contains("other networks"),
        "{said}"
    );

    let sheet = std::fs::read(folder.join("class.csv")).expect("written");
    let mut sheet = csv::Reader::from_reader(&sheet[..]);
    let head: Vec<String> = sheet.headers().expect("a head").iter().map(String::from).collect();
    let tasks = ["task 1", "task 2", "task 3", "task 4", "task 5"];
    let fixed = ["file", "student", "code", "verified", "passed", "of"];
    assert_eq!(head, [&fixed[..], &tasks[..], &["problems", "notes"][..]].concat());
    let rows: Vec<Vec<String>> =
        sheet.records().map(|row| row.expect("a row").iter().map(String::from).collect()).collect();
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[0][1..2], ["Ada"]);
    assert_eq!(
        rows[0][3..12],
        ["yes", "5", "5", "passed", "passed", "passed", "passed", "passed", ""]
    );
    assert!(rows[0][12].starts_with("task 1 has the same image as "), "{:?}", rows[0]);
    assert_eq!(rows[1][1], "'-Eve");
    assert_eq!(rows[1][3..8], ["no", "4", "5", "not verified", "passed"]);
    assert!(rows[1][11].starts_with("task 1: the distortion is"), "{:?}", rows[1]);
    assert_eq!(rows[2][1], "'=HYPERLINK(\"x\"), \u{1b}[31m\n");
    assert_eq!(
        rows[2][3..11],
        ["yes", "2", "5", "passed", "passed", "not done", "not done", "not done"]
    );
    assert_eq!(rows[3][1..6], ["", "", "no", "0", "0"]);
    let formula = |cell: &String| cell.starts_with(['=', '+', '-', '@']);
    assert!(!rows.iter().flatten().any(formula), "{rows:?}");

    let found = std::fs::read(folder.join("class-found.json")).expect("written");
    let found: Value = serde_json::from_slice(&found).expect("valid");
    assert_eq!(found[0]["tasks"][0]["passed"], true);
    assert_eq!(found[1]["tasks"][0]["problems"][0]["what"], "result");
    assert_eq!(found[3]["problems"][0]["what"], "file");
}

#[test]
fn the_status_says_whether_all_are_verified() {
    let folder = class("status");
    let fine = verify(&folder, &["ada.json", "nasty.json"], &[]);
    assert_eq!(fine.status.code(), Some(0), "{}{}", text(&fine.stdout), text(&fine.stderr));
    let lesson = folder.join("other.json");
    let mut other = lesson_value();
    other["title"] = json!("Another");
    std::fs::write(&lesson, other.to_string()).expect("written");
    let lesson = lesson.display().to_string();
    let output = verify(&folder, &["ada.json"], &["--lesson", &lesson]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("it answers another lesson"), "{}", text(&output.stdout));
    // What cannot be read stops no other.
    let some = verify(&folder, &["nobody.json", "ada.json"], &[]);
    assert_eq!(some.status.code(), Some(1));
    let said = text(&some.stdout);
    assert!(said.contains("nobody.json") && said.contains("it cannot be read ("), "{said}");
    assert!(said.contains("2 results: 1 verified, 1 not"), "{said}");
    // A result is no lesson.
    let ada = folder.join("ada.json").display().to_string();
    let said = refused(&arguments(&folder, &["ada.json"], &["--lesson", &ada]), 1);
    assert!(said.contains("this is no lesson: it is a result"), "{said}");
    assert!(refused(&["verify"], 2).contains("<FILE>"));
    // Nothing that is read is overwritten.
    let said = refused(&arguments(&folder, &["ada.json"], &["--csv", &ada]), 2);
    assert!(said.contains("would overwrite"), "{said}");
    let nowhere = folder.join("no-folder/class.csv").display().to_string();
    assert!(
        refused(&arguments(&folder, &["ada.json"], &["--csv", &nowhere]), 1).contains("no folder")
    );
}

fn lesson_value() -> Value {
    serde_json::to_value(lesson()).expect("it can be written")
}

#[cfg(unix)]
#[test]
fn files_may_have_any_name_and_no_end() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let folder = class("verify-names");
    let name = OsStr::from_bytes(b"d\xe9j\xe0 \xff.json");
    std::fs::copy(folder.join("ada.json"), folder.join(name)).expect("a copy");
    let output = blindspots(&[OsStr::new("verify"), folder.join(name).as_os_str()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let endless = blindspots(&["verify", "/dev/zero"]);
    assert_eq!(endless.status.code(), Some(1));
    assert!(text(&endless.stdout).contains("more than 4194304 bytes"), "{}", text(&endless.stdout));
    // The table on standard output, all else beside it.
    let ada = folder.join("ada.json");
    let output = blindspots(&[OsStr::new("verify"), ada.as_os_str(), "--csv=/dev/stdout".as_ref()]);
    assert!(text(&output.stdout).starts_with("file,student,code,"), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("5 of 5 tasks, verified"), "{}", text(&output.stderr));
}
