"""How busy a picture is: the mean amplitude of its waves, over the whole picture or its background alone.

Why the background's measure is divided by a length. The waves of a picture of H × W pixels have the
amplitudes |FFT2(x)| / (H·W), so the published number is the *sum* of all amplitudes. Photographs look alike
at every scale: amplitudes fall with 1 / frequency, and the number of waves of a frequency rises with it, so
the sum grows with the side. Divided by sqrt(H·W) it stays, and so does that of white noise (its standard
deviation times sqrt(pi) / 2). Under a window w, white noise of variance 1 has transforms of mean square Σw²,
so sqrt(Σw²) stands in the place of sqrt(H·W).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.ops.fill import hole_of
from durometer.ops.masks import dilate

RAMP = 1 / 64
"""A quarter of the width over which the window opens, as a share of the short side: 4 of 16 pixels at 256."""


def complexity(x: Tensor) -> Tensor:
    """Return (B,): the mean over channels and frequencies of |FFT2(x)|, unnormalized (Li et al., 2023).

    It is what the published editor's guidance raises or lowers: the whole picture, the object included, the
    mean level too. It grows with the resolution; about 17 for photographs of 256 × 256. Differentiable; a
    sample's number doesn't depend on the batch.

    Args:
        x: (B, C, H, W) in [0, 1].
    """
    return torch.stack([_mean_amplitude(one.clone()) for one in x])  # a copy: aligned alike in any batch


def background_complexity(x: Tensor, mask: Tensor) -> Tensor:
    """Return (B,): the complexity of the background alone, in units of a pixel's range.

    The mean over channels and frequencies of |FFT2(w (x - m))| / sqrt(Σ w²), with the window w of
    `background_window` and m the mean of each channel under it. Nothing of the object or its rim counts, nor
    do the object's outline and the jump between opposite edges of the frame. About the same at any
    resolution; noise of standard deviation s has 0.886 s under any mask; scaled contrast scales it. 0 where
    the mask leaves no background. Differentiable in x; a sample's number doesn't depend on the batch.

    Args:
        x: (B, C, H, W) in [0, 1].
        mask: (B, 1, H, W) in [0, 1], 1 on the object.
    """
    windows = background_window(mask).to(x.dtype)
    return torch.stack([windowed(one, window) for one, window in zip(x, windows, strict=True)])


def background_window(mask: Tensor) -> Tensor:
    """Return (B, 1, H, W) in [0, 1]: 0 on the object and its rim, next to it at the frame, 1 well inside.

    The rim is the fill's, which reaches beyond every pixel that pasting the object touches.
    """
    reach = max(1, round(RAMP * min(mask.shape[-2:])))
    blocked = F.pad(hole_of(mask), (2 * reach,) * 4, value=1.0)
    window = 1 - dilate(blocked, 2 * reach)
    for _ in range(2):  # two boxes as wide as the dilation: the ramp ends where the rim begins
        window = F.avg_pool2d(window, 2 * reach + 1, stride=1)
    return window


def windowed(x: Tensor, window: Tensor) -> Tensor:
    """Return the complexity (a scalar) of one picture (C, H, W) under one window (1, H, W)."""
    x, window = x.clone(), window.clone()  # aligned alike in any batch
    weight = window.sum().clamp_min(1e-12)
    mean = (x * window).sum(dim=(-2, -1), keepdim=True) / weight
    length = window.square().sum().clamp_min(1e-12).sqrt()
    return _mean_amplitude((x - mean) * window) / length


def _mean_amplitude(x: Tensor) -> Tensor:
    """Half of the waves of real numbers mirror the other half: they are computed once and counted twice."""
    half = torch.fft.rfft2(x).abs()
    once = half[..., 0].sum() + (half[..., -1].sum() if x.shape[-1] % 2 == 0 else 0)
    mean: Tensor = (2 * half.sum() - once) / x.numel()
    return mean
