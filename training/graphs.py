"""Writes tests/fixtures/graphs: ONNX files whose graphs are unusual, and reference.json with onnxruntime's answers.

    pip install numpy onnx onnxruntime scikit-learn skl2onnx
    python training/graphs.py

All read images of 8 x 8. Image i of the three is made of numbers (2654435761*j mod 2^32) >> 16, over 2^16, with j
counted over all of them.
"""

import base64
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from skl2onnx import to_onnx

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "graphs"
RANDOM = np.random.default_rng(13)
OPSET = 17
ABOUT = {
    "images": "three of 64 pixels; number j of all of them is (2654435761*j mod 2^32) >> 16, over 2^16",
    "expect": "load, or the code of the error, which then says `says`",
    "step": "to what the answers are rounded where the network is read without that",
    "answer": "onnxruntime's scores of the three images: base64 of little-endian float32, [3, 10]",
}


def images():
    """Three images [3, 64]."""
    numbers = np.arange(3 * 64, dtype=np.uint64) * 2654435761 % 2**32
    return ((numbers >> 16) / 2**16).astype(np.float32).reshape(3, 64)


def weight(name, *shape, scale=0.3):
    return numpy_helper.from_array(RANDOM.normal(0, scale, shape).astype(np.float32), name)


def constant(name, value):
    return numpy_helper.from_array(np.asarray(value), name)


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs.split(), outputs.split(), name=f"node_{outputs.split()[0]}", **attributes)


def model(nodes, weights, functions=(), opsets=(), output=("output",), sparse=()):
    """From `input` [N, 1, 8, 8] to [N, 10]."""
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 10]) for name in output]
    image = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 1, 8, 8])
    graph = helper.make_graph(nodes, "graph", [image], ends, weights, sparse_initializer=list(sparse))
    imports = [helper.make_opsetid("", OPSET), *(helper.make_opsetid(domain, 1) for domain in opsets)]
    return helper.make_model(graph, opset_imports=imports, functions=list(functions), ir_version=9)


def dense(middle=(), last=()):
    """Two layers with nodes between them and behind them, from `hidden` to `active`, from `scores` to `output`."""
    first = [node("Flatten", "input", "flat"), node("Gemm", "flat w1 b1", "hidden")]
    second = [node("Gemm", "active w2 b2", "scores" if last else "output")]
    weights = [weight("w1", 64, 12), weight("b1", 12), weight("w2", 12, 10), weight("b2", 10)]
    return [*first, *middle, *second, *last], weights


def function(name, inputs, outputs, nodes, attributes=(), defaults=(), opsets=("mine",)):
    imports = [helper.make_opsetid("", OPSET), *(helper.make_opsetid(domain, 1) for domain in opsets)]
    return helper.make_function(
        "mine", name, inputs.split(), outputs.split(), nodes, imports, list(attributes), list(defaults)
    )


def refers(node, name, to, kind):
    """Gives a node an attribute that is the function's."""
    attribute = onnx.AttributeProto(name=name, ref_attr_name=to, type=kind)
    node.attribute.append(attribute)
    return node


def graph(name, nodes, output, weights=()):
    return helper.make_graph(nodes, name, [], [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)], weights)


def functions():
    call = [node("Relu", "hidden", "active", domain="mine")]
    negative = function("Relu", "x", "y", [node("Neg", "x", "y")])
    yield "function-named-relu", "a function called like an operator", model(*dense(call), [negative], ["mine"])
    inner = function(
        "Leaky",
        "x",
        "y",
        [refers(node("LeakyRelu", "x", "y"), "alpha", "slope", onnx.AttributeProto.FLOAT)],
        defaults=[helper.make_attribute("slope", 0.25)],
    )
    branches = {
        "then_branch": graph("yes", [node("Leaky", "x", "r", domain="mine")], "r"),
        "else_branch": graph("no", [node("Neg", "x", "r")], "r"),
    }
    outer = function(
        "Block",
        "x",
        "y z",
        [
            refers(node("Leaky", "x", "t", domain="mine"), "slope", "slope", onnx.AttributeProto.FLOAT),
            node("Shape", "t", "s"),
            node("Size", "s", "rank"),
            node("Constant", "", "two", value=constant("two", np.int64(2))),
            node("Equal", "rank two", "flat"),
            node("If", "flat", "u", **branches),
            node("Tanh", "u", "y"),
            node("Exp", "y", "z"),
        ],
        attributes=["slope"],
    )
    calls = [
        node("Block", "hidden", "first unused", domain="mine", slope=0.5),
        node("Block", "first", "second idle", domain="mine", slope=-0.5),
        node("Add", "first second", "active"),
    ]
    yield "functions-nested", "functions in functions, attributes, a branch", model(*dense(calls), [inner, outer], ["mine"])


def orders():
    nodes, weights = dense([node("Relu", "hidden", "active")])
    yield "unsorted", "nodes before what they read", model(nodes[::-1], weights)
    condition = [
        node("If", "yes", "active", then_branch=graph("t", [node("Relu", "hidden", "r")], "r"),
             else_branch=graph("e", [node("Neg", "hidden", "r")], "r")),
    ]
    nodes, weights = dense(condition)
    yield "if-constant", "a branch whose condition the file holds", model(nodes, [*weights, constant("yes", np.bool_(True))])
    by_shape = [
        node("Shape", "hidden", "shape"),
        node("Gather", "shape one", "width"),
        node("Equal", "width seven", "narrow"),
        node("If", "narrow", "active", then_branch=graph("t", [node("Relu", "hidden", "r")], "r"),
             else_branch=graph("e", [node("Mul", "hidden k", "r")], "r", [weight("k", 12)])),
    ]
    nodes, weights = dense(by_shape)
    weights += [constant("one", np.int64(1)), constant("seven", np.int64(7))]
    yield "if-by-shape", "a branch whose condition is a matter of shapes", model(nodes, weights)


def sparse():
    nodes, weights = dense([node("Relu", "hidden", "active")])
    values = weight("w1", 40)
    places = np.sort(RANDOM.choice(64 * 12, 40, replace=False)).astype(np.int64)
    kept = [w for w in weights if w.name != "w1"]
    spread = helper.make_sparse_tensor(values, constant("places", places), [64, 12])
    yield "sparse", "a weight of few numbers", model(nodes, kept, sparse=[spread])


def ends():
    middle = [node("Relu", "hidden", "active")]
    for name, what, last, weights in (
        ("softmax-twice", "a softmax of a softmax", [node("Softmax", "scores", "p"), node("Softmax", "p", "output")], []),
        ("relu-last", "a ReLU after the last layer", [node("Relu", "scores", "output")], []),
        ("clip-last", "a Clip after the last layer", [node("Clip", "scores low high", "output")],
         [constant("low", np.float32(-1)), constant("high", np.float32(1))]),
        ("scores-tiny", "logits of a millionth", [node("Mul", "scores tiny", "output")], [constant("tiny", np.float32(1e-6))]),
        ("scores-offset", "a large number added to all logits", [node("Add", "scores much", "output")],
         [constant("much", np.float32(1e4))]),
    ):
        nodes, own = dense(middle, last)
        yield name, what, model(nodes, own + weights)


def masks():
    lower = np.where(np.tril(np.ones((8, 8))) > 0, 0, -np.inf).astype(np.float32)
    attention = lambda masked: [
        node("Squeeze", "input one", "rows"),
        node("Transpose", "rows", "columns", perm=[0, 2, 1]),
        node("MatMul", "rows columns", "products"),
        *masked,
        node("Softmax", "masked", "weights", axis=-1),
        node("MatMul", "weights rows", "mixed"),
        node("Flatten", "mixed", "flat"),
        node("Gemm", "flat w b", "output"),
    ]
    shared = lambda: [weight("w", 64, 10), weight("b", 10), constant("one", np.array([1], np.int64))]
    yield "mask-added", "a mask of minus infinity that is added", model(
        attention([node("Add", "products mask", "masked")]), [*shared(), constant("mask", lower)])
    yield "mask-chosen", "minus infinity where a mask says so", model(
        attention([node("Where", "mask products never", "masked")]),
        [*shared(), constant("mask", np.isfinite(lower)), constant("never", np.float32(-np.inf))])
    yield "mask-trilu", "a triangle of minus infinity made by Trilu", model(
        attention([node("Trilu", "full above", "mask", upper=1), node("Add", "products mask", "masked")]),
        [*shared(), constant("full", np.full((8, 8), -np.inf, np.float32)), constant("above", np.int64(1))])
    clamp = [node("Clip", "hidden zero endless", "active")]
    nodes, weights = dense(clamp)
    yield "clip-endless", "Clip from 0 to infinity", model(
        nodes, [*weights, constant("zero", np.float32(0)), constant("endless", np.float32(np.inf))])
    nodes, weights = dense([node("Dropout", "hidden ratio training", "active")])
    yield "dropout-of-nothing", "dropout in training mode that drops nothing", model(
        nodes, [*weights, constant("ratio", np.float32(0)), constant("training", np.bool_(True))])


def fused():
    domain = {"domain": "com.microsoft"}
    for name, what, middle, more in (
        ("fused-gelu", "onnxruntime's GELUs one after the other",
         [node("Gelu", "hidden", "g1", **domain), node("BiasGelu", "g1 bias", "g2", **domain),
          node("FastGelu", "g2 bias", "g3", **domain), node("FastGelu", "g3", "g4", **domain),
          node("QuickGelu", "g4", "active", alpha=1.5, **domain)], [weight("bias", 12)]),
        ("fused-product", "a product with a factor and a dense layer with an activation",
         [node("FusedMatMul", "hidden square", "p", alpha=-0.5, **domain),
          node("FusedGemm", "p square bias", "active", transB=1, alpha=2.0, activation="Tanh", **domain)],
         [weight("square", 12, 12), weight("bias", 12)]),
    ):
        nodes, weights = dense(middle)
        yield name, what, model(nodes, weights + more, opsets=["com.microsoft"])
    nodes = [
        node("FusedConv", "input k bias", "c", activation="Relu", strides=[2, 2], pads=[1, 1, 1, 1], **domain),
        node("FusedConv", "c k2 bias c", "d", activation="Sigmoid", pads=[1, 1, 1, 1], **domain),
        node("Flatten", "d", "flat"),
        node("Gemm", "flat w b", "output"),
    ]
    weights = [weight("k", 3, 1, 3, 3), weight("bias", 3), weight("k2", 3, 3, 3, 3), weight("w", 48, 10), weight("b", 10)]
    yield "fused-conv", "convolutions with activations and what is added to one", model(nodes, weights, opsets=["com.microsoft"])


def learned():
    pixels, labels = load_digits(return_X_y=True)
    pixels = (pixels / 16).astype(np.float32)
    names = np.array([f"digit {n}" for n in range(10)])
    simple = lambda: LogisticRegression(C=0.001, max_iter=30)
    dense = lambda activation: MLPClassifier([9], activation=activation, max_iter=30, random_state=1)
    for name, what, pipeline, target, options in (
        ("ml-logistic", "logistic regression", simple(), labels, {}),
        ("ml-strings", "logistic regression with names for classes", simple(), names[labels], {}),
        ("ml-tensor", "the same without a map of scores", simple(), labels, {"zipmap": False}),
        ("ml-columns", "a column for each class", OneVsRestClassifier(simple()), labels, {"zipmap": False}),
        ("ml-raw", "scores as they are", simple(), labels, {"zipmap": False, "raw_scores": True}),
        ("ml-scaler", "pixels that are scaled first", make_pipeline(StandardScaler(), simple()), labels, {}),
        ("ml-l1", "rows of length one in L1", make_pipeline(Normalizer("l1"), simple()), labels, {}),
        ("ml-l2", "rows of length one in L2", make_pipeline(Normalizer("l2"), simple()), labels, {}),
        ("ml-max", "rows whose largest is one", make_pipeline(Normalizer("max"), simple()), labels, {}),
        ("ml-relu", "a perceptron with ReLU", dense("relu"), labels, {}),
        ("ml-tanh", "a perceptron with tanh and names", dense("tanh"), names[labels], {"zipmap": False}),
    ):
        pipeline.fit(pixels, target)
        last = pipeline.steps[-1][1] if hasattr(pipeline, "steps") else pipeline
        made = to_onnx(pipeline, pixels[:1], options={id(last): options}, target_opset={"": OPSET, "ai.onnx.ml": 3})
        yield name, what, made
    nodes = [node("Flatten", "input", "flat"),
             helper.make_node("LinearClassifier", ["flat"], ["label", "sigmoid"], domain="ai.onnx.ml",
                              coefficients=RANDOM.normal(0, 1, 640), intercepts=RANDOM.normal(0, 1, 10),
                              classlabels_ints=list(range(10)), post_transform="LOGISTIC"),
             helper.make_node("Normalizer", ["sigmoid"], ["output"], domain="ai.onnx.ml", norm="L1")]
    made = model(nodes, [])
    made.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))
    yield "ml-one-against-rest", "logistic functions that are made to add up to one", made


def columns():
    """Columns that are chosen, made steps of, and given other numbers where they have none."""
    learned = lambda op, inputs, output, **attributes: helper.make_node(op, inputs.split(), [output], domain="ai.onnx.ml", **attributes)
    instead = [float(v) for v in np.linspace(-1, 1, 12)]
    nodes = [node("Flatten", "input", "flat"), learned("ArrayFeatureExtractor", "flat places", "few"),
             learned("Binarizer", "few", "hard", threshold=0.4),
             node("Sub", "few third", "low"), node("Sqrt", "low", "roots"),
             learned("Imputer", "roots", "real", imputed_value_floats=instead, replaced_value_float=float("nan")),
             node("Log", "few", "logs"),
             learned("Imputer", "logs", "finite", imputed_value_floats=[-3.0], replaced_value_float=-float("inf")),
             node("Concat", "hard real finite", "all", axis=1), node("Gemm", "all w b", "output")]
    places = constant("places", np.int64([[20, 3, 60, 34, 35, 36, 27, 28, 44, 12, 12, 53]]))
    made = model(nodes, [places, constant("third", np.float32(0.3)), weight("w", 36, 10), weight("b", 10)])
    made.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))
    yield "ml-chosen-columns", "columns that are chosen, steps, and numbers in the place of none", made


def refused():
    middle = lambda op, **attributes: model(*dense([node(op, "hidden", "active", **attributes)]), opsets=["mine"])
    yield "reject-foreign-relu", "an operator of a foreign domain", middle("Relu", domain="mine"), "unsupported-op", "mine:Relu"
    nodes, weights = dense([node("Relu", "hidden", "active")])
    typo = model(nodes, weights)
    typo.graph.output[0].name = "outptu"
    yield "reject-output-typo", "an output that no node makes", typo, "malformed-onnx", "no node makes its output “outptu”"
    nodes, weights = dense([node("Relu", "hiden", "active")])
    yield "reject-input-typo", "an input that no node makes", model(nodes, weights), "malformed-onnx", "no node makes “hiden”, which node “node_active” (Relu) reads"
    nodes, weights = dense([node("Log", "hidden", "active")])
    yield "reject-nan", "logarithms of negative numbers", model(nodes, weights), "not-a-number", "answers NaN"
    nodes, weights = dense([node("Relu", "hidden", "active")])
    spoiled = model(nodes, weights)
    numbers = numpy_helper.to_array(spoiled.graph.initializer[2]).copy()
    numbers[3, 4] = np.nan
    spoiled.graph.initializer[2].CopyFrom(numpy_helper.from_array(numbers, "w2"))
    yield "reject-nan-weight", "a weight that is no number", spoiled, "not-finite-weights", "weight “w2” holds"
    nodes, weights = dense([node("Dropout", "hidden ratio training", "active")])
    training = model(nodes, [*weights, constant("ratio", np.float32(0.5)), constant("training", np.bool_(True))])
    yield "reject-dropout", "dropout in training mode", training, "unsupported-op", "random"
    condition = [
        node("Not", "yes", "no", domain="mine"),
        node("If", "no", "active", then_branch=graph("t", [node("Relu", "hidden", "r")], "r"),
             else_branch=graph("e", [node("Neg", "hidden", "r")], "r")),
    ]
    nodes, weights = dense(condition)
    foreign = model(nodes, [*weights, constant("yes", np.bool_(True))], opsets=["mine"])
    yield "reject-foreign-condition", "a condition by an operator of a foreign domain", foreign, "unsupported-op", "mine:Not"
    drawn = [node("RandomNormal", "", "noise", shape=[12], scale=0.1), node("Add", "hidden noise", "active")]
    yield "reject-random", "noise that is drawn anew each time", model(*dense(drawn)), "unsupported-op", "(RandomNormal) cannot be differentiated here: its results are random"
    nodes, weights = dense([node("MatMul", "hidden odd", "active")])
    odd = model(nodes, [*weights, weight("odd", 7, 12)])
    yield "reject-shapes", "matrices that do not fit", odd, "unsupported-op", "“node_active” (MatMul) cannot be read here: its inputs are [1, 12] and [7, 12]"
    nodes = [node("QuantizeLinear", "input scale zero", "q"), node("DequantizeLinear", "q scale zero", "x"),
             node("Flatten", "x", "flat"), node("Gemm", "flat w b", "output")]
    quantised = model(nodes, [weight("w", 64, 10), weight("b", 10), constant("scale", np.float32(0.004)), constant("zero", np.uint8(0))])
    yield "quantised", "pixels that are rounded", quantised, "load"
    classes = [node("ArgMax", "hidden", "active", axis=0)]
    yield "reject-integers", "whole numbers where there should be others", model(*dense(classes)), "unsupported-op", "“node_output” (Gemm) cannot be read here: its inputs are [1, 12] of type INT64 and [12, 10] and [10]"
    trees = [helper.make_node("TreeEnsembleClassifier", ["input"], ["label", "output"], name="trees", domain="ai.onnx.ml")]
    made = model(trees, [])
    made.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))
    yield "reject-trees", "a forest", made, "unsupported-op", "ai.onnx.ml:TreeEnsembleClassifier"


def pooled():
    """As PyTorch exports LPPool2d(2, 2): the root of a mean of squares, with the sign of that mean."""
    nodes = [
        node("Conv", "input k kb", "c", pads=[1, 1, 1, 1]), node("Relu", "c", "r"), node("Pow", "r two", "squares"),
        node("AveragePool", "squares", "mean", kernel_shape=[2, 2], strides=[2, 2]), node("Sign", "mean", "sign"),
        node("Abs", "mean", "size"), node("Relu", "size", "positive"), node("Mul", "sign positive", "signed"),
        node("Mul", "signed places", "sum"), node("Pow", "sum half", "norm"), node("Flatten", "norm", "flat"),
        node("Gemm", "flat w b", "output"),
    ]
    weights = [weight("k", 3, 1, 3, 3), weight("kb", 3), weight("w", 48, 10), weight("b", 10)]
    numbers = [constant(name, np.float32(value)) for name, value in (("two", 2), ("places", 4), ("half", 0.5))]
    yield "lp-pool-signed", "Lp pooling with a sign", model(nodes, weights + numbers)


def logarithms():
    """Logarithms of sums of exponentials that overflow, and of a logistic function far below zero."""
    large = node("Mul", "scores hundred", "large")
    kept = [large, node("ReduceLogSumExp", "large", "sum", axes=[1]), node("Sub", "large sum", "output")]
    flat = node("ReduceLogSumExp", "large", "flat_sum", axes=[1], keepdims=0)
    dropped = [large, flat, node("Unsqueeze", "flat_sum one", "sum"), node("Sub", "large sum", "output")]
    for name, last in (("log-sum-exp", kept), ("log-sum-exp-flat", dropped)):
        nodes, weights = dense([node("Relu", "hidden", "active")], last)
        numbers = [constant("hundred", np.float32(100)), constant("one", np.array([1], np.int64))]
        yield name, "a logarithm of a sum of large exponentials", model(nodes, weights + numbers)
    middle = [node("Mul", "hidden some", "wide"), node("Sigmoid", "wide", "on"), node("Log", "on", "active")]
    nodes, weights = dense(middle)
    made = model(nodes, [*weights, constant("some", np.float32(4))])
    yield "log-sigmoid", "the logarithm of a logistic function", made


def doubles():
    """Weights and pixels in double precision, and a cast to it."""
    nodes, weights = dense([node("Relu", "hidden", "single"), node("Cast", "single", "active", to=TensorProto.DOUBLE)])
    made = model(nodes, weights)
    for tensor in made.graph.initializer:
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float64), tensor.name))
    for end in (*made.graph.input, *made.graph.output):
        end.type.tensor_type.elem_type = TensorProto.DOUBLE
    yield "doubles", "a network in double precision", made


def integers():
    """Pixels of integers from 0 to 255: moved and made floats, or computed with."""

    def of(kind, *first):
        nodes, weights = dense([node("Relu", "hidden", "active")])
        scale = constant("scale", np.array(1 / 255, np.float32))
        spread = node("Mul", "float scale", "spread")
        for each in nodes:
            each.input[:] = ["spread" if name == "input" else name for name in each.input]
        made = model([*first, spread, *nodes], [scale, *weights])
        made.graph.input[0].type.tensor_type.elem_type = kind
        return made

    to_float = lambda name: node("Cast", name, "float", to=TensorProto.FLOAT)
    yield "bytes", "pixels of bytes", of(TensorProto.UINT8, to_float("input"))
    turned = node("Transpose", "input", "turned", perm=[0, 1, 3, 2])
    yield "bytes-moved", "pixels of bytes, moved first", of(TensorProto.UINT8, turned, to_float("turned"))
    yield "integers", "pixels of 64-bit integers", of(TensorProto.INT64, to_float("input"))
    halved = of(TensorProto.UINT8, node("BitShift", "input one", "halved", direction="RIGHT"), to_float("halved"))
    halved.graph.initializer.append(constant("one", np.array(1, np.uint8)))
    said = "computes with the image's integers; export it with pixels as floats"
    yield "reject-bytes", "bytes that are computed with", halved, "unsupported-op", said


def attended():
    """Attention as one operator, as version 23 has it: heads on an axis of their own, and behind each other."""

    def of(shape, extra, **attributes):
        nodes = [
            node("Mul", "input seven", "larger"),
            node("Reshape", "larger shape", "x"),
            node("Neg", "x", "v"),
            node("Attention", " ".join(["x x v", *[name for name, _ in extra]]), "y", **attributes),
            node("Flatten", "y", "flat"),
            node("Gemm", "flat w b", "output"),
        ]
        constants = [constant("shape", np.array(shape)), constant("seven", np.float32(7))]
        weights = [weight("w", 64, 10), weight("b", 10), *constants, *(constant(*each) for each in extra)]
        made = model(nodes, weights)
        made.opset_import[0].version = 23
        made.ir_version = 10
        return made

    yield "attention", "attention, four axes, queries that look back only", of([0, 2, 4, 8], [], is_causal=1)
    seen = np.tri(4, 4, 1, dtype=bool)
    heads = {"q_num_heads": 2, "kv_num_heads": 2, "scale": 0.5}
    yield "attention-folded", "attention, three axes, with a mask of truth values", of([0, 4, 16], [("mask", seen)], **heads)
    shared = of([0, 4, 16], [], q_num_heads=2, kv_num_heads=1)
    yield "reject-attention", "queries that share heads", shared, "unsupported-op", "(Attention) cannot be differentiated here: its queries share heads"


def dynamic():
    """Layers that are quantised as they run, with a zero point for each column."""
    bytes_of = lambda *shape: RANDOM.integers(-128, 128, shape).astype(np.int8)
    layer = lambda name, x, product, w: [
        node("DynamicQuantizeLinear", x, f"{name}_q {name}_s {name}_z"),
        node(product, f"{name}_q {w} {name}_z {w}_zero", f"{name}_whole"),
        node("Cast", f"{name}_whole", f"{name}_float", to=TensorProto.FLOAT),
        node("Mul", f"{name}_s {w}_scale", f"{name}_scale"),
        node("Mul", f"{name}_float {name}_scale", f"{name}_y"),
    ]
    nodes = [
        node("Sub", "input half", "around"),
        *layer("first", "around", "ConvInteger", "w1"),
        node("Relu", "first_y", "active"),
        node("Flatten", "active", "flat"),
        *layer("second", "flat", "MatMulInteger", "w2"),
        node("Add", "second_y b", "output"),
    ]
    nodes[2].attribute.append(helper.make_attribute("strides", [2, 2]))
    weights = [
        constant("half", np.float32(0.5)),
        constant("w1", bytes_of(3, 1, 2, 2)), constant("w1_zero", np.int8(3)), constant("w1_scale", np.float32(0.01)),
        constant("w2", bytes_of(48, 10)), constant("w2_zero", bytes_of(10) // 16), constant("w2_scale", np.float32(0.004)),
        weight("b", 10),
    ]
    yield "dynamic", "layers that are quantised as they run", model(nodes, weights)


def whole():
    """A network of eight bits between its ends, as onnxruntime writes it."""
    bytes_of = lambda *shape: RANDOM.integers(-128, 128, shape).astype(np.int8)
    nodes = [
        node("QuantizeLinear", "input x_s x_z", "x"),
        node("QLinearConv", "x x_s x_z w1 w1_s w1_z y_s y_z b1", "y", strides=[2, 2]),
        node("MaxPool", "y", "most", kernel_shape=[2, 2]),
        node("Flatten", "most", "flat"),
        node("QGemm", "flat y_s y_z w2 w2_s w2_z b2 o_s o_z", "o", domain="com.microsoft", transB=1),
        node("DequantizeLinear", "o o_s o_z", "output"),
    ]
    weights = [
        constant("x_s", np.float32(1 / 255)), constant("x_z", np.uint8(0)),
        constant("w1", bytes_of(5, 1, 2, 2)), constant("w1_s", np.linspace(0.005, 0.01, 5).astype(np.float32)),
        constant("w1_z", np.zeros(5, np.int8)), constant("b1", RANDOM.integers(-9000, 9000, 5).astype(np.int32)),
        constant("y_s", np.float32(0.015)), constant("y_z", np.uint8(110)),
        constant("w2", bytes_of(10, 45)), constant("w2_s", np.float32(0.004)), constant("w2_z", np.int8(0)),
        constant("b2", RANDOM.integers(-9000, 9000, 10).astype(np.int32)),
        constant("o_s", np.float32(0.03)), constant("o_z", np.uint8(120)),
    ]
    yield "eight-bits", "a network of eight bits", model(nodes, weights, opsets=["com.microsoft"])
    own = lambda op, inputs, output, **attributes: node(op, inputs, output, domain="com.microsoft", **attributes)
    nodes = [
        own("QuantizeLinear", "input x_s x_z", "x"),
        node("QLinearConv", "x x_s x_z w1 w1_s w1_z y_s y_z", "y", pads=[1, 1, 0, 0]),
        own("QLinearLeakyRelu", "y y_s y_z l_s y_z", "l", alpha=0.2),
        own("QLinearSigmoid", "y y_s y_z g_s x_z", "g"),
        own("QLinearMul", "l l_s y_z g g_s x_z m_s m_z", "m"),
        own("QLinearAdd", "m m_s m_z y y_s y_z a_s a_z", "a"),
        own("QLinearAveragePool", "a a_s a_z p_s a_z", "p", kernel_shape=[4, 4], strides=[4, 4]),
        own("QLinearGlobalAveragePool", "a a_s a_z p_s a_z", "all"),
        node("Flatten", "p", "flat"), node("Flatten", "all", "means"),
        own("QLinearConcat", "c_s c_z flat p_s a_z means p_s a_z", "c", axis=1),
        node("QLinearMatMul", "c c_s c_z w2 w2_s w2_z o_s o_z", "o"),
        own("DequantizeLinear", "o o_s o_z", "output"),
    ]
    scale, zero = (lambda name, value: constant(name, np.float32(value))), (lambda name, value: constant(name, np.uint8(value)))
    weights = [
        scale("x_s", 1 / 255), zero("x_z", 0), constant("w1", bytes_of(3, 1, 2, 2)), scale("w1_s", 0.01), constant("w1_z", np.int8(0)),
        scale("y_s", 0.0213), zero("y_z", 120), scale("l_s", 0.0171), scale("g_s", 1 / 256), scale("m_s", 0.0127), zero("m_z", 20),
        scale("a_s", 0.0317), zero("a_z", 90), scale("p_s", 0.0113), scale("c_s", 0.0097), zero("c_z", 80),
        constant("w2", bytes_of(15, 10)), constant("w2_s", np.linspace(0.004, 0.008, 10).astype(np.float32)),
        constant("w2_z", np.zeros(10, np.int8)), scale("o_s", 0.0107), zero("o_z", 125),
    ]
    rounded = lambda name, what, end, *more: (name, what, model(nodes[:-1] + [
        own(end, "o o_s o_z q_s x_z", "p_q", **({"axis": 1, "opset": OPSET} if end == "QLinearSoftmax" else {})),
        node("DequantizeLinear", "p_q q_s x_z", "output"),
    ], weights + [scale("q_s", 1 / 256)], opsets=["com.microsoft"]), *more)
    # Read without the rounding.
    yield rounded("eight-bits-softmax", "a softmax of eight bits", "QLinearSoftmax", "load", None, 1 / 256)
    yield rounded("eight-bits-sigmoids", "sigmoids of eight bits", "QLinearSigmoid")
    ends = [own("DequantizeLinear", "o o_s o_z", "z"), node("Softmax", "z", "shares"), own("QuantizeLinear", "shares h_s h_z", "whole"), own("DequantizeLinear", "whole h_s h_z", "output")]
    fine = [scale("h_s", 1 / 65535), constant("h_z", np.uint16(0))]
    yield "sixteen-bits-softmax", "a softmax of sixteen bits", model(nodes[:-1] + ends, weights + fine, opsets=["com.microsoft"])
    rows = [
        node("Reshape", "input long", "row"), node("QuantizeLinear", "row x_s x_z", "x"),
        node("QLinearConv", "x x_s x_z w1 w1_s w1_z y_s y_z b1", "y", strides=[4]),
        node("DequantizeLinear", "y y_s y_z", "real"), node("Flatten", "real", "flat"), node("Gemm", "flat w b", "output"),
    ]
    weights_of_rows = [
        constant("long", np.int64([0, 1, 64])), scale("x_s", 1 / 255), zero("x_z", 3), constant("w1", bytes_of(4, 1, 4)),
        constant("w1_s", np.linspace(0.005, 0.01, 4).astype(np.float32)), constant("w1_z", np.zeros(4, np.int8)),
        constant("b1", RANDOM.integers(-9000, 9000, 4).astype(np.int32)), scale("y_s", 0.0171), zero("y_z", 119), weight("w", 64, 10), weight("b", 10),
    ]
    yield "eight-bits-rows", "a convolution of eight bits along rows", model(rows, weights_of_rows)
    yield "eight-bits-joined", "layers of eight bits that are joined", model(nodes, weights, opsets=["com.microsoft"])


def step(nodes, inputs, outputs, weights=()):
    """A loop's body: its number and whether it is on come first of the inputs, whether it goes on of the outputs."""
    kinds = [(TensorProto.INT64, []), (TensorProto.BOOL, [])]
    inputs, outputs = inputs.split(), outputs.split()
    ends = [helper.make_tensor_value_info(name, *kind) for name, kind in zip(inputs, kinds)]
    ends += [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in inputs[2:]]
    made = [helper.make_tensor_value_info(outputs[0], TensorProto.BOOL, [])]
    made += [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs[1:]]
    return helper.make_graph(nodes, "step", ends, made, list(weights))


def loops():
    yes, four = constant("yes", np.bool_(True)), constant("four", np.int64(4))
    layer = [node("Gemm", "h w b", "z"), node("Tanh", "z", "t"), node("Cast", "i", "k", to=TensorProto.FLOAT),
             node("Mul", "t k", "scaled"), node("Add", "scaled hidden", "next"), node("Identity", "on", "goes")]
    counted = step(layer, "i on h", "goes next", [weight("w", 12, 12), weight("b", 12)])
    nodes, weights = dense([node("Loop", "four yes hidden", "active", body=counted)])
    yield "loop-counted", "a layer four times, which counts", model(nodes, [*weights, yes, four])

    # As PyTorch writes `for i in range(x.shape[1])`, a loop of one without a condition within, and what steps make.
    inner = step([node("Mul", "u half", "v"), node("Identity", "off", "ok")], "j off u", "ok v", [constant("half", np.float32(0.5))])
    rows = [node("Loop", "two_times  h", "n", body=inner), node("Sin", "n", "next"), node("ReduceSum", "next one_row", "sum"),
            node("Mul", "next once", "row"), node("Constant", "", "goes", value=constant("goes", np.bool_(True)))]
    rows[0].input[:] = ["two_times", "", "h"]
    stepped = step(rows, "i on h", "goes next row sum")
    middle = [node("Shape", "output_like", "shape"), node("Gather", "shape one", "count"), node("Loop", "count yes hidden", "last rows sums", body=stepped),
              node("ReduceMean", "rows", "mean", axes=[0], keepdims=0), node("ReduceMean", "sums", "level", axes=[0], keepdims=0), node("Add", "last mean", "both"), node("Mul", "both level", "active")]
    nodes, weights = dense([node("Slice", "hidden zero three one_row", "output_like"), *middle])
    weights += [yes, constant("one", np.int64(1)), constant("two_times", np.int64(2)), constant("once", np.float32(1.5)),
                constant("zero", np.int64([0])), constant("three", np.int64([3])), constant("one_row", np.int64([1]))]
    yield "loop-rows", "a loop as long as an axis, with a loop in it, whose steps are put behind each other", model(nodes, weights)

    while_ = [node("Sigmoid", "h", "s"), node("Add", "s hidden", "next"), node("Add", "i one", "j"), node("Less", "j four", "goes")]
    nodes, weights = dense([node("Loop", " yes hidden", "active", body=step(while_, "i on h", "goes next"))])
    nodes[2].input[:] = ["", "yes", "hidden"]
    yield "loop-while", "a loop that computes whether it goes on", model(nodes, [*weights, yes, four, constant("one", np.int64(1))])

    # The condition hangs on the image.
    until = [node("Add", "h h", "next"), node("ReduceMax", "next", "top", keepdims=0), node("Less", "top ten", "goes")]
    nodes, weights = dense([node("Loop", "four yes hidden", "active", body=step(until, "i on h", "goes next"))])
    made = model(nodes, [*weights, yes, four, constant("ten", np.float32(1))])
    yield "reject-loop-until", "a loop that goes on until the image says", made, "unsupported-op", "“node_active” (Loop) cannot be differentiated here: how often it runs"
    endless = step([node("Add", "h h", "next"), node("Identity", "on", "goes")], "i on h", "goes next")
    nodes, weights = dense([node("Loop", "many yes hidden", "active", body=endless)])
    made = model(nodes, [*weights, yes, constant("many", np.int64(2**40))])
    yield "reject-loop-long", "a loop of very many steps", made, "unsupported-op", "“node_active” (Loop) cannot be differentiated here: it has too many steps"

    # Rows from below, from a state of zeros that is made for each batch; sizes have names within.
    value = lambda name, *sizes: helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes)
    row = [node("Gemm", "r w b", "z"), node("Gemm", "h u", "q"), node("Add", "z q", "s"), node("Tanh", "s", "next"), node("Identity", "next", "seen")]
    weights = [weight("w", 8, 6), weight("b", 6), weight("u", 6, 6)]
    body = helper.make_graph(row, "row", [value("h", "N", 6), value("r", "N", 8)], [value("next", "N", 6), value("seen", "N", 6)], weights)
    nodes = [
        node("Squeeze", "input one", "rows"), node("Transpose", "rows", "turned", perm=[1, 0, 2]),
        node("Shape", "input", "shape"), node("Gather", "shape none", "count"), node("Concat", "count six", "sizes", axis=0), node("ConstantOfShape", "sizes", "start"),
        node("Scan", "start turned", "last all", body=body, num_scan_inputs=1, scan_input_directions=[1], scan_output_directions=[1]),
        node("Slice", "all none one none", "top"), node("Squeeze", "top none", "top_row"), node("Sub", "top_row last", "apart"),
        node("ReduceMean", "all", "mean", axes=[0], keepdims=0), node("Add", "mean apart", "level"), node("Gemm", "level w2 b2", "output"),
    ]
    weights = [constant("one", np.int64([1])), constant("none", np.int64([0])), constant("six", np.int64([6])), weight("w2", 6, 10), weight("b2", 10)]
    yield "scan-free-batch", "rows from below, from zeros that are made for a batch", model(nodes, weights)

    # What is quantised by its own range, and is a float again.
    nodes, weights = dense([node("DynamicQuantizeLinear", "hidden", "q s z"), node("DequantizeLinear", "q s z", "active")])
    yield "quantised-by-range", "a layer that is rounded by its own range, and goes on in floats", model(nodes, weights)
    scaled = [
        node("Abs", "hidden", "size"), node("ReduceMax", "size", "top", axes=[1], keepdims=0), node("Div", "top levels", "s"), node("Expand", "zero shape", "z"),
        node("QuantizeLinear", "size s z", "q", axis=0), node("DequantizeLinear", "q s z", "active", axis=0),
    ]
    nodes, weights = dense([node("Shape", "hidden", "both"), node("Slice", "both none one", "shape"), *scaled])
    weights += [constant("levels", np.float32(200)), constant("zero", np.uint8([3])), constant("none", np.int64([0])), constant("one", np.int64([1]))]
    yield "quantised-by-image", "each image is rounded by its own largest number", model(nodes, weights)


def fixed():
    """A batch of three that the exporter wrote down wherever it stands."""

    def of_three(nodes, weights):
        made = model(nodes, weights)
        made.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 3
        return made

    def shape(name, *sizes):
        return constant(name, np.array(sizes, np.int64))

    def spread(name, one, axis):
        return constant(name, np.repeat(np.expand_dims(one, axis), 3, axis).astype(np.float32))

    steps = [node("Reshape", "input rows", "square"), node("Transpose", "square", "steps", perm=[1, 0, 2])]
    yield "batch-fixed-states", "a recurrent layer whose first states, and a constant beside its last, are as tall as the batch", of_three(
        [
            *steps,
            helper.make_node("GRU", ["steps", "w", "r", "b", "", "state"], ["all", "last"], name="node_last", hidden_size=6),
            node("Squeeze", "last front", "hidden"),
            node("Concat", "hidden more", "both", axis=1),
            node("Gemm", "both w2 b2", "output"),
        ],
        [
            shape("rows", 3, 8, 8),
            weight("w", 1, 18, 8),
            weight("r", 1, 18, 6),
            weight("b", 1, 36),
            spread("state", RANDOM.normal(0, 0.5, (1, 6)), 1),
            shape("front", 0),
            spread("more", RANDOM.normal(0, 0.5, 2), 0),
            weight("w2", 8, 10),
            weight("b2", 10),
        ],
    )
    yield "batch-fixed-heads", "halves of each row of three images, side by side behind steps, beside a constant that is filled in", of_three(
        [
            *steps,
            node("Reshape", "steps halves", "heads"),
            node("ReduceMax", "heads", "largest", axes=[0], keepdims=0),
            node("Reshape", "largest again", "flat"),
            node("ConstantOfShape", "again", "half", value=constant("half", np.array([0.5], np.float32))),
            node("Sub", "flat half", "centred"),
            node("Gemm", "centred w2 b2", "output"),
        ],
        [shape("rows", 3, 8, 8), shape("halves", 8, 6, 4), shape("again", 3, 8), weight("w2", 8, 10), weight("b2", 10)],
    )
    yield "batch-fixed-differs", "each image of three has an offset of its own", of_three(
        [node("Flatten", "input", "flat"), node("Gemm", "flat w2 b2", "scores"), node("Add", "scores own", "output")],
        [weight("w2", 64, 10), weight("b2", 10), weight("own", 3, 10)],
    ), "not-an-image-classifier", "its output is [3, 10]"
    # Three parts of each of four windows of three images: guesses take the parts for the images.
    windows = [
        node("Reshape", "input cut", "parts"), node("Transpose", "parts", "turned", perm=[0, 1, 3, 2, 4]), node("Reshape", "turned rows", "windows"),
        node("Gemm", "windows w1 b1", "values"), node("Reshape", "values thirds", "split"), node("ReduceMax", "split", "best", axes=[1], keepdims=0),
        node("Reshape", "best again", "flat"), node("Gemm", "flat w2 b2", "output"),
    ]
    yield "batch-fixed-windows", "windows of three images behind each other, in three parts", of_three(
        windows,
        [shape("cut", 3, 2, 4, 2, 4), shape("rows", 12, 16), shape("thirds", 12, 3, 4), shape("again", 3, 16), weight("w1", 16, 12), weight("b1", 12), weight("w2", 16, 10), weight("b2", 10)],
    )


def angles():
    """Functions of angles and of hyperbolas, as networks of Chebyshev polynomials have them."""
    of = ["Asin", "Acos", "Atanh", "Tan", "Sinh", "Cosh"]
    nodes, weights = dense(
        [
            node("Tanh", "hidden", "short"),
            node("Mul", "short nearly", "inside"),
            *[node(op, "inside", op.lower()) for op in of],
            node("Asinh", "hidden", "asinh"),
            node("Add", "cosh nearly", "beyond"),
            node("Acosh", "beyond", "acosh"),
            node("Mul", "acos degree", "turned"),
            node("Cos", "turned", "polynomial"),
            node("Sum", " ".join(op.lower() for op in of) + " asinh acosh polynomial", "active"),
        ]
    )
    weights += [constant("nearly", np.float32(0.98)), constant("degree", np.float32(5))]
    yield "angles", "functions of angles and of hyperbolas, and their inverse ones", model(nodes, weights)


def places():
    """Parts of a layer that are written over, added to and read at places that the file holds."""
    rows = [
        node("Reshape", "hidden square", "table"),
        node("Slice", "table zero two one", "part"),
        node("Tanh", "part", "bent"),
        node("ScatterND", "table spots bent", "written"),
        node("ScatterElements", "written columns bent", "mixed", axis=-1),
        node("ScatterND", "mixed spots part", "added", reduction="add"),
        node("GatherND", "added spots", "read"),
        node("ReduceMean", "read", "level", axes=[0, 1], keepdims=0),
        node("CumSum", "added row", "summed"),
        node("Add", "summed level", "all"),
        node("Reshape", "all wide", "active"),
    ]
    weights = [
        constant("square", np.int64([-1, 3, 4])), constant("wide", np.int64([-1, 12])), constant("row", np.int64([2])),
        constant("zero", np.int64([0])), constant("two", np.int64([2])), constant("one", np.int64([1])),
        constant("spots", np.int64([[[0, -1], [0, 1]]])), constant("columns", np.int64([[[-1, 0, 2, 1], [3, -4, 1, 2]]])),
    ]
    nodes, layers = dense(rows)
    made = model(nodes, [*layers, *weights])
    made.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    yield "places", "parts of a layer at places counted from behind, two of them computed", made
    # What is put there is for other places.
    weights[6] = constant("spots", np.int64([[[0, -1], [0, 1], [0, 0]]]))
    made = model(nodes, [*layers, *weights])
    made.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    yield "reject-places", "more places than what is put there", made, "unsupported-op", "“node_written” (ScatterND) cannot be differentiated here: its indices do not fit what it is given"


def answers(path):
    """onnxruntime's scores, of the file's last output that is a tensor or a map of floats."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    image = images().reshape(3, 64 if len(entry.shape) == 2 else 1, *([] if len(entry.shape) == 2 else [8, 8]))
    double = entry.type == "tensor(double)"
    kind = {"tensor(double)": np.float64, "tensor(uint8)": np.uint8, "tensor(int64)": np.int64}.get(entry.type, np.float32)
    image = image if kind in (np.float32, np.float64) else np.rint(np.float32(255) * image)
    # A scale that all images share is none of one's own.
    alone = any(each.op_type == "DynamicQuantizeLinear" for each in onnx.load(path).graph.node)
    alone = alone or entry.shape[0] == 1
    parts = [session.run(None, {entry.name: part})[-1] for part in np.split(image.astype(kind), 3 if alone else 1)]
    scores = np.concatenate(parts) if alone else parts[0]
    scores = scores.astype(np.float32) if double else scores
    if isinstance(scores, list):
        scores = np.array([[row[key] for key in row] for row in scores], np.float32)
    assert scores.shape == (3, 10) and scores.dtype == np.float32, (path, scores.shape)
    assert scores.std(0).max() > 1e-3 * np.ptp(scores), path
    return base64.b64encode(np.ascontiguousarray(scores, "<f4").tobytes()).decode()


def written(name, what, made, expect="load", says=None, step=None):
    """Writes a file and gives its entry in the reference."""
    path = FOLDER / f"{name}.onnx"
    path.write_bytes(made.SerializeToString())
    entry = {"file": path.name, "what": what, "expect": expect}
    if says:
        entry["says"] = says
    if step:
        entry["step"] = step
    if expect.startswith("load"):
        entry["answer"] = answers(path)
    return entry


def main():
    """Writes every file and the reference."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    entries = [written(*each) for source in (functions, orders, sparse, ends, masks, fused, learned, refused) for each in source()]
    nodes, weights = dense([node("Relu", "hidden", "active")])
    path = FOLDER / "external.onnx"
    onnx.save(model(nodes, weights), path, save_as_external_data=True, location="external.onnx.data", size_threshold=0)
    entries.append({"file": path.name, "what": "weights in a second file", "expect": "load", "answer": answers(path)})
    # Last, so that the weights of those before it stay as they are.
    entries += [written(*each) for source in (pooled, logarithms, doubles, integers, attended, dynamic, whole, loops, columns, fixed, angles, places) for each in source()]
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    text = json.dumps({"about": ABOUT}, indent=1)[:-2] + ',\n "files": [\n' + lines + "\n]}\n"
    json.loads(text)
    (FOLDER / "reference.json").write_text(text)
    print(f"{len(entries)} files, {sum(path.stat().st_size for path in FOLDER.iterdir())} bytes")


if __name__ == "__main__":
    main()
