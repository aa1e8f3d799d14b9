//! Wrong arguments: a sentence and status 2, whatever they are.

use std::process::Command;

use super::{gallery, text};

/// Arguments behind a command that is right without them, and words of the sentence about them.
type Wrong = (&'static [&'static str], &'static str);

const CLASSIFY: &[Wrong] = &[
    (&["--count", "0"], "0 is not in 1..=4294967295"),
    (&["--count", "-1"], "-1 is not in 1.."),
    (&["--count=-1"], "-1 is not in 1..=4294967295"),
    (&["--count", "1.5"], "invalid digit"),
    (&["--count", "1e3"], "invalid digit"),
    (&["--count", "NaN"], "invalid digit"),
    (&["--count", ""], "cannot parse integer from empty string"),
    (&["--count", "4294967296"], "4294967296 is not in 1..=4294967295"),
    (&["--count", "99999999999999999999"], "number too large"),
    (&["--count"], "a value is required"),
    (&["--count", "1", "--count", "2"], "cannot be used multiple times"),
    (&["--backend", "cuda"], "possible values: cpu, webgpu"),
    (&["--backend", ""], "a value is required"),
    (&["--backend", "CPU"], "possible values: cpu, webgpu"),
    (&["--json", ""], "a value is required"),
    (&["--json"], "a value is required"),
    (&["--labels", ""], "a value is required"),
    (&["--normalize", "255"], "invalid value '255'"),
    (&["--normalize", ""], "invalid value ''"),
    (&["--normalize", "0.5,0"], "invalid value '0.5,0'"),
    (&["--normalize", "NaN,1"], "invalid value 'NaN,1'"),
    (&["--normalize", "0.1,inf"], "invalid value '0.1,inf'"),
    (&["--normalize", "1,2,3"], "invalid value '1,2,3'"),
    (&["--normalize", "a,b"], "invalid value 'a,b'"),
    (&["--shape", "28,28"], "three numbers"),
    (&["--shape", "0,28,28"], "three numbers"),
    (&["--shape", "1,-28,28"], "three numbers"),
    (&["--shape", ""], "three numbers"),
    (&["--shape", "1,28,28,1"], "three numbers"),
    (&["--shape", "1x28x28"], "three numbers"),
    (&["--shape", "99999999999999999999,1,1"], "three numbers"),
    (&["--invert=yes"], "unexpected value 'yes'"),
    (&["--load-seconds", "0"], "a number above 0, up to 1000000"),
    (&["--load-seconds", "NaN"], "a number above 0, up to 1000000"),
    (&["--load-seconds", "1e300"], "a number above 0, up to 1000000"),
    (&["--load-megabytes", "0"], "0 is not in 1..=4294967295"),
    (&["--load-megabytes", "1.5"], "invalid digit"),
    // What a bundled network takes for pixels is known.
    (&["--normalize", "0-255"], "fc10-1 is bundled"),
    (&["--invert"], "fc10-1 is bundled"),
    (&["--shape", "1,28,28"], "fc10-1 is bundled"),
    (&["--method", "szegedy"], "unexpected argument '--method'"),
    (&["--nonsense"], "unexpected argument '--nonsense'"),
    (&["-x"], "unexpected argument '-x'"),
    (&["stray"], "unexpected argument 'stray'"),
    (&[""], "unexpected argument ''"),
    (&["--model", "fc10-1"], "cannot be used multiple times"),
    (&["--images", "x"], "cannot be used multiple times"),
];

const ATTACK: &[Wrong] = &[
    (&["--method", "guess"], "methods are szegedy"),
    (&["--method", ""], "methods are szegedy"),
    (&["--method", "SZEGEDY"], "methods are szegedy"),
    (&["--method", "fgsm,ddn"], "methods are szegedy"),
    (&["--method", "fgsm", "--epsilon", "0"], "epsilon must be a finite number above 0, not 0"),
    (&["--method", "fgsm", "--epsilon", "-1"], "epsilon must be a finite number above 0, not -1"),
    (&["--method", "fgsm", "--epsilon", "NaN"], "above 0, not NaN"),
    (&["--method", "fgsm", "--epsilon", "inf"], "above 0, not inf"),
    (&["--method", "fgsm", "--epsilon=-inf"], "above 0, not -inf"),
    (&["--method", "fgsm", "--epsilon", "1e99"], "above 0, not inf"),
    (&["--method", "fgsm", "--epsilon", "1e-99"], "above 0, not 0"),
    (&["--method", "fgsm", "--epsilon", ""], "cannot parse float from empty string"),
    (&["--method", "fgsm", "--epsilon", "0,1"], "invalid float"),
    (&["--method", "fgsm", "--epsilon", "8/255"], "invalid float"),
    (&["--method", "fgsm", "--steps", "3"], "fgsm takes no steps"),
    (&["--method", "fgsm", "--distortion", "0.1"], "fgsm takes no distortion"),
    (&["--method", "ddn", "--epsilon", "0.1"], "ddn takes no epsilon"),
    (&["--method", "noise", "--steps", "3"], "noise takes no steps"),
    (&["--method", "noise", "--epsilon", "0.1"], "noise takes no epsilon"),
    (&["--method", "noise", "--distortion", "0"], "distortion must be"),
    (&["--method", "noise", "--distortion", "-0.1"], "distortion must be"),
    (&["--method", "noise", "--distortion", "1.5"], "distortion must be"),
    (&["--method", "noise", "--distortion", "NaN"], "distortion must be"),
    (&["--method", "pgd-linf", "--steps", "0"], "0 is not in 1..=4294967295"),
    (&["--method", "pgd-linf", "--steps=-3"], "-3 is not in 1..=4294967295"),
    (&["--method", "pgd-linf", "--steps", "1.0"], "invalid digit"),
    (&["--method", "pgd-linf", "--steps", "4294967296"], "4294967296 is not in 1..=4294967295"),
    (&["--method", "pgd-linf", "--steps", ""], "empty string"),
    (&["--method", "cw", "--steps", "0"], "0 is not in 1..=4294967295"),
    (&["--steps", "10"], "takes no steps"),
    (&["--epsilon", "0.1"], "takes no epsilon"),
    (&["--distortion", "0.1"], "takes no distortion"),
    (&["--seed=-1"], "invalid digit"),
    (&["--seed", "18446744073709551616"], "number too large"),
    (&["--seed", "x"], "invalid digit"),
    (&["--seed", ""], "empty string"),
    (&["--target", "ten"], "invalid digit"),
    (&["--target=-1"], "invalid digit"),
    (&["--target", "1.5"], "invalid digit"),
    (&["--target", ""], "empty string"),
    (&["--target", "99999999999999999999"], "number too large"),
    (&["--save-npy", ""], "a value is required"),
    (&["--save-npy"], "a value is required"),
    (&["--model", ""], "a value is required"),
    (&["--model", "fc10-1,"], "a value is required"),
    (&["--model", "fc10-1,,fc10-1e-4"], "a value is required"),
    (&["--distortion"], "a value is required"),
    (&["--shard", "1/2"], "unexpected argument '--shard'"),
    (&["--count", "0"], "0 is not in 1.."),
    (&["--labels", "x"], "cannot be used multiple times"),
];

const TRANSFER: &[Wrong] = &[
    (&["--distortion", "0"], "distortion must be"),
    (&["--distortion", "-1"], "distortion must be"),
    (&["--distortion", "1.01"], "distortion must be"),
    (&["--distortion", "NaN"], "distortion must be"),
    (&["--distortion", "inf"], "distortion must be"),
    (&["--distortion", "a"], "invalid float"),
    (&["--method", "guess"], "methods are"),
    (&["--models", ""], "a value is required"),
    (&["--models", "fc10-1,"], "a value is required"),
    (&["--seed", "a"], "invalid digit"),
    (&["--model", "fc10-1"], "unexpected argument '--model'"),
    (&["--epsilon", "0.1"], "unexpected argument '--epsilon'"),
    (&["--count", "many"], "invalid digit"),
    (&["--backend", "cpu"], "unexpected argument '--backend'"),
];

const CERTIFY: &[Wrong] = &[
    (&["--count", "0"], "0 is not in 1.."),
    (&["--method", "ddn"], "unexpected argument '--method'"),
    (&["--normalize", "x"], "invalid value 'x'"),
    (&["--backend", "cpu"], "unexpected argument '--backend'"),
    (&["--save-npy", "x"], "unexpected argument '--save-npy'"),
    (&["--json", ""], "a value is required"),
];

const REPRODUCE: &[Wrong] = &[
    (&["table5"], "table1, table2"),
    (&[""], "a value is required"),
    (&["Table1"], "table1, table2"),
    (&["table1,table2"], "table1, table2"),
    (&["--count", "0"], "0 is not in 1.."),
    (&["--count", "all"], "invalid digit"),
    (&["--seed", "-1"], "invalid value '-1' for '--seed"),
    (&["--method", "fgsm"], "methods that look for the smallest change are"),
    (&["--method", ""], "methods that look for the smallest change are"),
    (&["--data", ""], "a value is required"),
    (&["--markdown", ""], "a value is required"),
    (&["--models", "fc10-1"], "networks of its own"),
    (&["--model", "fc10-1"], "networks of its own"),
    (&["--shard", "1/2"], "--json <FILE>"),
    (&["--json", "x", "--shard", "0/2"], "K from 1 to N"),
    (&["--json", "x", "--shard", "3/2"], "K from 1 to N"),
    (&["--json", "x", "--shard", "1/0"], "K from 1 to N"),
    (&["--json", "x", "--shard", "1"], "K from 1 to N"),
    (&["--json", "x", "--shard", "-1/2"], "-1"),
    (&["--json", "x", "--shard", "1/2/3"], "K from 1 to N"),
    (&["--json", "x", "--shard", "1/99999999999"], "K from 1 to N"),
    (&["--json", "x", "--shard", ""], "K from 1 to N"),
    (&["--json", "x", "--shard", "1/2", "--markdown", "y"], "cannot be used with"),
    (&["--epsilon", "1"], "unexpected argument '--epsilon'"),
];

const BARE: &[Wrong] = &[
    (&[], "Usage: blindspots"),
    (&["fool"], "unrecognized subcommand 'fool'"),
    (&[""], "unrecognized subcommand ''"),
    (&["--json", "x"], "unexpected argument '--json'"),
    (&["models", "fc10-1"], "unexpected argument 'fc10-1'"),
    (&["models", "--json", "x"], "unexpected argument '--json'"),
    (&["merge"], "required arguments were not provided"),
    (&["merge", ""], "a value is required"),
    (&["merge", "x", "--json", ""], "a value is required"),
    (&["merge", "x", "--shard", "1/2"], "unexpected argument '--shard'"),
    (&["classify"], "required arguments were not provided"),
    (&["classify", "--model", "fc10-1"], "--images"),
    (&["attack", "--model", "fc10-1", "--images", "x"], "--labels"),
    (&["attack", "--images", "x", "--labels", "y"], "--model"),
    (&["certify", "--model", "fc10-1", "--labels", "y"], "--images"),
    (&["transfer", "--images", "x", "--labels", "y"], "--models"),
    (&["reproduce"], "EXPERIMENT"),
    (&["help", "fool"], "unrecognized subcommand 'fool'"),
    (&["attack", "help"], "unexpected argument 'help'"),
];

/// What is wrong with the answer to such arguments.
fn fault(arguments: &[&str], words: &str) -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_blindspots")).args(arguments).output();
    let output = output.expect("it starts");
    let said = text(&output.stderr);
    let right = output.status.code() == Some(2)
        && said.contains(words)
        && output.stdout.is_empty()
        && !said.contains("panicked");
    (!right).then(|| format!("{arguments:?} lacks “{words}”: {:?}: {said}", output.status.code()))
}

#[test]
fn each_is_refused_by_a_sentence() {
    let (images, labels) = (gallery("images-idx3"), gallery("labels-idx1"));
    let digits = ["--images", &images, "--labels", &labels];
    let classify = ["classify", "--model", "fc10-1", "--images", &images];
    let with = |command: &[&'static str]| [command, &digits].concat();
    let bases: [(Vec<&str>, &[Wrong]); 6] = [
        (classify.to_vec(), CLASSIFY),
        (with(&["attack", "--model", "fc10-1"]), ATTACK),
        (with(&["transfer", "--models", "fc10-1"]), TRANSFER),
        (with(&["certify", "--model", "fc10-1"]), CERTIFY),
        (vec!["reproduce", "table2"], REPRODUCE),
        (vec![], BARE),
    ];
    let each = |(base, wrong): (Vec<&str>, &[Wrong])| -> Vec<Option<String>> {
        wrong.iter().map(|(more, words)| fault(&[&base[..], more].concat(), words)).collect()
    };
    let faults: Vec<Option<String>> = bases.into_iter().flat_map(each).collect();
    assert!(faults.len() > 150, "{} are tried", faults.len());
    let faults: Vec<String> = faults.into_iter().flatten().collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // What is right without them is not refused.
    assert!(fault(&classify, "").is_some_and(|fault| fault.contains("Some(0)")));
}

#[test]
fn numbers_that_are_large_but_possible_are_no_wrong_arguments() {
    let (images, labels) = (gallery("images-idx3"), gallery("labels-idx1"));
    for (more, words) in [
        (["--count", "4294967295"], "holds 100 images, not 4294967295"),
        (["--target", "18446744073709551615"], "classes are 0 to 9"),
    ] {
        let base = ["attack", "--model", "fc10-1", "--images", &images, "--labels", &labels];
        let output = super::blindspots(&[&base[..], &more].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn the_number_of_threads_is_a_number() {
    let run = |threads: &str| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_blindspots"));
        program.arg("models").env("RAYON_NUM_THREADS", threads).output().expect("it starts")
    };
    for wrong in ["two", "-1", "1.5", "NaN", " 2", "1025", "99999", "99999999999999999999"] {
        let output = run(wrong);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{wrong}: {said}");
        assert!(
            said.contains("RAYON_NUM_THREADS is a number of threads") && said.contains(wrong),
            "{said}"
        );
    }
    for right in ["", "0", "1", "3", "1024"] {
        let output = run(right);
        assert!(output.status.success(), "{right}: {}", text(&output.stderr));
    }
}
