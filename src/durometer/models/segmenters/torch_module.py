"""Any segmentation module: logits, or a mapping whose `out` holds them, as torchvision's return."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from durometer.core import ModelError, Param
from durometer.models.factory import call_factory
from durometer.models.segmenters.protocol import Segmented
from durometer.ops.boxes import inside
from durometer.ops.overlap import expected_iou

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Mean and standard deviation that torchvision's weights expect."""


@dataclass(frozen=True)
class TorchSegmenter:
    """A PyTorch module from `package.module:factory` (one's own code, which runs); `of` takes one in Python.

    It takes (B, 3, h, w) and returns logits (B, K, h', w'), alone or as `out` of a mapping. With K = 1 the
    object's share is their sigmoid, else what the softmax gives to `classes`, or to all but class 0 where
    none are named. Confidence: the overlap that the soft mask expects of its solid part.
    """

    weights: Annotated[str, Param("package.module:factory")] = ""
    classes: Annotated[tuple[int, ...], Param("classes that are object; all but 0 if none", low=0)] = ()
    side: Annotated[int | None, Param("short side of the input; the picture's own if not given", low=1)] = (
        None
    )
    mean: Annotated[tuple[float, ...], Param("mean of each channel")] = IMAGENET[0]
    std: Annotated[tuple[float, ...], Param("standard deviation of each channel")] = IMAGENET[1]

    name: ClassVar[str] = "torch"
    version: ClassVar[int] = 1
    source: ClassVar[str] = ""

    @classmethod
    def of(cls, module: nn.Module, **options: Any) -> TorchSegmenter:
        """Return a copy of a module as a segmenter; the options are the parameters of this class."""
        made = cls(**{"weights": type(module).__name__, **options})
        made.__dict__["network"] = copy.deepcopy(module).eval()  # where cached_property looks first
        return made

    @cached_property
    def network(self) -> nn.Module:
        """The module in evaluation mode, made when it is first asked."""
        made = call_factory(self.weights)
        if not isinstance(made, nn.Module):
            kind = type(made).__name__
            raise ModelError(
                f"makes {kind}, not a torch module", where=self.weights, fix="Return an nn.Module"
            )
        return made.eval()

    @torch.no_grad()
    def __call__(self, x: Tensor, boxes: Tensor | None = None, /) -> Segmented:
        seen = standardized(resized(x, self.side), self.mean, self.std)
        logits = logits_of(self.network.to(x.device)(seen), where=self.weights or "the module")
        return segmented(object_share(logits, self.classes), x, boxes)


def logits_of(output: Any, *, where: str) -> Tensor:
    """Return (B, K, h, w) logits of what a segmentation network returned.

    Raises:
        ModelError: if there are none.
    """
    mapping = isinstance(output, Mapping)
    found = output.get("out", output.get("logits")) if mapping else getattr(output, "logits", output)
    if not isinstance(found, Tensor) or found.ndim != 4:
        said = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
        raise ModelError(
            f"returns {said}, not logits (B, K, H, W)", where=where, fix="Return them alone or under 'out'"
        )
    return found.float()


def object_share(logits: Tensor, classes: tuple[int, ...]) -> Tensor:
    """Return (B, 1, h, w): the share of the object among the classes.

    Raises:
        ModelError: if a class is named that is not there.
    """
    if logits.shape[1] == 1:
        return logits.sigmoid()
    if strange := [k for k in classes if k >= logits.shape[1]]:
        raise ModelError(
            f"there is no class {strange[0]}: the network has {logits.shape[1]}", fix="See classes"
        )
    shares = logits.softmax(dim=1)
    return shares[:, list(classes)].sum(dim=1, keepdim=True) if classes else 1 - shares[:, :1]


def segmented(share: Tensor, x: Tensor, boxes: Tensor | None) -> Segmented:
    """Return masks at the size of their pictures, cut at their boxes."""
    masks = F.interpolate(share, size=x.shape[-2:], mode="bilinear", align_corners=False).clamp(0, 1)
    masks = masks if boxes is None else masks * inside(boxes, x)
    return Segmented(masks, expected_iou(masks))


def resized(x: Tensor, side: int | None) -> Tensor:
    """Return pictures with this short side; as they are without one."""
    if side is None or min(x.shape[-2:]) == side:
        return x
    scale = side / min(x.shape[-2:])
    size = tuple(round(n * scale) for n in x.shape[-2:])
    return F.interpolate(x, size=size, mode="bilinear", antialias=True)


def standardized(x: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Return (x - mean) / std, channel by channel."""
    return (x - x.new_tensor(mean)[:, None, None]) / x.new_tensor(std)[:, None, None]
