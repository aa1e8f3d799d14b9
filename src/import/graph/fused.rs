//! Operators that onnxruntime puts in place of several when it saves an optimised graph, in terms of
//! ONNX's own. What they compute is in its `ContribOperators.md`.

use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto};

use super::{label, unsupported};
use crate::import::ImportError;
use crate::import::spell::{float, integer, node, number, text};

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
            "SkipLayerNormalization" => fused.normalised_sum("LayerNormalization", 2)?,
            "SkipSimplifiedLayerNormalization" => fused.normalised_sum("RMSNormalization", 1)?,
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
        let approximate = text("approximate", "tanh");
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

    /// `α·A·B`, of matrices that may be transposed.
    fn product(&self) -> Result<Vec<NodeProto>, ImportError> {
        let set = |name: &str| self.attribute(name).is_some_and(|a| a.i != 0);
        if ["transBatchA", "transBatchB"].into_iter().any(set) {
            return Err(unsupported(self.0, ": its factors are transposed along their batches"));
        }
        let mut nodes = Vec::new();
        let mut factors = self.0.input.clone();
        for (factor, flag) in factors.iter_mut().zip(["transA", "transB"]) {
            if set(flag) {
                let transposed = self.named(flag);
                let from = std::mem::replace(factor, transposed.clone());
                let attribute = vec![text("equation", "...ij->...ji")];
                nodes.push(NodeProto { attribute, ..node("Einsum", &[from], transposed) });
            }
        }
        nodes.extend([
            node("MatMul", &factors, self.named("product")),
            self.number("alpha", self.attribute("alpha").map_or(1.0, |a| a.f)),
            self.last("Mul", &[self.named("product"), self.named("alpha")])?,
        ]);
        Ok(nodes)
    }

    /// A normalisation along the last axis, with so many parameters, of the sum of two values and a bias,
    /// which is handed on, too.
    fn normalised_sum(&self, op: &str, parameters: usize) -> Result<Vec<NodeProto>, ImportError> {
        /// onnxruntime's where the file names none.
        const EPSILON: f32 = 1e-12;
        let handed_on = self.0.output.get(3).filter(|name| !name.is_empty()).cloned();
        let sum = handed_on.unwrap_or_else(|| self.named("sum"));
        let given = |slot: usize| self.input(slot).unwrap_or_default();
        let mut nodes = Vec::new();
        let pair = [given(0), given(1)];
        match self.input(2 + parameters) {
            Some(bias) => nodes.extend([
                node("Add", &pair, self.named("pair")),
                node("Add", &[self.named("pair"), bias], sum.clone()),
            ]),
            None => nodes.push(node("Add", &pair, sum.clone())),
        }
        let operands: Vec<String> = std::iter::once(sum)
            .chain((2..2 + parameters).filter_map(|slot| self.input(slot)))
            .collect();
        let epsilon = self.attribute("epsilon").map_or(EPSILON, |a| a.f);
        let attribute = vec![float("epsilon", epsilon), integer("axis", -1)];
        nodes.push(NodeProto { attribute, ..self.last(op, &operands)? });
        Ok(nodes)
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
        nodes.extend(self.activation(activation.as_deref().unwrap_or_default(), x)?);
        Ok(nodes)
    }

    /// The activation of a layer, whose parameters stand in a row, or one by one.
    fn activation(&self, name: &str, x: String) -> Result<Vec<NodeProto>, ImportError> {
        let row = self.attribute("activation_params").map(|a| a.floats.clone());
        let single = |name: &str| self.attribute(name).map(|a| a.f);
        let parameter = |place: usize, name: &str| match &row {
            Some(row) => row.get(place).copied(),
            None => single(name),
        };
        let [first, second] = [parameter(0, "activation_alpha"), parameter(1, "activation_beta")];
        let with = |names: &[(&str, Option<f32>)]| -> Result<Vec<NodeProto>, ImportError> {
            let given = names.iter().filter_map(|(name, value)| Some(float(name, (*value)?)));
            let attribute = given.collect();
            Ok(vec![NodeProto { attribute, ..self.last(name, std::slice::from_ref(&x))? }])
        };
        match name {
            "" => Ok(vec![self.last("Identity", &[x])?]),
            "Relu" | "Sigmoid" | "Tanh" | "Softplus" | "Softsign" => with(&[]),
            "LeakyRelu" | "Elu" => with(&[("alpha", first)]),
            "HardSigmoid" => with(&[("alpha", first), ("beta", second)]),
            "Selu" => {
                let gamma = parameter(1, "activation_gamma").or(second);
                with(&[("alpha", first), ("gamma", gamma)])
            }
            "Clip" => Ok(vec![
                self.number("least", first.unwrap_or(f32::MIN)),
                self.number("most", second.unwrap_or(f32::MAX)),
                self.last("Clip", &[x, self.named("least"), self.named("most")])?,
            ]),
            other => {
                let detail = format!(": its activation {other} is not supported");
                Err(unsupported(self.0, &detail))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use prost::Message as _;

    use super::*;
    use crate::exec::CpuExecutor;
    use crate::import::graph::testing::{graph, int, integers, model, node, value, weight};
    use crate::import::{LoadOptions, load};

    /// What an operator of onnxruntime's makes of the image (1, ½, 0, ¼) and a matrix.
    fn of(op: &str, attribute: Vec<AttributeProto>) -> Vec<f32> {
        let layer = NodeProto { attribute, ..node(&format!("com.microsoft:{op}"), "r w", "y") };
        let matrix = [
            [1.0, 0.0, 0.0, 4.0],
            [0.0, -2.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
            [0.0, 0.0, 0.0, -8.0],
        ];
        let graph = GraphProto {
            output: vec![value("y", &[1, 4])],
            initializer: vec![
                weight("w", &[4, 4], matrix.as_flattened()),
                integers("o", 7, &[1, 4]),
            ],
            ..graph(vec![node("Reshape", "x o", "r"), layer])
        };
        let network = load(&model(graph).encode_to_vec(), &LoadOptions::default());
        let network = network.unwrap_or_else(|error| panic!("{op}: {error}"));
        CpuExecutor::new(Arc::new(network)).logits(&[1.0, 0.5, 0.0, 0.25])
    }

    #[test]
    fn layers_have_the_activations_that_onnxruntime_puts_into_them() {
        let e = |v: f32| v.exp_m1();
        let row = |values: &[f32]| AttributeProto {
            name: "activation_params".into(),
            r#type: 6,
            floats: values.to_vec(),
            ..AttributeProto::default()
        };
        let [alpha, beta, gamma] = ["alpha", "beta", "gamma"].map(|n| format!("activation_{n}"));
        // The layer makes 1, −1, 0 and 2.
        for (name, parameters, right) in [
            ("Relu", vec![], [1.0, 0.0, 0.0, 2.0]),
            ("Softsign", vec![], [0.5, -0.5, 0.0, 2.0 / 3.0]),
            ("LeakyRelu", vec![float(&alpha, 0.25)], [1.0, -0.25, 0.0, 2.0]),
            ("LeakyRelu", vec![row(&[0.5])], [1.0, -0.5, 0.0, 2.0]),
            ("Elu", vec![float(&alpha, 2.0)], [1.0, 2.0 * e(-1.0), 0.0, 2.0]),
            ("HardSigmoid", vec![row(&[0.5, 0.25])], [0.75, 0.0, 0.25, 1.0]),
            ("Clip", vec![float(&alpha, -0.5), float(&beta, 1.5)], [1.0, -0.5, 0.0, 1.5]),
            ("Selu", vec![float(&alpha, 2.0), float(&gamma, 3.0)], [3.0, 6.0 * e(-1.0), 0.0, 6.0]),
        ] {
            let found = of("FusedGemm", [vec![text("activation", name)], parameters].concat());
            let near = found.iter().zip(right).all(|(a, b)| (a - b).abs() < 1e-6);
            assert!(near, "{name}: {found:?} instead of {right:?}");
        }
    }

    #[test]
    fn factors_may_be_transposed() {
        assert_eq!(of("FusedMatMul", vec![float("alpha", 0.5)]), [0.5, -0.5, 0.0, 1.0]);
        assert_eq!(of("FusedMatMul", vec![int("transB", 1)]), [2.0, -1.0, 0.0, -2.0]);
    }

    #[test]
    fn sums_are_normalised_and_handed_on() {
        let sum = [1.5f32, -1.5, 0.5, 0.75];
        let mean = sum.iter().sum::<f32>() / 4.0;
        let variance = sum.map(|v| (v - mean) * (v - mean)).iter().sum::<f32>() / 4.0;
        let square = sum.map(|v| v * v).iter().sum::<f32>() / 4.0;
        let scale = [1.0f32, 2.0, 3.0, 4.0];
        let (bias, shift) = ([0.5f32, 0.0, -0.5, 0.5], [0.0f32, 1.0, 0.0, 1.0]);
        for (op, inputs, centre, spread) in [
            ("SkipLayerNormalization", "r skip scale shift bias", mean, variance),
            ("SkipSimplifiedLayerNormalization", "r skip scale bias", 0.0, square),
        ] {
            let attribute = vec![float("epsilon", 0.25)];
            let normal = NodeProto {
                attribute,
                ..node(&format!("com.microsoft:{op}"), inputs, "n a b sum")
            };
            let graph = GraphProto {
                output: vec![value("y", &[1, 4])],
                initializer: vec![
                    weight("skip", &[1, 4], &[0.0, -2.0, 1.0, 0.0]),
                    weight("scale", &[4], &scale),
                    weight("shift", &[4], &shift),
                    weight("bias", &[4], &bias),
                    integers("o", 7, &[1, 4]),
                ],
                ..graph(vec![node("Reshape", "x o", "r"), normal, node("Add", "n sum", "y")])
            };
            let network = load(&model(graph).encode_to_vec(), &LoadOptions::default());
            let network = network.unwrap_or_else(|error| panic!("{op}: {error}"));
            let found = CpuExecutor::new(Arc::new(network)).logits(&[1.0, 0.5, 0.0, 0.25]);
            for (place, found) in found.iter().enumerate() {
                let normal = (sum[place] - centre) / (spread + 0.25).sqrt() * scale[place];
                let shift = if inputs.contains("shift") { shift[place] } else { 0.0 };
                let right = normal + shift + sum[place];
                assert!((found - right).abs() < 1e-5, "{op}, {place}: {found}, not {right}");
            }
        }
    }
}
