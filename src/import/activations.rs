//! Activations that tract 0.23.9 spells out or computes roughly, here as one operation each.
//!
//! Spelled out, `e^x − 1` loses what is left of it near 0, and `ln(1 + e^x)` far below it; an Elu is
//! five operations. tract's logistic function has lost what is left of it far below zero: shares of
//! such, as one-against-all classifiers give, could not be compared.

use tract_onnx::Onnx;
use tract_onnx::tract_core::ops::element_wise::{ElementWiseMiniOp, ElementWiseOp};
use tract_onnx::tract_hir::internal::*;

use crate::ops::UnaryKind;

/// An activation that the engine computes and tract has no operation for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Activation {
    /// `x > 0 ? x : α(e^x − 1)`
    Elu {
        /// Minus the value far below 0.
        alpha: f32,
    },
    /// `γ·Elu(x; α)`; tract's α and γ have six digits where the file says none.
    Selu {
        /// Of the Elu.
        alpha: f32,
        /// Its factor.
        gamma: f32,
    },
    /// `α·Elu(x/α; 1)`; tract leaves the factor α out.
    Celu {
        /// Minus the value far below 0.
        alpha: f32,
    },
    /// `1/(1 + e^−x)`
    Sigmoid,
    /// `ln(1 + e^x)`
    Softplus,
    /// `x/(1 + |x|)`
    Softsign,
    /// `min(max(α·x + β, 0), 1)`
    HardSigmoid {
        /// The slope.
        alpha: f32,
        /// The value at 0.
        beta: f32,
    },
}

/// tract asks for it to compare operations; a NaN among the parameters is equal to nothing.
impl Eq for Activation {}

impl Activation {
    /// The engine's functions, one after the other, with their parameters.
    pub(super) fn steps(&self) -> Vec<(UnaryKind, [f32; 2])> {
        let times = |factor: f32| (UnaryKind::Affine, [factor, 0.0]);
        let elu = |alpha: f32| (UnaryKind::Elu, [alpha, 0.0]);
        match *self {
            Activation::Elu { alpha } => vec![elu(alpha)],
            Activation::Selu { alpha, gamma } => vec![elu(alpha), times(gamma)],
            Activation::Celu { alpha: 1.0 } => vec![elu(1.0)],
            Activation::Celu { alpha } => vec![times(1.0 / alpha), elu(1.0), times(alpha)],
            Activation::Sigmoid => vec![(UnaryKind::Sigmoid, [0.0; 2])],
            Activation::Softplus => vec![(UnaryKind::Softplus, [0.0; 2])],
            Activation::Softsign => vec![(UnaryKind::Softsign, [0.0; 2])],
            Activation::HardSigmoid { alpha, beta } => {
                vec![(UnaryKind::HardSigmoid, [alpha, beta])]
            }
        }
    }

    /// The value, for the comparison with the engine's: by the standard library, so that it is not
    /// the same code.
    fn value(&self, x: f32) -> f32 {
        let elu = |x: f32, alpha: f32| if x > 0.0 { x } else { alpha * x.exp_m1() };
        match *self {
            Activation::Elu { alpha } => elu(x, alpha),
            Activation::Selu { alpha, gamma } => gamma * elu(x, alpha),
            Activation::Celu { alpha } => alpha * elu(x / alpha, 1.0),
            Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Activation::Softplus => x.max(0.0) + ln_1p((-x.abs()).exp()),
            Activation::Softsign if x.is_infinite() => x.signum(),
            Activation::Softsign => x / (1.0 + x.abs()),
            Activation::HardSigmoid { alpha, beta } => (alpha * x + beta).clamp(0.0, 1.0),
        }
    }
}

/// `ln(1 + u)` for `u` from 0 to 1: what `1 + u` has lost of `u`, the quotient gives back (D. Goldberg,
/// *What every computer scientist should know about floating-point arithmetic*, 1991, theorem 4). It is
/// faster than the standard library's.
fn ln_1p(u: f32) -> f32 {
    let sum = 1.0 + u;
    if sum - 1.0 == 0.0 { u } else { u * (sum.ln() / (sum - 1.0)) }
}

impl ElementWiseMiniOp for Activation {
    fn name(&self) -> String {
        match self {
            Activation::Elu { .. } => "Elu".into(),
            Activation::Selu { .. } => "Selu".into(),
            Activation::Celu { .. } => "Celu".into(),
            Activation::Sigmoid => "Sigmoid".into(),
            Activation::Softplus => "Softplus".into(),
            Activation::Softsign => "Softsign".into(),
            Activation::HardSigmoid { .. } => "HardSigmoid".into(),
        }
    }

    fn eval_in_place(&self, tensor: &mut Tensor, _: Option<DatumType>) -> TractResult<()> {
        let mut tensor = tensor.try_as_plain_ram_mut()?;
        for x in tensor.as_slice_mut::<f32>()? {
            *x = self.value(*x);
        }
        Ok(())
    }
}

/// Reads them so.
pub(super) fn register(onnx: &mut Onnx) {
    let known = &mut onnx.op_register;
    known.insert("Elu", |_, node| {
        let alpha = node.get_attr_opt("alpha")?.unwrap_or(1.0);
        Ok((one(Activation::Elu { alpha }), vec![]))
    });
    known.insert("Selu", |_, node| {
        // The standard's own digits.
        let alpha = node.get_attr_opt("alpha")?.unwrap_or(1.673_263_2);
        let gamma = node.get_attr_opt("gamma")?.unwrap_or(1.050_701);
        Ok((one(Activation::Selu { alpha, gamma }), vec![]))
    });
    known.insert("Celu", |_, node| {
        let alpha = node.get_attr_opt("alpha")?.unwrap_or(1.0);
        Ok((one(Activation::Celu { alpha }), vec![]))
    });
    known.insert("Sigmoid", |_, _| Ok((one(Activation::Sigmoid), vec![])));
    known.insert("Softplus", |_, _| Ok((one(Activation::Softplus), vec![])));
    known.insert("HardSigmoid", |_, node| {
        let alpha = node.get_attr_opt("alpha")?.unwrap_or(0.2);
        let beta = node.get_attr_opt("beta")?.unwrap_or(0.5);
        Ok((one(Activation::HardSigmoid { alpha, beta }), vec![]))
    });
    known.insert("Softsign", |_, _| Ok((one(Activation::Softsign), vec![])));
}

fn one(activation: Activation) -> Box<dyn InferenceOp> {
    ElementWiseOp(Box::new(activation), None).into_hir()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use prost::Message as _;
    use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto};
    use tract_onnx::tract_core::ops;
    use tract_onnx::tract_hir::internal::*;

    use crate::exec::CpuExecutor;
    use crate::import::graph::testing::{float, int, integers, model, node, value, weight};
    use crate::import::{LoadOptions, load};
    use crate::model::Network;
    use crate::ops::Op;

    /// Three pixels, one of them negative, times `scale`, and then an operator.
    fn network(operator: &str, attributes: Vec<AttributeProto>, scale: f32) -> Network {
        let bent = NodeProto { attribute: attributes, ..node(operator, "scaled", "y") };
        let mut chosen = vec![0.0; 784 * 3];
        (chosen[0], chosen[3 + 1], chosen[6 + 2]) = (1.0, -1.0, 1.0);
        let graph = GraphProto {
            node: vec![
                node("Reshape", "x s", "flat"),
                node("MatMul", "flat w", "sums"),
                node("Mul", "sums scale", "scaled"),
                bent,
            ],
            input: vec![value("x", &[1, 28, 28])],
            output: vec![value("y", &[1, 3])],
            initializer: vec![
                integers("s", 7, &[1, 784]),
                weight("w", &[784, 3], &chosen),
                weight("scale", &[1], &[scale]),
            ],
            ..GraphProto::default()
        };
        let options = LoadOptions { samples: None, ..LoadOptions::default() };
        load(&model(graph).encode_to_vec(), &options).expect("it loads")
    }

    fn operations(network: &Network) -> usize {
        network.nodes.iter().filter(|node| matches!(node.op, Op::Unary(_) | Op::Binary(_))).count()
    }

    #[test]
    fn they_are_one_operation_with_the_standards_values() {
        let mut image = vec![0.0; 784];
        (image[0], image[1], image[2]) = (1.0, 0.5, 0.25);
        // At z = 1, −½ and ¼; what is multiplied into the weights is no operation of its own.
        for (operator, attributes, count, wanted) in [
            ("Elu", vec![], 1, [1.0, -0.393_469_34, 0.25]),
            ("Elu", vec![float("alpha", 2.0)], 1, [1.0, -0.786_938_7, 0.25]),
            ("Selu", vec![], 2, [1.050_701, -0.691_758_2, 0.262_675_26]),
            // One with the product before it.
            ("Sigmoid", vec![], 0, [0.731_058_6, 0.377_540_66, 0.562_176_5]),
            ("Softplus", vec![], 1, [1.313_261_7, 0.474_077, 0.825_939_36]),
            ("Softsign", vec![], 1, [0.5, -0.333_333_34, 0.2]),
            ("HardSigmoid", vec![], 1, [0.7, 0.4, 0.55]),
            ("HardSigmoid", vec![float("alpha", 2.0), float("beta", 0.75)], 1, [1.0, 0.0, 1.0]),
            ("Celu", vec![], 1, [1.0, -0.393_469_34, 0.25]),
            ("Celu", vec![float("alpha", 0.5)], 2, [1.0, -0.316_060_28, 0.25]),
        ] {
            let network = network(operator, attributes, 1.0);
            assert_eq!(operations(&network), count, "{operator}");
            let logits = CpuExecutor::new(Arc::new(network)).logits(&image);
            for (z, wanted) in logits.iter().zip(wanted) {
                assert!((z - wanted).abs() < 1e-6, "{operator}: {logits:?}");
            }
        }
    }

    #[test]
    fn the_reference_is_as_exact_as_single_precision() {
        for u in (0..=1000).map(|i| i as f32 / 1000.0).chain((0..30).map(|i| 0.1f32.powi(i))) {
            let exact = f64::from(u).ln_1p();
            let off = |value: f32| (f64::from(value) - exact).abs() / exact.max(f64::MIN_POSITIVE);
            assert!(off(super::ln_1p(u)) < 3e-7, "{u}: {}", off(super::ln_1p(u)));
        }
        let u = 1e-5f32;
        assert!(((1.0 + u).ln() / u - 1.0).abs() > 1e-4, "a plain logarithm would be off");
    }

    #[test]
    fn nothing_is_lost_near_zero_nor_far_out() {
        let mut image = vec![0.0; 784];
        (image[0], image[1], image[2]) = (1.0, 1.0, 0.5);
        let at = |scale| CpuExecutor::new(Arc::new(network("Elu", vec![], scale))).logits(&image);
        let off = |value: f32| (f64::from(value) / (-1e-4f64).exp_m1() - 1.0).abs();
        assert!(off(at(1e-4)[1]) < 1e-6, "{:?}", at(1e-4));
        assert!(off((-1e-4f32).exp() - 1.0) > 1e-6, "spelled out it would be lost");
        // e^z is infinite there.
        assert_eq!(at(1e3), [1e3, -1.0, 500.0]);
    }

    #[test]
    fn shares_of_logistic_functions_far_below_zero_are_compared() {
        // Between −17 and −12, as a class is for a digit of another.
        let bias: Vec<f32> = (0..10).map(|k| -17.0 + 0.5 * k as f32).collect();
        let weights: Vec<f32> =
            (0..40).map(|i| if i % 11 == 0 { 1.0 } else { 0.1 * (i % 7) as f32 - 0.3 }).collect();
        let share = [int("axis", 1), int("p", 1)].to_vec();
        let graph = GraphProto {
            node: vec![
                node("Flatten", "x", "flat"),
                node("Gemm", "flat w b", "z"),
                node("Sigmoid", "z", "each"),
                NodeProto { attribute: share, ..node("LpNormalization", "each", "y") },
            ],
            input: vec![value("x", &[1, 2, 2])],
            output: vec![value("y", &[1, 10])],
            initializer: vec![weight("w", &[4, 10], &weights), weight("b", &[10], &bias)],
            ..GraphProto::default()
        };
        let options = LoadOptions { samples: None, ..LoadOptions::default() };
        let network = load(&model(graph).encode_to_vec(), &options).expect("it loads");
        let image = [0.25, 1.0, 0.5, 0.0];
        let found = CpuExecutor::new(Arc::new(network)).logits(&image);
        let each: Vec<f64> = (0..10)
            .map(|k| {
                let rows = image.iter().zip(weights.chunks(10));
                let z: f64 = rows.map(|(x, row)| f64::from(*x) * f64::from(row[k])).sum();
                1.0 / (1.0 + (-z - f64::from(bias[k])).exp())
            })
            .collect();
        let sum: f64 = each.iter().sum();
        for (found, each) in found.iter().zip(&each) {
            assert!((f64::from(*found) * sum / each - 1.0).abs() < 1e-5, "{found}");
        }
    }

    #[test]
    fn the_logistic_function_is_as_exact_as_single_precision() {
        let worst = |value: &dyn Fn(f32) -> f32| {
            let off = |x: f32| f64::from(value(x)) * (1.0 + f64::from(-x).exp()) - 1.0;
            (0..=160).map(|i| off(i as f32 / 8.0 - 16.0).abs()).fold(0.0, f64::max)
        };
        let own = worst(&|x| super::Activation::Sigmoid.value(x));
        assert!(own < 3e-7, "{own}");
        // The control: tract's is not.
        let tracts = worst(&|x| {
            let x = tensor1(&[x]).into_tvalue();
            let y = ops::nn::sigmoid()
                .eval_out_of_plan(tvec![x])
                .expect("it runs")
                .expect("it is known");
            y[0].cast_to_scalar::<f32>().expect("a number")
        });
        assert!(tracts > 1e-3, "{tracts}");
    }
}
