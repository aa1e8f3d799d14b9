"""The paper's attack with scipy's L-BFGS-B for nine targets, one digit after the other.

The search is that of training/oracle_scipy.py. Gradients come from PyTorch, or, for a network of
dense sigmoid layers, from NumPy in f64.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

sys.path.append(str(Path(__file__).parents[2] / "training"))

import oracle_scipy  # noqa: E402

from task import Answer  # noqa: E402


class TorchNet:
    """A network's loss and input gradient by PyTorch in f32."""

    def __init__(self, network):
        self.network = network

    def loss(self, x, target):
        """(cross-entropy at `target`, its gradient, the class that is read)."""
        image = torch.from_numpy(x.astype(np.float32)).reshape(1, 1, 28, 28).requires_grad_()
        logits = self.network(image)
        loss = F.cross_entropy(logits, torch.tensor([target]))
        (gradient,) = torch.autograd.grad(loss, image)
        return loss.item(), gradient.reshape(-1).numpy().astype(np.float64), int(logits.argmax())


class OutOfTime(Exception):
    """The time is up in the middle of a digit."""


class Search(oracle_scipy.Search):
    """The search for one target, which also keeps its best image and ends in time."""

    def __init__(self, net, digit, target, deadline):
        super().__init__(net, digit, target)
        self.deadline, self.image = deadline, None

    def objective(self, x, c):
        """As in the oracle."""
        if time.perf_counter() > self.deadline:
            raise OutOfTime
        before = self.best
        answer = super().objective(x, c)
        if self.best < before:
            self.image = x.copy()
        return answer


def attacked(net, digit, label, deadline):
    """The nearest image over the nine targets; the digit itself where there is none."""
    searches = [Search(net, digit, target, deadline) for target in range(10) if target != label]
    for search in searches:
        search.run()
    best = min(searches, key=lambda search: search.best)
    return digit if best.image is None else best.image


def one_by_one(make_net):
    """As many digits of a task as its time allows; one that is not finished does not count."""

    def run(task):
        net, images, each = make_net(task), [], []
        start = time.perf_counter()
        deadline = start + task.limit
        for digit, label in zip(task.images, task.labels):
            begun = time.perf_counter()
            try:
                images.append(attacked(net, digit.astype(np.float64), int(label), deadline))
            except OutOfTime:
                break
            each.append(time.perf_counter() - begun)
        found = np.array(images, np.float32).reshape(-1, task.images.shape[1])
        return Answer(found, sum(each) if each else time.perf_counter() - start, each)

    return run


ATTACKS = {"scipy L-BFGS-B, PyTorch": one_by_one(lambda task: TorchNet(task.network))}

# Only for networks of dense sigmoid layers.
SIGMOID_ATTACKS = {"scipy L-BFGS-B, NumPy f64": one_by_one(lambda task: oracle_scipy.Net(task.model))}
