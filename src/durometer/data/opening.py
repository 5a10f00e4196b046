"""One way in: a name, a folder or a file becomes a data set."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any, Literal

from durometer.core import DataError, Registry, did_you_mean
from durometer.data.base import Data, Options
from durometer.data.cifar_c import holds_cifar_c
from durometer.data.edited import holds_edits
from durometer.data.imagenet_c import holds_imagenet_c
from durometer.data.medmnist import holds_medmnist
from durometer.data.subset import draw
from durometer.data.table import find_table

DATASETS: Registry[Any] = Registry(
    "data",
    {
        "cifar-c": "durometer.data.cifar_c:read_cifar_c",
        "coco": "durometer.data.coco_instances:read_coco",
        "digits": "durometer.data.digits:read_digits",
        "edited": "durometer.data.edited:read_edited",
        "folders": "durometer.data.folders:read_folders",
        "hf": "durometer.data.hub:read_hub",
        "imagenet-c": "durometer.data.imagenet_c:read_imagenet_c",
        "medmnist": "durometer.data.medmnist:read_medmnist",
        "npz": "durometer.data.npz:read_npz",
        "scenes": "durometer.data.opening:read_scenes",
        "scenes-maps": "durometer.data.scenes.objects:read_maps",
        "scenes-objects": "durometer.data.scenes.objects:read_objects",
        "table": "durometer.data.table:read_table",
    },
)
"""Readers by name: called with the place (what follows `name:`) and `Options`, they return `Data`."""


def open_data(
    where: str | Path,
    *,
    masks: str | Path | None = None,
    mask_threshold: float | Literal["soft"] | None = None,
    table: str | Path | None = None,
    label_column: str | None = None,
    split: str | None = None,
    n: int | None = None,
    size: int | None = None,
    seed: int = 0,
    limit: int | None = None,
    download: bool = False,
) -> Data:
    """Open a data set by name or place; nothing is decoded yet.

    Args:
        where: `digits`, `scenes`, `scenes:uniform`, `scenes-objects`, `scenes-maps`, `hf:PLACE`, or any
            `reader:place`; `coco:FOLDER`, images whose objects are in the COCO instances file that `masks`
            names; a folder of class folders; a folder with a table of labels; a folder of originals beside
            folders of their edited versions (ImageNet-E); the published folders of ImageNet-C or CIFAR-10-C
            with the clean images beside them; a .npz file, MedMNIST's too; a table (its folder is the data
            folder).
            A folder that is named as a reader is reached with `./digits`.
        masks: A folder with a mask of the same stem for each image, a COCO instances .json, or `alpha`.
        mask_threshold: None: any value but zero is object. A number in [0, 1): above that share of
            white. `soft`: the share of white itself.
        table: The CSV of labels, if it is not found by its name.
        label_column: Its label column, if it is not found by its name.
        split: Which split, where there are several.
        n: How many samples, where they are generated.
        size: Side in pixels, where they are generated, and of `digits`.
        seed: Draws `limit` samples; also the seed of `scenes`.
        limit: At most so many samples, drawn by their ids so that the rest plays no part.
        download: Whether `hf:` may fetch from the hub.

    Raises:
        DataError: if there is no such data or it can't be read; says what to do.
    """
    options = Options(masks, mask_threshold, table, label_column, split, n, size, seed, download)
    data = _open(str(where), options)
    return data if limit is None else draw(data, limit, seed=seed)


def _open(where: str, options: Options) -> Data:
    name, _, rest = where.partition(":")
    if name in DATASETS:
        data: Data = DATASETS.get(name)(rest, options)
        return data
    path = Path(where)
    if not path.exists():
        hint = did_you_mean(name, DATASETS.names()).rstrip(".")
        raise DataError("there is no such folder, file or embedded data set", where=where, fix=hint)
    return _open_folder(path, options) if path.is_dir() else _open_file(path, options)


def _open_folder(path: Path, options: Options) -> Data:
    if (path / "state.json").is_file() or (path / "dataset_dict.json").is_file():
        return _read("hf", path, options)
    if not options.table and holds_edits(path):
        return _read("edited", path, options)
    if not options.table and holds_cifar_c(path):
        return _read("cifar-c", path, options)
    if not options.table and holds_imagenet_c(path):
        return _read("imagenet-c", path, options)
    return _read("table" if options.table or find_table(path) else "folders", path, options)


def _open_file(path: Path, options: Options) -> Data:
    kind = path.suffix.lower()
    if kind == ".npz":
        return _read("medmnist" if holds_medmnist(path) else "npz", path, options)
    if kind in (".csv", ".tsv"):
        return _open_folder(path.parent, _with_table(options, path))
    raise DataError(
        "a data set is a folder, a .npz or a .csv file",
        where=str(path),
        fix="Unpack it and give the folder" if kind in (".zip", ".tar", ".gz", ".tgz") else "Give its folder",
    )


def _with_table(options: Options, table: Path) -> Options:
    from dataclasses import replace

    return replace(options, table=table)


def _read(reader: str, path: Path, options: Options) -> Data:
    data: Data = DATASETS.get(reader)(str(path), options)
    return data


def read_scenes(where: str, options: Options) -> Data:
    """Open `scenes` or `scenes:SPLIT`: generated objects on textures, with exact masks."""
    scenes = importlib.import_module("durometer.data.scenes").Scenes
    given = {"split": where or options.split, "n": options.n, "size": options.size, "seed": options.seed}
    known = inspect.signature(scenes).parameters
    data: Data = scenes(**{k: v for k, v in given.items() if v is not None and k in known})
    return data
