"""What `cargo xtask bench` runs in Python: native attacks, ours and others', on the same digits.

    python run.py PLAN.json RESULTS.json

The plan: {"program": our command line, "methods": its methods, "models": names, "data": folder of
MNIST, "count": digits of attacks on batches, "one_by_one": digits of attacks that take one after
the other, 0 for none of these, "threads": n, "limit": seconds for these}. The results: {"rows": [{"model", "attack",
"ours", "convolutional", "seconds", "l2": one number or null a digit, and, of an attack that goes digit by digit,
"indices": the digits' places in the test set, "each": their seconds}]}.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch

import advlib
import blindspots_cli
import foolbox_deepfool
import scipy_lbfgsb
from convert import in_torch
from measure import Reader, distances
from task import Task

import data
from specs import SPECS

MODELS = data.REPOSITORY / "models"

def prepared(plan, model):
    """The task of a model: the first test digits that it reads rightly."""
    file = MODELS / f"{model}.onnx"
    reader = Reader(file, plan["threads"])
    images, labels = (part.numpy() for part in data.digits(plan["data"], "t10k"))
    right = np.flatnonzero(reader.read(images) == labels)[: plan["count"]]
    task = Task(model, file, in_torch(file, reader), images[right], labels[right], plan["threads"], plan["limit"])
    return task, reader, right


def kind(model):
    """What a bundled network is: "softmax", "sigmoid", "autoencoder" or "cnn"."""
    return next(spec["kind"] for spec in SPECS if spec["name"] == model)


def attacks(plan, model):
    """(name, attack, whether it is ours, whether it goes digit by digit)"""
    for method in plan["methods"]:
        yield f"blindspots {method}", blindspots_cli.attack(plan["program"], method), True, False
    for library in (advlib, foolbox_deepfool):
        for name, attack in library.ATTACKS.items():
            yield name, attack, False, False
    slow = {**scipy_lbfgsb.ATTACKS, **({} if kind(model) == "cnn" else scipy_lbfgsb.SIGMOID_ATTACKS)}
    for name, attack in slow.items():
        yield name, attack, False, True


def main():
    """Runs every attack on every model."""
    plan, results = Path(sys.argv[1]), Path(sys.argv[2])
    plan = json.loads(plan.read_text())
    torch.set_num_threads(plan["threads"])
    torch.manual_seed(0)
    rows = []
    for model in plan["models"]:
        whole, reader, indices = prepared(plan, model)
        for name, attack, ours, slow in attacks(plan, model):
            if slow and not plan["one_by_one"]:
                continue
            task = whole.first(plan["one_by_one"]) if slow else whole
            try:
                answer = attack(task)
            except blindspots_cli.UnknownMethod:
                print(f"  {name}: no such method", flush=True)
                continue
            l2 = distances(reader, task, answer.images)
            row = {"model": model, "attack": name, "ours": ours, "convolutional": kind(model) == "cnn"}
            places = indices[: len(answer.each)].tolist()
            rows.append({**row, "seconds": answer.seconds, "l2": l2, "indices": places, "each": answer.each})
            print(f"  {model} {name}: {len(l2)} digits in {answer.seconds:.1f} s", flush=True)
    results.write_text(json.dumps({"rows": rows}))


if __name__ == "__main__":
    main()
