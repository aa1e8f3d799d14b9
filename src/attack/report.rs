//! What an attack is asked, and what it answers.

use super::Distance;

/// One image to be misread.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Numbers in [0, 1], channel by channel, row by row.
    pub image: Vec<f32>,
    /// The true class.
    pub label: usize,
    /// The class to reach; any other than the label where it is `None`.
    pub target: Option<usize>,
}

/// Why an attack on one image ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The search closed in on the smallest change it can find.
    Converged,
    /// The steps or evaluations were used up, as methods with a fixed number of them do.
    Budget,
    /// The caller cancelled; the best so far is returned.
    Cancelled,
    /// The gradient vanished at the original and wherever else the search was started.
    VanishingGradient,
    /// The network already misreads the original.
    AlreadyMisread,
}

impl Stop {
    /// Stable name for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Stop::Converged => "converged",
            Stop::Budget => "budget",
            Stop::Cancelled => "cancelled",
            Stop::VanishingGradient => "vanishing-gradient",
            Stop::AlreadyMisread => "already-misread",
        }
    }
}

/// Where the search began that an attack ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The original.
    Original,
    /// A point near the original, because the gradient vanished there.
    Nearby,
    /// The boundary on the line to another image that was given, because no gradient led anywhere.
    LineToImage,
    /// The boundary on the line to the original with noise, for the same reason.
    LineToNoise,
    /// The boundary on the line to a plain image or to the negative, for the same reason.
    LineToPlain,
}

impl Start {
    /// Stable name for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Start::Original => "original",
            Start::Nearby => "nearby",
            Start::LineToImage => "line-to-image",
            Start::LineToNoise => "line-to-noise",
            Start::LineToPlain => "line-to-plain",
        }
    }
}

/// The outcome for one problem, measured from the image that is returned.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Whether the image is read as asked: as the target, or as anything but the label.
    pub success: bool,
    /// The adversarial image in [0, 1]; `None` where none was found.
    pub image: Option<Vec<f32>>,
    /// What is read in it, or in the original where none was found; by the first network.
    pub predicted: usize,
    /// What every network reads there, `predicted` first.
    pub readings: Vec<usize>,
    /// The true class.
    pub label: usize,
    /// The class that was asked for.
    pub target: Option<usize>,
    /// Distances from the original; zero where no image was found.
    pub distance: Distance,
    /// Whether an image was asked for that 8 bits hold: every number in `image` is a 255th then.
    pub eight_bit: bool,
    /// Whether the image still fools after rounding to 8 bits.
    pub rounded_still_fools: bool,
    /// Classes that the search made for one by one; 0 where the method goes for none in particular.
    pub tried: usize,
    /// Forward passes with input gradient, all lanes of this problem.
    pub evaluations: u64,
    /// Why it ended.
    pub stop: Stop,
    /// Where the search began that it ended with.
    pub start: Start,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_programs_stay_as_they_are() {
        let stops = [
            Stop::Converged,
            Stop::Budget,
            Stop::Cancelled,
            Stop::VanishingGradient,
            Stop::AlreadyMisread,
        ];
        let names = ["converged", "budget", "cancelled", "vanishing-gradient", "already-misread"];
        assert_eq!(stops.map(Stop::name), names);
        let starts = [
            Start::Original,
            Start::Nearby,
            Start::LineToImage,
            Start::LineToNoise,
            Start::LineToPlain,
        ];
        let names = ["original", "nearby", "line-to-image", "line-to-noise", "line-to-plain"];
        assert_eq!(starts.map(Start::name), names);
    }
}
