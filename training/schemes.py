"""Measures the ways of training on adversarial examples; prints a table of errors in percent.

    python training/schemes.py [--epochs 10]

Each network is trained on the first 50,000 training digits, with fewer epochs than the one that
ships, and measured on the last 10,000. "random" is the control: the same lengths, but directions
that no network had a say in.
"""

import argparse

import torch

import data
import hardened
from publish import errors
from specs import SPECS

HELD_OUT = 10_000
SHIPPED = next(spec for spec in SPECS if spec["kind"] == "hardened")
ROWS = [
    ("gradient", [0.0, 0.0, 0.0]),
    ("gradient", [1.0, 0.0, 0.0]),
    ("gradient", [0.0, 0.3, 0.0]),
    ("gradient", [0.0, 0.0, 0.3]),
    ("gradient", [0.0, 0.3, 0.3]),
    ("gradient", [1.0, 0.3, 0.3]),
    ("gradient", [1.3, 0.4, 0.4]),
    ("margin", [1.0, 1.0, 1.0]),
    ("random", [1.0, 0.3, 0.3]),
]


def random_steps(logits, labels, outputs, strengths):
    """Perturbations of the given lengths in random directions."""
    del logits, labels
    directions = [torch.randn_like(output) for output in outputs]
    return [s * d / d.norm(dim=1, keepdim=True) for s, d in zip(strengths, directions)]


def main():
    """One row a scheme."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=data.REPOSITORY / "data" / "mnist", help="folder of the IDX files")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    hardened.SCHEMES["random"] = random_steps
    images, labels = data.digits(options.data, "train")
    train, held = (images[:-HELD_OUT], labels[:-HELD_OUT]), (images[-HELD_OUT:], labels[-HELD_OUT:])
    print("| steps | pixels | first hidden layer | second hidden layer | trained on | held out |")
    print("|---|---|---|---|---|---|", flush=True)
    for scheme, strengths in ROWS:
        torch.manual_seed(SHIPPED["seed"])
        fit = {**SHIPPED["fit"], "epochs": options.epochs, "scheme": scheme, "strengths": strengths}
        net = hardened.hardened_net(*train, SHIPPED["sizes"], SHIPPED["lambda"], **fit).eval()
        cells = " | ".join(f"{strength:g}" if strength else "–" for strength in strengths)
        name = scheme if any(strengths) else "none"
        print(f"| {name} | {cells} | {errors(net, *train):.2f} | {errors(net, *held):.2f} |", flush=True)


if __name__ == "__main__":
    main()
