"""Labels meet the model: which outputs count as right for each label of the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from durometer.core import DataError
from durometer.data.labelmap import Value, read_label_map
from durometer.data.mapped import direction, follow, index_of
from durometer.data.names import Known, is_synset, only_counts, says_nothing
from durometer.data.pairing import some

IMAGENET = 1000

__all__ = ["LabelMatch", "match_labels", "read_label_map"]


@dataclass(frozen=True)
class LabelMatch:
    """For each label of the data, the outputs that count as right.

    Attributes:
        accepted: One set a label, in the order of the data's labels; empty for those that the map leaves out.
        how: What was assumed, as sentences for people.
        unmatched: The labels that the map leaves out.
        names: Names of all outputs, where the map gives them instead; empty otherwise.
    """

    accepted: tuple[frozenset[int], ...]
    how: str
    unmatched: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def present(self) -> tuple[int, ...]:
        """The outputs that are right for some label, ascending: what `--among present` lets compete."""
        return tuple(sorted(frozenset[int]().union(*self.accepted)))

    def outputs(self, target: frozenset[int]) -> frozenset[int]:
        """Return the outputs that are right for a sample's target; none if the map leaves it out."""
        return frozenset[int]().union(*(self.accepted[i] for i in target))


def match_labels(
    data_labels: Sequence[str],
    model_labels: Sequence[str],
    *,
    mapping: Mapping[str, Value] | None = None,
    n_outputs: int,
) -> LabelMatch:
    """Find the outputs that count as right for each label of the data.

    Tried in this order, each for all labels at once: the mapping; names (any case, underscores, ImageNet's
    synsets and comma lists); output indices; all 1000 synsets in their standard order; as many classes as
    outputs in alphabetical order, where the model's labels say nothing.

    Args:
        data_labels: As the data set says them.
        model_labels: As the model says them, one an output; empty if unknown.
        mapping: Label -> output, as `read_label_map` returns it; or output -> name (a model's id2label).
        n_outputs: How many outputs the model has.

    Raises:
        DataError: naming the first labels that stay unknown, the nearest known ones and the way out.
    """
    if model_labels and len(model_labels) != n_outputs:
        raise DataError(
            f"the model has {n_outputs} outputs but {len(model_labels)} labels",
            fix="Correct its data sheet or give --labels MAP",
        )
    if mapping:
        data_map, names = direction(mapping, data_labels, model_labels, n_outputs)
        if data_map:
            accepted, excluded = follow(data_labels, names, data_map, n_outputs)
            left = f" It leaves out {some(excluded)}." if excluded else ""
            return LabelMatch(accepted, f"The labels follow the given map.{left}", excluded)
        return replace(_automatic(data_labels, names, n_outputs), names=tuple(map(str, names)))
    return _automatic(data_labels, model_labels, n_outputs)


def _automatic(data_labels: Sequence[str], model_labels: Sequence[str], n: int) -> LabelMatch:
    known = Known(model_labels)
    found = [known.find(label) for label in data_labels]
    if _are_indices(data_labels, n) and only_counts(model_labels):
        return LabelMatch(_each(map(int, data_labels)), "The labels are taken as the model's output indices.")
    if all(found):
        return LabelMatch(tuple(found), "The labels are the model's own names." + _shared(data_labels, found))
    if _are_indices(data_labels, n):
        return LabelMatch(_each(map(int, data_labels)), "The labels are taken as the model's output indices.")
    in_order = {label: i for i, label in enumerate(sorted(data_labels))}
    if len(data_labels) == n and (not model_labels or all(map(says_nothing, model_labels))):
        how = (
            "All 1000 synsets are here: they are taken in ImageNet's standard order."
            if n == IMAGENET and all(map(is_synset, data_labels))
            else f"The model's {n} outputs have no names: taken as the classes in alphabetical order."
        )
        return LabelMatch(_each(in_order[label] for label in data_labels), how)
    raise _unknown(data_labels, found, known, n)


def _are_indices(labels: Sequence[str], n: int) -> bool:
    return all(index_of(label, n) for label in labels)


def _each(indices: Iterable[int]) -> tuple[frozenset[int], ...]:
    return tuple(frozenset({i}) for i in indices)


def _shared(labels: Sequence[str], found: Sequence[frozenset[int]]) -> str:
    """Say which names stand for several outputs."""
    several = [label for label, outputs in zip(labels, found, strict=True) if len(outputs) > 1]
    return f" {some(several)} names more than one output; each of them counts as right." if several else ""


def _unknown(labels: Sequence[str], found: Sequence[frozenset[int]], known: Known, n: int) -> DataError:
    lost = [label for label, outputs in zip(labels, found, strict=True) if not outputs]
    way_out = "Give --labels MAP with a line 'label,output' for each (an empty output leaves it out)"
    if all(label.isdecimal() for label in lost):
        beyond = [label for label in lost if int(label) >= n] or lost
        return DataError(
            f"the label {beyond[0]} is beyond the model's {n} outputs, 0 to {n - 1}", fix=way_out
        )
    if not known.labels or all(map(says_nothing, known.labels)):
        return DataError(_nameless(lost, n), fix=f"{way_out}, or a table with class_index")
    nearest = ((label, known.nearest(label)) for label in lost[:3])
    shown = ", ".join(f"{label!r}" + (f" (nearest: {near!r})" if near else "") for label, near in nearest)
    return DataError(f"the model does not know {len(lost)} of {len(labels)} labels: {shown}", fix=way_out)


def _nameless(labels: Sequence[str], n: int) -> str:
    if all(map(is_synset, labels)) and n == IMAGENET:
        return f"only {len(labels)} of ImageNet's 1000 synsets are here, so that their order is unknown"
    what = f"the model does not say what its {n} outputs mean"
    return f"{what}, and {len(labels)} labels of the data are no indices: {some(labels)}"
