//! Which of two rows is the unit's, drawn from a seed alone.
//!
//! The page shows the rows by it and marking counts by it, so that a file needs to hold nothing but the
//! seed. Whoever reads this can work the answers out beforehand; `docs/LESSONS.md` says so.

use rand_distr::{Distribution, StandardUniform};
use rand_pcg::Pcg32;

/// The generator's stream, which no other draw of the same seed has.
const SIDES: u64 = 0x5349_4445_5321;

/// So many times whether the first row is the unit's. More are the same with others behind them.
#[must_use]
pub fn sides(seed: u32, count: usize) -> Vec<bool> {
    let mut generator = Pcg32::new(u64::from(seed), SIDES);
    let mut draw = || -> u32 { StandardUniform.sample(&mut generator) };
    // The highest bit is the best one.
    (0..count).map(|_| draw() >> 31 == 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_says_all_and_both_sides_are_as_frequent() {
        let many = sides(7, 10_000);
        assert_eq!(sides(7, 100), many[..100]);
        assert_ne!(sides(8, 100), many[..100]);
        let first = many.iter().filter(|first| **first).count();
        // Four standard deviations.
        assert!(first.abs_diff(5000) < 200, "{first}");
        // Neighbouring seeds, which a class may well have, do not agree more often than by chance.
        let alike =
            |other: u32| sides(other, 10_000).iter().zip(&many).filter(|(a, b)| a == b).count();
        for other in [0, 6, 8, 7 << 16] {
            assert!(alike(other).abs_diff(5000) < 200, "{other}: {}", alike(other));
        }
        assert_eq!(alike(7), 10_000);
    }
}
