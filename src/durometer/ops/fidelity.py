"""How far one tensor is from another: mean errors, peak signal to noise, similarity of pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from durometer.ops.ssim import similarity

MOST_DB = 100.0
"""PSNR ends here: without an end one perfect picture would make every mean infinite."""


@dataclass(frozen=True)
class Fidelity:
    """Errors of one sample over the values that its target gives.

    Attributes:
        mse: Mean squared error.
        mae: Mean absolute error.
        nmse: Squared error over the squared length of the target; None where that is 0.
        psnr: 10 log10(peak² / mse) in dB, at most `MOST_DB`; None where there is no peak.
        ssim: Mean structural similarity over the known pixels, mean over channels; None for what is no
            picture.
    """

    mse: float
    mae: float
    nmse: float | None
    psnr: float | None
    ssim: float | None


def fidelity(output: Tensor, target: Tensor, *, peak: float | None = 1.0) -> Fidelity:
    """Compare one output with its target of the same shape, (K,) or (C, H, W).

    Values that are NaN in the target count nowhere. Unknown pixels are made
    equal before windows of SSIM are laid, and left out of their mean.
    Sources: SSIM (Wang et al., 2004).
    """
    known = target.isfinite()
    wanted, found = target[known].double(), output[known].double()
    error = found - wanted
    mse, length = float(error.square().mean()), float(wanted.square().sum())
    return Fidelity(
        mse,
        float(error.abs().mean()),
        float(error.square().sum()) / length if length > 0 else None,
        None if peak is None or target.ndim < 3 else psnr(mse, peak=peak),
        _ssim(output, target, known) if target.ndim == 3 else None,
    )


def psnr(mse: float, *, peak: float = 1.0) -> float:
    """Return 10 log10(peak² / mse) in dB, at most `MOST_DB`."""
    ratio = mse / peak**2
    return MOST_DB if ratio <= 10 ** (-MOST_DB / 10) else -10 * math.log10(ratio)


def _ssim(output: Tensor, target: Tensor, known: Tensor) -> float:
    same = torch.where(known, target, 0.0).double()
    alike = similarity(torch.where(known, output.double(), 0.0)[:, None], same[:, None])[:, 0]
    return float(alike[known].mean())
