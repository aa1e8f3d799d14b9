//! Layers of eight bits, in terms of floats with whole values: `QLinearMatMul` and `QLinearConv`; and those
//! that are quantised as they run, `DynamicQuantizeLinear`, `MatMulInteger` and `ConvInteger`.
//!
//! The scale of the latter follows from the least and the largest number of the image's own values, so it is
//! that of a batch of one: onnxruntime has one for all images that come together. What is rounded hands
//! the gradient straight through.

use tract_onnx::pb::{GraphProto, NodeProto};

use super::{held, is, unsupported};
use crate::import::ImportError;
use crate::import::kinds::FLOAT;
use crate::import::quantised::BEYOND;
use crate::import::spell::{cast, integer, list, node, number};

/// The largest number of eight bits; the least is 0.
const LARGEST: f32 = 255.0;
/// In place of a scale of nothing, whose values are all 0.
const TINY: f32 = 1e-30;

/// Whether a graph has layers that are quantised as they run.
pub(in crate::import) fn quantises(graph: &GraphProto) -> bool {
    graph.node.iter().any(|node| is(node, "DynamicQuantizeLinear"))
}

/// Replaces every such layer.
///
/// # Errors
/// Where one has a form that is not known, with its node.
pub(in crate::import) fn spell_products(graph: &mut GraphProto) -> Result<(), ImportError> {
    for old in std::mem::take(&mut graph.node) {
        let own = Own { node: &old, graph };
        let mut new = match old.op_type.as_str() {
            "DynamicQuantizeLinear" if is(&old, "DynamicQuantizeLinear") => own.quantised()?,
            "MatMulInteger" if is(&old, "MatMulInteger") => own.product(Kind::MatMul)?,
            "ConvInteger" if is(&old, "ConvInteger") => own.product(Kind::Conv)?,
            "QLinearMatMul" if is(&old, "QLinearMatMul") => own.rounded(Kind::MatMul)?,
            "QLinearConv" if is(&old, "QLinearConv") => own.rounded(Kind::Conv)?,
            _ => vec![old.clone()],
        };
        if let Some(last) = new.last_mut() {
            last.name.clone_from(&old.name);
        }
        graph.node.extend(new);
    }
    Ok(())
}

/// What is multiplied.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    MatMul,
    Conv,
}

/// The shape of numbers along an axis that so many others follow.
fn first(others: usize) -> Vec<i64> {
    std::iter::once(-1).chain(std::iter::repeat_n(1, others)).collect()
}

struct Own<'a> {
    node: &'a NodeProto,
    graph: &'a GraphProto,
}

impl Own<'_> {
    fn named(&self, part: &str) -> String {
        format!("{}.{part}", self.node.output.first().map_or("", String::as_str))
    }

    fn no<T>(&self, detail: &str) -> Result<T, ImportError> {
        Err(unsupported(self.node, detail))
    }

    /// `s = (max − min) / 255`, `z = round(−min / s)`, `y = round(x / s) + z`, all within eight bits.
    fn quantised(&self) -> Result<Vec<NodeProto>, ImportError> {
        let ([x], [y, scale, zero]) = (&self.node.input[..], &self.node.output[..]) else {
            return self.no(": it lacks an input or a result");
        };
        let named = |part: &str| self.named(part);
        let two = |op: &str, a: &str, b: &str, to: &str| node(op, &[a.into(), b.into()], to.into());
        let inner =
            |op: &str, a: &str, b: &str, to: &str| two(op, &named(a), &named(b), &named(to));
        let one = |op: &str, of: String, to: &str| node(op, &[of], named(to));
        let scalar = |op: &str, to: &str| NodeProto {
            attribute: vec![integer("keepdims", 0)],
            ..one(op, x.clone(), to)
        };
        Ok(vec![
            number(named("nothing"), 0.0),
            number(named("range"), LARGEST),
            number(named("least"), -BEYOND),
            number(named("most"), LARGEST + BEYOND),
            number(named("tiny"), TINY),
            scalar("ReduceMax", "largest"),
            scalar("ReduceMin", "smallest"),
            inner("Max", "largest", "nothing", "above"),
            inner("Min", "smallest", "nothing", "below"),
            inner("Sub", "above", "below", "width"),
            inner("Div", "width", "range", "step"),
            two("Max", &named("step"), &named("tiny"), scale),
            one("Neg", named("below"), "negated"),
            two("Div", &named("negated"), scale, &named("places")),
            one("Round", named("places"), "rounded-zero"),
            inner("Min", "rounded-zero", "range", "zero-below"),
            two("Max", &named("zero-below"), &named("nothing"), zero),
            two("Div", x, scale, &named("steps")),
            one("Round", named("steps"), "rounded"),
            two("Add", &named("rounded"), zero, &named("moved")),
            inner("Max", "moved", "least", "from"),
            inner("Min", "from", "most", "within"),
            node("Round", &[named("within")], y.clone()),
        ])
    }

    fn input(&self, slot: usize) -> Option<&String> {
        self.node.input.get(slot).filter(|name| !name.is_empty())
    }

    /// A product of integers, which onnxruntime hands on as it is.
    fn product(&self, kind: Kind) -> Result<Vec<NodeProto>, ImportError> {
        let made = self.node.output.first().cloned().unwrap_or_default();
        self.whole(kind, [[0, 2], [1, 3]], made)
    }

    /// A product of integers that becomes one of eight bits: `y = quantised((a·b + bias)·s)`.
    fn rounded(&self, kind: Kind) -> Result<Vec<NodeProto>, ImportError> {
        let needed = [1, 4, 6, 7].map(|slot| self.input(slot));
        let [Some(left), Some(right), Some(scale), Some(zero)] = needed else {
            return self.no(": it lacks an input");
        };
        if self.several(1) || self.several(6) {
            return self.no(": it has a scale for each row");
        }
        let mut x = self.named("whole");
        let mut nodes = self.whole(kind, [[0, 2], [3, 5]], x.clone())?;
        let channels = |nodes: &mut Vec<NodeProto>, of: String, part: &str| match kind {
            Kind::MatMul => of,
            Kind::Conv => {
                let [shape, to] =
                    ["shape", "channels"].map(|what| self.named(&format!("{part}.{what}")));
                nodes.push(list(shape.clone(), &first(self.sides(3))));
                nodes.push(node("Reshape", &[of, shape], to.clone()));
                to
            }
        };
        if let Some(bias) = self.input(8) {
            nodes.push(cast(bias.clone(), self.named("bias"), FLOAT));
            let bias = channels(&mut nodes, self.named("bias"), "bias");
            nodes.push(node("Add", &[x, bias], self.named("sum")));
            x = self.named("sum");
        }
        nodes.push(node("Mul", &[left.clone(), right.clone()], self.named("both")));
        let both = channels(&mut nodes, self.named("both"), "both");
        nodes.push(node("Mul", &[x, both], self.named("real")));
        let made = self.node.output.first().cloned().unwrap_or_default();
        let last = [self.named("real"), scale.clone(), zero.clone()];
        nodes.push(node("QuantizeLinear", &last, made));
        Ok(nodes)
    }

    /// In how many directions the kernels of a slot extend; 2 where the file does not hold them.
    fn sides(&self, kernels: usize) -> usize {
        let kernels = self.input(kernels).and_then(|name| held(self.graph, name));
        kernels.map_or(2, |t| t.dims.len().saturating_sub(2))
    }

    /// Whether a slot has more than one number.
    fn several(&self, slot: usize) -> bool {
        let weight = self.input(slot).and_then(|name| held(self.graph, name));
        weight.is_some_and(|t| t.dims.iter().product::<i64>() > 1)
    }

    /// The product of what is left when zero points are taken off: of each factor its slot and that of
    /// its zero point.
    fn whole(
        &self,
        kind: Kind,
        factors: [[usize; 2]; 2],
        made: String,
    ) -> Result<Vec<NodeProto>, ImportError> {
        if self.several(factors[0][1]) {
            return self.no(": it has a zero point for each row");
        }
        let mut nodes = Vec::new();
        let mut shifted = Vec::new();
        for ([of, zero], part) in factors.into_iter().zip(["a", "b"]) {
            let Some(of) = self.input(of) else { return self.no(": it lacks an input") };
            let [float, offset, flat, shape, to] = ["float", "offset", "flat", "shape", "shifted"]
                .map(|what| self.named(&format!("{part}.{what}")));
            nodes.push(cast(of.clone(), float.clone(), FLOAT));
            let Some(zero) = self.input(zero) else {
                shifted.push(float);
                continue;
            };
            nodes.push(cast(zero.clone(), offset.clone(), FLOAT));
            let mut taken = offset;
            if kind == Kind::Conv {
                // One for all, or one for each kernel.
                nodes.push(list(shape.clone(), &first(self.sides(factors[1][0]) + 1)));
                nodes.push(node("Reshape", &[taken, shape], flat.clone()));
                taken = flat;
            }
            nodes.push(node("Sub", &[float, taken], to.clone()));
            shifted.push(to);
        }
        let op = match kind {
            Kind::MatMul => "MatMul",
            Kind::Conv => "Conv",
        };
        let attribute = self.node.attribute.clone();
        nodes.push(NodeProto { attribute, ..node(op, &shifted, made) });
        Ok(nodes)
    }
}
