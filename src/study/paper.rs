//! What the paper prints (Szegedy et al., 2013, Tables 1 to 4, section 4.3): reference data, never an output.
//!
//! Errors in percent, distortions as `√(Σ(x′−x)²/784)`. Networks go by their
//! bundled names.

/// A row of Table 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    /// The bundled network.
    pub name: &'static str,
    /// Error on the training set.
    pub train: f64,
    /// Error on the test set.
    pub test: f64,
    /// Average minimum distortion that brings the accuracy to 0.
    pub distortion: f64,
}

/// Table 1: networks, their errors, how far their digits are from being misread.
pub const TABLE1: [Model; 6] = [
    Model { name: "fc10-1e-4", train: 6.7, test: 7.4, distortion: 0.062 },
    Model { name: "fc10-1e-2", train: 10.0, test: 9.4, distortion: 0.1 },
    Model { name: "fc10-1", train: 21.2, test: 20.0, distortion: 0.14 },
    Model { name: "fc100-100-10", train: 0.0, test: 1.64, distortion: 0.058 },
    Model { name: "fc200-200-10", train: 0.0, test: 1.54, distortion: 0.065 },
    Model { name: "ae400-10", train: 0.57, test: 1.9, distortion: 0.086 },
];

/// A row of Tables 2 and 4: examples made for a network, or noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row<const N: usize> {
    /// Where the images come from.
    pub made: Made,
    /// Error of each network on them.
    pub errors: [f64; N],
    /// Their mean distortion.
    pub distortion: f64,
}

/// Where images come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Made {
    /// As near as can be, for a network.
    For(&'static str),
    /// The same, rescaled to a distortion.
    Magnified(&'static str, f32),
    /// Gaussian noise.
    Noise(f32),
}

/// Table 2: examples made for one network, shown to the others, in Table 1's order.
pub const TABLE2: [Row<6>; 8] = [
    row(Made::For("fc10-1e-4"), [100.0, 11.7, 22.7, 2.0, 3.9, 2.7], 0.062),
    row(Made::For("fc10-1e-2"), [87.1, 100.0, 35.2, 35.9, 27.3, 9.8], 0.1),
    row(Made::For("fc10-1"), [71.9, 76.2, 100.0, 48.1, 47.0, 34.4], 0.14),
    row(Made::For("fc100-100-10"), [28.9, 13.7, 21.1, 100.0, 6.6, 2.0], 0.058),
    row(Made::For("fc200-200-10"), [38.2, 14.0, 23.8, 20.3, 100.0, 2.7], 0.065),
    row(Made::For("ae400-10"), [23.4, 16.0, 24.8, 9.4, 6.6, 100.0], 0.086),
    row(Made::Noise(0.1), [5.0, 10.1, 18.3, 0.0, 0.0, 0.8], 0.1),
    row(Made::Noise(0.3), [15.6, 11.3, 22.7, 5.0, 4.3, 3.1], 0.3),
];

/// A row of Table 3.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HalfModel {
    /// The bundled network.
    pub name: &'static str,
    /// Error on the first half of the training set.
    pub p1: f64,
    /// Error on the second half.
    pub p2: f64,
    /// Error on the test set.
    pub test: f64,
    /// Average minimum distortion.
    pub distortion: f64,
}

/// Table 3: networks trained on halves of the training set.
pub const TABLE3: [HalfModel; 3] = [
    HalfModel { name: "fc100-100-10-p1", p1: 0.0, p2: 2.4, test: 2.0, distortion: 0.062 },
    HalfModel { name: "fc123-456-10-p1", p1: 0.0, p2: 2.5, test: 2.1, distortion: 0.059 },
    HalfModel { name: "fc100-100-10-p2", p1: 2.3, p2: 0.0, test: 2.1, distortion: 0.058 },
];

/// Table 4: examples made for one of Table 3's networks on the test set, shown to the others.
pub const TABLE4: [Row<3>; 8] = [
    row(Made::For("fc100-100-10-p1"), [100.0, 26.2, 5.9], 0.062),
    row(Made::For("fc123-456-10-p1"), [6.25, 100.0, 5.1], 0.059),
    row(Made::For("fc100-100-10-p2"), [8.2, 8.2, 100.0], 0.058),
    row(Made::Noise(0.06), [2.2, 2.6, 2.4], 0.06),
    row(Made::Magnified("fc100-100-10-p1", 0.1), [100.0, 98.0, 43.0], 0.1),
    row(Made::Magnified("fc123-456-10-p1", 0.1), [96.0, 100.0, 22.0], 0.1),
    row(Made::Magnified("fc100-100-10-p2", 0.1), [27.0, 50.0, 100.0], 0.1),
    row(Made::Noise(0.1), [2.6, 2.8, 2.7], 0.1),
];

/// Section 4.3: upper bounds on the operator norms of AlexNet's layers: name, size, bound.
pub const ALEXNET: [(&str, &str, f64); 8] = [
    ("conv 1", "3 × 11 × 11 × 96", 2.75),
    ("conv 2", "96 × 5 × 5 × 256", 10.0),
    ("conv 3", "256 × 3 × 3 × 384", 7.0),
    ("conv 4", "384 × 3 × 3 × 384", 7.5),
    ("conv 5", "384 × 3 × 3 × 256", 11.0),
    ("dense 1", "9216 × 4096", 3.12),
    ("dense 2", "4096 × 4096", 4.0),
    ("dense 3", "4096 × 1000", 4.0),
];

/// Test errors of a 100-100-10 network by how it was trained, in percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regularised {
    /// With weight decay alone.
    pub weight_decay: f64,
    /// On adversarial examples: below this.
    pub hardened: f64,
}

/// Section 4.2, in the text.
pub const SECTION_4_2: Regularised = Regularised { weight_decay: 1.6, hardened: 1.2 };

const fn row<const N: usize>(made: Made, errors: [f64; N], distortion: f64) -> Row<N> {
    Row { made, errors, distortion }
}
