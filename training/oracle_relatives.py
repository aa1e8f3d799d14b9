"""The relatives of the paper's attack by their public libraries, as an oracle for our own.

    pip install --no-deps -r benches/peers/requirements.txt -r benches/peers/without-dependencies.txt
    python training/oracle_relatives.py

DeepFool of foolbox, DDN and Carlini and Wagner's attack of adv-lib, each with the defaults that ours
share, on the digits of tests/fixtures/scipy_szegedy.json, one digit at a time. Writes
tests/fixtures/public_relatives.json.
"""

import argparse
import hashlib
import json
import sys
import types

import numpy as np
import torch

import data
from publish import MODELS
from reference import read_net
from specs import SPECS

# Both import what nothing here uses: a plotting server, clients that fetch models.
sys.modules["visdom"] = types.SimpleNamespace(Visdom=None)
sys.modules["git"] = types.SimpleNamespace(Repo=None)
sys.modules["requests"] = types.SimpleNamespace()

import adv_lib  # noqa: E402
import foolbox  # noqa: E402
from adv_lib.attacks import carlini_wagner_l2, ddn  # noqa: E402

FIXTURES = data.REPOSITORY / "tests" / "fixtures"
MODEL = "fc100-100-10"
SETTINGS = {
    "deepfool": {"library": f"foolbox {foolbox.__version__}", "steps": 50, "overshoot": 0.02, "candidates": 10},
    "ddn": {"library": "adv-lib 0.2.8", "steps": 100, "γ": 0.05, "init_norm": 1.0, "levels": None},
    "cw": {"library": "adv-lib 0.2.8", "max_iterations": 1_000, "binary_search_steps": 9, "initial_const": 1e-3},
}


def attacks(net):
    """For each method: (digits, labels) to adversarial digits."""
    options = {name: {k: v for k, v in s.items() if k != "library"} for name, s in SETTINGS.items()}
    fool = foolbox.attacks.L2DeepFoolAttack(loss="logits", **options["deepfool"])
    model = foolbox.PyTorchModel(net, bounds=(0, 1), device="cpu")
    return {
        "deepfool": lambda x, y: fool(model, x, y, epsilons=None)[1],
        "ddn": lambda x, y: ddn(net, x, y, **options["ddn"]),
        "cw": lambda x, y: carlini_wagner_l2(net, x, y, **options["cw"]),
    }


def main():
    """Attacks the digits and writes the distances."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=data.REPOSITORY / "data" / "mnist", help="folder of the IDX files")
    parser.add_argument("--count", type=int, default=20)
    options = parser.parse_args()
    images, labels = data.digits(options.data, "t10k")
    chosen = json.loads((FIXTURES / "scipy_szegedy.json").read_text())["digits"][: options.count]
    path = MODELS / f"{MODEL}.onnx"
    net = read_net(next(spec for spec in SPECS if spec["name"] == MODEL), path).float().eval()
    methods = attacks(net)
    rows = []
    for index in (digit["index"] for digit in chosen):
        x, y = images[index : index + 1].reshape(1, 1, 28, 28), labels[index : index + 1]
        row = {"index": index, "label": int(y)}
        for name, attack in methods.items():
            found = attack(x.clone(), y)
            fooled = int(net(found).argmax()) != int(y)
            row[name] = round(float((found - x).double().norm()), 6) if fooled else None
        rows.append(row)
    means = {name: float(np.mean([row[name] for row in rows if row[name] is not None])) for name in methods}
    record = {
        "what": "‖r‖₂ of the nearest adversarial image by public libraries, untargeted; null where none was found",
        "model": MODEL,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "settings": SETTINGS,
        "mean_l2": means,
        "digits": rows,
    }
    (FIXTURES / "public_relatives.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    print(means)


if __name__ == "__main__":
    main()
