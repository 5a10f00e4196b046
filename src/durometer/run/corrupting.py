"""A corrupted copy of a folder of pictures, laid out as ImageNet-C: `corruption/severity/…`, `clean/…`."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import torch
from PIL import Image
from torch import Tensor

import durometer
from durometer.core import Batch, DataError, Dice, Json, Sample, Stressor, UsageError, stress
from durometer.data.canvas import Canvas, to_canvas
from durometer.data.images import is_image, read_image
from durometer.data.pairing import stem
from durometer.data.walk import files_below
from durometer.records.atomic import write_bytes, write_text
from durometer.run.pictures import same_stem
from durometer.run.progress import Listener, Progress, silent
from durometer.stress import STRESSORS

FILE = "durometer-corrupt.json"
"""How the copy was made; lies in its folder."""
CLEAN = "clean"
ENDING = {"png": ".png", "jpeg": ".jpg"}
PUBLISHED = {"low-contrast": "contrast"}
"""Names that ImageNet-C's folders have for ours."""


@dataclass(frozen=True)
class Corrupting:
    """What to do.

    Attributes:
        images: A folder of pictures, read with all its folders, or one picture.
        out: Where the copy goes; nothing outside it is written.
        corruptions: Which, each with severity and profile.
        size: Pictures become squares of so many pixels before they are corrupted; None keeps their sizes.
        format: Of the files.
        quality: Of JPEG files.
        clean: Write the uncorrupted pictures too.
        overwrite: Make again what is there.
        seed: Of the dice.
    """

    images: Path
    out: Path
    corruptions: Sequence[Stressor]
    size: int | None = None
    format: Literal["png", "jpeg"] = "png"
    quality: int = 85
    clean: bool = True
    overwrite: bool = False
    seed: int = 0

    @property
    def root(self) -> Path:
        """The folder that paths of pictures are relative to."""
        return self.images.parent if self.images.is_file() else self.images


@dataclass
class Copied:
    """What was done: files made, files that were there before, and why the others are not there."""

    made: int = 0
    kept: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    """Corrupted file -> reason."""


def corrupt_folder(job: Corrupting, tell: Listener = silent) -> Copied:
    """Write the copy, picture by picture; each file is whole or not there, so that an interrupt costs one.

    A picture gets what a run gives the sample of the same path and seed. Pictures that can't be read are
    counted with their reason.

    Raises:
        DataError: if there are no pictures.
        UsageError: if the copy would go among the pictures, or its folder holds one made in another way.
    """
    names = _pictures(job)
    folders = _folders(job.corruptions)
    _stay_inside(job.out, (CLEAN, *folders))
    _agree(job, folders)
    twice, done = same_stem(names), Copied()
    for i, name in enumerate(names):
        if name in twice:
            done.failed[name] = f"{twice[name]!r} has the same stem, so that both would have one copy"
        else:
            _one(job, name, folders, done)
        tell(Progress("run", i + 1, len(names), unread=len(done.failed)))
    return done


def _pictures(job: Corrupting) -> list[str]:
    if job.images.is_file() and is_image(job.images.name):
        names = [job.images.name]
    elif job.images.is_dir():
        names = list(files_below(job.images, is_image))
    else:
        raise DataError("there is no such folder of pictures", where=str(job.images))
    root, mine = job.root.resolve(), job.out.resolve()
    if root.is_relative_to(mine):
        fix = "Give another folder"
        raise UsageError("the copy can't go where the pictures are", where=str(job.out), fix=fix)
    if job.out.exists() and not job.out.is_dir():
        raise UsageError("there is a file of this name", where=str(job.out), fix="Give another folder")
    found = [n for n in names if not (root / n).resolve().is_relative_to(mine)]
    if not found:
        fix = "Give a folder of image files"
        raise DataError("the folder holds no pictures", where=str(job.images), fix=fix)
    return found


def _folders(corruptions: Sequence[Stressor]) -> dict[str, Stressor]:
    """Return where each goes: `snow/3`."""
    if not corruptions:
        raise UsageError("no corruption is named", fix="Give --corruption or --suite")
    folders: dict[str, Stressor] = {}
    for corruption in corruptions:
        name = PUBLISHED.get(corruption.name, corruption.name).replace("-", "_")
        place = f"{name}/{corruption.dial.severity:g}"
        if folders.setdefault(place, corruption) != corruption:
            raise UsageError(
                "two corruptions would share the folder", where=place, fix="Ask for one at a time"
            )
    return folders


def _stay_inside(out: Path, places: Sequence[str]) -> None:
    """Refuse links that lead out of the copy, so that nothing else can be overwritten."""
    for place in places:
        if not (out / place).resolve().is_relative_to(out.resolve()):
            fix = "Remove the link"
            raise UsageError("a link leads out of the folder of the copy", where=str(out / place), fix=fix)


def _agree(job: Corrupting, folders: Mapping[str, Stressor]) -> None:
    """Say how the copy is made, unless what is there was made in another way."""
    how: dict[str, Json] = {
        "images": str(job.images.resolve()), "size": job.size, "format": job.format, "seed": job.seed,
        "quality": job.quality if job.format == "jpeg" else None,
    }  # fmt: skip
    specs = {place: STRESSORS.spec(corruption).json() for place, corruption in folders.items()}
    before = _before(job.out / FILE)
    same = all(before.get(key) == value for key, value in how.items())
    held = before.get("folders", {}) if same else {}
    if before and not job.overwrite and not (same and all(held.get(p, s) == s for p, s in specs.items())):
        fix = "Give another folder, or --overwrite"
        raise UsageError("the folder holds a copy that was made in another way", where=str(job.out), fix=fix)
    text = {"schema": 1, "durometer": durometer.__version__, **how, "folders": {**held, **specs}}
    write_text(job.out / FILE, f"{json.dumps(text, indent=1, ensure_ascii=False)}\n")


def _before(path: Path) -> dict[str, Json]:
    try:
        said = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        fix = "Remove it, or give another folder"
        raise UsageError("what says how the copy was made can't be read", where=str(path), fix=fix) from error
    return said if isinstance(said, dict) else {}


def _one(job: Corrupting, name: str, folders: Mapping[str, Stressor], done: Copied) -> None:
    """Write what is missing of one picture."""
    file = stem(name) + ENDING[job.format]
    places = [CLEAN, *folders] if job.clean else [*folders]
    missing = [p for p in places if job.overwrite or not (job.out / p / file).exists()]
    done.kept += len(places) - len(missing)
    if not missing:
        return
    try:
        picture = _prepared(read_image(job.root / name).x, job.size)
    except DataError as error:
        done.failed[name] = str(error)
        return
    batch = Batch((name,), picture[None], (frozenset[int](),))
    for place in missing:
        shown = batch if place == CLEAN else _corrupted(folders[place], batch, job.seed)
        if 0 in shown.refused:
            done.refused[f"{place}/{file}"] = shown.refused[0]
        else:
            write_bytes(job.out / place / file, _encoded(shown.x[0], job), durable=False)
            done.made += 1


def _prepared(x: Tensor, size: int | None) -> Tensor:
    """Return (3, H, W) in [0, 1]."""
    if size is None:
        return x.contiguous().float().div_(255)
    return to_canvas(Sample("", x, None), Canvas(size, fit="center-crop")).x


def _corrupted(corruption: Stressor, batch: Batch, seed: int) -> Batch:
    return stress(corruption, batch, Dice(seed, corruption.name, corruption.version, batch.ids))


def _encoded(x: Tensor, job: Corrupting) -> bytes:
    held = io.BytesIO()
    pixels = x.mul(255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
    more = {"quality": job.quality} if job.format == "jpeg" else {}
    Image.fromarray(pixels).save(held, job.format, **more)
    return held.getvalue()
