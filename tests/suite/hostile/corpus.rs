//! The fuzz targets' own files, and what they once broke on: every one is accepted or refused.

use std::path::Path;

use super::doors;

/// Feeds a door every file of its corpus; how many were accepted, and how many refused.
fn fed(name: &str, door: fn(&[u8]) -> bool) -> [usize; 2] {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut ends = [0; 2];
    for entry in std::fs::read_dir(&folder).expect("the corpus") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("a file");
        let accepted = std::panic::catch_unwind(|| door(&bytes));
        let accepted = accepted.unwrap_or_else(|_| panic!("{} breaks a promise", path.display()));
        ends[usize::from(!accepted)] += 1;
    }
    ends
}

/// A door and the corpus of its name.
macro_rules! every_file {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let [accepted, refused] = fed(stringify!($name), doors::$name);
            // Both happens, or there is no corpus, or a door that is always open or never.
            assert!(accepted > 1 && refused > 1, "{accepted} accepted, {refused} refused");
        }
    )*};
}

every_file!(importer idx npy lowered messages strokes lessons results pictures photographs);

/// A control: a door that breaks its promise is noticed.
#[test]
#[should_panic(expected = "breaks a promise")]
fn a_broken_promise_is_found() {
    fed("npy", |bytes| {
        let accepted = doors::npy(bytes);
        assert!(!accepted, "the file says what it should not");
        accepted
    });
}

/// Every target has its corpus here, and no corpus is without a target.
#[test]
fn no_corpus_is_left_out() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let names = |folder: &str| {
        let entries = std::fs::read_dir(fuzz.join(folder)).expect("the folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let mut names: Vec<_> =
            paths.filter_map(|path| Some(path.file_stem()?.to_owned())).collect();
        names.sort();
        names
    };
    let targets = names("targets");
    assert_eq!(targets, names("corpus"));
    assert_eq!(
        targets,
        [
            "idx",
            "importer",
            "lessons",
            "lowered",
            "messages",
            "npy",
            "photographs",
            "pictures",
            "results",
            "strokes"
        ]
    );
}
