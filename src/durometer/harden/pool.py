"""A data set held in memory for training, eight bits a value."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from durometer.core import Batch, DataError, Dataset, Target
from durometer.ops.fill import fill

FILLING = 64


@dataclass(frozen=True)
class Pool:
    """All samples of one shape.

    Attributes:
        ids: N sample ids.
        x: (N, C, H, W) uint8.
        y: N targets.
        aux: What ingredients need, uint8: `mask` (N, 1, H, W), `filled` (N, C, H, W).
    """

    ids: tuple[str, ...]
    x: Tensor
    y: tuple[Target, ...]
    aux: dict[str, Tensor]

    def __len__(self) -> int:
        return len(self.ids)

    def batch(self, index: Tensor, *, device: torch.device | str = "cpu") -> Batch:
        """Return the samples at these positions, pixels and masks in [0, 1]."""
        at = index.tolist()
        aux = {key: value[index].to(device) / 255.0 for key, value in self.aux.items()}
        y = tuple(self.y[i] for i in at)
        return Batch(tuple(self.ids[i] for i in at), self.x[index].to(device) / 255.0, y, aux)


def pool(dataset: Dataset, *, needs: frozenset[str]) -> Pool:
    """Read a whole data set.

    Args:
        dataset: Samples of one shape, each with a mask if `needs` names `mask` or `filled`.
        needs: Entries of `aux` to hold; `filled` is computed here, once.

    Raises:
        DataError: if shapes differ or a mask is missing; names the sample.
    """
    samples = [dataset[i] for i in range(len(dataset))]
    if not samples:
        raise DataError("there are no samples to train on", where=dataset.name)
    shape = samples[0].x.shape
    for sample in samples:
        if sample.x.shape != shape or sample.x.dtype != torch.uint8:
            raise DataError(
                f"is {tuple(sample.x.shape)} {sample.x.dtype}, the first sample {tuple(shape)} torch.uint8",
                where=sample.id,
                fix="Put all images on one canvas before training",
            )
        if needs and "mask" not in sample.aux:
            raise DataError("has no mask, which an ingredient of this training needs", where=sample.id)
    x = torch.stack([s.x for s in samples])
    masks = [(s.aux["mask"] * 255.0).round().to(torch.uint8) for s in samples] if needs else []
    aux = {"mask": torch.stack(masks)} if masks else {}
    if "filled" in needs:
        aux["filled"] = _filled(x, aux["mask"])
    return Pool(tuple(s.id for s in samples), x, tuple(s.y for s in samples), aux)


def _filled(x: Tensor, mask: Tensor) -> Tensor:
    """Remove every object, some at a time."""
    parts = (slice(i, i + FILLING) for i in range(0, len(x), FILLING))
    done = [fill(x[part] / 255.0, mask[part] / 255.0) for part in parts]
    return (torch.cat(done) * 255.0).round().to(torch.uint8)
