//! A hidden layer as the end of a network of its own, which executors can run.
//!
//! A [`Probe`] computes `φ(x) ∈ ℝᵘ`, the activations of a layer's units, and
//! behind them the heads `⟨φ(x), vⱼ⟩` of up to [`HEADS`] directions. Executors
//! give logits, so the heads stand where logits would; one more is zero, and
//! the margin of a head and that one is the head with its gradient. Both
//! backends run probes without knowing of them.

use std::sync::Arc;

use super::{Layer, UnitsError};
use crate::attack::{Observer, Progress};
use crate::exec::{Executor, Goal};
use crate::model::{Network, Node, NodeId, OutputKind, Weight, WeightId};
use crate::ops::{Activation, Linear, Op, Reduce, ReduceKind};

/// Directions that one probe can follow.
pub const HEADS: usize = 9;

/// The heads, and the zero that they are measured from.
const LOGITS: usize = HEADS + 1;

/// Images that go through a probe between two looks at the observer.
const PIECE: usize = 256;

/// A network that ends in a layer's units and in directions among them.
#[derive(Clone, Debug)]
pub struct Probe {
    network: Arc<Network>,
    units: NodeId,
}

impl Probe {
    /// A probe for activations only.
    #[must_use]
    pub fn new(network: &Network, layer: &Layer) -> Probe {
        Probe::along(network, layer, &[])
    }

    /// A probe that also follows directions `[heads, units]`, at most [`HEADS`] of them.
    ///
    /// # Panics
    /// If there are more, or their length is no multiple of the layer's units.
    #[must_use]
    pub fn along(network: &Network, layer: &Layer, directions: &[f32]) -> Probe {
        let units = layer.units;
        assert!(
            directions.len().is_multiple_of(units) && directions.len() <= HEADS * units,
            "{} numbers are not up to {HEADS} directions of {units}",
            directions.len()
        );
        let mut probe = Network {
            image: network.image,
            nodes: network.nodes[..=layer.node.0].to_vec(),
            weights: network.weights.clone(),
            input_shape: network.input_shape.clone(),
            expects: network.expects.clone(),
            output: OutputKind::Logits,
            precision: network.precision,
        };
        let places_behind = layer.stride;
        let places_before = layer.places / places_behind;
        let behind = Reduce {
            kind: ReduceKind::Mean,
            outer: places_before * units,
            len: places_behind,
            inner: 1,
        };
        let before = Reduce { kind: ReduceKind::Mean, outer: 1, len: places_before, inner: units };
        let mut last = layer.node;
        for (reduce, shape) in [(behind, vec![places_before, units]), (before, vec![1, units])] {
            if reduce.len > 1 {
                last = push(&mut probe, Op::Reduce(reduce), last, shape);
            }
        }
        if last == layer.node {
            last = push(&mut probe, Op::Reshape, last, vec![1, units]);
        }
        let mut weight = vec![0.0; units * LOGITS];
        for (head, direction) in directions.chunks_exact(units).enumerate() {
            for (row, v) in weight.chunks_exact_mut(LOGITS).zip(direction) {
                row[head] = *v;
            }
        }
        probe.weights.push(Weight {
            name: "directions".into(),
            shape: vec![units, LOGITS],
            data: weight.into(),
        });
        let heads = Linear {
            rows: 1,
            k: units,
            n: LOGITS,
            weight: WeightId(probe.weights.len() - 1),
            bias: None,
            activation: Activation::Identity,
        };
        push(&mut probe, Op::Linear(heads), last, vec![LOGITS]);
        Probe { network: Arc::new(probe), units: last }
    }

    /// What executors run.
    #[must_use]
    pub fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// What to ask for the value of a head and its gradient.
    #[must_use]
    pub fn goal(head: usize) -> Goal {
        Goal::Margin(head, HEADS)
    }

    /// Activations of images `[n, pixels]`, by an executor of [`Probe::network`].
    ///
    /// # Errors
    /// [`UnitsError::WrongSize`], [`UnitsError::NotANumber`],
    /// [`UnitsError::Cancelled`] when the observer says so, and the executor's.
    pub async fn activations(
        &self,
        executor: &mut Executor,
        images: &[f32],
        observer: &mut impl Observer,
    ) -> Result<Activations, UnitsError> {
        let pixels = self.network.pixels();
        if !images.len().is_multiple_of(pixels) {
            return Err(UnitsError::WrongSize { pixels, actual: images.len() });
        }
        let units = self.network.node(self.units).len();
        let mut values = Vec::with_capacity(images.len() / pixels * units);
        for piece in images.chunks(PIECE * pixels) {
            if observer.pause().await {
                return Err(UnitsError::Cancelled);
            }
            values.extend(executor.activations(self.units, piece).await?.unwrap_or_default());
            let fraction = (values.len() / units * pixels) as f32 / images.len() as f32;
            observer.progress(Progress { fraction, evaluations: 0, best: None });
        }
        Activations::new(units, values)
    }
}

fn push(network: &mut Network, op: Op, input: NodeId, shape: Vec<usize>) -> NodeId {
    let name = format!("probe {}", op.name());
    network.nodes.push(Node { name, op, inputs: vec![input], shape });
    NodeId(network.nodes.len() - 1)
}

/// What a layer's units answer to some images.
#[derive(Clone, Debug, PartialEq)]
pub struct Activations {
    units: usize,
    values: Vec<f32>,
}

impl Activations {
    /// Activations `[images, units]`.
    ///
    /// # Errors
    /// [`UnitsError::NotANumber`] if a value is not finite.
    ///
    /// # Panics
    /// If the values are no whole number of rows.
    pub fn new(units: usize, values: Vec<f32>) -> Result<Activations, UnitsError> {
        assert!(units > 0 && values.len().is_multiple_of(units), "a row has {units} values");
        match values.iter().position(|v| !v.is_finite()) {
            Some(place) => {
                Err(UnitsError::NotANumber { index: place / units, unit: place % units })
            }
            None => Ok(Activations { units, values }),
        }
    }

    /// Units of the layer.
    #[must_use]
    pub fn units(&self) -> usize {
        self.units
    }

    /// Images that were shown.
    #[must_use]
    pub fn images(&self) -> usize {
        self.values.len() / self.units
    }

    /// `[images, units]`
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}
