"""Trains the bundled networks and writes models/NAME.onnx with a card for each.

    python training/train.py                 everything
    python training/train.py --only NAME     one network (may be given several times)
"""

import argparse
import time

import torch

import data
import fit
import hardened
import nets
import publish
from specs import SPECS


def as_image_net(layer):
    """A softmax layer as a network that takes [N, 1, 28, 28]."""
    net = nets.Dense([10])
    net.layers()[0].load_state_dict(layer.state_dict())
    return net


def fitted(spec, images, labels):
    """The network of `spec`, trained."""
    match spec["kind"]:
        case "softmax":
            return as_image_net(fit.softmax_regression(images, labels, *spec["lambda"], **spec["fit"]))
        case "sigmoid":
            return fit.sigmoid_net(images, labels, spec["sizes"], spec["lambda"], **spec["fit"])
        case "autoencoder":
            return fit.frozen_features_net(images, labels, spec["lambda"][-1], **spec["fit"])
        case "hardened":
            return hardened.hardened_net(images, labels, spec["sizes"], spec["lambda"], **spec["fit"])
        case "cnn":
            return fit.cnn(images, labels, **spec["fit"])


def train(spec, parts):
    """Trains, measures and publishes one network; returns its card."""
    torch.manual_seed(spec["seed"])
    images, labels = parts[spec["training_set"].lower()]
    start = time.perf_counter()
    net = fitted(spec, images, labels)
    facts = {
        "epochs": spec["fit"].get("epochs"),
        "seed": spec["seed"],
        "seconds": round(time.perf_counter() - start, 1),
    }
    return publish.publish(net, spec, facts, parts)


def main():
    """Reads the command line and trains what it names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=data.REPOSITORY / "data" / "mnist", help="folder of the IDX files")
    parser.add_argument("--only", action="append", choices=[spec["name"] for spec in SPECS])
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    data.write_split_record()
    publish.write_index(SPECS)
    parts = data.parts(options.data)
    for spec in SPECS:
        if options.only and spec["name"] not in options.only:
            continue
        card = train(spec, parts)
        print(f"{card['name']:<18}{card['errors']}  {card['training_seconds']} s", flush=True)


if __name__ == "__main__":
    main()
