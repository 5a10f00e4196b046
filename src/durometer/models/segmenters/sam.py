"""Segmenters that are asked with a point or a box, as SAM is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from durometer.core import Param
from durometer.models.segmenters.local import Pixels, load_local, pixels_of
from durometer.models.segmenters.protocol import Segmented
from durometer.models.segmenters.torch_module import standardized


@dataclass(frozen=True)
class SamSegmenter:
    """A network of transformers' SamModel, from a local folder, asked with each picture's box.

    Without a box it is asked with the middle of the picture as a point. The long side is scaled to the
    network's own, the rest padded below and to the right. Of the masks it offers, the one it scores best is
    taken. Confidence: that score, the overlap that the network itself expects.
    """

    weights: Annotated[str, Param("folder of the model")] = ""

    name: ClassVar[str] = "sam"
    version: ClassVar[int] = 1
    source: ClassVar[str] = ""

    @cached_property
    def network(self) -> nn.Module:
        """The network, read when it is first asked."""
        return load_local("SamModel", self.weights, method=self.name)

    @cached_property
    def pixels(self) -> Pixels:
        """How it wants its pixels."""
        return pixels_of(self.weights)

    @torch.no_grad()
    def __call__(self, x: Tensor, boxes: Tensor | None = None, /) -> Segmented:
        found = [self._one(one, None if boxes is None else boxes[i]) for i, one in enumerate(x[:, None])]
        masks, scores = zip(*found, strict=True)
        return Segmented(torch.cat(masks), torch.stack(scores))

    def _one(self, x: Tensor, box: Tensor | None) -> tuple[Tensor, Tensor]:
        network: Any = self.network.to(x.device)
        long = int(network.config.vision_config.image_size)
        scale = long / max(x.shape[-2:])
        height, width = (max(1, round(n * scale)) for n in x.shape[-2:])
        small = F.interpolate(x, size=(height, width), mode="bilinear", antialias=True)
        seen = F.pad(
            standardized(small, self.pixels.mean, self.pixels.std), (0, long - width, 0, long - height)
        )
        answer = network(pixel_values=seen, **_prompt(x, box, scale))
        scores = answer.iou_scores[0, 0]
        logits = answer.pred_masks[0, 0, scores.argmax()][None, None]
        full = F.interpolate(logits, size=(long, long), mode="bilinear", align_corners=False)
        mask = F.interpolate(
            full[..., :height, :width], size=x.shape[-2:], mode="bilinear", align_corners=False
        )
        return mask.sigmoid(), scores.max().double().clamp(0, 1)


def _prompt(x: Tensor, box: Tensor | None, scale: float) -> dict[str, Tensor]:
    """Return the box or the middle of the picture, in pixels of the input."""
    if box is not None and bool((box != 0).any()):
        return {"input_boxes": (box.to(x) * scale)[None, None]}
    middle = x.new_tensor([x.shape[-1] / 2, x.shape[-2] / 2]) * scale
    ones = torch.ones(1, 1, 1, dtype=torch.long, device=x.device)
    return {"input_points": middle[None, None, None], "input_labels": ones}
