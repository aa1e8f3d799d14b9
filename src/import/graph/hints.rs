//! What stands in the way of an operator that is not supported.

/// Of operators for networks that are quantised, where these are not read.
pub(super) const INTEGERS: &str = ": it computes with integers; export the float network";

/// What a file would need instead of an operator; empty or starting with a colon.
pub(in crate::import) fn hint(op: &str) -> &'static str {
    match op {
        "Loop" => ": how often it runs depends on the image, or cannot be told before",
        "If" => ": which branch is taken depends on the image, or cannot be told before",
        "ArgMax" | "ArgMin" | "Hardmax" | "NonZero" | "NonMaxSuppression" | "OneHot" | "Unique" => {
            ": its result jumps; export the scores before it"
        }
        _ if op.starts_with("Sequence")
            || op.starts_with("Optional")
            || op.starts_with("String") =>
        {
            ": only tensors of numbers are"
        }
        "QAttention" | "DynamicQuantizeMatMul" | "MatMulIntegerToFloat" | "MatMulNBits" => INTEGERS,
        _ if op.starts_with("QLinear") => INTEGERS,
        _ if op.starts_with("TreeEnsemble") => ": the answers of trees are steps, without a slope",
        _ if op.starts_with("SVM") => ": support vector machines are not",
        _ => "",
    }
}
