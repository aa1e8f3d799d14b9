//! The paper's cells for the page: `www/src/lab/paper.ts`, written from [`paper`](super::paper).
//!
//! The test compares the file with the tables; with `BLINDSPOTS_WRITE_TYPES`
//! set, as by `cargo xtask types`, it writes it.

use std::fmt::Write as _;
use std::path::Path;

use super::paper::{Made, Row, TABLE2, TABLE4};

const FILE: &str = "www/src/lab/paper.ts";

const HEAD: &str = "\
// Generated from src/study/paper.rs by `cargo xtask types`: do not edit.
// What the paper prints (Szegedy et al., 2013, Tables 2 and 4): reference data, never a result.

/** Where the images of a row come from. */
export type PaperMade =
  | { kind: \"for\"; network: string }
  | { kind: \"magnified\"; network: string; distortion: number }
  | { kind: \"noise\"; distortion: number };

/** Errors in percent, in the order of the table's networks, and the images' mean distortion. */
export interface PaperRow {
  made: PaperMade;
  errors: readonly number[];
  distortion: number;
}

/** Examples made for one network, shown to the others. */
export interface PaperTable {
  networks: readonly string[];
  rows: readonly PaperRow[];
}
";

fn made(made: Made) -> String {
    match made {
        Made::For(name) => format!("{{ kind: \"for\", network: \"{name}\" }}"),
        Made::Magnified(name, to) => {
            format!("{{ kind: \"magnified\", network: \"{name}\", distortion: {to} }}")
        }
        Made::Noise(deviation) => format!("{{ kind: \"noise\", distortion: {deviation} }}"),
    }
}

fn table<const N: usize>(name: &str, number: u32, rows: &[Row<N>]) -> String {
    let networks = rows.iter().filter_map(|row| match row.made {
        Made::For(network) => Some(format!("\"{network}\"")),
        _ => None,
    });
    let networks: Vec<String> = networks.collect();
    assert_eq!(networks.len(), N, "a column a network");
    let mut text = format!(
        "\n/** Table {number}. */\nexport const {name}: PaperTable = {{\n  networks: [{}],\n  rows: [\n",
        networks.join(", ")
    );
    for row in rows {
        let errors: Vec<String> = row.errors.iter().map(f64::to_string).collect();
        let (made, errors) = (made(row.made), errors.join(", "));
        let distortion = row.distortion;
        writeln!(text, "    {{ made: {made}, errors: [{errors}], distortion: {distortion} }},")
            .expect("a string takes everything");
    }
    text + "  ],\n};\n"
}

fn typescript() -> String {
    format!("{HEAD}{}{}", table("table2", 2, &TABLE2), table("table4", 4, &TABLE4))
}

#[test]
fn the_papers_cells_are_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let wanted = typescript();
    assert!(wanted.contains("errors: [100, 26.2, 5.9], distortion: 0.062"), "Table 4's first row");
    if std::env::var_os("BLINDSPOTS_WRITE_TYPES").is_some() {
        std::fs::write(&path, wanted).expect("the cells can be written");
    } else {
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == wanted, "{FILE} is not what the tables say: run `cargo xtask types`");
    }
}
