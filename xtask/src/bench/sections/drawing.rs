//! Whether the page keeps up with the pen.

use super::Part;
use crate::bench::results::{Drawing, Strokes};
use crate::bench::statistics::median;
use crate::bench::table::{Table, number, or_dash};
use crate::bench::targets::Target;

/// Milliseconds that a stroke may wait for its readings, in the median.
const SOON: f64 = 50.0;
/// Frames a second that the page makes at least.
const FLUENT: f64 = 50.0;
/// The time over which frames are counted, in milliseconds.
const SECOND: f64 = 1000.0;

/// Readings and frames.
pub(in crate::bench) fn part(data: &Drawing) -> Part {
    let mut part = Part::new(
        "Drawing",
        "Strokes of the mouse, a movement every sixtieth of a second, read by all twelve networks on \
         the processor: milliseconds from a stroke's last movement until its readings are shown, \
         and the frames of the worst second. The attacks are those of the transfer panel, in workers.",
    );
    let mut table =
        Table::new(["meanwhile", "strokes", "ms, median", "ms, longest", "frames a second, least"]);
    for row in &data.rows {
        let longest = row.readings.iter().copied().reduce(f64::max);
        table.row([
            row.meanwhile.clone(),
            row.readings.len().to_string(),
            or_dash(median(&row.readings).map(number)),
            or_dash(longest.map(number)),
            or_dash(least(&row.frames).map(number)),
        ]);
    }
    part.table("", table);
    part
}

/// The fewest frames in any second, of moments in milliseconds; `None` of less than a second.
fn least(frames: &[f64]) -> Option<f64> {
    let end = frames.last()?;
    let seconds = frames.iter().enumerate().take_while(|(_, begun)| *begun + SECOND <= *end);
    let counts = seconds.map(|(place, begun)| {
        frames[place..].iter().take_while(|frame| **frame < begun + SECOND).count()
    });
    counts.min().map(|fewest| fewest as f64)
}

/// A stroke is read soon, and the pen never waits.
pub(in crate::bench) fn targets(data: Option<&Drawing>) -> Vec<Target> {
    let row = |meanwhile: &str| -> Option<&Strokes> {
        data?.rows.iter().find(|row| row.meanwhile == meanwhile)
    };
    let reading = row("nothing").and_then(|row| median(&row.readings));
    let frames = row("attacks").and_then(|row| least(&row.frames));
    vec![
        Target::at_most("stroke to readings on the processor, median", SOON, " ms", reading),
        Target::at_least("frames in a second while attacks run, least", FLUENT, "", frames),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Moments at a pace, in milliseconds.
    fn paced(from: f64, count: u32, pace: f64) -> impl Iterator<Item = f64> {
        (0..count).map(move |k| from + f64::from(k) * pace)
    }

    #[test]
    fn the_worst_second_counts() {
        let even: Vec<f64> = paced(0.0, 300, 10.0).collect();
        assert_eq!(least(&even), Some(100.0));
        let halting: Vec<f64> = paced(0.0, 200, 10.0).chain(paced(2500.0, 200, 10.0)).collect();
        assert_eq!(least(&halting), Some(50.0), "half a second without a frame");
        assert_eq!(least(&even[..50]), None, "half a second tells nothing of a second");
        assert_eq!(least(&[]), None);
    }
}
