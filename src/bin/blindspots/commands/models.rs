//! `blindspots models`: the bundled networks.

use blindspots::model;

use crate::bundled;
use crate::output::table;

/// Lists name, architecture, training set, parameters, errors.
pub(super) fn run() -> Result<(), String> {
    let head = ["name", "architecture", "trained on", "parameters", "train %", "test %", "paper %"];
    let mut cells = vec![head.map(String::from).to_vec()];
    for bundled in bundled::ALL.iter() {
        let card = bundled.card().map_err(|e| format!("the card of {}: {e}", bundled.name))?;
        let network = model::load(bundled.onnx).map_err(|e| format!("{}: {e}", bundled.name))?;
        let quoted = card.paper.and_then(|p| p.test_error);
        cells.push(vec![
            bundled.name.into(),
            card.architecture,
            card.training_set,
            network.parameters().to_string(),
            format!("{:.2}", card.errors.train),
            format!("{:.2}", card.errors.test),
            quoted.map_or("–".into(), |q| format!("{q:.2}")),
        ]);
    }
    print!("{}", table(&cells, &[false, false, false, true, true, true, true]));
    println!("\ntrain %, test %: measured errors; paper %: the test error that the paper gives");
    Ok(())
}
