"""Level 5: model and data in, a sturdier model out. Plain training is the recipe with no ingredients."""

from durometer.harden.adversarial import Adversarial
from durometer.harden.recombine import Recombine
from durometer.harden.train import Adversary, Augment, train

__all__ = ["Adversarial", "Adversary", "Augment", "Recombine", "train"]
