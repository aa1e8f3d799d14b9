//! Layers that are quantised as they run: `DynamicQuantizeLinear`, `MatMulInteger` and `ConvInteger`, in
//! terms of floats with whole values.
//!
//! The scale follows from the least and the largest number of the image's own values, so it is that of
//! a batch of one: onnxruntime has one for all images that come together. What is rounded hands the
//! gradient straight through.

use tract_onnx::pb::{GraphProto, NodeProto};

use super::{is, unsupported};
use crate::import::ImportError;
use crate::import::quantised::BEYOND;
use crate::import::spell::{cast, integer, list, node, number};

const FLOAT: i32 = 1;

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
            "MatMulInteger" if is(&old, "MatMulInteger") => own.product("MatMul")?,
            "ConvInteger" if is(&old, "ConvInteger") => own.product("Conv")?,
            _ => vec![old.clone()],
        };
        if let Some(last) = new.last_mut() {
            last.name.clone_from(&old.name);
        }
        graph.node.extend(new);
    }
    Ok(())
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

    /// A product of what is left when the zero points are taken off.
    fn product(&self, op: &str) -> Result<Vec<NodeProto>, ImportError> {
        let input = |slot: usize| self.node.input.get(slot).filter(|name| !name.is_empty());
        let (Some(a), Some(b)) = (input(0), input(1)) else {
            return self.no(": it lacks an input");
        };
        let several = |name: &&String| {
            let weight = self.graph.initializer.iter().find(|t| t.name == **name);
            weight.is_some_and(|t| t.dims.iter().product::<i64>() > 1)
        };
        if input(2).filter(several).is_some() {
            return self.no(": it has a zero point for each row");
        }
        let mut nodes = Vec::new();
        let mut shifted = |of: &String, zero: Option<&String>, part: &str| {
            let [float, offset, flat, shape, to] = ["float", "offset", "flat", "shape", "shifted"]
                .map(|what| self.named(&format!("{part}.{what}")));
            nodes.push(cast(of.clone(), float.clone(), FLOAT));
            let Some(zero) = zero else { return float };
            nodes.push(cast(zero.clone(), offset.clone(), FLOAT));
            let mut taken = offset;
            if op == "Conv" {
                // One for all, or one for each kernel.
                nodes.push(list(shape.clone(), &[-1, 1, 1, 1]));
                nodes.push(node("Reshape", &[taken, shape], flat.clone()));
                taken = flat;
            }
            nodes.push(node("Sub", &[float, taken], to.clone()));
            to
        };
        let factors = [shifted(a, input(2), "a"), shifted(b, input(3), "b")];
        let made = self.node.output.first().cloned().unwrap_or_default();
        nodes
            .push(NodeProto { attribute: self.node.attribute.clone(), ..node(op, &factors, made) });
        Ok(nodes)
    }
}
