"""Names of outputs, as files hold them."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any

LABEL_KEYS = ("labels", "classes", "names", "class_names", "id2label")


def labels_of(metadata: Mapping[str, str]) -> tuple[str, ...]:
    """Return the labels that metadata hold as JSON, as a Python literal, in lines or between commas."""
    text = next((metadata[k] for k in LABEL_KEYS if metadata.get(k)), "")
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
        return as_labels(value)
    lines = text.splitlines() if "\n" in text else text.split(",")
    return tuple(line.strip() for line in lines) if len(lines) > 1 else ()


def as_labels(value: Any) -> tuple[str, ...]:
    """Return labels in order from a list, or from a map of indices 0 … K-1 to names; else nothing."""
    if isinstance(value, Mapping):
        try:
            found = {int(k): str(v) for k, v in value.items()}
        except (TypeError, ValueError):
            return ()
        return tuple(found[i] for i in range(len(found))) if set(found) == set(range(len(found))) else ()
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()
