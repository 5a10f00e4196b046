"""The suites of MedMNIST-C, one a data set: written from the table of constants, not by hand."""

from __future__ import annotations

from collections.abc import Mapping

from durometer.stress.corruptions.medmnist.constants import CONSTANTS, DATA_SETS
from durometer.stress.corruptions.medmnist.medical import PREFIX, SEVERITIES

FAMILY = "medmnist-c"
HEAD = """schema = 1
name = "{family}-{data}"
version = 1
title = "MedMNIST-C-style corruptions of {data}"
doc = "{count} corruptions of {data} at five severities, at the pictures' own size. No masks needed."
"""
CONDITION = """
[[conditions]]
stress = "{stress}"
profile = "{data}"
severity = {severities}
"""


def medmnist_suites() -> Mapping[str, str]:
    """Return the TOML text of each suite: `medmnist-c-bloodmnist` and eleven more."""
    return {f"{FAMILY}-{data}": _text(data) for data in DATA_SETS}


def _text(data: str) -> str:
    names = CONSTANTS[data]
    severities = list(range(1, SEVERITIES + 1))
    conditions = [CONDITION.format(stress=PREFIX + name, data=data, severities=severities) for name in names]
    return HEAD.format(family=FAMILY, data=data, count=len(names)) + "".join(conditions)
