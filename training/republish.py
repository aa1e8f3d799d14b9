"""Writes models/NAME.onnx and its card again from networks that are trained already.

    git worktree add FOLDER fbe3daf              # the networks as they were trained, weights in f32
    python training/republish.py FOLDER/models   # every network (--only NAME for one of them)
    python training/republish.py FOLDER/models --compare

`--compare` writes nothing: it prints what rounding costs, with the scales that clip nothing and with those
of the least squared error, and how many training digits are newly misread, and newly read rightly.
"""

import argparse
import copy
import json
from pathlib import Path

import torch

import data
import publish
import rounding
from reference import read_net
from specs import SPECS


def compare(net, spec, parts):
    """Prints a row of a table: errors in percent as trained; then, for each choice of scales, what changes."""
    own, test = parts[spec["training_set"].lower()], parts["test"]
    pair = lambda of: f"{publish.errors(of, *own):.3f} / {publish.errors(of, *test):.2f}"
    before = publish.misread(net, *own)
    cells = [f"`{spec['name']}`", pair(net)]
    for scales in (rounding.largest_scales, rounding.best_scales):
        near = copy.deepcopy(net)
        _, moved = rounding.round_net(near, scales)
        after = publish.misread(near, *own)
        new, gone = int((after & ~before).sum()), int((before & ~after).sum())
        cells += [f"{100 * moved:.2f} %", pair(near), f"+{new} −{gone}"]
    print("| " + " | ".join(cells) + " |", flush=True)


def main():
    """Reads the command line and rounds what it names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="of the networks and cards")
    parser.add_argument("--data", default=data.REPOSITORY / "data" / "mnist", help="folder of the IDX files")
    parser.add_argument("--only", action="append", choices=[spec["name"] for spec in SPECS])
    parser.add_argument("--compare", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(2)
    parts = data.parts(options.data)
    for spec in SPECS:
        if options.only and spec["name"] not in options.only:
            continue
        net = read_net(spec, options.folder / f"{spec['name']}.onnx")
        if options.compare:
            compare(net, spec, parts)
            continue
        card = json.loads((options.folder / f"{spec['name']}.json").read_text())
        facts = {"epochs": card["epochs"], "seed": card["seed"], "seconds": card["training_seconds"]}
        card = publish.publish(net, spec, facts, parts)
        print(f"{card['name']:<22}{card['rounding']['errors_before']} → {card['errors']}", flush=True)


if __name__ == "__main__":
    main()
