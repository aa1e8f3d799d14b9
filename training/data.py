"""MNIST as IDX files, and the paper's split of the training digits into P1 and P2.

Pixels are float32 in [0, 1] (byte / 255), with no other normalisation, shaped [N, 784].
"""

import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
SPLIT_SEED = 1312
SPLIT_SIZE = 30_000


def read_idx(folder, name):
    """The array in an IDX file of unsigned bytes; `name` is tried plain, then gzipped."""
    plain, packed = Path(folder) / name, Path(folder) / f"{name}.gz"
    raw = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
    if raw[:3] != b"\0\0\x08":
        raise ValueError(f"{name} is not an IDX file of unsigned bytes")
    rank = raw[3]
    shape = np.frombuffer(raw, ">u4", rank, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def write_idx(path, array):
    """Writes unsigned bytes as a gzipped IDX file, the same bytes on every run."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    with open(path, "wb") as file:
        with gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
            packed.write(header + array.astype(np.uint8).tobytes())


def digits(folder, part):
    """(images [N, 784], labels [N]) as tensors; `part` is "train" or "t10k" (the test set)."""
    images = read_idx(folder, f"{part}-images-idx3-ubyte")
    labels = read_idx(folder, f"{part}-labels-idx1-ubyte")
    pixels = images.reshape(len(images), 784).astype(np.float32) / np.float32(255)
    return torch.from_numpy(pixels), torch.from_numpy(labels.astype(np.int64))


def splitmix64(state):
    """One step of SplitMix64: (the next state, a 64-bit output)."""
    mask = (1 << 64) - 1
    state = (state + 0x9E3779B97F4A7C15) & mask
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return state, z ^ (z >> 31)


def permutation(count, seed):
    """Fisher–Yates from the end, the index drawn as SplitMix64 output modulo (i + 1)."""
    order, state = np.arange(count, dtype=np.uint32), seed
    for i in range(count - 1, 0, -1):
        state, drawn = splitmix64(state)
        j = drawn % (i + 1)
        order[i], order[j] = order[j], order[i]
    return order


def split():
    """(P1, P2): two disjoint halves of the training set, as index arrays."""
    order = permutation(2 * SPLIT_SIZE, SPLIT_SEED)
    return order[:SPLIT_SIZE].astype(np.int64), order[SPLIT_SIZE:].astype(np.int64)


def parts(folder):
    """{"train", "p1", "p2", "test": (images, labels)}: what networks are trained and measured on."""
    whole = digits(folder, "train")
    p1, p2 = ([part[half] for part in whole] for half in map(torch.from_numpy, split()))
    return {"train": whole, "p1": p1, "p2": p2, "test": digits(folder, "t10k")}


def write_split_record(path=HERE / "split.json"):
    """Records how the split is made, with what another implementation needs to check its own."""
    order = permutation(2 * SPLIT_SIZE, SPLIT_SEED)
    halves = {"p1": order[:SPLIT_SIZE], "p2": order[SPLIT_SIZE:]}
    record = {
        "what": "the 60,000 MNIST training digits in two halves of 30,000 (Tables 3 and 4)",
        "seed": SPLIT_SEED,
        "algorithm": [
            "order = [0, 1, ..., 59999]; state = seed (u64)",
            "for i = 59999 down to 1: swap order[i] and order[splitmix64() mod (i + 1)]",
            "P1 = order[0..30000], P2 = order[30000..60000]",
            "splitmix64: state += 0x9E3779B97F4A7C15; z = state;"
            " z = (z ^ z>>30) * 0xBF58476D1CE4E5B9; z = (z ^ z>>27) * 0x94D049BB133111EB;"
            " return z ^ z>>31; all modulo 2^64",
        ],
        "encoding": "indices as little-endian u32, in the order of the permutation",
        "sha256": {k: hashlib.sha256(v.astype("<u4").tobytes()).hexdigest() for k, v in halves.items()},
        "first": {k: v[:8].tolist() for k, v in halves.items()},
    }
    path.write_text(json.dumps(record, indent=2) + "\n")
