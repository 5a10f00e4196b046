"""Masks for a folder of pictures: one at a time, so that a mask never depends on what stands beside it."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

import durometer
from durometer.core import DataError, Json, UsageError
from durometer.data.images import Picture, content_hash, read_image
from durometer.data.masks import MaskFiles, find_masks, read_mask
from durometer.data.pairing import stem
from durometer.data.provenance import FILE, SCHEMA, read_provenance, summary
from durometer.models.segmenters import SEGMENTERS, Segmenter
from durometer.ops.overlap import iou
from durometer.ops.shrink import shrunk
from durometer.records.atomic import write_bytes, write_text
from durometer.run.boxes import Box
from durometer.run.pictures import pictures, same_stem
from durometer.run.progress import Listener, Progress, silent

EVERY = 30.0
"""Seconds between two writings of the provenance file; only a kill loses what was made since."""
NOTHING = "no object was found"


@dataclass(frozen=True)
class Masking:
    """What to do.

    Attributes:
        images: A folder of pictures, read with all its folders, or one picture.
        out: Where masks go: the picture's path with the ending .png.
        segmenter: The method.
        boxes: Boxes by picture, in its own pixels; may leave pictures out.
        truth: A folder of true masks to compare with.
        short_side: Pictures are shrunk to it for the method; masks have the picture's own size.
        limit: At most so many pictures, drawn by their paths.
        overwrite: Make masks again that are there.
        soft: Write the share of the object, 0 to 255, in place of 0 or 255.
        seed: Draws `limit` and the intervals.
    """

    images: Path
    out: Path
    segmenter: Segmenter
    boxes: Mapping[str, Box] = field(default_factory=dict)
    truth: Path | None = None
    short_side: int = 256
    limit: int | None = None
    overwrite: bool = False
    soft: bool = False
    seed: int = 0

    @property
    def root(self) -> Path:
        """The folder that paths of pictures are relative to."""
        return self.images.parent if self.images.is_file() else self.images


def make_masks(job: Masking, tell: Listener = silent) -> dict[str, Json]:
    """Make the masks, write them and their provenance, and return what is in it.

    A picture that can't be read, or in which nothing is found, is counted with its reason and gets no mask.
    What an interrupt leaves is gone on with.

    Raises:
        DataError: if there are no pictures, or no true masks where they should be.
        UsageError: if the folder holds masks of another method, or a box names no picture.
        ModelError: if the method's network can't be loaded.
    """
    names = pictures(
        job.images, out=job.out, truth=job.truth, boxes=job.boxes, limit=job.limit, seed=job.seed
    )
    said = _begin(job)
    truth = None if job.truth is None else find_masks(job.truth, names)
    twice, written = same_stem(names), time.monotonic()
    try:
        for i, name in enumerate(names):
            if name in twice:
                said["failed"][name] = f"{twice[name]!r} has the same stem, so that both would have one mask"
            elif (picture := _one(job, name, said)) and truth is not None:
                _score(job, name, i, picture, truth, said)
            tell(Progress("run", i + 1, len(names), unread=len(said["failed"])))
            if time.monotonic() - written > EVERY:
                _write(job, said)
                written = time.monotonic()
    finally:
        said["summary"] = summary(said, seed=job.seed)
        _write(job, said)
    return said


def _begin(job: Masking) -> dict[str, Any]:
    """Return what is known before the first mask: that of an earlier call with the same method, if any."""
    how = {"method": SEGMENTERS.spec(job.segmenter).json(), "short_side": job.short_side}
    how |= {"weights_sha256": _digest(job.segmenter), "soft": job.soft}
    before = read_provenance(job.out)
    same = before is not None and all(before.get(key) == value for key, value in how.items())
    if before is not None and not same and not job.overwrite:
        raise UsageError(
            f"the folder holds masks made by {before['method'].get('name')} with other parameters",
            where=str(job.out),
            fix="Give another folder, or --overwrite",
        )
    made = dict(before["masks"]) if before is not None and same else {}
    empty: dict[str, Any] = {"masks": made, "failed": {}, "unscored": {}, "kept": []}
    return {"schema": SCHEMA, "durometer": durometer.__version__, **how, **empty}


def _one(job: Masking, name: str, said: dict[str, Any]) -> Picture | None:
    """Make or keep one mask; return its picture if it must be looked at again."""
    file = f"{stem(name)}.png"
    there = (job.out / file).exists() and not job.overwrite
    if there and file not in said["masks"]:
        said["kept"].append(file)
        return None
    if there and job.truth is None:
        return None
    try:
        picture = read_image(job.root / name)
        if not there:
            said["masks"][file] = _made(job, name, file, picture)
    except DataError as error:
        said["failed"][name] = str(error)
        if not there:
            said["masks"].pop(file, None)
            (job.out / file).unlink(missing_ok=True)
        return None
    return picture


def _score(job: Masking, name: str, i: int, picture: Picture, truth: MaskFiles, said: dict[str, Any]) -> None:
    """Compare the mask that was written with the true one, if there is one that fits."""
    file = f"{stem(name)}.png"
    try:
        true = truth.read(i, picture, where=name)
        mask = read_mask(job.out / file, picture, threshold="soft")
    except DataError as error:
        said["unscored"][name] = str(error)
        return
    if true is not None:
        said["masks"][file]["iou"] = float(iou(mask[None], true[None]))


def _made(job: Masking, name: str, file: str, picture: Picture) -> dict[str, Json]:
    whole = picture.x[None].float() / 255
    x = shrunk(whole, job.short_side)
    found = job.segmenter(x, _scaled(job.boxes.get(name), picture, x, where=name))
    mask = F.interpolate(found.masks, size=picture.size, mode="bilinear", align_corners=False)[0, 0]
    solid = mask >= 0.5
    if not bool(solid.any()):
        raise DataError(NOTHING, where=name)
    write_bytes(job.out / file, _png(mask if job.soft else solid.float()), durable=False)
    return {"image": name, "confidence": float(found.confidence[0]), "share": float(solid.double().mean())}


def _scaled(box: Box | None, picture: Picture, x: Tensor, *, where: str) -> Tensor | None:
    """Return the box (1, 4) in the pixels that the method sees."""
    if box is None:
        return None
    (height, width), (h, w) = picture.size, x.shape[-2:]
    left, top, right, bottom = box
    if right <= 0 or bottom <= 0 or left >= width or top >= height:
        raise DataError("the box lies beside the picture", where=where, fix="Give it in the picture's pixels")
    return torch.tensor([[left * w / width, top * h / height, right * w / width, bottom * h / height]])


def _png(mask: Tensor) -> bytes:
    held = io.BytesIO()
    values = (mask * 255).round().to(torch.uint8).cpu().numpy()
    Image.fromarray(values).save(held, format="PNG", optimize=False)
    return held.getvalue()


def _digest(segmenter: Segmenter) -> str:
    weights = str(getattr(segmenter, "weights", ""))
    return content_hash(Path(weights).read_bytes()) if weights and Path(weights).is_file() else ""


def _write(job: Masking, said: Mapping[str, Json]) -> None:
    text = json.dumps(said, indent=1, ensure_ascii=False, allow_nan=False)
    write_text(job.out / FILE, f"{text}\n")
