//! Numbers with the noun for what they count: “1 image”, “2 classes”.

use std::fmt::Display;

/// A number and a noun, whose singular is given: plural unless the number is written 1.
///
/// Regular nouns only, with those in -is, such as axis.
#[must_use]
pub fn counted(number: impl Display, noun: &str) -> String {
    let number = number.to_string();
    if number == "1" {
        format!("1 {noun}")
    } else if let Some(stem) = noun.strip_suffix("is") {
        format!("{number} {stem}es")
    } else if noun.ends_with(['s', 'x']) {
        format!("{number} {noun}es")
    } else {
        format!("{number} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_singular() {
        let cases = [
            (counted(0, "image"), "0 images"),
            (counted(1, "image"), "1 image"),
            (counted(2u64, "class"), "2 classes"),
            (counted(1, "class"), "1 class"),
            (counted(11, "axis"), "11 axes"),
            (counted(1, "axis"), "1 axis"),
            (counted("10,000", "label"), "10,000 labels"),
            (counted(21, "pixel"), "21 pixels"),
        ];
        for (said, right) in cases {
            assert_eq!(said, right);
        }
    }
}
