//! Operators mean what their domain says: those of unknown ones are refused by name.

use tract_onnx::pb::GraphProto;

use super::hints::INTEGERS;
use super::{each_node, hint, is_standard, unsupported};
use crate::import::ImportError;

/// Refuses operators that are not ONNX's own, which tract would take for one of the same name.
///
/// # Errors
/// With the first such node, as `domain:Operator`.
pub(in crate::import) fn check(graph: &GraphProto) -> Result<(), ImportError> {
    each_node(&graph.node, &mut |node| {
        if is_standard(&node.domain) {
            return Ok(());
        }
        let detail = match hint(&node.op_type) {
            "" if node.domain == "ai.onnx.ml" => ": this operator of ONNX-ML is not known".into(),
            hint if node.domain == "ai.onnx.ml" => hint.to_string(),
            INTEGERS => INTEGERS.into(),
            _ => format!(": operators of the domain “{}” are not known", node.domain),
        };
        Err(unsupported(node, &detail))
    })
}
