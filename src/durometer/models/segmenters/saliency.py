"""What stands out from the picture's frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.core import Param
from durometer.models.segmenters.protocol import Segmented
from durometer.ops.background_prior import patches_of, saliency
from durometer.ops.color import luma
from durometer.ops.guided import guided
from durometer.ops.lab import to_lab
from durometer.ops.overlap import expected_iou
from durometer.ops.shrink import shrunk
from durometer.ops.superpixels import superpixels


@dataclass(frozen=True)
class Saliency:
    """Superpixels that are tied to the frame are background, and what differs from them is the object.

    Boundary connectivity and the least-squares compromise of (Zhu et al., 2014), on superpixels of (Achanta
    et al., 2012), contrast weighted toward the middle; enlarged along edges (He et al., 2013). Without
    weights. A box cuts off what lies outside. Confidence: the overlap that the soft mask expects of its
    solid part.
    """

    side: Annotated[int, Param("short side at which it looks", unit="pixels", low=16)] = 128
    patches: Annotated[int, Param("superpixels, about", low=4)] = 256
    center: Annotated[float, Param("reach of the middle, in shares of a side; inf for none", low=0.05)] = 0.33

    name: ClassVar[str] = "saliency"
    version: ClassVar[int] = 1
    source: ClassVar[str] = "zhu2014"

    def __call__(self, x: Tensor, boxes: Tensor | None = None, /) -> Segmented:
        masks = torch.cat([enlarged(self.map(one), one) for one in x[:, None]])
        masks = masks if boxes is None else masks * inside(boxes, x)
        return Segmented(masks, expected_iou(masks))

    def map(self, x: Tensor) -> Tensor:
        """Return (1, 1, h, w) in [0, 1]: the saliency of one picture (1, 3, H, W) at the size it looks at."""
        small = shrunk(x, self.side)
        height, width = small.shape[-2:]
        cell = math.sqrt(height * width / self.patches)
        lab = to_lab(small)[0].cpu()
        labels = superpixels(lab, max(1, round(height / cell)), max(1, round(width / cell)), compactness=5.0)
        found, dense = patches_of(lab.double().numpy(), labels.numpy())
        values = saliency(found, center=self.center)
        return torch.from_numpy(values[dense]).to(x)[None, None]


def enlarged(mask: Tensor, x: Tensor) -> Tensor:
    """Return a small mask (1, 1, h, w) at the size of its picture, its edge drawn to the picture's edges."""
    height, width = x.shape[-2:]
    big = F.interpolate(mask, size=(height, width), mode="bilinear", align_corners=False)
    radius = max(1, round(1.5 * height / mask.shape[-2]))
    return guided(big, luma(x), radius=radius, eps=1e-3)


def inside(boxes: Tensor, x: Tensor) -> Tensor:
    """Return (B, 1, H, W): 1 inside each box, everywhere where the box is zeros."""
    y, along = (torch.arange(n, device=x.device) + 0.5 for n in x.shape[-2:])
    left, top, right, bottom = (boxes.to(x)[:, k, None] for k in range(4))
    rows, columns = (y > top) & (y < bottom), (along > left) & (along < right)
    within = (rows[:, :, None] & columns[:, None]) | (boxes.to(x.device) == 0).all(dim=1)[:, None, None]
    return within[:, None].to(x)
