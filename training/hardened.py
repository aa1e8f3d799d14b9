"""Training on adversarial examples of every layer's output (Szegedy et al., section 4.2).

One pool for the pixels and one for the output of each hidden layer. A pool holds adversarial
vectors of that layer with the right labels; new ones keep replacing a random subset of it, and a
random draw from it joins every batch at its layer, so that the layers above are trained on it:

    loss = mean over the batch and the draws of the cross-entropy, + weight decay

An adversarial vector of the output h of a layer, with y the right label and g the gradient of the
cross-entropy at y with respect to h, is by one of two steps, then kept in [0, 1]:

    gradient:  h + s · g / |g|                   all of the length s
    margin:    h - s · m · ∇m / |∇m|²            s times as far as the linearised boundary,
                                                 m the logit of y less the largest other one

Both use the backward pass that the training step makes anyway, so that a new pool costs a matrix
product, and not the many passes of the box-constrained L-BFGS that the paper's examples took.
`schemes.py` compares them and the layers.
"""

import torch
from torch.nn import functional as F

import fit
import nets

FURTHEST = 3.0
TINY = 1e-30


class Pool:
    """Adversarial outputs of one layer, with their right labels."""

    def __init__(self, outputs, labels):
        self.outputs, self.labels = outputs, labels

    def draw(self, count):
        """`count` random entries: (outputs, labels)."""
        chosen = torch.randint(len(self.labels), (count,))
        return self.outputs[chosen], self.labels[chosen]

    def replace(self, outputs, labels):
        """Puts new entries in the place of random ones."""
        chosen = torch.randint(len(self.labels), (len(labels),))
        self.outputs[chosen], self.labels[chosen] = outputs, labels


def filled(layers, images, labels, strengths, size):
    """A pool for each layer that has a strength, filled with digits as they are; None for the others."""
    pools = []
    for depth, strength in enumerate(strengths):
        chosen = torch.randint(len(images), (size,))
        output = images[chosen]
        with torch.no_grad():
            for layer in layers[:depth]:
                output = torch.sigmoid(layer(output))
        pools.append(Pool(output.clone(), labels[chosen]) if strength else None)
    return pools


def climb(layers, pools, images, labels):
    """Takes a batch up through the network, a draw from each pool joining it at its layer.

    Gives (logits, labels, outputs): of the batch first and the draws after it; `outputs` are the
    inputs of each layer before the draw from its own pool joins.
    """
    count, outputs = len(images), []
    rows = images.detach().requires_grad_(pools[0] is not None)
    for depth, (layer, pool) in enumerate(zip(layers, pools)):
        if depth:
            rows = torch.sigmoid(rows)
        outputs.append(rows)
        if pool:
            drawn, right = pool.draw(count)
            rows, labels = torch.cat([rows, drawn]), torch.cat([labels, right])
        rows = layer(rows)
    return rows, labels, outputs


def gradient_steps(logits, labels, outputs, strengths):
    """The perturbations along the cross-entropy's gradient, one tensor for each of `outputs`."""
    loss = F.cross_entropy(logits, labels, reduction="sum")
    gradients = torch.autograd.grad(loss, outputs, retain_graph=True)
    return [s * g / g.norm(dim=1, keepdim=True).clamp_min(TINY) for s, g in zip(strengths, gradients)]


def margin_steps(logits, labels, outputs, strengths):
    """The perturbations to `strengths` times the linearised boundary, none longer than FURTHEST.

    A row that is read wrongly already stays where it is.
    """
    rival = logits.detach().scatter(1, labels[:, None], -torch.inf).argmax(1, keepdim=True)
    margin = logits.gather(1, labels[:, None]) - logits.gather(1, rival)
    gradients = torch.autograd.grad(margin.sum(), outputs, retain_graph=True)
    steps = []
    for strength, gradient in zip(strengths, gradients):
        slope = gradient.norm(dim=1, keepdim=True).clamp_min(TINY)
        distance = margin.detach()[: len(gradient)].clamp_min(0) / slope
        steps.append(-(strength * distance).clamp_max(FURTHEST) * gradient / slope)
    return steps


SCHEMES = {"gradient": gradient_steps, "margin": margin_steps}


def renew(pools, scheme, strengths, count, logits, labels, outputs):
    """Puts an adversarial vector of each of the batch's `count` digits into every pool."""
    active = [depth for depth, pool in enumerate(pools) if pool]
    if not active:
        return
    steps = SCHEMES[scheme](logits, labels, [outputs[d] for d in active], [strengths[d] for d in active])
    for depth, step in zip(active, steps):
        moved = (outputs[depth].detach() + step)[:count].clamp(0, 1)
        pools[depth].replace(moved, labels[:count])


def hardened_net(images, labels, sizes, decay, gains, epochs, batch, rate, scheme, strengths, size):
    """A sigmoid net trained as `fit.sigmoid_net` does it, on digits and pools together.

    `strengths` is one number for the pixels and one for each hidden layer's output, 0 for no pool;
    `size` is the number of entries of a pool.
    """
    net = nets.Dense(sizes, gains)
    layers = net.layers()
    pools = filled(layers, images, labels, strengths, size)
    optimiser = fit.nesterov(layers, decay, rate)
    schedule = fit.one_cycle(optimiser, rate, epochs * (len(images) // batch))
    for _ in range(epochs):
        for chosen in fit.batches(len(images), batch):
            logits, right, outputs = climb(layers, pools, images[chosen], labels[chosen])
            renew(pools, scheme, strengths, batch, logits, right, outputs)
            optimiser.zero_grad()
            F.cross_entropy(logits, right).backward()
            optimiser.step()
            schedule.step()
    return net
