"""A folder of class folders."""

from __future__ import annotations

from pathlib import Path

from durometer.core import DataError
from durometer.data.base import LeftOut, Options, one_class
from durometer.data.files import FileData, masks_for, without_mask
from durometer.data.images import is_image
from durometer.data.lean import Coded, Names
from durometer.data.pairing import some
from durometer.data.walk import files_below, folders_in, images_in, strange_names

SPLITS = ("train", "training", "val", "valid", "validation", "test", "testing")


def read_folders(where: str, options: Options) -> FileData:
    """Read images in one folder a class; the folders' names are the labels.

    Raises:
        DataError: no folder, no images, no class folders, or splits in place of classes.
    """
    root = _root(Path(where), options)
    ids, classes, others = Names(), Coded[str](), 0
    folders = [name for name in folders_in(root) if not _is_masks(root / name, options)]
    for folder in folders:
        for name in files_below(root / folder, lambda name: True, f"{folder}/"):
            if is_image(name):
                ids.append(name)
                classes.append(folder)
            else:
                others += 1
    if not ids:
        raise _no_images(root)
    labels = tuple(sorted(classes.distinct))
    masks = masks_for(root, ids, options)
    return FileData(
        root=root,
        ids=ids,
        targets=classes.frozen().map(lambda folder: frozenset({labels.index(folder)})),
        labels=labels,
        masks=masks,
        guesses=(*_entered(root, where), *one_class(labels), *without_mask(masks, len(ids))),
        left_out=_left_out(root, folders, labels, others),
    )


def _root(root: Path, options: Options) -> Path:
    """Go down into the asked split, and into `images` where only it holds the classes."""
    folders = folders_in(root)
    if options.split is not None and options.split in folders:
        root = root / options.split
    elif options.split is not None:
        raise DataError(
            f"there is no split {options.split!r}",
            where=str(root),
            fix=f"There are: {', '.join(folders) or 'none'}",
        )
    elif folders and all(name.lower() in SPLITS for name in folders):
        raise DataError(
            f"the folder holds the splits {', '.join(folders)}, not classes",
            where=str(root),
            fix=f"Choose one: {root / folders[-1]}",
        )
    return root / "images" if "images" in folders_in(root) and folders_in(root / "images") else root


def _entered(root: Path, where: str) -> tuple[str, ...]:
    if root.name == "images" and root != Path(where):
        return ("The classes are the folders inside 'images'.",)
    return ()


def _is_masks(folder: Path, options: Options) -> bool:
    return options.masks is not None and Path(options.masks).resolve() == folder.resolve()


def _no_images(root: Path) -> DataError:
    here = images_in(root)
    if here:
        return DataError(
            f"its {len(here)} images are neither in class folders nor in a table of labels",
            where=str(root),
            fix="Put them into one folder a class, or add labels.csv with the columns file,label",
        )
    others = list(files_below(root, lambda name: True))
    what = f"the folder holds no images, only {some(others)}" if others else "the folder is empty"
    return DataError(what, where=str(root), fix="Give a folder with one folder of images a class")


def _left_out(root: Path, folders: list[str], labels: tuple[str, ...], others: int) -> tuple[LeftOut, ...]:
    empty = [name for name in folders if name not in labels]
    stray = len(images_in(root))
    strange = strange_names(root)
    found = (
        ("class folders", len(empty), f"there are no images in {some(empty)}"),
        ("images", stray, "they are outside of the class folders"),
        ("files", others, "they are not images"),
        ("files or folders", strange, "their names are not UTF-8"),
    )
    return tuple(entry for entry in found if entry[1])
