//! `benches/RESULTS.md`, and the same on the terminal.

use std::fmt::Write as _;

use super::results::{Results, Section};
use super::sections::{
    agreement, attacks, device, drawing, eight_bit, fuzz, gradients, page, scaling, soak,
};
use super::targets;

const HEAD: &str = "\
# Benchmarks

Written by `cargo xtask bench` from `results.json`; not to be edited. The figures that count are \
ratios of what was measured side by side in one run; milliseconds say as much about the machine. Each \
section says where and when it was measured.
";

/// The whole report.
pub(super) fn markdown(results: &Results) -> String {
    let mut text = HEAD.to_owned();
    let mut all = Vec::new();
    let peak = results.peak.as_ref().or(results.gradients.as_ref());
    all.extend(gradients::peak_targets(peak.map(|s| &s.data)));
    all.extend(gradients::targets(results.gradients.as_ref().map(|s| &s.data)));
    all.extend(device::targets(results.device.as_ref().map(|s| &s.data)));
    all.extend(attacks::targets(results.attacks.as_ref().map(|s| &s.data)));
    all.extend(results.others.iter().flat_map(|s| attacks::quality_targets(&s.data.rows)));
    all.extend(agreement::targets(results.agreement.as_ref().map(|s| &s.data)));
    all.extend(results.eight_bit.iter().flat_map(|s| eight_bit::targets(&s.data)));
    all.extend(scaling::targets(results.scaling.as_ref().map(|s| &s.data)));
    all.extend(page::targets(results.page.as_ref().map(|s| &s.data)));
    all.extend(drawing::targets(results.drawing.as_ref().map(|s| &s.data)));
    // Writing into a string does not fail.
    let _ = write!(text, "\n## What is to be reached\n\n{}", targets::table(&all).markdown());
    if let Some(section) = &results.gradients {
        let at = measured(section, &section.data.version);
        let _ = write!(text, "\n{}", gradients::part(&section.data).markdown_with(&at));
    }
    if let Some(section) = peak {
        let at = measured(section, &section.data.version);
        let _ = write!(text, "\n{}", gradients::peak_part(&section.data).markdown_with(&at));
    }
    if let Some(section) = &results.device {
        let at = measured(section, &section.data.version);
        let _ = write!(text, "\n{}", device::part(&section.data).markdown_with(&at));
    }
    if let Some(section) = &results.attacks {
        let at = measured(section, &section.data.browser.version);
        let _ = write!(text, "\n{}", attacks::native_part(&section.data.native).markdown_with(&at));
        let _ = write!(text, "\n{}", attacks::browser_part(&section.data).markdown_with(&at));
    }
    if let Some(section) = &results.others {
        let at = measured(section, "natively");
        let _ = write!(text, "\n{}", attacks::others_part(&section.data).markdown_with(&at));
    }
    if let Some(section) = &results.agreement {
        let at = measured(section, "natively");
        let _ = write!(text, "\n{}", agreement::part(&section.data).markdown_with(&at));
    }
    if let Some(section) = &results.eight_bit {
        let at = measured(section, "natively");
        let _ = write!(text, "\n{}", eight_bit::part(&section.data).markdown_with(&at));
    }
    if let Some(section) = &results.scaling {
        let at = measured(section, &section.data.version);
        let _ = write!(text, "\n{}", scaling::part(&section.data).markdown_with(&at));
    }
    if let Some(section) = &results.page {
        let at = measured(section, &section.data.version);
        let _ = write!(text, "\n{}", page::part(&section.data).markdown_with(&at));
    }
    if let Some(section) = &results.drawing {
        let at = measured(section, &section.data.version);
        let _ = write!(text, "\n{}", drawing::part(&section.data).markdown_with(&at));
    }
    if let Some(section) = &results.soak {
        let at = measured(section, "natively and in Chromium");
        let _ = write!(text, "\n{}", soak::part(&section.data).markdown_with(&at));
    }
    if let Some(section) = &results.fuzz {
        let at = measured(section, "natively");
        let _ = write!(text, "\n{}", fuzz::part(&section.data).markdown_with(&at));
    }
    text
}

fn measured<T>(section: &Section<T>, browser: &str) -> String {
    let how = if section.quick { ", a quick run: few repeats, few digits" } else { "" };
    format!("Measured on {}, {browser}, in {:.0} s{how}.", section.machine, section.seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::machine::Machine;
    use crate::bench::results::Gradients;

    /// A figure in a document was printed by a command.
    #[test]
    fn the_report_is_what_the_results_say() {
        let results: Results =
            crate::bench::results::read(&crate::paths::at("benches/results.json"))
                .expect("results");
        let report = std::fs::read_to_string(crate::paths::at("benches/RESULTS.md"));
        let report = report.expect("a report");
        assert!(markdown(&results) == report, "run `cargo xtask bench --only report`");
        // The comparison can fail: another result is another report.
        assert!(markdown(&Results { scaling: None, ..results }) != report);
    }

    #[test]
    fn sections_that_were_not_measured_are_not_made_up() {
        let text = markdown(&Results::default());
        assert!(text.contains("not measured") && !text.contains("| yes |"), "{text}");
        assert!(!text.contains("Measured on"), "{text}");
    }

    #[test]
    fn a_quick_run_says_so() {
        let section = |quick| Section {
            machine: Machine::default(),
            quick,
            seconds: 1.0,
            data: Gradients { version: "Chromium 1".into(), ..Gradients::default() },
        };
        let report =
            |quick| markdown(&Results { gradients: Some(section(quick)), ..Results::default() });
        assert!(report(true).contains("a quick run") && report(true).contains("Chromium 1"));
        assert!(!report(false).contains("a quick run"));
    }
}
