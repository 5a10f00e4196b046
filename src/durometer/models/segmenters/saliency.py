"""What stands out from the picture's frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import Param
from durometer.models.segmenters.protocol import Segmented
from durometer.ops.background_prior import patches_of, saliency
from durometer.ops.boxes import inside
from durometer.ops.guided import enlarged
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
    center: Annotated[float, Param("reach of the middle, in shares of a side", low=0.05)] = 0.33

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
