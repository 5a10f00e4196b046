"""What is known of each sample before any model is asked: its class and its facts, as categories."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from durometer.explain.cells import Column, factorize
from durometer.explain.study import Study

Ints = npt.NDArray[np.int64]
MOST = 20
"""A fact with more categories says too little about each."""
FEW = 5
"""Numbers with so many distinct values or fewer are categories; others are cut at their quartiles."""


@dataclass(frozen=True)
class Attribute:
    """A way to divide the samples.

    Attributes:
        codes: (N,) index into `values`, −1 where a sample lacks the fact.
    """

    name: str
    codes: Ints
    values: tuple[str, ...]


def attributes(study: Study) -> tuple[Attribute, ...]:
    """Return the class, the object's share and all facts that divide the samples into 2 to 20 groups.

    Quartiles are those of the fact over all samples: they are fixed before any answer is looked at.
    """
    samples = study.samples
    codes, labels = factorize(samples["label"])
    found = [Attribute("class", codes, tuple(str(v) for v in labels))]
    if "mask_share" in samples:
        found.append(_numbers("object's share of the image", samples["mask_share"].astype(np.float64)))
    found += [_attribute(name, values) for name, values in _fact_columns(samples["facts"])]
    return tuple(a for i, a in enumerate(found) if len(a.values) > 1 and (i == 0 or len(a.values) <= MOST))


def _fact_columns(texts: Column) -> Iterator[tuple[str, list[Any]]]:
    listed = texts.tolist()
    parsed: Mapping[Any, Mapping[str, Any]] = {t: json.loads(t) if t else {} for t in set(listed)}
    names = sorted({name for facts in parsed.values() for name in facts})
    for name in names:
        shown = "class (fact)" if name == "class" else name
        yield shown, [parsed[text].get(name) for text in listed]


def _attribute(name: str, values: Sequence[Any]) -> Attribute:
    known = {v for v in values if v is not None}
    if known and all(isinstance(v, int | float) and not isinstance(v, bool) for v in known):
        return _numbers(name, np.array([np.nan if v is None else v for v in values], np.float64))
    texts = sorted({_text(v) for v in known})
    code = {text: i for i, text in enumerate(texts)}
    codes = np.array([-1 if v is None else code[_text(v)] for v in values], np.int64)
    return Attribute(name, codes, tuple(texts))


def _numbers(name: str, values: npt.NDArray[np.float64]) -> Attribute:
    held = np.isfinite(values)
    distinct = np.unique(values[held])
    if distinct.size <= FEW:
        codes = np.where(held, np.searchsorted(distinct, np.where(held, values, 0)), -1)
        return Attribute(name, codes, tuple(f"{v:.3g}" for v in distinct))
    edges = np.unique(np.quantile(values[held], (0, 0.25, 0.5, 0.75, 1)))
    codes = np.where(held, np.searchsorted(edges[1:-1], values, side="right"), -1)
    return Attribute(name, codes, tuple(f"{low:.3g} to {high:.3g}" for low, high in pairwise(edges.tolist())))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
