"""The architectures. Every network takes [N, 1, 28, 28] in [0, 1] and gives logits [N, 10]."""

import torch
from torch import nn


class Dense(nn.Module):
    """784 inputs, then dense layers of the given sizes with sigmoids between them."""

    def __init__(self, sizes, gains=None):
        super().__init__()
        gains = gains or [1.0] * len(sizes)
        steps, width = [nn.Flatten()], 784
        for size, gain in zip(sizes, gains):
            layer = nn.Linear(width, size)
            nn.init.xavier_uniform_(layer.weight, gain=gain)
            nn.init.zeros_(layer.bias)
            steps += [layer, nn.Sigmoid()]
            width = size
        self.steps = nn.Sequential(*steps[:-1])

    def layers(self):
        """The dense layers, first to last."""
        return [step for step in self.steps if isinstance(step, nn.Linear)]

    def forward(self, image):
        return self.steps(image)


class Autoencoder(nn.Module):
    """One sigmoid code layer with a linear decoder to the logit of each pixel."""

    def __init__(self, units):
        super().__init__()
        self.encoder = nn.Linear(784, units)
        self.decoder = nn.Linear(units, 784)
        nn.init.normal_(self.encoder.weight, 0.0, 1 / 28)
        nn.init.constant_(self.encoder.bias, -1.0)
        nn.init.normal_(self.decoder.weight, 0.0, 1 / 28)
        nn.init.constant_(self.decoder.bias, -2.0)

    def forward(self, pixels):
        """(pixel logits, code)."""
        code = torch.sigmoid(self.encoder(pixels))
        return self.decoder(code), code


class Cnn(nn.Module):
    """LeNet-style: two convolutions with ReLU and 2x2 max-pooling, then 100 units, then 10."""

    def __init__(self):
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(1, 16, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.dense = nn.Sequential(nn.Linear(800, 100), nn.ReLU())
        self.last = nn.Linear(100, 10)

    def forward(self, image, dropout=0.0):
        """Logits; `dropout` acts on the 100 hidden units and is for training only."""
        hidden = self.dense(self.convolutions(image).flatten(1))
        return self.last(nn.functional.dropout(hidden, dropout, dropout > 0))
