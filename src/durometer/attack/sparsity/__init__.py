"""Adversarial sparsity: how large the share of an attack's set is that breaks a point, not only whether one exists."""

from durometer.attack.sparsity.angle import Angle
from durometer.attack.sparsity.measure import Sparsity, sparsity
from durometer.attack.sparsity.pixels import Pixels

__all__ = ["Angle", "Pixels", "Sparsity", "sparsity"]
