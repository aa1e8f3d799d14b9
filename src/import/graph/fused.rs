//! Operators that onnxruntime puts in place of several when it saves an optimised graph, in terms of
//! ONNX's own. What they compute is in its `ContribOperators.md`.

use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto};

use super::{label, unsupported};
use crate::import::ImportError;
use crate::import::kinds::attribute::STRING;
use crate::import::spell::{node, number};

const DOMAIN: &str = "com.microsoft";

/// Replaces the operators that are known.
///
/// # Errors
/// Where one has a form that is not known, with its node.
pub(in crate::import) fn spell_fused(graph: &mut GraphProto) -> Result<(), ImportError> {
    for old in std::mem::take(&mut graph.node) {
        if old.domain != DOMAIN {
            graph.node.push(old);
            continue;
        }
        let fused = Fused(&old);
        let new = match old.op_type.as_str() {
            "Gelu" => vec![fused.last("Gelu", &old.input)?],
            "BiasGelu" => vec![
                node("Add", &old.input, fused.named("sum")),
                fused.last("Gelu", &[fused.named("sum")])?,
            ],
            "FastGelu" => fused.fast_gelu()?,
            "QuickGelu" => fused.quick_gelu()?,
            "FusedMatMul" => fused.product()?,
            "FusedGemm" => fused.layer("Gemm", 3)?,
            "FusedConv" => fused.layer("Conv", 3)?,
            _ => fused.of_eight_bits()?.unwrap_or_else(|| vec![old.clone()]),
        };
        graph.node.extend(new);
    }
    Ok(())
}

/// A node of onnxruntime's domain.
pub(super) struct Fused<'a>(pub(super) &'a NodeProto);

impl Fused<'_> {
    pub(super) fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.0.attribute.iter().find(|a| a.name == name)
    }

    pub(super) fn input(&self, slot: usize) -> Option<String> {
        self.0.input.get(slot).filter(|name| !name.is_empty()).cloned()
    }

    pub(super) fn named(&self, part: &str) -> String {
        format!("{}.{part}", label(self.0))
    }

    /// A node that makes what the old one made.
    pub(super) fn last(&self, op: &str, inputs: &[String]) -> Result<NodeProto, ImportError> {
        let output = self.0.output.first().filter(|_| inputs.iter().all(|i| !i.is_empty()));
        let output =
            output.ok_or_else(|| unsupported(self.0, ": it lacks an input or a result"))?;
        Ok(NodeProto { name: label(self.0).into(), ..node(op, inputs, output.clone()) })
    }

    pub(super) fn number(&self, part: &str, value: f32) -> NodeProto {
        number(self.named(part), value)
    }

    /// The form of GELU with tanh, of the sum where there is a bias.
    fn fast_gelu(&self) -> Result<Vec<NodeProto>, ImportError> {
        let approximate = AttributeProto {
            name: "approximate".into(),
            r#type: STRING,
            s: b"tanh".to_vec(),
            ..AttributeProto::default()
        };
        let mut nodes = Vec::new();
        let mut x = self.input(0).unwrap_or_default();
        if let Some(bias) = self.input(1) {
            nodes.push(node("Add", &[x, bias], self.named("sum")));
            x = self.named("sum");
        }
        nodes.push(NodeProto { attribute: vec![approximate], ..self.last("Gelu", &[x])? });
        Ok(nodes)
    }

    /// `x·σ(αx)`.
    fn quick_gelu(&self) -> Result<Vec<NodeProto>, ImportError> {
        let x = self.input(0).unwrap_or_default();
        let [alpha, scaled, gate] = ["alpha", "scaled", "gate"].map(|part| self.named(part));
        let factor = self.attribute("alpha").map_or(1.702, |a| a.f);
        Ok(vec![
            self.number("alpha", factor),
            node("Mul", &[x.clone(), alpha], scaled.clone()),
            node("Sigmoid", &[scaled], gate.clone()),
            self.last("Mul", &[x, gate])?,
        ])
    }

    /// `α·A·B`, with neither transposed.
    fn product(&self) -> Result<Vec<NodeProto>, ImportError> {
        let set = |name: &str| self.attribute(name).is_some_and(|a| a.i != 0);
        if ["transA", "transB", "transBatchA", "transBatchB"].into_iter().any(set) {
            return Err(unsupported(self.0, ": its factors are transposed"));
        }
        Ok(vec![
            node("MatMul", &self.0.input, self.named("product")),
            self.number("alpha", self.attribute("alpha").map_or(1.0, |a| a.f)),
            self.last("Mul", &[self.named("product"), self.named("alpha")])?,
        ])
    }

    /// A layer of so many inputs, what is added to it, and its activation.
    fn layer(&self, op: &str, inputs: usize) -> Result<Vec<NodeProto>, ImportError> {
        let activation = self.attribute("activation").map(|a| String::from_utf8_lossy(&a.s));
        let alone = self.0.input.iter().take(inputs).cloned().collect::<Vec<_>>();
        let own = |a: &&AttributeProto| !a.name.starts_with("activation");
        let layer = NodeProto {
            attribute: self.0.attribute.iter().filter(own).cloned().collect(),
            ..node(op, &alone, self.named("layer"))
        };
        let mut x = self.named("layer");
        let mut nodes = vec![layer];
        if let Some(added) = self.input(inputs) {
            nodes.push(node("Add", &[x, added], self.named("sum")));
            x = self.named("sum");
        }
        nodes.push(match activation.as_deref() {
            None | Some("") => self.last("Identity", &[x])?,
            Some(plain @ ("Relu" | "Sigmoid" | "Tanh")) => self.last(plain, &[x])?,
            Some(other) => {
                let detail = format!(": its activation {other} is not supported");
                return Err(unsupported(self.0, &detail));
            }
        });
        Ok(nodes)
    }
}
