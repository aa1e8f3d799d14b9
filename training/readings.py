"""Measures the ways of reading the paper's weight decay on its softmax models; prints a table.

    python training/readings.py
"""

import argparse

import torch
from torch import nn
from torch.nn import functional as F

import data
from publish import errors
from specs import SPECS

READINGS = {
    "λ·Σw²/k, k = 10 units": lambda decay, layer: decay / 10 * layer.weight.square().sum(),
    "λ·Σw²": lambda decay, layer: decay * layer.weight.square().sum(),
    "λ/2·Σw²": lambda decay, layer: decay / 2 * layer.weight.square().sum(),
    "λ/2·(Σw² + Σb²)": lambda decay, layer: decay / 2 * sum(p.square().sum() for p in layer.parameters()),
}


def solved(images, labels, penalty):
    """Softmax regression with the given penalty on its layer, by full-batch L-BFGS."""
    layer = nn.Linear(784, 10)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    optimiser = torch.optim.LBFGS(
        layer.parameters(), max_iter=400, history_size=20, line_search_fn="strong_wolfe"
    )

    def loss():
        optimiser.zero_grad()
        value = F.cross_entropy(layer(images), labels) + penalty(layer)
        value.backward()
        return value

    optimiser.step(loss)
    return nn.Sequential(nn.Flatten(), layer)


def main():
    """One row a reading; training and test error in percent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=data.REPOSITORY / "data" / "mnist", help="folder of the IDX files")
    options = parser.parse_args()
    torch.set_num_threads(2)
    whole, test = data.digits(options.data, "train"), data.digits(options.data, "t10k")
    models = [spec for spec in SPECS if spec["kind"] == "softmax"]
    print("| added to the loss |" + "".join(f" {spec['title']} |" for spec in models))
    print("|---|" + "---|" * len(models))
    cells = [f"{spec['paper']['train_error']:.1f} / {spec['paper']['test_error']:.1f}" for spec in models]
    print("| the paper's errors, train / test | " + " | ".join(cells) + " |", flush=True)
    for name, penalty in READINGS.items():
        cells = []
        for spec in models:
            net = solved(*whole, lambda layer: penalty(spec["lambda"][0], layer))
            cells.append(f"{errors(net, *whole):.1f} / {errors(net, *test):.1f}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
