"""Writes training/reference.json: logits and input gradients from PyTorch, for every network.

    python training/reference.py

The networks are read back from models/*.onnx, so that the reference is of the files that ship.
"""

import argparse
import base64
import json

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional as F

import data
import nets
from publish import MODELS
from specs import SPECS

ABOUT = {
    "what": (
        "for each network: its logits on ten digits of the MNIST test set, the first of each class, "
        "and the gradient of the cross-entropy at the true label with respect to the pixels"
    ),
    "images": (
        "[10, 784]: the digits, times 0.9, plus noise in [0, 0.1]. On the digits themselves a max-pool "
        "sees numbers that differ in the seventh place, where no two f32 gradients need agree"
    ),
    "computed": "PyTorch in f64 on the f32 weights of models/NAME.onnx, rounded to f32",
    "encoding": "base64 of little-endian float32, row-major: images and gradients [10, 784], logits [10, 10]",
    "indices": "of the digits in the test set; row i of every array belongs to indices[i]",
}


def read_net(spec, path):
    """The PyTorch network of a bundled ONNX file, whose initializers carry PyTorch's names."""
    tensors = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    match spec["kind"]:
        case "softmax":
            net = nets.Dense([10])
        case "sigmoid":
            net = nets.Dense(spec["sizes"])
        case "autoencoder":
            net = nets.Dense([spec["fit"]["units"], 10])
        case "cnn":
            net = nets.Cnn()
    net.load_state_dict({name: torch.from_numpy(tensors[name].copy()) for name in net.state_dict()})
    return net.eval()


def packed(tensor):
    """Base64 of little-endian float32."""
    return base64.b64encode(np.ascontiguousarray(tensor.detach().numpy(), "<f4").tobytes()).decode()


def entry(spec, images, labels):
    """The reference of one network."""
    path = MODELS / f"{spec['name']}.onnx"
    net = read_net(spec, path).double()
    pixels = images.double().requires_grad_(True)
    logits = net(pixels.view(-1, 1, 28, 28))
    loss = F.cross_entropy(logits, labels, reduction="sum")
    (gradients,) = torch.autograd.grad(loss, pixels)
    card = json.loads((MODELS / f"{spec['name']}.json").read_text())
    return {
        "name": spec["name"],
        "sha256": card["sha256"],
        "logits": packed(logits),
        "gradients": packed(gradients),
    }


def main():
    """Writes the reference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=data.REPOSITORY / "data" / "mnist", help="folder of the IDX files")
    options = parser.parse_args()
    torch.set_num_threads(2)
    images, labels = data.digits(options.data, "t10k")
    chosen = torch.tensor([int((labels == digit).nonzero()[0]) for digit in range(10)])
    noise = torch.rand(images[chosen].shape, generator=torch.Generator().manual_seed(1))
    noisy = 0.9 * images[chosen] + 0.1 * noise
    record = {
        "about": ABOUT,
        "indices": chosen.tolist(),
        "labels": labels[chosen].tolist(),
        "images": packed(noisy),
        "models": [entry(spec, noisy, labels[chosen]) for spec in SPECS],
    }
    (data.HERE / "reference.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
