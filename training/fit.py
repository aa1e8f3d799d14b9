"""Optimisation loops. Each returns a trained network; what they do is described in README.md.

`decay` is one number per layer, the paper's λ: λ/2 times the layer's squared parameters is added to
the mean cross-entropy, so that λ times the parameter is added to its gradient.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

import nets


def batches(count, size):
    """Random batches of indices, all of `size` (the rest of an epoch is dropped)."""
    order = torch.randperm(count)
    return order[: count - count % size].split(size)


def one_cycle(optimiser, rate, steps):
    """A tenth of the run to rise to `rate`, then a cosine down to nothing."""
    return torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rate, total_steps=steps, pct_start=0.1, cycle_momentum=False
    )


def softmax_regression(images, labels, decay, iterations=400):
    """One dense layer on `images` by full-batch L-BFGS: the convex problem, solved."""
    layer = nn.Linear(images.shape[1], 10)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    optimiser = torch.optim.LBFGS(
        layer.parameters(), max_iter=iterations, history_size=20, line_search_fn="strong_wolfe"
    )

    def loss():
        optimiser.zero_grad()
        squares = sum(p.square().sum() for p in layer.parameters())
        value = F.cross_entropy(layer(images), labels) + decay / 2 * squares
        value.backward()
        return value

    optimiser.step(loss)
    return layer


def nesterov(layers, decay, rate):
    """SGD with Nesterov momentum 0.9 and each layer's own decay."""
    groups = [
        {"params": list(layer.parameters()), "weight_decay": amount} for layer, amount in zip(layers, decay)
    ]
    return torch.optim.SGD(groups, rate, momentum=0.9, nesterov=True)


def sigmoid_net(images, labels, sizes, decay, gains, epochs, batch, rate):
    """A sigmoid net by SGD with Nesterov momentum 0.9 and a one-cycle rate."""
    net = nets.Dense(sizes, gains)
    optimiser = nesterov(net.layers(), decay, rate)
    schedule = one_cycle(optimiser, rate, epochs * (len(images) // batch))
    for _ in range(epochs):
        for chosen in batches(len(images), batch):
            optimiser.zero_grad()
            F.cross_entropy(net(images[chosen]), labels[chosen]).backward()
            optimiser.step()
            schedule.step()
    return net


def sparse_autoencoder(images, units, epochs, batch, rate, activity, sparsity, shrink):
    """An encoder whose mean activity per unit is drawn to `activity`.

    Loss: the pixels' binary cross-entropy, summed over an image and averaged over the batch,
    + `sparsity` times the sum over the units of the Kullback-Leibler divergence of their mean
    activity over the batch from `activity`, + `shrink` (encoder, decoder) times the squared weights.
    """
    model = nets.Autoencoder(units)
    optimiser = torch.optim.Adam(model.parameters(), rate)
    schedule = one_cycle(optimiser, rate, epochs * (len(images) // batch))
    for _ in range(epochs):
        for chosen in batches(len(images), batch):
            image = images[chosen]
            rebuilt, code = model(image)
            mean = code.mean(0).clamp(1e-6, 1 - 1e-6)
            divergence = activity * (activity / mean).log()
            divergence = divergence + (1 - activity) * ((1 - activity) / (1 - mean)).log()
            loss = F.binary_cross_entropy_with_logits(rebuilt, image, reduction="sum") / batch
            loss = loss + sparsity * divergence.sum()
            for amount, layer in zip(shrink, (model.encoder, model.decoder)):
                loss = loss + amount * layer.weight.square().sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return model


def frozen_features_net(images, labels, decay, units, **autoencoder):
    """AE400-10: the autoencoder's code, frozen, with a softmax trained on top."""
    model = sparse_autoencoder(images, units, **autoencoder)
    net = nets.Dense([units, 10])
    first, last = net.layers()
    with torch.no_grad():
        first.load_state_dict(model.encoder.state_dict())
        code = torch.cat([torch.sigmoid(first(part)) for part in images.split(10_000)])
    last.load_state_dict(softmax_regression(code, labels, decay).state_dict())
    return net


def shifted(image, most):
    """Each image of the batch moved by up to `most` pixels each way, zeros coming in."""
    count, _, height, width = image.shape
    padded = F.pad(image, (most,) * 4)
    rows = torch.randint(0, 2 * most + 1, (count, 1)) + torch.arange(height)
    columns = torch.randint(0, 2 * most + 1, (count, 1)) + torch.arange(width)
    lanes = torch.arange(count)[:, None, None]
    return padded[lanes, 0, rows[:, :, None], columns[:, None, :]].unsqueeze(1)


def pgd(net, image, labels, radius, step, steps):
    """Projected gradient ascent of the cross-entropy in the L-infinity ball, from a random start."""
    moved = (image + torch.empty_like(image).uniform_(-radius, radius)).clamp(0, 1)
    for _ in range(steps):
        moved.requires_grad_(True)
        (gradient,) = torch.autograd.grad(F.cross_entropy(net(moved), labels), moved)
        moved = moved.detach() + step * gradient.sign()
        moved = torch.minimum(torch.maximum(moved, image - radius), image + radius).clamp(0, 1)
    return moved.detach()


def cnn(images, labels, epochs, batch, rate, dropout=0.0, shift=0, attack=None):
    """The convolutional net by AdamW, on shifted digits, or on PGD examples made as it trains.

    `attack` is (radius, step, steps) for `pgd`; the radius grows from 0 over the first fifth of
    the run.
    """
    net = nets.Cnn()
    optimiser = torch.optim.AdamW(net.parameters(), rate, weight_decay=1e-3)
    total, done = epochs * (len(images) // batch), 0
    schedule = one_cycle(optimiser, rate, total)
    for _ in range(epochs):
        for chosen in batches(len(images), batch):
            image, label = images[chosen].view(-1, 1, 28, 28), labels[chosen]
            if shift:
                image = shifted(image, shift)
            if attack:
                radius, step, steps = attack
                grown = min(1.0, done / (0.2 * total))
                image = pgd(net, image, label, radius * grown, step * grown, steps)
            optimiser.zero_grad()
            loss = F.cross_entropy(net(image, dropout), label)
            loss.backward()
            optimiser.step()
            schedule.step()
            done += 1
    if not math.isfinite(loss.item()):
        raise RuntimeError("the loss is not finite")
    return net
