"""Writes tests/fixtures/hostile: ONNX files that no exporter writes, each with one fault, and cases.json with what
is said of them.

    pip install numpy onnx
    python training/hostile.py

All read images of 28 x 28. Nothing here is more than a few KB; what they ask for may be.
"""

import json
import shutil
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "hostile"
RANDOM = np.random.default_rng(14)
CASES = []


def floats(name, *shape):
    return numpy_helper.from_array(RANDOM.normal(0, 0.05, shape).astype(np.float32), name)


def whole(name, values):
    return numpy_helper.from_array(np.asarray(values, np.int64), name)


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs.split(), outputs.split(), name=op.lower(), **attributes)


def case(name, code, says, nodes, weights=(), last="y", output="output", shape=("N", 1, 28, 28), opset=17):
    """`nodes` make `last` of `x`; what follows sorts it into ten classes."""
    tail = [
        helper.make_node("ReduceMax", [last], ["largest"], name="largest", axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["largest", "w"], ["output"], name="last"),
    ]
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    end = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", 10])
    tensors = [*weights, floats("w", 1, 10)]
    graph = helper.make_graph([*nodes, *tail], "graph", [image], [end], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())
    CASES.append({"file": f"{name}.onnx", "code": code, "says": says})


def nested(depth):
    """Each doubles what the one before made."""
    names = ["x", *(f"v{i}" for i in range(1, depth)), "y"]
    return [
        helper.make_node("Concat", [a, a], [b], name=f"concat_{i}", axis=1)
        for i, (a, b) in enumerate(zip(names, names[1:]))
    ]


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    malformed, unsupported, large = "malformed-onnx", "unsupported-op", "too-large"
    case("celu-of-nothing", unsupported, "celu", [node("Celu", "", "y")])
    case("relu-of-nothing", unsupported, "relu", [node("Relu", "", "y")])
    case("output-of-nobody", malformed, "nobody", [node("Relu", "x", "y")], output="nobody")
    kernel = floats("k", 1, 1, 3, 3)
    for name, attributes, says in [
        ("stride-0", {"strides": [0, 1]}, "strides"),
        ("stride-negative", {"strides": [-2, -2]}, "strides"),
        ("dilation-0", {"dilations": [0, 0]}, "dilations"),
        ("group-0", {"group": 0}, "group"),
        ("group-negative", {"group": -1}, "group"),
        ("pads-huge", {"pads": [20_000_000_000_000_000] * 4}, "pads"),
        ("pads-of-three", {"pads": [1, 1, 1]}, "pads"),
        ("kernel-of-another-size", {"kernel_shape": [5, 5]}, "conv"),
    ]:
        code = unsupported if says == "conv" else malformed
        case(f"conv-{name}", code, says, [node("Conv", "x k", "y", **attributes)], [kernel])
    case("conv-of-a-row", unsupported, "conv", [node("Flatten", "x", "r"), node("Conv", "r k", "y")], [kernel])
    for name, kernel_shape, code in [
        ("0", [0, 0], malformed),
        ("huge", [2**31, 2**31], malformed),
        ("of-one", [3], unsupported),
        ("larger-than-the-image", [200, 200], malformed),
    ]:
        for op in ["AveragePool", "MaxPool"]:
            says = op.lower() if code == unsupported or "larger" in name else "kernel_shape"
            case(f"{op.lower()}-{name}", code, says, [node(op, "x", "y", kernel_shape=kernel_shape)])
    case("axis-9", malformed, "“softmax” (Softmax) has 9 in its “axis”", [node("Softmax", "x", "y", axis=9)])
    case("axis-huge", malformed, "axis", [node("Softmax", "x", "y", axis=2**40)])
    case("concat-axis-9", unsupported, "concat", [node("Concat", "x x", "y", axis=9)])
    case("flatten-of-a-scalar", unsupported, "", [node("ReduceMax", "x", "m", keepdims=0), node("Flatten", "m", "y", axis=5)])
    case("perm-twice", malformed, "[0, 1, 2, 2]", [node("Transpose", "x", "y", perm=[0, 1, 2, 2])])
    case("perm-short", unsupported, "transpose", [node("Transpose", "x", "y", perm=[1, 0])])
    case("perm-far", malformed, "perm", [node("Transpose", "x", "y", perm=[0, 1, 2, 9])])
    for name, places in [("beyond", [0, 28]), ("before", [-29]), ("huge", [2**40])]:
        gather = node("Gather", "x i", "y", axis=2)
        case(f"gather-{name}", unsupported, "gather", [gather], [whole("i", places)])
    slices = [whole("a", [0]), whole("b", [28]), whole("c", [2]), whole("d", [0])]
    case("slice-step-0", unsupported, "", [node("Slice", "x a b c d", "y")], slices)
    ends = [whole("a", 0), whole("b", 10), whole("d", 0)]
    case("range-step-0", unsupported, "", [node("Range", "a b d", "r"), node("Add", "x r", "y")], ends)
    far = [whole("a", 0), whole("b", 2**60), whole("d", 1)]
    case("range-huge", unsupported, "", [node("Range", "a b d", "r"), node("Gather", "x r", "y", axis=1)], far)
    case("expand-huge", large, "expand", [node("Expand", "x s", "y")], [whole("s", [1, 2**20, 28, 28])])
    case("expand-beyond-64-bits", malformed, "expand", [node("Expand", "x s", "y")], [whole("s", [2**40, 2**40])])
    case("tile-huge", large, "", [node("Tile", "x s", "y")], [whole("s", [1, 2**20, 2**10, 1])])
    case("constant-huge", malformed, "", [node("ConstantOfShape", "s", "c"), node("Add", "x c", "y")], [whole("s", [2**31, 2**31])])
    case("concat-thirty-times", large, "concat", nested(30))
    case("reshape-to-0", unsupported, "reshape", [node("Reshape", "x s", "y")], [whole("s", [0, 0, 0])])
    case("reshape-to-two-unknown", unsupported, "reshape", [node("Reshape", "x s", "y")], [whole("s", [-1, -1])])
    case("unsqueeze-far", malformed, "", [node("Unsqueeze", "x s", "y")], [whole("s", [99])])
    case("one-hot-huge", malformed, "", [node("Cast", "x", "k", to=7), node("OneHot", "k d v", "y")], [whole("d", 2**40), floats("v", 2)])
    case("pad-huge", malformed, "(Pad) has", [node("Pad", "x p", "y")], [whole("p", [0, 0, 0, 0, 0, 0, 2**50, 2**50])])
    case("resize-huge", large, "", [helper.make_node("Resize", ["x", "", "", "s"], ["y"], name="resize", mode="nearest")], [whole("s", [1, 1, 2**20, 2**20])])
    case("reads-itself", malformed, "depends on its own result", [node("Add", "x z", "y"), node("Relu", "y", "z")])
    case("made-twice", malformed, "there already", [node("Relu", "x", "y"), node("Neg", "x", "y")])
    case("no-axes", "not-an-image-classifier", "", [node("Relu", "x", "y")], shape=())
    case("image-huge", "not-an-image-classifier", "", [node("Relu", "x", "y")], shape=("N", 1, 2**31, 2**31))
    case("batch-huge", None, "", [node("Relu", "x", "y")], shape=(2**40, 1, 28, 28))
    case("opset-0", malformed, "version", [node("Relu", "x", "y")], opset=0)
    short = floats("k", 1, 1, 3, 3)
    short.dims[0] = 1000
    case("weight-too-short", malformed, "k", [node("Conv", "x k", "y")], [short])
    deep = whole("s", [1])
    deep.dims[:] = [1] * 20_000
    case("weight-of-20000-axes", malformed, "20000 axes", [node("Add", "x s", "y")], [deep])
    below = whole("s", [1])
    below.dims[:] = [-1]
    case("weight-of-negative-size", malformed, "s", [node("Reshape", "x s", "y")], [below])
    (FOLDER / "cases.json").write_text(json.dumps({"cases": CASES}, indent=1) + "\n")


main()
