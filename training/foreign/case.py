"""One foreign ONNX file: its bytes, what must come of it, and how its answers are known."""

from dataclasses import dataclass
from typing import Callable, Optional

import numpy as np
import torch
from torch.nn import functional as F

DIGIT = (1, 28, 28)
LABELS = torch.tensor([3, 1, 7])
LOGITS, PROBABILITIES, LOG_PROBABILITIES = "logits", "probabilities", "log-probabilities"


@dataclass
class Case:
    """A file under tests/fixtures/onnx, and what is known of it.

    `expect` is "load", or the code of the error. `twin` computes the same output from images
    [3, 1, 28, 28] in PyTorch; it is called in f64 and gives the reference, gradients included. Without
    one the reference is onnxruntime's and has no gradient. `image` is [channels, height, width]: other
    images than digits are those of `patterns`, and files for them have no twin.
    """

    name: str
    what: str
    made_by: str
    data: bytes
    expect: str = "load"
    output: str = LOGITS
    input_shape: Optional[list] = None
    batch: Optional[int] = None
    twin: Optional[Callable] = None
    image: tuple = DIGIT


def images():
    """A noisy, a smooth and a sparse image, [3, 1, 28, 28]."""
    random = np.random.default_rng(28)
    rows, columns = np.mgrid[0:28, 0:28] / 28
    smooth = 0.5 + 0.3 * np.sin(7 * rows + 2) + 0.2 * np.cos(11 * columns * rows)
    sparse = random.uniform(0, 1, (28, 28)) * (random.uniform(0, 1, (28, 28)) < 0.2)
    stack = np.stack([random.uniform(0, 1, (28, 28)), smooth, sparse]).astype(np.float32)
    return torch.from_numpy(stack.clip(0, 1)).unsqueeze(1)


def patterns(image):
    """Three images [3, channels, height, width] that are easily made anywhere.

    Number i of all of them is (2654435761·i mod 2³²) >> 16, over 2¹⁶.
    """
    numbers = np.arange(3 * int(np.prod(image)), dtype=np.uint64) * 2654435761 % 2**32
    return ((numbers >> 16) / 2**16).astype(np.float32).reshape(3, *image)


def cross_entropy(output, kind):
    """At LABELS, summed over the images, whose gradients are thereby their own."""
    if kind == LOGITS:
        return F.cross_entropy(output, LABELS, reduction="sum")
    logarithm = output.log() if kind == PROBABILITIES else output
    return F.nll_loss(logarithm, LABELS, reduction="sum")


def answer_and_gradient(twin, kind):
    """The twin's output for `images`, in f64, and the gradient of the cross-entropy, [3, 784]."""
    pixels = images().double().requires_grad_(True)
    output = twin(pixels)
    (gradient,) = torch.autograd.grad(cross_entropy(output, kind), pixels)
    return output.detach(), gradient.flatten(1)


def is_lively(output, gradient):
    """Whether the output depends on the image and no gradient is close to nothing."""
    return bool((output.std(0) > 1e-2).any() and (gradient.abs().amax(1) > 1e-3).all())
