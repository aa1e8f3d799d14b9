"""Files that must be refused, each for the reason that its case names."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from foreign.case import Case
from foreign.onnx_nets import BATCH, Graph, finish, weights_as_inputs

UNSUPPORTED, OTHER_TASK, NOT_ONNX = "unsupported-op", "not-an-image-classifier", "not-an-onnx-file"
AMBIGUOUS = "ambiguous-image"


def suppression():
    g = Graph("reject-non-max-suppression", [1, 28, 28])
    g.constant("boxes_shape", np.array([-1, 7, 4], np.int64))
    g.constant("scores_shape", np.array([1, 1, -1], np.int64))
    g.constant("first", np.array([0], np.int64))
    flat = g.node("Reshape", ["input", "boxes_shape"], "boxes")
    one = g.node("Unsqueeze", [g.node("Gather", [flat, "first"], "g", axis=1), "first"], "u")
    boxes = g.node("Reshape", [one, g.constant("b", np.array([1, -1, 4], np.int64))], "b1")
    scores = g.node("Reshape", [g.node("ReduceMean", [boxes], "m", axes=[2]), "scores_shape"], "s1")
    kept = g.node("NonMaxSuppression", [boxes, scores, g.constant("most", np.array([5], np.int64))], "kept")
    x = g.node("ReduceMean", [g.node("Cast", [kept], "f", to=TensorProto.FLOAT)], "r")
    g.node("Add", [g.node("MatMul", [g.node("Flatten", ["input"], "flat"), g.weight("w", 784, 10, fan=784)], "p"), x], "output")
    return g.case("non-maximum suppression in the graph", expect=UNSUPPORTED)


def own_domain():
    g = Graph("reject-own-domain", [784])
    g.opsets.append(("com.example", 1))
    g.node("Wavelet", ["input"], "x", domain="com.example", levels=3)
    finish(g, "x", 784)
    return g.case("an operator of a private domain", expect=UNSUPPORTED)


def batch_mixing():
    g = Graph("reject-batch-mixing", [784])
    mean = g.node("ReduceMean", ["input"], "mean", axes=[0], keepdims=1)
    finish(g, g.node("Sub", ["input", mean], "centred"), 784)
    return g.case("images of a batch that influence each other", expect=UNSUPPORTED)


def wrong_shape(name, what, shape, classes=10, expect=OTHER_TASK):
    g = Graph(name, shape, output_shape=(BATCH, classes))
    width = int(np.prod(shape))
    x = g.node("Flatten", ["input"], "flat")
    g.node("Gemm", [x, g.weight("w", width, classes, fan=width), g.weight("b", classes)], "output")
    return g.case(what, expect=expect)


def class_index():
    g = Graph("reject-class-index", [784], output_shape=(BATCH,), output_type=TensorProto.INT64)
    product = g.node("MatMul", ["input", g.weight("w", 784, 10, fan=784)], "scores")
    index = g.node("ArgMax", [product], "index", axis=1, keepdims=0)
    g.node("Add", [index, index], "output")
    return g.case("gives twice the class, not a score for each", expect=OTHER_TASK)


def two_images():
    g = Graph("reject-two-inputs", [784])
    g.node("MatMul", [g.node("Sub", ["input", "other"], "d"), g.weight("w", 784, 10, fan=784)], "output")
    model = onnx.load_from_string(g.bytes())
    model.graph.input.append(helper.make_tensor_value_info("other", TensorProto.FLOAT, [BATCH, 784]))
    return Case(g.name, "two images as inputs", "onnx.helper", model.SerializeToString(), expect=OTHER_TASK)


def damaged():
    """Bytes that are no ONNX file."""
    random = np.random.default_rng(0)
    whole = weights_as_inputs().data
    for name, what, data in (
        ("reject-random-bytes", "random bytes", random.bytes(4096)),
        ("reject-empty", "an empty file", b""),
        ("reject-text", "a web page", b"<!doctype html>\n<title>404</title>\n<p>Not found\n"),
        ("reject-truncated", "an ONNX file cut off in its weights", whole[: len(whole) // 2]),
    ):
        yield Case(name, what, "bytes", data, expect=NOT_ONNX)


def cases():
    """Every file of this module."""
    yield suppression()
    yield own_domain()
    yield batch_mixing()
    yield wrong_shape("reject-seven-channels", "images of seven channels", [7, 8, 8])
    yield wrong_shape("reject-one-output", "one number for yes or no", [1, 28, 28], classes=1)
    yield wrong_shape("reject-64-pixels", "64 numbers: 8x8 in grey, or 4x4 in four channels", [64], expect=AMBIGUOUS)
    yield class_index()
    yield two_images()
    yield from damaged()
