//! Layers of eight bits that onnxruntime writes in its own domain: what each computes with floats, between
//! what brings its inputs to floats and what brings its result back.
//!
//! onnxruntime adds up whole numbers and rounds once; here products are floats, so a value that lies
//! halfway between two of eight bits may be rounded to the other one.

use tract_onnx::pb::{AttributeProto, NodeProto};

use super::fused::Fused;
use super::unsupported;
use crate::import::ImportError;
use crate::import::kinds::FLOAT;
use crate::import::spell::{cast, integer, node};

/// The layer of floats, and in which slots of the operator its inputs and the scale of its result are; an
/// input's scale and zero point are in the next two, the result's zero point in the next.
struct Form {
    op: &'static str,
    inputs: Vec<usize>,
    result: usize,
}

impl Form {
    fn of(op: &'static str, count: usize) -> Self {
        Self { op, inputs: (0..count).map(|slot| 3 * slot).collect(), result: 3 * count }
    }
}

impl Fused<'_> {
    /// The layer in terms of floats, where the operator is one of eight bits that is known.
    pub(super) fn of_eight_bits(&self) -> Result<Option<Vec<NodeProto>>, ImportError> {
        let form = match self.0.op_type.as_str() {
            "QGemm" => return self.layer_of_eight_bits().map(Some),
            plain @ ("QuantizeLinear" | "DequantizeLinear") => {
                let mut same = self.last(plain, &self.0.input)?;
                same.attribute.clone_from(&self.0.attribute);
                return Ok(Some(vec![same]));
            }
            "QLinearAdd" => Form::of("Add", 2),
            "QLinearMul" => Form::of("Mul", 2),
            "QLinearSigmoid" => Form::of("Sigmoid", 1),
            "QLinearLeakyRelu" => Form::of("LeakyRelu", 1),
            "QLinearSoftmax" => Form::of("Softmax", 1),
            "QLinearAveragePool" => Form::of("AveragePool", 1),
            "QLinearGlobalAveragePool" => Form::of("GlobalAveragePool", 1),
            "QLinearConcat" => Form {
                op: "Concat",
                inputs: (2..self.0.input.len()).step_by(3).collect(),
                result: 0,
            },
            _ => return Ok(None),
        };
        self.between(&form).map(Some)
    }

    fn between(&self, form: &Form) -> Result<Vec<NodeProto>, ImportError> {
        const CHANNELS_LAST: &str = "channels_last";
        /// The version that a softmax is meant in; writers give the file's own.
        const VERSION: &str = "opset";
        if self.attribute(CHANNELS_LAST).is_some_and(|a| a.i != 0) {
            return Err(unsupported(self.0, ": its channels come last"));
        }
        let mut nodes = Vec::new();
        let mut floats = Vec::new();
        for (index, slot) in form.inputs.iter().enumerate() {
            let float = self.named(&format!("float{index}"));
            nodes.push(self.float(*slot, float.clone(), Vec::new())?);
            floats.push(float);
        }
        let of_layer = |a: &&AttributeProto| a.name != CHANNELS_LAST && a.name != VERSION;
        nodes.push(NodeProto {
            attribute: self.0.attribute.iter().filter(of_layer).cloned().collect(),
            ..node(form.op, &floats, self.named("real"))
        });
        nodes.push(self.rounded(form.result)?);
        Ok(nodes)
    }

    /// What brings an input to floats.
    fn float(
        &self,
        slot: usize,
        to: String,
        attribute: Vec<AttributeProto>,
    ) -> Result<NodeProto, ImportError> {
        let [input, scale] = [self.needed(slot)?, self.needed(slot + 1)?];
        let inputs: Vec<_> = [input, scale].into_iter().chain(self.input(slot + 2)).collect();
        Ok(NodeProto { attribute, ..node("DequantizeLinear", &inputs, to) })
    }

    /// What brings the layer's floats to eight bits, as the result.
    fn rounded(&self, scale: usize) -> Result<NodeProto, ImportError> {
        let inputs = [self.named("real"), self.needed(scale)?];
        let inputs: Vec<_> = inputs.into_iter().chain(self.input(scale + 1)).collect();
        self.last("QuantizeLinear", &inputs)
    }

    fn needed(&self, slot: usize) -> Result<String, ImportError> {
        self.input(slot).ok_or_else(|| unsupported(self.0, ": it lacks an input"))
    }

    /// `α·A·B + C`; the scale of whole numbers `C` is that of the product.
    fn layer_of_eight_bits(&self) -> Result<Vec<NodeProto>, ImportError> {
        let named = |part: &str| self.named(part);
        let turned = self.attribute("transB").is_some_and(|a| a.i != 0);
        // One scale for each column of the product.
        let axis = vec![integer("axis", i64::from(!turned))];
        let mut nodes =
            vec![self.float(0, named("left"), Vec::new())?, self.float(3, named("right"), axis)?];
        let mut factors = vec![named("left"), named("right")];
        if let Some(bias) = self.input(6) {
            let alpha = self.attribute("alpha").map_or(1.0, |a| a.f);
            // A layer of floats does not multiply by α what is added; here the whole sum is.
            nodes.extend([
                cast(bias, named("whole"), FLOAT),
                node("Mul", &[self.needed(1)?, self.needed(4)?], named("both")),
                self.number("alpha", alpha),
                node("Mul", &[named("both"), named("alpha")], named("scale")),
                node("Mul", &[named("whole"), named("scale")], named("bias")),
            ]);
            factors.push(named("bias"));
        }
        let attribute = self.0.attribute.clone();
        if self.input(7).is_none() {
            nodes.push(NodeProto { attribute, ..self.last("Gemm", &factors)? });
        } else {
            nodes.push(NodeProto { attribute, ..node("Gemm", &factors, named("real")) });
            nodes.push(self.rounded(7)?);
        }
        Ok(nodes)
    }
}
