"""One image through conditions, without a model and without a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from durometer.core import Bank, Batch, PlanError, Sample, Scalar
from durometer.data.bank import MASKS, folder_bank
from durometer.data.canvas import Canvas, to_canvas
from durometer.data.images import read_image
from durometer.data.masks import read_mask
from durometer.data.references import folder_references
from durometer.run.conditions import FROM_MASK, Condition
from durometer.run.donors import OBJECTS, OWN
from durometer.run.load import Chunk
from durometer.run.show import Bench, Shown, shown

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


def edit_one(
    image: Path,
    mask: Path | None,
    conditions: Sequence[Condition],
    *,
    donors: Path | None = None,
    short_side: int = 256,
    seed: int = 0,
) -> list[Edited]:
    """Edit one image; conditions that can't be met are returned with the reason.

    Args:
        image: Its file.
        mask: Its mask's file, of the same size.
        conditions: What to do, each from the unedited canvas.
        donors: A folder of backgrounds for the conditions that take one.
        short_side: Of the canvas, in pixels.
        seed: Of the dice.

    Raises:
        DataError: a file that can't be read.
        PlanError: every condition needs a mask and there is none.
    """
    canvas = Canvas(short_side=short_side)
    picture = read_image(image)
    aux = {} if mask is None else {"mask": read_mask(mask, picture)}
    sample = to_canvas(Sample(image.name, picture.x, frozenset({0}), aux), canvas)
    if mask is None and all(c.needs & FROM_MASK for c in conditions):
        raise PlanError("these edits need to know where the object is", fix="Give its mask with --mask")
    banks = _banks(donors, conditions, canvas, seed) if donors else {}
    chunk = Chunk((0,), Batch.of([sample]), (picture.x,), (sample.y,), ("",))
    return list(_edited(chunk, conditions, Bench(seed, banks)))


def _edited(chunk: Chunk, conditions: Sequence[Condition], bench: Bench) -> Iterator[Edited]:
    """Yield the canvas, then each condition in order."""
    lacking = {c.key: why for c in conditions if (why := _lacking(c, bench))}
    possible = [c for c in conditions if c.key not in lacking]
    for condition in conditions:
        if condition.key in lacking:
            yield Edited(condition.title, None, None, {}, lacking[condition.key])
    for one in shown(chunk, possible, bench, check=True):
        if isinstance(one.x, torch.Tensor):
            yield _one(one, one.x)


def _lacking(condition: Condition, bench: Bench) -> str:
    if condition.stressor is None:
        return "it asks a model: give it to durometer run"
    if "donor" in condition.needs and OWN not in bench.banks:
        return "it takes another background: give a folder with --donors"
    if "reference" in condition.needs and OBJECTS not in bench.banks:
        return "it takes another picture's object: give a folder with --donors, its masks in it"
    return ""


def _banks(donors: Path, conditions: Sequence[Condition], canvas: Canvas, seed: int) -> dict[str, Bank]:
    """Return the folder's backgrounds and, if a condition wants some and it has masks, its objects."""
    banks: dict[str, Bank] = {OWN: folder_bank(donors, canvas, seed=seed)}
    if any("reference" in c.needs for c in conditions) and (donors / MASKS).is_dir():
        banks[OBJECTS] = folder_references(donors, canvas, seed=seed)
    return banks


def _one(one: Shown, x: Tensor) -> Edited:
    if 0 in one.refused:
        return Edited(one.condition.title, None, None, {}, one.refused[0])
    facts = {name: column[0] for name, column in one.facts.items()}
    mask = None if one.mask is None else _image(one.mask[0])
    return Edited(one.condition.title, _image(x[0]), mask, facts)


def _image(x: Tensor) -> Image:
    from PIL import Image

    levels = x.mul(255).round().to(torch.uint8).permute(1, 2, 0)
    return Image.fromarray(levels.squeeze(-1).contiguous().numpy())
