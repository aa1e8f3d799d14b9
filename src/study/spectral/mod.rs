//! How far a network's answer can move: operator norms, layer by layer.
//!
//! Szegedy et al., section 4.3: `‖φ(x) − φ(x+r)‖ ≤ L‖r‖` with `L = Π Lₖ`, one
//! constant a layer. Here they are computed for any loaded [`Network`]: dense
//! layers by their largest singular value, convolutions by Fourier transform
//! ([`conv`]), pooling, activations and normalisation exactly. Branches that
//! are added have the sum of their constants, branches side by side the root
//! of the sum of their squares. Where an operation has no constant (a product
//! of two computed values, a division by one), everything that depends on it
//! is unknown, and [`Layer::unbounded`] says why.
//!
//! A misreading as `t` of a digit of class `y` needs `z_y − z_t ≤ 0`, so
//! `‖r‖ ≥ (z_y − z_t)/L_{yt}`: that is [`Spectrum::distance`]. `L_{yt}` is
//! `√2·L` for any network; where the last layer is dense, the norm of the
//! difference of its two rows takes the place of `√2` times its norm.
//!
//! Numbers are f64. Norms are exact to about 1e-13 of themselves, and
//! [`ROUNDING`] covers that and the rounding of logits that came from f32.
//! Tests: `tests/suite/spectral.rs`.

pub mod conv;
mod dense;
mod elementwise;
#[cfg(not(target_arch = "wasm32"))]
mod experiment;
mod layers;
mod pool;
mod symmetric;

#[cfg(not(target_arch = "wasm32"))]
pub use experiment::{Bounds, LayerRow, Means, NetworkBounds};

use crate::model::{Network, NodeId, Weight};
use crate::ops::{Activation, Linear, Op};

/// What rounding may take from a margin of logits, relative to the largest logit, and from a norm.
pub const ROUNDING: f64 = 1e-5;

/// Why an operation has no Lipschitz constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unbounded {
    /// A product of two computed values, as in attention.
    #[error("it multiplies two values that both depend on the image")]
    Multiplies,
    /// A division by, or a root or logarithm of, a computed value.
    #[error("it divides by a value that may come near zero, or takes its root or logarithm")]
    Divides,
    /// A function whose slope grows without end.
    #[error("its slope grows without end")]
    Steepens,
    /// A comparison, a choice that depends on the image, or a rounding.
    #[error("it jumps where a comparison or a rounding changes")]
    Jumps,
}

/// One operation, or the activation behind one.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The node in the network.
    pub node: NodeId,
    /// Its name in the ONNX file.
    pub name: String,
    /// What it is, for people: `dense 784 → 100`, `sigmoid`.
    pub what: String,
    /// Its own Lipschitz constant, from above; `None` where it has none, and where several
    /// branches meet, whose constants then make the next.
    pub constant: Option<f64>,
    /// The norm of a zero-padded convolution itself, where it was worth the work; the
    /// constant is that of the circular one around it.
    pub exact: Option<f64>,
    /// The constant of the whole network up to and with this operation.
    pub from_image: Option<f64>,
    /// Why the operation itself has no constant.
    pub unbounded: Option<Unbounded>,
}

/// The constants of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// Its operations in order, the image and reshapes left out.
    pub layers: Vec<Layer>,
    /// `L`: the constant of the logits; `None` where an operation on the way has none.
    pub product: Option<f64>,
    /// Of the last layer, where it is dense: sharper than `√2·L`.
    rows: Option<Rows>,
    /// The diagonal of the box of images, `√n`: nothing is farther.
    diagonal: f64,
}

/// The last dense layer.
#[derive(Clone, Debug, PartialEq)]
struct Rows {
    /// `[k, classes]`
    weight: Weight,
    /// The constant of what comes before it.
    before: f64,
}

impl Rows {
    /// `L_{yt} = ‖w_y − w_t‖` times the constant before, for the columns `w` of the weight.
    fn pair(&self, y: usize, t: usize) -> f64 {
        let rows = self.weight.data.chunks_exact(self.weight.data.len() / self.weight.shape[0]);
        let gaps = rows.map(|w| f64::from(w[y]) - f64::from(w[t]));
        self.before * gaps.map(|g| g * g).sum::<f64>().sqrt()
    }
}

/// Lower bounds on the `‖r‖₂` of a misreading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance {
    /// From `√2·L`, for any network.
    pub product: f64,
    /// From the rows of the last layer, where it is dense; never less than `product`.
    pub rows: Option<f64>,
    /// The class that needs least, by the better of the two.
    pub target: usize,
}

impl Distance {
    /// The better of the two.
    #[must_use]
    pub fn best(&self) -> f64 {
        self.rows.unwrap_or(self.product)
    }
}

/// The constants of a network, worked out operation by operation.
pub struct SpectrumWork<'a> {
    network: &'a Network,
    /// The norms of convolutions themselves, too.
    exact: bool,
    layers: Vec<Layer>,
    /// How far each operation's result can move, of those that are done.
    known: Vec<Option<f64>>,
}

impl<'a> SpectrumWork<'a> {
    /// Work on which nothing is done yet.
    #[must_use]
    pub fn new(network: &'a Network) -> SpectrumWork<'a> {
        SpectrumWork { network, exact: true, layers: Vec::new(), known: Vec::new() }
    }

    /// Does the next operation; `false` where none is left.
    pub fn step(&mut self) -> bool {
        let (network, index) = (self.network, self.known.len());
        let Some(node) = network.nodes.get(index) else { return false };
        let rows = layers::of(network, NodeId(index), &self.known, self.exact);
        let through = match node.op {
            // The image's own constant is 1: the identity.
            Op::Input => Some(1.0),
            Op::Reshape => self.known[node.inputs[0].0],
            _ => rows.last().and_then(|layer| layer.from_image),
        };
        self.known.push(through);
        self.layers.extend(rows);
        true
    }

    /// Share of the operations that are done, 0 to 1.
    #[must_use]
    pub fn fraction(&self) -> f32 {
        self.known.len() as f32 / self.network.nodes.len().max(1) as f32
    }

    /// The constants, with those of operations that are left.
    #[must_use]
    pub fn finish(mut self) -> Spectrum {
        while self.step() {}
        let network = self.network;
        let rows = last_dense(network).and_then(|(node, op)| {
            let before = self.known[network.node(node).inputs[0].0]?;
            let weight = Weight { shape: vec![op.k, op.n], ..network.weight(op.weight).clone() };
            Some(Rows { weight, before })
        });
        let diagonal = (network.pixels() as f64).sqrt();
        let product = self.known.last().copied().flatten();
        Spectrum { layers: self.layers, product, rows, diagonal }
    }
}

impl Spectrum {
    /// Works out the constants of a network, and the norms of convolutions themselves.
    #[must_use]
    pub fn of(network: &Network) -> Spectrum {
        Spectrum::new(network, true)
    }

    /// The constants alone, which is all that distances need.
    #[must_use]
    pub fn without_exact(network: &Network) -> Spectrum {
        Spectrum::new(network, false)
    }

    fn new(network: &Network, exact: bool) -> Spectrum {
        SpectrumWork { exact, ..SpectrumWork::new(network) }.finish()
    }

    /// Operations without a constant, first the first.
    pub fn unbounded(&self) -> impl Iterator<Item = &Layer> {
        self.layers.iter().filter(|layer| layer.unbounded.is_some())
    }

    /// A constant of the margin `z_y − z_t`: the sharpest that is known.
    #[must_use]
    pub fn margin(&self, label: usize, target: usize) -> Option<f64> {
        let product = std::f64::consts::SQRT_2 * self.product?;
        Some(self.rows.as_ref().map_or(product, |rows| rows.pair(label, target).min(product)))
    }

    /// No perturbation shorter than this turns `logits` away from `label`.
    ///
    /// `None` where the network has no constant. 0 where it misreads already; no more than
    /// the diagonal of the box of images.
    #[must_use]
    pub fn distance(&self, logits: &[f32], label: usize) -> Option<Distance> {
        let product = std::f64::consts::SQRT_2 * self.product?;
        let nearest = |constant: &dyn Fn(usize) -> f64| -> (f64, usize) {
            (0..logits.len())
                .filter(|target| *target != label)
                .map(|target| (self.reach(margin(logits, label, target), constant(target)), target))
                .fold((f64::INFINITY, label), |a, b| if b.0 < a.0 { b } else { a })
        };
        let (generic, by_product) = nearest(&|_| product);
        let rows = self.rows.as_ref();
        let rows = rows.map(|rows| nearest(&|t| rows.pair(label, t).min(product)));
        Some(Distance {
            product: generic,
            rows: rows.map(|r| r.0),
            target: rows.map_or(by_product, |r| r.1),
        })
    }

    /// How far one must go at least to lose a margin, within the box.
    fn reach(&self, margin: f64, constant: f64) -> f64 {
        if margin == 0.0 {
            return 0.0;
        }
        (margin / (constant * (1.0 + ROUNDING))).min(self.diagonal)
    }
}

/// `z_y − z_t`, less what rounding may have added.
fn margin(logits: &[f32], label: usize, target: usize) -> f64 {
    let largest = logits.iter().fold(0.0f32, |m, z| m.max(z.abs()));
    let margin = f64::from(logits[label]) - f64::from(logits[target]);
    (margin - ROUNDING * f64::from(largest)).max(0.0)
}

/// The dense layer that gives the logits, seen through reshapes.
fn last_dense(network: &Network) -> Option<(NodeId, &Linear)> {
    let mut id = network.logits();
    while network.node(id).op == Op::Reshape {
        id = network.node(id).inputs[0];
    }
    match &network.node(id).op {
        Op::Linear(op) if op.rows == 1 && op.activation == Activation::Identity => Some((id, op)),
        _ => None,
    }
}
