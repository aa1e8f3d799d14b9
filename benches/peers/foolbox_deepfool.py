"""foolbox's DeepFool in L2, with 100 steps."""

import foolbox

from batch import timed


def deepfool(network, images, labels):
    """The first misread image on the way."""
    model = foolbox.PyTorchModel(network, bounds=(0, 1), device="cpu")
    _, found, _ = foolbox.attacks.L2DeepFoolAttack(steps=100)(model, images, labels, epsilons=None)
    return found


ATTACKS = {"DeepFool 100": timed(deepfool)}
