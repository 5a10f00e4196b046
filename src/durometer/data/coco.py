"""Masks from a COCO instances file: all annotations of an image together."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from durometer.core import DataError, Json
from durometer.data.images import Array, Picture, read_bytes
from durometer.data.lean import Names
from durometer.data.maskfile import fit
from durometer.data.pairing import pair, some, stem
from durometer.data.rle import polygon_to_mask
from durometer.ops.runs import runs_to_mask, unpack


class CocoMasks:
    """Masks as COCO writes them, decoded when asked for; several objects of an image are united.

    Args:
        texts: For each sample the JSON of its height, width and segmentations; empty where there is none.
    """

    def __init__(self, texts: Names) -> None:
        self.texts = texts
        self.count = sum(1 for text in texts if text)
        self.said: tuple[str, ...] = ()

    def has(self, i: int, /) -> bool:
        """Say whether sample i has a mask."""
        return bool(self.texts[i])

    def read(self, i: int, picture: Picture, /, *, where: str) -> Tensor | None:
        """Return the union of the sample's annotations, or None."""
        if not (text := self.texts[i]):
            return None
        entry = json.loads(text)
        try:
            mask = union(entry["segmentations"], entry["height"], entry["width"])
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(f"its COCO annotation can't be read: {error}", where=where) from error
        return fit(mask.astype(np.float32), picture, where=where)


def read_masks(path: Path, ids: Names) -> CocoMasks:
    """Read a COCO instances file and pair its images with ids by file name.

    Raises:
        DataError: not such a file, no segmentation in it, or none of an image that is there.
    """
    content = load_json(path)
    texts = _texts(content, where=str(path))
    if not texts:
        raise DataError("the file holds no segmentations", where=str(path))
    known = {stem(name): name for name in texts}
    names = pair(ids, known, where=str(path))
    if not any(names):
        raise DataError(
            f"none of its {len(known)} annotated images is here; the first is {some(list(texts), 1)}",
            where=str(path),
        )
    return CocoMasks(Names(texts[name] if name else "" for name in names))


def union(segmentations: list[Json], height: int, width: int) -> Array:
    """Return (H, W) bool: the pixels that at least one of several segmentations covers.

    Raises:
        ValueError: if one is neither polygons nor run lengths, or doesn't fit.
    """
    mask = np.zeros((height, width), dtype=bool)
    for segmentation in segmentations:
        mask |= decode(segmentation, height, width)
    return mask


def decode(segmentation: Json, height: int, width: int) -> Array:
    """Return (H, W) bool of one COCO segmentation: a list of polygons, or run lengths.

    Raises:
        ValueError: if it is neither, or of another size.
    """
    if isinstance(segmentation, list):
        mask = np.zeros((height, width), dtype=bool)
        for polygon in segmentation:
            mask |= polygon_to_mask(polygon, height, width)
        return mask
    if not isinstance(segmentation, Mapping) or "counts" not in segmentation:
        raise ValueError("a segmentation must be polygons or run lengths")
    size = segmentation.get("size", [height, width])
    if list(size) != [height, width]:
        raise ValueError(f"its runs are for {size[1]}×{size[0]} pixels, its image is {width}×{height}")
    counts = segmentation["counts"]
    return runs_to_mask(unpack(counts) if isinstance(counts, str) else counts, height, width)


def _texts(content: Mapping[str, Any], *, where: str) -> dict[str, str]:
    """Return file name -> JSON of height, width and segmentations, of the images that have any."""
    found: dict[Any, list[Json]] = defaultdict(list)
    try:
        for annotation in content["annotations"]:
            if annotation.get("segmentation"):
                found[annotation["image_id"]].append(annotation["segmentation"])
        return {
            image["file_name"].replace("\\", "/"): json.dumps(
                {"height": image["height"], "width": image["width"], "segmentations": found[image["id"]]},
                separators=(",", ":"),
            )
            for image in content["images"]
            if image["id"] in found
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"this is not a COCO instances file (no {error})", where=where) from error


def load_json(path: Path) -> Mapping[str, Any]:
    """Return what a COCO file holds.

    Raises:
        DataError: if it can't be read, or is no JSON object.
    """
    try:
        content = json.loads(read_bytes(path, where=str(path)))
    except ValueError as error:
        raise DataError(f"this is not JSON ({error})", where=str(path)) from error
    if not isinstance(content, dict):
        raise DataError("this is not a COCO instances file", where=str(path))
    return content
