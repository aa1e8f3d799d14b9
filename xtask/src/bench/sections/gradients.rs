//! Input gradients side by side, and their share of the peak.
//!
//! Ours are measured from the worker, as the page uses them, and on the page's
//! own thread, where all others run: comparisons refer to the latter.

use super::{Part, unique};
use crate::bench::results::{GradientRow, Gradients, Speed};
use crate::bench::table::{Table, number, or_dash, percent, times};
use crate::bench::targets::Target;

const SAME_THREAD: &str = "blindspots cpu, page's thread";
const BASELINE: &str = "blindspots cpu, SIMD128, page's thread";
const ON_DEVICE: &str = "blindspots webgpu";

/// Lanes at which the targets are set.
const LANES: u32 = 160;

/// Milliseconds of every contender, and how many times ours.
pub(in crate::bench) fn part(data: &Gradients) -> Part {
    let mut part = Part::new(
        "Input gradient of the cross-entropy, read back",
        "Milliseconds, medians; in brackets how many times as long as `blindspots cpu, page's thread` in \
         the same minutes. There the engine shares the page's thread, as all other libraries do; \
         `blindspots cpu` and `blindspots webgpu` answer from a worker, as in the page, which leaves the \
         page free and costs the way there and back. The browser chose the build with relaxed SIMD where \
         it has that; `SIMD128` is the other one. All contenders run in the same Chromium, each in a \
         browser of its own, and take turns; WebGPU is emulated on the processor where the adapter says \
         so. `onnxruntime-web` runs forward only. Every gradient was compared with ours first.",
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
            let ours = find(SAME_THREAD, *lanes).and_then(|row| row.milliseconds);
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
        (Some(time), ..) if row.contender == SAME_THREAD => number(time),
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
        "One core, the page's thread. The peak is a loop of `f32x4` multiplications and additions on \
         registers, measured beside each batch with the instructions that the gradient ran with: relaxed \
         SIMD has one for both, SIMD128 has two. Operations are counted from the network's shapes: \
         forward and input gradient. Time is that of the library's answer to the page.",
    );
    let head =
        ["network, lanes", "SIMD", "MFLOP a lane", "peak GFLOP/s", "gradient GFLOP/s", "share"];
    let mut table = Table::new(head);
    for contender in [SAME_THREAD, BASELINE] {
        for speed in &data.speeds {
            let Some(row) = find(data, &speed.model, speed.lanes, contender) else { continue };
            let (Some(rate), Some((name, peak))) = (rate(data, row), peak(speed, row)) else {
                continue;
            };
            table.row([
                format!("{} ×{}", speed.model, speed.lanes),
                name.into(),
                number(speed.work / 1e6),
                number(peak),
                number(rate),
                percent(rate / peak),
            ]);
        }
    }
    part.table("", table);
    part
}

/// The instructions that a row ran with, and their peak in GFLOP/s.
fn peak(speed: &Speed, row: &GradientRow) -> Option<(&'static str, f64)> {
    match row.simd.as_deref()? {
        "relaxed" => Some(("relaxed", speed.relaxed?)),
        _ => Some(("SIMD128", speed.gigaflops)),
    }
}

/// GFLOP/s of one of our gradients.
fn rate(data: &Gradients, row: &GradientRow) -> Option<f64> {
    let speed = data.speeds.iter().find(|s| s.model == row.model && s.lanes == row.lanes)?;
    Some(speed.work * f64::from(row.lanes) / row.milliseconds? / 1e6)
}

fn find<'a>(
    data: &'a Gradients,
    model: &str,
    lanes: u32,
    contender: &str,
) -> Option<&'a GradientRow> {
    let found =
        |row: &&GradientRow| row.model == model && row.lanes == lanes && row.contender == contender;
    data.rows.iter().find(found)
}

fn time(data: &Gradients, model: &str, lanes: u32, contender: &str) -> Option<f64> {
    find(data, model, lanes, contender)?.milliseconds
}

/// Shares of the peak that are to be reached at [`LANES`] lanes, each of the peak of its own
/// instructions.
pub(in crate::bench) fn peak_targets(data: Option<&Gradients>) -> Vec<Target> {
    let share = |model: &str, contender: &str| {
        let data = data?;
        let speed = data.speeds.iter().find(|s| s.model == model && s.lanes == LANES)?;
        let row = find(data, model, LANES, contender)?;
        Some(100.0 * rate(data, row)? / peak(speed, row)?.1)
    };
    let share_of = |model: &str, contender: &str, required| {
        let what = format!("{model}: share of the Wasm SIMD peak, {LANES} lanes, {contender}");
        Target::at_least(what, required, " %", share(model, contender))
    };
    vec![
        share_of("fc100-100-10", SAME_THREAD, 50.0),
        share_of("fc100-100-10", BASELINE, 50.0),
        share_of("cnn", SAME_THREAD, 35.0),
        share_of("cnn", BASELINE, 35.0),
    ]
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
        beats("fc100-100-10", SAME_THREAD, "jax-js wasm", 5.0),
        beats("fc100-100-10", SAME_THREAD, "tfjs wasm", 7.0),
        beats("fc100-100-10", ON_DEVICE, "jax-js webgpu", 2.0),
        beats("cnn", SAME_THREAD, "tfjs wasm", 6.0),
        beats("cnn", ON_DEVICE, "jax-js webgpu", 2.0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(contender: &str, milliseconds: Option<f64>) -> GradientRow {
        GradientRow {
            model: "cnn".into(),
            lanes: LANES,
            contender: contender.into(),
            gives: "gradient".into(),
            milliseconds,
            longer_than: milliseconds.is_none().then_some(60.0),
            simd: contender.starts_with("blindspots").then(|| "relaxed".into()),
            ..GradientRow::default()
        }
    }

    fn data(ours: f64, theirs: Option<f64>) -> Gradients {
        let speed = Speed {
            model: "cnn".into(),
            lanes: LANES,
            work: 1e6,
            gigaflops: 20.0,
            relaxed: Some(40.0),
        };
        let baseline =
            GradientRow { simd: Some("baseline".into()), ..row(BASELINE, Some(2.0 * ours)) };
        let rows = vec![row(SAME_THREAD, Some(ours)), baseline, row("tfjs wasm", theirs)];
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
        let share = "cnn: share of the Wasm SIMD peak, 160 lanes, blindspots cpu, page's thread";
        let baseline = "lanes, blindspots cpu, SIMD128";
        let against = "cnn: gradient, 160 lanes, blindspots cpu, page's thread against tfjs";
        let fast = data(10.0, Some(60.0));
        assert_eq!(rate(&fast, &fast.rows[0]), Some(16.0));
        assert_eq!(verdict(&fast, share), "yes");
        assert_eq!(verdict(&fast, against), "yes");
        // Two other networks' and one other contender's figures are not made up.
        assert_eq!(lines(&fast).matches("not measured").count(), 6);
        let slow = data(50.0, Some(60.0));
        assert_eq!(verdict(&slow, share), "no");
        assert_eq!(verdict(&slow, against), "no");
        assert_eq!(verdict(&data(10.0, None), against), "not measured");
        // Each share is one of the peak of its own instructions.
        let text = peak_part(&fast).markdown();
        assert!(text.contains("16.0 | 40.0 %") && text.contains("8.00 | 40.0 %"), "{text}");
        let line = lines(&fast);
        assert!(line.lines().any(|line| line.contains(baseline) && line.contains("40.0 %")));
    }

    #[test]
    fn what_did_not_end_is_said_to_have_taken_longer() {
        let text = part(&data(10.0, None)).markdown();
        let line = text.lines().find(|line| line.contains("more than 60 s")).unwrap_or_default();
        assert!(line.contains("tfjs") && !line.contains("×)"), "there is no ratio: {text}");
        let text = part(&data(10.0, Some(25.0))).markdown();
        assert!(text.contains("25.0 (2.50×)"), "{text}");
    }
}
