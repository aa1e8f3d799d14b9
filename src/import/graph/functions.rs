//! Model-local functions become their bodies.
//!
//! A function is what its domain and name say, before any operator of that name. Defaults
//! of attributes and overloads are missing from tract's copy of the schema, so they are decoded
//! here from the same bytes.

use std::collections::HashMap;

use prost::Message;
use tract_onnx::pb::{AttributeProto, FunctionProto, ModelProto, NodeProto, OperatorSetIdProto};

use super::rename::{Names, identity, rename};
use super::{is_standard, label, operator, subgraphs_mut};
use crate::import::ImportError;

/// Most nodes and calls that functions may grow into.
const MOST: usize = 1 << 16;

/// From this version on operators that are known here did not change in what they mean.
const SETTLED: i64 = 18;

/// The version of ONNX's own operators.
pub(in crate::import) fn version(imports: &[OperatorSetIdProto]) -> Option<i64> {
    imports.iter().find(|o| is_standard(&o.domain)).map(|o| o.version)
}

/// The fields of `ModelProto.functions` that tract leaves out.
#[derive(Message)]
struct Rest {
    #[prost(message, repeated, tag = "25")]
    functions: Vec<RestOfFunction>,
}

#[derive(Message)]
struct RestOfFunction {
    #[prost(message, repeated, tag = "11")]
    defaults: Vec<AttributeProto>,
    #[prost(string, tag = "13")]
    overload: String,
}

struct Function {
    body: FunctionProto,
    /// Attributes that a call may leave out.
    defaults: Vec<AttributeProto>,
}

/// Domain and name.
type Key = (String, String);

fn key(domain: &str, name: &str) -> Key {
    let domain = if is_standard(domain) { "" } else { domain };
    (domain.to_string(), name.to_string())
}

/// Replaces every call of a function of the file by its body; `bytes` are the file's.
pub(in crate::import) fn inline(model: &mut ModelProto, bytes: &[u8]) -> Result<(), ImportError> {
    if model.functions.is_empty() {
        return Ok(());
    }
    let rest = Rest::decode(bytes).map_err(|e| ImportError::NotOnnx(e.to_string()))?;
    let own = version(&model.opset_import);
    let mut functions = HashMap::new();
    for (body, rest) in std::mem::take(&mut model.functions).into_iter().zip(rest.functions) {
        let key = key(body.domain(), body.name());
        let twice = functions.contains_key(&key);
        if twice || !rest.overload.is_empty() {
            return Err(ImportError::Malformed(format!(
                "it has several functions “{}” of domain “{}”, and which one a node means is not read here",
                key.1, key.0
            )));
        }
        // Operators of the body mean what they do in its own version.
        let other = version(&body.opset_import).unwrap_or(0);
        if own.is_some_and(|own| own != other && own.min(other) < SETTLED) && other != 0 {
            return Err(ImportError::Malformed(format!(
                "its function “{}” is written in version {other} of ONNX's operators, the graph in \
                 version {}; convert both to one",
                key.1,
                own.unwrap_or(0)
            )));
        }
        functions.insert(key, Function { body, defaults: rest.defaults });
    }
    let Some(graph) = model.graph.as_mut() else { return Ok(()) };
    let mut inliner = Inliner { functions: &functions, names: Names::of(graph), made: 0 };
    graph.node = inliner.expand(std::mem::take(&mut graph.node), &mut Vec::new())?;
    Ok(())
}

struct Inliner<'a> {
    functions: &'a HashMap<Key, Function>,
    names: Names,
    /// Nodes and calls so far.
    made: usize,
}

impl Inliner<'_> {
    /// The nodes with calls replaced; `within` are the functions whose bodies these nodes are in.
    fn expand(
        &mut self,
        nodes: Vec<NodeProto>,
        within: &mut Vec<Key>,
    ) -> Result<Vec<NodeProto>, ImportError> {
        let mut expanded = Vec::with_capacity(nodes.len());
        for mut node in nodes {
            self.made += 1;
            if self.made > MOST {
                return Err(ImportError::TooLarge(format!(
                    "written out, its functions are more than {MOST} nodes"
                )));
            }
            for graph in subgraphs_mut(&mut node) {
                graph.node = self.expand(std::mem::take(&mut graph.node), within)?;
            }
            let key = key(&node.domain, &node.op_type);
            let Some(function) = self.functions.get(&key) else {
                expanded.push(node);
                continue;
            };
            if within.contains(&key) {
                return Err(ImportError::Malformed(format!(
                    "its function “{}” calls itself, in node “{}”",
                    operator(&node),
                    label(&node)
                )));
            }
            let body = self.body(function, &node);
            within.push(key);
            expanded.extend(self.expand(body, within)?);
            within.pop();
        }
        Ok(expanded)
    }

    /// A function's nodes, with the values and attributes of a call.
    fn body(&mut self, function: &Function, call: &NodeProto) -> Vec<NodeProto> {
        let prefix = label(call).to_string();
        let body = &function.body;
        let given = |slot: usize| call.input.get(slot).cloned().unwrap_or_default();
        let mut values: HashMap<String, String> =
            body.input.iter().enumerate().map(|(slot, name)| (name.clone(), given(slot))).collect();
        let mut handed_on = Vec::new();
        for (name, wanted) in body.output.iter().zip(&call.output).filter(|(_, o)| !o.is_empty()) {
            match values.get(name) {
                // A result that is an operand, or another result too.
                Some(there) => handed_on.push(identity(there.clone(), wanted.clone())),
                None => _ = values.insert(name.clone(), wanted.clone()),
            }
        }
        let names = &mut self.names;
        let mut named = |name: &str| {
            let inner = || names.fresh(format!("{prefix}/{name}"));
            values.entry(name.to_string()).or_insert_with(inner).clone()
        };
        let mut nodes = body.node.clone();
        for node in &mut nodes {
            bind(node, call, &function.defaults);
            rename(node, &mut named);
            if !node.name.is_empty() {
                node.name = format!("{prefix}/{}", node.name);
            }
        }
        nodes.extend(handed_on);
        nodes
    }
}

/// Gives attributes that refer to the function's the values of a call.
fn bind(node: &mut NodeProto, call: &NodeProto, defaults: &[AttributeProto]) {
    node.attribute.retain_mut(|attribute| {
        if attribute.ref_attr_name.is_empty() {
            return true;
        }
        let asked = &attribute.ref_attr_name;
        let found = call.attribute.iter().chain(defaults).find(|a| a.name == *asked);
        found.is_some_and(|value| {
            *attribute = AttributeProto { name: attribute.name.clone(), ..value.clone() };
            true
        })
    });
    for graph in subgraphs_mut(node) {
        graph.node.iter_mut().for_each(|inner| bind(inner, call, defaults));
    }
}
