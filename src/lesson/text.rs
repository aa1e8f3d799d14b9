//! Files as text: what they say they are, how numbers are written, and hashes.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::code;
use crate::digit::PIXELS;

/// Of both formats.
pub(super) const VERSION: u32 = 1;

/// Places behind the point of a measured number: so many that nobody misses any, and so few that a
/// number that is written is the same when it is read, in every program.
const PLACES: f64 = 1e9;

/// Letters of Crockford's base32, which nobody takes for one another.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What is wrong with a file before anything in it is looked at.
pub(super) enum Unreadable {
    /// It is none.
    No(String),
    /// It is of another version.
    Version(String),
}

impl From<Unreadable> for String {
    fn from(unreadable: Unreadable) -> String {
        match unreadable {
            Unreadable::No(words) | Unreadable::Version(words) => words,
        }
    }
}

/// Reads a file of a kind; says in words what is wrong with it.
pub(super) fn read<T: DeserializeOwned>(kind: &str, bytes: &[u8]) -> Result<T, Unreadable> {
    let no = |reason: String| Unreadable::No(shortened(format!("this is no {kind}: {reason}")));
    let bytes = &*in_utf8(bytes);
    let head: serde_json::Value = serde_json::from_slice(bytes).map_err(|e| no(e.to_string()))?;
    match head.get("blindspots").map(|said| said.as_str().unwrap_or_default()) {
        None => return Err(no("it does not say “blindspots”".into())),
        Some(said) if said != kind => return Err(no(other(said))),
        Some(_) => {}
    }
    match head.get("version") {
        None => return Err(no("it has no version".into())),
        Some(found) if found.as_u64() == Some(u64::from(VERSION)) => {}
        Some(found) if found.is_number() => {
            return Err(Unreadable::Version(shortened(format!(
                "this {kind} is of version {found}, and this program reads version {VERSION}"
            ))));
        }
        Some(found) => return Err(no(format!("its version is {found} instead of a number"))),
    }
    // From the bytes once more: names that stand there twice are noticed.
    serde_json::from_slice(bytes).map_err(|e| no(e.to_string()))
}

/// Reads a list of something; says in words what is wrong with it.
pub(super) fn list<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<Vec<T>, String> {
    serde_json::from_slice(&in_utf8(bytes))
        .map_err(|e| shortened(format!("these are no {what}: {e}")))
}

/// A text without the byte order mark that editors leave before it; UTF-16, as a shell of Windows
/// writes, becomes UTF-8.
fn in_utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => return Cow::Borrowed(rest),
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return Cow::Borrowed(bytes),
    };
    let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    Cow::Owned(String::from_utf16_lossy(&units).into_bytes())
}

/// Most characters of a sentence: a file may say a lot.
const MOST_WORDS: usize = 400;

/// A sentence that may hold words of a file.
pub(super) fn shortened(words: String) -> String {
    code::shortened(words, MOST_WORDS)
}

fn other(said: &str) -> String {
    match said {
        "lesson" | "result" => format!("it is a {said}"),
        _ => "it is something else".into(),
    }
}

/// A number as files hold it.
pub(super) fn rounded(number: f64) -> f64 {
    let rounded = (number * PLACES).round() / PLACES;
    // What is above 0 stays above it.
    if number > 0.0 { rounded.max(1.0 / PLACES) } else { rounded }
}

/// JSON for people.
pub(super) fn pretty(value: &impl Serialize) -> String {
    // Plain structures of strings and finite numbers can be written.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Eight letters of the canonical JSON of a value: the first 40 bits of its SHA-256.
pub(super) fn code(value: &impl Serialize) -> String {
    let canonical = serde_json::to_vec(value).unwrap_or_default();
    let first =
        Sha256::digest(canonical).iter().take(5).fold(0, |bits, byte| bits << 8 | u64::from(*byte));
    let letter = |place: u32| char::from(LETTERS[(first >> (35 - 5 * place)) as usize & 31]);
    let [left, right] = [0..4, 4..8].map(|places| places.map(letter).collect::<String>());
    format!("{left}-{right}")
}

/// The bytes of an image.
fn bytes(image: &[f32]) -> Vec<u8> {
    image.iter().flat_map(|pixel| pixel.to_le_bytes()).collect()
}

/// An image in base64.
pub(super) fn packed(image: &[f32]) -> String {
    STANDARD.encode(bytes(image))
}

/// The hash of an image.
pub(super) fn hash(image: &[f32]) -> String {
    sha256(&bytes(image))
}

/// The image that was packed; what is wrong with it, in words.
pub(super) fn unpacked(text: &str) -> Result<Vec<f32>, String> {
    let bytes = STANDARD.decode(text).map_err(|e| format!("is no base64: {e}"))?;
    let (floats, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(format!("has {} bytes, which are no numbers of 4", bytes.len()));
    }
    let image: Vec<f32> = floats.iter().map(|float| f32::from_le_bytes(*float)).collect();
    check(&image).map(|()| image)
}

/// Refuses what is no image of a digit.
pub(super) fn check(image: &[f32]) -> Result<(), String> {
    if image.len() != PIXELS {
        return Err(format!("has {} pixels instead of {PIXELS}", image.len()));
    }
    match image.iter().position(|pixel| !(0.0..=1.0).contains(pixel)) {
        Some(place) => Err(format!("has a pixel {}; pixels are from 0 to 1", image[place])),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same_number() {
        for number in [0.1, 1.0 / 3.0, 0.049_999_999_4, 1e-9, 0.123_456_789_012_345_68, 1.0] {
            let kept = rounded(number);
            let text = serde_json::to_string(&kept).expect("a number");
            let again: f64 = serde_json::from_str(&text).expect("a number");
            assert_eq!(again.to_bits(), kept.to_bits(), "{number}: {text}");
            assert!((kept - number).abs() <= 0.5 / PLACES);
        }
        assert_eq!(rounded(0.123_456_789_4), 0.123_456_789);
    }

    #[test]
    fn a_text_is_read_in_every_unicode_that_programs_save() {
        let text = "[\"ä\", \"字\"]";
        let units = || text.encode_utf16();
        let forms = [
            text.as_bytes().to_vec(),
            [&[0xef, 0xbb, 0xbf], text.as_bytes()].concat(),
            [0xff, 0xfe].into_iter().chain(units().flat_map(u16::to_le_bytes)).collect(),
            [0xfe, 0xff].into_iter().chain(units().flat_map(u16::to_be_bytes)).collect(),
        ];
        for bytes in forms {
            let words: Vec<String> = list("words", &bytes).expect("a list");
            assert_eq!(words, ["ä", "字"], "{bytes:?}");
        }
        assert!(list::<String>("words", &[0xff, 0xfe, 0x5b]).is_err(), "half a unit");
    }

    #[test]
    fn a_code_is_the_beginning_of_the_hash_in_letters_nobody_mistakes() {
        // SHA-256 of `""` (two quotes) begins with 12 ae 32 cb 1e: 0001 0010 1010 1110 …
        let digest = sha256(b"\"\"");
        assert!(digest.starts_with("12ae32cb1e"), "{digest}");
        assert_eq!(code(&""), "2AQ3-5JRY");
        assert_ne!(code(&""), code(&" "));
    }

    #[test]
    fn images_come_back_bit_for_bit_or_are_refused() {
        let image: Vec<f32> = (0..PIXELS).map(|i| (i as f32 / 783.0).powi(3)).collect();
        assert_eq!(unpacked(&packed(&image)).as_ref(), Ok(&image));
        let mut spoilt = image.clone();
        spoilt[5] = f32::from_bits(spoilt[5].to_bits() + 1);
        assert_ne!(hash(&spoilt), hash(&image));
        for (pixel, said) in [(1.5, "1.5"), (f32::NAN, "NaN"), (-0.1, "-0.1")] {
            spoilt[5] = pixel;
            assert!(unpacked(&packed(&spoilt)).is_err_and(|words| words.contains(said)));
        }
        assert!(unpacked(&packed(&image[1..])).is_err_and(|words| words.contains("783 pixels")));
        assert!(unpacked("?").is_err() && unpacked("AAAA").is_err());
    }
}
