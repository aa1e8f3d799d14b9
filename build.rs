//! The program holds the files of `models/` (`src/bin/blindspots/bundled.rs`): it is built again when one changes.

fn main() {
    println!("cargo::rerun-if-changed=models");
}
