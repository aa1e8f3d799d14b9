//! Input gradients side by side, and their share of the peak.

use super::{Part, unique};
use crate::bench::results::{GradientRow, Gradients};
use crate::bench::table::{Table, number, or_dash, percent, times};
use crate::bench::targets::Target;

const OURS: &str = "blindspots cpu";
const ON_DEVICE: &str = "blindspots webgpu";

/// Lanes at which the targets are set.
const LANES: u32 = 160;

/// Milliseconds of every contender, and how many times ours.
pub(in crate::bench) fn part(data: &Gradients) -> Part {
    let mut part = Part::new(
        "Input gradient of the cross-entropy, read back",
        "Milliseconds, medians; in brackets how many times as long as `blindspots cpu` in the same \
         minutes. All contenders run in the same Chromium, each in a browser of its own, and take \
         turns; WebGPU is emulated on the processor where the adapter says so. `onnxruntime-web` runs \
         forward only. Every gradient was compared with ours first.",
    );
    for model in unique(data.rows.iter().map(|row| row.model.as_str())) {
        let rows: Vec<&GradientRow> = data.rows.iter().filter(|row| row.model == model).collect();
        part.table(format!("{model}, number of lanes"), one_model(&rows));
    }
    part
}

fn one_model(rows: &[&GradientRow]) -> Table {
    let lanes = unique(rows.iter().map(|row| row.lanes));
    let head = std::iter::once("contender".into()).chain(lanes.iter().map(|n| format!("×{n}")));
    let mut table = Table::new(head);
    for contender in unique(rows.iter().map(|row| row.contender.as_str())) {
        let find = |name: &str, lanes: u32| {
            rows.iter().find(|row| row.contender == name && row.lanes == lanes).copied()
        };
        let cells = lanes.iter().map(|lanes| {
            let ours = find(OURS, *lanes).and_then(|row| row.milliseconds);
            or_dash(find(contender, *lanes).map(|row| cell(row, ours)))
        });
        let forward = rows.iter().any(|row| row.contender == contender && row.gives == "logits");
        let name = format!("{contender}{}", if forward { " (forward)" } else { "" });
        table.row(std::iter::once(name).chain(cells));
    }
    table
}

fn cell(row: &GradientRow, ours: Option<f64>) -> String {
    match (row.milliseconds, row.longer_than, &row.failed) {
        (Some(time), ..) if row.contender == OURS => number(time),
        (Some(time), ..) => {
            let ratio = ours.map_or(String::new(), |ours| format!(" ({})", times(time / ours)));
            format!("{}{ratio}", number(time))
        }
        (None, Some(seconds), _) => format!("more than {seconds} s"),
        (None, None, Some(reason)) => format!("failed: {reason}"),
        (None, None, None) => "–".into(),
    }
}

/// Share of the peak of Wasm SIMD that the processor's gradient reaches.
pub(in crate::bench) fn peak_part(data: &Gradients) -> Part {
    let mut part = Part::new(
        "Share of the Wasm SIMD peak",
        "One core; the peak is a loop of `f32x4` multiplications and additions on registers, measured \
         beside each batch. Operations are counted from the network's shapes: forward and input gradient. \
         Time is that of the library's answer to the page, with the way to the worker and back.",
    );
    let head = ["network, lanes", "MFLOP a lane", "peak GFLOP/s", "gradient GFLOP/s", "share"];
    let mut table = Table::new(head);
    for speed in &data.speeds {
        let Some(rate) = rate(data, &speed.model, speed.lanes) else { continue };
        table.row([
            format!("{} ×{}", speed.model, speed.lanes),
            number(speed.work / 1e6),
            number(speed.gigaflops),
            number(rate),
            percent(rate / speed.gigaflops),
        ]);
    }
    part.table("", table);
    part
}

/// GFLOP/s of our gradient.
fn rate(data: &Gradients, model: &str, lanes: u32) -> Option<f64> {
    let speed = data.speeds.iter().find(|s| s.model == model && s.lanes == lanes)?;
    Some(speed.work * f64::from(lanes) / time(data, model, lanes, OURS)? / 1e6)
}

fn time(data: &Gradients, model: &str, lanes: u32, contender: &str) -> Option<f64> {
    let found =
        |row: &&GradientRow| row.model == model && row.lanes == lanes && row.contender == contender;
    data.rows.iter().find(found)?.milliseconds
}

/// Shares of the peak that are to be reached at [`LANES`] lanes.
pub(in crate::bench) fn peak_targets(data: Option<&Gradients>) -> Vec<Target> {
    let share = |model: &str| {
        let data = data?;
        let speed = data.speeds.iter().find(|s| s.model == model && s.lanes == LANES)?;
        Some(100.0 * rate(data, model, LANES)? / speed.gigaflops)
    };
    let share_of = |model: &str, required| {
        let what = format!("{model}: share of the Wasm SIMD peak, {LANES} lanes");
        Target::at_least(what, required, " %", share(model))
    };
    vec![share_of("fc100-100-10", 50.0), share_of("cnn", 35.0)]
}

/// How many times faster than others, at [`LANES`] lanes.
pub(in crate::bench) fn targets(data: Option<&Gradients>) -> Vec<Target> {
    let faster = |model: &str, ours: &str, theirs: &str| {
        let data = data?;
        Some(time(data, model, LANES, theirs)? / time(data, model, LANES, ours)?)
    };
    let beats = |model: &str, ours: &str, theirs: &str, required| {
        let what = format!("{model}: gradient, {LANES} lanes, {ours} against {theirs}");
        Target::at_least(what, required, "×", faster(model, ours, theirs))
    };
    vec![
        beats("fc100-100-10", OURS, "jax-js wasm", 5.0),
        beats("fc100-100-10", OURS, "tfjs wasm", 7.0),
        beats("fc100-100-10", ON_DEVICE, "jax-js webgpu", 2.0),
        beats("cnn", OURS, "tfjs wasm", 6.0),
        beats("cnn", ON_DEVICE, "jax-js webgpu", 2.0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::results::Speed;

    fn row(contender: &str, milliseconds: Option<f64>) -> GradientRow {
        GradientRow {
            model: "cnn".into(),
            lanes: LANES,
            contender: contender.into(),
            gives: "gradient".into(),
            milliseconds,
            longer_than: milliseconds.is_none().then_some(60.0),
            ..GradientRow::default()
        }
    }

    fn data(ours: f64, theirs: Option<f64>) -> Gradients {
        let speed = Speed { model: "cnn".into(), lanes: LANES, work: 1e6, gigaflops: 20.0 };
        let rows = vec![row(OURS, Some(ours)), row("tfjs wasm", theirs)];
        Gradients { rows, speeds: vec![speed], ..Gradients::default() }
    }

    fn lines(data: &Gradients) -> String {
        let all = [peak_targets(Some(data)), targets(Some(data))].concat();
        crate::bench::targets::table(&all).markdown()
    }

    fn verdict(data: &Gradients, what: &str) -> String {
        let text = lines(data);
        let line = text.lines().find(|line| line.contains(what)).expect("a line of the table");
        line.split('|').nth(4).expect("four cells").trim().to_owned()
    }

    #[test]
    fn ratios_and_shares_come_from_the_times() {
        let fast = data(10.0, Some(60.0));
        assert_eq!(rate(&fast, "cnn", LANES), Some(16.0));
        assert_eq!(verdict(&fast, "cnn: share"), "yes");
        assert_eq!(verdict(&fast, "blindspots cpu against tfjs wasm"), "not measured");
        assert_eq!(verdict(&fast, "cnn: gradient, 160 lanes, blindspots cpu"), "yes");
        let slow = data(50.0, Some(60.0));
        assert_eq!(verdict(&slow, "cnn: share"), "no");
        assert_eq!(verdict(&slow, "cnn: gradient, 160 lanes, blindspots cpu"), "no");
        let unfinished = data(10.0, None);
        assert_eq!(
            verdict(&unfinished, "cnn: gradient, 160 lanes, blindspots cpu"),
            "not measured"
        );
    }

    #[test]
    fn what_did_not_end_is_said_to_have_taken_longer() {
        let text = part(&data(10.0, None)).markdown();
        assert!(text.contains("more than 60 s"), "{text}");
        assert!(!text.contains("×)"), "there is no ratio: {text}");
        let text = part(&data(10.0, Some(25.0))).markdown();
        assert!(text.contains("25.0 (2.50×)"), "{text}");
    }
}
