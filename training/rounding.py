"""Weights of 8 bits: each matrix of a file as whole numbers, and one scale for each output.

    W[o, …] = s[o] · q[o, …]        q whole, from −127 to 127

A file holds q and s, and a DequantizeLinear between them and the layer; biases and small layers stay as they
are. s[o] is the one of many tried scales with the least squared error of its row, in f64. Whoever multiplies
in f32 gets the same weights, bit for bit.
"""

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

BITS = 8
LARGEST = 2 ** (BITS - 1) - 1
# Layers of fewer weights stay as they are: there is nothing to save.
FEWEST = 1_000
# Beside the largest weight over LARGEST, which clips nothing: smaller scales, which clip a few weights and
# round the others less.
SHARES = np.linspace(0.5, 1, 101)


def whole(rows, scales):
    """The whole numbers of rows [outputs, weights] at one scale a row."""
    return np.clip(np.rint(rows / scales[:, None]), -LARGEST, LARGEST).astype(np.int8)


def squared_errors(rows, scales):
    """What rounding to these scales costs each row."""
    return np.square(rows - whole(rows, scales) * scales[:, None].astype(np.float64)).sum(1)


def largest_scales(rows):
    """The scales, in f32, at which each row's largest weight is LARGEST; 1 for a row of zeros."""
    largest = np.abs(rows).max(1)
    return np.where(largest > 0, largest / LARGEST, 1).astype(np.float32)


def best_scales(rows):
    """The scales, in f32, with the least squared error."""
    best = largest_scales(rows)
    least = squared_errors(rows, best)
    for share in SHARES:
        tried = (largest_scales(rows) * share).astype(np.float32)
        error = squared_errors(rows, tried)
        best, least = np.where(error < least, tried, best), np.minimum(error, least)
    return best


def rounded(weight, scales=best_scales):
    """(q, s) of an array whose first axis is the outputs; q has its shape."""
    rows = weight.reshape(len(weight), -1).astype(np.float64)
    found = scales(rows)
    return whole(rows, found).reshape(weight.shape), found


def product(q, s):
    """The weights in f32."""
    return q.astype(np.float32) * s.reshape(-1, *[1] * (q.ndim - 1))


def is_weight(array):
    """Whether this is rounded: enough floats, of more than one axis. A bias has one."""
    return array.dtype == np.float32 and array.ndim > 1 and array.size >= FEWEST


def round_net(net, scales=best_scales):
    """Rounds the weights of a PyTorch network in place.

    Gives (q, s) of each by name, and how far rounding moved them: the norm of what changed as a share
    of the weights' norm, the largest of all layers.
    """
    found, moved = {}, []
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            weight = parameter.numpy().copy()
            if is_weight(weight):
                found[name] = rounded(weight, scales)
                near = product(*found[name])
                moved.append(np.linalg.norm(weight - near) / np.linalg.norm(weight))
                parameter.copy_(torch.from_numpy(near))
    return found, float(max(moved))


def pack(model, found):
    """Puts (q, s) and a DequantizeLinear in the place of the weights of an ONNX model; names stay."""
    graph = model.graph
    kept = [tensor for tensor in graph.initializer if tensor.name not in found]
    weights = [tensor for tensor in graph.initializer if tensor.name in found]
    if {tensor.name for tensor in weights} != set(found):
        raise ValueError("the model lacks some of these weights")
    nodes, tensors = [], []
    for tensor in weights:
        name, (q, s) = tensor.name, found[tensor.name]
        if not np.array_equal(numpy_helper.to_array(tensor), product(q, s)):
            raise ValueError(f"{name} is not what it was rounded to")
        tensors += [numpy_helper.from_array(q, f"{name}.whole"), numpy_helper.from_array(s, f"{name}.scale")]
        nodes.append(helper.make_node("DequantizeLinear", [t.name for t in tensors[-2:]], [name], axis=0))
    nodes += graph.node
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(tensors + kept)
    graph.node.extend(nodes)


def unpacked(model):
    """A copy of an ONNX model whose weights are floats again."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    graph = copy.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    made = [node for node in graph.node if node.op_type == "DequantizeLinear"]
    for node in made:
        q, s = (numpy_helper.to_array(constants.pop(name)) for name in node.input)
        constants[node.output[0]] = numpy_helper.from_array(product(q, s), node.output[0])
        graph.node.remove(node)
    del graph.initializer[:]
    graph.initializer.extend(constants.values())
    return copy


def constants(model):
    """The constants of an ONNX model by name, its weights as floats."""
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in unpacked(model).graph.initializer}
