"""One image through conditions, without a model and without a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from durometer.core import Batch, DataError, Dice, PlanError, Sample, Scalar, stress
from durometer.data.bank import folder_bank
from durometer.data.canvas import Canvas, to_canvas
from durometer.data.images import read_image
from durometer.data.masks import read_mask
from durometer.ops.fill import fill
from durometer.run.conditions import Condition
from durometer.run.show import Bench, _condition

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor


@dataclass(frozen=True)
class Edited:
    """One edited image, or why it could not be edited."""

    title: str
    image: Image | None
    mask: Image | None
    facts: Mapping[str, Scalar]
    reason: str = ""
