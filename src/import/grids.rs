//! Grids of an affine map, which tract 0.23.9 does not read: AffineGrid's `[N, H, W, 2]` of `θ` in `[N, 2, 3]`,
//! the product of `θ` with the places of an even grid. Of two dimensions, with a size that is known.

use tract_onnx::pb::NodeProto;
use tract_onnx::tract_core::ops::einsum::EinSum;
use tract_onnx::tract_hir::internal::*;

use super::readers::Built;

/// Most places of one grid.
const MOST: usize = 1 << 24;

/// Reads a node.
pub(super) fn affine(node: &NodeProto) -> Built {
    let align = node.get_attr_opt("align_corners")?.unwrap_or(0i64) != 0;
    Ok((expand(AffineGrid { align }), vec![]))
}

#[derive(Clone, Debug)]
struct AffineGrid {
    align: bool,
}

impl Expansion for AffineGrid {
    fn name(&self) -> StaticName {
        "AffineGrid".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        s: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 2)?;
        s.equals(&inputs[0].datum_type, &outputs[0].datum_type)?;
        s.equals(&inputs[0].rank, 3)?;
        s.equals(&inputs[0].shape[1], 2.to_dim())?;
        s.equals(&inputs[0].shape[2], 3.to_dim())?;
        s.equals(&outputs[0].rank, 4)?;
        s.equals(&outputs[0].shape[0], &inputs[0].shape[0])?;
        s.equals(&outputs[0].shape[3], 2.to_dim())?;
        s.given(&inputs[1].value, move |s, size| {
            let [height, width] = plane(&size)?;
            s.equals(&outputs[0].shape[1], height.to_dim())?;
            s.equals(&outputs[0].shape[2], width.to_dim())
        })
    }

    fn wire(
        &self,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let size = model.outlet_fact(inputs[1])?.konst.as_ref();
        let [height, width] = plane(size.context("its size is not constant")?)?;
        let even = self.even(height, width)?;
        let even = model.add_const(format!("{prefix}.even"), even)?;
        let product = EinSum::new("nij,jp->npi".parse()?, f32::datum_type());
        let pairs = model.wire_node(format!("{prefix}.pairs"), product, &[inputs[0], even])?;
        let places = tvec![(height * width).to_dim()];
        let rows = tvec![height.to_dim(), width.to_dim()];
        model.wire_node(prefix, AxisOp::Reshape(1, places, rows), &pairs)
    }
}

impl AffineGrid {
    /// Columns `(x, y, 1)` of an even grid, row by row: `[3, H·W]`.
    fn even(&self, height: usize, width: usize) -> TractResult<Tensor> {
        let place = |at: usize, size: usize| match (self.align, size) {
            (true, 1) => 0.0,
            (true, _) => 2.0 * at as f64 / (size - 1) as f64 - 1.0,
            (false, _) => (2 * at + 1) as f64 / size as f64 - 1.0,
        };
        let places = || 0..height * width;
        let columns = places().map(|at| place(at % width, width) as f32);
        let rows = places().map(|at| place(at / width, height) as f32);
        let all: Vec<f32> = columns.chain(rows).chain(places().map(|_| 1.0)).collect();
        Tensor::from_shape(&[3, height * width], &all)
    }
}

/// Height and width of a size `[N, C, H, W]`.
fn plane(size: &Tensor) -> TractResult<[usize; 2]> {
    let size = size.cast_to::<i64>()?;
    let size = size.to_plain_array_view::<i64>()?;
    let size: Vec<i64> = size.iter().copied().collect();
    let [_, _, height, width] = size[..] else { bail!("it is of two dimensions only") };
    let [height, width] = [usize::try_from(height)?, usize::try_from(width)?];
    let places = height.checked_mul(width).filter(|n| (1..=MOST).contains(n));
    ensure!(places.is_some(), "its size is {height} × {width}");
    Ok([height, width])
}
