//! How time and memory grow with the lanes.

use super::{Part, unique};
use crate::bench::results::{Scaling, ScalingRow};
use crate::bench::table::{Table, number, or_dash};
use crate::bench::targets::Target;

/// Lanes that have to run.
const MOST: u32 = 4096;

/// Milliseconds, and bytes a lane.
pub(in crate::bench) fn part(data: &Scaling) -> Part {
    let mut part = Part::new(
        "Time and memory as lanes grow",
        "Input gradients of so many images at once. Memory is what the engine holds afterwards: \
         WebAssembly's for the processor, buffers on the device for WebGPU.",
    );
    for (model, backend) in unique(data.rows.iter().map(|r| (&r.model, &r.backend))) {
        let mut table = Table::new(["lanes", "ms", "µs a lane", "Wasm MB", "device MB"]);
        for row in cases(data, model, backend) {
            let megabytes = |bytes: Option<f64>| or_dash(bytes.map(|b| number(b / 1e6)));
            let time = row.milliseconds.map(number);
            let limit = row.longer_than.map(|seconds| format!("more than {seconds} s"));
            let each = row.milliseconds.map(|ms| number(1e3 * ms / f64::from(row.lanes)));
            let device = row.device.filter(|_| backend == "webgpu");
            table.row([
                row.lanes.to_string(),
                or_dash(time.or(limit)),
                or_dash(each),
                megabytes(row.wasm),
                megabytes(device),
            ]);
        }
        let bytes =
            growth(data, model, backend).map(|b| format!(", {} KB a lane", number(b / 1e3)));
        part.table(format!("{model} on {backend}{}", bytes.unwrap_or_default()), table);
    }
    part
}

fn cases<'a>(data: &'a Scaling, model: &str, backend: &str) -> Vec<&'a ScalingRow> {
    data.rows.iter().filter(|row| row.model == model && row.backend == backend).collect()
}

/// Bytes that every further lane takes, between the fewest lanes and the most.
fn growth(data: &Scaling, model: &str, backend: &str) -> Option<f64> {
    let bytes = |row: &ScalingRow| match backend {
        "webgpu" => row.device,
        _ => row.wasm,
    };
    let rows = cases(data, model, backend);
    let measured: Vec<(f64, f64)> =
        rows.iter().filter_map(|row| Some((f64::from(row.lanes), bytes(row)?))).collect();
    let (first, last) = (measured.first()?, measured.last()?);
    (last.0 > first.0).then(|| (last.1 - first.1) / (last.0 - first.0))
}

/// 100 KB a lane, and 4,096 of them.
pub(in crate::bench) fn targets(data: Option<&Scaling>) -> Vec<Target> {
    let model = "fc100-100-10";
    let mut targets = Vec::new();
    for backend in ["cpu", "webgpu"] {
        let bytes = data.and_then(|data| growth(data, model, backend));
        let what = format!("{model} on {backend}: memory a lane");
        targets.push(Target::at_most(what, 100.0, " KB", bytes.map(|b| b / 1e3)));
        let most = data.and_then(|data| {
            let ran = |row: &&&ScalingRow| row.milliseconds.is_some();
            cases(data, model, backend)
                .iter()
                .filter(ran)
                .map(|row| f64::from(row.lanes))
                .next_back()
        });
        let what = format!("{model} on {backend}: lanes that run");
        targets.push(Target::at_least(what, f64::from(MOST), "", most));
    }
    targets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::targets::table;

    fn data(bytes_a_lane: f64, lanes: &[u32]) -> Scaling {
        let row = |lanes: &u32| ScalingRow {
            model: "fc100-100-10".into(),
            backend: "cpu".into(),
            lanes: *lanes,
            milliseconds: Some(1.0),
            wasm: Some(5e6 + bytes_a_lane * f64::from(*lanes)),
            ..ScalingRow::default()
        };
        Scaling { rows: lanes.iter().map(row).collect(), ..Scaling::default() }
    }

    fn verdicts(data: &Scaling) -> Vec<String> {
        let text = table(&targets(Some(data))).markdown();
        let last = |line: &str| line.split('|').nth(4).map(|cell| cell.trim().to_owned());
        text.lines().skip(2).filter_map(last).take(2).collect()
    }

    #[test]
    fn memory_is_what_further_lanes_add() {
        assert_eq!(growth(&data(9e4, &[1, 4096]), "fc100-100-10", "cpu"), Some(9e4));
        assert_eq!(growth(&data(9e4, &[1]), "fc100-100-10", "cpu"), None);
        assert_eq!(verdicts(&data(9e4, &[1, 4096])), ["yes", "yes"]);
        assert_eq!(verdicts(&data(11e4, &[1, 4096])), ["no", "yes"]);
        assert_eq!(verdicts(&data(9e4, &[1, 1024])), ["yes", "no"]);
    }
}
