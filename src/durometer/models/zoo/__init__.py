"""A small zoo: three architectures, and networks trained on the embedded data, under 1 MB each.

`names()` lists the shipped networks, `describe(name)` says what one is and how it does, `load(name)` makes a
model of it, `fresh(architecture, seed=…)` an untrained one.
"""

from durometer.models.zoo.building import ARCHITECTURES, fresh
from durometer.models.zoo.shelf import Entry, describe, entry, load, names

__all__ = ["ARCHITECTURES", "Entry", "describe", "entry", "fresh", "load", "names"]
