"""Searches over edits: the worst of many, the first that fails, the smallest that flips. One file each.

To add one: write a file with a frozen dataclass that subclasses `durometer.attack.searches.base.Search`, and
list it below or under the entry point `durometer.search`. It asks for candidates and is told the answers;
the run applies them, asks the model at its one batch shape and writes down every answer.
"""

from durometer.attack.searches.base import Search
from durometer.core import Registry

SEARCHES: Registry[Search] = Registry(
    "search",
    {
        "worst-background": "durometer.attack.searches.worst_background:WorstBackground",
        "worst-position": "durometer.attack.searches.worst_position:WorstPosition",
        "worst-angle": "durometer.attack.searches.worst_angle:WorstAngle",
        "worst-size": "durometer.attack.searches.worst_size:WorstSize",
        "worst-of": "durometer.attack.searches.worst_of:WorstOf",
        "smallest-size": "durometer.attack.searches.smallest_size:SmallestSize",
        "failure-point": "durometer.attack.searches.failure_point:FailurePoint",
        "minimal-edit": "durometer.attack.searches.minimal_edit:MinimalEdit",
    },
)

__all__ = ["SEARCHES", "Search"]
