//! How a file reads the image that a person sees, and how sure that is.

use strum::VariantArray;

use super::InputTransform;

/// How an image comes to the size that a file takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, VariantArray)]
pub enum Fit {
    /// It has that size.
    #[default]
    Same,
    /// With paper around it.
    Padded,
    /// Scaled, by linear interpolation.
    Scaled,
    /// Its middle, without the rim.
    Cropped,
}

impl Fit {
    /// Every way.
    pub const ALL: [Fit; Fit::VARIANTS.len()] =
        *Fit::VARIANTS.first_chunk().expect("an array of them all");

    /// The name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Fit::Same => "same",
            Fit::Padded => "padded",
            Fit::Scaled => "scaled",
            Fit::Cropped => "cropped",
        }
    }
}

/// Who says what a file expects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, VariantArray)]
pub enum Chosen {
    /// Nobody: it is taken as it is.
    #[default]
    Assumed,
    /// The caller.
    Given,
    /// It was found by reading samples.
    Detected,
}

impl Chosen {
    /// Everyone.
    pub const ALL: [Chosen; Chosen::VARIANTS.len()] =
        *Chosen::VARIANTS.first_chunk().expect("an array of them all");

    /// The name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Chosen::Assumed => "assumed",
            Chosen::Given => "given",
            Chosen::Detected => "detected",
        }
    }
}

/// Samples that are read rightly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score {
    /// How many are.
    pub right: usize,
    /// Of how many.
    pub of: usize,
}

impl Score {
    /// The share of them.
    #[must_use]
    pub fn accuracy(self) -> f64 {
        self.right as f64 / self.of.max(1) as f64
    }

    /// Whether so few are read that the network may be for other images than the samples.
    #[must_use]
    pub fn is_poor(self) -> bool {
        self.right * 100 < self.of * 60
    }
}

impl std::fmt::Display for Score {
    /// `97 of 100`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.right, self.of)
    }
}

/// What a file makes of an image before its first operation, and of its classes behind its last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expectation {
    /// The numbers that it takes for pixels.
    pub transform: InputTransform,
    /// How the image comes to its size.
    pub fit: Fit,
    /// Whether its rows are the image's columns.
    pub transposed: bool,
    /// Which of its outputs each class is; none where they are in order.
    pub classes: Option<Vec<usize>>,
    /// The name of the output that is read; none where the file has no other.
    pub output: Option<String>,
    /// Who says so.
    pub chosen: Chosen,
    /// Samples that it reads rightly in this way; none where it was given no samples that fit.
    pub score: Option<Score>,
    /// Other transforms with which it reads about as many.
    pub others: Vec<Alternative>,
    /// With pixels from 0 to 1 and nothing else changed, where that is not the choice.
    pub plain: Option<Score>,
}

/// A transform that was not chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// The transform.
    pub transform: InputTransform,
    /// What the network reads with it.
    pub score: Score,
}

impl Expectation {
    /// What a caller says.
    #[must_use]
    pub fn given(transform: InputTransform) -> Expectation {
        Expectation { transform, chosen: Chosen::Given, ..Expectation::default() }
    }

    /// What the file takes, in words: “pixels from 0 to 255, inverted; rows and columns swapped”.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = self.transform.words();
        match self.fit {
            Fit::Same => {}
            Fit::Padded => words += "; digits with paper around them",
            Fit::Scaled => words += "; digits scaled to its size",
            Fit::Cropped => words += "; the middle of digits",
        }
        if self.transposed {
            words += "; rows and columns swapped";
        }
        if let Some(order) = &self.classes {
            let order: Vec<String> = order.iter().map(ToString::to_string).collect();
            words += &format!("; classes 0, 1, … are its outputs {}", order.join(", "));
        }
        if let Some(output) = &self.output {
            words += &format!("; of its outputs “{output}”");
        }
        words
    }
}
