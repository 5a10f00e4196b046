"""The complexity of a background as docs/complexity.md words it, by numpy and scipy alone."""

import numpy as np
from scipy import ndimage


def background_complexity(x, mask):
    """One picture (C, H, W) and its mask (1, H, W), as tensors; returns a float."""
    x, solid = x.numpy().astype(float), mask[0].numpy() > 0.02
    side = min(solid.shape)
    rim, reach = max(1, round(0.012 * side)), max(1, round(side / 64))
    grown = ndimage.maximum_filter(solid, 2 * rim + 1, mode="constant")
    blocked = ndimage.maximum_filter(np.pad(grown, 2 * reach, constant_values=1), 4 * reach + 1)
    window = 1 - blocked.astype(float)
    for _ in range(2):
        window = ndimage.uniform_filter(window, 2 * reach + 1, mode="constant")
    window = window[2 * reach : -2 * reach, 2 * reach : -2 * reach]
    mean = (x * window).sum(axis=(1, 2), keepdims=True) / window.sum()
    return np.abs(np.fft.fft2((x - mean) * window)).mean() / np.sqrt((window**2).sum())
