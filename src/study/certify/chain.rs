//! A network as affine maps with an activation between them, in f64.
//!
//! What lies between two activations becomes one matrix and one vector: dense
//! layers in a row are multiplied out, scales and shifts of single elements
//! move into the dense layer beside them. What follows the last dense layer is
//! left out where it keeps the order of the logits (softmax, sigmoid, tanh), and
//! relaxed like any other activation where it may make them equal (ReLU, Clip):
//! then a map that changes nothing stands behind it.

use super::CertifyError;
use super::relax::Curve;
use crate::model::{Network, Node, WeightId};
use crate::ops::binary::cpu::walk;
use crate::ops::{Activation, Binary, BinaryKind, Linear, Op, Operand, UnaryKind};
use crate::study::sums::dot;

/// `y = W·x + b`.
#[derive(Clone, Debug)]
pub(super) struct Affine {
    /// `[outputs, inputs]`, row-major.
    pub(super) weights: Vec<f64>,
    pub(super) bias: Vec<f64>,
    pub(super) inputs: usize,
}

/// Affine maps, with an activation after each but the last.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) layers: Vec<Affine>,
    pub(super) curves: Vec<Curve>,
    /// Sizes of the image and of the logits.
    pub(super) pixels: usize,
    pub(super) classes: usize,
}

/// Scale and shift of every element.
type Elementwise = (Vec<f64>, Vec<f64>);

/// A chain in the making: what follows the last activation is not complete yet.
struct Builder {
    chain: Chain,
    dense: Option<Affine>,
    elements: Option<Elementwise>,
}

impl Chain {
    /// The chain of a network, or the operation that cannot be in one.
    pub(super) fn of(network: &Network) -> Result<Chain, CertifyError> {
        let (pixels, classes) = (network.pixels(), network.classes());
        let chain = Chain { layers: Vec::new(), curves: Vec::new(), pixels, classes };
        let mut builder = Builder { chain, dense: None, elements: None };
        for (index, node) in network.nodes.iter().enumerate().skip(1) {
            let rest = &network.nodes[index..];
            if matches!(node.op, Op::Softmax(_))
                && rest.iter().all(|node| keeps_order(node, classes))
            {
                break;
            }
            if node.inputs.len() != 1 || node.inputs[0].0 + 1 != index {
                return Err(refused(node, "where branches meet or part"));
            }
            builder.take(network, node)?;
        }
        let strict = matches!(builder.chain.curves.last(), Some(Curve::Sigmoid | Curve::Tanh));
        if strict && builder.dense.is_none() && builder.elements.is_none() {
            builder.chain.curves.pop();
        } else {
            builder.close(network.node(network.logits()))?;
        }
        Ok(builder.chain)
    }

    /// The arguments of every activation and the logits, for one image.
    pub(super) fn forward(&self, image: &[f64]) -> Vec<Vec<f64>> {
        let mut values: Vec<Vec<f64>> = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let x: Vec<f64> = match index.checked_sub(1) {
                None => image.to_vec(),
                Some(before) => {
                    values[before].iter().map(|z| self.curves[before].value(*z)).collect()
                }
            };
            values.push(layer.apply(&x));
        }
        values
    }
}

impl Affine {
    pub(super) fn apply(&self, x: &[f64]) -> Vec<f64> {
        let rows = self.weights.chunks_exact(self.inputs);
        rows.zip(&self.bias).map(|(row, b)| dot(row, x) + b).collect()
    }

    fn of(network: &Network, op: &Linear) -> Affine {
        let of = |id: WeightId| network.weight(id).data.iter().map(|v| f64::from(*v));
        let data: Vec<f64> = of(op.weight).collect();
        let weights = (0..op.n * op.k).map(|e| data[e % op.k * op.n + e / op.k]).collect();
        let bias = op.bias.map_or_else(|| vec![0.0; op.n], |id| of(id).collect());
        Affine { weights, bias, inputs: op.k }
    }

    /// `self` after a scale and shift of its arguments.
    fn after_elements(mut self, (scale, shift): &Elementwise) -> Affine {
        for (row, bias) in self.weights.chunks_exact_mut(self.inputs).zip(&mut self.bias) {
            *bias += dot(row, shift);
            row.iter_mut().zip(scale).for_each(|(w, s)| *w *= s);
        }
        self
    }

    /// `self` after another map.
    fn after(self, first: &Affine) -> Affine {
        let mut weights = vec![0.0; self.bias.len() * first.inputs];
        let mut bias = self.bias.clone();
        let rows =
            self.weights.chunks_exact(self.inputs).zip(weights.chunks_exact_mut(first.inputs));
        for ((row, out), bias) in rows.zip(&mut bias) {
            *bias += dot(row, &first.bias);
            for (w, theirs) in row.iter().zip(first.weights.chunks_exact(first.inputs)) {
                out.iter_mut().zip(theirs).for_each(|(o, t)| *o += w * t);
            }
        }
        Affine { weights, bias, inputs: first.inputs }
    }

    /// A scale and shift of the results.
    fn then_elements(&mut self, (scale, shift): &Elementwise) {
        let rows = self.weights.chunks_exact_mut(self.inputs).zip(&mut self.bias);
        for ((row, bias), (scale, shift)) in rows.zip(scale.iter().zip(shift)) {
            row.iter_mut().for_each(|w| *w *= scale);
            *bias = *bias * scale + shift;
        }
    }
}

impl Builder {
    fn take(&mut self, network: &Network, node: &Node) -> Result<(), CertifyError> {
        match &node.op {
            Op::Reshape => Ok(()),
            Op::Linear(op) if op.rows == 1 => {
                self.dense(Affine::of(network, op));
                match op.activation {
                    Activation::Identity => Ok(()),
                    Activation::Relu => self.activate(node, Curve::Relu),
                    Activation::Sigmoid => self.activate(node, Curve::Sigmoid),
                    Activation::Tanh => self.activate(node, Curve::Tanh),
                }
            }
            Op::Unary(op) => match op.kind {
                UnaryKind::Relu => self.activate(node, Curve::Relu),
                UnaryKind::Sigmoid => self.activate(node, Curve::Sigmoid),
                UnaryKind::Tanh => self.activate(node, Curve::Tanh),
                UnaryKind::Affine => self.uniform(op.len, f64::from(op.a), f64::from(op.b)),
                UnaryKind::Neg => self.uniform(op.len, -1.0, 0.0),
                UnaryKind::Clip => self.clip(node, f64::from(op.a), f64::from(op.b)),
                UnaryKind::HardSigmoid => {
                    self.uniform(op.len, f64::from(op.a), f64::from(op.b))?;
                    self.clip(node, 0.0, 1.0)
                }
                _ => Err(refused(node, node.op.name())),
            },
            Op::Binary(op) => match elementwise(network, node, op) {
                Some(elements) => self.elements(elements),
                None => Err(refused(node, "a function of two computed or broadcast values")),
            },
            Op::Softmax(_) => Err(refused(node, "a softmax with other operations behind it")),
            Op::Linear(_) => Err(refused(node, "a dense layer that is applied row by row")),
            Op::Conv2d(_) => Err(refused(node, "a convolution")),
            Op::Pool2d(_) => Err(refused(node, "pooling")),
            _ => Err(refused(node, node.op.name())),
        }
    }

    fn dense(&mut self, mut next: Affine) {
        if let Some(elements) = self.elements.take() {
            next = next.after_elements(&elements);
        }
        self.dense = Some(match self.dense.take() {
            Some(before) => next.after(&before),
            None => next,
        });
    }

    fn uniform(&mut self, len: usize, scale: f64, shift: f64) -> Result<(), CertifyError> {
        self.elements((vec![scale; len], vec![shift; len]))
    }

    fn elements(&mut self, next: Elementwise) -> Result<(), CertifyError> {
        if let Some(dense) = &mut self.dense {
            dense.then_elements(&next);
            return Ok(());
        }
        self.elements = Some(match self.elements.take() {
            None => next,
            Some((scale, shift)) => {
                let both = next.0.iter().zip(&next.1);
                let shift = shift.iter().zip(both).map(|(t, (s, u))| t * s + u).collect();
                (scale.iter().zip(&next.0).map(|(a, b)| a * b).collect(), shift)
            }
        });
        Ok(())
    }

    fn activate(&mut self, node: &Node, curve: Curve) -> Result<(), CertifyError> {
        self.close(node)?;
        self.chain.curves.push(curve);
        Ok(())
    }

    /// `min(max(z, a), b)` as ReLUs: `a + relu(z−a) − relu(z−b)`, or one of them where the other
    /// bound is infinite.
    fn clip(&mut self, node: &Node, a: f64, b: f64) -> Result<(), CertifyError> {
        let len = node.len();
        if a >= b {
            return Err(refused(node, "a clip whose bounds are in the wrong order"));
        }
        if !b.is_finite() || !a.is_finite() {
            // The larger of z and a; or, turned round, the smaller of z and b.
            let (sign, bound) = if a.is_finite() { (1.0, a) } else { (-1.0, b) };
            if !bound.is_finite() {
                return Ok(());
            }
            self.uniform(len, sign, -sign * bound)?;
            self.activate(node, Curve::Relu)?;
            return self.uniform(len, sign, bound);
        }
        let z = self.whole(node)?;
        let below = |bound: f64| z.bias.iter().map(move |own| own - bound);
        let bias = below(a).chain(below(b)).collect();
        self.dense = Some(Affine { weights: z.weights.repeat(2), bias, inputs: z.inputs });
        self.activate(node, Curve::Relu)?;
        let mut weights = vec![0.0; len * 2 * len];
        for (unit, row) in weights.chunks_exact_mut(2 * len).enumerate() {
            (row[unit], row[len + unit]) = (1.0, -1.0);
        }
        self.dense = Some(Affine { weights, bias: vec![a; len], inputs: 2 * len });
        Ok(())
    }

    /// The affine map that is in the making: between two activations without a dense layer, one of
    /// the single elements.
    fn whole(&mut self, node: &Node) -> Result<Affine, CertifyError> {
        if let Some(dense) = self.dense.take() {
            return Ok(dense);
        }
        let Some(before) = self.chain.layers.last() else {
            return Err(refused(node, "an activation without a dense layer before it"));
        };
        let len = before.bias.len();
        let (scale, shift) =
            self.elements.take().unwrap_or_else(|| (vec![1.0; len], vec![0.0; len]));
        let mut weights = vec![0.0; len * len];
        weights.iter_mut().step_by(len + 1).zip(scale).for_each(|(w, scale)| *w = scale);
        Ok(Affine { weights, bias: shift, inputs: len })
    }

    /// Ends the affine map that is in the making.
    fn close(&mut self, node: &Node) -> Result<(), CertifyError> {
        let layer = self.whole(node)?;
        let expected =
            self.chain.layers.last().map_or(self.chain.pixels, |before| before.bias.len());
        assert_eq!(layer.inputs, expected, "import checked the shapes");
        self.chain.layers.push(layer);
        Ok(())
    }
}

/// Whether the largest of so many logits is still the largest behind a node.
fn keeps_order(node: &Node, classes: usize) -> bool {
    match &node.op {
        Op::Reshape => true,
        Op::Softmax(op) => op.outer == 1 && op.inner == 1 && op.len == classes,
        _ => false,
    }
}

/// A function of the node's input and a constant, element by element, as scale and shift.
fn elementwise(network: &Network, node: &Node, op: &Binary) -> Option<Elementwise> {
    let (which, weight) = match op.operands {
        [Operand::Input(_), Operand::Weight(weight)] => (0, weight),
        [Operand::Weight(weight), Operand::Input(_)] => (1, weight),
        _ => return None,
    };
    if network.node(node.inputs[0]).len() != node.len() {
        return None;
    }
    let data = &network.weight(weight).data;
    let (mut scale, mut shift) = (vec![0.0; node.len()], vec![0.0; node.len()]);
    let mut in_order = true;
    walk(op, |out, a, b| {
        let (own, theirs) = if which == 0 { (a, b) } else { (b, a) };
        let c = f64::from(data[theirs]);
        in_order &= own == out;
        (scale[out], shift[out]) = match (op.kind, which) {
            (BinaryKind::Add, _) => (1.0, c),
            (BinaryKind::Sub, 0) => (1.0, -c),
            (BinaryKind::Sub, _) => (-1.0, c),
            (BinaryKind::Mul, _) => (c, 0.0),
            (BinaryKind::Div, 0) => (1.0 / c, 0.0),
            _ => (f64::NAN, 0.0),
        };
    });
    (in_order && scale.iter().all(|s| s.is_finite())).then_some((scale, shift))
}

fn refused(node: &Node, what: &str) -> CertifyError {
    CertifyError::Unsupported { node: node.name.clone(), what: what.into() }
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
