//! A long graph, read by tract in pieces.
//!
//! tract compares each constant and each name with every node before it, so its time grows with the
//! square of the nodes: of 20,000 operations it is minutes at once, and seconds in pieces.
//! What passes from one piece to the next is an input of known shape there or, where it does
//! not depend on the image, a weight.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use tract_onnx::pb::tensor_shape_proto::Dimension;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as DimValue;
use tract_onnx::pb::type_proto::{Tensor as TensorType, Value as TypeValue};
use tract_onnx::pb::{
    GraphProto, ModelProto, NodeProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto,
};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::konst::Const;

use super::graph;

/// Graphs of more nodes are read in pieces.
pub(super) const LONG: usize = 1024;

/// Nodes of a piece.
pub(super) const PIECE: usize = 64;

/// The typed graphs of pieces of at most `size` nodes, joined; `read` gives that of one piece.
///
/// `Ok(None)` where something passes between pieces that a file cannot declare: a shape that depends
/// on the image, or a type of tract's own.
pub(super) fn joined<E: From<TractError>>(
    proto: &ModelProto,
    size: usize,
    mut read: impl FnMut(&mut ModelProto) -> Result<TypedModel, E>,
) -> Result<Option<TypedModel>, E> {
    let Some(graph) = &proto.graph else { return Ok(None) };
    let mut whole = Whole::of(graph, size);
    for (index, nodes) in graph.node.chunks(size).enumerate() {
        let mut piece = ModelProto {
            ir_version: proto.ir_version,
            opset_import: proto.opset_import.clone(),
            graph: Some(whole.piece(index, nodes)),
            ..ModelProto::default()
        };
        let typed = read(&mut piece)?;
        let crossing = piece.graph.unwrap_or_default();
        if whole.join(&typed, &crossing)?.is_none() {
            return Ok(None);
        }
    }
    Ok(whole.finished(graph)?)
}

/// The pieces so far.
struct Whole<'a> {
    model: TypedModel,
    /// The last piece that reads a value.
    last: HashMap<&'a str, usize>,
    /// The file's inputs, and what pieces made for later ones out of the image.
    values: HashMap<String, ValueInfoProto>,
    /// Where these are in the joined graph.
    places: HashMap<String, OutletId>,
    weights: HashMap<&'a str, &'a TensorProto>,
    /// What pieces made without the image.
    computed: HashMap<String, TensorProto>,
    /// Where constants are in the joined graph, by their names.
    constants: HashMap<String, OutletId>,
}

impl<'a> Whole<'a> {
    fn of(graph: &'a GraphProto, size: usize) -> Whole<'a> {
        let mut last = HashMap::new();
        for (index, nodes) in graph.node.chunks(size).enumerate() {
            last.extend(nodes.iter().flat_map(graph::reads).map(|name| (name, index)));
        }
        last.extend(graph.output.iter().map(|output| (output.name.as_str(), usize::MAX)));
        let inputs = graph.input.iter().map(|input| (input.name.clone(), input.clone()));
        Whole {
            model: TypedModel::default(),
            last,
            values: inputs.collect(),
            places: HashMap::new(),
            weights: graph.initializer.iter().map(|t| (t.name.as_str(), t)).collect(),
            computed: HashMap::new(),
            constants: HashMap::new(),
        }
    }

    /// Some of the nodes as a graph of its own, with what it is given and what later ones read of it.
    fn piece(&self, index: usize, nodes: &[NodeProto]) -> GraphProto {
        let mut part = GraphProto { node: nodes.to_vec(), ..GraphProto::default() };
        let mut read: Vec<&str> = nodes.iter().flat_map(graph::reads).collect();
        read.sort_unstable();
        read.dedup();
        for name in read {
            let weight = self.weights.get(name).copied().or_else(|| self.computed.get(name));
            part.initializer.extend(weight.cloned());
            if weight.is_none() {
                part.input.extend(self.values.get(name).cloned());
            }
        }
        let later = |name: &&String| self.last.get(name.as_str()).is_some_and(|last| *last > index);
        for name in nodes.iter().flat_map(|node| &node.output).filter(later) {
            part.output.push(ValueInfoProto { name: name.clone(), ..ValueInfoProto::default() });
        }
        part
    }

    /// Adds a piece's typed graph. `None` where what it made cannot be declared.
    fn join(&mut self, typed: &TypedModel, piece: &GraphProto) -> TractResult<Option<()>> {
        let mut moved: HashMap<OutletId, OutletId> = HashMap::new();
        for (outlet, input) in typed.input_outlets()?.iter().zip(&piece.input) {
            let place = match self.places.entry(input.name.clone()) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    let fact = typed.outlet_fact(*outlet)?.clone();
                    *new.insert(self.model.add_source(input.name.clone(), fact)?)
                }
            };
            moved.insert(*outlet, place);
        }
        for id in typed.eval_order()? {
            if moved.contains_key(&OutletId::new(id, 0)) {
                continue;
            }
            let place = self.moved(typed.node(id), &moved)?;
            let slots = 0..typed.node(id).outputs.len();
            moved.extend(slots.map(|slot| (OutletId::new(id, slot), OutletId::new(place, slot))));
        }
        for (outlet, output) in typed.output_outlets()?.iter().zip(&piece.output) {
            let fact = typed.outlet_fact(*outlet)?;
            match &fact.konst {
                Some(value) => {
                    let Some(weight) = weight(&output.name, value) else { return Ok(None) };
                    self.computed.insert(output.name.clone(), weight);
                }
                None => {
                    let Some(info) = declared(&output.name, fact) else { return Ok(None) };
                    self.values.insert(output.name.clone(), info);
                }
            }
            self.places.insert(output.name.clone(), moved[outlet]);
        }
        Ok(Some(()))
    }

    /// Adds a node, unless it is a weight that an earlier piece has brought.
    fn moved(
        &mut self,
        node: &TypedNode,
        moved: &HashMap<OutletId, OutletId>,
    ) -> TractResult<usize> {
        let constant = node.op_as::<Const>();
        let known = constant.and_then(|_| self.constants.get(&node.name));
        let brought = known.map(|outlet| self.model.node(outlet.node));
        if let Some(brought) = brought.filter(|b| {
            let value = b.op_as::<Const>().map(Const::val);
            value == constant.map(Const::val)
        }) {
            return Ok(brought.id);
        }
        let facts = node.outputs.iter().map(|output| output.fact.clone()).collect();
        let id = self.model.add_node(node.name.clone(), node.op.clone(), facts)?;
        for (slot, from) in node.inputs.iter().enumerate() {
            self.model.add_edge(moved[from], InletId::new(id, slot))?;
        }
        if constant.is_some() {
            self.constants.insert(node.name.clone(), OutletId::new(id, 0));
        }
        Ok(id)
    }

    /// The joined graph, with what the file gives as its outputs.
    fn finished(mut self, graph: &GraphProto) -> TractResult<Option<TypedModel>> {
        let given = graph.output.iter().map(|output| self.places.get(&output.name).copied());
        let Some(given) = given.collect::<Option<Vec<OutletId>>>() else { return Ok(None) };
        self.model.select_output_outlets(&given)?;
        Ok(Some(self.model))
    }
}

/// ONNX's numbers for types; tract's own type of sizes is one of integers.
fn type_number(kind: DatumType) -> Option<i32> {
    Some(match kind {
        DatumType::F32 => 1,
        DatumType::U8 => 2,
        DatumType::I8 => 3,
        DatumType::I32 => 6,
        DatumType::I64 => 7,
        DatumType::Bool => 9,
        DatumType::F64 => 11,
        _ => return None,
    })
}

/// A value as a file declares it.
fn declared(name: &str, fact: &TypedFact) -> Option<ValueInfoProto> {
    let dim = |n: &usize| {
        Some(Dimension {
            value: Some(DimValue::DimValue(i64::try_from(*n).ok()?)),
            ..Dimension::default()
        })
    };
    let dim: Option<Vec<Dimension>> = fact.shape.as_concrete()?.iter().map(dim).collect();
    let shape = Some(TensorShapeProto { dim: dim? });
    let tensor = TensorType { elem_type: type_number(fact.datum_type)?, shape };
    let r#type =
        Some(TypeProto { value: Some(TypeValue::TensorType(tensor)), ..TypeProto::default() });
    Some(ValueInfoProto { name: name.into(), r#type, ..ValueInfoProto::default() })
}

/// A constant as a weight of a file.
fn weight(name: &str, value: &Tensor) -> Option<TensorProto> {
    let sizes: Option<Vec<i64>> = value.shape().iter().map(|n| i64::try_from(*n).ok()).collect();
    let whole = value.cast_to::<i64>();
    let value = match value.datum_type() {
        DatumType::TDim => whole.ok()?,
        _ => std::borrow::Cow::Borrowed(value),
    };
    Some(TensorProto {
        name: name.into(),
        data_type: type_number(value.datum_type())?,
        dims: sizes?,
        raw_data: value.as_bytes().to_vec(),
        ..TensorProto::default()
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use prost::Message as _;
    use tract_onnx::pb::{GraphProto, ModelProto, NodeProto};
    use tract_onnx::prelude::*;

    use super::{LONG, joined};
    use crate::exec::CpuExecutor;
    use crate::import::graph::testing::{graph, int, integers, model, node, weight};
    use crate::import::typed;
    use crate::import::{ImportError, LoadOptions, load};

    /// relu(2x + 1 − (x + 1)), with as many axes as are worked out from the shape of x.
    fn crossing() -> ModelProto {
        let nodes = vec![
            node("Shape", "x", "s"),
            node("Mul", "x two", "a"),
            node("ReduceProd", "s", "n"),
            node("Add", "a one", "b"),
            node("Concat", "single n", "shape"),
            node("Add", "x one", "c"),
            node("Sub", "b c", "d"),
            node("Relu", "d", "e"),
            node("Reshape", "e shape", "y"),
        ];
        let mut own = graph(nodes);
        own.node[4].attribute.push(int("axis", 0));
        own.initializer = vec![
            weight("one", &[1, 1, 1], &[1.0]),
            weight("two", &[1, 1, 1], &[2.0]),
            integers("single", 7, &[1]),
        ];
        model(own)
    }

    fn in_pieces(of: &ModelProto, size: usize) -> TractResult<Option<TypedModel>> {
        joined(of, size, |piece| {
            typed::piece(piece).map_err(|_| std::io::Error::other("unreadable").into())
        })
    }

    #[test]
    fn pieces_of_any_size_are_the_whole_graph() -> TractResult<()> {
        let image = tensor1(&[-1.0f32, 0.5, 2.0, -3.0]).into_shape(&[1, 2, 2])?;
        for size in 1..=9 {
            let whole = in_pieces(&crossing(), size)?.expect("everything can be declared");
            let named = |name: &str| whole.nodes().iter().filter(|n| n.name == name).count();
            assert_eq!(named("one.0"), 1, "in pieces of {size} a weight comes once");
            let found = whole.into_runnable()?.run(tvec!(image.clone().into_tvalue()))?;
            assert_eq!(found[0].shape(), [1, 4], "in pieces of {size}");
            assert_eq!(found[0].try_as_plain_ram()?.as_slice::<f32>()?, [0.0, 0.5, 2.0, 0.0]);
        }
        Ok(())
    }

    #[test]
    fn what_cannot_be_declared_is_not_cut() -> TractResult<()> {
        let places = vec![node("NonZero", "x", "places"), node("Cast", "places", "y")];
        let mut of = model(graph(places));
        of.graph.as_mut().expect("a graph").node[1].attribute.push(int("to", 1));
        assert!(in_pieces(&of, 1)?.is_none());
        Ok(())
    }

    /// x + 1/4 + 1/4 + … − …, so that it stays near x: `links` additions.
    fn chain(links: usize) -> ModelProto {
        let name = |at: usize| if at == links { "y".into() } else { format!("v{at}") };
        let link = |at: usize| {
            let from = if at == 0 { "flat".into() } else { name(at) };
            node("Add", &format!("{from} {}", ["up", "down"][at % 2]), &name(at + 1))
        };
        let mut nodes: Vec<NodeProto> = vec![node("Reshape", "x shape", "flat")];
        nodes.extend((0..links).map(link));
        let mut own: GraphProto = graph(nodes);
        own.initializer = vec![
            integers("shape", 7, &[1, 4]),
            weight("up", &[1, 4], &[0.25; 4]),
            weight("down", &[1, 4], &[-0.25; 4]),
        ];
        model(own)
    }

    #[test]
    fn a_long_network_is_read_rightly() {
        let file = chain(LONG + 1).encode_to_vec();
        let network = load(&file, &LoadOptions::default()).expect("a chain");
        let mut executor = CpuExecutor::new(Arc::new(network));
        assert_eq!(executor.logits(&[0.0, 0.25, 0.5, 1.0]), [0.25, 0.5, 0.75, 1.25]);
    }

    #[test]
    fn a_node_deep_in_a_long_network_is_named() {
        let mut of = chain(LONG + 1);
        let own = of.graph.as_mut().expect("a graph");
        own.initializer.push(weight("wide", &[3, 4], &[0.0; 12]));
        own.node[LONG - 7].op_type = "MatMul".into();
        own.node[LONG - 7].input[1] = "wide".into();
        let error = load(&of.encode_to_vec(), &LoadOptions::default()).map(drop);
        let Err(ImportError::Unreadable { node, .. }) = error else { panic!("{error:?}") };
        assert_eq!(node, format!("v{}", LONG - 7));
    }
}
