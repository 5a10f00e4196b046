"""The contract of a data set."""

from __future__ import annotations

import torch

from durometer.core import Dataset, Sample
from durometer.testing.require import require, same


def check_dataset(dataset: Dataset, *, most: int = 16) -> None:
    """Check that a data set keeps its contract.

    Ids are text, unique, as many as samples and the same when asked again; a sample read twice, in another
    order, is the same; pixels are (C, H, W), uint8 or float32 in [0, 1]; targets are non-empty sets of the
    data's labels; a mask is (1, H, W) in [0, 1]; facts are plain values.

    Args:
        dataset: The data set, of classification.
        most: How many samples to read, spread evenly.

    Raises:
        AssertionError: the rule that was broken, in words.
        DataError: a sample can't be read.
    """
    of = f"data {getattr(dataset, 'name', type(dataset).__name__)!r}"
    require(len(dataset) > 0, "it is empty", of=of)
    ids = list(dataset.ids())
    require(len(ids) == len(dataset), f"it has {len(dataset)} samples and {len(ids)} ids", of=of)
    require(len(set(ids)) == len(ids), "two samples share an id", of=of)
    require(
        all(isinstance(i, str) and i and _is_text(i) for i in ids),
        "ids must be text that UTF-8 can hold",
        of=of,
    )
    require(list(dataset.ids()) == ids, "asked again it gives other ids", of=of)
    require(len(set(dataset.labels)) == len(dataset.labels), "two labels share a name", of=of)
    at = sorted({round(i * (len(dataset) - 1) / max(most - 1, 1)) for i in range(most)})
    first = {i: dataset[i] for i in at}
    for i in at:
        _check_sample(first[i], ids[i], dataset.labels, f"{of}, sample {i}")
    for i in reversed(at):
        require(_equal(first[i], dataset[i]), f"sample {i} is another when read again", of=of)


def _is_text(value: str) -> bool:
    return value.encode("utf-8", "replace").decode() == value


def _check_sample(sample: Sample, wanted: str, labels: tuple[str, ...], of: str) -> None:
    require(sample.id == wanted, f"its id is {sample.id!r}, ids() says {wanted!r}", of=of)
    x = sample.x
    require(x.ndim == 3 and 0 not in x.shape, f"x must be (C, H, W), not {tuple(x.shape)}", of=of)
    require(x.dtype in (torch.uint8, torch.float32), f"x must be uint8 or float32, not {x.dtype}", of=of)
    require(x.dtype == torch.uint8 or _in_unit(x), "x must be finite and in [0, 1]", of=of)
    require(isinstance(sample.y, frozenset) and len(sample.y) > 0, "y must be a non-empty frozenset", of=of)
    require(
        all(0 <= i < len(labels) for i in sample.y), f"y = {sorted(sample.y)} is no position in labels", of=of
    )
    if "mask" in sample.aux:
        mask = sample.aux["mask"]
        require(
            tuple(mask.shape) == (1, *x.shape[1:]),
            f"the mask is {tuple(mask.shape)}, x {tuple(x.shape)}",
            of=of,
        )
        require(mask.dtype == torch.float32 and _in_unit(mask), "the mask must be float32 in [0, 1]", of=of)
    for name, value in sample.facts.items():
        require(
            isinstance(value, str | int | float | bool | None), f"the fact {name!r} is no plain value", of=of
        )


def _in_unit(x: torch.Tensor) -> bool:
    return bool(((x >= 0) & (x <= 1)).all())


def _equal(a: Sample, b: Sample) -> bool:
    return (
        a.id == b.id
        and a.y == b.y
        and dict(a.facts) == dict(b.facts)
        and a.aux.keys() == b.aux.keys()
        and same(a.x, b.x)
        and all(same(a.aux[k], b.aux[k]) for k in a.aux)
    )
