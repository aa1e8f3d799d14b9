"""What every attack is given, and what it gives back."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch


@dataclass
class Task:
    """Digits that a network reads rightly, to be misread by as small a change as possible."""

    model: str
    file: Path
    network: torch.nn.Module
    images: np.ndarray  # [N, 784], float32
    labels: np.ndarray  # [N]
    threads: int
    limit: float  # seconds after which an attack that goes digit by digit ends

    def first(self, count):
        """The same task with the first digits only."""
        return Task(**{**vars(self), "images": self.images[:count], "labels": self.labels[:count]})

    def tensors(self):
        """(images [N, 1, 28, 28], labels [N])"""
        images = torch.from_numpy(self.images).reshape(-1, 1, 28, 28)
        return images, torch.from_numpy(self.labels.astype(np.int64))


@dataclass
class Answer:
    """Images, the first of the task's digits in their order, and the time they took."""

    images: np.ndarray  # [n, 784]
    seconds: float
    each: list = field(default_factory=list)  # seconds of each digit, where they are made one by one
