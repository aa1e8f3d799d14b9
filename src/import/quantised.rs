//! `QuantizeLinear` is `clip(round(x/s) + z)`, `DequantizeLinear` is `(q − z)·s`.
//!
//! tract 0.23.9 multiplies by `1/s`, which rounds elsewhere, and gives integers. Here what is quantised
//! stays a float with a whole value, so that the layers in between can be differentiated; the rounding
//! is [`UnaryKind::Round`](crate::ops::UnaryKind::Round), whose gradient goes straight through.

use tract_onnx::model::ParsingContext;
use tract_onnx::pb::NodeProto;
use tract_onnx::tract_core::ops;
use tract_onnx::tract_hir::internal::*;

use super::readers::{Built, with_number};

/// `clip(round(x/s) + z)`, in floats.
#[derive(Clone, Debug)]
struct Quantize {
    axis: i64,
    zero: bool,
    /// Where no zero point says it.
    kind: Option<DatumType>,
}

/// Reads a `QuantizeLinear`.
pub(super) fn quantize(_: &ParsingContext, node: &NodeProto) -> Built {
    ensure!(node.get_attr_opt("block_size")?.unwrap_or(0i64) == 0, "blocks are not supported");
    let kind = match node.get_attr_opt("output_dtype")?.unwrap_or(0i64) {
        0 => None,
        2 => Some(DatumType::U8),
        3 => Some(DatumType::I8),
        4 => Some(DatumType::U16),
        5 => Some(DatumType::I16),
        other => bail!("its output is of type {other}"),
    };
    let axis = node.get_attr_opt("axis")?.unwrap_or(1);
    Ok((expand(Quantize { axis, zero: node.input.len() > 2, kind }), vec![]))
}

/// The least and largest number of a type.
fn range(kind: DatumType) -> TractResult<[f32; 2]> {
    Ok(match kind {
        DatumType::U8 => [0.0, 255.0],
        DatumType::I8 => [-128.0, 127.0],
        DatumType::U16 => [0.0, 65_535.0],
        DatumType::I16 => [-32_768.0, 32_767.0],
        other => bail!("numbers of type {other:?} are not supported"),
    })
}

/// How far beyond its range a number is still rounded into it: at black and white the gradient goes on.
pub(super) const BEYOND: f32 = 0.25;

/// A scale or zero point, one or one for each place along an axis, as floats of a rank.
fn along(
    model: &mut TypedModel,
    name: String,
    value: OutletId,
    axis: i64,
    rank: usize,
) -> TractResult<OutletId> {
    let fact = model.outlet_fact(value)?.clone();
    let axis = if axis < 0 { axis + rank as i64 } else { axis };
    if let Some(constant) = fact.konst {
        let floats = constant.cast_to::<f32>()?.into_owned();
        let mut shape = vec![1; rank];
        if floats.len() > 1 {
            *shape.get_mut(axis as usize).context("its axis is not there")? = floats.len();
        }
        return model.add_const(name, floats.into_shape(&shape)?);
    }
    let own = fact.rank();
    ensure!(own <= 1 && own <= rank, "it is of {own} axes");
    let cast = ops::cast::cast(f32::datum_type());
    let mut floats = model.wire_node(format!("{name}.floats"), cast, &[value])?[0];
    let alone = own == 0 || fact.shape[0].is_one();
    let before = if alone { rank - own } else { usize::try_from(axis)? };
    ensure!(before <= rank - own, "its axis is not there");
    for step in own..rank {
        let place = if step - own < before { 0 } else { step };
        let op = AxisOp::Add(place);
        floats = model.wire_node(format!("{name}.axis-{step}"), op, &[floats])?[0];
    }
    Ok(floats)
}

fn quantised_rules<'r, 'p: 'r>(
    s: &mut Solver<'r>,
    inputs: &'p [TensorProxy],
    outputs: &'p [TensorProxy],
) -> InferenceResult {
    s.equals(&outputs[0].datum_type, f32::datum_type())?;
    s.equals(&inputs[0].shape, &outputs[0].shape)
}

/// Reads a `DequantizeLinear`.
pub(super) fn dequantize(_: &ParsingContext, node: &NodeProto) -> Built {
    ensure!(node.get_attr_opt("block_size")?.unwrap_or(0i64) == 0, "blocks are not supported");
    let axis = node.get_attr_opt("axis")?.unwrap_or(1);
    Ok((expand(Dequantize { axis, zero: node.input.len() > 2 }), vec![]))
}

impl Expansion for Quantize {
    fn name(&self) -> StaticName {
        "QuantizeLinear".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        s: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        quantised_rules(s, inputs, outputs)
    }

    fn wire(
        &self,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let rank = model.outlet_fact(inputs[0])?.rank();
        let kind = match (self.zero, self.kind) {
            (true, _) => model.outlet_fact(inputs[2])?.datum_type,
            (false, kind) => kind.unwrap_or(DatumType::U8),
        };
        let [least, largest] = range(kind)?;
        let cast = ops::cast::cast(f32::datum_type());
        let x = model.wire_node(format!("{prefix}.floats"), cast, &inputs[..1])?[0];
        let scale = along(model, format!("{prefix}.scale"), inputs[1], self.axis, rank)?;
        let divided =
            model.wire_node(format!("{prefix}.divided"), ops::math::div(), &[x, scale])?;
        let round = ops::math::round_half_to_even();
        let mut y = model.wire_node(format!("{prefix}.round"), round, &divided)?[0];
        if self.zero {
            let zero = along(model, format!("{prefix}.zero"), inputs[2], self.axis, rank)?;
            y = model.wire_node(format!("{prefix}.moved"), ops::math::add(), &[y, zero])?[0];
        }
        // A bound's gradient ends where it is met, and black and white meet the least and the largest number.
        let (above, below) = (format!("{prefix}.above"), format!("{prefix}.below"));
        let y = with_number(model, &above, ops::math::max(), y, least - BEYOND)?;
        let y = with_number(model, &below, ops::math::min(), y, largest + BEYOND)?;
        model.wire_node(prefix, ops::math::round_half_to_even(), &[y])
    }
}

/// `(x − z)·s`
#[derive(Clone, Debug)]
struct Dequantize {
    axis: i64,
    zero: bool,
}

impl Expansion for Dequantize {
    fn name(&self) -> StaticName {
        "DequantizeLinear".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        s: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        quantised_rules(s, inputs, outputs)
    }

    fn wire(
        &self,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let rank = model.outlet_fact(inputs[0])?.rank();
        let cast = ops::cast::cast(f32::datum_type());
        let mut x = model.wire_node(format!("{prefix}.floats"), cast, &inputs[..1])?[0];
        if self.zero {
            let zero = along(model, format!("{prefix}.zero"), inputs[2], self.axis, rank)?;
            x = model.wire_node(format!("{prefix}.moved"), ops::math::sub(), &[x, zero])?[0];
        }
        let scale = along(model, format!("{prefix}.scale"), inputs[1], self.axis, rank)?;
        model.wire_node(prefix, ops::math::mul(), &[x, scale])
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use tract_onnx::pb::{ModelProto, TensorProto};

    use crate::import::kinds::{FLOAT, INT8};
    use crate::import::{LoadOptions, load};
    use crate::model::lowered;
    use crate::testing::models;

    fn lowered(model: &ModelProto) -> Vec<u8> {
        let network = load(&model.encode_to_vec(), &LoadOptions::default()).expect("it loads");
        assert!(!network.straight_through(), "nothing is rounded in it");
        lowered::write(&network)
    }

    fn tensor<'m>(model: &'m mut ModelProto, name: &str) -> &'m mut TensorProto {
        let graph = model.graph.as_mut().expect("a graph");
        graph.initializer.iter_mut().find(|t| t.name == name).expect("it is a constant")
    }

    /// The same model with each weight as a float, the product in f32, in the place of its node.
    fn multiplied_out(model: &ModelProto) -> ModelProto {
        let mut plain = model.clone();
        let nodes = std::mem::take(&mut plain.graph.as_mut().expect("a graph").node);
        let (made, kept): (Vec<_>, Vec<_>) =
            nodes.into_iter().partition(|node| node.op_type == "DequantizeLinear");
        for node in made {
            let scales = tensor(&mut plain, &node.input[1]).raw_data.clone();
            let scales = scales.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
            let weight = tensor(&mut plain, &node.input[0]);
            assert_eq!(weight.data_type, INT8);
            let columns = weight.dims[1..].iter().product::<i64>() as usize;
            let rows = weight.raw_data.chunks_exact(columns);
            let products = rows.zip(scales).flat_map(|(row, scale)| {
                row.iter().flat_map(move |byte| (f32::from(*byte as i8) * scale).to_le_bytes())
            });
            weight.raw_data = products.collect();
            weight.data_type = FLOAT;
            weight.name = node.output[0].clone();
        }
        plain.graph.as_mut().expect("a graph").node = kept;
        plain
    }

    #[test]
    fn a_bundled_network_is_that_of_its_weights_multiplied_out() {
        let names = std::fs::read_dir(models()).expect("the folder");
        let files = names
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "onnx"));
        let mut weights = 0;
        for path in files {
            let bytes = std::fs::read(&path).expect("it is bundled");
            let model = ModelProto::decode(&*bytes).expect("it is ONNX");
            let found = lowered(&model);
            assert!(found == lowered(&multiplied_out(&model)), "{}", path.display());

            // The control: one whole number is another.
            let mut spoiled = model.clone();
            let graph = spoiled.graph.as_mut().expect("a graph");
            let whole = graph.initializer.iter_mut().filter(|t| t.data_type == INT8);
            let first = whole.inspect(|_| weights += 1).last().expect("its weights are whole");
            first.raw_data[0] ^= 1;
            assert!(found != lowered(&spoiled), "{}", path.display());
        }
        assert_eq!(
            weights, 29,
            "3 of one layer, 1 of two, 6 of three, 2 of four without the first"
        );
    }
}
