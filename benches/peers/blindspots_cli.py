"""Blind Spots' command line, on the same digits in a file."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[2] / "training"))

import data  # noqa: E402

from task import Answer  # noqa: E402

# What the command line says of arguments that it does not know.
WRONG_ARGUMENTS = 2


class UnknownMethod(Exception):
    """The command line has no such method."""


def attack(program, method):
    """One of its methods as an attack on a task."""

    def run(task):
        with tempfile.TemporaryDirectory() as folder:
            return in_folder(Path(folder), program, method, task)

    return run


def in_folder(folder, program, method, task):
    """Writes the digits, runs the program, reads what it found and the time it says it took."""
    images, labels, found, report = (folder / name for name in ("images.gz", "labels.gz", "npy", "json"))
    data.write_idx(images, np.rint(task.images * 255).reshape(-1, 28, 28))
    data.write_idx(labels, task.labels)
    options = {
        "--model": task.file, "--images": images, "--labels": labels,
        "--method": method, "--save-npy": found, "--json": report,
    }
    words = [str(word) for pair in options.items() for word in pair]
    environment = {**os.environ, "RAYON_NUM_THREADS": str(task.threads)}
    done = subprocess.run([program, "attack", *words], env=environment, capture_output=True, text=True)
    if done.returncode == WRONG_ARGUMENTS:
        raise UnknownMethod(done.stderr.strip())
    if not report.exists():
        raise RuntimeError(done.stderr.strip())
    return Answer(np.load(found), json.loads(report.read_text())["summary"]["seconds"])
