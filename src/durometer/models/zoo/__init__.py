"""A small zoo: classifiers of three architectures, a detector, a segmenter, trained on embedded data.

Each is under 1 MB. `names()` lists the shipped networks, `describe(name)` says what one is and how it does,
`load(name)` makes a model of it, `fresh(architecture, seed=…)` an untrained one.
"""

from durometer.models.zoo.building import ARCHITECTURES, fresh
from durometer.models.zoo.shelf import Entry, describe, entry, load, names

__all__ = ["ARCHITECTURES", "Entry", "describe", "entry", "fresh", "load", "names"]
