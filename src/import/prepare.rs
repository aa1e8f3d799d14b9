//! Clears what an exporter fixed: the batch, stale shapes, unused outputs.

use std::collections::HashSet;

use prost::Message as _;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as DimValue;
use tract_onnx::pb::type_proto::Value as TypeValue;
use tract_onnx::pb::{GraphProto, ModelProto, ValueInfoProto};
use tract_onnx::prelude::*;

use super::batch::{self, Rule};
use super::image::{Reading, reading};
use super::typed::{Typed, runnable, typed};
use super::{Beside, ImportError, graph, precision, sniff, verify};
use crate::count::counted;
use crate::import::kinds::FLOAT;
use crate::model::{ImageShape, Precision};

/// The place of one of a graph's outputs, and its name.
pub(super) type NamedOutput = (usize, String);

/// A parsed file whose batch can be set.
pub(super) struct Prepared {
    /// With a batch of one.
    proto: ModelProto,
    /// As the file has it: `None` where the batch is free.
    original: ModelProto,
    /// Which of the graph's inputs is the image.
    input: usize,
    /// Whether its numbers are integers in the file.
    pub(super) integers: bool,
    /// What the file computes in.
    pub(super) precision: Precision,
    /// How it holds one.
    pub(super) reading: Reading,
}

/// A file for one image, of a batch that it fixed.
pub(super) struct Freed {
    pub(super) prepared: Prepared,
    /// Whether the batch is as the file has it, of copies.
    pub(super) filled: bool,
}

/// Parses the bytes and sets the batch to one; `beside` gives other files of the network, `wanted` is
/// the caller's word for the image.
pub(super) fn prepare(
    bytes: &[u8],
    beside: Beside,
    wanted: Option<ImageShape>,
) -> Result<Prepared, ImportError> {
    if let Some(kind) = sniff::other_kind(bytes) {
        return Err(ImportError::NotOnnx(kind.into()));
    }
    let mut proto = ModelProto::decode(bytes).map_err(|_| undecoded(bytes))?;
    graph::gather(&mut proto, beside)?;
    graph::inline(&mut proto, bytes)?;
    let version = graph::version(&proto.opset_import);
    let graph = proto
        .graph
        .as_mut()
        .filter(|g| !g.node.is_empty())
        .ok_or_else(|| ImportError::NotOnnx("it holds no network".into()))?;
    graph::fill_sparse(graph)?;
    graph::sort(graph)?;
    let precision = precision::computed_in(graph);
    precision::unify(graph);
    let initializers: HashSet<&str> = graph.initializer.iter().map(|t| t.name.as_str()).collect();
    let images: Vec<usize> = (0..graph.input.len())
        .filter(|i| !initializers.contains(graph.input[*i].name.as_str()))
        .collect();
    let [input] = images[..] else {
        return Err(ImportError::NotAnImageClassifier(format!(
            "it has {}, one image is expected",
            counted(images.len(), "input")
        )));
    };
    let integers = graph::round_integers(graph, input, version)?;
    graph.value_info.clear();
    graph::forget_sizes(graph);
    for output in &mut graph.output {
        if let Some(TypeValue::TensorType(tensor)) =
            output.r#type.as_mut().and_then(|t| t.value.as_mut())
        {
            tensor.shape = None;
        }
    }
    let original = proto.clone();
    let graph = proto.graph.get_or_insert_default();
    let reading = reading(&sizes(&graph.input[input])?, wanted)?;
    fix_input(&mut graph.input[input], &reading.sizes);
    if let Some(batch) = reading.batch.filter(|b| *b > 1) {
        batch::free(graph, batch, Rule::First);
    }
    Ok(Prepared { proto, original, input, integers, precision, reading })
}

/// Why bytes could not be taken apart.
fn undecoded(bytes: &[u8]) -> ImportError {
    ImportError::NotOnnx(match sniff::begins_as_onnx(bytes) {
        true => "it begins like one, but is cut off or damaged".into(),
        false => "its bytes are of another kind, or damaged".into(),
    })
}

/// The sizes of the image's tensor, `None` where one is free; checks that it is made of floats.
fn sizes(input: &ValueInfoProto) -> Result<Vec<Option<i64>>, ImportError> {
    let wrong = |text: String| Err(ImportError::NotAnImageClassifier(text));
    let Some(TypeValue::TensorType(tensor)) = input.r#type.as_ref().and_then(|t| t.value.as_ref())
    else {
        return wrong(format!("its input “{}” is no tensor", input.name));
    };
    if tensor.elem_type != FLOAT {
        let kind = DataType::try_from(tensor.elem_type).unwrap_or(DataType::Undefined);
        return wrong(format!(
            "its input “{}” is made of {}; floats are expected: export it with pixels as floats",
            input.name,
            kind.as_str_name()
        ));
    }
    let Some(shape) = tensor.shape.as_ref() else {
        return wrong(format!("its input “{}” has no shape", input.name));
    };
    let size = |value: &Option<DimValue>| match value {
        Some(DimValue::DimValue(n)) if *n > 0 => Some(*n),
        _ => None,
    };
    Ok(shape.dim.iter().map(|dim| size(&dim.value)).collect())
}

/// Sets the sizes of the image's tensor.
fn fix_input(input: &mut ValueInfoProto, sizes: &[i64]) {
    let Some(TypeValue::TensorType(tensor)) = input.r#type.as_mut().and_then(|t| t.value.as_mut())
    else {
        return;
    };
    for (dim, size) in tensor.shape.iter_mut().flat_map(|s| &mut s.dim).zip(sizes) {
        dim.value = Some(DimValue::DimValue(*size));
    }
}

impl Prepared {
    /// Outputs that could be the scores, and the others: those of floats, or all where none is said to
    /// be. Those that are called scores come first.
    pub(super) fn outputs(&self) -> (Vec<NamedOutput>, Vec<NamedOutput>) {
        let outputs = self.proto.graph.as_ref().map_or(&[][..], |g| &g.output);
        let other = |output: &ValueInfoProto| match output.r#type.as_ref().map(|t| &t.value) {
            Some(Some(TypeValue::TensorType(tensor))) => ![0, FLOAT].contains(&tensor.elem_type),
            _ => false,
        };
        let (mut others, mut scores): (Vec<_>, Vec<_>) = outputs
            .iter()
            .enumerate()
            .map(|(place, output)| (place, output.name.clone()))
            .partition(|(place, _)| other(&outputs[*place]));
        if scores.is_empty() {
            std::mem::swap(&mut scores, &mut others);
        }
        scores.sort_by_key(|(_, name)| {
            let name = name.to_lowercase();
            !["logit", "score", "prob", "class"].iter().any(|word| name.contains(word))
        });
        (scores, others)
    }

    /// The same with a batch that the file fixed taken from wherever else it stands, or filled with copies: guesses,
    /// of which one counts that agrees with the file as it is. None where the file leaves it free.
    pub(super) fn freed(&self) -> Vec<Freed> {
        let Some(batch) = self.reading.batch.filter(|batch| *batch > 1) else { return Vec::new() };
        let free = |rule: Option<Rule>| {
            let (mut proto, original) = (self.original.clone(), self.original.clone());
            let graph = proto.graph.get_or_insert_default();
            fix_input(&mut graph.input[self.input], &self.reading.sizes);
            match rule {
                Some(rule) => batch::free(graph, batch, rule),
                None if batch::fill(graph, self.input, batch) => {}
                None => return None,
            }
            let Prepared { input, integers, precision, .. } = *self;
            let reading = self.reading.clone();
            let prepared = Prepared { proto, original, input, integers, precision, reading };
            Some(Freed { prepared, filled: rule.is_none() })
        };
        [Some(Rule::Anywhere), Some(Rule::Second), None].into_iter().filter_map(free).collect()
    }

    /// The graph as the file has it, functions written out.
    pub(super) fn graph(&self) -> Option<&GraphProto> {
        self.proto.graph.as_ref()
    }

    /// tract's typed graph with one of the outputs, for one image.
    pub(super) fn typed(&self, output: usize) -> Result<Typed, ImportError> {
        typed(self.proto.clone(), output)
    }

    /// The same for several images, where the file can take them.
    ///
    /// `None` where the file is for one image, says that its batch is free but is not,
    /// or has a batch that cannot be held.
    pub(super) fn batched(&self, output: usize) -> Option<TypedModel> {
        let batch = self.reading.batch.unwrap_or(FREE);
        let numbers = usize::try_from(batch).ok()?.checked_mul(self.reading.image.pixels())?;
        // One scale for all images would make each depend on the others.
        let together = self.graph().is_some_and(graph::quantises);
        if batch == 1 || numbers > AT_ONCE || together {
            return None;
        }
        let mut sizes = self.reading.sizes.clone();
        *sizes.first_mut()? = batch;
        let mut proto = self.original.clone();
        fix_input(&mut proto.graph.as_mut()?.input[self.input], &sizes);
        runnable(proto, output)
    }
}

/// Numbers of images that are tried at once at most: more are for memory that a page does not have.
const AT_ONCE: usize = 1 << 22;

/// Images tried at once where a file leaves the number free.
const FREE: i64 = verify::PROBES as i64;
