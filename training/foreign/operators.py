"""One operation each, of several opsets, behind a small convolution: what onnxruntime answers is right."""

import numpy as np
from onnx import TensorProto, helper

from foreign.onnx_nets import Graph, finish


class Behind(Graph):
    """A graph whose first operation makes [N, 4, 6, 6] of a digit."""

    def __init__(self, name, opset):
        super().__init__(name, [1, 28, 28], opset)
        kernels = [self.weight("k", 4, 1, 8, 8), self.weight("c", 4)]
        self.node("Conv", ["input", *kernels], "x", kernel_shape=[8, 8], strides=[4, 4])

    def integers(self, name, values):
        return self.constant(name, np.array(values, np.int64))

    def floats(self, name, values):
        return self.constant(name, np.array(values, np.float32))

    def ends(self, what, x, width):
        finish(self, x, width)
        return self.case(what)


def simple(name, what, opset, op, width, inputs=lambda g: [], **attributes):
    """One node that reads the features, and what else `inputs` puts into the graph."""
    g = Behind(f"op-{name}", opset)
    return g.ends(what, g.node(op, ["x", *inputs(g)], "y", **attributes), width)


def transposed():
    kernel = lambda *shape: lambda g: [g.weight("t", *shape), g.weight("b", 6)]
    yield simple("conv-transpose", "a transposed convolution in two groups", 11, "ConvTranspose", 6 * 13 * 13,
                 kernel(4, 3, 3, 3), group=2, strides=[2, 2], pads=[0, 1, 1, 0], output_padding=[1, 1])  # fmt: skip
    yield simple("conv-transpose-dilated", "a transposed convolution, dilated, cut off", 11, "ConvTranspose", 6 * 10 * 7,
                 kernel(4, 6, 3, 2), dilations=[2, 3], pads=[0, 1, 0, 1])  # fmt: skip
    yield simple("conv-transpose-same", "a transposed convolution with auto_pad", 11, "ConvTranspose", 6 * 12 * 12,
                 kernel(4, 6, 3, 3), strides=[2, 2], auto_pad="SAME_UPPER")  # fmt: skip


def recurrent():
    """The rows of a digit one after another."""
    for op, gates, opset, more in (
        ("LSTM", 4, 14, {}),
        ("GRU", 3, 14, {"linear_before_reset": 1}),
        ("RNN", 1, 14, {"direction": "reverse"}),
        ("LSTM", 4, 7, {"direction": "bidirectional"}),
        ("GRU", 3, 7, {}),
        ("GRU", 3, 12, {"linear_before_reset": 1, "direction": "bidirectional"}),
    ):
        name = f"op-{op.lower()}-opset{opset}"
        g = Graph(name, [28, 28], opset)
        ways = 2 if more.get("direction") == "bidirectional" else 1
        x = g.node("Transpose", ["input"], "rows", perm=[1, 0, 2])
        weights = [g.weight("w", ways, gates * 5, 28, fan=28), g.weight("r", ways, gates * 5, 5, fan=5)]
        weights.append(g.weight("b", ways, 2 * gates * 5))
        g.nodes.append(helper.make_node(op, [x, *weights], ["", "h"], name="loop", hidden_size=5, **more))
        x = g.node("Transpose", ["h"], "first", perm=[1, 0, 2])
        finish(g, g.node("Flatten", [x], "last"), 5 * ways)
        yield g.case(f"{op} over the rows, {more.get('direction', 'forward')}, opset {opset}")


def pools():
    for p in (1, 2, 3):
        yield simple(f"global-lp-pool-{p}", f"the {p}-norm of each channel", 11, "GlobalLpPool", 4, p=p)
        yield simple(f"lp-pool-{p}", f"{p}-norms of windows", 11, "LpPool", 4 * 3 * 3, p=p, kernel_shape=[3, 3], strides=[2, 2], pads=[0, 1, 1, 0])
    yield simple("lrn", "a local response normalisation", 13, "LRN", 4 * 36, size=3, alpha=0.7, beta=0.6, bias=0.9)


def resized():
    scales = lambda *s: lambda g: [g.floats("scales", [1, 1, *s])]
    later = lambda *s: lambda g: ["", g.floats("scales", [1, 1, *s])]
    roi = lambda *s: lambda g: [g.floats("roi", []), g.floats("scales", [1, 1, *s])]
    sizes = lambda *s: lambda g: ["", "", g.integers("sizes", s)]
    for mode in ("nearest", "linear"):
        yield simple(f"upsample-{mode}", f"Upsample of opset 9, {mode}", 9, "Upsample", 4 * 18 * 12, scales(3, 2), mode=mode)
        yield simple(f"resize-opset10-{mode}", f"Resize of opset 10, {mode}", 10, "Resize", 4 * 15 * 7, scales(2.5, 1.3), mode=mode)
        yield simple(f"resize-opset11-{mode}", f"Resize of opset 11, {mode}", 11, "Resize", 4 * 12 * 9, roi(2, 1.5), mode=mode,
                     coordinate_transformation_mode="align_corners")  # fmt: skip
    yield simple("resize-sizes", "Resize to given sizes, pytorch_half_pixel", 18, "Resize", 4 * 8 * 9, sizes(8, 9), mode="linear", axes=[2, 3],
                 coordinate_transformation_mode="pytorch_half_pixel")  # fmt: skip
    yield simple("resize-cubic", "Resize, cubic", 13, "Resize", 4 * 9 * 9, later(1.5, 1.5), mode="cubic", exclude_outside=1)
    yield simple("resize-antialias", "Resize to less, against aliasing", 18, "Resize", 4 * 3 * 3, later(0.5, 0.5), mode="linear", antialias=1)
    yield simple("resize-ceil", "Resize, the nearest place above", 13, "Resize", 4 * 14 * 14, later(2.4, 2.4), nearest_mode="ceil")


def pads():
    amounts = [0, 0, 2, 1, 0, 0, 0, 3]
    given = lambda values: lambda g: [g.integers("amounts", values)]
    for mode in ("reflect", "edge"):
        yield simple(f"pad-{mode}-opset7", f"Pad of opset 7, {mode}", 7, "Pad", 4 * 8 * 10, mode=mode, pads=amounts)
    for mode, opset in (("reflect", 11), ("edge", 13), ("wrap", 19)):
        yield simple(f"pad-{mode}", f"Pad, {mode}", opset, "Pad", 4 * 8 * 10, given(amounts), mode=mode)
    cut = [0, 0, -1, 2, 0, 0, 1, -2]
    yield simple("pad-negative-opset7", "Pad of opset 7 that cuts off", 7, "Pad", 4 * 6 * 6, pads=cut, value=0.5)
    yield simple("pad-negative-edge", "Pad by an edge that cuts off", 13, "Pad", 4 * 6 * 6, given(cut), mode="edge")


def products():
    g = Behind("op-einsum-ellipsis", 12)
    x = g.node("Einsum", ["x", g.weight("w", 6, 5, fan=6)], "y", equation="...ij,jk->...ik")
    yield g.ends("Einsum with an ellipsis", x, 4 * 6 * 5)
    yield simple("einsum-diagonal", "Einsum of a diagonal, summed", 12, "Einsum", 4, equation="ncii->nc")
    yield simple("reduce-prod", "products of rows", 13, "ReduceProd", 4 * 6, axes=[3], keepdims=0)
    yield simple("cumsum", "cumulative sums from the end", 14, "CumSum", 144, lambda g: [g.integers("axis", 2)], exclusive=1, reverse=1)
    yield simple("trilu", "the lower triangle", 14, "Trilu", 144, lambda g: [g.integers("diagonal", -1)], upper=0)


def moves():
    yield simple("depth-to-space", "DepthToSpace, columns first", 13, "DepthToSpace", 144, blocksize=2, mode="CRD")
    yield simple("space-to-depth", "SpaceToDepth", 13, "SpaceToDepth", 144, blocksize=3)


def bent():
    """Activations and normalisations."""
    yield simple("swish-alpha", "Swish with a factor", 24, "Swish", 144, alpha=1.7)
    yield simple("prelu", "PRelu with a slope for each channel", 9, "PRelu", 144, lambda g: [g.weight("slope", 4, 1, 1)])
    yield simple("thresholded", "ThresholdedRelu", 10, "ThresholdedRelu", 144, alpha=0.3)
    yield simple("shrink", "Shrink", 9, "Shrink", 144, lambd=0.2, bias=0.1)
    scaled = lambda n: lambda g: [g.weight("scale", n), g.weight("shift", n)]
    yield simple("group-norm", "GroupNormalization of opset 21", 21, "GroupNormalization", 144, scaled(4), num_groups=2)
    yield simple("instance-norm", "InstanceNormalization", 7, "InstanceNormalization", 144, scaled(4))
    yield simple("layer-norm", "LayerNormalization", 17, "LayerNormalization", 144, scaled(6))
    yield simple("rms-norm", "RMSNormalization", 23, "RMSNormalization", 144, lambda g: [g.weight("scale", 6)])
    yield simple("lp-normalization", "LpNormalization", 7, "LpNormalization", 144, p=1, axis=1)
    yield simple("clamp-infinite", "a clamp without an upper end", 13, "Clip", 144,
                 lambda g: [g.floats("low", 0.1), g.floats("high", np.inf)])  # fmt: skip


def masked():
    """Attention that looks at itself and what comes before."""
    for way in ("add", "where"):
        g = Behind(f"op-mask-{way}", 13)
        upper = np.triu(np.ones((6, 6), bool), 1)
        if way == "add":
            g.constant("mask", np.where(upper, -np.inf, 0).astype(np.float32))
            x = g.node("Add", ["x", "mask"], "masked")
        else:
            g.constant("hidden", upper)
            x = g.node("Where", ["hidden", g.floats("never", -np.inf), "x"], "masked")
        x = g.node("MatMul", [g.node("Softmax", [x], "weights", axis=-1), "x"], "y")
        yield g.ends(f"a mask of minus infinity, by {way}", x, 144)


def quantised():
    """Rounded features and weights, between QuantizeLinear and DequantizeLinear."""
    for name, kind, zero in (("u8", np.uint8, 117), ("i8", np.int8, -3), ("i16", np.int16, 40)):
        g = Behind(f"op-quantised-{name}", 21)
        scale = g.floats("scale", 0.037 if kind != np.int16 else 0.0004)
        zero = g.constant("zero", np.array(zero, kind))
        q = g.node("QuantizeLinear", ["x", scale, zero], "q")
        x = g.node("DequantizeLinear", [g.node("Flatten", [q], "flat-q"), scale, zero], "y")
        rows = g.random.integers(-127, 128, (144, 5)).astype(np.int8)
        weights = [g.constant("rows", rows), g.floats("by-column", [0.002, 0.003, 0.001, 0.004, 0.002])]
        w = g.node("DequantizeLinear", [*weights, g.constant("none", np.zeros(5, np.int8))], "w", axis=1)
        yield g.ends(f"features and weights quantised to {name}", g.node("MatMul", [x, w], "product-q"), 5)


def halves():
    """Weights in half precision that are widened before they are used, as exporters write them."""
    for name, kind in (("float16", TensorProto.FLOAT16), ("bfloat16", TensorProto.BFLOAT16)):
        g = Behind(f"op-{name}", 13)
        wide = g.random.normal(0, 0.1, (144, 7)).astype(np.float32)
        g.nodes.append(helper.make_node("Constant", [], ["w"], value=half(wide, kind)))
        x = g.node("MatMul", [g.node("Flatten", ["x"], "wide"), g.node("Cast", ["w"], "single", to=TensorProto.FLOAT)], "y")
        yield g.ends(f"weights in {name}", x, 7)


def half(array, kind):
    """A tensor of halves; bfloat16 is the upper half of a float."""
    if kind == TensorProto.FLOAT16:
        bits = array.astype(np.float16).view(np.uint16)
    else:
        bits = (array.view(np.uint32) >> 16).astype(np.uint16)
    return helper.make_tensor("w", kind, array.shape, bits.tobytes(), raw=True)


def cases():
    """Every file of this module."""
    for source in (transposed, recurrent, pools, resized, pads, products, moves, bent, masked, quantised, halves):
        yield from source()
