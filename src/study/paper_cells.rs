//! The paper's cells for the page: `www/src/lab/paper.ts`, written from [`paper`](super::paper); and beside them
//! what the committed run measured: `www/src/lab/measured.ts`, written from `models/results.json`.
//!
//! The tests compare the files with the tables and the run; with `BLINDSPOTS_WRITE_TYPES`
//! set, as by `cargo xtask types`, they write them.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::paper::{Made, Row, TABLE2, TABLE4};

const FILE: &str = "www/src/lab/paper.ts";
const MEASURED: &str = "www/src/lab/measured.ts";

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

const MEASURED_HEAD: &str = "\
// Generated from models/results.json by `cargo xtask types`: do not edit.
// What `blindspots reproduce all` measured on MNIST's test digits, in the shape of the paper's tables.

import type { PaperTable } from \"./paper.js\";
";

/// The distortion to which Table 4's examples are magnified.
const MAGNIFIED: f32 = 0.1;

/// Table 4 as the committed run has it: examples as found, then magnified.
fn measured(results: &Value) -> String {
    let table = &results["results"]["table4"];
    let names = |of: &Value| -> Vec<String> {
        of.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let networks: Vec<String> =
        names(&table["networks"]).iter().map(|name| format!("\"{name}\"")).collect();
    let rows = |kind: &str, suffix: &str, images: &str| -> String {
        let rows = table["made_for"].as_array().into_iter().flatten();
        let line = |row: &Value| {
            let shown = &row[images]["examples"];
            let digits = shown["digits"].as_f64().expect("a number of digits");
            let percent =
                |wrong: &Value| format!("{:.1}", 100.0 * wrong.as_f64().expect("a count") / digits);
            let errors: Vec<String> =
                shown["wrong"].as_array().into_iter().flatten().map(percent).collect();
            assert_eq!(errors.len(), networks.len(), "a column a network");
            let network = row["network"].as_str().expect("a network's name");
            let distortion = shown["distortion"].as_f64().expect("a sum") / digits;
            format!(
                "    {{ made: {{ kind: \"{kind}\", network: \"{network}\"{suffix} }}, errors: [{}], distortion: {distortion:.3} }},\n",
                errors.join(", ")
            )
        };
        rows.map(line).collect()
    };
    let nearest = rows("for", "", "nearest");
    let magnified = rows("magnified", &format!(", distortion: {MAGNIFIED}"), "magnified");
    format!(
        "{MEASURED_HEAD}\n/** Table 4. */\nexport const measured4: PaperTable = {{\n  networks: [{}],\n  rows: [\n{nearest}{magnified}  ],\n}};\n",
        networks.join(", ")
    )
}

fn typescript() -> String {
    format!("{HEAD}{}{}", table("table2", 2, &TABLE2), table("table4", 4, &TABLE4))
}

/// Compares a file with what it should hold, or writes it.
fn check(file: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("BLINDSPOTS_WRITE_TYPES").is_some() {
        std::fs::write(&path, wanted).expect("the cells can be written");
    } else {
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == wanted, "{file} is not what the tables say: run `cargo xtask types`");
    }
}

#[test]
fn the_papers_cells_are_up_to_date() {
    let wanted = typescript();
    assert!(wanted.contains("errors: [100, 26.2, 5.9], distortion: 0.062"), "Table 4's first row");
    check(FILE, &wanted);
}

#[test]
fn the_measured_cells_are_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/results.json");
    let run = std::fs::read_to_string(path).expect("the full run");
    let mut run: Value = serde_json::from_str(&run).expect("JSON");
    let wanted = measured(&run);
    check(MEASURED, &wanted);
    // Another run has other cells.
    let wrong = &mut run["results"]["table4"]["made_for"][0]["nearest"]["examples"]["wrong"][2];
    *wrong = Value::from(wrong.as_u64().expect("a count") + 10);
    assert_ne!(measured(&run), wanted);
}
