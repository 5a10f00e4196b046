"""Semantic segmentation networks of the transformers package."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from durometer.core import Param
from durometer.models.segmenters.local import Pixels, load_local, pixels_of
from durometer.models.segmenters.protocol import Segmented
from durometer.models.segmenters.torch_module import logits_of, object_share, segmented, standardized


@dataclass(frozen=True)
class SemanticSegmenter:
    """A network of transformers' AutoModelForSemanticSegmentation, from a local folder.

    The object's share is what the softmax gives to `classes`, or to all but class 0 where none are named.
    Pictures are squashed to the height and width that the folder's preprocessor_config.json says, else taken
    as they are. Confidence: the overlap that the soft mask expects of its solid part.
    """

    weights: Annotated[str, Param("folder of the model")] = ""
    classes: Annotated[tuple[int, ...], Param("classes that are object; all but 0 if none", low=0)] = ()

    name: ClassVar[str] = "transformers"
    version: ClassVar[int] = 1
    source: ClassVar[str] = ""

    @cached_property
    def network(self) -> nn.Module:
        """The network, read when it is first asked."""
        return load_local("AutoModelForSemanticSegmentation", self.weights, method=self.name)

    @cached_property
    def pixels(self) -> Pixels:
        """How it wants its pixels."""
        return pixels_of(self.weights)

    @torch.no_grad()
    def __call__(self, x: Tensor, boxes: Tensor | None = None, /) -> Segmented:
        size = self.pixels.size or tuple(x.shape[-2:])
        seen = F.interpolate(x, size=size, mode="bilinear", antialias=True)
        output = self.network.to(x.device)(standardized(seen, self.pixels.mean, self.pixels.std))
        return segmented(object_share(logits_of(output, where=self.weights), self.classes), x, boxes)
