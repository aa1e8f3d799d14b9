"""Small networks put together node by node, as other tools write them."""

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch.nn import functional as F

from foreign.case import LOG_PROBABILITIES, PROBABILITIES, Case

BATCH = "N"


class Graph:
    """Nodes and seeded weights of one file."""

    def __init__(self, name, shape, opset=17, output_shape=(BATCH, 10), output_type=TensorProto.FLOAT):
        self.name, self.shape, self.opset = name, [BATCH, *shape], opset
        self.random = np.random.default_rng(sum(name.encode()))
        self.nodes, self.weights, self.opsets = [], {}, [("", opset)]
        self.output = helper.make_tensor_value_info("output", output_type, output_shape)

    def weight(self, name, *shape, fan=None):
        """A random initializer for sums over `fan` values, kept in `weights`; returns its name."""
        fan = fan or (int(np.prod(shape[1:])) if len(shape) > 1 else 4)
        return self.constant(name, self.random.normal(0, 1.5 / fan**0.5, shape).astype(np.float32))

    def constant(self, name, array):
        """An initializer with the given value; returns its name."""
        self.weights[name] = np.asarray(array)
        return name

    def node(self, op, inputs, output, **attributes):
        """Adds a node with one output; returns the output's name."""
        self.nodes.append(helper.make_node(op, inputs, [output], name=f"{op}_{len(self.nodes)}", **attributes))
        return output

    def tensor(self, name):
        """A weight as an f64 tensor, for twins."""
        return torch.from_numpy(self.weights[name].astype(np.float64))

    def bytes(self, weights_are_inputs=False):
        """The file."""
        inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, self.shape)]
        if weights_are_inputs:
            inputs += [
                helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
                for name, array in self.weights.items()
            ]
        tensors = [numpy_helper.from_array(array, name) for name, array in self.weights.items()]
        graph = helper.make_graph(self.nodes, self.name, inputs, [self.output], tensors)
        opsets = [helper.make_opsetid(*pair) for pair in self.opsets]
        version = 3 if weights_are_inputs else min(3 + self.opset // 3, 9)
        model = helper.make_model(graph, opset_imports=opsets, ir_version=version)
        return model.SerializeToString()

    def case(self, what, twin=None, weights_are_inputs=False, **more):
        """The case of this graph."""
        return Case(self.name, what, "onnx.helper", self.bytes(weights_are_inputs), twin=twin, **more)


def finish(graph, features, width):
    """Flattened features → dense → the output."""
    graph.weight("last.w", width, 10, fan=width)
    graph.weight("last.b", 10)
    flat = graph.node("Flatten", [features], "flat", axis=1)
    product = graph.node("MatMul", [flat, "last.w"], "product")
    graph.node("Add", [product, "last.b"], "output")


def finished(graph, features):
    """What `finish` does, on tensors."""
    return features.flatten(1) @ graph.tensor("last.w") + graph.tensor("last.b")


def gemm(trans_a, trans_b):
    """Gemm with each setting of its transposes, and with alpha and beta."""
    g = Graph(f"gemm-{'t' if trans_a else 'n'}{'t' if trans_b else 'n'}", [784])
    x = g.node("Transpose", ["input"], "turned", perm=[1, 0]) if trans_a else "input"
    g.weight("w", *((10, 784) if trans_b else (784, 10)), fan=784)
    g.weight("b", 1, 10)
    g.node("Gemm", [x, "w", "b"], "output", transA=trans_a, transB=trans_b, alpha=0.5, beta=2.0)

    def twin(images):
        w = g.tensor("w")
        return 0.5 * images.flatten(1) @ (w.T if trans_b else w) + 2.0 * g.tensor("b")

    return g.case("Gemm with alpha, beta and transposes", twin)


def keras_dense():
    """Input [N, 28, 28, 1], Reshape, MatMul, Add, Relu, Softmax, as tf2onnx writes them."""
    g = Graph("keras-dense", [28, 28, 1], opset=13)
    g.constant("shape", np.array([-1, 784], np.int64))
    g.weight("w1", 784, 6, fan=784), g.weight("b1", 6)
    g.weight("w2", 6, 10, fan=6), g.weight("b2", 10)
    x = g.node("Reshape", ["input", "shape"], "flat")
    x = g.node("Relu", [g.node("Add", [g.node("MatMul", [x, "w1"], "m1"), "b1"], "a1")], "r1")
    x = g.node("Add", [g.node("MatMul", [x, "w2"], "m2"), "b2"], "a2")
    g.node("Softmax", [x], "output", axis=-1)

    def twin(images):
        hidden = F.relu(images.flatten(1) @ g.tensor("w1") + g.tensor("b1"))
        return F.softmax(hidden @ g.tensor("w2") + g.tensor("b2"), 1)

    return g.case("dense Keras net: NHWC input, probabilities", twin, output=PROBABILITIES)


def keras_conv():
    """A Keras convolutional net: NHWC outside, NCHW inside, features flattened in NHWC order."""
    g = Graph("keras-conv", [28, 28, 1], opset=13)
    g.weight("k1", 3, 1, 5, 5), g.weight("c1", 3)
    g.weight("w", 147, 10, fan=147), g.weight("b", 10)
    g.constant("shape", np.array([-1, 147], np.int64))
    x = g.node("Transpose", ["input"], "nchw", perm=[0, 3, 1, 2])
    x = g.node("Conv", [x, "k1", "c1"], "conv", auto_pad="SAME_UPPER", strides=[2, 2], kernel_shape=[5, 5])
    x = g.node("MaxPool", [g.node("Relu", [x], "relu")], "pool", kernel_shape=[2, 2], strides=[2, 2])
    x = g.node("Reshape", [g.node("Transpose", [x], "nhwc", perm=[0, 2, 3, 1]), "shape"], "flat")
    x = g.node("Add", [g.node("MatMul", [x, "w"], "product"), "b"], "sum")
    g.node("Softmax", [x], "output")

    def twin(images):
        x = F.pad(images, (1, 2, 1, 2))
        x = F.max_pool2d(F.relu(F.conv2d(x, g.tensor("k1"), g.tensor("c1"), stride=2)), 2)
        x = x.permute(0, 2, 3, 1).flatten(1) @ g.tensor("w") + g.tensor("b")
        return F.softmax(x, 1)

    return g.case("convolutional Keras net: NHWC flattening, probabilities", twin, output=PROBABILITIES)


def padded(auto_pad, op, kernel, stride):
    """Convolutions and pools whose padding is worked out from the size."""
    g = Graph(f"{op.lower()}-{auto_pad.lower().replace('_', '-')}-k{kernel}s{stride}", [1, 28, 28])
    side = -(-28 // stride) if auto_pad.startswith("SAME") else (28 - kernel) // stride + 1
    extra = max((side - 1) * stride + kernel - 28, 0) if auto_pad.startswith("SAME") else 0
    low, high = (extra - extra // 2, extra // 2) if auto_pad == "SAME_LOWER" else (extra // 2, extra - extra // 2)
    settings = {"auto_pad": auto_pad, "kernel_shape": [kernel] * 2, "strides": [stride] * 2}
    channels = 1
    if op == "Conv":
        channels = 2
        inputs = ["input", g.weight("k", 2, 1, kernel, kernel), g.weight("c", 2)]
    else:
        inputs = ["input"]
    finish(g, g.node("Sigmoid", [g.node(op, inputs, "x", **settings)], "y"), channels * side * side)

    def twin(images):
        pad = (low, high, low, high)
        match op:
            case "Conv":
                x = F.conv2d(F.pad(images, pad), g.tensor("k"), g.tensor("c"), stride=stride)
            case "MaxPool":
                x = F.max_pool2d(F.pad(images, pad, value=-1e30), kernel, stride)
            case _:
                count = F.avg_pool2d(F.pad(torch.ones_like(images), pad), kernel, stride)
                x = F.avg_pool2d(F.pad(images, pad), kernel, stride) / count
        return finished(g, torch.sigmoid(x))

    return g.case(f"{op} with auto_pad {auto_pad}", twin)


def uneven_pads():
    """A convolution and an average-pool with another padding on every side."""
    g = Graph("pads-uneven", [1, 28, 28])
    inputs = ["input", g.weight("k", 2, 1, 4, 3)]
    x = g.node("Conv", inputs, "conv", kernel_shape=[4, 3], strides=[2, 3], pads=[0, 2, 3, 1])
    x = g.node(
        "AveragePool", [x], "pool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 0, 2, 1], count_include_pad=1
    )
    finish(g, x, 2 * 8 * 5)

    def twin(images):
        x = F.conv2d(F.pad(images, (2, 1, 0, 3)), g.tensor("k"), stride=(2, 3))
        return finished(g, F.avg_pool2d(F.pad(x, (0, 1, 1, 2)), 3, 2))

    return g.case("convolution and average-pool with uneven pads", twin)


def batch_normalisation():
    """A BatchNormalization node as it stands, before and after a strided convolution."""
    g = Graph("batchnorm-node", [1, 28, 28], opset=9)
    for at, width in (("0", 1), ("1", 3)):
        g.weight(f"scale{at}", width), g.weight(f"shift{at}", width), g.weight(f"mean{at}", width)
        g.constant(f"var{at}", g.random.uniform(0.3, 2, width).astype(np.float32))
    norm = lambda x, at: [x, f"scale{at}", f"shift{at}", f"mean{at}", f"var{at}"]
    x = g.node("BatchNormalization", norm("input", "0"), "n0", epsilon=1e-3)
    x = g.node("Conv", [x, g.weight("k", 3, 1, 4, 4)], "conv", kernel_shape=[4, 4], strides=[4, 4])
    x = g.node("LeakyRelu", [x], "leaky", alpha=0.2)
    finish(g, g.node("BatchNormalization", norm(x, "1"), "n1"), 147)

    def twin(images):
        t = lambda at: [g.tensor(f"{part}{at}") for part in ("mean", "var", "scale", "shift")]
        x = F.batch_norm(images, *t("0"), eps=1e-3)
        x = F.leaky_relu(F.conv2d(x, g.tensor("k"), stride=4), 0.2)
        return finished(g, F.batch_norm(x, *t("1"), eps=1e-5))

    return g.case("BatchNormalization nodes on input and features, opset 9", twin)


def weights_as_inputs():
    """Initializers listed among the inputs, as files up to IR version 3 have to."""
    g = Graph("weights-as-inputs", [1, 28, 28], opset=7)
    g.weight("w", 10, 784), g.weight("b", 10)
    x = g.node("Dropout", [g.node("Flatten", ["input"], "flat")], "kept", ratio=0.5)
    g.node("Gemm", [x, "w", "b"], "output", transB=1)
    twin = lambda images: images.flatten(1) @ g.tensor("w").T + g.tensor("b")
    return g.case("weights listed as inputs, Dropout, opset 7", twin, weights_are_inputs=True)


def constants_as_nodes():
    """Weights in Constant nodes, one of them halved in precision and cast back."""
    g = Graph("constants-as-nodes", [28, 28], opset=13)
    w = g.random.normal(0, 0.1, (784, 10)).astype(np.float16)
    b = g.random.normal(0, 1, 10).astype(np.float32)
    g.node("Constant", [], "half", value=numpy_helper.from_array(w, "half"))
    g.node("Cast", ["half"], "w", to=TensorProto.FLOAT)
    g.node("Constant", [], "b", value=numpy_helper.from_array(b, "b"))
    x = g.node("Identity", [g.node("Flatten", ["input"], "flat")], "same")
    g.node("Sum", [g.node("MatMul", [x, "w"], "m"), "b"], "output")
    twin = lambda images: images.flatten(1) @ torch.from_numpy(w.astype(np.float64)) + torch.from_numpy(b).double()
    return g.case("Constant nodes, f16 weights through Cast, Identity, Sum", twin)


def shared_and_diamond():
    """One weight used twice and a diamond of products: gradients have to add up."""
    g = Graph("diamond", [784])
    g.weight("w", 784, 6, fan=784), g.weight("s", 6), g.weight("v", 6, 10, fan=6)
    x = g.node("MatMul", ["input", "w"], "x")
    left = g.node("Tanh", [x], "left")
    right = g.node("Sigmoid", [g.node("Mul", [x, "s"], "scaled")], "right")
    x = g.node("Mul", [left, right], "both")
    x = g.node("Sub", [g.node("Div", [x, g.node("Add", [g.node("Mul", [left, left], "l2"), "one"], "d")], "q"), right], "z")
    g.constant("one", np.float32(1))
    a = g.node("MatMul", [x, "v"], "a")
    g.node("Add", [a, g.node("MatMul", [left, "v"], "c")], "output")

    def twin(images):
        x = images.flatten(1) @ g.tensor("w")
        left, right = torch.tanh(x), torch.sigmoid(x * g.tensor("s"))
        return (left * right / (left * left + 1) - right) @ g.tensor("v") + left @ g.tensor("v")

    return g.case("a diamond of shared values", twin)


def log_of_softmax():
    """Log of a Softmax node, and a Softmax on opset 11's flattened axis."""
    g = Graph("log-of-softmax", [1, 28, 28], opset=11)
    finish(g, "input", 784)
    g.nodes[-1].output[0] = "logits"
    g.node("Log", [g.node("Softmax", ["logits"], "p")], "output")
    twin = lambda images: F.log_softmax(finished(g, images), 1)
    return g.case("Log of Softmax, opset 11", twin, output=LOG_PROBABILITIES)


def extra_outputs():
    """Logits first, then the hidden features as a second output."""
    g = Graph("two-outputs", [1, 28, 28])
    x = g.node("Conv", ["input", g.weight("k", 2, 1, 7, 7)], "conv", kernel_shape=[7, 7], strides=[7, 7])
    x = g.node("Relu", [x], "features")
    finish(g, x, 32)
    model = onnx.load_from_string(g.bytes())
    model.graph.output.append(helper.make_tensor_value_info("features", TensorProto.FLOAT, [BATCH, 2, 4, 4]))
    twin = lambda images: finished(g, F.relu(F.conv2d(images, g.tensor("k"), stride=7)))
    return Case(g.name, "a second output beside the logits", "onnx.helper", model.SerializeToString(), twin=twin)


def conv_logits():
    """Logits [N, 10, 1, 1] squeezed to [N, 10] by a Reshape with a 0."""
    g = Graph("fully-convolutional", [1, 28, 28])
    x = g.node("Conv", ["input", g.weight("k", 4, 1, 7, 7), g.weight("c", 4)], "x", kernel_shape=[7, 7], strides=[7, 7])
    x = g.node("Conv", [g.node("Elu", [x], "e", alpha=0.5), g.weight("h", 10, 4, 4, 4)], "h0", kernel_shape=[4, 4])
    g.constant("shape", np.array([0, -1], np.int64))
    g.node("Reshape", [x, "shape"], "output")

    def twin(images):
        x = F.elu(F.conv2d(images, g.tensor("k"), g.tensor("c"), stride=7), 0.5)
        return F.conv2d(x, g.tensor("h")).flatten(1)

    return g.case("convolutions only, Reshape with 0 and -1", twin)


def cases():
    """Every file of this module."""
    for trans_a in (0, 1):
        for trans_b in (0, 1):
            yield gemm(trans_a, trans_b)
    yield keras_dense()
    yield keras_conv()
    for auto_pad in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        yield padded(auto_pad, "Conv", 5, 2)
        yield padded(auto_pad, "Conv", 4, 3)
        yield padded(auto_pad, "MaxPool", 3, 3)
        yield padded(auto_pad, "AveragePool", 3, 3)
    yield uneven_pads()
    yield batch_normalisation()
    yield weights_as_inputs()
    yield constants_as_nodes()
    yield shared_and_diamond()
    yield log_of_softmax()
    yield extra_outputs()
    yield conv_logits()
