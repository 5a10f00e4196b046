"""Too few bytes, without a codec: on any device, and differentiable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from durometer.ops.jpeg import jpeg
from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.jpeg_compression import JpegCompression


@dataclass(frozen=True)
class JpegDct(JpegCompression):
    """JPEG by the cosine transform itself, with the qualities of `jpeg-compression`. The constant: quality.

    Not byte for byte what a codec gives: half a gray level off on average, some coefficients by a whole step,
    since libjpeg transforms in whole numbers. Works on any device; `replay` lets gradients pass where values
    are rounded. Needs one channel or three. Not of the benchmark's fifteen.
    """

    name: ClassVar[str] = "jpeg-dct"
    constants_of: ClassVar[str] = "jpeg-compression"
    one_by_one: ClassVar[bool] = True

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return (B, C, H, W) on the 8-bit grid; nothing is drawn."""
        quality: int = self.constants
        return jpeg(x, quality, soft=x.requires_grad)
