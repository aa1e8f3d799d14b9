//! The same attacks on the processor and on the graphics device, digit by digit.

use std::path::Path;

use anyhow::{Result, ensure};
use serde::Deserialize;

use super::effort::Effort;
use super::program::{self, networks};
use super::results::{Agreement, AgreementRow, Apart};

/// The method whose results are compared: it has a machine of its own on the device.
const METHOD: &str = "nearest-boundary";

/// How far two distances may be apart to be the same, relative to the smaller.
const SAME: f64 = 0.01;

/// What `blindspots attack --json` writes, as far as it is compared.
#[derive(Deserialize)]
struct File {
    images: Vec<Image>,
}

#[derive(Deserialize)]
struct Image {
    index: u32,
    success: bool,
    predicted: u32,
    l2: f64,
}

/// Attacks the first test digits with every bundled network on both backends.
pub(super) fn measure(effort: &Effort, program: &Path) -> Result<Agreement> {
    let names = networks(effort)?;
    let rows = names.iter().map(|model| row(effort, program, model));
    Ok(Agreement { method: METHOD.into(), rows: rows.collect::<Result<_>>()? })
}

fn row(effort: &Effort, program: &Path, model: &str) -> Result<AgreementRow> {
    let count = effort.agreement(model);
    let cpu = attack(program, model, "cpu", count)?;
    let webgpu = attack(program, model, "webgpu", count)?;
    ensure!(cpu.len() == webgpu.len(), "{model}: other digits on the other backend");
    let (digits, apart) = (cpu.len() as u32, compared(&cpu, &webgpu));
    Ok(AgreementRow { model: model.into(), digits, apart })
}

fn attack(program: &Path, model: &str, backend: &str, count: u32) -> Result<Vec<Image>> {
    let asked = ["--method", METHOD, "--backend", backend];
    let file: File = program::attack(program, model, count, &asked)?;
    ensure!(!file.images.is_empty(), "{model} on {backend}: no results");
    Ok(file.images)
}

/// Digits that did not come out the same.
fn compared(cpu: &[Image], webgpu: &[Image]) -> Vec<Apart> {
    let found = |image: &Image| image.success.then_some(image.l2);
    let differ = cpu.iter().zip(webgpu).filter(|(cpu, webgpu)| !same(found(cpu), found(webgpu)));
    differ
        .map(|(cpu, webgpu)| Apart {
            index: cpu.index,
            cpu: found(cpu),
            webgpu: found(webgpu),
            why: if cpu.success != webgpu.success {
                "only one of them found any".into()
            } else if cpu.predicted != webgpu.predicted {
                "the boundaries of two classes".into()
            } else {
                "two minima on one boundary".into()
            },
        })
        .collect()
}

fn same(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= SAME * a.min(b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_listed_with_the_reason() {
        let image = |index, success, predicted, l2| Image { index, success, predicted, l2 };
        let cpu = [
            image(0, true, 3, 1.0),
            image(1, true, 3, 1.0),
            image(2, true, 3, 1.0),
            image(3, true, 3, 1.0),
            image(4, false, 3, 0.0),
            image(5, true, 3, 0.0),
        ];
        let webgpu = [
            image(0, true, 3, 1.009),
            image(1, true, 3, 1.011),
            image(2, true, 5, 0.9),
            image(3, false, 7, 0.0),
            image(4, false, 3, 0.0),
            image(5, true, 3, 0.0),
        ];
        let apart = compared(&cpu, &webgpu);
        let listed: Vec<(u32, &str)> = apart.iter().map(|a| (a.index, a.why.as_str())).collect();
        assert_eq!(
            listed,
            [
                (1, "two minima on one boundary"),
                (2, "the boundaries of two classes"),
                (3, "only one of them found any"),
            ]
        );
        assert!(compared(&cpu, &cpu).is_empty());
    }
}
