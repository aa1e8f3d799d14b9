//! Arrays of NumPy's, and other files, as images and labels.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use blindspots::digit::{PIXELS, gallery, idx};
use blindspots::npy;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::{empty_folder, gallery as gallery_file, on_gallery, refused, succeeded, text};

/// Images of the gallery that are used here.
const COUNT: usize = 12;

fn reading(file: &str, images: &Path) -> Vec<Value> {
    let images = images.display().to_string();
    let arguments = ["classify", "--model", "fc10-1", "--images", &images, "--count", "12"];
    let (json, _) = succeeded(file, arguments.map(String::from).to_vec());
    json["images"].as_array().expect("a list").clone()
}

/// An array `[12, 28, 28]` of the gallery's images as NumPy would write it.
fn array(kind: &str, fortran: bool, element: impl Fn(f32) -> Vec<u8>) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let head =
        format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': (12, 28, 28), }}\n");
    let mut bytes =
        [b"\x93NUMPY\x01\x00", &(head.len() as u16).to_le_bytes()[..], head.as_bytes()].concat();
    let images = &gallery().images[..COUNT * PIXELS];
    for place in 0..images.len() {
        // The first axis runs fastest where columns come first.
        let (image, row, column) = (place % COUNT, place / COUNT % 28, place / COUNT / 28);
        let at = if fortran { image * PIXELS + row * 28 + column } else { place };
        bytes.extend(element(images[at]));
    }
    bytes
}

#[test]
fn arrays_of_every_order_and_size_are_read_as_the_same_images() {
    let folder = empty_folder("orders");
    let right = reading("orders-idx.json", Path::new(&gallery_file("images-idx3")));
    let gzipped = {
        let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
        gz.write_all(&array("<f4", false, |v| v.to_le_bytes().to_vec())).expect("memory");
        gz.finish().expect("memory")
    };
    let files = [
        ("little", array("<f4", false, |v| v.to_le_bytes().to_vec())),
        ("big", array(">f4", false, |v| v.to_be_bytes().to_vec())),
        ("double", array("<f8", false, |v| f64::from(v).to_le_bytes().to_vec())),
        ("big-double", array(">f8", false, |v| f64::from(v).to_be_bytes().to_vec())),
        ("fortran", array("<f4", true, |v| v.to_le_bytes().to_vec())),
        ("fortran-big", array(">f4", true, |v| v.to_be_bytes().to_vec())),
        ("gzipped", gzipped),
    ];
    for (name, bytes) in files {
        let file = folder.join(name);
        std::fs::write(&file, bytes).expect("written");
        assert_eq!(reading(&format!("orders-{name}.json"), &file), right, "{name}");
    }
    // Columns that are taken for rows are other images.
    let mut lie = array("<f4", true, |v| v.to_le_bytes().to_vec());
    let at = lie.windows(5).position(|word| word == b"True,").expect("the header says so");
    lie.splice(at..at + 4, *b"None");
    let file = folder.join("lie");
    std::fs::write(&file, lie).expect("written");
    assert_ne!(reading("orders-lie.json", &file), right);
}

#[test]
fn what_an_attack_saves_can_be_classified() {
    let folder = empty_folder("saved");
    let npy = folder.join("adversarial.npy").display().to_string();
    let more = ["--count", "12", "--method", "nearest-boundary", "--save-npy", &npy];
    let (attack, _) = succeeded("saved.json", on_gallery("attack", "fc10-1", &more));
    let labels = gallery_file("labels-idx1");
    let again =
        ["classify", "--model", "fc10-1", "--images", &npy, "--labels", &labels, "--count", "12"];
    let (read, _) = succeeded("saved-again.json", again.map(String::from).to_vec());
    let classes = |file: &Value| -> Vec<Value> {
        let rows = file["images"].as_array().expect("a list");
        rows.iter().map(|row| row["predicted"].clone()).collect()
    };
    assert_eq!(classes(&read), classes(&attack));
    assert_eq!(read["error_rate"], 1.0);
}

#[test]
fn colour_images_come_back_too() {
    let folder = empty_folder("colour");
    let net = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/onnx/colour.onnx");
    let image = [3, 32, 32];
    let values: Vec<f32> = (0..2 * 3 * 32 * 32).map(|i| (i * 37 % 101) as f32 / 100.0).collect();
    let images = folder.join("images.npy").display().to_string();
    let mut bytes = Vec::new();
    npy::write(&mut bytes, &image, &values).expect("memory");
    std::fs::write(&images, bytes).expect("written");
    let labels = folder.join("labels.npy").display().to_string();
    let head = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n";
    let header = [b"\x93NUMPY\x01\x00", &(head.len() as u16).to_le_bytes()[..], head.as_bytes()];
    std::fs::write(&labels, [&header.concat()[..], &[0, 1]].concat()).expect("written");

    let saved = folder.join("saved.npy").display().to_string();
    let given = ["--normalize", "none", "--labels", &labels];
    let attack =
        ["attack", "--model", net, "--images", &images, "--method", "fgsm", "--epsilon", "0.3"];
    let attack = [&attack[..], &given, &["--save-npy", &saved]].concat();
    let (attack, _) = succeeded("colour.json", attack.iter().map(|s| (*s).to_owned()).collect());
    let array = npy::read_floats(&std::fs::read(&saved).expect("written")).expect("valid");
    assert_eq!(array.shape, [2, 3, 32, 32]);
    let again = [&["classify", "--model", net, "--images", &saved][..], &given].concat();
    let (read, _) = succeeded("colour-again.json", again.iter().map(|s| (*s).to_owned()).collect());
    for (row, read) in std::iter::zip(
        attack["images"].as_array().expect("a list"),
        read["images"].as_array().expect("a list"),
    ) {
        // What was not fooled is saved as it was.
        let expected = if row["success"] == true { &row["predicted"] } else { &row["label"] };
        assert_eq!(&read["predicted"], expected);
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = empty_folder("unreadable");
    let file = |name: &str, bytes: &[u8]| -> PathBuf {
        std::fs::write(folder.join(name), bytes).expect("written");
        folder.join(name)
    };
    let spoiled = |value: f32| {
        let mut bytes = array("<f4", false, |v| v.to_le_bytes().to_vec());
        let end = bytes.len();
        bytes[end - 4..].copy_from_slice(&value.to_le_bytes());
        bytes
    };
    let whole = array("<f4", false, |v| v.to_le_bytes().to_vec());
    let cases: Vec<(PathBuf, &str)> = vec![
        (file("nan.npy", &spoiled(f32::NAN)), "element 9407 is NaN; pixels are from 0 to 1"),
        (file("inf.npy", &spoiled(f32::INFINITY)), "element 9407 is inf; pixels are from 0 to 1"),
        (file("above.npy", &spoiled(1.5)), "element 9407 is 1.5; pixels are from 0 to 1"),
        (file("bytes.npy", &array("|u1", false, |v| vec![(v * 255.0) as u8])), "of type |u1"),
        (file("half.npy", &array("<f2", false, |_| vec![0, 0])), "of type <f2"),
        (file("cut.npy", &whole[..whole.len() - 1]), "has 37632 bytes of data, this one 37631"),
        (file("archive.npz", b"PK\x03\x04rest"), "an archive, such as .npz"),
        (file("empty", b""), "begins with nothing at all"),
        (file("text", b"hello"), "begins with 68 65 6c 6c"),
        (file("gz", b"\x1f\x8b\x08rest"), "gzip file is damaged"),
        // In the system's own words, of which only these are the same on all of Unix.
        (folder.clone(), if cfg!(unix) { "Is a directory" } else { "os error" }),
        (folder.join("missing"), if cfg!(unix) { "No such file" } else { "os error" }),
    ];
    for (images, words) in cases {
        let name = images.display().to_string();
        let error = refused(&["classify", "--model", "fc10-1", "--images", &name], 1);
        assert!(error.contains(words) && error.contains(&name), "{error}");
    }
    // One-hot rows are no labels.
    let head = "{'descr': '|u1', 'fortran_order': False, 'shape': (100, 1), }\n";
    let header = [b"\x93NUMPY\x01\x00", &(head.len() as u16).to_le_bytes()[..], head.as_bytes()];
    let column = file("column.npy", &[&header.concat()[..], &[0; 100]].concat());
    let (images, labels) = (gallery_file("images-idx3"), column.display().to_string());
    let run = ["classify", "--model", "fc10-1", "--images", &images, "--labels", &labels];
    assert!(refused(&run, 1).contains("labels are an array [N], not [100, 1]"));
}

/// Images and labels from pipes.
#[cfg(unix)]
#[test]
fn pipes_are_read_like_files() {
    let (images, labels) = (gallery_file("images-idx3"), gallery_file("labels-idx1"));
    let line = format!(
        "exec \"$0\" classify --model fc10-1 --images <(cat '{images}') --labels /dev/stdin < '{labels}'"
    );
    let mut shell = std::process::Command::new("bash");
    let output = shell
        .arg("-c")
        .arg(line)
        .arg(env!("CARGO_BIN_EXE_blindspots"))
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let plain = super::blindspots(&on_gallery("classify", "fc10-1", &[]));
    assert_eq!(text(&output.stdout), text(&plain.stdout));
    assert_eq!(idx::read_labels(&std::fs::read(labels).expect("there")).expect("valid").len(), 100);
}
