//! The cut of the training digits into P1 and P2 (Szegedy et al., 2013, section 4.2, Table 3).
//!
//! A seeded permutation of 0…59,999, its first half P1, its second P2: Fisher
//! and Yates from the end, each index drawn as an output of SplitMix64 modulo
//! i + 1. The networks of Tables 3 and 4 were trained on these halves;
//! `training/split.json` records seed, algorithm and checksums.

/// Digits of the training set.
pub const TRAINING_DIGITS: usize = 60_000;

const SEED: u64 = 1312;

/// The permutation: P1 is `[..30_000]`, P2 `[30_000..]`, as places in the training set.
#[must_use]
pub fn order() -> Vec<u32> {
    let mut order: Vec<u32> = (0..TRAINING_DIGITS as u32).collect();
    let mut state = SEED;
    for i in (1..order.len()).rev() {
        order.swap(i, (splitmix64(&mut state) % (i as u64 + 1)) as usize);
    }
    order
}

/// The next output of SplitMix64 (Steele, Lea and Flood, 2014).
fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest as _, Sha256};

    fn sum(half: &[u32]) -> String {
        let bytes: Vec<u8> = half.iter().flat_map(|i| i.to_le_bytes()).collect();
        Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn the_halves_are_those_that_the_networks_were_trained_on() {
        let record: serde_json::Value =
            serde_json::from_str(include_str!("../../training/split.json")).expect("valid");
        let mut order = order();
        let (p1, p2) = order.split_at(TRAINING_DIGITS / 2);
        assert_eq!(record["sha256"]["p1"], sum(p1));
        assert_eq!(record["sha256"]["p2"], sum(p2));
        // The comparison can fail: the same digits in another order are another half.
        order.swap(0, 1);
        assert_ne!(record["sha256"]["p1"], sum(&order[..TRAINING_DIGITS / 2]));
    }
}
