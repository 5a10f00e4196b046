"""durometer measures how hard a neural network is to break."""

from __future__ import annotations

from importlib.metadata import version as _version
from typing import Any

__version__ = _version("durometer")

_LAZY = {
    "ConditionPlan": "durometer.run", "DataPlan": "durometer.run", "ModelPlan": "durometer.run", "Plan": "durometer.run",
    "Comparison": "durometer.explain", "Summary": "durometer.explain", "summarize": "durometer.explain",
    "compare": "durometer.explain", "Record": "durometer.records",
    "Batch": "durometer.core", "Dial": "durometer.core", "Dice": "durometer.core", "DurometerError": "durometer.core",
    "Estimate": "durometer.core", "InputSpec": "durometer.core", "ModelCard": "durometer.core",
    "Param": "durometer.core", "Sample": "durometer.core", "Spec": "durometer.core", "Stressor": "durometer.core",
}  # fmt: skip
"""Public name -> module: importing durometer stays cheap; torch comes with the first name that needs it."""

__all__ = [*_LAZY, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'durometer' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)
