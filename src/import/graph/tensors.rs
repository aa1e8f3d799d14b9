//! The numbers of tensors: brought in from other files, written out where sparse, and as many as
//! their shapes say.
//!
//! A file of the network lies in the same folder and is named without a path. Where a tensor
//! begins and ends is checked against what is there.

use std::collections::HashMap;

use tract_onnx::pb::tensor_proto::{DataLocation, DataType};
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto};

use super::MOST;
use super::sizes::AXES;
use crate::count::counted;
use crate::import::kinds::FLOAT;
use crate::import::kinds::attribute::TENSOR;
use crate::import::{Beside, ImportError};

fn malformed<T>(text: String) -> Result<T, ImportError> {
    Err(ImportError::Malformed(text))
}

/// Bytes of one number, where it has whole ones.
fn width(data_type: i32) -> Option<usize> {
    use DataType as T;
    Some(match T::try_from(data_type).ok()? {
        T::Uint8 | T::Int8 | T::Bool => 1,
        T::Uint16 | T::Int16 | T::Float16 | T::Bfloat16 => 2,
        T::Float | T::Int32 | T::Uint32 => 4,
        T::Double | T::Int64 | T::Uint64 => 8,
        _ => return None,
    })
}

/// How many numbers a shape holds, where that many can be.
fn count(dims: &[i64]) -> Option<usize> {
    let all = dims.iter().try_fold(1i64, |all, n| all.checked_mul(*n))?;
    let whole = dims.iter().all(|n| *n >= 0) && all <= MOST;
    whole.then(|| usize::try_from(all).ok())?
}

fn on_nodes(
    nodes: &mut [NodeProto],
    visit: &mut impl FnMut(&mut TensorProto) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    for attribute in nodes.iter_mut().flat_map(|n| &mut n.attribute) {
        attribute.t.iter_mut().chain(&mut attribute.tensors).try_for_each(&mut *visit)?;
        let sparse = attribute.sparse_tensor.iter_mut().chain(&mut attribute.sparse_tensors);
        on_sparse(sparse, visit)?;
        for graph in attribute.g.iter_mut().chain(&mut attribute.graphs) {
            on_graph(graph, visit)?;
        }
    }
    Ok(())
}

fn on_sparse<'a>(
    mut tensors: impl Iterator<Item = &'a mut SparseTensorProto>,
    visit: &mut impl FnMut(&mut TensorProto) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    tensors.try_for_each(|t| t.values.iter_mut().chain(&mut t.indices).try_for_each(&mut *visit))
}

fn on_graph(
    graph: &mut GraphProto,
    visit: &mut impl FnMut(&mut TensorProto) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    graph.initializer.iter_mut().try_for_each(&mut *visit)?;
    on_sparse(graph.sparse_initializer.iter_mut(), visit)?;
    on_nodes(&mut graph.node, visit)
}

/// Brings in what lies in other files; `beside` gives a file's bytes by its name.
///
/// # Errors
/// Where a file is not there, has a path for a name, or ends before a tensor does.
pub(in crate::import) fn gather(model: &mut ModelProto, beside: Beside) -> Result<(), ImportError> {
    let mut files = HashMap::new();
    let mut fill = |tensor: &mut TensorProto| filled(tensor, &mut files, beside);
    for function in &mut model.functions {
        on_nodes(&mut function.node, &mut fill)?;
    }
    model.graph.iter_mut().try_for_each(|graph| on_graph(graph, &mut fill))
}

fn filled(
    tensor: &mut TensorProto,
    files: &mut HashMap<String, Vec<u8>>,
    beside: Beside,
) -> Result<(), ImportError> {
    let external = tensor.data_location == Some(DataLocation::External as i32);
    if !external && tensor.external_data.is_empty() {
        return Ok(());
    }
    let name = tensor.name.clone();
    let entry = |key: &str| tensor.external_data.iter().find(|e| e.key == key).map(|e| &e.value);
    let number = |key: &str| match entry(key).map(|text| text.parse::<usize>()) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(_)) => malformed(format!("weight “{name}” has no number for its {key} in a file")),
    };
    let Some(location) = entry("location").map(|l| l.strip_prefix("./").unwrap_or(l)) else {
        return malformed(format!("weight “{name}” lies in another file, which is not named"));
    };
    let path = location.is_empty() || location == ".." || location.contains(['/', '\\', ':', '\0']);
    if path {
        return malformed(format!(
            "weight “{name}” lies in “{location}”; only files of the same folder are read"
        ));
    }
    let (offset, length) = (number("offset")?.unwrap_or(0), number("length")?);
    if !files.contains_key(location) {
        let bytes = beside(location).ok_or_else(|| ImportError::MissingWeights(location.into()))?;
        files.insert(location.to_string(), bytes);
    }
    let file = &files[location];
    let needed =
        width(tensor.data_type).zip(count(&tensor.dims)).and_then(|(w, n)| w.checked_mul(n));
    let length = length.or(needed).unwrap_or(file.len().saturating_sub(offset));
    let end = offset.checked_add(length).filter(|end| *end <= file.len());
    let Some(end) = end else {
        return malformed(format!(
            "weight “{name}” is {} from byte {offset} of “{location}”, which has {}",
            counted(length, "byte"),
            file.len()
        ));
    };
    tensor.raw_data = file[offset..end].to_vec();
    tensor.external_data.clear();
    tensor.data_location = None;
    Ok(())
}

/// Checks that every tensor holds as many numbers as its shape says, of a type that is read.
///
/// # Errors
/// With the weight's name, and what it holds.
pub(in crate::import) fn check_tensors(graph: &mut GraphProto) -> Result<(), ImportError> {
    on_graph(graph, &mut |tensor| complete(tensor))
}

fn complete(tensor: &TensorProto) -> Result<(), ImportError> {
    let name = &tensor.name;
    let kind = DataType::try_from(tensor.data_type).unwrap_or(DataType::Undefined);
    let Some(width) = width(tensor.data_type) else {
        return malformed(format!(
            "weight “{name}” is of type {}, which is not read here",
            kind.as_str_name()
        ));
    };
    if tensor.dims.len() > AXES as usize {
        return malformed(format!(
            "weight “{name}” has {} axes, more than {AXES}",
            tensor.dims.len()
        ));
    }
    let Some(count) = count(&tensor.dims) else {
        return malformed(format!("weight “{name}” has the shape {:?}", tensor.dims));
    };
    let held = match tensor.raw_data.len() {
        0 => {
            let typed = [
                tensor.float_data.len(),
                tensor.int32_data.len(),
                tensor.int64_data.len(),
                tensor.double_data.len(),
                tensor.uint64_data.len(),
            ];
            typed.into_iter().max().unwrap_or(0)
        }
        bytes if bytes % width != 0 => usize::MAX,
        bytes => bytes / width,
    };
    if held == count {
        return Ok(());
    }
    malformed(format!(
        "weight “{name}” of the shape {:?} holds {} of numbers instead of {}",
        tensor.dims,
        counted(
            if tensor.raw_data.is_empty() { held * width } else { tensor.raw_data.len() },
            "byte"
        ),
        count * width
    ))
}

/// Writes sparse weights and constants out, with zeros where they have nothing.
///
/// # Errors
/// With the weight's name, where places and numbers do not fit or are too many.
pub(in crate::import) fn fill_sparse(graph: &mut GraphProto) -> Result<(), ImportError> {
    for sparse in std::mem::take(&mut graph.sparse_initializer) {
        graph.initializer.push(dense(&sparse)?);
    }
    for node in &mut graph.node {
        for attribute in &mut node.attribute {
            if let Some(sparse) = attribute.sparse_tensor.take() {
                attribute.t = Some(dense(&sparse)?);
                (attribute.name, attribute.r#type) = ("value".into(), TENSOR);
            }
            attribute.g.iter_mut().try_for_each(fill_sparse)?;
        }
    }
    Ok(())
}

fn dense(sparse: &SparseTensorProto) -> Result<TensorProto, ImportError> {
    let (values, indices) = sparse.values.clone().zip(sparse.indices.clone()).unwrap_or_default();
    complete(&values)?;
    complete(&indices)?;
    let name = values.name.clone();
    let wrong = |what: &str| malformed(format!("sparse weight “{name}” {what}"));
    let Some(total) = count(&sparse.dims) else {
        return wrong("is too large to be written out");
    };
    if values.data_type != FLOAT {
        return wrong("is not of type FLOAT");
    }
    let numbers: Vec<f32> = if values.raw_data.is_empty() {
        values.float_data.clone()
    } else {
        values.raw_data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
    };
    let places = super::integers(&indices).unwrap_or_default();
    let axes = if indices.dims.len() == 2 { sparse.dims.len() } else { 1 };
    if axes == 0 || places.len() != numbers.len() * axes {
        return wrong("has not as many places as numbers");
    }
    let mut data = vec![0.0f32; total];
    for (number, place) in numbers.iter().zip(places.chunks_exact(axes)) {
        let sizes = if axes == 1 { &[total as i64][..] } else { &sparse.dims };
        let inside = place.iter().zip(sizes).all(|(p, n)| (0..*n).contains(p));
        if !inside {
            return wrong("has a number outside its shape");
        }
        let offset = place.iter().zip(sizes).fold(0, |at, (p, n)| at * n + p);
        data[offset as usize] = *number;
    }
    Ok(TensorProto {
        name,
        data_type: FLOAT,
        dims: sparse.dims.clone(),
        raw_data: data.iter().flat_map(|v| v.to_le_bytes()).collect(),
        ..TensorProto::default()
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{graph, integers, node, weight};
    use super::*;
    use crate::code::Code;

    fn sparse(places: &[i64], places_shape: &[i64], dims: &[i64]) -> SparseTensorProto {
        let mut indices = integers("places", 7, places);
        indices.dims = places_shape.to_vec();
        SparseTensorProto {
            values: Some(weight("w", &[2], &[5.0, 7.0])),
            indices: Some(indices),
            dims: dims.to_vec(),
        }
    }

    /// The numbers of a weight that was written out.
    fn written_out(tensor: SparseTensorProto) -> Result<Vec<f32>, Code> {
        let mut graph = graph(vec![node("Add", "x w", "y")]);
        graph.sparse_initializer = vec![tensor];
        fill_sparse(&mut graph).map_err(|e| e.code())?;
        assert!(graph.sparse_initializer.is_empty() && check_tensors(&mut graph).is_ok());
        let raw = &graph.initializer[0].raw_data;
        Ok(raw.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect())
    }

    #[test]
    fn sparse_weights_are_written_out_from_places_or_coordinates() {
        let expected = Ok(vec![0.0, 5.0, 0.0, 0.0, 0.0, 7.0]);
        assert_eq!(written_out(sparse(&[1, 5], &[2], &[2, 3])), expected);
        assert_eq!(written_out(sparse(&[0, 1, 1, 2], &[2, 2], &[2, 3])), expected);
        let wrong = [
            sparse(&[1, 6], &[2], &[2, 3]),
            sparse(&[-1, 2], &[2], &[2, 3]),
            sparse(&[0, 1, 1, 3], &[2, 2], &[2, 3]),
            sparse(&[1], &[1], &[2, 3]),
            sparse(&[1, 5], &[2], &[1 << 20, 1 << 20]),
        ];
        for tensor in wrong {
            assert_eq!(written_out(tensor.clone()), Err(Code::MalformedOnnx), "{tensor:?}");
        }
    }

    #[test]
    fn tensors_hold_as_many_numbers_as_their_shape_says() {
        let check = |tensor: TensorProto| {
            let mut graph = graph(vec![node("Add", "x w", "y")]);
            graph.initializer = vec![tensor];
            check_tensors(&mut graph).map_err(|e| e.to_string())
        };
        assert_eq!(check(weight("w", &[2, 1], &[1.0, 2.0])), Ok(()));
        assert_eq!(check(weight("w", &[0], &[])), Ok(()));
        let raw =
            |bytes: usize| TensorProto { raw_data: vec![0; bytes], ..weight("w", &[2, 1], &[]) };
        assert_eq!(check(raw(8)), Ok(()));
        for (tensor, says) in [
            (weight("w", &[2, 2], &[1.0, 2.0]), "holds 8 bytes of numbers instead of 16"),
            (raw(7), "holds 7 bytes of numbers instead of 8"),
            (raw(12), "holds 12 bytes of numbers instead of 8"),
            (weight("w", &[-2, -1], &[1.0, 2.0]), "has the shape [-2, -1]"),
            (weight("w", &[1 << 40, 1 << 40], &[]), "has the shape"),
            (TensorProto { data_type: 8, ..raw(8) }, "is of type STRING"),
            (TensorProto { data_type: 99, ..raw(8) }, "is of type UNDEFINED"),
        ] {
            let said = check(tensor).expect_err(says);
            assert!(said.contains("weight “w”") && said.contains(says), "{said}");
        }
    }
}
