"""The classes that a search is led to, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from torch import Tensor

from durometer.attack.engine import Prober, Room
from durometer.core import UsageError
from durometer.tasks.goal import ClassGoal


def each(prober: Prober, room: Room, targets: int) -> Iterator[Room]:
    """Yield a room for each class to lead to, the likeliest of the untouched input first.

    A point with fewer other classes is not in the last rooms. Each room has dice of its own. Where the goal
    is to reach wanted classes there is only one way to go, and the room is yielded as it is.
    """
    if class_goal(room).targeted:
        yield room
        return
    order, count = others(prober, room)
    for k in range(min(targets, order.shape[1])):
        index = (count > k).nonzero()[:, 0]
        if not len(index):
            return
        some = room if len(index) == len(room) else room.select(index)
        dice = some.dice.named(f"{room.dice.stream} target {k}", room.dice.version)
        yield replace(some, goal=class_goal(some).aimed(order[index, k]), dice=dice)


def others(prober: Prober, room: Room) -> tuple[Tensor, Tensor]:
    """Return (n, K) the classes by falling logit of the untouched input, and (n,) how many aren't right."""
    goal = class_goal(room)
    order = goal.others(goal.values(prober.clean[room.at]))
    return order, (~goal.marked).sum(dim=1)


def class_goal(room: Room) -> ClassGoal:
    """Return the goal, if it is one of classes.

    Raises:
        UsageError: it is not.
    """
    if not isinstance(room.goal, ClassGoal):
        raise UsageError("only classifiers can be led from class to class")
    return room.goal
