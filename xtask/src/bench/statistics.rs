//! Sums over measurements. Of nothing there is no mean and no median.

/// The mean.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The middle one, or the mean of the two in the middle.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[half]),
        _ => Some(f64::midpoint(sorted[half - 1], sorted[half])),
    }
}

/// Share of digits on which `found` is at most `slack` times as long as `best`.
///
/// Pairs without a best are left out; a failure where there is one is no match.
pub(super) fn share_within(found: &[Option<f64>], best: &[Option<f64>], slack: f64) -> Option<f64> {
    let pairs = found.iter().zip(best).filter_map(|(found, best)| Some((*found, (*best)?)));
    let within: Vec<f64> = pairs
        .map(|(found, best)| f64::from(u8::from(found.is_some_and(|f| f <= slack * best))))
        .collect();
    mean(&within)
}

/// The smallest number of each column; rows may end early.
pub(super) fn smallest_of_each<'a>(
    rows: impl IntoIterator<Item = &'a [Option<f64>]>,
) -> Vec<Option<f64>> {
    let mut best: Vec<Option<f64>> = Vec::new();
    for row in rows {
        best.resize(best.len().max(row.len()), None);
        for (best, found) in best.iter_mut().zip(row) {
            *best = match (*best, *found) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[7.0]), Some(7.0));
        assert_eq!(median(&[]), None);
        assert_eq!(mean(&[1.0, 2.0, 6.0]), Some(3.0));
        assert_eq!(mean(&[]), None);
        // One that took the mean, or did not sort, would be noticed.
        assert_ne!(median(&[1.0, 2.0, 6.0]), mean(&[1.0, 2.0, 6.0]));
        assert_ne!(median(&[2.0, 9.0, 1.0]), Some(9.0));
    }

    #[test]
    fn shares_count_failures_and_leave_out_what_nobody_solved() {
        let best = [Some(1.0), Some(1.0), Some(2.0), None];
        let all = [Some(1.0), Some(1.005), Some(2.0), None];
        assert_eq!(share_within(&all, &best, 1.01), Some(1.0));
        let one_failed = [Some(1.0), None, Some(2.0), None];
        assert_eq!(share_within(&one_failed, &best, 1.01), Some(2.0 / 3.0));
        let one_farther = [Some(1.0), Some(1.02), Some(2.0), None];
        assert_eq!(share_within(&one_farther, &best, 1.01), Some(2.0 / 3.0));
        assert_eq!(share_within(&[None], &[None], 1.01), None);
        // An attack that ran on the first digits only is judged on those.
        assert_eq!(share_within(&all[..1], &best, 1.01), Some(1.0));
    }

    #[test]
    fn the_best_of_all_is_each_digits_own() {
        let rows = [&[Some(3.0), None, Some(1.0)][..], &[Some(2.0), None][..]];
        assert_eq!(smallest_of_each(rows), [Some(2.0), None, Some(1.0)]);
        assert_eq!(smallest_of_each([]), []);
    }
}
