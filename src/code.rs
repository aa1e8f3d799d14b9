//! Error codes: one list of what failures are called for programs; and how much of foreign words their
//! messages hold.
//!
//! Every typed error has `code()`, which is one of these. The page's list in
//! `www/src/engine/messages.ts` is generated from here, with the codes that
//! only the page and its worker give.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])+ $code:ident = $name:literal,)+) => {
        /// What went wrong, for programs: stable, while messages may be reworded.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Code {
            $($(#[$doc])+ #[serde(rename = $name)] $code,)+
        }

        impl Code {
            /// All of them, in alphabetical order.
            pub const ALL: &[Code] = &[$(Code::$code),+];

            /// The name in messages and on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Code::$code => $name,)+
                }
            }
        }
    };
}

codes! {
    /// The caller gave up.
    Aborted = "aborted",
    /// The shape of a network's input leaves open which image it is.
    AmbiguousImage = "ambiguous-image",
    /// A transform of pixels that is not made of numbers, or is made for other channels.
    BadInputTransform = "bad-input-transform",
    /// A lesson that cannot be read, or cannot be done.
    BadLesson = "bad-lesson",
    /// An option has a value that makes no sense.
    BadOption = "bad-option",
    /// A request that the engine cannot read.
    BadRequest = "bad-request",
    /// A result that cannot be read, or work that does not fit its task.
    BadResult = "bad-result",
    /// A shard of a run that cannot be.
    BadShard = "bad-shard",
    /// An operation of the network has no linear relaxation.
    CannotCertify = "cannot-certify",
    /// The engine was closed, or is not there yet.
    Closed = "closed",
    /// The engine stopped unexpectedly.
    Crashed = "crashed",
    /// A file of the site is not the one that it was built with.
    DamagedFile = "damaged-file",
    /// A gzip file is damaged or cut short.
    DamagedGzip = "damaged-gzip",
    /// The graphics device was lost.
    DeviceLost = "device-lost",
    /// A drawing without a point.
    EmptyDrawing = "empty-drawing",
    /// A page's Content-Security-Policy forbids WebAssembly.
    ForbiddenByPolicy = "forbidden-by-policy",
    /// Images and labels are not as many.
    IdxCountMismatch = "idx-count-mismatch",
    /// An IDX file without a digit.
    IdxEmpty = "idx-empty",
    /// A label that is no digit.
    IdxLabelOutOfRange = "idx-label-out-of-range",
    /// Images and labels are swapped.
    IdxMislabelled = "idx-mislabelled",
    /// More digits than can be held.
    IdxTooLarge = "idx-too-large",
    /// An IDX file that goes on after its end.
    IdxTrailingBytes = "idx-trailing-bytes",
    /// An IDX file that is cut short.
    IdxTruncated = "idx-truncated",
    /// An IDX file of another element type or number of dimensions.
    IdxUnsupported = "idx-unsupported",
    /// Digits of another size.
    IdxWrongSize = "idx-wrong-size",
    /// Single precision cannot tell what the network answers.
    Imprecise = "imprecise",
    /// A defect of this program.
    Internal = "internal",
    /// The importer stopped unexpectedly on a file.
    ImporterCrashed = "importer-crashed",
    /// A stroke with a number that cannot be used.
    InvalidDrawing = "invalid-drawing",
    /// As many labels as images are needed.
    LabelsDiffer = "labels-differ",
    /// A lowered network is not what was written.
    LoweredDamaged = "lowered-damaged",
    /// A lowered network cannot be run.
    LoweredFlawed = "lowered-flawed",
    /// A lowered network is cut off.
    LoweredTruncated = "lowered-truncated",
    /// An ONNX graph that is not consistent.
    MalformedOnnx = "malformed-onnx",
    /// Parts of a run that do not belong together.
    Mismatch = "mismatch",
    /// A file of the site is not there.
    MissingFile = "missing-file",
    /// A network's weights lie in a second file, which was not given.
    MissingWeights = "missing-weights",
    /// A server does not answer.
    Network = "network",
    /// The networks of an ensemble do not read the same images.
    NetworksDiffer = "networks-differ",
    /// Two images are the same: there is no direction between them.
    NoDirection = "no-direction",
    /// There is no experiment of that name.
    NoExperiment = "no-experiment",
    /// The network has no hidden layer.
    NoHiddenUnits = "no-hidden-units",
    /// No network was named, or none of that name is there.
    NoNetwork = "no-network",
    /// There is no such class.
    NoSuchClass = "no-such-class",
    /// No data set is kept under that number.
    NoSuchDataSet = "no-such-data-set",
    /// No exhibit is kept under that number.
    NoSuchExhibit = "no-such-exhibit",
    /// The network has no such hidden layer.
    NoSuchLayer = "no-such-layer",
    /// No model is loaded under that number.
    NoSuchModel = "no-such-model",
    /// The layer has no such unit, or the exhibit no such direction.
    NoSuchUnit = "no-such-unit",
    /// An experiment needs training digits.
    NoTrainingDigits = "no-training-digits",
    /// WebGPU is not there, or gives no device.
    NoWebgpu = "no-webgpu",
    /// The network is no classifier of digits.
    NotADigitClassifier = "not-a-digit-classifier",
    /// The bytes are no lowered network.
    NotALoweredNetwork = "not-a-lowered-network",
    /// The network answers with NaN or infinity.
    NotANumber = "not-a-number",
    /// What was given is no image.
    NotAnImage = "not-an-image",
    /// The network is no classifier of images.
    NotAnImageClassifier = "not-an-image-classifier",
    /// The bytes are no IDX file.
    NotAnIdxFile = "not-an-idx-file",
    /// The bytes are no ONNX file.
    NotAnOnnxFile = "not-an-onnx-file",
    /// A weight is NaN or infinite.
    NotFiniteWeights = "not-finite-weights",
    /// The training digits are not those that the paper splits.
    NotTheTrainingSet = "not-the-training-set",
    /// The method does not take this option.
    OptionNotTaken = "option-not-taken",
    /// A network that was lowered to another version of the format.
    OtherLoweredVersion = "other-lowered-version",
    /// A pixel outside [0, 1].
    OutOfBox = "out-of-box",
    /// A layer that gives every image the same answer.
    SilentLayer = "silent-layer",
    /// The target is what the image already shows.
    TargetIsLabel = "target-is-label",
    /// More digits were asked for than there are.
    TooFewDigits = "too-few-digits",
    /// A layer needs more images.
    TooFewImages = "too-few-images",
    /// Larger than the device or the page can take.
    TooLarge = "too-large",
    /// More time than was granted.
    TooSlow = "too-slow",
    /// The network could not be translated faithfully.
    UnfaithfulImport = "unfaithful-import",
    /// A result that cannot be read back.
    Unreadable = "unreadable",
    /// The browser lacks something that the engine needs.
    UnsupportedBrowser = "unsupported-browser",
    /// An operation that cannot be differentiated here.
    UnsupportedOp = "unsupported-op",
    /// A list of the wrong length.
    WrongLength = "wrong-length",
    /// Images of the wrong size.
    WrongSize = "wrong-size",
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// For codes that come from outside, in fixtures and reports.
impl PartialEq<&str> for Code {
    fn eq(&self, name: &&str) -> bool {
        self.name() == *name
    }
}

/// A text with both its ends, of at most about so many characters: words of a file or of a caller may be
/// too many for a message.
pub(crate) fn shortened(text: String, most: usize) -> String {
    let characters = text.chars().count();
    if characters <= most {
        return text;
    }
    let first: String = text.chars().take(most * 2 / 3).collect();
    let last: String = text.chars().skip(characters - most / 3).collect();
    format!("{first} … {last}")
}

#[cfg(test)]
mod tests {
    use super::{Code, shortened};

    #[test]
    fn long_words_keep_both_ends() {
        let long = format!("a{}z", "é".repeat(1_000_000));
        let said = shortened(long, 30);
        assert!(said.starts_with("aé") && said.contains(" … ") && said.ends_with("éz"), "{said}");
        assert_eq!(said.chars().count(), 33);
        assert_eq!(shortened("é".repeat(30), 30), "é".repeat(30));
    }

    #[test]
    fn codes_have_one_name_each_in_kebab_case_and_are_read_back() {
        let names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        for (code, name) in Code::ALL.iter().zip(&names) {
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
            let text = serde_json::to_string(code).expect("a string");
            assert_eq!(text, format!("\"{name}\""));
            assert_eq!(serde_json::from_str::<Code>(&text).ok(), Some(*code));
        }
        assert!(names.len() > 40 && Code::Aborted == "aborted" && Code::Aborted != "closed");
    }
}
