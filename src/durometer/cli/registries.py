"""What can be listed and shown, by kind."""

from __future__ import annotations

from typing import Any

from durometer.core import Registry

KINDS = ("conditions", "suites", "measures", "models", "data", "masks")


def registries() -> dict[str, Registry[Any]]:
    """Return every registry by the word of its kind."""
    from durometer.attack import ATTACKS
    from durometer.attack.searches import SEARCHES
    from durometer.data import DATASETS
    from durometer.measures import MEASURES
    from durometer.models import MODELS
    from durometer.models.segmenters import SEGMENTERS
    from durometer.stress import STRESSORS
    from durometer.threat import THREATS

    return {
        "stress": STRESSORS,
        "attack": ATTACKS,
        "search": SEARCHES,
        "threat": THREATS,
        "measure": MEASURES,
        "model": MODELS,
        "segmenter": SEGMENTERS,
        "data": DATASETS,
    }


def first_line(text: str | None) -> str:
    """Return the first sentence of a docstring, or nothing."""
    return (text or "").strip().split("\n\n")[0].replace("\n", " ").strip()
