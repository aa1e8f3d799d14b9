//! A file's graph with one output → tract's typed graph, at fixed sizes.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid as _;

use super::words::Words;
use super::{ImportError, graph, guard, operators, pieces, places, readers, recurrent, spell};

/// tract's graph, and what its nodes are called in the file.
pub(super) struct Typed {
    pub(super) model: TypedModel,
    pub(super) words: Words,
}

/// tract's typed graph of a file, with one of its outputs.
pub(super) fn typed(proto: ModelProto, output: usize) -> Result<Typed, ImportError> {
    let (mut proto, words) = spelled(proto, output)?;
    match guarded(&mut proto, compacted) {
        Ok(model) => Ok(Typed { model, words }),
        Err(stopped) => Err(stopped.said(&words).unwrap_or_else(|| blamed(&mut proto, &words))),
    }
}

/// The same only to be run: larger, but sooner there. `None` where tract does not read it.
pub(super) fn runnable(proto: ModelProto, output: usize) -> Option<TypedModel> {
    let (mut proto, _) = spelled(proto, output).ok()?;
    guarded(&mut proto, Ok).ok()
}

/// The file as tract reads it, with one of its outputs, and what its nodes are called.
fn spelled(mut proto: ModelProto, output: usize) -> Result<(ModelProto, Words), ImportError> {
    let mut own = proto.graph.take().unwrap_or_default();
    let kept = own.output.swap_remove(output);
    own.output = vec![kept];
    graph::scores_before_choice(&mut own);
    graph::keep_ancestors(&mut own);
    let version = graph::version(&proto.opset_import).unwrap_or(0);
    graph::resolve(&mut own, version, |graph, names| told(&proto, graph, names))?;
    graph::sort(&mut own)?;
    graph::keep_ancestors(&mut own);
    graph::drop_unread(&mut own);
    graph::spell_learned(&mut own, version)?;
    graph::spell_fused(&mut own)?;
    graph::check_domains(&own)?;
    if version == 0 {
        let text = "it does not say which version of ONNX's operators it is written in";
        return Err(ImportError::Malformed(text.into()));
    }
    graph::check_tensors(&mut own)?;
    graph::check_sizes(&own)?;
    graph::spell_standardised(&mut own, version);
    graph::check_modes(&own)?;
    graph::name_apart(&mut own);
    operators::check(&own)?;
    if let Some(node) = own.node.iter().find(|n| graph::decides(n)) {
        return Err(graph::unsupported(node, graph::hint(&node.op_type)));
    }
    let words = Words::of(&own);
    recurrent::turn_round(&mut own, version)?;
    graph::spell_attention(&mut own)?;
    graph::spell_products(&mut own)?;
    spell::spell_out(&mut own);
    proto.graph = Some(own);
    Ok((proto, words))
}

/// Why tract has no graph of a file's.
pub(super) enum Stopped {
    /// The named node makes more numbers than can be held.
    TooLarge(String),
    /// A node is asked for what its inputs do not have.
    Refused(ImportError),
    /// It has an error of its own.
    Unreadable,
}

impl Stopped {
    /// What is known of it; `None` of tract's own errors.
    fn said(self, words: &Words) -> Option<ImportError> {
        match self {
            Stopped::TooLarge(name) => Some(words.too_large(&name)),
            Stopped::Refused(error) => Some(error),
            Stopped::Unreadable => None,
        }
    }
}

impl From<TractError> for Stopped {
    fn from(_: TractError) -> Stopped {
        Stopped::Unreadable
    }
}

/// [`through_tract`] and what is to be done then; where these panic, the file cannot be read.
///
/// A long graph goes piece by piece.
fn guarded(
    proto: &mut ModelProto,
    then: impl FnOnce(TypedModel) -> TractResult<TypedModel>,
) -> Result<TypedModel, Stopped> {
    let is_long = proto.graph.as_ref().is_some_and(|graph| graph.node.len() > pieces::LONG);
    let work = || {
        let in_pieces = match is_long {
            true => pieces::joined(proto, pieces::PIECE, piece)?,
            false => None,
        };
        match in_pieces {
            Some(typed) => Ok(typed),
            None => Ok(then(through_tract(proto)?)?),
        }
    };
    guard::caught(work).unwrap_or(Err(Stopped::Unreadable))
}

/// tract's typed graph of a piece, [`compacted`].
pub(super) fn piece(proto: &mut ModelProto) -> Result<TypedModel, Stopped> {
    Ok(compacted(through_tract(proto)?)?)
}

/// What hangs on no input is computed, and what does nothing is left out.
fn compacted(mut typed: TypedModel) -> TractResult<TypedModel> {
    typed.prop_consts()?;
    typed.compact()?;
    Ok(typed)
}

fn through_tract(proto: &mut ModelProto) -> Result<TypedModel, Stopped> {
    if let Some(mut graph) = proto.graph.take() {
        let ranks = |graph: &GraphProto, names: &[&str]| ranks(proto, graph, names);
        spell::spell_out_scalar_products(&mut graph, ranks);
        proto.graph = Some(graph);
    }
    let (mut model, names) = inferred(proto)?;
    if let Some(name) = too_large(&model) {
        return Err(Stopped::TooLarge(name));
    }
    let rank = |name: &str| model.outlet_fact(*names.get(name)?).ok()?.shape.rank().concretize();
    let shape = |name: &str| {
        let sizes = model.outlet_fact(*names.get(name)?).ok()?.shape.concretize()?;
        sizes.iter().map(|size| size.to_i64().ok()).collect()
    };
    if let Some(graph) = &proto.graph {
        let checked =
            graph::check_axes(graph, rank).and_then(|()| graph::check_windows(graph, shape));
        checked.map_err(Stopped::Refused)?;
    }
    let known = |name: &str| spell::inferred_integers(&model, *names.get(name)?);
    let cropped = proto.graph.as_mut().is_some_and(|g| spell::spell_out_crops(g, known));
    if cropped {
        (model, _) = inferred(proto)?;
    }
    let mut typed = model.into_typed()?;
    places::count_from_the_front(&mut typed)?;
    Ok(typed)
}

/// The first node that makes more than [`graph::MOST`] numbers, as far as shapes are known.
fn too_large(model: &InferenceModel) -> Option<String> {
    let large = |fact: &InferenceFact| {
        let sizes = fact.shape.concretize()?;
        let sizes: Vec<i64> = sizes.iter().map(|n| n.to_i64().ok()).collect::<Option<_>>()?;
        let count = sizes.iter().try_fold(1i64, |all, n| all.checked_mul(*n));
        count.is_none_or(|n| n > graph::MOST).then_some(())
    };
    let node = model.nodes().iter().find(|n| n.outputs.iter().any(|o| large(&o.fact).is_some()));
    node.map(|node| node.name.clone())
}

/// Parses a file and infers shapes and constants; values are found by their names.
fn inferred(proto: &ModelProto) -> TractResult<(InferenceModel, HashMap<String, OutletId>)> {
    let parsed = readers::onnx()
        .with_ignore_output_shapes(true)
        .with_ignore_value_info(true)
        .parse(proto, None)?;
    let mut model = parsed.model;
    model.analyse(false)?;
    Ok((model, parsed.outlets_by_name))
}

/// How many axes some values of a graph have, where that can be told.
fn ranks(header: &ModelProto, graph: &GraphProto, names: &[&str]) -> Vec<Option<i64>> {
    let part = ModelProto { graph: Some(cut(graph, names)), ..header.clone() };
    let Ok((model, outlets)) = inferred(&part) else { return vec![None; names.len()] };
    let fact = |name: &&str| model.outlet_fact(*outlets.get(*name)?).ok();
    names.iter().map(|name| fact(name)?.shape.rank().concretize()).collect()
}

/// The part of a graph that some values need, with these as its outputs.
fn cut(graph: &GraphProto, names: &[&str]) -> GraphProto {
    let needed = graph::ancestors(graph, names.iter().copied());
    let node: Vec<NodeProto> =
        graph.node.iter().zip(needed).filter(|(_, n)| *n).map(|(node, _)| node.clone()).collect();
    let output = |name: &&str| ValueInfoProto { name: (*name).into(), ..ValueInfoProto::default() };
    let mut part = GraphProto {
        node,
        input: graph.input.clone(),
        output: names.iter().map(output).collect(),
        ..GraphProto::default()
    };
    let read: HashSet<&str> = part.node.iter().flat_map(graph::reads).collect();
    let ends = |name: &str| names.contains(&name);
    let wanted = |t: &&TensorProto| read.contains(t.name.as_str()) || ends(&t.name);
    part.initializer = graph.initializer.iter().filter(wanted).cloned().collect();
    part
}

/// Truth values and single numbers that can be told before the image is known.
fn told(header: &ModelProto, graph: &GraphProto, names: &[String]) -> Vec<Option<i64>> {
    // What is behind another branch or loop comes when that one is resolved.
    let open = |name: &&str| {
        let needed = graph::ancestors(graph, [*name]);
        !graph.node.iter().zip(needed).any(|(node, needed)| needed && graph::decides(node))
    };
    let asked: Vec<&str> = names.iter().map(String::as_str).filter(open).collect();
    let mut part = cut(graph, &asked);
    let checked = graph::check_domains(&part)
        .and_then(|()| graph::check_tensors(&mut part))
        .and_then(|()| graph::check_sizes(&part))
        .and_then(|()| graph::check_modes(&part));
    if checked.is_err() {
        return vec![None; names.len()];
    }
    let part = ModelProto { graph: Some(part), ..header.clone() };
    let Some(Ok((model, outlets))) = guard::caught(|| inferred(&part)) else {
        return vec![None; names.len()];
    };
    let single = |name: &String| {
        let values = spell::inferred_integers(&model, *outlets.get(name)?)?;
        let is_asked = asked.contains(&name.as_str());
        values.first().copied().filter(|_| values.len() == 1 && is_asked)
    };
    names.iter().map(single).collect()
}

/// An error that names the first node at which tract stops, with the shapes of what it reads.
fn blamed(proto: &mut ModelProto, words: &Words) -> ImportError {
    let whole = proto.graph.take().unwrap_or_default();
    let first = |count: usize| {
        let graph = Some(beginning(&whole, count));
        ModelProto { graph, ..proto.clone() }
    };
    // The nodes are in order, so what fails with some of them fails with more.
    let (mut good, mut bad) = (0, whole.node.len());
    while bad - good > 1 {
        let middle = good.midpoint(bad);
        let fails = guarded(&mut first(middle), compacted).is_err();
        *(if fails { &mut bad } else { &mut good }) = middle;
    }
    let first_bad = guarded(&mut first(bad), compacted);
    if let Some(said) = first_bad.err().and_then(|stopped| stopped.said(words)) {
        return said;
    }
    let Some(node) = whole.node.get(good) else {
        return ImportError::NotAnImageClassifier("its output does not depend on the image".into());
    };
    let before = guard::caught(|| inferred(&first(good))).and_then(Result::ok);
    let shapes = before.and_then(|(model, outlets)| shapes(&model, &outlets, node));
    // A node that was spelled out is named, not one of those that it became.
    let (label, op) = (graph::label(node).to_string(), graph::operator(node));
    let called = words.called(&label).unwrap_or((label, op.clone()));
    let shapes = shapes.filter(|_| called.1 == op);
    let hint = graph::hint(&called.1);
    let detail = match shapes.filter(|s| !s.is_empty()) {
        _ if !hint.is_empty() => hint.to_string(),
        Some(shapes) => format!(
            ": its inputs are {shapes}, and these, or its attributes, do not fit it or are not supported"
        ),
        None => ": its inputs or its attributes do not fit it or are not supported".to_string(),
    };
    let (node, op) = called;
    ImportError::Unreadable { node, op, detail }
}

/// The first nodes of a graph; what each of them makes is an output.
fn beginning(graph: &GraphProto, count: usize) -> GraphProto {
    let node = graph.node[..count].to_vec();
    let made = node.iter().filter_map(|n| n.output.iter().find(|o| !o.is_empty()));
    let output = made.map(|o| ValueInfoProto { name: o.clone(), ..ValueInfoProto::default() });
    GraphProto {
        output: output.collect(),
        node,
        initializer: graph.initializer.clone(),
        input: graph.input.clone(),
        ..GraphProto::default()
    }
}

/// ONNX's name for a type of numbers.
fn type_name(kind: DatumType) -> String {
    match format!("{kind:?}") {
        own if own == "F64" => "DOUBLE".into(),
        own if own == "TDim" => "INT64".into(),
        own => own.to_uppercase().replace('F', "FLOAT").replace('I', "INT").replace('U', "UINT"),
    }
}

/// “[1, 10, 28, 28] and [5] of type INT64”, where they are known.
fn shapes(
    model: &InferenceModel,
    outlets: &HashMap<String, OutletId>,
    node: &NodeProto,
) -> Option<String> {
    let shown = |name: &String| {
        let fact = model.outlet_fact(*outlets.get(name)?).ok()?;
        let sizes: Vec<String> = fact.shape.concretize()?.iter().map(ToString::to_string).collect();
        let kind = fact.datum_type.concretize().filter(|kind| *kind != f32::datum_type());
        let kind = kind.map_or(String::new(), |kind| format!(" of type {}", type_name(kind)));
        Some(format!("[{}]{kind}", sizes.join(", ")))
    };
    let all: Option<Vec<String>> = node.input.iter().filter(|i| !i.is_empty()).map(shown).collect();
    Some(all?.join(" and "))
}
