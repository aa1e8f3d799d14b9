//! A node test as classifiers of images.
//!
//! One of the model's inputs becomes the image, the others become constants:
//!
//! ```text
//! image [1, 1, 1, n] → Cast → Reshape → (the model) → Cast → Reshape [1, m] ┐
//!   └───────────────────────────────────────────────→ Reshape [1, n] ───────┴ Concat [1, m + n]
//! ```
//!
//! The image is handed on behind the output, so that an output of one number is enough, a
//! softmax at the end stays, and what is computed from constants alone can be read, too.

use std::path::Path;

use blindspots::model::ImageShape;
use prost::Message as _;
use tract_onnx::data_resolver::MmapDataResolver;
use tract_onnx::pb::tensor_shape_proto::Dimension;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Size;
use tract_onnx::pb::type_proto::{Tensor as TensorType, Value as TypeValue};
use tract_onnx::pb::{
    AttributeProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto,
    TypeProto, ValueInfoProto,
};
use tract_onnx::tensor::load_tensor;

/// The operations that are put around a test's model.
pub(crate) const AROUND: [&str; 3] = ["Cast", "Reshape", "Concat"];

/// ONNX's numbers for types of elements.
const FLOAT: i32 = 1;
const INT64: i32 = 7;
const FLOAT16: i32 = 10;
const DOUBLE: i32 = 11;
/// Attributes that hold an integer.
const INTEGER: i32 = 2;
/// A name that no node test has.
const OWN: &str = "conformance";

/// One test of the standard: a model, inputs, and the outputs that are right.
pub(crate) struct NodeTest {
    pub(crate) name: String,
    model: ModelProto,
    inputs: Vec<Option<TensorProto>>,
    outputs: Vec<Option<TensorProto>>,
}

/// A test with one of its inputs as the image, or none, and one of its outputs.
pub(crate) struct Variant {
    /// Which input is the image.
    pub(crate) input: Option<usize>,
    /// The file.
    pub(crate) bytes: Vec<u8>,
    pub(crate) shape: ImageShape,
    /// What the image holds.
    pub(crate) image: Vec<f32>,
    /// The logits that are right: the output, then the image.
    pub(crate) expected: Vec<f32>,
    /// Whether single precision says what the test says.
    pub(crate) coarse: bool,
}

/// Reads a test from its folder.
pub(crate) fn read(folder: &Path) -> NodeTest {
    let bytes = std::fs::read(folder.join("model.onnx")).expect("a test has a model");
    let model = ModelProto::decode(&*bytes).expect("it is a model");
    let graph = model.graph.as_ref().expect("with a graph");
    let tensors = |kind: &str, count: usize| {
        let tensor = |i| {
            let path = folder.join(format!("test_data_set_0/{kind}_{i}.pb"));
            let bytes = std::fs::read(path).ok()?;
            TensorProto::decode(&*bytes).ok().filter(|t| values(t).is_some())
        };
        (0..count).map(tensor).collect()
    };
    NodeTest {
        name: folder.file_name().expect("a folder").to_string_lossy().into_owned(),
        inputs: tensors("input", graph.input.len()),
        outputs: tensors("output", graph.output.len()),
        model,
    }
}

/// The numbers of a tensor; `None` where it does not hold numbers.
fn values(tensor: &TensorProto) -> Option<Vec<f32>> {
    let tensor = load_tensor(&MmapDataResolver, tensor, None).ok()?;
    let floats = tensor.cast_to::<f32>().ok()?;
    Some(floats.to_plain_array_view::<f32>().ok()?.iter().copied().collect())
}

impl NodeTest {
    /// The operations of the model, in order.
    pub(crate) fn operations(&self) -> Vec<&str> {
        let graph = self.model.graph.as_ref().expect("a graph");
        graph.node.iter().map(|node| node.op_type.as_str()).collect()
    }

    /// The file as it is.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.model.encode_to_vec()
    }

    /// Every float input as the image, and none, with every output.
    ///
    /// Empty where an input does not hold numbers.
    pub(crate) fn variants(&self) -> Vec<Variant> {
        if self.inputs.iter().any(Option::is_none) {
            return Vec::new();
        }
        let kinds = self.inputs.iter().flatten().map(|t| t.data_type);
        let floats = kinds.enumerate().filter(|(_, t)| [FLOAT, FLOAT16, DOUBLE].contains(t));
        let images: Vec<Option<usize>> = floats.map(|(i, _)| Some(i)).chain([None]).collect();
        let outputs = 0..self.outputs.len();
        outputs.flat_map(|o| images.iter().filter_map(move |i| self.variant(*i, o))).collect()
    }

    fn variant(&self, input: Option<usize>, output: usize) -> Option<Variant> {
        let right = self.outputs[output].as_ref()?;
        let mut expected = values(right)?;
        let mut model = self.model.clone();
        let graph = model.graph.as_mut()?;
        let mut begin = Vec::new();
        let (name, image) = match input {
            Some(i) => (graph.input[i].name.clone(), values(self.inputs[i].as_ref()?)?),
            None => (String::new(), vec![0.25, 0.75]),
        };
        if image.is_empty() || expected.is_empty() {
            return None;
        }
        for (place, tensor) in self.inputs.iter().enumerate() {
            let tensor = tensor.as_ref()?;
            if Some(place) == input {
                begin = vec![
                    cast(&own("image"), &own("typed"), tensor.data_type),
                    reshape(&own("typed"), &name),
                ];
                graph.initializer.push(list(shape_of(&name), &tensor.dims));
            } else {
                let name = graph.input[place].name.clone();
                graph.initializer.push(TensorProto { name, ..tensor.clone() });
            }
        }
        let sizes = [1, 1, 1, image.len() as i64];
        graph.input = vec![value(&own("image"), Some(&sizes))];
        let result = graph.output[output].name.clone();
        let end = [
            cast(&result, &own("result"), FLOAT),
            reshape(&own("result"), &own("flat-result")),
            reshape(&own("image"), &own("flat-image")),
            joined(&[own("flat-result"), own("flat-image")], &own("logits")),
        ];
        graph.node = begin.into_iter().chain(graph.node.drain(..)).chain(end).collect();
        graph.initializer.push(list(shape_of(&own("flat-result")), &[1, expected.len() as i64]));
        graph.initializer.push(list(shape_of(&own("flat-image")), &[1, image.len() as i64]));
        graph.output = vec![value(&own("logits"), None)];
        if !model.opset_import.iter().any(|set| set.domain.is_empty()) {
            model.opset_import.push(OperatorSetIdProto { domain: String::new(), version: 21 });
        }
        expected.extend_from_slice(&image);
        let kinds = self.inputs.iter().chain(&self.outputs).flatten().map(|t| t.data_type);
        let shape = ImageShape { channels: 1, height: 1, width: image.len() };
        let coarse = kinds.into_iter().any(|t| t == FLOAT16);
        let bytes = model.encode_to_vec();
        Some(Variant { input, bytes, shape, image, expected, coarse })
    }
}

fn own(part: &str) -> String {
    format!("{OWN}.{part}")
}

fn shape_of(output: &str) -> String {
    format!("{OWN}.shape.{output}")
}

fn node(op: &str, inputs: &[String], output: &str) -> NodeProto {
    NodeProto {
        op_type: op.into(),
        name: format!("{OWN}.{output}"),
        input: inputs.to_vec(),
        output: vec![output.into()],
        ..NodeProto::default()
    }
}

fn integer(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: INTEGER, i, ..AttributeProto::default() }
}

fn cast(from: &str, to: &str, kind: i32) -> NodeProto {
    let attribute = vec![integer("to", i64::from(kind))];
    NodeProto { attribute, ..node("Cast", &[from.into()], to) }
}

fn reshape(from: &str, to: &str) -> NodeProto {
    node("Reshape", &[from.into(), shape_of(to)], to)
}

fn joined(from: &[String], to: &str) -> NodeProto {
    NodeProto { attribute: vec![integer("axis", 1)], ..node("Concat", from, to) }
}

fn list(name: String, values: &[i64]) -> TensorProto {
    let raw_data = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let dims = vec![values.len() as i64];
    TensorProto { name, data_type: INT64, dims, raw_data, ..TensorProto::default() }
}

fn value(name: &str, sizes: Option<&[i64]>) -> ValueInfoProto {
    let size = |n: &i64| Dimension { value: Some(Size::DimValue(*n)), ..Dimension::default() };
    let shape = sizes.map(|s| TensorShapeProto { dim: s.iter().map(size).collect() });
    let tensor = TensorType { elem_type: FLOAT, shape };
    let r#type = TypeProto { value: Some(TypeValue::TensorType(tensor)), ..TypeProto::default() };
    ValueInfoProto { name: name.into(), r#type: Some(r#type), ..ValueInfoProto::default() }
}
