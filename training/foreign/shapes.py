"""Files for other images than digits, and for other numbers of classes."""

import numpy as np

from foreign.onnx_nets import BATCH, Graph


def strided(name, what, image, classes, side, channels_last=False, hidden=None, units=4):
    """Patches of `side` by `side` pixels, a leaky ReLU, and dense layers to the classes."""
    channels, height, width = image
    shape = [height, width, channels] if channels_last else [channels, height, width]
    g = Graph(name, shape, output_shape=(BATCH, classes))
    # The same weights for both orders of channels.
    g.random = np.random.default_rng(classes)
    x = g.node("Transpose", ["input"], "nchw", perm=[0, 3, 1, 2]) if channels_last else "input"
    kernel = g.weight("k", units, channels, side, side)
    x = g.node("Conv", [x, kernel, g.weight("c", units)], "x", kernel_shape=[side] * 2, strides=[side] * 2)
    x = g.node("Flatten", [g.node("LeakyRelu", [x], "y", alpha=0.2)], "flat")
    size = units * (height // side) * (width // side)
    if hidden:
        x = g.node("MatMul", [x, g.weight("h", size, hidden, fan=size)], "few")
        size = hidden
    g.node("Gemm", [x, g.weight("w", size, classes, fan=size), g.weight("b", classes)], "output")
    return g.case(what, image=image)


def dense(name, what, image, classes, hidden):
    """Two dense layers with a ReLU between them."""
    g = Graph(name, image, output_shape=(BATCH, classes))
    size = int(np.prod(image))
    x = g.node("Flatten", ["input"], "flat")
    x = g.node("Gemm", [x, g.weight("h", size, hidden, fan=size), g.weight("a", hidden)], "x")
    x = g.node("Relu", [x], "y")
    g.node("Gemm", [x, g.weight("w", hidden, classes, fan=hidden), g.weight("b", classes)], "output")
    return g.case(what, image=image)


def cases():
    """Every file of this module."""
    colour = (3, 32, 32)
    yield strided("colour", "32x32 in colour", colour, 10, 8)
    yield strided("colour-100-classes", "32x32 in colour, a hundred classes", colour, 100, 8)
    yield strided("colour-channels-last", "32x32 in colour, channels last", colour, 10, 8, channels_last=True)
    yield strided("colour-opaque", "16x24 in colour with opacity", (4, 16, 24), 5, 8)
    yield dense("colour-dense", "8x8 in colour, dense layers", (3, 8, 8), 4, 12)
    yield strided("three-classes", "8x8 in grey, three classes", (1, 8, 8), 3, 4)
    yield strided("two-classes", "28x28 in grey, two classes", (1, 28, 28), 2, 7)
    yield strided("classes-1001", "1001 classes", (1, 28, 28), 1001, 7, hidden=6)
