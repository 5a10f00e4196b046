"""The step engine that attacks share: it asks, counts, drops what is broken and keeps the best; an attack moves.

`Prober` asks a model about points of a batch and counts what that costs each of them. `search` takes a `Walk` from
its starts through its steps inside a threat, until every point is broken or the walk is over. `closest` does the same
for attacks that look for the nearest broken point instead.
"""

from durometer.attack.engine.kept import Kept, Nearest
from durometer.attack.engine.outcome import Outcome
from durometer.attack.engine.prober import Loss, Prober, Seen, Slopes
from durometer.attack.engine.room import Room, State
from durometer.attack.engine.search import Walk, search

__all__ = [
    "Kept",
    "Loss",
    "Nearest",
    "Outcome",
    "Prober",
    "Room",
    "Seen",
    "Slopes",
    "State",
    "Walk",
    "search",
]
