//! Attacks: how near, how often within 1 % of the nearest, how many a second.

use super::{Part, unique};
use crate::bench::results::{AttackRow, BothAttacks, NativeAttacks, NativeRow};
use crate::bench::statistics::{mean, median, share_within, smallest_of_each};
use crate::bench::table::{Table, number, or_dash, percent, times};
use crate::bench::targets::Target;

/// As near as the best, for all that matters.
const NEAR: f64 = 1.01;

/// What a user would run, and what our speed is compared with.
const SCIPY: &str = "scipy L-BFGS-B, PyTorch";

/// The same with the gradient of dense sigmoid layers written out, several times as fast.
const SCIPY_NUMPY: &str = "scipy L-BFGS-B, NumPy f64";

/// Success, distances and speed of every attack, natively.
pub(in crate::bench) fn native_part(data: &NativeAttacks) -> Part {
    let mut part = Part::new(
        "Native attacks",
        "The same digits, the first that the network reads rightly, on the same ONNX file; f32 unless \
         said. An image counts if it is in the box and onnxruntime misreads it, if need be with \
         its change lengthened by a hundred-thousandth. “Within 1 %” is the \
         share of digits on which the attack's distance is at most 1.01 times the smallest that any \
         attack of this run found. scipy goes digit by digit and is given a time, so that it ends \
         earlier. PyTorch's attacks take all digits as one batch and are slower a digit where there \
         are few.",
    );
    native_tables(&mut part, data);
    part
}

/// The same for the networks beside those whose speed is reported.
pub(in crate::bench) fn others_part(data: &NativeAttacks) -> Part {
    let mut part = Part::new(
        "Native attacks on other networks",
        "As above, without the attacks that go digit by digit.",
    );
    native_tables(&mut part, data);
    part
}

/// One table a network.
fn native_tables(part: &mut Part, data: &NativeAttacks) {
    for model in unique(data.rows.iter().map(|row| row.model.as_str())) {
        let head =
            ["attack", "digits", "success", "mean L2", "median L2", "within 1 %", "images/s"];
        let mut table = Table::new(head);
        let best = best(&data.rows, model);
        for row in data.rows.iter().filter(|row| row.model == model) {
            table.row([
                row.attack.clone(),
                row.l2.len().to_string(),
                or_dash(success(row).map(percent)),
                or_dash(mean(&found(row)).map(distance)),
                or_dash(median(&found(row)).map(distance)),
                or_dash(share_within(&row.l2, &best, NEAR).map(percent)),
                speed(row).map_or(format!("none in {:.0} s", row.seconds), number),
            ]);
        }
        part.table(format!("{model}, {} threads", data.threads), table);
    }
}

/// Four decimals, as papers give them.
fn distance(value: f64) -> String {
    format!("{value:.4}")
}

fn best(rows: &[NativeRow], model: &str) -> Vec<Option<f64>> {
    let rows = rows.iter().filter(|row| row.model == model);
    smallest_of_each(rows.map(|row| row.l2.as_slice()))
}

fn found(row: &NativeRow) -> Vec<f64> {
    row.l2.iter().flatten().copied().collect()
}

fn success(row: &NativeRow) -> Option<f64> {
    (!row.l2.is_empty()).then(|| found(row).len() as f64 / row.l2.len() as f64)
}

fn speed(row: &NativeRow) -> Option<f64> {
    (!row.l2.is_empty()).then(|| row.l2.len() as f64 / row.seconds.max(1e-9))
}

/// One digit at a time in the page, beside scipy on the same digits.
pub(in crate::bench) fn browser_part(data: &BothAttacks) -> Part {
    let mut part = Part::new(
        "Attacks in the page",
        "One digit, nine targets, processor, one thread: milliseconds from the page's question to the \
         answer. scipy runs natively; the ratio is that of the medians over the digits that it \
         finished too.",
    );
    let head = [
        "network, method",
        "digits",
        "success",
        "median ms",
        "evaluations",
        "scipy, PyTorch",
        "scipy, NumPy",
    ];
    let mut table = Table::new(head);
    for row in &data.browser.rows {
        let successes = row.digits.iter().filter(|digit| digit.success).count() as f64;
        let share = (!row.digits.is_empty()).then(|| successes / row.digits.len() as f64);
        let evaluations: Vec<f64> = row.digits.iter().map(|digit| digit.evaluations).collect();
        let limit = row.longer_than.map(|seconds| format!("more than {seconds} s"));
        table.row([
            format!("{} {}", row.model, row.method),
            row.digits.len().to_string(),
            or_dash(share.map(percent)),
            or_dash(median_wait(row).map(number).or(limit)),
            or_dash(median(&evaluations).map(number)),
            or_dash(against(data, row, SCIPY).map(times)),
            or_dash(against(data, row, SCIPY_NUMPY).map(times)),
        ]);
    }
    part.table("", table);
    part
}

fn median_wait(row: &AttackRow) -> Option<f64> {
    median(&row.digits.iter().map(|digit| digit.waited).collect::<Vec<_>>())
}

/// How many times as long another attack takes on the digits that both attacked.
fn against(data: &BothAttacks, ours: &AttackRow, other: &str) -> Option<f64> {
    let scipy = native(&data.native.rows, &ours.model, other)?;
    let both: Vec<(f64, f64)> = scipy
        .indices
        .iter()
        .zip(&scipy.each)
        .filter_map(|(index, seconds)| {
            let digit = ours.digits.iter().find(|digit| digit.index == *index)?;
            Some((1e3 * seconds, digit.waited))
        })
        .collect();
    let (theirs, own): (Vec<f64>, Vec<f64>) = both.into_iter().unzip();
    Some(median(&theirs)? / median(&own)?)
}

fn native<'a>(rows: &'a [NativeRow], model: &str, attack: &str) -> Option<&'a NativeRow> {
    rows.iter().find(|row| row.model == model && row.attack == attack)
}

/// Quality and speed, natively and in the page.
pub(in crate::bench) fn targets(data: Option<&BothAttacks>) -> Vec<Target> {
    let mut targets = Vec::new();
    if let Some(data) = data {
        targets.extend(quality_targets(&data.native.rows));
        targets.extend(native_speed(&data.native.rows));
    }
    targets.extend(browser_speed(data));
    targets
}

/// Quality on every network that was attacked.
pub(in crate::bench) fn quality_targets(rows: &[NativeRow]) -> Vec<Target> {
    unique(rows.iter().map(|row| row.model.as_str()))
        .into_iter()
        .flat_map(|model| quality(rows, model))
        .collect()
}

fn quality(rows: &[NativeRow], model: &str) -> Vec<Target> {
    let mut targets = Vec::new();
    let best = best(rows, model);
    let convolutional = rows.iter().any(|row| row.model == model && row.convolutional);
    let enough = if convolutional { 95.0 } else { 99.0 };
    for attack in ["blindspots nearest-boundary", "blindspots szegedy-polished"] {
        let row = native(rows, model, attack);
        let percents = |share: Option<f64>| share.map(|share| 100.0 * share);
        let name = |figure: &str| format!("{model}: {attack}, {figure}");
        let solved = percents(row.and_then(success));
        targets.push(Target::at_least(name("success"), 100.0, " %", solved));
        let near = percents(row.and_then(|row| share_within(&row.l2, &best, NEAR)));
        targets.push(Target::at_least(name("digits within 1 % of the best"), enough, " %", near));
        if convolutional {
            let mean_of = |row: &NativeRow| mean(&found(row));
            let alma = native(rows, model, "ALMA 1000").and_then(mean_of);
            let own = row.and_then(mean_of);
            let ratio = own.zip(alma).map(|(own, alma)| own / alma);
            targets.push(Target::at_most(name("mean L2 by ALMA's"), 1.0, "×", ratio));
        }
    }
    // Whichever of the two had time for more digits.
    let scipy = [SCIPY, SCIPY_NUMPY].map(|name| native(rows, model, name));
    let scipy = scipy.into_iter().flatten().max_by_key(|row| row.l2.len());
    if let (Some(szegedy), Some(scipy)) = (native(rows, model, "blindspots szegedy"), scipy) {
        let both = szegedy.l2.len().min(scipy.l2.len());
        let near = share_within(&szegedy.l2[..both], &scipy.l2, NEAR);
        let what = format!("{model}: blindspots szegedy, digits within 1 % of scipy's");
        targets.push(Target::at_least(what, 99.0, " %", near.map(|share| 100.0 * share)));
    }
    targets
}

fn native_speed(rows: &[NativeRow]) -> Vec<Target> {
    let rate = |model: &str, attack: &str| native(rows, model, attack).and_then(speed);
    let ratio = |model: &str, theirs: &str| {
        Some(rate(model, "blindspots nearest-boundary")? / rate(model, theirs)?)
    };
    let per_second = |model: &str, required| {
        let what = format!("{model}: blindspots nearest-boundary natively, images a second");
        Target::at_least(what, required, "", rate(model, "blindspots nearest-boundary"))
    };
    vec![
        per_second("fc100-100-10", 1000.0),
        Target::at_least(
            "fc100-100-10: blindspots nearest-boundary against DDN 1000",
            20.0,
            "×",
            ratio("fc100-100-10", "DDN 1000"),
        ),
        per_second("cnn", 25.0),
        Target::at_least(
            "cnn: blindspots nearest-boundary against ALMA 1000",
            5.0,
            "×",
            ratio("cnn", "ALMA 1000"),
        ),
    ]
}

fn browser_speed(data: Option<&BothAttacks>) -> Vec<Target> {
    let find = |model: &str, method: &str| {
        let mut rows = data?.browser.rows.iter();
        rows.find(|row| row.model == model && row.method == method)
    };
    let wait = |model: &str, method: &str, most| {
        let what = format!("{model}: {method} in the page, one digit");
        Target::at_most(what, most, " ms", find(model, method).and_then(median_wait))
    };
    let against = data
        .zip(find("fc100-100-10", "nearest-boundary"))
        .and_then(|(data, row)| against(data, row, SCIPY));
    vec![
        wait("fc100-100-10", "nearest-boundary", 5.0),
        Target::at_least("fc100-100-10: boundary in the page against scipy", 1000.0, "×", against),
        wait("fc100-100-10", "szegedy", 40.0),
        wait("cnn", "nearest-boundary", 120.0),
    ]
}

#[cfg(test)]
mod tests;
