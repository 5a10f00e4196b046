"""The tables of one segment while it is being made: plain columns, sorted when it closes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = dict[str, Any]
ORDER = ("position", "model", "condition", "draw")
ROWS = (
    "sample", "position", "model", "condition", "axis", "severity", "unit", "draw", "target", "answer",
    "confidence", "score", "status", "reason", "pixels", "facts",
)  # fmt: skip
OUTPUTS = ("sample", "position", "model", "condition", "draw", "top", "top_confidence")
SAMPLES = (
    "sample", "position", "label", "content", "height", "width", "canvas_height", "canvas_width", 
    "mask_share", "facts",
)  # fmt: skip
SEARCHES = (
    "sample", "position", "model", "condition", "draw", "candidate", "value", "x", "y", "what", "answer",
    "confidence", "score",
)  # fmt: skip
KEYED = ("sample", "position", "model", "condition", "draw")
FURTHER: Mapping[str, tuple[str, ...]] = {
    "detections": (*KEYED, "rank", "label", "score", "left", "top", "right", "bottom", "mask"),
    "truths": (
        "sample", "position", "condition", "draw", "number", "label", "crowd", "left", "top", "right",
        "bottom", "mask",
    ),
    "regions": (*KEYED, "label", "shared", "predicted", "true"),
}  # fmt: skip
"""Tables of tasks whose answers are more than a class."""
UNREAD = ("sample", "position", "reason")
PICTURES = ("sample", "condition", "draw", "kind", "artifact")


def columns(rows: Sequence[Row], names: Sequence[str]) -> Mapping[str, list[Any]]:
    """Return rows as columns, in the record's order as far as the rows have its keys."""
    keys = [k for k in ORDER if k in names] or ["sample", "condition", "draw", "kind"]
    ordered = sorted(rows, key=lambda row: tuple(row[k] for k in keys))
    return {name: [row[name] for row in ordered] for name in names}
