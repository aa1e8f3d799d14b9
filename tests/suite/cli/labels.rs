//! Labels that do not belong to the images.

use std::path::PathBuf;

use blindspots::digit::{gallery, idx};

use super::{blindspots, empty_folder, gallery as gallery_file, refused, text};

/// The gallery's labels, changed, in a file.
fn labels(folder: &str, change: impl Fn(&mut Vec<u8>)) -> String {
    let mut labels = gallery().labels.clone();
    change(&mut labels);
    let file: PathBuf = empty_folder(folder).join("labels");
    std::fs::write(&file, idx::write_labels(&labels)).expect("written");
    file.display().to_string()
}

/// Each command that takes labels, for the gallery's images and these labels.
fn commands(labels: &str, more: &[&str]) -> Vec<Vec<String>> {
    let images = gallery_file("images-idx3");
    let data = ["--images", &images, "--labels", labels];
    let commands: [&[&str]; 4] = [
        &["classify", "--model", "fc10-1e-4"],
        &["attack", "--model", "fc10-1e-4", "--method", "fgsm", "--epsilon", "0.01"],
        &["certify", "--model", "fc10-1e-4"],
        &["transfer", "--models", "fc10-1e-4"],
    ];
    let arguments =
        |c: &[&str]| [c, &data, more].concat().iter().map(|s| (*s).to_owned()).collect();
    commands.into_iter().map(arguments).collect()
}

#[test]
fn more_labels_than_images_are_refused_unless_a_count_is_said() {
    let twice = labels("twice", |labels| labels.extend_from_within(..));
    for arguments in commands(&twice, &[]) {
        let error = refused(&arguments, 1);
        assert!(error.contains("holds 200 labels and "), "{error}");
        assert!(error.contains("100 images: do they belong together? --count 100"), "{error}");
    }
    for arguments in commands(&twice, &["--count", "60"]) {
        let output = blindspots(&arguments);
        let said = text(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("holds 200 labels and ") && said.contains("100 images"), "{said}");
        assert!(said.contains("the first 60 of both are taken"), "{said}");
    }
}

/// An array of NumPy's, which may hold any number.
fn array(folder: &str, labels: &[u64]) -> String {
    let shape =
        format!("{{'descr': '<u8', 'fortran_order': False, 'shape': ({},), }}", labels.len());
    let header = format!("{shape:<117}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(labels.iter().flat_map(|label| label.to_le_bytes()));
    let file = empty_folder(folder).join("labels.npy");
    std::fs::write(&file, bytes).expect("written");
    file.display().to_string()
}

#[test]
fn a_label_that_no_class_has_is_refused() {
    let right: Vec<u64> = gallery().labels.iter().map(|label| u64::from(*label)).collect();
    for arguments in commands(&array("right", &right), &[]) {
        let output = blindspots(&arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    for odd in [10, 263, (1 << 32) + 7, u64::MAX >> 1] {
        let mut labels = right.clone();
        labels[3] = odd;
        let said = format!("label 3 is {odd}; the network's classes are 0 to 9");
        for arguments in commands(&array("odd", &labels), &[]) {
            let error = refused(&arguments, 1);
            assert!(error.contains(&said), "{error}");
        }
    }
}

#[test]
fn fewer_labels_do_for_fewer_images() {
    let half = labels("half", |labels| labels.truncate(50));
    for arguments in commands(&half, &[]) {
        let error = refused(&arguments, 1);
        assert!(error.contains("holds 50 labels for 100 images"), "{error}");
    }
    // Labels for just the images that are taken are as they should be.
    for (count, remarked) in [("50", false), ("30", true)] {
        for arguments in commands(&half, &["--count", count]) {
            let output = blindspots(&arguments);
            let said = text(&output.stderr);
            assert!(output.status.success(), "{said}");
            assert_eq!(said.contains("of both are taken"), remarked, "{said}");
        }
    }
    let one = labels("one", |labels| labels.truncate(1));
    let error = refused(&commands(&one, &["--count", "2"])[0], 1);
    assert!(error.contains("holds 1 label for 2 images"), "{error}");
}

#[test]
fn labels_of_other_images_are_noticed_by_how_the_network_reads() {
    let moved = labels("moved", |labels| labels.rotate_left(1));
    let right = labels("right", |_| {});
    for (labels, doubted) in [(&moved, true), (&right, false)] {
        for arguments in commands(labels, &[]) {
            let output = blindspots(&arguments);
            let said = text(&output.stderr);
            assert!(output.status.success(), "{said}");
            let doubts = said.contains("of 100 images as labelled, no more than by chance");
            assert_eq!(doubts, doubted, "{arguments:?}: {said}");
            assert!(!doubted || said.contains("fc10-1e-4: it reads "), "{said}");
            assert!(!doubted || said.contains("although its test error is "), "{said}");
        }
    }
    // A file of one's own was tried on sample digits.
    let file = crate::testing::models().join("fc10-1e-4.onnx").display().to_string();
    let images = gallery_file("images-idx3");
    let run = ["classify", "--model", &file, "--images", &images, "--labels", &moved];
    let said = text(&blindspots(&run).stderr);
    assert!(
        said.contains("no more than by chance, although it reads ")
            && said.contains("sample digits"),
        "{said}"
    );
}
