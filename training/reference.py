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
from torch.nn import functional as F

import data
import nets
import rounding
from publish import MODELS
from specs import SPECS

ABOUT = {
    "what": (
        "for each network: its logits on ten digits of the MNIST test set, the first of each class, "
        "and the gradient of the cross-entropy at the true label with respect to the pixels"
    ),
    "sets": (
        "digits: as they are; noisy: the same times 0.9, plus noise in [0, 0.1]. In the flat parts of a digit "
        "as it is, a max-pool may see numbers that differ in the seventh place"
    ),
    "spread": (
        "[10]: the largest relative distance of the gradients at eight images whose pixels were changed by "
        "one unit in the last place of f32 or so (2^-23 of themselves). Where it is large, the gradient at that "
        "image is not determined by f32 numbers, whoever computes it"
    ),
    "computed": "PyTorch in f64 on the f32 weights of models/NAME.onnx, each a whole number times its scale, rounded to f32",
    "encoding": "base64 of little-endian float32, row-major: images and gradients [10, 784], logits [10, 10]",
    "indices": "of the digits in the test set; row i of every array belongs to indices[i]",
}

NUDGES = 8
LAST_PLACE = 2.0**-23


def read_net(spec, path):
    """The PyTorch network of a bundled ONNX file, whose constants carry PyTorch's names."""
    tensors = rounding.constants(onnx.load(path))
    match spec["kind"]:
        case "softmax":
            net = nets.Dense([10])
        case "sigmoid" | "hardened":
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


def answers(net, images, labels):
    """Logits and input gradients, in f64."""
    pixels = images.double().requires_grad_(True)
    logits = net(pixels.view(-1, 1, 28, 28))
    loss = F.cross_entropy(logits, labels, reduction="sum")
    (gradients,) = torch.autograd.grad(loss, pixels)
    return logits, gradients


def spread(net, images, labels, gradients):
    """How far the gradients move when every pixel moves by a unit in its last place."""
    generator = torch.Generator().manual_seed(2)
    largest = torch.zeros(len(images), dtype=torch.float64)
    for _ in range(NUDGES):
        signs = torch.randint(0, 2, images.shape, generator=generator).double() * 2 - 1
        nudged = images.double() * (1 + LAST_PLACE * signs)
        _, moved = answers(net, nudged, labels)
        distance = (moved - gradients).flatten(1).norm(dim=1) / gradients.flatten(1).norm(dim=1)
        largest = torch.maximum(largest, distance)
    return [float(f"{v:.3g}") for v in largest]


def entry(spec, sets, labels):
    """The reference of one network."""
    path = MODELS / f"{spec['name']}.onnx"
    net = read_net(spec, path).double()
    card = json.loads((MODELS / f"{spec['name']}.json").read_text())
    record = {"name": spec["name"], "sha256": card["sha256"]}
    for name, images in sets.items():
        logits, gradients = answers(net, images, labels)
        record[name] = {
            "logits": packed(logits),
            "gradients": packed(gradients),
            "spread": spread(net, images, labels, gradients),
        }
    return record


def main():
    """Writes the reference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=data.REPOSITORY / "data" / "mnist", help="folder of the IDX files")
    options = parser.parse_args()
    torch.set_num_threads(2)
    images, labels = data.digits(options.data, "t10k")
    chosen = torch.tensor([int((labels == digit).nonzero()[0]) for digit in range(10)])
    noise = torch.rand(images[chosen].shape, generator=torch.Generator().manual_seed(1))
    digits = images[chosen]
    sets = {"digits": digits, "noisy": 0.9 * digits + 0.1 * noise}
    record = {
        "about": ABOUT,
        "indices": chosen.tolist(),
        "labels": labels[chosen].tolist(),
        "images": {name: packed(images) for name, images in sets.items()},
        "models": [entry(spec, sets, labels[chosen]) for spec in SPECS],
    }
    (data.HERE / "reference.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
