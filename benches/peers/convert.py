"""An ONNX file as a PyTorch network, by onnx2torch."""

import numpy as np
import onnx
import onnx2torch
import torch
from onnx import numpy_helper, version_converter

import rounding

# The newest version of the format of which onnx2torch knows every operation.
OPSET = 18

# Logits in f32 by two programs: absolute plus relative.
AGREEMENT = 1e-4


def without_allowzero(model):
    """Drops a flag of Reshape that onnx2torch refuses, where it means nothing."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Reshape" and (constants[node.input[1]] != 0).all():
            kept = [attribute for attribute in node.attribute if attribute.name != "allowzero"]
            del node.attribute[:]
            node.attribute.extend(kept)
    return model


def in_torch(file, reader):
    """The network, its weights constant; an error unless it answers as onnxruntime does."""
    older = version_converter.convert_version(rounding.unpacked(onnx.load(file)), OPSET)
    network = onnx2torch.convert(without_allowzero(older)).eval().requires_grad_(False)
    noise = np.random.default_rng(0).random((4, 784), np.float32)
    found = network(torch.from_numpy(noise).reshape(-1, 1, 28, 28)).numpy()
    np.testing.assert_allclose(found, reader.logits(noise), AGREEMENT, AGREEMENT)
    return network
