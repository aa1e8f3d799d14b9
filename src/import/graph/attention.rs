//! `Attention` in terms of ONNX's own operators: `softmax(s·Q·Kᵀ + mask)·V` for each head.
//!
//! tract 0.23.9 reads few of its forms. Heads that several queries share, caches of earlier keys, and
//! what it tells beside its answer are not for classifiers of images, and refused.

use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};

use super::{is, unsupported};
use crate::import::ImportError;
use crate::import::kinds::{BOOL, FLOAT};
use crate::import::spell::{cast, integer, integers, list, node, number, tensor};

/// Replaces every node for attention.
///
/// # Errors
/// Where one has a form that is not known, with its node.
pub(in crate::import) fn spell_attention(graph: &mut GraphProto) -> Result<(), ImportError> {
    for old in std::mem::take(&mut graph.node) {
        match is(&old, "Attention") {
            true => {
                let new = Attention { node: &old, graph }.spelled()?;
                graph.node.extend(new);
            }
            false => graph.node.push(old),
        }
    }
    Ok(())
}

struct Attention<'a> {
    node: &'a NodeProto,
    /// The nodes before it, and the weights.
    graph: &'a GraphProto,
}

/// What stands where a query does not look.
enum Mask {
    /// It is added.
    Added(String),
    /// Truth values: where it looks.
    Seen(String),
}

impl Attention<'_> {
    fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.node.attribute.iter().find(|a| a.name == name)
    }

    fn integer(&self, name: &str) -> i64 {
        self.attribute(name).map_or(0, |a| a.i)
    }

    fn input(&self, slot: usize) -> Option<&String> {
        self.node.input.get(slot).filter(|name| !name.is_empty())
    }

    fn named(&self, part: &str) -> String {
        format!("{}.{part}", self.node.output.first().map_or("", String::as_str))
    }

    fn no<T>(&self, detail: &str) -> Result<T, ImportError> {
        Err(unsupported(self.node, detail))
    }

    fn spelled(&self) -> Result<Vec<NodeProto>, ImportError> {
        let (Some(q), Some(k), Some(v)) = (self.input(0), self.input(1), self.input(2)) else {
            return self.no(": it lacks an input");
        };
        let more = (4..self.node.input.len()).any(|slot| self.input(slot).is_some());
        if more || self.node.output.iter().skip(1).any(|name| !name.is_empty()) {
            return self.no(": only without a cache, and with its answer alone");
        }
        let heads = self.integer("q_num_heads");
        if self.integer("kv_num_heads") != heads {
            return self.no(": its queries share heads");
        }
        let mut nodes = Vec::new();
        // Behind each other in three axes, or on an axis of their own.
        let folded = heads > 0;
        let q = self.headed(&mut nodes, "q", q, folded, [0, 2, 1, 3]);
        let order = if folded { [0, 2, 3, 1] } else { [0, 1, 3, 2] };
        let k = self.headed(&mut nodes, "k", k, folded, order);
        let v = self.headed(&mut nodes, "v", v, folded, [0, 2, 1, 3]);
        nodes.extend(self.scale(&q));
        nodes.push(node("Mul", &[q.clone(), self.named("scale")], self.named("scaled")));
        let mut scores = self.named("scores");
        nodes.push(node("MatMul", &[self.named("scaled"), k.clone()], scores.clone()));
        let masks = self.masks(&mut nodes, [&q, &k])?;
        let cap = self.attribute("softcap").map_or(0.0, |a| a.f);
        if cap > 0.0 {
            // Versions of the standard differ in which comes first.
            if !masks.is_empty() {
                return self.no(": a softcap with a mask");
            }
            let [down, tanh, capped] = ["down", "tanh", "capped"].map(|part| self.named(part));
            nodes.push(number(self.named("cap"), cap));
            nodes.push(node("Div", &[scores, self.named("cap")], down.clone()));
            nodes.push(node("Tanh", &[down], tanh.clone()));
            nodes.push(node("Mul", &[tanh, self.named("cap")], capped.clone()));
            scores = capped;
        }
        for (place, mask) in masks.into_iter().enumerate() {
            let masked = self.named(&format!("masked{place}"));
            let apply = match mask {
                Mask::Added(mask) => node("Add", &[scores, mask], masked.clone()),
                Mask::Seen(mask) => {
                    let nothing = self.named(&format!("nothing{place}"));
                    nodes.push(number(nothing.clone(), f32::NEG_INFINITY));
                    node("Where", &[mask, scores, nothing], masked.clone())
                }
            };
            nodes.push(apply);
            scores = masked;
        }
        let last = integer("axis", -1);
        let softmax = node("Softmax", &[scores], self.named("shares"));
        nodes.push(NodeProto { attribute: vec![last], ..softmax });
        let answer = self.node.output.first().cloned().unwrap_or_default();
        let sum = [self.named("shares"), v];
        if folded {
            let sums = self.named("sums");
            nodes.push(node("MatMul", &sum, sums.clone()));
            let back = transposed(sums, self.named("back"), [0, 2, 1, 3]);
            nodes.extend([back, list(self.named("flat"), &[0, 0, -1])]);
            nodes.push(node("Reshape", &[self.named("back"), self.named("flat")], answer));
        } else {
            nodes.push(node("MatMul", &sum, answer));
        }
        if let Some(last) = nodes.last_mut() {
            last.name.clone_from(&self.node.name);
        }
        Ok(nodes)
    }

    /// The heads on an axis of their own, and the axes in an order.
    fn headed(
        &self,
        nodes: &mut Vec<NodeProto>,
        part: &str,
        of: &str,
        folded: bool,
        order: [i64; 4],
    ) -> String {
        let mut of = of.to_string();
        if folded {
            let (shape, heads) = (self.named(&format!("{part}.shape")), self.named(part));
            nodes.push(list(shape.clone(), &[0, 0, self.integer("q_num_heads"), -1]));
            nodes.push(node("Reshape", &[of, shape], heads.clone()));
            of = heads;
        } else if part != "k" {
            return of;
        }
        let turned = self.named(&format!("{part}.turned"));
        nodes.push(transposed(of, turned.clone(), order));
        turned
    }

    /// What products are multiplied by: where it is not said, one over the root of their length.
    fn scale(&self, q: &str) -> Vec<NodeProto> {
        let scale = self.named("scale");
        match self.attribute("scale").map_or(0.0, |a| a.f) {
            said if said != 0.0 => vec![number(scale, said)],
            _ => {
                let [length, float, root] =
                    ["length", "float", "root"].map(|part| self.named(part));
                vec![
                    size(q.into(), 3, length.clone()),
                    cast(length, float.clone(), FLOAT),
                    node("Sqrt", &[float], root.clone()),
                    node("Reciprocal", &[root], scale),
                ]
            }
        }
    }

    /// The file's own mask, and that of queries that look back only.
    fn masks(
        &self,
        nodes: &mut Vec<NodeProto>,
        [q, k]: [&String; 2],
    ) -> Result<Vec<Mask>, ImportError> {
        let mut masks = Vec::new();
        if let Some(mask) = self.input(3) {
            masks.push(match self.kind(mask) {
                Some(FLOAT) => Mask::Added(mask.clone()),
                Some(BOOL) => Mask::Seen(mask.clone()),
                _ => return self.no(": only with a constant mask"),
            });
        }
        if self.integer("is_causal") != 0 {
            let named = |part: &str| self.named(part);
            nodes.push(size(q.clone(), 2, named("rows")));
            nodes.push(size(k.clone(), 3, named("columns")));
            let both = node("Concat", &[named("rows"), named("columns")], named("both"));
            nodes.push(NodeProto { attribute: vec![integer("axis", 0)], ..both });
            let one = TensorProto {
                data_type: FLOAT,
                dims: vec![1],
                raw_data: 1.0f32.to_le_bytes().to_vec(),
                ..TensorProto::default()
            };
            let ones = node("ConstantOfShape", &[named("both")], named("ones"));
            nodes.push(NodeProto { attribute: vec![tensor("value", one)], ..ones });
            let lower = node("Trilu", &[named("ones")], named("lower"));
            nodes.push(NodeProto { attribute: vec![integer("upper", 0)], ..lower });
            nodes.push(cast(named("lower"), named("seen"), BOOL));
            masks.push(Mask::Seen(named("seen")));
        }
        Ok(masks)
    }

    /// ONNX's number for what a constant is made of.
    fn kind(&self, name: &str) -> Option<i32> {
        let weight = self.graph.initializer.iter().find(|t| t.name == name);
        let made = || {
            let maker = self.graph.node.iter().find(|n| n.output.iter().any(|o| o == name))?;
            is(maker, "Constant").then(|| maker.attribute.first()?.t.as_ref())?
        };
        Some(weight.or_else(made)?.data_type)
    }
}

/// The length of an axis, `[1]`.
fn size(of: String, axis: i64, to: String) -> NodeProto {
    let attribute = vec![integer("start", axis), integer("end", axis + 1)];
    NodeProto { attribute, ..node("Shape", &[of], to) }
}

fn transposed(of: String, to: String, order: [i64; 4]) -> NodeProto {
    NodeProto { attribute: vec![integers("perm", &order)], ..node("Transpose", &[of], to) }
}
