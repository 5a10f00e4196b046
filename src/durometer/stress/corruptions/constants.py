"""The published constants: name -> profile -> five severities (Hendrycks and Dietterich, 2019, their code)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CONSTANTS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {}
