//! Operators that tract 0.23.9 does not read, or reads wrongly, in terms of its typed operations.
//!
//! - `Swish` has a factor since opset 24: `x·σ(αx)`; tract leaves it out.
//! - `GlobalLpPool` and `LpPool` are `(Σ|x|ᵖ)^(1/p)`; tract takes a mean, without the absolute value.
//! - `Pad` with what lies inside (`reflect`, `edge`, `wrap`) takes any amounts, negative ones, too.
//! - `QuantizeLinear` and `DequantizeLinear` are in `quantised.rs`, `Pad` in `padding.rs`.
//! - `Einsum`, whose ellipsis tract gives wrong sizes, is in `equation.rs`.
//! - `ConstantOfShape` without a value is of zeros in single precision; tract takes double.
//! - `AffineGrid` is in `grids.rs`.
//! - `LRN` is `x/(k + α/n·Σx²)^β` over `n` neighbouring channels; tract has an operation of its own.
//! - `Elu`, `Softplus` and `Softsign` are in `activations.rs`.
//! - `Upsample`, and `Resize` of opset 10, take the nearest place below.

use tract_onnx::Onnx;
use tract_onnx::model::ParsingContext;
use tract_onnx::pb::{NodeProto, TensorProto};
use tract_onnx::tract_core::ops;
use tract_onnx::tract_core::ops::change_axes::wire_with_rank_broadcast;
use tract_onnx::tract_core::ops::cnn::{PaddingSpec, PoolSpec};
use tract_onnx::tract_core::ops::nn::{DataFormat, Reduce, Reducer};
use tract_onnx::tract_hir::internal::*;
use tract_onnx::tract_hir::ops::cnn::HirSumPool;

use super::constant::Constant;
use super::{activations, equation, grids, padding, quantised};
use crate::import::kinds::FLOAT;
use crate::import::spell::{tensor, text};

/// What builds an operation from a node.
pub(super) type Built = TractResult<(Box<dyn InferenceOp>, Vec<String>)>;

/// tract's reader of ONNX with these operators.
pub(super) fn onnx() -> Onnx {
    let mut onnx = tract_onnx::onnx();
    activations::register(&mut onnx);
    let known = &mut onnx.op_register;
    known.insert("Swish", |_, node| {
        let alpha = node.get_attr_opt("alpha")?.unwrap_or(1.0);
        Ok((expand(Swish { alpha }), vec![]))
    });
    known.insert("GlobalLpPool", |_, node| {
        let p = node.get_attr_opt("p")?.unwrap_or(2);
        Ok((expand(LpPool { p, pool: None }), vec![]))
    });
    known.insert("LpPool", |_, node| {
        let p = node.get_attr_opt("p")?.unwrap_or(2);
        Ok((expand(LpPool { p, pool: Some(sum_pool(node)?) }), vec![]))
    });
    known.insert("LRN", |_, node| {
        let or = |name: &str, value: f32| node.get_attr_opt(name).map(|v| v.unwrap_or(value));
        let [alpha, beta, bias] = [or("alpha", 1e-4)?, or("beta", 0.75)?, or("bias", 1.0)?];
        Ok((expand(Response { alpha, beta, bias, size: node.get_attr("size")? }), vec![]))
    });
    known.insert("ConstantOfShape", zeros);
    known.insert("AffineGrid", |_, node| grids::affine(node));
    known.insert("Einsum", |_, node| equation::einsum(node));
    known.insert("QuantizeLinear", quantised::quantize);
    known.insert("DequantizeLinear", quantised::dequantize);
    known.insert("Pad", |context, node| match node.get_attr_opt("mode")?.unwrap_or("constant") {
        "constant" if context.onnx_operator_set_version > 10 => tracts("Pad", context, node),
        mode => padding::inside(node, mode),
    });
    known.insert("Upsample", nearest_below);
    known.insert("Resize", |context, node| match context.onnx_operator_set_version {
        10 => {
            let nearest = node.get_attr_opt("mode")?.unwrap_or("nearest") == "nearest";
            // Which place is the nearest of an axis that shrinks the standard leaves open.
            ensure!(!nearest || !shrinks(context, node), "opset 10 does not say what it takes");
            nearest_below(context, node)
        }
        _ => tracts("Resize", context, node),
    });
    onnx
}

/// tract's own reading.
fn tracts(name: &str, context: &ParsingContext, node: &NodeProto) -> Built {
    let known = tract_onnx::onnx().op_register.0;
    let reader = known.get(name).with_context(|| format!("{name} is not known"))?;
    reader(context, node)
}

/// A `ConstantOfShape`, whose value may be left out.
fn zeros(context: &ParsingContext, node: &NodeProto) -> Built {
    let mut node = node.clone();
    if node.attribute.iter().all(|a| a.name != "value") {
        let zero = TensorProto { data_type: FLOAT, float_data: vec![0.0], ..Default::default() };
        node.attribute.push(tensor("value", zero));
    }
    tracts("ConstantOfShape", context, &node)
}

/// As opset 10 has it: places are `i/scale`, of which the nearest mode takes the one below.
fn nearest_below(context: &ParsingContext, node: &NodeProto) -> Built {
    let mut node = node.clone();
    node.attribute.push(text("nearest_mode", "floor"));
    let context = ParsingContext { onnx_operator_set_version: 10, ..context.clone() };
    tracts("Resize", &context, &node)
}

/// Whether a scale of a `Resize` may be below 1, which constants in the file show.
fn shrinks(context: &ParsingContext, node: &NodeProto) -> bool {
    let graphs = &context.parent_graphs;
    let Some(name) = node.input.get(1) else { return true };
    let weights = graphs.iter().flat_map(|g| &g.initializer).filter(|t| t.name == *name);
    let makers = graphs.iter().flat_map(|g| &g.node).filter(|n| n.output.contains(name));
    let tensors = makers.flat_map(|n| &n.attribute).filter_map(|a| a.t.as_ref());
    let Some(tensor) = weights.chain(tensors).next() else { return true };
    let scales = context.load_tensor(tensor).ok().and_then(|t| Constant::of(&t));
    scales.is_none_or(|scales| scales.data.iter().any(|scale| *scale < 1.0))
}

/// A number as a constant of the type that a value has.
fn number(
    model: &mut TypedModel,
    name: String,
    value: f32,
    like: OutletId,
) -> TractResult<OutletId> {
    let kind = model.outlet_fact(like)?.datum_type;
    model.add_const(name, tensor0(value).cast_to_dt(kind)?.into_owned())
}

/// `x ∘ number`, where the number is broadcast.
pub(super) fn with_number(
    model: &mut TypedModel,
    name: &str,
    op: impl Into<Box<dyn TypedOp>>,
    x: OutletId,
    value: f32,
) -> TractResult<OutletId> {
    let number = number(model, format!("{name}.number"), value, x)?;
    Ok(wire_with_rank_broadcast(name, model, op, &[x, number])?[0])
}

fn same_as_input<'r, 'p: 'r>(
    s: &mut Solver<'r>,
    inputs: &'p [TensorProxy],
    outputs: &'p [TensorProxy],
) -> InferenceResult {
    s.equals(&inputs[0].datum_type, &outputs[0].datum_type)?;
    s.equals(&inputs[0].shape, &outputs[0].shape)
}

/// `x·σ(αx)`
#[derive(Clone, Debug)]
struct Swish {
    alpha: f32,
}

impl Expansion for Swish {
    fn name(&self) -> StaticName {
        "Swish".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        s: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 1)?;
        same_as_input(s, inputs, outputs)
    }

    fn wire(
        &self,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let x = inputs[0];
        let scaled =
            with_number(model, &format!("{prefix}.scaled"), ops::math::mul(), x, self.alpha)?;
        let gate = model.wire_node(format!("{prefix}.gate"), ops::nn::sigmoid(), &[scaled])?[0];
        model.wire_node(prefix, ops::math::mul(), &[x, gate])
    }
}

/// `(Σ|x|ᵖ)^(1/p)` over windows, or over all places of a channel.
#[derive(Clone, Debug)]
struct LpPool {
    p: i64,
    pool: Option<HirSumPool>,
}

/// A sum over the windows of a node.
fn sum_pool(node: &NodeProto) -> TractResult<HirSumPool> {
    let kernel: TVec<usize> = node.get_attr_tvec("kernel_shape")?;
    let ceil = node.get_attr_opt("ceil_mode")?.unwrap_or(0i64) == 1;
    let pads: TVec<usize> =
        node.get_attr_opt_tvec("pads")?.unwrap_or_else(|| tvec![0; 2 * kernel.len()]);
    ensure!(pads.len() == 2 * kernel.len(), "its pads are not two an axis");
    let (before, after) = pads.split_at(kernel.len());
    let padding = match node.get_attr_opt("auto_pad")?.unwrap_or("NOTSET") {
        "SAME_UPPER" => PaddingSpec::SameUpper,
        "SAME_LOWER" => PaddingSpec::SameLower,
        "VALID" => PaddingSpec::Valid,
        _ => PaddingSpec::ExplicitOnnxPool(before.into(), after.into(), ceil),
    };
    let (dilations, strides) =
        (node.get_attr_opt_tvec("dilations")?, node.get_attr_opt_tvec("strides")?);
    let spec = PoolSpec::new(DataFormat::NCHW, kernel, padding, dilations, strides, 0, 0);
    Ok(HirSumPool::new(spec, true, false))
}

impl Expansion for LpPool {
    fn name(&self) -> StaticName {
        "LpPool".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        s: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        if let Some(pool) = &self.pool {
            return pool.rules(s, inputs, outputs);
        }
        check_input_arity(inputs, 1)?;
        s.equals(&inputs[0].datum_type, &outputs[0].datum_type)?;
        s.equals(&inputs[0].rank, &outputs[0].rank)?;
        s.equals(&inputs[0].shape[0], &outputs[0].shape[0])?;
        s.equals(&inputs[0].shape[1], &outputs[0].shape[1])?;
        s.given(&inputs[0].rank, move |s, rank| {
            (2..rank as usize).try_for_each(|axis| s.equals(&outputs[0].shape[axis], TDim::from(1)))
        })
    }

    fn wire(
        &self,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        ensure!(self.p > 0, "its p is {}", self.p);
        let size = model.wire_node(format!("{prefix}.size"), ops::math::abs(), inputs)?[0];
        let power = format!("{prefix}.power");
        let powers = match self.p {
            1 => size,
            2 => model.wire_node(power, ops::math::square(), &[size])?[0],
            p => with_number(model, &power, ops::math::pow(), size, p as f32)?,
        };
        let sum = match &self.pool {
            Some(pool) => pool.wire(&format!("{prefix}.sum"), model, &[powers])?[0],
            None => {
                let axes = (2..model.outlet_fact(powers)?.rank()).collect();
                let reduce = Reduce::new(axes, Reducer::Sum);
                model.wire_node(format!("{prefix}.sum"), reduce, &[powers])?[0]
            }
        };
        match self.p {
            1 => Ok(tvec![sum]),
            2 => model.wire_node(prefix, ops::math::sqrt(), &[sum]),
            p => Ok(tvec![with_number(model, prefix, ops::math::pow(), sum, 1.0 / p as f32)?]),
        }
    }
}

/// `x/(bias + α/size·Σx²)^β` over neighbouring channels.
#[derive(Clone, Debug)]
struct Response {
    alpha: f32,
    beta: f32,
    bias: f32,
    size: usize,
}

impl Expansion for Response {
    fn name(&self) -> StaticName {
        "LRN".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        s: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 1)?;
        same_as_input(s, inputs, outputs)
    }

    fn wire(
        &self,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        ensure!(self.size > 0, "its size is 0");
        let name = |part: &str| format!("{prefix}.{part}");
        let shape = model.outlet_fact(inputs[0])?.shape.to_tvec();
        let channels = shape.get(1).context("it has no channels")?.clone();
        let places: TDim = shape[2..].iter().product();
        let planes = tvec![1.to_dim(), channels, places];
        let square = model.wire_node(name("square"), ops::math::square(), inputs)?;
        let fold = AxisOp::Reshape(1, shape[1..].into(), planes.clone());
        let folded = model.wire_node(name("folded"), fold, &square)?;
        let (before, after) = ((self.size - 1) / 2, self.size / 2);
        let padding = PaddingSpec::ExplicitOnnxPool(tvec![before, 0], tvec![after, 0], false);
        let kernel = tvec![self.size, 1];
        let spec = PoolSpec::new(DataFormat::NCHW, kernel, padding, None, None, 0, 0);
        let sum = HirSumPool::new(spec, true, false).wire(&name("sum"), model, &folded)?;
        let unfold = AxisOp::Reshape(1, planes, shape[1..].into());
        let sum = model.wire_node(name("unfolded"), unfold, &sum)?[0];
        let share = self.alpha / self.size as f32;
        let scaled = with_number(model, &name("scaled"), ops::math::mul(), sum, share)?;
        let base = with_number(model, &name("base"), ops::math::add(), scaled, self.bias)?;
        let power = with_number(model, &name("power"), ops::math::pow(), base, self.beta)?;
        model.wire_node(prefix, ops::math::div(), &[inputs[0], power])
    }
}
