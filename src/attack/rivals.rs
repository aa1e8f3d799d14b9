//! Which classes an attack makes for where any but the label will do.
//!
//! One lane for each of them pays while there are few. Of many classes, the
//! nearest boundary all but always belongs to one that leads at the original:
//! DeepFool (Moosavi-Dezfooli et al., 2016) and FAB (Croce and Hein, 2020,
//! “targeted FAB”) try ten and nine of a thousand.

use super::ensemble::Reading;
use crate::exec::loss::spread;
use crate::numeric::sort_by_number;

/// Most classes that are tried; a screening on the device has a bit for each, of 32.
const MOST: usize = 9;

/// The rivals of a label, in ascending order: all, or those that lead in the reading of the
/// original. Logits of several networks count by how far they stay behind the largest, in
/// units of the network's spread.
pub(super) fn leading(label: usize, reading: &Reading) -> Vec<usize> {
    let classes = reading.logits.len() / reading.classes.len().max(1);
    let mut rivals: Vec<usize> = (0..classes).filter(|class| *class != label).collect();
    if rivals.len() <= MOST {
        return rivals;
    }
    let mut behind = vec![0.0f32; classes];
    for (logits, read) in reading.logits.chunks_exact(classes).zip(&reading.classes) {
        let largest = logits[*read];
        let spread = spread(logits).max(f32::MIN_POSITIVE);
        for (behind, z) in behind.iter_mut().zip(logits) {
            *behind += (largest - z) / spread;
        }
    }
    sort_by_number(&mut rivals, |class| f64::from(behind[*class]));
    rivals.truncate(MOST);
    sort_by_number(&mut rivals, |class| *class as f64);
    rivals
}

/// All rivals of a digit.
#[cfg(test)]
pub(super) fn of_digit(label: usize) -> &'static [usize] {
    use std::sync::LazyLock;
    static ALL: LazyLock<Vec<Vec<usize>>> = LazyLock::new(|| {
        (0..10).map(|label| (0..10).filter(|class| *class != label).collect()).collect()
    });
    &ALL[label]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(members: &[Vec<f32>]) -> Reading {
        let largest = |z: &Vec<f32>| (0..z.len()).max_by(|a, b| z[*a].total_cmp(&z[*b]));
        Reading { classes: members.iter().filter_map(largest).collect(), logits: members.concat() }
    }

    #[test]
    fn few_classes_are_all_tried() {
        let logits: Vec<f32> = (0..10).map(|k| k as f32).collect();
        assert_eq!(leading(9, &reading(&[logits])), (0..9).collect::<Vec<_>>());
        assert_eq!(leading(0, &reading(&[vec![1.0, 0.0]])), [1]);
    }

    #[test]
    fn of_many_classes_those_that_lead() {
        let mut logits = vec![0.0; 100];
        for (rank, class) in [70, 3, 99, 42, 17, 0, 8, 55, 21, 60, 61].into_iter().enumerate() {
            logits[class] = 20.0 - rank as f32;
        }
        assert_eq!(leading(70, &reading(&[logits.clone()])), [0, 3, 8, 17, 21, 42, 55, 60, 99]);
        // A second network on quite another scale moves another class in.
        let mut other = vec![0.0; 100];
        (other[70], other[5]) = (0.002, 0.0018);
        let both = leading(70, &reading(&[logits, other]));
        assert_eq!(both, [0, 3, 5, 8, 17, 21, 42, 55, 99]);
    }
}
