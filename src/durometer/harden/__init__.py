"""Level 5: model and data in, a sturdier model out. Plain training is the recipe with no ingredients."""

from durometer.harden.adversarial import Adversarial
from durometer.harden.prompt_tokens import PromptTokens
from durometer.harden.recombination import Recombination
from durometer.harden.recombine import Recombine
from durometer.harden.recombined import Recombined
from durometer.harden.resolution import ResolutionTokens
from durometer.harden.stressed import Stressed
from durometer.harden.train import Adversary, Augment, Scheduled, train

__all__ = [
    "Adversarial", "Adversary", "Augment", "PromptTokens", "Recombination", "Recombine", "Recombined",
    "ResolutionTokens", "Scheduled", "Stressed", "train",
]  # fmt: skip
