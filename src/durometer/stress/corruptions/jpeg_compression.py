"""Too few bytes."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import ClassVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from durometer.stress.corruptions.corruption import Corruption, Drawn


@dataclass(frozen=True)
class JpegCompression(Corruption):
    """Write the picture as JPEG and read it again, by PIL, color at half resolution. The constant: quality.

    Works on the CPU, whatever the device, and needs one channel or three. Gray levels may differ by one or
    two between versions of the library that PIL was built with.
    """

    name: ClassVar[str] = "jpeg-compression"

    def refuses(self, shape: tuple[int, int, int]) -> str:
        if shape[0] in (1, 3):
            return ""
        return f"JPEG holds one channel or three, and the picture has {shape[0]}"

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        return written(x, int(self.constants))


def written(x: Tensor, quality: int) -> Tensor:
    """Return (B, 1 or 3, H, W) after each picture was written as JPEG of this quality and read again."""
    pixels = x.mul(255).round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()
    read = np.stack([_again(p, quality) for p in pixels])
    return torch.from_numpy(read).permute(0, 3, 1, 2).to(x).div(255)


def _again(pixels: np.ndarray, quality: int) -> np.ndarray:
    """(H, W, C) uint8, written and read again."""
    held = BytesIO()
    Image.fromarray(pixels if pixels.shape[-1] == 3 else pixels[..., 0]).save(held, "JPEG", quality=quality)
    with Image.open(held, formats=("JPEG",)) as image:
        return np.asarray(image).reshape(pixels.shape)
