"""The orthonormal cosine basis (DCT-II), for changes made of frequencies."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def cosines(n: int, *, device: torch.device | str = "cpu") -> Tensor:
    """Return (n, n) float64, row k = the cosine with k half waves over n places, of length 1."""
    place = torch.arange(n, dtype=torch.double, device=device)
    waves = torch.cos(math.pi / n * place[:, None] * (place[None] + 0.5)) * math.sqrt(2 / n)
    waves[0] /= math.sqrt(2)
    return waves
