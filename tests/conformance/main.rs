//! The node tests of the `onnx` package: what is read is right, or refused by name.
//!
//! `cargo xtask conformance` fetches them, runs this with `BLINDSPOTS_NODE_TESTS` naming their folder,
//! and writes `src/import/OPERATORS.md`. `BLINDSPOTS_NODE_TESTS_ONLY` names a part of the tests, which
//! are then listed one by one and written nowhere.

mod judge;
#[allow(dead_code, reason = "the suite needs more of it")]
#[path = "../suite/support/mod.rs"]
mod support;
mod table;
#[allow(dead_code, reason = "the suite needs more of it")]
#[path = "../../src/testing/mod.rs"]
mod testing;
mod variants;

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;

use blindspots::exec::GpuContext;
use blindspots::import::operators::{LEARNED, OPERATORS};
use blindspots::import::{self, LoadOptions};
use judge::{Outcome, Proof, judge, refused};
use rayon::prelude::*;
use table::Entry;
use testing::device;
use variants::{NodeTest, Variant};

fn document() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/import/OPERATORS.md")
}

fn tests(only: &str) -> Vec<NodeTest> {
    let folder =
        std::env::var_os("BLINDSPOTS_NODE_TESTS").expect("cargo xtask conformance sets it");
    let entries = std::fs::read_dir(PathBuf::from(folder)).expect("the node tests are there");
    let mut folders: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
    folders.retain(|f| f.file_name().is_some_and(|name| name.to_string_lossy().contains(only)));
    folders.sort();
    folders.iter().map(|folder| variants::read(folder)).collect()
}

/// Tests of `onnx` 1.19.1 whose answers leave the eight bits and come in at the other end, where the
/// specification says that they are "saturated" to the end, as onnxruntime does.
const WRAPPED: [&str; 4] = [
    "test_qlinearmatmul_2D_int8_float16",
    "test_qlinearmatmul_2D_int8_float32",
    "test_qlinearmatmul_3D_int8_float16",
    "test_qlinearmatmul_3D_int8_float32",
];

/// Every variant of a test.
fn tried(test: &NodeTest, device: Option<&Arc<GpuContext>>) -> Vec<Entry> {
    let operations = test.operations();
    let operator = match operations[..] {
        [one] => Some(one.to_string()),
        _ => None,
    };
    let entry = |of_image, outcome| Entry {
        test: test.name.clone(),
        operator: operator.clone(),
        of_image,
        outcome,
    };
    if WRAPPED.contains(&test.name.as_str()) {
        return vec![entry(false, Outcome::Outside)];
    }
    let variants = test.variants();
    if variants.is_empty() {
        let outcome = match import::load(&test.bytes(), &LoadOptions::default()) {
            Ok(_) => Outcome::Failed("it loads, though it is no network".into()),
            Err(error) => match refused(&error, &operations) {
                Outcome::Failed(_) => Outcome::Outside,
                refused => refused,
            },
        };
        return vec![entry(false, outcome)];
    }
    let judged = |v: &Variant| {
        let judged = std::panic::catch_unwind(AssertUnwindSafe(|| judge(v, &operations, device)));
        let outcome = judged.unwrap_or_else(|_| Outcome::Failed("it panics".into()));
        entry(v.input.is_some(), outcome)
    };
    variants.iter().map(judged).collect()
}

#[test]
#[ignore = "cargo xtask conformance fetches the node tests and runs them"]
fn every_node_test_passes_or_is_refused_by_name() {
    let device = device::context("conformance");
    let only = std::env::var("BLINDSPOTS_NODE_TESTS_ONLY").unwrap_or_default();
    let tests = tests(&only);
    assert!(!tests.is_empty(), "no node test is called *{only}*");
    let entries: Vec<Entry> =
        tests.par_iter().flat_map_iter(|test| tried(test, device.as_ref())).collect();
    let failed = entries.iter().filter(|e| matches!(e.outcome, Outcome::Failed(_))).count();
    for Entry { test, of_image, outcome, operator } in &entries {
        if !only.is_empty() || matches!(outcome, Outcome::Failed(_)) {
            let operator = operator.as_deref().unwrap_or("several");
            let of = if *of_image { "image" } else { "constants" };
            println!("{operator}\t{test}\t{of}\t{outcome:?}");
        }
    }
    if only.is_empty() {
        let adapter = device.as_ref().map(|context| context.adapter().to_string());
        let package = std::env::var("BLINDSPOTS_NODE_TESTS_OF").unwrap_or_default();
        let text = table::markdown(&entries, &package, adapter.as_deref());
        std::fs::write(document(), text).expect("the document can be written");
        every_operator_is_noticed(&entries);
    }
    assert_eq!(failed, 0, "{failed} networks of node tests fail");
}

/// Negative control: the numbers of another image are not those that are right.
fn every_operator_is_noticed(entries: &[Entry]) {
    // What is read of a value's shape does not depend on the value.
    let of_values =
        OPERATORS.iter().chain(LEARNED).filter(|o| !["Shape", "Size"].contains(&o.name));
    for operator in of_values {
        let own = entries.iter().filter(|e| e.operator.as_deref() == Some(operator.name));
        let proofs: Vec<Proof> = own
            .filter(|e| e.of_image)
            .filter_map(|e| match e.outcome {
                Outcome::Passed(proof) if proof.slopes > 0 => Some(proof),
                _ => None,
            })
            .collect();
        let noticed = proofs.iter().filter(|p| p.noticed).count();
        assert!(proofs.is_empty() || noticed > 0, "{}: another image passes", operator.name);
    }
}

#[test]
fn the_document_lists_the_operators_that_the_code_reads() {
    let text = std::fs::read_to_string(document()).expect("cargo xtask conformance writes it");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    for (operator, row) in OPERATORS.iter().chain(LEARNED).zip(&rows) {
        let right = table::beginning(operator);
        assert!(row.starts_with(&right), "cargo xtask conformance: {right} is not in {row}");
    }
    // Behind them: compositions, and what is not read.
    let count = OPERATORS.len() + LEARNED.len() + 2;
    assert_eq!(rows.len(), count, "cargo xtask conformance writes the table again");
}
