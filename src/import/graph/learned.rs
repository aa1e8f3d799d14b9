//! Operators of ONNX-ML, as scikit-learn's exporter writes them, in terms of ONNX's own.
//!
//! A classifier there gives the class and the scores. Only the scores are kept, in the order
//! of its labels: what they are called does not matter here.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};

use super::{all_read, held, is, label, unsupported};
use crate::count::counted;
use crate::import::ImportError;
use crate::import::kinds::FLOAT;
use crate::import::spell::{cast, constant, integer, integers, list, node};

const DOMAIN: &str = "ai.onnx.ml";

/// Replaces the operators of ONNX-ML that are known; `opset` is the version of ONNX's own.
///
/// # Errors
/// Where one has a form that is not known, with its node.
pub(in crate::import) fn spell_learned(
    graph: &mut GraphProto,
    opset: i64,
) -> Result<(), ImportError> {
    let read: HashSet<String> = all_read(graph).into_iter().map(str::to_string).collect();
    let mut made_by = Ends::new();
    let given: HashSet<String> = graph.input.iter().map(|i| i.name.clone()).collect();
    let extracts = |n: &&NodeProto| n.domain == DOMAIN && n.op_type == "ArrayFeatureExtractor";
    let columns = graph.node.iter().filter(extracts).filter_map(|n| n.input.get(1));
    let constants: HashSet<String> =
        columns.filter(|name| held(graph, name).is_some()).cloned().collect();
    for old in std::mem::take(&mut graph.node) {
        if old.domain != DOMAIN {
            if is(&old, "Softmax") {
                made_by.extend(old.output.iter().cloned().map(|o| (o, End::Softmax)));
            }
            graph.node.push(old);
            continue;
        }
        let spelling = Spelling { old: &old, opset };
        let new = match old.op_type.as_str() {
            "LinearClassifier" => spelling.linear_classifier(&read, &mut made_by)?,
            "Normalizer" => spelling.normalizer(&made_by)?,
            "Scaler" => spelling.scaler()?,
            "Imputer" => spelling.imputer(&given)?,
            "Binarizer" => spelling.binarizer()?,
            "ArrayFeatureExtractor" => spelling.feature_extractor(&constants)?,
            // Scores by their labels: as a tensor they are in the labels' order.
            "ZipMap" => vec![spelling.last("Identity", &[spelling.input()?])?],
            _ => vec![old.clone()],
        };
        graph.node.extend(new);
    }
    Ok(())
}

/// What a value ends in, where that matters to a normaliser behind it.
enum End {
    /// Scores that add up to one.
    Softmax,
    /// The logistic function of the named value.
    Sigmoid(String),
}

type Ends = HashMap<String, End>;

struct Spelling<'a> {
    old: &'a NodeProto,
    opset: i64,
}

impl Spelling<'_> {
    fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.old.attribute.iter().find(|a| a.name == name)
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        self.attribute(name).map(|a| a.floats.clone()).unwrap_or_default()
    }

    fn text(&self, name: &str, default: &str) -> String {
        let text = |a: &AttributeProto| String::from_utf8_lossy(&a.s).into_owned();
        self.attribute(name).map_or(default.into(), text)
    }

    fn wrong<T>(&self, detail: &str) -> Result<T, ImportError> {
        Err(unsupported(self.old, detail))
    }

    fn input(&self) -> Result<String, ImportError> {
        self.old.input.first().cloned().map_or_else(|| self.wrong(": it has no input"), Ok)
    }

    fn named(&self, part: &str) -> String {
        format!("{}.{part}", label(self.old))
    }

    /// A node that makes what the old one made last: the scores.
    fn last(&self, op: &str, inputs: &[String]) -> Result<NodeProto, ImportError> {
        match self.old.output.last().filter(|o| !o.is_empty()) {
            Some(output) => {
                Ok(NodeProto { name: label(self.old).into(), ..node(op, inputs, output.clone()) })
            }
            None => self.wrong(": its result has no name"),
        }
    }

    /// Numbers for each column.
    fn row(&self, part: &str, dims: &[usize], numbers: &[f32]) -> NodeProto {
        let tensor = TensorProto {
            data_type: FLOAT,
            dims: dims.iter().map(|n| *n as i64).collect(),
            raw_data: numbers.iter().flat_map(|v| v.to_le_bytes()).collect(),
            ..TensorProto::default()
        };
        constant(self.named(part), tensor)
    }

    fn float(&self, from: String) -> NodeProto {
        cast(from, self.named("float"), FLOAT)
    }

    /// `x·Wᵀ + b`, and what makes probabilities of it.
    fn linear_classifier(
        &self,
        read: &HashSet<String>,
        made_by: &mut Ends,
    ) -> Result<Vec<NodeProto>, ImportError> {
        let [labels, scores] = &self.old.output[..] else {
            return self.wrong(": it gives no scores");
        };
        if read.contains(labels) {
            return self.wrong(": it gives the class itself here; only its scores can be used");
        }
        let weights = self.floats("coefficients");
        let bias = self.floats("intercepts");
        let count = |name: &str| self.attribute(name).map_or(0, |a| a.ints.len() + a.strings.len());
        let classes = count("classlabels_ints") + count("classlabels_strings");
        let whole = classes > 0 && !weights.is_empty() && weights.len().is_multiple_of(classes);
        if !whole || !(bias.is_empty() || bias.len() == classes) {
            return self.wrong(&format!(
                ": {} and {} for {}",
                counted(weights.len(), "coefficient"),
                counted(bias.len(), "intercept"),
                counted(classes, "class")
            ));
        }
        let width = weights.len() / classes;
        let columns: Vec<f32> =
            (0..weights.len()).map(|i| weights[i % classes * width + i / classes]).collect();
        let bias = if bias.is_empty() { vec![0.0; classes] } else { bias };
        let (weight, offset) = (self.named("coefficients"), self.named("intercepts"));
        let mut nodes = vec![
            self.float(self.input()?),
            self.row("coefficients", &[width, classes], &columns),
            self.row("intercepts", &[classes], &bias),
            node("MatMul", &[self.named("float"), weight], self.named("product")),
        ];
        let sum = [self.named("product"), offset];
        let ends = match self.text("post_transform", "NONE").as_str() {
            "NONE" => None,
            "SOFTMAX" => Some("Softmax"),
            "LOGISTIC" => Some("Sigmoid"),
            other => return self.wrong(&format!(": its post_transform {other} is not supported")),
        };
        match ends {
            None => nodes.push(self.last("Add", &sum)?),
            Some(ends) => {
                nodes.push(node("Add", &sum, self.named("sum")));
                nodes.push(self.last(ends, &[self.named("sum")])?);
                let end = match ends {
                    "Softmax" => End::Softmax,
                    _ => End::Sigmoid(self.named("sum")),
                };
                made_by.insert(scores.clone(), end);
            }
        }
        Ok(nodes)
    }

    /// Rows of length one, by one of three norms; a row of zeros stays.
    fn normalizer(&self, made_by: &Ends) -> Result<Vec<NodeProto>, ImportError> {
        let x = self.input()?;
        let norm = self.text("norm", "MAX");
        match (norm.as_str(), made_by.get(&x)) {
            // They are positive and add up to one.
            ("L1", Some(End::Softmax)) => return Ok(vec![self.last("Identity", &[x])?]),
            // σ(z)ₖ / Σσ(z) is the softmax of ln σ(z)ₖ = −ln(1 + e⁻ᶻ), which are its logits.
            ("L1", Some(End::Sigmoid(z))) => {
                let [minus, plus, log] = ["minus", "plus", "log"].map(|part| self.named(part));
                return Ok(vec![
                    node("Neg", std::slice::from_ref(z), minus.clone()),
                    node("Softplus", &[minus], plus.clone()),
                    node("Neg", &[plus], log.clone()),
                    self.last("Softmax", &[log])?,
                ]);
            }
            _ => {}
        }
        let reduced = match norm.as_str() {
            "MAX" => "ReduceMax",
            "L1" => "ReduceL1",
            "L2" => "ReduceL2",
            other => return self.wrong(&format!(": its norm {other} is not supported")),
        };
        let [axis, size, zero, empty, one, divisor] =
            ["axis", "size", "zero", "empty", "one", "divisor"].map(|part| self.named(part));
        // From version 18 on the axes are an input.
        let mut reduce = node(reduced, &[self.named("float")], size.clone());
        let mut nodes = vec![self.float(x), self.row("zero", &[], &[0.0])];
        if self.opset >= 18 {
            nodes.push(list(axis.clone(), &[-1]));
            reduce.input.push(axis);
        } else {
            reduce.attribute.push(integers("axes", &[-1]));
        }
        nodes.extend([
            reduce,
            node("Equal", &[size.clone(), zero], empty.clone()),
            cast(empty, one.clone(), FLOAT),
            node("Add", &[size, one], divisor.clone()),
            self.last("Div", &[self.named("float"), divisor])?,
        ]);
        Ok(nodes)
    }

    /// `(x − offset)·scale`.
    fn scaler(&self) -> Result<Vec<NodeProto>, ImportError> {
        let (offset, scale) = (self.floats("offset"), self.floats("scale"));
        if offset.is_empty() || scale.is_empty() {
            return self.wrong(": it has no offset or no scale");
        }
        Ok(vec![
            self.float(self.input()?),
            self.row("offset", &[offset.len()], &offset),
            self.row("scale", &[scale.len()], &scale),
            node("Sub", &[self.named("float"), self.named("offset")], self.named("shifted")),
            self.last("Mul", &[self.named("shifted"), self.named("scale")])?,
        ])
    }

    /// Another number in the place of what is missing. Pixels are always there; what is made of them
    /// may be no number, or infinite.
    fn imputer(&self, given: &HashSet<String>) -> Result<Vec<NodeProto>, ImportError> {
        let x = self.input()?;
        let replaced = self.attribute("replaced_value_float").map_or(f32::NAN, |a| a.f);
        let is_whole = self.attribute("replaced_value_int64").is_some();
        if replaced.is_nan() && !is_whole && given.contains(&x) {
            return Ok(vec![self.last("Identity", &[x])?]);
        }
        let instead = self.floats("imputed_value_floats");
        if is_whole || replaced.is_finite() || instead.is_empty() {
            return self.wrong(": it replaces numbers that a pixel may have");
        }
        let [missing, numbers] = ["missing", "instead"].map(|part| self.named(part));
        let is_missing = if replaced.is_nan() { "IsNaN" } else { "IsInf" };
        let mut find = node(is_missing, std::slice::from_ref(&x), missing.clone());
        if replaced.is_infinite() {
            let sign = |name, found: bool| integer(name, found.into());
            find.attribute = vec![
                sign("detect_negative", replaced < 0.0),
                sign("detect_positive", replaced > 0.0),
            ];
        }
        Ok(vec![
            self.row("instead", &[1, instead.len()], &instead),
            find,
            self.last("Where", &[missing, numbers, x])?,
        ])
    }

    /// `x > threshold ? 1 : 0`
    fn binarizer(&self) -> Result<Vec<NodeProto>, ImportError> {
        let threshold = self.attribute("threshold").map_or(0.0, |a| a.f);
        let [limit, above] = ["threshold", "above"].map(|part| self.named(part));
        let last = self.last("Cast", std::slice::from_ref(&above))?;
        let to = integer("to", FLOAT.into());
        Ok(vec![
            self.row("threshold", &[], &[threshold]),
            node("Greater", &[self.input()?, limit], above),
            NodeProto { attribute: vec![to], ..last },
        ])
    }

    /// Some of the columns.
    fn feature_extractor(
        &self,
        constants: &HashSet<String>,
    ) -> Result<Vec<NodeProto>, ImportError> {
        let columns = match self.old.input.get(1) {
            Some(name) if constants.contains(name) => name.clone(),
            _ => return self.wrong(": which columns it takes depends on the image"),
        };
        let [all, flat] = ["all", "columns"].map(|part| self.named(part));
        let last = self.last("Gather", &[self.input()?, flat.clone()])?;
        Ok(vec![
            list(all.clone(), &[-1]),
            node("Reshape", &[columns, all], flat),
            NodeProto { attribute: vec![integer("axis", -1)], ..last },
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::graph::testing::{self, graph};
    use crate::import::operators::LEARNED;

    #[test]
    fn what_the_table_names_is_spelled_out_or_refused_and_nothing_else_is() {
        let stays = |op: &str| {
            let mut graph = graph(vec![testing::node(&format!("ai.onnx.ml:{op}"), "x", "y")]);
            let spelled = spell_learned(&mut graph, 17);
            spelled.is_ok() && graph.node.iter().any(|node| node.domain == DOMAIN)
        };
        for operator in LEARNED {
            assert!(!stays(operator.name), "{}", operator.name);
        }
        assert!(stays("SVMClassifier") && stays("TreeEnsembleClassifier"));
    }
}
