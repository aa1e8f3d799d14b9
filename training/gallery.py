"""Writes models/gallery-*: the first ten digits of each class in the MNIST test set.

    python training/gallery.py
"""

import argparse
import json

import numpy as np

import data
from publish import MODELS


def main():
    """Picks the digits, in test-set order, and writes them as IDX files with their indices."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=data.REPOSITORY / "data" / "mnist", help="folder of the IDX files")
    options = parser.parse_args()
    images = data.read_idx(options.data, "t10k-images-idx3-ubyte")
    labels = data.read_idx(options.data, "t10k-labels-idx1-ubyte")
    chosen = np.sort(np.concatenate([np.flatnonzero(labels == digit)[:10] for digit in range(10)]))
    data.write_idx(MODELS / "gallery-images-idx3-ubyte.gz", images[chosen])
    data.write_idx(MODELS / "gallery-labels-idx1-ubyte.gz", labels[chosen])
    record = {
        "what": "100 digits of the MNIST test set: the first ten of each class, in test-set order",
        "indices": chosen.tolist(),
        "labels": labels[chosen].tolist(),
    }
    (MODELS / "gallery.json").write_text(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
