"""Images in files below one folder: what folders, tables and masks have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from durometer.core import DataError, Sample, Scalar
from durometer.data import coco
from durometer.data.base import Data, LeftOut, Options
from durometer.data.images import content_hash, decode, open_image, read_bytes
from durometer.data.lean import Column, Names
from durometer.data.maskfile import check_threshold
from durometer.data.masks import AlphaMasks, Masks, find_masks


class FileData(Data):
    """Image files with targets, and masks and facts where there are any. Samples are read when asked for.

    Args:
        root: The folder that ids are relative to.
        ids: POSIX paths below it.
        targets: The accepted labels of each.
        labels: What targets point into.
        titles: Readable labels; the labels themselves if not given.
        masks: Where masks come from.
        facts: Columns of groups and known attributes.
        guesses, left_out: See `Data`.
    """

    def __init__(
        self,
        *,
        root: Path,
        ids: Names,
        targets: Column[frozenset[int]],
        labels: tuple[str, ...],
        titles: tuple[str, ...] = (),
        masks: Masks | None = None,
        facts: Mapping[str, Column[Scalar]] | None = None,
        guesses: tuple[str, ...] = (),
        left_out: tuple[LeftOut, ...] = (),
    ) -> None:
        self.name, self.root, self.labels = root.resolve().name, root, labels
        self.guesses, self.left_out = guesses, left_out
        self.mask_count = masks.count if masks else 0
        self._ids, self._targets, self._titles = ids, targets, titles or labels
        self._masks, self._facts = masks, dict(facts or {})

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, i: int, /) -> Sample:
        name = self._ids[i]
        picture = decode(self._bytes(name), where=name)
        mask = self._masks.read(i, picture, where=name) if self._masks else None
        facts = {key: column[i] for key, column in self._facts.items()}
        return Sample(name, picture.x, self._targets[i], {} if mask is None else {"mask": mask}, facts)

    def ids(self) -> Sequence[str]:
        """Return the paths of the images, relative to the folder."""
        return self._ids

    @property
    def titles(self) -> tuple[str, ...]:
        """The labels as a person reads them."""
        return self._titles

    def has_mask(self, i: int) -> bool:
        """Say whether sample i comes with a mask."""
        return self._masks is not None and self._masks.has(i)

    def content(self, i: int) -> str:
        """Return the sha256 of the image file."""
        return content_hash(self._bytes(self._ids[i]))

    def _bytes(self, name: str) -> bytes:
        return read_bytes(self.root / name, where=name)


def masks_for(root: Path, ids: Names, options: Options) -> Masks | None:
    """Return the masks that the options ask for: none, `alpha`, a COCO file, or a folder.

    Raises:
        DataError: if there are none where they should be.
    """
    if options.masks is None:
        return None
    check_threshold(options.mask_threshold)
    if str(options.masks) == "alpha":
        return _alpha_masks(root, ids)
    if Path(options.masks).suffix.lower() == ".json":
        return coco.read_masks(Path(options.masks), ids)
    return find_masks(options.masks, ids, threshold=options.mask_threshold)


def without_mask(masks: Masks | None, n: int) -> tuple[str, ...]:
    """Return the sentences that say how masks were made, if they were, and how many samples have none."""
    if masks is None:
        return ()
    few = (f"{masks.count} of {n} images have a mask; object edits leave the others out.",)
    return (*masks.said, *(few if masks.count < n else ()))


def _alpha_masks(root: Path, ids: Names) -> AlphaMasks:
    masks = AlphaMasks([_has_alpha(root / name) for name in ids])
    if not masks.count:
        raise DataError(
            f"none of the {len(ids)} images has an alpha channel",
            where=str(root),
            fix="Give a folder of masks",
        )
    return masks


def _has_alpha(path: Path) -> bool:
    try:
        return bool(open_image(read_bytes(path, where=""), where="", load=False).has_transparency_data)
    except DataError:
        return False  # reading the sample says what is wrong with it
