//! The ONNX operators that may be read: one table, and what is refused by name.
//!
//! Each of them is held against the node tests of the `onnx` package (`cargo xtask conformance`,
//! `tests/conformance/`; `OPERATORS.md` beside this file is what came of it). What the table does not
//! name is refused, whether or not tract reads it.

use tract_onnx::pb::GraphProto;

use super::{ImportError, graph};

/// An operator of ONNX's own domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// As files call it.
    pub name: &'static str,
    /// The first version of the standard's set of operators that has it.
    pub since: u32,
    /// What of it is not read; empty where nothing is known to be missing.
    pub limits: &'static str,
}

const fn all(name: &'static str, since: u32) -> Operator {
    Operator { name, since, limits: "" }
}

const fn but(name: &'static str, since: u32, limits: &'static str) -> Operator {
    Operator { name, since, limits }
}

/// What has no derivative here: of a network only what does not depend on the image.
const CONSTANTS: &str = "of constants only";
/// What reads places from another value.
const PLACES: &str = "with constant indices";

/// What rounds.
const STRAIGHT: &str = "its gradient goes straight through";

/// Every operator that may be read, by name.
pub const OPERATORS: &[Operator] = &[
    all("Abs", 1),
    all("Acos", 7),
    all("Acosh", 9),
    all("Add", 1),
    but("AffineGrid", 20, "of two dimensions, with a constant size"),
    but("And", 1, CONSTANTS),
    but("ArgMax", 1, CONSTANTS),
    but("ArgMin", 1, CONSTANTS),
    all("Asin", 7),
    all("Asinh", 9),
    all("Atan", 7),
    all("Atanh", 9),
    but("Attention", 23, "with a constant mask, without a cache or shared heads"),
    but("AveragePool", 1, "of one or two dimensions, or of the first of three"),
    but("BatchNormalization", 1, "in evaluation mode, or of constants, with constant parameters"),
    but("BitShift", 11, CONSTANTS),
    but("BitwiseAnd", 18, CONSTANTS),
    but("BitwiseNot", 18, CONSTANTS),
    but("BitwiseOr", 18, CONSTANTS),
    but("BitwiseXor", 18, CONSTANTS),
    but("Cast", 1, "of the image between floats and truth values"),
    but("CastLike", 15, "of the image between floats and truth values"),
    but("Ceil", 1, STRAIGHT),
    all("Celu", 12),
    all("Clip", 1),
    but("Compress", 9, CONSTANTS),
    all("Concat", 1),
    all("Constant", 1),
    but("ConstantOfShape", 9, CONSTANTS),
    but("Conv", 1, "of one or two dimensions, with constant kernels"),
    but("ConvInteger", 10, "of one or two dimensions, with constant kernels"),
    but("ConvTranspose", 1, "of one or two dimensions, with constant kernels"),
    all("Cos", 7),
    all("Cosh", 9),
    but("CumSum", 11, "along a constant axis"),
    all("DepthToSpace", 1),
    but("DequantizeLinear", 10, "in 8 and 16 bits, without blocks"),
    all("Div", 1),
    but("Dropout", 1, "in evaluation mode"),
    but("DynamicQuantizeLinear", 11, STRAIGHT),
    all("Einsum", 12),
    all("Elu", 1),
    all("Equal", 1),
    all("Erf", 9),
    all("Exp", 1),
    all("Expand", 8),
    but("EyeLike", 9, CONSTANTS),
    all("Flatten", 1),
    but("Floor", 1, STRAIGHT),
    but("GRU", 1, "of a constant length"),
    but("Gather", 1, PLACES),
    but("GatherElements", 11, PLACES),
    but("GatherND", 11, PLACES),
    all("Gelu", 20),
    but("Gemm", 1, "without integers"),
    all("GlobalAveragePool", 1),
    all("GlobalLpPool", 1),
    all("GlobalMaxPool", 1),
    all("Greater", 1),
    all("GreaterOrEqual", 12),
    but("GridSample", 16, "linear, of two dimensions, with zeros or the rim outside"),
    all("GroupNormalization", 18),
    all("HardSigmoid", 1),
    all("HardSwish", 14),
    but("Hardmax", 1, CONSTANTS),
    all("Identity", 1),
    but("If", 1, "with a constant condition"),
    all("InstanceNormalization", 1),
    all("IsInf", 10),
    all("IsNaN", 9),
    all("LRN", 1),
    but("LSTM", 1, "of a constant length"),
    all("LayerNormalization", 17),
    all("LeakyRelu", 1),
    all("Less", 1),
    all("LessOrEqual", 12),
    all("Log", 1),
    all("LogSoftmax", 1),
    but("Loop", 1, "whose steps can be counted before the image is known"),
    all("LpNormalization", 1),
    but("LpPool", 1, "of one or two dimensions"),
    all("MatMul", 1),
    but("MatMulInteger", 10, "with one zero point for the left factor"),
    all("Max", 1),
    but("MaxPool", 1, "of one or two dimensions, or of the first of three, values only"),
    all("Mean", 1),
    all("MeanVarianceNormalization", 9),
    all("Min", 1),
    all("Mish", 18),
    but("Mod", 10, CONSTANTS),
    all("Mul", 1),
    all("Neg", 1),
    but("NonZero", 9, CONSTANTS),
    all("Not", 1),
    but("OneHot", 9, CONSTANTS),
    but("Or", 1, "of constants and of comparisons"),
    all("PRelu", 1),
    but("Pad", 1, "with constant amounts"),
    but("Pow", 1, "of floats"),
    but("QLinearConv", 10, "of one or two dimensions, with constant kernels"),
    but("QLinearMatMul", 10, "with one zero point for the left factor"),
    but(
        "QuantizeLinear",
        10,
        "in 8 and 16 bits, without blocks; its gradient goes straight through",
    ),
    all("RMSNormalization", 23),
    but("RNN", 1, "of a constant length"),
    but("Range", 11, CONSTANTS),
    all("Reciprocal", 1),
    all("ReduceL1", 1),
    all("ReduceL2", 1),
    all("ReduceLogSum", 1),
    all("ReduceLogSumExp", 1),
    all("ReduceMax", 1),
    all("ReduceMean", 1),
    all("ReduceMin", 1),
    all("ReduceProd", 1),
    all("ReduceSum", 1),
    all("ReduceSumSquare", 1),
    all("Relu", 1),
    but("Reshape", 1, "to a constant shape"),
    but("Resize", 10, "to a constant size, without places outside the image"),
    all("RotaryEmbedding", 23),
    but("Round", 11, STRAIGHT),
    but("Scan", 9, "of a constant length"),
    but("Scatter", 9, PLACES),
    but("ScatterElements", 11, PLACES),
    but("ScatterND", 11, PLACES),
    all("Selu", 1),
    all("Shape", 1),
    all("Shrink", 9),
    all("Sigmoid", 1),
    all("Sign", 9),
    all("Sin", 7),
    all("Sinh", 9),
    all("Size", 1),
    but("Slice", 1, "with constant bounds"),
    all("Softmax", 1),
    all("Softplus", 1),
    all("Softsign", 1),
    all("SpaceToDepth", 1),
    but("Split", 1, "into constant parts"),
    all("Sqrt", 1),
    all("Squeeze", 1),
    all("Sub", 1),
    all("Sum", 1),
    all("Swish", 24),
    all("Tan", 7),
    all("Tanh", 1),
    all("ThresholdedRelu", 10),
    but("Tile", 1, "a constant number of times"),
    but("TopK", 1, "its values; their places of constants only"),
    all("Transpose", 1),
    but("Trilu", 14, "with a constant diagonal"),
    all("Unsqueeze", 1),
    but("Upsample", 9, "with constant factors"),
    all("Where", 9),
    but("Xor", 1, CONSTANTS),
];

/// The operators of ONNX-ML (`ai.onnx.ml`) that may be read, by name: what scikit-learn's exporter makes
/// of models that have a slope.
pub const LEARNED: &[Operator] = &[
    but("ArrayFeatureExtractor", 1, "of columns that are constant"),
    all("Binarizer", 1),
    but("Imputer", 1, "of what is no number, or infinite"),
    but("LinearClassifier", 1, "its scores; as they are, or by a softmax or logistic functions"),
    all("Normalizer", 1),
    all("Scaler", 1),
    but("ZipMap", 1, "as a tensor of scores"),
];

/// Refuses the first node whose operator the table does not name.
///
/// Operators of other domains are not looked at.
pub(super) fn check(whole: &GraphProto) -> Result<(), ImportError> {
    for node in &whole.node {
        let own = ["", "ai.onnx"].contains(&node.domain.as_str());
        let name = node.op_type.as_str();
        if own && !OPERATORS.iter().any(|operator| operator.name == name) {
            return Err(graph::unsupported(node, graph::hint(name)));
        }
        let reads = node.input.first().is_some_and(|name| !name.is_empty());
        if !reads && name != "Constant" {
            return Err(graph::unsupported(node, ": its first input is not there"));
        }
        let empty = |name: &String| {
            whole.initializer.iter().any(|t| t.name == *name && t.dims.contains(&0))
        };
        // tract has the largest finite number where nothing is compared.
        if ["ReduceMax", "ReduceMin"].contains(&name) && node.input.first().is_some_and(empty) {
            return Err(graph::unsupported(node, ": its operand is empty"));
        }
        for attribute in &node.attribute {
            attribute.g.iter().chain(&attribute.graphs).try_for_each(check)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tract_onnx::pb::{AttributeProto, NodeProto};

    use super::*;

    fn node(op: &str) -> NodeProto {
        let [input, output] = ["x", "y"].map(|name| vec![name.to_string()]);
        NodeProto { op_type: op.into(), input, output, ..NodeProto::default() }
    }

    fn refused(node: NodeProto) -> Option<String> {
        let graph = GraphProto { node: vec![self::node("Relu"), node], ..GraphProto::default() };
        check(&graph).err().map(|error| error.to_string())
    }

    #[test]
    fn the_tables_are_sorted_and_name_none_twice() {
        for table in [OPERATORS, LEARNED] {
            assert!(table.is_sorted_by(|a, b| a.name < b.name));
        }
    }

    #[test]
    fn what_is_not_in_the_table_is_refused_by_name_wherever_it_stands() {
        assert_eq!(refused(node("Tanh")), None);
        // tract reads this one; nothing tests it.
        let said = refused(node("Multinomial")).expect("it is refused");
        assert!(said.starts_with("node “y” (Multinomial)"), "{said}");
        let said = refused(node("QLinearReduceMean")).expect("it is refused");
        assert!(said.contains("export the float network"), "{said}");
        let branch = GraphProto { node: vec![node("Bernoulli")], ..GraphProto::default() };
        let attribute = AttributeProto { g: Some(branch), ..AttributeProto::default() };
        let said = refused(NodeProto { attribute: vec![attribute], ..node("If") });
        assert!(said.expect("it is refused").contains("(Bernoulli)"));
        assert_eq!(refused(NodeProto { domain: "my.own".into(), ..node("Bernoulli") }), None);
    }

    #[test]
    fn a_node_that_reads_nothing_is_refused() {
        for input in [vec![], vec![String::new()], vec![String::new(), "x".into()]] {
            let said = refused(NodeProto { input, ..node("Celu") }).expect("it is refused");
            assert!(said.contains("(Celu)") && said.contains("first input is not there"), "{said}");
        }
        assert_eq!(refused(NodeProto { input: vec![], ..node("Constant") }), None);
    }
}
