"""The predict-refine network as a segmenter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.core import Param
from durometer.models.segmenters.basnet import PredictRefine
from durometer.models.segmenters.protocol import Segmented
from durometer.models.segmenters.weights import load_predict_refine
from durometer.ops.boxes import inside
from durometer.ops.overlap import expected_iou


@dataclass(frozen=True)
class PredictRefineSegmenter:
    """BASNet's architecture (Qin et al., 2019) with the shipped parameters or one's own.

    The shipped ones (0.46 million) were trained on generated scenes and know nothing of photographs.
    Pictures are squashed to a square, as the network was trained; a box cuts off what lies outside.
    Confidence: the overlap that the soft mask expects of its solid part.
    """

    weights: Annotated[str, Param("a .safetensors file; the shipped scenes network if empty")] = ""
    side: Annotated[int, Param("side at which the network looks", unit="pixels", low=32)] = 64

    name: ClassVar[str] = "predict-refine"
    version: ClassVar[int] = 1
    source: ClassVar[str] = "qin2019"

    @cached_property
    def network(self) -> PredictRefine:
        """The network, read when it is first asked."""
        return load_predict_refine(self.weights)

    @torch.no_grad()
    def __call__(self, x: Tensor, boxes: Tensor | None = None, /) -> Segmented:
        small = F.interpolate(x, size=(self.side, self.side), mode="bilinear", antialias=True)
        logits = self.network.to(x.device)(small.float())[0]
        big = F.interpolate(logits, size=x.shape[-2:], mode="bilinear", align_corners=False)
        masks = big.sigmoid() if boxes is None else big.sigmoid() * inside(boxes, x)
        return Segmented(masks, expected_iou(masks))
