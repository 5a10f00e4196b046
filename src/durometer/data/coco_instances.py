"""COCO instances: a folder of images and a JSON of their objects, as targets of detection."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from durometer.core import DataError, Objects, Sample
from durometer.data.base import Data, LeftOut, Options
from durometer.data.coco import decode as mask_of
from durometer.data.coco import load_json
from durometer.data.images import content_hash, decode, read_bytes
from durometer.data.lean import Names
from durometer.data.pairing import some

FIX = "Give coco:FOLDER with masks=FILE, a COCO instances file; or one .json lies in the folder"
PLACES = ("", "images")
"""Where below the folder the files lie that the JSON names."""


class CocoInstances(Data):
    """Images with the objects that a COCO instances file says of them; read when asked for.

    The target is `durometer.core.Objects` in pixels of the decoded image: boxes, labels, masks of polygons or
    run lengths (a box filled where there is neither), crowds marked. An image without annotations has none of
    them, which is a valid target.

    Args:
        root: The folder that file names are relative to.
        names: File names, one a sample.
        texts: For each the JSON of its height, width and annotations.
        labels: Names of the categories; `annotations` hold positions in it.
        left_out: What the file says that can't be used: (what, how many, why).
    """

    def __init__(
        self, root: Path, names: Names, texts: Names, labels: tuple[str, ...], left_out: tuple[LeftOut, ...]
    ) -> None:
        self.name, self.root, self.labels, self.left_out = root.resolve().name, root, labels, left_out
        self._names, self._texts = names, texts

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, i: int, /) -> Sample:
        name, entry = self._names[i], json.loads(self._texts[i])
        picture = decode(read_bytes(self.root / name, where=name), where=name)
        if picture.size != (entry["height"], entry["width"]):
            (height, width), said = picture.size, f"{entry['width']}×{entry['height']}"
            raise DataError(
                f"the image is {width}×{height} pixels, its annotations are for {said}", where=name
            )
        return Sample(name, picture.x, _objects(entry, where=name), {}, {"objects": len(entry["objects"])})

    def ids(self) -> Sequence[str]:
        """Return the file names as the JSON says them."""
        return self._names

    def has_mask(self, i: int) -> bool:
        """None has: there is no main object that edits of an object could mean."""
        return False

    def content(self, i: int) -> str:
        """Return the sha256 of the image file."""
        return content_hash(read_bytes(self.root / self._names[i], where=self._names[i]))


@dataclass
class _Faults:
    """What was left out, counted; the first of each kind is shown."""

    kinds: Counter[str]
    first: dict[str, str]

    def add(self, kind: str, which: str) -> None:
        self.kinds[kind] += 1
        self.first.setdefault(kind, which)

    def left_out(self) -> tuple[LeftOut, ...]:
        return tuple(
            (kind.partition(": ")[0], n, f"{kind.partition(': ')[2]}; the first is {self.first[kind]}")
            for kind, n in sorted(self.kinds.items())
        )


def read_coco(where: str, options: Options) -> CocoInstances:
    """Read a folder of images and its COCO instances file: `masks`, or the one .json in the folder.

    Annotations of an unknown category or image, or without a proper box, are left out and counted; so are
    images whose file is not there.

    Raises:
        DataError: no folder, no such file, several to choose from, or nothing in it that can be used.
    """
    root = Path(where)
    path = Path(options.masks) if options.masks else _only_json(root)
    content, faults = load_json(path), _Faults(Counter(), {})
    try:
        categories = {c["id"]: str(c["name"]) for c in content["categories"]}
        images = {image["id"]: image for image in content["images"]}
        by_image = _by_image(content["annotations"], images, list(categories), faults)
        root, there = _files(root, images, faults)
        names = Names(image["file_name"] for image in there)
        texts = Names(
            json.dumps(
                {"height": i["height"], "width": i["width"], "objects": by_image[i["id"]]},
                separators=(",", ":"),
            )
            for i in there
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"this is not a COCO instances file (no {error})", where=str(path)) from error
    if not len(names):
        listed = some([str(image["file_name"]) for image in images.values()], 1) or "none"
        raise DataError(f"none of its images is in the folder {str(root)!r}: {listed}", where=str(path))
    return CocoInstances(root, names, texts, tuple(categories.values()), faults.left_out())


def _only_json(root: Path) -> Path:
    if not root.is_dir():
        raise DataError("there is no such folder of images", where=str(root))
    found = sorted(root.glob("*.json"))
    if len(found) != 1:
        said = f"{len(found)} .json files lie in the folder" if found else "no .json file lies in the folder"
        raise DataError(said, where=str(root), fix=FIX)
    return found[0]


def _by_image(
    annotations: Sequence[Mapping[str, Any]],
    images: Mapping[Any, Any],
    categories: list[Any],
    faults: _Faults,
) -> Mapping[Any, list[dict[str, Any]]]:
    """Return image id -> its annotations: label, box, crowd, segmentation."""
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for one in annotations:
        which = f"annotation {one.get('id', '?')}"
        box = one.get("bbox")
        if one["image_id"] not in images:
            faults.add("annotations: their image is not listed", which)
        elif one["category_id"] not in categories:
            faults.add("annotations: their category is not listed", which)
        elif not _is_box(box):
            faults.add("annotations: they have no box of positive size", which)
        else:
            found[one["image_id"]].append(
                {
                    "label": categories.index(one["category_id"]), "box": box,
                    "crowd": bool(one.get("iscrowd", 0)), "segmentation": one.get("segmentation") or None,
                }
            )  # fmt: skip
    return found


def _is_box(box: object) -> bool:
    """Say whether it is [left, top, width, height] of finite numbers that hold something."""
    if not (isinstance(box, list) and len(box) == 4 and all(isinstance(v, int | float) for v in box)):
        return False
    return bool(np.isfinite(box).all()) and box[2] > 0 and box[3] > 0


def _files(root: Path, images: Mapping[Any, Any], faults: _Faults) -> tuple[Path, list[Any]]:
    """Return the folder that file names are relative to, and the images whose file is there."""
    listed = list(images.values())
    at = next(
        (root / place for place in PLACES if any((root / place / i["file_name"]).is_file() for i in listed)),
        root,
    )
    there = []
    for image in listed:
        if (at / image["file_name"]).is_file():
            there.append(image)
        else:
            faults.add("images: their file is not there", str(image["file_name"]))
    return at, there


def _objects(entry: Mapping[str, Any], *, where: str) -> Objects:
    height, width, said = entry["height"], entry["width"], entry["objects"]
    if not said:
        return Objects.nothing(height, width, masks=True)
    try:
        masks = np.stack([_mask(one, height, width) for one in said])
    except (ValueError, TypeError) as error:
        raise DataError(f"its COCO annotation can't be read: {error}", where=where) from error
    corners = torch.tensor([one["box"] for one in said], dtype=torch.float32)
    corners[:, 2:] += corners[:, :2]
    crowd = torch.tensor([one["crowd"] for one in said])
    return Objects(
        corners,
        torch.tensor([one["label"] for one in said]),
        torch.from_numpy(masks),
        crowd if bool(crowd.any()) else None,
    )


def _mask(one: Mapping[str, Any], height: int, width: int) -> np.ndarray[Any, Any]:
    """Return (H, W) bool: of its segmentation, or of its filled box where there is none."""
    left, top, wide, high = one["box"]
    box = [left, top, left + wide, top, left + wide, top + high, left, top + high]
    return mask_of([box] if one["segmentation"] is None else one["segmentation"], height, width)
