"""CIELAB: colors whose distances are close to what people see."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.ops.light import to_linear

XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
"""From linear sRGB to XYZ (IEC 61966-2-1)."""
WHITE = (0.95047, 1.0, 1.08883)
"""D65, two degrees."""


def to_lab(x: Tensor) -> Tensor:
    """Return (B, 3, H, W) CIELAB of sRGB pictures (B, 3, H, W) in [0, 1]; gray ones (B, 1, H, W) are widened.

    L lies in [0, 100], a and b roughly in [-110, 110].
    """
    wide = x if x.shape[1] == 3 else x[:, :1].expand(-1, 3, -1, -1)
    r, g, b = to_linear(wide).unbind(dim=1)
    xyz = [(r * row[0] + g * row[1] + b * row[2]) / white for row, white in zip(XYZ, WHITE, strict=True)]
    fx, fy, fz = (_f(t) for t in xyz)
    return torch.stack((116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)), dim=1)


def _f(t: Tensor) -> Tensor:
    edge = 6 / 29
    root = (t.clamp_min(1e-12).double() ** (1 / 3)).to(t)  # float32 depends on a pixel's place in memory
    return torch.where(t > edge**3, root, t / (3 * edge**2) + 4 / 29)


RGB = (
    (3.2404542, -1.5371385, -0.4985314),
    (-0.9692660, 1.8760108, 0.0415560),
    (0.0556434, -0.2040259, 1.0572252),
)
"""From XYZ to linear sRGB (IEC 61966-2-1)."""


def from_lab(lab: Tensor) -> Tensor:
    """Return (B, 3, H, W) sRGB of CIELAB (B, 3, H, W); beyond [0, 1] where sRGB lacks the color."""
    f_y = (lab[:, 0] + 16) / 116
    bent = (f_y + lab[:, 1] / 500, f_y, f_y - lab[:, 2] / 200)
    xyz = [_f_back(t) * white for t, white in zip(bent, WHITE, strict=True)]
    light = torch.stack([xyz[0] * row[0] + xyz[1] * row[1] + xyz[2] * row[2] for row in RGB], dim=1)
    root = (light.clamp_min(1e-12).double() ** (1 / 2.4)).to(light)
    return torch.where(light > 0.0031308, 1.055 * root - 0.055, 12.92 * light)


def _f_back(t: Tensor) -> Tensor:
    edge = 6 / 29
    return torch.where(t > edge, t**3, 3 * edge**2 * (t - 4 / 29))
