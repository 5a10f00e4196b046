"""A map of labels, followed: to outputs by index or name, and what it leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from durometer.core import DataError
from durometer.data.labelmap import Value
from durometer.data.names import Known, only_counts
from durometer.data.pairing import some


def follow(
    data_labels: Sequence[str], model_labels: Sequence[str], mapping: Mapping[str, Value], n: int
) -> tuple[tuple[frozenset[int], ...], tuple[str, ...]]:
    """Return the outputs of each label and the labels left out.

    Labels that the map doesn't speak of are looked up by name or taken as indices.

    Raises:
        DataError: if a label or an output stays unknown, or all labels are left out.
    """
    entries, keys, known = list(mapping.values()), Known(list(mapping)), Known(model_labels)
    accepted, excluded, lost = [], [], []
    for label in data_labels:
        if places := keys.find(label):
            outputs = frozenset[int]().union(*(_outputs(entries[p], known, n, label) for p in places))
            excluded += [] if outputs else [label]
        else:
            outputs = known.find(label) or index_of(label, n)
            lost += [] if outputs else [label]
        accepted.append(outputs)
    if lost:
        raise DataError(
            f"the map says nothing of {len(lost)} of {len(data_labels)} labels: {some(lost)}",
            fix="Add them; an empty output leaves a label out",
        )
    if not any(accepted):
        raise DataError("the map leaves out every label of the data")
    return tuple(accepted), tuple(excluded)


def direction(
    mapping: Mapping[str, Value], data_labels: Sequence[str], model_labels: Sequence[str], n: int
) -> tuple[Mapping[str, Value] | None, Sequence[str]]:
    """Tell a map of labels from the names of a model's outputs; return the one or the other.

    Raises:
        DataError: if it speaks neither of the data's labels nor of all outputs.
    """
    numbered = all(key.isdecimal() for key in mapping)
    wordy = all(_is_name(value) for value in mapping.values())
    keys = Known(list(mapping))
    speaks = any(keys.find(label) for label in data_labels)
    if numbered and wordy and (not speaks or only_counts(model_labels)):
        return None, [_joined(mapping.get(str(i), i)) for i in range(n)]
    if not speaks and (names := _listed(mapping, n)):
        return None, names
    if not speaks:
        raise DataError(
            f"the map speaks of {some(list(mapping))}, the data of {some(data_labels)}",
            fix="Write a line 'label,output' for each label of the data",
        )
    return mapping, model_labels


def _is_name(value: Value) -> bool:
    if isinstance(value, str):
        return not value.isdecimal()
    return isinstance(value, list) and all(map(_is_name, value))


def _joined(value: Value) -> str:
    """Return one text of an output's names: `["n01440764", "tench"]` is as `n01440764, tench`."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _listed(mapping: Mapping[str, Value], n: int) -> list[str]:
    """Return the names in the outputs' order if the map gives every output one, else nothing."""
    names: dict[int, str] = {}
    for name, value in mapping.items():
        for index in value if isinstance(value, list) else [value]:
            if isinstance(index, int):
                names[index] = name
    return [names[i] for i in range(n)] if names.keys() == set(range(n)) else []


def _outputs(value: Value, known: Known, n: int, label: str) -> frozenset[int]:
    if value is None or value in ("", "-"):
        return frozenset()
    if isinstance(value, str | int):
        found = (known.find(value) if isinstance(value, str) else frozenset()) or index_of(str(value), n)
        if not found:
            near = known.nearest(str(value))
            raise DataError(
                f"the map sends {label!r} to {value!r}, which is not one of the model's {n} outputs",
                fix=f"Did you mean {near!r}?" if near else f"Give an index from 0 to {n - 1}",
            )
        return found
    return frozenset[int]().union(*(_outputs(v, known, n, label) for v in value))


def index_of(label: str, n: int) -> frozenset[int]:
    """Return the output that a label is the index of, or nothing."""
    return frozenset({int(label)}) if label.isdecimal() and int(label) < n else frozenset()
