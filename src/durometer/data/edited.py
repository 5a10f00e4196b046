"""Images that come with edited versions of themselves: a folder an edit, the same file names in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from glob import escape
from pathlib import Path

from torch import Tensor

from durometer.core import DataError
from durometer.data.base import LeftOut, Options, one_class
from durometer.data.files import FileData, masks_for, without_mask
from durometer.data.imagenet_e import ORIGINALS, SHORT, edit_of
from durometer.data.images import decode, is_image, read_bytes
from durometer.data.lean import Coded, Names
from durometer.data.pairing import some, stem
from durometer.data.table import sort_labels
from durometer.data.walk import files_below, folders_in

LABELS = "labels.txt"
MISSING = "there is no such edited image"


class EditedData(FileData):
    """Image files of which every folder beside the originals holds an edited version.

    Args:
        files: Folder -> last part of the stem -> path of the edited image.
        edits: Folder -> key of the benchmark's edit, for folders that are known.
        known: What `FileData` takes.
    """

    def __init__(self, *, files: Mapping[str, Mapping[str, str]], edits: Mapping[str, str], **known: object):
        super().__init__(**known)  # type: ignore[arg-type]
        self._files, self.edits = files, dict(edits)
        self.variants, self.suite = tuple(files), "imagenet-e" if edits else ""

    def variant(self, i: int, name: str) -> Tensor:
        """Return the pixels (3, H, W) uint8 of an edited version of sample i."""
        path = self._files.get(name, {}).get(_last(self._ids[i]))
        if path is None:
            raise DataError(MISSING, where=f"{name}/{_last(self._ids[i])}")
        return decode(read_bytes(self.root / path, where=path), where=path).x


def holds_edits(root: Path) -> bool:
    """Say whether a folder is laid out so: `labels.txt` with tabs, its first image in `ori` and elsewhere."""
    table = root / LABELS
    if not table.is_file() or _originals(folders := folders_in(root)) is None:
        return False
    first, tab, _ = read_bytes(table, where=str(table)).partition(b"\n")[0].partition(b"\t")
    name = escape(_last(first.decode("utf-8", "replace").strip()))
    holding = [folder for folder in folders if any((root / folder).glob(f"{name}.*"))]
    return bool(tab) and len(holding) >= 2 and _originals(holding) is not None


def read_edited(where: str, options: Options) -> EditedData:
    """Read originals, their labels and every folder of edited versions; files are paired by their stem.

    The table `labels.txt` has a file name and a label (ImageNet's index) a line, with a tab between. The
    folder of the originals is found by its name (`ori`); all others are edits. Those that ImageNet-E knows
    by their names get their place in its table, the rest keeps its own name.

    Raises:
        DataError: no table, no folder of originals, no edits, or no original that the table lists.
    """
    root = Path(where)
    labels = _table(root / LABELS)
    folders = folders_in(root)
    original = _originals(folders)
    if original is None:
        fix = f"Name their folder {ORIGINALS[0]!r}"
        raise DataError(f"which of {some(folders)} holds the originals is not known", where=where, fix=fix)
    files = {f: held for f in folders if f != original and (held := _by_stem(root, f))}
    if not files:
        raise DataError("there is no folder of edited images beside the originals", where=where)
    ids, cells = Names(), Coded[frozenset[str]]()
    found = _by_stem(root, original)
    for name in sorted(found.keys() & labels.keys()):
        ids.append(found[name])
        cells.append(frozenset({labels[name]}))
    if not len(ids):
        raise DataError(f"{LABELS} lists none of the images in {original!r}", where=where)
    names, targets = sort_labels(cells.frozen())
    by_edit = {key: f for f in reversed(files) if (key := edit_of(f))}
    edits = {f: key for key, f in reversed(by_edit.items())}
    masks = masks_for(root, ids, options)
    return EditedData(
        root=root, ids=ids, targets=targets, labels=names, masks=masks, files=files, edits=edits,
        guesses=(*_guesses(original, edits, files), *one_class(names), *without_mask(masks, len(ids))),
        left_out=_left_out(labels, found, original),
    )  # fmt: skip


def _originals(folders: Sequence[str]) -> str | None:
    return next((f for name in ORIGINALS for f in folders if f.lower() == name), None)


def _guesses(original: str, edits: Mapping[str, str], files: Mapping[str, object]) -> tuple[str, ...]:
    said = [f"The originals are those in {original!r}."]
    if edits:
        listed = ", ".join(f"{folder} ({SHORT[key]})" for folder, key in edits.items())
        said.append(f"These folders are taken for edits of ImageNet-E by their names: {listed}.")
    others = [folder for folder in files if folder not in edits]
    if others:
        said.append(
            f"The names of {some(others, len(others))} are no edits of ImageNet-E's that are known: shown "
            "under their own names and left out of its average."
        )
    return tuple(said)


def _left_out(labels: Mapping[str, str], found: Mapping[str, str], original: str) -> tuple[LeftOut, ...]:
    entries = (
        ("rows of labels.txt", len(labels.keys() - found.keys()), f"there is no such image in {original!r}"),
        ("images", len(found.keys() - labels.keys()), f"{LABELS} gives them no label"),
    )
    return tuple(entry for entry in entries if entry[1])


def _table(path: Path) -> dict[str, str]:
    """Return stem -> label of a table with a tab; rows that are not of this form are a mistake."""
    where = str(path)
    try:
        lines = read_bytes(path, where=where).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise DataError("the table of labels is not text", where=where) from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        name, tab, label = line.strip().partition("\t")
        if line.strip() and not (tab and label.strip()):
            fix = "Write a file name, a tab and a label"
            raise DataError(f"line {number} is not a file name, a tab and a label", where=where, fix=fix)
        if tab and found.setdefault(_last(name.strip()), label.strip()) != label.strip():
            raise DataError(f"line {number} gives {name!r} a second label", where=where)
    return found


def _by_stem(root: Path, folder: str) -> dict[str, str]:
    """Return the last part of each image's stem -> its path; one folder holds an image once."""
    found: dict[str, str] = {}
    for path in files_below(root / folder, is_image, f"{folder}/"):
        if found.setdefault(_last(path), path) != path:
            raise DataError(
                f"both {found[_last(path)]!r} and {path!r} are versions of one image", fix="Keep one"
            )
    return found


def _last(path: str) -> str:
    return stem(path).rpartition("/")[2]
