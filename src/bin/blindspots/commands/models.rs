//! `blindspots models`: the bundled networks.

use blindspots::study::table::columns;

use crate::failure::Failure;
use crate::{bundled, output};

/// Lists name, architecture, training set, parameters, errors.
pub(super) fn run() -> Result<(), Failure> {
    let head = ["name", "architecture", "trained on", "parameters", "train %", "test %", "paper %"];
    let mut rows = Vec::new();
    for bundled in bundled::ALL.iter() {
        let card = bundled.card().map_err(|e| format!("the card of {}: {e}", bundled.name))?;
        let network = bundled.load().map_err(|e| format!("{}: {e}", bundled.name))?;
        let quoted = card.paper.and_then(|p| p.test_error);
        rows.push(vec![
            bundled.name.into(),
            card.architecture,
            card.training_set,
            network.parameters().to_string(),
            format!("{:.2}", card.errors.train),
            format!("{:.2}", card.errors.test),
            quoted.map_or("–".into(), |q| format!("{q:.2}")),
        ]);
    }
    output::text(columns(&head.map(String::from), &rows, 3));
    output::line(
        "\ntrain %, test %: measured errors; paper %: the test error that the paper gives",
    );
    Ok(())
}
