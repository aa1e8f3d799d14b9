//! Sorting short lists by a number.
//!
//! Every type that the standard library sorts brings its own ten kilobytes of code into the page.
//! Here one list of numbers is sorted, and others follow it.

/// Sorts by a key, the smallest first; what has the same key stays in its order.
pub fn sort_by_number<T>(items: &mut Vec<T>, key: impl Fn(&T) -> f64) {
    let keys: Vec<f64> = items.iter().map(key).collect();
    let mut unsorted: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(order(&keys).into_iter().filter_map(|place| unsorted[place].take()));
}

/// Places of numbers, the smallest's first.
fn order(keys: &[f64]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..keys.len()).collect();
    places.sort_by(|a, b| keys[*a].total_cmp(&keys[*b]));
    places
}

#[cfg(test)]
mod tests {
    use super::sort_by_number;

    #[test]
    fn the_smallest_is_first_and_equals_stay_as_they_were() {
        let mut items = vec![("a", 2.0), ("b", -1.0), ("c", 2.0), ("d", f64::INFINITY), ("e", 0.5)];
        let mut expected = items.clone();
        expected.sort_by(|a, b| a.1.total_cmp(&b.1));
        sort_by_number(&mut items, |item| item.1);
        assert_eq!(items, expected);
        assert_eq!(items.iter().map(|item| item.0).collect::<String>(), "beacd");
        let mut none: Vec<u8> = Vec::new();
        sort_by_number(&mut none, |_| 0.0);
        assert!(none.is_empty());
    }
}
