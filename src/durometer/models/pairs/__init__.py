"""Image–text models: pairs of encoders into one space, and zero-shot classifiers made of them.

`Pair` is the shell around any two encoders; `load("scenes/pair")` the toy pair that is shipped;
`from_clip` and `load_clip` take CLIP-like models of the transformers package; `ZeroShot` and
`ContextualZeroShot` are classifiers for `durometer.run`.
"""

from durometer.models.pairs.clip import from_clip, load_clip
from durometer.models.pairs.pair import Encoders, Pair
from durometer.models.pairs.shelf import entries, load
from durometer.models.pairs.zero_shot import ContextualZeroShot, ZeroShot

__all__ = ["ContextualZeroShot", "Encoders", "Pair", "ZeroShot", "entries", "from_clip", "load", "load_clip"]
